//! What do people write as JSON Schemas? Random ones, the same on every run.

use serde_json::{Value, json};

use crate::event::Random;

pub(crate) const NAMES: [&str; 5] = ["a", "b", "c", "x1", "x2"];
pub(crate) const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "null", "object", "array"];

/// A dialect, and what its keywords are called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Draft4,
    Draft7,
    Draft2020,
}

impl Dialect {
    fn uri(self) -> &'static str {
        match self {
            Self::Draft4 => "http://json-schema.org/draft-04/schema#",
            Self::Draft7 => "http://json-schema.org/draft-07/schema#",
            Self::Draft2020 => "https://json-schema.org/draft/2020-12/schema",
        }
    }

    pub(crate) fn definitions(self) -> &'static str {
        if self == Self::Draft2020 { "$defs" } else { "definitions" }
    }
}

/// Makes schemas, changes them, and writes values.
pub(crate) struct Planner<'r> {
    pub(crate) random: &'r mut Random,
    pub(crate) dialect: Dialect,
}

impl<'r> Planner<'r> {
    pub(crate) fn new(random: &'r mut Random, dialect: Dialect) -> Self {
        Self { random, dialect }
    }

    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.random.below(count) == 0
    }

    pub(crate) fn small(&mut self) -> i64 {
        self.random.below(6) as i64
    }

    // === Schemas ===

    /// A whole document, with a definition that refers to itself.
    pub(crate) fn document(&mut self) -> Value {
        let about = self.random.below(4);
        let root = match about {
            0 => self.schema(3),
            1 => self.array(2),
            _ => self.object(2),
        };
        let mut root = root.as_object().cloned().unwrap_or_default();
        let mut node = json!({"type": "object", "properties": {"next": self.reference()}});
        if self.one_in(2) {
            node["properties"]["a"] = self.schema(1);
        }
        if self.one_in(2) {
            node["additionalProperties"] = json!(false);
        }
        root.insert("$schema".into(), json!(self.dialect.uri()));
        root.insert(self.dialect.definitions().into(), json!({"node": node}));
        if about > 1 && self.one_in(3) {
            // A reference hides what stands beside it in older drafts, so it goes into a property.
            let properties = root.entry("properties").or_insert_with(|| json!({}));
            if let Some(properties) = properties.as_object_mut() {
                properties.insert("node".into(), json!({"$ref": self.reference_text()}));
            }
        }
        Value::Object(root)
    }

    fn reference_text(&self) -> String {
        format!("#/{}/node", self.dialect.definitions())
    }

    fn reference(&mut self) -> Value {
        json!({"$ref": self.reference_text()})
    }

    pub(crate) fn schema(&mut self, depth: usize) -> Value {
        let count = if depth == 0 { 7 } else { 17 };
        let mut schema = match self.random.below(count) {
            0 | 1 => self.text(),
            2 | 3 => self.number(),
            4 => json!({"type": TYPES[self.random.below(5)]}),
            5 => json!({"enum": self.values()}),
            6 if self.dialect == Dialect::Draft4 => json!({}),
            6 => match self.random.below(4) {
                0 => json!(true),
                1 => json!({}),
                _ => json!({"const": self.plain()}),
            },
            7..=10 => self.object(depth - 1),
            11 | 12 => self.array(depth - 1),
            13 => json!({"type": [TYPES[self.random.below(3)], TYPES[3 + self.random.below(4)]]}),
            14 if self.one_in(3) => json!({"not": self.schema(0)}),
            14 if self.one_in(3) => self.reference(),
            14 if self.dialect != Dialect::Draft4 => {
                json!({"if": self.schema(0), "then": self.schema(0), "else": self.schema(0)})
            }
            _ => {
                let criterion = ["allOf", "anyOf", "oneOf"][self.random.below(3)];
                let parts: Vec<_> = (0..=self.random.below(3)).map(|_| self.schema(depth - 1)).collect();
                json!({criterion: parts})
            }
        };
        if self.one_in(12) && schema.get("$ref").is_none() {
            let more = self.schema(0);
            if let (Some(schema), Some(more)) = (schema.as_object_mut(), more.as_object()) {
                for (key, value) in more {
                    schema.entry(key).or_insert_with(|| value.clone());
                }
            }
        }
        if self.one_in(10)
            && let Some(schema) = schema.as_object_mut()
        {
            schema.remove("type");
        }
        schema
    }

    fn text(&mut self) -> Value {
        let mut schema = json!({"type": "string"});
        for _ in 0..self.random.below(3) {
            let (keyword, value) = self.keyword("string");
            schema[keyword] = value;
        }
        schema
    }

    fn number(&mut self) -> Value {
        let mut schema = json!({"type": TYPES[1 + self.random.below(2)]});
        for _ in 0..self.random.below(3) {
            let (keyword, value) = self.keyword("number");
            schema[keyword] = value;
        }
        schema
    }

    fn object(&mut self, depth: usize) -> Value {
        let mut schema = json!({"type": "object", "properties": {}});
        for _ in 0..self.random.below(4) {
            let name = NAMES[self.random.below(5)];
            schema["properties"][name] = self.schema(depth);
        }
        if self.one_in(3) {
            schema["required"] = json!([NAMES[self.random.below(3)]]);
        }
        if self.one_in(2) {
            schema["additionalProperties"] = json!(false);
        }
        for _ in 0..self.random.below(2) {
            let (keyword, value) = self.keyword("object");
            schema[keyword] = value;
        }
        schema
    }

    fn array(&mut self, depth: usize) -> Value {
        let mut schema = json!({"type": "array"});
        let tuple: Vec<_> = (0..self.random.below(3)).map(|_| self.schema(depth)).collect();
        let (prefix, rest) = match self.dialect {
            Dialect::Draft2020 => ("prefixItems", "items"),
            _ => ("items", "additionalItems"),
        };
        match self.random.below(3) {
            0 => schema["items"] = self.schema(depth),
            1 if !tuple.is_empty() => {
                schema[prefix] = json!(tuple);
                match self.random.below(3) {
                    0 => schema[rest] = json!(false),
                    1 => schema[rest] = self.schema(0),
                    _ => {}
                }
            }
            _ => {}
        }
        for _ in 0..self.random.below(3) {
            let (keyword, value) = self.keyword("array");
            schema[keyword] = value;
        }
        schema
    }

    /// One more keyword about a type.
    pub(crate) fn keyword(&mut self, about: &str) -> (&'static str, Value) {
        let number = self.small();
        let modern = self.dialect == Dialect::Draft2020;
        match (about, self.random.below(9)) {
            ("string", 0..3) => ("maxLength", json!(number + 2)),
            ("string", 3..6) => ("minLength", json!(number / 2)),
            ("string", 6) => ("format", json!(["date", "ipv4"][self.random.below(2)])),
            ("string", _) => ("pattern", json!(["^a", "b", "[ab]+"][self.random.below(3)])),
            ("number", 0..3) => ("maximum", json!(number as f64 + 0.5)),
            ("number", 3..5) => ("minimum", json!(number - 3)),
            ("number", 5) if self.dialect != Dialect::Draft4 => ("exclusiveMaximum", json!(number)),
            ("number", 6) if self.dialect != Dialect::Draft4 => ("exclusiveMinimum", json!(number - 4)),
            ("number", 5) => ("exclusiveMaximum", json!(true)),
            ("number", _) => ("multipleOf", json!([0.5, 1.0, 2.0, 4.0, 3.0][self.random.below(5)])),
            ("object", 0) => ("maxProperties", json!(number)),
            ("object", 1) => ("minProperties", json!(number / 3)),
            ("object", 2) => ("additionalProperties", self.schema(0)),
            ("object", 3) => ("patternProperties", json!({"^x": self.schema(0)})),
            ("object", 4) if modern => ("dependentRequired", json!({"a": ["b"]})),
            ("object", 5) if modern => ("dependentSchemas", json!({"b": self.schema(0)})),
            ("object", 6 | 7) if modern => ("unevaluatedProperties", json!(self.one_in(2))),
            ("object", 4) => ("dependencies", json!({"a": ["b"]})),
            ("object", 5) => ("dependencies", json!({"b": self.schema(0)})),
            ("object", 6) if self.dialect != Dialect::Draft4 => ("propertyNames", json!({"maxLength": 1})),
            ("object", _) => ("additionalProperties", json!(true)),
            ("array", 0 | 1) => ("maxItems", json!(number)),
            ("array", 2 | 3) => ("minItems", json!(number / 2)),
            ("array", 4) => ("uniqueItems", json!(true)),
            ("array", 5) if modern => ("maxContains", json!(1 + number / 3)),
            ("array", 6) if modern => ("minContains", json!(number / 3)),
            ("array", 7) if modern => ("unevaluatedItems", json!(false)),
            ("array", 8) if self.dialect != Dialect::Draft4 => ("contains", self.schema(0)),
            _ => ("description", json!("…")),
        }
    }

    pub(crate) fn plain(&mut self) -> Value {
        match self.random.below(6) {
            0 => json!(null),
            1 => json!(self.one_in(2)),
            2 => json!(self.small()),
            3 => json!(self.small() as f64 + 0.5),
            _ => json!(["", "a", "ab", "b", "abc", "2020-01-01", "1.2.3.4"][self.random.below(7)]),
        }
    }

    fn values(&mut self) -> Vec<Value> {
        let mut values: Vec<Value> = Vec::new();
        for _ in 0..4 {
            let value = self.plain();
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }
}
