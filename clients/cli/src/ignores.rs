//! Which rules does a schema ask to be left alone by? `// tidegate:ignore TG601 why` in Protobuf, `"tidegate.ignore"` in Avro,
//! `$comment` in JSON Schema. Only rules of style can be: what breaks data is accepted for a time, where others see it.

use serde_json::{Map, Value};
use tidegate_compat::{Element, Outline, SchemaKind};

use crate::rules::{self, Rule};

/// What a comment, or the value of a property, begins with.
const MARK: &str = "tidegate:ignore";
/// The property of Avro.
const PROPERTY: &str = "tidegate.ignore";

/// A wish to be left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ignore {
    /// As it is written: a code or a slug.
    pub(crate) rule: String,
    pub(crate) reason: String,
    place: Place,
    /// Where it stands in the text, in bytes, as far as that is known.
    pub(crate) span: Option<(usize, usize)>,
}

/// What it is about, with all that is within.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// A JSON pointer.
    Below(String),
    /// What is named on this line, counted from 0.
    Line(usize),
    Everything,
}

/// All that a text asks for.
pub(crate) fn ignores(kind: SchemaKind, text: &str) -> Vec<Ignore> {
    // Most texts ask for nothing, and need not be read once more.
    if !text.contains(MARK) && !text.contains(PROPERTY) {
        return Vec::new();
    }
    let mut found = Vec::new();
    match kind {
        SchemaKind::Protobuf => in_comments(text, &mut found),
        SchemaKind::Avro | SchemaKind::Json => {
            if let Ok(value) = serde_json::from_str(text) {
                in_members(kind, &value, String::new(), text, &mut found);
            }
        }
    }
    found
}

impl Ignore {
    /// The rule that is meant; nothing where there is none, or it is not one that a schema may ignore.
    pub(crate) fn of_style(&self) -> Option<&'static Rule> {
        let is_meant = |rule: &Rule| self.rule.eq_ignore_ascii_case(rule.code) || self.rule == rule.slug;
        rules::LINT.iter().map(|(rule, _)| *rule).find(|rule| is_meant(rule))
    }

    /// Why it does not hold, if it does not.
    pub(crate) fn objection(&self) -> Option<String> {
        match (self.of_style(), rules::find(&self.rule)) {
            (Some(_), _) if self.reason.is_empty() => Some("it does not say why".to_owned()),
            (Some(_), _) => None,
            (None, Some(rule)) => Some(format!(
                "{} is no rule of style: a finding of it is accepted for a time, by `tidegate accept`",
                rule.code
            )),
            (None, None) => Some(format!("there is no rule `{}`", self.rule)),
        }
    }

    /// Whether it is about an element, or about one that has it.
    pub(crate) fn holds_for(&self, outline: &Outline, element: Option<&Element>, text: &str) -> bool {
        let line_of = |element: &Element| {
            let start = element.place.span.map(|span| span.start)?;
            Some(text.get(..start)?.matches('\n').count())
        };
        let is_here = |element: &Element| match &self.place {
            Place::Everything => true,
            Place::Below(pointer) => element
                .place
                .path
                .strip_prefix(pointer.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            Place::Line(line) => line_of(element) == Some(*line),
        };
        let mut open = element;
        while let Some(element) = open {
            if is_here(element) {
                return true;
            }
            open = element.parent.and_then(|at| outline.elements.get(at));
        }
        self.place == Place::Everything
    }
}

fn in_comments(text: &str, found: &mut Vec<Ignore>) {
    let lines: Vec<&str> = text.lines().collect();
    let mut start = 0;
    for (at, line) in lines.iter().enumerate() {
        let mark = line.find("//").and_then(|comment| {
            let rest = line.get(comment + 2..)?.trim_start();
            rest.strip_prefix(MARK).map(|wish| (comment, wish))
        });
        if let Some((comment, wish)) = mark {
            let is_alone = line.get(..comment).is_some_and(|before| before.trim().is_empty());
            let place = match is_alone {
                false => Place::Line(at),
                true => following(&lines, at),
            };
            found.extend(wished(wish, place, Some((start + comment, start + line.len()))));
        }
        start += text.get(start..).map_or(0, |rest| rest.find('\n').map_or(rest.len(), |end| end + 1));
    }
}

/// The next line that is no comment; before the first message that is the whole file.
fn following(lines: &[&str], at: usize) -> Place {
    let next = lines.iter().enumerate().skip(at + 1).find(|(_, line)| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with("//")
    });
    match next {
        Some((_, line)) if is_head(line) => Place::Everything,
        Some((next, _)) => Place::Line(next),
        None => Place::Everything,
    }
}

