//! Do the tool and the registry agree? Against the real server, which `TIDEGATE_SERVER_BIN` names.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tidegate_api::{ConfigUpdate, Patch, RegisterRequest};
use tidegate_client::Client;
use tokio::runtime::Runtime;

use crate::repo::{CHANNEL, ID, NOTE, PROJECT, Repo, record};

/// A registry that ends with the test.
struct Server {
    process: Child,
    url: String,
    client: Client,
    runtime: Runtime,
    _folder: tempfile::TempDir,
}

impl Server {
    /// `None` where there is no server to start, which is told.
    fn start() -> Option<Self> {
        let Some(binary) = std::env::var_os("TIDEGATE_SERVER_BIN") else {
            let mut out = std::io::stdout();
            let _ = writeln!(out, "SKIPPED: TIDEGATE_SERVER_BIN is not set, the tool was not held against a registry");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let store = format!("sqlite://{}", folder.path().join("tidegate.db").display());
        let mut command = Command::new(binary);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TIDEGATE_")) {
            command.env_remove(name);
        }
        let mut process = command
            .current_dir(folder.path())
            .args(["serve", "--listen", "127.0.0.1:0", "--store", &store, "--set", "telemetry.log_format=json"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(process.stderr.take().expect("stderr")).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let event: Value = serde_json::from_str(&line).ok()?;
            (event["message"] == "HTTP is served").then(|| event["address"].as_str().map(str::to_owned))?
        });
        std::thread::spawn(move || lines.for_each(drop));
        let url = format!("http://{}", address.expect("the server listens"));
        let client = Client::builder(&url).build().expect("a client");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Some(Self { process, url, client, runtime, _folder: folder })
    }

    fn register(&self, subject: &str, kind: &str, text: &str) {
        let request = request(kind, text);
        self.runtime
            .block_on(self.client.register(subject, &request))
            .unwrap_or_else(|error| panic!("{error}: {text}"));
    }

    fn set_level(&self, subject: &str, level: &str) {
        let update = ConfigUpdate { compatibility: Patch::Set(level.to_owned()), ..ConfigUpdate::default() };
        self.runtime.block_on(self.client.set_config(subject, &update)).expect("a level");
    }

