//! How are prebuilt requests sent? As fast as they are acknowledged, or at a fixed rate to see how long each one takes.

use std::io::{self, BufReader, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::{
    ApiKey, ApiVersionsRequest, MetadataRequest, MetadataResponse, RequestHeader, ResponseHeader, TopicName,
};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};

use super::frames::Frame;
use super::sink::read_frame;

/// What has been sent and acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    pub requests: u64,
    pub records: u64,
    /// Bytes of the records before compression.
    pub plain: u64,
    pub wire: u64,
}

impl Sent {
    fn add(&mut self, frame: &Frame) {
        self.requests += 1;
        self.records += frame.records;
        self.plain += frame.plain;
        self.wire += frame.bytes.len() as u64;
    }

    pub fn plus(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            records: self.records + other.records,
            plain: self.plain + other.plain,
            wire: self.wire + other.wire,
        }
    }
}

/// A connection to the leader of a topic.
#[derive(Debug)]
pub struct Sender {
    output: TcpStream,
    input: BufReader<TcpStream>,
}

impl Sender {
    /// Asks `bootstrap` for the leader, as clients do, and connects to it.
    pub fn connect(bootstrap: SocketAddr, topic: &str) -> io::Result<Self> {
        let leader = Self::open(bootstrap)?.leader(topic)?;
        let mut sender = Self::open(leader)?;
        let hello = ApiVersionsRequest::default()
            .with_client_software_name(StrBytes::from_static_str("tidegate-bench"))
            .with_client_software_version(StrBytes::from_static_str("1"));
        sender.ask(ApiKey::ApiVersions, 3, &hello)?;
        Ok(sender)
    }

    /// Keeps `depth` requests in flight until `time` is over, then waits for the last acknowledgement.
    pub fn saturate(&mut self, frames: &mut [Frame], depth: usize, time: Duration) -> io::Result<Sent> {
        let end = Instant::now() + time;
        let mut sent = Sent::default();
        let mut acknowledged = 0;
        let mut correlation = 0;
        for index in (0..frames.len()).cycle() {
            if Instant::now() >= end {
                break;
            }
            let frame = &mut frames[index];
            frame.number(correlation);
            self.output.write_all(&frame.bytes)?;
            sent.add(frame);
            correlation += 1;
            if correlation - acknowledged >= depth as i32 {
                acknowledgement(&mut self.input, acknowledged)?;
                acknowledged += 1;
            }
        }
        while acknowledged < correlation {
            acknowledgement(&mut self.input, acknowledged)?;
            acknowledged += 1;
        }
        Ok(sent)
    }

    /// Sends one request each `interval` and returns how long each took, from when it was due to its acknowledgement.
    pub fn pace(&mut self, frames: &mut [Frame], interval: Duration, count: u32) -> io::Result<Vec<Duration>> {
        let (due, dues) = mpsc::channel::<Instant>();
        let (input, output) = (&mut self.input, &mut self.output);
        thread::scope(|scope| {
            let reader = scope.spawn(move || {
                let taken = dues.iter().zip(0..).map(|(due, correlation)| {
                    acknowledgement(input, correlation)?;
                    Ok(due.elapsed())
                });
                taken.collect::<io::Result<Vec<_>>>()
            });
            let start = Instant::now() + interval;
            for (number, index) in (0..count).zip((0..frames.len()).cycle()) {
                let at = start + interval * number;
                thread::sleep(at.saturating_duration_since(Instant::now()));
                frames[index].number(number as i32);
                // A receiver that is gone has failed, and tells why below.
                let _ = due.send(at);
                output.write_all(&frames[index].bytes)?;
            }
            drop(due);
            reader.join().map_err(|_| io::Error::other("the reading thread panicked"))?
        })
    }

    fn open(address: SocketAddr) -> io::Result<Self> {
        let output = TcpStream::connect(address)?;
        output.set_nodelay(true)?;
        output.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(Self { input: BufReader::with_capacity(64 << 10, output.try_clone()?), output })
    }

    fn leader(&mut self, topic: &str) -> io::Result<SocketAddr> {
        const VERSION: i16 = 8;
        let name = TopicName(StrBytes::from_string(topic.to_owned()));
        let request =
            MetadataRequest::default().with_topics(Some(vec![MetadataRequestTopic::default().with_name(Some(name))]));
        let mut answer = self.ask(ApiKey::Metadata, VERSION, &request)?;
        ResponseHeader::decode(&mut answer, ApiKey::Metadata.response_header_version(VERSION))
            .map_err(io::Error::other)?;
        let answer = MetadataResponse::decode(&mut answer, VERSION).map_err(io::Error::other)?;
        let leader =
            answer.topics.first().and_then(|topic| topic.partitions.first()).map(|partition| partition.leader_id);
        let broker = answer.brokers.iter().find(|broker| Some(broker.node_id) == leader);
        let broker = broker.ok_or_else(|| io::Error::other("the topic has no leader"))?;
        let address = (broker.host.as_str(), broker.port as u16).to_socket_addrs()?.next();
        address.ok_or_else(|| io::Error::other("the leader has no address"))
    }

    fn ask(&mut self, key: ApiKey, version: i16, request: &impl Encodable) -> io::Result<Bytes> {
        let mut body = BytesMut::new();
        let header = RequestHeader::default()
            .with_request_api_key(key as i16)
            .with_request_api_version(version)
            .with_client_id(Some(StrBytes::from_static_str("bench")));
        header.encode(&mut body, key.request_header_version(version)).map_err(io::Error::other)?;
        request.encode(&mut body, version).map_err(io::Error::other)?;
        self.output.write_all(&[&(body.len() as u32).to_be_bytes()[..], &body].concat())?;
        let mut answer = Vec::new();
        read_frame(&mut self.input, &mut answer)?;
        Ok(answer.into())
    }
}

/// Reads the next answer, which must be the acknowledgement of the one partition of request `correlation`.
fn acknowledgement(input: &mut BufReader<TcpStream>, correlation: i32) -> io::Result<()> {
    let mut answer = Vec::with_capacity(64);
    read_frame(input, &mut answer)?;
    if answer.get(..4) != Some(&correlation.to_be_bytes()) {
        return Err(io::Error::other("answers came out of order"));
    }
    // Correlation id, tags, one topic with its name, one partition with its index, then the error.
    let name = usize::from(*answer.get(6).unwrap_or(&0)).saturating_sub(1);
    let error = answer.get(12 + name..14 + name);
    if error == Some(&[0, 0]) { Ok(()) } else { Err(io::Error::other(format!("a batch was refused: {error:?}"))) }
}

#[cfg(test)]
mod tests {
    use super::super::frames::{Codec, frames};
    use super::super::sink::Sink;
    use super::*;

    #[test]
    fn the_sink_acknowledges_all_that_is_sent() {
        let sink = Sink::start().unwrap();
        let values: Vec<_> = (0..100u32).map(|number| vec![number as u8; 100]).collect();
        let mut frames = frames("orders", 0, &values, Codec::Lz4, 4_000);
        let mut sender = Sender::connect(sink.address, "orders").unwrap();
        let sent = sender.saturate(&mut frames, 5, Duration::from_millis(50)).unwrap();
        assert!(sent.requests > 0 && sent.records >= 30 * sent.requests);
        assert_eq!(sink.requests(), sent.requests);
        let taken = sender.pace(&mut frames, Duration::from_millis(1), 20).unwrap();
        assert_eq!(taken.len(), 20);
        assert_eq!(sink.requests(), sent.requests + 20);
    }
}
