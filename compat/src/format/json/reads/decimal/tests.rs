//! Are numbers compared by what they are, not by how they are written?

use super::Decimal;

fn number(text: &str) -> Decimal {
    Decimal::parse(text)
}

#[test]
fn the_way_a_number_is_written_does_not_count() {
    for (one, other) in [("0.5", "0.50"), ("5e-1", "0.5"), ("100", "1E+2"), ("-0", "0.00e7"), ("12.30", "1.23e1")] {
        assert_eq!(number(one), number(other), "{one} {other}");
    }
}

#[test]
fn order_is_exact_where_floating_point_rounds() {
    for (less, more) in [
        ("9007199254740992", "9007199254740993"),
        ("0.1", "0.10000000000000000000001"),
        ("-2", "-1"),
        ("-1", "0"),
        ("0", "1e-400"),
        ("9", "10"),
        ("99", "1e2"),
        ("1e999999999999999999999", "1e9999999999999999999999999999999"),
    ] {
        assert!(number(less) <= number(more) && number(more) >= number(less), "{less} {more}");
    }
    assert!(number("-10") < number("-9") && number("0.9") < number("1"));
}

#[test]
fn multiples_are_found_at_any_scale() {
    for (multiple, unit) in [("10", "2"), ("0.5", "0.25"), ("9e29", "3e29"), ("0", "7"), ("1", "0.001"), ("-6", "3")] {
        assert!(number(multiple).is_multiple_of(&number(unit)), "{multiple} {unit}");
    }
    for (other, unit) in [("10", "4"), ("1e30", "3e29"), ("0.5", "0.3"), ("2", "10"), ("1e-3", "1"), ("5", "0")] {
        assert!(!number(other).is_multiple_of(&number(unit)), "{other} {unit}");
    }
    assert!(!number("1e999999999").is_multiple_of(&number("7e-999999999")));
    let long = "123456789012345678901234567890";
    assert!(number(long).is_multiple_of(&number(long)) && !number("1").is_multiple_of(&number(long)));
}
