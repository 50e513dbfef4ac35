//! How do files find each other, and what is said when they don't?

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::super::corpus::{proto, reference};
use crate::format::{Parsed, Resolved, Strictness, parse};
use crate::schema::SchemaKind;
use crate::violation::Malformed;

fn with(text: &str, references: &[Resolved]) -> Result<Parsed, Malformed> {
    parse(SchemaKind::Protobuf, text, references, Strictness::Strict)
}

/// The message, and the piece of the main text that is to blame.
#[track_caller]
fn assert_refused(text: &str, references: &[Resolved], message: &str, piece: Option<&str>) {
    let malformed = with(text, references).unwrap_err();
    let found = malformed.span.map(|span| text.get(span.start..span.end).unwrap());
    assert_eq!((malformed.message.as_str(), found), (message, piece));
}

const USER: &str = "syntax = 'proto3'; package shop; message User { string name = 1; Address address = 2; }
    message Address { string street = 1; }";

#[test]
fn well_known_files_need_no_reference() {
    for (import, name) in [
        ("google/protobuf/timestamp.proto", "google.protobuf.Timestamp"),
        ("google/protobuf/wrappers.proto", "google.protobuf.StringValue"),
        ("google/protobuf/struct.proto", "google.protobuf.Value"),
        ("google/type/datetime.proto", "google.type.TimeZone"),
        ("google/type/phone_number.proto", "google.type.PhoneNumber.ShortCode"),
        ("google/type/color.proto", "google.type.Color"),
        ("google/type/month.proto", "google.type.Month"),
        ("confluent/type/decimal.proto", "confluent.type.Decimal"),
        ("confluent/type/variant.proto", "confluent.type.Variant"),
        ("confluent/meta.proto", "confluent.Meta"),
    ] {
        proto(&format!("import '{import}'; message M {{ optional {name} f = 1; }}"));
    }
}

#[test]
fn confluents_options_need_no_import() {
    let text = "syntax = 'proto3'; message M { string s = 1 [(confluent.field_meta).tags = 'PII']; }";
    let schema = proto(text);
    assert_eq!(schema.outline().elements.last().unwrap().tags, ["PII"]);
    assert!(!schema.normalized().contains("import"));
    let own = "import 'own.proto'; message M { optional string s = 1 [(acme.confluent.field_meta) = 'x']; }";
    let declared = "import 'google/protobuf/descriptor.proto'; package acme.confluent;
        extend google.protobuf.FieldOptions { optional string field_meta = 50000; }";
    assert!(with(own, &[reference("own.proto", declared)]).is_ok());
    let copied = reference("meta.proto", include_str!("../../wellknown/confluent/meta.proto"));
    assert!(with(&format!("{} import 'meta.proto';", text), &[copied]).is_ok());
}

#[test]
fn references_are_linked_through_each_other() {
    let references = [
        reference("base.proto", "package base; message Id { optional int64 value = 1; }"),
        reference("user.proto", "import 'base.proto'; package shop; message User { optional base.Id id = 1; }"),
    ];
    let main = "import 'user.proto'; message Order { optional shop.User user = 1; }";
    let schema = with(main, &references).unwrap();
    assert_eq!(
        schema.normalized(),
        "\nimport \"user.proto\";\n\nmessage Order {\n  optional .shop.User user = 1;\n}\n"
    );
    let not_imported = "import 'user.proto'; message Order { optional base.Id id = 1; }";
    let message = "'base.Id' is declared in \"base.proto\", which this file does not import";
    assert_refused(not_imported, &references, message, Some("base.Id"));
}

#[test]
fn what_is_imported_publicly_is_imported_too() {
    let references = [
        reference("base.proto", "message Id { optional int64 value = 1; }"),
        reference("all.proto", "import public 'base.proto';"),
    ];
    assert!(with("import 'all.proto'; message M { optional Id id = 1; }", &references).is_ok());
}

#[test]
fn a_missing_import_is_told_where_it_is_imported() {
    let main = "syntax = 'proto3';\nimport 'user.proto';";
    assert_refused(main, &[], "import \"user.proto\" is not among the references", Some("import 'user.proto';"));
    let references = [reference("user.proto", "\n  import 'base.proto';")];
    assert_refused(main, &references, "user.proto:2:3: import \"base.proto\" is not among the references", None);
}

