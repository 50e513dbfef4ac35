//! How do schemas grow? Random schemas, and changes as people make them: widened numbers, new and removed fields, renames
//! with and without aliases, symbols and branches that come and go.

use serde_json::{Map, Value, json};

use crate::event::Random;
use crate::plan::{Field, Plan};

const PRIMITIVES: [&str; 8] = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

/// Makes schemas.
pub(crate) struct Planner<'r> {
    random: &'r mut Random,
    dialect: Dialect,
    names: usize,
    /// What has been renamed with an alias, from and to.
    pub(crate) renames: Vec<(String, String)>,
    /// The full names of the types so far, and the namespace at hand.
    defined: Vec<String>,
    records: Vec<Plan>,
    namespace: Option<String>,
}

/// How much of Avro the schemas show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// What any implementation understands; every name is new.
    Plain,
    /// Namespaces, references to types, also from within themselves, logical types, defaults, foreign members.
    Whole,
    /// The same with so few names that types get each other's. Many of these are no schemas.
    Crowded,
}

impl<'r> Planner<'r> {
    pub(crate) fn new(random: &'r mut Random, dialect: Dialect) -> Self {
        Self {
            random,
            dialect,
            names: 0,
            renames: Vec::new(),
            defined: Vec::new(),
            records: Vec::new(),
            namespace: None,
        }
    }

    pub(crate) fn random(&mut self) -> &mut Random {
        self.random
    }

    /// Another schema, with types of its own.
    pub(crate) fn plan(&mut self, depth: usize) -> Plan {
        self.defined.clear();
        self.records.clear();
        self.namespace = None;
        self.any(depth)
    }

    /// The same, a record.
    pub(crate) fn record(&mut self, depth: usize) -> Plan {
        self.defined.clear();
        self.records.clear();
        self.namespace = None;
        self.record_of(depth)
    }

    fn any(&mut self, depth: usize) -> Plan {
        let plan = match self.random.below(if depth == 0 { 11 } else { 16 }) {
            kind @ 0..8 => Plan::Primitive(PRIMITIVES[kind]),
            8 => return self.enumeration(),
            9 => return self.fixed(),
            10 => Plan::Primitive("string"),
            11 => Plan::Array(Box::new(self.any(depth - 1))),
            12 => Plan::Map(Box::new(self.any(depth - 1))),
            13 => return self.union(depth - 1),
            _ => return self.record_of(depth - 1),
        };
        if self.dialect == Dialect::Plain {
            return plan;
        }
        match self.random.below(8) {
            0 => self.reference().unwrap_or(plan),
            1 => self.logical(plan),
            // In the same words again.
            3 if self.random.below(10) == 0 => self.records.first().cloned().unwrap_or(plan),
            2 => annotated(plan, json!({"x.y": {"b": 1, "a": [true, null, 1.5, "ü\n\"\\/\u{1}"]}})),
            _ => plan,
        }
    }

    fn record_of(&mut self, depth: usize) -> Plan {
        let outer = self.namespace.clone();
        let (name, members) = self.header();
        let fields = (0..1 + self.random.below(4)).map(|_| self.field(depth)).collect();
        self.namespace = outer;
        let record = annotated(Plan::Record { name, aliases: Vec::new(), fields }, members);
        self.records.push(record.clone());
        record
    }

    fn enumeration(&mut self) -> Plan {
        let outer = self.namespace.clone();
        let (name, members) = self.header();
        self.namespace = outer;
        annotated(Plan::Enum { name, symbols: self.symbols(), default: None }, members)
    }

    fn fixed(&mut self) -> Plan {
        let outer = self.namespace.clone();
        let (name, mut members) = self.header();
        self.namespace = outer;
        let mut size = 1 + self.random.below(4);
        if self.dialect != Dialect::Plain && self.random.below(3) == 0 {
            size = [12, 16][self.random.below(2)];
            let logical = ["duration", "uuid", "decimal"][self.random.below(3)];
            members["logicalType"] = json!(logical);
            members["precision"] = json!(self.random.below(40));
        }
        annotated(Plan::Fixed { name, size }, members)
    }

