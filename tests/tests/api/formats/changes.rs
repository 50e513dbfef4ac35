//! May a changed schema follow? The reasons in each language's form, from both sides, and the settings that decide.

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use super::{avro, described, json_schema, only_problem, protobuf, register};

fn message(fields: &str) -> Value {
    protobuf(&format!("syntax = \"proto3\"; package shop; message Order {{ {fields} }}"))
}

/// An object with these properties, and whatever else.
fn open(properties: &str) -> Value {
    json_schema(&format!(r#"{{"type":"object","properties":{{{properties}}}}}"#))
}

/// An object with these properties and no others.
fn closed(properties: &str) -> Value {
    json_schema(&format!(r#"{{"type":"object","properties":{{{properties}}},"additionalProperties":false}}"#))
}

async fn each_language_has_its_own_form_of_reasons(registry: TestRegistry) {
    register(&registry, "p", &message("int64 id = 1; string note = 2;")).await.ok();
    let changed = message("string id = 1; string note = 2;");
    let problem = only_problem(&registry, "p", &changed).await;
    let told = described(&problem, "FIELD_SCALAR_KIND_CHANGED");
    assert!(told.contains("#/Order/1") && told.contains("TG2") && told.contains("to fix it, "), "{told}");

    register(&registry, "j", &closed(r#""id":{"type":"integer"},"note":{"type":"string"}"#)).await.ok();
    let changed = closed(r#""id":{"type":"integer"}"#);
    let problem = only_problem(&registry, "j", &changed).await;
    let told = described(&problem, "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL");
    assert!(told.contains("#/properties/note") && told.contains("TG3") && told.contains("to fix it, "), "{told}");

    register(&registry, "a", &avro(r#"{"type":"record","name":"R","fields":[]}"#)).await.ok();
    let changed = avro(r#"{"type":"record","name":"R","fields":[{"name":"x","type":"int"}]}"#);
    let problem = only_problem(&registry, "a", &changed).await;
    assert!(problem.starts_with("{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'"), "{problem}");
    assert!(problem.ends_with("additionalInfo:'x'}"), "{problem}");
}

async fn a_refused_registration_lists_all_its_reasons(registry: TestRegistry) {
    register(&registry, "p", &message("int64 id = 1; string note = 2; repeated int32 steps = 3;")).await.ok();
    let worse = message("string id = 1; int64 note = 2; repeated int32 steps = 3;");
    let told = register(&registry, "p", &worse).await.refused(40901);
    assert_eq!(told.matches("{errorType:\"FIELD_SCALAR_KIND_CHANGED\", description:\"").count(), 2, "{told}");
    for part in
        ["'p'", "#/Order/1", "#/Order/2", "{oldSchemaVersion: 1}", "{oldSchema: 'syntax", "compatibility: 'BACKWARD'"]
    {
        assert!(told.contains(part), "{part}\n{told}");
    }

    register(&registry, "j", &open(r#""a":{"type":"string"},"b":{"maximum":5}"#)).await.ok();
    let told = register(&registry, "j", &open(r#""a":{"type":"array"},"b":{"maximum":4}"#)).await.refused(40901);
    for part in
        ["{errorType:\"TYPE_CHANGED\", description:\"", "{errorType:\"MAXIMUM_DECREASED\", ", "#/properties/b/maximum"]
    {
        assert!(told.contains(part), "{part}\n{told}");
    }
    assert_eq!(registry.get("/subjects/j/versions").await.ok(), json!([1]));
}

async fn what_is_new_and_what_is_old_depends_on_who_reads(registry: TestRegistry) {
    let (with, without) =
        (message("oneof way { string a = 1; string b = 2; }"), message("oneof way { string a = 1; }"));
    register(&registry, "backward", &with).await.ok();
    let backward = only_problem(&registry, "backward", &without).await;
    registry.put("/config/forward", &json!({"compatibility": "FORWARD"})).await.ok();
    register(&registry, "forward", &without).await.ok();
    let forward = only_problem(&registry, "forward", &with).await;
    // The same pair, the same problem; only who is new and who is old has changed places.
    let told = described(&backward, "ONEOF_FIELD_REMOVED");
    let turned = described(&forward, "ONEOF_FIELD_REMOVED");
    assert_ne!(told, turned);
    let sides = |text: &str| {
        let side = |word: &str| text.find(&format!("{word} schema")).unwrap_or(usize::MAX);
        (side("new"), side("old"))
    };
    let ((new, old), (new_turned, old_turned)) = (sides(told), sides(turned));
    assert_eq!(new < old, old_turned < new_turned, "{told}\n{turned}");

    registry.put("/config/both", &json!({"compatibility": "FULL"})).await.ok();
    register(&registry, "both", &message("oneof way { string a = 1; string b = 2; } int32 n = 3;")).await.ok();
    let path = "/compatibility/subjects/both/versions?verbose=true";
    let answer = registry.post(path, &message("oneof way { string a = 1; string c = 4; } int64 n = 3;")).await.ok();
    let removals = answer["messages"].to_string().matches("ONEOF_FIELD_REMOVED").count();
    assert_eq!(removals, 2, "each side misses a member of the other: {answer}");
    assert!(answer["messages"].to_string().contains("compatibility: 'FULL'"), "{answer}");
}

async fn open_objects_may_grow_only_where_people_are_lenient(registry: TestRegistry) {
    let (small, large) = (open(r#""a":{"type":"string"}"#), open(r#""a":{"type":"string"},"b":{"type":"string"}"#));
    register(&registry, "s", &small).await.ok();
    let told = register(&registry, "s", &large).await.refused(40901);
    assert!(told.contains("OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"), "{told}");

    registry.put("/config/s", &json!({"compatibilityPolicy": "LENIENT"})).await.ok();
    assert_eq!(registry.get("/config/s").await.ok()["compatibilityPolicy"], "LENIENT");
    let path = "/compatibility/subjects/s/versions?verbose=true";
    assert_eq!(registry.post(path, &large).await.ok(), json!({"is_compatible": true, "messages": []}));
    let required =
        json_schema(r#"{"type":"object","properties":{"a":{"type":"string"},"c":{"type":"string"}},"required":["c"]}"#);
    register(&registry, "s", &required).await.refused(40901);
    register(&registry, "s", &large).await.ok();

    registry.put("/config/s", &json!({"compatibilityPolicy": "STRICT"})).await.ok();
    let larger = open(r#""a":{"type":"string"},"b":{"type":"string"},"d":{"type":"string"}"#);
    register(&registry, "s", &larger).await.refused(40901);
    // The policy of all holds where a subject has none of its own.
    registry.put("/config/s", &json!({"compatibilityPolicy": null})).await.ok();
    registry.put("/config", &json!({"compatibilityPolicy": "LENIENT"})).await.ok();
    register(&registry, "s", &larger).await.ok();
}

async fn closed_objects_may_grow_and_not_shrink(registry: TestRegistry) {
    let (small, large) = (closed(r#""a":{"type":"string"}"#), closed(r#""a":{"type":"string"},"b":{"type":"string"}"#));
    register(&registry, "s", &small).await.ok();
    register(&registry, "s", &large).await.ok();
    register(&registry, "s", &small).await.ok();
    assert_eq!(registry.get("/subjects/s/versions").await.ok(), json!([1, 2]), "the first is there already");
    let smaller = closed("");
    register(&registry, "s", &smaller).await.refused(40901);
    registry.put("/config/s", &json!({"compatibility": "FORWARD"})).await.ok();
    register(&registry, "s", &smaller).await.ok();
}

async fn protobuf_fields_come_and_go_by_number(registry: TestRegistry) {
    register(&registry, "s", &message("optional int32 id = 1; string note = 2;")).await.ok();
    for (text, expected) in [
        ("int32 id = 1;", true),
        ("int32 id = 1; string note = 2; bytes more = 3;", true),
        ("int32 number = 1; string remark = 2;", true),
        ("int64 id = 1; bytes note = 2;", true),
        ("string note = 1; int32 id = 2;", false),
        ("repeated int32 id = 1; string note = 2;", false),
        ("int32 id = 1; Note note = 2; message Note {}", false),
    ] {
        let path = "/compatibility/subjects/s/versions/latest";
        assert_eq!(registry.post(path, &message(text)).await.ok()["is_compatible"], expected, "{text}");
    }
    let moved = protobuf("syntax = \"proto3\"; package store; message Order { int32 id = 1; string note = 2; }");
    let told = register(&registry, "s", &moved).await.refused(40901);
    assert!(told.contains("PACKAGE_CHANGED"), "{told}");
}

async fn another_language_is_another_subject_unless_nothing_is_checked(registry: TestRegistry) {
    let texts = [avro("\"string\""), message("int32 id = 1;"), json_schema("{\"type\":\"string\"}")];
    register(&registry, "s", &texts[0]).await.ok();
    for (number, other) in texts.iter().enumerate().skip(1) {
        let told = register(&registry, "s", other).await.refused(40901);
        assert!(told.contains("different schema type"), "{told}");
        let path = "/compatibility/subjects/s/versions?verbose=true";
        let checked = registry.post(path, other).await.ok();
        assert_eq!(checked["is_compatible"], false);
        assert!(checked["messages"][0].as_str().unwrap().contains("different schema type"), "{checked}");
        registry.post("/subjects/s", other).await.refused(40403);
        registry.put("/config/s", &json!({"compatibility": "NONE"})).await.ok();
        assert_eq!(register(&registry, "s", other).await.ok()["version"], number + 1);
        registry.put("/config/s", &json!({"compatibility": "FULL"})).await.ok();
    }
    let kinds: Vec<Value> =
        registry.get("/schemas").await.ok().as_array().unwrap().iter().map(|s| s["schemaType"].clone()).collect();
    assert_eq!(kinds, ["AVRO", "PROTOBUF", "JSON"]);
    // What is compared with is the latest; the transitive levels look at all.
    let next = json_schema("{\"type\":[\"string\",\"null\"]}");
    let path = "/compatibility/subjects/s/versions";
    registry.put("/config/s", &json!({"compatibility": "BACKWARD"})).await.ok();
    assert_eq!(registry.post(path, &next).await.ok()["is_compatible"], true);
    registry.put("/config/s", &json!({"compatibility": "BACKWARD_TRANSITIVE"})).await.ok();
    assert_eq!(registry.post(path, &next).await.ok()["is_compatible"], false);
}

async fn groups_of_versions_do_not_see_each_other(registry: TestRegistry) {
    registry.put("/config/s", &json!({"compatibilityGroup": "major"})).await.ok();
    let of = |major: &str, mut request: Value| {
        request["metadata"] = json!({"properties": {"major": major}});
        request
    };
    register(&registry, "s", &of("1", message("int32 id = 1;"))).await.ok();
    register(&registry, "s", &of("1", message("string id = 1;"))).await.refused(40901);
    register(&registry, "s", &of("2", message("string id = 1;"))).await.ok();
    register(&registry, "s", &of("1", message("int64 id = 1;"))).await.ok();
}

on_both_databases!(
    each_language_has_its_own_form_of_reasons,
    a_refused_registration_lists_all_its_reasons,
    what_is_new_and_what_is_old_depends_on_who_reads,
    open_objects_may_grow_only_where_people_are_lenient,
    closed_objects_may_grow_and_not_shrink,
    protobuf_fields_come_and_go_by_number,
    another_language_is_another_subject_unless_nothing_is_checked,
    groups_of_versions_do_not_see_each_other,
);
