//! Is this payload JSON, and does it obey the schema? One pass over the text: what is read is checked and forgotten.
//!
//! The walk knows positions and the node that the value at hand must pass. A value that must pass several (`allOf`,
//! `anyOf` …) is walked over once for each; how often that may happen is bounded.

mod logic;
mod scalar;

use super::listen::{Listener, Part, Stop};
use super::program::{ANY, Id, Kinds, List, NEVER, NOTHING, Node, Shape, Tables};
use super::scan::{self, MAX_DEPTH, Quoted};
use super::seen::{Known, Strangers};
use super::text;

/// The position behind what was walked over.
pub(super) type Step = Result<usize, Stop>;

/// A walk over one payload.
pub(super) struct Walk<'w, L> {
    tables: &'w Tables,
    payload: &'w str,
    bytes: &'w [u8],
    pub(super) listener: L,
    /// What has been done more than once, in steps of a few bytes.
    effort: usize,
    /// How many nodes are entered that ask something of the same value, one within the other.
    hops: u32,
}

/// Entering a node that asks something more of the value at hand may be nested this deep over a whole payload.
const MAX_HOPS: u32 = 300;

impl<'w, L: Listener> Walk<'w, L> {
    pub(super) fn new(tables: &'w Tables, payload: &'w str, listener: L) -> Self {
        Self { tables, payload, bytes: payload.as_bytes(), listener, effort: 0, hops: 0 }
    }

    /// The whole payload.
    pub(super) fn whole(&mut self, root: Id) -> Result<(), Stop> {
        let start = scan::blanks(self.bytes, 0);
        let end = self.value(root, start, 0)?;
        let end = scan::blanks(self.bytes, end);
        if end == self.bytes.len() {
            return Ok(());
        }
        let left = self.bytes.len() - end;
        Err(self.listener.broken(end, || match left {
            1 => "1 byte is left over after the value".into(),
            _ => format!("{left} bytes are left over after the value"),
        }))
    }

    /// The value at `at`, which must pass `node`.
    #[inline]
    fn value(&mut self, id: Id, at: usize, depth: u32) -> Step {
        let tables = self.tables;
        let node = tables.node(id);
        if node.deep { self.deep_value(id, at, depth) } else { self.plain_value(node, at, depth) }
    }

    /// The same for what the node asks of the kind of value and of what is particular to it.
    #[inline(always)]
    fn plain_value(&mut self, node: &'w Node, at: usize, depth: u32) -> Step {
        match scan::byte(self.bytes, at) {
            b'"' => self.text(node, at),
            b'{' if node.kinds.meets(Kinds::OBJECT) => self.object(node.object, at, depth),
            b'-' | b'0'..=b'9' => self.number(node, at),
            b'[' if node.kinds.meets(Kinds::ARRAY) => self.array(node.array, at, depth),
            b't' | b'f' | b'n' => self.name(node, at),
            b'{' => self.wrong_container(node, at, depth, "an object"),
            b'[' => self.wrong_container(node, at, depth, "an array"),
            _ => Err(self.no_value(at)),
        }
    }

    #[cold]
    fn wrong_container(&mut self, node: &Node, at: usize, depth: u32, found: &str) -> Step {
        self.wrong_kind(node, at, found)?;
        self.value(ANY, at, depth)
    }

    #[cold]
    fn no_value(&mut self, at: usize) -> Stop {
        let missing = at >= self.bytes.len();
        self.listener.broken(at, || match missing {
            true => "the payload ends where a value must stand".into(),
            false => "a value must stand here, and this is none".into(),
        })
    }

    // === Objects ===

