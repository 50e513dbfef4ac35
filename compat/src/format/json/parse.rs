//! How is a JSON Schema read, together with the documents that it refers to?
//!
//! The text becomes a tree of JSON, everything that has an address is filed under it, and then a walk from the root
//! looks at every schema that can come to judge something: its keywords must have values that mean something, and its
//! references must lead somewhere. Definitions that nobody uses are looked at only when reading strictly; other
//! registries never do. Nothing is ever fetched: what a text refers to is given with it, or it is a metaschema.

mod check;
mod circles;
mod keywords;
mod metaschemas;
mod patterns;

use std::borrow::Cow;

use super::tree::{Document, Draft, Schema, Scopes};
use crate::format::{Resolved, Strictness};
use crate::json::{Node, Source, Value, read_strict};
use crate::schema::SchemaKind;
use crate::violation::Malformed;

/// How many characters of a piece of the text a message shows.
const MAX_SHOWN: usize = 200;

pub(super) fn parse(text: &str, references: &[Resolved], strictness: Strictness) -> Result<Schema, Malformed> {
    let source = Source::new(text);
    let root = read_strict(text)?;
    if !matches!(root.value, Value::Object(_) | Value::Bool(_)) {
        return Err(Malformed {
            message: format!("a JSON Schema is an object, true or false, not {}", root.what()),
            span: Some(source.span(root.extent)),
            path: Some(String::new()),
        });
    }
    let mut documents = references.iter().map(document).collect::<Result<Vec<_>, _>>()?;
    let roots = || std::iter::once(&root).chain(documents.iter().map(|document| &document.root));
    let metaschemas = metaschemas::named_in(roots());
    documents.extend(metaschemas);
    let scopes = Scopes::index(&root, &documents);
    if let Some(excess) = scopes.excess() {
        let span = Some(source.span(root.extent));
        return Err(Malformed { message: excess.to_owned(), span, path: Some(String::new()) });
    }
    let mut schema = Schema { source, root, documents, scopes };
    let known = check::check(&schema, strictness)?;
    schema.scopes.learn(known);
    Ok(schema)
}

fn document(reference: &Resolved) -> Result<Document, Malformed> {
    let refuse = |why: &str| Malformed {
        message: format!("the referenced schema '{}' can't be used: {why}", reference.name),
        span: None,
        path: None,
    };
    if reference.kind != SchemaKind::Json {
        return Err(refuse(&format!("it is {}, not JSON", reference.kind)));
    }
    let root = read_strict(&reference.text).map_err(|malformed| refuse(&malformed.to_string()))?;
    if !matches!(root.value, Value::Object(_) | Value::Bool(_)) {
        return Err(refuse(&format!("a JSON Schema is an object, true or false, not {}", root.what())));
    }
    Ok(Document { name: reference.name.clone(), root })
}

/// A piece of the text in a message, cut where it would fill the screen.
fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_SHOWN) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests;
