//! Texts that are no schemas: refused with the reason, the line and the column, and nothing else happens.

use serde_json::json;
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use super::{avro, json_schema, protobuf, register, schema};

/// Kind, text, the place of the trouble, and a word that the message has.
const BAD: [(&str, &str, &str, &str); 21] = [
    ("AVRO", "{\n  \"type\": \"record\",\n  \"name\": \"A\"\n}", "line 1, column 1", "fields"),
    ("AVRO", "{\n  \"type\": \"record\",,\n}", "line 2, column ", ""),
    ("AVRO", "{\"type\": \"array\",\n \"items\": \"shop.Missing\"}", "line 2, column 11", "shop.Missing"),
    ("AVRO", "not json", "line 1, column ", ""),
    ("PROTOBUF", "syntax = \"proto3\";\nmessage Order {\n  int64 id = ;\n}", "line 3, column 14", ""),
    ("PROTOBUF", "syntax = \"proto3\";\nmessage Order {\n  int64 id = 1;\n", "line ", ""),
    ("PROTOBUF", "syntax = \"proto3\";\nmessage Order {\n  Lime id = 1;\n}", "line 3, column 3", "Lime"),
    ("PROTOBUF", "syntax = \"proto3\";\nmessage A {\n  int32 a = 1;\n  int32 b = 1;\n}", "line 4, column ", "1"),
    ("PROTOBUF", "syntax = \"proto3\";\nmessage A {\n  int32 a = 1;\n  int32 a = 2;\n}", "line 4, column ", "a"),
    ("PROTOBUF", "syntax = \"proto3\";\nmessage A {}\nmessage A {}", "line 3, column ", "A"),
    ("PROTOBUF", "syntax = \"proto3\";\nimport \"missing.proto\";", "line 2, column ", "missing.proto"),
    ("PROTOBUF", "syntax = \"proto3\";\nmessage A { required int32 a = 1; }", "line 2, column ", "required"),
    ("PROTOBUF", "syntax = \"proto3\";\nmessage A { int32 a = 0; }", "line 2, column ", ""),
    ("PROTOBUF", "syntax = \"proto9\";", "line 1, column ", "proto9"),
    ("PROTOBUF", "{\"type\": \"object\"}", "line 1, column 1", ""),
    ("JSON", "{\n  \"type\": \"object\",\n  \"properties\": {]\n}", "line 3, column 18", ""),
    ("JSON", "{\n  \"type\": \"objekt\"\n}", "line 2, column ", "objekt"),
    ("JSON", "{\n  \"properties\": {\"a\": {\"minLength\": \"5\"}}\n}", "line 2, column ", "minLength"),
    ("JSON", "{\n  \"$ref\": \"#/definitions/nothing\"\n}", "line 2, column ", "nothing"),
    ("JSON", "{\n  \"properties\": {\"a\": {\"pattern\": \"(\"}}\n}", "line 2, column ", "pattern"),
    ("JSON", "syntax = \"proto3\";", "line 1, column 1", ""),
];

async fn what_is_no_schema_is_refused_with_line_and_column(registry: TestRegistry) {
    let mut vague = Vec::new();
    for (kind, text, place, word) in BAD {
        let answer = register(&registry, "s", &schema(kind, text)).await;
        let told = answer.text.clone();
        let is_clear = answer.body["error_code"] == 42201 && told.contains(place) && told.contains(word);
        if !is_clear {
            vague.push(format!("{kind} {text:?}\n  {told}\n  has no {place:?} or no {word:?}"));
        }
    }
    assert!(vague.is_empty(), "{}", vague.join("\n"));
    registry.get("/subjects/s/versions").await.refused(40401);
}

async fn every_way_to_send_a_bad_text_gives_the_same_reason(registry: TestRegistry) {
    register(&registry, "s", &protobuf("syntax = \"proto3\"; message A {}")).await.ok();
    for (kind, text) in [("AVRO", "{\"type\": 5}"), ("PROTOBUF", "message {"), ("JSON", "{\"type\": 5}")] {
        let bad = schema(kind, text);
        let told = register(&registry, "s", &bad).await.refused(42201);
        for path in [
            "/subjects/s",
            "/subjects/s/versions?normalize=true",
            "/compatibility/subjects/s/versions",
            "/compatibility/subjects/s/versions/latest",
            "/compatibility/subjects/new/versions",
        ] {
            assert_eq!(registry.post(path, &bad).await.refused(42201), told, "{path}");
        }
        let verbose = registry.post("/compatibility/subjects/s/versions?verbose=true", &bad).await.ok();
        assert_eq!(verbose["is_compatible"], false);
        assert_eq!(verbose["messages"].as_array().unwrap().len(), 1, "{verbose}");
        assert!(verbose["messages"][0].as_str().unwrap().contains("line 1"), "{verbose}");
    }
}

async fn no_kind_means_avro_and_an_unknown_one_is_refused(registry: TestRegistry) {
    assert_eq!(registry.get("/schemas/types").await.ok(), json!(["JSON", "PROTOBUF", "AVRO"]));
    assert_eq!(registry.post("/subjects/s/versions", &json!({"schema": "\"int\""})).await.ok()["schemaType"], "AVRO");
    for kind in ["", "XML", "PROTO", "JSONSCHEMA"] {
        let told = register(&registry, "s", &schema(kind, "\"int\"")).await.refused(42201);
        assert!(told.contains(kind), "{told}");
    }
}

