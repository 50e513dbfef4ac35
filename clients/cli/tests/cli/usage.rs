//! Who uses what, as the registry saw it: told beside findings, by `impact` and `lineage`, and before something is deleted.

use crate::repo::{CHANNEL, ID, NOTE, PROJECT, Repo, record};
use crate::server::{Server, json, now};

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
fn who_is_affected_is_told_beside_what_breaks() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    server.register("a.order-value", "AVRO", &record("Order", &[ID]));
    server.observe("a.order", now());
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    let ran = repo.run(&["check", "--url", &server.url]);
    let told = "in use (a.order, last 7 days): 1,240 records seen with version 1 (";
    assert!(ran.code == 1 && ran.told().contains(told), "{}{}", ran.out, ran.err);
    assert!(ran.told().contains(" rec/s), last on ") && ran.told().contains("; read by billing ("), "{}", ran.out);
    assert!(ran.out.contains("evidence for 1 finding"), "{}", ran.out);
    let ran = repo.run(&["impact", "a.order-value", "--url", &server.url]);
    assert!(ran.code == 0 && ran.out.contains("v1 (1,240)") && ran.out.contains("billing"), "{}{}", ran.out, ran.err);
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

#[test]
fn the_use_of_every_version_that_breaks_is_told_with_rates() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    server.set_level("a.order-value", "NONE");
    server.register("a.order-value", "AVRO", &record("Order", &[ID]));
    server.register("a.order-value", "AVRO", &record("Order", &[ID, NOTE]));
    server.set_level("a.order-value", "BACKWARD_TRANSITIVE");
    // Written with version 1, an hour ago.
    server.observe("a.order", now() - 3_600_000);
    repo.write("schemas/a/order.avsc", record("Order", &[ID, NOTE, CHANNEL]));
    let ran = repo.run(&["check", "--url", &server.url]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    for told in [
        "the same holds with version 1",
        "1,240 records seen with versions 2, 1 (1,240 with 1;",
        " rec/h)",
        "read by billing",
    ] {
        assert!(ran.told().contains(told), "{told} is missing: {}", ran.out);
    }
    let ran = repo.run(&["check", "--url", &server.url, "--format", "markdown"]);
    assert!(ran.out.contains("| Where | In use |") && ran.out.contains("| 1 consumer, "), "{}", ran.out);
    let ran = repo.run(&["check", "--url", &server.url, "--format", "json"]);
    let report = json(&ran.out);
    let finding = &report["findings"][0];
    assert_eq!(finding["against"]["older"], serde_json::json!([1]), "{finding}");
    assert_eq!(finding["usage"]["versions"][1]["records"], 1_240, "{finding}");
    assert!(finding["usage"]["records_per_second"].as_f64().is_some_and(|rate| rate > 0.0), "{finding}");
}

#[test]
fn one_consumer_is_marked_for_one_subject_and_a_time() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    server.set_level("a.order-value", "FORWARD");
    server.register("a.order-value", "AVRO", &record("Order", &[ID, CHANNEL]));
    server.observe("a.order", now());
    server.survey("a.order", now(), 1_240);
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    let check = |marks: &str| {
        let usage = format!("usage:\n  downgrade: true\n  min_coverage: 0.0\n  marks: [{marks}]\n");
        repo.write("tidegate.yaml", format!("{PROJECT}{usage}"));
        repo.run(&["check", "--url", &server.url])
    };
    let ran = check("");
    assert!(ran.code == 1 && ran.told().contains("it is in use: read by billing"), "{}{}", ran.out, ran.err);
    let mark = |subject: &str, until: &str| {
        format!("{{ consumer: billing, subject: {subject}, as: safe, reason: reads by name, by: ana, until: {until} }}")
    };
    let until = crate::accepting::day(7);
    let ran = check(&mark("a.order-value", &until));
    assert!(ran.code == 0 && ran.told().contains("warning[TG102]"), "{}{}", ran.out, ran.err);
    let told = format!("billing is marked safe by ana until {until}, and does not count: reads by name");
    assert!(ran.told().contains(&told), "{}", ran.out);
    assert_eq!(check(&mark("a.other-value", &until)).code, 1, "of another subject");
    let ran = check(&mark("a.order-value", &crate::accepting::day(-1)));
    assert!(ran.code == 1 && ran.told().contains("which is over: it counts again"), "{}", ran.out);
    for wrong in [mark("a.order-value", &crate::accepting::day(181)), mark("\"*\"", &until)] {
        assert_eq!(check(&wrong).code, 2, "{wrong}");
    }
}

