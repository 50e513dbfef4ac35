//! Are the details of comparing what the reference says they are, and do findings stand where they should?

use super::super::parse::parse;
use super::*;
use crate::format::{Resolved, Strictness};
use crate::schema::SchemaKind;

const COMMON: &str = "common.proto";

fn schema(text: &str, imports: &[(&str, &str)]) -> Schema {
    let imports: Vec<_> = imports
        .iter()
        .map(|(name, text)| Resolved { name: (*name).into(), kind: SchemaKind::Protobuf, text: (*text).into() })
        .collect();
    parse(text, &imports, Strictness::Strict).unwrap()
}

fn proto3(body: &str) -> Schema {
    schema(&format!("syntax = \"proto3\";\n{body}"), &[])
}

fn proto2(body: &str) -> Schema {
    schema(&format!("syntax = \"proto2\";\n{body}"), &[])
}

fn with_common(body: &str, common: &str) -> Schema {
    let text = format!("syntax = \"proto3\"; import \"{COMMON}\"; {body}");
    schema(&text, &[(COMMON, &format!("syntax = \"proto3\"; package common; {common}"))])
}

/// Code and path of every finding, in their order.
fn told(reader: &Schema, writer: &Schema) -> Vec<String> {
    reads(reader, writer).iter().map(|found| format!("{} {}", found.rule.code, found.reader.path)).collect()
}

/// What stands in the text at the places of the only finding.
fn pointed_at(reader: &Schema, writer: &Schema) -> (String, String) {
    let found = reads(reader, writer);
    let [violation] = found.as_slice() else { panic!("{found:?}") };
    let text = |schema: &Schema, place: &crate::violation::Place| {
        let span = place.span.unwrap();
        schema.source.text()[span.start..span.end].to_owned()
    };
    (text(reader, &violation.reader), text(writer, &violation.writer))
}

#[test]
fn findings_come_in_the_order_of_the_reference() {
    let reader = proto3(
        "package b; message M { oneof o { string a = 3; string b = 4; } string c = 2; int32 d = 1; \
         message N { string x = 1; } }",
    );
    let writer = proto3(
        "package a; message M { optional string a = 3; optional string b = 4; int32 c = 2; string d = 1; \
         message N { int32 x = 1; } message Gone {} } message Z {}",
    );
    assert_eq!(
        told(&reader, &writer),
        ["TG201 /", "TG218 /M/o", "TG209 /M/1", "TG209 /M/2", "TG209 /M/N/1", "TG204 /M/Gone", "TG202 /Z",]
    );
}

#[test]
fn findings_point_at_names() {
    let (reader, writer) = (proto3("message M { string id = 1; }"), proto3("message M { int32 id = 1; }"));
    assert_eq!(pointed_at(&reader, &writer), ("id".into(), "id".into()));
    let (reader, writer) = (
        proto3("message M { oneof o { string a = 1; } }"),
        proto3("message M { oneof p { string a = 1; int32 b = 2; } }"),
    );
    assert_eq!(pointed_at(&reader, &writer), ("M".into(), "b".into()));
    let (reader, writer) = (proto3("package a; message M {}"), proto3("message M {}"));
    let (package, syntax) = pointed_at(&reader, &writer);
    assert!(package.contains('a') && syntax.contains("proto3"), "{package} {syntax}");
    let (reader, writer) = (proto3("enum E { A = 0; B = 1; }"), proto3("enum E { A = 0; C = 1; }"));
    assert_eq!(pointed_at(&reader, &writer), ("B".into(), "C".into()));
}

#[test]
fn a_schema_reads_itself_without_a_word() {
    for schema in [
        proto3(
            "import \"google/protobuf/timestamp.proto\"; message M { M m = 1; map<string, M> n = 2; oneof o { E e = 3; \
             google.protobuf.Timestamp t = 4; } optional int32 p = 5; repeated double q = 6; message N { N n = 1; } \
             reserved 9; } enum E { A = 0; B = 1; }",
        ),
        proto2(
            "message M { required int32 a = 1; optional group G = 2 { optional M m = 1; } \
             optional E e = 3 [default = B]; extensions 100 to 199; } \
             extend M { optional M x = 100; } enum E { A = 1; B = 0; }",
        ),
    ] {
        assert_eq!(told(&schema, &schema), Vec::<String>::new());
    }
}

