//! Which rules does an Avro schema hold in its own text? `confluent:rules` of records and fields.

use super::tree::{Schema, Shape};
use crate::demand::{Condition, Demands, OfField, OfRecord, OfValue, Unread};
use crate::json::{Member, Node};
use crate::model::narrow;

/// The member in which they are.
const MEMBER: &str = "confluent:rules";

pub(super) fn rules(schema: &Schema) -> Demands {
    let mut demands = Demands::default();
    for (id, of) in (0..).map(narrow).zip(&schema.types) {
        let Shape::Record(record) = &of.shape else { continue };
        let name = record.header.name.full();
        let mut found = OfRecord {
            of: id,
            name: name.into(),
            conditions: conditions(&of.props, name, &mut demands.unread),
            choices: Vec::new(),
            fields: Vec::new(),
        };
        for (at, field) in record.fields.iter().enumerate() {
            let name = format!("{name}.{}", field.name);
            let conditions = conditions(&field.props, &name, &mut demands.unread);
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

fn conditions(props: &[Member], on: &str, unread: &mut Vec<Unread>) -> Vec<Condition> {
    let rules = props.iter().find(|member| member.key == MEMBER).and_then(|member| member.value.list());
    let text = |rule: &Node, key: &str| -> Box<str> { rule.get(key).and_then(Node::text).unwrap_or_default().into() };
    let mut conditions = Vec::new();
    for rule in rules.unwrap_or_default() {
        let [name, doc, expr] = ["name", "doc", "expr"].map(|key| text(rule, key));
        match Condition::inline(&name, &doc, &expr) {
            Some(condition) => conditions.push(condition),
            None => unread.push(Unread::without_expression(on, &name)),
        }
    }
    conditions
}
