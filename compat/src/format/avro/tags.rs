//! How do records and fields of an Avro schema get and lose tags? They are members of the definition.

use std::collections::HashMap;

use super::canonical;
use super::tree::{Record, Schema, Shape, Type};
use crate::json::Member;
use crate::outline::ElementKind;
use crate::tags::{Change, Edits, retag, tags_in};

pub(super) fn with_tags(schema: &Schema, edits: &Edits<'_>) -> String {
    let mut schema = schema.clone();
    for (record, props) in own_records(&mut schema) {
        let scope = edits.scope().within(record.header.name.full());
        if let Some(change) = scope.change(ElementKind::Record) {
            retag(props, change);
        }
        if scope.is_empty() {
            continue;
        }
        for field in &mut record.fields {
            if let Some(change) = scope.within(&field.name).change(ElementKind::Field) {
                retag(&mut field.props, change);
            }
        }
    }
    canonical::identity(&schema)
}

pub(super) fn with_tags_of(schema: &Schema, earlier: &Schema) -> String {
    let mut schema = schema.clone();
    let earlier: HashMap<&str, (&Record, &[Member])> = earlier
        .types
        .iter()
        .filter_map(|of| match &of.shape {
            Shape::Record(record) if !earlier.borrowed.contains(record.header.name.full()) => {
                Some((record.header.name.full(), (record, of.props.as_slice())))
            }
            _ => None,
        })
        .collect();
    for (record, props) in own_records(&mut schema) {
        let Some((before, tagged)) = earlier.get(record.header.name.full()) else { continue };
        copy(tagged, props);
        let before: HashMap<&str, &[Member]> =
            before.fields.iter().map(|field| (field.name.as_str(), field.props.as_slice())).collect();
        for field in &mut record.fields {
            if let Some(tagged) = before.get(field.name.as_str()) {
                copy(tagged, &mut field.props);
            }
        }
    }
    canonical::identity(&schema)
}

fn copy(from: &[Member], to: &mut Vec<Member>) {
    retag(to, &Change { add: tags_in(from), remove: Vec::new() });
}

/// The records that this text defines itself, with their foreign members.
fn own_records(schema: &mut Schema) -> impl Iterator<Item = (&mut Record, &mut Vec<Member>)> {
    let borrowed = &schema.borrowed;
    schema.types.iter_mut().filter_map(|of| match of {
        Type { shape: Shape::Record(record), props } if !borrowed.contains(record.header.name.full()) => {
            Some((record, props))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests;
