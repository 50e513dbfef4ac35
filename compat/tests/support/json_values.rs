//! What do people write under a JSON Schema? Values that may well be valid, and some that are not.

use serde_json::{Map, Value, json};

use crate::json_schemas::{NAMES, Planner, TYPES};

impl Planner<'_> {
    /// A value that may well be valid: what the schema says is followed where that is easy.
    pub(crate) fn value(&mut self, document: &Value, schema: &Value, depth: usize) -> Value {
        if depth == 0 || self.one_in(12) {
            return self.plain();
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let target = document.pointer(target.trim_start_matches('#')).cloned().unwrap_or(Value::Null);
            return self.value(document, &target, depth - 1);
        }
        for criterion in ["anyOf", "oneOf", "allOf"] {
            if let Some(parts) = schema.get(criterion).and_then(Value::as_array).filter(|parts| !parts.is_empty()) {
                let part = parts[self.random.below(parts.len())].clone();
                return self.value(document, &part, depth);
            }
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array).filter(|values| !values.is_empty()) {
            return values[self.random.below(values.len())].clone();
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        let says = |keywords: &[&str]| keywords.iter().any(|keyword| schema.get(keyword).is_some());
        let word = match schema.get("type") {
            Some(Value::String(word)) => word.clone(),
            Some(Value::Array(words)) if !words.is_empty() => {
                words[self.random.below(words.len())].as_str().unwrap_or_default().to_owned()
            }
            _ if says(&["properties", "required", "additionalProperties", "patternProperties"]) => "object".into(),
            _ if says(&["items", "prefixItems", "contains", "maxItems"]) => "array".into(),
            _ => TYPES[self.random.below(7)].into(),
        };
        match word.as_str() {
            "object" => self.object_value(document, schema, depth - 1),
            "array" => self.array_value(document, schema, depth - 1),
            "string" => {
                let length = self.random.below(8);
                let letters = self.random.word(length).replace(|letter: char| letter > 'm', "b");
                if self.one_in(2) { json!(format!("a{letters}")) } else { self.plain_text() }
            }
            "integer" => json!(self.small() * 2 - 3),
            "number" => json!(self.random.below(16) as f64 / 2.0 - 2.0),
            "boolean" => json!(self.one_in(2)),
            _ => json!(null),
        }
    }

    fn plain_text(&mut self) -> Value {
        json!(["", "a", "ab", "b", "abc", "2020-01-01", "1.2.3.4"][self.random.below(7)])
    }

    fn value_or_any(&mut self, document: &Value, schema: Option<&Value>, depth: usize) -> Value {
        match schema {
            Some(schema) => self.value(document, schema, depth),
            None => self.plain(),
        }
    }

    fn object_value(&mut self, document: &Value, schema: &Value, depth: usize) -> Value {
        let mut members = Map::new();
        let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        let declared = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        for name in NAMES.iter().chain(&["node", "next", "other"]) {
            let of = declared.get(*name);
            let chance = if required.contains(&json!(name)) {
                0
            } else if of.is_some() {
                2
            } else {
                7
            };
            if chance == 0 || self.one_in(chance) {
                let value = self.value_or_any(document, of, depth);
                members.insert((*name).to_owned(), value);
            }
        }
        Value::Object(members)
    }

    fn array_value(&mut self, document: &Value, schema: &Value, depth: usize) -> Value {
        let tuple = schema.get("prefixItems").or_else(|| schema.get("items")).and_then(Value::as_array).cloned();
        let every = schema.get("items").filter(|items| !items.is_array()).cloned();
        let length = self.random.below(5);
        let item = |planner: &mut Self, place: usize| {
            let of = tuple.as_ref().and_then(|tuple| tuple.get(place)).or(every.as_ref());
            planner.value_or_any(document, of, depth)
        };
        (0..length).map(|place| item(self, place)).collect()
    }
}
