//! Does a text, a number or a name have the value that the schema wants?

use std::cmp::Ordering;

use super::super::listen::{Listener, Stop};
use super::super::number::{self, Number};
use super::super::program::{Bound, BoundSide, Kinds, NOTHING, Node, NumberRules, TextRules, Values};
use super::super::scan::{self, Quoted};
use super::super::seen::Strangers;
use super::super::text;
use super::{Step, Walk, amount};

impl<'w, L: Listener> Walk<'w, L> {
    // === Texts ===

    #[inline(always)]
    pub(super) fn text(&mut self, node: &'w Node, at: usize) -> Step {
        let Some(quoted) = scan::text(self.bytes, at + 1) else { return Err(self.broken_text(at)) };
        if L::COUNTS {
            self.effort += (quoted.end - at) / 16;
        }
        if !node.kinds.meets(Kinds::TEXT) {
            self.wrong_kind(node, at, "text")?;
        } else if node.text & node.values != NOTHING {
            self.check_text(node, at, quoted)?;
        }
        Ok(quoted.end + 1)
    }

    #[inline]
    fn check_text(&mut self, node: &'w Node, at: usize, quoted: Quoted) -> Result<(), Stop> {
        let tables = self.tables;
        if let Some(values) = tables.values.get(node.values as usize) {
            let found = if quoted.escaped {
                values.texts.position(&text::content(self.payload, quoted))
            } else {
                values.texts.find(self.bytes, quoted.start, quoted.end)
            };
            if found.is_none() {
                self.not_listed(values, at)?;
            }
        }
        match tables.texts.get(node.text as usize) {
            Some(rules) => self.check_rules(rules, at, quoted),
            None => Ok(()),
        }
    }

    fn check_rules(&mut self, rules: &'w TextRules, at: usize, quoted: Quoted) -> Result<(), Stop> {
        let content = text::content(self.payload, quoted);
        // A character takes one to four bytes; mostly that is enough to know.
        let bytes = content.len() as u64;
        if bytes.div_ceil(4) < rules.least || bytes > rules.most {
            let count = content.chars().count();
            if (count as u64) < rules.least || count as u64 > rules.most {
                self.listener.violation(at, || amount(count, rules.least, rules.most, "character", "", "s"))?;
            }
        }
        for matcher in &rules.matchers {
            if !matcher.is_match(&content) {
                self.listener.violation(at, || matcher.complaint())?;
            }
        }
        Ok(())
    }

    #[cold]
    pub(super) fn not_listed(&mut self, values: &Values, at: usize) -> Result<(), Stop> {
        self.listener.violation(at, || match values.count() {
            1 => "the value is not the one that the schema wants".into(),
            count => format!("the value is none of the {count} that the schema lists"),
        })
    }

    // === Numbers ===

    #[inline(always)]
    pub(super) fn number(&mut self, node: &'w Node, at: usize) -> Step {
        let Some(spelled) = scan::number(self.bytes, at) else {
            return Err(self.broken(at, "a number must be spelled as JSON does"));
        };
        let kinds = node.kinds.and(Kinds::NUMBER);
        let right = match kinds {
            Kinds::NUMBER => true,
            Kinds::NONE => false,
            _ => kinds.meets(self.kind_of_number(at, spelled)),
        };
        if !right {
            self.wrong_number(node, at)?;
        } else if node.number & node.values != NOTHING {
            self.check_number(node, at, spelled.end)?;
        }
        Ok(spelled.end)
    }

    #[inline]
    pub(super) fn kind_of_number(&self, at: usize, spelled: scan::Spelled) -> Kinds {
        if spelled.whole {
            return Kinds::INTEGER;
        }
        let text = self.payload.get(at..spelled.end).unwrap_or_default();
        if !self.tables.spelled_integers && number::is_whole(text) { Kinds::INTEGER } else { Kinds::FRACTION }
    }

    #[cold]
    fn wrong_number(&mut self, node: &Node, at: usize) -> Result<(), Stop> {
        let found = if node.kinds.meets(Kinds::INTEGER) { "a number that is none" } else { "a number" };
        self.wrong_kind(node, at, found)
    }

    fn check_number(&mut self, node: &'w Node, at: usize, end: usize) -> Result<(), Stop> {
        let tables = self.tables;
        let rules = tables.numbers.get(node.number as usize);
        if node.values == NOTHING
            && scan::byte(self.bytes, at) != b'-'
            && rules.is_some_and(|rules| rules.not_negative_only)
        {
            return Ok(());
        }
        let text = self.payload.get(at..end).unwrap_or_default();
        let number = Number::read(text);
        if let Some(values) = tables.values.get(node.values as usize)
            && !values.numbers.iter().any(|value| value.order(number) == Ordering::Equal)
        {
            self.not_listed(values, at)?;
        }
        match rules {
            Some(rules) => self.check_amount(rules, number, text, at),
            None => Ok(()),
        }
    }

