//! Does any text do harm? Deep ones, broken ones, thousands of changed ones: each is a schema or is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::super::corpus::{ALL, proto, read};
use crate::format::{Parsed, Strictness, parse};
use crate::level::Policy;
use crate::schema::SchemaKind;

/// Everything that is done with a schema.
fn exercise(schema: &Parsed, strictness: Strictness) {
    let read = |text: &str| parse(SchemaKind::Protobuf, text, &[], strictness);
    let identity = schema.identity();
    let again = read(&identity).unwrap_or_else(|malformed| panic!("{malformed} in the canonical text\n{identity}"));
    assert_eq!(again.identity(), identity);
    let normalized = schema.normalized();
    let again =
        read(&normalized).unwrap_or_else(|malformed| panic!("{malformed} in the normalized text\n{normalized}"));
    assert_eq!(again.normalized(), normalized);
    assert!(schema.rendered("serialized").is_some());
    let slim = schema.rendered("ignore_extensions").unwrap();
    assert!(!slim.is_empty() || identity.is_empty());
    let outline = schema.outline();
    assert!(outline.elements.iter().skip(1).all(|element| element.parent.is_some()));
    let _ = (schema.record_names(), schema.validator(), schema.reads(&again, Policy::default()));
}

/// A generator of numbers that always gives the same ones.
struct Seed(u64);

impl Seed {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }
}

const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    "\"",
    "'",
    ";",
    "=",
    ".",
    ",",
    "-",
    "/*",
    "*/",
    "//",
    "#",
    "0",
    "1",
    "-1",
    "max",
    "message M",
    "enum E {",
    "oneof o {",
    "optional ",
    "repeated ",
    "required ",
    "group G = 1 {",
    "map<string, M>",
    "extend ",
    "reserved 1 to max;",
    "extensions 4 to 5;",
    "option (x).y = ",
    "default = ",
    "json_name = ",
    "syntax = \"proto3\";",
    "import ",
    "package p;",
    "service S {",
    "rpc ",
    "stream ",
    "returns ",
    "\\",
    "\\x",
    "\\777",
    "\\U00110000",
    "\u{feff}",
    "\0",
    "ä",
    "18446744073709551616",
    "536870912",
    "1e400",
    "0x",
    "option map_entry = true;",
    "option message_set_wire_format = true;",
    "{ a { b < c: [",
    "[type.url/a.B] {",
];

fn mutated(text: &str, seed: &mut Seed) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=seed.below(3) {
        let at = seed.below(bytes.len() + 1);
        let end = (at + seed.below(20)).min(bytes.len());
        match seed.below(5) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..at, PIECES[seed.below(PIECES.len())].bytes())),
            2 => drop(bytes.splice(at..end, PIECES[seed.below(PIECES.len())].bytes())),
            3 => {
                let copied = bytes[at..end].to_vec();
                let to = seed.below(bytes.len() + 1);
                drop(bytes.splice(to..to, copied));
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(32 + seed.below(95)).unwrap();
                }
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn changed_texts_are_schemas_or_refused() {
    let mut seed = Seed(7);
    let mut taken = 0;
    for round in 0..3000 {
        let text = mutated(ALL[round % ALL.len()], &mut seed);
        let strictness = if round % 3 == 0 { Strictness::Lenient } else { Strictness::Strict };
        match parse(SchemaKind::Protobuf, &text, &[], strictness) {
            Ok(schema) => {
                taken += 1;
                if taken % 4 == 0 {
                    exercise(&schema, strictness);
                }
            }
            Err(malformed) => assert_ne!(malformed.message, "the linker can't take this schema"),
        }
    }
    assert!(taken > 200, "only {taken} were schemas");
}

#[test]
fn changed_descriptors_are_schemas_or_refused() {
    let mut seed = Seed(11);
    let mut taken = 0;
    let descriptors: Vec<Vec<u8>> =
        ALL.iter().map(|text| STANDARD.decode(proto(text).rendered("serialized").unwrap()).unwrap()).collect();
    for round in 0..1000 {
        let mut bytes = descriptors[round % descriptors.len()].clone();
        for _ in 0..=seed.below(2) {
            let at = seed.below(bytes.len());
            match seed.below(3) {
                0 => drop(bytes.remove(at)),
                1 => bytes.insert(at, u8::try_from(seed.below(256)).unwrap()),
                _ => bytes[at] = u8::try_from(seed.below(256)).unwrap(),
            }
        }
        match read(&STANDARD.encode(bytes)) {
            Ok(schema) => {
                taken += 1;
                exercise(&schema, Strictness::Strict);
            }
            Err(malformed) => assert_ne!(malformed.message, "the linker can't take this schema"),
        }
    }
    assert!(taken > 30, "only {taken} were schemas");
}

