//! Does a trace tie what was read to what was written, and nothing else?

use std::collections::BTreeSet;

use super::*;
use crate::testing::Dice;

const HEADER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn who(client_id: &str) -> Arc<Identity> {
    Arc::new(Identity { client_id: client_id.into(), address: "10.0.0.1".into(), ..Identity::default() })
}

fn id(number: u64) -> TraceId {
    let mut id = [7; 16];
    id[8..].copy_from_slice(&number.to_be_bytes());
    TraceId(id)
}

struct Stage {
    traces: Traces,
    recorder: Recorder,
}

impl Stage {
    fn set() -> Self {
        Self { traces: Traces::new(Sample(1)), recorder: Recorder::new(1_000) }
    }

    fn wrote(&self, who: &Arc<Identity>, topic: &str, trace: TraceId) {
        let topic = TopicRef { cluster: "main".into(), topic: topic.into() };
        self.traces.wrote(who, &topic, std::iter::once(trace), (&self.recorder, 1));
    }

    /// Each tie as who wrote, from where, for which group, to where.
    fn told(&self) -> BTreeSet<String> {
        let told = self.recorder.drain().into_iter().map(|seen| {
            assert_eq!((seen.records, &*seen.topic.cluster), (0, "main"));
            let Edge::Traced { from, group } = &seen.edge else { panic!("{:?}", seen.edge) };
            let group = group.as_deref().unwrap_or("-");
            format!("{}: {from} > {group} > {}", seen.identity.client_id, seen.topic.topic)
        });
        told.collect()
    }
}

fn ties<const N: usize>(texts: [&str; N]) -> BTreeSet<String> {
    texts.map(ToOwned::to_owned).into()
}

#[test]
fn who_reads_a_topic_and_goes_on_with_its_traces_makes_one_of_the_other() {
    let stage = Stage::set();
    stage.traces.reads(&who("enrich"), "orders", Some("billing"));
    stage.traces.reads(&who("enrich"), "orders", None);
    stage.traces.reads(&who("copy"), "orders", None);
    stage.wrote(&who("shop"), "orders", id(1));
    stage.wrote(&who("enrich"), "enriched", id(1));
    stage.wrote(&who("enrich"), "enriched", id(2));
    stage.wrote(&who("copy"), "copies", id(1));
    assert_eq!(stage.told(), ties(["enrich: orders > billing > enriched", "copy: orders > - > copies"]));
}

#[test]
fn branches_of_one_trace_are_no_flow_from_one_to_the_other() {
    let stage = Stage::set();
    // Two that go on with the same orders, and one that only ever was called with the same trace.
    for reader in ["enrich", "bill"] {
        stage.traces.reads(&who(reader), "orders", Some(reader));
    }
    stage.wrote(&who("shop"), "orders", id(1));
    stage.wrote(&who("bill"), "bills", id(1));
    stage.wrote(&who("enrich"), "enriched", id(1));
    stage.wrote(&who("payment"), "payments", id(1));
    assert_eq!(stage.told(), ties(["bill: orders > bill > bills", "enrich: orders > enrich > enriched"]));
}

#[test]
fn who_writes_two_topics_in_one_trace_reads_neither_for_the_other() {
    let stage = Stage::set();
    stage.traces.reads(&who("shop"), "orders", Some("shop"));
    stage.wrote(&who("shop"), "orders", id(1));
    stage.wrote(&who("shop"), "audit", id(1));
    stage.wrote(&who("shop"), "orders", id(1));
    assert_eq!(stage.told(), ties([]));
    // Once somebody else wrote there too, it is known no more whose it was that was read.
    stage.wrote(&who("kiosk"), "orders", id(1));
    stage.wrote(&who("shop"), "audit", id(1));
    assert_eq!(stage.told(), ties(["shop: orders > shop > audit"]));
}

#[test]
fn a_reader_in_several_groups_reads_for_none() {
    let stage = Stage::set();
    for group in [None, Some("one"), Some("two"), Some("one")] {
        stage.traces.reads(&who("enrich"), "orders", group);
    }
    stage.wrote(&who("shop"), "orders", id(1));
    stage.wrote(&who("enrich"), "enriched", id(1));
    assert_eq!(stage.told(), ties(["enrich: orders > - > enriched"]));
}

#[test]
fn names_that_libraries_made_up_need_a_principal_and_a_place() {
    let made_up = |client_id: &str, principal: &str, address: &str| {
        Arc::new(Identity {
            client_id: client_id.into(),
            principal: principal.into(),
            address: address.into(),
            ..Identity::default()
        })
    };
    for (principal, address, expected) in [
        ("User:enrich", "10.0.0.1", ties(["producer-1: orders > billing > enriched"])),
        ("User:enrich", "10.0.0.2", ties([])),
        ("User:other", "10.0.0.1", ties([])),
        ("", "10.0.0.1", ties([])),
    ] {
        let stage = Stage::set();
        for principal in ["User:enrich", ""] {
            stage.traces.reads(&made_up("consumer-billing-1", principal, "10.0.0.1"), "orders", Some("billing"));
        }
        stage.wrote(&who("shop"), "orders", id(1));
        stage.wrote(&made_up("producer-1", principal, address), "enriched", id(1));
        assert_eq!(stage.told(), expected, "{principal} {address}");
    }
}

