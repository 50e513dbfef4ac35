//! Do references lead where crate `jsonschema` takes them? Random documents with addresses of all sorts, one reference
//! at a time: every schema asks for a mark of its own, so the mark that passes tells where the reference led.

use serde_json::{Map, Value as Json, json};

use super::super::parse::parse;
use super::*;
use crate::format::{Resolved, Strictness};
use crate::schema::SchemaKind;

const ROOT: &str = "http://example.com/root.json";
const OTHER: &str = "http://example.com/folder/other.json";
const DRAFTS: [Draft; 5] = [Draft::Draft4, Draft::Draft6, Draft::Draft7, Draft::Draft2019, Draft::Draft2020];
const MARKS: u64 = 20;

/// What a reference may say; some lead somewhere in some documents.
const REFERENCES: [&str; 30] = [
    "#",
    "#/definitions/D0",
    "#/definitions/D1",
    "#/definitions/D2",
    "#/definitions/D0/definitions/I",
    "#/definitions/I",
    "#a0",
    "#a1",
    "#a2",
    "#i",
    "d0.json",
    "d1.json",
    "d0.json#",
    "d1.json#/definitions/I",
    "d2.json#i",
    "sub/d0.json",
    "sub/d1.json#/definitions/I",
    "../root.json",
    "root.json#/definitions/D1",
    "root.json#a1",
    ROOT,
    "urn:example:d0",
    "urn:example:d1#i",
    "folder/other.json",
    "folder/other.json#/definitions/D1",
    "other.json",
    "other.json#a0",
    OTHER,
    "http://example.com/folder/other.json#a1",
    "http://example.com/folder/d1.json",
];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

/// A schema that only objects with this mark pass.
fn marked(mark: usize) -> Map<String, Json> {
    let schema = json!({ "type": "object", "required": ["mark"], "properties": { "mark": { "enum": [mark] } } });
    schema.as_object().unwrap().clone()
}

fn address(schema: &mut Map<String, Json>, draft: Draft, name: &str, anchor: &str, random: &mut Random) {
    let id = if draft == Draft::Draft4 { "id" } else { "$id" };
    let has_anchors = draft >= Draft::Draft2019;
    match random.below(6) {
        0 => drop(schema.insert(id.into(), json!(format!("{name}.json")))),
        1 => drop(schema.insert(id.into(), json!(format!("sub/{name}.json")))),
        2 => drop(schema.insert(id.into(), json!(format!("urn:example:{name}")))),
        3 if has_anchors => drop(schema.insert("$anchor".into(), json!(anchor))),
        3 => drop(schema.insert(id.into(), json!(format!("#{anchor}")))),
        _ => {}
    }
}

/// A document with three definitions that have one more each.
fn document(draft: Draft, id: Option<&str>, first: usize, random: &mut Random) -> Map<String, Json> {
    let mut root = marked(first);
    root.insert("$schema".into(), json!(draft.uri()));
    if let Some(id) = id {
        root.insert(if draft == Draft::Draft4 { "id" } else { "$id" }.into(), json!(id));
    }
    let mut definitions = Map::new();
    for n in 0..3 {
        let mut definition = marked(first + 1 + 2 * n);
        address(&mut definition, draft, &format!("d{n}"), &format!("a{n}"), random);
        let mut inner = marked(first + 2 + 2 * n);
        // Nothing is relative to a URN, and crate `jsonschema` refuses a document where something would be.
        let is_urn = definition.values().filter_map(Json::as_str).any(|id| id.starts_with("urn:"));
        if random.below(2) == 0 && !is_urn {
            address(&mut inner, draft, &format!("i{n}"), "i", random);
        }
        definition.insert("definitions".into(), json!({ "I": inner }));
        definitions.insert(format!("D{n}"), Json::Object(definition));
    }
    root.insert("definitions".into(), Json::Object(definitions));
    root
}

/// The mark of what the reference at `/properties/p` leads to, or at `x` in what that leads to.
fn ours(text: &str, other: &str, within: bool) -> Option<u64> {
    let other = Resolved { name: OTHER.into(), kind: SchemaKind::Json, text: other.into() };
    let schema = parse(text, &[other], Strictness::Lenient).ok()?;
    let step = |site, name: &str| {
        let Site { node, .. } = site;
        let inner = schema.within(site, node.get("properties")?.get(name)?);
        schema.follow(inner, reference_of(inner.node)?)
    };
    let mut site = step(schema.at_root(), "p")?;
    if within {
        site = step(site, "x")?;
    }
    let Value::Number(mark) = &site.node.get("properties")?.get("mark")?.get("enum")?.list()?.first()?.value else {
        return None;
    };
    mark.parse().ok()
}

fn theirs(schema: &Json, other: &Json, within: Option<u64>) -> Option<u64> {
    let registry = jsonschema::Registry::new().add(OTHER, other).ok()?.prepare().ok()?;
    let validator = jsonschema::options().with_registry(&registry).build(schema).ok()?;
    let passes = |mark: &u64| {
        let marked = json!({ "mark": mark });
        let inside = within.map_or(marked.clone(), |outer| json!({ "mark": outer, "x": marked }));
        validator.is_valid(&json!({ "mark": 0, "p": inside }))
    };
    let marks: Vec<u64> = (0..MARKS).filter(passes).collect();
    assert!(marks.len() <= 1, "{marks:?} {schema}");
    marks.first().copied()
}

#[test]
fn references_lead_where_the_reference_implementation_takes_them() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let (mut somewhere, mut nowhere, mut further) = (0, 0, 0);
    for round in 0..1_500 {
        let draft = DRAFTS[round % 5];
        let id = (random.below(4) > 0).then_some(ROOT);
        let mut root = document(draft, id, 0, &mut random);
        let other = Json::Object(document(draft, [None, Some(OTHER)][random.below(2)], 10, &mut random));
        let reference = REFERENCES[random.below(REFERENCES.len())];
        let within = random.below(2) == 0;
        let at = if within { "/definitions/D1/properties" } else { "/properties" };
        root.get_mut("properties").unwrap()["p"] = json!({ "$ref": "#/definitions/D1" });
        let mut root = Json::Object(root);
        root.pointer_mut(at).unwrap()[if within { "x" } else { "p" }] = json!({ "$ref": reference });
        let ours = ours(&root.to_string(), &other.to_string(), within);
        let theirs = theirs(&root, &other, within.then_some(3));
        match (ours, theirs) {
            (Some(ours), Some(theirs)) => {
                assert_eq!(ours, theirs, "{reference} in {root}\nwith {other}");
                somewhere += 1;
            }
            (None, None) => nowhere += 1,
            // Only we look for a fragment in the whole document as well.
            (Some(_), None) => {
                assert!(reference.contains('#'), "{reference} in {root}\nwith {other}");
                further += 1;
            }
            (None, Some(_)) => panic!("{reference} in {root}\nwith {other}"),
        }
    }
    assert!(somewhere > 400 && nowhere > 400 && further < 100, "{somewhere} {nowhere} {further}");
}
