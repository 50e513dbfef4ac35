//! Which parts does a Protobuf schema have, and what is said about each?

use super::super::corpus::{LEGACY, ORDER, SPELT_OUT, proto};
use crate::outline::{Element, ElementKind, Outline};

/// The part that has this place.
#[track_caller]
fn at<'o>(outline: &'o Outline, place: &str) -> &'o Element {
    outline.elements.iter().find(|element| element.place.path == place).unwrap()
}

fn facets(element: &Element) -> Vec<(&str, &str)> {
    element.facets.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

#[test]
fn parts_stand_in_the_order_of_the_text_after_what_they_are_in() {
    let outline = proto(ORDER).outline();
    let list: Vec<String> = outline
        .elements
        .iter()
        .map(|element| {
            let parent = element.parent.map_or("", |parent| outline.elements[parent].name.as_str());
            format!("{} {} in {parent}", element.kind.as_str(), element.name)
        })
        .collect();
    assert_eq!(
        list,
        [
            "file shop.orders in ",
            "record Order in shop.orders",
            "field id in Order",
            "field email in Order",
            "field lines in Order",
            "field counts in Order",
            "field named in Order",
            "field status in Order",
            "field at in Order",
            "oneof payment in Order",
            "field card in Order",
            "field cash in Order",
            "field flags in Order",
            "record Line in Order",
            "field sku in Line",
            "field amount in Line",
            "field price in Line",
            "enum Status in Order",
            "symbol UNKNOWN in Status",
            "symbol OPEN in Status",
            "symbol NEW in Status",
            "symbol CLOSED in Status",
            "symbol BROKEN in Status",
            "record Card in shop.orders",
            "field number in Card",
        ]
    );
}

#[test]
fn fields_have_numbers_types_and_paths() {
    let outline = proto(ORDER).outline();
    let field = |place: &str| {
        let field = at(&outline, place);
        assert_eq!(field.kind, ElementKind::Field);
        (field.identity.as_str(), field.type_name.as_str(), field.path.as_str(), field.entity.as_str())
    };
    assert_eq!(field("/Order/1"), ("1", "string", "id", "Order.id"));
    assert_eq!(field("/Order/3"), ("3", "repeated Order.Line", "lines[]", "Order.lines"));
    assert_eq!(field("/Order/4"), ("4", "map<string, int32>", "counts{}", "Order.counts"));
    assert_eq!(field("/Order/5"), ("5", "map<string, Order.Line>", "named{}", "Order.named"));
    assert_eq!(field("/Order/7"), ("7", "google.protobuf.Timestamp", "at", "Order.at"));
    assert_eq!(field("/Order/payment/8"), ("8", "Card", "card", "Order.card"));
    assert_eq!(field("/Order/Line/2"), ("2", "uint32", "amount", "Order.Line.amount"));
    let spelt_out = proto(SPELT_OUT).outline();
    assert_eq!(at(&spelt_out, "/Event/1").type_name, "map<string, Event.Kind>");
}

#[test]
fn names_are_found_in_the_text() {
    let outline = proto(ORDER).outline();
    for element in &outline.elements {
        let span = element.place.span.unwrap();
        let found = &ORDER[span.start..span.end];
        let expected = if element.kind == ElementKind::File { "package shop.orders;" } else { element.name.as_str() };
        assert_eq!(found, expected);
    }
    let compiled = proto(&proto(ORDER).rendered("serialized").unwrap());
    assert_eq!(at(&compiled.outline(), "/Card").place.span.map(|span| span.column), Some(9));
}

#[test]
fn comments_tags_and_options_are_told() {
    let outline = proto(ORDER).outline();
    let file = &outline.elements[0];
    assert_eq!(file.tags, ["SHOP"]);
    assert_eq!(
        facets(file),
        [("java_multiple_files", "true"), ("java_package", "com.example.shop"), ("syntax", "proto3")]
    );
    let order = at(&outline, "/Order");
    assert_eq!(
        (order.doc.as_deref(), order.tags.as_slice()),
        (Some("An order.\nIt has lines."), &["BUSINESS".into()][..])
    );
    assert_eq!(facets(order), [("params.owner", "sales"), ("reserved", "9, 20 to 29, \"legacy_id\"")]);
    assert_eq!(at(&outline, "/Order/1").doc.as_deref(), Some("Assigned by the shop."));
    let email = at(&outline, "/Order/2");
    assert_eq!(email.tags, ["PII", "EMAIL"]);
    assert_eq!(facets(email), [("label", "optional")]);
    assert_eq!(facets(at(&outline, "/Order/3")), [("label", "repeated")]);
    assert_eq!(facets(at(&outline, "/Order/5")), [("deprecated", "true")]);
    assert_eq!(facets(at(&outline, "/Order/payment/8")), [("oneof", "payment")]);
    assert_eq!(facets(at(&outline, "/Order/11")), [("json_name", "Flags"), ("label", "repeated"), ("packed", "false")]);
    let status = at(&outline, "/Order/Status");
    assert_eq!(facets(status), [("allow_alias", "true"), ("reserved", "5 to 7, 100 to 2147483647, \"LOST\"")]);
}

#[test]
fn symbols_are_known_by_number_and_aliases_by_name() {
    let outline = proto(ORDER).outline();
    let symbols: Vec<_> = outline
        .elements
        .iter()
        .filter(|element| element.kind == ElementKind::Symbol)
        .map(|symbol| (symbol.name.as_str(), symbol.identity.as_str()))
        .collect();
    assert_eq!(symbols, [("UNKNOWN", "0"), ("OPEN", "1"), ("NEW", "NEW"), ("CLOSED", "2"), ("BROKEN", "-1")]);
}

#[test]
fn legacy_parts_are_told_too() {
    let outline = proto(LEGACY).outline();
    let name = at(&outline, "/Account/1");
    assert_eq!(
        facets(name),
        [
            ("(legacy.v1.rule)", "{ pattern: \"^[a-z]+$\", share: 0.25 }"),
            ("default", "a \"quoted\"\n\u{1}\ttext"),
            ("label", "required")
        ]
    );
    assert_eq!(facets(at(&outline, "/Account/8"))[0], ("(legacy.v1.mark)", "one, twothree"));
    let group = at(&outline, "/Account/9");
    assert_eq!((group.type_name.as_str(), group.name.as_str()), ("repeated Account.Part", "part"));
    assert_eq!(facets(group), [("encoding", "group"), ("label", "repeated")]);
    assert_eq!(at(&outline, "/Account/Part").kind, ElementKind::Record);
    assert_eq!(at(&outline, "/Account/contact/12").facets["oneof"], "contact");
    assert_eq!(at(&outline, "/Account").facets["extensions"], "100 to 199, 300");
    assert_eq!(at(&outline, "/Account").facets["(legacy.v1.level)"], "HIGH");
}

#[test]
fn documentation_stands_in_confluents_option_when_there_is_no_comment() {
    let text = "import 'confluent/meta.proto'; message M { option (confluent.message_meta).doc = 'a message'; }";
    assert_eq!(at(&proto(text).outline(), "/M").doc.as_deref(), Some("a message"));
}
