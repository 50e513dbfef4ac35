//! What is a Protobuf schema, and what is said of text that is none?

mod hostile;
mod imports;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message as _;
use prost_types::FileDescriptorProto;

use super::super::corpus::{proto, read};
use crate::format::{Strictness, parse};
use crate::schema::SchemaKind;

/// The message and the piece of the text that is to blame.
#[track_caller]
fn assert_refused(text: &str, message: &str, piece: &str) {
    let malformed = read(text).unwrap_err();
    let span = malformed.span.unwrap();
    assert_eq!((malformed.message.as_str(), text.get(span.start..span.end).unwrap()), (message, piece));
}

#[test]
fn both_syntaxes_are_read_and_editions_are_not() {
    assert!(read("syntax = 'proto2'; message A { required string a = 1; }").is_ok());
    assert!(read("syntax = 'proto3'; message A { string a = 1; optional string b = 2; }").is_ok());
    assert!(read("message A { optional string a = 1; }").is_ok());
    let compiled = |syntax: &str| {
        let file = FileDescriptorProto { name: Some("f".into()), syntax: Some(syntax.into()), ..Default::default() };
        read(&STANDARD.encode(file.encode_to_vec()))
    };
    assert!(compiled("proto3").is_ok());
    assert_eq!(
        compiled("editions").unwrap_err().message,
        "editions are not supported: the syntax has to be proto2 or proto3"
    );
    let malformed = read("edition = '2023'; message A {}").unwrap_err();
    assert_eq!(malformed.message, "editions are not supported: the syntax has to be proto2 or proto3");
    assert_eq!(malformed.span.map(|span| (span.line, span.column)), Some((1, 1)));
}

#[test]
fn bad_text_is_refused_where_it_is_bad() {
    assert_refused("syntax = 'proto3';\nmessage A { string a = ; }", "expected an integer, but found ';'", ";");
    assert_refused(
        "message A {",
        "expected a message field, oneof, reserved range, enum, message, option or '}', but reached end of file",
        "",
    );
    assert_refused(
        "message A { string a = 1; }",
        "fields must have a label with proto2 syntax (expected one of 'optional', 'repeated' or 'required')",
        "string a = 1;",
    );
    assert_refused(
        "syntax = 'proto3'; message A { required string a = 1; }",
        "required fields are not allowed in proto3 syntax",
        "required",
    );
    assert_refused("syntax = 'proto4';", "unknown syntax 'proto4'", "'proto4'");
}

#[test]
fn columns_count_characters() {
    let malformed = read("message A { optional string ä = 1; }").unwrap_err();
    assert_eq!(malformed.span.map(|span| (span.line, span.column)), Some((1, 29)));
    let malformed = read("// ä ö ü\n/* ä */ message A { optional Missing a = 1; }").unwrap_err();
    assert_eq!(malformed.span.map(|span| (span.line, span.column)), Some((2, 30)));
}

#[test]
fn names_and_numbers_are_checked() {
    let field =
        |body: &str| format!("syntax = 'proto3'; package p; message A {{ string a = 1; {body} }} message B {{}}");
    assert_refused(&field("string b = 1;"), "field number '1' is already used", "1");
    assert_refused(&field("string a = 2;"), "the message has two fields named 'a'", "a");
    assert_refused(&field("string b = 19500;"), "invalid field number '19500'", "19500");
    assert_refused(&field("reserved 1 to 5;"), "field number '1' conflicts with reserved range '1 to 5'", "1");
    assert_refused(&field("C c = 2;"), "'C' is neither declared here nor in an imported file", "C");
    assert_refused(
        "message A { optional Any a = 1; } import 'google/protobuf/any.proto';",
        "'Any' is not known here; there is a 'google.protobuf.Any'",
        "Any",
    );
    assert_refused(
        "message A { optional google.protobuf.Any a = 1; } import 'google/protobuf/type.proto';",
        "'google.protobuf.Any' is declared in \"google/protobuf/any.proto\", which this file does not import",
        "google.protobuf.Any",
    );
    assert_refused("enum E { }", "enums must have at least one value", "enum E { }");
    assert_refused("syntax = 'proto3'; enum E { A = 1; }", "the first value for proto3 enums must be 0", "1");
    assert_refused(
        "message A { option (none) = 1; }",
        "'none' is neither declared here nor in an imported file",
        "option (none) = 1;",
    );
}

