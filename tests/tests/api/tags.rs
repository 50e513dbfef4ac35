//! Tags that stand in the text of a schema: shown where they are asked for, and edited.

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

const AVRO: &str = r#"{"type":"record","name":"Order","namespace":"shop","confluent:tags":["BILLING"],"fields":[
    {"name":"id","type":"long"},
    {"name":"email","type":"string","confluent:tags":["PII","CONTACT"]},
    {"name":"buyer","type":{"type":"record","name":"Buyer","fields":[
        {"name":"phone","type":"string","confluent:tags":["PII"]}]}}]}"#;

const JSON: &str = r#"{"type":"object","confluent:tags":["BILLING"],"properties":{
    "email":{"type":"string","confluent:tags":["PII"]},"id":{"type":"integer"}}}"#;

const PROTOBUF: &str = r#"syntax = "proto3"; package shop; import "confluent/meta.proto";
    message Order { option (confluent.message_meta).tags = "BILLING";
        string email = 1 [(confluent.field_meta).tags = "PII"]; int64 id = 2; }"#;

fn tag(path: &str, kind: &str, tags: &[&str]) -> Value {
    json!({"schemaEntity": {"entityPath": path, "entityType": kind}, "tags": tags})
}

async fn tags_are_told_by_version_and_by_id(registry: TestRegistry) {
    registry.register("orders-value", AVRO).await;
    for path in ["/subjects/orders-value/versions/1", "/subjects/orders-value/versions/latest", "/schemas/ids/1"] {
        assert_eq!(registry.get(path).await.ok().get("schemaTags"), None, "not asked for");
        let found = registry.get(&format!("{path}?findTags=PII")).await.ok();
        let pii = [tag("shop.Order.email", "sr_field", &["PII"]), tag("shop.Buyer.phone", "sr_field", &["PII"])];
        assert_eq!(found["schemaTags"], json!(pii), "{path}");
        let found = registry.get(&format!("{path}?findTags=BILLING&findTags=CONTACT")).await.ok();
        let both = [tag("shop.Order", "sr_record", &["BILLING"]), tag("shop.Order.email", "sr_field", &["CONTACT"])];
        assert_eq!(found["schemaTags"], json!(both), "{path}");
        assert_eq!(registry.get(&format!("{path}?findTags=NONE")).await.ok().get("schemaTags"), None, "{path}");
        assert_eq!(registry.get(path).await.ok().get("schemaTags"), None, "not remembered for who does not ask");
    }
}

async fn a_star_is_every_tag_in_every_language(registry: TestRegistry) {
    registry.register("avro", AVRO).await;
    for (kind, schema) in [("JSON", JSON), ("PROTOBUF", PROTOBUF)] {
        let body = json!({"schemaType": kind, "schema": schema});
        registry.post(&format!("/subjects/{kind}/versions"), &body).await.ok();
    }
    for (subject, tags) in [
        (
            "avro",
            json!([
                tag("shop.Order", "sr_record", &["BILLING"]),
                tag("shop.Order.email", "sr_field", &["PII", "CONTACT"]),
                tag("shop.Buyer.phone", "sr_field", &["PII"]),
            ]),
        ),
        ("JSON", json!([tag("object", "sr_record", &["BILLING"]), tag("object.email", "sr_field", &["PII"])])),
        ("PROTOBUF", json!([tag("Order", "sr_record", &["BILLING"]), tag("Order.email", "sr_field", &["PII"])])),
    ] {
        let shown = registry.get(&format!("/subjects/{subject}/versions/1?findTags=*")).await.ok();
        assert_eq!(shown["schemaTags"], tags, "{subject}");
    }
}

/// The tags of a version, as `path kind TAG,TAG`.
async fn told(registry: &TestRegistry, subject: &str, version: &str) -> Vec<String> {
    let shown = registry.get(&format!("/subjects/{subject}/versions/{version}?findTags=*")).await.ok();
    let tagged = shown["schemaTags"].as_array().cloned().unwrap_or_default();
    let line = |tagged: &Value| {
        let entity = &tagged["schemaEntity"];
        let tags = tagged["tags"].as_array().cloned().unwrap_or_default();
        let tags: Vec<_> = tags.iter().filter_map(Value::as_str).collect();
        format!("{} {} {}", entity["entityPath"], entity["entityType"], tags.join(",")).replace('"', "")
    };
    tagged.iter().map(line).collect()
}

