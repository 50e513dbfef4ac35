//! How do schemas grow? Random schemas, data for them, and changes as people make them: widened numbers, new and removed
//! fields, renames with and without aliases, symbols and branches that come and go.

use serde_json::{Value, json};

use crate::event::Random;

/// A schema that data can be written for.
#[derive(Clone)]
pub(crate) enum Plan {
    Primitive(&'static str),
    Array(Box<Self>),
    Map(Box<Self>),
    Union(Vec<Self>),
    Record { name: String, aliases: Vec<String>, fields: Vec<Field> },
    Enum { name: String, symbols: Vec<String>, default: Option<String> },
    Fixed { name: String, size: usize },
}

#[derive(Clone)]
pub(crate) struct Field {
    name: String,
    aliases: Vec<String>,
    of: Plan,
    default: Option<Value>,
}

const PRIMITIVES: [&str; 8] = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

/// Makes schemas; every name that it gives is new.
pub(crate) struct Planner<'r> {
    random: &'r mut Random,
    names: usize,
    /// What has been renamed with an alias, from and to.
    renames: Vec<(String, String)>,
}

impl<'r> Planner<'r> {
    pub(crate) fn new(random: &'r mut Random) -> Self {
        Self { random, names: 0, renames: Vec::new() }
    }

    pub(crate) fn plan(&mut self, depth: usize) -> Plan {
        match self.random.below(if depth == 0 { 11 } else { 16 }) {
            kind @ 0..8 => Plan::Primitive(PRIMITIVES[kind]),
            8 => Plan::Enum { name: self.name(), symbols: self.symbols(), default: None },
            9 => Plan::Fixed { name: self.name(), size: 1 + self.random.below(4) },
            10 => Plan::Primitive("string"),
            11 => Plan::Array(Box::new(self.plan(depth - 1))),
            12 => Plan::Map(Box::new(self.plan(depth - 1))),
            13 => self.union(depth - 1),
            _ => self.record(depth - 1),
        }
    }

    pub(crate) fn record(&mut self, depth: usize) -> Plan {
        let fields = (0..1 + self.random.below(4)).map(|_| self.field(depth)).collect();
        Plan::Record { name: self.name(), aliases: Vec::new(), fields }
    }

    fn field(&mut self, depth: usize) -> Field {
        Field { name: self.name().to_lowercase(), aliases: Vec::new(), of: self.plan(depth), default: None }
    }

    fn union(&mut self, depth: usize) -> Plan {
        let mut branches: Vec<Plan> = Vec::new();
        for _ in 0..1 + self.random.below(3) {
            let branch = self.plan(depth);
            add_branch(&mut branches, branch);
        }
        Plan::Union(branches)
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("N{}", self.names)
    }

    fn symbols(&mut self) -> Vec<String> {
        (0..1 + self.random.below(3)).map(|_| self.name()).collect()
    }

    /// The same schema some time later: mostly as it was, here and there changed.
    pub(crate) fn evolved(&mut self, plan: &Plan) -> Plan {
        if self.random.below(7) == 0 {
            return self.changed(plan);
        }
        match plan {
            Plan::Primitive(_) | Plan::Fixed { .. } => plan.clone(),
            Plan::Array(items) => Plan::Array(Box::new(self.evolved(items))),
            Plan::Map(values) => Plan::Map(Box::new(self.evolved(values))),
            Plan::Union(branches) => {
                let mut kept = Vec::new();
                for branch in branches {
                    let branch = self.evolved(branch);
                    add_branch(&mut kept, branch);
                }
                Plan::Union(kept)
            }
            Plan::Enum { name, symbols, default } => {
                Plan::Enum { name: name.clone(), symbols: symbols.clone(), default: default.clone() }
            }
            Plan::Record { name, aliases, fields } => Plan::Record {
                name: name.clone(),
                aliases: aliases.clone(),
                fields: fields.iter().map(|field| Field { of: self.evolved(&field.of), ..field.clone() }).collect(),
            },
        }
    }

