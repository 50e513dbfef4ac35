//! What does a schema ask of texts and numbers, and which kinds and values does it let in?

use std::cmp::Ordering;

use super::super::super::tree::Draft;
use super::super::canonical;
use super::super::matcher::Matcher;
use super::super::number::{Decimal, Number};
use super::super::program::{Bound, BoundSide, Kinds, NOTHING, Node, NumberRules, TextRules, Values};
use super::super::text::Names;
use super::{Compiler, Keywords, place};
use crate::json::{self, Value};

impl<'s> Compiler<'s> {
    pub(super) fn kinds(&mut self, schema: Keywords<'s>) -> Kinds {
        let words = match schema.node.get("type").map(|node| &node.value) {
            None => return Kinds::ALL,
            Some(Value::Text(word)) => vec![Some(word.as_str())],
            Some(Value::List(words)) => words.iter().map(json::Node::text).collect(),
            Some(_) => Vec::new(),
        };
        let kinds = words.iter().try_fold(Kinds::NONE, |kinds, word| Some(kinds.or(kind(word.as_ref()?)?)));
        kinds.filter(|kinds| *kinds != Kinds::NONE).unwrap_or(Kinds::ALL)
    }

    // === Texts ===

    pub(super) fn text_rules(&mut self, schema: Keywords<'s>) -> u32 {
        let mut rules = TextRules { least: 0, most: u64::MAX, matchers: Box::new([]) };
        let bounded = self.sizes(schema, "minLength", "maxLength", &mut rules.least, &mut rules.most);
        let mut matchers = Vec::new();
        if let Some(pattern) = schema.node.get("pattern") {
            matchers.extend(pattern.text().and_then(|pattern| self.pattern(pattern)));
        }
        if let Some(format) = schema.node.get("format").and_then(json::Node::text) {
            let known = self.formats.entry((format.to_owned(), schema.draft));
            matchers.extend(known.or_insert_with(|| Matcher::format(format, schema.draft)).clone());
        }
        if !bounded && matchers.is_empty() {
            return NOTHING;
        }
        rules.matchers = matchers.into();
        self.texts.push(rules);
        place(&self.texts)
    }

    /// The pattern, if it is one.
    pub(super) fn pattern(&mut self, pattern: &str) -> Option<Matcher> {
        if let Some(known) = self.patterns.get(pattern) {
            return Some(known.clone());
        }
        let (matcher, backtracks) = Matcher::pattern(pattern)?;
        if backtracks {
            self.slow.get_or_insert_with(|| format!("the pattern '{pattern}', which is no regular expression proper"));
        }
        self.patterns.insert(pattern.to_owned(), matcher.clone());
        Some(matcher)
    }

    // === Numbers ===

    pub(super) fn number_rules(&mut self, schema: Keywords<'s>) -> u32 {
        let mut bounds = Vec::new();
        let plain = [
            ("minimum", "exclusiveMinimum", BoundSide::AtLeast, BoundSide::Above),
            ("maximum", "exclusiveMaximum", BoundSide::AtMost, BoundSide::Below),
        ];
        for (inclusive, exclusive, side, strict) in plain {
            if schema.draft == Draft::Draft4 {
                let is_strict = schema.node.get(exclusive).is_some_and(|node| node.value == Value::Bool(true));
                bounds.extend(self.bound(schema, inclusive, if is_strict { strict } else { side }));
            } else {
                bounds.extend(self.bound(schema, inclusive, side));
                bounds.extend(self.bound(schema, exclusive, strict));
            }
        }
        let divisor = self.divisor(schema);
        if bounds.is_empty() && divisor.is_none() {
            return NOTHING;
        }
        let is_zero = |bound: &Bound| bound.side == BoundSide::AtLeast && matches!(bound.limit, Number::Unsigned(0));
        let not_negative_only = divisor.is_none() && bounds.iter().all(is_zero);
        self.numbers.push(NumberRules { bounds: bounds.into(), not_negative_only, divisor });
        place(&self.numbers)
    }

    fn bound(&mut self, schema: Keywords<'s>, keyword: &str, side: BoundSide) -> Option<Bound> {
        match &schema.node.get(keyword)?.value {
            Value::Number(words) => Some(Bound { limit: Number::read(words), side, words: words.as_str().into() }),
            _ => None,
        }
    }

