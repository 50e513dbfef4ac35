//! Does every schema that can come to judge something make sense, and does every reference lead to one?

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::super::tree::{Draft, Known, Role, Roots, Schema, Target, descend, each_subschema, pointer};
use super::circles::Circles;
use super::patterns::Patterns;
use super::{Malformed, Node, Strictness, Value, keywords, shown};

/// How many schemas a text and its references may have that judge something.
const MAX_SCHEMAS: usize = 100_000;

/// Walks from the root over everything that can be reached, and says where references lead.
pub(super) fn check(schema: &Schema, strictness: Strictness) -> Result<Known, Malformed> {
    let mut checker = Checker {
        schema,
        strict: strictness == Strictness::Strict,
        roots: Indexed { schema, members: RefCell::default() },
        known: Known::new(),
        seen: HashSet::new(),
        waiting: Vec::new(),
        circles: Circles::default(),
        patterns: Patterns::new(strictness),
    };
    checker.reachable()?;
    match checker.circles.find() {
        None => Ok(checker.known),
        Some(circle) => Err(refused(schema, circle.document, &circle.path, circle.message)),
    }
}

/// What is wrong at a place in one of the documents, as a refusal of the whole.
fn refused(schema: &Schema, document: usize, path: &[u32], message: String) -> Malformed {
    let root = schema.document(document);
    let path_text = root.map(|root| pointer(root, path)).unwrap_or_default();
    match document.checked_sub(1).and_then(|index| schema.documents.get(index)) {
        None => {
            let node = descend(&schema.root, path).unwrap_or(&schema.root);
            Malformed { message, span: Some(schema.source.span(node.extent)), path: Some(path_text) }
        }
        Some(document) => Malformed {
            message: format!("the referenced schema '{}' can't be used: {message} at #{path_text}", document.name),
            span: None,
            path: None,
        },
    }
}

/// One schema, by its document and the byte that it starts at.
pub(super) type Key = (usize, usize);

struct Checker<'s> {
    schema: &'s Schema,
    strict: bool,
    roots: Indexed<'s>,
    known: Known,
    seen: HashSet<Key>,
    /// What references lead to and the walk has not come to yet.
    waiting: Vec<Target>,
    circles: Circles,
    patterns: Patterns,
}

/// The schema that the walk is at.
#[derive(Clone, Copy)]
struct Place<'p> {
    document: usize,
    scope: usize,
    path: &'p [u32],
}

impl<'s> Checker<'s> {
    fn reachable(&mut self) -> Result<(), Malformed> {
        self.waiting.push(Target { document: 0, path: Box::default(), scope: 0 });
        while let Some(target) = self.waiting.pop() {
            let root = self.schema.document(target.document);
            let Some(node) = root.and_then(|root| descend(root, &target.path)) else { continue };
            self.schema(node, target.document, target.scope, &mut target.path.to_vec())?;
        }
        Ok(())
    }

    /// `path` leads to `node`; it is as before afterwards.
    fn schema(&mut self, node: &'s Node, document: usize, scope: usize, path: &mut Vec<u32>) -> Result<(), Malformed> {
        let key = (document, node.extent.start);
        if !self.seen.insert(key) {
            return Ok(());
        }
        let place = Place { document, scope, path };
        if self.seen.len() > MAX_SCHEMAS {
            return self.refuse(place, &[], format!("there are more than {MAX_SCHEMAS} schemas in this text"));
        }
        match &node.value {
            Value::Bool(_) => return Ok(()),
            Value::Object(_) => {}
            _ => {
                let message = format!("a schema is an object, true or false, not {}", node.what());
                return self.refuse(place, &[], message);
            }
        }
        let draft = self.schema.scopes.draft(scope);
        keywords::check(node, draft, &mut self.patterns)
            .map_err(|flaw| refused(self.schema, document, &[path.as_slice(), &flaw.path].concat(), flaw.message))?;
        self.references(node, draft, Place { document, scope, path })?;

        let mut inside = Vec::new();
        each_subschema(node, draft, &mut |role, step, inner| inside.push((role, step, inner)));
        for (role, step, inner) in inside {
            if role == Role::Definition && !(self.strict && document == 0) {
                continue;
            }
            if role == Role::Same {
                self.circles.same(key, (document, inner.extent.start), None);
            }
            let length = path.len();
            path.push(step.at);
            path.extend(step.inner);
            let scope = self.schema.scopes.entered(document, inner, scope);
            self.schema(inner, document, scope, path)?;
            path.truncate(length);
        }
        Ok(())
    }