#[test]
fn nesting_is_bounded() {
    let messages = |depth: usize| format!("{}{}", "message M { ".repeat(depth), "}".repeat(depth));
    assert!(read(&messages(31)).is_ok());
    for depth in [32, 1000, 20_000] {
        let message = read(&messages(depth)).unwrap_err().message;
        assert_eq!(message, "reached maximum recursion limit for nested messages");
    }
    for (open, close) in [("a {", "}"), ("a: [", "]"), ("a <", ">"), ("a: {", "}")] {
        for depth in [65, 1000, 20_000] {
            let value = format!("{}{}", open.repeat(depth), close.repeat(depth));
            let message = read(&format!("message M {{ option (x) = {{ {value} }}; }}")).unwrap_err().message;
            assert!(message.contains("deeper than 64 levels") || message.starts_with("expected"), "{message}");
        }
    }
    for piece in [
        "(",
        "[",
        "{",
        "<",
        "oneof o {",
        "group G = 1 {",
        "optional ",
        "a.",
        "/*",
        "\"",
        "extend a {",
        "option (",
        "rpc a (",
    ] {
        assert!(read(&piece.repeat(20_000)).is_err());
        assert!(read(&format!("message M {{ {}", piece.repeat(10_000))).is_err());
    }
}

#[test]
fn values_of_options_may_be_as_deep_as_allowed() {
    let deep = |depth: usize| {
        let value = format!("{}{}", "inner { ".repeat(depth), "}".repeat(depth));
        format!(
            "import 'google/protobuf/descriptor.proto';
             message Rule {{ optional Rule inner = 1; repeated Rule all = 2; }}
             extend google.protobuf.MessageOptions {{ optional Rule rule = 50000; }}
             message M {{ option (rule) = {{ {value} }}; }}"
        )
    };
    exercise(&proto(&deep(60)), Strictness::Strict);
    assert!(read(&deep(70)).is_err());
}

#[test]
fn deep_descriptors_are_refused() {
    let mut message = prost_types::DescriptorProto { name: Some("M".into()), ..Default::default() };
    for _ in 0..60 {
        message =
            prost_types::DescriptorProto { name: Some("M".into()), nested_type: vec![message], ..Default::default() };
    }
    let file =
        prost_types::FileDescriptorProto { name: Some("f".into()), message_type: vec![message], ..Default::default() };
    let malformed = read(&STANDARD.encode(prost::Message::encode_to_vec(&file))).unwrap_err();
    assert!(malformed.message.contains("recursion limit"), "{malformed}");
}

#[test]
fn the_work_grows_as_the_schema_does() {
    let wide = |count: u32| {
        let numbers = (1..=count).map(|number| if number < 19_000 { number } else { number + 1000 });
        let fields = numbers.map(|number| format!("  string field_{number} = {number} [deprecated = true];\n"));
        format!("syntax = \"proto3\";\n\nmessage Wide {{\n{}}}\n", fields.collect::<String>())
    };
    let work = |count: u32| {
        let text = wide(count);
        let work = allocation_counter::measure(|| {
            let schema = read(&text).unwrap();
            assert_eq!(schema.identity(), text);
            assert_eq!(schema.normalized(), text);
            assert_eq!(schema.outline().fields().count(), usize::try_from(count).unwrap());
        });
        work.count_total
    };
    let (small, large) = (work(1000), work(10_000));
    assert!(large < 11 * small, "{large} allocations for 10,000 fields, {small} for 1,000");
}

#[test]
fn many_troubles_are_told_as_one() {
    let fields: String = (1..=10_000).map(|number| format!("optional No{number} f{number} = {number};\n")).collect();
    let malformed = read(&format!("message Wide {{ {fields} }}")).unwrap_err();
    assert_eq!(malformed.message, "'No1' is neither declared here nor in an imported file");
    let keys: String = (0..20_000).map(|number| format!("k{number}: 1 ")).collect();
    let malformed = read(&format!("message M {{ option (x) = {{ {keys} }}; }}")).unwrap_err();
    assert_eq!(malformed.message, "'x' is neither declared here nor in an imported file");
    let malformed = read(&"message A { } ".repeat(5000)).unwrap_err();
    assert_eq!(malformed.message, "name 'A' is defined twice");
    assert_eq!(read(&"@ ".repeat(20_000)).unwrap_err().message, "invalid token");
}

