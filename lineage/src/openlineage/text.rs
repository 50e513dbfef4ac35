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

/// Valid JSON without the space that means nothing.
pub fn compact(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let (mut in_string, mut is_escaped, mut begin) = (false, false, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b' ' | b'\t' | b'\n' | b'\r' if !in_string => {
                written.push_str(text.get(begin..at).unwrap_or_default());
                begin = at + 1;
            }
            _ => {}
        }
    }
    written.push_str(text.get(begin..).unwrap_or_default());
    written
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
            prop_assert_eq!(compact(&pretty), serde_json::to_string(&elements).unwrap());
        }

        #[test]
        fn text_that_is_no_json_does_no_harm(text in any::<String>()) {
            let _ = (items(&text), compact(&text));
        }
    }
}
