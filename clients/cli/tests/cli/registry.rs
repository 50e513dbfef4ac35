//! Do the tool and the registry agree? Against the real server, which `TIDEGATE_SERVER_BIN` names.

use std::path::Path;

use serde_json::Value;
use tidegate_api::RegisterRequest;

use crate::repo::{CHANNEL, ID, NOTE, PROJECT, Repo, record};
use crate::server::{Server, json, request};

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
fn what_breaks_an_older_version_only_is_told_beside_what_breaks_the_latest() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    let x = |of: &str| format!(r#"{{ "name": "x", "type": "{of}", "default": 0 }}"#);
    server.set_level("a.order-value", "NONE");
    server.register("a.order-value", "AVRO", &record("Order", &[ID, r#"{ "name": "x", "type": "string" }"#]));
    server.register("a.order-value", "AVRO", &record("Order", &[ID]));
    server.set_level("a.order-value", "BACKWARD_TRANSITIVE");
    repo.write("schemas/a/order.avsc", record("Order", &[ID, &x("long"), CHANNEL]));
    let ran = repo.run(&["check", "--url", &server.url, "--format", "json"]);
    let report = json(&ran.out);
    let mut told: Vec<(&str, i64)> = Vec::new();
    for finding in report["findings"].as_array().expect("findings") {
        let version = finding["against"]["version"].as_i64();
        told.extend(finding["code"].as_str().zip(version));
    }
    told.sort_unstable();
    assert_eq!(told, [("TG101", 2), ("TG103", 1)], "{}{}", ran.out, ran.err);
    // That the first is let pass does not let the other pass.
    let print = report["findings"].as_array().and_then(|all| all.iter().find(|it| it["code"] == "TG101"));
    let print = print.and_then(|it| it["fingerprint"].as_str()).expect("a fingerprint");
    let until = crate::accepting::day(7);
    let accepted = ["accept", print, "--reason", "agreed", "--until", &until, "--by", "a", "--url", &server.url];
    assert_eq!(repo.run(&accepted).code, 0);
    assert_eq!(repo.run(&["check", "--url", &server.url]).code, 1);
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
    // What goes well goes without saying.
    for quiet in ["register", "snapshot", "pull"] {
        let ran = repo.run(&[quiet, "-q", "--url", &server.url]);
        assert_eq!((ran.code, &*ran.out, &*ran.err), (0, "", ""), "{quiet}");
    }
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
    // Single registrations are refused as well, and others go on.
    let ran = repo.run(&["register", "--url", &server.url]);
    assert!(ran.code == 1 && ran.out.contains("1 schema registered, 1 already there, 1 refused"), "{}", ran.out);
    server.set_mode("s.b-value", "READWRITE");
    let ran = apply();
    assert!(ran.code == 0 && ran.out.contains("Applied 1 step of 3"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_plan_that_was_killed_midway_goes_on_where_it_was() {
    const COUNT: usize = 120;
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    for at in 0..COUNT {
        repo.write(&format!("schemas/s/n{at:03}.avsc"), record("Order", &[ID]));
    }
    assert_eq!(repo.run(&["plan", "-o", "plan.json", "--url", &server.url]).code, 0);
    let mut applying = std::process::Command::new(crate::repo::tool())
        .current_dir(repo.path())
        .args(["apply", "plan.json", "--url", &server.url])
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the tool starts");
    // On Unix this is `kill -9`.
    while server.latest("s.n000-value").is_none() {
        assert!(applying.try_wait().expect("a process").is_none(), "it ended by itself");
    }
    applying.kill().expect("it is there");
    applying.wait().expect("it ends");
    assert_eq!(server.latest(&format!("s.n{:03}-value", COUNT - 1)), None, "it was done before it was killed");
    let ran = repo.run(&["apply", "plan.json", "--url", &server.url]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let left = (1..COUNT).any(|done| ran.out.contains(&format!("Applied {} steps of {COUNT}.", COUNT - done)));
    assert!(left, "it did all of it anew, or nothing: {}", ran.out);
    assert!((0..COUNT).all(|at| server.latest(&format!("s.n{at:03}-value")) == Some(1)));
    assert_eq!(repo.run(&["drift", "--url", &server.url]).code, 0);
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