#[test]
fn what_changed_in_an_import_is_told_once_and_every_field_that_leads_to_it() {
    let body = "message M { common.A a = 1; map<string, common.A> b = 2; common.B c = 3; }";
    let reader = with_common(body, "message A { string x = 1; } message B { A a = 1; }");
    let writer = with_common(body, "message A { int32 x = 1; } message B { A a = 1; }");
    assert_eq!(told(&reader, &writer), ["TG209 /A/1", "TG212 /M/1", "TG212 /M/2", "TG212 /B/1", "TG212 /M/3"]);
    let found = reads(&reader, &writer);
    assert!(found[0].reader.span.is_none() && found[1].reader.span.is_some());
}

#[test]
fn what_no_field_leads_to_in_an_import_does_not_matter() {
    let body = "message M { common.A a = 1; }";
    let reader = with_common(body, "message A { int32 x = 1; }");
    let writer = with_common(body, "message A { int32 x = 1; } message B { int32 x = 1; }");
    assert_eq!(told(&reader, &writer), Vec::<String>::new());
}

#[test]
fn recursive_imports_end() {
    let body = "message M { common.A a = 1; }";
    let reader = with_common(body, "message A { B b = 1; } message B { A a = 1; string x = 2; }");
    let writer = with_common(body, "message A { B b = 1; } message B { A a = 1; int32 x = 2; }");
    assert_eq!(told(&reader, &writer), ["TG209 /B/2", "TG212 /A/1", "TG212 /M/1"]);
}

#[test]
fn a_type_may_move_out_of_an_import_and_not_into_one() {
    let local = proto3("message M { A a = 1; } message A { int32 x = 1; }");
    let imported = with_common("message M { common.A a = 1; }", "message A { int32 x = 1; }");
    assert_eq!(told(&local, &imported), Vec::<String>::new());
    assert_eq!(told(&imported, &local), ["TG202 /A"]);
}

#[test]
fn an_enum_of_an_import_is_compared_where_a_field_has_it() {
    let body = "message M { common.E e = 1; }";
    let reader = with_common(body, "enum E { A = 0; B = 2; }");
    let writer = with_common(body, "enum E { A = 0; B = 1; }");
    assert_eq!(told(&reader, &writer), ["TG240 /E/2"]);
}

#[test]
fn numbers_of_proto3_without_a_label_may_become_lists_for_the_reference() {
    let (one, many) = (proto3("message M { int32 a = 1; }"), proto3("message M { repeated int32 a = 1; }"));
    assert_eq!(told(&many, &one), ["TG235 /M/1"]);
    assert_eq!(told(&one, &many), ["TG234 /M/1"]);
    let optional = proto3("message M { optional int32 a = 1; }");
    assert_eq!(told(&many, &optional), ["TG214 /M/1"]);
    assert_eq!(told(&optional, &many), ["TG213 /M/1"]);
}

#[test]
fn a_oneof_may_dissolve_but_not_lose_a_member() {
    let writer = proto3("message M { oneof o { string a = 1; string b = 2; } }");
    let dissolved = proto3("message M { optional string a = 1; optional string b = 2; }");
    let gone = proto3("message M { reserved 1, 2; }");
    let lost = proto3("message M { oneof p { string a = 1; } }");
    assert_eq!(told(&dissolved, &writer), Vec::<String>::new());
    assert_eq!(told(&gone, &writer), Vec::<String>::new());
    assert_eq!(told(&lost, &writer), ["TG215 /M/o/2"]);
    let merged = proto3("message M { oneof o { string a = 1; string b = 2; string c = 3; } }");
    let two = proto3("message M { oneof o { string a = 1; string b = 2; } oneof p { string c = 3; } }");
    assert_eq!(told(&merged, &two), ["TG219 /M/o"]);
    // From one oneof into another, which only had new members: away from a oneof that is still there.
    assert_eq!(told(&two, &merged), ["TG217 /M/o/3"]);
}

#[test]
fn fields_are_compared_wherever_they_moved() {
    let reader = proto3("message M { oneof p { int32 a = 1; } }");
    let writer = proto3("message M { oneof o { string a = 1; } }");
    assert_eq!(told(&reader, &writer), ["TG209 /M/p/1"]);
    assert_eq!(reads(&reader, &writer)[0].writer.path, "/M/o/1");
}

#[test]
fn types_of_another_name_are_judged_by_what_is_in_them() {
    let of = |name: &str, inside: &str| {
        proto3(&format!(
            "message M {{ {name} a = 1; }} message A {{ A a = 1; {inside} }} message B {{ B a = 1; int32 x = 2; }}"
        ))
    };
    // Both contain themselves, under different names.
    assert_eq!(told(&of("B", "int32 x = 2;"), &of("A", "int32 x = 2;")), ["TG211 /M/1"]);
    assert_eq!(told(&of("B", "string x = 2;"), &of("A", "string x = 2;")), ["TG210 /M/1"]);
    // What could break counts, though Confluent would let it pass.
    assert_eq!(told(&of("B", "int64 x = 2;"), &of("A", "int64 x = 2;")), ["TG210 /M/1"]);
}

