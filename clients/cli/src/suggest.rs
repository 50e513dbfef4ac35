//! Which edit of the file would be the way out? For the commonest breaks of Avro schemas, where the advice can be written
//! down as it stands; authors decide whether they mean it.

use std::ops::Range;

use crate::report::Edit;

/// What makes a new field of a record optional: the path of the field, as in findings.
pub(crate) fn optional(text: &str, field: &str) -> Option<Vec<Edit>> {
    let of = value_at(text, &format!("{field}/type"))?;
    let value = text.get(of.clone())?;
    let insert = |at: usize, replacement: &str| Edit { start: at, end: at, replacement: replacement.to_owned() };
    // What is written over many lines is changed by its author.
    if value.contains('\n') || value_at(text, &format!("{field}/default")).is_some() {
        return None;
    }
    let default = insert(of.end, ", \"default\": null");
    Some(match value.strip_prefix('[') {
        None => vec![insert(of.start, "[\"null\", "), insert(of.end, "], \"default\": null")],
        Some(rest) if rest.trim_start().starts_with("\"null\"") => vec![default],
        Some(_) if value.contains("\"null\"") => return None,
        Some(_) => vec![insert(of.start + 1, "\"null\", "), default],
    })
}

/// What puts the old text in the place of the new one, where both are a word on one line.
pub(crate) fn as_before(text: &str, here: Range<usize>, before: &str) -> Option<Vec<Edit>> {
    let now = text.get(here.clone())?;
    let is_word =
        |text: &str| text.len() > 2 && text.starts_with('"') && text.ends_with('"') && !text.contains(['\n', '\\']);
    (is_word(now) && is_word(before) && now != before)
        .then(|| vec![Edit { start: here.start, end: here.end, replacement: before.to_owned() }])
}

/// What keeps the type of a field and adds a new field for the new type behind it: what its author wanted stays. `place` is
/// the path of the type, as in findings, and `here` where it stands. Where the field can't be added, the type is only kept.
pub(crate) fn beside(text: &str, place: &str, here: Range<usize>, before: &str) -> Option<Vec<Edit>> {
    let mut edits = as_before(text, here.clone(), before)?;
    edits.extend(text.get(here).and_then(|now| field_behind(text, place.strip_suffix("/type")?, now)));
    Some(edits)
}

