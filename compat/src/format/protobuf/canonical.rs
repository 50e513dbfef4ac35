//! How is a Protobuf schema printed? In the form that Confluent stores and hashes: nothing but declarations, in a fixed
//! order, with the words that the text uses (`identity`) or with all that can be said in several ways said in one
//! (`normalized`).
//!
//! Where Confluent's own text would lose something, ours keeps it: options of `extensions`, everything inside groups,
//! weak imports, float values of more than three decimals, control characters in texts, the zero that an enum of proto3
//! begins with.

mod normal;
mod print;
mod slim;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::syntax::{File, Value};
use super::tree::Schema;

pub(super) fn identity(schema: &Schema) -> String {
    print::file(&schema.syntax)
}

/// The text of a file that was not text.
pub(super) fn printed(file: &File) -> String {
    print::file(file)
}

/// The value of an option on one line.
pub(super) fn inline(value: &Value) -> String {
    print::inline(value)
}

pub(super) fn normalized(schema: &Schema) -> String {
    print::file(&normal::normal(&schema.syntax, &schema.full()))
}

pub(super) fn rendered(schema: &Schema, format: &str) -> Option<String> {
    match format {
        "serialized" => Some(STANDARD.encode(schema.full().encode_to_vec())),
        "ignore_extensions" => Some(print::file(&slim::without_extensions(&schema.syntax))),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