    /// A new name, with what stands beside it. The namespace at hand is that of the new type from here on.
    fn header(&mut self) -> (String, Value) {
        let mut name = self.name();
        let mut members = json!({});
        if self.dialect == Dialect::Plain {
            return (name, members);
        }
        let space = format!("s.p{}", self.random.below(2));
        match self.random.below(6) {
            0 => {
                members["namespace"] = json!(space);
                self.namespace = Some(space);
            }
            1 => {
                name = format!("{space}.{name}");
                self.namespace = Some(space);
            }
            2 => {
                members["namespace"] = json!("");
                self.namespace = None;
            }
            3 => members["doc"] = json!(["", "What it is for."][self.random.below(2)]),
            4 => members["z"] = json!(2),
            _ => {}
        }
        let simple = name.rsplit('.').next().unwrap_or_default();
        self.defined.push(match &self.namespace {
            Some(namespace) => format!("{namespace}.{simple}"),
            None => simple.to_owned(),
        });
        (name, members)
    }

    fn field(&mut self, depth: usize) -> Field {
        let mut field = Field {
            name: self.name().to_lowercase(),
            aliases: Vec::new(),
            of: self.any(depth),
            default: None,
            others: Map::new(),
        };
        if self.dialect != Dialect::Plain {
            if self.random.below(3) == 0 {
                field.default = self.default(&field.of);
            }
            match self.random.below(8) {
                0 => drop(field.others.insert("doc".to_owned(), json!("What it is."))),
                1 => {
                    let order = ["ascending", "descending", "ignore"][self.random.below(3)];
                    field.others.insert("order".to_owned(), json!(order));
                }
                2 => drop(field.others.insert("logicalType".to_owned(), json!("date"))),
                _ => {}
            }
        }
        field
    }

    fn union(&mut self, depth: usize) -> Plan {
        let mut branches: Vec<Plan> = Vec::new();
        for _ in 0..1 + self.random.below(3) {
            let branch = self.any(depth);
            add_branch(&mut branches, branch);
        }
        Plan::Union(branches)
    }

    /// A type from further up, in a way that data can end.
    fn reference(&mut self) -> Option<Plan> {
        let count = self.defined.len().checked_sub(1)?;
        let named = Plan::Named(self.defined[self.random.below(count + 1)].clone());
        Some(match self.random.below(3) {
            0 => optional(named),
            1 => Plan::Array(Box::new(named)),
            _ => Plan::Map(Box::new(named)),
        })
    }

    fn logical(&mut self, plan: Plan) -> Plan {
        let names: &[&str] = match plan {
            Plan::Primitive("int") => &["date", "time-millis"],
            Plan::Primitive("long") => {
                &["timestamp-millis", "timestamp-micros", "local-timestamp-nanos", "time-micros"]
            }
            Plan::Primitive("bytes") => &["decimal", "big-decimal"],
            Plan::Primitive("string") => &["uuid", "phone-number"],
            plan => return plan,
        };
        let name = names[self.random.below(names.len())];
        let mut members = json!({"logicalType": name});
        if name == "decimal" {
            members["scale"] = json!(self.random.below(4));
            members["precision"] = json!(self.random.below(12));
        }
        annotated(plan, members)
    }

