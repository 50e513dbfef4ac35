//! What does a rule cost on top of checking a record against its schema? Over 4,096 different records of each format, as
//! the validators are measured. `schema only` is the record without a contract; every other row is what its rules add to
//! that, since they run after it.

#[path = "../tests/support/contracts.rs"]
#[allow(dead_code, reason = "shared with the tests, which need more of it")]
mod contracts;
#[path = "../tests/support/event.rs"]
mod event;
#[path = "../tests/support/json_event.rs"]
#[allow(dead_code, reason = "shared with others, which need more of it")]
mod json_event;
#[path = "../tests/support/protobuf_event.rs"]
mod protobuf_event;

use contracts::{Set, rule};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use event::Random;
use tidegate_compat::{Outcome, Parsed, RecordFacts, RuleScratch, Rules, SchemaKind, Strictness, parse};

const RECORDS: usize = 4096;

fn parsed(kind: SchemaKind, schema: &str) -> Parsed {
    parse(kind, schema, &[], Strictness::Strict).expect("the schema of the event")
}

/// One expression for each row. All hold for every event.
const EXPRESSIONS: [(&str, &str); 7] = [
    ("a field compared", "message.customer_id >= 0"),
    ("a text compared", "message.id != ''"),
    ("two fields compared", "message.customer_id >= 0 && message.total > -1e9"),
    ("the last field asked for", "size(message.tags) < 100"),
    ("a pattern", "message.email.matches('^[a-z0-9.]+@[a-z0-9.]+$')"),
    ("an address", "message.email.isEmail()"),
    ("each item of a list", "message.lines.all(l, l.quantity > -1)"),
];

fn measured(criterion: &mut Criterion, name: &str, schema: &Parsed, payloads: &[Vec<u8>]) {
    let validator = schema.validator();
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(payloads.len() as u64));
    group.bench_function("schema only", |bencher| {
        bencher.iter(|| payloads.iter().filter(|payload| validator.validate(payload) == Outcome::Valid).count());
    });
    let expressions = EXPRESSIONS.map(|(name, expr)| (name, rule("r").expr(expr)));
    let symbols = "message.status in ['NEW', 'PAID', 'SHIPPED', 'DONE']";
    let numbers = "message.status in [0, 1, 2, 3]";
    let is_numbered = schema.kind() == SchemaKind::Protobuf;
    let others = [
        ("one of a list", rule("r").expr(if is_numbered { numbers } else { symbols })),
        ("each text", rule("r").executor("CEL_FIELD").expr("typeName == 'STRING'; size(value) < 1000")),
    ];
    for (name, rule) in expressions.into_iter().chain(others) {
        let rules = Rules::compile(schema, &Set::of([rule]).0);
        assert!(rules.not_checkable().is_empty(), "{:?}", rules.not_checkable());
        added(&mut group, name, &rules, payloads);
    }
    group.finish();
}

type Group<'c> = criterion::BenchmarkGroup<'c, criterion::measurement::WallTime>;

fn added(group: &mut Group<'_>, name: &str, rules: &Rules, payloads: &[Vec<u8>]) {
    let facts = RecordFacts { now: 1_700_000_000_000, skip: &[] };
    let mut scratch = RuleScratch::default();
    let mut good = || payloads.iter().filter(|payload| rules.run(*payload, &facts, &mut scratch).is_good()).count();
    assert_eq!(good(), payloads.len());
    group.bench_function(name, |bencher| bencher.iter(&mut good));
}

fn rules(criterion: &mut Criterion) {
    let mut random = Random::new(1);
    let payloads: Vec<_> = (0..RECORDS).map(|_| event::event(&mut random)).collect();
    measured(criterion, "rules on an avro event", &parsed(SchemaKind::Avro, event::SCHEMA), &payloads);

    let payloads: Vec<_> = (0..RECORDS).map(|_| json_event::event(&mut random)).collect();
    measured(criterion, "rules on a json event", &parsed(SchemaKind::Json, json_event::SCHEMA), &payloads);

    let framed = |random: &mut Random| [&[0], protobuf_event::event(random).as_slice()].concat();
    let payloads: Vec<_> = (0..RECORDS).map(|_| framed(&mut random)).collect();
    measured(criterion, "rules on a protobuf event", &parsed(SchemaKind::Protobuf, protobuf_event::SCHEMA), &payloads);

    let mut group = criterion.benchmark_group("annotations of a protobuf event");
    group.throughput(Throughput::Elements(RECORDS as u64));
    let one = ("string id = 1;", "string id = 1 [(buf.validate.field).string.min_len = 1];");
    let one = protobuf_event::SCHEMA.replace(one.0, one.1).replace("package shop;", protobuf_event::IMPORT);
    for (name, schema) in [("one", one), ("seven, one of them an expression", protobuf_event::annotated())] {
        let schema = parsed(SchemaKind::Protobuf, &schema);
        added(&mut group, name, &Rules::compile(&schema, &Set::of([]).0), &payloads);
    }
    group.finish();
}

criterion_group!(benches, rules);
criterion_main!(benches);