/// Whether a line says what the whole file is, and not only begins like that: `packaging.Item item = 1;` does not.
fn is_head(line: &str) -> bool {
    ["syntax", "edition", "package"].iter().any(|word| {
        let rest = line.trim_start().strip_prefix(word).map(str::trim_start);
        match (*word, rest) {
            ("package", Some(rest)) => line.trim_start().len() > word.len() + rest.len(),
            (_, Some(rest)) => rest.starts_with('='),
            (_, None) => false,
        }
    })
}

fn in_members(kind: SchemaKind, value: &Value, pointer: String, text: &str, found: &mut Vec<Ignore>) {
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                in_members(kind, item, format!("{pointer}/{at}"), text, found);
            }
        }
        Value::Object(members) => {
            for written in of_members(kind, members) {
                let span =
                    serde_json::to_string(written).ok().and_then(|quoted| Some((text.find(&quoted)?, quoted.len())));
                let span = span.map(|(start, length)| (start, start + length));
                let wish = written.strip_prefix(MARK).unwrap_or(written);
                found.extend(wished(wish, Place::Below(pointer.clone()), span));
            }
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                in_members(kind, member, format!("{pointer}/{name}"), text, found);
            }
        }
        _ => {}
    }
}

fn of_members(kind: SchemaKind, members: &Map<String, Value>) -> Vec<&str> {
    let written = match kind {
        SchemaKind::Avro => members.get(PROPERTY),
        _ => members.get("$comment"),
    };
    let written = match written {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    // Of comments only those are meant that say so.
    written.into_iter().filter(|text| kind == SchemaKind::Avro || text.starts_with(MARK)).collect()
}

/// ` TG601: legacy name`, with or without the colon.
fn wished(wish: &str, place: Place, span: Option<(usize, usize)>) -> Option<Ignore> {
    let wish = wish.trim();
    let (rule, reason) = wish.split_once([' ', ':', '\t']).unwrap_or((wish, ""));
    let reason = reason.trim_start_matches([':', ' ', '\t']).trim().to_owned();
    (!rule.is_empty()).then(|| Ignore { rule: rule.to_owned(), reason, place, span })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: SchemaKind, text: &str) -> Vec<(String, String, Place)> {
        ignores(kind, text).into_iter().map(|it| (it.rule, it.reason, it.place)).collect()
    }

    #[test]
    fn each_language_has_its_way_to_say_it() {
        let proto = "// tidegate:ignore TG602 older than the rule\nsyntax = \"proto3\";\n\n// About it.\n// tidegate:ignore TG601: a reason\n// More.\n\
                     message a {\n  int32 B = 1; // tidegate:ignore TG601\n}\n";
        assert_eq!(
            told(SchemaKind::Protobuf, proto),
            [
                ("TG602".into(), "older than the rule".into(), Place::Everything),
                ("TG601".into(), "a reason".into(), Place::Line(6)),
                ("TG601".into(), String::new(), Place::Line(7)),
            ]
        );
        let avro = r#"{"type":"record","name":"A","fields":[{"name":"B","type":"int","tidegate.ignore":["TG601: legacy name"]}],
            "tidegate.ignore":"doc-required generated"}"#;
        assert_eq!(
            told(SchemaKind::Avro, avro),
            [
                ("doc-required".into(), "generated".into(), Place::Below(String::new())),
                ("TG601".into(), "legacy name".into(), Place::Below("/fields/0".into())),
            ]
        );
        let json = r#"{"$comment":"nothing","properties":{"a/b":{"$comment":"tidegate:ignore TG605 plain"}}}"#;
        assert_eq!(
            told(SchemaKind::Json, json),
            [("TG605".into(), "plain".into(), Place::Below("/properties/a~1b".into()))]
        );
        let spans = ignores(SchemaKind::Protobuf, proto);
        let (start, end) = spans[1].span.unwrap();
        assert_eq!(&proto[start..end], "// tidegate:ignore TG601: a reason");
    }

    #[test]
    fn only_what_is_about_the_whole_file_makes_it_so() {
        for (line, is_all) in [
            ("syntax = \"proto3\";", true),
            ("edition=\"2023\";", true),
            ("  package shop;", true),
            ("packaging.Item itemId = 4;", false),
            ("syntax_tree.Node nodeId = 1;", false),
            ("editions.A a = 1;", false),
        ] {
            assert_eq!(is_head(line), is_all, "{line}");
        }
    }

    #[test]
    fn what_breaks_data_is_not_ignored() {
        let objection = |wish: &str| wished(wish, Place::Everything, None).unwrap().objection();
        assert_eq!(objection("TG601 why"), None);
        assert_eq!(objection("field-snake-case: why"), None);
        assert!(objection("TG601").unwrap().contains("why"));
        assert!(objection("TG103 why").unwrap().contains("tidegate accept"));
        assert!(objection("TG6 why").unwrap().contains("no rule `TG6`"));
    }
}
