//! Bodies that are JSON and not what they should be: wrong types, numbers beyond all numbers, depth, size, numbers of
//! parts.

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::{Database, TestRegistry};

use super::{holdings, refused, soon};

const RECORD: &str = r#"{"type":"record","name":"R","fields":[{"name":"x","type":"string"}]}"#;

/// A path and a body for it with every member that it takes.
fn requests() -> Vec<(reqwest::Method, &'static str, Value)> {
    use reqwest::Method;
    let rule = json!({"name": "a", "doc": "d", "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "tags": ["T"],
        "params": {"k": "v"}, "expr": "true", "onSuccess": "NONE", "onFailure": "ERROR", "disabled": false});
    let rules = json!({"migrationRules": [], "domainRules": [rule], "encodingRules": [], "enableAt": "ALL"});
    let metadata = json!({"tags": {"a": ["T"]}, "properties": {"k": "v"}, "sensitive": ["k"]});
    let tags = json!([{"schemaEntity": {"entityPath": "R.x", "entityType": "sr_field"}, "tags": ["T"]}]);
    let schema = json!({"schema": RECORD, "schemaType": "AVRO", "version": 1, "id": 1,
        "references": [{"name": "r", "subject": "s", "version": 1}], "metadata": metadata, "ruleSet": rules,
        "schemaTagsToAdd": tags, "schemaTagsToRemove": tags, "propagateSchemaTags": true});
    let edit = json!({"newVersion": 2, "tagsToAdd": tags, "tagsToRemove": tags, "metadata": metadata, "ruleSet": rules,
        "rulesToMerge": rules, "rulesToRemove": ["a"]});
    let config = json!({"compatibility": "NONE", "alias": "a", "normalize": true, "validateFields": true,
        "compatibilityGroup": "g", "compatibilityPolicy": "STRICT", "defaultMetadata": metadata,
        "overrideMetadata": metadata, "defaultRuleSet": rules, "overrideRuleSet": rules});
    let explain = json!({"subject": "s", "schema": RECORD, "againstVersion": 1, "against": [{"schema": RECORD}],
        "compatibility": "NONE", "compatibilityPolicy": "STRICT", "normalize": true});
    let observations = json!({"observations": [{"cluster": "c", "topic": "t", "client_id": "i",
        "direction": "produces", "schema": {"context": ".", "id": 1}, "records": 1, "bytes": 1, "refused": 0,
        "first": 1, "last": 2}]});
    vec![
        (Method::POST, "/subjects/s/versions", schema.clone()),
        (Method::POST, "/subjects/s", schema.clone()),
        (Method::POST, "/compatibility/subjects/s/versions", schema.clone()),
        (Method::POST, "/compatibility/subjects/s/versions/latest", schema),
        (Method::POST, "/subjects/s/versions/1/tags", edit),
        (Method::PUT, "/config/s", config.clone()),
        (Method::PUT, "/config", config),
        (Method::PUT, "/mode/s", json!({"mode": "READONLY"})),
        (Method::POST, "/govern/v1/explain", explain),
        (Method::POST, "/govern/v1/lineage/observations", observations),
    ]
}

/// The pointers of everything in a body, itself included.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| places(value, &format!("{at}/{key}"), found)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| places(value, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

async fn members_of_another_type_are_refused(registry: TestRegistry) {
    let before = holdings(&registry).await;
    let others = [json!(7.5), json!("text that is nothing"), json!([[]]), json!([]), json!({"a": {}}), json!(true)];
    let mut count = 0;
    for (method, path, body) in requests() {
        let mut found = Vec::new();
        places(&body, "", &mut found);
        for place in found {
            let was = body.pointer(&place).unwrap().clone();
            for other in &others {
                let same_type = std::mem::discriminant(&was) == std::mem::discriminant(other);
                let anything_goes = place.ends_with("/againstVersion") && !other.is_object() && !other.is_array();
                if same_type || anything_goes {
                    continue;
                }
                let mut changed = body.clone();
                *changed.pointer_mut(&place).unwrap() = other.clone();
                let answer = registry.send(method.clone(), path, &[], Some(changed.to_string())).await;
                let what = format!("{method} {path} with {other} at {place:?}");
                refused(&answer, &what);
                assert_eq!(answer.status, 400, "{what}: {answer}");
                count += 1;
            }
        }
    }
    assert!(count > 500, "{count}");
    assert_eq!(holdings(&registry).await, before);
}

