//! How fast is a payload judged? Ours and the reference decoder in the same run, over 4,096 different records: few
//! enough to fit the cache, too many for the branch predictor to learn.

#[path = "../tests/support/event.rs"]
mod event;

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use event::Random;
use tidegate_compat::{Outcome, SchemaKind, Strictness, parse};

const RECORDS: usize = 4096;

fn judge(criterion: &mut Criterion) {
    let mut random = Random::new(1);
    let payloads: Vec<_> = (0..RECORDS).map(|_| event::event(&mut random)).collect();
    let parsed = parse(SchemaKind::Avro, event::SCHEMA, &[], Strictness::Strict).expect("the schema of the event");
    let validator = parsed.validator();
    let schema = Schema::parse_str(event::SCHEMA).expect("the schema of the event");
    let reader = GenericDatumReader::builder(&schema).build().expect("a reader");

    let mut group = criterion.benchmark_group("avro event");
    group.throughput(Throughput::Elements(RECORDS as u64));
    group.bench_function("tidegate validator", |bencher| {
        bencher.iter(|| payloads.iter().filter(|payload| validator.validate(payload) == Outcome::Valid).count());
    });
    group.bench_function("apache-avro GenericDatumReader", |bencher| {
        bencher.iter(|| payloads.iter().filter(|payload| reader.read_value(&mut payload.as_slice()).is_ok()).count());
    });
    group.bench_function("tidegate slot of the last field", |bencher| {
        let slot = validator.slot("tags{}").expect("a field");
        bencher.iter(|| {
            let mut shown = 0;
            for payload in &payloads {
                slot.each(payload, &mut |_| shown += 1).expect("good payloads");
            }
            shown
        });
    });
    group.finish();
}

/// How long does a schema of 100 fields take before it can judge?
fn compile(criterion: &mut Criterion) {
    let fields: Vec<_> = (0..25)
        .map(|index| {
            format!(
                r#"{{"name":"a{index}","type":"string"}},{{"name":"b{index}","type":["null","long"]}},
                   {{"name":"c{index}","type":{{"type":"array","items":"double"}}}},{{"name":"d{index}","type":"int"}}"#
            )
        })
        .collect();
    let schema = format!(r#"{{"type":"record","name":"Wide","fields":[{}]}}"#, fields.join(","));
    let parsed = parse(SchemaKind::Avro, &schema, &[], Strictness::Strict).expect("a schema");
    criterion.bench_function("avro compile 100 fields", |bencher| bencher.iter(|| parsed.validator()));
}

criterion_group!(benches, judge, compile);
criterion_main!(benches);
