//! Does a default fit its type?

use crate::format::avro::canonical::java_double;
use crate::format::avro::tree::{Primitive, Shape, Type, TypeId};
use crate::json::{Node, Value};

/// How much checking one schema may cause. Defaults of records draw in the defaults of their fields, so that a small
/// text could ask for endless work.
pub(super) struct Effort(usize);

impl Default for Effort {
    fn default() -> Self {
        Self(100_000)
    }
}

/// How deep defaults may draw in other defaults.
const MAX_DEPTH: usize = 200;

/// Whether `default` is a value of the type. In a union any branch will do.
pub(super) fn fits(types: &[Type], of: TypeId, default: &Node, effort: &mut Effort) -> bool {
    fits_at(types, of, default, effort, 0)
}

fn fits_at(types: &[Type], of: TypeId, default: &Node, effort: &mut Effort, depth: usize) -> bool {
    let Some(left) = effort.0.checked_sub(1).filter(|_| depth <= MAX_DEPTH) else { return false };
    effort.0 = left;
    let mut inner = |of: TypeId, default: &Node| fits_at(types, of, default, effort, depth + 1);
    match (&types[of.0].shape, &default.value) {
        (Shape::Primitive(Primitive::Null), Value::Null) => true,
        (Shape::Primitive(Primitive::Boolean), Value::Bool(_)) => true,
        (Shape::Primitive(Primitive::Int), Value::Number(digits)) => digits.parse::<i32>().is_ok(),
        (Shape::Primitive(Primitive::Long), Value::Number(digits)) => digits.parse::<i64>().is_ok(),
        (Shape::Primitive(Primitive::Float | Primitive::Double), Value::Number(_)) => true,
        (Shape::Primitive(Primitive::String | Primitive::Bytes), Value::Text(_)) => true,
        (Shape::Enum(_) | Shape::Fixed(_), Value::Text(_)) => true,
        (Shape::Array(items), Value::List(list)) => list.iter().all(|item| inner(items.id, item)),
        (Shape::Map(values), Value::Object(members)) => members.iter().all(|member| inner(values.id, &member.value)),
        (Shape::Union(branches), _) => branches.iter().any(|branch| inner(branch.id, default)),
        (Shape::Record(record), Value::Object(_)) => record.fields.iter().all(|field| {
            let value = default.get(&field.name).or(field.default.as_ref());
            value.is_some_and(|value| inner(field.of.id, value))
        }),
        _ => false,
    }
}

/// The number that a text spells, as Java reads it: blanks around it, a type letter behind it, `NaN` and `Infinity` are
/// fine, though JSON has no number for them.
pub(super) fn number_in_text(text: &str) -> Option<Value> {
    let trimmed = text.trim();
    let unsigned = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    if unsigned == "NaN" {
        return Some(Value::Number("NaN".into()));
    }
    if unsigned == "Infinity" {
        return Some(Value::Number(if trimmed.starts_with('-') { "-Infinity" } else { "Infinity" }.into()));
    }
    if !unsigned.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.') {
        return None;
    }
    let digits = trimmed.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(trimmed);
    digits.parse::<f64>().ok().map(|number| Value::Number(java_double(number)))
}
