//! Does judging good records allocate? A counting allocator says: per batch at most a constant, per record nothing.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::Arc;

use kafka_protocol::records::{Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType};
use tidegate_compat::contract::Rule;
use tidegate_compat::envelope::frame;
use tidegate_compat::{
    ContextName, Contract, RuleKind, RuleMode, RuleSet, SchemaId, SchemaKey, SchemaKind, SubjectName, Version,
};
use tidegate_proxy::schemas::Boxed;
use tidegate_proxy::workbench::Workbench;
use tidegate_proxy::{Registered, SchemaSource, SourceError, TopicPolicy};

const SCHEMA: &str = r#"{"type":"record","name":"Order","fields":[
    {"name":"id","type":"long"},{"name":"items","type":{"type":"array","items":"string"}},
    {"name":"note","type":["null","string"]}]}"#;

/// A registry with one schema, under this contract.
struct One(Contract);

impl SchemaSource for One {
    fn schema<'a>(&'a self, context: &'a ContextName, _: SchemaKey) -> Boxed<'a, Result<Registered, SourceError>> {
        Box::pin(async move {
            let usages = vec![(SubjectName::new(context.clone(), "orders-value"), Version(1))];
            let (id, kind, text) = (SchemaId(1), SchemaKind::Avro, SCHEMA.into());
            Ok(Registered { id, kind, text, references: Vec::new(), usages, contract: self.0.clone() })
        })
    }

    fn revision(&self) -> u64 {
        1
    }
}

fn workbench(contract: Contract) -> Workbench {
    Workbench::new(Arc::new(One(contract)), TopicPolicy::new("all", "*"), "orders").unwrap()
}

/// Ids are positive, and notes are short where there are any.
fn contract() -> Contract {
    let rule = |name: &str, expr: &str| Rule {
        name: name.to_owned(),
        doc: None,
        kind: RuleKind::Condition,
        mode: RuleMode::Write,
        executor: Some("CEL".to_owned()),
        tags: [].into(),
        params: [].into(),
        expr: Some(expr.to_owned()),
        on_success: None,
        on_failure: None,
        disabled: false,
    };
    let domain =
        vec![rule("positive", "message.id > 0"), rule("short", "message.note == null || size(message.note) < 9")];
    Contract { rules: Some(RuleSet { domain, ..RuleSet::default() }), ..Contract::default() }
}

fn batch(count: usize) -> Vec<u8> {
    // id 1, one item "ab", no note; headers as a tracing producer adds them.
    let value = frame(SchemaId(1), &[2, 2, 4, b'a', b'b', 0, 0]);
    let record = |index: usize| Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: 0,
        producer_id: 1,
        producer_epoch: 0,
        timestamp_type: TimestampType::Creation,
        timestamp: 1_700_000_000_000,
        sequence: i32::try_from(index).unwrap(),
        offset: i64::try_from(index).unwrap(),
        key: Some("key".into()),
        value: Some(value.clone().into()),
        headers: [("source".into(), Some("shop".into()))].into_iter().collect(),
    };
    let records: Vec<_> = (0..count).map(record).collect();
    let mut out = bytes::BytesMut::new();
    let options = RecordEncodeOptions { version: 2, compression: Compression::None };
    RecordBatchEncoder::encode(&mut out, records.iter(), &options).unwrap();
    out.to_vec()
}

#[test]
fn good_records_are_judged_without_allocating() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for contract in [Contract::default(), contract()] {
        let mut workbench = workbench(contract);
        for count in [1, 10_000] {
            let batch = batch(count);
            runtime.block_on(workbench.learn(&batch));
            assert!(workbench.judge(&batch));
            let used = allocation_counter::measure(|| assert!(workbench.judge(&batch)));
            assert_eq!(used.count_total, 0, "{count} records");
        }
    }
}

#[test]
fn the_counter_counts() {
    let used = allocation_counter::measure(|| drop(std::hint::black_box(vec![0u8; 100])));
    assert_eq!(used.count_total, 1);
}
