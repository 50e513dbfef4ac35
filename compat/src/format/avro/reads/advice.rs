//! What changes without breaking anything, and might still surprise?

use super::{Comparison, Finding, Pair, Pointer, Site};
use crate::format::avro::canonical;
use crate::format::avro::rules;
use crate::format::avro::tree::{Enum, Field, Header, Logical, Primitive, Shape};
use crate::json::Node;

impl Comparison<'_> {
    pub(super) fn advise_on_type(&mut self, pair: Pair<'_>) {
        let reader = self.reader.shape(pair.reader.of.id);
        let writer = self.writer.shape(pair.writer.of.id);
        if let (Shape::Primitive(reader), Shape::Primitive(writer)) = (reader, writer) {
            self.advise_on_conversion(pair, *reader, *writer);
        }
        self.advise_on_logical_type(pair);
    }

    /// Values that don't survive being read as another type.
    fn advise_on_conversion(&mut self, pair: Pair<'_>, reader: Primitive, writer: Primitive) {
        use Primitive::{Bytes, Double, Float, Int, Long, String};
        let (expected, written) = (reader.word(), writer.word());
        let (rule, message, fix) = match (reader, writer) {
            (String, Bytes) => (
                &rules::BYTES_READ_AS_TEXT,
                "the reader takes the writer's bytes as text, and those that are not UTF-8 fail or come out changed"
                    .to_owned(),
                "keep bytes, unless they have always been text",
            ),
            (Float, Int | Long) | (Double, Long) => {
                let bits = if reader == Float { 24 } else { 53 };
                (
                    &rules::NUMBER_LOSES_DIGITS,
                    format!("the reader's {expected} rounds the writer's {written} when it has more than {bits} bits"),
                    "keep the type, unless the numbers are known to be small",
                )
            }
            _ => return,
        };
        let finding = Finding {
            rule,
            member: "",
            reader_extent: pair.reader.of.extent,
            writer_extent: pair.writer.of.extent,
            message,
            fix: Some(fix.to_owned()),
            fact: format!("{written} -> {expected}"),
        };
        self.report(pair, finding);
    }

    /// Bytes that are read as they were written, but stand for something else.
    fn advise_on_logical_type(&mut self, pair: Pair<'_>) {
        let reader = self.reader.get(pair.reader.of.id);
        let writer = self.writer.get(pair.writer.of.id);
        let comparable = matches!((&reader.shape, &writer.shape), (Shape::Fixed(_), Shape::Fixed(_)))
            || matches!((&reader.shape, &writer.shape), (Shape::Primitive(_), Shape::Primitive(_)));
        let (expected, written) = (reader.logical(), writer.logical());
        if !comparable || expected == written {
            return;
        }
        let (expected, written) = (tell(expected, reader.shape.word()), tell(written, writer.shape.word()));
        let finding = Finding {
            rule: &rules::LOGICAL_TYPE_CHANGED,
            member: "",
            reader_extent: pair.reader.of.extent,
            writer_extent: pair.writer.of.extent,
            message: format!("the reader takes as {expected} what the writer wrote as {written}"),
            fix: Some("keep the logical type and add a new field for the new meaning".into()),
            fact: format!("reader: {expected}, writer: {written}"),
        };
        self.report(pair, finding);
    }

    pub(super) fn advise_on_defaults(
        &mut self,
        field: &Field,
        at: Pointer<'_>,
        written: &Field,
        written_at: Pointer<'_>,
    ) {
        let (Some(default), Some(before)) = (&field.default, &written.default) else { return };
        let (new, old) = (json(default), json(before));
        if self.silent || new == old {
            return;
        }
        let finding = Finding {
            rule: &rules::DEFAULT_CHANGED,
            member: "default",
            reader_extent: field.of.extent.map(|_| default.extent),
            writer_extent: written.of.extent.map(|_| before.extent),
            message: format!("the default of '{}' is {new} for the reader and {old} for the writer", field.name),
            fix: None,
            fact: format!("{old} -> {new}"),
        };
        let reader = Site { of: field.of, at };
        let writer = Site { of: written.of, at: written_at };
        self.report(Pair { reader, writer }, finding);
    }
}

impl Comparison<'_> {
    /// Two fields of the reader for one of the writer. A decoder renames by aliases first, and leaves the other without.
    pub(super) fn advise_on_claims(
        &mut self,
        (field, at): (&Field, Pointer<'_>),
        (written, written_at): (&Field, Pointer<'_>),
        other: &str,
    ) {
        if self.silent {
            return;
        }
        let (name, taken) = (&field.name, &written.name);
        let finding = Finding {
            rule: &rules::ALIAS_TAKES_NAME,
            member: "",
            reader_extent: field.name_extent,
            writer_extent: written.name_extent,
            message: format!(
                "the reader's fields '{other}' and '{name}' both claim the writer's field '{taken}', and a decoder gives \
                 it to one of them"
            ),
            fix: Some(format!("remove the alias \"{taken}\"")),
            fact: taken.clone(),
        };
        let reader = Site { of: field.of, at };
        let writer = Site { of: written.of, at: written_at };
        self.report(Pair { reader, writer }, finding);
    }

    /// The same for types.
    pub(super) fn advise_on_aliases(&mut self, pair: Pair<'_>, reader: &Header, writer: &Header) {
        let taken = writer.name.full();
        let others = self.aliases.get(taken).map_or(&[][..], Vec::as_slice);
        let Some(other) = others.iter().find(|id| **id != pair.reader.of.id).filter(|_| !self.silent) else { return };
        let other = self.reader.shape(*other).header().map_or("", |header| header.name.full());
        let finding = Finding {
            rule: &rules::ALIAS_TAKES_NAME,
            member: "name",
            reader_extent: reader.name_extent,
            writer_extent: writer.name_extent,
            message: format!(
                "the reader's type {other} has the alias {taken}, and a decoder may take the writer's {taken} for it \
                 instead of {}",
                reader.name.full()
            ),
            fix: Some(format!("remove the alias \"{taken}\" from {other}")),
            fact: taken.to_owned(),
        };
        self.report(pair, finding);
    }

    pub(super) fn advise_on_symbols(
        &mut self,
        pair: Pair<'_>,
        reader: &Enum,
        writer: &Enum,
        default: &str,
        list: String,
    ) {
        if self.silent {
            return;
        }
        let finding = Finding {
            rule: &rules::SYMBOLS_READ_AS_DEFAULT,
            member: "symbols",
            reader_extent: reader.symbols_extent,
            writer_extent: writer.symbols_extent,
            message: format!("the reader takes {list}, which its enum does not know, as its default {default}"),
            fix: None,
            fact: format!("[{list}]"),
        };
        self.report(pair, finding);
    }
}

fn tell(logical: Option<Logical<'_>>, plain: &str) -> String {
    match logical {
        None => format!("plain {plain}"),
        Some(Logical { name, decimal: None }) => name.to_owned(),
        Some(Logical { name, decimal: Some((precision, scale)) }) => format!("{name}({precision}, {scale})"),
    }
}

fn json(node: &Node) -> String {
    let mut text = String::new();
    canonical::json(node, true, &mut text);
    text
}
