//! Is a request taken apart and put together without a byte lost?

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{ApiKey, ProduceRequest, ProduceResponse, ResponseHeader, TopicName, TransactionalId};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};

use super::*;
use crate::testing::Dice;
use crate::testing::cluster::request;

/// Topics with their partitions; the bytes of partition `n` are `n` times `n`.
fn asked(topics: &[(&'static str, &[i32])]) -> ProduceRequest {
    let partition = |index: &i32| {
        let records = vec![index.to_le_bytes()[0]; usize::try_from(*index).unwrap()];
        PartitionProduceData::default().with_index(*index).with_records(Some(Bytes::from(records)))
    };
    let topics = topics.iter().map(|(name, partitions)| {
        TopicProduceData::default()
            .with_name(TopicName(StrBytes::from_static_str(name)))
            .with_partition_data(partitions.iter().map(partition).collect())
    });
    ProduceRequest::default()
        .with_transactional_id(Some(TransactionalId(StrBytes::from_static_str("txn"))))
        .with_acks(-1)
        .with_topic_data(topics.collect())
}

/// From 13 on, topics have an id that is made of their name, and no name.
fn bytes_of(version: i16, message: &ProduceRequest) -> Vec<u8> {
    let mut message = message.clone();
    if version >= PRODUCE_BY_ID {
        for topic in &mut message.topic_data {
            topic.topic_id = id(&topic.name);
            topic.name = TopicName::default();
        }
    }
    request(ApiKey::Produce, version, 9, &message).split_off(4)
}

fn id(name: &str) -> uuid::Uuid {
    let mut id = [0; 16];
    id[..name.len()].copy_from_slice(name.as_bytes());
    uuid::Uuid::from_bytes(id)
}

fn read(bytes: &[u8], version: i16) -> Request {
    let mut request = Request::default();
    request.read(bytes, version).unwrap();
    request
}

fn refusal() -> Ruling {
    let records = vec![(3, Some("why".to_owned())), (5, None)];
    Ruling::Answer(Refusal { code: 87, records, message: "all".to_owned() })
}

const TOPICS: &[(&str, &[i32])] = &[("a", &[1, 2, 3]), ("b", &[200]), ("a", &[4])];

#[test]
fn the_structure_is_found_in_every_version() {
    for version in 3..=13 {
        let bytes = bytes_of(version, &asked(TOPICS));
        let request = read(&bytes, version);
        assert_eq!(request.acks, -1);
        let names: Vec<_> = request.topics.iter().map(|topic| &bytes[topic.name.clone()]).collect();
        if version >= PRODUCE_BY_ID {
            let ids: Vec<_> = request.topic_ids(&bytes).map(uuid::Uuid::from_bytes).collect();
            assert_eq!(ids, ["a", "b", "a"].map(id));
            assert_eq!(names, ids.iter().map(|id| &id.as_bytes()[..]).collect::<Vec<_>>());
        } else {
            assert_eq!(names, [b"a", b"b", b"a"]);
            assert_eq!(request.topic_ids(&bytes).count(), 0);
        }
        for partition in &request.partitions {
            let records = &bytes[partition.records.clone().unwrap()];
            assert_eq!(records, vec![partition.index.to_le_bytes()[0]; usize::try_from(partition.index).unwrap()]);
        }
    }
}

#[test]
fn every_choice_of_partitions_can_be_cut_out() {
    for version in 3..=13 {
        let bytes = bytes_of(version, &asked(TOPICS));
        let request = read(&bytes, version);
        for choice in 0..1 << 5 {
            let refused: Vec<_> =
                (0..5).map(|at| if choice >> at & 1 == 1 { refusal() } else { Ruling::Pass }).collect();
            let mut cut = request.ruled(&refused);
            let frame: Vec<u8> = cut.slices(&bytes).iter().flat_map(|piece| piece.to_vec()).collect();

            let mut kept = asked(TOPICS);
            let mut at = 0;
            kept.topic_data.iter_mut().for_each(|topic| {
                topic.partition_data.retain(|_| {
                    at += 1;
                    !refused[at - 1].is_answered()
                });
            });
            kept.topic_data.retain(|topic| !topic.partition_data.is_empty());
            assert_eq!(frame[4..], bytes_of(version, &kept), "version {version}, choice {choice:b}");
            assert_eq!(frame[..4], u32::try_from(frame.len() - 4).unwrap().to_be_bytes());
        }
    }
}

#[test]
fn null_and_empty_records_are_structure_too() {
    let mut message = asked(&[("a", &[1, 2])]);
    message.topic_data[0].partition_data[0].records = None;
    message.topic_data[0].partition_data[1].records = Some(Bytes::new());
    for version in 3..=13 {
        let request = read(&bytes_of(version, &message), version);
        assert_eq!(request.partitions[0].records, None);
        assert!(request.partitions[1].records.as_ref().is_some_and(Range::is_empty));
    }
}

fn broker_answer(version: i16) -> Vec<u8> {
    let part = |index, offset| PartitionProduceResponse::default().with_index(index).with_base_offset(offset);
    let topic = |name, parts| {
        let topic = TopicProduceResponse::default().with_partition_responses(parts);
        if version >= PRODUCE_BY_ID {
            topic.with_topic_id(id(name))
        } else {
            topic.with_name(TopicName(StrBytes::from_static_str(name)))
        }
    };
    let answer = ProduceResponse::default()
        .with_throttle_time_ms(77)
        .with_responses(vec![topic("b", vec![part(200, 20)]), topic("a", vec![part(3, 30), part(1, 10)])]);
    let mut out = BytesMut::new();
    answer.encode(&mut out, version).unwrap();
    out.to_vec()
}

fn decode(frame: Vec<u8>, version: i16) -> ProduceResponse {
    let mut bytes = Bytes::from(frame).split_off(4);
    let header = ResponseHeader::decode(&mut bytes, i16::from(version >= 9)).unwrap();
    assert_eq!(header.correlation_id, 9);
    let answer = ProduceResponse::decode(&mut bytes, version).unwrap();
    assert!(bytes.is_empty());
    answer
}

#[test]
fn answers_are_merged_in_the_order_of_the_request() {
    const TOPICS: &[(&str, &[i32])] = &[("a", &[1, 2, 3]), ("b", &[200])];
    for version in 3..=13 {
        let bytes = bytes_of(version, &asked(TOPICS));
        let owed = read(&bytes, version).owed(&bytes, vec![Ruling::Pass, refusal(), Ruling::Pass, Ruling::Pass]);
        let answer = decode(owed.merge(&broker_answer(version), 9, version).unwrap(), version);
        let parts: Vec<_> = answer
            .responses
            .iter()
            .flat_map(|topic| topic.partition_responses.iter())
            .map(|part| (part.index, part.error_code, part.base_offset))
            .collect();
        assert_eq!(parts, [(1, 0, 10), (2, 87, -1), (3, 0, 30), (200, 0, 20)], "{version}");
        assert_eq!(answer.throttle_time_ms, 77);
        if version >= 8 {
            let refused = &answer.responses[0].partition_responses[1];
            let errors: Vec<_> = refused.record_errors.iter().map(|error| error.batch_index).collect();
            assert_eq!((errors, refused.error_message.as_deref()), (vec![3, 5], Some("all")));
        }
    }
}

#[test]
fn answers_of_our_own_are_complete() {
    for version in 3..=13 {
        let bytes = bytes_of(version, &asked(TOPICS));
        let owed = read(&bytes, version).owed(&bytes, (0..5).map(|_| refusal()).collect());
        let answer = decode(owed.alone(9, version), version);
        assert_eq!(answer.responses.len(), 3);
        assert!(answer.responses.iter().flat_map(|topic| &topic.partition_responses).all(|part| part.error_code == 87));
    }
}

#[test]
fn tampered_requests_are_read_within_bounds_and_cut_without_a_panic() {
    let mut dice = Dice::new(21);
    let mut request = Request::default();
    for round in 0..20_000i16 {
        let version = round.rem_euclid(14);
        let mut bytes = bytes_of(version.max(3), &asked(TOPICS));
        dice.mutate(&mut bytes);
        if request.read(&bytes, version).is_err() {
            continue;
        }
        assert!(request.partitions.len() <= bytes.len());
        let refused: Vec<_> = request
            .partitions
            .iter()
            .map(|_| if dice.below(2) == 0 { refusal() } else { Ruling::Replace(vec![1; 99]) })
            .collect();
        request.ruled(&refused).slices(&bytes);
        request.owed(&bytes, refused).alone(1, version);
    }
}

#[test]
fn tampered_answers_are_errors_not_panics() {
    let mut dice = Dice::new(22);
    for round in 0..10_000i16 {
        let version = 3 + round % 11;
        let bytes = bytes_of(version, &asked(TOPICS));
        let owed = read(&bytes, version).owed(&bytes, vec![refusal()]);
        let mut answer = broker_answer(version);
        dice.mutate(&mut answer);
        let _ = owed.merge(&answer, 9, version);
        let _ = tail(&answer, version);
    }
}

#[test]
fn a_request_with_too_many_partitions_is_refused_before_it_costs_memory() {
    let mut message = asked(&[("a", &[])]);
    message.topic_data[0].partition_data = vec![PartitionProduceData::default(); MAX_PARTITIONS + 1];
    let mut request = Request::default();
    assert_eq!(request.read(&bytes_of(9, &message), 9), Err(Malformed::TooMany));
}
