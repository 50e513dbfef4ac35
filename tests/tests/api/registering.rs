//! Registering schemas: identity, numbering, refusal, names, and many at once.

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use crate::schemas::{breaking, first, order, second};

async fn a_registered_schema_is_found_in_every_way(registry: TestRegistry) {
    let answer = registry.post("/subjects/orders-value/versions", &json!({"schema": first()})).await.ok();
    assert_eq!((&answer["id"], &answer["version"]), (&json!(1), &json!(1)));
    assert_eq!(answer["schemaType"], "AVRO");
    assert_eq!(answer["deleted"], false);
    let guid = answer["guid"].as_str().unwrap();
    assert_eq!(guid.len(), 36);
    assert!(answer.get("references").is_none(), "empty members are left out");

    let version = registry.get("/subjects/orders-value/versions/1").await.ok();
    assert_eq!(version["subject"], "orders-value");
    assert_eq!(version["id"], 1);
    assert_eq!(version["schema"], answer["schema"]);
    assert_eq!(version["guid"], guid);
    assert_eq!(registry.get("/subjects/orders-value/versions/LATEST").await.ok(), version);
    assert_eq!(registry.get("/subjects/orders-value/versions/-1").await.ok(), version);

    let by_id = registry.get("/schemas/ids/1").await.ok();
    assert_eq!(by_id["schema"], answer["schema"]);
    assert!(by_id.get("id").is_none() && by_id.get("maxId").is_none());
    assert_eq!((&by_id["subject"], &by_id["version"]), (&json!("orders-value"), &json!(1)));

    let by_guid = registry.get(&format!("/schemas/guids/{guid}")).await.ok();
    assert_eq!(by_guid["schema"], answer["schema"]);
    assert!(by_guid.get("subject").is_none() && by_guid.get("version").is_none(), "{by_guid}");
    assert_eq!((&by_guid["ts"], &by_guid["deleted"]), (&version["ts"], &version["deleted"]));
    assert_eq!(registry.get(&format!("/schemas/guids/{guid}/ids")).await.ok(), json!([{"context": ".", "id": 1}]));

    let raw = registry.get("/subjects/orders-value/versions/1/schema").await;
    assert_eq!(raw.text, answer["schema"].as_str().unwrap());
    assert_eq!(registry.get("/schemas/ids/1/schema").await.text, raw.text);

    let found = registry.post("/subjects/orders-value", &json!({"schema": first()})).await.ok();
    assert_eq!(found, version);
}

async fn the_same_content_keeps_its_id_and_version(registry: TestRegistry) {
    let spaced = "{ \"type\" :\n \"string\" }";
    assert_eq!(registry.register("a", "\"string\"").await, 1);
    assert_eq!(registry.register("a", spaced).await, 1);
    assert_eq!(registry.register("b", "\"string\"").await, 1);
    assert_eq!(registry.get("/subjects/a/versions").await.ok(), json!([1]));
    assert_eq!(registry.get("/schemas/ids/1/subjects").await.ok(), json!(["a", "b"]));
    registry.post("/subjects/b/versions", &json!({"schema": first()})).await.refused(40901);
    assert_eq!(registry.register("c", &first()).await, 2);
}

async fn a_schema_evolves_and_a_breaking_one_is_refused_with_reasons(registry: TestRegistry) {
    assert_eq!(registry.register("orders-value", &first()).await, 1);
    assert_eq!(registry.register("orders-value", &second()).await, 2);
    let refused = registry.post("/subjects/orders-value/versions", &json!({"schema": breaking()})).await.refused(40901);
    for part in ["orders-value", "READER_FIELD_MISSING_DEFAULT_VALUE", "customer", "oldSchemaVersion: 2", "BACKWARD"] {
        assert!(refused.contains(part), "{part}\n{refused}");
    }
    assert_eq!(registry.get("/subjects/orders-value/versions").await.ok(), json!([1, 2]));
}

async fn what_is_no_schema_is_refused(registry: TestRegistry) {
    for request in [
        json!({"schema": "{\"type\":\"record\",\"name\":\"A\"}"}),
        json!({"schema": "not json"}),
        json!({"schema": ""}),
        json!({}),
        json!({"schema": "\"string\"", "schemaType": "XML"}),
        json!({"schema": "\"string\"", "schemaType": ""}),
        json!({"schema": "syntax = \"proto3\"; message", "schemaType": "PROTOBUF"}),
        json!({"schema": "{\"type\":\"objekt\"}", "schemaType": "JSON"}),
        json!({"schema": "\"missing.Type\""}),
        json!({"schema": "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"],\"default\":\"B\"}"}),
        json!({"schema": order(&[("bad name", "\"int\"")])}),
    ] {
        let message = registry.post("/subjects/s/versions", &request).await.refused(42201);
        assert!(message.len() > 10, "{request}: {message}");
    }
    registry.get("/subjects/s/versions").await.refused(40401);
}

