//! Do addresses move and ids stay, in every version?

use bytes::BytesMut;
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{BrokerId, FindCoordinatorResponse, MetadataResponse, TopicName};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};

use super::*;
use crate::testing::Dice;

fn encoded(message: &impl Encodable, version: i16) -> Vec<u8> {
    let mut out = BytesMut::new();
    message.encode(&mut out, version).unwrap();
    out.to_vec()
}

fn cluster(version: i16) -> MetadataResponse {
    let broker = |id: i32| {
        let host = StrBytes::from_string(format!("kafka-{id}.internal"));
        let rack = (version >= 1 && id == 2).then(|| StrBytes::from_static_str("rack"));
        MetadataResponseBroker::default().with_node_id(BrokerId(id)).with_host(host).with_port(9092).with_rack(rack)
    };
    let partition = MetadataResponsePartition::default()
        .with_leader_id(BrokerId(1))
        .with_replica_nodes(vec![BrokerId(1), BrokerId(2)])
        .with_isr_nodes(vec![BrokerId(1)]);
    let topic = |name: &'static str, id: u8| {
        MetadataResponseTopic::default()
            .with_name(Some(TopicName(StrBytes::from_static_str(name))))
            .with_topic_id(if version >= 10 { uuid::Uuid::from_bytes([id; 16]) } else { uuid::Uuid::nil() })
            .with_partitions(vec![partition.clone(), partition.clone()])
    };
    MetadataResponse::default()
        .with_brokers((1..=3).map(broker).collect())
        .with_topics(vec![topic("orders", 5), topic("bills", 6)])
}

#[test]
fn brokers_are_moved_and_everything_else_stays_in_every_version() {
    for version in 0..=13 {
        let body = encoded(&cluster(version), version);
        let seen = metadata(&body, version).unwrap();
        let patches: Vec<_> = seen.brokers.iter().map(|broker| broker.moved_to("gate", 100, version >= 9, 0)).collect();
        let mut moved = bytes::Bytes::from(patched(&body, &patches));
        let read = MetadataResponse::decode(&mut moved, version).unwrap();
        let mut expected = cluster(version);
        for broker in &mut expected.brokers {
            (broker.host, broker.port) = (StrBytes::from_static_str("gate"), 100);
        }
        assert_eq!(read.brokers, expected.brokers, "{version}");
        assert_eq!(read.topics.len(), 2);
        assert_eq!(encoded(&read, version), encoded(&expected, version), "{version}");
    }
}

#[test]
fn a_controller_that_is_no_broker_gives_way_to_one_that_is() {
    for version in 1..=13 {
        for (controller, expected) in [(-1, 1), (0, 1), (2, 2)] {
            let body = encoded(&cluster(version).with_controller_id(BrokerId(controller)), version);
            let patch = metadata(&body, version).unwrap().with_a_controller(0);
            assert_eq!(patch.is_some(), controller != expected);
            let mut named = bytes::Bytes::from(patched(&body, patch.as_slice()));
            let read = MetadataResponse::decode(&mut named, version).unwrap();
            assert_eq!(read, cluster(version).with_controller_id(BrokerId(expected)), "{version}");
        }
    }
    assert_eq!(metadata(&encoded(&cluster(0), 0), 0).unwrap().with_a_controller(0), None);
}

#[test]
fn ids_of_topics_are_learnt_where_answers_have_them() {
    for version in 0..=13 {
        let body = encoded(&cluster(version), version);
        let topics = metadata(&body, version).unwrap().topics;
        let expected: &[_] = if version >= 10 { &[([5; 16], "orders"), ([6; 16], "bills")] } else { &[] };
        assert_eq!(topics, expected, "{version}");
    }
}

#[test]
fn coordinators_that_were_not_found_are_left_alone() {
    let lost = Coordinator::default().with_node_id(BrokerId(-1));
    let found = Coordinator::default().with_node_id(BrokerId(4)).with_host(StrBytes::from_static_str("h"));
    let answer = FindCoordinatorResponse::default().with_coordinators(vec![lost, found]);
    let body = encoded(&answer, 4);
    let mentions = find_coordinator(&body, 4).unwrap();
    assert_eq!(mentions.iter().map(|mention| (mention.node, mention.host)).collect::<Vec<_>>(), [(4, "h")]);
}

#[test]
fn tampered_answers_are_errors_not_panics() {
    let mut dice = Dice::new(4);
    for round in 0..10_000i16 {
        let version = round % 14;
        let mut body = encoded(&cluster(version), version);
        dice.mutate(&mut body);
        if let Ok(seen) = metadata(&body, version) {
            let patches: Vec<_> =
                seen.brokers.iter().map(|broker| broker.moved_to("gate", 100, version >= 9, 0)).collect();
            assert!(patched(&body, &patches).len() <= body.len() + seen.brokers.len() * 16);
        }
        let _ = find_coordinator(&body, version % 7);
        let _ = describe_cluster(&body, version % 3);
        let at = dice.below(body.len());
        let _ = endpoints(&body, at);
    }
}
