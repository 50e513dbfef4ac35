//! Is this a regular expression that payloads can be checked with?
//!
//! What crate `regex` reads is one, flags and classes of other languages included, and what crate `jsonschema` makes of
//! ECMA-262, look-around and back references included. Compiling is what tells, so the work is bounded. In stored
//! schemas a pattern may be one that only Java's engine knows; nothing can be checked against it then.

use std::collections::HashSet;

use regex::RegexBuilder;
use serde_json::json;

use super::{Strictness, shown};

/// How many different patterns a text may have.
const MAX_PATTERNS: usize = 2_000;
/// What a compiled pattern takes up, and how many may take more.
const SMALL: usize = 64 * 1024;
const MAX_BIG: usize = 20;
const BIG: usize = 8 * 1024 * 1024;
/// How many bytes patterns may have together that only the other engine reads.
const MAX_OTHERS: usize = 64 * 1024;

/// How many bytes one pattern may have. What engines make of a longer one takes them seconds.
const LONGEST: usize = 64 * 1024;

/// The patterns that were looked at.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    /// Whether what no engine reads is taken all the same.
    tolerant: bool,
    good: HashSet<String>,
    big: usize,
    others: usize,
}

impl Patterns {
    /// Stored schemas may have patterns that no engine of ours reads.
    pub(super) fn new(strictness: Strictness) -> Self {
        Self { tolerant: strictness == Strictness::Lenient, ..Self::default() }
    }

    /// What is wrong with a pattern, if something is.
    pub(super) fn check(&mut self, pattern: &str) -> Result<(), String> {
        if self.good.contains(pattern) {
            return Ok(());
        }
        if self.good.len() >= MAX_PATTERNS {
            return Err(format!("there are more than {MAX_PATTERNS} different patterns in this schema"));
        }
        if pattern.len() > LONGEST {
            let told = format!("a pattern may have {LONGEST} bytes, and this one has {}", pattern.len());
            return if self.tolerant { Ok(()) } else { Err(told) };
        }
        match compiled(pattern, SMALL) {
            Ok(()) => {}
            Err(regex::Error::CompiledTooBig(_)) => self.check_big(pattern)?,
            Err(_) => self.check_other(pattern)?,
        }
        self.good.insert(pattern.to_owned());
        Ok(())
    }

    fn check_big(&mut self, pattern: &str) -> Result<(), String> {
        self.big += 1;
        if self.big > MAX_BIG {
            return Err(format!("there are more than {MAX_BIG} patterns in this schema that take much memory"));
        }
        compiled(pattern, BIG).map_err(|_| "the pattern would take too much memory".to_owned())
    }

    /// Compiles what the plain engine doesn't understand as crate `jsonschema` would.
    fn check_other(&mut self, pattern: &str) -> Result<(), String> {
        self.others += pattern.len();
        if self.others > MAX_OTHERS {
            return Err(format!(
                "this is not a regular expression that runs in linear time, and others may have {MAX_OTHERS} bytes \
                 together"
            ));
        }
        let engine = jsonschema::PatternOptions::fancy_regex().size_limit(SMALL * 16);
        let built = jsonschema::draft7::options().with_pattern_options(engine).build(&json!({ "pattern": pattern }));
        match built {
            Err(_) if !self.tolerant => Err(format!("'{}' is not a regular expression", shown(pattern))),
            _ => Ok(()),
        }
    }
}

fn compiled(pattern: &str, limit: usize) -> Result<(), regex::Error> {
    RegexBuilder::new(pattern).size_limit(limit).build().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_taken() {
        let mut patterns = Patterns::default();
        for pattern in [
            "^[A-Z]{2,3}$",
            r"^\d{4}-\d\d$",
            r"^(?!a).*$",
            r"(?<=x)y",
            r"^\/a\-b$",
            r"(a)\1",
            r"\p{L}+",
            r"(?i)abc",
            "",
            r"\cA",
            r"[^\s@]+@[^\s@]+",
            r"^(?:[a-z0-9]+)*$",
            r"\u00e9",
            "é+",
        ] {
            assert_eq!(patterns.check(pattern), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn what_no_engine_reads_is_refused() {
        let mut patterns = Patterns::default();
        for pattern in ["(", "[a", "a{3,1}", "*a", r"\"] {
            assert_eq!(patterns.check(pattern), Err(format!("'{pattern}' is not a regular expression")));
            assert_eq!(Patterns::new(Strictness::Lenient).check(pattern), Ok(()));
        }
    }

    #[test]
    fn deep_and_long_ones_are_answered() {
        for size in [1_000, 10_000, 500_000] {
            for pattern in [
                format!("{}{}", "(".repeat(size), ")".repeat(size)),
                format!("{}a{}", "(?=".repeat(size), ")".repeat(size)),
                format!("(?=x){}", "[".repeat(size)),
                format!("(?=x){}", "a|".repeat(size)),
                format!("(?=x){}", "(?:a{1,9}){1,9}".repeat(size)),
                format!("(?=x){}x{}", "(".repeat(6), "{1000})".repeat(6)),
                "(?=a)".repeat(size),
                r"\/".repeat(size),
            ] {
                let started = std::time::Instant::now();
                let _ = Patterns::default().check(&pattern);
                assert!(started.elapsed().as_secs() < 60, "{size} {}", pattern.get(..20).unwrap_or_default());
            }
        }
        assert!(Patterns::default().check(&"(?=a)".repeat(500_000)).is_err());
    }

    #[test]
    fn giants_are_refused_in_bounded_time() {
        let mut patterns = Patterns::default();
        let giant = format!("{}x{}", "(".repeat(6), "{100})".repeat(6));
        assert_eq!(patterns.check(&giant), Err("the pattern would take too much memory".to_owned()));
        let refusals = (0..100).filter_map(|n| patterns.check(&format!("{n}[a-z]{{9000}}")).err()).last();
        assert_eq!(
            refusals,
            Some(format!("there are more than {MAX_BIG} patterns in this schema that take much memory"))
        );
    }
}
