//! Which payloads pass, and what is said of those that do not?

mod agreement;
mod bounds;
mod drafts;
mod keywords;
pub(super) mod random;
mod slots;
mod syntax;

use crate::format::{Resolved, Strictness, parse};
use crate::schema::SchemaKind;
use crate::validator::{Flaw, Outcome, Validator};

fn validator(schema: &str) -> Validator {
    referring(schema, &[])
}

fn referring(schema: &str, references: &[Resolved]) -> Validator {
    match parse(SchemaKind::Json, schema, references, Strictness::Strict) {
        Ok(parsed) => parsed.validator(),
        Err(malformed) => panic!("{malformed}: {schema}"),
    }
}

fn flaw(validator: &Validator, payload: &str) -> Flaw {
    match validator.validate(payload) {
        Outcome::Invalid(flaw) => flaw,
        Outcome::Valid => panic!("{payload} is valid"),
    }
}

#[track_caller]
fn assert_flaw(validator: &Validator, payload: &str, offset: usize, path: &str, what: &str) {
    let found = flaw(validator, payload);
    assert_eq!((found.offset, found.path.as_str(), found.what.as_str()), (offset, path, what), "{payload}");
}

#[track_caller]
fn assert_valid(validator: &Validator, payload: &str) {
    assert_eq!(validator.validate(payload), Outcome::Valid, "{payload}");
}
