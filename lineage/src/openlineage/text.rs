//! How is the text of an event cut out of a list, and when are two texts the same event?
//!
//! Events are kept as they came: numbers that no reader of ours could hold stay what they are. So these work on the text.

/// The elements of a JSON list, as they are written. The text has to be valid JSON; `None` if it is no list.
pub fn items(text: &str) -> Option<Vec<&str>> {
    let inner = text.trim_matches(is_space).strip_prefix('[')?.strip_suffix(']')?;
    let mut found = Vec::new();
    let (mut depth, mut begin, mut in_string, mut is_escaped) = (0_usize, 0, false, false);
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                found.push(inner.get(begin..at)?.trim_matches(is_space));
                begin = at + 1;
            }
            _ => {}
        }
    }
    let last = inner.get(begin..)?.trim_matches(is_space);
    if !last.is_empty() || !found.is_empty() {
        found.push(last);
    }
    Some(found)
}

/// JSON without the space that means nothing, and how many levels it has. What is no JSON stays none.
pub(super) fn compact(text: &str) -> (String, usize) {
    let bytes = text.as_bytes();
    let mut written = String::with_capacity(text.len());
    let (mut at, mut begin, mut depth, mut deepest) = (0, 0, 0_usize, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_string(bytes, at),
            b' ' | b'\t' | b'\n' | b'\r' => {
                let end = at + bytes[at..].iter().take_while(|byte| is_space(char::from(**byte))).count();
                written.push_str(text.get(begin..at).unwrap_or_default());
                // Two words that stand side by side must not become one.
                if at.checked_sub(1).is_some_and(|before| is_word(bytes, before)) && is_word(bytes, end) {
                    written.push(' ');
                }
                (at, begin) = (end, end);
                continue;
            }
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    written.push_str(text.get(begin..).unwrap_or_default());
    (written, deepest)
}

/// Where the string ends that begins here: at its last quote, or with the text.
fn end_of_string(bytes: &[u8], begin: usize) -> usize {
    let mut at = begin + 1;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
            Some(found) if rest[found] == b'"' => return at + found,
            Some(found) => at += found + 2,
            None => return bytes.len(),
        }
    }
}

/// Whether this byte is none that stands for itself.
fn is_word(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|byte| !matches!(byte, b'[' | b']' | b'{' | b'}' | b',' | b':' | b'"'))
}

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn lists_are_cut_where_their_elements_end() {
        assert_eq!(items(" [ {\"a\": [1, 2]} , \"],\\\"[\" ,3 ] ").unwrap(), ["{\"a\": [1, 2]}", "\"],\\\"[\"", "3"]);
        assert_eq!(items("[]").unwrap(), Vec::<&str>::new());
        assert_eq!(items("[ \n ]").unwrap(), Vec::<&str>::new());
        assert_eq!(items("{}"), None);
    }

    #[test]
    fn space_goes_and_levels_are_counted() {
        let text = "{ \"a b\" : [ 1 , \"\\\" }\" , { } ] }";
        assert_eq!(compact(text), ("{\"a b\":[1,\"\\\" }\",{}]}".to_owned(), 3));
        assert_eq!(compact("[1 2]").0, "[1 2]");
        assert_eq!(compact("\"open [").1, 0);
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[\\[\\]{},\\\\\" ]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_list_is_cut_into_what_it_was_made_of(elements in prop::collection::vec(json(), 0..5)) {
            let pretty = serde_json::to_string_pretty(&elements).unwrap();
            let cut: Vec<Value> = items(&pretty).unwrap().iter().map(|text| serde_json::from_str(text).unwrap()).collect();
            prop_assert_eq!(&cut, &elements);
            prop_assert_eq!(compact(&pretty).0, serde_json::to_string(&elements).unwrap());
        }

        #[test]
        fn what_is_no_json_is_none_without_space(text in "[\\[\\]{},:0-9a-e\\\\\" \n.+-]{0,12}") {
            let is_json = |text: &str| serde_json::from_str::<Value>(text).is_ok();
            prop_assert_eq!(is_json(&text), is_json(&compact(&text).0));
        }

        #[test]
        fn text_that_is_no_json_does_no_harm(text in any::<String>()) {
            let _ = (items(&text), compact(&text));
        }
    }
}
