//! Does the same schema always print the same, as other registries print it?

use super::super::parse::parse;
use super::*;
use crate::format::Strictness;

fn printed(text: &str) -> (String, String) {
    let schema = parse(text, &[], Strictness::Strict).unwrap();
    let again = |text: &str| parse(text, &[], Strictness::Strict).unwrap();
    let (identity, normalized) = (identity(&schema), normalized(&schema));
    assert_eq!(super::identity(&again(&identity)), identity);
    assert_eq!(super::normalized(&again(&normalized)), normalized);
    assert_eq!(super::normalized(&again(&identity)), normalized);
    (identity, normalized)
}

#[test]
fn identity_keeps_the_order_of_members_and_drops_blanks() {
    let (identity, normalized) =
        printed(" { \"type\" : \"object\",\n \"b\": [ 2, 1, { \"y\":1, \"x\":2 } ], \"a\": null } ");
    assert_eq!(identity, r#"{"type":"object","b":[2,1,{"y":1,"x":2}],"a":null}"#);
    assert_eq!(normalized, r#"{"a":null,"b":[2,1,{"x":2,"y":1}],"type":"object"}"#);
    assert_eq!(printed("true").0, "true");
}

#[test]
fn members_are_sorted_as_java_sorts_texts() {
    // In UTF-16 the rocket begins with a surrogate, which is less than the full-width letter.
    let (_, normalized) = printed("{\"\u{ff21}\":1,\"🚀\":2,\"b\":3,\"B\":4,\"ab\":5,\"a\":6}");
    assert_eq!(normalized, "{\"B\":4,\"a\":6,\"ab\":5,\"b\":3,\"🚀\":2,\"\u{ff21}\":1}");
}

#[test]
fn only_what_must_be_escaped_is() {
    let (identity, _) = printed(r#"{"a":"\"\\\/\b\f\n\r\t\u0000\u001f\u007f\u00e9\u2028\ud83d\ude80é"}"#);
    assert_eq!(identity, "{\"a\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001F\u{7f}é\u{2028}🚀é\"}");
}

#[test]
fn numbers_keep_their_digits_and_print_as_java_prints_them() {
    for (written, printed) in [
        ("0", "0"),
        ("-0", "0"),
        ("-12", "-12"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1.0", "1.0"),
        ("1.10", "1.10"),
        ("0.1", "0.1"),
        ("-0.0", "0.0"),
        ("0.000001", "0.000001"),
        ("0.0000001", "1E-7"),
        ("0.00000012", "1.2E-7"),
        ("1e3", "1E+3"),
        ("1.5e3", "1.5E+3"),
        ("15e-1", "1.5"),
        ("1.0E+2", "1.0E+2"),
        ("12.50e1", "125.0"),
        ("12.5e1", "125"),
        ("1e0", "1"),
        ("1e-10", "1E-10"),
        ("0e5", "0E+5"),
        ("0.00", "0.00"),
        ("-2.5e-8", "-2.5E-8"),
        ("1e99999999999", "1e99999999999"),
        ("3.141592653589793238462643383279", "3.141592653589793238462643383279"),
    ] {
        assert_eq!(number(written), printed, "{written}");
        assert_eq!(number(printed), printed, "{written} again");
    }
}