async fn a_version_gets_tags_in_every_language(registry: TestRegistry) {
    for (subject, kind, schema, record, field) in [
        ("avro", "AVRO", AVRO, "shop.Order", "shop.Order.id"),
        ("json", "JSON", JSON, "object", "object.id"),
        ("protobuf", "PROTOBUF", PROTOBUF, "Order", ".Order.id"),
    ] {
        let versions = format!("/subjects/{subject}/versions");
        registry.post(&versions, &json!({"schemaType": kind, "schema": schema})).await.ok();
        let first = registry.get(&format!("{versions}/1")).await.ok();
        let before = told(&registry, subject, "1").await;
        let body = json!({
            "newVersion": 2,
            "tagsToAdd": [tag(field, "sr_field", &["KEY", "PII"]), tag(record, "sr_record", &["NEW", "BILLING"])],
            "tagsToRemove": [tag(record, "sr_record", &["BILLING"]), tag(field, "sr_field", &["PII", "NONE"])],
        });
        let answer = registry.post(&format!("{versions}/latest/tags"), &body).await.ok();
        assert_eq!(answer["version"], 2, "{answer}");
        assert_eq!(answer["schemaType"], kind, "{answer}");
        assert_eq!(answer["metadata"]["properties"], json!({"confluent:version": "2"}));
        let stored = registry.get(&format!("{versions}/2")).await.ok();
        assert_eq!((&stored["id"], &stored["schema"]), (&answer["id"], &answer["schema"]));
        let after = told(&registry, subject, "2").await;
        let field = field.trim_start_matches('.');
        assert!(after.contains(&format!("{record} sr_record NEW")), "{after:?}");
        assert!(after.contains(&format!("{field} sr_field KEY")), "{after:?}");
        assert_eq!(after.len(), before.len() + 1, "{after:?}");

        // Taken back, the text is what it was, but for the import that Protobuf needs anyway.
        let body = json!({
            "tagsToAdd": [tag(record, "sr_record", &["BILLING"])],
            "tagsToRemove": [tag(field, "sr_field", &["KEY"]), tag(record, "sr_record", &["NEW"])],
        });
        registry.post(&format!("{versions}/2/tags"), &body).await.ok();
        assert_eq!(told(&registry, subject, "3").await, before);
        if kind != "PROTOBUF" {
            assert_eq!(registry.get(&format!("{versions}/3")).await.ok()["schema"], first["schema"]);
        }
        assert_eq!(told(&registry, subject, "1").await, before, "a version never changes");
    }
}

/// Whoever looks for personal data must not miss what stands by for another schema to refer to.
async fn tags_in_definitions_are_found_whether_or_not_anything_refers_to_them(registry: TestRegistry) {
    let object = |tags: &[&str], member: &[&str]| json!({"type": "object", "confluent:tags": tags, "properties": {"x": {"type": "string", "confluent:tags": member}}});
    let schema = json!({
        "type": "object",
        "properties": {"used": {"$ref": "#/definitions/Used"}},
        "definitions": {"Used": object(&["A"], &["B"]), "Spare": object(&["C"], &["PII"])},
    });
    let body = json!({"schemaType": "JSON", "schema": schema.to_string()});
    registry.post("/subjects/s/versions", &body).await.ok();
    let before = told(&registry, "s", "1").await;
    let ends = |text: &str| before.iter().filter(|line| line.ends_with(text)).count();
    assert_eq!((ends(" A"), ends(" B"), ends(" C"), ends(" PII")), (1, 1, 1, 1), "{before:?}");
    let spare = "object.definitions.Spare.object.x";
    assert!(before.contains(&format!("{spare} sr_field PII")), "{before:?}");

    let body = json!({"tagsToAdd": [tag(spare, "sr_field", &["MORE"])]});
    registry.post("/subjects/s/versions/1/tags", &body).await.ok();
    let after = told(&registry, "s", "2").await;
    assert!(after.contains(&format!("{spare} sr_field PII,MORE")), "{after:?}");
    assert_eq!(after.len(), before.len());
}

async fn a_registration_brings_tags_along(registry: TestRegistry) {
    const PATH: &str = "/subjects/s/versions";
    let schema = |fields: &[&str]| {
        let fields: Vec<_> = fields.iter().map(|name| json!({"name": name, "type": "string", "default": ""})).collect();
        json!({"type": "record", "name": "R", "fields": fields}).to_string()
    };
    let edits = json!({
        "schema": schema(&["a", "b"]),
        "version": 0,
        "schemaTagsToAdd": [tag("R.a", "sr_field", &["PII"]), tag("R.b", "sr_field", &["B"])],
        "schemaTagsToRemove": [tag("R", "sr_record", &["NONE"])],
    });
    let answer = registry.post(PATH, &edits).await.ok();
    assert_eq!((&answer["version"], answer.get("metadata")), (&json!(1), None));
    assert_eq!(told(&registry, "s", "1").await, ["R.a sr_field PII", "R.b sr_field B"]);

    // Without the request the tags are gone, with it they come from the latest version.
    let propagated = json!({"schema": schema(&["a", "c"]), "propagateSchemaTags": true});
    registry.post(PATH, &propagated).await.ok();
    assert_eq!(told(&registry, "s", "2").await, ["R.a sr_field PII"]);
    let again = registry.post(PATH, &propagated).await.ok();
    assert_eq!(again["version"], 2, "what comes out is there already");
    registry.post(PATH, &json!({"schema": schema(&["a", "c"])})).await.ok();
    assert_eq!(told(&registry, "s", "3").await, [""; 0]);
    // Without a version in the request it becomes one of its own each time, and says which.
    let edits = json!({"schema": schema(&["a"]), "schemaTagsToAdd": [tag("R.a", "sr_field", &["PII"])]});
    for version in [4, 5] {
        let answer = registry.post(PATH, &edits).await.ok();
        assert_eq!(answer["version"], version);
        assert_eq!(answer["metadata"]["properties"]["confluent:version"], version.to_string());
    }
}