    fn object(&mut self, shape_id: u32, start: usize, depth: u32) -> Step {
        let tables = self.tables;
        let Some(shape) = tables.objects.get(shape_id as usize) else { return Err(Stop::Undecided) };
        self.nest(start, depth)?;
        let mut seen = Known::default();
        let mut strangers = None;
        let mut count = 0;
        let mut expected = 0;
        let mut at = scan::blanks(self.bytes, start + 1);
        if scan::byte(self.bytes, at) == b'}' {
            at += 1;
        } else {
            loop {
                if scan::byte(self.bytes, at) != b'"' {
                    return Err(self.broken(at, "the name of a member in double quotes must stand here"));
                }
                let key = at;
                let (name, property) = match shape.names.expect(expected, self.bytes, key + 1) {
                    Some(end) => {
                        at = end + 2;
                        (Quoted { start: key + 1, end, escaped: false }, Some(expected))
                    }
                    None => {
                        let (name, property) = self.name_of_member(shape, key)?;
                        at = self.colon(name.end + 1)?;
                        (name, property)
                    }
                };
                at = scan::blanks(self.bytes, at);
                if shape.names_node != ANY {
                    self.check_name(shape.names_node, key, depth)?;
                }
                at = match property {
                    Some(index) => {
                        self.listener.enter(Part::Known { shape: shape_id, index: index as u32 });
                        if seen.see(index) {
                            return Err(self.repeated(key));
                        }
                        expected = index + 1;
                        let node = shape.nodes.get(index).copied().unwrap_or(NEVER);
                        let next = if node == NEVER {
                            self.unwanted(key, at, depth)?
                        } else {
                            self.value(node, at, depth + 1)?
                        };
                        self.listener.leave();
                        next
                    }
                    None => {
                        let strangers = strangers.get_or_insert_with(Strangers::default);
                        if self.is_repeated(strangers, name) {
                            return Err(self.repeated(key));
                        }
                        self.listener.enter(Part::Member(count as u32));
                        let next = self.stranger(shape, key, name, at, depth)?;
                        self.listener.leave();
                        next
                    }
                };
                count += 1;
                if L::COUNTS {
                    self.effort += 1;
                }
                match self.behind(at, b'}', "a comma or the closing brace must follow a member")? {
                    (next, true) => at = next,
                    (end, false) => {
                        at = end;
                        break;
                    }
                }
            }
        }
        if !seen.has_all(&shape.required) || shape.names.len() > 128 {
            self.missing(shape, &seen, start)?;
        }
        if (count as u64) < shape.least || count as u64 > shape.most {
            self.listener.violation(start, || amount(count, shape.least, shape.most, "propert", "y", "ies"))?;
        }
        if !shape.dependents.is_empty() {
            self.dependents(shape, &seen, start, depth)?;
        }
        Ok(at)
    }

    /// Past the colon behind a name.
    #[inline(always)]
    fn colon(&mut self, at: usize) -> Step {
        if scan::byte(self.bytes, at) == b':' {
            return Ok(at + 1);
        }
        let at = scan::blanks(self.bytes, at);
        if scan::byte(self.bytes, at) == b':' {
            return Ok(at + 1);
        }
        Err(self.broken(at, "a colon must follow the name of a member"))
    }

    /// Where to go on behind a member or an item, and whether there is another.
    #[inline(always)]
    fn behind(&mut self, at: usize, closing: u8, what: &str) -> Result<(usize, bool), Stop> {
        let byte = scan::byte(self.bytes, at);
        if byte == b',' {
            return Ok((scan::blanks(self.bytes, at + 1), true));
        }
        if byte == closing {
            return Ok((at + 1, false));
        }
        let at = scan::blanks(self.bytes, at);
        match scan::byte(self.bytes, at) {
            b',' => Ok((scan::blanks(self.bytes, at + 1), true)),
            byte if byte == closing => Ok((at + 1, false)),
            _ => Err(self.broken(at, what)),
        }
    }

    /// One level deeper, as far as that goes.
    #[inline(always)]
    fn nest(&mut self, at: usize, depth: u32) -> Result<(), Stop> {
        if depth >= MAX_DEPTH {
            return Err(self.listener.broken(at, || format!("the value nests deeper than {MAX_DEPTH} levels")));
        }
        if L::COUNTS {
            self.effort += 1;
        }
        Ok(())
    }

