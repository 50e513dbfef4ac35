//! What does a Produce request look like on the wire? Version 9, one batch for one partition.

use std::io::Write;

/// The version of Produce that sender and sink speak: the first with compact encoding.
pub const PRODUCE_VERSION: i16 = 9;

/// Codec of a record batch, as in its attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    None = 0,
    Lz4 = 3,
    Zstd = 4,
}

impl Codec {
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }

    fn compress(self, plain: Vec<u8>) -> Vec<u8> {
        match self {
            Self::None => plain,
            Self::Lz4 => {
                let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
                encoder.write_all(&plain).expect("memory takes it");
                encoder.finish().expect("memory takes it")
            }
            Self::Zstd => zstd::bulk::compress(&plain, 3).expect("memory takes it"),
        }
    }
}

/// A request ready to be sent; its correlation id is zero until [`Frame::number`].
#[derive(Debug, Clone)]
pub struct Frame {
    pub bytes: Vec<u8>,
    pub records: u64,
    /// Bytes of the records before compression.
    pub plain: u64,
}

impl Frame {
    /// Gives the request its correlation id.
    pub fn number(&mut self, correlation: i32) {
        self.bytes[8..12].copy_from_slice(&correlation.to_be_bytes());
    }
}

/// Frames of about `plain_size` bytes of records each, that together go through all the values.
pub fn frames(topic: &str, partition: i32, values: &[Vec<u8>], codec: Codec, plain_size: usize) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut batch = Vec::new();
    let mut count = 0;
    // Small values would fill only few frames; several rounds make them differ in where they begin.
    for value in values.iter().cycle().take(values.len() * rounds(values, plain_size)) {
        record(&mut batch, count, value);
        count += 1;
        if batch.len() >= plain_size {
            frames.push(frame(topic, partition, std::mem::take(&mut batch), count, codec));
            count = 0;
        }
    }
    frames
}

/// A request with one record that carries one header.
pub fn with_header(topic: &str, value: &[u8], header: (&str, &str)) -> Frame {
    let mut records = Vec::new();
    record_with(&mut records, 0, value, &[header]);
    frame(topic, 0, records, 1, Codec::None)
}

/// So many that there are at least 16 frames.
fn rounds(values: &[Vec<u8>], plain_size: usize) -> usize {
    let bytes: usize = values.iter().map(Vec::len).sum();
    (16 * plain_size).div_ceil(bytes.max(1)) + 1
}

fn frame(topic: &str, partition: i32, records: Vec<u8>, count: i32, codec: Codec) -> Frame {
    let plain = records.len() as u64;
    let batch = batch(&codec.compress(records), count, codec);
    let mut bytes = vec![0; 4];
    bytes.extend(0i16.to_be_bytes()); // Produce
    bytes.extend(PRODUCE_VERSION.to_be_bytes());
    bytes.extend(0i32.to_be_bytes()); // Correlation id.
    bytes.extend(5i16.to_be_bytes());
    bytes.extend_from_slice(b"bench"); // Client id.
    bytes.push(0); // No tags in the header.
    bytes.push(0); // No transactional id.
    bytes.extend((-1i16).to_be_bytes()); // acks=all
    bytes.extend(30_000i32.to_be_bytes()); // Milliseconds.
    bytes.push(2); // One topic.
    unsigned(&mut bytes, topic.len() as u64 + 1);
    bytes.extend_from_slice(topic.as_bytes());
    bytes.push(2); // One partition.
    bytes.extend(partition.to_be_bytes());
    unsigned(&mut bytes, batch.len() as u64 + 1);
    bytes.extend(batch);
    bytes.extend([0, 0, 0]); // No tags: partition, topic, request.
    let length = (bytes.len() - 4) as u32;
    bytes[..4].copy_from_slice(&length.to_be_bytes());
    Frame { bytes, records: count as u64, plain }
}

fn batch(records: &[u8], count: i32, codec: Codec) -> Vec<u8> {
    const HEAD: usize = 12; // Base offset and length.
    let mut bytes = vec![0; 8];
    bytes.extend((49 + records.len() as i32).to_be_bytes());
    bytes.extend((-1i32).to_be_bytes()); // Leader epoch.
    bytes.push(2); // Magic.
    bytes.extend([0; 4]); // CRC.
    bytes.extend((codec as i16).to_be_bytes());
    bytes.extend((count - 1).to_be_bytes()); // Last offset delta.
    bytes.extend(1_700_000_000_000i64.to_be_bytes());
    bytes.extend(1_700_000_000_000i64.to_be_bytes());
    bytes.extend((-1i64).to_be_bytes()); // No producer id,
    bytes.extend((-1i16).to_be_bytes()); // no epoch
    bytes.extend((-1i32).to_be_bytes()); // and no sequence.
    bytes.extend(count.to_be_bytes());
    bytes.extend_from_slice(records);
    let crc = crc32c::crc32c(&bytes[HEAD + 9..]);
    bytes[HEAD + 5..HEAD + 9].copy_from_slice(&crc.to_be_bytes());
    bytes
}

fn record(batch: &mut Vec<u8>, offset: i32, value: &[u8]) {
    record_with(batch, offset, value, &[]);
}

fn record_with(batch: &mut Vec<u8>, offset: i32, value: &[u8], headers: &[(&str, &str)]) {
    let mut body = vec![0, 0]; // No attributes, no time difference.
    signed(&mut body, offset.into());
    signed(&mut body, -1); // No key.
    signed(&mut body, value.len() as i64);
    body.extend_from_slice(value);
    signed(&mut body, headers.len() as i64);
    for text in headers.iter().flat_map(|(key, value)| [key, value]) {
        signed(&mut body, text.len() as i64);
        body.extend_from_slice(text.as_bytes());
    }
    signed(batch, body.len() as i64);
    batch.extend(body);
}

fn signed(out: &mut Vec<u8>, value: i64) {
    unsigned(out, ((value << 1) ^ (value >> 63)) as u64);
}

fn unsigned(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use kafka_protocol::messages::{ProduceRequest, RequestHeader};
    use kafka_protocol::protocol::Decodable;
    use kafka_protocol::records::RecordBatchDecoder;

    use super::*;

    #[test]
    fn frames_are_what_another_implementation_reads() {
        let values: Vec<_> = (0..300).map(|number: u32| number.to_string().repeat(40).into_bytes()).collect();
        for codec in [Codec::None, Codec::Lz4, Codec::Zstd] {
            let frames = frames("orders", 3, &values, codec, 8_000);
            assert!(frames.len() >= 16);
            for frame in frames {
                let mut bytes = Bytes::from(frame.bytes);
                assert_eq!(u32::from_be_bytes(bytes.split_to(4)[..].try_into().unwrap()) as usize, bytes.len());
                let header = RequestHeader::decode(&mut bytes, 2).unwrap();
                assert_eq!((header.request_api_key, header.client_id.unwrap().as_str()), (0, "bench"));
                let request = ProduceRequest::decode(&mut bytes, PRODUCE_VERSION).unwrap();
                assert!(bytes.is_empty());
                let partition = &request.topic_data[0].partition_data[0];
                assert_eq!((request.topic_data[0].name.as_str(), partition.index), ("orders", 3));
                let mut records = partition.records.clone().unwrap();
                if codec == Codec::None {
                    let decoded = RecordBatchDecoder::decode(&mut records).unwrap();
                    assert_eq!(decoded.records.len() as u64, frame.records);
                    assert!(
                        decoded.records.iter().all(|record| values.contains(&record.value.clone().unwrap().to_vec()))
                    );
                }
            }
        }
    }
}
