//! Do both forms say what the reference says, whatever the schema and whatever the payload?

use serde_json::Value as Json;

use super::super::matcher::dialect;
use super::super::{Code, compile};
use super::random::{Random, payload, schema};
use crate::format::Strictness;
use crate::format::json::parse;
use crate::format::json::tree::Draft;
use crate::validator::{Payload, Program};

pub(super) const DRAFTS: [Draft; 5] = [Draft::Draft4, Draft::Draft6, Draft::Draft7, Draft::Draft2019, Draft::Draft2020];

/// What the reference says of a payload that it can read.
fn expected(reference: &jsonschema::Validator, payload: &str) -> Option<bool> {
    serde_json::from_str::<Json>(payload).ok().map(|value| reference.is_valid(&value))
}

fn passes(code: &Code, payload: &str) -> bool {
    code.check(Payload::from(payload)).is_ok()
}

/// Schemas are given as text, so that their numbers stay as they are written.
pub(super) fn compiled(text: &str) -> Code {
    compile(&parse::parse(text, &[], Strictness::Strict).unwrap_or_else(|error| panic!("{error}: {text}")))
}

#[test]
fn verdicts_are_those_of_the_reference() {
    let (mut valid, mut invalid, mut fit, mut schemas, mut unevaluated) = (0, 0, 0, 0, 0);
    for seed in 0..700 {
        let mut random = Random::new(seed);
        let draft = DRAFTS[random.below(DRAFTS.len())];
        let text = schema(&mut random, draft);
        let json: Json = serde_json::from_str(&text).unwrap();
        let Ok(reference) = jsonschema::options().with_draft(dialect(draft)).build(&json) else { continue };
        let code = compiled(&text);
        schemas += 1;
        let is_fit = code.slow_because().is_none();
        fit += usize::from(is_fit);
        unevaluated += usize::from(is_fit && text.contains("unevaluatedProperties"));
        for _ in 0..12 {
            let payload = payload(&mut random, 0);
            let Some(expected) = expected(&reference, &payload) else { continue };
            assert_eq!(passes(&code, &payload), expected, "seed {seed}, {draft:?}\n{text}\n{payload}\n{code:?}");
            let flaws = code.flaws(Payload::from(&payload), 10);
            assert_eq!(flaws.is_empty(), expected, "{text}\n{payload}\n{flaws:?}");
            assert!(flaws.iter().all(|flaw| flaw.offset <= payload.len()));
            if let Some(slow) = &code.slow {
                assert_eq!(slow.check(&payload).is_ok(), expected, "slow: {draft:?}\n{text}\n{payload}");
                assert_eq!(slow.flaws(&payload, 10).is_empty(), expected, "slow: {text}\n{payload}");
            }
            if expected { valid += 1 } else { invalid += 1 }
        }
    }
    // The schemas are neither all too loose nor all too tight, and most are for the one-pass form.
    assert!(valid > 1_000 && invalid > 1_000 && fit * 10 > schemas * 8, "{valid} {invalid} {fit} {schemas}");
    assert!(unevaluated > 20, "{unevaluated}");
}
