//! Does a text match a pattern that only the payload knows? Read once each, and kept as long as there is room.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::{Regex, RegexBuilder};

/// How much memory a pattern may take once it is read, in bytes.
const MAX_SIZE: usize = 1 << 20;

/// How many patterns are kept.
const MOST_KEPT: usize = 64;

/// Patterns that were met in payloads.
#[derive(Debug, Default)]
pub(super) struct Patterns(RefCell<HashMap<(String, bool), Option<Regex>>>);

impl Patterns {
    /// `None` if the pattern is none.
    pub(super) fn is_match(&self, text: &str, pattern: &str, is_whole: bool) -> Option<bool> {
        let mut known = self.0.borrow_mut();
        let key = (pattern.to_owned(), is_whole);
        if known.len() >= MOST_KEPT && !known.contains_key(&key) {
            known.clear();
        }
        let pattern = known.entry(key).or_insert_with_key(|(pattern, is_whole)| read(pattern, *is_whole).ok());
        pattern.as_ref().map(|pattern| pattern.is_match(text))
    }
}

/// A pattern, ready to be matched: anywhere in a text, or with all of it. In RE2's syntax, so that the time that it takes
/// grows with the text and no faster.
pub(super) fn read(pattern: &str, is_whole: bool) -> Result<Regex, String> {
    let anchored;
    let pattern = match is_whole {
        true => {
            anchored = format!(r"\A(?:{pattern})\z");
            &anchored
        }
        false => pattern,
    };
    let read = RegexBuilder::new(pattern).size_limit(MAX_SIZE).dfa_size_limit(MAX_SIZE).build();
    read.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        error => error.to_string().lines().last().unwrap_or("it is none").trim_start_matches("error: ").to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_anywhere_or_all() {
        let patterns = Patterns::default();
        assert_eq!(patterns.is_match("xaby", "ab", false), Some(true));
        assert_eq!(patterns.is_match("xaby", "ab", true), Some(false));
        assert_eq!(patterns.is_match("ab", "a|b|ab", true), Some(true));
        assert_eq!(patterns.is_match("ab", "(", false), None);
        for many in 0..200 {
            assert_eq!(patterns.is_match("1", &many.to_string(), true), Some(many == 1));
        }
        assert!(patterns.0.borrow().len() <= MOST_KEPT);
    }

    #[test]
    fn a_pattern_that_would_be_huge_is_none() {
        assert_eq!(read(r"(\w{100}){100}", false).unwrap_err(), "it is too large");
    }
}
