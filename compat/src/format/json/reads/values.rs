//! Are two values the same? Members in any order, numbers however they are written.

use super::decimal::Decimal;
use crate::json::{Node, Value};

pub(super) fn is_same_value(one: &Node, other: &Node) -> bool {
    canonical(one) == canonical(other)
}

/// A text that two values have in common exactly if they are the same.
pub(super) fn canonical(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text) => Decimal::parse(text).canonical(),
        Value::Text(text) => format!("{text:?}"),
        Value::List(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let told = |member: &crate::json::Member| format!("{:?}:{}", member.key, canonical(&member.value));
            let mut told: Vec<_> = members.iter().map(told).collect();
            told.sort_unstable();
            format!("{{{}}}", told.join(","))
        }
    }
}
