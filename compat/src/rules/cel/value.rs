//! What are values while an expression is evaluated, when are two the same, and which comes first?
//!
//! Values are small and borrow from the payload, from the program, or from an arena that is emptied after each record.

use std::cmp::Ordering;

use super::program::Constant;
use crate::model::TypeId;
use crate::view::NodeId;

/// A value.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) enum Val<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
    /// A point in time: seconds since 1970 and nanoseconds.
    Time(i64, i32),
    /// A duration: seconds and nanoseconds of the same sign.
    Span(i64, i32),
    /// A list, a map or a record of the view.
    Node(NodeId),
    /// A message that is not there, all of whose fields read as their defaults.
    Default(TypeId),
    List(&'a [Self]),
    Map(&'a [(Self, Self)]),
    Type(&'static str),
}

/// Why an expression has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) enum Fault {
    NoSuchField,
    NoSuchKey,
    NoOverload,
    DivisionByZero,
    Overflow,
    OutOfBounds,
    Conversion,
    Pattern,
    RepeatedKey,
    /// It took too many steps, or too much memory.
    TooCostly,
    /// It asks for something that is not known here.
    Unknowable,
    /// It is not what it was taken for.
    Other,
}

impl Fault {
    pub(in crate::rules) fn what(self) -> &'static str {
        match self {
            Self::NoSuchField => "there is no such field",
            Self::NoSuchKey => "there is no such key",
            Self::NoOverload => "an operator or function does not take these types",
            Self::DivisionByZero => "a division by zero",
            Self::Overflow => "a number is out of range",
            Self::OutOfBounds => "an index is out of bounds",
            Self::Conversion => "a value can't be converted",
            Self::Pattern => "a pattern is no regular expression",
            Self::RepeatedKey => "a map has a key twice",
            Self::TooCostly => "it costs more than the gateway allows",
            Self::Unknowable => "it asks for what the gateway does not know",
            Self::Other => "it can't be evaluated",
        }
    }

    /// Whether the gateway is to blame, and not the payload or the rule.
    pub(in crate::rules) fn is_ours(self) -> bool {
        matches!(self, Self::TooCostly | Self::Unknowable)
    }
}

impl Constant {
    pub(in crate::rules) fn value(&self) -> Val<'_> {
        match self {
            Self::Null => Val::Null,
            Self::Bool(value) => Val::Bool(*value),
            Self::Int(value) => Val::Int(*value),
            Self::Uint(value) => Val::Uint(*value),
            Self::Double(value) => Val::Double(*value),
            Self::Text(value) => Val::Text(value),
            Self::Bytes(value) => Val::Bytes(value),
            Self::Time(seconds, nanos) => Val::Time(*seconds, *nanos),
            Self::Span(seconds, nanos) => Val::Span(*seconds, *nanos),
        }
    }
}

/// Whether two single values are the same; `None` if one of them is no single value. Numbers are compared by what they
/// are worth, whatever their types.
pub(in crate::rules) fn scalars_equal(one: &Val<'_>, other: &Val<'_>) -> Option<bool> {
    Some(match (one, other) {
        (Val::Text(one), Val::Text(other)) => one == other,
        (Val::Int(one), Val::Int(other)) => one == other,
        (Val::Null, Val::Null) => true,
        (Val::Bool(one), Val::Bool(other)) => one == other,
        (Val::Bytes(one), Val::Bytes(other)) => one == other,
        (Val::Time(s1, n1), Val::Time(s2, n2)) | (Val::Span(s1, n1), Val::Span(s2, n2)) => (s1, n1) == (s2, n2),
        (Val::Type(one), Val::Type(other)) => one == other,
        (one, other) if is_number(one) && is_number(other) => numbers(one, other) == Some(Ordering::Equal),
        (one, other) if is_single(one) || is_single(other) => false,
        _ => return None,
    })
}

