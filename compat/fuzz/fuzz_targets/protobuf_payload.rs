//! Can a payload break the Protobuf validator? The input is a schema, a zero byte, and a payload for it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate_compat::{Outcome, SchemaKind, Strictness, parse};

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let (Some(schema), Some(payload)) = (parts.next(), parts.next()) else { return };
    let Ok(text) = std::str::from_utf8(schema) else { return };
    let Ok(schema) = parse(SchemaKind::Protobuf, text, &[], Strictness::Lenient) else { return };
    let validator = schema.validator();
    let flaws = validator.flaws(payload, 10);
    assert!(flaws.len() <= 10 && flaws.iter().all(|flaw| flaw.offset <= payload.len()));
    assert_eq!(validator.validate(payload) == Outcome::Valid, flaws.is_empty());
    for path in ["a", "a[]", "a{}", "a.b", "a[].b", "a{}.b"] {
        if let Some(slot) = validator.slot(path) {
            let _ = slot.each(payload, &mut |_| {});
        }
    }
});