    fn set_mode(&self, subject: &str, mode: &str) {
        self.send("PUT", &format!("/mode/{subject}"), &format!(r#"{{"mode":"{mode}"}}"#));
    }

    /// As if a cluster had told how far the log of a topic reaches, and that nobody reads it.
    fn survey(&self, topic: &str, at: i64, end: u64) {
        let body = format!(
            r#"{{"cluster":"c","at":{at},"whole":true,"logs":[{{"topic":"{topic}","end":{end}}}],"groups":[]}}"#
        );
        self.send("POST", "/govern/v1/lineage/surveys", &body);
    }

    fn send(&self, method: &str, path: &str, body: &str) {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://")).expect("the server is there");
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json");
        write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    }

    /// As if a proxy had seen `shop` writing to a topic with schema 1, and the group `billing` reading it.
    fn observe(&self, topic: &str, at: i64) {
        let edge = |direction: &str| {
            format!(
                r#"{{"cluster":"c","topic":"{topic}","client_id":"shop","software":"","principal":"","address":"",{direction},
                "records":1240,"bytes":1,"refused":0,"first":{at},"last":{at}}}"#
            )
        };
        let produces = edge(r#""direction":"produces","schema":{"context":".","id":1}"#);
        let consumes = edge(r#""direction":"consumes","group":"billing","evidence":"committed""#);
        let body = format!(r#"{{"observations":[{produces},{consumes}]}}"#);
        self.send("POST", "/govern/v1/lineage/observations", &body);
    }

    fn level(&self, subject: &str) -> Option<String> {
        self.runtime.block_on(self.client.config(subject)).ok()?.compatibility_level
    }

    fn latest(&self, subject: &str) -> Option<i32> {
        self.runtime.block_on(self.client.version(subject, "latest")).ok().map(|schema| schema.version)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn request(kind: &str, text: &str) -> RegisterRequest {
    RegisterRequest { schema_type: Some(kind.to_owned()), schema: Some(text.to_owned()), ..RegisterRequest::default() }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn every_version_that_the_level_looks_at_is_compared_with() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    server.set_level("a.order-value", "NONE");
    for fields in [&[ID][..], &[ID, CHANNEL]] {
        server.register("a.order-value", "AVRO", &record("Order", fields));
    }
    server.set_level("a.order-value", "BACKWARD");
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL, NOTE]));
    repo.write("schemas/a/new.avsc", record("New", &[ID]));
    let ran = repo.run(&["check", "--url", &server.url]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("v2 → draft") && ran.out.contains("✓ new subject"), "{}", ran.out);
    server.set_level("a.order-value", "BACKWARD_TRANSITIVE");
    let ran = repo.run(&["check", "--url", &server.url]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("written with version 1 (id 1)"), "{}", ran.out);
    // The same without a network, from what was kept.
    assert_eq!(repo.run(&["snapshot", "--url", &server.url]).code, 0);
    let offline = repo.run(&["check", "--offline"]);
    assert_eq!(offline.code, 1, "{}{}", offline.out, offline.err);
    assert!(offline.told().contains("written with version 1 (id 1)"), "{}", offline.out);
    let text = repo.read(".tidegate/snapshot.json").replace("BACKWARD_TRANSITIVE", "NONE");
    repo.write(".tidegate/snapshot.json", text);
    let ran = repo.run(&["check", "--offline"]);
    assert!(ran.code == 2 && ran.err.contains("digest"), "{}{}", ran.out, ran.err);
}

#[test]
fn schemas_are_registered_in_order_and_once() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    repo.write("schemas/a/order.avsc", record("Order", &[r#"{ "name": "total", "type": "shop.Money" }"#]));
    repo.write("schemas/z/money.avsc", record("Money", &[ID]));
    let ran = repo.run(&["register", "--url", &server.url, "--dry-run"]);
    assert!(ran.code == 0 && ran.out.contains("2 schemas would be registered"), "{}{}", ran.out, ran.err);
    assert_eq!(server.latest("z.money-value"), None);
    let ran = repo.run(&["register", "schemas/a", "--url", &server.url]);
    assert!(ran.code == 0 && ran.out.contains("2 schemas registered"), "{}{}", ran.out, ran.err);
    let ran = repo.run(&["register", "--url", &server.url]);
    assert!(ran.out.contains("0 schemas registered, 2 already there"), "{}{}", ran.out, ran.err);
    // A file that stands on what only the registry has.
    std::fs::remove_file(repo.at("schemas/z/money.avsc")).expect("it was there");
    let ran = repo.run(&["check", "--url", &server.url]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = repo.run(&["diff", "a.order-value@1", "schemas/a/order.avsc", "--url", &server.url]);
    assert_eq!(ran.code, 2, "a file by itself does not find it: {}{}", ran.out, ran.err);
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    let ran = repo.run(&["register", "--url", &server.url]);
    assert!(ran.code == 1 && ran.out.contains("a.order-value"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_plan_is_done_once_exactly_and_never_to_a_registry_that_moved() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    let project = |level: &str| format!("project: shop\ncompat: {level}\n{PROJECT}");
    repo.write("tidegate.yaml", project("FULL"));
    repo.write("schemas/a/order.avsc", record("Order", &[r#"{ "name": "total", "type": "shop.Money" }"#]));
    repo.write("schemas/z/money.avsc", record("Money", &[ID]));
    assert_eq!(repo.run(&["drift", "--url", &server.url]).code, 3);
    let ran = repo.run(&["plan", "-o", "plan.json", "--exit-code", "--url", &server.url]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("Plan: 2 to add, 2 to change, 0 to delete, 0 blocked."), "{}", ran.out);
    let ran = repo.run(&["apply", "plan.json", "--url", &server.url]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(repo.run(&["drift", "--url", &server.url]).code, 0);
    // Again: all of it is done already.
    let ran = repo.run(&["apply", "plan.json", "--url", &server.url]);
    assert!(ran.code == 0 && ran.out.contains("Applied 0 steps of 4"), "{}{}", ran.out, ran.err);
    // A plan whose registry moved is refused as a whole.
    repo.write("schemas/z/money.avsc", record("Money", &[ID, NOTE]));
    assert_eq!(repo.run(&["plan", "-o", "plan.json", "--url", &server.url]).code, 0);
    server.register(
        "z.money-value",
        "AVRO",
        &record("Money", &[ID, r#"{ "name": "x", "type": "int", "default": 0 }"#]),
    );
    let ran = repo.run(&["apply", "plan.json", "--url", &server.url]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("has version 2 now, and the plan expects version 1"), "{}", ran.err);
    assert_eq!(server.latest("a.order-value"), Some(1));
    // A plan that was edited is none.
    repo.write("plan.json", repo.read("plan.json").replace("\"file\": \"schemas/z", "\"file\": \"schemas/y"));
    assert_eq!(repo.run(&["apply", "plan.json", "--url", &server.url]).code, 2);
}

#[test]
fn a_plan_is_not_done_under_another_level_than_it_was_made_for() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    let subject = "a.order-value";
    let plan = || repo.run(&["plan", "-o", "plan.json", "--url", &server.url]);
    let apply = || repo.run(&["apply", "plan.json", "--url", &server.url]);
    server.register(subject, "AVRO", &record("Order", &[ID]));
    server.set_level(subject, "BACKWARD");
    // A level that would become stronger, if nobody had made it stronger still.
    repo.write("tidegate.yaml", format!("compat: BACKWARD_TRANSITIVE\n{PROJECT}"));
    repo.write("schemas/a/order.avsc", record("Order", &[ID, NOTE]));
    assert_eq!(plan().code, 0);
    server.set_level(subject, "FULL_TRANSITIVE");
    let ran = apply();
    let told = "a.order-value has the level FULL_TRANSITIVE now, and the plan expects BACKWARD";
    assert!(ran.code == 1 && ran.told().contains(told) && ran.told().contains("TG903"), "{}{}", ran.out, ran.err);
    assert_eq!((server.level(subject).as_deref(), server.latest(subject)), (Some("FULL_TRANSITIVE"), Some(1)));
    // A run that was broken off has set the level, and the version is left to do.
    server.set_level(subject, "BACKWARD_TRANSITIVE");
    let ran = apply();
    assert!(ran.code == 0 && ran.out.contains("Applied 1 step of 2"), "{}{}", ran.out, ran.err);
    // A version that was judged under a level which holds no more, whoever asked for it.
    repo.write("tidegate.yaml", PROJECT);
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    server.register(subject, "AVRO", &record("Order", &[ID, r#"{ "name": "x", "type": "int", "default": 0 }"#]));
    repo.write("schemas/a/order.avsc", record("Order", &[NOTE]));
    assert_eq!(plan().code, 0);
    server.set_level(subject, "NONE");
    let ran = apply();
    let told = "a.order-value has the level NONE now, and the plan expects BACKWARD_TRANSITIVE";
    assert!(ran.code == 1 && ran.told().contains(told), "{}{}", ran.out, ran.err);
    assert_eq!(server.latest(subject), Some(3));
}

#[test]
fn a_plan_is_not_done_when_what_it_refers_to_is_gone() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    repo.write("tidegate.yaml", format!("{PROJECT}references: {{ names: {{ shop.Money: money-value }} }}\n"));
    repo.write("schemas/a/order.avsc", record("Order", &[r#"{ "name": "total", "type": "shop.Money" }"#]));
    repo.write("schemas/a/first.avsc", record("First", &[ID]));
    server.register("money-value", "AVRO", &record("Money", &[ID]));
    let ran = repo.run(&["plan", "-o", "plan.json", "--url", &server.url]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    server.send("DELETE", "/subjects/money-value", "");
    let ran = repo.run(&["apply", "plan.json", "--url", &server.url]);
    let told = "money-value has no version 1 any more, and a.order-value refers to it";
    assert!(ran.code == 1 && ran.told().contains(told), "{}{}", ran.out, ran.err);
    assert_eq!(server.latest("a.first-value"), None, "nothing was done");
}

#[test]
fn a_file_that_goes_back_to_an_older_version_is_no_step_but_a_decision() {
    let Some(server) = Server::start() else { return };
    for head in ["", "project: shop\n"] {
        let repo = Repo::new();
        let name = if head.is_empty() { "order" } else { "marked" };
        let (file, subject) = (format!("schemas/a/{name}.avsc"), format!("a.{name}-value"));
        repo.write("tidegate.yaml", format!("{head}{PROJECT}"));
        let plan = || repo.run(&["plan", "-o", "plan.json", "--url", &server.url]);
        let apply = || repo.run(&["apply", "plan.json", "--url", &server.url]);
        for fields in [&[ID][..], &[ID, NOTE]] {
            repo.write(&file, record("Order", fields));
            assert_eq!((plan().code, apply().code), (0, 0));
        }
        repo.write(&file, record("Order", &[ID]));
        let ran = plan();
        assert!(ran.code == 1 && ran.out.contains("0 to change, 0 to delete, 1 blocked"), "{}{}", ran.out, ran.err);
        let told = "it is version 1 already, and version 2 is the latest: to register it again changes nothing";
        assert!(ran.told().contains(told), "{}", ran.out);
        assert_eq!(server.latest(&subject), Some(2));
        // Without the later version it is what the registry has.
        server.send("DELETE", &format!("/subjects/{subject}/versions/2"), "");
        assert_eq!(repo.run(&["drift", "--url", &server.url]).code, 0);
    }
}

#[test]
fn what_was_done_of_a_plan_that_is_refused_midway_is_told() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    for name in ["a", "b", "c"] {
        repo.write(&format!("schemas/s/{name}.avsc"), record("Order", &[ID]));
    }
    assert_eq!(repo.run(&["plan", "-o", "plan.json", "--url", &server.url]).code, 0);
    server.set_mode("s.b-value", "READONLY");
    let apply = || repo.run(&["apply", "plan.json", "--url", &server.url]);
    let ran = apply();
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    for told in [
        "✓ s.a-value is version 1",
        "✗ s.b-value is not registered",
        "Applied 1 step, 1 failed, 1 not tried.",
        "(42205)",
        "1 step of the plan was done before, and stays so",
    ] {
        assert!(ran.told().contains(told), "{told} is missing: {}{}", ran.out, ran.err);
    }
    assert!(!ran.told().contains("nothing was judged"), "{}", ran.err);
    assert_eq!(repo.run(&["register", "--url", &server.url]).code, 1, "as it is for single registrations");
    server.set_mode("s.b-value", "READWRITE");
    let ran = apply();
    assert!(ran.code == 0 && ran.out.contains("Applied 2 steps of 3"), "{}{}", ran.out, ran.err);
}

#[test]
fn only_what_bears_the_mark_is_deleted_and_only_when_that_is_allowed() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    repo.write("tidegate.yaml", format!("project: shop\n{PROJECT}"));
    server.register("others-value", "AVRO", &record("Other", &[ID]));
    for name in ["one", "two"] {
        repo.write(&format!("schemas/a/{name}.avsc"), record("Order", &[ID]));
    }
    assert_eq!(repo.run(&["plan", "-o", "plan.json", "--url", &server.url]).code, 0);
    assert_eq!(repo.run(&["apply", "plan.json", "--url", &server.url]).code, 0);
    std::fs::remove_file(repo.at("schemas/a/two.avsc")).expect("it was there");
    let ran = repo.run(&["plan", "--url", &server.url]);
    assert!(ran.code == 1 && ran.out.contains("--allow-delete"), "{}{}", ran.out, ran.err);
    let ran = repo.run(&["plan", "--allow-delete", "-o", "plan.json", "--url", &server.url]);
    assert!(ran.code == 0 && ran.out.contains("1 to delete"), "{}{}", ran.out, ran.err);
    assert_eq!(repo.run(&["apply", "plan.json", "--url", &server.url]).code, 0);
    assert_eq!((server.latest("a.two-value"), server.latest("others-value")), (None, Some(1)));
    assert_eq!(repo.run(&["drift", "--url", &server.url]).code, 0);
}

#[test]
fn what_is_in_use_is_not_deleted_unless_that_is_said() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    repo.write("tidegate.yaml", format!("project: shop\n{PROJECT}"));
    for name in ["one", "two"] {
        repo.write(&format!("schemas/a/{name}.avsc"), record("Order", &[ID]));
    }
    let plan = |more: &[&str]| repo.run(&[&["plan", "-o", "plan.json", "--url", &server.url], more].concat());
    let apply = || repo.run(&["apply", "plan.json", "--url", &server.url]);
    assert_eq!(plan(&[]).code, 0);
    assert_eq!(apply().code, 0);
    std::fs::remove_file(repo.at("schemas/a/two.avsc")).expect("it was there");
    assert_eq!(repo.run(&["impact", "a.two-value", "--delete", "--url", &server.url]).code, 0);
    assert_eq!(plan(&["--allow-delete"]).code, 0);
    // Somebody begins to read after the plan was made.
    server.observe("a.two", now());
    let ran = apply();
    assert!(ran.code == 1 && ran.told().contains("billing reads (committed)"), "{}{}", ran.out, ran.err);
    assert_eq!(server.latest("a.two-value"), Some(1));
    let ran = plan(&["--allow-delete"]);
    assert!(
        ran.code == 1 && ran.told().contains("deleting it all the same takes --allow-delete-in-use"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("0 to delete, 1 blocked"), "{}", ran.out);
    let ran = repo.run(&["impact", "a.two-value", "--delete", "--url", &server.url]);
    assert!(ran.code == 1 && ran.out.contains("billing"), "{}{}", ran.out, ran.err);
    assert_eq!(plan(&["--allow-delete-in-use"]).code, 2);
    let ran = plan(&["--allow-delete", "--allow-delete-in-use"]);
    assert!(ran.code == 0 && ran.out.contains("! even in use"), "{}{}", ran.out, ran.err);
    assert_eq!(apply().code, 0);
    assert_eq!(server.latest("a.two-value"), None);
}

#[test]
fn the_surroundings_of_a_subject_are_drawn() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    server.register("a.order-value", "AVRO", &record("Order", &[ID]));
    let lineage = |more: &[&str]| repo.run(&[&["lineage", "a.order-value", "--url", &server.url], more].concat());
    let ran = lineage(&[]);
    assert!(ran.code == 2 && ran.err.contains("knows no topic of a.order-value"), "{}{}", ran.out, ran.err);
    server.observe("a.order", now());
    let ran = lineage(&[]);
    assert!(
        ran.code == 0 && ran.out.contains("application shop") && ran.out.contains("group billing"),
        "{}{}",
        ran.out,
        ran.err
    );
    assert!(ran.out.contains("a.order-value v1"), "{}", ran.out);
    let ran = lineage(&["--direction", "down", "--format", "mermaid"]);
    assert!(ran.out.starts_with("flowchart LR\n") && ran.out.contains(" -->|"), "{}{}", ran.out, ran.err);
    let node = json(&lineage(&["--format", "json", "--evidence", "observed"]).out)["node"]
        .as_str()
        .expect("a node")
        .to_owned();
    let ran = repo.run(&["lineage", &node, "--format", "dot", "--url", &server.url]);
    assert!(ran.code == 0 && ran.out.contains("digraph"), "{}{}", ran.out, ran.err);
    let ran = repo.run(&["impact", "a.order-value", "--field", "id", "--url", &server.url]);
    assert!(
        ran.code == 0
            && ran.told().contains("Removing id: breaks 0, likely breaks 2,")
            && ran.out.contains("group billing"),
        "{}{}",
        ran.out,
        ran.err
    );
}

#[test]
fn of_what_is_not_there_no_impact_is_told() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    let lines = r#"{ "name": "lines", "type": { "type": "array", "items": { "type": "record", "name": "Line", "fields": [
        { "name": "sku", "type": "string" } ] } } }"#;
    server.register("a.order-value", "AVRO", &record("Order", &[ID, lines]));
    let impact = |more: &[&str]| repo.run(&[&["impact"], more, &["--url", &server.url]].concat());
    let ran = impact(&["nosuch"]);
    assert!(ran.code == 2 && ran.told().contains("there is no subject nosuch"), "{}{}", ran.out, ran.err);
    // A subject that nobody was seen using is one, under the name of its topic too.
    assert_eq!((impact(&["a.order-value"]).code, impact(&["a.order"]).code), (0, 0));
    server.observe("a.order", now());
    let ran = impact(&["a.order-value", "--field", "ids"]);
    assert!(ran.code == 2 && ran.told().contains("has no field `ids` in version 1"), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("did you mean `id`?") && !ran.out.contains("breaks"), "{}{}", ran.out, ran.err);
    for field in ["id", "lines.sku", "lines[].sku", "lines"] {
        let ran = impact(&["a.order-value", "--field", field]);
        assert!(ran.code == 0 && ran.out.contains("likely breaks"), "{field}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn a_record_is_told_under_the_schema_that_it_names() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    server.register("money-value", "AVRO", &record("Money", &[ID]));
    let order = RegisterRequest {
        references: Some(vec![tidegate_api::Reference {
            name: Some("shop.Money".into()),
            subject: Some("money-value".into()),
            version: Some(1),
        }]),
        ..request("AVRO", &record("Order", &[r#"{ "name": "total", "type": "shop.Money" }"#, NOTE]))
    };
    let registered = server.runtime.block_on(server.client.register("order-value", &order)).expect("an order");
    repo.write("order.hex", format!("00 {:08x} 0e 02 04 6869", registered.id));
    let ran = repo.run(&["record", "decode", "order.hex", "--hex", "--compact", "--url", &server.url]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "{\"total\":{\"id\":7},\"note\":{\"string\":\"hi\"}}\n"),
        "{}",
        ran.err
    );
    // By GUID, and by an id that stands elsewhere.
    let guid = registered.guid.replace('-', "");
    repo.write("guid.hex", format!("01 {guid} 0e 00"));
    let ran = repo.run(&["record", "decode", "guid.hex", "--hex", "--compact", "--url", &server.url]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "{\"total\":{\"id\":7},\"note\":null}\n"), "{}", ran.err);
    repo.write("bare.hex", "0e 00");
    let id = registered.id.to_string();
    let ran = repo.run(&["record", "decode", "bare.hex", "--hex", "--id", &id, "--url", &server.url]);
    assert!(ran.code == 0 && ran.out.contains("\"note\": null"), "{}{}", ran.out, ran.err);
    repo.write("bad.hex", format!("00 {:08x} 0e 02 04 ff69", registered.id));
    let ran = repo.run(&["record", "decode", "bad.hex", "--hex", "--url", &server.url]);
    assert!(ran.code == 1 && ran.out.is_empty(), "{}{}", ran.out, ran.err);
    assert!(
        ran.err.contains("field note: the text is not UTF-8 (byte 1 of the payload, 6 of the record)"),
        "{}",
        ran.err
    );
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("not so far away")
}

#[test]
fn what_the_registry_has_becomes_files() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    server.register("a.order-value", "AVRO", &record("Order", &[ID]));
    server.register("nowhere", "AVRO", &record("Order", &[ID]));
    let ran = repo.run(&["pull", "--all", "--url", &server.url]);
    assert!(
        ran.code == 0 && ran.out.contains("1 file written; no rule says where 1 subject"),
        "{}{}",
        ran.out,
        ran.err
    );
    assert!(repo.read("schemas/a/order.avsc").contains("\n    { \"name\": \"id\", \"type\": \"long\" }"));
    let ran = repo.run(&["pull", "--url", &server.url]);
    assert!(ran.out.contains("0 files written"), "{}{}", ran.out, ran.err);
    assert_eq!(repo.run(&["check", "--url", &server.url]).code, 0);
}

#[test]
fn a_record_is_held_against_the_schema_that_it_names() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    server.register("a.order-value", "AVRO", &record("Order", &[ID]));
    repo.write("good.bin", [0, 0, 0, 0, 1, 2]);
    repo.write("bad.hex", "00 00000001 0202");
    let url = server.url.as_str();
    let ran = repo.run(&["record", "validate", "good.bin", "--url", url]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = repo.run(&["record", "validate", "--hex", "bad.hex", "--url", url]);
    assert!(ran.code == 1 && ran.out.contains("at byte"), "{}{}", ran.out, ran.err);
    repo.write("unknown.hex", "00 00000063 02");
    let ran = repo.run(&["record", "validate", "--hex", "unknown.hex", "--url", url]);
    assert!(ran.code == 1 && ran.err.contains("schema 99 is not registered"), "{}{}", ran.out, ran.err);
    repo.write("order.avsc", record("Order", &[ID]));
    repo.write("bare.hex", "02");
    let ran = repo.run(&["record", "validate", "--hex", "bare.hex", "--schema", "order.avsc"]);
    assert!(ran.code == 0 && ran.out.contains("1 byte obeys order.avsc"), "{}{}", ran.out, ran.err);
}

#[test]
fn who_is_affected_is_told_beside_what_breaks() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    server.register("a.order-value", "AVRO", &record("Order", &[ID]));
    server.observe("a.order", now());
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    let ran = repo.run(&["check", "--url", &server.url]);
    let told = "in use (a.order, last 7 days): 1,240 records seen with version 1, last on ";
    assert!(ran.code == 1 && ran.told().contains(told), "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("; read by billing") && ran.out.contains("evidence for 1 finding"), "{}", ran.out);
    let ran = repo.run(&["impact", "a.order-value", "--url", &server.url]);
    assert!(ran.code == 0 && ran.out.contains("v1 (1,240)") && ran.out.contains("billing"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_check_that_passes_is_no_registration_that_is_refused() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    server.register("a.order-value", "AVRO", &record("Order", &[ID]));
    repo.write("schemas/a/order.avsc", record("Order", &[ID, NOTE]));
    let ran = repo.run(&["check", "--url", &server.url]);
    assert!(ran.code == 0 && ran.out.contains("✓ agrees on 1 schema"), "{}{}", ran.out, ran.err);
    // What the registry holds against it and the files don't tell.
    server.set_mode("a.order-value", "READONLY");
    let ran = repo.run(&["check", "--url", &server.url]);
    assert!(ran.code == 0 && ran.out.contains("warning[TG801]"), "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("its mode is READONLY (set for the subject)"), "{}", ran.out);
    assert_eq!(repo.run(&["check", "--url", &server.url, "--fail-on", "warning"]).code, 1);
    server.set_mode("a.order-value", "READWRITE");
    // A level of the project is not yet that of the registry.
    repo.write("tidegate.yaml", format!("compat: NONE\n{PROJECT}"));
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    let ran = repo.run(&["check", "--url", &server.url]);
    assert!(ran.code == 0 && ran.out.contains("warning[TG801]"), "{}{}", ran.out, ran.err);
    assert!(
        ran.told().contains("the level there is BACKWARD (its default), and NONE is asked for here"),
        "{}",
        ran.out
    );
    // Under a weaker level there nothing is amiss: the project asks for more.
    repo.write("tidegate.yaml", format!("compat: FULL\n{PROJECT}"));
    server.set_level("a.order-value", "NONE");
    let ran = repo.run(&["check", "--url", &server.url]);
    assert!(ran.code == 1 && !ran.out.contains("TG80"), "{}{}", ran.out, ran.err);
}

#[test]
fn who_stands_on_what_changes_elsewhere_is_told() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    server.register("z.money-value", "AVRO", &record("Money", &[ID]));
    let order = RegisterRequest {
        references: Some(vec![tidegate_api::Reference {
            name: Some("shop.Money".into()),
            subject: Some("z.money-value".into()),
            version: Some(1),
        }]),
        ..request("AVRO", &record("Order", &[r#"{ "name": "total", "type": "shop.Money" }"#]))
    };
    for subject in ["theirs-value", "a.order-value"] {
        server.runtime.block_on(server.client.register(subject, &order)).expect("an order");
    }
    repo.write("schemas/a/order.avsc", record("Order", &[r#"{ "name": "total", "type": "shop.Money" }"#]));
    repo.write("schemas/z/money.avsc", record("Money", &[ID, NOTE]));
    let ran = repo.run(&["check", "--url", &server.url]);
    let told = "outside this repo, and standing on what changes: theirs-value v1 (on z.money-value v1)";
    assert!(ran.code == 0 && ran.told().contains(told), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("✓ agrees on 2 schemas"), "what stands on it here was asked for too: {}", ran.out);
    let report = json(&repo.run(&["check", "--url", &server.url, "--format", "json"]).out);
    assert_eq!(report["outside"].as_array().map(Vec::len), Some(1), "{report}");
    assert_eq!(report["outside"][0]["on_version"], 1);
    let ran = repo.run(&["check", "--url", &server.url, "--format", "markdown"]);
    assert!(ran.out.contains("`theirs-value`"), "{}", ran.out);
}

#[test]
fn a_break_of_what_nobody_uses_weighs_less_if_enough_is_seen() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    server.register("a.order-value", "AVRO", &record("Order", &[ID]));
    server.register("a.order-value", "AVRO", &record("Order", &[ID, NOTE]));
    repo.write("schemas/a/order.avsc", record("Order", &[ID, NOTE, CHANNEL]));
    let with = |usage: &str| {
        repo.write("tidegate.yaml", format!("usage: {usage}\n{PROJECT}"));
        repo.run(&["check", "--url", &server.url])
    };
    // Version 1 is written, version 2 is what is compared with. How much passes the proxy nobody has told yet.
    server.observe("a.order", now() - 1_000);
    let ran = with("{ downgrade: true }");
    assert!(
        ran.code == 1 && ran.told().contains("it stays an error, since its use is not known"),
        "{}{}",
        ran.out,
        ran.err
    );
    let ran = with("{ on_unknown: warning }");
    assert!(ran.code == 0 && ran.out.contains("! 1 downgraded (not known)"), "{}{}", ran.out, ran.err);
    // 1,240 of 1,240 records.
    server.survey("a.order", now() - 3_000, 0);
    server.observe("a.order", now() - 2_000);
    server.survey("a.order", now() - 1_500, 1_240);
    let ran = with("{ downgrade: true, window: 12h }");
    assert!(ran.code == 0 && ran.out.contains("! 1 downgraded (coverage 100 %)"), "{}{}", ran.out, ran.err);
    let told = "would be an error without usage evidence: nobody wrote with version 2 in the last 12 hours (coverage 100 %); \
        `usage.downgrade` made it a warning";
    assert!(ran.out.contains("warning[TG101]") && ran.told().contains(told), "{}", ran.out);
    let report = json(&repo.run(&["check", "--url", &server.url, "--format", "json"]).out);
    let finding = &report["findings"][0];
    assert_eq!((&finding["severity"], &finding["base_severity"]), (&"warning".into(), &"error".into()), "{finding}");
    assert_eq!(finding["usage"]["write_coverage"], 1.0);
    assert_eq!(with("{}").code, 1, "nobody asked for it");
    // As many again, past the proxy: half of them is too little.
    server.survey("a.order", now() - 500, 2_480);
    let ran = with("{ downgrade: true }");
    assert!(ran.code == 1 && ran.told().contains("only 50 % of the records passed a proxy"), "{}{}", ran.out, ran.err);
    assert_eq!(with("{ downgrade: true, min_coverage: 0.5 }").code, 0);
    // Under a level that looks at all versions, the one that is written counts.
    server.set_level("a.order-value", "BACKWARD_TRANSITIVE");
    let ran = with("{ downgrade: true, min_coverage: 0.5 }");
    assert!(ran.code == 1 && ran.told().contains("it is in use: "), "{}{}", ran.out, ran.err);
    assert_eq!(with("{ downgrade: true, min_coverage: 0.5, ignore_clients: ['sh*'] }").code, 0);
    assert_eq!(with("{ downgrade: true, min_coverage: 0.5, min_records: 1000000 }").code, 0);
}

/// The verdicts of a public suite, from the registry over HTTP and from the tool over files.
#[test]
fn the_tool_says_what_the_registry_says() {
    let Some(server) = Server::start() else { return };
    let Some(corpora) = std::env::var_os("TIDEGATE_CORPORA") else {
        println!("SKIPPED: TIDEGATE_CORPORA is not set, the compatibility vectors were not run");
        return;
    };
    let text = std::fs::read_to_string(Path::new(&corpora).join("compat/vectors.json")).expect("vectors.json");
    let repo = Repo::new();
    let mut project = String::from("version: 1\nsubjects:\n");
    let mut expected = Vec::new();
    for (at, vector) in json(&text).as_array().expect("a list").iter().enumerate() {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let (subject, kind) = (format!("v{at}"), text(&vector["type"]));
        let ending = match kind.as_str() {
            "AVRO" => "avsc",
            "PROTOBUF" => "proto",
            _ => "json",
        };
        server.set_level(&subject, "NONE");
        let history = vector["history"].as_array().cloned().unwrap_or_default();
        let taken = history.iter().all(|version| {
            let request = request(&text(&version["type"]), &text(&version["schema"]));
            server.runtime.block_on(server.client.register(&subject, &request)).is_ok()
        });
        if !taken {
            continue;
        }
        server.set_level(&subject, &text(&vector["level"]));
        let candidate = text(&vector["candidate"]);
        let answer = server.runtime.block_on(server.client.check(&subject, &request(&kind, &candidate)));
        expected.push((subject.clone(), answer.is_ok_and(|answer| answer.is_compatible)));
        repo.write(&format!("{subject}.{ending}"), candidate);
        project.push_str(&format!("  - {{ match: {subject}.{ending}, subject: {subject}, type: {kind} }}\n"));
    }
    repo.write("tidegate.yaml", project);
    let ran = repo.run(&["check", "--url", &server.url, "--format", "json"]);
    let report = json(&ran.out);
    let subjects = report["subjects"].as_array().expect("subjects");
    let mut wrong = Vec::new();
    for (subject, is_compatible) in &expected {
        let told = subjects.iter().find(|it| it["subject"] == subject.as_str());
        let verdict = told.map_or(&Value::Null, |told| &told["against"][0]["verdict"]);
        // What is the latest version already is not compared again.
        if verdict != "unchanged" && (verdict != "incompatible" && !verdict.is_null()) != *is_compatible {
            wrong.push(format!("{subject}: the registry says {is_compatible}, the tool {verdict}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), expected.len(), wrong.join("\n"));
    // The tool asked itself, too, about all of them at once.
    let differences: Vec<_> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|it| it["code"] == "TG801" || it["code"] == "TG802")
        .collect();
    assert!(differences.is_empty(), "{differences:#?}");
    let line = report["checks"].as_array().expect("checks").iter().find(|check| check["name"] == "registry");
    assert!(
        line.is_some_and(|line| line["detail"].as_str().is_some_and(|it| it.starts_with("agrees on "))),
        "{line:?}"
    );
    assert!(expected.len() > 200, "only {} vectors", expected.len());
}

#[test]
fn a_level_becomes_weaker_only_when_somebody_else_approves() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::with_git();
    repo.git(&["config", "user.email", "ana@example.com"]);
    server.register("a.order-value", "AVRO", &record("Order", &[ID]));
    server.set_level("a.order-value", "FULL");
    repo.write("schemas/a/order.avsc", record("Order", &[ID, NOTE]));
    let asks = "approvals: { weaker_compatibility: true, by: [ana@example.com, bo] }\n";
    let project = |approvals: &str| format!("compat: BACKWARD\n{approvals}{PROJECT}");
    repo.write("tidegate.yaml", project(asks));
    let plan = || repo.run(&["plan", "-o", "plan.json", "--exit-code", "--url", &server.url]);
    let apply = |more: &[&str]| repo.run(&[&["apply", "plan.json", "--url", &server.url], more].concat());
    let ran = plan();
    assert!(ran.code == 5 && ran.out.contains("! weaker"), "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("approval of 1 weaker level is missing"), "{}", ran.out);
    assert_eq!(json(&repo.read("plan.json"))["approval"]["weaker"][0], "a.order-value");
    for (by, told) in [
        (&[][..], "nobody has approved it"),
        (&["--approved-by", "cy"], "cy is not among those who may approve it"),
        (&["--approved-by", "Ana@example.com"], "can't approve what is their own"),
    ] {
        let ran = apply(by);
        assert!(ran.code == 5 && ran.told().contains(told), "{}{}", ran.out, ran.err);
        assert_eq!(server.latest("a.order-value"), Some(1), "nothing was done");
    }
    let ran = apply(&["--approved-by", "bo"]);
    assert!(
        ran.code == 0 && ran.told().contains("BACKWARD, which is weaker: approved by bo"),
        "{}{}",
        ran.out,
        ran.err
    );
    assert_eq!(server.latest("a.order-value"), Some(2));
    // Done before, it needs nobody's word again.
    assert_eq!(apply(&[]).code, 0);
    // A registry that moved is told first.
    server.set_level("a.order-value", "FULL");
    let more = r#"{ "name": "z", "type": "int", "default": 0 }"#;
    repo.write("schemas/a/order.avsc", record("Order", &[ID, NOTE, more]));
    assert_eq!(plan().code, 5);
    server.register(
        "a.order-value",
        "AVRO",
        &record("Order", &[ID, r#"{ "name": "y", "type": "int", "default": 0 }"#]),
    );
    assert_eq!(apply(&[]).code, 1);
    // Where nobody asks, nobody has to agree.
    repo.write("tidegate.yaml", project(""));
    assert_eq!(plan().code, 3);
    assert_eq!(apply(&[]).code, 0);
}

#[test]
fn what_an_application_reads_is_declared_and_told_of() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    if server.runtime.block_on(server.client.consumers(None)).is_err() {
        println!("SKIPPED: the server that TIDEGATE_SERVER_BIN names takes no declarations of what is read");
        return;
    }
    server.register("a.order-value", "AVRO", &record("Order", &[ID, CHANNEL, NOTE]));
    server.observe("a.order", now());
    let consumes =
        |reads: &str| format!("{PROJECT}consumes: {{ application: shop-billing, owner: team-fin, reads: {reads} }}\n");
    let publish = |more: &[&str]| repo.run(&[&["consumers", "publish", "--url", &server.url], more].concat());
    repo.write("tidegate.yaml", consumes("[{ subject: nowhere-value }]"));
    let ran = publish(&[]);
    assert!(ran.code == 1 && ran.told().contains("nowhere-value"), "{}{}", ran.out, ran.err);
    repo.write("tidegate.yaml", consumes("[{ subject: a.order-value, group: billing, fields: [chanel] }]"));
    let ran = publish(&[]);
    assert!(ran.code == 1 && ran.told().contains("chanel") && ran.told().contains("channel"), "{}{}", ran.out, ran.err);
    repo.write(
        "tidegate.yaml",
        consumes("[{ subject: a.order-value, group: billing, fields: [channel], purpose: bills }]"),
    );
    let ran = publish(&[]);
    assert!(ran.code == 0 && ran.out.contains("shop-billing declares to read 1 subject"), "{}{}", ran.out, ran.err);
    let impact = |field: &str| repo.run(&["impact", "a.order-value", "--field", field, "--url", &server.url]);
    let ran = impact("channel");
    assert!(ran.told().contains("Removing channel: breaks 1, "), "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("group billing team-fin yes declared, committed"), "{}", ran.out);
    let ran = impact("note");
    assert!(ran.told().contains("Removing note: breaks 0, ") && ran.told().contains("unaffected 1."), "{}", ran.out);
    assert!(ran.told().contains("group billing team-fin no declared, committed"), "{}", ran.out);
    let ran = repo.run(&["consumers", "list", "--subject", "a.order-value", "--url", &server.url]);
    assert!(ran.code == 0 && ran.out.contains("shop-billing"), "{}{}", ran.out, ran.err);
    assert_eq!(publish(&["--remove"]).code, 0);
    let ran = publish(&["--remove"]);
    assert!(ran.code == 0 && ran.out.contains("had declared nothing"), "{}{}", ran.out, ran.err);
    let ran = impact("note");
    assert!(ran.told().contains("group billing (no owner) assumed (all) committed"), "{}", ran.out);
}
