//! How does a schema become a program?
//!
//! Every schema that a value can meet becomes one node, a reference becomes the node that it leads to, and so schemas
//! may contain themselves. Whatever a node can't express sends the whole schema to the slow form, with the reason.

mod object;
mod scalar;
mod survey;
mod unevaluated;

pub(super) use scalar::size_of;

use std::collections::HashMap;

use super::super::tree::{Draft, Schema, Site, reference_of};
use super::bundle;
use super::matcher::Matcher;
use super::program::{ANY, Choice, Condition, Id, Kinds, List, Logic, NEVER, NOTHING, Node, SEVERAL, Shape, Tables};
use super::program::{Contains, NumberRules, TextRules, Values};
use crate::json::{self, Value};

/// What came out.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) tables: Tables,
    pub(super) root: Id,
    /// Why the program does not say what the schema says.
    pub(super) unfit: Option<String>,
    /// Why the program says it slowly although it does.
    pub(super) slow: Option<String>,
    /// Whether a walk may end without a verdict.
    pub(super) may_be_undecided: bool,
    /// How many nodes at most ask something of the same value, one because of the other.
    pub(super) longest: u32,
}

pub(super) fn compile(schema: &Schema) -> Compiled {
    let mut compiler = Compiler::new(schema);
    let root = compiler.site(schema.at_root());
    while let Some((id, site)) = compiler.waiting.pop() {
        compiler.fill(id, site);
    }
    compiler.finish(root)
}

struct Compiler<'s> {
    schema: &'s Schema,
    nodes: Vec<Node>,
    texts: Vec<TextRules>,
    numbers: Vec<NumberRules>,
    values: Vec<Values>,
    objects: Vec<Shape>,
    arrays: Vec<List>,
    logics: Vec<Logic>,
    /// The node of each schema, by where it stands in memory.
    known: HashMap<usize, Id>,
    waiting: Vec<(Id, Site<'s>)>,
    patterns: HashMap<String, Matcher>,
    formats: HashMap<(String, Draft), Option<Matcher>>,
    draft: Draft,
    unfit: Option<String>,
    slow: Option<String>,
    may_be_undecided: bool,
    /// Whether references that depend on where they were come from are plain ones nevertheless.
    has_plain_references: bool,
    /// How often a name was compared with a pattern.
    comparisons: usize,
    /// How many schemas and names were looked at because of `unevaluatedProperties`.
    looks: usize,
}

/// How many references may lead to one another before it is sure that they lead nowhere.
const MAX_REFERENCES: usize = 1000;

/// What may stand beside a reference without asking anything.
const SILENT: [&str; 14] = [
    "$ref",
    "$schema",
    "$id",
    "$anchor",
    "$comment",
    "$defs",
    "definitions",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
];

impl<'s> Compiler<'s> {
    fn new(schema: &'s Schema) -> Self {
        Self {
            schema,
            nodes: vec![Node::ANY, Node::NEVER],
            texts: Vec::new(),
            numbers: Vec::new(),
            values: Vec::new(),
            objects: vec![Shape::default()],
            arrays: vec![List::default()],
            logics: Vec::new(),
            known: HashMap::new(),
            waiting: Vec::new(),
            patterns: HashMap::new(),
            formats: HashMap::new(),
            draft: schema.draft(schema.at_root()),
            unfit: None,
            slow: None,
            may_be_undecided: false,
            has_plain_references: bundle::has_plain_references(schema),
            comparisons: 0,
            looks: 0,
        }
    }

    /// The node of a schema, which may have to wait until it is filled.
    fn site(&mut self, mut site: Site<'s>) -> Id {
        for _ in 0..MAX_REFERENCES {
            match &site.node.value {
                Value::Bool(true) => return ANY,
                Value::Bool(false) => return NEVER,
                Value::Object(members) if members.is_empty() => return ANY,
                Value::Object(_) => {}
                // The parser leaves none where it means something.
                _ => return ANY,
            }
            let Some(reference) = self.plain_reference(site) else { return self.id(site) };
            match self.schema.follow(site, reference) {
                Some(target) => site = target,
                None => {
                    self.unfit("a reference that leads nowhere");
                    return ANY;
                }
            }
        }
        self.unfit("references that lead to themselves");
        ANY
    }