#[test]
fn troubles_of_a_reference_name_it_with_line_and_column() {
    let main = "import 'user.proto'; message M {}";
    let bad = [reference("user.proto", "message A {\n  optional B b = 1;\n}")];
    let message = "user.proto:2:12: 'B' is neither declared here nor in an imported file";
    assert_refused(main, &bad, message, None);
    let bad = [reference("user.proto", "message A {\n  optional\n}")];
    assert_refused(main, &bad, "user.proto:3:1: expected a field type, but found '}'", None);
    assert!(with("message M {}", &bad).is_ok(), "what is not imported is not read");
}

#[test]
fn imports_that_go_in_a_circle_are_refused() {
    let references = [reference("a.proto", "import 'b.proto';"), reference("b.proto", "import 'a.proto';")];
    let message = "b.proto:1:1: the imports go in a circle: \"a.proto\" imports \"b.proto\" imports \"a.proto\"";
    assert_refused("import 'a.proto';", &references, message, None);
    let references = [reference("a.proto", "import 'default';")];
    assert!(with("import 'a.proto';", &references).is_err());
}

#[test]
fn long_chains_of_imports_are_bounded() {
    let chain = |length: usize| -> Vec<Resolved> {
        let text = |index: usize| if index == 0 { String::new() } else { format!("import '{}.proto';", index - 1) };
        (0..length).map(|index| reference(&format!("{index}.proto"), &text(index))).collect()
    };
    assert!(with("import '98.proto';", &chain(99)).is_ok());
    let malformed = with("import '4999.proto';", &chain(5000)).unwrap_err();
    assert!(malformed.message.ends_with("the chain of imports is longer than 100 files"), "{malformed}");
}

#[test]
fn a_reference_stands_in_for_a_well_known_file() {
    let main = "import 'google/type/money.proto'; message M { optional google.type.Mine m = 1; }";
    let own = [reference("google/type/money.proto", "package google.type; message Mine {}")];
    assert!(with(main, &own).is_ok());
    assert!(with(main, &[]).is_err());
}

#[test]
fn references_may_be_descriptors() {
    let serialized = proto(USER).rendered("serialized").unwrap();
    let main = "import 'shop/user.proto'; message M { optional shop.User user = 1; }";
    assert!(with(main, &[reference("shop/user.proto", &serialized)]).is_ok());
}

#[test]
fn references_of_other_kinds_are_refused() {
    let avro = Resolved { name: "a.proto".into(), kind: SchemaKind::Avro, text: "\"int\"".into() };
    let message = "\"a.proto\" is a schema of type AVRO, it can't be imported";
    assert_refused("import 'a.proto';", &[avro], message, Some("import 'a.proto';"));
}

#[test]
fn descriptors_are_linked_with_references_too() {
    let references = [reference("user.proto", USER)];
    let text = with("import 'user.proto'; package shop; message M { optional User u = 1; }", &references).unwrap();
    let compiled = text.rendered("serialized").unwrap();
    let read = with(&compiled, &references).unwrap();
    assert_eq!(read.normalized(), text.normalized());
    let malformed = with(&compiled, &[]).unwrap_err();
    assert_eq!(malformed.message, "import \"user.proto\" is not among the references");
    assert!(STANDARD.decode(compiled).is_ok());
}

#[test]
fn the_same_text_with_other_imports_is_not_equivalent() {
    let main = "import 'user.proto'; message M { optional shop.User user = 1; }";
    let one = with(main, &[reference("user.proto", USER)]).unwrap();
    let same = with(main, &[reference("user.proto", &format!("// A user.\n{USER}"))]).unwrap();
    let other = with(main, &[reference("user.proto", &USER.replace("street", "road"))]).unwrap();
    assert!(one.is_equivalent(&same));
    assert!(!one.is_equivalent(&other));
    assert!(one.is_equivalent(&with(&one.identity(), &[reference("user.proto", USER)]).unwrap()));
    assert!(!proto("message A {}").is_equivalent(&proto("message B {}")));
}
