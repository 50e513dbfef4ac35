//! Which plain types read which, and what if none does?

use super::{Comparison, Finding, Pair, describe};
use crate::format::avro::rules;
use crate::format::avro::tree::Primitive;

/// Numbers widen, and texts and bytes stand for each other.
pub(super) fn reads(reader: Primitive, writer: Primitive) -> bool {
    use Primitive::{Bytes, Double, Float, Int, Long, String};
    reader == writer
        || matches!(
            (reader, writer),
            (Long, Int) | (Float, Int | Long) | (Double, Int | Long | Float) | (Bytes, String) | (String, Bytes)
        )
}

impl Comparison<'_> {
    pub(super) fn type_changed(&mut self, pair: Pair<'_>) -> bool {
        let reader = self.reader.shape(pair.reader.of.id);
        let writer = self.writer.shape(pair.writer.of.id);
        self.refuse(pair, || Finding {
            rule: &rules::TYPE_CHANGED,
            member: "",
            reader_extent: pair.reader.of.extent,
            writer_extent: pair.writer.of.extent,
            message: format!("the reader expects {}, the writer writes {}", describe(reader), describe(writer)),
            fix: Some("keep the type and add a new field for the new one".into()),
            fact: format!(
                "reader type: {} not compatible with writer type: {}",
                reader.word().to_uppercase(),
                writer.word().to_uppercase()
            ),
        })
    }
}
