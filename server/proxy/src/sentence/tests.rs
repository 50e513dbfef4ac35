//! Is what a policy asks for done to a batch, and nothing else?

use bytes::Bytes;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{TopicName as Name, *};
use kafka_protocol::protocol::{Decodable, StrBytes};

use super::*;
use crate::codec::{Codec, Scratch};
use crate::judge::BadRecords;
use crate::policy::Action;
use crate::testing::cluster::{Client, Stage, request};
use crate::testing::{CODECS, Rec, batch, broken, idempotent, order, policy, value};

fn bad(worst: Fate, undecidable: Option<&str>) -> Verdict {
    let letters = u32::from(worst.is_lettered());
    let undecidable = undecidable.map(Arc::from);
    Verdict::Bad(BadRecords { total: 1, worst, letters, undecidable, ..BadRecords::default() })
}

#[test]
fn the_worst_record_decides() {
    let course = |worst| Course::of(&bad(worst, None), &policy("*"));
    assert_eq!(course(Fate::Pass), Course::Pass);
    assert_eq!(course(Fate::Flag), Course::Rewrite);
    assert_eq!(course(Fate::Remove), Course::Rewrite);
    assert!(matches!(course(Fate::Refuse), Course::Refuse(refusal) if refusal.code == 87));
    assert!(matches!(course(Fate::RefuseAndLetter), Course::RefuseAndLetter(refusal) if refusal.code == 87));
}

#[test]
fn what_is_not_known_to_be_good_is_not_written_beside_what_is_flagged() {
    let closed = policy("*");
    let open = TopicPolicy { when_undecidable: Undecidable::Open, ..policy("*") };
    let verdict = bad(Fate::Flag, Some("the registry is away"));
    assert!(matches!(Course::of(&verdict, &closed), Course::Refuse(refusal) if refusal.code == 19));
    assert_eq!(Course::of(&verdict, &open), Course::Rewrite);
    let verdict = Verdict::Undecidable("the registry is away".into());
    assert!(matches!(Course::of(&verdict, &closed), Course::Refuse(refusal) if refusal.code == 19));
    assert_eq!(Course::of(&verdict, &open), Course::Pass);
}

// === whole sessions ===

fn acting(action: Action) -> TopicPolicy {
    TopicPolicy { action, ..policy("*") }
}

/// A request for two partitions of `orders`.
fn asked(acks: i16, batches: &[Vec<u8>]) -> ProduceRequest {
    let data = (0..).zip(batches).map(|(index, records)| {
        PartitionProduceData::default().with_index(index).with_records(Some(Bytes::from(records.clone())))
    });
    let topic = TopicProduceData::default()
        .with_name(Name(StrBytes::from_static_str("orders")))
        .with_partition_data(data.collect());
    ProduceRequest::default().with_acks(acks).with_timeout_ms(1_000).with_topic_data(vec![topic])
}

/// Error code and offset of each partition.
async fn sent(client: &mut Client, version: i16, batches: &[Vec<u8>]) -> Vec<(i16, i64)> {
    let answer: ProduceResponse = client.ask(ApiKey::Produce, version, &asked(-1, batches)).await;
    let parts = &answer.responses[0].partition_responses;
    parts.iter().map(|part| (part.error_code, part.base_offset)).collect()
}

/// Value and names of headers of the records that reached the broker last, by partition.
/// A value and the names of its headers.
type Arrived = (Vec<u8>, Vec<String>);

fn arrived(stage: &Stage, version: i16) -> Vec<(i32, Vec<Arrived>)> {
    let Some(frame) = stage.broker.received(ApiKey::Produce).pop() else { return Vec::new() };
    let mut bytes = Bytes::from(frame);
    RequestHeader::decode(&mut bytes, ApiKey::Produce.request_header_version(version)).unwrap();
    let request = ProduceRequest::decode(&mut bytes, version).unwrap();
    assert!(bytes.is_empty());
    let data = &request.topic_data[0].partition_data;
    data.iter().map(|part| (part.index, content(part.records.as_ref().unwrap()))).collect()
}

fn content(bytes: &[u8]) -> Vec<(Vec<u8>, Vec<String>)> {
    let opened = Batch::open(bytes).unwrap();
    let mut scratch = Scratch::default();
    let plain = scratch.open(opened.codec, opened.records, 8 << 20).unwrap();
    let mut walk = opened.walk(plain).unwrap();
    let mut all = Vec::new();
    while let Some(record) = walk.next() {
        let record = record.unwrap();
        let names = record.headers.iter().map(|(name, _)| String::from_utf8_lossy(name).into_owned());
        all.push((record.value.unwrap().to_vec(), names.collect()));
    }
    all
}

fn mixed() -> [Rec; 3] {
    [value(order("a")), value(broken("b")), value(order("c"))]
}

const FLAG: &str = crate::rewrite::FLAG;

