//! What can a reference name, and where does it lead? Every document, every `$id`, every anchor, and JSON pointers from
//! each of these.

use std::collections::HashMap;

use super::subschemas::{each_subschema, reference_of};
use super::uri::{NOWHERE, decoded, resolve, split};
use super::{Document, Draft, Schema, descend};
use crate::json::{Node, Value};

/// The addresses of a schema and of the documents that it may refer to.
#[derive(Debug)]
pub(in super::super) struct Scopes {
    /// One for every schema with an address of its own: first the documents, in their order.
    scopes: Vec<Scope>,
    /// The scope that a subschema opens, by its document and the byte that it starts at.
    opened: HashMap<(usize, usize), usize>,
    /// What has a URI.
    named: HashMap<String, Target>,
    /// What has an anchor, by the scope that it holds in.
    anchored: HashMap<(usize, String), Target>,
    /// Why there are too many addresses, or one is too long.
    excess: Option<String>,
}

/// How many schemas may have a URI of their own, and how long one may be: a long one would stand before many.
const MAX_SCOPES: usize = 10_000;
const MAX_URI: usize = 2048;

/// A part of a document in which references are resolved against one URI.
#[derive(Debug)]
struct Scope {
    uri: String,
    draft: Draft,
    root: Target,
    /// Where the references that stand in it lead, found by the parser.
    known: HashMap<String, Target>,
}

/// Where references lead, by the scope that they stand in and their text.
pub(in super::super) type Known = HashMap<(usize, String), Target>;

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Target {
    /// 0 for the main one.
    pub(in super::super) document: usize,
    /// Which child of which child of the document it is.
    pub(in super::super) path: Box<[u32]>,
    /// The scope that it stands in.
    pub(in super::super) scope: usize,
}

impl Scopes {
    /// Finds everything that has a name in a document and in those that it may refer to.
    pub(in super::super) fn index(main: &Node, documents: &[Document]) -> Self {
        let others = documents.iter().map(|document| (Some(document.name.as_str()), &document.root));
        let documents: Vec<_> = std::iter::once((None, main)).chain(others).collect();
        let mut scopes = Self {
            scopes: Vec::new(),
            opened: HashMap::new(),
            named: HashMap::new(),
            anchored: HashMap::new(),
            excess: None,
        };
        for (index, (name, root)) in documents.iter().enumerate() {
            scopes.document(index, *name, root);
        }
        for (index, (_, root)) in documents.iter().enumerate() {
            let mut walk = Walk { scopes: &mut scopes, document: index, path: Vec::new() };
            walk.schema(root, index);
        }
        scopes
    }

    /// The names under which references know a document come before what documents say of themselves.
    fn document(&mut self, index: usize, name: Option<&str>, root: &Node) {
        let main = self.scopes.first();
        let draft = draft_of(root).or(main.map(|main| main.draft)).unwrap_or(Draft::Draft7);
        let found_at = match (name, main) {
            (Some(name), Some(main)) => resolve(&main.uri, split(name).0),
            _ => NOWHERE.to_owned(),
        };
        let target = Target { document: index, path: Box::default(), scope: index };
        if let Some(name) = name {
            for name in [found_at.clone(), name.to_owned(), split(name).0.to_owned()] {
                self.named.entry(name).or_insert_with(|| target.clone());
            }
        }
        let own = root.get(id_keyword(draft)).and_then(Node::text).map_or("", |id| split(id).0);
        let uri = self.bounded(resolve(&found_at, own));
        self.scopes.push(Scope { uri, draft, root: target, known: HashMap::new() });
    }

    /// Why the addresses can't be kept, if so.
    pub(in super::super) fn excess(&self) -> Option<&str> {
        self.excess.as_deref()
    }

    fn bounded(&mut self, uri: String) -> String {
        if uri.len() <= MAX_URI {
            return uri;
        }
        self.excess = Some(format!("the URI of a schema has more than {MAX_URI} bytes"));
        NOWHERE.to_owned()
    }

    /// The dialect of a scope.
    pub(in super::super) fn draft(&self, scope: usize) -> Draft {
        self.scopes.get(scope).map_or(Draft::Draft7, |scope| scope.draft)
    }

