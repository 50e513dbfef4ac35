//! Does the contract beside a schema get into the registry, once and as it stands there?

use serde_json::Value;
use tidegate_api::Schema;

use crate::fake::Fake;
use crate::repo::{CHANNEL, ID, NOTE, PROJECT, Repo, record};
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
    repo.write("schemas/a/order.contract.json", r#"{"metadata":{"properties":{}},"ruleSet":{}}"#);
    register("a.order-value version 3");
    let third = latest(&server);
    assert_eq!((rule(&third), property(&third, "tier")), (None, None));
    // Whoever speaks of tags only says nothing about properties.
    repo.write("schemas/a/order.contract.json", r#"{"metadata":{"properties":{"tier":"3"}}}"#);
    register("a.order-value version 4");
    repo.write("schemas/a/order.contract.json", r#"{"metadata":{"tags":{"Order.id":["PII"]}}}"#);
    register("a.order-value version 5");
    assert_eq!(property(&latest(&server), "tier"), Some("3"));
    register("0 schemas registered, 1 already there");
    // A contract that goes back to what an older version has would change nothing: that is told, and not taken for done.
    repo.write("schemas/a/order.contract.json", r#"{"metadata":{"properties":{"tier":"3"},"tags":{}}}"#);
    let ran = repo.run(&["register", "--url", &server.url]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("it is version 4 already, and version 5 is the latest"), "{}", ran.out);
    // What others have said since, of what the file does not speak of, is no reason to refuse it.
    repo.write("schemas/a/order.contract.json", contract("message.id > 9", ""));
    register("a.order-value version 6");
    let known = latest(&server);
    let later = serde_json::json!({"schema": known.schema, "metadata": {"tags": {"Order.id": ["LATER"]}}});
    server.send("POST", "/subjects/a.order-value/versions", &later.to_string());
    assert_eq!(latest(&server).version, known.version + 1, "tags make a version");
    register("0 schemas registered, 1 already there");
    // What is no contract is told, and the schema is not registered without it.
    repo.write("schemas/a/order.contract.json", r#"{"rules":[]}"#);
    let ran = repo.run(&["register", "--url", &server.url]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("order.contract.json is no contract: unknown field `rules`"), "{}", ran.out);
    assert_eq!(latest(&server).version, 7);
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

#[test]
fn rules_that_can_not_be_meant_are_told_without_a_registry_in_its_words() {
    let repo = Repo::new();
    let rule = |name: &str, executor: &str, expression: &str| {
        format!(r#"{{"name":"{name}","kind":"CONDITION","type":"{executor}","mode":"WRITE","expr":"{expression}"}}"#)
    };
    let rules = [
        rule("typo", "CEL", "message.idd > 0"),
        rule("types", "CEL", "message.id == 'x'"),
        rule("query", "SQL", "id > 0"),
        rule("good", "CEL", "message.id > 0"),
    ];
    let contract = format!("{{\"ruleSet\": {{\"domainRules\": [\n{}\n]}}}}", rules.join(",\n"));
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.write("schemas/a/order.contract.json", &contract);
    let ran = repo.run(&["check", "--against", "none", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let report = json(&ran.out);
    let findings = report["findings"].as_array().expect("findings");
    let told: Vec<_> = findings
        .iter()
        .map(|it| (it["code"].as_str().unwrap_or_default(), it["message"].as_str().unwrap_or_default()))
        .collect();
    let expected = [
        ("TG504", "the rule `typo`: there is no field 'idd'; did you mean 'id'?"),
        ("TG504", "the rule `types`: int is never equal to string"),
        ("TG505", "the rule `query` is not checked by the gateway: there is no executor 'SQL' here"),
    ];
    for one in expected {
        assert!(told.contains(&one), "{one:?} is missing: {told:?}");
    }
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for finding in findings {
        assert_eq!(finding["severity"], "warning");
        assert_eq!(finding["file"], "schemas/a/order.contract.json");
    }
    let typo =
        findings.iter().find(|it| it["message"].as_str().is_some_and(|it| it.contains("idd"))).expect("it is told");
    let start = typo["frames"][0]["start"]["byte"].as_u64().and_then(|at| usize::try_from(at).ok()).expect("a place");
    assert!(contract.get(start..).is_some_and(|rest| rest.starts_with(".idd > 0")), "{typo}");
    // The registry says the same of it.
    let Some(server) = Server::start() else { return };
    assert_eq!(repo.run(&["register", "--url", &server.url]).code, 0);
    let body = format!("{{\"subject\":\"{SUBJECT}\",\"records\":[]}}");
    let answer = server.told("POST", "/govern/v1/rules/try", &body);
    let problems: Vec<String> = answer["problems"]
        .as_array()
        .expect("problems")
        .iter()
        .map(|it| {
            format!(
                "the rule `{}`: {}",
                it["rule"].as_str().unwrap_or_default(),
                it["message"].as_str().unwrap_or_default()
            )
        })
        .collect();
    let doubtful: Vec<&str> = told.iter().filter(|(code, _)| *code == "TG504").map(|(_, told)| *told).collect();
    assert!(
        problems.len() == 2 && problems.iter().all(|it| doubtful.contains(&it.as_str())),
        "{problems:?} {doubtful:?}"
    );
}

#[test]
fn a_rule_that_reads_what_is_encrypted_is_told_not_to_be_checked() {
    let repo = Repo::new();
    let name = r#"{ "name": "name", "type": "string", "confluent:tags": ["PII"] }"#;
    repo.write("schemas/a/order.avsc", record("Order", &[ID, name]));
    let seal = r#"{"name":"seal","kind":"TRANSFORM","type":"ENCRYPT","mode":"WRITEREAD","tags":["PII"],"params":{"encrypt.kek.name":"k"}}"#;
    let size = r#"{"name":"size","kind":"CONDITION","type":"CEL","mode":"WRITE","expr":"message.name.size() > 1"}"#;
    // It runs before the field is encrypted, and is read by the gateway after that.
    repo.write("schemas/a/order.contract.json", format!(r#"{{"ruleSet":{{"domainRules":[{size},{seal}]}}}}"#));
    let ran = repo.run(&["check", "--against", "none"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let told = "warning[TG505]: the rule `size` is not checked by the gateway: it reads a field that is encrypted";
    assert!(ran.told().contains(told), "{}", ran.out);
    assert!(ran.told().contains("contracts ! 1 warning"), "{}", ran.out);
    let ran = repo.run(&["check", "--against", "none", "--only", "compat"]);
    assert!(!ran.out.contains("TG505"), "{}", ran.out);
}

#[test]
fn what_the_project_says_too_is_no_drift() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    repo.write("tidegate.yaml", format!("project: shop\n{PROJECT}    owner: team-a\n"));
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    let written = |properties: &str| {
        let metadata = format!(r#""metadata":{{"properties":{{{properties}}}}},"#);
        repo.write("schemas/a/order.contract.json", contract("message.id > 0", &metadata));
        let ran = repo.run(&["plan", "-o", "plan.json", "--url", &server.url]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        let ran = repo.run(&["apply", "plan.json", "--url", &server.url]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        let ran = repo.run(&["drift", "--url", &server.url]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        latest(&server)
    };
    let first = written(r#""tier":"1""#);
    assert_eq!((first.version, property(&first, "owner")), (1, Some("team-a")));
    // A new owner in the project file gets through where the contract names none.
    repo.write("tidegate.yaml", format!("project: shop\n{PROJECT}    owner: team-b\n"));
    let moved = written(r#""tier":"0""#);
    assert_eq!((moved.version, property(&moved, "owner")), (2, Some("team-b")));
    // The contract is nearer than the rule.
    let second = written(r#""tier":"1","owner":"ana""#);
    assert_eq!((second.version, property(&second, "owner")), (3, Some("ana")));
    // The mark is that of the project all the same.
    let third = written(r#""tier":"1","owner":"ana","tidegate:managed-by":"other""#);
    assert_eq!((third.version, property(&third, "tidegate:managed-by")), (3, Some("shop")));
}

#[test]
fn a_check_judges_the_contract_that_would_be_registered() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    let settings = r#"{"compatibility":"BACKWARD","compatibilityGroup":"major"}"#;
    server.send("PUT", "/config/a.order-value", settings);
    let written = |fields: &[&str], major: &str| {
        repo.write("schemas/a/order.avsc", record("Order", fields));
        let metadata = format!(r#""metadata":{{"properties":{{"major":"{major}"}}}},"#);
        repo.write("schemas/a/order.contract.json", contract("message.id > 0", &metadata));
    };
    let check = || repo.run(&["check", "--url", &server.url]);
    written(&[ID], "1");
    assert_eq!(repo.run(&["register", "--url", &server.url]).code, 0);
    // What breaks the versions of one group may begin another.
    written(&[ID, CHANNEL], "1");
    let ran = check();
    assert!(ran.code == 1 && ran.out.contains("error[TG101]") && !ran.out.contains("TG80"), "{}{}", ran.out, ran.err);
    written(&[ID, CHANNEL], "2");
    let ran = check();
    assert!(ran.code == 0 && !ran.out.contains("TG80"), "{}{}", ran.out, ran.err);
    assert_eq!(repo.run(&["register", "--url", &server.url]).code, 0);
    // A file without metadata goes on where the latest version is.
    repo.write("schemas/a/order.contract.json", "{}");
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    let ran = check();
    assert!(ran.code == 0 && !ran.out.contains("TG80"), "{}{}", ran.out, ran.err);
    repo.write("schemas/a/order.avsc", record("Order", &[CHANNEL, r#"{ "name": "more", "type": "int" }"#]));
    let ran = check();
    assert!(ran.code == 1 && ran.out.contains("error[TG101]") && !ran.out.contains("TG80"), "{}{}", ran.out, ran.err);
    // The registry is asked about a contract that is all that changed.
    written(&[ID, CHANNEL], "3");
    server.set_mode(SUBJECT, "READONLY");
    let ran = check();
    assert!(ran.told().contains("TG801") && ran.told().contains("its mode is READONLY"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_check_tells_of_a_contract_that_went_back() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    let written = |tier: &str| {
        let metadata = format!(r#""metadata":{{"properties":{{"tier":"{tier}"}}}},"#);
        repo.write("schemas/a/order.contract.json", contract("message.id > 0", &metadata));
    };
    let run = |command: &str| repo.run(&[command, "--url", &server.url]);
    for tier in ["1", "2"] {
        written(tier);
        assert_eq!(run("register").code, 0);
    }
    let ran = run("check");
    assert!(ran.code == 0 && !ran.out.contains("TG80"), "{}{}", ran.out, ran.err);
    written("1");
    let ran = run("check");
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let told = "error[TG803]: with the contract beside it, it is version 1 already, and version 2 is the latest";
    assert!(ran.told().contains(told) && ran.told().contains("registry ✗ 1 difference"), "{}", ran.out);
    // It is what `register` and `plan` say of it.
    for command in ["register", "plan"] {
        let ran = run(command);
        assert!(ran.code == 1 && ran.told().contains("it is version 1 already"), "{}{}", ran.out, ran.err);
    }
    // A text that went back says nothing of a contract, and is there.
    std::fs::remove_file(repo.at("schemas/a/order.contract.json")).expect("it was there");
    let ran = run("check");
    assert!(ran.code == 0 && !ran.out.contains("TG80"), "{}{}", ran.out, ran.err);
}

#[test]
fn what_a_contract_does_not_speak_of_is_that_of_the_latest_version_though_the_rest_went_back() {
    let Some(server) = Server::start() else { return };
    for command in ["register", "plan"] {
        let repo = Repo::new();
        let name = format!("schemas/{command}/order");
        let subject = format!("{command}.order-value");
        let latest = || server.runtime.block_on(server.client.version(&subject, "latest")).expect("a version");
        repo.write(&format!("{name}.avsc"), record("Order", &[ID]));
        let done = |tier: &str, rules: &str| {
            let text = format!(r#"{{"metadata":{{"properties":{{"tier":"{tier}"}}}}{rules}}}"#);
            repo.write(&format!("{name}.contract.json"), text);
            let ran = repo.run(&["check", "--url", &server.url]);
            assert!(ran.code == 0 && !ran.out.contains("TG80"), "{}{}", ran.out, ran.err);
            if command == "plan" {
                let ran = repo.run(&["plan", "-o", "plan.json", "--url", &server.url]);
                assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
                let ran = repo.run(&["apply", "plan.json", "--url", &server.url]);
                assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
            } else {
                let ran = repo.run(&["register", "--url", &server.url]);
                assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
            }
            latest()
        };
        assert_eq!(done("1", "").version, 1);
        assert_eq!(done("2", "").version, 2);
        let rules = r#","ruleSet":{"domainRules":[{"name":"positive","kind":"CONDITION","type":"CEL","mode":"WRITE","expr":"message.id > 0"}]}"#;
        assert_eq!(done("2", rules).version, 3);
        // Metadata as version 1 has them, with rules that version 1 has not: that was never there.
        let fourth = done("1", "");
        assert_eq!(
            (fourth.version, property(&fourth, "tier"), rule(&fourth)),
            (4, Some("1"), Some("message.id > 0")),
            "{command}"
        );
    }
    // The text of a version without rules is no way to lose those that came later.
    let repo = Repo::new();
    let text = record("Order", &[ID]);
    server.register(SUBJECT, "AVRO", &text);
    let with = |schema: &str, rules: &str| format!(r#"{{"schema":{}{rules}}}"#, Value::String(schema.to_owned()));
    let rules = contract("message.id > 0", "");
    let rules = format!(",{}", rules.trim_start_matches('{').trim_end_matches('}').to_owned() + "}");
    server.send("POST", "/subjects/a.order-value/versions", &with(&record("Order", &[ID, NOTE]), &rules));
    repo.write("schemas/a/order.avsc", &text);
    assert_eq!(repo.run(&["plan", "-o", "plan.json", "--url", &server.url]).code, 0);
    assert_eq!(repo.run(&["apply", "plan.json", "--url", &server.url]).code, 0);
    let third = latest(&server);
    assert_eq!((third.version, rule(&third)), (3, Some("message.id > 0")));
}

#[test]
fn what_is_there_already_needs_nobody_who_allows_it() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    server.send("PUT", "/config", r#"{"compatibility":"BACKWARD","defaultMetadata":{"properties":{"unit":"eu"}}}"#);
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    let metadata = |tier: &str| format!(r#"{{"metadata":{{"properties":{{"tier":"{tier}"}}}}}}"#);
    repo.write("schemas/a/order.contract.json", metadata("1"));
    let run = |command: &str| repo.run(&[command, "--url", &server.url]);
    assert_eq!(run("register").code, 0);
    assert_eq!(property(&latest(&server), "unit"), Some("eu"));
    server.set_mode(SUBJECT, "READONLY");
    let ran = run("check");
    assert!(ran.code == 0 && !ran.out.contains("TG80"), "{}{}", ran.out, ran.err);
    assert!(run("register").out.contains("0 schemas registered, 1 already there"));
    repo.write("schemas/a/order.contract.json", metadata("2"));
    let ran = run("check");
    assert!(ran.told().contains("TG801") && ran.told().contains("its mode is READONLY"), "{}{}", ran.out, ran.err);
}

#[test]
fn rules_of_a_schema_that_stands_on_the_registry_are_judged_where_it_is_asked() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    server.register("shop.Money", "AVRO", &record("Money", &[r#"{ "name": "amount", "type": "double" }"#]));
    repo.write("schemas/a/order.avsc", record("Order", &[r#"{ "name": "total", "type": "shop.Money" }"#]));
    repo.write("schemas/a/order.contract.json", contract("message.total.amout > 0.0", ""));
    repo.write("schemas/a/order.ok.json", r#"{"total": {"amount": "seven"}}"#);
    for parts in ["contracts", "compat,contracts"] {
        let ran = repo.run(&["check", "--url", &server.url, "--only", parts]);
        assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
        let told = ran.told();
        assert!(told.contains("warning[TG504]") && told.contains("did you mean 'amount'?"), "{told}");
        assert!(told.contains("error[TG501]") && told.contains("contracts ✗ 1 error, 1 warning"), "{told}");
    }
    // Where nothing has what it stands on, that is told, and nothing is guessed.
    let ran = repo.run(&["check", "--against", "none"]);
    let told = "contracts – 1 example and the rules of 1 schema left out: what their schemas stand on was not found";
    assert!(ran.code == 1 && ran.told().contains("TG412") && ran.told().contains(told), "{}{}", ran.out, ran.err);
    assert!(!ran.out.contains("TG50"), "{}", ran.out);
}