fn is_single(value: &Val<'_>) -> bool {
    !matches!(value, Val::Node(_) | Val::Default(_) | Val::List(_) | Val::Map(_))
}

pub(super) fn is_number(value: &Val<'_>) -> bool {
    matches!(value, Val::Int(_) | Val::Uint(_) | Val::Double(_))
}

/// Which of two comes first.
pub(in crate::rules) fn order(one: &Val<'_>, other: &Val<'_>) -> Result<Option<Ordering>, Fault> {
    Ok(match (one, other) {
        (Val::Int(one), Val::Int(other)) => Some(one.cmp(other)),
        (Val::Text(one), Val::Text(other)) => Some(one.cmp(other)),
        (Val::Bool(one), Val::Bool(other)) => Some(one.cmp(other)),
        (Val::Bytes(one), Val::Bytes(other)) => Some(one.cmp(other)),
        (Val::Time(s1, n1), Val::Time(s2, n2)) | (Val::Span(s1, n1), Val::Span(s2, n2)) => {
            Some((s1, n1).cmp(&(s2, n2)))
        }
        (one, other) if is_number(one) && is_number(other) => numbers(one, other),
        _ => return Err(Fault::NoOverload),
    })
}

fn numbers(one: &Val<'_>, other: &Val<'_>) -> Option<Ordering> {
    match (one, other) {
        (Val::Double(one), Val::Double(other)) => one.partial_cmp(other),
        (Val::Double(one), other) => with_double(whole(other), *one).map(Ordering::reverse),
        (one, Val::Double(other)) => with_double(whole(one), *other),
        (one, other) => Some(whole(one).cmp(&whole(other))),
    }
}

fn whole(value: &Val<'_>) -> i128 {
    match value {
        Val::Int(value) => i128::from(*value),
        Val::Uint(value) => i128::from(*value),
        _ => 0,
    }
}

/// As in the language's own suite: beyond what the whole number's type holds the double decides, within it both are
/// doubles.
fn with_double(whole: i128, double: f64) -> Option<Ordering> {
    /// Beyond every whole number there is here.
    const BEYOND: f64 = 4e19;
    if double.abs() > BEYOND {
        return Some(if double > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    (whole as f64).partial_cmp(&double)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_what_they_are_worth() {
        let cases = [
            (Val::Int(1), Val::Double(1.0), Some(Ordering::Equal)),
            (Val::Int(1), Val::Double(1.5), Some(Ordering::Less)),
            (Val::Int(-1), Val::Double(-1.5), Some(Ordering::Greater)),
            (Val::Uint(u64::MAX), Val::Int(-1), Some(Ordering::Greater)),
            (Val::Int(i64::MAX), Val::Double(9_223_372_036_854_775_808.0), Some(Ordering::Equal)),
            (Val::Int(9_007_199_254_740_995), Val::Double(9_007_199_254_740_992.0), Some(Ordering::Greater)),
            (Val::Uint(u64::MAX), Val::Double(f64::INFINITY), Some(Ordering::Less)),
            (Val::Int(i64::MIN), Val::Double(f64::NEG_INFINITY), Some(Ordering::Greater)),
            (Val::Int(0), Val::Double(f64::NAN), None),
        ];
        for (one, other, expected) in cases {
            assert_eq!(order(&one, &other), Ok(expected), "{one:?} {other:?}");
            assert_eq!(order(&other, &one), Ok(expected.map(Ordering::reverse)), "{other:?} {one:?}");
        }
    }

    #[test]
    fn values_of_different_kinds_differ_and_have_no_order() {
        assert_eq!(scalars_equal(&Val::Int(1), &Val::Text("1")), Some(false));
        assert_eq!(scalars_equal(&Val::Null, &Val::Bool(false)), Some(false));
        assert_eq!(scalars_equal(&Val::List(&[]), &Val::List(&[])), None);
        assert_eq!(order(&Val::Int(1), &Val::Text("1")), Err(Fault::NoOverload));
    }
}