    /// The scope of a schema that stands directly within one of scope `outer`.
    pub(in super::super) fn entered(&self, document: usize, node: &Node, outer: usize) -> usize {
        self.opened.get(&(document, node.extent.start)).copied().unwrap_or(outer)
    }

    /// Where a reference leads that the parser has met.
    pub(super) fn known(&self, scope: usize, reference: &str) -> Option<&Target> {
        self.scopes.get(scope)?.known.get(reference)
    }

    /// Remembers where references lead.
    pub(in super::super) fn learn(&mut self, known: Known) {
        for ((scope, reference), target) in known {
            if let Some(scope) = self.scopes.get_mut(scope) {
                scope.known.insert(reference, target);
            }
        }
    }

    /// Whether a URI without a fragment names something.
    pub(in super::super) fn has(&self, address: &str) -> bool {
        self.named.contains_key(address)
    }

    /// The URI that a reference means, without its fragment.
    pub(in super::super) fn address(&self, scope: usize, reference: &str) -> String {
        let base = self.scopes.get(scope).map_or(NOWHERE, |scope| &scope.uri);
        resolve(base, split(reference).0)
    }

    /// Where a reference leads that stands in `scope`.
    pub(in super::super) fn resolve<'n>(
        &self,
        roots: &impl Roots<'n>,
        scope: usize,
        reference: &str,
    ) -> Option<Target> {
        if let Some(known) = self.known(scope, reference) {
            return Some(known.clone());
        }
        let from = self.scopes.get(scope)?;
        let (address, fragment) = split(reference);
        let resource = match address {
            "" => &from.root,
            address => self.named_document(&resolve(&from.uri, address)).or_else(|| self.named_document(address))?,
        };
        let fragment = decoded(fragment.unwrap_or_default());
        if fragment.is_empty() {
            return Some(resource.clone());
        }
        if !fragment.starts_with('/') {
            return self.anchor(resource, &fragment);
        }
        // Generators that put an `$id` on every property mean the document when they say `#/definitions/…`.
        self.pointed(roots, resource, &fragment)
            .or_else(|| self.pointed(roots, &self.scopes.get(resource.document)?.root, &fragment))
    }

    /// What goes by a URI without a fragment, written in any way that is usual.
    fn named_document(&self, uri: &str) -> Option<&Target> {
        let metaschema = || self.named.get(Draft::of_uri(uri)?.uri());
        self.named.get(uri).or_else(|| self.named.get(&decoded(uri))).or_else(metaschema)
    }

    fn anchor(&self, resource: &Target, name: &str) -> Option<Target> {
        let anchored = |scope: usize| self.anchored.get(&(scope, name.to_owned())).cloned();
        anchored(resource.scope).or_else(|| anchored(resource.document))
    }

    /// What a JSON pointer leads to from `start`.
    fn pointed<'n>(&self, roots: &impl Roots<'n>, start: &Target, fragment: &str) -> Option<Target> {
        let mut node = descend(roots.root(start.document)?, &start.path)?;
        let mut path = start.path.to_vec();
        let mut scope = start.scope;
        for part in fragment.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            let (at, child) = match &node.value {
                Value::List(items) => {
                    let at = part.parse::<usize>().ok().filter(|at| at.to_string() == part)?;
                    (at, items.get(at)?)
                }
                Value::Object(_) => roots.member(node, start.document, &part).or_else(|| {
                    let other = match part.as_str() {
                        "definitions" => "$defs",
                        "$defs" => "definitions",
                        _ => return None,
                    };
                    roots.member(node, start.document, other)
                })?,
                _ => return None,
            };
            path.push(u32::try_from(at).ok()?);
            scope = self.entered(start.document, child, scope);
            node = child;
        }
        Some(Target { document: start.document, path: path.into(), scope })
    }
}

/// The documents of a schema.
pub(in super::super) trait Roots<'n> {
    fn root(&self, document: usize) -> Option<&'n Node>;

    /// A member of an object and which one it is.
    fn member(&self, object: &'n Node, _document: usize, key: &str) -> Option<(usize, &'n Node)> {
        let members = object.members()?;
        members.iter().enumerate().find(|(_, member)| member.key == key).map(|(at, member)| (at, &member.value))
    }
}