/// A new optional field of a type, behind a field that stands on one line.
fn field_behind(text: &str, field: &str, type_name: &str) -> Option<Edit> {
    let (fields, _) = field.rsplit_once('/').filter(|(fields, _)| fields.ends_with("/fields"))?;
    let of = value_at(text, field)?;
    if text.get(of.clone())?.contains('\n') {
        return None;
    }
    let name_of =
        |field: &str| serde_json::from_str::<String>(text.get(value_at(text, &format!("{field}/name"))?)?).ok();
    let name = name_for(&name_of(field)?, type_name)?;
    // A name is given once in a record.
    let all: serde_json::Value = serde_json::from_str(text).ok()?;
    if all.pointer(fields)?.as_array()?.iter().any(|other| other.get("name").is_some_and(|other| *other == name)) {
        return None;
    }
    let line = text.get(text.get(..of.start)?.rfind('\n').map_or(0, |at| at + 1)..of.start)?;
    let between = if line.trim().is_empty() && text.contains('\n') { format!(",\n{line}") } else { ", ".to_owned() };
    let added = format!(r#"{{ "name": "{name}", "type": ["null", {type_name}], "default": null }}"#);
    Some(Edit { start: of.end, end: of.end, replacement: format!("{between}{added}") })
}

/// `customer_id` as a `"string"` is `customer_id_string`, and `customerId` is `customerIdString`.
fn name_for(field: &str, type_name: &str) -> Option<String> {
    let type_name = type_name.trim_matches('"');
    let last = type_name.rsplit('.').next()?;
    let is_camel = !field.contains('_') && field.contains(|letter: char| letter.is_ascii_uppercase());
    let mut letters = last.chars();
    let first = letters.next()?;
    Some(match is_camel {
        true => format!("{field}{}{}", first.to_ascii_uppercase(), letters.as_str()),
        false => format!("{field}_{}", last.to_ascii_lowercase()),
    })
}

/// Where the value is that a JSON pointer means. The text is known to be JSON, but nothing breaks if it is not.
fn value_at(text: &str, pointer: &str) -> Option<Range<usize>> {
    let mut scanner = Scanner { text, at: 0 };
    for key in pointer.split('/').skip(1) {
        let key = key.replace("~1", "/").replace("~0", "~");
        scanner.enter(&key)?;
    }
    scanner.blanks();
    let start = scanner.at;
    scanner.skip()?;
    Some(start..scanner.at)
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, letter: char) -> Option<()> {
        self.blanks();
        self.rest().starts_with(letter).then(|| self.at += letter.len_utf8())
    }

    /// Goes to the member or the item of that name or number.
    fn enter(&mut self, key: &str) -> Option<()> {
        self.blanks();
        if self.rest().starts_with('[') {
            self.eat('[')?;
            for _ in 0..key.parse::<usize>().ok()? {
                self.skip()?;
                self.eat(',')?;
            }
            self.blanks();
            return (!self.rest().starts_with(']')).then_some(());
        }
        self.eat('{')?;
        loop {
            self.blanks();
            let start = self.at;
            self.string()?;
            let is_meant = serde_json::from_str::<String>(self.text.get(start..self.at)?).is_ok_and(|name| name == key);
            self.eat(':')?;
            if is_meant {
                return Some(());
            }
            self.skip()?;
            self.eat(',')?;
        }
    }

    /// Passes over one value, however deep, without recursion.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            self.blanks();
            match self.rest().chars().next()? {
                '"' => self.string()?,
                '[' | '{' => {
                    self.at += 1;
                    depth += 1;
                    continue;
                }
                ']' | '}' => {
                    self.at += 1;
                    depth = depth.checked_sub(1)?;
                }
                ',' | ':' if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    let rest = self.rest();
                    let length = rest.find([',', ':', ']', '}', ' ', '\n', '\r', '\t']).unwrap_or(rest.len());
                    self.at += (length > 0).then_some(length)?;
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        let mut is_escaped = false;
        let rest = self.rest().strip_prefix('"')?;
        for (index, letter) in rest.char_indices() {
            match letter {
                '"' if !is_escaped => {
                    self.at += index + 2;
                    return Some(());
                }
                letter => is_escaped = letter == '\\' && !is_escaped,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(text: &str, edits: Vec<Edit>) -> String {
        let mut text = text.to_owned();
        for edit in edits.into_iter().rev() {
            text.replace_range(edit.start..edit.end, &edit.replacement);
        }
        text
    }

    #[test]
    fn a_field_becomes_optional_as_it_is_written() {
        let cases = [
            (r#"{"name":"a","type":"int"}"#, Some(r#"{"name":"a","type":["null", "int"], "default": null}"#)),
            (r#"{"type": ["null","int"],"name":"a"}"#, Some(r#"{"type": ["null","int"], "default": null,"name":"a"}"#)),
            (r#"{"type":["int"]}"#, Some(r#"{"type":["null", "int"], "default": null}"#)),
            (r#"{"type":["int","null"]}"#, None),
            (r#"{"type":{"a":[1,"]"]},"x":1}"#, Some(r#"{"type":["null", {"a":[1,"]"]}], "default": null,"x":1}"#)),
            ("{\"type\":{\n}}", None),
        ];
        for (field, expected) in cases {
            let text = format!(r#"{{"fields":[{{"type":"long"}},{field}]}}"#);
            let expected = expected.map(|field| format!(r#"{{"fields":[{{"type":"long"}},{field}]}}"#));
            assert_eq!(optional(&text, "/fields/1").map(|edits| applied(&text, edits)), expected, "{field}");
        }
    }

    #[test]
    fn a_new_type_gets_a_field_of_its_own_beside_the_old_one() {
        let beside_of = |text: &str, place: &str| {
            let of = value_at(text, place).expect("a type");
            super::beside(text, place, of, "\"long\"").map(|edits| applied(text, edits))
        };
        let lines =
            "{\"fields\": [\n  {\"name\": \"id\", \"type\": \"string\"},\n  {\"name\": \"x\", \"type\": \"int\"}\n]}";
        let now = beside_of(lines, "/fields/0/type").expect("edits");
        assert_eq!(
            now,
            "{\"fields\": [\n  {\"name\": \"id\", \"type\": \"long\"},\n  { \"name\": \"id_string\", \"type\": [\"null\", \
             \"string\"], \"default\": null },\n  {\"name\": \"x\", \"type\": \"int\"}\n]}"
        );
        assert!(serde_json::from_str::<serde_json::Value>(&now).is_ok());
        let camel = r#"{"fields":[{"name":"customerId","type":"a.Ref"}]}"#;
        assert_eq!(
            beside_of(camel, "/fields/0/type").as_deref(),
            Some(
                r#"{"fields":[{"name":"customerId","type":"long"}, { "name": "customerIdRef", "type": ["null", "a.Ref"], "default": null }]}"#
            )
        );
        // Where there is no room for another field, or its name is taken, the type is kept all the same.
        for (text, place) in [
            (r#"{"fields":[{"name":"id","type":"string"},{"name":"id_string","type":"int"}]}"#, "/fields/0/type"),
            (r#"{"fields":[{"name":"id","type":{"type":"array","items":"string"}}]}"#, "/fields/0/type/items"),
            ("{\"fields\":[{\"name\":\"id\",\n\"type\":\"string\"}]}", "/fields/0/type"),
        ] {
            let told = beside_of(text, place).expect("edits");
            assert_eq!(told, text.replace("\"string\"", "\"long\""), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_has_no_places() {
        for text in ["", "{", "{\"a\"", "[1,2", "{\"a\" 1}", "\"", "}}", "{\"fields\":[,"] {
            assert_eq!(value_at(text, "/fields/1/type"), None, "{text}");
        }
        assert_eq!(value_at(&"[".repeat(100_000), "/0/0"), None);
    }

    #[test]
    fn only_words_are_put_back() {
        assert_eq!(as_before("\"string\"", 0..8, "\"long\"").map(|edits| edits.len()), Some(1));
        assert_eq!(as_before("{\"a\":1}", 0..7, "\"long\""), None);
        assert_eq!(as_before("\"string\"", 0..9, "\"long\""), None);
    }
}
