//! How may a schema be wrong? One thing of a good one is taken away, doubled, or replaced by something that may not fit.

use serde_json::{Value, json};

use crate::event::Random;

/// The members of schemas.
const KEYS: [&str; 13] = [
    "type",
    "name",
    "namespace",
    "doc",
    "aliases",
    "fields",
    "symbols",
    "size",
    "items",
    "values",
    "default",
    "order",
    "logicalType",
];

/// Does one thing to the schema, somewhere inside.
pub(crate) fn distort(schema: &mut Value, random: &mut Random) {
    match schema {
        Value::Object(members) if !members.is_empty() => {
            let at = random.below(members.len());
            match random.below(7) {
                0 => members.retain(counting(|index| index != at)),
                1 => drop(members.insert(KEYS[random.below(KEYS.len())].to_owned(), junk(random))),
                2 => members.values_mut().skip(at).take(1).for_each(|value| *value = junk(random)),
                _ => members.values_mut().skip(at).take(1).for_each(|value| distort(value, random)),
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let at = random.below(items.len());
            match random.below(6) {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                _ => distort(&mut items[at], random),
            }
        }
        other => *other = junk(random),
    }
}

fn counting(mut keeps: impl FnMut(usize) -> bool) -> impl FnMut(&String, &mut Value) -> bool {
    let mut index = 0;
    move |_, _| {
        index += 1;
        keeps(index - 1)
    }
}

fn junk(random: &mut Random) -> Value {
    let all = json!([
        null, true, 1, -1, 1.5, "", "x", "a.b", "1x", "int", "record", [], {}, ["null"], [1], {"type": "int"}
    ]);
    all[random.below(16)].clone()
}
