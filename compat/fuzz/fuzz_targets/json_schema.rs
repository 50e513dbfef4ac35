//! Can a text break the parser of JSON Schema, or anything that is done with what it takes? A second text, behind a line
//! of its own that says so, is a document that the first may refer to.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate_compat::{Policy, Resolved, SchemaKind, Strictness, parse};

fuzz_target!(|text: &str| {
    let (text, other) = text.split_once("\n---\n").unwrap_or((text, "true"));
    let references = [Resolved { name: "other.json".into(), kind: SchemaKind::Json, text: other.into() }];
    let Ok(schema) = parse(SchemaKind::Json, text, &references, Strictness::Lenient) else { return };
    let identity = schema.identity();
    let again =
        parse(SchemaKind::Json, &identity, &references, Strictness::Lenient).expect("canonical text is a schema");
    assert_eq!(again.identity(), identity);
    assert!(schema.is_equivalent(&again));
    let normalized = schema.normalized();
    let sorted =
        parse(SchemaKind::Json, &normalized, &references, Strictness::Lenient).expect("normalized text is a schema");
    assert_eq!(sorted.normalized(), normalized);
    assert_eq!(schema.outline().elements.len(), again.outline().elements.len());
    let _ = (schema.record_names(), schema.reads(&sorted, Policy::Strict), sorted.reads(&schema, Policy::Lenient));
    let _ = schema.validator().validate(text);
});
