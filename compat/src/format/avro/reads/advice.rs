//! What changes without breaking anything, and might still surprise?

use super::{Comparison, Finding, Pair, Pointer, Site};
use crate::format::avro::canonical;
use crate::format::avro::rules;
use crate::format::avro::tree::{Field, Logical, Shape};
use crate::json::Node;

impl Comparison<'_> {
    /// Bytes that are read as they were written, but stand for something else.
    pub(super) fn advise_on_type(&mut self, pair: Pair<'_>) {
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
