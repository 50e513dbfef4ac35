//! What does a rule cost on top of checking a record against its schema? Over 4,096 different records, as the validators
//! are measured.

#[path = "../tests/support/contracts.rs"]
#[allow(dead_code, reason = "shared with the tests, which need more of it")]
mod contracts;
#[path = "../tests/support/event.rs"]
mod event;

use contracts::{Set, rule};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use event::Random;
use tidegate_compat::{Outcome, RecordFacts, RuleScratch, Rules, SchemaKind, Strictness, parse};

const RECORDS: usize = 4096;

fn rules(criterion: &mut Criterion) {
    let mut random = Random::new(1);
    let payloads: Vec<_> = (0..RECORDS).map(|_| event::event(&mut random)).collect();
    let parsed = parse(SchemaKind::Avro, event::SCHEMA, &[], Strictness::Strict).expect("the schema of the event");
    let validator = parsed.validator();
    let facts = RecordFacts { now: 1_700_000_000_000, skip: &[] };

    let mut group = criterion.benchmark_group("avro event");
    group.throughput(Throughput::Elements(RECORDS as u64));
    group.bench_function("schema only", |bencher| {
        bencher.iter(|| payloads.iter().filter(|payload| validator.validate(payload) == Outcome::Valid).count());
    });
    let sets = [
        ("a field compared", Set::of([rule("r").expr("message.customer_id > 0")])),
        (
            "two fields compared",
            Set::of([rule("r").expr("message.status in ['NEW', 'PAID', 'SHIPPED', 'DONE'] && message.total > -1e9")]),
        ),
        ("a pattern", Set::of([rule("r").expr("message.email.matches('^[a-z0-9.]+@[a-z0-9.]+$')")])),
        ("an address", Set::of([rule("r").expr("message.email.isEmail()")])),
        ("each item of a list", Set::of([rule("r").expr("message.lines.all(l, l.quantity > -1)")])),
        ("each text", Set::of([rule("r").executor("CEL_FIELD").expr("typeName == 'STRING'; size(value) < 1000")])),
    ];
    for (name, set) in sets {
        let rules = Rules::compile(&parsed, &set.0);
        assert!(rules.not_checkable().is_empty(), "{:?}", rules.not_checkable());
        let mut scratch = RuleScratch::default();
        group.bench_function(name, |bencher| {
            bencher
                .iter(|| payloads.iter().filter(|payload| rules.run(*payload, &facts, &mut scratch).is_good()).count());
        });
    }
    group.finish();
}

criterion_group!(benches, rules);
criterion_main!(benches);