#[cfg(unix)]
#[test]
fn others_who_know_of_the_use_are_asked_if_that_is_allowed() {
    use std::os::unix::fs::PermissionsExt;
    let repo = Repo::with_git();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.commit("one");
    let provider = |telling: &str| {
        repo.write("usage.sh", format!("#!/bin/sh\n{telling}\n"));
        std::fs::set_permissions(repo.at("usage.sh"), std::fs::Permissions::from_mode(0o755)).expect("a mode");
    };
    let told = |records: u64| {
        format!(
            r#"echo "{{\"window\":{{\"from\":\"\",\"to\":\"\",\"resolution\":60}},\"topics\":[],\"versions\":[{{\"version\":1,\"id\":1,\"deleted\":false,\"writers\":1,\"records\":{records}}}],\"writers\":[],\"readers\":[],\"coverage\":{{\"groupsObserved\":0,\"groupsKnown\":0,\"groupsElsewhere\":[],\"read\":1.0,\"write\":1.0,\"unknown\":[]}}}}" && [ "$1" = a.order-value ]"#
        )
    };
    repo.write("tidegate.yaml", format!("{PROJECT}usage: {{ downgrade: true, provider: {{ exec: ./usage.sh }} }}\n"));
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    let check = |more: &[&str]| repo.run(&[&["check", "--against", "git:HEAD"], more].concat());
    provider("touch was-asked; exit 1");
    let ran = check(&[]);
    assert!(ran.code == 1 && ran.told().contains("asked with --allow-provider only"), "{}{}", ran.out, ran.err);
    assert!(!repo.at("was-asked").exists(), "a project file runs nothing by itself");
    let ran = check(&["--allow-provider"]);
    assert!(ran.code == 1 && repo.at("was-asked").exists() && ran.told().contains("does not tell"), "{}", ran.out);
    provider(&told(7));
    let ran = check(&["--allow-provider"]);
    assert!(ran.code == 1 && ran.told().contains("it is in use: 7 records"), "{}{}", ran.out, ran.err);
    provider(&told(0));
    let ran = check(&["--allow-provider"]);
    assert!(ran.code == 0 && ran.told().contains("warning[TG101]"), "{}{}", ran.out, ran.err);
    assert!(!ran.told().contains("the registry refuses"), "{}", ran.out);
    repo.write("tidegate.yaml", format!("{PROJECT}usage: {{ provider: {{ exec: a, url: \"http://b\" }} }}\n"));
    assert_eq!(check(&[]).code, 2);
}

#[test]
fn an_address_can_tell_of_the_use() {
    let fake = crate::fake::Fake::saying(&[(
        "GET /?subject=a.order-value",
        200,
        r#"{"window":{"from":"","to":"","resolution":60},"topics":[],"versions":[{"version":1,"id":1,"deleted":false,"writers":1,"records":7}],"writers":[],"readers":[],"coverage":{"groupsObserved":0,"groupsKnown":0,"groupsElsewhere":[],"read":1.0,"write":1.0,"unknown":[]}}"#,
    )]);
    let repo = Repo::with_git();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.commit("one");
    repo.write(
        "tidegate.yaml",
        format!("{PROJECT}usage: {{ downgrade: true, provider: {{ url: \"{}\" }} }}\n", fake.url),
    );
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    let ran = repo.run(&["check", "--against", "git:HEAD", "--allow-provider"]);
    assert!(ran.code == 1 && ran.told().contains("it is in use: 7 records"), "{}{}", ran.out, ran.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_that_tells_of_the_use_ends_with_the_check() {
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    let repo = Repo::with_git();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.commit("one");
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    repo.write("tidegate.yaml", format!("{PROJECT}usage: {{ provider: {{ exec: ./usage.sh }} }}\n"));
    // What it starts goes on by itself, and would be seen.
    repo.write("usage.sh", "#!/bin/sh\n(sleep 3; touch survived) &\ntouch began\nwait\n");
    std::fs::set_permissions(repo.at("usage.sh"), std::fs::Permissions::from_mode(0o755)).expect("a mode");
    // `env` says what is ignored: tests may run in the background, where more is.
    let started = |ignored: &str| {
        let child = Command::new("env")
            .args(["--default-signal=HUP,INT,TERM", &format!("--ignore-signal={ignored}")])
            .arg(crate::repo::tool())
            .args(["check", "--against", "git:HEAD", "--allow-provider"])
            .current_dir(repo.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the tool starts");
        let begun = Instant::now();
        while !repo.at("began").exists() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the program was not asked");
            std::thread::sleep(Duration::from_millis(10));
        }
        std::fs::remove_file(repo.at("began")).expect("it began");
        child
    };
    let told = |child: &Child, signal: &str| {
        let told = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill is there");
        assert!(told.success());
    };
    for (signal, code) in [("-HUP", 129), ("-INT", 130), ("-TERM", 143)] {
        // Of the two that may be ignored, the one that doesn't come here.
        let mut check = started(if signal == "-HUP" { "INT" } else { "HUP" });
        let begun = Instant::now();
        told(&check, signal);
        let ended = check.wait().expect("it ends");
        assert_eq!(ended.code(), Some(code));
        assert!(begun.elapsed() < Duration::from_secs(2), "it waited for the program");
        std::thread::sleep(Duration::from_millis(3500).saturating_sub(begun.elapsed()));
        assert!(!repo.at("survived").exists(), "{signal}");
    }
    // What was to be ignored is.
    let mut check = started("HUP");
    told(&check, "-HUP");
    std::thread::sleep(Duration::from_millis(300));
    assert!(check.try_wait().expect("it can be asked").is_none(), "it heard what it was to ignore");
    told(&check, "-TERM");
    assert_eq!(check.wait().expect("it ends").code(), Some(143));
}
