//! Is a schema printed as Java prints it?

use super::{java_double, java_number};
use crate::format::{Parsed, Strictness, parse};
use crate::schema::SchemaKind;

fn avro(text: &str) -> Parsed {
    parse(SchemaKind::Avro, text, &[], Strictness::Lenient).unwrap()
}

#[test]
fn attributes_stand_in_the_order_of_the_java_writer() {
    let text = r#"{"zeta":1,"aliases":["Old","b.Older",".Bare"],"fields":[
        {"p":{"b":1,"a":2},"aliases":["x"],"order":"descending","default":"E1","doc":"f","type":{
            "default":"E1","symbols":["E1"],"doc":"","name":"E","type":"enum","q":true},"name":"e"},
        {"name":"up","type":["null",{"type":"map","values":"E"}],"order":"ascending"},
        {"name":"f","type":{"size":2,"name":"F","namespace":"b","type":"fixed"}},
        {"name":"ff","type":"b.F"},
        {"name":"t","type":{"type":"long","logicalType":"timestamp-millis"}},
        {"name":"me","type":{"items":"R","type":"array"}}],
        "doc":"d","namespace":"a","name":"R","type":"record"}"#;
    assert_eq!(
        avro(text).identity(),
        concat!(
            r#"{"type":"record","name":"R","namespace":"a","doc":"d","fields":["#,
            r#"{"name":"e","type":{"type":"enum","name":"E","doc":"","symbols":["E1"],"default":"E1","q":true},"doc":"f","#,
            r#""default":"E1","order":"descending","aliases":["x"],"p":{"b":1,"a":2}},"#,
            r#"{"name":"up","type":["null",{"type":"map","values":"E"}]},"#,
            r#"{"name":"f","type":{"type":"fixed","name":"F","namespace":"b","size":2}},"#,
            r#"{"name":"ff","type":"b.F"},"#,
            r#"{"name":"t","type":{"type":"long","logicalType":"timestamp-millis"}},"#,
            r#"{"name":"me","type":{"type":"array","items":"R"}}],"#,
            r#""zeta":1,"aliases":["Old","b.Older",".Bare"]}"#
        )
    );
}

#[test]
fn normalizing_orders_what_has_no_order() {
    let text = r#"{"type":"record","name":"R","doc":"","z":1,"a":{"y":[{"d":1,"c":2}],"x":0},"aliases":["S","Q"],"fields":[
        {"name":"d","type":{"scale":2,"a":1,"precision":4,"type":"bytes","logicalType":"decimal"},"aliases":["z","y"],"q":1,"p":2},
        {"name":"u","type":{"type":"string","z":1,"logicalType":"nothing","b":2}}]}"#;
    let parsed = avro(text);
    assert_eq!(
        parsed.normalized(),
        concat!(
            r#"{"type":"record","name":"R","fields":[{"name":"d","type":{"type":"bytes","logicalType":"decimal","#,
            r#""precision":4,"scale":2,"a":1},"aliases":["y","z"],"p":2,"q":1},"#,
            r#"{"name":"u","type":{"type":"string","b":2,"logicalType":"nothing","z":1}}],"#,
            r#""a":{"x":0,"y":[{"c":2,"d":1}]},"z":1,"aliases":["Q","S"]}"#
        )
    );
    assert_eq!(avro(&parsed.normalized()).identity(), parsed.normalized());
}

#[test]
fn texts_are_escaped_as_little_as_can_be() {
    let text = r#"{"type":"string","p":"\u00e9\u0001\u001f\"\\\/\b\f\n\r\t\u007f\ud83d\ude00"}"#;
    let identity = avro(text).identity();
    assert_eq!(identity, "{\"type\":\"string\",\"p\":\"é\\u0001\\u001F\\\"\\\\/\\b\\f\\n\\r\\t\u{7f}😀\"}");
}

#[test]
fn numbers_print_as_java_prints_them() {
    let cases = [
        ("1", "1"),
        ("-0", "0"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1.10", "1.1"),
        ("-0.0", "-0.0"),
        ("1e2", "100.0"),
        ("0.001", "0.001"),
        ("0.0001", "1.0E-4"),
        ("9999999.0", "9999999.0"),
        ("1e7", "1.0E7"),
        ("12345678.9", "1.23456789E7"),
        ("1e400", "\"Infinity\""),
    ];
    for (written, printed) in cases {
        assert_eq!(java_number(written), printed);
    }
    assert_eq!(java_double(f64::NAN), "NaN");
    let nan = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"double","default":"NaN"},{"name":"b","type":"float","default":"2.50f"}]}"#;
    assert_eq!(avro(nan).identity(), nan.replace("\"2.50f\"", "2.5"));
}
