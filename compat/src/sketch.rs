//! What does a payload look like, with nothing of its values? The tree of its fields, and where in it something is wrong.
//!
//! A sketch is drawn of broken payloads too, as far as they can be read. It is small, however large the payload: of lists
//! a few items are drawn, and what is at fault always.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use crate::contract::Metadata;
use crate::format::Parsed;
use crate::model::{Form, Model, TypeId};
use crate::outline::Outline;
use crate::validator::Payload;
use crate::view::{Cell, NONE, Node, NodeId, View, ViewReader, Wants};

/// How many values are drawn that nothing is wrong with.
const MOST_VALUES: usize = 120;

/// How many items of one list are.
const FEW_ITEMS: usize = 3;

/// How deep it goes.
const MOST_DEPTH: usize = 24;

/// How many faults are marked.
const MOST_FAULTS: usize = 32;

/// A value of a payload, masked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sketch {
    /// The name of the field as the schema has it; `[2]` for an item of a list, `{2}` for an entry of a map or a member that
    /// the schema does not know, whose names are content. Empty for the whole.
    pub name: Arc<str>,
    /// What kind of value it is, and how long: `string(12)`, `int`, `record`, `list(3)`; `hidden` where not even this is
    /// shown, `absent` where nothing stands, `unreadable` where it could not be read, `unknown` for what the schema does not
    /// know.
    pub mask: Arc<str>,
    /// The rules that it breaks.
    pub rules: Vec<Arc<str>>,
    /// The fields, items or entries in it. Of lists and maps only the first and those at fault.
    pub inner: Vec<Sketch>,
}

/// Draws payloads of one schema.
pub struct Sketcher {
    model: Model,
    wants: Wants,
    reader: Box<dyn ViewReader>,
    /// The paths without positions that the outline knows, and those of them that are hidden.
    known: HashSet<Box<str>>,
    hidden: HashSet<Box<str>>,
    /// Fields that have a tag by which they are hidden.
    tagged: HashSet<(TypeId, usize)>,
}

impl fmt::Debug for Sketcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sketcher").field("paths", &self.known.len()).finish_non_exhaustive()
    }
}

impl Parsed {
    /// Draws payloads of this schema. Of fields that have one of the tags that are meant nothing is shown, nor of what is in
    /// them, whether the text has the tag or the metadata of the contract.
    pub fn sketcher(&self, metadata: Option<&Metadata>, is_meant: impl Fn(&str) -> bool) -> Sketcher {
        let outline = self.outline();
        let (known, hidden) = self.hidden(&outline, metadata, &is_meant);
        let mut model = self.model();
        if let Some(metadata) = metadata {
            model.add_tags(metadata);
        }
        let has_tag = |tags: &[Box<str>]| tags.iter().any(|tag| is_meant(tag));
        let tagged = model.fields().filter(|(.., field)| has_tag(&field.tags)).map(|(of, at, _)| (of, at)).collect();
        let mut wants = Wants::default();
        for root in model.roots.clone() {
            wants.want_all(&model, root);
        }
        let reader = self.view_reader(&model, &wants);
        Sketcher { model, wants, reader, known, hidden, tagged }
    }

    fn hidden(
        &self,
        outline: &Outline,
        metadata: Option<&Metadata>,
        is_meant: &impl Fn(&str) -> bool,
    ) -> (HashSet<Box<str>>, HashSet<Box<str>>) {
        let by_metadata = metadata.map(|metadata| self.tagged(outline, metadata, is_meant)).unwrap_or_default();
        let mut is_hidden = vec![false; outline.elements.len()];
        let (mut known, mut hidden) = (HashSet::new(), HashSet::new());
        for (at, element) in outline.elements.iter().enumerate() {
            // Parents come first.
            let is_within = element.parent.and_then(|parent| is_hidden.get(parent)) == Some(&true);
            let is_tagged = by_metadata.get(at) == Some(&true) || element.tags.iter().any(|tag| is_meant(tag));
            if let Some(place) = is_hidden.get_mut(at) {
                *place = is_within || is_tagged;
            }
            // Some formats tell a list by its items: in paths both are the same here.
            let path = element.path.trim_end_matches(['[', ']', '{', '}']);
            known.insert(path.into());
            // What has no path of its own is told by what is in it.
            if (is_within || is_tagged) && !path.is_empty() {
                hidden.insert(path.into());
            }
        }
        (known, hidden)
    }
}

