//! Schemas that the stories share.

use serde_json::json;

/// A record `Order` with these fields, each a name and a type in JSON.
pub(crate) fn order(fields: &[(&str, &str)]) -> String {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, kind)| json!({"name": name, "type": serde_json::from_str::<serde_json::Value>(kind).unwrap()}))
        .collect();
    json!({"type": "record", "name": "Order", "namespace": "shop", "fields": fields}).to_string()
}

/// The first version of `Order`.
pub(crate) fn first() -> String {
    order(&[("id", r#""long""#)])
}

/// Readers of this can read [`first`]: the new field has a default.
pub(crate) fn second() -> String {
    r#"{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"id","type":"long"},
        {"name":"note","type":["null","string"],"default":null}]}"#
        .to_owned()
}

/// Readers of this can't read [`first`].
pub(crate) fn breaking() -> String {
    order(&[("id", r#""long""#), ("customer", r#""string""#)])
}