async fn numbers_beyond_what_they_count_are_refused(registry: TestRegistry) {
    registry.register("s", "\"int\"").await;
    let before = holdings(&registry).await;
    let numbers =
        ["1e400", "-1e400", "1000000000000000000000000000000", "2147483648", "-2147483649", "1.5", "1e3", "NaN"];
    for number in numbers {
        for (path, body) in [
            ("/subjects/s/versions", format!(r#"{{"schema":"\"long\"","version":{number}}}"#)),
            ("/subjects/s/versions", format!(r#"{{"schema":"\"long\"","id":{number}}}"#)),
            (
                "/subjects/s/versions",
                format!(r#"{{"schema":"\"long\"","references":[{{"name":"a","subject":"s","version":{number}}}]}}"#),
            ),
            ("/subjects/s/versions/1/tags", format!(r#"{{"newVersion":{number}}}"#)),
        ] {
            let answer = registry.send(reqwest::Method::POST, path, &[], Some(body.clone())).await;
            answer.refused(400);
        }
    }
    for (member, code) in [
        (r#""version":2147483647"#, 42201),
        (r#""id":2147483647"#, 42205),
        (r#""references":[{"name":"a","subject":"s","version":2147483647}]"#, 42201),
        (r#""references":[{"name":"a","subject":"s","version":-2147483648}]"#, 42201),
        (r#""references":[{"name":"a","subject":"s","version":0}]"#, 42201),
    ] {
        let body = format!(r#"{{"schema":"\"long\"",{member}}}"#);
        registry.send(reqwest::Method::POST, "/subjects/s/versions", &[], Some(body)).await.refused(code);
    }
    for path in
        ["/subjects/s/versions/2147483648", "/subjects/s/versions/99999999999999999999", "/subjects/s/versions/1e0"]
    {
        registry.get(path).await.refused(42202);
    }
    for path in ["/schemas/ids/2147483648", "/schemas/ids/1e0", "/schemas/ids/0x1", "/schemas/ids/%00"] {
        registry.get(path).await.refused(404);
    }
    assert_eq!(holdings(&registry).await, before);
}

async fn depth_is_refused_wherever_it_stands(registry: TestRegistry) {
    let before = holdings(&registry).await;
    let nested =
        |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(10_000), close.repeat(10_000));
    let list = nested("[", "", "]");
    for (method, path, body) in requests() {
        for member in body.as_object().unwrap().keys() {
            let body = format!("{{\"{member}\":{list}}}");
            let what = format!("{path} {member}");
            soon(&what, registry.send(method.clone(), path, &[], Some(body))).await.refused(400);
        }
    }
    let object = nested("{\"a\":", "1", "}");
    for member in ["schema", "schemaType", "version", "id", "references", "schemaTagsToAdd", "propagateSchemaTags"] {
        let body = format!("{{\"{member}\":{object}}}");
        let answer = registry.send(reqwest::Method::POST, "/subjects/s/versions", &[], Some(body));
        soon(member, answer).await.refused(400);
    }
    let avro = nested(r#"{"type":"array","items":"#, "\"int\"", "}");
    let json = nested(r#"{"not":"#, "true", "}");
    let protobuf = format!("syntax = \"proto3\"; {} {}", "message M { ".repeat(10_000), "}".repeat(10_000));
    for (kind, schema) in [("AVRO", avro), ("JSON", json), ("PROTOBUF", protobuf)] {
        let body = json!({"schemaType": kind, "schema": schema});
        for path in ["/subjects/s/versions", "/subjects/s", "/compatibility/subjects/s/versions"] {
            soon(kind, registry.post(path, &body)).await.refused(42201);
        }
    }
    assert_eq!(holdings(&registry).await, before);
}

async fn more_than_anyone_needs_is_refused(registry: TestRegistry) {
    registry.register("s", RECORD).await;
    let before = holdings(&registry).await;
    let references = |count: usize| {
        let one = |index: usize| json!({"name": format!("n{index}"), "subject": "s", "version": 1});
        (0..count).map(one).collect::<Vec<_>>()
    };
    let edits = |count: usize| {
        let one = |index: usize| {
            let entity = json!({"entityPath": format!("R.{}{index}", "a.".repeat(100)), "entityType": "sr_field"});
            json!({"schemaEntity": entity, "tags": ["T"]})
        };
        (0..count).map(one).collect::<Vec<_>>()
    };
    let rules = |count: usize, name: &str| {
        let rules: Vec<_> = (0..count).map(|_| json!({"name": name, "type": "CEL"})).collect();
        json!({"domainRules": rules})
    };
    for (what, body, code) in [
        ("a thousand references and one", json!({"schema": RECORD, "references": references(1001)}), 42201),
        ("references without end", json!({"schema": RECORD, "references": references(30_000)}), 42201),
        ("edits without end", json!({"schema": RECORD, "schemaTagsToAdd": edits(8_000)}), 42201),
        ("the same rule without end", json!({"schema": RECORD, "ruleSet": rules(30_000, "a")}), 42210),
        ("a rule with a long name", json!({"schema": RECORD, "ruleSet": rules(1, &"r".repeat(1 << 20))}), 42210),
        ("a long type", json!({"schema": RECORD, "schemaType": "A".repeat(1 << 20)}), 42201),
        ("a schema of 5 MB", json!({"schema": "x".repeat(5 << 20)}), 413),
        ("a schema of 15 MB", json!({"schema": "x".repeat(15 << 20)}), 413),
        ("a schema that is one long word", json!({"schema": "x".repeat(3 << 20)}), 42201),
        ("a schema of brackets", json!({"schema": "[".repeat(3 << 20)}), 42201),
    ] {
        let answer = soon(what, registry.post("/subjects/s/versions", &body)).await;
        refused(&answer, what);
        answer.refused(code);
    }
    assert_eq!(holdings(&registry).await, before);
}

/// What is refused leaves nothing behind, neither in the database nor in memory.
#[tokio::test]
async fn memory_comes_back_after_the_worst() {
    let registry = TestRegistry::start(Database::Sqlite).await;
    let storm = async || {
        for kind in ["AVRO", "JSON", "PROTOBUF"] {
            for schema in
                ["[".repeat(3 << 20), "x".repeat(3 << 20), "{\"a\":".repeat(500_000), "\"a\",".repeat(500_000)]
            {
                let body = json!({"schemaType": kind, "schema": schema});
                soon(kind, registry.post("/subjects/s/versions", &body)).await.refused(42201);
            }
        }
        let large = json!({"schema": "x".repeat(15 << 20)});
        soon("too large", registry.post("/subjects/s/versions", &large)).await.refused(413);
    };
    // Once for what the allocator keeps at hand from then on.
    storm().await;
    let before = registry.resident_memory();
    for _ in 0..5 {
        storm().await;
    }
    let grown = registry.resident_memory().saturating_sub(before);
    assert!(grown < 48 << 20, "{} MiB more than before", grown >> 20);
    assert_eq!(registry.get("/subjects?deleted=true").await.ok(), json!([]));
}

on_both_databases!(
    members_of_another_type_are_refused,
    numbers_beyond_what_they_count_are_refused,
    depth_is_refused_wherever_it_stands,
    more_than_anyone_needs_is_refused,
);
