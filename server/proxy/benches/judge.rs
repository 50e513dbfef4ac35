//! How fast are batches walked and judged? Records of about 200 bytes in batches of 128 kB, as producers send them.

#![allow(clippy::unwrap_used, reason = "what fails here fails the bench")]

use std::hint::black_box;
use std::io::Write;
use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kafka_protocol::records::{Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType};
use tidegate_compat::envelope::frame;
use tidegate_compat::{ContextName, Contract, SchemaId, SchemaKey, SchemaKind, SubjectName, Version};
use tidegate_proxy::schemas::Boxed;
use tidegate_proxy::workbench::{Workbench, walk};
use tidegate_proxy::{Registered, SchemaSource, SourceError, TopicPolicy};

const SCHEMA: &str = r#"{"type":"record","name":"Order","namespace":"shop","fields":[
    {"name":"id","type":"long"},
    {"name":"customer","type":"string"},
    {"name":"placed_at","type":{"type":"long","logicalType":"timestamp-millis"}},
    {"name":"state","type":{"type":"enum","name":"State","symbols":["NEW","PAID","SENT","DONE"]}},
    {"name":"total","type":"double"},
    {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
        {"name":"sku","type":"string"},{"name":"count","type":"int"},{"name":"price","type":"double"}]}}},
    {"name":"note","type":["null","string"]},
    {"name":"tags","type":{"type":"map","values":"string"}}]}"#;

struct One;

impl SchemaSource for One {
    fn schema<'a>(&'a self, context: &'a ContextName, _: SchemaKey) -> Boxed<'a, Result<Registered, SourceError>> {
        Box::pin(async move {
            let usages = vec![(SubjectName::new(context.clone(), "orders-value"), Version(1))];
            let (id, kind, text) = (SchemaId(1), SchemaKind::Avro, SCHEMA.into());
            Ok(Registered { id, kind, text, references: Vec::new(), usages, contract: Contract::default() })
        })
    }

    fn revision(&self) -> u64 {
        1
    }
}

fn long(out: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest >= 0x80 {
        out.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    out.push(rest.to_le_bytes()[0]);
}

fn text(out: &mut Vec<u8>, text: &str) {
    long(out, i64::try_from(text.len()).unwrap());
    out.extend_from_slice(text.as_bytes());
}

/// Orders that differ, so that neither compression nor branch prediction has it too easy.
fn order(seed: u64) -> Vec<u8> {
    let mut dice = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = move |bound: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % bound
    };
    let mut out = Vec::new();
    long(&mut out, i64::try_from(next(1 << 30)).unwrap());
    text(&mut out, &format!("customer-{:08x}-{:016x}", next(1 << 31), next(1 << 31)));
    long(&mut out, 1_700_000_000_000 + i64::try_from(next(1 << 30)).unwrap());
    out.push(u8::try_from(next(4) * 2).unwrap());
    out.extend_from_slice(&f64::from(u32::try_from(next(1 << 31)).unwrap()).to_le_bytes());
    let lines = 1 + next(3);
    long(&mut out, i64::try_from(lines).unwrap());
    for _ in 0..lines {
        text(&mut out, &format!("sku-{:012x}", next(1 << 31)));
        long(&mut out, i64::try_from(next(100)).unwrap());
        out.extend_from_slice(&f64::from(u32::try_from(next(1 << 20)).unwrap()).to_le_bytes());
    }
    out.push(0);
    if next(2) == 0 {
        out.push(0);
    } else {
        out.push(2);
        text(&mut out, "please leave it with the neighbours");
    }
    long(&mut out, 1);
    text(&mut out, "channel");
    text(&mut out, if next(2) == 0 { "web" } else { "shop-floor" });
    out.push(0);
    frame(SchemaId(1), &out)
}

/// A batch of about 128 kB before compression, and how many records it has.
fn batch(compression: Compression) -> (Vec<u8>, u64) {
    let mut values = Vec::new();
    let mut size = 0;
    while size < 128 << 10 {
        let value = order(values.len() as u64 + 1);
        size += value.len() + 10;
        values.push(value);
    }
    let record = |(index, value): (usize, &Vec<u8>)| Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: 0,
        producer_id: 1,
        producer_epoch: 0,
        timestamp_type: TimestampType::Creation,
        timestamp: 1_700_000_000_000 + i64::try_from(index).unwrap(),
        sequence: i32::try_from(index).unwrap(),
        offset: i64::try_from(index).unwrap(),
        key: None,
        value: Some(value.clone().into()),
        headers: Default::default(),
    };
    let records: Vec<_> = values.iter().enumerate().map(record).collect();
    let mut out = BytesMut::new();
    let options = RecordEncodeOptions { version: 2, compression };
    let compress = |plain: &mut BytesMut, out: &mut BytesMut, compression| {
        match compression {
            Compression::Lz4 => {
                let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
                encoder.write_all(plain)?;
                out.put_slice(&encoder.finish()?);
            }
            Compression::Zstd => out.put_slice(&zstd::bulk::compress(plain, 3)?),
            Compression::Snappy => out.put_slice(&snap::raw::Encoder::new().compress_vec(plain)?),
            Compression::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(plain)?;
                out.put_slice(&encoder.finish()?);
            }
            Compression::None => out.put_slice(plain),
        }
        Ok(())
    };
    RecordBatchEncoder::encode_with_custom_compression(&mut out, records.iter(), &options, Some(compress)).unwrap();
    (out.to_vec(), records.len() as u64)
}

fn judge(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut workbench = Workbench::new(Arc::new(One), TopicPolicy::new("all", "*"), "orders").unwrap();
    let mut group = criterion.benchmark_group("batch of 128 kB");
    let codecs = [Compression::None, Compression::Lz4, Compression::Snappy, Compression::Zstd, Compression::Gzip];
    for compression in codecs {
        let (batch, count) = batch(compression);
        group.throughput(Throughput::Elements(count));
        group.bench_function(BenchmarkId::new("walk", format!("{compression:?}")), |bencher| {
            bencher.iter(|| walk(black_box(&batch)));
        });
        runtime.block_on(workbench.learn(&batch));
        assert!(workbench.judge(&batch));
        group.bench_function(BenchmarkId::new("judge", format!("{compression:?}")), |bencher| {
            bencher.iter(|| workbench.judge(black_box(&batch)));
        });
    }
    group.finish();
}

criterion_group!(benches, judge);
criterion_main!(benches);