    fn references(&mut self, node: &'s Node, draft: Draft, place: Place<'_>) -> Result<(), Malformed> {
        for (at, member) in (0..).zip(node.members().unwrap_or_default()) {
            let since = match member.key.as_str() {
                "$ref" => Draft::Draft4,
                "$recursiveRef" => Draft::Draft2019,
                "$dynamicRef" => Draft::Draft2020,
                _ => continue,
            };
            let Some(reference) = member.value.text().filter(|_| draft >= since) else { continue };
            let Some(target) = self.target(place.scope, reference) else {
                let message = self.leads_nowhere(place.scope, reference);
                return self.refuse(place, &[at], message);
            };
            let root = self.schema.document(target.document);
            let Some(node_there) = root.and_then(|root| descend(root, &target.path)) else {
                continue;
            };
            if !matches!(node_there.value, Value::Object(_) | Value::Bool(_)) {
                let (reference, what) = (shown(reference), node_there.what());
                let message = format!("'{reference}' leads to {what}, and a schema is an object, true or false");
                return self.refuse(place, &[at], message);
            }
            let from = (place.document, node.extent.start);
            let to = (target.document, node_there.extent.start);
            self.circles.same(from, to, Some((place.document, [place.path, &[at]].concat())));
            if !self.seen.contains(&to) {
                self.waiting.push(target);
            }
        }
        Ok(())
    }

    fn target(&mut self, scope: usize, reference: &str) -> Option<Target> {
        let key = (scope, reference.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Some(known.clone());
        }
        let target = self.schema.scopes.resolve(&self.roots, scope, reference)?;
        self.known.insert(key, target.clone());
        Some(target)
    }

    fn leads_nowhere(&self, scope: usize, reference: &str) -> String {
        let address = self.schema.scopes.address(scope, reference);
        let is_missing = !reference.starts_with('#') && !self.schema.scopes.has(&address);
        let is_remote = address.starts_with("http://") || address.starts_with("https://");
        let (reference, address) = (shown(reference), shown(&address));
        match reference.strip_prefix('#') {
            _ if is_missing && is_remote => format!(
                "'{reference}' is not among the references of this schema: add '{address}' as one, since remote \
                 schemas aren't fetched"
            ),
            _ if is_missing => format!("'{reference}' is not among the references of this schema: add it as one"),
            Some(name) if name.contains('/') && !name.starts_with('/') => {
                format!("'{reference}' leads nowhere; a JSON pointer begins with a slash: '#/{name}'")
            }
            _ => format!("'{reference}' leads nowhere"),
        }
    }

    fn refuse<T>(&self, place: Place<'_>, inner: &[u32], message: String) -> Result<T, Malformed> {
        Err(refused(self.schema, place.document, &[place.path, inner].concat(), message))
    }
}

/// The documents with the members of their large objects at hand: a text that points into the same object from a
/// thousand places must not search it a thousand times.
struct Indexed<'s> {
    schema: &'s Schema,
    members: RefCell<HashMap<Key, HashMap<&'s str, usize>>>,
}

/// From how many members on an object is large.
const LARGE: usize = 32;

impl<'s> Roots<'s> for Indexed<'s> {
    fn root(&self, document: usize) -> Option<&'s Node> {
        self.schema.document(document)
    }

    fn member(&self, object: &'s Node, document: usize, key: &str) -> Option<(usize, &'s Node)> {
        let members = object.members()?;
        let at = if members.len() < LARGE {
            members.iter().position(|member| member.key == key)?
        } else {
            let mut indexes = self.members.borrow_mut();
            let index = indexes
                .entry((document, object.extent.start))
                .or_insert_with(|| members.iter().zip(0..).map(|(member, at)| (member.key.as_str(), at)).collect());
            *index.get(key)?
        };
        members.get(at).map(|member| (at, &member.value))
    }
}
