//! Do records, enums and fixed types go by the same name, have the symbols, have the size?

use std::collections::{BTreeSet, HashMap};

use super::{Comparison, Finding, Pair};
use crate::format::avro::rules;
use crate::format::avro::tree::{Enum, Fixed, Header, Schema, TypeId};
use crate::json::Extent;

/// The namespace does not count, an alias does.
pub(super) fn is_same(reader: &Header, writer: &Header) -> bool {
    reader.name.simple() == writer.name.simple()
        || reader.aliases.iter().any(|alias| alias.full() == writer.name.full())
}

/// The types of a schema by their aliases.
pub(super) fn aliases(schema: &Schema) -> HashMap<&str, Vec<TypeId>> {
    let mut found: HashMap<&str, Vec<TypeId>> = HashMap::new();
    for (index, of) in schema.types.iter().enumerate() {
        for alias in of.shape.header().map_or(&[][..], |header| &header.aliases) {
            found.entry(alias.full()).or_default().push(TypeId(index));
        }
    }
    found
}

impl Comparison<'_> {
    pub(super) fn names(&mut self, pair: Pair<'_>, reader: &Header, writer: &Header) -> bool {
        let written = writer.name.full();
        if is_same(reader, writer) {
            self.advise_on_aliases(pair, reader, writer);
            return true;
        }
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
        if missing.is_empty() {
            return true;
        }
        let addition = missing.iter().map(|symbol| format!(", \"{symbol}\"")).collect::<String>();
        let list = missing.into_iter().collect::<Vec<_>>().join(", ");
        if let Some(default) = &reader.default {
            self.advise_on_symbols(pair, reader, writer, default, list);
            return true;
        }
        let fits = self.refuse(pair, || Finding {
            rule: &rules::ENUM_SYMBOL_REMOVED,
            member: "symbols",
            reader_extent: reader.symbols_extent,
            writer_extent: writer.symbols_extent,
            message: format!("the reader's enum does not know {list}, which the writer may write, and has no default"),
            fix: Some(format!("keep {list}, or give the enum a default symbol for what it does not know")),
            fact: format!("[{list}]"),
        });
        if let Some(Extent { end, .. }) = reader.symbol_extents.last().copied() {
            self.suggest(Extent { start: end, end }, addition);
        }
        fits
    }
}
