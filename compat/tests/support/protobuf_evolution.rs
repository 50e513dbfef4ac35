//! How do Protobuf schemas grow? Random files and the files that they import; the modules below change them, print them
//! and write data for them.

#[path = "protobuf_evolution/change.rs"]
mod change;
#[path = "protobuf_evolution/data.rs"]
mod data;
#[path = "protobuf_evolution/text.rs"]
mod text;

use crate::event::Random;

/// The name under which every file imports its other one.
pub(crate) const COMMON: &str = "common.proto";

/// A file and the file that it imports.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    proto2: bool,
    package: String,
    messages: Vec<Message>,
    enums: Vec<Enum>,
    common: Vec<Message>,
}

#[derive(Debug, Clone)]
struct Message {
    name: String,
    fields: Vec<Field>,
    nested: Vec<Message>,
    reserved: Vec<u32>,
    /// Declared outside of it, with numbers from [`EXTENSIONS`] on. Only proto2 has them.
    extensions: Vec<Field>,
}

#[derive(Debug, Clone)]
struct Enum {
    name: String,
    symbols: Vec<(String, i32)>,
}

#[derive(Debug, Clone)]
struct Field {
    name: String,
    number: u32,
    label: Label,
    of: Type,
    oneof: Option<String>,
    default: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    None,
    Optional,
    Repeated,
    Required,
}

#[derive(Debug, Clone)]
enum Type {
    Scalar(&'static str),
    /// An enum or a message, as it is referred to.
    Named(String),
    Map(&'static str, Box<Self>),
    Group(Vec<Field>),
}

const EXTENSIONS: u32 = 1_000;

const SCALARS: [&str; 15] = [
    "int32", "int64", "uint32", "uint64", "bool", "sint32", "sint64", "string", "bytes", "fixed32", "sfixed32",
    "fixed64", "sfixed64", "float", "double",
];
/// Where the families begin among the scalars, and the end.
const FAMILIES: [usize; 8] = [0, 5, 7, 9, 11, 13, 14, 15];
const KEYS: [&str; 5] = ["int32", "int64", "uint32", "bool", "string"];

impl Type {
    fn is_scalar(&self) -> bool {
        matches!(self, Self::Scalar(_))
    }

    /// Whether it is, or leads to, the type of that name or one inside it.
    fn names(&self, name: &str) -> bool {
        match self {
            Self::Named(of) => of == name || of.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')),
            Self::Map(_, of) => of.names(name),
            Self::Scalar(_) | Self::Group(_) => false,
        }
    }
}

pub(crate) struct Planner<'r> {
    random: &'r mut Random,
    names: usize,
}

impl<'r> Planner<'r> {
    pub(crate) fn new(random: &'r mut Random) -> Self {
        Self { random, names: 0 }
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.random.below(many) == 0
    }

    fn name(&mut self, kind: &str) -> String {
        self.names += 1;
        format!("{kind}{}", self.names)
    }

    pub(crate) fn plan(&mut self) -> Plan {
        let proto2 = self.one_in(2);
        let mut plan =
            Plan { proto2, package: "shop".into(), messages: Vec::new(), enums: Vec::new(), common: Vec::new() };
        for _ in 0..1 + self.random.below(2) {
            let symbols = (0..2 + self.random.below(3)).map(|number| (self.name("S"), number as i32)).collect();
            plan.enums.push(Enum { name: self.name("E"), symbols });
        }
        for _ in 0..1 + self.random.below(2) {
            let message = Message { name: self.name("C"), ..Message::empty() };
            plan.common.push(message);
        }
        for _ in 0..2 + self.random.below(2) {
            let nested =
                if self.one_in(2) { vec![Message { name: self.name("N"), ..Message::empty() }] } else { Vec::new() };
            plan.messages.push(Message { name: self.name("M"), nested, ..Message::empty() });
        }
        // Fields come last, so that all types may refer to all others, and to themselves.
        let types = plan.types();
        for message in &mut plan.common {
            self.fill(message, proto2, &[]);
        }
        for message in &mut plan.messages {
            self.fill(message, proto2, &types);
            for nested in &mut message.nested {
                self.fill(nested, proto2, &types);
            }
            if proto2 && self.one_in(2) {
                let mut extension = self.field(EXTENSIONS, false, &types);
                (extension.label, extension.of) = (Label::Optional, self.scalar());
                message.extensions.push(extension);
            }
        }
        plan
    }

    fn fill(&mut self, message: &mut Message, proto2: bool, types: &[String]) {
        for number in 1..=1 + self.random.below(5) {
            let field = self.field(number as u32, proto2, types);
            message.fields.push(field);
        }
        for number in 21..21 + self.random.below(3) {
            let mut field = self.field(number as u32, false, types);
            field.label = Label::None;
            field.oneof = Some(format!("o{}", message.name.to_lowercase()));
            if matches!(field.of, Type::Map(..)) {
                field.of = Type::Scalar("int32");
            }
            message.fields.push(field);
        }
    }

    fn field(&mut self, number: u32, proto2: bool, types: &[String]) -> Field {
        let of = self.of(proto2, types);
        let label = match self.random.below(8) {
            0..3 => Label::None,
            3 | 4 => Label::Optional,
            5 | 6 => Label::Repeated,
            _ if proto2 && of.is_scalar() => Label::Required,
            _ => Label::None,
        };
        let label = if matches!(of, Type::Map(..)) { Label::None } else { label };
        let is_number = matches!(of, Type::Scalar("int32" | "int64" | "uint32" | "sint32" | "fixed64" | "double"));
        let default = (proto2 && is_number && label == Label::Optional && self.one_in(3))
            .then(|| 1 + self.random.below(9) as i32);
        Field { name: self.name("f"), number, label, of, oneof: None, default }
    }

    fn of(&mut self, proto2: bool, types: &[String]) -> Type {
        match self.random.below(10) {
            0..5 => self.scalar(),
            5..8 if !types.is_empty() => Type::Named(types[self.random.below(types.len())].clone()),
            8 => {
                let key = KEYS[self.random.below(KEYS.len())];
                let of = if types.is_empty() || self.one_in(2) {
                    self.scalar()
                } else {
                    Type::Named(types[self.random.below(types.len())].clone())
                };
                Type::Map(key, Box::new(of))
            }
            9 if proto2 => {
                let of = self.scalar();
                Type::Group(vec![Field {
                    name: self.name("f"),
                    number: 1,
                    label: Label::Optional,
                    of,
                    oneof: None,
                    default: None,
                }])
            }
            _ => self.scalar(),
        }
    }

    fn scalar(&mut self) -> Type {
        Type::Scalar(SCALARS[self.random.below(SCALARS.len())])
    }

    /// Another scalar, mostly of the same family.
    fn other(&mut self, scalar: &str) -> &'static str {
        let place = SCALARS.iter().position(|known| *known == scalar).unwrap_or_default();
        let family = FAMILIES.windows(2).find(|family| (family[0]..family[1]).contains(&place));
        match family {
            Some(family) if !self.one_in(5) => SCALARS[family[0] + self.random.below(family[1] - family[0])],
            _ => SCALARS[self.random.below(SCALARS.len())],
        }
    }
}

impl Message {
    fn empty() -> Self {
        Self {
            name: String::new(),
            fields: Vec::new(),
            nested: Vec::new(),
            reserved: Vec::new(),
            extensions: Vec::new(),
        }
    }
}
