//! Which topics does a session read?

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

/// A request within a session; topics with one partition each.
fn request(version: i16, epoch: i32, topics: &[&'static str], forgotten: &[&'static str]) -> Vec<u8> {
    let by_id = version >= 13;
    let topic = |name: &&'static str| {
        let topic = FetchTopic::default().with_partitions(vec![FetchPartition::default().with_partition(3)]);
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

fn take_in(session: &mut FetchSession, version: i16, bytes: &[u8]) -> bool {
    session.take_in(Cursor::new(bytes), version).unwrap()
}

fn names(session: &FetchSession) -> Vec<String> {
    let mut names: Vec<_> = session
        .topics()
        .map(|topic| match topic {
            TopicName::Name(name) => name.to_owned(),
            TopicName::Id(id) => String::from_utf8(id.to_vec()).unwrap().trim_end_matches('\0').to_owned(),
        })
        .collect();
    names.sort();
    names
}

#[test]
fn a_session_remembers_what_later_requests_leave_out() {
    for version in 7..=18 {
        let mut session = FetchSession::default();
        assert!(take_in(&mut session, version, &request(version, 0, &["a", "b"], &[])));
        assert!(!take_in(&mut session, version, &request(version, 1, &[], &[])));
        assert!(!take_in(&mut session, version, &request(version, 2, &["a"], &["b"])));
        assert_eq!(names(&session), ["a"], "{version}");
        assert!(take_in(&mut session, version, &request(version, 3, &["c"], &[])));
        assert_eq!(names(&session), ["a", "c"]);
        // A full request starts anew.
        take_in(&mut session, version, &request(version, 0, &["d"], &[]));
        assert_eq!((names(&session), session.partitions), (vec!["d".to_owned()], 1));
    }
}

#[test]
fn before_sessions_every_request_is_complete() {
    for version in 4..7 {
        let mut session = FetchSession::default();
        take_in(&mut session, version, &request(version, 0, &["a", "b"], &[]));
        take_in(&mut session, version, &request(version, 0, &["b"], &[]));
        assert_eq!(names(&session), ["b"], "{version}");
    }
}

#[test]
fn tampered_requests_never_grow_a_session_beyond_bounds() {
    let mut dice = Dice::new(9);
    for round in 0..5_000i16 {
        let version = 4 + round % 15;
        let mut bytes = request(version, 1, &["a", "b", "c"], &["a"]);
        dice.mutate(&mut bytes);
        let mut session = FetchSession::default();
        let _ = session.take_in(Cursor::new(&bytes), version);
        assert!(session.partitions <= bytes.len());
    }
}