async fn the_version_to_become_can_be_demanded(registry: TestRegistry) {
    let path = "/subjects/orders-value/versions";
    registry.post(path, &json!({"schema": first(), "version": 2})).await.refused(42201);
    let answer = registry.post(path, &json!({"schema": first(), "version": 1})).await.ok();
    assert_eq!(answer["version"], 1);
    assert_eq!(answer["metadata"]["properties"]["confluent:version"], "1");
    registry.post(path, &json!({"schema": second(), "version": 5})).await.refused(42201);
    assert_eq!(registry.post(path, &json!({"schema": second(), "version": 2})).await.ok()["version"], 2);
    // Whatever is less than nothing is the next one.
    assert_eq!(registry.post(path, &json!({"schema": first(), "version": -5})).await.ok()["version"], 3);
}

async fn an_id_can_be_given_in_import_mode_only(registry: TestRegistry) {
    let path = "/subjects/orders-value/versions";
    registry.post(path, &json!({"schema": first(), "id": 77})).await.refused(42205);
    registry.put("/mode/orders-value", &json!({"mode": "IMPORT"})).await.ok();
    registry.post(path, &json!({"schema": first()})).await.refused(42205);
    let answer = registry.post(path, &json!({"schema": first(), "id": 77, "version": 5})).await.ok();
    assert_eq!((&answer["id"], &answer["version"]), (&json!(77), &json!(5)));
    registry.post(path, &json!({"schema": second(), "id": 77, "version": 6})).await.refused(42205);
    registry.put("/mode/orders-value", &json!({"mode": "READWRITE"})).await.ok();
    assert_eq!(registry.register("orders-value", &second()).await, 78, "ids go on after the highest");
}

async fn names_with_slashes_blanks_and_letters_of_the_world_work(registry: TestRegistry) {
    let names = [
        ("a%2Fb", "a/b"),
        ("50%25", "50%"),
        ("%2525", "%25"),
        ("two%20words", "two words"),
        ("Gr%C3%B6%C3%9Fe", "Größe"),
        ("%E6%B8%A9%E5%BA%A6", "温度"),
        ("a+b", "a+b"),
        ("a:b", "a:b"),
        ("a%3Ab%3B", "a:b;"),
        ("*", "*"),
        ("..%2F..%2Fetc", "../../etc"),
    ];
    for (path, name) in names {
        registry.register(path, &first()).await;
        let version = registry.get(&format!("/subjects/{path}/versions/latest")).await.ok();
        assert_eq!(version["subject"], name);
        registry.put(&format!("/config/{path}"), &json!({"compatibility": "NONE"})).await.ok();
    }
    let subjects = registry.get("/subjects").await.ok();
    let mut expected: Vec<_> = names.iter().map(|(_, name)| *name).collect();
    expected.sort_unstable();
    assert_eq!(subjects, json!(expected));
}

async fn impossible_names_are_refused(registry: TestRegistry) {
    for path in ["a%00b", "a%0Ab", "__GLOBAL", "__EMPTY", ":.__GLOBAL:x"] {
        registry.post(&format!("/subjects/{path}/versions"), &json!({"schema": first()})).await.refused(42208);
    }
    registry.get("/subjects/a%00/versions/1").await.refused(42208);
    registry.put("/config/a%0A", &json!({"compatibility": "FULL"})).await.refused(42208);
    registry.get("/subjects/%FF%FE/versions").await.refused(400);
}

async fn a_nul_in_a_schema_is_refused(registry: TestRegistry) {
    let schema = "{\"type\":\"string\",\"doc\":\"a\\u0000b\"}";
    let answer = registry.post("/subjects/s/versions", &json!({"schema": schema})).await;
    // As an escape it is text like any other; kept or refused, but never a failure of the store.
    assert!(answer.status == 200 || answer.status == 422, "{answer}");
    registry.post("/subjects/s/versions", &json!({"schema": "\"str\u{0}ing\""})).await.refused(42201);
}

