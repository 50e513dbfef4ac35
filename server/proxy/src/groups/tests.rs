//! Which topics does a group read, as each request tells it?

use bytes::{BufMut, BytesMut};
use kafka_protocol::messages::consumer_protocol_subscription::ConsumerProtocolSubscription;
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::txn_offset_commit_request::{
    TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use kafka_protocol::messages::*;
use kafka_protocol::protocol::{Encodable, StrBytes};

use super::{Cursor, Reading, heartbeat, join_group, offset_commit, txn_offset_commit};
use crate::testing::Dice;

type Name<'a> = super::TopicName<'a>;

fn text(text: &'static str) -> StrBytes {
    StrBytes::from_static_str(text)
}

fn encoded(message: &impl Encodable, version: i16) -> Vec<u8> {
    let mut out = BytesMut::new();
    message.encode(&mut out, version).unwrap();
    out.to_vec()
}

fn reading<'a>(topics: &[&'a str]) -> Reading<'a> {
    Reading { group: "billing", topics: topics.iter().map(|name| Name::Name(name)).collect() }
}

fn join(version: i16, protocol_type: &'static str) -> Vec<u8> {
    let assignor = |topics: &[&'static str]| {
        let topics = topics.iter().map(|topic| text(topic)).collect();
        let mut metadata = BytesMut::new();
        metadata.put_i16(1);
        ConsumerProtocolSubscription::default().with_topics(topics).encode(&mut metadata, 1).unwrap();
        JoinGroupRequestProtocol::default().with_name(text("range")).with_metadata(metadata.freeze())
    };
    let protocols = vec![assignor(&["orders", "bills"]), assignor(&["bills", "late"])];
    let request = JoinGroupRequest::default()
        .with_group_id(GroupId(text("billing")))
        .with_protocol_type(text(protocol_type))
        .with_protocols(protocols);
    encoded(&request, version)
}

fn commit(version: i16) -> Vec<u8> {
    let partition = || OffsetCommitRequestPartition::default().with_committed_metadata(Some(text("note")));
    let topic = |name| {
        let partitions = vec![partition(), partition()];
        OffsetCommitRequestTopic::default().with_name(TopicName(text(name))).with_partitions(partitions)
    };
    let request = OffsetCommitRequest::default()
        .with_group_id(GroupId(text("billing")))
        .with_topics(vec![topic("orders"), topic("bills")]);
    encoded(&request, version)
}

fn txn_commit(version: i16) -> Vec<u8> {
    let topic = |name| {
        let partitions = vec![TxnOffsetCommitRequestPartition::default(); 2];
        TxnOffsetCommitRequestTopic::default().with_name(TopicName(text(name))).with_partitions(partitions)
    };
    let request = TxnOffsetCommitRequest::default()
        .with_group_id(GroupId(text("billing")))
        .with_topics(vec![topic("orders"), topic("bills")]);
    encoded(&request, version)
}

#[test]
fn classic_groups_tell_their_topics_in_every_version() {
    for version in 0..=9 {
        let bytes = join(version, "consumer");
        let read = join_group(Cursor::new(&bytes), version).unwrap();
        assert_eq!(read, reading(&["orders", "bills", "late"]), "{version}");
        assert_eq!(join_group(Cursor::new(&join(version, "connect")), version), Ok(reading(&[])));
    }
}

#[test]
fn new_groups_tell_their_topics_when_these_change() {
    for version in 0..=1 {
        let request = ConsumerGroupHeartbeatRequest::default().with_group_id(GroupId(text("billing")));
        assert_eq!(heartbeat(Cursor::new(&encoded(&request, version))), Ok(reading(&[])));
        let request = request.with_subscribed_topic_names(Some(vec![TopicName(text("orders"))]));
        assert_eq!(heartbeat(Cursor::new(&encoded(&request, version))), Ok(reading(&["orders"])));
    }
}

#[test]
fn commits_tell_their_topics_in_every_version() {
    for version in 2..=9 {
        let bytes = commit(version);
        assert_eq!(offset_commit(Cursor::new(&bytes), version), Ok(reading(&["orders", "bills"])), "{version}");
    }
    for version in 0..=5 {
        let bytes = txn_commit(version);
        assert_eq!(txn_offset_commit(Cursor::new(&bytes), version), Ok(reading(&["orders", "bills"])), "{version}");
    }
}

#[test]
fn tampered_requests_are_errors_or_bounded_readings() {
    let mut dice = Dice::new(5);
    for round in 0..5_000i16 {
        let version = round % 10;
        let mut all = [join(version, "consumer"), commit(version.clamp(2, 9)), txn_commit(version.min(5))];
        all.iter_mut().for_each(|bytes| dice.mutate(bytes));
        let [joined, committed, in_txn] = &all;
        for read in [
            join_group(Cursor::new(joined), version),
            offset_commit(Cursor::new(committed), version.clamp(2, 9)),
            txn_offset_commit(Cursor::new(in_txn), version.min(5)),
            heartbeat(Cursor::new(joined)),
        ] {
            let topics = read.map_or(0, |read| read.topics.len());
            assert!(topics <= all.iter().map(Vec::len).max().unwrap_or(0));
        }
    }
}
