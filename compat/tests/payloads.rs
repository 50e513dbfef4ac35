//! Does the wire validator say what a full decoder says, and does it do so without allocating?

#[path = "support/event.rs"]
mod event;

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use event::Random;
use tidegate_compat::{Outcome, SchemaKind, Strictness, Validator, parse};

fn validator() -> Validator {
    parse(SchemaKind::Avro, event::SCHEMA, &[], Strictness::Strict).expect("the schema of the event").validator()
}

/// Whether the reference decodes the payload to its last byte.
fn decodes(reader: &GenericDatumReader<'_>, payload: &[u8]) -> bool {
    let mut rest = payload;
    reader.read_value(&mut rest).is_ok() && rest.is_empty()
}

/// A payload with one to three things done to it.
fn mutated(payload: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = payload.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next() as u8,
            2 => bytes.truncate(at.max(1)),
            3 => bytes.insert(at, random.next() as u8),
            4 if bytes.len() > 1 => drop(bytes.remove(at)),
            _ => bytes.push(random.next() as u8),
        }
    }
    bytes
}

#[test]
fn whatever_is_done_to_a_payload_the_verdict_is_that_of_the_reference() {
    let schema = Schema::parse_str(event::SCHEMA).expect("the schema of the event");
    let reference = GenericDatumReader::builder(&schema).build().expect("a reader");
    let validator = validator();
    let mut random = Random::new(7);
    let (mut valid, mut invalid, mut stricter) = (0, 0, 0);
    for _ in 0..2_000 {
        let payload = event::event(&mut random);
        assert_eq!(validator.validate(&payload), Outcome::Valid);
        assert!(decodes(&reference, &payload));
        for _ in 0..4 {
            let payload = mutated(&payload, &mut random);
            let expected = decodes(&reference, &payload);
            match validator.validate(&payload) {
                Outcome::Valid => {
                    assert!(expected, "valid for us only: {payload:?}");
                    valid += 1;
                }
                // The reference reads the size of a block and does not look at it. A reader that skips would go astray.
                Outcome::Invalid(flaw) if flaw.what == "the size of a block does not match its items" => stricter += 1,
                Outcome::Invalid(flaw) => {
                    assert!(!expected, "{flaw}, and yet the reference decodes it: {payload:?}");
                    assert!(flaw.offset <= payload.len());
                    invalid += 1;
                }
            }
        }
    }
    assert!(valid > 500 && invalid > 2_500 && stricter < 250, "{valid} {invalid} {stricter}");
}

#[test]
fn whatever_is_done_to_a_payload_flaws_and_slots_go_with_the_verdict() {
    let parsed = parse(SchemaKind::Avro, event::SCHEMA, &[], Strictness::Strict).expect("the schema of the event");
    let validator = parsed.validator();
    let outline = parsed.outline();
    let slots: Vec<_> = outline.fields().filter_map(|field| validator.slot(&field.path)).collect();
    assert_eq!(slots.len(), 15);
    let mut random = Random::new(13);
    let (mut several, mut failed) = (0, 0);
    for _ in 0..2_000 {
        let payload = event::event(&mut random);
        let payload = mutated(&payload, &mut random);
        let is_valid = validator.validate(&payload) == Outcome::Valid;
        let flaws = validator.flaws(&payload, 9);
        assert_eq!(flaws.is_empty(), is_valid);
        assert!(flaws.is_sorted_by(|one, other| one.offset < other.offset), "{flaws:?}");
        several += usize::from(flaws.len() > 1);
        for slot in &slots {
            let read = slot.each(&payload, &mut |_| {});
            assert!(read.is_ok() || !is_valid);
            failed += usize::from(read.is_err());
        }
    }
    assert!(several > 50 && failed > 1_000, "{several} {failed}");
}

#[test]
fn a_good_payload_costs_no_allocation() {
    let validator = validator();
    let mut random = Random::new(11);
    let payloads: Vec<_> = (0..100).map(|_| event::event(&mut random)).collect();
    let bad = &payloads[0][1..];
    let count = |payload: &[u8]| allocation_counter::measure(|| drop(validator.validate(payload))).count_total;
    for payload in &payloads {
        assert_eq!(count(payload), 0);
    }
    // The measure does measure: telling what is wrong takes memory.
    assert!(count(bad) > 0);
}

#[test]
fn a_hundred_thousand_validators_fit_in_a_gibibyte() {
    let mut kept = None;
    let memory = allocation_counter::measure(|| kept = Some(validator()));
    println!("one validator takes {} bytes", memory.bytes_current);
    assert!((1..10_737).contains(&memory.bytes_current), "{} bytes", memory.bytes_current);
}
