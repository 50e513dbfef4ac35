//! What does an outline tell of a schema, and where does it end?

use std::fmt::Write as _;

use super::super::parse::parse;
use super::*;
use crate::format::{Resolved, Strictness};
use crate::schema::SchemaKind;

fn told(text: &str) -> Outline {
    outline(&parse(text, &[], Strictness::Strict).unwrap())
}

/// `kind name: type @path = entity` of every element, children indented below their parents.
fn drawn(outline: &Outline) -> Vec<String> {
    let depth = |mut at: usize| {
        let mut depth = 0;
        while let Some(parent) = outline.elements[at].parent {
            assert!(parent < at);
            (at, depth) = (parent, depth + 1);
        }
        depth
    };
    let line = |(at, element): (usize, &Element)| {
        let mut line = format!("{}{} {}", "  ".repeat(depth(at)), element.kind.as_str(), element.name);
        for (mark, text) in [(": ", &element.type_name), (" @", &element.path), (" = ", &element.entity)] {
            if !text.is_empty() {
                write!(line, "{mark}{text}").unwrap();
            }
        }
        line
    };
    outline.elements.iter().enumerate().map(line).collect()
}

fn field<'o>(outline: &'o Outline, path: &str) -> &'o Element {
    outline.fields().find(|element| element.path == path).unwrap_or_else(|| panic!("no {path}"))
}

#[test]
fn objects_have_fields_and_fields_have_objects() {
    let text = r#"{"title":"Order","type":"object","properties":{"id":{"type":"string"},
        "customer":{"type":"object","properties":{"email":{"type":["string","null"]}}},
        "lines":{"type":"array","items":{"type":"object","properties":{"price":{"type":"number"}}}},
        "tags":{"type":"array","items":{"type":"string"}}, "anything":true}}"#;
    assert_eq!(
        drawn(&told(text)),
        [
            "record Order: object = object",
            "  field id: string @id = object.id",
            "  field customer: object @customer = object.customer",
            "    record object: object @customer = object.customer.object",
            "      field email: string | null @customer.email = object.customer.object.email",
            "  field lines: array<object> @lines = object.lines",
            "    record object: object @lines[] = object.lines.array.object",
            "      field price: number @lines[].price = object.lines.array.object.price",
            "  field tags: array<string> @tags = object.tags",
            "  field anything: any @anything = object.anything",
        ]
    );
}

#[test]
fn maps_and_tuples_and_symbols_have_their_paths() {
    let text = r#"{"properties":{
        "prices":{"additionalProperties":{"type":"object","properties":{"net":{"type":"number"}}}},
        "labels":{"type":"object","additionalProperties":{"type":"string"}},
        "extra":{"patternProperties":{"^x/":{"type":"integer"}}},
        "point":{"items":[{"type":"number"},{"enum":["N","S"]}]},
        "size":{"enum":["S",1,null]}, "sizes":{"type":"array","items":{"enum":["L"]}}}}"#;
    assert_eq!(
        drawn(&told(text)),
        [
            "record object: object = object",
            "  field prices: map<object> @prices = object.prices",
            "    record object: map<object> @prices = object.prices.object",
            "      record object: object @prices{}",
            "        field net: number @prices{}.net",
            "  field labels: map<string> @labels = object.labels",
            "    record object: map<string> @labels = object.labels.object",
            "  field extra: object @extra = object.extra",
            "    record object: object @extra = object.extra.object",
            "      field /^x//: integer @extra{}",
            "  field point: tuple @point = object.point",
            "    item 0: number @point[0]",
            "    item 1: enum @point[1]",
            "      symbol N",
            "      symbol S",
            "  field size: enum @size = object.size",
            "    symbol S",
            "    symbol 1",
            "    symbol null",
            "  field sizes: array<enum> @sizes = object.sizes",
            "    enum enum: enum @sizes[]",
            "      symbol L",
        ]
    );
}

