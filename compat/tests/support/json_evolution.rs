//! How do JSON Schemas change? Versions that may follow another, and the same in other words.

use serde_json::{Map, Value, json};

use crate::json_schemas::{Dialect, NAMES, Planner, TYPES};

impl Planner<'_> {
    /// A version that may follow: most of it as it was, a few places changed.
    pub(crate) fn evolved(&mut self, document: &Value) -> Value {
        let mut evolved = document.clone();
        for _ in 0..=self.random.below(2) {
            let places = schemas_in(&evolved);
            let place = places[self.random.below(places.len())].clone();
            if let Some(schema) = evolved.pointer_mut(&place) {
                let changed = self.changed(schema, place.is_empty());
                *schema = changed;
            }
        }
        evolved
    }

    /// The same in other words: one of its subschemas stands among the definitions, and a reference in its place.
    pub(crate) fn moved(&mut self, document: &Value) -> Value {
        let mut moved = document.clone();
        let places = schemas_in(document);
        let place = &places[self.random.below(places.len())];
        if let Some(schema) = moved.pointer_mut(place).filter(|_| !place.is_empty()) {
            let target = json!({"$ref": format!("#/{}/moved", self.dialect.definitions())});
            let schema = std::mem::replace(schema, target);
            moved[self.dialect.definitions()]["moved"] = schema;
        }
        moved
    }

    fn changed(&mut self, schema: &Value, is_root: bool) -> Value {
        let Some(members) = schema.as_object().filter(|members| !members.contains_key("$ref")) else {
            return if is_root { schema.clone() } else { self.schema(0) };
        };
        let mut members = members.clone();
        let keys: Vec<_> =
            members.keys().filter(|key| !key.starts_with('$') && *key != "definitions").cloned().collect();
        if self.one_in(2) && self.in_other_words(&mut members) {
            return Value::Object(members);
        }
        let may_be_object = members.get("type").is_none_or(|word| word == "object");
        match self.random.below(14) {
            0 if !is_root => return self.schema(1),
            1 | 2 if !is_root => {
                let criterion = ["anyOf", "oneOf", "allOf"][self.random.below(3)];
                let mut parts = vec![schema.clone()];
                if self.one_in(2) {
                    parts.push(self.schema(1));
                }
                return json!({criterion: parts});
            }
            3 | 4 if !keys.is_empty() => drop(members.remove(&keys[self.random.below(keys.len())])),
            5 => {
                let about = match members.get("type").and_then(Value::as_str) {
                    Some("integer") => "number",
                    Some(about) => about,
                    None => ["string", "number", "object", "array"][self.random.below(4)],
                };
                let about = about.to_owned();
                let (keyword, value) = self.keyword(&about);
                members.insert(keyword.into(), value);
            }
            6 | 7 if may_be_object => {
                let name = NAMES[self.random.below(5)];
                let mut property = self.schema(0);
                if self.one_in(3) && property.is_object() && property.get("$ref").is_none() {
                    property["default"] = json!(1);
                }
                let properties = members.entry("properties").or_insert_with(|| json!({}));
                properties[name] = property;
            }
            8 | 9 if may_be_object => {
                let name = NAMES[self.random.below(4)];
                let declared = members.get_mut("properties").and_then(|properties| properties.get_mut(name));
                if let Some(property) = declared.filter(|property| property.is_object() && self.one_in(3)) {
                    property["default"] = json!(1);
                }
                let name = json!(name);
                let required = members.entry("required").or_insert_with(|| json!([]));
                if let Some(required) = required.as_array_mut() {
                    match required.iter().position(|other| *other == name) {
                        Some(place) => drop(required.remove(place)),
                        None => required.push(name),
                    }
                    if required.is_empty() {
                        members.remove("required");
                    }
                }
            }
            _ if !keys.is_empty() => {
                let key = keys[self.random.below(keys.len())].clone();
                let value = self.changed_value(&key, &members[&key]);
                members.insert(key, value);
            }
            _ => {}
        }
        Value::Object(members)
    }

    /// One value as a list of one, or the other way round; whether there was something to say so.
    fn in_other_words(&mut self, members: &mut Map<String, Value>) -> bool {
        if let Some(value) = members.remove("const") {
            members.insert("enum".into(), json!([value]));
            return true;
        }
        if self.dialect != Dialect::Draft4
            && let Some([value]) = members.get("enum").and_then(Value::as_array).map(Vec::as_slice)
        {
            let value = value.clone();
            members.remove("enum");
            members.insert("const".into(), value);
            return true;
        }
        false
    }

    /// Another value for a keyword, of the kind that it takes.
    fn changed_value(&mut self, key: &str, value: &Value) -> Value {
        match (key, value) {
            ("type", Value::String(word)) => match word.as_str() {
                "integer" => json!("number"),
                _ => json!([word, TYPES[self.random.below(7)]]),
            },
            ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => {
                let mut parts = parts.clone();
                if parts.len() > 1 && self.one_in(2) {
                    parts.remove(self.random.below(parts.len()));
                } else {
                    parts.push(self.schema(1));
                }
                json!(parts)
            }
            ("enum", Value::Array(values)) => {
                let mut values = values.clone();
                let new = self.plain();
                if values.len() > 1 && self.one_in(2) {
                    values.pop();
                } else if !values.contains(&new) {
                    values.push(new);
                }
                json!(values)
            }
            ("properties", Value::Object(properties)) => {
                let mut properties = properties.clone();
                let name = properties.keys().next().cloned();
                name.map(|name| properties.remove(&name));
                json!(properties)
            }
            ("prefixItems" | "items", Value::Array(items)) => {
                let mut items = items.clone();
                if items.len() > 1 && self.one_in(2) {
                    items.pop();
                } else {
                    items.push(self.schema(0));
                }
                json!(items)
            }
            (_, Value::Number(number)) => {
                let number = number.as_f64().unwrap_or_default();
                match self.random.below(4) {
                    0 if number > 1.0 => json!(number as i64 - 1),
                    1 => json!(number as i64 * 2),
                    _ => json!(number as i64 + 1),
                }
            }
            ("dependencies" | "dependentRequired" | "dependentSchemas", _) => match self.random.below(3) {
                0 => json!({"a": ["b", "c"]}),
                1 => json!({"a": ["c"]}),
                _ => value.clone(),
            },
            (_, Value::Bool(true)) => json!(false),
            (_, Value::Bool(false)) => json!(true),
            _ => value.clone(),
        }
    }
}

/// The pointers to all subschemas of a document, itself included.
fn schemas_in(document: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        found.push(at.to_owned());
        let Some(members) = value.as_object() else { return };
        for (key, value) in members {
            let at = format!("{at}/{key}");
            match (key.as_str(), value) {
                (
                    "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas",
                    Value::Object(inner),
                ) => {
                    inner.iter().for_each(|(name, value)| walk(value, &format!("{at}/{name}"), found));
                }
                ("allOf" | "anyOf" | "oneOf" | "prefixItems" | "items", Value::Array(inner)) => {
                    inner.iter().enumerate().for_each(|(place, value)| walk(value, &format!("{at}/{place}"), found));
                }
                (
                    "items" | "not" | "additionalProperties" | "additionalItems" | "contains" | "if" | "then" | "else",
                    Value::Object(_),
                ) => walk(value, &at, found),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    walk(document, "", &mut found);
    found
}