async fn one_new_schema_registered_by_many_at_once_is_one(registry: TestRegistry) {
    let body = json!({"schema": first()});
    let answers = futures_util::future::join_all((0..32).map(|_| registry.post("/subjects/s/versions", &body))).await;
    for answer in answers {
        let answer = answer.ok();
        assert_eq!((&answer["id"], &answer["version"]), (&json!(1), &json!(1)));
    }
}

async fn many_schemas_registered_at_once_are_numbered_without_gaps(registry: TestRegistry) {
    registry.put("/config/s", &json!({"compatibility": "NONE"})).await.ok();
    let bodies: Vec<_> = (0..32).map(|n| json!({"schema": order(&[(&format!("f{n}"), "\"int\"")])})).collect();
    let answers = futures_util::future::join_all(bodies.iter().map(|body| registry.post("/subjects/s/versions", body)));
    let answers: Vec<Value> = answers.await.into_iter().map(tidegate_tests::registry::Answer::ok).collect();
    let sorted = |member: &str| {
        let mut numbers: Vec<_> = answers.iter().map(|answer| answer[member].as_i64().unwrap()).collect();
        numbers.sort_unstable();
        numbers
    };
    assert_eq!(sorted("version"), (1..=32).collect::<Vec<_>>());
    assert_eq!(sorted("id"), (1..=32).collect::<Vec<_>>());
}

async fn normalizing_makes_spellings_of_one_schema_one(registry: TestRegistry) {
    let one =
        r#"{"type":"record","name":"A","fields":[{"name":"x","type":{"type":"int"},"doc":"d","order":"ascending"}]}"#;
    let other = r#"{"type":"record","name":"A","fields":[{"name":"x","doc":"d","type":"int","order":"ascending"}]}"#;
    registry.register("s", one).await;
    let answer = registry.post("/subjects/s/versions?normalize=true", &json!({"schema": other})).await.ok();
    let again = registry.post("/subjects/s/versions?normalize=true", &json!({"schema": one})).await.ok();
    assert_eq!(answer["id"], again["id"]);
    // What was stored as it came, and is another text once normalized, is another version.
    let unsorted = r#"{"type":"object","title":"b","description":"a"}"#;
    let swapped = r#"{"description":"a","type":"object","title":"b"}"#;
    let json = |text: &str| json!({"schemaType": "JSON", "schema": text});
    registry.post("/subjects/j/versions", &json(unsorted)).await.ok();
    registry.post("/subjects/j?normalize=true", &json(unsorted)).await.refused(40403);
    for text in [unsorted, swapped] {
        let registered = registry.post("/subjects/j/versions?normalize=true", &json(text)).await.ok();
        assert_eq!(registered["version"], 2, "{text}");
        assert_eq!(registry.post("/subjects/j?normalize=true", &json(text)).await.ok()["version"], 2);
    }
    assert_eq!(registry.post("/subjects/j", &json(unsorted)).await.ok()["version"], 1);
}

async fn force_lets_in_what_is_incompatible_and_nothing_else(registry: TestRegistry) {
    registry.register("s", &first()).await;
    let body = json!({"schema": breaking()});
    registry.post("/subjects/s/versions", &body).await.refused(40901);
    registry.post("/subjects/s/versions?force=false", &body).await.refused(40901);
    assert_eq!(registry.post("/subjects/s/versions?force=true", &body).await.ok()["version"], 2);
    assert_eq!(registry.post("/subjects/s/versions?force=true", &body).await.ok()["version"], 2, "it is there");
    registry.post("/subjects/s/versions?force=true", &json!({"schema": "{"})).await.refused(42201);
    registry.put("/mode/s", &json!({"mode": "READONLY"})).await.ok();
    registry.post("/subjects/s/versions?force=true", &json!({"schema": "\"int\""})).await.refused(42205);
}

on_both_databases!(
    force_lets_in_what_is_incompatible_and_nothing_else,
    a_registered_schema_is_found_in_every_way,
    the_same_content_keeps_its_id_and_version,
    a_schema_evolves_and_a_breaking_one_is_refused_with_reasons,
    what_is_no_schema_is_refused,
    the_version_to_become_can_be_demanded,
    an_id_can_be_given_in_import_mode_only,
    names_with_slashes_blanks_and_letters_of_the_world_work,
    impossible_names_are_refused,
    a_nul_in_a_schema_is_refused,
    one_new_schema_registered_by_many_at_once_is_one,
    many_schemas_registered_at_once_are_numbered_without_gaps,
    normalizing_makes_spellings_of_one_schema_one,
);
