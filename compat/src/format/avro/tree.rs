//! What does an Avro schema consist of? An ordered tree that forgets nothing but blanks: documentation, aliases,
//! foreign members, the digits of defaults, and where it all stands in the text.

use std::collections::HashSet;

use crate::json::{Extent, Member, Node, Source, Value};

/// A schema with everything that its references bring along. Named types stand once and are pointed to.
#[derive(Debug, Clone)]
pub(super) struct Schema {
    /// The text of this schema, for spans. Extents of referenced schemas are never kept.
    pub(super) source: Source,
    pub(super) types: Vec<Type>,
    pub(super) root: Use,
    /// The full names that references define.
    pub(super) borrowed: HashSet<String>,
}

/// Which type of its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TypeId(pub(super) usize);

/// A type where it is used: the whole definition, or just the name of one that stands elsewhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Use {
    pub(super) id: TypeId,
    pub(super) extent: Option<Extent>,
}

/// A type and the members that Avro does not know, in their order.
#[derive(Debug, Clone)]
pub(super) struct Type {
    pub(super) shape: Shape,
    pub(super) props: Vec<Member>,
}

/// What a type is.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    Primitive(Primitive),
    Array(Use),
    Map(Use),
    Union(Vec<Use>),
    Record(Record),
    Enum(Enum),
    Fixed(Fixed),
    /// A name that was used before its definition. Gone once parsing is done.
    Pending,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Primitive {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
}

/// What records, enums and fixed types have in common.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) name: Name,
    pub(super) name_extent: Option<Extent>,
    pub(super) doc: Option<String>,
    pub(super) aliases: Vec<Name>,
}

#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) header: Header,
    pub(super) fields: Vec<Field>,
    /// Declared as `error`, the record of a failed remote call.
    pub(super) is_error: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) name_extent: Option<Extent>,
    pub(super) of: Use,
    pub(super) doc: Option<String>,
    pub(super) default: Option<Node>,
    pub(super) order: Order,
    pub(super) aliases: Vec<String>,
    pub(super) props: Vec<Member>,
}

/// How records sort by a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Ascending,
    Descending,
    Ignore,
}

#[derive(Debug, Clone)]
pub(super) struct Enum {
    pub(super) header: Header,
    pub(super) symbols: Vec<String>,
    pub(super) symbols_extent: Option<Extent>,
    /// One for each symbol, or none at all.
    pub(super) symbol_extents: Vec<Extent>,
    pub(super) default: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Fixed {
    pub(super) header: Header,
    pub(super) size: u32,
    pub(super) size_extent: Option<Extent>,
}

/// A full name and where its namespace ends.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Name {
    full: String,
    simple_at: usize,
}

// === impls ===

impl Schema {
    pub(super) fn get(&self, id: TypeId) -> &Type {
        &self.types[id.0]
    }

    pub(super) fn shape(&self, id: TypeId) -> &Shape {
        &self.get(id).shape
    }
}

impl Shape {
    /// What named types have in common.
    pub(super) fn header(&self) -> Option<&Header> {
        match self {
            Self::Record(record) => Some(&record.header),
            Self::Enum(symbols) => Some(&symbols.header),
            Self::Fixed(fixed) => Some(&fixed.header),
            _ => None,
        }
    }

    /// The kind as Avro's own word for it.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Primitive(primitive) => primitive.word(),
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Union(_) => "union",
            Self::Record(_) => "record",
            Self::Enum(_) => "enum",
            Self::Fixed(_) => "fixed",
            Self::Pending => "unresolved",
        }
    }

    /// The types directly inside, in order.
    pub(super) fn uses(&self) -> Vec<Use> {
        match self {
            Self::Array(of) | Self::Map(of) => vec![*of],
            Self::Union(branches) => branches.clone(),
            Self::Record(record) => record.fields.iter().map(|field| field.of).collect(),
            Self::Primitive(_) | Self::Enum(_) | Self::Fixed(_) | Self::Pending => Vec::new(),
        }
    }

    /// The same, to be changed.
    pub(super) fn uses_mut(&mut self) -> Vec<&mut Use> {
        match self {
            Self::Array(of) | Self::Map(of) => vec![of],
            Self::Union(branches) => branches.iter_mut().collect(),
            Self::Record(record) => record.fields.iter_mut().map(|field| &mut field.of).collect(),
            Self::Primitive(_) | Self::Enum(_) | Self::Fixed(_) | Self::Pending => Vec::new(),
        }
    }
}