async fn rules_and_metadata_are_edited_too(registry: TestRegistry) {
    const PATH: &str = "/subjects/s/versions";
    let rule = |name: &str| json!({"name": name, "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "expr": "true"});
    let body = json!({"schema": "\"string\"", "metadata": {"properties": {"owner": "shop"}},
        "ruleSet": {"domainRules": [rule("a"), rule("b")]}});
    registry.post(PATH, &body).await.ok();
    let body = json!({"rulesToMerge": {"domainRules": [rule("c")], "encodingRules": [rule("d")]}, "rulesToRemove": ["a", "d"]});
    let answer = registry.post(&format!("{PATH}/1/tags"), &body).await.ok();
    let names: Vec<_> =
        answer["ruleSet"]["domainRules"].as_array().unwrap().iter().map(|rule| rule["name"].clone()).collect();
    assert_eq!((names, answer["ruleSet"].get("encodingRules")), (vec![json!("b"), json!("c")], None));
    assert_eq!(answer["metadata"]["properties"], json!({"owner": "shop", "confluent:version": "2"}));
    let body = json!({"metadata": {"properties": {"owner": "till"}}, "ruleSet": {"domainRules": [rule("e")]}});
    let answer = registry.post(&format!("{PATH}/latest/tags"), &body).await.ok();
    assert_eq!(answer["metadata"]["properties"], json!({"owner": "till", "confluent:version": "3"}));
    assert_eq!(answer["ruleSet"]["domainRules"][0]["name"], "e");
    let answer = registry.post(&format!("{PATH}/3/tags"), &json!({})).await.ok();
    assert_eq!((&answer["version"], &answer["ruleSet"]["domainRules"][0]["name"]), (&json!(4), &json!("e")));
}

async fn what_makes_no_sense_is_refused_and_nothing_is_stored(registry: TestRegistry) {
    const PATH: &str = "/subjects/s/versions";
    registry.register("s", AVRO).await;
    registry.register("gone", AVRO).await;
    registry.delete("/subjects/gone/versions/1").await.ok();
    let edits = |path: &str, kind: &str| json!({"tagsToAdd": [tag(path, kind, &["T"])]});
    let rules = json!({"domainRules": [{"name": "1st", "type": "CEL"}]});
    for (at, body, code) in [
        ("s/versions/1", edits("shop.Order.mail", "sr_field"), 42201),
        ("s/versions/1", edits("shop.Order.email", "sr_record"), 42201),
        ("s/versions/1", edits("shop.Order", "sr_field"), 42201),
        ("s/versions/1", edits("shop.Order", "sr_table"), 42201),
        ("s/versions/1", json!({"tagsToRemove": [{"tags": ["T"]}]}), 42201),
        ("s/versions/1", json!({"tagsToAdd": "T"}), 400),
        ("s/versions/1", json!({"tagsToAdd": [{"schemaEntity": {"entityPath": 1}}]}), 400),
        ("s/versions/1", json!({"newVersion": "2"}), 400),
        ("s/versions/1", json!({"newVersion": 7}), 42201),
        ("s/versions/1", json!({"rulesToMerge": rules}), 42210),
        ("s/versions/1", json!({"ruleSet": {}, "rulesToMerge": {}}), 42210),
        ("s/versions/1", json!({"ruleSet": {}, "rulesToRemove": []}), 42210),
        ("s/versions/2", json!({}), 40402),
        ("s/versions/0", json!({}), 42202),
        ("none/versions/1", json!({}), 40401),
        ("gone/versions/1", json!({}), 40401),
    ] {
        registry.post(&format!("/subjects/{at}/tags"), &body).await.refused(code);
    }
    for (edits, code) in [(json!([tag("x", "sr_field", &["T"])]), 42201), (json!({}), 400)] {
        registry.post(PATH, &json!({"schema": AVRO, "schemaTagsToAdd": edits})).await.refused(code);
    }
    assert_eq!(registry.get(PATH).await.ok(), json!([1]));
    registry.put("/mode/s", &json!({"mode": "READONLY"})).await.ok();
    registry.post(&format!("{PATH}/1/tags"), &json!({})).await.refused(42205);
}

on_both_databases!(
    tags_are_told_by_version_and_by_id,
    a_star_is_every_tag_in_every_language,
    a_version_gets_tags_in_every_language,
    tags_in_definitions_are_found_whether_or_not_anything_refers_to_them,
    a_registration_brings_tags_along,
    rules_and_metadata_are_edited_too,
    what_makes_no_sense_is_refused_and_nothing_is_stored,
);
