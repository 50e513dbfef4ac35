//! Can a record break the framing?

#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate_compat::SchemaKey;
use tidegate_compat::envelope::{frame, split};

fuzz_target!(|record: &[u8]| {
    if let Ok((SchemaKey::Id(id), payload)) = split(record) {
        assert_eq!(frame(id, payload), record);
    }
});