#[test]
fn a_second_name_for_a_number_is_no_renaming() {
    let both = proto3("enum E { option allow_alias = true; A = 0; B = 1; C = 1; }");
    let one = proto3("enum E { A = 0; C = 1; }");
    assert_eq!(told(&both, &one), Vec::<String>::new());
    assert_eq!(told(&one, &both), Vec::<String>::new());
}

#[test]
fn groups_and_extensions_never_make_an_error() {
    let required = "required group G = 1 { required int32 a = 1; }";
    let of = |group: &str, choice: &str, extension: &str| {
        proto2(&format!(
            "message M {{ {group} oneof o {{ int32 b = 2; {choice} }} extensions 9; }} \
             extend M {{ {extension} x = 9; }}"
        ))
    };
    let writer = of(required, "group H = 3 {}", "optional int32");
    for reader in [
        of("required group G = 1 { required string a = 1; }", "group H = 3 {}", "optional int32"),
        of(
            "required group G = 1 { required int32 a = 1; } required group K = 4 {}",
            "group H = 3 {}",
            "optional int32",
        ),
        of("", "group H = 3 {} group G = 1 { required int32 a = 1; }", "optional int32"),
        of(required, "", "optional int32"),
        of(required, "group H = 3 {}", "optional string"),
        of(required, "group H = 3 {}", "repeated int32"),
    ] {
        let found = reads(&reader, &writer);
        let codes: Vec<_> = found.iter().map(|violation| violation.rule.code).collect();
        assert!(codes == ["TG243"] || codes == ["TG244"], "{codes:?} {}", reader.source.text());
    }
}

#[test]
fn sentences_name_what_they_speak_of() {
    let found = reads(&proto3("message M { string id = 1; }"), &proto3("message M { int32 id = 1; }"));
    assert_eq!(
        found[0].message,
        "the reader takes 'id' for string, the writer writes int32, whose bytes are laid out otherwise"
    );
    assert_eq!(found[0].fix.as_deref(), Some("keep 'id' as it was, and give the new field a number of its own"));
    assert_eq!(
        found[0].fact,
        "The scalar type of a field at path '#/M/1' is string in the new schema and int32 in the old schema"
    );
}

#[test]
fn the_author_of_a_candidate_hears_what_existing_readers_miss() {
    let retold = |reader: &Schema, writer: &Schema| {
        let found = reads(reader, writer).into_iter().map(rules::for_writer);
        found.map(|violation| (violation.rule.code, violation.fix.unwrap_or_default())).collect::<Vec<_>>()
    };
    let existing = proto2("message M { required int32 a = 1; optional int32 b = 2; }");
    let candidate = proto2("message M { reserved 2; optional int32 c = 3; }");
    let codes: Vec<_> = retold(&existing, &candidate).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["TG206", "TG256", "TG255"]);
    let other = proto3("message M { string id = 1; }");
    assert_eq!(retold(&other, &proto3("message M { int32 id = 1; }"))[0].0, "TG209");
}

/// The text of the reader with all edits made.
fn mended(reader: &Schema, writer: &Schema) -> String {
    let mut text = reader.source.text().to_owned();
    let mut edits: Vec<_> = reads(reader, writer).into_iter().flat_map(|violation| violation.edits).collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    for edit in edits {
        text.replace_range(edit.span.start..edit.span.end, &edit.replacement);
    }
    text
}

#[test]
fn what_needs_no_thinking_is_mended() {
    let reader = proto2("message M {\n  message N {}\n  required N a = 1;\n  required int32 b = 3;\n}");
    let writer = proto2("message M { message N { optional int32 x = 5; } optional N a = 1; optional int32 c = 2; }");
    let text = mended(&reader, &writer);
    assert_eq!(
        text,
        "syntax = \"proto2\";\nmessage M {\n  reserved 2;\n  reserved \"c\";\n  message N {\n    reserved 5;\n    \
         reserved \"x\";}\n  optional N a = 1;\n  optional int32 b = 3;\n}"
    );
    assert_eq!(told(&schema(&text, &[]), &writer), Vec::<String>::new());
}

#[test]
fn many_changes_on_one_line_are_no_trouble() {
    let wide = |kind: &str| {
        let fields = (1..=18_000).map(|number| format!("{kind} f{number} = {number};"));
        proto3(&format!("message Wide {{ {} }}", fields.collect::<String>()))
    };
    let begun = std::time::Instant::now();
    let told = reads(&wide("int32"), &wide("string"));
    assert_eq!(told.len(), crate::violation::MOST_TOLD);
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}