#[tokio::test]
async fn flagged_records_go_on_with_a_header_in_every_version_and_codec() {
    let stage = Stage::set(vec![acting(Action::Flag)]).await;
    let mut client = stage.client().await;
    for version in 3..=12 {
        for codec in CODECS {
            let good = batch(codec, &[value(order("x"))]);
            let batches = [good.clone(), idempotent(&batch(codec, &mixed()), 5), good];
            let codes = sent(&mut client, version, &batches).await;
            assert!(codes.iter().all(|(code, _)| *code == 0), "{version} {codec:?}: {codes:?}");
            let plain = vec![(order("x"), Vec::new())];
            let flagged =
                vec![(order("a"), Vec::new()), (broken("b"), vec![FLAG.to_owned()]), (order("c"), Vec::new())];
            assert_eq!(arrived(&stage, version), [(0, plain.clone()), (1, flagged), (2, plain)], "{version} {codec:?}");
        }
    }
    assert!(stage.letters.written.lock().is_empty());
}

#[tokio::test]
async fn removed_records_become_letters_and_the_rest_goes_on() {
    let stage = Stage::set(vec![acting(Action::RemoveAndDeadLetter)]).await;
    let mut client = stage.client().await;
    let bytes = batch(Codec::Zstd, &mixed());
    assert_eq!(sent(&mut client, 9, &[bytes]).await[0].0, 0);
    let rest = vec![(order("a"), Vec::new()), (order("c"), Vec::new())];
    assert_eq!(arrived(&stage, 9), [(0, rest)]);
    let letters = std::mem::take(&mut *stage.letters.written.lock());
    assert_eq!(letters.len(), 1);
    assert_eq!((&*letters[0].topic, letters[0].value.as_deref()), ("orders.dlq", Some(&broken("b")[..])));
}

#[tokio::test]
async fn a_batch_of_which_nothing_is_left_is_acknowledged_here() {
    let stage = Stage::set(vec![acting(Action::RemoveAndDeadLetter)]).await;
    let mut client = stage.client().await;
    for version in 3..=12 {
        let codes = sent(&mut client, version, &[batch(Codec::None, &[value(broken("b"))])]).await;
        assert_eq!(codes, [(0, -1)], "{version}");
    }
    assert!(stage.broker.received(ApiKey::Produce).is_empty());
    assert_eq!(stage.letters.written.lock().len(), 10);
}

#[tokio::test]
async fn what_can_not_be_put_aside_is_to_be_sent_again() {
    let stage = Stage::set(vec![acting(Action::RemoveAndDeadLetter)]).await;
    stage.letters.is_full.store(true, std::sync::atomic::Ordering::SeqCst);
    let mut client = stage.client().await;
    assert_eq!(sent(&mut client, 9, &[batch(Codec::None, &mixed())]).await, [(19, -1)]);
    assert!(stage.broker.received(ApiKey::Produce).is_empty());
}

#[tokio::test]
async fn idempotent_producers_are_refused_instead_and_their_bad_records_copied() {
    for action in [Action::RemoveAndDeadLetter, Action::RejectAndDeadLetter] {
        let stage = Stage::set(vec![acting(action)]).await;
        let mut client = stage.client().await;
        let bytes = idempotent(&batch(Codec::Lz4, &mixed()), 5);
        assert_eq!(sent(&mut client, 9, &[bytes]).await, [(87, -1)]);
        assert!(stage.broker.received(ApiKey::Produce).is_empty());
        let letters = std::mem::take(&mut *stage.letters.written.lock());
        let why = |name: &str| {
            let header = letters[0].headers.iter().find(|(header, _)| header == name);
            String::from_utf8(header.unwrap().1.clone().unwrap()).unwrap()
        };
        assert_eq!(
            (letters.len(), why("dlq.pid"), why("dlq.seq"), why("dlq.index")),
            (1, "5".into(), "7".into(), "1".into())
        );
        assert_eq!((why("dlq.rule"), why("dlq.client")), ("tidegate.payload".into(), "shop".into()));
    }
}

#[tokio::test]
async fn a_full_queue_does_not_hold_up_a_refusal() {
    let stage = Stage::set(vec![acting(Action::RejectAndDeadLetter)]).await;
    stage.letters.is_full.store(true, std::sync::atomic::Ordering::SeqCst);
    let mut client = stage.client().await;
    assert_eq!(sent(&mut client, 9, &[batch(Codec::None, &mixed())]).await, [(87, -1)]);
}

#[tokio::test]
async fn thousands_of_bad_records_all_become_letters() {
    let stage = Stage::set(vec![acting(Action::RejectAndDeadLetter)]).await;
    let mut client = stage.client().await;
    let records = vec![value(b"no frame".to_vec()); 2_500];
    assert_eq!(sent(&mut client, 9, &[batch(Codec::Lz4, &records)]).await, [(87, -1)]);
    assert_eq!(stage.letters.written.lock().len(), 2_500);
}

