//! Can produce requests of any shape be taken apart and put together again?
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate_proxy::workbench::take_apart;

fuzz_target!(|input: (u8, &[u8])| {
    let (version, request) = input;
    take_apart(request, i16::from(version % 13));
});
