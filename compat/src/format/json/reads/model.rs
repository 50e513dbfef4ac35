//! What does a schema say, keyword family by keyword family? The form in which two schemas are compared: typed nodes,
//! several of them in one object as an `allOf`, references replaced by what they lead to.
//!
//! It is the view that Confluent's comparison takes of a document, because its verdicts depend on it. Nodes of both
//! schemas stand in one list, so that a pair is two numbers whichever way round it is compared.

mod build;
mod classes;

use std::collections::{BTreeMap, HashMap};

use regex::Regex;

use super::values::is_same_value;
use crate::format::json::tree::{Draft, Schema, Site};
use crate::json::{Member, Node};
use crate::violation::Side;

/// A node of the model.
pub(super) type Id = usize;

/// Both schemas of a comparison.
pub(super) struct Model<'s> {
    schemas: [&'s Schema; 2],
    entries: Vec<Entry<'s>>,
    /// For each node, the first that says the same.
    in_words: Vec<Id>,
    /// For each node, the first that says the same but for tags.
    in_meaning: Vec<Id>,
    pub(super) reader: Id,
    pub(super) writer: Id,
}

/// A node: what it says and where it stands.
pub(super) struct Entry<'s> {
    pub(super) side: Side,
    pub(super) site: Site<'s>,
    pub(super) draft: Draft,
    /// Whether this is all that its object says. A part of what it says has no title or default.
    pub(super) whole: bool,
    pub(super) shape: Shape<'s>,
    /// The node that this is a part of; itself if it is whole.
    owner: Id,
    /// Which of the parts it is.
    place: usize,
    /// The schemas directly within, whatever the keyword, in the order of keywords and names.
    children: Vec<Child<'s>>,
}

/// A schema within another.
struct Child<'s> {
    keyword: &'s str,
    /// The name that it has there, or which of a list it is.
    name: &'s str,
    place: u32,
    of: Id,
}

/// What a node is about.
pub(super) enum Shape<'s> {
    /// Allows everything: `true`, `{}`, or nothing but remarks.
    Empty,
    /// Allows nothing.
    False,
    Null,
    Boolean,
    String {
        demanded: bool,
    },
    Number {
        demanded: bool,
        integer: bool,
    },
    Object(Box<Object<'s>>),
    Array(Box<Array>),
    Enum(Listed<'s>),
    Const(&'s Node),
    Not(Id),
    Conditional,
    Combined(Combined),
}

/// The values of an `enum`, with a text for each that it shares with those that are the same.
pub(super) struct Listed<'s> {
    pub(super) values: &'s [Node],
    pub(super) canonical: Vec<String>,
}

/// Several schemas, and how many of them must hold.
pub(super) struct Combined {
    pub(super) criterion: Criterion,
    pub(super) parts: Vec<Id>,
}

/// How many parts of a combination must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Criterion {
    All,
    Any,
    One,
}

/// What the keywords about objects say. `demanded` is whether a value must be one: keywords alone let other types pass.
pub(super) struct Object<'s> {
    pub(super) demanded: bool,
    pub(super) properties: Vec<Property<'s>>,
    places: HashMap<&'s str, usize>,
    pub(super) required: Vec<&'s str>,
    /// A pattern outside of what can be matched in linear time matches nothing here.
    pub(super) patterns: Vec<(&'s str, Option<Regex>, Id)>,
    pub(super) additional: Extra,
    pub(super) unevaluated: Option<Id>,
    pub(super) dependent_names: BTreeMap<&'s str, Vec<&'s str>>,
    pub(super) dependent_schemas: BTreeMap<&'s str, Id>,
}

/// A declared property.
pub(super) struct Property<'s> {
    pub(super) name: &'s str,
    pub(super) node: &'s Node,
    pub(super) of: Id,
    pub(super) has_default: bool,
}

/// What the keywords about arrays say.
pub(super) struct Array {
    pub(super) demanded: bool,
    /// One schema for all items.
    pub(super) every: Option<Id>,
    /// One schema per place.
    pub(super) tuple: Vec<Id>,
    pub(super) additional: Extra,
    pub(super) unevaluated: Option<Id>,
}

/// What goes for members and items that are not declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    Absent,
    Allowed,
    Refused,
    Schema(Id),
}

/// Who may add members to an object, or items to a tuple, in the words of Confluent's comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Open,
    /// What is not declared follows this schema.
    Partially(Id),
    Closed,
}

impl<'s> Model<'s> {
    pub(super) fn of(reader: &'s Schema, writer: &'s Schema) -> Self {
        build::model(reader, writer)
    }

