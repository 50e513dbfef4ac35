//! What is a JSON Schema once read? Its document, those it refers to, and where a `$ref` leads.
//!
//! The documents stay as they were written; what is known besides is which subschemas have an address of their own
//! (`$id`, anchors) and where every reference leads. [`Site`] is how a walk remembers whose words it is reading.

mod scopes;
mod subschemas;
mod uri;

pub(super) use scopes::{Known, Roots, Scopes, Target};
pub(super) use subschemas::{Holds, Role, each_subschema, holds, reference_of};

use crate::json::{Extent, Node, Source, Value};
use crate::violation::Span;

/// A document and those that it refers to.
#[derive(Debug)]
pub(super) struct Schema {
    /// The text.
    pub(super) source: Source,
    /// The schema at the root of the text.
    pub(super) root: Node,
    /// The documents that it may refer to; the metaschemas that it refers to come last.
    pub(super) documents: Vec<Document>,
    /// Where references lead.
    pub(super) scopes: Scopes,
}

/// A document that others refer to.
#[derive(Debug)]
pub(super) struct Document {
    /// The URI, or its part without a fragment, by which references name it.
    pub(super) name: String,
    pub(super) root: Node,
}

/// The dialects of the language that differ in what keywords mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Draft {
    Draft4,
    Draft6,
    Draft7,
    Draft2019,
    Draft2020,
}

/// A subschema as a walk came to it: what it says and whose words it uses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'s> {
    pub(super) node: &'s Node,
    /// The document that it stands in: 0 for the main one, then as in `Schema::documents`.
    pub(super) document: usize,
    /// The base against which its references are resolved: the nearest `$id`, as an offset that only this file reads.
    base: usize,
}

impl Schema {
    /// The schema as a whole.
    pub(super) fn at_root(&self) -> Site<'_> {
        Site { node: &self.root, document: 0, base: 0 }
    }

    /// The dialect that `site` is written in.
    pub(super) fn draft(&self, site: Site<'_>) -> Draft {
        self.scopes.draft(site.base)
    }

    /// A subschema that stands within `outer`: in one of its keywords, not deeper.
    pub(super) fn within<'s>(&'s self, outer: Site<'s>, node: &'s Node) -> Site<'s> {
        Site { node, document: outer.document, base: self.scopes.entered(outer.document, node, outer.base) }
    }

    /// Where the `$ref` (`$recursiveRef`, `$dynamicRef`, these as if they were plain) of `from` leads; `None` when it
    /// leads nowhere, which parsing has already refused.
    pub(super) fn follow<'s>(&'s self, from: Site<'s>, reference: &str) -> Option<Site<'s>> {
        let known = self.scopes.known(from.base, reference);
        let found = if known.is_none() { self.scopes.resolve(&self, from.base, reference) } else { None };
        let target = known.or(found.as_ref())?;
        let node = descend(self.document(target.document)?, &target.path)?;
        Some(Site { node, document: target.document, base: target.scope })
    }

    /// The place in the main text of a node, if it stands there.
    pub(super) fn span(&self, site: Site<'_>) -> Option<Span> {
        (site.document == 0).then(|| self.source.span(site.node.extent))
    }

    /// The place of the member name before a value of the main text: `"a"` in `{"a": 1}` for the site of the 1.
    pub(super) fn name_span(&self, site: Site<'_>) -> Option<Span> {
        let before = self.source.text().get(..site.node.extent.start).filter(|_| site.document == 0)?;
        let name = before.trim_end().strip_suffix(':')?.trim_end();
        // A quote within the name is escaped, so an odd number of backslashes stands before it.
        let is_first = |(at, _): &(usize, &str)| {
            let before = name.get(..*at).unwrap_or_default();
            (before.len() - before.trim_end_matches('\\').len()).is_multiple_of(2)
        };
        let inside = name.strip_suffix('"')?;
        let (start, _) = inside.rmatch_indices('"').find(is_first)?;
        Some(self.source.span(Extent { start, end: name.len() }))
    }

    /// The root of a document: 0 is the main one.
    pub(super) fn document(&self, index: usize) -> Option<&Node> {
        match index.checked_sub(1) {
            None => Some(&self.root),
            Some(index) => self.documents.get(index).map(|document| &document.root),
        }
    }
}

impl Draft {
    /// The dialect that a `$schema` names, if it is one of ours.
    pub(super) fn of_uri(uri: &str) -> Option<Self> {
        let uri = uri.strip_suffix('#').unwrap_or(uri);
        let name = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://"))?;
        match name.strip_prefix("json-schema.org/")? {
            "draft-04/schema" => Some(Self::Draft4),
            "draft-06/schema" => Some(Self::Draft6),
            "draft-07/schema" => Some(Self::Draft7),
            "draft/2019-09/schema" => Some(Self::Draft2019),
            "draft/2020-12/schema" => Some(Self::Draft2020),
            _ => None,
        }
    }

    /// The address of its metaschema.
    pub(super) fn uri(self) -> &'static str {
        match self {
            Self::Draft4 => "http://json-schema.org/draft-04/schema",
            Self::Draft6 => "http://json-schema.org/draft-06/schema",
            Self::Draft7 => "http://json-schema.org/draft-07/schema",
            Self::Draft2019 => "https://json-schema.org/draft/2019-09/schema",
            Self::Draft2020 => "https://json-schema.org/draft/2020-12/schema",
        }
    }

    /// How people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Draft4 => "draft-04",
            Self::Draft6 => "draft-06",
            Self::Draft7 => "draft-07",
            Self::Draft2019 => "draft 2019-09",
            Self::Draft2020 => "draft 2020-12",
        }
    }
}

/// The node at a path of child numbers.
pub(super) fn descend<'n>(root: &'n Node, path: &[u32]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, at| {
        let at = usize::try_from(*at).ok()?;
        match &node.value {
            Value::List(items) => items.get(at),
            Value::Object(members) => members.get(at).map(|member| &member.value),
            _ => None,
        }
    })
}

/// The JSON pointer that a path of child numbers spells.
pub(super) fn pointer(root: &Node, path: &[u32]) -> String {
    let mut text = String::new();
    let mut node = root;
    for at in path {
        let index = usize::try_from(*at).unwrap_or(usize::MAX);
        let inner = match &node.value {
            Value::List(items) => items.get(index).map(|item| (at.to_string(), item)),
            Value::Object(members) => members.get(index).map(|member| (escaped(&member.key), &member.value)),
            _ => None,
        };
        let Some((name, child)) = inner else { break };
        text.push('/');
        text.push_str(&name);
        node = child;
    }
    text
}

/// A member name as a part of a JSON pointer.
pub(super) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests;
