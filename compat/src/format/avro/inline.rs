//! Which rules does an Avro schema hold in its own text? `confluent:rules` of records and fields.

use super::tree::{Schema, Shape};
use crate::demand::{Demands, OfField, OfRecord, OfValue, inline};
use crate::model::narrow;

pub(super) fn rules(schema: &Schema) -> Demands {
    let mut demands = Demands::default();
    for (id, of) in (0..).map(narrow).zip(&schema.types) {
        let Shape::Record(record) = &of.shape else { continue };
        let name = record.header.name.full();
        let mut found = OfRecord {
            of: id,
            name: name.into(),
            conditions: inline(&of.props, name, &mut demands.unread),
            choices: Vec::new(),
            fields: Vec::new(),
        };
        for (at, field) in record.fields.iter().enumerate() {
            let name = format!("{name}.{}", field.name);
            let conditions = inline(&field.props, &name, &mut demands.unread);
            if !conditions.is_empty() {
                let value = OfValue { conditions, ..OfValue::default() };
                found.fields.push(OfField { at, name: name.into(), is_required: false, value });
            }
        }
        if !(found.conditions.is_empty() && found.fields.is_empty()) {
            demands.records.push(found);
        }
    }
    demands
}