    fn divisor(&mut self, schema: Keywords<'s>) -> Option<(Decimal, Box<str>)> {
        let Value::Number(words) = &schema.node.get("multipleOf")?.value else { return None };
        self.may_be_undecided = true;
        match Decimal::read(words) {
            Some(divisor) if divisor.is_positive() => Some((divisor, words.as_str().into())),
            Some(_) => None,
            None => {
                self.unfit("a 'multipleOf' of very many digits");
                None
            }
        }
    }

    // === Amounts ===

    /// Whether there is a bound of an amount.
    pub(super) fn sizes(
        &self,
        schema: Keywords<'s>,
        least_keyword: &str,
        most_keyword: &str,
        least: &mut u64,
        most: &mut u64,
    ) -> bool {
        let size = |keyword: &str| schema.node.get(keyword).and_then(size_of);
        let (given_least, given_most) = (size(least_keyword), size(most_keyword));
        *least = given_least.unwrap_or(*least);
        *most = given_most.unwrap_or(*most);
        given_least.is_some() || given_most.is_some()
    }

    // === Values ===

    /// `enum` and `const`: with them the kinds that the node lets in are those of the values.
    pub(super) fn listed(&mut self, schema: Keywords<'s>, node: &mut Node) {
        let mut listed: Option<Vec<&json::Node>> = match schema.node.get("enum").map(json::Node::list) {
            None => None,
            Some(Some(values)) => Some(values.iter().collect()),
            Some(None) => None,
        };
        if schema.draft >= Draft::Draft6
            && let Some(only) = schema.node.get("const")
        {
            let spelled = canonical::constant(only);
            let values = listed.unwrap_or_else(|| vec![only]);
            listed = Some(values.into_iter().filter(|value| canonical::constant(value) == spelled).collect());
        }
        let Some(listed) = listed else { return };
        let values = values(&listed);
        node.kinds = node.kinds.and(values.kinds());
        node.deep |= !values.containers.is_empty();
        self.values.push(values);
        node.values = place(&self.values);
    }
}

/// A bound of an amount.
pub(in super::super) fn size_of(node: &json::Node) -> Option<u64> {
    match &node.value {
        Value::Number(words) => match Number::read(words) {
            Number::Unsigned(size) => Some(size),
            Number::Float(size) if size >= 0.0 && size.fract() == 0.0 => Some(size as u64),
            _ => None,
        },
        _ => None,
    }
}

fn kind(word: &str) -> Option<Kinds> {
    Some(match word {
        "null" => Kinds::NULL,
        "boolean" => Kinds::BOOLEAN,
        "integer" => Kinds::INTEGER,
        "number" => Kinds::NUMBER,
        "string" => Kinds::TEXT,
        "array" => Kinds::ARRAY,
        "object" => Kinds::OBJECT,
        _ => return None,
    })
}

fn values(listed: &[&json::Node]) -> Values {
    let has = |wanted: &Value| listed.iter().any(|node| node.value == *wanted);
    let mut numbers: Vec<Number> = Vec::new();
    let mut containers: Vec<Box<str>> = Vec::new();
    for node in listed {
        match &node.value {
            Value::Number(words) => {
                let number = Number::read(words);
                if !numbers.iter().any(|other| other.order(number) == Ordering::Equal) {
                    numbers.push(number);
                }
            }
            Value::List(_) | Value::Object(_) => containers.push(canonical::constant(node).into()),
            _ => {}
        }
    }
    Values {
        texts: Names::new(listed.iter().filter_map(|node| node.text())),
        numbers: numbers.into(),
        null: has(&Value::Null),
        yes: has(&Value::Bool(true)),
        no: has(&Value::Bool(false)),
        containers: containers.into(),
    }
}

impl Values {
    fn kinds(&self) -> Kinds {
        let when = |there: bool, kinds: Kinds| if there { kinds } else { Kinds::NONE };
        when(self.null, Kinds::NULL)
            .or(when(self.yes || self.no, Kinds::BOOLEAN))
            .or(when(!self.numbers.is_empty(), Kinds::NUMBER))
            .or(when(self.texts.len() > 0, Kinds::TEXT))
            .or(when(self.containers.iter().any(|spelled| spelled.starts_with('[')), Kinds::ARRAY))
            .or(when(self.containers.iter().any(|spelled| spelled.starts_with('{')), Kinds::OBJECT))
    }
}
