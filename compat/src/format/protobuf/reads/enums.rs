//! Which symbols of an enum does the reader know, and under which numbers?

use std::collections::HashMap;

use prost_reflect::{EnumDescriptor, EnumValueDescriptor};

use super::place::{Item, Spot};
use super::scalar::is_closed;
use super::{Both, Comparison, Finding, MAX_SYMBOLS, Met, Tally, rules};

impl Comparison<'_> {
    /// Compares two enums, once.
    pub(super) fn enums(&mut self, pair: &Both<EnumDescriptor>) {
        let key = (pair.reader.full_name().to_owned(), pair.writer.full_name().to_owned());
        match self.met.get(&key).copied() {
            Some(Met::Reported(found) | Met::Silently(found)) if self.silent => {
                self.tally.breaks += found.breaks;
                return;
            }
            Some(Met::Reported(_)) => return,
            _ => {}
        }
        let before = self.tally.breaks;
        self.symbols(pair);
        let found = Tally { errors: 0, breaks: self.tally.breaks.saturating_sub(before) };
        self.met.insert(key, if self.silent { Met::Silently(found) } else { Met::Reported(found) });
    }

    fn symbols(&mut self, pair: &Both<EnumDescriptor>) {
        self.symbols = self.symbols.saturating_add(pair.reader.values().len() + pair.writer.values().len());
        if self.symbols > MAX_SYMBOLS {
            return;
        }
        if is_closed(&pair.reader) && !is_closed(&pair.writer) {
            self.enum_closed(pair);
        }
        let (known, written) = (by_number(&pair.reader), by_number(&pair.writer));
        for writer in pair.writer.values() {
            let same = known.get(&writer.number()).map(Vec::as_slice).unwrap_or_default();
            let named = pair.reader.get_value_by_name(writer.name());
            match (same, named) {
                (_, Some(named)) if named.number() == writer.number() => {}
                (_, Some(named)) => self.symbol_renumbered(&named, &writer),
                ([], None) => self.symbol_unknown(&pair.reader, &writer),
                // One of several names for a number may go.
                ([_, ..], None) if written.get(&writer.number()).is_some_and(|all| all.len() > 1) => {}
                ([reader, ..], None) => self.symbol_renamed(reader, &writer),
            }
        }
    }

    // === Rules ===

    fn enum_closed(&mut self, pair: &Both<EnumDescriptor>) {
        self.report(&rules::ENUM_CLOSED, || {
            let reader = Spot::of(Item::Enum(pair.reader.clone()));
            Finding {
                message: format!(
                    "the reader's enum '{}' is closed, the writer's is open: numbers without a symbol that are \
                     written are taken for unset",
                    pair.reader.name()
                ),
                fix: Some("keep the enum in a file of the same syntax".into()),
                fact: format!(
                    "The enum at path '#{}' is closed in the new schema and open in the old schema",
                    reader.path
                ),
                writer: Spot::of(Item::Enum(pair.writer.clone())),
                reader,
            }
        });
    }

    fn symbol_unknown(&mut self, reader: &EnumDescriptor, symbol: &EnumValueDescriptor) {
        let closed = is_closed(reader);
        let rule = if closed { &rules::CLOSED_SYMBOL_UNKNOWN } else { &rules::SYMBOL_UNKNOWN };
        self.report(rule, || {
            let writer = Spot::of(Item::Symbol(symbol.clone()));
            let name = symbol.name();
            Finding {
                message: if closed {
                    format!("the reader does not know the symbol '{name}' and takes a field that has it for unset")
                } else {
                    format!(
                        "the reader does not know the symbol '{name}' and sees only its number, {}",
                        symbol.number()
                    )
                },
                fix: Some(format!("keep '{name}', and let readers learn a new symbol before it is written")),
                fact: format!(
                    "The symbol {name} of an enum at path '#{}' in the old schema is not in the new schema",
                    writer.path
                ),
                reader: Spot::missing(Item::Enum(reader.clone()), &writer.path),
                writer,
            }
        });
    }

    fn symbol_renumbered(&mut self, reader: &EnumValueDescriptor, writer: &EnumValueDescriptor) {
        self.report(&rules::SYMBOL_RENUMBERED, || {
            let spot = Spot::of(Item::Symbol(reader.clone()));
            let name = reader.name();
            let (new, old) = (reader.number(), writer.number());
            Finding {
                message: format!(
                    "the symbol '{name}' is {new} for the reader and {old} for the writer: what was written as it is \
                     read as something else"
                ),
                fix: Some(format!("keep the number of '{name}'")),
                fact: format!(
                    "The symbol {name} of an enum at path '#{}' is {new} in the new schema and {old} in the old schema",
                    spot.path
                ),
                reader: spot,
                writer: Spot::of(Item::Symbol(writer.clone())),
            }
        });
    }

    fn symbol_renamed(&mut self, reader: &EnumValueDescriptor, writer: &EnumValueDescriptor) {
        self.report(&rules::SYMBOL_RENAMED, || {
            let spot = Spot::of(Item::Symbol(reader.clone()));
            let (new, old) = (reader.name(), writer.name());
            Finding {
                message: format!("{} is called '{new}' by the reader and '{old}' by the writer", reader.number()),
                fix: Some("keep the name, or have both with allow_alias".into()),
                fact: format!(
                    "The symbol of an enum at path '#{}' is {new} in the new schema and {old} in the old schema",
                    spot.path
                ),
                reader: spot,
                writer: Spot::of(Item::Symbol(writer.clone())),
            }
        });
    }
}

fn by_number(declared: &EnumDescriptor) -> HashMap<i32, Vec<EnumValueDescriptor>> {
    let mut symbols: HashMap<i32, Vec<EnumValueDescriptor>> = HashMap::new();
    for symbol in declared.values() {
        symbols.entry(symbol.number()).or_default().push(symbol);
    }
    symbols
}
