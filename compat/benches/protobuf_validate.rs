//! How fast is a Protobuf payload judged? Ours and the reference decoder in the same run, over 4,096 different records:
//! few enough to fit the cache, too many for the branch predictor to learn.

#[path = "../tests/support/event.rs"]
#[allow(dead_code, reason = "only its generator of numbers is used")]
mod event;
#[path = "../tests/support/protobuf_event.rs"]
mod protobuf_event;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use event::Random;
use prost_reflect::{DescriptorPool, DynamicMessage};
use tidegate_compat::{Outcome, Parsed, SchemaKind, Strictness, parse};

const RECORDS: usize = 4096;

fn parsed(schema: &str) -> Parsed {
    parse(SchemaKind::Protobuf, schema, &[], Strictness::Strict).expect("a schema")
}

fn pool(schema: &str) -> DescriptorPool {
    let file = protox_parse::parse("order.proto", schema).expect("a schema");
    let mut pool = DescriptorPool::new();
    pool.add_file_descriptor_proto(file).expect("a schema");
    pool
}

fn judge(criterion: &mut Criterion) {
    let mut random = Random::new(1);
    let payloads: Vec<_> = (0..RECORDS).map(|_| protobuf_event::event(&mut random)).collect();
    let framed: Vec<_> = payloads.iter().map(|payload| [&[0], payload.as_slice()].concat()).collect();
    let validator = parsed(protobuf_event::SCHEMA).validator();
    let message = pool(protobuf_event::SCHEMA).get_message_by_name("shop.Order").expect("the event");

    let mut group = criterion.benchmark_group("protobuf event");
    group.throughput(Throughput::Elements(RECORDS as u64));
    group.bench_function("tidegate validator", |bencher| {
        bencher.iter(|| framed.iter().filter(|payload| validator.validate(payload) == Outcome::Valid).count());
    });
    group.bench_function("prost-reflect DynamicMessage", |bencher| {
        let decodes = |payload: &&Vec<u8>| DynamicMessage::decode(message.clone(), payload.as_slice()).is_ok();
        bencher.iter(|| payloads.iter().filter(decodes).count());
    });
    group.finish();
}

fn compile(criterion: &mut Criterion) {
    let fields: String = (1..=100).map(|number| format!("string field_{number} = {number};")).collect();
    let schema = parsed(&format!("syntax = \"proto3\"; message Wide {{ {fields} }}"));
    criterion.bench_function("protobuf validator of 100 fields", |bencher| {
        bencher.iter(|| black_box(schema.validator()));
    });
}

criterion_group!(benches, judge, compile);
criterion_main!(benches);
