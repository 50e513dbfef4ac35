//! How much memory does a compiled schema take? 100,000 small ones must fit in 1 GiB, whatever language they are in.

use allocation_counter::measure;
use tidegate_compat::{SchemaKind, Strictness, Validator, parse};

const SCHEMAS: usize = 500;
/// 1 GiB over 100,000.
const MOST: i64 = (1 << 30) / 100_000;

fn text(kind: SchemaKind, number: usize) -> String {
    match kind {
        SchemaKind::Avro => format!(
            r#"{{"type":"record","name":"Event{number}","fields":[
                {{"name":"id","type":"long"}},{{"name":"kind","type":{{"type":"enum","name":"Kind{number}","symbols":["A","B","C"]}}}},
                {{"name":"note","type":["null","string"],"default":null}},{{"name":"lines","type":{{"type":"array","items":"double"}}}},
                {{"name":"tags","type":{{"type":"map","values":"string"}}}}]}}"#
        ),
        SchemaKind::Protobuf => format!(
            "syntax = \"proto3\"; message Event{number} {{ int64 id = 1; Kind kind = 2; optional string note = 3; \
             repeated double lines = 4; map<string, string> tags = 5; enum Kind {{ A = 0; B = 1; C = 2; }} }}"
        ),
        SchemaKind::Json => format!(
            r#"{{"title":"Event{number}","type":"object","properties":{{"id":{{"type":"integer"}},"kind":{{"enum":["A","B","C"]}},
                "note":{{"type":["null","string"]}},"lines":{{"type":"array","items":{{"type":"number"}}}},
                "email":{{"type":"string","format":"email","pattern":"^[^@]+@shop{number}[.]com$"}},
                "tags":{{"type":"object","additionalProperties":{{"type":"string"}}}}}},"required":["id"],
                "additionalProperties":false}}"#
        ),
    }
}

#[test]
fn a_hundred_thousand_small_schemas_fit_in_a_gibibyte() {
    for kind in [SchemaKind::Avro, SchemaKind::Protobuf, SchemaKind::Json] {
        let compile = |number| {
            let text = text(kind, number);
            parse(kind, &text, &[], Strictness::Strict).unwrap_or_else(|bad| panic!("{bad}: {text}")).validator()
        };
        // What is made once for all, such as the descriptors of Protobuf itself, is not counted.
        drop(compile(SCHEMAS));
        let mut kept: Vec<Validator> = Vec::with_capacity(SCHEMAS);
        let used = measure(|| kept.extend((0..SCHEMAS).map(compile)));
        let each = used.bytes_current / i64::try_from(kept.len()).expect("a small number");
        println!("{kind}: {each} bytes each");
        assert!(each > 0 && each < MOST, "{kind}: {each} bytes each, {MOST} are the most");
    }
}