#[tokio::test]
async fn without_acks_records_are_removed_all_the_same() {
    let stage = Stage::set(vec![acting(Action::RemoveAndDeadLetter)]).await;
    let mut client = stage.client().await;
    client.send(&request(ApiKey::Produce, 9, 1, &asked(0, &[batch(Codec::None, &mixed())]))).await;
    assert_eq!(sent(&mut client, 9, &[batch(Codec::None, &[value(order("x"))])]).await[0].0, 0);
    let kept: Vec<_> = stage.broker.received(ApiKey::Produce);
    assert_eq!((kept.len(), stage.letters.written.lock().len()), (2, 1));
}

#[tokio::test]
async fn in_shadow_and_outside_the_ramp_nothing_changes() {
    let untouched = [
        TopicPolicy { mode: crate::Mode::Shadow, ..acting(Action::RemoveAndDeadLetter) },
        TopicPolicy { percent: 0, ..acting(Action::Flag) },
        TopicPolicy { producers: vec!["somebody-else".to_owned()], ..acting(Action::Reject) },
    ];
    for policy in untouched {
        let stage = Stage::set(vec![policy]).await;
        let mut client = stage.client().await;
        let frame = request(ApiKey::Produce, 9, 1, &asked(-1, &[batch(Codec::Lz4, &mixed())]));
        client.send(&frame).await;
        let (_, answer) = client.answer::<ProduceResponse>(9).await;
        assert_eq!(answer.responses[0].partition_responses[0].error_code, 0);
        assert_eq!(stage.broker.received(ApiKey::Produce), [frame[4..].to_vec()]);
        assert!(stage.letters.written.lock().is_empty());
    }
}

#[tokio::test]
async fn the_ramp_takes_producers_by_name() {
    let stage = Stage::set(vec![TopicPolicy { producers: vec!["sh?p".to_owned()], ..acting(Action::Reject) }]).await;
    let mut client = stage.client().await;
    assert_eq!(sent(&mut client, 9, &[batch(Codec::None, &mixed())]).await[0].0, 87);
}

#[tokio::test]
async fn nothing_is_asked_of_a_topic_of_dead_letters() {
    let policies = vec![TopicPolicy { dead_letter_topic: Some("orders".to_owned()), ..acting(Action::Reject) }];
    let stage = Stage::set(policies).await;
    let mut client = stage.client().await;
    assert_eq!(sent(&mut client, 9, &[batch(Codec::None, &mixed())]).await[0].0, 0);
}

// === what is kept of it ===

#[tokio::test]
async fn what_is_broken_is_told_with_a_masked_record() {
    for (mode, acted) in [(crate::Mode::Enforce, 2), (crate::Mode::Shadow, 0)] {
        let stage = Stage::set(vec![TopicPolicy { mode, ..policy("*") }]).await;
        let mut client = stage.client().await;
        let records = [value(order("first")), value(broken("second")), value(broken("third"))];
        sent(&mut client, 9, &[batch(Codec::Lz4, &records)]).await;
        let [seen] = &stage.blotter.drain()[..] else { panic!() };
        let offence = &seen.offence;
        assert_eq!(
            (&*offence.topic.topic, &*offence.client_id, &*offence.rule),
            ("orders", "shop", "tidegate.payload")
        );
        assert_eq!((seen.records, seen.acted), (2, acted));
        let [sample] = &seen.samples[..] else { panic!() };
        assert_eq!((sample.index, sample.partition, &*sample.action), (1, 0, "reject"));
        let fields: Vec<_> = sample.fields.iter().map(|field| (&*field.path, &*field.mask)).collect();
        assert_eq!(fields, [("id", "int")], "what comes before the flaw can be read");
        let tree = sample.tree.as_ref().unwrap();
        let marks: Vec<_> = tree.inner.iter().map(|node| (&*node.name, node.rules.len())).collect();
        assert_eq!(marks, [("id", 0), ("item", 1)], "{tree:?}");
    }
}

#[tokio::test]
async fn a_flood_of_the_same_makes_few_samples() {
    let stage = Stage::set(vec![policy("*")]).await;
    let mut client = stage.client().await;
    for _ in 0..10 {
        sent(&mut client, 9, &[batch(Codec::None, &mixed())]).await;
    }
    let [seen] = &stage.blotter.drain()[..] else { panic!() };
    assert_eq!((seen.records, seen.samples.len()), (10, 3));
}

#[tokio::test]
async fn a_batch_that_can_not_be_opened_is_told_too() {
    let stage = Stage::set(vec![policy("*")]).await;
    let mut client = stage.client().await;
    let mut bytes = batch(Codec::None, &mixed());
    bytes[70] ^= 1;
    assert_eq!(sent(&mut client, 9, &[bytes]).await[0].0, 87);
    let [seen] = &stage.blotter.drain()[..] else { panic!() };
    assert_eq!((&*seen.offence.rule, seen.records, seen.acted), ("tidegate.batch", 3, 3));
}
