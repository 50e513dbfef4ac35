//! Tags that stand in the text of a schema, shown where they are asked for.

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

on_both_databases!(tags_are_told_by_version_and_by_id, a_star_is_every_tag_in_every_language);