#[test]
fn what_is_spelt_out_as_a_map_must_be_one() {
    let entry =
        |field: &str, entry: &str| format!("message M {{ {field} message E {{ option map_entry = true; {entry} }} }}");
    let good = "optional string key = 1; optional int32 value = 2;";
    proto(&entry("repeated E m = 1;", good));
    for bad in [
        "optional string key = 1;",
        "optional float key = 1; optional int32 value = 2;",
        "repeated string key = 1; optional int32 value = 2;",
    ] {
        let malformed = read(&entry("repeated E m = 1;", bad)).unwrap_err();
        assert_eq!(malformed.message, "the message 'E' has the option map_entry but is no entry of a map");
    }
    let malformed = read(&entry("optional E m = 1;", good)).unwrap_err();
    assert_eq!(malformed.message, "the field 'M.m' uses the entry of a map but is no map");
    let elsewhere = format!("{} message N {{ repeated M.E m = 1; }}", entry("", good));
    assert_eq!(read(&elsewhere).unwrap_err().message, "the field 'N.m' uses the entry of a map but is no map");
}

#[test]
fn base64_that_is_no_descriptor_is_bad_text() {
    let malformed = read("AAAA").unwrap_err();
    assert!(malformed.message.starts_with("expected 'enum'"), "{malformed}");
    let malformed = read("!").unwrap_err();
    assert_eq!(malformed.message, "invalid token");
}

#[test]
fn lists_are_packed_as_the_text_says() {
    let packed = |text: &str| {
        let schema = super::parse(text, &[], Strictness::Strict).unwrap();
        let message = schema.file.messages().next().unwrap();
        message.fields().map(|field| field.is_packed()).collect::<Vec<_>>()
    };
    let proto3 = "syntax = 'proto3'; message M { repeated int32 a = 1; repeated int32 b = 2 [packed = false];
        repeated int32 c = 3 [deprecated = true]; repeated string d = 4; }";
    assert_eq!(packed(proto3), [true, false, true, false]);
    let proto2 = "message M { repeated int32 a = 1; repeated int32 b = 2 [packed = true]; optional int32 c = 3; }";
    assert_eq!(packed(proto2), [false, true, false]);
    let twice = "message M { repeated int32 a = 1 [packed = true, packed = false]; }";
    assert_eq!(read(twice).unwrap_err().message, "option field 'packed' has already been set");
}

#[test]
fn files_that_only_options_need_are_not_kept() {
    let text = |rest: &str| {
        format!(
            "syntax = 'proto3'; import 'confluent/meta.proto'; import 'google/protobuf/descriptor.proto';
             extend google.protobuf.FieldOptions {{ string mark = 50000; }}
             message M {{ string s = 1 [(mark) = 'x', (confluent.field_meta).tags = 'PII']; {rest} }}"
        )
    };
    let files = |text: &str| {
        let schema = super::parse(text, &[], Strictness::Strict).unwrap();
        (schema.file.parent_pool().files().len(), schema.full().parent_pool().files().len())
    };
    assert_eq!(files(&text("")), (1, 3));
    assert_eq!(files(&text("confluent.Meta meta = 2;")), (3, 3));
    let kept = allocation_counter::measure(|| std::mem::forget(proto(&text(""))));
    assert!(kept.bytes_current < 40_000, "{} bytes for a schema of one field", kept.bytes_current);
}

#[test]
fn stored_schemas_may_be_what_no_compiler_takes() {
    for (bad, message) in [
        ("enum E { ONE = 1; ZERO = 0; }", "the first value for proto3 enums must be 0"),
        ("enum E { ZERO = 0; NONE = 0; }", "enum number '0' has already been used"),
        ("enum E { ZERO = 0; ONE = 1; reserved 1 to 5; }", "enum number '1' conflicts with reserved range '1 to 5'"),
        ("message M { string a = 1; reserved 1 to 5; }", "field number '1' conflicts with reserved range '1 to 5'"),
    ] {
        let text = format!("syntax = \"proto3\";\n\n{bad}");
        assert_eq!(read(&text).unwrap_err().message, message);
        let stored = parse(SchemaKind::Protobuf, &text, &[], Strictness::Lenient).unwrap();
        let identity = stored.identity();
        let again = parse(SchemaKind::Protobuf, &identity, &[], Strictness::Lenient).unwrap();
        assert!(stored.is_equivalent(&again) && again.normalized() == stored.normalized());
    }
}

#[test]
fn extensions_of_one_message_have_numbers_of_their_own() {
    let options = "import 'google/protobuf/descriptor.proto';
        extend google.protobuf.FieldOptions { optional M one = 50000; }
        message M { optional int32 a = 1 [(one) = {}, (other) = 'x'];
          extend .google.protobuf.FieldOptions { repeated string other = 50000; } }";
    let message = "the extensions 'one' and 'other' of 'google.protobuf.FieldOptions' have the same number 50000";
    assert_eq!(read(options).unwrap_err().message, message);
    let relative = "package p; message M { extensions 1 to 9; } extend M { optional int32 a = 1; }
        extend p.M { optional int32 b = 1; }";
    let message = "the extensions 'a' and 'b' of 'p.M' have the same number 1";
    assert_eq!(read(relative).unwrap_err().message, message);
}
