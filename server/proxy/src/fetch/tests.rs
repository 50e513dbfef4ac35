//! Which topics is a connection handed records of?

use bytes::BytesMut;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic, ForgottenTopic};
use kafka_protocol::messages::{FetchRequest, TopicName as Name};
use kafka_protocol::protocol::{Encodable, StrBytes};

use super::*;
use crate::testing::Dice;

fn id(name: &str) -> [u8; 16] {
    let mut id = [0; 16];
    id[..name.len()].copy_from_slice(name.as_bytes());
    id
}

/// A request within a session; topics with one partition each, asked for from an offset.
fn request(version: i16, epoch: i32, topics: &[(&'static str, i64)], forgotten: &[&'static str]) -> Vec<u8> {
    let by_id = version >= 13;
    let topic = |(name, offset): &(&'static str, i64)| {
        let partition = FetchPartition::default().with_partition(3).with_fetch_offset(*offset);
        let topic = FetchTopic::default().with_partitions(vec![partition]);
        if by_id {
            topic.with_topic_id(uuid::Uuid::from_bytes(id(name)))
        } else {
            topic.with_topic(Name(StrBytes::from_static_str(name)))
        }
    };
    let forget = |name: &&'static str| {
        let topic = ForgottenTopic::default().with_partitions(vec![3]);
        if by_id {
            topic.with_topic_id(uuid::Uuid::from_bytes(id(name)))
        } else {
            topic.with_topic(Name(StrBytes::from_static_str(name)))
        }
    };
    let mut request = FetchRequest::default().with_topics(topics.iter().map(topic).collect());
    if version >= 7 {
        request = request.with_session_epoch(epoch).with_forgotten_topics_data(forgotten.iter().map(forget).collect());
    }
    let mut out = BytesMut::new();
    request.encode(&mut out, version).unwrap();
    out.to_vec()
}

/// The topics that a request tells to be read.
fn told(positions: &mut Positions, version: i16, bytes: &[u8]) -> Vec<String> {
    let mut told = Vec::new();
    let tell = |topic: TopicName<'_>| {
        told.push(match topic {
            TopicName::Name(name) => name.to_owned(),
            TopicName::Id(id) => String::from_utf8(id.to_vec()).unwrap().trim_end_matches('\0').to_owned(),
        });
    };
    positions.take_in(Cursor::new(bytes), version, tell).unwrap();
    told
}

#[test]
fn a_topic_is_read_once_it_is_asked_for_from_a_later_offset() {
    for version in 4..=18 {
        let mut positions = Positions::default();
        let mut told = |epoch, topics: &[_]| told(&mut positions, version, &request(version, epoch, topics, &[]));
        assert_eq!(told(0, &[("a", 5), ("b", 0)]), [""; 0], "{version}: to ask proves nothing");
        assert_eq!(told(1, &[("a", 5), ("b", 0)]), [""; 0], "{version}: nor does asking again");
        assert_eq!(told(2, &[("a", 6), ("b", 0)]), ["a"]);
        assert_eq!(told(3, &[]), [""; 0]);
        assert_eq!(told(4, &[("a", 2), ("b", 9)]), ["b"], "{version}: to go back is not to read");
        assert_eq!(told(5, &[("a", 4), ("b", 12)]), [""; 0], "{version}: and not told of each time");
    }
}

#[test]
fn what_was_taken_away_begins_anew() {
    for version in 7..=18 {
        let mut positions = Positions::default();
        told(&mut positions, version, &request(version, 0, &[("a", 5), ("b", 5)], &[]));
        assert_eq!(positions.partitions, 2);
        assert_eq!(told(&mut positions, version, &request(version, 1, &[], &["a", "never"])), [""; 0]);
        assert_eq!((positions.partitions, positions.names.len() + positions.ids.len()), (1, 1));
        // In the meantime somebody else has read.
        assert_eq!(told(&mut positions, version, &request(version, 2, &[("a", 9), ("b", 5)], &[])), [""; 0]);
        assert_eq!(told(&mut positions, version, &request(version, 3, &[("a", 10)], &[])), ["a"]);
    }
}

#[test]
fn tampered_requests_never_grow_what_is_remembered_beyond_bounds() {
    let mut dice = Dice::new(9);
    for round in 0..5_000i16 {
        let version = 4 + round % 15;
        let mut bytes = request(version, 1, &[("a", 1), ("b", 2), ("c", 3)], &["a"]);
        dice.mutate(&mut bytes);
        let mut positions = Positions::default();
        let _ = positions.take_in(Cursor::new(&bytes), version, |_| ());
        assert!(positions.partitions <= bytes.len());
    }
}