impl Sketcher {
    /// Draws a payload. Faults are the paths of values, as flaws and failures tell them, with the rules that they break; one
    /// whose path leads nowhere is marked where the way ends.
    pub fn sketch(&self, payload: Payload<'_>, faults: &[(&str, &str)]) -> Sketch {
        let mut view = View::default();
        let missing = if self.reader.read(payload, &mut view).is_ok() { "absent" } else { "unreadable" };
        let faults = faults.iter().take(MOST_FAULTS).map(|(path, rule)| Fault { rest: path, rule }).collect();
        let mut drawing = Drawing { of: self, view: &view, payload: payload.bytes, missing, left: MOST_VALUES };
        let spot = Spot { name: "", path: "", is_hidden: false, depth: 0 };
        drawing.value(view.get(0), &spot, faults)
    }
}

/// What is left of the way to a value at fault.
#[derive(Debug, Clone, Copy)]
struct Fault<'f> {
    rest: &'f str,
    rule: &'f str,
}

/// Where a value is.
#[derive(Debug, Clone, Copy)]
struct Spot<'s> {
    name: &'s str,
    /// The path as in outlines.
    path: &'s str,
    is_hidden: bool,
    depth: usize,
}

struct Drawing<'d> {
    of: &'d Sketcher,
    view: &'d View,
    payload: &'d [u8],
    /// What is said of values that are not there.
    missing: &'static str,
    /// How many may still be drawn.
    left: usize,
}

impl Drawing<'_> {
    fn value(&mut self, node: Node, spot: &Spot<'_>, faults: Vec<Fault<'_>>) -> Sketch {
        self.left = self.left.saturating_sub(1);
        let mut sketch = Sketch { name: spot.name.into(), ..Sketch::default() };
        if spot.is_hidden || spot.depth > MOST_DEPTH {
            sketch.mask = if spot.is_hidden { "hidden".into() } else { self.mask(node).into() };
            sketch.mark(faults);
            return sketch;
        }
        sketch.mask = self.mask(node).into();
        let (here, inside) = faults.into_iter().partition(|fault| fault.rest.is_empty());
        sketch.mark(here);
        match node.cell {
            Cell::Record { first } => self.fields(&mut sketch, node.of, first, spot, inside),
            Cell::List { first, .. } => self.items(&mut sketch, first, false, spot, inside),
            Cell::Map { first, .. } => self.items(&mut sketch, first, true, spot, inside),
            _ => sketch.mark(inside),
        }
        sketch
    }

    fn fields(&mut self, sketch: &mut Sketch, of: TypeId, first: NodeId, spot: &Spot<'_>, faults: Vec<Fault<'_>>) {
        let fields = self.of.model.record(of).map(|record| record.fields.as_slice()).unwrap_or_default();
        // A name may be the beginning of another.
        let holder = |fault: &Fault<'_>| {
            let leads = fields.iter().enumerate().filter(|(_, field)| fault.within(&field.name).is_some());
            leads.max_by_key(|(_, field)| field.name.len()).map(|(at, _)| at)
        };
        let held: Vec<(Option<usize>, Fault<'_>)> = faults.into_iter().map(|fault| (holder(&fault), fault)).collect();
        for (at, field) in fields.iter().enumerate() {
            let own = held.iter().filter(|(holder, _)| *holder == Some(at));
            let own: Vec<Fault<'_>> = own.filter_map(|(_, fault)| fault.within(&field.name)).collect();
            let node = self.of.wants.slot(of, at).map(|slot| self.view.get(first + slot));
            let is_there = node.is_some_and(|node| node.cell != Cell::Absent);
            if own.is_empty() && (self.left == 0 || !is_there) {
                continue;
            }
            let path =
                if spot.path.is_empty() { field.name.to_string() } else { format!("{}.{}", spot.path, field.name) };
            let is_hidden = self.is_hidden(&path) || self.of.tagged.contains(&(of, at));
            let spot = Spot { name: &field.name, path: &path, is_hidden, depth: spot.depth + 1 };
            sketch.inner.push(self.value(node.unwrap_or(NOTHING), &spot, own));
        }
        let (strange, lost): (Vec<Fault<'_>>, _) = held
            .into_iter()
            .filter(|(holder, _)| holder.is_none())
            .map(|(_, fault)| fault)
            .partition(|fault| fault.position('{', '}').is_some());
        for fault in strange {
            let name = fault.position('{', '}').map_or(fault.rest, |(name, ..)| name);
            let mut inner = Sketch { name: name.into(), mask: "unknown".into(), ..Sketch::default() };
            inner.mark(vec![fault]);
            sketch.inner.push(inner);
        }
        sketch.mark(lost);
    }

    fn items(&mut self, sketch: &mut Sketch, first: NodeId, is_map: bool, spot: &Spot<'_>, faults: Vec<Fault<'_>>) {
        let path = format!("{}{}", spot.path, if is_map { "{}" } else { "[]" });
        let is_hidden = self.is_hidden(&path);
        let (placed, lost): (Vec<_>, Vec<_>) =
            faults.into_iter().map(|fault| (fault.entry(is_map), fault)).partition(|(at, _)| at.is_some());
        let placed: Vec<(usize, Fault<'_>)> = placed.into_iter().filter_map(|(at, _)| at).collect();
        sketch.mark(lost.into_iter().map(|(_, fault)| fault).collect());
        let last = placed.iter().map(|(at, _)| at + 1).max().unwrap_or(0).max(FEW_ITEMS);
        let (mut at, mut index) = (first, 0);
        while at != NONE && index < last {
            // In maps keys and values take turns.
            let item = if is_map { self.view.get(at).next } else { at };
            let own: Vec<Fault<'_>> =
                placed.iter().filter(|(place, _)| *place == index).map(|(_, fault)| *fault).collect();
            if !own.is_empty() || (index < FEW_ITEMS && self.left > 0) {
                let name = if is_map { format!("{{{index}}}") } else { format!("[{index}]") };
                let spot = Spot { name: &name, path: &path, is_hidden, depth: spot.depth + 1 };
                sketch.inner.push(self.value(self.view.get(item), &spot, own));
            }
            (at, index) = (self.view.get(item).next, index + 1);
        }
        sketch.mark(placed.into_iter().filter(|(at, _)| *at >= index).map(|(_, fault)| fault).collect());
    }

    /// Whether nothing is shown of the values at a path. One that nobody knows may lead to anything.
    fn is_hidden(&self, path: &str) -> bool {
        let path = path.trim_end_matches(['[', ']', '{', '}']);
        self.of.hidden.contains(path) || (!self.of.hidden.is_empty() && !self.of.known.contains(path))
    }

    fn mask(&self, node: Node) -> String {
        let length = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).chars().count();
        match node.cell {
            Cell::Absent => self.missing.to_owned(),
            Cell::Null => "null".to_owned(),
            Cell::Boolean(_) => "boolean".to_owned(),
            Cell::Int(_) | Cell::Unsigned(_) => "int".to_owned(),
            Cell::Float(_) => "float".to_owned(),
            Cell::Text { start, end } => {
                format!("string({})", length(self.payload.get(start as usize..end as usize)))
            }
            Cell::Told { start, end } => {
                format!("string({})", length(self.view.texts.as_bytes().get(start as usize..end as usize)))
            }
            Cell::Bytes { start, end } => format!("bytes({})", end.saturating_sub(start)),
            Cell::Symbol(_) => "enum".to_owned(),
            Cell::Time { .. } if matches!(self.of.model.get(node.of), Form::Duration) => "duration".to_owned(),
            Cell::Time { .. } => "timestamp".to_owned(),
            Cell::List { count, .. } => format!("list({count})"),
            Cell::Map { count, .. } => format!("map({count})"),
            Cell::Record { .. } => "record".to_owned(),
        }
    }
}