#[test]
fn branches_are_numbered_as_confluent_sorts_them() {
    let text = r#"{"oneOf":[{"type":"string"},{"title":"B","type":"object","properties":{"b":{"type":"null"}}},
        {"title":"A","type":"object","properties":{"a":true}}]}"#;
    assert_eq!(
        drawn(&told(text)),
        [
            "branch string: string",
            "branch B: object",
            "  record B: object = oneof.1.object",
            "    field b: null @b = oneof.1.object.b",
            "branch A: object",
            "  record A: object = oneof.0.object",
            "    field a: any @a = oneof.0.object.a",
        ]
    );
    let nested = r#"{"type":"object","properties":{"a":{"anyOf":[{"type":"null"},{"type":"object","properties":{"x":true}}]},
        "b":{"type":["object","null"],"properties":{"y":true}}}}"#;
    let outline = told(nested);
    assert_eq!(field(&outline, "a.x").entity, "object.a.anyof.1.object.x");
    assert_eq!(field(&outline, "b.y").entity, "object.b.anyof.1.object.y");
    assert_eq!(field(&outline, "a").type_name, "null | object");
}

#[test]
fn branches_of_one_name_have_identities_of_their_own() {
    let outline = told(
        r#"{"anyOf":[{"type":"string","maxLength":1},{"type":"string","minLength":3}],"if":{},"then":{"minLength":1}}"#,
    );
    let identities: Vec<_> = outline.elements.iter().map(|element| element.identity.as_str()).collect();
    assert_eq!(identities, ["anyOf string", "anyOf string #1", "then"]);
}

#[test]
fn references_are_followed_and_recursion_ends() {
    let text = r##"{"type":"object","properties":{"billing":{"$ref":"#/definitions/Address"},"shipping":{"$ref":"#/definitions/Address"},
        "tree":{"$ref":"#/definitions/Tree"},"self":{"$ref":"#"}},
        "definitions":{"Address":{"type":"object","properties":{"zip":{"type":"string"}}},
        "Tree":{"type":"object","properties":{"children":{"type":"array","items":{"$ref":"#/definitions/Tree"}},"up":{"$ref":"#/definitions/Tree"}}},
        "Unused":{"type":"object","properties":{"nobody":true}}}}"##;
    assert_eq!(
        drawn(&told(text)),
        [
            "record object: object = object",
            "  field billing: object @billing = object.billing",
            "    record object: object @billing = object.definitions.Address.object",
            "      field zip: string @billing.zip = object.definitions.Address.object.zip",
            "  field shipping: object @shipping = object.shipping",
            "    record object: object @shipping = object.definitions.Address.object",
            "      field zip: string @shipping.zip = object.definitions.Address.object.zip",
            "  field tree: object @tree = object.tree",
            "    record object: object @tree = object.definitions.Tree.object",
            "      field children: array<Tree> @tree.children = object.definitions.Tree.object.children",
            "      field up: Tree @tree.up = object.definitions.Tree.object.up",
            "  field self: the schema itself @self = object.self",
        ]
    );
}

#[test]
fn what_stands_in_another_document_has_no_span_and_no_entity() {
    let address = Resolved {
        name: "address.json".into(),
        kind: SchemaKind::Json,
        text: r#"{"title":"Address","description":"where","type":"object","properties":{"zip":{"type":"string","confluent:tags":["PII"]}}}"#.into(),
    };
    let text = r#"{"type":"object","properties":{"to":{"$ref":"address.json"}}}"#;
    let outline = outline(&parse(text, &[address], Strictness::Strict).unwrap());
    let zip = field(&outline, "to.zip");
    assert_eq!((zip.entity.as_str(), zip.place.span, zip.tags.as_slice()), ("", None, ["PII".to_owned()].as_slice()));
    assert_eq!(zip.place.path, "/properties/to/properties/zip");
    assert_eq!(field(&outline, "to").doc.as_deref(), Some("where"));
}