impl Primitive {
    pub(super) const ALL: [Self; 8] =
        [Self::Null, Self::Boolean, Self::Int, Self::Long, Self::Float, Self::Double, Self::Bytes, Self::String];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bytes => "bytes",
            Self::String => "string",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|primitive| primitive.word() == word)
    }
}

impl Order {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
            Self::Ignore => "ignore",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        let orders = [Self::Ascending, Self::Descending, Self::Ignore];
        orders.into_iter().find(|order| order.word().eq_ignore_ascii_case(word))
    }
}

impl Name {
    /// `text` as a name within `namespace`; a dotted name carries its own.
    pub(super) fn new(text: &str, namespace: Option<&str>) -> Self {
        match (text.rfind('.'), namespace) {
            (Some(0), _) => Self { full: text[1..].to_owned(), simple_at: 0 },
            (Some(dot), _) => Self { full: text.to_owned(), simple_at: dot + 1 },
            (None, None | Some("")) => Self { full: text.to_owned(), simple_at: 0 },
            (None, Some(namespace)) => Self { full: format!("{namespace}.{text}"), simple_at: namespace.len() + 1 },
        }
    }

    pub(super) fn full(&self) -> &str {
        &self.full
    }

    pub(super) fn simple(&self) -> &str {
        &self.full[self.simple_at..]
    }

    pub(super) fn namespace(&self) -> Option<&str> {
        self.simple_at.checked_sub(1).map(|dot| &self.full[..dot])
    }
}

/// A logical type that Avro would honour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Logical<'a> {
    pub(super) name: &'a str,
    /// Precision and scale.
    pub(super) decimal: Option<(i64, i64)>,
}

impl Type {
    pub(super) fn prop(&self, key: &str) -> Option<&Node> {
        self.props.iter().find(|prop| prop.key == key).map(|prop| &prop.value)
    }

    /// The logical type, unless it does not fit the type below it: such ones mean nothing.
    pub(super) fn logical(&self) -> Option<Logical<'_>> {
        let name = self.prop("logicalType")?.text()?;
        let fits = match (name, &self.shape) {
            ("decimal", Shape::Primitive(Primitive::Bytes) | Shape::Fixed(_)) => return self.decimal(name),
            ("big-decimal", Shape::Primitive(Primitive::Bytes)) => true,
            ("uuid", Shape::Primitive(Primitive::String)) => true,
            ("uuid", Shape::Fixed(fixed)) => fixed.size == 16,
            ("duration", Shape::Fixed(fixed)) => fixed.size == 12,
            ("date" | "time-millis", Shape::Primitive(Primitive::Int)) => true,
            ("time-micros", Shape::Primitive(Primitive::Long)) => true,
            (_, Shape::Primitive(Primitive::Long)) => {
                let unit = name.strip_prefix("local-").unwrap_or(name).strip_prefix("timestamp-");
                matches!(unit, Some("millis" | "micros" | "nanos"))
            }
            _ => false,
        };
        fits.then_some(Logical { name, decimal: None })
    }

    fn decimal<'a>(&self, name: &'a str) -> Option<Logical<'a>> {
        let number = |key: &str| match self.prop(key).map(|node| &node.value) {
            None => Some(None),
            Some(Value::Number(digits)) => digits.parse::<i64>().ok().map(Some),
            Some(_) => None,
        };
        let precision = number("precision")??;
        let scale = number("scale")?.unwrap_or(0);
        let room = match &self.shape {
            // The decimal digits that always fit the bytes: log10(2) times the bits without the sign.
            Shape::Fixed(fixed) => ((f64::from(fixed.size) * 8.0 - 1.0) * std::f64::consts::LOG10_2).floor() as i64,
            _ => i64::MAX,
        };
        let fits = precision > 0 && precision <= room && (0..=precision).contains(&scale);
        fits.then_some(Logical { name, decimal: Some((precision, scale)) })
    }
}
