//! What do benches, fuzzers and the allocation test work on? The parts that foreign bytes reach, without a network.

use std::sync::Arc;
use std::time::Duration;

use crate::batch::Batch;
use crate::bench::Bench;
use crate::codec::{self, Scratch};
use crate::judge::{Judge, Verdict};
use crate::policy::{PolicyFault, ReadyPolicy, TopicPolicy};
use crate::produce::{Request, Ruling};
use crate::reject::Refusal;
use crate::schemas::{SchemaSource, Schemas};
use crate::traces::TraceId;
use crate::wire::Cursor;
use crate::{fetch, groups, metadata, produce, sasl, transactions, versions};

const MAX_BATCH: usize = 64 << 20;

/// A judge with everything that it needs for one topic.
#[derive(Debug)]
pub struct Workbench {
    judge: Judge,
    bench: Bench,
    schemas: Arc<Schemas>,
}

impl Workbench {
    pub fn new(source: Arc<dyn SchemaSource>, policy: TopicPolicy, topic: &str) -> Result<Self, PolicyFault> {
        let policy = Arc::new(ReadyPolicy::of(policy)?);
        let schemas = Arc::new(Schemas::new(source, Duration::from_secs(5)));
        Ok(Self { judge: Judge::default(), bench: Bench::new(policy, topic.into()), schemas })
    }

    /// Asks for all schemas that a batch names.
    pub async fn learn(&mut self, batch: &[u8]) {
        self.judge(batch);
        if !self.judge.unasked.is_empty() {
            let keys = std::mem::take(&mut self.judge.unasked);
            let unavailable = self.schemas.ask(&self.bench.policy.context, &keys, self.schemas.deadline()).await;
            self.judge.unavailable.extend(unavailable);
            self.judge(batch);
        }
    }

    /// Whether all records of a batch are good.
    pub fn judge(&mut self, batch: &[u8]) -> bool {
        let moment = self.schemas.now();
        self.judge.judge(&mut self.bench, &self.schemas, moment, batch, MAX_BATCH) == Verdict::Good
    }
}

/// Opens, decompresses and walks a batch; how many bytes its keys and values take.
pub fn walk(bytes: &[u8]) -> Option<usize> {
    let batch = Batch::open(bytes).ok()?;
    let mut scratch = Scratch::default();
    let plain = scratch.open(batch.codec, batch.records, codec::limit(batch.records.len(), MAX_BATCH)).ok()?;
    let mut records = batch.walk(plain).ok()?;
    let mut size = 0;
    while let Some(record) = records.next() {
        let record = record.ok()?;
        size += record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
        record.headers.last("traceparent").flatten().and_then(TraceId::parse);
    }
    Some(size)
}

/// Reads a produce request, refuses every other partition, and puts both halves together again.
pub fn take_apart(request: &[u8], version: i16) {
    let mut parts = Request::default();
    if parts.read(request, version).is_err() {
        return;
    }
    let refuse = |at: usize| match at % 3 {
        0 => Ruling::Answer(Refusal::bare(87, "refused")),
        1 => Ruling::Replace(vec![0; 64]),
        _ => Ruling::Pass,
    };
    let refused: Vec<_> = (0..parts.partitions.len()).map(refuse).collect();
    parts.ruled(&refused).slices(request);
    let _ = parts.owed(request, refused).merge(request, 1, version);
}

/// Reads bytes as every message that is looked at on its way.
pub fn tap(bytes: &[u8], version: i16) {
    let cursor = Cursor::new(bytes);
    let _ = groups::join_group(cursor, version);
    let _ = groups::heartbeat(cursor);
    let _ = groups::offset_commit(cursor, version);
    let _ = groups::txn_offset_commit(cursor, version);
    let _ = fetch::Positions::default().take_in(cursor, version, |_| ());
    let _ = transactions::end(cursor, version);
    let _ = groups::share_heartbeat(cursor);
    let _ = groups::streams_heartbeat(cursor);
    let _ = groups::share_fetch(cursor, version);
    let _ = fetch::walk::blank(&mut bytes.to_vec());
    let _ = fetch::walk::blank_share(&mut bytes.to_vec());
    let _ = metadata::share_acknowledge(bytes, version);
    let _ = metadata::metadata(bytes, version);
    let _ = metadata::find_coordinator(bytes, version);
    let _ = metadata::describe_cluster(bytes, version);
    let _ = produce::tail(bytes, version);
    let _ = versions::narrow(bytes, 1, version, true);
    for mechanism in ["PLAIN", "SCRAM-SHA-256", "OAUTHBEARER"] {
        sasl::Exchange::begin(mechanism).sent(bytes);
    }
}
