//! Does the contract beside a schema get into the registry, once and as it stands there?

use serde_json::Value;
use tidegate_api::Schema;

use crate::fake::Fake;
use crate::repo::{ID, NOTE, PROJECT, Repo, record};
use crate::server::{Server, json};

const SUBJECT: &str = "a.order-value";

/// A contract with one rule, and metadata where they are given.
fn contract(expression: &str, metadata: &str) -> String {
    let rule = format!(r#"{{"name":"positive","kind":"CONDITION","type":"CEL","mode":"WRITE","expr":"{expression}"}}"#);
    format!(r#"{{{metadata}"ruleSet":{{"domainRules":[{rule}]}}}}"#)
}

fn latest(server: &Server) -> Schema {
    server.runtime.block_on(server.client.version(SUBJECT, "latest")).expect("a version")
}

fn rule(schema: &Schema) -> Option<&str> {
    schema.rule_set.as_ref()?.domain_rules.as_ref()?.first()?.expr.as_deref()
}

fn property<'s>(schema: &'s Schema, name: &str) -> Option<&'s str> {
    schema.metadata.as_ref()?.properties.as_ref()?.get(name).map(String::as_str)
}

#[test]
fn a_contract_is_registered_with_its_schema_and_again_when_it_changes() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.write(
        "schemas/a/order.contract.json",
        contract("message.id > 0", r#""metadata":{"properties":{"tier":"1"}},"#),
    );
    let register = |told: &str| {
        let ran = repo.run(&["register", "--url", &server.url]);
        assert!(ran.code == 0 && ran.out.contains(told), "{told} is missing: {}{}", ran.out, ran.err);
    };
    register("1 schema registered, 0 already there");
    let first = latest(&server);
    assert_eq!((first.version, rule(&first), property(&first, "tier")), (1, Some("message.id > 0"), Some("1")));
    register("0 schemas registered, 1 already there");
    // The text is what it was.
    repo.write("schemas/a/order.contract.json", contract("message.id > 1", ""));
    register("a.order-value version 2");
    let second = latest(&server);
    assert_eq!((rule(&second), property(&second, "tier")), (Some("message.id > 1"), Some("1")), "the rest stays");
    assert_eq!(second.schema, first.schema);
    register("0 schemas registered, 1 already there");
    // Without a file nothing is said, and nothing taken away; with an empty one it is.
    std::fs::remove_file(repo.at("schemas/a/order.contract.json")).expect("it was there");
    register("0 schemas registered, 1 already there");
    repo.write("schemas/a/order.contract.json", r#"{"metadata":{},"ruleSet":{}}"#);
    register("a.order-value version 3");
    let third = latest(&server);
    assert_eq!((rule(&third), property(&third, "tier")), (None, None));
    // What is no contract is told, and the schema is not registered without it.
    repo.write("schemas/a/order.contract.json", r#"{"rules":[]}"#);
    let ran = repo.run(&["register", "--url", &server.url]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("order.contract.json is no contract: unknown field `rules`"), "{}", ran.out);
    assert_eq!(latest(&server).version, 3);
}

#[test]
fn a_plan_brings_a_contract_and_drift_tells_of_one_that_differs() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    repo.write("tidegate.yaml", format!("project: shop\n{PROJECT}"));
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.write(
        "schemas/a/order.contract.json",
        contract("message.id > 0", r#""metadata":{"properties":{"tier":"1"}},"#),
    );
    let plan = |told: &str| {
        let ran = repo.run(&["plan", "-o", "plan.json", "--url", &server.url]);
        assert!(ran.code == 0 && ran.told().contains(told), "{told} is missing: {}{}", ran.out, ran.err);
    };
    let apply = || {
        let ran = repo.run(&["apply", "plan.json", "--url", &server.url]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        ran.out
    };
    let drift = || repo.run(&["drift", "--url", &server.url]).code;
    plan("1 to add");
    apply();
    let first = latest(&server);
    assert_eq!(
        (rule(&first), property(&first, "tier"), property(&first, "tidegate:managed-by")),
        (Some("message.id > 0"), Some("1"), Some("shop"))
    );
    assert_eq!(drift(), 0, "what was just applied differs in nothing");
    repo.write(
        "schemas/a/order.contract.json",
        contract("message.id > 1", r#""metadata":{"properties":{"tier":"2"}},"#),
    );
    assert_eq!(drift(), 3);
    plan("register after version 1 (only its contract changed)");
    let step = json(&repo.read("plan.json"))["steps"][0]["action"]["register"].clone();
    assert_eq!(step["rule_set"]["domainRules"][0]["expr"], "message.id > 1");
    assert!(apply().contains("is version 2"));
    assert!(apply().contains("Applied 0 steps of 1"), "it is done once");
    let second = latest(&server);
    assert_eq!(
        (rule(&second), property(&second, "tier"), property(&second, "tidegate:managed-by")),
        (Some("message.id > 1"), Some("2"), Some("shop"))
    );
    assert_eq!(drift(), 0);
    // `register` leaves the mark alone, since the file does not speak of it.
    let ran = repo.run(&["register", "--url", &server.url]);
    assert!(ran.out.contains("0 schemas registered, 1 already there"), "{}{}", ran.out, ran.err);
    repo.write("schemas/a/order.avsc", record("Order", &[ID, NOTE]));
    repo.write("schemas/a/order.contract.json", contract("message.id > 2", ""));
    plan("(changed, and so did its contract)");
    apply();
    let third = latest(&server);
    assert_eq!((third.version, rule(&third), property(&third, "tier")), (3, Some("message.id > 2"), Some("2")));
    // Back to the contract of an older version: to register it would change nothing.
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.write(
        "schemas/a/order.contract.json",
        contract("message.id > 1", r#""metadata":{"properties":{"tier":"2"}},"#),
    );
    let ran = repo.run(&["plan", "--url", &server.url]);
    assert!(ran.code == 1 && ran.told().contains("it is version 2 already"), "{}{}", ran.out, ran.err);
}

#[test]
fn what_the_registry_adds_to_every_contract_is_no_drift() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    let settings = r#"{"compatibility":"BACKWARD","overrideMetadata":{"properties":{"unit":"eu"}}}"#;
    server.send("PUT", "/config", settings);
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.write(
        "schemas/a/order.contract.json",
        contract("message.id > 0", r#""metadata":{"properties":{"tier":"1"}},"#),
    );
    assert_eq!(repo.run(&["register", "--url", &server.url]).code, 0);
    assert_eq!(property(&latest(&server), "unit"), Some("eu"));
    let ran = repo.run(&["drift", "--url", &server.url]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = repo.run(&["plan", "--format", "json", "--url", &server.url]);
    assert_eq!(json(&ran.out)["steps"], Value::Array(Vec::new()));
}

#[test]
fn a_contract_is_sent_in_the_words_of_the_file() {
    let fake = Fake::saying(&[
        ("POST /subjects/a%2Eorder%2Dvalue/versions", 200, r#"{"id":7,"version":1}"#),
        ("GET /config", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
    ]);
    let repo = Repo::new();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    let metadata = r#""metadata":{"tags":{"Order.id":["PII"]},"sensitive":["key"]},"#;
    repo.write("schemas/a/order.contract.json", contract("message.id > 0", metadata));
    let ran = repo.run(&["register", "--url", &fake.url]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let asked = fake.asked();
    let sent = asked.iter().find(|(head, _)| head.starts_with("POST") && head.ends_with("/versions"));
    let sent = json(&sent.expect("it was registered").1);
    assert_eq!(sent["metadata"], json(r#"{"tags":{"Order.id":["PII"]},"sensitive":["key"]}"#));
    let rule = &sent["ruleSet"]["domainRules"][0];
    assert_eq!(
        (&rule["type"], &rule["mode"], &rule["expr"]),
        (&"CEL".into(), &"WRITE".into(), &"message.id > 0".into())
    );
}
