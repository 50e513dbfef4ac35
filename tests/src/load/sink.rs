//! Who takes the records in a bench? A broker that acknowledges everything and stores nothing.

use std::io::{self, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{
    ApiKey, ApiVersionsResponse, BrokerId, InitProducerIdResponse, MetadataRequest, MetadataResponse, RequestHeader,
    ResponseHeader,
};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};

use super::frames::PRODUCE_VERSION;

/// What it speaks: the newest versions that sender, proxies and clients need.
const SPOKEN: &[(ApiKey, i16, i16)] = &[
    (ApiKey::Produce, PRODUCE_VERSION, PRODUCE_VERSION),
    (ApiKey::Metadata, 0, 12),
    (ApiKey::ApiVersions, 0, 3),
    (ApiKey::InitProducerId, 0, 4),
];

const PARTITIONS: i32 = 4;
const MAX_REQUEST: usize = 64 << 20;

/// A running sink. It lives as long as the process.
#[derive(Debug)]
pub struct Sink {
    pub address: SocketAddr,
    /// Produce requests acknowledged.
    requests: Arc<AtomicU64>,
}

impl Sink {
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let requests = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let count = Arc::clone(&count);
                // A connection that breaks or asks what we don't speak is closed; its other end notices.
                thread::spawn(move || serve(stream, address, &count));
            }
        });
        Ok(Self { address, requests })
    }

    /// Produce requests acknowledged so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }
}

fn serve(stream: TcpStream, address: SocketAddr, count: &AtomicU64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut output = stream.try_clone()?;
    let mut input = BufReader::with_capacity(256 << 10, stream);
    let mut request = Vec::new();
    loop {
        read_frame(&mut input, &mut request)?;
        let answer = match request.get(..4) {
            Some([0, 0, _, _]) => {
                let answer = acknowledge(&request).ok_or(io::ErrorKind::InvalidData)?;
                count.fetch_add(1, Ordering::SeqCst);
                answer
            }
            _ => control(&request, address).ok_or(io::ErrorKind::InvalidData)?,
        };
        output.write_all(&answer)?;
    }
}

/// Reads one frame without its length into `frame`.
pub(super) fn read_frame(input: &mut impl Read, frame: &mut Vec<u8>) -> io::Result<()> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > MAX_REQUEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    frame.resize(length, 0);
    input.read_exact(frame)
}

// === Produce, without looking at the records ===

/// The answer to a Produce request of [`PRODUCE_VERSION`]: every partition has been stored.
fn acknowledge(request: &[u8]) -> Option<Vec<u8>> {
    let mut input = Cursor(request);
    input.take(2)?;
    if input.take(2)? != PRODUCE_VERSION.to_be_bytes() {
        return None;
    }
    let correlation = input.take(4)?;
    let client_id = input.take(2)?;
    input.take(u16::from_be_bytes(client_id.try_into().ok()?).into())?;
    input.tags()?;
    input.compact()?; // Transactional id.
    input.take(6)?; // acks, time-out.

    let mut answer = vec![0; 4];
    answer.extend_from_slice(correlation);
    answer.push(0);
    let topics = input.unsigned()?;
    varint(&mut answer, topics);
    for _ in 1..topics {
        let name = input.compact()?;
        varint(&mut answer, name.len() as u64 + 1);
        answer.extend_from_slice(name);
        let partitions = input.unsigned()?;
        varint(&mut answer, partitions);
        for _ in 1..partitions {
            answer.extend_from_slice(input.take(4)?); // Index.
            input.compact()?; // Records.
            input.tags()?;
            answer.extend([0; 2]); // No error.
            answer.extend([0; 8]); // Base offset.
            answer.extend([0xff; 8]); // Log append time.
            answer.extend([0; 8]); // Log start offset.
            answer.extend([1, 0, 0]); // No record errors, no message, no tags.
        }
        input.tags()?;
        answer.push(0);
    }
    answer.extend([0; 5]); // Throttle time, no tags.
    let length = (answer.len() - 4) as u32;
    answer[..4].copy_from_slice(&length.to_be_bytes());
    Some(answer)
}

/// Reads compact encoding.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// A compact string or bytes; null is empty.
    fn compact(&mut self) -> Option<&'a [u8]> {
        let length = self.unsigned()?.saturating_sub(1);
        self.take(usize::try_from(length).ok()?)
    }

    /// Tags; none are known here.
    fn tags(&mut self) -> Option<()> {
        (self.unsigned()? == 0).then_some(())
    }
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

// === control messages ===

fn control(request: &[u8], address: SocketAddr) -> Option<Vec<u8>> {
    let mut input = Bytes::copy_from_slice(request);
    let key = ApiKey::try_from(i16::from_be_bytes(*request.first_chunk()?)).ok()?;
    let version = i16::from_be_bytes(*request.get(2..)?.first_chunk()?);
    let header = RequestHeader::decode(&mut input, key.request_header_version(version)).ok()?;
    let (_, lowest, highest) = *SPOKEN.iter().find(|(spoken, ..)| *spoken == key)?;
    let is_spoken = (lowest..=highest).contains(&version);
    let mut body = BytesMut::new();
    match key {
        ApiKey::ApiVersions if is_spoken => api_versions(0).encode(&mut body, version).ok()?,
        ApiKey::ApiVersions => api_versions(UNSUPPORTED_VERSION).encode(&mut body, 0).ok()?,
        ApiKey::Metadata if is_spoken => {
            let request = MetadataRequest::decode(&mut input, version).ok()?;
            metadata(request, address).encode(&mut body, version).ok()?;
        }
        ApiKey::InitProducerId if is_spoken => {
            let response = InitProducerIdResponse::default().with_producer_id(1.into());
            response.encode(&mut body, version).ok()?;
        }
        _ => return None,
    }
    let mut answer = BytesMut::new();
    let response = ResponseHeader::default().with_correlation_id(header.correlation_id);
    response.encode(&mut answer, key.response_header_version(version)).ok()?;
    let length = (answer.len() + body.len()) as u32;
    Some([&length.to_be_bytes()[..], &answer, &body].concat())
}

const UNSUPPORTED_VERSION: i16 = 35;

fn api_versions(error: i16) -> ApiVersionsResponse {
    let keys = SPOKEN.iter().map(|(key, lowest, highest)| {
        ApiVersion::default().with_api_key(*key as i16).with_min_version(*lowest).with_max_version(*highest)
    });
    ApiVersionsResponse::default().with_error_code(error).with_api_keys(keys.collect())
}

fn metadata(request: MetadataRequest, address: SocketAddr) -> MetadataResponse {
    const NODE: BrokerId = BrokerId(1);
    let partition = |index| {
        let led = MetadataResponsePartition::default().with_partition_index(index).with_leader_id(NODE);
        led.with_replica_nodes(vec![NODE]).with_isr_nodes(vec![NODE])
    };
    let topics = request.topics.unwrap_or_default().into_iter().map(|asked| {
        let partitions = (0..PARTITIONS).map(partition).collect();
        MetadataResponseTopic::default().with_name(asked.name).with_partitions(partitions)
    });
    let broker = MetadataResponseBroker::default()
        .with_node_id(NODE)
        .with_host(StrBytes::from_string(address.ip().to_string()))
        .with_port(address.port().into());
    MetadataResponse::default()
        .with_brokers(vec![broker])
        .with_controller_id(NODE)
        .with_cluster_id(Some(StrBytes::from_static_str("sink")))
        .with_topics(topics.collect())
}