    /// A default that fits; `None` where that is not worth the trouble.
    fn default(&mut self, plan: &Plan) -> Option<Value> {
        Some(match plan {
            Plan::Primitive("null") => Value::Null,
            Plan::Primitive("boolean") => json!(self.random.below(2) == 0),
            Plan::Primitive("int" | "long") => json!(self.random.below(1000)),
            Plan::Primitive("float" | "double") => {
                json!([0.0, -1.5, 1e10, 1e-5, 0.1, 1e7, 123_456.789, 3.0][self.random.below(8)])
            }
            Plan::Primitive(_) => json!(["", "text", "ÿ"][self.random.below(3)]),
            Plan::Array(_) => json!([]),
            Plan::Map(_) => json!({}),
            // Java can't read a default of an array in a union.
            Plan::Union(branches) => {
                let first = branches.first().filter(|first| first.key() != "array")?;
                return self.default(first);
            }
            Plan::Enum { symbols, .. } => json!(symbols.first()),
            Plan::Fixed { size, .. } => json!("f".repeat(*size)),
            Plan::Annotated(plan, _) => return self.default(plan),
            Plan::Record { fields, .. } => {
                let mut object = Map::new();
                for field in fields.iter().filter(|field| field.default.is_none()) {
                    object.insert(field.name.clone(), self.default(&field.of)?);
                }
                Value::Object(object)
            }
            Plan::Named(_) => return None,
        })
    }

    fn name(&mut self) -> String {
        self.names = match self.dialect {
            Dialect::Crowded => self.random.below(6),
            _ => self.names + 1,
        };
        format!("N{}", self.names)
    }

    fn symbols(&mut self) -> Vec<String> {
        let mut symbols: Vec<String> = (0..1 + self.random.below(3)).map(|_| self.name()).collect();
        symbols.sort();
        symbols.dedup();
        symbols
    }

    // === Changes ===

    /// The same schema some time later: mostly as it was, here and there changed.
    pub(crate) fn evolved(&mut self, plan: &Plan) -> Plan {
        if self.random.below(7) == 0 {
            return self.changed(plan);
        }
        match plan {
            Plan::Primitive(_) | Plan::Fixed { .. } | Plan::Enum { .. } | Plan::Named(_) => plan.clone(),
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
            Plan::Record { name, aliases, fields } => Plan::Record {
                name: name.clone(),
                aliases: aliases.clone(),
                fields: fields.iter().map(|field| Field { of: self.evolved(&field.of), ..field.clone() }).collect(),
            },
            Plan::Annotated(plan, members) => annotated(self.evolved(plan), Value::Object(members.clone())),
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
            Plan::Array(_) | Plan::Map(_) | Plan::Named(_) => return optional(plan),
            Plan::Annotated(plan, members) => match choice {
                0 => drop(members.remove("namespace")),
                1 => return (**plan).clone(),
                2 if members.contains_key("logicalType") => drop(members.insert("scale".to_owned(), json!(1))),
                _ => return annotated(self.changed(plan), Value::Object(members.clone())),
            },
            Plan::Union(branches) if choice < 3 => {
                branches.pop();
            }
            Plan::Union(branches) => {
                let new = self.any(0);
                add_branch(branches, new);
            }
            Plan::Enum { name, symbols, default } => match choice {
                0 => symbols.truncate(symbols.len().saturating_sub(1).max(1)),
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
            Plan::Record { name, aliases, fields } => self.change_record(choice, name, aliases, fields),
        }
        plan
    }

    fn change_record(&mut self, choice: usize, name: &mut String, aliases: &mut Vec<String>, fields: &mut Vec<Field>) {
        match choice {
            0 => drop(fields.pop()),
            1 => {
                let new = Field {
                    name: self.name().to_lowercase(),
                    aliases: Vec::new(),
                    of: Plan::Primitive("long"),
                    default: Some(json!(5)),
                    others: Map::new(),
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
                let Some(field) = fields.first_mut() else { return };
                let old = std::mem::replace(&mut field.name, self.name().to_lowercase());
                if self.random.below(3) > 0 {
                    self.renames.push((old.clone(), field.name.clone()));
                    field.aliases.push(old);
                }
            }
            _ => fields.reverse(),
        }
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

/// The plan with more members, where it can have some.
fn annotated(plan: Plan, members: Value) -> Plan {
    match (plan, members) {
        (plan @ (Plan::Union(_) | Plan::Named(_)), _) => plan,
        (plan, Value::Object(members)) if !members.is_empty() => Plan::Annotated(Box::new(plan), members),
        (plan, _) => plan,
    }
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
