//! Do requests and answers of any shape survive being looked at?
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate_proxy::workbench::tap;

fuzz_target!(|input: (u8, &[u8])| {
    let (version, bytes) = input;
    tap(bytes, i16::from(version % 19));
});
