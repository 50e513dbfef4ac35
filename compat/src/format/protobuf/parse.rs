//! How is a Protobuf schema read? From text (proto2 and proto3; editions are refused) or from a compiled descriptor in
//! base64, linked with what it imports.
//!
//! The compiler's parser says what is wrong with a text, our own keeps the words for printing, `prost-reflect` resolves
//! every name. A descriptor is first said as text and then read like one, so that what is stored can be read again.

mod keys;
mod link;
mod maps;
mod numbers;
mod options;
mod packed;
mod relax;
mod slim;
mod source;
mod trouble;

use prost_reflect::FileDescriptor;

use self::link::link;
pub(super) use self::slim::OPTIONS_ONLY;
use self::source::Unit;
use super::canonical;
use super::syntax::{self, File};
use super::tree::{MAIN, Schema};
use crate::format::{Resolved, Strictness};
use crate::json::Source;
use crate::violation::Malformed;

/// Names are resolved for stored schemas as for new ones, but what no compiler would take may have been stored.
pub(super) fn parse(text: &str, references: &[Resolved], strictness: Strictness) -> Result<Schema, Malformed> {
    let mut unit = Unit::read(MAIN, text)?;
    if let Some(words) = unit.take_words() {
        return linked(text, words, unit, references, strictness);
    }
    let plain = |message| Malformed { message, span: None, path: None };
    let file = link(unit, references, strictness)?;
    let text = canonical::printed(&syntax::described(&file).map_err(plain)?);
    let schema = Unit::read(MAIN, &text).and_then(|mut unit| {
        let words = unit.take_words().unwrap_or_default();
        linked(&text, words, unit, references, strictness)
    });
    schema.map_err(|malformed| plain(format!("the descriptor can't be said as text: {malformed}")))
}

fn linked(
    text: &str,
    words: File,
    unit: Unit,
    references: &[Resolved],
    strictness: Strictness,
) -> Result<Schema, Malformed> {
    let file = link(unit, references, strictness)?;
    let source = Source::new(text);
    Ok(match slim::without_options(&file) {
        Some(slim) => Schema::new(source, words, slim, Some(references.to_vec())),
        None => Schema::new(source, words, file, None),
    })
}

/// Links a text once more, as it was read.
pub(super) fn relinked(text: &str, references: &[Resolved]) -> Option<FileDescriptor> {
    link(Unit::read(MAIN, text).ok()?, references, Strictness::Lenient).ok()
}

#[cfg(test)]
mod tests;