#[test]
fn places_are_paths_of_findings_with_the_span_of_the_name() {
    let text = "{\"properties\":\n  {\"a\\\"b/c\" : {\"items\":{\"properties\":{\"\\\\\":true}}}}}";
    let outline = told(text);
    let seen: Vec<_> = outline
        .fields()
        .map(|element| {
            let span = element.place.span.unwrap();
            (element.place.path.as_str(), &text[span.start..span.end], span.line, span.column)
        })
        .collect();
    assert_eq!(
        seen,
        [("/properties/a\"b~1c", "\"a\\\"b/c\"", 2, 4), ("/properties/a\"b~1c/items/properties/\\", "\"\\\\\"", 2, 39)]
    );
}

#[test]
fn facets_docs_and_tags_are_told() {
    let text = r##"{"type":"object","additionalProperties":false,"description":"root","confluent:tags":["T"],"required":["a"],"properties":{
        "a":{"type":"string","format":"date","pattern":"^x","maxLength":5,"default":"now","description":"a day","confluent:tags":["PII","X"]},
        "b":{"$ref":"#/definitions/B","description":"mine"}, "c":{"type":"array","items":{"minimum":0}, "uniqueItems":true},
        "d":{"const":{"x":1}}, "e":{"enum":["u","v"]}},
        "definitions":{"B":{"type":"integer","minimum":1.50,"description":"theirs","confluent:tags":["B"]}}}"##;
    let outline = told(text);
    let facets = |path: &str| {
        field(&outline, path).facets.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>()
    };
    assert_eq!(facets("a"), ["default=\"now\"", "format=date", "maxLength=5", "pattern=^x", "required=true"]);
    assert_eq!(facets("b"), ["minimum=1.50", "required=false"]);
    assert_eq!(facets("c"), ["items.minimum=0", "required=false", "uniqueItems=true"]);
    assert_eq!(facets("d"), ["const={\"x\":1}", "required=false"]);
    assert_eq!(facets("e"), ["enum=[\"u\",\"v\"]", "required=false"]);
    assert_eq!(
        (field(&outline, "a").doc.as_deref(), field(&outline, "b").doc.as_deref()),
        (Some("a day"), Some("mine"))
    );
    assert_eq!(field(&outline, "a").tags, ["PII", "X"]);
    assert_eq!(field(&outline, "b").tags, ["B"]);
    let root = &outline.elements[0];
    assert_eq!((root.doc.as_deref(), root.tags.as_slice()), (Some("root"), ["T".to_owned()].as_slice()));
    assert_eq!(root.facets.get("additionalProperties").map(String::as_str), Some("false"));
}

