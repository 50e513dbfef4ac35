//! Protobuf files: one text for many spellings, the other forms of it, and what needs no reference.

use serde_json::json;
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use super::{protobuf, register};

/// As the Confluent Schema Registry writes it.
const ORDER: &str = "syntax = \"proto3\";\npackage shop;\n\nmessage Order {\n  int64 id = 1;\n  repeated Line lines = 2;\n\n  \
     message Line {\n    string sku = 1;\n  }\n}\n";

/// The same, as somebody else might write it.
const ORDER_SPELT_OTHERWISE: &str = r#"
// What is bought.
syntax = 'proto3' ;
package shop;
message Order { /* the order */ int64 id=0x1; message Line { string sku = 1; } repeated Line lines = 2; };
"#;

/// The same as a `FileDescriptorProto` in base64, made by Google's library for Python.
const ORDER_IN_BASE64: &str = "CgtvcmRlci5wcm90bxIEc2hvcCJZCgVPcmRlchIOCgJpZBgBIAEoA1ICaWQSJgoFbGluZXMYAiADKAsyEC5zaG9wLk9yZGVyLkxpbmVSBWxpbmVzGhgKBExpbmUSEAoDc2t1GAEgASgJUgNza3ViBnByb3RvMw==";

async fn a_file_is_kept_in_its_canonical_text(registry: TestRegistry) {
    let answer = register(&registry, "orders-value", &protobuf(ORDER_SPELT_OTHERWISE)).await.ok();
    assert_eq!(answer["schemaType"], "PROTOBUF");
    assert_eq!(answer["schema"], ORDER);
    assert_eq!((&answer["id"], &answer["version"]), (&json!(1), &json!(1)));
    for path in ["/schemas/ids/1", "/subjects/orders-value/versions/latest"] {
        let shown = registry.get(path).await.ok();
        assert_eq!((&shown["schema"], &shown["schemaType"]), (&json!(ORDER), &json!("PROTOBUF")), "{path}");
    }
    for path in ["/schemas/ids/1/schema", "/subjects/orders-value/versions/1/schema"] {
        assert_eq!(registry.get(path).await.text, ORDER, "the bare text");
    }
    assert_eq!(registry.get("/schemas").await.ok()[0]["schemaType"], "PROTOBUF");
}

async fn spellings_of_one_file_are_one_schema(registry: TestRegistry) {
    for text in [ORDER, ORDER_SPELT_OTHERWISE, ORDER] {
        let answer = register(&registry, "orders-value", &protobuf(text)).await.ok();
        assert_eq!((&answer["id"], &answer["version"], &answer["schema"]), (&json!(1), &json!(1), &json!(ORDER)));
        let found = registry.post("/subjects/orders-value", &protobuf(text)).await.ok();
        assert_eq!((&found["id"], &found["version"]), (&json!(1), &json!(1)));
        let path = "/compatibility/subjects/orders-value/versions";
        assert_eq!(registry.post(path, &protobuf(text)).await.ok()["is_compatible"], true);
    }
    registry.post("/subjects/orders-value", &protobuf("syntax = \"proto3\";")).await.refused(40403);
    assert_eq!(register(&registry, "copies-value", &protobuf(ORDER)).await.ok()["id"], 1);
}

async fn a_descriptor_in_base64_is_taken_for_the_file_it_describes(registry: TestRegistry) {
    let answer = register(&registry, "orders-value", &protobuf(ORDER_IN_BASE64)).await.ok();
    let kept = answer["schema"].as_str().unwrap();
    assert!(kept.starts_with("syntax = \"proto3\";\npackage shop;\n\nmessage Order {\n  int64 id = 1;\n"), "{kept}");
    assert_eq!(register(&registry, "orders-value", &protobuf(ORDER_IN_BASE64)).await.ok()["version"], 1);
    let path = "/subjects/normal-value/versions?normalize=true";
    let from_text = registry.post(path, &protobuf(ORDER)).await.ok();
    let from_base64 = registry.post(path, &protobuf(ORDER_IN_BASE64)).await.ok();
    assert_eq!(from_text["id"], from_base64["id"]);
}

async fn normalizing_sorts_what_has_no_order_and_spells_names_out(registry: TestRegistry) {
    let tidy = "syntax = \"proto3\"; package shop; message A { B b = 1; int32 c = 2; } message B {}";
    let shuffled = "syntax = \"proto3\"; package shop; message A { int32 c = 2; shop.B b = 1; } message B {}";
    let turned = "syntax = \"proto3\"; package shop; message B {} message A { B b = 1; int32 c = 2; }";
    let id = async |subject: &str, text: &str| {
        let path = format!("/subjects/{subject}/versions?normalize=true");
        registry.post(&path, &protobuf(text)).await.ok()["id"].as_i64().unwrap()
    };
    assert_eq!(id("s", tidy).await, id("s", shuffled).await);
    assert_ne!(id("s", tidy).await, id("t", turned).await, "payloads name messages by their place in the file");
    let as_it_is = register(&registry, "u", &protobuf(shuffled)).await.ok();
    assert_ne!(as_it_is["id"], id("s", tidy).await);
    let found = registry.post("/subjects/s?normalize=true", &protobuf(shuffled)).await.ok();
    assert_eq!(found["version"], 1);
    registry.put("/config/v", &json!({"normalize": true})).await.ok();
    assert_eq!(register(&registry, "v", &protobuf(shuffled)).await.ok()["id"], id("s", tidy).await);
}

