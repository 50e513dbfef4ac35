//! What is wrong, in which file, where? Troubles of the main file have a span, those of others say `file:line:column`.

use std::error::Error as _;

use prost_reflect::{DescriptorError, DescriptorPool};
use protox_parse::ParseError;

use super::super::tree::MAIN;
use crate::json::{Extent, Source};
use crate::violation::{Malformed, Span};

/// What is said of files that are neither proto2 nor proto3.
pub(super) const EDITIONS: &str = "editions are not supported: the syntax has to be proto2 or proto3";

/// A text that is no Protobuf.
pub(super) fn parsing(file: &str, text: &str, error: &ParseError) -> Malformed {
    let extent = error.span().map(|span| Extent { start: span.start, end: span.end });
    // Without a place it broke off too early.
    let extent = extent.unwrap_or(Extent { start: text.trim_end().len(), end: text.trim_end().len() });
    let is_edition = text.get(extent.start..extent.end) == Some("edition");
    let message = if is_edition { EDITIONS.to_owned() } else { error.to_string() };
    within(file, Malformed { message, span: Some(Source::new(text).span(extent)), path: None })
}

/// A file whose names can't be resolved.
pub(super) fn linking(file: &str, span: Option<Span>, error: &DescriptorError, pool: &DescriptorPool) -> Malformed {
    let mut message = in_our_words(&error.to_string(), pool);
    if let Some(cause) = error.source() {
        message = format!("{message}: {cause}");
    }
    within(file, Malformed { message, span, path: None })
}

/// The trouble as told to someone who sees only the main file.
pub(super) fn within(file: &str, malformed: Malformed) -> Malformed {
    if file == MAIN {
        return malformed;
    }
    let Malformed { message, span, path } = malformed;
    let place = span.map(|Span { line, column, .. }| format!(":{line}:{column}")).unwrap_or_default();
    Malformed { message: format!("{file}{place}: {message}"), span: None, path }
}

/// The most frequent troubles with what may help.
fn in_our_words(message: &str, pool: &DescriptorPool) -> String {
    if let Some((one, other)) = quoted(message, "camel-case name of field '", "' conflicts with field '", "'") {
        return if one == other {
            format!("the message has two fields named '{one}'")
        } else {
            format!("the fields '{one}' and '{other}' have the same name in JSON")
        };
    }
    match quoted(message, "name '", "' is not defined", "") {
        Some((name, "")) => unknown(name, pool),
        _ => message.to_owned(),
    }
}

/// The two pieces that stand between three known ones.
fn quoted<'m>(message: &'m str, before: &str, between: &str, after: &str) -> Option<(&'m str, &'m str)> {
    message.strip_prefix(before)?.strip_suffix(after)?.split_once(between)
}

fn unknown(name: &str, pool: &DescriptorPool) -> String {
    let bare = name.trim_start_matches('.');
    let is_meant = |full: &str| full.strip_suffix(bare).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let messages = pool.all_messages().map(|message| (message.full_name().to_owned(), message.parent_file()));
    let enums = pool.all_enums().map(|enumeration| (enumeration.full_name().to_owned(), enumeration.parent_file()));
    match messages.chain(enums).find(|(full, _)| is_meant(full)) {
        Some((full, file)) if full == bare => {
            format!("'{name}' is declared in \"{}\", which this file does not import", file.name())
        }
        Some((full, _)) => format!("'{name}' is not known here; there is a '{full}'"),
        None => format!("'{name}' is neither declared here nor in an imported file"),
    }
}
