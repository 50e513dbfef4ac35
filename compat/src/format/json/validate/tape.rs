//! How is a payload shown to the reference validator without building a tree of it?
//!
//! As a tape: its values in the order of the text, each with the place where it stands. The reference walks over it
//! through the traits by which it sees any representation of JSON.

mod containers;

use std::borrow::Cow;
use std::cell::Cell;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, JsonNumber, Node, NodeIdentity, Object};
use serde_json::Value;

use containers::{Items, Members};

use super::number::{self, Number};
use super::text;

/// The representation.
pub(super) enum Tape {}

/// A value on the tape, or the name of a member, which stands before its value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item {
    Null,
    Boolean(bool),
    Number {
        start: u32,
        end: u32,
        /// Whether it is spelled without a fraction and an exponent.
        whole: bool,
    },
    Text {
        start: u32,
        end: u32,
        /// Whether it stands among the texts that had escapes, and not in the payload.
        escaped: bool,
    },
    Name {
        start: u32,
        end: u32,
        /// The first eight bytes.
        head: u64,
        escaped: bool,
    },
    /// How many items, and which item of the tape comes behind the last of them.
    Array {
        count: u32,
        next: u32,
    },
    Object {
        count: u32,
        next: u32,
    },
}

/// A payload on a tape.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recording<'p> {
    pub(super) payload: &'p str,
    pub(super) items: &'p [Item],
    /// The contents of texts with escapes.
    pub(super) resolved: &'p str,
}

/// One value; or a text that is on no tape.
#[derive(Debug, Clone, Copy)]
pub(super) enum TapeNode<'p> {
    Item { tape: &'p Recording<'p>, at: u32 },
    Text(&'p str),
}

impl<'p> TapeNode<'p> {
    pub(super) fn root(tape: &'p Recording<'p>) -> Self {
        Self::Item { tape, at: 0 }
    }

    pub(super) fn text(text: &'p str) -> Self {
        Self::Text(text)
    }

    #[inline(always)]
    fn item(&self) -> Option<(&'p Recording<'p>, Item)> {
        match self {
            Self::Item { tape, at } => Some((tape, tape.item(*at))),
            Self::Text(_) => None,
        }
    }
}

impl<'p> Recording<'p> {
    #[inline(always)]
    fn item(&self, at: u32) -> Item {
        self.items.get(at as usize).copied().unwrap_or(Item::Null)
    }

    /// What a text or a name says.
    #[inline(always)]
    pub(super) fn content(&self, item: Item) -> Option<&'p str> {
        match item {
            Item::Text { start, end, escaped } | Item::Name { start, end, escaped, .. } => {
                let source = if escaped { self.resolved } else { self.payload };
                source.get(start as usize..end as usize)
            }
            _ => None,
        }
    }

    /// The names of an object from the one at `at` on.
    pub(super) fn names(&self, mut at: u32) -> impl Iterator<Item = Item> {
        std::iter::from_fn(move || {
            let name = *self.items.get(at as usize)?;
            at = self.behind(at + 1);
            matches!(name, Item::Name { .. }).then_some(name)
        })
    }

    /// What comes behind the value at `at`.
    #[inline(always)]
    fn behind(&self, at: u32) -> u32 {
        match self.item(at) {
            Item::Array { next, .. } | Item::Object { next, .. } => next,
            _ => at + 1,
        }
    }
}

impl Json for Tape {
    type Node<'a> = TapeNode<'a>;
    type PreparedKey = Key;
    /// Looking for a name mostly finds it at the first place: see `Members::hint`.
    const KEYS_PER_LOOKUP: usize = 0;
    const ACYCLIC: bool = true;
    type StringBuffer = ();

    fn prepare_key(key: &str) -> Key {
        Key { head: text::head(key.as_bytes(), 0, key.len()), text: key.into() }
    }

    fn with_string_node<T>((): &mut (), string: &str, f: impl FnOnce(TapeNode<'_>) -> T) -> T {
        f(TapeNode::Text(string))
    }
}

/// The name of a property, ready to be looked for.
#[derive(Debug)]
pub(super) struct Key {
    head: u64,
    text: Box<str>,
}

impl<'p> Node<'p, Tape> for TapeNode<'p> {
    type Object = Members<'p>;
    type Array = Items<'p>;
    type Number = Digits<'p>;