    fn check_amount(&mut self, rules: &NumberRules, number: Number, text: &str, at: usize) -> Result<(), Stop> {
        for bound in &rules.bounds {
            if !bound.holds(number) {
                self.listener.violation(at, || bound.complaint())?;
            }
        }
        if let Some((divisor, words)) = &rules.divisor {
            match number::is_multiple(text, divisor) {
                Some(true) => {}
                Some(false) => self.listener.violation(at, || format!("the number is no multiple of {words}"))?,
                None => return Err(Stop::Undecided),
            }
        }
        Ok(())
    }

    // === Names ===

    #[inline(always)]
    pub(super) fn name(&mut self, node: &'w Node, at: usize) -> Step {
        let Some(end) = scan::name(self.bytes, at) else { return Err(self.no_value(at)) };
        let first = scan::byte(self.bytes, at);
        let (kind, word) = match first {
            b'n' => (Kinds::NULL, "null"),
            _ => (Kinds::BOOLEAN, "true or false"),
        };
        if !node.kinds.meets(kind) {
            self.wrong_kind(node, at, word)?;
        } else if node.values != NOTHING {
            self.check_name_value(node, first, at)?;
        }
        Ok(end)
    }

    fn check_name_value(&mut self, node: &Node, first: u8, at: usize) -> Result<(), Stop> {
        let tables = self.tables;
        let Some(values) = tables.values.get(node.values as usize) else { return Ok(()) };
        let listed = match first {
            b'n' => values.null,
            b't' => values.yes,
            _ => values.no,
        };
        if listed { Ok(()) } else { self.not_listed(values, at) }
    }

    // === Items that must differ ===

    pub(super) fn is_repeated_item(&self, items: &mut Strangers, at: usize) -> bool {
        let spell = |at: usize| self.canonical(at).into_boxed_str();
        let digest = match scan::byte(self.bytes, at) {
            b'"' => match scan::text(self.bytes, at + 1) {
                Some(quoted) if !quoted.escaped => text::digest(self.bytes, quoted.start, quoted.end),
                _ => self.resolved_digest(at),
            },
            b'-' | b'0'..=b'9' => self.number_digest(at),
            // Of these there are few, or they are compared anyway.
            _ => 0,
        };
        let same = |other: usize| match (scan::byte(self.bytes, at), scan::byte(self.bytes, other)) {
            (b'"', b'"') => text::same(self.raw(at), self.raw(other)),
            (b'"', _) | (_, b'"') => false,
            _ => self.canonical(at) == self.canonical(other),
        };
        items.see(digest, at, same, spell)
    }

    fn raw(&self, at: usize) -> &'w str {
        scan::text(self.bytes, at + 1).and_then(|quoted| self.payload.get(quoted.start..quoted.end)).unwrap_or_default()
    }

    fn resolved_digest(&self, at: usize) -> u32 {
        let content = text::resolved(self.raw(at));
        text::digest(content.as_bytes(), 0, content.len())
    }

    fn number_digest(&self, at: usize) -> u32 {
        let text = scan::number(self.bytes, at).and_then(|spelled| self.payload.get(at..spelled.end));
        // Zero has two spellings as a float.
        let bits = (Number::read(text.unwrap_or_default()).float() + 0.0).to_bits();
        (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
    }

    /// The value at `at` in a spelling that two values share if and only if they are equal.
    pub(super) fn canonical(&self, at: usize) -> String {
        super::super::canonical::payload(self.payload, at)
    }
}

impl Bound {
    fn holds(&self, number: Number) -> bool {
        let order = number.order(self.limit);
        match self.side {
            BoundSide::AtLeast => order != Ordering::Less,
            BoundSide::Above => order == Ordering::Greater,
            BoundSide::AtMost => order != Ordering::Greater,
            BoundSide::Below => order == Ordering::Less,
        }
    }

    fn complaint(&self) -> String {
        let words = &self.words;
        match self.side {
            BoundSide::AtLeast => format!("the number is below {words}"),
            BoundSide::Above => format!("the number is not above {words}"),
            BoundSide::AtMost => format!("the number is above {words}"),
            BoundSide::Below => format!("the number is not below {words}"),
        }
    }
}