async fn garbage_in_any_language_is_refused(registry: TestRegistry) {
    let garbage =
        ["\u{0}", "\u{feff}", "\u{1F980}", "\\", "\"", "{", "}", "/*", "//", "'", "0", "-", "=;=;=;", "AAAA", "////"];
    for text in garbage {
        for request in [avro(text), protobuf(text), json_schema(text)] {
            let answer = register(&registry, "s", &request).await;
            // A file of Protobuf may be nothing but a comment or a mark of its encoding.
            let is_empty_file = request["schemaType"] == "PROTOBUF" && answer.status == 200;
            if !is_empty_file {
                answer.refused(42201);
            }
        }
    }
}

/// Texts that use much of each language, to be damaged.
const GOOD: [(&str, &str); 3] = [
    (
        "AVRO",
        r#"{"type": "record", "name": "Order", "namespace": "shop", "doc": "d", "fields": [
  {"name": "id", "type": {"type": "long", "logicalType": "timestamp-millis"}},
  {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["NEW", "PAID"], "default": "NEW"}},
  {"name": "key", "type": {"type": "fixed", "name": "Key", "size": 16}, "aliases": ["k"]},
  {"name": "lines", "type": {"type": "array", "items": ["null", "State", {"type": "map", "values": "Key"}]}, "default": []}
]}"#,
    ),
    (
        "PROTOBUF",
        r#"syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
option java_package = "com.shop";
message Order {
  reserved 8, 10 to 12;
  int64 id = 1 [deprecated = true];
  map<string, Line> lines = 2;
  oneof way { string iban = 3; bytes token = 4; }
  google.protobuf.Timestamp at = 5; // when
  message Line { optional double price = 1; State state = 2; }
}
enum State { NEW = 0; PAID = 1; }
service Shop { rpc Buy (Order) returns (stream Order); }
"#,
    ),
    (
        "JSON",
        r##"{"$schema": "http://json-schema.org/draft-07/schema#", "title": "Order", "type": "object",
  "properties": {
    "id": {"type": "integer", "minimum": 0, "exclusiveMaximum": 1e6},
    "mail": {"type": ["string", "null"], "pattern": "^[^@]+@[^@]+$", "maxLength": 99},
    "lines": {"type": "array", "items": [{"$ref": "#/definitions/line"}], "additionalItems": false},
    "way": {"oneOf": [{"const": "card"}, {"enum": ["cash", 5]}], "default": "card"}
  },
  "patternProperties": {"^x-": true}, "required": ["id"], "additionalProperties": {"not": {"type": "array"}},
  "dependencies": {"mail": ["id"]},
  "definitions": {"line": {"allOf": [{"if": {"required": ["a"]}, "then": {"minProperties": 2}}]}}
}"##,
    ),
];

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

/// Changes a place or two: something is left out, said twice, or stands elsewhere.
fn damaged(text: &str, dice: &mut Dice) -> String {
    let mut parts: Vec<char> = text.chars().collect();
    for _ in 0..=dice.below(2) {
        let at = dice.below(parts.len());
        let end = (at + 1 + dice.below(8)).min(parts.len());
        match dice.below(4) {
            0 => drop(parts.drain(at..end)),
            1 => parts[at] = ['{', '}', '[', ']', '"', ',', ':', ';', '=', '0', '-', 'a', '\\', 'é'][dice.below(14)],
            _ => {
                let piece: Vec<char> = parts[at..end].to_vec();
                let to = dice.below(parts.len());
                parts.splice(to..to, piece);
            }
        }
    }
    parts.into_iter().collect()
}

async fn any_text_is_a_schema_or_is_refused_with_its_place(registry: TestRegistry) {
    let mut dice = Dice(0x5eed);
    for (kind, good) in GOOD {
        registry.post("/subjects/s", &schema(kind, good)).await.refused(40401);
        let mut refused = 0;
        for _ in 0..700 {
            let text = damaged(good, &mut dice);
            let answer = registry.post("/subjects/s", &schema(kind, &text)).await;
            if answer.body["error_code"] == 40401 {
                continue;
            }
            let told = answer.refused(42201);
            refused += 1;
            let (line, column) = place(&told).unwrap_or_else(|| panic!("{told}\n{text}"));
            let lines: Vec<_> = text.split('\n').collect();
            let is_there =
                (1..=lines.len()).contains(&line) && (1..=lines[line - 1].chars().count() + 1).contains(&column);
            assert!(is_there, "there is no line {line} with a column {column}\n{told}\n{text}");
        }
        assert!(refused > 300, "{kind}: {refused}");
    }
}

/// What stands in `(line 1, column 2)`.
fn place(told: &str) -> Option<(usize, usize)> {
    let (line, rest) = told.rsplit_once("(line ")?.1.split_once(", column ")?;
    Some((line.parse().ok()?, rest.split_once(')')?.0.parse().ok()?))
}

on_both_databases!(
    what_is_no_schema_is_refused_with_line_and_column,
    every_way_to_send_a_bad_text_gives_the_same_reason,
    no_kind_means_avro_and_an_unknown_one_is_refused,
    any_text_is_a_schema_or_is_refused_with_its_place,
    garbage_in_any_language_is_refused,
);