    /// The name of a member other than the next one of the schema, and which property it is.
    #[inline]
    fn name_of_member(&mut self, shape: &Shape, key: usize) -> Result<(Quoted, Option<usize>), Stop> {
        let Some(name) = scan::text(self.bytes, key + 1) else { return Err(self.broken_text(key)) };
        let property = if name.escaped {
            shape.names.position(&text::content(self.payload, name))
        } else {
            shape.names.find(self.bytes, name.start, name.end)
        };
        Ok((name, property))
    }

    #[inline]
    fn is_repeated(&self, strangers: &mut Strangers, name: Quoted) -> bool {
        let payload = self.payload;
        let raw = |start: usize| match scan::text(payload.as_bytes(), start) {
            Some(other) => payload.get(start..other.end).unwrap_or_default(),
            None => "",
        };
        let digest = if name.escaped {
            let content = text::content(payload, name);
            text::digest(content.as_bytes(), 0, content.len())
        } else {
            text::digest(self.bytes, name.start, name.end)
        };
        let same = |other| text::same(raw(other), raw(name.start));
        strangers.see(digest, name.start, same, |place| text::resolved(raw(place)).into())
    }

    #[cold]
    fn repeated(&mut self, key: usize) -> Stop {
        self.listener.broken(key, || "the object has this member twice".into())
    }

    /// A property that must not be there.
    #[cold]
    fn unwanted(&mut self, key: usize, at: usize, depth: u32) -> Step {
        self.listener.violation(key, || "the schema allows no such property".into())?;
        self.value(ANY, at, depth + 1)
    }

    /// The value of a member that the schema does not know by name.
    #[inline]
    fn stranger(&mut self, shape: &'w Shape, key: usize, name: Quoted, at: usize, depth: u32) -> Step {
        let mut end = None;
        if !shape.patterns.is_empty() {
            let content = text::content(self.payload, name);
            for (pattern, node) in &shape.patterns {
                if pattern.is_match(&content) {
                    // What has been walked over once is walked over again.
                    self.again(end.is_some())?;
                    end = Some(match *node {
                        NEVER => self.unwanted(key, at, depth)?,
                        node => self.value(node, at, depth + 1)?,
                    });
                }
            }
        }
        match (end, shape.others) {
            (Some(end), _) => Ok(end),
            (None, NEVER) => self.unwanted(key, at, depth),
            (None, others) => self.value(others, at, depth + 1),
        }
    }

    #[cold]
    fn check_name(&mut self, node: Id, key: usize, depth: u32) -> Result<(), Stop> {
        if self.attempt(node, key, depth)?.is_none() {
            self.listener.violation(key, || "the schema allows no property of this name".into())?;
        }
        Ok(())
    }

    #[cold]
    fn missing(&mut self, shape: &Shape, seen: &Known, start: usize) -> Result<(), Stop> {
        for index in shape.required_list.iter().map(|index| *index as usize) {
            if !seen.has(index) {
                self.listener.violation(start, || format!("the property '{}' is missing", shape.names.get(index)))?;
            }
        }
        Ok(())
    }

    fn dependents(&mut self, shape: &Shape, seen: &Known, start: usize, depth: u32) -> Result<(), Stop> {
        for dependent in shape.dependents.iter().filter(|dependent| seen.has(dependent.property as usize)) {
            for required in dependent.required.iter().filter(|required| !seen.has(**required as usize)) {
                let name = |index: u32| shape.names.get(index as usize);
                self.listener.violation(start, || {
                    let (property, required) = (name(dependent.property), name(*required));
                    format!("the property '{required}' is missing, which '{property}' requires")
                })?;
            }
            if dependent.node != ANY {
                self.also(dependent.node, start, depth)?;
            }
        }
        Ok(())
    }

    // === Arrays ===

