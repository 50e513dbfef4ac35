//! Where do the references of a schema lead, and which lead nowhere?

use std::fmt::Write as _;

use super::*;

#[test]
fn references_follow_pointers_and_their_escapes() {
    let text = r##"{"properties":{
        "plain":{"$ref":"#/definitions/A"}, "slash":{"$ref":"#/definitions/a~1b"}, "tilde":{"$ref":"#/definitions/a~0b"},
        "percent":{"$ref":"#/definitions/a%20b"}, "index":{"$ref":"#/allOf/0"}, "defs":{"$ref":"#/$defs/A"},
        "elsewhere":{"$ref":"#/components/schemas/C"}, "root":{"$ref":"#"}},
        "allOf":[{"title":"first"}], "title":"whole", "components":{"schemas":{"C":{"title":"C","$ref":"#/definitions/A"}}},
        "definitions":{"A":{"title":"A"},"a/b":{"title":"slash"},"a~b":{"title":"tilde"},"a b":{"title":"blank"}}}"##;
    let schema = read(text).unwrap();
    for (property, title) in [
        ("plain", "A"),
        ("slash", "slash"),
        ("tilde", "tilde"),
        ("percent", "blank"),
        ("index", "first"),
        ("defs", "A"),
        ("elsewhere", "A"),
        ("root", "whole"),
    ] {
        assert_eq!(leads_to(&schema, &[property]), title, "{property}");
    }
}

