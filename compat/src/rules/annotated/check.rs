//! Does a value pass a test that needs no expression?

use regex::Regex;

use crate::demand::{Form, Literal, Range, Test};
use crate::rules::cel::formats::{self as forms, network};
use crate::rules::cel::{Constant, Fault, Run, Set, Val, contains, order, scalars_equal};
use crate::rules::patterns;

/// A test, ready to be made.
#[derive(Debug)]
pub(super) enum Check {
    Equals(Constant),
    In(Set),
    NotIn(Set),
    Range {
        low: Option<(Constant, bool)>,
        high: Option<(Constant, bool)>,
        is_outside: bool,
    },
    Pattern(Regex),
    /// What is no more than a comparison as it is.
    Plain(Plain),
}

#[derive(Debug)]
pub(super) enum Plain {
    Finite,
    Chars(u64, u64),
    Bytes(u64, u64),
    Items(u64, u64),
    Unique,
    Prefix(Box<[u8]>),
    Suffix(Box<[u8]>),
    Contains(Box<[u8]>),
    NotContains(Box<[u8]>),
    Form(Form),
    Sizes(&'static [usize]),
    NotEmpty,
    BeforeNow,
    AfterNow,
    NearNow(i64, i32),
}

impl Check {
    /// # Errors
    /// Why nobody can make this test.
    pub(super) fn new(test: &Test) -> Result<Self, String> {
        let set = |literals: &[Literal]| literals.iter().map(Constant::from).collect();
        Ok(match test {
            Test::Equals(literal) => Self::Equals(literal.into()),
            Test::In(literals) => Self::In(set(literals)),
            Test::NotIn(literals) => Self::NotIn(set(literals)),
            Test::Range(Range { low, high, is_outside }) => {
                let end = |end: &Option<(Literal, bool)>| end.as_ref().map(|(end, is_in)| (end.into(), *is_in));
                Self::Range { low: end(low), high: end(high), is_outside: *is_outside }
            }
            Test::Pattern(pattern) => {
                let read = patterns::read(pattern, false);
                Self::Pattern(read.map_err(|why| format!("the pattern can't be used: {why}"))?)
            }
            Test::Finite => Self::Plain(Plain::Finite),
            Test::Chars(least, most) => Self::Plain(Plain::Chars(*least, *most)),
            Test::Bytes(least, most) => Self::Plain(Plain::Bytes(*least, *most)),
            Test::Items(least, most) => Self::Plain(Plain::Items(*least, *most)),
            Test::Unique => Self::Plain(Plain::Unique),
            Test::Prefix(part) => Self::Plain(Plain::Prefix(part.clone())),
            Test::Suffix(part) => Self::Plain(Plain::Suffix(part.clone())),
            Test::Contains(part) => Self::Plain(Plain::Contains(part.clone())),
            Test::NotContains(part) => Self::Plain(Plain::NotContains(part.clone())),
            Test::Form(form) => Self::Plain(Plain::Form(*form)),
            Test::Sizes(sizes) => Self::Plain(Plain::Sizes(sizes)),
            Test::NotEmpty => Self::Plain(Plain::NotEmpty),
            Test::BeforeNow => Self::Plain(Plain::BeforeNow),
            Test::AfterNow => Self::Plain(Plain::AfterNow),
            Test::NearNow(seconds, nanos) => Self::Plain(Plain::NearNow(*seconds, *nanos)),
        })
    }

    /// Whether a value passes. A test of another kind of values never does: the compiler has told that already.
    pub(super) fn is_passed<'a>(&'a self, value: &Val<'a>, run: &Run<'a>) -> Result<bool, Fault> {
        Ok(match self {
            Self::Equals(constant) => scalars_equal(&constant.value(), value) == Some(true),
            Self::In(set) => run.in_set(value, set)?,
            Self::NotIn(set) => !run.in_set(value, set)?,
            Self::Range { low, high, is_outside } => {
                let is_above = |end: &(Constant, bool)| passes(value, end, std::cmp::Ordering::is_gt);
                let is_below = |end: &(Constant, bool)| passes(value, end, std::cmp::Ordering::is_lt);
                match (low, high) {
                    (Some(low), Some(high)) if *is_outside => is_above(low) || is_below(high),
                    (low, high) => low.as_ref().is_none_or(is_above) && high.as_ref().is_none_or(is_below),
                }
            }
            Self::Pattern(pattern) => match value {
                Val::Text(text) => pattern.is_match(text),
                Val::Bytes(bytes) => std::str::from_utf8(bytes).is_ok_and(|text| pattern.is_match(text)),
                _ => false,
            },
            Self::Plain(plain) => plain.is_passed(value, run)?,
        })
    }
}

/// Whether a value lies beyond an end, or at it where that is allowed. What has no order lies nowhere.
fn passes(value: &Val<'_>, (end, is_in): &(Constant, bool), is_beyond: fn(std::cmp::Ordering) -> bool) -> bool {
    let order = order(value, &end.value()).ok().flatten();
    order.is_some_and(|order| is_beyond(order) || *is_in && order.is_eq())
}

impl Plain {
    fn is_passed<'a>(&self, value: &Val<'a>, run: &Run<'a>) -> Result<bool, Fault> {
        let bytes = match value {
            Val::Text(text) => text.as_bytes(),
            Val::Bytes(bytes) => bytes,
            _ => &[],
        };
        let is_within = |count: u64, least: u64, most: u64| least <= count && count <= most;
        Ok(match self {
            Self::Finite => matches!(value, Val::Double(value) if value.is_finite()),
            Self::Bytes(least, most) => is_within(bytes.len() as u64, *least, *most),
            Self::Chars(least, most) | Self::Items(least, most) => {
                is_within(u64::try_from(run.size(value)?).unwrap_or(0), *least, *most)
            }
            Self::Unique => run.is_unique(value)?,
            Self::Prefix(part) => bytes.starts_with(part),
            Self::Suffix(part) => bytes.ends_with(part),
            Self::Contains(part) => contains(bytes, part),
            Self::NotContains(part) => !contains(bytes, part),
            Self::NotEmpty => !bytes.is_empty(),
            Self::Sizes(sizes) => sizes.contains(&bytes.len()),
            Self::Form(form) => matches!(value, Val::Text(text) if has_form(*form, text)),
            Self::BeforeNow => run.until(value)? >= 0,
            Self::AfterNow => run.until(value)? <= 0,
            Self::NearNow(seconds, nanos) => {
                run.until(value)?.abs() <= i128::from(*seconds) * 1_000_000_000 + i128::from(*nanos)
            }
        })
    }
}

fn has_form(form: Form, text: &str) -> bool {
    match form {
        Form::Email => forms::is_email(text),
        Form::Hostname => forms::is_hostname(text),
        Form::Ip(version) => network::is_ip(text, i64::from(version)),
        Form::IpPrefix(version, is_strict) => network::is_prefix(text, i64::from(version), is_strict),
        Form::Uri => forms::is_uri(text),
        Form::UriReference => forms::is_uri_reference(text),
        Form::Address => forms::is_hostname(text) || network::is_ip(text, 0),
        Form::HostAndPort => network::is_host_and_port(text, true),
        Form::Uuid => forms::is_uuid(text),
    }
}
