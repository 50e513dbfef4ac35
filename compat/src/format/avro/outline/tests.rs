//! What is listed of a schema, under which names, and does the list stay small?

use crate::format::{Strictness, parse};
use crate::outline::{Element, ElementKind, Outline};
use crate::schema::SchemaKind;

fn outline(schema: &str) -> Outline {
    parse(SchemaKind::Avro, schema, &[], Strictness::Strict).unwrap().outline()
}

const ORDER: &str = r#"{"type":"record","name":"Order","namespace":"shop","doc":"What was bought.","aliases":["Purchase"],
  "confluent:tags":["SALES"],"fields":[
  {"name":"id","type":"long","doc":"Unique."},
  {"name":"customer","type":["null",{"type":"record","name":"Customer","fields":[
    {"name":"email","type":"string","aliases":["mail"],"confluent:tags":["PII","MAIL"],"order":"ignore"}]}],"default":null},
  {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
    {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}}]}}},
  {"name":"tags","type":{"type":"map","values":{"type":"array","items":"string"}},"default":{}},
  {"name":"state","type":{"type":"enum","name":"State","symbols":["NEW","PAID"],"default":"NEW"}},
  {"name":"payload","type":["null","string","Customer"]},
  {"name":"hash","type":{"type":"fixed","name":"Hash","size":16}}]}"#;

/// Kind, name, path in the payload, type.
fn told(element: &Element) -> [&str; 4] {
    [element.kind.as_str(), &element.name, &element.path, &element.type_name]
}

#[test]
fn the_parts_stand_in_the_order_of_the_text_with_their_paths_in_the_payload() {
    let outline = outline(ORDER);
    let all: Vec<_> = outline.elements.iter().map(told).collect();
    assert_eq!(
        all,
        [
            ["record", "shop.Order", "", "record"],
            ["field", "id", "id", "long"],
            ["field", "customer", "customer", "null | Customer"],
            ["record", "shop.Customer", "customer", "record"],
            ["field", "email", "customer.email", "string"],
            ["field", "lines", "lines", "array<Line>"],
            ["record", "shop.Line", "lines[]", "record"],
            ["field", "price", "lines[].price", "bytes"],
            ["field", "tags", "tags", "map<array<string>>"],
            ["field", "state", "state", "State"],
            ["enum", "shop.State", "state", "enum"],
            ["symbol", "NEW", "", ""],
            ["symbol", "PAID", "", ""],
            ["field", "payload", "payload", "null | string | Customer"],
            ["branch", "null", "payload", "null"],
            ["branch", "string", "payload", "string"],
            ["branch", "Customer", "payload", "Customer"],
            ["record", "shop.Customer", "payload", "record"],
            ["field", "email", "payload.email", "string"],
            ["field", "hash", "hash", "Hash"],
            ["fixed", "shop.Hash", "hash", "fixed"],
        ]
    );
    for (index, element) in outline.elements.iter().enumerate() {
        assert!(element.parent.is_none_or(|parent| parent < index));
        assert_eq!(element.parent.is_none(), index == 0);
    }
}

#[test]
fn places_are_those_of_findings_and_spans_are_those_of_names() {
    let outline = outline(ORDER);
    let place = |name: &str| {
        let element = outline.elements.iter().find(|element| element.name == name).unwrap();
        let span = element.place.span.unwrap();
        (element.place.path.as_str(), &ORDER[span.start..span.end])
    };
    assert_eq!(place("shop.Order"), ("", r#""Order""#));
    assert_eq!(place("email"), ("/fields/1/type/1/fields/0", r#""email""#));
    assert_eq!(place("price"), ("/fields/2/type/items/fields/0", r#""price""#));
    assert_eq!(place("PAID"), ("/fields/4/type/symbols/1", r#""PAID""#));
    assert_eq!(place("Customer"), ("/fields/5/type/2", r#""Customer""#));
}

#[test]
fn a_part_says_everything_that_is_said_about_it() {
    let outline = outline(ORDER);
    let part = |name: &str| outline.elements.iter().find(|element| element.name == name).unwrap();
    let facets = |name: &str| {
        part(name).facets.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
    };
    let order = part("shop.Order");
    assert_eq!((order.identity.as_str(), order.entity.as_str()), ("Order", "shop.Order"));
    assert_eq!((order.doc.as_deref(), order.tags.as_slice()), (Some("What was bought."), &["SALES".to_owned()][..]));
    assert_eq!(order.aliases, ["shop.Purchase"]);
    let email = part("email");
    assert_eq!((email.entity.as_str(), email.aliases.as_slice()), ("shop.Customer.email", &["mail".to_owned()][..]));
    assert_eq!(email.tags, ["PII", "MAIL"]);
    assert_eq!(part("id").doc.as_deref(), Some("Unique."));
    assert_eq!(facets("email"), "order=ignore");
    assert_eq!(facets("customer"), "default=null");
    assert_eq!(facets("price"), "logicalType=decimal precision=9 scale=2");
    assert_eq!(facets("tags"), "default={}");
    assert_eq!(facets("shop.State"), "default=NEW");
    assert_eq!(facets("shop.Hash"), "size=16");
    assert_eq!((part("PAID").entity.as_str(), part("shop.State").entity.as_str()), ("", ""));
}

#[test]
fn a_type_within_itself_is_named_and_not_unfolded() {
    let list = outline(
        r#"{"type":"record","name":"L","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","L"]}]}"#,
    );
    let all: Vec<_> = list.elements.iter().map(told).collect();
    let next = ["field", "next", "next", "null | L"];
    assert_eq!(all, [["record", "L", "", "record"], ["field", "v", "v", "int"], next]);
}

#[test]
fn branches_of_one_simple_name_are_told_apart_by_the_whole_name() {
    let fixed = |namespace: &str| format!(r#"{{"type":"fixed","name":"Id","namespace":"{namespace}","size":1}}"#);
    let union = outline(&format!(r#"[{},{},"null"]"#, fixed("a"), fixed("b")));
    let branches = union.elements.iter().filter(|element| element.kind == ElementKind::Branch);
    assert_eq!(branches.map(|branch| branch.identity.as_str()).collect::<Vec<_>>(), ["a.Id", "b.Id", "null"]);
}

#[test]
fn references_that_double_at_every_level_end_at_a_bound() {
    let mut inner = r#"{"type":"record","name":"T30","fields":[{"name":"x","type":"int"}]}"#.to_owned();
    for level in (0..30).rev() {
        let deeper = level + 1;
        inner = format!(
            r#"{{"type":"record","name":"T{level}","fields":[{{"name":"a","type":{inner}}},{{"name":"b","type":"T{deeper}"}}]}}"#
        );
    }
    let count = outline(&inner).elements.len();
    assert!((20_000..21_000).contains(&count), "{count}");
}

#[test]
fn long_names_on_long_paths_end_at_a_bound_too() {
    let long = "n".repeat(20_000);
    let mut inner = r#""int""#.to_owned();
    for level in 0..50 {
        inner = format!(r#"{{"type":"record","name":"T{level}","fields":[{{"name":"{long}","type":{inner}}}]}}"#);
    }
    let leaves = (0..500).map(|index| format!(r#"{{"name":"a{index}","type":"int"}}"#)).collect::<Vec<_>>().join(",");
    let inner =
        inner.replace(r#""type":"int""#, &format!(r#""type":{{"type":"record","name":"Leaf","fields":[{leaves}]}}"#));
    let elements = outline(&inner).elements;
    let text: usize = elements.iter().map(|element| element.path.len()).sum();
    assert!(elements.len() > 10 && text < 17 << 20, "{} {text}", elements.len());
}