impl<'s> Roots<'s> for &'s Schema {
    fn root(&self, document: usize) -> Option<&'s Node> {
        self.document(document)
    }
}

/// The walk that finds names. Documents nest no deeper than the reader of JSON lets them.
struct Walk<'w> {
    scopes: &'w mut Scopes,
    document: usize,
    path: Vec<u32>,
}

impl Walk<'_> {
    fn schema(&mut self, node: &Node, outer: usize) {
        let scope = self.named(node, outer);
        let mut inside = Vec::new();
        each_subschema(node, self.scopes.draft(scope), &mut |_, step, inner| inside.push((step, inner)));
        for (step, inner) in inside {
            let length = self.path.len();
            self.path.push(step.at);
            self.path.extend(step.inner);
            self.schema(inner, scope);
            self.path.truncate(length);
        }
    }

    /// Files a schema under its names, and says which scope it is in.
    fn named(&mut self, node: &Node, outer: usize) -> usize {
        let draft = self.scopes.draft(outer);
        let mut scope = outer;
        let is_root = self.path.is_empty();
        // Up to draft-07 everything beside a `$ref` is ignored.
        let hidden = !is_root && draft <= Draft::Draft7 && reference_of(node).is_some();
        if let Some(id) = node.get(id_keyword(draft)).and_then(Node::text).filter(|_| !hidden) {
            let (address, fragment) = split(id);
            if is_root {
                self.file(self.scopes.address(outer, ""), outer);
            } else if !address.is_empty() {
                scope = self.open(node, address, outer);
            }
            // Once an `$id` that is only a fragment was the way to set an anchor.
            if let Some(anchor) = fragment.filter(|name| draft <= Draft::Draft7 && is_anchor(name)) {
                self.anchor(anchor, scope);
            }
        }
        for keyword in ["$anchor", "$dynamicAnchor"] {
            let text = node.get(keyword).and_then(Node::text);
            if let Some(anchor) = text.filter(|_| self.scopes.draft(scope) >= Draft::Draft2019) {
                self.anchor(anchor, scope);
            }
        }
        scope
    }

    fn open(&mut self, node: &Node, address: &str, outer: usize) -> usize {
        let scope = self.scopes.scopes.len();
        if scope >= MAX_SCOPES {
            self.scopes.excess = Some(format!("more than {MAX_SCOPES} schemas in this text have a URI of their own"));
            return outer;
        }
        let uri = self.scopes.bounded(resolve(&self.scopes.address(outer, ""), address));
        let draft = draft_of(node).unwrap_or(self.scopes.draft(outer));
        let root = Target { document: self.document, path: self.path.as_slice().into(), scope };
        self.scopes.scopes.push(Scope { uri: uri.clone(), draft, root, known: HashMap::new() });
        self.scopes.opened.insert((self.document, node.extent.start), scope);
        self.file(uri, scope);
        scope
    }

    fn anchor(&mut self, name: &str, scope: usize) {
        let target = Target { document: self.document, path: self.path.as_slice().into(), scope };
        self.scopes.anchored.entry((scope, name.to_owned())).or_insert(target);
    }

    /// The first to take a name keeps it.
    fn file(&mut self, name: String, scope: usize) {
        let (document, path) = (self.document, self.path.as_slice());
        self.scopes.named.entry(name).or_insert_with(|| Target { document, path: path.into(), scope });
    }
}

/// The dialect that a schema says it is written in. One that is not known counts as draft-07.
fn draft_of(node: &Node) -> Option<Draft> {
    node.get("$schema").and_then(Node::text).map(|uri| Draft::of_uri(uri).unwrap_or(Draft::Draft7))
}

fn id_keyword(draft: Draft) -> &'static str {
    if draft == Draft::Draft4 { "id" } else { "$id" }
}

fn is_anchor(fragment: &str) -> bool {
    !fragment.is_empty() && !fragment.starts_with('/')
}
