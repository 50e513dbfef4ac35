//! Can a payload break the validator? The input is a schema, a zero byte, and a payload for it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate_compat::{Outcome, SchemaKind, Strictness, parse};

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let (Some(schema), Some(payload)) = (parts.next(), parts.next()) else { return };
    let Ok(text) = std::str::from_utf8(schema) else { return };
    let Ok(schema) = parse(SchemaKind::Avro, text, &[], Strictness::Lenient) else { return };
    if let Outcome::Invalid(flaw) = schema.validator().validate(payload) {
        assert!(flaw.offset <= payload.len());
    }
});