async fn the_serialized_form_is_the_same_schema_for_programs(registry: TestRegistry) {
    registry.post("/subjects/orders-value/versions?normalize=true", &protobuf(ORDER)).await.ok();
    let text = registry.get("/schemas/ids/1").await.ok()["schema"].clone();
    for path in ["/schemas/ids/1", "/subjects/orders-value/versions/1"] {
        let serialized = registry.get(&format!("{path}?format=serialized")).await.ok()["schema"].clone();
        let serialized = serialized.as_str().unwrap();
        let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
        assert!(!serialized.is_empty() && serialized.chars().all(is_base64), "{serialized}");
        assert_eq!(registry.get(&format!("{path}/schema?format=serialized")).await.text, serialized);
        let found = registry.post("/subjects/orders-value?normalize=true", &protobuf(serialized)).await.ok();
        assert_eq!((&found["version"], &found["schema"]), (&json!(1), &text), "{path}");
    }
    assert_eq!(registry.get("/schemas/ids/1?format=poetry").await.ok()["schema"], text);
}

async fn extensions_can_be_left_out(registry: TestRegistry) {
    let text = "syntax = \"proto3\"; import \"google/protobuf/descriptor.proto\"; \
                extend google.protobuf.FieldOptions { string unit = 50001; } \
                message M { double weight = 1 [(unit) = \"kg\", deprecated = true]; }";
    register(&registry, "s", &protobuf(text)).await.ok();
    let whole = registry.get("/schemas/ids/1").await.ok()["schema"].as_str().unwrap().to_owned();
    assert!(whole.contains("extend ") && whole.contains("(unit) = \"kg\""), "{whole}");
    let rest = registry.get("/schemas/ids/1?format=ignore_extensions").await.ok();
    let rest = rest["schema"].as_str().unwrap();
    assert!(rest.contains("double weight = 1") && rest.contains("deprecated = true"), "{rest}");
    assert!(!rest.contains("extend ") && !rest.contains("unit"), "{rest}");
}

async fn files_that_everybody_has_need_no_reference(registry: TestRegistry) {
    let text = r#"
syntax = "proto3";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "google/protobuf/any.proto";
import "google/protobuf/struct.proto";
import "google/type/money.proto";
import "google/type/date.proto";
import "confluent/meta.proto";
import "confluent/type/decimal.proto";
message Payment {
  option (confluent.message_meta).doc = "money that moves";
  google.protobuf.Timestamp at = 1;
  google.protobuf.StringValue note = 2;
  google.protobuf.Any anything = 3;
  google.protobuf.Struct details = 4;
  google.type.Money amount = 5;
  google.type.Date due = 6;
  confluent.type.Decimal rate = 7;
  string iban = 8 [(confluent.field_meta) = {tags: ["PII"]}];
}
"#;
    let answer = register(&registry, "payments-value", &protobuf(text)).await.ok();
    let kept = answer["schema"].as_str().unwrap();
    assert!(kept.contains("import \"google/type/money.proto\";") && kept.contains("PII"), "{kept}");
    assert!(answer.get("references").is_none());
    let again = register(&registry, "payments-value", &protobuf(kept)).await.ok();
    assert_eq!(again["id"], answer["id"], "the canonical text is its own canonical text");
    let normal = registry.post("/subjects/payments-value/versions?normalize=true", &protobuf(text)).await.ok();
    let normal_again = json!({"schemaType": "PROTOBUF", "schema": normal["schema"]});
    let normal_again = registry.post("/subjects/payments-value/versions?normalize=true", &normal_again).await.ok();
    assert_eq!(normal_again["id"], normal["id"]);
}

async fn both_syntaxes_and_all_that_they_know_are_taken(registry: TestRegistry) {
    let two = r#"
syntax = "proto2";
package shop;
message Order {
  reserved 8, 10 to 12, 100 to max;
  reserved "old";
  required int64 id = 1;
  optional string note = 2 [default = "none\n", deprecated = true];
  repeated sint32 steps = 3 [packed = true];
  optional group Address = 4 { optional string city = 1; }
  map<string, State> states = 5;
  oneof payment { string iban = 6; bytes token = 7; }
  extensions 20 to 30;
  enum State { option allow_alias = true; NEW = 0; FRESH = 0; PAID = -1; }
}
extend Order { optional string extra = 20; }
service Shop { rpc Buy (Order) returns (stream Order); }
"#;
    let bare = "message Bare { optional int32 a = 1; }";
    let edition = "edition = \"2023\"; message Modern { int32 a = 1; }";
    for (subject, text) in [("two", two), ("bare", bare), ("empty", "syntax = \"proto3\";")] {
        let answer = register(&registry, subject, &protobuf(text)).await.ok();
        let again = json!({"schemaType": "PROTOBUF", "schema": answer["schema"]});
        assert_eq!(register(&registry, subject, &again).await.ok()["version"], 1, "{}", answer["schema"]);
    }
    // Editions are taken or refused with a reason, as far as the parser goes.
    let answer = register(&registry, "modern", &protobuf(edition)).await;
    if answer.status != 200 {
        assert!(answer.refused(42201).contains("line 1"));
    }
}

on_both_databases!(
    a_file_is_kept_in_its_canonical_text,
    spellings_of_one_file_are_one_schema,
    a_descriptor_in_base64_is_taken_for_the_file_it_describes,
    normalizing_sorts_what_has_no_order_and_spells_names_out,
    the_serialized_form_is_the_same_schema_for_programs,
    extensions_can_be_left_out,
    files_that_everybody_has_need_no_reference,
    both_syntaxes_and_all_that_they_know_are_taken,
);
