//! Can a text break the parser, or anything that is done with what it takes?

#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate_compat::{SchemaKind, Strictness, parse};

fuzz_target!(|text: &str| {
    let Ok(schema) = parse(SchemaKind::Avro, text, &[], Strictness::Lenient) else { return };
    let identity = schema.identity();
    let again = parse(SchemaKind::Avro, &identity, &[], Strictness::Lenient).expect("canonical text is a schema");
    assert_eq!(again.identity(), identity);
    assert!(schema.is_equivalent(&again));
    let _ = (schema.normalized(), schema.rendered("resolved"), schema.record_names());
    let _ = (schema.reads(&again, tidegate_compat::Policy::Strict), schema.validator());
});