#[test]
fn schemas_of_plain_values_have_no_elements() {
    for text in ["true", "false", "{}", r#"{"type":"string"}"#, r#"{"type":"array","items":{"type":"null"}}"#] {
        assert_eq!(told(text), Outline::default(), "{text}");
    }
    assert_eq!(drawn(&told(r#"{"enum":["a"]}"#)), ["enum enum: enum", "  symbol a"]);
    assert_eq!(drawn(&told(r#"{"type":"object"}"#)), ["record object: object = object"]);
}

#[test]
fn a_schema_that_doubles_itself_is_cut_off() {
    let mut text = r##"{"$ref":"#/definitions/d0","definitions":{"##.to_owned();
    for n in 0..40 {
        let next = n + 1;
        write!(text, r##""d{n}":{{"properties":{{"a":{{"$ref":"#/definitions/d{next}"}},"b":{{"$ref":"#/definitions/d{next}"}}}}}},"##).unwrap();
    }
    text.push_str(r#""d40":{}}}"#);
    assert_eq!(told(&text).elements.len(), MAX_ELEMENTS);

    let branches = "{\"$ref\":\"#/definitions/A\"},".repeat(50);
    let branches = branches.trim_end_matches(',');
    let text = format!(
        r##"{{"properties":{{"a":{{"$ref":"#/definitions/A"}}}},"definitions":{{"A":{{"items":{{"anyOf":[{branches}]}}}}}}}}"##
    );
    assert!(told(&text).elements.len() < 200);
}

#[test]
fn long_texts_that_are_repeated_are_cut_off() {
    let mut text = r#"{"properties":{"#.to_owned();
    for n in 0..2_000 {
        write!(text, r##""p{n}":{{"$ref":"#/definitions/D"}},"##).unwrap();
    }
    write!(text, r#""last":true}},"definitions":{{"D":{{"description":"{}"}}}}}}"#, "long ".repeat(20_000)).unwrap();
    let bytes: usize = told(&text).elements.iter().filter_map(|element| element.doc.as_ref()).map(String::len).sum();
    assert!((MAX_COST / 2..MAX_COST * 2).contains(&bytes), "{bytes}");
}

#[test]
fn references_that_branch_without_an_element_end() {
    let mut text = format!(r##"{{"$schema":"{}","$ref":"#/$defs/d0","$defs":{{"##, Draft::Draft2020.uri());
    for n in 0..60 {
        let next = format!("#/$defs/d{}", n + 1);
        write!(text, r#""d{n}":{{"items":{{"$ref":"{next}","$dynamicRef":"{next}","$recursiveRef":"{next}"}}}},"#)
            .unwrap();
    }
    text.push_str(r#""d60":{}}}"#);
    assert_eq!(told(&text), Outline::default());
}

#[test]
fn types_of_many_branches_are_told_briefly() {
    let mut text = r##"{"properties":{"##.to_owned();
    for n in 0..2_000 {
        write!(text, r##""p{n}":{{"$ref":"#/definitions/d0"}},"##).unwrap();
    }
    text.push_str(r#""last":true},"definitions":{"#);
    for n in 0..30 {
        let branches = format!(r##"{{"$ref":"#/definitions/d{}"}},"##, n + 1).repeat(5);
        write!(text, r#""d{n}":{{"anyOf":[{}]}},"#, branches.trim_end_matches(',')).unwrap();
    }
    text.push_str(r#""d30":{}}}"#);
    let started = std::time::Instant::now();
    assert!(told(&text).elements.len() > 1_000);
    assert!(started.elapsed().as_secs() < 60);
    let five = r#"{"properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"},{"const":1},{"enum":[2]},{"type":"string"}]}}}"#;
    assert_eq!(field(&told(five), "a").type_name, "string | null | 1 | enum");
}

#[test]
fn deeply_nested_objects_end_at_a_depth() {
    let text = format!("{}true{}", r#"{"properties":{"a":"#.repeat(90), "}}".repeat(90));
    let outline = told(&text);
    assert!((50..90).contains(&outline.fields().count()), "{}", outline.fields().count());
}

#[test]
fn definitions_in_a_long_chain_end_at_a_depth() {
    let mut text = r##"{"$ref":"#/definitions/d0","definitions":{"##.to_owned();
    for n in 0..20_000 {
        write!(text, r##""d{n}":{{"items":{{"$ref":"#/definitions/d{}"}}}},"##, n + 1).unwrap();
    }
    text.push_str(r#""d20000":{"properties":{"deep":true}}}}"#);
    assert_eq!(told(&text), Outline::default());
}

#[test]
fn ten_thousand_properties_are_told_in_bounded_time() {
    let mut text = r#"{"type":"object","required":["p0"#.to_owned();
    for n in 1..10_000 {
        write!(text, "\",\"p{n}").unwrap();
    }
    text.push_str("\"],\"properties\":{");
    for n in 0..10_000 {
        write!(text, r#""p{n}":{{"type":"string"}},"#).unwrap();
    }
    text.push_str(r#""last":true}}"#);
    let started = std::time::Instant::now();
    let schema = parse(&text, &[], Strictness::Strict).unwrap();
    let outline = outline(&schema);
    assert_eq!(outline.fields().count(), 10_001);
    assert_eq!(outline.fields().filter(|field| field.facets["required"] == "true").count(), 10_000);
    let (identity, normalized) =
        (super::super::canonical::identity(&schema), super::super::canonical::normalized(&schema));
    assert_eq!(identity.len(), normalized.len());
    assert!(started.elapsed().as_secs() < 60);
}
