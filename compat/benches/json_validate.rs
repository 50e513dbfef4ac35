//! How fast is a JSON payload judged? Both our forms and the reference in the same run, over 4,096 different records:
//! few enough to fit the cache, too many for the branch predictor to learn.

#[allow(dead_code, reason = "only the generator of numbers is wanted of it")]
#[path = "../tests/support/event.rs"]
mod event;
#[path = "../tests/support/json_event.rs"]
mod json_event;

use std::fmt::Write;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use event::Random;
use tidegate_compat::{Outcome, SchemaKind, Strictness, Validator, parse};

const RECORDS: usize = 4096;

fn validator(schema: &str) -> Validator {
    parse(SchemaKind::Json, schema, &[], Strictness::Strict).expect("the schema of the event").validator()
}

fn judge(criterion: &mut Criterion) {
    let mut random = Random::new(1);
    let payloads: Vec<_> = (0..RECORDS).map(|_| json_event::event(&mut random)).collect();
    let validator = validator(json_event::SCHEMA);
    let slow = self::validator(&json_event::slow_schema());
    assert!(validator.slow_because().is_none() && slow.slow_because().is_some());
    let schema = serde_json::from_str(json_event::SCHEMA).expect("the schema of the event");
    let reference = jsonschema::options()
        .with_pattern_options(jsonschema::PatternOptions::regex())
        .build(&schema)
        .expect("the schema of the event");
    assert!(payloads.iter().all(|payload| slow.validate(payload) == Outcome::Valid));

    let mut group = criterion.benchmark_group("json event");
    group.throughput(Throughput::Elements(RECORDS as u64));
    group.bench_function("tidegate, one pass", |bencher| {
        bencher.iter(|| payloads.iter().filter(|payload| validator.validate(payload) == Outcome::Valid).count());
    });
    group.bench_function("tidegate, slow form", |bencher| {
        bencher.iter(|| payloads.iter().filter(|payload| slow.validate(payload) == Outcome::Valid).count());
    });
    group.bench_function("serde_json + jsonschema", |bencher| {
        bencher.iter(|| {
            let values = payloads.iter().filter_map(|payload| serde_json::from_slice(payload).ok());
            values.filter(|value| reference.is_valid(value)).count()
        });
    });
    group.finish();
}

fn compile(criterion: &mut Criterion) {
    let mut properties = String::new();
    for index in 0..100 {
        let kind = ["string", "integer", "number", "boolean"][index % 4];
        let _ = write!(properties, ",\"field_{index}\":{{\"type\":\"{kind}\",\"description\":\"the {index}th\"}}");
    }
    let schema = format!("{{\"type\":\"object\",\"properties\":{{{}}}}}", properties.trim_start_matches(','));
    let parsed = parse(SchemaKind::Json, &schema, &[], Strictness::Strict).expect("a schema of 100 fields");
    criterion.bench_function("json, compile 100 fields", |bencher| bencher.iter(|| parsed.validator()));
}

criterion_group!(benches, judge, compile);
criterion_main!(benches);