/// A value that is not there.
const NOTHING: Node = Node { cell: Cell::Absent, of: TypeId::MAX, next: NONE };

impl<'f> Fault<'f> {
    /// The same as seen from within a field, if the way leads there.
    fn within(self, name: &str) -> Option<Self> {
        let rest = self.rest.strip_prefix(name)?;
        let rest = match rest.strip_prefix('.') {
            Some(rest) => rest,
            None if rest.is_empty() || rest.starts_with(['[', '{']) => rest,
            None => return None,
        };
        Some(Self { rest, ..self })
    }

    /// The position with which the way begins: as it is told, as a number, and what is left behind it.
    fn position(self, open: char, close: char) -> Option<(&'f str, usize, &'f str)> {
        let number = self.rest.strip_prefix(open)?;
        let end = number.find(close)?;
        let at = number.get(..end)?.parse().ok()?;
        let (name, rest) = self.rest.split_at_checked(end + 2)?;
        Some((name, at, rest.strip_prefix('.').unwrap_or(rest)))
    }

    /// Which item or entry the way leads to, and the same as seen from within it. Some tell entries as items.
    fn entry(self, is_map: bool) -> Option<(usize, Self)> {
        let entry = if is_map { self.position('{', '}') } else { None };
        entry.or_else(|| self.position('[', ']')).map(|(_, at, rest)| (at, Self { rest, ..self }))
    }
}

impl Sketch {
    fn mark(&mut self, faults: Vec<Fault<'_>>) {
        for fault in faults {
            if self.rules.iter().all(|rule| **rule != *fault.rule) {
                self.rules.push(fault.rule.into());
            }
        }
    }
}
