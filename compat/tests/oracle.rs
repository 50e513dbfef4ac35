//! Is a verdict true? If nothing keeps a reader from reading a writer's data, then a real decoder reads it. And is what a
//! slot shows what such a decoder finds there?

#[path = "support/event.rs"]
#[allow(dead_code, reason = "only the generator of numbers is used here")]
mod event;
#[path = "support/evolution.rs"]
#[allow(dead_code, reason = "only plain schemas are used here")]
mod evolution;
#[path = "support/plan.rs"]
mod plan;

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use event::Random;
use evolution::{Dialect, Planner};
use tidegate_compat::{Outcome, Parsed, Policy, Scalar, SchemaKind, Severity, Strictness, Validator, parse};

fn avro(text: &str) -> Parsed {
    parse(SchemaKind::Avro, text, &[], Strictness::Strict).unwrap_or_else(|malformed| panic!("{malformed}: {text}"))
}

fn reads(reader: &Parsed, writer: &Parsed) -> bool {
    reader.reads(writer, Policy::Strict).iter().all(|violation| violation.rule.severity < Severity::Error)
}

/// What the reference makes of data of one schema read with another.
fn decode(reader: &str, writer: &str, payload: &[u8]) -> Result<(), String> {
    let writer = Schema::parse_str(writer).map_err(|error| error.to_string())?;
    let reader = Schema::parse_str(reader).map_err(|error| error.to_string())?;
    let decoder =
        GenericDatumReader::builder(&writer).reader_schema(&reader).build().map_err(|error| error.to_string())?;
    let mut rest = payload;
    decoder.read_value(&mut rest).map(drop).map_err(|error| error.to_string())
}

/// A writer's schema in the names of the reader, which is how Avro applies a reader's aliases. The reference decoder
/// leaves that out.
fn with_aliases_applied(renames: &[(String, String)], writer: &str) -> String {
    let renamed =
        |text: String, (old, new): &(String, String)| text.replace(&format!("\"{old}\""), &format!("\"{new}\""));
    renames.iter().fold(writer.to_owned(), renamed)
}

#[test]
fn data_of_a_writer_that_may_be_read_is_read() {
    let mut random = Random::new(3);
    let mut planner = Planner::new(&mut random, Dialect::Plain);
    let (mut compatible, mut incompatible) = (0, 0);
    for _ in 0..1_500 {
        let writer_plan = planner.record(3);
        let reader_plan = planner.evolved(&writer_plan);
        let (writer_text, reader_text) = (writer_plan.json().to_string(), reader_plan.json().to_string());
        let (writer, reader) = (avro(&writer_text), avro(&reader_text));
        let validator = writer.validator();
        let renamed_text = with_aliases_applied(&planner.renames, &writer_text);
        let fits = reads(&reader, &writer);
        if fits {
            compatible += 1
        } else {
            incompatible += 1
        }
        for _ in 0..3 {
            let payload = plan::payload(&writer_plan, planner.random()).expect("plain schemas have finite values");
            assert_eq!(validator.validate(&payload), Outcome::Valid, "{writer_text} {payload:?}");
            if fits && let Err(error) = decode(&reader_text, &renamed_text, &payload) {
                panic!("{error}\nreader {reader_text}\nwriter {writer_text}\npayload {payload:?}");
            }
        }
    }
    assert!(compatible > 500 && incompatible > 100, "{compatible} {incompatible}");
}

#[test]
fn printing_is_idempotent_and_loses_nothing() {
    let mut random = Random::new(5);
    let mut planner = Planner::new(&mut random, Dialect::Plain);
    for _ in 0..500 {
        let plan = planner.plan(4);
        let parsed = avro(&plan.json().to_string());
        for text in [parsed.identity(), parsed.normalized()] {
            let again = avro(&text);
            assert!(again.is_equivalent(&parsed), "{text}");
            assert!(
                parsed.reads(&again, Policy::Strict).is_empty() && again.reads(&parsed, Policy::Strict).is_empty(),
                "{text}"
            );
        }
        let identity = parsed.identity();
        assert_eq!(avro(&identity).identity(), identity);
        let normalized = parsed.normalized();
        assert_eq!(avro(&normalized).normalized(), normalized);
        assert_eq!(avro(&normalized).identity(), normalized);
    }
}

