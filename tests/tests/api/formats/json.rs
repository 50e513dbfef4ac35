//! JSON Schemas: one text for many spellings, every draft, and whatever may stand at the root.

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use super::{json_schema, register};

const ORDER: &str = r#"{"type":"object","title":"Order","properties":{"id":{"type":"integer"},"amount":{"multipleOf":0.10,"type":"number"}},"additionalProperties":false}"#;

const ORDER_SPELT_OTHERWISE: &str = r#"
{
    "type": "object",
    "\u0074itle": "Order",
    "properties": {
        "id": { "type": "integer" },
        "amount": { "multipleOf": 0.10, "type": "number" }
    },
    "additionalProperties": false
}
"#;

async fn a_schema_is_kept_compact_in_its_own_order(registry: TestRegistry) {
    let answer = register(&registry, "orders-value", &json_schema(ORDER_SPELT_OTHERWISE)).await.ok();
    assert_eq!((&answer["schemaType"], &answer["schema"]), (&json!("JSON"), &json!(ORDER)));
    assert_eq!((&answer["id"], &answer["version"]), (&json!(1), &json!(1)));
    for path in ["/schemas/ids/1", "/subjects/orders-value/versions/latest"] {
        let shown = registry.get(path).await.ok();
        assert_eq!((&shown["schema"], &shown["schemaType"]), (&json!(ORDER), &json!("JSON")), "{path}");
        assert_eq!(registry.get(&format!("{path}/schema")).await.text, ORDER, "the bare text");
    }
}

async fn spellings_of_one_schema_are_one(registry: TestRegistry) {
    for text in [ORDER, ORDER_SPELT_OTHERWISE, ORDER] {
        let answer = register(&registry, "orders-value", &json_schema(text)).await.ok();
        assert_eq!((&answer["id"], &answer["version"]), (&json!(1), &json!(1)));
        let found = registry.post("/subjects/orders-value", &json_schema(text)).await.ok();
        assert_eq!((&found["version"], &found["schema"]), (&json!(1), &json!(ORDER)));
        let path = "/compatibility/subjects/orders-value/versions/1";
        assert_eq!(registry.post(path, &json_schema(text)).await.ok()["is_compatible"], true);
    }
    registry.post("/subjects/orders-value", &json_schema("{}")).await.refused(40403);
    assert_eq!(register(&registry, "copies-value", &json_schema(ORDER)).await.ok()["id"], 1);
}

async fn normalizing_sorts_members_and_leaves_arrays_alone(registry: TestRegistry) {
    let one = r#"{"type":"object","properties":{"b":{"enum":[2,1]},"a":{"maximum":1e2,"type":"integer"}}}"#;
    let other = r#"{"properties":{"a":{"type":"integer","maximum":1e2},"b":{"enum":[2,1]}},"type":"object"}"#;
    let turned = r#"{"type":"object","properties":{"a":{"type":"integer","maximum":1e2},"b":{"enum":[1,2]}}}"#;
    let post = async |subject: &str, text: &str| {
        registry.post(&format!("/subjects/{subject}/versions?normalize=true"), &json_schema(text)).await.ok()
    };
    let first = post("s", one).await;
    let text = first["schema"].as_str().unwrap();
    assert!(text.starts_with(r#"{"properties":{"a":{"maximum":"#) && text.contains("[2,1]"), "{text}");
    assert_eq!(post("s", other).await["id"], first["id"]);
    assert_ne!(post("t", turned).await["id"], first["id"]);
    assert_ne!(register(&registry, "u", &json_schema(one)).await.ok()["id"], first["id"]);
    assert_eq!(registry.post("/subjects/s?normalize=true", &json_schema(other)).await.ok()["version"], 1);
}

async fn every_draft_is_read_as_it_says_itself(registry: TestRegistry) {
    let drafts = [
        ("http://json-schema.org/draft-04/schema#", r#""definitions":{"n":{"minimum":0,"exclusiveMinimum":true}}"#),
        ("http://json-schema.org/draft-06/schema#", r#""definitions":{"n":{"exclusiveMinimum":0}}"#),
        ("http://json-schema.org/draft-07/schema#", r#""definitions":{"n":{"if":{"type":"string"},"then":false}}"#),
        ("https://json-schema.org/draft/2019-09/schema", r#""$defs":{"n":{"dependentRequired":{"a":["b"]}}}"#),
        ("https://json-schema.org/draft/2020-12/schema", r#""$defs":{"n":{"prefixItems":[{"type":"string"}]}}"#),
        ("http://example.com/a-draft-of-our-own", r#""definitions":{"n":{"type":"integer"}}"#),
    ];
    for (number, (draft, definitions)) in drafts.into_iter().enumerate() {
        let keyword = if definitions.starts_with("\"$defs") { "$defs" } else { "definitions" };
        let pointer = format!("#/{keyword}/n");
        let text = format!(r#"{{"$schema":"{draft}",{definitions},"properties":{{"a":{{"$ref":"{pointer}"}}}}}}"#);
        let answer = register(&registry, &format!("s{number}"), &json_schema(&text)).await.ok();
        assert_eq!(answer["schema"], text);
    }
}

async fn a_root_may_be_an_object_or_a_boolean_and_nothing_else(registry: TestRegistry) {
    for (number, text) in ["true", "false", "{}", r#"{"type":"string"}"#].into_iter().enumerate() {
        let answer = register(&registry, &format!("s{number}"), &json_schema(text)).await.ok();
        assert_eq!(answer["schema"], text);
    }
    for text in ["5", "\"string\"", "null", "[]", "[{}]"] {
        register(&registry, "s", &json_schema(text)).await.refused(42201);
    }
}

async fn unknown_keywords_and_tags_are_kept(registry: TestRegistry) {
    let text = r#"{"type":"object","properties":{"mail":{"type":"string","confluent:tags":["PII"],"format":"email"}},"x-team":{"name":"shop","since":2019}}"#;
    let kept = register(&registry, "s", &json_schema(text)).await.ok()["schema"].clone();
    let kept: Value = serde_json::from_str(kept.as_str().unwrap()).unwrap();
    assert_eq!(kept, serde_json::from_str::<Value>(text).unwrap());
}

async fn the_forms_of_other_kinds_do_nothing(registry: TestRegistry) {
    register(&registry, "s", &json_schema(ORDER)).await.ok();
    for format in ["serialized", "resolved", "ignore_extensions", "poetry"] {
        assert_eq!(registry.get(&format!("/schemas/ids/1?format={format}")).await.ok()["schema"], ORDER, "{format}");
    }
}

on_both_databases!(
    a_schema_is_kept_compact_in_its_own_order,
    spellings_of_one_schema_are_one,
    normalizing_sorts_members_and_leaves_arrays_alone,
    every_draft_is_read_as_it_says_itself,
    a_root_may_be_an_object_or_a_boolean_and_nothing_else,
    unknown_keywords_and_tags_are_kept,
    the_forms_of_other_kinds_do_nothing,
);
