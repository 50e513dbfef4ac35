//! What is a compiled schema? Flat tables: one node per schema that a value can meet, and what it asks of each kind of
//! value.

use super::matcher::Matcher;
use super::number::{Decimal, Number};
use super::text::Names;

/// A node of the program.
pub(super) type Id = u32;

/// The node that every value passes.
pub(super) const ANY: Id = 0;

/// The node that no value passes.
pub(super) const NEVER: Id = 1;

/// The place in a table where a node asks nothing of that kind.
pub(super) const NOTHING: u32 = u32::MAX;

/// A set of kinds of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kinds(pub(super) u8);

impl Kinds {
    pub(super) const NONE: Self = Self(0);
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOLEAN: Self = Self(1 << 1);
    pub(super) const INTEGER: Self = Self(1 << 2);
    /// Numbers that are not integers.
    pub(super) const FRACTION: Self = Self(1 << 3);
    pub(super) const TEXT: Self = Self(1 << 4);
    pub(super) const ARRAY: Self = Self(1 << 5);
    pub(super) const OBJECT: Self = Self(1 << 6);
    pub(super) const NUMBER: Self = Self(Self::INTEGER.0 | Self::FRACTION.0);
    pub(super) const ALL: Self = Self(0x7f);

    #[inline(always)]
    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What one schema asks of a value. Numbers are places in the tables of [`Tables`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) kinds: Kinds,
    /// Whether there is more than the kinds and what they have of their own: constants, alternatives, conditions.
    pub(super) deep: bool,
    pub(super) text: u32,
    pub(super) number: u32,
    pub(super) values: u32,
    /// Always a shape; the first one asks nothing.
    pub(super) object: u32,
    /// Always a list; the first one asks nothing.
    pub(super) array: u32,
    pub(super) logic: u32,
}

impl Node {
    pub(super) const ANY: Self = Self {
        kinds: Kinds::ALL,
        deep: false,
        text: NOTHING,
        number: NOTHING,
        values: NOTHING,
        object: 0,
        array: 0,
        logic: NOTHING,
    };

    pub(super) const NEVER: Self = Self { kinds: Kinds::NONE, ..Self::ANY };
}

/// All that a program consists of.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) nodes: Box<[Node]>,
    pub(super) texts: Box<[TextRules]>,
    pub(super) numbers: Box<[NumberRules]>,
    pub(super) values: Box<[Values]>,
    pub(super) objects: Box<[Shape]>,
    pub(super) arrays: Box<[List]>,
    pub(super) logics: Box<[Logic]>,
    /// Whether an integer is a number that is spelled as one, so that `1.0` is none.
    pub(super) spelled_integers: bool,
}

#[derive(Debug)]
pub(super) struct TextRules {
    pub(super) least: u64,
    pub(super) most: u64,
    pub(super) matchers: Box<[Matcher]>,
}

#[derive(Debug, Default)]
pub(super) struct NumberRules {
    pub(super) bounds: Box<[Bound]>,
    /// Whether the bounds are nothing but `minimum` 0: to see that, no number has to be read.
    pub(super) not_negative_only: bool,
    /// With the words of the schema.
    pub(super) divisor: Option<(Decimal, Box<str>)>,
}

#[derive(Debug)]
pub(super) struct Bound {
    pub(super) limit: Number,
    pub(super) side: BoundSide,
    /// The limit in the words of the schema.
    pub(super) words: Box<str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BoundSide {
    AtLeast,
    Above,
    AtMost,
    Below,
}

/// The only values that are allowed.
#[derive(Debug)]
pub(super) struct Values {
    pub(super) texts: Names,
    pub(super) numbers: Box<[Number]>,
    pub(super) null: bool,
    pub(super) yes: bool,
    pub(super) no: bool,
    /// Arrays and objects, in canonical spelling.
    pub(super) containers: Box<[Box<str>]>,
}

impl Values {
    pub(super) fn count(&self) -> usize {
        let words = usize::from(self.null) + usize::from(self.yes) + usize::from(self.no);
        self.texts.len() + self.numbers.len() + self.containers.len() + words
    }
}

/// What is asked of an object.
#[derive(Debug)]
pub(super) struct Shape {
    /// Every property that the schema speaks of; `nodes` has what each must pass.
    pub(super) names: Names,
    pub(super) nodes: Box<[Id]>,
    /// The required ones among the first 128.
    pub(super) required: [u64; 2],
    /// All that are required.
    pub(super) required_list: Box<[u32]>,
    pub(super) patterns: Box<[(Matcher, Id)]>,
    /// What a property must pass that is neither known nor matches a pattern.
    pub(super) others: Id,
    /// What the names themselves must pass.
    pub(super) names_node: Id,
    pub(super) least: u64,
    pub(super) most: u64,
    pub(super) dependents: Box<[Dependent]>,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            names: Names::new([]),
            nodes: Box::new([]),
            required: [0; 2],
            required_list: Box::new([]),
            patterns: Box::new([]),
            others: ANY,
            names_node: ANY,
            least: 0,
            most: u64::MAX,
            dependents: Box::new([]),
        }
    }
}

/// What is asked of an object when it has a property.
#[derive(Debug)]
pub(super) struct Dependent {
    pub(super) property: u32,
    pub(super) required: Box<[u32]>,
    /// What the whole object must pass.
    pub(super) node: Id,
}

/// What is asked of an array.
#[derive(Debug)]
pub(super) struct List {
    pub(super) first: Box<[Id]>,
    pub(super) rest: Id,
    pub(super) least: u64,
    pub(super) most: u64,
    pub(super) contains: Option<Contains>,
    pub(super) unique: bool,
}

impl Default for List {
    fn default() -> Self {
        Self { first: Box::new([]), rest: ANY, least: 0, most: u64::MAX, contains: None, unique: false }
    }
}

#[derive(Debug)]
pub(super) struct Contains {
    pub(super) node: Id,
    pub(super) least: u64,
    pub(super) most: u64,
}

/// What a value must pass besides.
#[derive(Debug, Default)]
pub(super) struct Logic {
    /// Whether the node asks nothing but this, and this is nothing but one choice.
    pub(super) is_choice: bool,
    /// Whether the node itself asks for nothing but kinds.
    pub(super) asks_kind_only: bool,
    pub(super) all: Box<[Id]>,
    pub(super) choices: Box<[Choice]>,
    pub(super) not: Box<[Id]>,
    pub(super) condition: Option<Condition>,
}

/// `anyOf` and `oneOf`.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) branches: Box<[Id]>,
    /// Whether exactly one must be passed.
    pub(super) exclusive: bool,
    /// For each kind of value the only branch that lets it in; [`SEVERAL`] if there are more, [`NEVER`] if there is none.
    pub(super) by_kind: [Id; 7],
}

/// More than one branch.
pub(super) const SEVERAL: Id = u32::MAX;

#[derive(Debug)]
pub(super) struct Condition {
    pub(super) premise: Id,
    pub(super) then: Id,
    pub(super) otherwise: Id,
}

impl Tables {
    /// Those that only ask for JSON.
    pub(super) fn plain() -> Self {
        Self {
            nodes: Box::new([Node::ANY, Node::NEVER]),
            objects: Box::new([Shape::default()]),
            arrays: Box::new([List::default()]),
            ..Self::default()
        }
    }

    #[inline(always)]
    pub(super) fn node(&self, id: Id) -> &Node {
        self.nodes.get(id as usize).unwrap_or(&Node::NEVER)
    }
}
