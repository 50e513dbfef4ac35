//! How long does it take to read and to compile a schema of 100 fields, in each language?

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use tidegate_compat::{SchemaKind, Strictness, parse};

const FIELDS: usize = 100;

fn text(kind: SchemaKind) -> String {
    let mut fields = String::new();
    for number in 0..FIELDS {
        let comma = if number == 0 { "" } else { "," };
        let _ = match (kind, number % 4) {
            (SchemaKind::Avro, 0) => write!(fields, r#"{comma}{{"name":"f{number}","type":"long"}}"#),
            (SchemaKind::Avro, 1) => write!(fields, r#"{comma}{{"name":"f{number}","type":["null","string"]}}"#),
            (SchemaKind::Avro, 2) => {
                write!(fields, r#"{comma}{{"name":"f{number}","type":{{"type":"array","items":"double"}}}}"#)
            }
            (SchemaKind::Avro, _) => write!(
                fields,
                r#"{comma}{{"name":"f{number}","type":{{"type":"enum","name":"E{number}","symbols":["A","B"]}}}}"#
            ),
            (SchemaKind::Protobuf, 0) => write!(fields, "int64 f{number} = {};", number + 1),
            (SchemaKind::Protobuf, 1) => write!(fields, "optional string f{number} = {};", number + 1),
            (SchemaKind::Protobuf, 2) => write!(fields, "repeated double f{number} = {};", number + 1),
            (SchemaKind::Protobuf, _) => write!(fields, "map<string, int32> f{number} = {};", number + 1),
            (SchemaKind::Json, 0) => write!(fields, r#"{comma}"f{number}":{{"type":"integer"}}"#),
            (SchemaKind::Json, 1) => write!(fields, r#"{comma}"f{number}":{{"type":["null","string"]}}"#),
            (SchemaKind::Json, 2) => {
                write!(fields, r#"{comma}"f{number}":{{"type":"array","items":{{"type":"number"}}}}"#)
            }
            (SchemaKind::Json, _) => write!(fields, r#"{comma}"f{number}":{{"enum":["A","B"]}}"#),
        };
    }
    match kind {
        SchemaKind::Avro => format!(r#"{{"type":"record","name":"Wide","fields":[{fields}]}}"#),
        SchemaKind::Protobuf => format!("syntax = \"proto3\"; message Wide {{ {fields} }}"),
        SchemaKind::Json => format!(r#"{{"type":"object","properties":{{{fields}}},"additionalProperties":false}}"#),
    }
}

fn compile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compile");
    for kind in [SchemaKind::Avro, SchemaKind::Protobuf, SchemaKind::Json] {
        let text = text(kind);
        let parsed = parse(kind, &text, &[], Strictness::Strict).unwrap_or_else(|bad| panic!("{bad}: {text}"));
        group.bench_function(format!("{kind}/parse"), |bench| {
            bench.iter(|| parse(kind, black_box(&text), &[], Strictness::Lenient).map(drop));
        });
        group.bench_function(format!("{kind}/validator"), |bench| bench.iter(|| black_box(&parsed).validator()));
    }
    group.finish();
}

criterion_group!(benches, compile);
criterion_main!(benches);
