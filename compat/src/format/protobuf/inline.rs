//! Which rules does a Protobuf schema hold in its own text? `rules` in the options `confluent.message_meta` and
//! `confluent.field_meta`.

use prost_reflect::{DynamicMessage, Value};

use super::model;
use super::tree::Schema;
use crate::demand::{Condition, Demands, OfField, OfRecord, OfValue, Unread};

const MESSAGE: &str = "confluent.message_meta";
const FIELD: &str = "confluent.field_meta";

pub(super) fn rules(schema: &Schema) -> Demands {
    let mut demands = Demands::default();
    if !schema.has_options() {
        return demands;
    }
    let file = schema.full();
    let (_, known) = model::model(&file);
    for message in file.parent_pool().all_messages() {
        let name = message.full_name();
        let Some(of) = known.get(name) else { continue };
        let conditions = conditions(&message.options(), MESSAGE, name, &mut demands.unread);
        let mut found = OfRecord { of: *of, name: name.into(), conditions, choices: Vec::new(), fields: Vec::new() };
        for (at, field) in message.fields().enumerate() {
            let name = field.full_name();
            let conditions = self::conditions(&field.options(), FIELD, name, &mut demands.unread);
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

fn conditions(options: &DynamicMessage, option: &str, on: &str, unread: &mut Vec<Unread>) -> Vec<Condition> {
    let meta = options.extensions().find(|(known, _)| known.full_name() == option);
    let rules =
        meta.and_then(|(_, meta)| meta.as_message()?.get_field_by_name("rules").map(|rules| rules.into_owned()));
    let rules = rules.as_ref().and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_message);
    let text = |rule: &DynamicMessage, key: &str| -> Box<str> {
        rule.get_field_by_name(key).as_deref().and_then(Value::as_str).unwrap_or_default().into()
    };
    let mut conditions = Vec::new();
    for rule in rules {
        let [name, doc, expr] = ["name", "doc", "expr"].map(|key| text(rule, key));
        match Condition::inline(&name, &doc, &expr) {
            Some(condition) => conditions.push(condition),
            None => unread.push(Unread::without_expression(on, &name)),
        }
    }
    conditions
}
