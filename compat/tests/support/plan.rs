//! What is a schema, to those that make some up? A tree that prints as JSON, and that data can be written for.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::event::Random;

/// A schema that data can be written for.
#[derive(Clone)]
pub(crate) enum Plan {
    Primitive(&'static str),
    Array(Box<Self>),
    Map(Box<Self>),
    Union(Vec<Self>),
    Record {
        name: String,
        aliases: Vec<String>,
        fields: Vec<Field>,
    },
    Enum {
        name: String,
        symbols: Vec<String>,
        default: Option<String>,
    },
    Fixed {
        name: String,
        size: usize,
    },
    /// Any of the above but a union, with more members: documentation, a namespace, a logical type.
    Annotated(Box<Self>, Map<String, Value>),
    /// A type that is defined elsewhere in the schema.
    Named(String),
}

#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) of: Plan,
    pub(crate) default: Option<Value>,
    /// Members beside these.
    pub(crate) others: Map<String, Value>,
}

impl Plan {
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Primitive(word) => json!(word),
            Self::Array(items) => json!({"type": "array", "items": items.json()}),
            Self::Map(values) => json!({"type": "map", "values": values.json()}),
            Self::Union(branches) => branches.iter().map(Self::json).collect(),
            Self::Record { name, aliases, fields } => {
                let fields: Vec<_> = fields.iter().map(Field::json).collect();
                json!({"type": "record", "name": name, "aliases": aliases, "fields": fields})
            }
            Self::Enum { name, symbols, default: None } => json!({"type": "enum", "name": name, "symbols": symbols}),
            Self::Enum { name, symbols, default: Some(default) } => {
                json!({"type": "enum", "name": name, "symbols": symbols, "default": default})
            }
            Self::Fixed { name, size } => json!({"type": "fixed", "name": name, "size": size}),
            Self::Annotated(plan, members) => {
                let mut object = match plan.json() {
                    Value::Object(object) => object,
                    word => Map::from_iter([("type".to_owned(), word)]),
                };
                object.extend(members.clone());
                Value::Object(object)
            }
            Self::Named(name) => json!(name),
        }
    }

    /// What a union must have only once.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Primitive(word) => (*word).to_owned(),
            Self::Array(_) => "array".to_owned(),
            Self::Map(_) => "map".to_owned(),
            Self::Union(_) => "union".to_owned(),
            Self::Record { name, .. } | Self::Enum { name, .. } | Self::Fixed { name, .. } | Self::Named(name) => {
                name.rsplit('.').next().unwrap_or_default().to_owned()
            }
            Self::Annotated(plan, _) => plan.key(),
        }
    }

    /// Named types by what [`Plan::key`] calls them; `None` if two are called the same.
    fn definitions<'p>(&'p self, found: &mut HashMap<String, &'p Self>) -> Option<()> {
        match self {
            Self::Array(inner) | Self::Map(inner) | Self::Annotated(inner, _) => inner.definitions(found),
            Self::Union(branches) => branches.iter().try_for_each(|branch| branch.definitions(found)),
            Self::Record { fields, .. } => {
                let is_new = found.insert(self.key(), self).is_none();
                is_new.then_some(())?;
                fields.iter().try_for_each(|field| field.of.definitions(found))
            }
            Self::Enum { .. } | Self::Fixed { .. } => found.insert(self.key(), self).is_none().then_some(()),
            Self::Primitive(_) | Self::Named(_) => Some(()),
        }
    }
}

impl Field {
    fn json(&self) -> Value {
        let mut field = json!({"name": self.name, "type": self.of.json(), "aliases": self.aliases});
        if let Some(default) = &self.default {
            field["default"] = default.clone();
        }
        for (key, value) in &self.others {
            field[key] = value.clone();
        }
        field
    }
}

// === Data ===

/// How deep data may nest before its writer gives up, and from where on it takes the short way.
const GIVE_UP: usize = 40;
const SHORTEN: usize = 8;

/// One value, as Avro writes it; `None` if the schema has no finite ones, or it is not clear which type a name means.
pub(crate) fn payload(plan: &Plan, random: &mut Random) -> Option<Vec<u8>> {
    let mut definitions = HashMap::new();
    plan.definitions(&mut definitions)?;
    let mut writer = Writer { random, definitions, out: Vec::new() };
    writer.write(plan, 0)?;
    Some(writer.out)
}

struct Writer<'a> {
    random: &'a mut Random,
    definitions: HashMap<String, &'a Plan>,
    out: Vec<u8>,
}

impl Writer<'_> {
    fn write(&mut self, plan: &Plan, depth: usize) -> Option<()> {
        if depth > GIVE_UP {
            return None;
        }
        let is_short = depth > SHORTEN;
        let deeper = depth + 1;
        match plan {
            Plan::Primitive(word) => self.primitive(word),
            Plan::Array(items) => {
                let count = if is_short { 0 } else { self.random.below(3) };
                if count > 0 {
                    self.out.push(2 * count as u8);
                    (0..count).try_for_each(|_| self.write(items, deeper))?;
                }
                self.out.push(0);
            }
            Plan::Map(values) => {
                if !is_short && self.random.below(2) == 1 {
                    self.out.extend([2, 2, b'k']);
                    self.write(values, deeper)?;
                }
                self.out.push(0);
            }
            Plan::Union(branches) => {
                let branch = if is_short { 0 } else { self.random.below(branches.len().max(1)) };
                self.out.push(2 * branch as u8);
                self.write(branches.get(branch)?, deeper)?;
            }
            Plan::Record { fields, .. } => fields.iter().try_for_each(|field| self.write(&field.of, deeper))?,
            Plan::Enum { symbols, .. } => self.out.push(2 * self.random.below(symbols.len().max(1)) as u8),
            Plan::Fixed { size, .. } => (0..*size).for_each(|_| self.out.push(self.random.below(128) as u8)),
            Plan::Annotated(plan, members) => match members.get("logicalType").and_then(Value::as_str) {
                Some(logical) if self.random.below(3) > 0 => self.logical(plan, logical, deeper)?,
                _ => self.write(plan, deeper)?,
            },
            Plan::Named(_) => {
                let definition = *self.definitions.get(&plan.key())?;
                self.write(definition, deeper)?;
            }
        }
        Some(())
    }

    /// A value that is what the logical type says.
    fn logical(&mut self, plan: &Plan, logical: &str, depth: usize) -> Option<()> {
        match (plan, logical) {
            (Plan::Primitive("string"), "uuid") => {
                let text = format!("{:08x}-0000-4000-8000-0123456789AB", self.random.next() as u32);
                self.out.push(2 * text.len() as u8);
                self.out.extend(text.bytes());
            }
            (Plan::Primitive("int" | "long"), "time-millis" | "time-micros") => {
                self.out.push(2 * self.random.below(64) as u8);
            }
            (Plan::Primitive("bytes"), "decimal") => self.out.extend([2, self.random.next() as u8]),
            _ => self.write(plan, depth)?,
        }
        Some(())
    }

    fn primitive(&mut self, word: &str) {
        match word {
            "null" => {}
            "boolean" => self.out.push(self.random.below(2) as u8),
            "int" | "long" => self.out.extend([0x80 | self.random.below(128) as u8, self.random.below(128) as u8]),
            "float" => self.out.extend((self.random.below(1000) as f32).to_le_bytes()),
            "double" => self.out.extend((self.random.below(1000) as f64).to_le_bytes()),
            _ => {
                let length = self.random.below(5);
                self.out.push(2 * length as u8);
                self.out.extend(self.random.word(length).bytes());
            }
        }
    }
}
