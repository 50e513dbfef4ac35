//! Do record batches of any shape stay within bounds? The checksum is put right, so that the fuzzer gets past it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate_proxy::workbench::walk;

fuzz_target!(|input: Vec<u8>| {
    let mut batch = input;
    if batch.len() < 61 {
        return;
    }
    let length = u32::try_from(batch.len() - 12).unwrap_or(0).to_be_bytes();
    batch[8..12].copy_from_slice(&length);
    batch[16] = 2;
    let crc = crc32c::crc32c(&batch[21..]).to_be_bytes();
    batch[17..21].copy_from_slice(&crc);
    walk(&batch);
});
