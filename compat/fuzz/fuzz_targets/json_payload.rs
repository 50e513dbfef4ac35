//! Can a payload break the validator? The input is a schema, a zero byte, and a payload for it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate_compat::{Outcome, SchemaKind, Strictness, parse};

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let (Some(schema), Some(payload)) = (parts.next(), parts.next()) else { return };
    let Ok(text) = std::str::from_utf8(schema) else { return };
    let Ok(schema) = parse(SchemaKind::Json, text, &[], Strictness::Lenient) else { return };
    let validator = schema.validator();
    let flaws = validator.flaws(payload, 5);
    match validator.validate(payload) {
        Outcome::Valid => assert!(flaws.is_empty() && std::str::from_utf8(payload).is_ok()),
        Outcome::Invalid(flaw) => assert!(flaw.offset <= payload.len() && !flaws.is_empty()),
    }
    if let Some(slot) = validator.slot("a.b[].c{}") {
        let _ = slot.each(payload, &mut |_| {});
    }
});
