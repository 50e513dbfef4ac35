//! What does the text of a schema itself demand of values, beyond their types? The annotations that some formats know, in
//! one form for all.
//!
//! Each format reads its own; the rules of contracts make programs of them. A demand is about types and fields of the
//! schema's [`Model`](crate::model::Model).

use crate::json::{Member, Node};
use crate::model::TypeId;

/// The member of Avro's records and fields, and of JSON Schema's subschemas, that holds inline rules.
pub(crate) const INLINE_RULES: &str = "confluent:rules";

/// All demands of a schema.
#[derive(Debug, Default)]
pub(crate) struct Demands {
    pub(crate) records: Vec<OfRecord>,
    /// Annotations that nobody here can follow.
    pub(crate) unread: Vec<Unread>,
}

/// An annotation that can't be followed.
#[derive(Debug)]
pub(crate) struct Unread {
    /// The field or the record that has it: `shop.Order.email`.
    pub(crate) on: Box<str>,
    pub(crate) why: Box<str>,
    /// Whether no one could follow it, here or elsewhere.
    pub(crate) is_mistaken: bool,
}

/// What is demanded of a record.
#[derive(Debug)]
pub(crate) struct OfRecord {
    pub(crate) of: TypeId,
    pub(crate) name: Box<str>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) choices: Vec<Choice>,
    pub(crate) fields: Vec<OfField>,
}

/// How many of some fields must be there.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) id: &'static str,
    /// What it is called in paths, if it has a name.
    pub(crate) name: Box<str>,
    /// Where they stand in the record.
    pub(crate) fields: Vec<usize>,
    pub(crate) is_required: bool,
}

/// What is demanded of a field.
#[derive(Debug)]
pub(crate) struct OfField {
    /// Where it stands in the record.
    pub(crate) at: usize,
    pub(crate) name: Box<str>,
    pub(crate) is_required: bool,
    pub(crate) value: OfValue,
}

/// What is demanded of a value.
#[derive(Debug, Default)]
pub(crate) struct OfValue {
    pub(crate) ignore: Ignore,
    pub(crate) standard: Vec<Standard>,
    pub(crate) conditions: Vec<Condition>,
    /// Of each key of a map.
    pub(crate) keys: Option<Box<Self>>,
    /// Of each item of a list, or each value of a map.
    pub(crate) items: Option<Box<Self>>,
}

/// When nothing is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Ignore {
    /// Where a value knows that it is absent.
    #[default]
    Absent,
    /// Where it is what it would be if it were absent.
    Zero,
    /// Ever, nor of what is inside.
    Always,
}

/// An expression that must be true, or an empty text.
#[derive(Debug)]
pub(crate) struct Condition {
    /// The name of the rule.
    pub(crate) id: Box<str>,
    /// What is said when it is broken; empty if it has no words of its own.
    pub(crate) told: Box<str>,
    pub(crate) expr: Box<str>,
    /// What the expression calls `rule`.
    pub(crate) rule: Option<Given>,
}

/// A value that an annotation gives.
#[derive(Debug)]
pub(crate) enum Given {
    One(Literal),
    Many(Vec<Literal>),
}

/// A single value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(Box<str>),
    Bytes(Box<[u8]>),
    /// Seconds since 1970 and nanoseconds.
    Time(i64, i32),
    /// Seconds and nanoseconds.
    Span(i64, i32),
}

/// A test that needs no expression.
#[derive(Debug)]
pub(crate) struct Standard {
    /// The name of the rule: `string.min_len`.
    pub(crate) id: Box<str>,
    pub(crate) told: Box<str>,
    pub(crate) test: Test,
}

#[derive(Debug)]
pub(crate) enum Test {
    Equals(Literal),
    In(Vec<Literal>),
    NotIn(Vec<Literal>),
    Range(Range),
    Finite,
    /// How many characters a text has, at least and at most.
    Chars(u64, u64),
    /// How many bytes a text or bytes have.
    Bytes(u64, u64),
    /// How many items or entries there are.
    Items(u64, u64),
    /// All items differ.
    Unique,
    /// A regular expression, found anywhere.
    Pattern(Box<str>),
    Prefix(Box<[u8]>),
    Suffix(Box<[u8]>),
    Contains(Box<[u8]>),
    NotContains(Box<[u8]>),
    /// The text has a form.
    Form(Form),
    /// Bytes are as many as one of these, or none.
    Sizes(&'static [usize]),
    NotEmpty,
    BeforeNow,
    AfterNow,
    /// So many seconds and nanoseconds from now, at most.
    NearNow(i64, i32),
}

/// Between two ends, or not between them.
#[derive(Debug)]
pub(crate) struct Range {
    /// The end, and whether it belongs to what is allowed.
    pub(crate) low: Option<(Literal, bool)>,
    pub(crate) high: Option<(Literal, bool)>,
    /// Above the one or below the other, which lies above.
    pub(crate) is_outside: bool,
}

/// Forms of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Email,
    Hostname,
    /// Any version is 0.
    Ip(u8),
    /// Whether it must name a network and no host in it.
    IpPrefix(u8, bool),
    Uri,
    UriReference,
    Address,
    HostAndPort,
    Uuid,
}

impl OfValue {
    /// Whether it makes no difference.
    pub(crate) fn is_nothing(&self) -> bool {
        self.ignore == Ignore::Absent
            && self.standard.is_empty()
            && self.conditions.is_empty()
            && self.keys.is_none()
            && self.items.is_none()
    }
}

impl Condition {
    /// A rule that Confluent's schemas hold in their own text. Without an expression it is none.
    pub(crate) fn inline(name: &str, doc: &str, expr: &str) -> Option<Self> {
        let id = if name.trim().is_empty() { expr } else { name };
        let condition = || Self { id: id.into(), told: doc.into(), expr: expr.into(), rule: None };
        (!expr.trim().is_empty()).then(condition)
    }
}

/// The inline rules among the members of what is called `on`.
pub(crate) fn inline(members: &[Member], on: &str, unread: &mut Vec<Unread>) -> Vec<Condition> {
    let rules = members.iter().find(|member| member.key == INLINE_RULES).and_then(|member| member.value.list());
    let text = |rule: &Node, key: &str| -> Box<str> { rule.get(key).and_then(Node::text).unwrap_or_default().into() };
    let mut conditions = Vec::new();
    for rule in rules.unwrap_or_default() {
        let [name, doc, expr] = ["name", "doc", "expr"].map(|key| text(rule, key));
        match Condition::inline(&name, &doc, &expr) {
            Some(condition) => conditions.push(condition),
            None => unread.push(Unread::without_expression(on, &name)),
        }
    }
    conditions
}

impl Unread {
    /// For such a rule without an expression: it may say something in SQL.
    pub(crate) fn without_expression(on: &str, name: &str) -> Self {
        let why = format!("its rule '{name}' has no expression in CEL");
        Self { on: on.into(), why: why.into(), is_mistaken: false }
    }
}

impl Demands {
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.unread.is_empty()
    }
}