#[test]
fn the_threads_of_kafka_streams_are_one_application() {
    let stage = Stage::set();
    stage.traces.reads(&who("enrich-7d1f-StreamThread-1-consumer"), "orders", Some("enrich"));
    stage.wrote(&who("shop"), "orders", id(1));
    stage.wrote(&who("enrich-7d1f-StreamThread-1-producer"), "enriched", id(1));
    stage.wrote(&who("enrich-9c00-StreamThread-1-producer"), "others", id(1));
    assert_eq!(stage.told(), ties(["enrich-7d1f-StreamThread-1-producer: orders > enrich > enriched"]));
}

#[test]
fn a_flood_is_bounded_and_what_is_used_stays() {
    let stage = Stage::set();
    stage.traces.reads(&who("enrich"), "orders", Some("billing"));
    stage.wrote(&who("shop"), "orders", id(0));
    for number in 1..80_000 {
        stage.wrote(&who("flood"), "orders", id(number));
        if number % 10_000 == 0 {
            stage.wrote(&who("shop"), "orders", id(0));
            stage.traces.reads(&who(&format!("reader {number}")), "orders", Some("g"));
        }
    }
    for number in 0..20_000 {
        stage.traces.reads(&who(&format!("reader {number}")), "orders", Some("g"));
        stage.traces.reads(&who("enrich"), "orders", None);
    }
    {
        let table = stage.traces.table.lock();
        let held = |young: usize, old: usize, most: usize| young <= most / 2 && young + old <= most;
        assert!(held(table.traces.young.len(), table.traces.old.len(), MOST_TRACES));
        assert!(held(table.readings.young.len(), table.readings.old.len(), MOST_READINGS));
    }
    stage.wrote(&who("enrich"), "enriched", id(0));
    assert_eq!(stage.told(), ties(["enrich: orders > billing > enriched"]));

    for number in 0..3 * usize::from(MOST_TOPICS) {
        stage.wrote(&who("flood"), &format!("topic {number}"), id(1));
    }
    stage.wrote(&who("flood"), &"x".repeat(LONGEST_NAME + 1), id(2));
    let table = stage.traces.table.lock();
    assert!(table.topics.len() <= usize::from(MOST_TOPICS) && table.numbers.len() == table.topics.len());
    assert!(table.traces.young.values().chain(table.traces.old.values()).all(|stops| stops.count <= MOST_STOPS));
}

#[test]
fn one_trace_in_so_many_is_looked_at_and_none_if_none_is_wanted() {
    let header = |number: u64| format!("00-{:016x}{number:016x}-b7ad6b7169203331-01", 7);
    let taken =
        |sample: usize| (0..800).filter(|number| Sample(sample).trace(header(*number).as_bytes()).is_some()).count();
    assert_eq!([0, 1, 8, 100].map(taken), [0, 800, 100, 8]);
    // Whoever carries the trace on has another parent, and maybe other flags.
    let (one, other) = (header(64), header(64).replace("b7ad6b7169203331-01", "00f067aa0ba902b7-00"));
    assert_eq!(Sample(8).trace(one.as_bytes()), Sample(8).trace(other.as_bytes()));
}

#[test]
fn a_header_is_read_as_the_standard_says_and_nothing_else() {
    let bytes = [0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c];
    assert_eq!(TraceId::parse(HEADER.as_bytes()), Some(TraceId(bytes)));
    for wrong in [
        "",
        "00",
        &HEADER[..54],
        &format!("{HEADER}-"),
        &HEADER.replace("00-0af", "01-0af"),
        &HEADER.replace("00-0af", "ff-0af"),
        &HEADER.to_uppercase(),
        &HEADER.replace("-01", "-0g"),
        &HEADER.replace("-b7ad", "_b7ad"),
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319é-b7ad6b716920333-01",
    ] {
        assert_eq!(TraceId::parse(wrong.as_bytes()), None, "{wrong}");
    }
}

#[test]
fn whatever_is_read_as_a_header_is_one() {
    let mut dice = Dice::new(29);
    for _ in 0..20_000 {
        let mut bytes = HEADER.as_bytes().to_vec();
        dice.mutate(&mut bytes);
        let Some(TraceId(id)) = TraceId::parse(&bytes) else { continue };
        let text = std::str::from_utf8(&bytes).unwrap();
        let parts: Vec<_> = text.split('-').collect();
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((parts.len(), parts[0], parts[1], parts[2].len(), parts[3].len()), (4, "00", &*id, 16, 2), "{text}");
        assert!(text.bytes().all(|letter| matches!(letter, b'0'..=b'9' | b'a'..=b'f' | b'-')));
    }
}
