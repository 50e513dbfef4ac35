//! Is every bad record found, and no good one?

use std::time::Duration;

use tidegate_compat::envelope::frame;
use tidegate_compat::{ContextName, Contract, Fingerprint, RuleKind, RuleMode, RuleSet, SchemaKind};

use super::*;
use crate::codec::{Codec, CodecError};
use crate::policy::ReadyPolicy;
use crate::testing::{
    CODECS, Dice, Map, NO_ID, ORDER, ORDER_ID, OTHER_ID, Rec, batch, broken, order, order_as, policy, reseal, value,
};
use crate::traces::TraceId;
use crate::{Framing, SubjectNaming, TopicPolicy, Transforms};

const MAX: usize = 64 << 20;

struct Court {
    map: Arc<Map>,
    schemas: Arc<Schemas>,
    bench: Bench,
    judge: Judge,
}

impl Court {
    fn new(policy: TopicPolicy) -> Self {
        let map = Map::orders();
        let schemas = Arc::new(Schemas::new(map.clone(), Duration::from_secs(1)));
        let bench = Bench::new(Arc::new(ReadyPolicy::of(policy).unwrap()), "orders".into());
        Self { map, schemas, bench, judge: Judge::default() }
    }

    fn judge(&mut self, bytes: &[u8]) -> Verdict {
        self.judge_at(self.schemas.now(), bytes)
    }

    fn judge_at(&mut self, moment: Moment, bytes: &[u8]) -> Verdict {
        self.judge.judge(&mut self.bench, &self.schemas, moment, bytes, MAX)
    }

    /// Judges, asking for what is unknown.
    async fn decide(&mut self, bytes: &[u8]) -> Verdict {
        let moment = self.schemas.now();
        let mut verdict = self.judge_at(moment, bytes);
        while !self.judge.unasked.is_empty() {
            let keys = std::mem::take(&mut self.judge.unasked);
            let context = &self.bench.policy.context;
            let unavailable = self.schemas.ask(context, &keys, self.schemas.deadline()).await;
            self.judge.unavailable.extend(unavailable);
            verdict = self.judge_at(moment, bytes);
        }
        verdict
    }

    async fn decide_records(&mut self, records: &[Rec]) -> Verdict {
        self.decide(&batch(Codec::None, records)).await
    }
}

fn bad_indexes(verdict: &Verdict) -> Vec<u32> {
    match verdict {
        Verdict::Bad(bad) => bad.listed.iter().map(|(index, _)| *index).collect(),
        other => panic!("{other:?}"),
    }
}

