//! `fmt`: one way to lay a schema out. Only blanks change: order, spelling and everything that is said stay as they are.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use tidegate_compat::SchemaKind;

use crate::commands::{from_root, write};
use crate::exit::Exit;
use crate::local::Library;
use crate::project::Project;
use crate::terminal::{Terminal, Tone};
use crate::tree;
use crate::trouble::Result;
use crate::words::{counted, shown};

/// How long a line may be before an object or a list is broken up.
const WIDTH: usize = 100;

pub(super) fn run(project: &Project, paths: &[PathBuf], is_check: bool, terminal: &Terminal) -> Result<Exit> {
    let paths = from_root(project, paths)?;
    let is_meant = |file: &str| {
        paths.is_empty()
            || paths.iter().any(|path| {
                path.is_empty()
                    || file == path
                    || file.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'))
            })
    };
    let library = Library::of(project, tree::files(&project.root, &|path| project.rule_of(path).is_some())?);
    let mut others = Vec::new();
    for document in library.documents.iter().filter(|document| is_meant(&document.path)) {
        let Some(text) = formatted(document.kind, &document.text) else { continue };
        if *text != *document.text {
            if !is_check {
                write(&project.root.join(&document.path), text.as_bytes())?;
            }
            others.push(document.path.as_str());
        }
    }
    let verb = if is_check { "would change" } else { "changed" };
    others
        .iter()
        .for_each(|path| terminal.print(&format!("{} {}\n", terminal.paint(Tone::Careful, verb), shown(path))));
    if !terminal.quiet {
        terminal.print(&format!("{} {verb}.\n", counted(others.len(), "file")));
    }
    Ok(if is_check && !others.is_empty() { Exit::Findings } else { Exit::Clean })
}

/// The text laid out; `None` for what is left alone: Protobuf, which has tools of its own, and what is not JSON.
fn formatted(kind: SchemaKind, text: &Arc<str>) -> Option<String> {
    if kind == SchemaKind::Protobuf { None } else { laid_out(text) }
}

/// JSON laid out; `None` for what is no JSON, or would lose something.
pub(super) fn laid_out(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    // A number that would be spelled otherwise, or a member that stands twice, would be lost: better no change at all.
    let is_faithful = compact(text) == compact(&value.to_string());
    is_faithful.then(|| json(&value))
}

/// Without blanks between tokens.
fn compact(text: &str) -> String {
    let mut compact = String::with_capacity(text.len());
    let (mut is_text, mut is_escaped) = (false, false);
    for letter in text.chars() {
        if is_text {
            compact.push(letter);
            (is_text, is_escaped) = (letter != '"' || is_escaped, letter == '\\' && !is_escaped);
        } else if !letter.is_whitespace() {
            compact.push(letter);
            is_text = letter == '"';
        }
    }
    compact
}

/// JSON with two blanks a level, and what is short on one line.
pub(crate) fn json(value: &Value) -> String {
    let mut text = String::new();
    lay_out(value, 0, 0, true, &mut text);
    text.push('\n');
    text
}

fn lay_out(value: &Value, depth: usize, before: usize, is_root: bool, text: &mut String) {
    let line = on_one_line(value);
    let is_plain = !matches!(value, Value::Object(members) if !members.is_empty())
        && !matches!(value, Value::Array(items) if !items.is_empty());
    // Lists of fields have a line for each, so that a change of one is a change of one line.
    let is_listing = matches!(value, Value::Array(items) if items.iter().all(Value::is_object));
    if is_plain || (!is_root && !is_listing && before + line.chars().count() <= WIDTH) {
        text.push_str(&line);
        return;
    }
    let indent = "  ".repeat(depth + 1);
    match value {
        Value::Object(members) => {
            text.push_str("{\n");
            for (at, (key, value)) in members.iter().enumerate() {
                let key = Value::String(key.clone()).to_string();
                text.push_str(&format!("{indent}{key}: "));
                lay_out(value, depth + 1, indent.len() + key.chars().count() + 3, false, text);
                text.push_str(if at + 1 < members.len() { ",\n" } else { "\n" });
            }
            text.push_str(&format!("{}}}", "  ".repeat(depth)));
        }
        Value::Array(items) => {
            text.push_str("[\n");
            for (at, item) in items.iter().enumerate() {
                text.push_str(&indent);
                lay_out(item, depth + 1, indent.len() + 1, false, text);
                text.push_str(if at + 1 < items.len() { ",\n" } else { "\n" });
            }
            text.push_str(&format!("{}]", "  ".repeat(depth)));
        }
        _ => text.push_str(&line),
    }
}

fn on_one_line(value: &Value) -> String {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let told =
                members.iter().map(|(key, value)| format!("{}: {}", Value::String(key.clone()), on_one_line(value)));
            format!("{{ {} }}", told.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(on_one_line).collect::<Vec<_>>().join(", ")),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_things_stay_on_a_line_and_the_root_does_not() {
        let text = r#"{"type":"record","name":"R","fields":[{"name":"a","type":["null","string"],"default":null}]}"#;
        let expected = "{\n  \"type\": \"record\",\n  \"name\": \"R\",\n  \"fields\": [\n    { \"name\": \"a\", \"type\": [\"null\", \"string\"], \"default\": null }\n  ]\n}\n";
        let laid_out = formatted(SchemaKind::Avro, &text.into()).unwrap();
        assert_eq!(laid_out, expected);
        assert_eq!(formatted(SchemaKind::Avro, &laid_out.as_str().into()).unwrap(), expected);
    }

    #[test]
    fn what_would_be_lost_is_left_alone() {
        assert_eq!(formatted(SchemaKind::Json, &r#"{"maximum":1e400}"#.into()), None);
        assert_eq!(formatted(SchemaKind::Json, &r#"{"maximum":12345678901234567890123}"#.into()), None);
        assert_eq!(formatted(SchemaKind::Json, &r#"{"a":1,"a":2}"#.into()), None);
        assert_eq!(formatted(SchemaKind::Protobuf, &"{}".into()), None);
        assert_eq!(compact(r#"{ "a \" b" : 1 }"#), r#"{"a \" b":1}"#);
    }
}
