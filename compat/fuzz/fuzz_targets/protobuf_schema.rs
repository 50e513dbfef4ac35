//! Can a text break the Protobuf parser, or anything that is done with what it takes?

#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate_compat::{Policy, SchemaKind, Strictness, parse};

fuzz_target!(|text: &str| {
    let read = |text: &str| parse(SchemaKind::Protobuf, text, &[], Strictness::Lenient);
    let Ok(schema) = read(text) else { return };
    let identity = schema.identity();
    let again = read(&identity).expect("canonical text is a schema");
    assert_eq!(again.identity(), identity);
    assert!(schema.is_equivalent(&again));
    let normalized = schema.normalized();
    let again = read(&normalized).expect("normalized text is a schema");
    assert_eq!(again.normalized(), normalized);
    for form in ["serialized", "ignore_extensions"] {
        assert!(schema.rendered(form).is_some());
    }
    let _ = (schema.record_names(), schema.outline(), schema.reads(&again, Policy::default()), schema.validator());
});