    fn array(&mut self, list_id: u32, start: usize, depth: u32) -> Step {
        let tables = self.tables;
        let Some(list) = tables.arrays.get(list_id as usize) else { return Err(Stop::Undecided) };
        self.nest(start, depth)?;
        let mut contained = 0;
        let mut items = list.unique.then(Strangers::default);
        let mut count = 0;
        let mut at = scan::blanks(self.bytes, start + 1);
        if scan::byte(self.bytes, at) == b']' {
            at += 1;
        } else {
            loop {
                let item = at;
                self.listener.enter(Part::Item(count as u32));
                at = match list.first.get(count).copied().unwrap_or(list.rest) {
                    NEVER => self.unwanted_item(at, depth)?,
                    node => self.value(node, at, depth + 1)?,
                };
                self.listener.leave();
                if let Some(contains) = &list.contains
                    && self.attempt(contains.node, item, depth + 1)?.is_some()
                {
                    contained += 1;
                }
                if let Some(items) = &mut items
                    && self.is_repeated_item(items, item)
                {
                    self.listener.violation(item, || "the array has this item twice".into())?;
                }
                count += 1;
                if L::COUNTS {
                    self.effort += 1;
                }
                match self.behind(at, b']', "a comma or the closing bracket must follow an item")? {
                    (next, true) => at = next,
                    (end, false) => {
                        at = end;
                        break;
                    }
                }
            }
        }
        self.array_amounts(list, count, contained, start)?;
        Ok(at)
    }

    #[inline(always)]
    fn array_amounts(&mut self, list: &List, count: usize, contained: u64, start: usize) -> Result<(), Stop> {
        if (count as u64) < list.least || count as u64 > list.most {
            self.listener.violation(start, || amount(count, list.least, list.most, "item", "", "s"))?;
        }
        if let Some(contains) = &list.contains
            && !(contains.least..=contains.most).contains(&contained)
        {
            self.listener.violation(start, || format!("{contained} items are such as 'contains' asks for"))?;
        }
        Ok(())
    }

    #[cold]
    fn unwanted_item(&mut self, at: usize, depth: u32) -> Step {
        self.listener.violation(at, || "the schema allows no item here".into())?;
        self.value(ANY, at, depth + 1)
    }

    // === Failing ===

    #[cold]
    fn broken(&mut self, at: usize, what: &str) -> Stop {
        let missing = at >= self.bytes.len();
        self.listener.broken(at, || match missing {
            true => format!("the payload ends, and {what}"),
            false => what.into(),
        })
    }

    #[cold]
    fn broken_text(&mut self, at: usize) -> Stop {
        let (at, what) = scan::text_fault(self.bytes, at);
        self.listener.broken(at, || what.into())
    }

    #[cold]
    fn wrong_kind(&mut self, node: &Node, at: usize, found: &str) -> Result<(), Stop> {
        self.listener.violation(at, || match node.values {
            NOTHING => format!("{} is required, and this is {found}", words(node.kinds)),
            _ => "the value is none of those that the schema lists".into(),
        })
    }
}

/// `text or null`.
fn words(kinds: Kinds) -> String {
    let number = if kinds.meets(Kinds::FRACTION) { "a number" } else { "an integer" };
    let all = [
        (Kinds::TEXT, "text"),
        (Kinds::NUMBER, number),
        (Kinds::BOOLEAN, "true or false"),
        (Kinds::OBJECT, "an object"),
        (Kinds::ARRAY, "an array"),
        (Kinds::NULL, "null"),
    ];
    let words: Vec<&str> = all.iter().filter(|(kind, _)| kinds.meets(*kind)).map(|(_, word)| *word).collect();
    match words.as_slice() {
        [] => "nothing".into(),
        words => words.join(" or "),
    }
}

/// What is said of too few or too many.
fn amount(count: usize, least: u64, most: u64, stem: &str, one: &str, many: &str) -> String {
    let things = |number: u64| format!("{number} {stem}{}", if number == 1 { one } else { many });
    match (count as u64) < least {
        true => format!("at least {} must stand here, and there are {count}", things(least)),
        false => format!("at most {} may stand here, and there are {count}", things(most)),
    }
}
