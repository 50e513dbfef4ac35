//! What does a check say, and with which exit code?

use serde_json::Value;

use crate::repo::{CHANNEL, ID, NOTE, PROJECT, Ran, Repo, record};

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}{}", ran.out, ran.err))
}

#[test]
fn a_break_is_shown_in_both_files_with_its_reason_and_its_fix() {
    let repo = Repo::new();
    repo.write("old/schemas/orders/created.avsc", record("Created", &[r#"{ "name": "customer_id", "type": "long" }"#]));
    let new = [r#"{ "name": "customer_id", "type": "string" }"#, CHANNEL];
    repo.write("schemas/orders/created.avsc", record("Created", &new));
    let ran = repo.run(&["check", "--against", "dir:old"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    for told in [
        "error[TG103]",
        "error[TG101]",
        "schemas/orders/created.avsc:6:",
        "dir:old:schemas/orders/created.avsc",
        "BACKWARD: the new version must read every record",
        "help",
        "\"default\": null",
        "tidegate explain TG10",
        "2 errors in 1 schema",
    ] {
        assert!(ran.out.contains(told), "{told} is missing in:\n{}", ran.out);
    }
}

#[test]
fn what_is_compatible_passes_and_what_is_new_is_named() {
    let repo = Repo::new();
    repo.write("old/schemas/orders/created.avsc", record("Created", &[ID]));
    repo.write("schemas/orders/created.avsc", record("Created", &[ID, NOTE]));
    repo.write("schemas/orders/refund.avsc", record("Refund", &[ID]));
    let ran = repo.run(&["check", "--against", "dir:old"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("✓ compatible") && ran.out.contains("✓ new subject"), "{}", ran.out);
    let ran = repo.run(&["check", "--against", "dir:old", "--ascii"]);
    assert!(ran.out.is_ascii(), "{}", ran.out);
}

#[test]
fn the_document_tells_levels_states_and_codes() {
    let repo = Repo::new();
    repo.write("old/schemas/orders/created.avsc", record("Created", &[ID]));
    repo.write("schemas/orders/created.avsc", record("Created", &[ID, CHANNEL]));
    let ran = repo.run(&["check", "--against", "dir:old", "--format", "json"]);
    let report = json(&ran);
    assert_eq!(report["schema"], "https://tidegate.dev/report/v1");
    assert_eq!((report["summary"]["exit_code"].as_i64(), ran.code), (Some(1), 1));
    assert_eq!(report["subjects"][0]["state"], "changed");
    assert_eq!(report["subjects"][0]["against"][0]["level_from"], "default");
    assert_eq!(report["findings"][0]["code"], "TG101");
    assert_eq!(report["findings"][0]["confluent"], "READER_FIELD_MISSING_DEFAULT_VALUE");
    assert_eq!(report["findings"][0]["fingerprint"].as_str().map(str::len), Some(16));
}

#[test]
fn a_fingerprint_stays_when_lines_move() {
    let repo = Repo::new();
    repo.write("old/schemas/orders/created.avsc", record("Created", &[ID]));
    let print = |fields: &[&str]| {
        repo.write("schemas/orders/created.avsc", record("Created", fields));
        json(&repo.run(&["check", "--against", "dir:old", "--format", "json"]))["findings"][0]["fingerprint"].clone()
    };
    let before = print(&[ID, CHANNEL]);
    assert_eq!(before, print(&[CHANNEL, NOTE, ID]));
    assert_ne!(before, print(&[ID, r#"{ "name": "other", "type": "string" }"#]));
}

#[test]
fn schemas_that_refer_to_each_other_are_read_in_order_and_judged_as_one_change() {
    let repo = Repo::new();
    let order = record("Order", &[r#"{ "name": "total", "type": "shop.Money" }"#]);
    for side in ["old/schemas", "schemas"] {
        repo.write(&format!("{side}/a/order.avsc"), &order);
    }
    repo.write("old/schemas/z/money.avsc", record("Money", &[ID]));
    repo.write("schemas/z/money.avsc", record("Money", &[ID, CHANNEL]));
    let ran = repo.run(&["check", "--against", "dir:old", "--format", "json"]);
    let report = json(&ran);
    // The order's own text is what it was; what it stands on is not.
    assert_eq!(report["subjects"][0]["state"], "references-changed", "{report:#}");
    let codes: Vec<_> =
        report["findings"].as_array().unwrap().iter().map(|it| it["subject"].as_str().unwrap()).collect();
    assert!(codes.contains(&"a.order-value") && codes.contains(&"z.money-value"), "{codes:?}");
    // A path brings along whoever stands on it.
    let ran = repo.run(&["check", "schemas/z", "--against", "dir:old", "--format", "json"]);
    assert_eq!(json(&ran)["summary"]["schemas"], 2);
}

#[test]
fn a_ring_is_drawn() {
    let repo = Repo::new();
    repo.write("schemas/a/one.avsc", record("One", &[r#"{ "name": "two", "type": "shop.Two" }"#]));
    repo.write("schemas/a/two.avsc", record("Two", &[r#"{ "name": "one", "type": "shop.One" }"#]));
    let ran = repo.run(&["check", "--against", "none"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("error[TG411]") && ran.out.contains("a.one-value → a.two-value → a.one-value"),
        "{}",
        ran.out
    );
}

#[test]
fn what_is_referred_to_and_not_there_is_named_where_it_stands() {
    let repo = Repo::new();
    repo.write("schemas/a/order.avsc", record("Order", &[r#"{ "name": "total", "type": "common.Money" }"#]));
    let ran = repo.run(&["check", "--against", "none"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("error[TG412]") && ran.out.contains("order.avsc:6:"), "{}", ran.out);
}

#[test]
fn text_that_is_no_schema_is_shown_where_it_goes_wrong() {
    let repo = Repo::new();
    repo.write("schemas/a/order.avsc", "{\n  \"type\": \"record\",\n  \"name\": \"1st\",\n  \"fields\": []\n}\n");
    let ran = repo.run(&["check", "--against", "none"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("error[TG001]") && ran.out.contains("order.avsc:3:"), "{}", ran.out);
}

#[test]
fn weights_decide_about_the_exit_code() {
    let repo = Repo::new();
    repo.write("old/schemas/a/gone.avsc", record("Gone", &[ID]));
    repo.write("schemas/a/other.avsc", record("Other", &[ID]));
    let run = |fail_on: &str| repo.run(&["check", "--against", "dir:old", "--fail-on", fail_on]).code;
    assert_eq!((run("error"), run("warning"), run("never")), (0, 1, 0));
    let ran = repo.run(&["check", "--against", "dir:old"]);
    assert!(ran.out.contains("warning[TG415]"), "{}", ran.out);
}

#[test]
fn levels_of_the_project_count() {
    let repo = Repo::new();
    repo.write("old/schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    assert_eq!(repo.run(&["check", "--against", "dir:old"]).code, 0);
    repo.write("tidegate.yaml", format!("compat: FULL\n{}", crate::repo::PROJECT));
    let ran = repo.run(&["check", "--against", "dir:old"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("error[TG102]") && ran.out.contains("consumers with the old version"), "{}", ran.out);
}

#[test]
fn wrong_usage_is_told_apart_from_findings() {
    let repo = Repo::new();
    for arguments in [
        &["check"][..],
        &["check", "--against", "main"],
        &["check", "--against", "dir:nowhere"],
        &["check", "--against", "snapshot:none.json"],
        &["check", "nothing.avsc", "--against", "none"],
        &["check", "/", "--against", "none"],
        &["check", "--format", "yaml"],
        &["explain", "TG999"],
        &["nonsense"],
    ] {
        let ran = repo.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}{}", ran.out, ran.err);
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{arguments:?}: {}", ran.out);
    }
    repo.write("tidegate.yaml", "version: 1\nsubject: []\n");
    let ran = repo.run(&["check", "--against", "none"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean `subjects`?") && ran.err.contains("tidegate.yaml:2:1"), "{}", ran.err);
}

#[test]
fn a_kept_report_can_be_shown_in_other_forms() {
    let repo = Repo::new();
    repo.write("old/schemas/a/order.avsc", record("Order", &[ID]));
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    let ran = repo.run(&["check", "--against", "dir:old", "--format", "json=out/report.json", "--format", "text"]);
    assert_eq!(ran.code, 1);
    let text = ran.out;
    let again = repo.run(&["report", "--from", "out/report.json", "--format", "text"]);
    assert_eq!((again.code, again.out), (0, text));
    for format in ["github", "gitlab", "sarif", "junit", "md"] {
        let ran = repo.run(&["report", "--from", "out/report.json", "--format", format]);
        assert!(ran.code == 0 && ran.out.contains("TG101"), "{format}: {}{}", ran.out, ran.err);
    }
    assert_eq!(repo.run(&["report", "--from", "tidegate.yaml"]).code, 2);
}

#[test]
fn github_gets_annotations_and_a_page_by_itself() {
    let repo = Repo::new();
    repo.write("old/schemas/a/order.avsc", record("Order", &[ID]));
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    let page = repo.at("summary.md").display().to_string();
    let environment = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", page.as_str())];
    let ran = repo.run_with(&["check", "--against", "dir:old"], &environment);
    assert!(ran.out.contains("::error file=schemas/a/order.avsc,line=7,"), "{}", ran.out);
    assert!(repo.read("summary.md").contains("### ✗ Tidegate: 1 error"));
    let ran = repo.run_with(&["check", "--against", "dir:old", "--format", "json"], &environment);
    assert!(serde_json::from_str::<Value>(&ran.out).is_ok(), "{}", ran.out);
}

#[test]
fn what_a_project_asks_of_style_and_owners_is_found() {
    let repo = Repo::new();
    let asked =
        "lint:\n  use: [recommended]\n  rules:\n    TG603: error\ngovernance: { require: [owner, description] }\n";
    repo.write("tidegate.yaml", format!("{asked}{PROJECT}"));
    let way = r#"{ "name": "way", "type": { "type": "enum", "name": "shippingWay", "symbols": ["sea", "AIR"] } }"#;
    let note = r#"{ "name": "lastNote", "type": ["null", "string"] }"#;
    repo.write("schemas/a/order.avsc", record("Order", &[ID, way, note]));
    let ran = repo.run(&["check", "--against", "none"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    // The last line but one tells how long it took.
    let (told, _) = ran.out.split_once("\n3 errors, 3 warnings in").expect("a summary");
    insta::assert_snapshot!("style_and_owners", told);
    // What was asked is nobody's business where nothing is asked.
    repo.write("tidegate.yaml", PROJECT);
    assert_eq!(repo.run(&["check", "--against", "none"]).code, 0);
    let ran = repo.run(&["explain", "field-snake-case"]);
    assert!(ran.code == 0 && ran.out.contains("TG601"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_check_of_nothing_does_not_pass() {
    let repo = Repo::with_git();
    repo.write("schema/a/order.avsc", record("Order", &[ID]));
    repo.commit("one");
    for more in [&["--against", "none"][..], &["--against", "git:HEAD"], &["--changed", "--against", "git:HEAD~0"]] {
        repo.write("schema/a/order.avsc", record("Order", &[ID, NOTE]));
        let ran = repo.run(&[&["check"], more].concat());
        assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
        assert!(ran.told().contains("no file is what tidegate.yaml maps to subjects"), "{}", ran.err);
    }
    // Files that were all deleted are another matter.
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.commit("two");
    std::fs::remove_file(repo.at("schemas/a/order.avsc")).expect("it was there");
    let ran = repo.run(&["check", "--against", "git:HEAD"]);
    assert!(ran.code == 0 && ran.out.contains("TG415"), "{}{}", ran.out, ran.err);
    // What is asked for and is no schema is told as that, too.
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    let ran = repo.run(&["check", "schema", "--against", "none"]);
    assert!(ran.code == 0 && ran.told().contains("No schema was checked"), "{}{}", ran.out, ran.err);
}

#[test]
fn under_none_nothing_is_said_to_be_compatible() {
    let repo = Repo::new();
    let project = format!("compat: NONE\n{}", crate::repo::PROJECT);
    repo.write("tidegate.yaml", &project);
    for name in ["order", "other"] {
        repo.write(&format!("old/schemas/a/{name}.avsc"), record("Order", &[ID]));
    }
    repo.write("schemas/a/order.avsc", record("Order", &[CHANNEL]));
    repo.write("schemas/a/other.avsc", record("Order", &[ID]));
    let ran = repo.run(&["check", "--against", "dir:old"]);
    assert!(ran.code == 0 && !ran.out.contains("compatible"), "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("– not compared") && ran.out.contains("compat       – compared with nothing"),
        "{}",
        ran.out
    );
    assert!(ran.told().contains("– 1 changed schema, compared with nothing."), "{}", ran.out);
    let ran = repo.run(&["check", "--against", "dir:old", "--format", "markdown"]);
    assert!(ran.out.contains("– Tidegate: 1 changed schema, compared with nothing"), "{}", ran.out);
    let ran = repo.run(&["check", "--against", "dir:old", "--format", "junit"]);
    assert!(ran.out.contains("name=\"not compared\"") && ran.out.contains("skipped=\"1\""), "{}", ran.out);
    assert_eq!(ran.out.matches("name=\"compatible\"").count(), 1, "the other did not change: {}", ran.out);
    // Of others that are compared it is said.
    let of_other = "  - { match: 'schemas/a/other.avsc', subject: a.other-value, compat: BACKWARD }\n";
    repo.write("tidegate.yaml", project.replace("subjects:\n", &format!("subjects:\n{of_other}")));
    repo.write("schemas/a/other.avsc", record("Order", &[ID, NOTE]));
    let ran = repo.run(&["check", "--against", "dir:old"]);
    assert!(ran.told().contains("✓ 1 changed schema compatible, 1 compared with nothing."), "{}", ran.out);
    assert!(ran.out.contains("✓ 1 comparison, 1 without"), "{}", ran.out);
}