    fn changed(&mut self, plan: &Plan) -> Plan {
        let choice = self.random.below(6);
        let mut plan = plan.clone();
        match &mut plan {
            Plan::Primitive(word) => match choice {
                0 => *word = PRIMITIVES[self.random.below(8)],
                1 => return optional(plan),
                _ => *word = widened(word),
            },
            Plan::Array(_) | Plan::Map(_) => return optional(plan),
            Plan::Union(branches) if choice < 3 => {
                branches.pop();
            }
            Plan::Union(branches) => {
                let new = self.plan(0);
                add_branch(branches, new);
            }
            Plan::Enum { name, symbols, default } => match choice {
                0 => drop(symbols.pop().filter(|_| symbols.len() > 1)),
                1 => symbols.push(self.name()),
                2 => *name = self.name(),
                3 => *default = symbols.first().cloned(),
                4 => {
                    symbols.truncate(1);
                    *default = symbols.first().cloned();
                }
                _ => symbols.reverse(),
            },
            Plan::Fixed { name, size } => match choice {
                0 => *size += 1,
                1 => *name = self.name(),
                _ => return optional(plan),
            },
            Plan::Record { name, aliases, fields } => match choice {
                0 => drop(fields.pop()),
                1 => {
                    let default = Some(json!(5));
                    let new = Field {
                        name: self.name().to_lowercase(),
                        aliases: Vec::new(),
                        of: Plan::Primitive("long"),
                        default,
                    };
                    fields.insert(self.random.below(fields.len() + 1), new);
                }
                2 => fields.push(self.field(0)),
                3 => {
                    let old = std::mem::replace(name, self.name());
                    if self.random.below(3) > 0 {
                        self.renames.push((old.clone(), name.clone()));
                        aliases.push(old);
                    }
                }
                4 => {
                    if let Some(field) = fields.first_mut() {
                        let old = std::mem::replace(&mut field.name, self.name().to_lowercase());
                        if self.random.below(3) > 0 {
                            self.renames.push((old.clone(), field.name.clone()));
                            field.aliases.push(old);
                        }
                    }
                }
                _ => fields.reverse(),
            },
        }
        plan
    }

    /// A writer's schema in the names of the reader, which is how Avro applies a reader's aliases. The reference decoder
    /// leaves that out.
    pub(crate) fn with_aliases_applied(&self, writer: &str) -> String {
        let renamed =
            |text: String, (old, new): &(String, String)| text.replace(&format!("\"{old}\""), &format!("\"{new}\""));
        self.renames.iter().fold(writer.to_owned(), renamed)
    }

    /// One value, as Avro writes it.
    pub(crate) fn write(&mut self, plan: &Plan, out: &mut Vec<u8>) {
        match plan {
            Plan::Primitive(word) => self.write_primitive(word, out),
            Plan::Array(items) => {
                let count = self.random.below(3);
                if count > 0 {
                    out.push(2 * count as u8);
                    (0..count).for_each(|_| self.write(items, out));
                }
                out.push(0);
            }
            Plan::Map(values) => {
                if self.random.below(2) == 1 {
                    out.extend([2, 2, b'k']);
                    self.write(values, out);
                }
                out.push(0);
            }
            Plan::Union(branches) => {
                let branch = self.random.below(branches.len());
                out.push(2 * branch as u8);
                self.write(&branches[branch], out);
            }
            Plan::Record { fields, .. } => fields.iter().for_each(|field| self.write(&field.of, out)),
            Plan::Enum { symbols, .. } => out.push(2 * self.random.below(symbols.len()) as u8),
            Plan::Fixed { size, .. } => (0..*size).for_each(|_| out.push(self.random.below(128) as u8)),
        }
    }

    fn write_primitive(&mut self, word: &str, out: &mut Vec<u8>) {
        match word {
            "null" => {}
            "boolean" => out.push(self.random.below(2) as u8),
            "int" | "long" => out.extend([0x80 | self.random.below(128) as u8, self.random.below(128) as u8]),
            "float" => out.extend((self.random.below(1000) as f32).to_le_bytes()),
            "double" => out.extend((self.random.below(1000) as f64).to_le_bytes()),
            _ => {
                let length = self.random.below(5);
                out.push(2 * length as u8);
                out.extend(self.random.word(length).bytes());
            }
        }
    }
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
        }
    }

    /// What a union must have only once.
    fn key(&self) -> String {
        match self {
            Self::Primitive(word) => (*word).to_owned(),
            Self::Array(_) => "array".to_owned(),
            Self::Map(_) => "map".to_owned(),
            Self::Union(_) => "union".to_owned(),
            Self::Record { name, .. } | Self::Enum { name, .. } | Self::Fixed { name, .. } => name.clone(),
        }
    }
}

impl Field {
    fn json(&self) -> Value {
        let mut field = json!({"name": self.name, "type": self.of.json(), "aliases": self.aliases});
        if let Some(default) = &self.default {
            field["default"] = default.clone();
        }
        field
    }
}

fn add_branch(branches: &mut Vec<Plan>, branch: Plan) {
    let key = branch.key();
    if key != "union" && branches.iter().all(|other| other.key() != key) {
        branches.push(branch);
    }
    if branches.is_empty() {
        branches.push(Plan::Primitive("null"));
    }
}

fn optional(plan: Plan) -> Plan {
    let mut branches = vec![Plan::Primitive("null")];
    add_branch(&mut branches, plan);
    Plan::Union(branches)
}

fn widened(word: &'static str) -> &'static str {
    match word {
        "int" => "long",
        "long" => "float",
        "float" => "double",
        "bytes" => "string",
        "string" => "bytes",
        other => other,
    }
}
