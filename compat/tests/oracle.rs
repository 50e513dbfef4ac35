//! Is a verdict true? If nothing keeps a reader from reading a writer's data, then a real decoder reads it.

#[path = "support/event.rs"]
#[allow(dead_code, reason = "only the generator of numbers is used here")]
mod event;
#[path = "support/evolution.rs"]
mod evolution;

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use event::Random;
use evolution::{Plan, Planner};
use tidegate_compat::{Outcome, Parsed, SchemaKind, Severity, Strictness, parse};

fn avro(text: &str) -> Parsed {
    parse(SchemaKind::Avro, text, &[], Strictness::Strict).unwrap_or_else(|malformed| panic!("{malformed}: {text}"))
}

fn reads(reader: &Parsed, writer: &Parsed) -> bool {
    reader.reads(writer).iter().all(|violation| violation.rule.severity < Severity::Error)
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

#[test]
fn data_of_a_writer_that_may_be_read_is_read() {
    let mut random = Random::new(3);
    let mut planner = Planner::new(&mut random);
    let (mut compatible, mut incompatible) = (0, 0);
    for _ in 0..1_500 {
        let writer_plan = planner.record(3);
        let reader_plan = planner.evolved(&writer_plan);
        let (writer_text, reader_text) = (writer_plan.json().to_string(), reader_plan.json().to_string());
        let (writer, reader) = (avro(&writer_text), avro(&reader_text));
        let validator = writer.validator();
        let renamed_text = planner.with_aliases_applied(&writer_text);
        let fits = reads(&reader, &writer);
        if fits {
            compatible += 1
        } else {
            incompatible += 1
        }
        for _ in 0..3 {
            let mut payload = Vec::new();
            planner.write(&writer_plan, &mut payload);
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
    let mut planner = Planner::new(&mut random);
    for _ in 0..500 {
        let plan: Plan = planner.plan(4);
        let parsed = avro(&plan.json().to_string());
        for text in [parsed.identity(), parsed.normalized()] {
            let again = avro(&text);
            assert!(again.is_equivalent(&parsed), "{text}");
            assert!(parsed.reads(&again).is_empty() && again.reads(&parsed).is_empty(), "{text}");
        }
        let identity = parsed.identity();
        assert_eq!(avro(&identity).identity(), identity);
        let normalized = parsed.normalized();
        assert_eq!(avro(&normalized).normalized(), normalized);
        assert_eq!(avro(&normalized).identity(), normalized);
    }
}
