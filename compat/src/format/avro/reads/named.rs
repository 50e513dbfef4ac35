//! Do records, enums and fixed types go by the same name, have the symbols, have the size?

use std::collections::BTreeSet;

use super::{Comparison, Finding, Pair};
use crate::format::avro::rules;
use crate::format::avro::tree::{Enum, Fixed, Header};

/// The namespace does not count, an alias does.
pub(super) fn is_same(reader: &Header, writer: &Header) -> bool {
    reader.name.simple() == writer.name.simple()
        || reader.aliases.iter().any(|alias| alias.full() == writer.name.full())
}

impl Comparison<'_> {
    pub(super) fn names(&mut self, pair: Pair<'_>, reader: &Header, writer: &Header) -> bool {
        if is_same(reader, writer) {
            return true;
        }
        let written = writer.name.full();
        self.refuse(pair, || Finding {
            rule: &rules::NAME_CHANGED,
            member: "name",
            reader_extent: reader.name_extent,
            writer_extent: writer.name_extent,
            message: format!("the reader expects {}, the writer writes {written}", reader.name.full()),
            fix: Some(format!("keep the name, or add the alias \"{written}\"")),
            fact: format!("expected: {written}"),
        })
    }

    pub(super) fn fixed_sizes(&mut self, pair: Pair<'_>, reader: &Fixed, writer: &Fixed) -> bool {
        if reader.size == writer.size {
            return true;
        }
        self.refuse(pair, || Finding {
            rule: &rules::FIXED_SIZE_CHANGED,
            member: "size",
            reader_extent: reader.size_extent,
            writer_extent: writer.size_extent,
            message: format!("the reader expects {} bytes, the writer writes {}", reader.size, writer.size),
            fix: Some("keep the size, or define a new type under a new name".into()),
            fact: format!("expected: {}, found: {}", writer.size, reader.size),
        })
    }

    pub(super) fn enum_symbols(&mut self, pair: Pair<'_>, reader: &Enum, writer: &Enum) -> bool {
        let known: BTreeSet<&str> = reader.symbols.iter().map(String::as_str).collect();
        let missing: BTreeSet<&str> =
            writer.symbols.iter().map(String::as_str).filter(|symbol| !known.contains(symbol)).collect();
        if missing.is_empty() || reader.default.is_some() {
            return true;
        }
        let list = missing.into_iter().collect::<Vec<_>>().join(", ");
        self.refuse(pair, || Finding {
            rule: &rules::ENUM_SYMBOL_REMOVED,
            member: "symbols",
            reader_extent: reader.symbols_extent,
            writer_extent: writer.symbols_extent,
            message: format!("the reader's enum does not know {list}, which the writer may write, and has no default"),
            fix: Some(format!("keep {list}, or give the enum a default symbol for what it does not know")),
            fact: format!("[{list}]"),
        })
    }
}
