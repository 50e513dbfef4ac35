//! Asking whether a schema would be accepted, and why not.

use serde_json::json;
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use crate::schemas::{breaking, first, second};

async fn a_check_says_what_a_registration_would(registry: TestRegistry) {
    registry.register("s", &first()).await;
    let path = "/compatibility/subjects/s/versions";
    assert_eq!(registry.post(path, &json!({"schema": second()})).await.ok(), json!({"is_compatible": true}));
    assert_eq!(registry.post(path, &json!({"schema": breaking()})).await.ok(), json!({"is_compatible": false}));
    let one = "/compatibility/subjects/s/versions/latest/";
    assert_eq!(registry.post(one, &json!({"schema": breaking()})).await.ok(), json!({"is_compatible": false}));
    assert_eq!(registry.get("/subjects/s/versions").await.ok(), json!([1]), "a check changes nothing");
}

async fn a_verbose_check_gives_reasons(registry: TestRegistry) {
    registry.register("s", &first()).await;
    let path = "/compatibility/subjects/s/versions?verbose=true";
    let good = registry.post(path, &json!({"schema": second()})).await.ok();
    assert_eq!(good, json!({"is_compatible": true, "messages": []}));
    let bad = registry.post(path, &json!({"schema": breaking()})).await.ok();
    let messages: Vec<_> = bad["messages"].as_array().unwrap().iter().map(|m| m.as_str().unwrap()).collect();
    assert_eq!(messages.len(), 4, "{messages:#?}");
    assert!(messages[0].starts_with("{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE'"), "{}", messages[0]);
    assert!(messages[0].contains("customer") && messages[0].contains("TG1"), "{}", messages[0]);
    assert_eq!(messages[1], "{oldSchemaVersion: 1}");
    assert!(messages[2].starts_with("{oldSchema: '{\"type\":\"record\""), "{}", messages[2]);
    assert_eq!(messages[3], "{validateFields: 'false', compatibility: 'BACKWARD'}");
}

async fn a_schema_that_can_not_be_read_is_an_error_or_a_message(registry: TestRegistry) {
    registry.register("s", &first()).await;
    for path in ["/compatibility/subjects/s/versions", "/compatibility/subjects/s/versions/1"] {
        registry.post(path, &json!({"schema": "nonsense"})).await.refused(42201);
        let verbose = registry.post(&format!("{path}?verbose=true"), &json!({"schema": "nonsense"})).await.ok();
        assert_eq!(verbose["is_compatible"], false);
        assert_eq!(verbose["messages"].as_array().unwrap().len(), 1);
    }
}

async fn nothing_to_compare_with_is_compatible(registry: TestRegistry) {
    let body = json!({"schema": first()});
    let compatible = json!({"is_compatible": true});
    assert_eq!(registry.post("/compatibility/subjects/new/versions", &body).await.ok(), compatible);
    assert_eq!(registry.post("/compatibility/subjects/new/versions/latest", &body).await.ok(), compatible);
    registry.post("/compatibility/subjects/new/versions/1", &body).await.refused(40402);
    registry.post("/compatibility/subjects/new/versions/zero", &body).await.refused(42202);
}

async fn all_seven_levels_are_honoured(registry: TestRegistry) {
    let wide =
        r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":0},{"name":"b","type":"int"}]}"#;
    let middle = r#"{"type":"record","name":"R","fields":[{"name":"b","type":"int"}]}"#;
    let narrow = r#"{"type":"record","name":"R","fields":[{"name":"b","type":"int"},{"name":"a","type":"string","default":""}]}"#;
    registry.put("/config/s", &json!({"compatibility": "NONE"})).await.ok();
    registry.register("s", wide).await;
    registry.register("s", middle).await;
    for (level, expected) in [
        ("NONE", true),
        ("BACKWARD", true),
        ("FORWARD", true),
        ("FULL", true),
        ("BACKWARD_TRANSITIVE", false),
        ("FORWARD_TRANSITIVE", false),
        ("FULL_TRANSITIVE", false),
    ] {
        registry.put("/config/s", &json!({"compatibility": level})).await.ok();
        let answer = registry.post("/compatibility/subjects/s/versions", &json!({"schema": narrow})).await.ok();
        assert_eq!(answer["is_compatible"], expected, "{level}");
    }
}

on_both_databases!(
    a_check_says_what_a_registration_would,
    a_verbose_check_gives_reasons,
    a_schema_that_can_not_be_read_is_an_error_or_a_message,
    nothing_to_compare_with_is_compatible,
    all_seven_levels_are_honoured,
);