    #[inline]
    fn as_object(&self) -> Option<Members<'p>> {
        match self {
            Self::Item { tape, at } => match tape.item(*at) {
                Item::Object { count, next } => Some(Members::new(tape, count, at + 1, next)),
                _ => None,
            },
            Self::Text(_) => None,
        }
    }

    #[inline]
    fn as_array(&self) -> Option<Items<'p>> {
        match self {
            Self::Item { tape, at } => match tape.item(*at) {
                Item::Array { count, .. } => Some(Items::new(tape, count, at + 1)),
                _ => None,
            },
            Self::Text(_) => None,
        }
    }

    #[inline]
    fn as_string(&self) -> Option<Cow<'p, str>> {
        match self {
            Self::Item { tape, at } => tape.content(tape.item(*at)).map(Cow::Borrowed),
            Self::Text(text) => Some(Cow::Borrowed(text)),
        }
    }

    #[inline]
    fn as_number(&self) -> Option<Digits<'p>> {
        match self.item()? {
            (tape, Item::Number { start, end, whole }) => {
                let text = tape.payload.get(start as usize..end as usize).unwrap_or_default();
                Some(Digits { text, whole, value: Cell::new(None) })
            }
            _ => None,
        }
    }

    #[inline]
    fn as_boolean(&self) -> Option<bool> {
        match self.item()? {
            (_, Item::Boolean(value)) => Some(value),
            _ => None,
        }
    }

    #[inline]
    fn is_null(&self) -> bool {
        matches!(self.item(), Some((_, Item::Null)))
    }

    #[inline]
    fn is_number(&self) -> bool {
        matches!(self.item(), Some((_, Item::Number { .. })))
    }

    #[inline]
    fn json_type(&self) -> JsonType {
        match self.item() {
            None | Some((_, Item::Text { .. } | Item::Name { .. })) => JsonType::String,
            Some((_, Item::Null)) => JsonType::Null,
            Some((_, Item::Boolean(_))) => JsonType::Boolean,
            Some((_, Item::Number { .. })) => JsonType::Number,
            Some((_, Item::Array { .. })) => JsonType::Array,
            Some((_, Item::Object { .. })) => JsonType::Object,
        }
    }

    fn equals_value(&self, expected: &Value) -> bool {
        match (self.as_string(), expected) {
            (Some(text), Value::String(expected)) => text == expected.as_str(),
            (Some(_), _) => false,
            (None, _) => jsonschema::json::cmp::equal(&self.to_value(), expected),
        }
    }

    fn to_value(&self) -> Cow<'p, Value> {
        Cow::Owned(match self {
            Self::Text(text) => Value::from(*text),
            Self::Item { .. } => self.built(),
        })
    }

    fn identity(&self) -> Option<NodeIdentity> {
        match self {
            Self::Item { tape, at } => Some(NodeIdentity::tagged(std::ptr::from_ref(*tape) as usize, *at)),
            Self::Text(text) => Some(NodeIdentity::tagged(text.as_ptr() as usize, u32::MAX)),
        }
    }
}

impl TapeNode<'_> {
    fn built(&self) -> Value {
        if let Some(text) = self.as_string() {
            return Value::from(text);
        }
        if let Some(object) = self.as_object() {
            return object.members().map(|(name, value)| (name.to_owned(), value.built())).collect();
        }
        if let Some(array) = self.as_array() {
            return array.elements().map(|value| value.built()).collect();
        }
        match (self.as_number(), self.as_boolean()) {
            (Some(number), _) => Value::Number(number.to_number().into_owned()),
            (_, Some(value)) => Value::Bool(value),
            _ => Value::Null,
        }
    }
}

/// A number: its digits, and what they mean once somebody asks.
#[derive(Debug, Clone)]
pub(super) struct Digits<'p> {
    text: &'p str,
    whole: bool,
    value: Cell<Option<Number>>,
}

impl Digits<'_> {
    #[inline]
    fn value(&self) -> Number {
        match self.value.get() {
            Some(value) => value,
            None => {
                let value = Number::read(self.text);
                self.value.set(Some(value));
                value
            }
        }
    }
}

impl JsonNumber for Digits<'_> {
    #[inline]
    fn as_u64(&self) -> Option<u64> {
        match self.value() {
            Number::Unsigned(value) => Some(value),
            _ => None,
        }
    }

    #[inline]
    fn as_i64(&self) -> Option<i64> {
        match self.value() {
            Number::Unsigned(value) => i64::try_from(value).ok(),
            Number::Signed(value) => Some(value),
            Number::Float(_) => None,
        }
    }

    #[inline]
    fn as_f64(&self) -> Option<f64> {
        Some(self.value().float()).filter(|value| value.is_finite())
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.text)
    }

    /// What is beyond all of its kind becomes the largest of them: it is only shown, or compared with other values.
    fn to_number(&self) -> Cow<'_, serde_json::Number> {
        let number = match self.value() {
            Number::Unsigned(value) => Some(value.into()),
            Number::Signed(value) => Some(value.into()),
            Number::Float(value) => serde_json::Number::from_f64(value.clamp(f64::MIN, f64::MAX)),
        };
        Cow::Owned(number.unwrap_or_else(|| 0.into()))
    }

    #[inline]
    fn is_integer(&self) -> bool {
        self.whole || number::is_whole(self.text)
    }

    fn is_written_as_integer(&self) -> bool {
        self.whole
    }
}
