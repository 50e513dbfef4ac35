//! By which words is a schema found?

use tidegate_compat::{Metadata, Parsed};
use tidegate_store::{CatalogueEntry, WordPlace};

/// A subject is found by so many words at most; what comes after is left out.
const MAX_WORDS: usize = 4000;
/// So many letters of a word count.
const MAX_LETTERS: usize = 100;
/// What is said in words is read so far, in bytes.
const MAX_DOC: usize = 20_000;

/// Adds the words of a schema to the entry of its subject.
pub(super) fn add_schema(entry: &mut CatalogueEntry, parsed: &Parsed) {
    let outline = parsed.outline();
    let mut read = 0;
    for element in &outline.elements {
        if entry.words.len() >= MAX_WORDS {
            return;
        }
        if !element.path.is_empty() {
            let name = element.path.rsplit('.').next().unwrap_or(&element.path).trim_end_matches("[]");
            add_name(entry, name);
            if element.path != name {
                entry.add(WordPlace::Field, folded(&element.path), cut(&element.path));
            }
        }
        for tag in &element.tags {
            entry.add(WordPlace::Tag, folded(tag), cut(tag));
        }
        if let Some(doc) = element.doc.as_deref().filter(|_| read < MAX_DOC) {
            read += doc.len();
            add_doc(entry, doc);
        }
    }
}

/// Adds what the metadata say, but nothing that is sensitive.
pub(super) fn add_metadata(entry: &mut CatalogueEntry, metadata: &Metadata) {
    for tag in metadata.tags.values().flatten() {
        entry.add(WordPlace::Tag, folded(tag), cut(tag));
    }
    for (name, value) in &metadata.properties {
        if !metadata.sensitive.contains(name) {
            add_doc(entry, value);
        }
    }
}

pub(super) fn add_owner(entry: &mut CatalogueEntry) {
    let owner = entry.owner.clone();
    entry.add(WordPlace::Owner, folded(&owner), cut(&owner));
    for part in parts(&owner) {
        entry.add(WordPlace::Owner, folded(part), cut(part));
    }
}

fn add_name(entry: &mut CatalogueEntry, name: &str) {
    entry.add(WordPlace::Field, folded(name), cut(name));
    for part in parts(name).filter(|part| *part != name) {
        entry.add(WordPlace::FieldPart, folded(part), cut(part));
    }
}

fn add_doc(entry: &mut CatalogueEntry, doc: &str) {
    let end = (0..=doc.len().min(MAX_DOC)).rev().find(|end| doc.is_char_boundary(*end)).unwrap_or(0);
    for word in doc[..end].split(|letter: char| !letter.is_alphanumeric()).filter(|word| word.len() > 1) {
        if entry.words.len() >= MAX_WORDS {
            return;
        }
        entry.add(WordPlace::Doc, folded(word), cut(word));
    }
}

/// In small letters, as much of it as counts.
pub(super) fn folded(word: &str) -> String {
    cut(word).to_lowercase()
}

fn cut(word: &str) -> &str {
    word.char_indices().nth(MAX_LETTERS).map_or(word, |(end, _)| &word[..end])
}

/// The words that a name is made of: `customerId` and `customer_id` are `customer` and `id`.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(|letter: char| !letter.is_alphanumeric()).flat_map(humps).filter(|part| !part.is_empty())
}

fn humps(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let letters = rest.char_indices().zip(rest.chars().skip(1));
        let end = letters
            .filter(|((_, letter), next)| letter.is_lowercase() && next.is_uppercase())
            .map(|((at, letter), _)| at + letter.len_utf8())
            .next();
        let (part, others) = rest.split_at(end.unwrap_or(rest.len()));
        rest = others;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words() {
        let of = |name| parts(name).collect::<Vec<_>>();
        assert_eq!(of("customerId"), ["customer", "Id"]);
        assert_eq!(of("customer_id"), ["customer", "id"]);
        assert_eq!(of("orders.line-items"), ["orders", "line", "items"]);
        assert_eq!(of("URLPath"), ["URLPath"], "where capitals follow each other nobody can say");
        assert_eq!(of("größeÄrmel"), ["größe", "Ärmel"]);
        assert!(of("").is_empty() && of("__").is_empty());
    }

    #[test]
    fn long_words_are_cut_between_letters() {
        assert_eq!(folded(&"Ä".repeat(300)), "ä".repeat(MAX_LETTERS));
    }
}