fn complaint(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Bad(bad) => {
            let all = bad.listed[0].1.as_ref().unwrap();
            all.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn good_records_are_good_in_every_codec() {
    let mut court = Court::new(policy("*"));
    let records: Vec<_> = (0..500).map(|index| value(order(&format!("item {index}")))).collect();
    for codec in CODECS {
        assert_eq!(court.decide(&batch(codec, &records)).await, Verdict::Good, "{codec:?}");
        let bytes: usize = records.iter().map(|record| record.value.as_ref().unwrap().len()).sum();
        let run = Run { schema: Some(ORDER_ID), records: 500, bytes: bytes as u64, bad: 0, bad_bytes: 0 };
        assert_eq!(court.judge.runs(), [run]);
    }
}

#[tokio::test]
async fn every_bad_record_is_found_wherever_it_stands() {
    let mut court = Court::new(policy("*"));
    let (good, bad) = (value(order("x")), value(broken("x")));
    for (records, expected) in [
        (vec![bad.clone(), good.clone()], vec![0]),
        (vec![good.clone(), bad.clone()], vec![1]),
        (vec![bad.clone(), good.clone(), bad.clone(), bad.clone(), good.clone()], vec![0, 2, 3]),
    ] {
        assert_eq!(bad_indexes(&court.decide_records(&records).await), expected);
    }
}

#[tokio::test]
async fn each_kind_of_trouble_has_its_reason() {
    let mut court = Court::new(policy("*"));
    let mut trailing = order("x");
    trailing.push(0);
    for (record, expected) in [
        (b"{\"id\":1}".to_vec(), "not the magic byte"),
        (vec![], "the record is empty"),
        (vec![0, 0, 0], "cut short"),
        (order_as(NO_ID, "x"), "schema 99 is not registered"),
        (order_as(OTHER_ID, "x"), "schema 2 is not registered under subject 'orders-value'"),
        (broken("x"), "[schema 1]"),
        (trailing, "[schema 1]"),
    ] {
        let told = complaint(&court.decide_records(&[value(record)]).await);
        assert!(told.starts_with("value: ") && told.contains(expected), "{told}");
    }
}

#[tokio::test]
async fn tombstones_and_null_keys_pass() {
    let mut court = Court::new(TopicPolicy { key: true, ..policy("*") });
    assert_eq!(court.decide_records(&[Rec::default(), value(order("x"))]).await, Verdict::Good);
    assert_eq!(court.decide(&batch(Codec::None, &[])).await, Verdict::Good);
}

#[tokio::test]
async fn keys_are_checked_when_the_policy_says_so() {
    let record = Rec { key: Some(b"plain".to_vec()), ..value(order("x")) };
    assert_eq!(Court::new(policy("*")).decide_records(std::slice::from_ref(&record)).await, Verdict::Good);
    let mut court = Court::new(TopicPolicy { key: true, ..policy("*") });
    assert!(complaint(&court.decide_records(&[record]).await).starts_with("key: "));

    court.map.add(SchemaId(5), r#""string""#, &["orders-key"]);
    let key = Some(frame(SchemaId(5), &[2, b'k']));
    assert_eq!(court.decide_records(&[Rec { key, ..value(order("x")) }]).await, Verdict::Good);
}

#[tokio::test]
async fn the_schema_may_be_named_in_a_header_by_id_or_guid() {
    let mut court = Court::new(policy("*"));
    let guid = Fingerprint([7; 16]);
    let context = ContextName::default_context();
    court.map.put(&context, SchemaKey::Guid(guid), SchemaKind::Avro, (ORDER_ID, ORDER), &["orders-value"]);
    let payload = order("x").split_off(5);
    let named =
        |header: Option<Vec<u8>>| Rec { headers: vec![("__value_schema_id", header)], ..value(payload.clone()) };
    let guid = [&[1][..], &[7; 16]].concat();
    assert_eq!(court.decide_records(&[named(Some(guid)), named(Some(vec![0, 0, 0, 0, 1]))]).await, Verdict::Good);
    assert_eq!(court.judge.runs().len(), 1, "both are the same schema");
    assert!(complaint(&court.decide_records(&[named(None)]).await).contains("holds no schema id"));
    assert!(complaint(&court.decide_records(&[named(Some(vec![0, 0, 0, 0, 1, 9]))]).await).contains("too long"));
    // With a header, the whole value is payload: a frame in front of it is too much.
    let framed = Rec { headers: vec![("__value_schema_id", Some(vec![0, 0, 0, 0, 1]))], ..value(order("x")) };
    assert_eq!(bad_indexes(&court.decide_records(&[framed]).await), [0]);
}

#[tokio::test]
async fn subjects_may_be_named_after_records() {
    let by = |naming| Court::new(TopicPolicy { naming, ..policy("*") });
    let mut court = by(SubjectNaming::RecordName);
    assert!(complaint(&court.decide_records(&[value(order("x"))]).await).contains("'shop.Order'"));
    court.map.add(ORDER_ID, ORDER, &["shop.Order"]);
    assert_eq!(court.decide_records(&[value(order("x"))]).await, Verdict::Good);

    let mut court = by(SubjectNaming::TopicRecordName);
    court.map.add(ORDER_ID, ORDER, &["orders-shop.Order"]);
    assert_eq!(court.decide_records(&[value(order("x"))]).await, Verdict::Good);
    court.map.add(SchemaId(6), r#""long""#, &["orders-value"]);
    assert!(complaint(&court.decide_records(&[value(frame(SchemaId(6), &[2]))]).await).contains("no record name"));
}

#[tokio::test]
async fn ids_count_in_the_context_of_the_policy() {
    let context = ContextName::parse("staging").unwrap();
    let mut court = Court::new(TopicPolicy { context: context.clone(), ..policy("*") });
    assert!(complaint(&court.decide_records(&[value(order("x"))]).await).contains("schema 1 is not registered"));
    court.map.put(&context, SchemaKey::Id(ORDER_ID), SchemaKind::Avro, (ORDER_ID, ORDER), &["orders-value"]);
    assert_eq!(court.decide_records(&[value(order("x"))]).await, Verdict::Good);
}

#[tokio::test]
async fn what_can_not_be_checked_is_undecidable_not_bad() {
    let mut court = Court::new(policy("*"));
    court.map.put(
        &ContextName::default_context(),
        SchemaKey::Id(SchemaId(8)),
        SchemaKind::Avro,
        (SchemaId(8), "{not a schema"),
        &["orders-value"],
    );
    let Verdict::Undecidable(reason) = court.decide_records(&[value(frame(SchemaId(8), b"x"))]).await else { panic!() };
    assert!(reason.starts_with("payloads of schema 8 can't be checked"), "{reason}");
    // A bad record beside it is still bad.
    let both = [value(frame(SchemaId(8), b"x")), value(b"no frame".to_vec())];
    assert_eq!(bad_indexes(&court.decide_records(&both).await), [1]);
}

#[tokio::test]
async fn a_registry_that_is_away_leaves_things_undecided_and_says_why() {
    let mut court = Court::new(policy("*"));
    court.map.is_away.store(true, std::sync::atomic::Ordering::SeqCst);
    let verdict = court.decide_records(&[value(order("x"))]).await;
    assert_eq!(verdict, Verdict::Undecidable("no route to the registry".into()));
}

#[tokio::test]
async fn what_is_known_is_judged_without_the_registry() {
    let mut court = Court::new(policy("*"));
    let bytes = batch(Codec::None, &[value(order("x"))]);
    assert_eq!(court.decide(&bytes).await, Verdict::Good);
    court.map.is_away.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(court.judge(&bytes), Verdict::Good);
}

#[tokio::test]
async fn thousands_of_bad_records_are_counted_and_the_first_are_listed() {
    let mut court = Court::new(policy("*"));
    let records = vec![value(b"no frame".to_vec()); 2_500];
    let Verdict::Bad(bad) = court.decide_records(&records).await else { panic!() };
    assert_eq!((bad.total, bad.listed.len()), (2_500, MOST_INDEXES));
    assert_eq!(bad.listed.iter().filter(|(_, complaint)| complaint.is_some()).count(), MOST_TEXTS);
}

#[tokio::test]
async fn many_different_ids_are_all_judged_and_counted_in_bounded_space() {
    let mut court = Court::new(policy("*"));
    (10..210).for_each(|id| court.map.add(SchemaId(id), ORDER, &["orders-value"]));
    let records: Vec<_> = (10..210).map(|id| value(order_as(SchemaId(id), "x"))).collect();
    assert_eq!(court.decide_records(&records).await, Verdict::Good);
    assert!(court.judge.runs().len() <= MOST_RUNS + 1);
    assert_eq!(court.judge.runs().iter().map(|run| run.records).sum::<u64>(), 200);
}

#[tokio::test]
async fn the_first_record_may_carry_a_trace() {
    let mut court = Court::new(policy("*"));
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let traced = Rec { headers: vec![("traceparent", Some(trace.as_bytes().to_vec()))], ..value(order("x")) };
    court.decide_records(&[traced, value(order("y"))]).await;
    assert_eq!(court.judge.traceparent.as_deref(), Some(trace));
    court.decide_records(&[value(order("y"))]).await;
    assert_eq!(court.judge.traceparent, None);
}

#[tokio::test]
async fn traces_are_noted_wherever_they_stand_and_no_more_than_a_few() {
    let mut court = Court::new(policy("*"));
    let trace = |number: u8| format!("00-0af7651916cd43dd8448eb211c8031{number:02x}-b7ad6b7169203331-01").into_bytes();
    let traced = |number, bytes: Vec<u8>| Rec { headers: vec![("traceparent", Some(trace(number)))], ..value(bytes) };
    let noted = |number, is_doubtful| Traced { trace: TraceId::parse(&trace(number)).unwrap(), is_doubtful };
    let odd =
        Rec { headers: vec![("traceparent", None), ("traceparent", Some(b"00-odd".to_vec()))], ..value(order("x")) };
    let few = [value(order("x")), traced(1, order("x")), odd, traced(1, broken("x")), traced(4, broken("x"))];
    court.decide_records(&few).await;
    assert_eq!(court.judge.traces, [], "none is wanted");
    court.judge.sample = Sample(1);
    court.decide_records(&few).await;
    assert_eq!(court.judge.traces, [noted(1, false), noted(4, true)]);
    court.judge.sample = Sample(4);
    court.decide_records(&few).await;
    assert_eq!(court.judge.traces, [noted(4, true)]);
    court.judge.sample = Sample(1);
    let many: Vec<_> = (0..=u8::MAX).map(|number| traced(number, order("x"))).collect();
    court.decide_records(&many).await;
    assert_eq!(court.judge.traces.len(), MOST_TRACED as usize);
    court.decide_records(&[value(order("x"))]).await;
    assert_eq!(court.judge.traces, []);
}

#[tokio::test]
async fn a_batch_that_grows_beyond_its_limit_is_unfit() {
    let mut court = Court::new(policy("*"));
    let bomb = batch(Codec::Zstd, &vec![value(vec![0; 1 << 20]); 4]);
    assert_eq!(court.decide(&bomb).await, Verdict::Unfit(BatchFault::Codec(CodecError::TooLarge(1 << 20))));
}

#[tokio::test]
async fn tampered_batches_are_judged_without_a_panic() {
    let mut court = Court::new(policy("*"));
    let mut dice = Dice::new(3);
    let records: Vec<_> = (0..10).map(|index| value(order(&"x".repeat(index)))).collect();
    for codec in CODECS {
        let original = batch(codec, &records);
        for _ in 0..400 {
            let mut bytes = original.clone();
            dice.mutate(&mut bytes);
            if bytes.len() > 61 {
                let length = u32::try_from(bytes.len() - 12).unwrap();
                bytes[8..12].copy_from_slice(&length.to_be_bytes());
                reseal(&mut bytes);
            }
            court.decide(&bytes).await;
        }
    }
}

// === records that name no schema, and subjects that are named otherwise ===

fn unframed(naming: SubjectNaming) -> TopicPolicy {
    TopicPolicy { framing: Framing::None, naming, ..policy("*") }
}

#[tokio::test]
async fn records_without_framing_obey_the_latest_version_of_their_subject() {
    let mut court = Court::new(unframed(SubjectNaming::TopicName));
    let bare = |item: &str| value(order(item).split_off(5));
    assert_eq!(court.decide_records(&[bare("a"), Rec::default()]).await, Verdict::Good);
    assert_eq!(court.judge.runs()[0].schema, Some(ORDER_ID));
    assert_eq!(bad_indexes(&court.decide_records(&[bare("a"), value(order("framed"))]).await), [1]);

    court.map.add(SchemaId(8), r#""long""#, &["orders-value"]);
    assert_eq!(bad_indexes(&court.decide_records(&[value(vec![2]), bare("a")]).await), [1], "there is a newer version");
}

#[tokio::test]
async fn bare_protobuf_is_the_first_message_of_its_file() {
    let mut court = Court::new(unframed(SubjectNaming::Fixed("ticks".into())));
    let text = "syntax = \"proto3\"; message Tick { int64 at = 1; } message Other { string text = 1; }";
    let context = ContextName::default_context();
    court.map.put(&context, SchemaKey::Id(SchemaId(9)), SchemaKind::Protobuf, (SchemaId(9), text), &["ticks"]);
    assert_eq!(court.decide_records(&[value(vec![8, 42])]).await, Verdict::Good);
    assert_eq!(bad_indexes(&court.decide_records(&[value(vec![10, 1, b'x'])]).await), [0]);
}

#[tokio::test]
async fn without_framing_and_schema_nothing_can_be_good() {
    let mut court = Court::new(unframed(SubjectNaming::Fixed("nobody".into())));
    assert!(complaint(&court.decide_records(&[value(vec![2])]).await).contains("subject 'nobody' has no schema"));
    court.map.is_away.store(true, std::sync::atomic::Ordering::SeqCst);
    court.map.add(SchemaId(8), r#""long""#, &["other"]);
    let verdict = court.decide_records(&[value(vec![2])]).await;
    assert_eq!(verdict, Verdict::Undecidable("no route to the registry".into()));
}

#[tokio::test]
async fn a_fixed_subject_takes_the_place_of_the_name() {
    let mut court = Court::new(TopicPolicy { naming: SubjectNaming::Fixed("bills-value".into()), ..policy("*") });
    assert_eq!(court.decide_records(&[value(order_as(OTHER_ID, "x"))]).await, Verdict::Good);
    assert!(complaint(&court.decide_records(&[value(order("x"))]).await).contains("subject 'bills-value'"));
}

#[tokio::test]
async fn an_association_counts_and_without_one_the_name_does() {
    let mut court = Court::new(TopicPolicy { naming: SubjectNaming::Associated, ..policy("*") });
    assert_eq!(court.decide_records(&[value(order("x"))]).await, Verdict::Good, "by topic name");
    *court.map.associated.lock() = Some(tidegate_compat::SubjectName::parse("bills-value"));
    court.map.add(SchemaId(8), r#""long""#, &["other"]);
    assert_eq!(court.decide_records(&[value(order_as(OTHER_ID, "x"))]).await, Verdict::Good);
    assert!(complaint(&court.decide_records(&[value(order("x"))]).await).contains("subject 'bills-value'"));
}

// === contracts ===

fn promise(rules: Vec<tidegate_compat::contract::Rule>) -> Contract {
    Contract { rules: Some(RuleSet { domain: rules, ..RuleSet::default() }), ..Contract::default() }
}

fn rule(name: &str, executor: &str, kind: RuleKind, expr: &str) -> tidegate_compat::contract::Rule {
    tidegate_compat::contract::Rule {
        name: name.into(),
        doc: None,
        kind,
        mode: RuleMode::Write,
        executor: Some(executor.into()),
        tags: [].into(),
        params: [].into(),
        expr: Some(expr.into()),
        on_success: None,
        on_failure: None,
        disabled: false,
    }
}

#[tokio::test]
async fn rules_that_change_records_are_left_to_clients_or_refused() {
    let contract = promise(vec![rule("seal", "ENCRYPT", RuleKind::Transform, "")]);
    let mut court = Court::new(policy("*"));
    court.map.promise(ORDER_ID, contract.clone());
    assert_eq!(court.decide_records(&[value(order("x"))]).await, Verdict::Good);
    assert_eq!(court.judge.not_run().left, 1);

    let mut court = Court::new(TopicPolicy { transforms: Transforms::Refuse, ..policy("*") });
    court.map.promise(ORDER_ID, contract);
    assert!(complaint(&court.decide_records(&[value(order("x"))]).await).contains("rule 'seal'"));
}

#[tokio::test]
async fn rules_that_can_not_be_run_are_counted_and_refuse_nothing() {
    let mut court = Court::new(policy("*"));
    court.map.promise(ORDER_ID, promise(vec![rule("odd", "JSONATA", RuleKind::Condition, "true")]));
    assert_eq!(court.decide_records(&[value(order("x")), value(order("y"))]).await, Verdict::Good);
    assert_eq!(court.judge.not_run().not_checkable, 2);
}

#[tokio::test]
async fn a_contract_that_changes_is_compiled_anew() {
    let mut court = Court::new(TopicPolicy { transforms: Transforms::Refuse, ..policy("*") });
    assert_eq!(court.decide_records(&[value(order("x"))]).await, Verdict::Good);
    court.map.promise(ORDER_ID, promise(vec![rule("seal", "ENCRYPT", RuleKind::Transform, "")]));
    assert_eq!(bad_indexes(&court.decide_records(&[value(order("x"))]).await), [0]);
}

#[tokio::test]
async fn payloads_that_are_encrypted_as_a_whole_are_taken_at_their_word() {
    let mut court = Court::new(policy("*"));
    let seal = rule("seal", "ENCRYPT_PAYLOAD", RuleKind::Transform, "");
    let rules = RuleSet { encoding: vec![seal], ..RuleSet::default() };
    court.map.promise(ORDER_ID, Contract { rules: Some(rules), ..Contract::default() });
    assert_eq!(court.decide_records(&[value(frame(ORDER_ID, b"ciphertext"))]).await, Verdict::Good);
    assert_eq!(bad_indexes(&court.decide_records(&[value(order_as(NO_ID, "x"))]).await), [0]);
}

#[tokio::test]
async fn records_that_are_bad_in_the_same_way_are_told_together() {
    let mut court = Court::new(policy("*"));
    let bad = |item: &str| value(broken(item));
    court.decide_records(&[bad("a"), value(b"no frame".to_vec()), bad("a"), value(order("x"))]).await;
    let groups: Vec<_> = court.judge.groups().iter().map(|group| (group.index, group.records)).collect();
    assert_eq!(groups, [(0, 2), (1, 1)]);
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_payload_is_told() {
    let mut court = Court::new(unframed(SubjectNaming::Fixed("parcels".into())));
    let text = r#"{"type":"object","properties":{"id":{"type":"integer"},"weight":{"type":"number"},
        "lines":{"type":"array","items":{"type":"string"}}}}"#;
    let context = ContextName::default_context();
    court.map.put(&context, SchemaKey::Id(SchemaId(9)), SchemaKind::Json, (SchemaId(9), text), &["parcels"]);
    let bad = br#"{"id":"x","weight":2.5,"lines":["a",1,2]}"#;
    let verdict = court.decide_records(&[value(br#"{"id":1}"#.to_vec()), value(bad.to_vec())]).await;
    let Verdict::Bad(told) = &verdict else { panic!("{verdict:?}") };
    assert_eq!(told.total, 1);
    let paths: Vec<_> = told.listed[0].1.iter().flatten().map(Complaint::path).collect();
    assert_eq!(paths, ["id", "lines[1]", "lines[2]"]);
    // Two lines are wrong in the same way.
    let groups: Vec<_> = court.judge.groups().iter().map(|group| (group.complaint.path(), group.records)).collect();
    assert_eq!(groups, [("id", 1), ("lines[1]", 1)]);
}

#[test]
fn a_record_that_breaks_several_rules_counts_once() {
    let broken = |rule: &str, path: &str, action| {
        let failure = RuleFailure { rule: rule.into(), path: path.into(), reason: "no".into(), action };
        Complaint::Rule { part: Part::Value, id: ORDER_ID, failure }
    };
    let complaints = vec![
        broken("mild", "", RuleAction::Continue),
        broken("first", "id", RuleAction::Reject),
        broken("second", "lines[0].sku", RuleAction::Reject),
        broken("second", "lines[1].sku", RuleAction::Reject),
    ];
    let mut notes = Notes::default();
    notes.complain(3, complaints.clone(), Fate::Refuse);
    assert_eq!((notes.bad.total, notes.bad.worst), (1, Fate::Refuse));
    assert_eq!(notes.bad.listed, [(3, Some(complaints[1..].to_vec()))]);
    let groups: Vec<_> = notes.groups.iter().map(|group| (group.complaint.rule(), group.records)).collect();
    assert_eq!(groups, [("mild", 1), ("first", 1), ("second", 1)]);
    assert_eq!(main(&complaints, Fate::Refuse), complaints.get(1));
    // What decides is what has the worst to follow.
    let letter = broken("letter", "", RuleAction::DeadLetter { topic: None });
    let worst = [complaints[1].clone(), letter.clone(), complaints[2].clone()];
    assert_eq!(main(&worst, Fate::Refuse), Some(&letter));
    assert_eq!(main(&[], Fate::Refuse), None);
}