/// The values at `path` in what the reference decoded, as texts.
fn expected(value: &Value, path: &str, found: &mut Vec<String>) {
    let step = path.trim_start_matches('.');
    match value {
        Value::Union(_, inner) => expected(inner, path, found),
        Value::Array(items) => {
            if let Some(rest) = step.strip_prefix("[]") {
                items.iter().for_each(|item| expected(item, rest, found));
            }
        }
        Value::Map(entries) => {
            if let Some(rest) = step.strip_prefix("{}") {
                entries.values().for_each(|value| expected(value, rest, found));
            }
        }
        Value::Record(fields) => {
            let (name, rest) = step.split_at(step.find(['.', '[', '{']).unwrap_or(step.len()));
            if let Some((_, value)) = fields.iter().find(|(field, _)| field == name) {
                expected(value, rest, found);
            }
        }
        _ if !step.is_empty() => {}
        Value::Null => found.push("null".into()),
        Value::Boolean(value) => found.push(value.to_string()),
        Value::Int(number) => found.push(number.to_string()),
        Value::Long(number) => found.push(number.to_string()),
        Value::Float(number) => found.push(format!("{number:?}")),
        Value::Double(number) => found.push(format!("{number:?}")),
        Value::String(text) | Value::Enum(_, text) => found.push(format!("{text:?}")),
        Value::Bytes(bytes) | Value::Fixed(_, bytes) => found.push(format!("{bytes:?}")),
        other => panic!("{other:?} is in no schema here"),
    }
}

/// The same from our reader; `None` if there is none.
fn shown(validator: &Validator, path: &str, payload: &[u8]) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let slot = validator.slot(path)?;
    slot.each(payload, &mut |value| {
        found.push(match value {
            Scalar::Null => "null".into(),
            Scalar::Boolean(value) => value.to_string(),
            Scalar::Int(number) => number.to_string(),
            Scalar::Float(number) => format!("{number:?}"),
            Scalar::Text(text) => format!("{text:?}"),
            Scalar::Bytes(bytes) => format!("{bytes:?}"),
            other => panic!("Avro has no {other:?}"),
        });
    })
    .unwrap_or_else(|flaw| panic!("{flaw}"));
    Some(found)
}

#[test]
fn every_field_reads_as_a_decoder_reads_it() {
    let mut random = Random::new(19);
    let mut planner = Planner::new(&mut random, Dialect::Plain);
    let (mut values, mut several) = (0, 0);
    for _ in 0..400 {
        let plan = planner.record(3);
        let text = plan.json().to_string();
        let (parsed, schema) = (avro(&text), Schema::parse_str(&text).expect("a schema"));
        let (validator, outline) = (parsed.validator(), parsed.outline());
        let payload = plan::payload(&plan, planner.random()).expect("plain schemas have finite values");
        let decoder = GenericDatumReader::builder(&schema).build().expect("a reader");
        let decoded = decoder.read_value(&mut payload.as_slice()).expect("a value");
        let paths = outline
            .fields()
            .flat_map(|field| ["", "[]", "{}", "[][]", "{}[]"].map(|end| format!("{}{end}", field.path)));
        for path in paths {
            let mut wanted = Vec::new();
            expected(&decoded, &path, &mut wanted);
            match shown(&validator, &path, &payload) {
                Some(found) => assert_eq!(found, wanted, "{path} in {payload:?} of {text}"),
                // No single value, though it may be null.
                None => assert!(wanted.iter().all(|value| value == "null"), "{path} of {text}"),
            }
            values += wanted.len();
            several += usize::from(wanted.len() > 1);
        }
    }
    assert!(values > 1_000 && several > 30, "{values} {several}");
}
