//! What is a JSON Schema, and what is said of text that is none?

mod references;

use std::fmt::Write as _;

use super::super::tree::{Draft, Schema, Site};
use super::super::{canonical, outline};
use super::*;

fn reference(name: &str, text: &str) -> Resolved {
    Resolved { name: name.into(), kind: SchemaKind::Json, text: text.into() }
}

fn read(text: &str) -> Result<Schema, Malformed> {
    parse(text, &[], Strictness::Strict)
}

fn read_with(text: &str, references: &[(&str, &str)]) -> Result<Schema, Malformed> {
    let references: Vec<_> = references.iter().map(|(name, text)| reference(name, text)).collect();
    parse(text, &references, Strictness::Strict)
}

/// The message, the pointer and the piece of the text that is to blame.
#[track_caller]
fn assert_refused(text: &str, message: &str, path: &str, piece: &str) {
    let malformed = read(text).unwrap_err();
    let span = malformed.span.unwrap();
    let found = (malformed.message.as_str(), malformed.path.as_deref(), &text[span.start..span.end]);
    assert_eq!(found, (message, Some(path), piece));
}

/// The `title` of what the `$ref` at the end of `path` leads to, walking as everybody does: from schema to schema.
#[track_caller]
fn leads_to(schema: &Schema, path: &[&str]) -> String {
    let mut site = schema.at_root();
    for part in path {
        let node = match site.node.get("properties").and_then(|properties| properties.get(part)) {
            Some(node) => node,
            None => site.node.get(part).unwrap_or_else(|| panic!("no {part} in {:?}", site.node)),
        };
        site = followed(schema, schema.within(site, node));
    }
    site.node.get("title").and_then(Node::text).unwrap_or("no title").to_owned()
}

fn followed<'s>(schema: &'s Schema, mut site: Site<'s>) -> Site<'s> {
    while let Some(reference) =
        ["$ref", "$dynamicRef", "$recursiveRef"].iter().find_map(|key| site.node.get(key)).and_then(Node::text)
    {
        site = schema.follow(site, reference).unwrap();
    }
    site
}

