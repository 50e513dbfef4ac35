//! Does the reader get all of its fields?

use std::collections::HashMap;

use super::{Comparison, Finding, Pair, Pointer, Site};
use crate::format::avro::rules;
use crate::format::avro::tree::{Field, Primitive, Record, Shape};
use crate::json::Extent;

impl<'a> Comparison<'a> {
    pub(super) fn fields(&mut self, pair: Pair<'_>, reader: &'a Record, writer: &'a Record) -> bool {
        let (reader_at, writer_at) = (pair.reader.at.key("fields"), pair.writer.at.key("fields"));
        let written_places: HashMap<&str, usize> =
            writer.fields.iter().enumerate().map(|(place, field)| (field.name.as_str(), place)).collect();
        let mut fits = true;
        let mut claims: HashMap<usize, &str> = HashMap::new();
        for (index, field) in reader.fields.iter().enumerate() {
            let field_at = reader_at.index(index);
            let names = std::iter::once(&field.name).chain(&field.aliases);
            let places = names.filter_map(|name| written_places.get(name.as_str()).copied());
            let matching: Vec<_> = places.map(|place| (place, &writer.fields[place])).collect();
            fits &= match matching.as_slice() {
                [] if field.default.is_some() => true,
                [] if self.has_enum_default(field) => self.enum_field_without_default(pair, field, field_at),
                [] => self.field_without_default(pair, field, field_at),
                [(place, written)] => {
                    let written_at = writer_at.index(*place);
                    if let Some(other) = claims.insert(*place, &field.name) {
                        self.advise_on_claims((field, field_at), (written, written_at), other);
                    }
                    self.advise_on_defaults(field, field_at, written, written_at);
                    self.pair(Pair {
                        reader: Site { of: field.of, at: field_at.key("type") },
                        writer: Site { of: written.of, at: written_at.key("type") },
                    })
                }
                several => self.field_ambiguous(pair, field, field_at, several),
            };
        }
        fits
    }

    fn field_without_default(&mut self, pair: Pair<'_>, field: &Field, at: Pointer<'_>) -> bool {
        let name = &field.name;
        let fits = self.refuse(pair.with_reader_at(at), || Finding {
            rule: &rules::FIELD_WITHOUT_DEFAULT,
            member: "",
            reader_extent: field.name_extent,
            writer_extent: pair.writer.of.extent,
            message: format!(
                "the reader's field '{name}' has no default, and the writer does not write such a field: there is \
                 nothing to fill it with"
            ),
            fix: Some(format!(
                "give '{name}' a default, for example by making it optional: a union that begins with null, and null \
                 as the default"
            )),
            fact: name.clone(),
        });
        if let Some(end) = self.end_of_optional(field) {
            self.suggest(Extent { start: end, end }, r#", "default": null"#.to_owned());
        }
        fits
    }

    /// The place behind the type of a field that may be null before all else.
    fn end_of_optional(&self, field: &Field) -> Option<usize> {
        let Shape::Union(branches) = self.reader.shape(field.of.id) else { return None };
        let first = self.reader.shape(branches.first()?.id);
        matches!(first, Shape::Primitive(Primitive::Null)).then_some(field.of.extent?.end)
    }

    fn has_enum_default(&self, field: &Field) -> bool {
        matches!(self.reader.shape(field.of.id), Shape::Enum(symbols) if symbols.default.is_some())
    }

    /// Java compares the enum with the writer's record here, and says so.
    fn enum_field_without_default(&mut self, pair: Pair<'_>, field: &Field, at: Pointer<'_>) -> bool {
        let name = &field.name;
        self.refuse(pair.with_reader_at(at.key("type")), || Finding {
            rule: &rules::ENUM_FIELD_WITHOUT_DEFAULT,
            member: "",
            reader_extent: field.of.extent,
            writer_extent: pair.writer.of.extent,
            message: format!(
                "the reader's field '{name}' has no default, and the writer does not write such a field; the default \
                 of its enum is for unknown symbols only"
            ),
            fix: Some(format!("give the field '{name}' a default too")),
            fact: "reader type: ENUM not compatible with writer type: RECORD".into(),
        })
    }

    /// Java gives up where this is met, even in a branch of a union that need not be taken.
    fn field_ambiguous(&mut self, pair: Pair<'_>, field: &Field, at: Pointer<'_>, several: &[(usize, &Field)]) -> bool {
        let name = &field.name;
        let candidates = several.iter().map(|(_, other)| format!("'{}'", other.name)).collect::<Vec<_>>().join(", ");
        let message = if several.iter().all(|(_, other)| other.name == *name) {
            format!("the reader's field '{name}' has its own name as an alias, on which Avro's comparison gives up")
        } else {
            format!("the reader's field '{name}' could be any of the writer's fields {candidates}")
        };
        if !self.ambiguous.insert(at.to_string()) {
            return false;
        }
        let finding = Finding {
            rule: &rules::FIELD_AMBIGUOUS,
            member: "",
            reader_extent: field.name_extent,
            writer_extent: pair.writer.of.extent,
            message,
            fix: Some(format!("keep only the alias of '{name}' that is meant")),
            fact: name.clone(),
        };
        self.report(pair.with_reader_at(at), finding);
        false
    }
}
