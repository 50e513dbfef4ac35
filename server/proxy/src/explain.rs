//! Why would this record be refused? For doors that only hear that it was.

use std::sync::Arc;

use crate::bench::Bench;
use crate::complaint::Fate;
use crate::judge::{Judge, Verdict};
use crate::proxy::Proxy;
use crate::reject::{bad_records, unfit};

/// How often the record is judged again because it named a schema that had to be asked for.
const ROUNDS: usize = 3;

impl Proxy {
    /// What a producer would be told of a record on a topic; `None` if nothing is wrong with it, or nobody knows.
    pub async fn explain(
        &self,
        topic: &str,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, Option<&[u8]>)],
    ) -> Option<String> {
        let shared = &self.shared;
        let policy = Arc::clone(shared.policies.load().asked_of(topic)?);
        let mut bench = Bench::new(policy, topic.into());
        let mut judge = Judge::default();
        let record = single(key, value, headers)?;
        for _ in 0..ROUNDS {
            let moment = shared.schemas.now();
            let verdict = judge.judge(&mut bench, &shared.schemas, moment, &record, shared.settings.max_batch);
            if judge.unasked.is_empty() {
                return match verdict {
                    // What is to be removed is refused where batches are numbered, as those of the doors are.
                    Verdict::Bad(bad) if bad.worst >= Fate::Remove => Some(bad_records(&bad).message),
                    Verdict::Unfit(fault) => Some(unfit(&fault).message),
                    Verdict::Good | Verdict::Bad(_) | Verdict::Undecidable(_) => None,
                };
            }
            let keys = std::mem::take(&mut judge.unasked);
            let unavailable = shared.schemas.ask(&bench.policy.context, &keys, shared.schemas.deadline()).await;
            judge.unavailable.extend(unavailable);
        }
        None
    }
}

/// A batch of one record.
fn single(key: Option<&[u8]>, value: Option<&[u8]>, headers: &[(&str, Option<&[u8]>)]) -> Option<Vec<u8>> {
    let mut body = vec![0];
    varint(&mut body, 0);
    varint(&mut body, 0);
    bytes(&mut body, key);
    bytes(&mut body, value);
    varint(&mut body, i64::try_from(headers.len()).ok()?);
    for (name, value) in headers {
        bytes(&mut body, Some(name.as_bytes()));
        bytes(&mut body, *value);
    }
    let mut checked = Vec::with_capacity(body.len() + 64);
    checked.extend_from_slice(&[0; 2]); // Attributes: not compressed.
    checked.extend_from_slice(&0_i32.to_be_bytes()); // The last offset.
    checked.extend_from_slice(&[0; 16]); // Timestamps.
    checked.extend_from_slice(&(-1_i64).to_be_bytes()); // No producer id, epoch or sequence.
    checked.extend_from_slice(&(-1_i16).to_be_bytes());
    checked.extend_from_slice(&(-1_i32).to_be_bytes());
    checked.extend_from_slice(&1_i32.to_be_bytes());
    varint(&mut checked, i64::try_from(body.len()).ok()?);
    checked.extend_from_slice(&body);
    let mut batch = vec![0; 8];
    batch.extend_from_slice(&i32::try_from(checked.len() + 9).ok()?.to_be_bytes());
    batch.extend_from_slice(&[0; 4]);
    batch.push(2);
    batch.extend_from_slice(&crc32c::crc32c(&checked).to_be_bytes());
    batch.extend_from_slice(&checked);
    Some(batch)
}

fn bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    varint(out, bytes.map_or(-1, |bytes| i64::try_from(bytes.len()).unwrap_or(-1)));
    out.extend_from_slice(bytes.unwrap_or_default());
}

fn varint(out: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest >= 0x80 {
        out.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    out.push(rest.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use crate::testing::cluster::Stage;
    use crate::testing::{broken, order, policy};

    #[tokio::test]
    async fn what_a_producer_would_be_told_is_told() {
        let stage = Stage::set(vec![policy("orders")]).await;
        let explain = async |topic: &str, value: &[u8]| stage.proxy.explain(topic, Some(b"k"), Some(value), &[]).await;
        assert_eq!(explain("orders", &order("a")).await, None);
        assert_eq!(explain("free", b"bad").await, None, "nothing is asked of it");
        let told = explain("orders", &broken("a")).await.unwrap();
        assert!(told.starts_with("record 0: value"), "{told}");
        assert!(explain("orders", b"bad").await.is_some());
    }
}