#[test]
fn a_schema_is_an_object_or_a_boolean_in_plain_json() {
    for text in ["{}", "true", "false", r#" {"type":"string"} "#] {
        assert!(read(text).is_ok(), "{text}");
    }
    assert_refused("[1]", "a JSON Schema is an object, true or false, not an array", "", "[1]");
    assert_refused(" \"string\"", "a JSON Schema is an object, true or false, not text", "", "\"string\"");
    assert!(read("{} // no comments").unwrap_err().message.contains("more text after the end"));
    assert!(read(r#"{"type":"string","type":"string"}"#).unwrap_err().message.contains("\"type\" stands twice"));
    assert!(read("").is_err());
}

#[test]
fn the_dialect_is_what_the_schema_says_else_draft_07() {
    let draft = |text: &str| {
        let schema = read(text).unwrap();
        schema.draft(schema.at_root())
    };
    assert_eq!(draft("true"), Draft::Draft7);
    assert_eq!(draft(r#"{"$schema":"https://example.com/mine"}"#), Draft::Draft7);
    for (uri, expected) in [
        ("http://json-schema.org/draft-04/schema#", Draft::Draft4),
        ("http://json-schema.org/draft-06/schema", Draft::Draft6),
        ("https://json-schema.org/draft-07/schema#", Draft::Draft7),
        ("https://json-schema.org/draft/2019-09/schema", Draft::Draft2019),
        ("http://json-schema.org/draft/2020-12/schema#", Draft::Draft2020),
    ] {
        assert_eq!(draft(&format!(r#"{{"$schema":"{uri}"}}"#)), expected);
    }
}

#[test]
fn a_schema_within_may_have_a_dialect_of_its_own() {
    let text = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","properties":{
        "old":{"$id":"old.json","$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}]}}}"#;
    let schema = read(text).unwrap();
    let root = schema.at_root();
    let old = schema.within(root, root.node.get("properties").and_then(|node| node.get("old")).unwrap());
    assert_eq!((schema.draft(root), schema.draft(old)), (Draft::Draft2020, Draft::Draft7));
}

#[test]
fn values_of_keywords_must_mean_something() {
    let number = r#"{"properties":{"a":{"maxLength":"5"}}}"#;
    assert_refused(number, "'maxLength' must be a whole number, not text", "/properties/a/maxLength", "\"5\"");
    for (member, message) in [
        (r#""type":"any""#, "there is no type 'any', only array, boolean, integer, null, number, object, string"),
        (r#""type":[]"#, "a list of types can't be empty"),
        (r#""type":3"#, "a type is text, not a number"),
        (r#""minLength":-1"#, "'minLength' must be a whole number of at least 0"),
        (r#""minItems":1.5"#, "'minItems' must be a whole number of at least 0"),
        (r#""multipleOf":0"#, "'multipleOf' must be above 0"),
        (r#""maximum":"9""#, "'maximum' must be a number, not text"),
        (
            r#""exclusiveMaximum":true"#,
            "'exclusiveMaximum' must be the limit itself in draft-07 (only in draft-04 it is a switch), not a boolean",
        ),
        (r#""uniqueItems":1"#, "'uniqueItems' must be true or false, not a number"),
        (r#""pattern":"(""#, "'(' is not a regular expression"),
        (r#""pattern":1"#, "'pattern' must be a regular expression, not a number"),
        (r#""enum":"a""#, "'enum' must be a list, not text"),
        (r#""properties":[]"#, "'properties' must be an object with schemas, not an array"),
        (r#""items":3"#, "'items' must be a schema or a list of schemas, not a number"),
        (r#""oneOf":[]"#, "'oneOf' can't be empty"),
        (r#""allOf":{}"#, "'allOf' must be a list of schemas, not an object"),
        (r#""not":[]"#, "'not' must be a schema, not an array"),
        (r#""title":1"#, "'title' must be text, not a number"),
        (r#""$ref":1"#, "'$ref' must be text, not a number"),
    ] {
        let malformed = read(&format!("{{{member}}}")).unwrap_err();
        let keyword = member.split('"').nth(1).unwrap();
        assert_eq!((malformed.message.as_str(), malformed.path), (message, Some(format!("/{keyword}"))));
        assert!(malformed.span.is_some());
    }
}

#[test]
fn values_within_keywords_are_told_by_their_own_place() {
    for (text, message, path) in [
        (r#"{"required":["a",1]}"#, "a name is text, not a number", "/required/1"),
        (r#"{"type":["string","strin"]}"#, "there is no type 'strin', only array", "/type/1"),
        (r#"{"type":["null","null"]}"#, "a type stands twice in this list", "/type/1"),
        (r#"{"anyOf":[{},1]}"#, "a schema is an object, true or false, not a number", "/anyOf/1"),
        (r#"{"properties":{"a/b":null}}"#, "a schema is an object, true or false, not null", "/properties/a~1b"),
        (r#"{"patternProperties":{"^a":{},"[":{}}}"#, "'[' is not a regular expression", "/patternProperties/["),
        (r#"{"dependencies":{"a":["b",2]}}"#, "a name is text, not a number", "/dependencies/a/1"),
    ] {
        let malformed = read(text).unwrap_err();
        assert!(malformed.message.starts_with(message), "{malformed}");
        assert_eq!(malformed.path.as_deref(), Some(path));
    }
}

#[test]
fn what_means_nothing_here_is_not_looked_at() {
    for text in [
        r#"{"type":"string","required":true}"#,
        r#"{"type":"object","maxLength":"x"}"#,
        r#"{"$schema":"http://json-schema.org/draft-04/schema#","const":1,"if":3,"exclusiveMinimum":true}"#,
        r#"{"prefixItems":3,"unevaluatedItems":"x","minContains":-1}"#,
        r#"{"default":[],"examples":3,"x-anything":{"type":"nonsense"}}"#,
        r#"{"required":[],"enum":[1,1]}"#,
        r#"{"maxLength":1e2,"minItems":2.0}"#,
    ] {
        assert!(read(text).is_ok(), "{text}: {}", read(text).unwrap_err());
    }
    let draft_3_style = r#"{"type":"object","properties":{},"required":true}"#;
    assert_refused(
        draft_3_style,
        "'required' must be a list of names, not a boolean; which properties are required is said where 'properties' stand",
        "/required",
        "true",
    );
}

#[test]
fn tuples_are_written_differently_since_2020_12() {
    let tuple = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","items":[{}]}"#;
    assert_refused(
        tuple,
        "'items' must be one schema in draft 2020-12; the schemas of a tuple stand in 'prefixItems' there",
        "/items",
        "[{}]",
    );
}

#[test]
fn unused_definitions_are_judged_only_when_strict() {
    let text = r##"{"definitions":{"unused":{"type":"nonsense"},"dangling":{"$ref":"#/nowhere"}}}"##;
    assert!(read(text).is_err());
    assert!(parse(text, &[], Strictness::Lenient).is_ok());
    let used = r##"{"$ref":"#/definitions/used","definitions":{"used":{"type":"nonsense"}}}"##;
    assert!(parse(used, &[], Strictness::Lenient).is_err());
}

#[test]
fn ten_thousand_properties_and_definitions_are_read_in_bounded_time() {
    let mut text = r#"{"type":"object","properties":{"#.to_owned();
    for n in 0..10_000 {
        write!(text, r##""p{n}":{{"$ref":"#/definitions/d{n}"}},"##).unwrap();
    }
    text.push_str(r#""last":true},"definitions":{"#);
    for n in 0..10_000 {
        write!(text, r#""d{n}":{{"title":"d{n}","type":"string","pattern":"^[a-z]+$"}},"#).unwrap();
    }
    text.push_str(r#""last":true}}"#);
    let started = std::time::Instant::now();
    let schema = read(&text).unwrap();
    assert_eq!(leads_to(&schema, &["p9999"]), "d9999");
    assert!(started.elapsed().as_secs() < 60);
}

#[test]
fn too_many_schemas_are_refused() {
    let text = format!(r#"{{"allOf":[{}{{}}]}}"#, "{},".repeat(100_000));
    assert_eq!(read(&text).unwrap_err().message, "there are more than 100000 schemas in this text");
}

#[test]
fn mutated_texts_never_panic() {
    let seed = r##"{"$schema":"http://json-schema.org/draft-07/schema#","$id":"http://example.com/r.json","title":"R","type":"object",
        "required":["a"],"properties":{"a":{"type":"string","maxLength":5,"pattern":"^[a-z]+$"},"b":{"$ref":"#/definitions/B"},
        "c":{"type":["array","null"],"items":[{"$ref":"#b"},{"enum":[1,"x",null]}],"additionalItems":{"$ref":"r.json"}},
        "d":{"oneOf":[{"$ref":"other.json#/definitions/O"},{"not":{"const":1.50}}]}},"additionalProperties":{"$ref":"other.json"},
        "patternProperties":{"^x":{"if":{},"then":{"minimum":1},"else":false}},"dependencies":{"a":["b"],"b":{"required":["c"]}},
        "definitions":{"B":{"$id":"#b","type":"integer","confluent:tags":["PII"]},"C":{"$id":"sub/","properties":{"x":{"$ref":"../r.json#b"}}}}}"##;
    let others = [reference("other.json", r##"{"definitions":{"O":{"items":{"$ref":"#"}}}}"##)];
    assert!(parse(seed, &others, Strictness::Strict).is_ok());
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |limit: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % limit as u64) as usize
    };
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..3_000 {
        let mut bytes = seed.as_bytes().to_vec();
        for _ in 0..=next(3) {
            let (from, to) = (next(bytes.len()), next(bytes.len()));
            match next(5) {
                0 => bytes[from] = b"{}[]\":,0#/e.\\-$"[next(15)],
                1 => bytes.swap(from, to),
                2 => drop(bytes.drain(from.min(to)..from.max(to).min(from.min(to) + 9))),
                3 => {
                    let piece = bytes[from.min(to)..from.max(to).min(from.min(to) + 30)].to_vec();
                    drop(bytes.splice(to..to, piece));
                }
                _ => bytes.insert(from, bytes[to]),
            }
        }
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let Ok(schema) = parse(&text, &others, Strictness::Strict) else {
            refused += 1;
            let malformed = parse(&text, &others, Strictness::Strict).unwrap_err();
            assert!(malformed.span.is_some(), "{malformed}: {text}");
            continue;
        };
        accepted += 1;
        let identity = canonical::identity(&schema);
        let again = parse(&identity, &others, Strictness::Strict).unwrap();
        assert_eq!(canonical::identity(&again), identity, "{text}");
        let places = |schema: &Schema| {
            let elements = outline::outline(schema).elements;
            elements.into_iter().map(|element| (element.place.path, element.type_name)).collect::<Vec<_>>()
        };
        assert_eq!(places(&schema), places(&again), "{text}");
        let normalized = canonical::normalized(&schema);
        let sorted = parse(&normalized, &others, Strictness::Strict);
        assert_eq!(canonical::normalized(&sorted.unwrap()), normalized, "{text}");
    }
    assert!(accepted > 300 && refused > 300, "{accepted} {refused}");
}

#[test]
fn addresses_that_multiply_are_refused() {
    let long = format!(r#"{{"$id":"http://example.com/{}/","items":{{"$id":"a"}}}}"#, "x".repeat(3_000));
    assert_eq!(read(&long).unwrap_err().message, "the URI of a schema has more than 2048 bytes");
    let many = format!(r#"{{"allOf":[{}{{}}]}}"#, r#"{"$id":"a"},"#.repeat(10_001));
    assert_eq!(read(&many).unwrap_err().message, "more than 10000 schemas in this text have a URI of their own");
}

#[test]
fn long_pieces_of_the_text_are_cut_in_messages() {
    let long = "ä".repeat(10_000);
    let patterns = format!(r#"{{"pattern":"({long}"}}"#);
    for text in [format!(r#"{{"$ref":"{long}"}}"#), format!(r#"{{"type":"{long}"}}"#), patterns] {
        let message = read(&text).unwrap_err().message;
        assert!(message.contains('…') && message.chars().count() < 400, "{message}");
    }
}
