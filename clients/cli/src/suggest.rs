//! Which edit of the file would be the way out? For the commonest breaks of Avro schemas, where the advice can be written
//! down as it stands; authors decide whether they mean it.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::report::Edit;

/// How deep values are indexed: schemas of people are far from it, and paths of others would grow beyond all measure.
const MAX_DEPTH: usize = 64;

/// Where all values of a JSON text stand, so that each finding need not read the text anew.
pub(crate) struct Places<'t> {
    text: &'t str,
    by_pointer: HashMap<String, Range<usize>>,
    /// The names of fields, each with the pointer of the list that it is in.
    names: HashSet<(String, String)>,
}

impl<'t> Places<'t> {
    /// Of a text that is no JSON what could be read is known, and nothing breaks.
    pub(crate) fn of(text: &'t str) -> Self {
        let mut places = Self { text, by_pointer: HashMap::new(), names: HashSet::new() };
        Scanner { text, at: 0 }.index(&mut places);
        places
    }

    fn value(&self, pointer: &str) -> Option<&Range<usize>> {
        self.by_pointer.get(pointer)
    }

    fn read(&self, pointer: &str) -> Option<&'t str> {
        self.text.get(self.value(pointer)?.clone())
    }

    fn note_at(&mut self, pointer: &str, of: Range<usize>, depth: usize) {
        if depth <= MAX_DEPTH {
            self.note(pointer, of);
        }
    }

    /// Of a name that stands twice the first counts.
    fn note(&mut self, pointer: &str, of: Range<usize>) {
        let list = pointer.strip_suffix("/name").and_then(|field| field.rsplit_once('/'));
        if let Some((list, _)) = list.filter(|(list, _)| list.ends_with("/fields"))
            && let Some(name) = self.text.get(of.clone()).and_then(|name| serde_json::from_str(name).ok())
        {
            self.names.insert((list.to_owned(), name));
        }
        self.by_pointer.entry(pointer.to_owned()).or_insert(of);
    }

    /// What makes a new field of a record optional: the path of the field, as in findings.
    pub(crate) fn optional(&self, field: &str) -> Option<Vec<Edit>> {
        let of = self.value(&format!("{field}/type"))?;
        let value = self.text.get(of.clone())?;
        let insert = |at: usize, replacement: &str| Edit { start: at, end: at, replacement: replacement.to_owned() };
        // What is written over many lines is changed by its author.
        if value.contains('\n') || self.value(&format!("{field}/default")).is_some() {
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

    /// What keeps the type of a field and adds a new field for the new type behind it: what its author wanted stays. `place` is
    /// the path of the type, as in findings, and `here` where it stands. Where the field can't be added, the type is only kept.
    pub(crate) fn beside(&self, place: &str, here: Range<usize>, before: &str) -> Option<Vec<Edit>> {
        let mut edits = as_before(self.text, here.clone(), before)?;
        edits.extend(self.text.get(here).and_then(|now| self.field_behind(place.strip_suffix("/type")?, now)));
        Some(edits)
    }

    /// A new optional field of a type, behind a field that stands on one line.
    fn field_behind(&self, field: &str, type_name: &str) -> Option<Edit> {
        let (fields, _) = field.rsplit_once('/').filter(|(fields, _)| fields.ends_with("/fields"))?;
        let of = self.value(field)?;
        if self.text.get(of.clone())?.contains('\n') {
            return None;
        }
        let named = serde_json::from_str::<String>(self.read(&format!("{field}/name"))?).ok()?;
        let name = name_for(&named, type_name)?;
        // A name is given once in a record.
        if self.names.contains(&(fields.to_owned(), name.clone())) {
            return None;
        }
        let line = self.text.get(self.text.get(..of.start)?.rfind('\n').map_or(0, |at| at + 1)..of.start)?;
        let is_first = line.trim().is_empty() && self.text.contains('\n');
        let between = if is_first { format!(",\n{line}") } else { ", ".to_owned() };
        let added = format!(r#"{{ "name": "{name}", "type": ["null", {type_name}], "default": null }}"#);
        Some(Edit { start: of.end, end: of.end, replacement: format!("{between}{added}") })
    }
}

/// What puts the old text in the place of the new one, where both are a word on one line.
fn as_before(text: &str, here: Range<usize>, before: &str) -> Option<Vec<Edit>> {
    let now = text.get(here.clone())?;
    let is_word =
        |text: &str| text.len() > 2 && text.starts_with('"') && text.ends_with('"') && !text.contains(['\n', '\\']);
    (is_word(now) && is_word(before) && now != before)
        .then(|| vec![Edit { start: here.start, end: here.end, replacement: before.to_owned() }])
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

    /// Notes the place of each value, without recursion: texts come from outside.
    fn index(&mut self, places: &mut Places<'_>) -> Option<()> {
        let mut pointer = String::new();
        // Of each list and object that is open: where it begins, how long the pointer to it is, and at which item it is.
        let mut open: Vec<(usize, usize, Option<usize>)> = Vec::new();
        loop {
            self.blanks();
            // A value begins here, to which the pointer leads.
            let start = self.at;
            match self.rest().chars().next()? {
                '[' | '{' => {
                    let is_list = self.rest().starts_with('[');
                    self.at += 1;
                    open.push((start, pointer.len(), is_list.then_some(0)));
                    if self.closes() {
                        self.close(&mut open, &mut pointer, places);
                    } else {
                        self.step_into(&open, &mut pointer)?;
                        continue;
                    }
                }
                '"' => {
                    self.string()?;
                    places.note_at(&pointer, start..self.at, open.len());
                }
                _ => {
                    let rest = self.rest();
                    let length = rest.find([',', ':', ']', '}', ' ', '\n', '\r', '\t']).unwrap_or(rest.len());
                    self.at += (length > 0).then_some(length)?;
                    places.note_at(&pointer, start..self.at, open.len());
                }
            }
            // The value is over, and with it perhaps what it was the last of.
            loop {
                let (_, length, item) = open.last_mut()?;
                pointer.truncate(*length);
                self.blanks();
                if self.rest().starts_with(',') {
                    self.at += 1;
                    if let Some(item) = item {
                        *item += 1;
                    }
                    self.step_into(&open, &mut pointer)?;
                    break;
                }
                if !self.closes() {
                    return None;
                }
                self.close(&mut open, &mut pointer, places);
            }
        }
    }

    /// Whether the list or object that is open ends here.
    fn closes(&mut self) -> bool {
        self.blanks();
        self.rest().starts_with([']', '}'])
    }

    fn close(&mut self, open: &mut Vec<(usize, usize, Option<usize>)>, pointer: &mut String, places: &mut Places<'_>) {
        self.at += 1;
        if let Some((start, length, _)) = open.pop() {
            pointer.truncate(length);
            places.note_at(pointer, start..self.at, open.len());
        }
    }

    /// Lengthens the pointer by the next item, or by the next name, which is read.
    fn step_into(&mut self, open: &[(usize, usize, Option<usize>)], pointer: &mut String) -> Option<()> {
        let (_, _, item) = open.last()?;
        let is_deep = open.len() > MAX_DEPTH;
        match item {
            Some(item) if !is_deep => pointer.push_str(&format!("/{item}")),
            Some(_) => {}
            None => {
                self.blanks();
                let start = self.at;
                self.string()?;
                if !is_deep {
                    let name = serde_json::from_str::<String>(self.text.get(start..self.at)?).ok()?;
                    pointer.push('/');
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                }
                self.blanks();
                self.rest().starts_with(':').then(|| self.at += 1)?;
            }
        }
        Some(())
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
            assert_eq!(Places::of(&text).optional("/fields/1").map(|edits| applied(&text, edits)), expected, "{field}");
        }
    }

    #[test]
    fn a_new_type_gets_a_field_of_its_own_beside_the_old_one() {
        let beside_of = |text: &str, place: &str| {
            let places = Places::of(text);
            let of = places.value(place).expect("a type").clone();
            places.beside(place, of, "\"long\"").map(|edits| applied(text, edits))
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
            assert_eq!(Places::of(text).value("/fields/1/type"), None, "{text}");
        }
        assert_eq!(Places::of(&"[".repeat(100_000)).value("/0/0"), None);
        // What is deeper than anybody writes is passed over, and what stands behind it is found.
        let deep = format!(r#"{{"a": {}1{}, "b/c": [2, {{}}, [], "x"]}}"#, r#"{"n": ["#.repeat(500), "]}".repeat(500));
        let places = Places::of(&deep);
        assert_eq!((places.read("/b~1c/0"), places.read("/b~1c/3")), (Some("2"), Some("\"x\"")));
        assert_eq!(
            (places.read("/b~1c/1"), places.read("/b~1c/2"), places.read("/b~1c/4")),
            (Some("{}"), Some("[]"), None)
        );
        assert!(places.by_pointer.len() < 100 && places.read("").is_some_and(|all| all.len() == deep.len()));
    }

    #[test]
    fn only_words_are_put_back() {
        assert_eq!(as_before("\"string\"", 0..8, "\"long\"").map(|edits| edits.len()), Some(1));
        assert_eq!(as_before("{\"a\":1}", 0..7, "\"long\""), None);
        assert_eq!(as_before("\"string\"", 0..9, "\"long\""), None);
    }
}