#[test]
fn definitions_go_by_either_name() {
    for (written, referred) in [("definitions", "$defs"), ("$defs", "definitions")] {
        let text =
            format!(r##"{{"properties":{{"a":{{"$ref":"#/{referred}/A"}}}},"{written}":{{"A":{{"title":"A"}}}}}}"##);
        assert_eq!(leads_to(&read(&text).unwrap(), &["a"]), "A");
    }
}

#[test]
fn every_dialect_has_its_anchors_and_ids() {
    for (uri, definition) in [
        ("http://json-schema.org/draft-04/schema#", r##"{"id":"#here","title":"A"}"##),
        ("http://json-schema.org/draft-07/schema#", r##"{"$id":"#here","title":"A"}"##),
        ("https://json-schema.org/draft/2019-09/schema", r#"{"$anchor":"here","title":"A"}"#),
        ("https://json-schema.org/draft/2020-12/schema", r#"{"$dynamicAnchor":"here","title":"A"}"#),
    ] {
        let text = format!(
            r##"{{"$schema":"{uri}","properties":{{"a":{{"$ref":"#here"}}}},"definitions":{{"A":{definition}}}}}"##
        );
        assert_eq!(leads_to(&read(&text).unwrap(), &["a"]), "A", "{uri}");
    }
}

#[test]
fn ids_within_change_what_references_are_resolved_against() {
    let text = r##"{"$id":"http://example.com/root.json","title":"root",
        "properties":{"folder":{"$id":"folder/","title":"folder","properties":{
            "name":{"$ref":"name.json"}, "pointer":{"$ref":"#/definitions/inner"}, "root":{"$ref":"../root.json"},
            "whole":{"$ref":"http://example.com/folder/name.json#/definitions/deep"}},
            "definitions":{"inner":{"title":"inner"},
                "name":{"$id":"name.json","title":"name","definitions":{"deep":{"title":"deep"}}}}}},
        "definitions":{"inner":{"title":"not this one"}}}"##;
    let schema = read(text).unwrap();
    for (property, title) in [("name", "name"), ("pointer", "inner"), ("root", "root"), ("whole", "deep")] {
        assert_eq!(leads_to(&schema, &["folder", property]), title, "{property}");
    }
    assert_eq!(leads_to(&schema, &["folder", "root", "folder", "pointer"]), "inner");
}

#[test]
fn generated_ids_on_every_property_do_no_harm() {
    let text = r##"{"$id":"http://example.com/root.json","properties":{
        "a":{"$id":"#/properties/a","properties":{"x":{"$ref":"#/definitions/A"}}},
        "b":{"$id":"/properties/b","properties":{"x":{"$ref":"#/definitions/A"}}}},"definitions":{"A":{"title":"A"}}}"##;
    let schema = read(text).unwrap();
    assert_eq!((leads_to(&schema, &["a", "x"]), leads_to(&schema, &["b", "x"])), ("A".into(), "A".into()));
}

#[test]
fn up_to_draft_07_nothing_beside_a_ref_counts_but_definitions() {
    let sibling = r##""$ref":"#/definitions/A","type":"nonsense","$id":"http://elsewhere.example/","definitions":{"A":{"title":"A"}}"##;
    let old = format!("{{{sibling}}}");
    assert_eq!(
        leads_to(
            &read(&format!(r#"{{"properties":{{"p":{{"$ref":"{}"}}}},{}}}"#, "#/definitions/A", sibling)).unwrap(),
            &["p"]
        ),
        "A"
    );
    assert!(read(&old).is_ok());
    let new = format!(r#"{{"$schema":"{}",{sibling}}}"#, Draft::Draft2020.uri());
    assert!(read(&new).unwrap_err().message.contains("no type 'nonsense'"));
}

#[test]
fn references_are_found_by_the_name_they_are_given_or_the_id_they_have() {
    let address =
        r#"{"$id":"http://example.com/address.json","title":"address","definitions":{"zip":{"title":"zip"}}}"#;
    let anchored = r##"{"title":"anchored","definitions":{"z":{"$id":"#z","title":"z"}}}"##;
    let text = r##"{"$id":"http://example.com/order.json","properties":{
        "id":{"$ref":"http://example.com/address.json"}, "name":{"$ref":"my-address"}, "relative":{"$ref":"address.json#/definitions/zip"},
        "anchor":{"$ref":"anchored.json#z"}, "deep":{"$ref":"my-address#/definitions/zip"}, "blank":{"$ref":"a%20b.json"}}}"##;
    let schema =
        read_with(text, &[("my-address", address), ("anchored.json", anchored), ("a b.json", address)]).unwrap();
    for (property, title) in [
        ("id", "address"),
        ("name", "address"),
        ("relative", "zip"),
        ("anchor", "z"),
        ("deep", "zip"),
        ("blank", "address"),
    ] {
        assert_eq!(leads_to(&schema, &[property]), title, "{property}");
    }
}

#[test]
fn references_of_references_are_found_as_well() {
    let country = r#"{"title":"country"}"#;
    let address = r##"{"$id":"http://example.com/a/address.json","properties":{"country":{"$ref":"country.json"},"own":{"$ref":"#/definitions/own"}},
        "definitions":{"own":{"title":"own"}}}"##;
    let text = r##"{"properties":{"address":{"$ref":"address.json"}}}"##;
    let schema = read_with(text, &[("country.json", country), ("address.json", address)]).unwrap();
    assert_eq!(leads_to(&schema, &["address", "country"]), "country");
    assert_eq!(leads_to(&schema, &["address", "own"]), "own");
}

#[test]
fn a_name_may_have_a_fragment_that_does_not_count() {
    let schema = read_with(
        r##"{"properties":{"a":{"$ref":"http://example.com/a.json#/definitions/A"}}}"##,
        &[("http://example.com/a.json#/definitions/A", r#"{"definitions":{"A":{"title":"A"}}}"#)],
    );
    assert_eq!(leads_to(&schema.unwrap(), &["a"]), "A");
}

#[test]
fn metaschemas_need_no_reference() {
    for draft in [Draft::Draft4, Draft::Draft6, Draft::Draft7, Draft::Draft2019, Draft::Draft2020] {
        let text = format!(r##"{{"properties":{{"schema":{{"$ref":"{}#"}}}}}}"##, draft.uri());
        let schema = read(&text).unwrap();
        let root = schema.at_root();
        let property = root.node.get("properties").and_then(|properties| properties.get("schema")).unwrap();
        let meta = followed(&schema, schema.within(root, property));
        assert_eq!((meta.node.get("properties").is_some(), schema.draft(meta)), (true, draft));
    }
    assert!(read(r#"{"$schema":"http://json-schema.org/draft-07/schema#"}"#).unwrap().documents.is_empty());
    for other in ["https://json-schema.org/draft-07/schema", "https://json-schema.org/draft/2020-12/meta/core#"] {
        assert!(read(&format!(r#"{{"items":{{"$ref":"{other}"}}}}"#)).is_ok(), "{other}");
    }
    let part = r##"{"properties":{"count":{"$ref":"http://json-schema.org/draft-07/schema#/definitions/nonNegativeInteger"}}}"##;
    assert!(read(part).is_ok());
}

#[test]
fn dynamic_references_lead_where_plain_ones_would() {
    let tree = r##"{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"http://example.com/tree","title":"tree",
        "$dynamicAnchor":"node","properties":{"child":{"$dynamicRef":"#node"}}}"##;
    assert_eq!(leads_to(&read(tree).unwrap(), &["child", "child"]), "tree");
    let recursive = r##"{"$schema":"https://json-schema.org/draft/2019-09/schema","title":"tree","$recursiveAnchor":true,
        "properties":{"child":{"$recursiveRef":"#"}}}"##;
    assert_eq!(leads_to(&read(recursive).unwrap(), &["child", "child"]), "tree");
    let unknown_here = r##"{"properties":{"child":{"$dynamicRef":"#node"}}}"##;
    assert!(read(unknown_here).is_ok());
}

#[test]
fn references_that_lead_nowhere_are_refused_where_they_stand() {
    assert_refused(
        r##"{"properties":{"a":{"$ref":"#/definitions/B"}}}"##,
        "'#/definitions/B' leads nowhere",
        "/properties/a/$ref",
        r##""#/definitions/B""##,
    );
    assert_refused(
        r##"{"$ref":"#definitions/B","definitions":{"B":{}}}"##,
        "'#definitions/B' leads nowhere; a JSON pointer begins with a slash: '#/definitions/B'",
        "/$ref",
        r##""#definitions/B""##,
    );
    assert_refused(
        r#"{"items":{"$ref":"http://example.com/x.json#/a"}}"#,
        "'http://example.com/x.json#/a' is not among the references of this schema: add 'http://example.com/x.json' as one, \
         since remote schemas aren't fetched",
        "/items/$ref",
        r#""http://example.com/x.json#/a""#,
    );
    assert_refused(
        r#"{"items":{"$ref":"x.json"}}"#,
        "'x.json' is not among the references of this schema: add it as one",
        "/items/$ref",
        r#""x.json""#,
    );
    assert_refused(
        r##"{"not":{"$ref":"#/title"},"title":"t"}"##,
        "'#/title' leads to text, and a schema is an object, true or false",
        "/not/$ref",
        r##""#/title""##,
    );
    let text = r##"{"allOf":[{}],"not":{"$ref":"#/allOf/00"}}"##;
    assert_refused(text, "'#/allOf/00' leads nowhere", "/not/$ref", r##""#/allOf/00""##);
}

#[test]
fn what_is_wrong_in_a_reference_is_told_with_its_name() {
    let text = r#"{"$ref":"a.json"}"#;
    let broken = read_with(text, &[("a.json", r#"{"properties":{"x":{"type":"strin"}}}"#)]).unwrap_err();
    assert!(
        broken.message.starts_with("the referenced schema 'a.json' can't be used: there is no type 'strin'"),
        "{broken}"
    );
    assert!(broken.message.ends_with("at #/properties/x/type"), "{broken}");
    let no_json = read_with(text, &[("a.json", "{")]).unwrap_err();
    assert!(no_json.message.starts_with("the referenced schema 'a.json' can't be used: "));
    let other = Resolved { kind: SchemaKind::Avro, ..reference("a.json", "\"int\"") };
    let other_kind = parse(text, &[other], Strictness::Strict).unwrap_err();
    assert_eq!(other_kind.message, "the referenced schema 'a.json' can't be used: it is AVRO, not JSON");
}

#[test]
fn circles_without_a_step_into_the_value_are_refused() {
    let message =
        "the schema leads back to itself without a step into the value, so that nothing could be checked against it";
    assert_refused(r##"{"$ref":"#"}"##, message, "/$ref", r##""#""##);
    assert_refused(
        r##"{"$ref":"#/definitions/A","definitions":{"A":{"$ref":"#/definitions/B"},"B":{"$ref":"#/definitions/A"}}}"##,
        message,
        "/definitions/A/$ref",
        r##""#/definitions/B""##,
    );
    assert_refused(r##"{"anyOf":[{"type":"string"},{"$ref":"#"}]}"##, message, "/anyOf/1/$ref", r##""#""##);
    assert_refused(r##"{"not":{"allOf":[{"if":{"$ref":"#"}}]}}"##, message, "/not/allOf/0/if/$ref", r##""#""##);
    for fine in [
        r##"{"properties":{"a":{"$ref":"#"}}}"##,
        r##"{"items":{"anyOf":[{"$ref":"#"},{"type":"null"}]}}"##,
        r##"{"allOf":[{"$ref":"#/definitions/A"},{"$ref":"#/definitions/A"}],"definitions":{"A":{"properties":{"x":{"$ref":"#/definitions/A"}}}}}"##,
    ] {
        assert!(read(fine).is_ok(), "{fine}");
    }
}

#[test]
fn long_chains_of_references_are_refused_before_the_stack_is() {
    let chain = |length: usize| {
        let mut text = r##"{"$ref":"#/definitions/d0","definitions":{"##.to_owned();
        for n in 0..length {
            write!(text, r##""d{n}":{{"$ref":"#/definitions/d{}"}},"##, n + 1).unwrap();
        }
        write!(text, r#""d{length}":{{}}}}}}"#).unwrap();
        text
    };
    assert!(read(&chain(200)).is_ok());
    let circle = chain(50_000).replace(r##""d50000":{}"##, r##""d50000":{"$ref":"#/definitions/d0"}"##);
    assert!(read(&circle).unwrap_err().message.starts_with("the schema leads back to itself"));
    let refused = read(&chain(20_000)).unwrap_err();
    assert_eq!(refused.message, "more than 300 schemas lead from one to the next here");
}