    pub(super) fn entry(&self, id: Id) -> &Entry<'s> {
        &self.entries[id]
    }

    pub(super) fn shape(&self, id: Id) -> &Shape<'s> {
        &self.entries[id].shape
    }

    /// The keyword of that name in the object that a node stands for.
    pub(super) fn keyword(&self, id: Id, name: &str) -> Option<&'s Node> {
        self.entries[id].site.node.get(name)
    }

    pub(super) fn is_empty(&self, id: Id) -> bool {
        matches!(self.shape(id), Shape::Empty)
    }

    pub(super) fn is_false(&self, id: Id) -> bool {
        matches!(self.shape(id), Shape::False)
    }

    /// How open an object is for members that it does not declare, as far as `name` is concerned.
    pub(super) fn content(&self, object: &Object<'s>, name: &str) -> Content {
        let unevaluated = object.unevaluated.filter(|id| !self.is_empty(*id));
        let absent = matches!(object.additional, Extra::Absent | Extra::Allowed);
        if absent && object.patterns.is_empty() && unevaluated.is_none() {
            return Content::Open;
        }
        let matches = |regex: &Option<Regex>| regex.as_ref().is_some_and(|regex| regex.is_match(name));
        if let Some((_, _, id)) = object.patterns.iter().find(|(_, regex, _)| matches(regex)) {
            return Content::Partially(*id);
        }
        self.beyond(object.additional, unevaluated)
    }

    /// How open a tuple is for items behind the declared ones.
    pub(super) fn tuple_content(&self, array: &Array) -> Content {
        let unevaluated = array.unevaluated.filter(|id| !self.is_empty(*id));
        if matches!(array.additional, Extra::Absent | Extra::Allowed) && unevaluated.is_none() {
            return Content::Open;
        }
        self.beyond(array.additional, unevaluated)
    }

    fn beyond(&self, additional: Extra, unevaluated: Option<Id>) -> Content {
        match (additional, unevaluated) {
            (Extra::Schema(id), _) => Content::Partially(id),
            (Extra::Absent | Extra::Allowed, Some(id)) if !self.is_false(id) => Content::Partially(id),
            _ => Content::Closed,
        }
    }

    /// The schema that a side of the comparison is about.
    pub(super) fn schema(&self, side: Side) -> &'s Schema {
        match side {
            Side::Reader => self.schemas[0],
            Side::Writer => self.schemas[1],
        }
    }

    /// The first of the nodes that say the same as this one, references followed and the order of members aside. Tags
    /// count, as they do for Confluent.
    pub(super) fn representative(&self, id: Id) -> Id {
        self.in_words[id]
    }

    /// The same, but for tags.
    pub(super) fn meaning(&self, id: Id) -> Id {
        self.in_meaning[id]
    }

    /// Whether two nodes mean the same.
    pub(super) fn is_same(&self, one: Id, other: Id) -> bool {
        self.meaning(one) == self.meaning(other)
    }

    /// The schema that a keyword of a node holds, for keywords that hold one.
    pub(super) fn inner(&self, id: Id, keyword: &str) -> Option<Id> {
        let children = &self.entries[self.entries[id].owner].children;
        children.iter().find(|child| child.keyword == keyword).map(|child| child.of)
    }

    /// Whether a keyword says the same in two nodes: the same value, or the same schemas.
    pub(super) fn is_same_keyword(&self, one: Id, other: Id, keyword: &str) -> bool {
        let children = |id: Id| {
            let all = self.entries[self.entries[id].owner].children.iter();
            all.filter(|child| child.keyword == keyword).map(|child| (child.name, self.meaning(child.of)))
        };
        match (self.keyword(one, keyword), self.keyword(other, keyword)) {
            (None, None) => true,
            (Some(value), Some(other_value)) => {
                let held = children(one).next().is_some() || children(other).next().is_some();
                if held { children(one).eq(children(other)) } else { is_same_value(value, other_value) }
            }
            _ => false,
        }
    }
}

impl<'s> Object<'s> {
    pub(super) fn property(&self, name: &str) -> Option<&Property<'s>> {
        self.places.get(name).and_then(|place| self.properties.get(*place))
    }

    pub(super) fn requires(&self, name: &str) -> bool {
        self.required.binary_search(&name).is_ok()
    }
}

impl Criterion {
    /// The keyword that says so.
    pub(super) fn keyword(self) -> &'static str {
        match self {
            Self::All => "allOf",
            Self::Any => "anyOf",
            Self::One => "oneOf",
        }
    }
}

/// Members of an object, or none if it is something else.
pub(super) fn members(node: Option<&Node>) -> &[Member] {
    node.and_then(Node::members).unwrap_or_default()
}
