//! What do rules find that no two texts by themselves can show? Small projects, checked as they lie in a folder, each for some
//! of the rules.

use std::collections::BTreeMap;
use std::fs;

use serde_json::json;

use super::*;
use crate::baseline::{Snapshot, SubjectOf};
use crate::project::accept::today;
use crate::report::Subject;
use crate::together;

/// One finding of each rule that is about more than two texts.
pub(super) fn findings() -> Vec<Finding> {
    let mut found = files();
    found.extend(references());
    found.extend(asked());
    found.extend(settings());
    found.extend(registry());
    found.extend(examples());
    let mut by_code: BTreeMap<String, Finding> = BTreeMap::new();
    for finding in found {
        by_code.entry(finding.code.clone()).or_insert(finding);
    }
    by_code.into_values().filter(|finding| !super::rules::has_example(&finding.code)).collect()
}

/// A day so many days from now, and how the pictures call it.
fn days() -> [(String, &'static str); 2] {
    [(-1, "2027-01-31"), (9, "2027-02-10")]
        .map(|(days, told)| ((today() + chrono::Duration::days(days)).to_string(), told))
}

/// Files that can't be read, acceptances and snapshots.
fn files() -> Vec<Finding> {
    let [(past, _), (soon, _)] = days();
    let project = format!(
        "subjects: [{{ match: 'files/{{name}}.*', subject: '{{name}}' }}]\naccept:\n  - id: 4c1e7a\n    reason: \"the shop was \
         closed\"\n    until: {past}\n  - id: 5d2f8b\n    reason: \"agreed\"\n    until: {soon}\n"
    );
    let new: &[(&str, &[u8])] = &[
        ("files/order.avsc", br#"{"type": "record", "name": "Order", "fields": [{"name": "id", "type": 7}]}"#),
        ("files/bytes.avsc", &[0xff, 0xfe]),
        ("files/kind.json", br#"{"type": "object", "properties": {"id": {"type": "integer"}}}"#),
    ];
    let old: &[(&str, &str)] = &[
        ("files/kind.avsc", r#"{"type": "record", "name": "Kind", "fields": [{"name": "id", "type": "long"}]}"#),
        ("files/gone.avsc", r#"{"type": "record", "name": "Gone", "fields": []}"#),
    ];
    let snapshot = Snapshot::new("prod", BTreeMap::new());
    let snapshot = snapshot.of_day((today() - chrono::Duration::days(30)).to_string());
    checked(&project, new, old, Some(&snapshot))
}

/// What files say of each other.
fn references() -> Vec<Finding> {
    let rules = [("files/{name}.*", "{name}"), ("twice/*.avsc", "twice"), ("common/{name}.proto", "{name}")];
    let rules = rules.map(|(pattern, subject)| format!("  - {{ match: '{pattern}', subject: '{subject}' }}\n"));
    let project = format!("subjects:\n{}", rules.concat());
    let record = |name: &str, refers: &str| {
        format!(
            "{{\n  \"type\": \"record\", \"name\": \"{name}\", \"namespace\": \"shop\",\n  \"fields\": [\n    \
             {{ \"name\": \"it\", \"type\": \"{refers}\" }}\n  ]\n}}\n"
        )
    };
    let (ring_a, ring_b) = (record("RingA", "shop.RingB"), record("RingB", "shop.RingA"));
    let (lonely, user) = (record("Lonely", "shop.Nowhere"), record("User", "shop.Money"));
    let (money, other) = (record("Money", "long"), record("Other", "long"));
    let order = "syntax = \"proto3\";\nimport \"common/money.proto\";\nmessage Order { common.Money total = 1; }\n";
    let amount = |kind: &str| {
        format!("syntax = \"proto3\";\npackage common;\nmessage Money {{ {kind} amount = 1; string currency = 2; }}\n")
    };
    let (now, before) = (amount("string"), amount("int64"));
    let new: &[(&str, &[u8])] = &[
        ("files/ring-a.avsc", ring_a.as_bytes()),
        ("files/ring-b.avsc", ring_b.as_bytes()),
        ("files/lonely.avsc", lonely.as_bytes()),
        ("files/user.avsc", user.as_bytes()),
        ("files/one.avsc", money.as_bytes()),
        ("files/two.avsc", money.as_bytes()),
        ("twice/a.avsc", other.as_bytes()),
        ("twice/b.avsc", other.as_bytes()),
        ("files/order.proto", order.as_bytes()),
        ("common/money.proto", now.as_bytes()),
    ];
    let old: &[(&str, &str)] = &[("files/order.proto", order), ("common/money.proto", &before)];
    checked(&project, new, old, None)
}

/// What a project asks beyond what the registry does.
fn asked() -> Vec<Finding> {
    let project = "lint: { use: [all] }\ngovernance: { require: [owner, description] }\nsubjects:\n  - { match: '*.avsc', subject: \
                   order }\n";
    let order = br#"{
  "type": "record",
  "name": "order_line",
  "fields": [
    { "name": "customerId", "type": ["null", "string"] },
    { "name": "state", "type": { "type": "enum", "name": "State", "symbols": ["open", "CLOSED"] } }
  ]
}
"#;
    checked(project, &[("order.avsc", order)], &[], None)
}

/// What only the settings of a registry bring about.
fn settings() -> Vec<Finding> {
    let of = |config: Value, kind: &str, schema: &str, metadata: Value| -> SubjectOf {
        let version =
            json!({"subject": "", "version": 1, "id": 1, "schemaType": kind, "schema": schema, "metadata": metadata});
        serde_json::from_value(json!({"config": config, "versions": [version]})).unwrap()
    };
    let lenient = json!({"compatibilityLevel": "BACKWARD", "compatibilityPolicy": "LENIENT"});
    let reserving = json!({"compatibilityLevel": "BACKWARD", "validateFields": true});
    let reserved = json!({"properties": {"confluent:reserved": "discount"}});
    let subjects = [
        ("lenient", of(lenient, "JSON", r#"{"properties": {"id": {"type": "string"}}}"#, Value::Null)),
        (
            "reserving",
            of(
                reserving,
                "AVRO",
                r#"{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "long"}]}"#,
                reserved,
            ),
        ),
    ];
    let subjects = subjects.into_iter().map(|(name, of)| (name.to_owned(), of)).collect();
    let new: &[(&str, &[u8])] = &[
        ("lenient.json", br#"{"properties": {"id": {"type": "string"}, "note": {"type": "string"}}}"#),
        (
            "reserving.avsc",
            br#"{"type": "record", "name": "Order", "fields": [
  {"name": "id", "type": "long"},
  {"name": "discount", "type": "long", "default": 0}
]}"#,
        ),
    ];
    let snapshot = Snapshot::new("prod", subjects);
    checked("subjects: [{ match: '{name}.*', subject: '{name}' }]\n", new, &[], Some(&snapshot))
}

/// Examples of records, and a schema that asks for what is not its to ask.
fn examples() -> Vec<Finding> {
    let mut found = beside();
    let person = br#"{"type": "record", "name": "Person", "fields": [{"name": "email", "type": "string", "confluent:tags": ["PII"]}]}"#;
    let project =
        "subjects: [{ match: '{name}.avsc', subject: '{name}' }]\ngovernance: { pii: { require_encryption: true } }\n";
    found.extend(checked(project, &[("person.avsc", person)], &[], None));
    found
}

/// A field that is not there, and an executor that nobody has.
const DOUBTFUL: &[u8] = br#"{"ruleSet": {"domainRules": [
  {"name": "typo", "kind": "CONDITION", "type": "CEL", "mode": "WRITE", "expr": "message.amout > 0.0"},
  {"name": "query", "kind": "CONDITION", "type": "SQL", "mode": "WRITE", "expr": "amount > 0"}
]}}"#;

fn beside() -> Vec<Finding> {
    let order = br#"{"type": "record", "name": "Order", "tidegate.ignore": "TG103: it was agreed", "fields": [{"name": "id", "type": "long"}]}"#;
    let new: &[(&str, &[u8])] = &[
        ("order.avsc", order),
        ("order.text.ok.json", br#"{"id": "seven"}"#),
        ("order.number.bad.json", br#"{"id": 7}"#),
        ("bill.avsc", br#"{"type": "record", "name": "Bill", "fields": [{"name": "id", "type": "long"}]}"#),
        ("bill.ok.json", br#"{"id": 7}"#),
        ("bill.contract.json", br#"{"ruleset": {}}"#),
        ("rate.avsc", br#"{"type": "record", "name": "Rate", "fields": [{"name": "amount", "type": "double"}]}"#),
        ("rate.contract.json", DOUBTFUL),
    ];
    checked("subjects: [{ match: '{name}.avsc', subject: '{name}' }]\n", new, &[], None)
}

/// Where a registry comes to another verdict.
fn registry() -> Vec<Finding> {
    let schema = |subject: &str, is_compatible: bool| {
        json!({"subject": subject, "state": "changed", "isCompatible": is_compatible, "mode": {"mode": "READWRITE", "from": "server"},
            "compatibility": {"level": "BACKWARD", "from": "global"},
            "error": if is_compatible { Value::Null } else { json!({"error_code": 42212, "message": "the owner is missing"}) }})
    };
    let back = json!({"subject": "back", "state": "unchanged", "isCompatible": true, "version": 2,
        "mode": {"mode": "READWRITE", "from": "server"}, "compatibility": {"level": "BACKWARD", "from": "global"}});
    let told = [schema("refused", false), schema("taken", true), back];
    let answers = together::Answers::saying("registry@prod", &told);
    let subject = |name: &str, version: i32, verdict: &str| -> Subject {
        serde_json::from_value(json!({"subject": name, "file": format!("{name}.avsc"), "kind": "AVRO", "state": "changed", "errors": 0,
            "warnings": 0, "infos": 0, "against": [{"ground": "registry@prod", "level": "BACKWARD", "level_from": "registry",
            "version": version, "versions": 1, "verdict": verdict}]}))
        .unwrap()
    };
    let mut findings = vec![crate::usage::declared::example()];
    together::differences(
        &answers,
        &[subject("refused", 1, "compatible"), subject("taken", 1, "incompatible"), subject("back", 3, "unchanged")],
        &mut findings,
    );
    findings
}

/// Checks files against those of another folder and against a snapshot, with names that are the same in each run.
fn checked(project: &str, new: &[(&str, &[u8])], old: &[(&str, &str)], snapshot: Option<&Snapshot>) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let (here, there, kept) =
        (folder.path().join("new"), folder.path().join("old"), folder.path().join("snapshot.json"));
    fs::create_dir_all(&there).unwrap();
    let files = new.iter().map(|(name, bytes)| (here.join(name), *bytes));
    for (place, bytes) in files.chain(old.iter().map(|(name, text)| (there.join(name), text.as_bytes()))) {
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, bytes).unwrap();
    }
    let mut grounds = Vec::new();
    if !old.is_empty() {
        grounds.push(Ground::Folder(there.display().to_string()));
    }
    if let Some(snapshot) = snapshot {
        snapshot.save(&kept).unwrap();
        grounds.push(Ground::Snapshot(kept.display().to_string()));
    }
    let project = Project::read(&here.join("tidegate.yaml"), format!("version: 1\n{project}")).unwrap();
    let wish = Wish {
        side: crate::tree::Side::Disk,
        project: &project,
        grounds: &grounds,
        paths: &[],
        are_changes: false,
        global: &Global::default(),
        fail_on: Some(Weight::Error),
        only: &[],
    };
    let mut text = serde_json::to_string(&check(&wish).unwrap().findings).unwrap();
    for (day, told) in days() {
        text = text.replace(&day, told);
    }
    let text = text.replace(&format!("{}/", here.display()), "").replace(&format!("{}/", folder.path().display()), "");
    serde_json::from_str(&text).unwrap()
}
