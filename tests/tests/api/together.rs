//! Many schemas as one change: what would become of each, with those that come along counted as if they were there?

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::Method;
use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::{Answer, Database, TestRegistry};

use crate::formats::{avro, json_schema, protobuf, register};
use crate::schemas::{breaking, first, second};

const CHECK: &str = "/govern/v1/check";

async fn check(registry: &TestRegistry, schemas: &[Value]) -> Answer {
    registry.post(CHECK, &json!({"schemas": schemas})).await
}

/// A schema for a subject.
fn of(subject: &str, mut schema: Value) -> Value {
    schema["subject"] = json!(subject);
    schema
}

/// The same, which refers to others: name, subject, and a version if one is said.
fn on(mut schema: Value, references: &[(&str, &str, Option<i32>)]) -> Value {
    let reference = |(name, subject, version): &(&str, &str, Option<i32>)| match version {
        Some(version) => json!({"name": name, "subject": subject, "version": version}),
        None => json!({"name": name, "subject": subject}),
    };
    schema["references"] = references.iter().map(reference).collect();
    schema
}

/// A record with one field of another type, or of `long`.
fn record(name: &str, field: &str, kind: &str) -> Value {
    avro(&format!(r#"{{"type":"record","name":"{name}","fields":[{{"name":"{field}","type":"{kind}"}}]}}"#))
}

/// The first with one field more, which may be left out.
fn money(more: bool) -> Value {
    let field = if more { r#",{"name":"currency","type":"string","default":"EUR"}"# } else { "" };
    avro(&format!(r#"{{"type":"record","name":"Money","fields":[{{"name":"cents","type":"long"}}{field}]}}"#))
}

fn line() -> Value {
    on(of("line", record("Line", "price", "Money")), &[("Money", "money", None)])
}

fn cart() -> Value {
    on(of("cart", record("Cart", "first", "Line")), &[("Line", "line", None)])
}

/// Registers them one by one, with the versions that were told.
async fn apply(registry: &TestRegistry, schemas: &[Value], told: &Value) {
    for subject in told["order"].as_array().unwrap() {
        let mut schema = schemas.iter().find(|schema| schema["subject"] == *subject).unwrap().clone();
        for reference in schema["references"].as_array_mut().into_iter().flatten() {
            let versions =
                registry.get(&format!("/subjects/{}/versions", reference["subject"].as_str().unwrap())).await;
            reference["version"] = versions.ok().as_array().unwrap().last().unwrap().clone();
        }
        let subject = subject.as_str().unwrap();
        let stored = register(registry, subject, &schema).await.ok();
        assert_eq!(stored["version"], at(told, subject)["version"], "{subject}: {stored}");
    }
}

fn at<'a>(told: &'a Value, subject: &str) -> &'a Value {
    told["schemas"].as_array().unwrap().iter().find(|schema| schema["subject"] == subject).unwrap()
}

fn states(told: &Value) -> Vec<&str> {
    told["schemas"].as_array().unwrap().iter().map(|schema| schema["state"].as_str().unwrap()).collect()
}

async fn what_comes_along_counts_as_if_it_was_there(registry: TestRegistry) {
    let news = [cart(), line(), of("money", money(false))];
    let told = check(&registry, &news).await.ok();
    assert_eq!(told["order"], json!(["money", "line", "cart"]));
    assert_eq!((states(&told), &told["isCompatible"]), (vec!["new"; 3], &json!(true)), "{told:#}");
    assert_eq!(registry.get("/subjects").await.ok(), json!([]), "nothing is written");
    apply(&registry, &news, &told).await;

    let same = check(&registry, &news).await.ok();
    assert_eq!(states(&same), ["unchanged"; 3]);
    assert_eq!(at(&same, "cart")["id"], 3);
    assert!(at(&same, "cart").get("usage").is_none());

    // Only the last of the chain changes its text, and all are new versions by that.
    let changed = [cart(), line(), of("money", money(true))];
    let told = check(&registry, &changed).await.ok();
    assert_eq!(states(&told), ["referencesChanged", "referencesChanged", "changed"], "{told:#}");
    assert_eq!(told["counts"]["referencesChanged"], 2);
    assert_eq!(told["affected"], json!([]));
    assert_eq!(at(&told, "cart")["comparedWith"], json!([1]));
    apply(&registry, &changed, &told).await;
    assert_eq!(states(&check(&registry, &changed).await.ok()), ["unchanged"; 3]);

    // What breaks at the end of the chain breaks who stands on it.
    let breaking = avro(r#"{"type":"record","name":"Money","fields":[{"name":"cents","type":"string"}]}"#);
    let told = check(&registry, &[cart(), line(), of("money", breaking)]).await.ok();
    assert_eq!((&told["isCompatible"], &told["counts"]["incompatible"]), (&json!(false), &json!(3)), "{told:#}");
    let finding = &at(&told, "cart")["findings"][0];
    assert_eq!(
        (&finding["rule"], &finding["severity"], &finding["version"]),
        (&json!("TG103"), &json!("error"), &json!(2))
    );
}

async fn only_the_latest_and_the_next_version_mean_what_comes_along(registry: TestRegistry) {
    register(&registry, "money", &money(false)).await.ok();
    let with = async |version: Option<i32>| {
        let line = on(of("line", record("Line", "price", "Money")), &[("Money", "money", version)]);
        let broken = of("money", avro("{"));
        at(&check(&registry, &[line, broken]).await.ok(), "line")["state"].clone()
    };
    for version in [None, Some(-1), Some(2)] {
        assert_eq!(with(version).await, "unreadable", "{version:?} comes along, and can't be read");
    }
    assert_eq!(with(Some(1)).await, "new", "it is there");
    let own = on(of("money", record("Purse", "first", "Money")), &[("Money", "money", Some(-1))]);
    assert_eq!(states(&check(&registry, &[own]).await.ok()), ["changed"], "its own subject means what is there");
}

async fn who_stands_on_what_changes_is_told(registry: TestRegistry) {
    let all = [cart(), line(), of("money", money(false))];
    apply(&registry, &all, &check(&registry, &all).await.ok()).await;
    let told = check(&registry, &[of("money", money(true))]).await.ok();
    let affected = json!([
        {"subject": "line", "version": 1, "on": "money", "onVersion": 1},
        {"subject": "cart", "version": 1, "on": "line", "onVersion": 1},
    ]);
    assert_eq!((&told["affected"], &told["moreAffected"]), (&affected, &json!(false)));
    let told = check(&registry, &[of("money", money(true)), line()]).await.ok();
    assert_eq!(told["affected"].as_array().unwrap().len(), 1, "{told:#}");
    assert_eq!(check(&registry, &[of("money", money(false))]).await.ok()["affected"], json!([]), "nothing changes");

    // Who may not read all gets to hear of less, and who may not read what it is about of nothing.
    let grants = json!({"name": "steward", "grants": ["admin"]});
    let admin = registry.post("/govern/v1/tokens", &grants).await.ok()["token"].clone();
    let token = async |name: &str, grants: &[&str]| {
        let body = json!({"name": name, "grants": grants}).to_string();
        let header = format!("Bearer {}", admin.as_str().unwrap());
        let made = registry.send(Method::POST, "/govern/v1/tokens", &[("authorization", &header)], Some(body)).await;
        format!("Bearer {}", made.ok()["token"].as_str().unwrap())
    };
    let ask = async |token: &str, schemas: &[Value]| {
        let body = json!({"schemas": schemas}).to_string();
        registry.send(Method::POST, CHECK, &[("authorization", token)], Some(body)).await
    };
    let some = token("some", &["read money", "read line"]).await;
    let told = ask(&some, &[of("money", money(true))]).await.ok();
    assert_eq!(told["affected"].as_array().unwrap().len(), 1, "{told:#}");
    ask(&some, &[of("money", money(true)), cart()]).await.refused(40301);
    let own = token("own", &["write line"]).await;
    let message = ask(&own, &[line()]).await.refused(40301);
    assert!(message.contains("money"), "what is referred to must be readable too: {message}");
    check(&registry, &[line()]).await.refused(401);
}

async fn rings_are_drawn(registry: TestRegistry) {
    let a = on(of("a", record("A", "b", "B")), &[("B", "b", None)]);
    let b = on(of("b", record("B", "a", "A")), &[("A", "a", Some(-1))]);
    let c = on(of("c", record("C", "a", "A")), &[("A", "a", Some(1))]);
    let told = check(&registry, &[c, a, b, of("money", money(false))]).await.ok();
    assert_eq!(states(&told), ["unreadable", "unreadable", "unreadable", "new"]);
    assert_eq!(told["order"], json!(["money"]));
    let error = |subject: &str| at(&told, subject)["error"].clone();
    assert_eq!(error("a"), json!({"error_code": 42201, "message": "References form a ring: a → b → a"}));
    assert_eq!(error("c")["message"], "References form a ring: c → a → b → a");
    assert_eq!((&told["isCompatible"], &told["counts"]["refused"]), (&json!(false), &json!(3)));
}

async fn one_that_cannot_be_read_keeps_no_other_from_being_judged(registry: TestRegistry) {
    let broken = avro(r#"{"type":"record","name":"Money","fields":[{"name":"cents","type":"lung"}]}"#);
    let mut odd = of("odd", avro("{}"));
    odd["schemaType"] = json!("XML");
    let schemas = [
        of("money", broken),
        line(),
        of("good", protobuf("syntax = \"proto3\"; message M { int32 a = 1; }")),
        odd,
        of("fine", json_schema(r#"{"type":"object"}"#)),
        on(of("lost", record("Lost", "x", "X")), &[("X", "nowhere", None)]),
        of("a\u{0}b", avro("\"string\"")),
        of("none", json!({})),
    ];
    let told = check(&registry, &schemas).await.ok();
    let expected = ["unreadable", "unreadable", "new", "unreadable", "new", "unreadable", "unreadable", "unreadable"];
    assert_eq!(states(&told), expected, "{told:#}");
    let code = |subject: &str| at(&told, subject)["error"]["error_code"].as_u64();
    assert_eq!(
        (code("money"), code("odd"), code("lost"), code("none")),
        (Some(42201), Some(42201), Some(42201), Some(42201))
    );
    assert_eq!((code("a\u{0}b"), code("good")), (Some(42208), None));
    assert_eq!(at(&told, "money")["place"]["span"]["line"], 1, "{told:#}");
    let message = at(&told, "line")["error"]["message"].as_str().unwrap();
    assert!(message.contains("'money' of this request"), "{message}");
    assert_eq!((&at(&told, "good")["schemaType"], &at(&told, "good")["version"]), (&json!("PROTOBUF"), &json!(1)));
}

async fn levels_modes_and_files_are_told(registry: TestRegistry) {
    for subject in ["orders-value", "fixed-value"] {
        register(&registry, subject, &avro(&first())).await.ok();
    }
    registry.put("/config/orders-value", &json!({"compatibility": "FULL_TRANSITIVE"})).await.ok();
    registry.put("/mode/fixed-value", &json!({"mode": "READONLY"})).await.ok();
    let mut orders = of("orders-value", avro(&breaking()));
    orders["file"] = json!("schemas/order.avsc");
    let told = check(&registry, &[orders, of("fixed-value", avro(&second()))]).await.ok();
    let [orders, fixed] = told["schemas"].as_array().unwrap().as_slice() else { panic!("{told:#}") };
    assert_eq!(orders["compatibility"], json!({"level": "FULL_TRANSITIVE", "from": "subject"}));
    assert_eq!((&orders["file"], &orders["state"]), (&json!("schemas/order.avsc"), &json!("changed")));
    assert_eq!((&orders["isCompatible"], &orders["findings"][0]["rule"]), (&json!(false), &json!("TG101")));
    assert!(orders["findings"][0]["candidate"]["span"]["line"].is_u64() && orders.get("error").is_none(), "{orders:#}");
    assert_eq!(fixed["mode"], json!({"mode": "READONLY", "from": "subject"}));
    assert_eq!((&fixed["findings"], &fixed["isCompatible"]), (&json!([]), &json!(false)));
    assert_eq!(fixed["error"]["error_code"], 42205);
    assert_eq!(fixed["compatibility"], json!({"level": "BACKWARD", "from": "server"}));
    assert_eq!((&told["counts"]["incompatible"], &told["counts"]["refused"]), (&json!(1), &json!(1)));
    // What is there already needs no permission, as when it is registered.
    let told = check(&registry, &[of("fixed-value", avro(&first()))]).await.ok();
    assert_eq!((&told["isCompatible"], states(&told)), (&json!(true), vec!["unchanged"]));
    register(&registry, "fixed-value", &avro(&first())).await.ok();
}

async fn aliases_and_contexts_lead_where_they_do_elsewhere(registry: TestRegistry) {
    register(&registry, "orders-value", &avro(&first())).await.ok();
    registry.put("/config/nick", &json!({"alias": "orders-value"})).await.ok();
    let told = check(&registry, &[of("nick", avro(&breaking()))]).await.ok();
    assert_eq!((&told["schemas"][0]["subject"], &told["isCompatible"]), (&json!("orders-value"), &json!(false)));
    check(&registry, &[of("nick", avro(&first())), of("orders-value", avro(&first()))]).await.refused(422);
    let money = of(":.shop:money", money(false));
    let line = on(of(":.shop:line", record("Line", "price", "Money")), &[("Money", "money", None)]);
    assert_eq!(check(&registry, &[line, money]).await.ok()["order"], json!([":.shop:money", ":.shop:line"]));
}

async fn the_use_of_what_changes_is_told(registry: TestRegistry) {
    register(&registry, "orders-value", &avro(&first())).await.ok();
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let seen = |more: Value| {
        let mut edge = json!({"cluster": "main", "topic": "orders", "records": 5, "first": now - 1000, "last": now});
        edge.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        edge
    };
    let observations = json!({"observations": [
        seen(json!({"client_id": "shop", "direction": "produces", "schema": {"context": ".", "id": 1}})),
        seen(json!({"client_id": "bills", "direction": "consumes", "group": "billing", "evidence": "committed"})),
    ]});
    assert_eq!(registry.post("/govern/v1/lineage/observations", &observations).await.status, 204);
    let told = check(&registry, &[of("orders-value", avro(&breaking())), of("new", avro(&first()))]).await.ok();
    let usage = &at(&told, "orders-value")["usage"];
    let whole = registry.get("/govern/v1/usage/subjects/orders-value").await.ok();
    assert_eq!(usage["writers"][0]["application"], "shop", "{usage:#}");
    assert_eq!((&usage["writers"][0]["version"], &usage["readers"][0]["group"]), (&json!(1), &json!("billing")));
    assert_eq!((&usage["coverage"], &usage["topics"]), (&whole["coverage"], &whole["topics"]));
    assert!(at(&told, "new").get("usage").is_none());
    let request = json!({"schemas": [of("orders-value", avro(&breaking()))], "from": "2100-01-01"});
    registry.post(CHECK, &request).await.refused(400);
}

async fn questions_without_sense_are_refused(registry: TestRegistry) {
    assert_eq!(check(&registry, &[]).await.ok()["isCompatible"], true);
    registry.post(CHECK, &json!({})).await.refused(422);
    registry.post(CHECK, &json!({"schemas": null})).await.refused(422);
    check(&registry, &[avro(&first())]).await.refused(422);
    let twice = check(&registry, &[of("s", avro(&first())), of("s", avro(&second()))]).await.refused(422);
    assert!(twice.contains("schemas 1 and 2"), "{twice}");
    for schemas in
        [json!("text"), json!({}), json!(["text"]), json!([{"subject": 1}]), json!([{"subject": "s", "references": 1}])]
    {
        registry.post(CHECK, &json!({ "schemas": schemas })).await.refused(400);
    }
    registry.post(CHECK, &json!({"schemas": [], "normalize": "yes"})).await.refused(400);
    registry.post(CHECK, &json!({"schemas": [], "from": "yesterday"})).await.refused(400);
    registry.send(Method::POST, CHECK, &[], Some("[]".into())).await.refused(400);
    registry.send(Method::POST, CHECK, &[], Some("{".into())).await.refused(400);
    registry.send(Method::POST, CHECK, &[], Some(String::new())).await.refused(422);
    registry.get(CHECK).await.refused(405);
    let rules = json!({"domainRules": [{"name": "n", "mode": "SIDEWAYS"}]});
    check(&registry, &[json!({"subject": "s", "schema": "\"int\"", "ruleSet": rules})]).await.refused(400);
    let many = |count: usize| (0..count).map(|n| of(&format!("s{n}"), avro("\"string\""))).collect::<Vec<_>>();
    let message = check(&registry, &many(1_001)).await.refused(422);
    assert!(message.contains("1001") && message.contains("1000"), "{message}");
    let told = check(&registry, &many(1_000)).await.ok();
    assert_eq!(told["counts"]["new"], 1_000);
    let vast = of("s", avro(&format!("\"{}\"", " ".repeat(5 << 20))));
    check(&registry, &[vast]).await.refused(413);
}

/// Every case of the public suite is asked both ways.
#[tokio::test]
async fn verdicts_are_those_of_single_checks() {
    let Some(corpora) = std::env::var_os("TIDEGATE_CORPORA").map(PathBuf::from) else {
        eprintln!("SKIPPED: TIDEGATE_CORPORA is not set");
        return;
    };
    let text = std::fs::read_to_string(corpora.join("compat/vectors.json")).expect("compat/vectors.json");
    let vectors: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    assert!(vectors.len() > 200);
    let registry = TestRegistry::start(Database::Sqlite).await;
    registry.put("/config", &json!({"compatibility": "NONE"})).await.ok();
    let mut schemas = Vec::new();
    for (number, vector) in vectors.iter().enumerate() {
        let subject = format!("vector-{number}");
        for version in vector["history"].as_array().expect("a history") {
            let request =
                json!({"schema": version["schema"], "schemaType": version["type"], "references": version["refs"]});
            register(&registry, &subject, &request).await.ok();
        }
        registry.put(&format!("/config/{subject}"), &json!({"compatibility": vector["level"]})).await.ok();
        let candidate = json!({"schema": vector["candidate"], "schemaType": vector["type"]});
        schemas.push(on(of(&subject, candidate), &[]));
    }
    let told = check(&registry, &schemas).await.ok();
    let (mut differences, mut refused) = (Vec::new(), 0);
    for (schema, together) in schemas.iter().zip(told["schemas"].as_array().unwrap()) {
        let subject = schema["subject"].as_str().unwrap();
        let alone = registry.post(&format!("/compatibility/subjects/{subject}/versions"), schema).await;
        let alone = match alone.status {
            200 => alone.body["is_compatible"] == true,
            _ => {
                assert_eq!(together["error"]["error_code"], alone.body["error_code"], "{subject}: {together}");
                false
            }
        };
        refused += usize::from(!alone);
        // What is there already is found, whatever it would be as a new version.
        let is_same =
            together["isCompatible"] == alone || (together["state"] == "unchanged" && together["isCompatible"] == true);
        if !is_same {
            differences.push(format!("{subject}: alone {alone}, together {together}"));
        }
    }
    assert!(refused > 50, "{refused} of {}", schemas.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

on_both_databases!(
    what_comes_along_counts_as_if_it_was_there,
    only_the_latest_and_the_next_version_mean_what_comes_along,
    who_stands_on_what_changes_is_told,
    rings_are_drawn,
    one_that_cannot_be_read_keeps_no_other_from_being_judged,
    levels_modes_and_files_are_told,
    aliases_and_contexts_lead_where_they_do_elsewhere,
    the_use_of_what_changes_is_told,
    questions_without_sense_are_refused,
);