    fn id(&mut self, site: Site<'s>) -> Id {
        let address = std::ptr::from_ref(site.node) as usize;
        if let Some(id) = self.known.get(&address) {
            return *id;
        }
        let id = self.add(Node::ANY);
        self.known.insert(address, id);
        self.waiting.push((id, site));
        id
    }

    /// A reference that is all there is to a schema.
    fn plain_reference(&self, site: Site<'s>) -> Option<&'s str> {
        let reference = reference_of(site.node)?;
        let alone = || site.node.members().is_some_and(|all| all.iter().all(|one| SILENT.contains(&&*one.key)));
        (self.schema.draft(site) <= Draft::Draft7 || alone()).then_some(reference)
    }

    fn fill(&mut self, id: Id, site: Site<'s>) {
        let schema = Keywords { node: site.node, site, draft: self.schema.draft(site) };
        if (schema.draft == Draft::Draft4) != (self.draft == Draft::Draft4) {
            self.unfit("draft 4 together with a later draft");
        }
        let mut node = Node { kinds: self.kinds(schema), ..Node::ANY };
        node.text = self.text_rules(schema);
        node.number = self.number_rules(schema);
        node.object = self.shape(schema);
        node.array = self.list(schema);
        self.listed(schema, &mut node);
        self.unknown_to_us(schema);
        let logic = self.logic(schema);
        self.set(id, node, logic);
    }

    fn set(&mut self, id: Id, mut node: Node, mut logic: Logic) {
        let silent =
            logic.all.is_empty() && logic.choices.is_empty() && logic.not.is_empty() && logic.condition.is_none();
        if !silent {
            self.may_be_undecided = true;
            let asks_nothing = Node { kinds: Kinds::ALL, ..node }.is_any();
            logic.asks_kind_only = asks_nothing;
            let only = logic.all.is_empty() && logic.not.is_empty() && logic.condition.is_none();
            logic.is_choice = node.is_any() && only && logic.choices.len() == 1;
            self.logics.push(logic);
            node.logic = place(&self.logics);
        }
        node.deep |= !silent;
        if let Some(slot) = self.nodes.get_mut(id as usize) {
            *slot = node;
        }
    }

    fn add(&mut self, node: Node) -> Id {
        self.nodes.push(node);
        place(&self.nodes)
    }

    /// A node that asks for all that several ask for.
    fn all_of(&mut self, mut ids: Vec<Id>) -> Id {
        ids.retain(|id| *id != ANY);
        ids.sort_unstable();
        ids.dedup();
        match ids.as_slice() {
            [] => ANY,
            [one] => *one,
            _ if ids.contains(&NEVER) => NEVER,
            _ => {
                let id = self.add(Node::ANY);
                self.set(id, Node::ANY, Logic { all: ids.into(), ..Logic::default() });
                id
            }
        }
    }

    // === What else a value must pass ===

    fn logic(&mut self, schema: Keywords<'s>) -> Logic {
        let mut all = self.list_of(schema, "allOf");
        for (keyword, since) in
            [("$ref", Draft::Draft2019), ("$recursiveRef", Draft::Draft2019), ("$dynamicRef", Draft::Draft2020)]
        {
            let Some(reference) = schema.node.get(keyword).filter(|_| schema.draft >= since) else { continue };
            match reference.text().and_then(|reference| self.schema.follow(schema.site, reference)) {
                Some(target) => all.push(self.site(target)),
                None => self.unfit("a reference that leads nowhere"),
            }
        }
        all.retain(|id| *id != ANY);
        let mut choices = Vec::new();
        for (keyword, exclusive) in [("anyOf", false), ("oneOf", true)] {
            let branches: Box<[Id]> = self.list_of(schema, keyword).into();
            if !branches.is_empty() {
                choices.push(Choice { branches, exclusive, by_kind: [SEVERAL; 7] });
            }
        }
        let not = self.one_of(schema, "not").map(|id| vec![id]).unwrap_or_default();
        let condition = (schema.draft >= Draft::Draft7).then(|| self.condition(schema)).flatten();
        Logic { all: all.into(), choices: choices.into(), not: not.into(), condition, ..Logic::default() }
    }

    fn condition(&mut self, schema: Keywords<'s>) -> Option<Condition> {
        let premise = self.one_of(schema, "if");
        let then = self.one_of(schema, "then").unwrap_or(ANY);
        let otherwise = self.one_of(schema, "else").unwrap_or(ANY);
        let premise = premise?;
        (then != ANY || otherwise != ANY).then_some(Condition { premise, then, otherwise })
    }

    /// The schema that is the value of a keyword.
    fn one_of(&mut self, schema: Keywords<'s>, keyword: &str) -> Option<Id> {
        let node = schema.node.get(keyword)?;
        let is_schema = matches!(node.value, Value::Object(_) | Value::Bool(_));
        is_schema.then(|| self.site(self.schema.within(schema.site, node)))
    }

    /// The schemas that are the value of a keyword.
    fn list_of(&mut self, schema: Keywords<'s>, keyword: &str) -> Vec<Id> {
        let items = schema.node.get(keyword).and_then(json::Node::list).unwrap_or_default();
        items.iter().map(|item| self.site(self.schema.within(schema.site, item))).collect()
    }

    // === Arrays ===

    fn list(&mut self, schema: Keywords<'s>) -> u32 {
        let mut list = List::default();
        let mut asks = false;
        let (first, rest) = match schema.node.get("items") {
            Some(items) if items.list().is_some() && schema.draft < Draft::Draft2020 => ("items", "additionalItems"),
            _ if schema.draft >= Draft::Draft2020 => ("prefixItems", "items"),
            _ => ("", "items"),
        };
        list.first = self.list_of(schema, first).into();
        asks |= !list.first.is_empty();
        if let Some(id) = self.one_of(schema, rest) {
            list.rest = id;
            asks |= id != ANY;
        } else if schema.node.get("unevaluatedItems").is_some() && self.evaluates_items_in_place(schema) {
            list.rest = self.one_of(schema, "unevaluatedItems").unwrap_or(ANY);
            asks = true;
        }
        asks |= self.sizes(schema, "minItems", "maxItems", &mut list.least, &mut list.most);
        if schema.draft >= Draft::Draft6
            && let Some(node) = self.one_of(schema, "contains")
        {
            let (mut least, mut most) = (1, u64::MAX);
            if schema.draft >= Draft::Draft2019 {
                self.sizes(schema, "minContains", "maxContains", &mut least, &mut most);
            }
            list.contains = Some(Contains { node, least, most });
            self.may_be_undecided = true;
            asks = true;
        }
        list.unique = schema.node.get("uniqueItems").is_some_and(|node| node.value == Value::Bool(true));
        if !asks && !list.unique {
            return 0;
        }
        self.arrays.push(list);
        place(&self.arrays)
    }

    // === What we can't do ===

    /// Keywords that only the slow form understands.
    fn unknown_to_us(&mut self, schema: Keywords<'s>) {
        let has = |keyword: &str| schema.node.get(keyword).is_some();
        let later = schema.draft >= Draft::Draft2019;
        for (keyword, matters) in [
            ("$dynamicRef", schema.draft >= Draft::Draft2020 && !self.has_plain_references),
            ("$recursiveRef", schema.draft >= Draft::Draft2019 && !self.has_plain_references),
            ("contentMediaType", matches!(schema.draft, Draft::Draft6 | Draft::Draft7)),
            ("contentEncoding", matches!(schema.draft, Draft::Draft6 | Draft::Draft7)),
            ("unevaluatedItems", later && !self.evaluates_items_in_place(schema)),
        ] {
            if matters && has(keyword) {
                self.unfit(&format!("the keyword '{keyword}'"));
            }
        }
    }

    fn unfit(&mut self, reason: &str) {
        self.unfit.get_or_insert_with(|| reason.to_owned());
    }
}

/// A schema that is an object, and the dialect it is written in.
#[derive(Debug, Clone, Copy)]
struct Keywords<'s> {
    node: &'s json::Node,
    site: Site<'s>,
    draft: Draft,
}

/// The place of the last entry of a table. Tables are no longer than the text of the schema.
fn place<T>(table: &[T]) -> u32 {
    u32::try_from(table.len()).map_or(NOTHING, |length| length.wrapping_sub(1))
}