#[test]
fn options_of_their_own_are_those_of_protobuf_or_refused() {
    let kinds = "string int32 bool bytes double fixed32 M E uint64 OptimizeMode CType JSType".split(' ');
    let kinds: Vec<String> = kinds
        .flat_map(|kind| [format!("optional {kind}"), format!("repeated {kind}")])
        .chain(["map<string, string>".to_owned()])
        .collect();
    let uses = [
        ("FieldOptions", "deprecated", 3, "message U { optional int32 a = 1 [deprecated = V]; }"),
        ("FieldOptions", "packed", 2, "message U { repeated int32 a = 1 [packed = V]; }"),
        ("FieldOptions", "ctype", 1, "message U { optional int32 a = 1 [ctype = V]; }"),
        ("FieldOptions", "jstype", 6, "message U { optional int32 a = 1 [jstype = V]; }"),
        ("FieldOptions", "deprecated", 3, "extend M { optional int32 x = 9 [deprecated = V]; }"),
        ("MessageOptions", "deprecated", 3, "message U { option deprecated = V; }"),
        ("FileOptions", "java_package", 1, "option java_package = V;"),
        ("FileOptions", "optimize_for", 9, "option optimize_for = V;"),
        ("EnumOptions", "deprecated", 3, "enum F { option deprecated = V; Y = 0; }"),
        ("EnumValueOptions", "deprecated", 1, "enum F { Y = 0 [deprecated = V]; }"),
        ("ServiceOptions", "deprecated", 33, "service S { option deprecated = V; }"),
        ("MethodOptions", "deprecated", 33, "service S { rpc R(M) returns (M) { option deprecated = V; } }"),
        ("OneofOptions", "x", 999, "message U { oneof o { option x = V; int32 y = 1; } }"),
        ("ExtensionRangeOptions", "x", 999, "message U { extensions 4 to 5 [x = V]; }"),
        ("MessageOptions", "uninterpreted_option", 999, "message U { option uninterpreted_option = V; }"),
    ];
    let values = ["true", "1", "-1", "1.5", "\"x\"", "\"\\377\"", "X", "{ a: 1 }", "SPEED", "{ key: 'a' value: 'b' }"];
    let enums = "enum OptimizeMode { SPEED = 1; } enum CType { X = 0; } enum JSType { JS = 0; }";
    let mut taken = 0;
    for (options, field, number, used) in uses {
        for (kind, value) in kinds.iter().flat_map(|kind| values.iter().map(move |value| (kind, value))) {
            let used = used.replace('V', value);
            let message =
                format!("message {options} {{ {enums} optional int32 more = 77; {kind} {field} = {number}; }}");
            let others = "message M { optional int32 a = 1; extensions 9; } enum E { ONE = 1; }";
            for text in [
                format!("package google.protobuf; {others} {message} {used}"),
                format!(
                    "package google; message protobuf {{ {others} {message} }} {}",
                    used.replace('M', "protobuf.M")
                ),
            ] {
                match read(&text) {
                    Ok(_) => taken += 1,
                    Err(malformed) => {
                        assert_ne!(malformed.message, "the linker can't take this schema", "{text}");
                    }
                }
            }
        }
    }
    assert!(taken > 20, "{taken}");
    let own = "package google.protobuf; message FieldOptions { optional string deprecated = 3; }";
    let message =
        "the field 'deprecated' of 'google.protobuf.FieldOptions' is not that of Protobuf: number 3 is optional bool";
    assert_eq!(read(own).unwrap_err().message, message);
    let whole = format!(
        "syntax = \"proto2\"; package google.protobuf; message FieldOptions {{ {enums} \
        optional CType ctype = 1; optional bool packed = 2; optional .google.protobuf.FieldOptions.JSType jstype = 6; \
        optional string mine = 7000; }} message M {{ repeated int32 a = 1 [packed = true, ctype = X, mine = 'x']; }}"
    );
    assert!(read(&whole).is_ok(), "{:?}", read(&whole).err());
}
