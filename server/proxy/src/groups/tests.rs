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

use super::{
    Cursor, Reading, heartbeat, join_group, offset_commit, share_fetch, share_heartbeat, streams_heartbeat,
    txn_offset_commit,
};
use crate::testing::Dice;
use crate::wire::{put_count, put_string};

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
        .with_transactional_id(TransactionalId(text("enrich-1")))
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
fn share_groups_tell_their_topics_when_these_change() {
    let request = ShareGroupHeartbeatRequest::default().with_group_id(GroupId(text("billing")));
    assert_eq!(share_heartbeat(Cursor::new(&encoded(&request, 1))), Ok(reading(&[])));
    let request = request.with_subscribed_topic_names(Some(vec![TopicName(text("orders"))]));
    assert_eq!(share_heartbeat(Cursor::new(&encoded(&request, 1))), Ok(reading(&["orders"])));
}

/// A heartbeat with a topology, written field by field: two subtopologies, of which the second reads what the first writes.
fn streams() -> Vec<u8> {
    fn list(out: &mut Vec<u8>, names: &[&str]) {
        put_count(out, true, names.len());
        names.iter().for_each(|name| put_string(out, true, name));
    }
    fn internal(out: &mut Vec<u8>, names: &[&str]) {
        put_count(out, true, names.len());
        for name in names {
            put_string(out, true, name);
            out.extend_from_slice(&[0; 6]); // partitions, replication factor
            put_count(out, true, 1);
            put_string(out, true, "cleanup.policy");
            put_string(out, true, "compact");
            out.extend_from_slice(&[0, 0]); // tagged fields of the setting and of the topic
        }
    }
    let mut out = Vec::new();
    put_string(&mut out, true, "billing");
    put_string(&mut out, true, "member");
    out.extend_from_slice(&[0; 8]); // member epoch, endpoint information epoch
    out.extend_from_slice(&[0, 0]); // no instance, no rack
    out.extend_from_slice(&[0, 0, 0x75, 0x30]); // rebalance timeout
    out.push(1);
    out.extend_from_slice(&[0; 4]); // topology epoch
    put_count(&mut out, true, 2);
    for (id, sources, changelogs, sinks, repartitioned) in [
        ("0", &["orders", "bills"][..], &[][..], &["app-repartition"][..], &[][..]),
        ("1", &[][..], &["app-changelog"][..], &[][..], &["app-repartition"][..]),
    ] {
        put_string(&mut out, true, id);
        list(&mut out, sources);
        list(&mut out, &["late.*"]);
        internal(&mut out, changelogs);
        list(&mut out, sinks);
        internal(&mut out, repartitioned);
        put_count(&mut out, true, 1);
        for _ in 0..3 {
            put_count(&mut out, true, 1);
            out.extend_from_slice(&[0, 0]);
        }
        out.push(0); // tagged fields of the group
        out.push(0); // tagged fields of the subtopology
    }
    out.push(0); // tagged fields of the topology
    out.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // tasks and the rest
    out
}

#[test]
fn streams_applications_tell_the_topics_that_come_from_outside() {
    let bytes = streams();
    assert_eq!(streams_heartbeat(Cursor::new(&bytes)), Ok(reading(&["orders", "bills"])));
    // Later heartbeats have no topology.
    let mut later = Vec::new();
    put_string(&mut later, true, "billing");
    put_string(&mut later, true, "member");
    later.extend_from_slice(&[0; 8]);
    later.extend_from_slice(&[0, 0, 0xff, 0xff, 0xff, 0xff, 0xff]);
    assert_eq!(streams_heartbeat(Cursor::new(&later)), Ok(reading(&[])));
}

#[test]
fn tampered_heartbeats_are_errors_or_bounded_readings() {
    let mut dice = Dice::new(6);
    for round in 0..5_000i16 {
        let mut bytes = streams();
        dice.mutate(&mut bytes);
        for read in [
            streams_heartbeat(Cursor::new(&bytes)),
            share_heartbeat(Cursor::new(&bytes)),
            share_fetch(Cursor::new(&bytes), 1 + round % 2),
        ] {
            assert!(read.map_or(0, |read| read.topics.len()) <= bytes.len());
        }
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
        let read = txn_offset_commit(Cursor::new(&bytes), version);
        assert_eq!(read, Ok(("enrich-1", reading(&["orders", "bills"]))), "{version}");
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
            txn_offset_commit(Cursor::new(in_txn), version.min(5)).map(|(_, reading)| reading),
            heartbeat(Cursor::new(joined)),
        ] {
            let topics = read.map_or(0, |read| read.topics.len());
            assert!(topics <= all.iter().map(Vec::len).max().unwrap_or(0));
        }
    }
}
