//! Does the validator of JSON payloads say what the reference says of real records, and does it do so without
//! allocating?

#[allow(dead_code, reason = "only the generator of numbers is wanted of it")]
#[path = "support/event.rs"]
mod event;
#[path = "support/json_event.rs"]
mod json_event;

use event::Random;
use serde_json::Value;
use tidegate_compat::{Outcome, SchemaKind, Strictness, Validator, parse};

fn validator(schema: &str) -> Validator {
    parse(SchemaKind::Json, schema, &[], Strictness::Strict).expect("the schema of the event").validator()
}

/// A payload with one to three things done to it.
fn mutated(payload: &[u8], random: &mut Random) -> Vec<u8> {
    const MARKS: &[u8] = b"\"\\{}[]:,.-+eE0 19tfn\n\x00\xc3\xa9u";
    let mut bytes = payload.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        match random.below(7) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = MARKS[random.below(MARKS.len())],
            2 => bytes.truncate(at.max(1)),
            3 => bytes.insert(at, MARKS[random.below(MARKS.len())]),
            4 if bytes.len() > 1 => drop(bytes.remove(at)),
            5 => {
                let from = random.below(bytes.len());
                let piece: Vec<u8> = bytes[from..].iter().copied().take(random.below(40)).collect();
                bytes.splice(at..at, piece);
            }
            _ => bytes.push(MARKS[random.below(MARKS.len())]),
        }
    }
    bytes
}

#[test]
fn whatever_is_done_to_a_payload_the_verdict_is_that_of_the_reference() {
    let schema: Value = serde_json::from_str(json_event::SCHEMA).expect("the schema of the event");
    let reference = jsonschema::validator_for(&schema).expect("the schema of the event");
    let (one_pass, slow) = (validator(json_event::SCHEMA), validator(&json_event::slow_schema()));
    assert_eq!(one_pass.slow_because(), None);
    assert_eq!(slow.slow_because(), Some("the keyword 'unevaluatedProperties'"));
    let mut random = Random::new(7);
    let (mut valid, mut invalid, mut twice) = (0, 0, 0);
    for _ in 0..600 {
        let payload = json_event::event(&mut random);
        assert_eq!((one_pass.validate(&payload), slow.validate(&payload)), (Outcome::Valid, Outcome::Valid));
        for _ in 0..8 {
            let payload = mutated(&payload, &mut random);
            let shown = String::from_utf8_lossy(&payload);
            let expected = serde_json::from_slice(&payload).is_ok_and(|value| reference.is_valid(&value));
            let outcomes = [one_pass.validate(&payload), slow.validate(&payload)];
            // The reference keeps the last of two members of the same name.
            if let Outcome::Invalid(flaw) = &outcomes[0]
                && flaw.what == "the object has this member twice"
            {
                assert!(matches!(&outcomes[1], Outcome::Invalid(_)), "{shown}");
                twice += 1;
                continue;
            }
            for outcome in outcomes {
                match outcome {
                    Outcome::Valid => assert!(expected, "valid for us only: {shown}"),
                    Outcome::Invalid(flaw) => {
                        assert!(!expected, "{flaw}, and yet the reference takes it: {shown}");
                        assert!(flaw.offset <= payload.len());
                    }
                }
            }
            if expected { valid += 1 } else { invalid += 1 }
        }
    }
    assert!(valid > 200 && invalid > 2_000 && twice < 400, "{valid} {invalid} {twice}");
}

#[test]
fn a_good_payload_costs_no_allocation() {
    let validator = validator(json_event::SCHEMA);
    let mut random = Random::new(11);
    let payloads: Vec<_> = (0..100).map(|_| json_event::event(&mut random)).collect();
    let count = |payload: &[u8]| allocation_counter::measure(|| drop(validator.validate(payload))).count_total;
    // The engine for patterns makes room for its work once.
    count(&payloads[0]);
    for payload in &payloads {
        assert_eq!(count(payload), 0);
    }
    // The measure does measure: telling what is wrong takes memory.
    assert!(count(&payloads[0][1..]) > 0);
}
