//! Does editing tags change tags and nothing else, whatever the schema is?

#[path = "support/event.rs"]
#[allow(dead_code, reason = "only the generator of numbers is used here")]
mod event;
#[path = "support/evolution.rs"]
#[allow(dead_code, reason = "only records are made here")]
mod evolution;
#[path = "support/json_evolution.rs"]
#[allow(dead_code, reason = "only new versions are made here")]
mod json_evolution;
#[path = "support/json_schemas.rs"]
#[allow(dead_code, reason = "only documents are made here")]
mod json_schemas;
#[path = "support/plan.rs"]
#[allow(dead_code, reason = "no data is written here")]
mod plan;
#[path = "support/protobuf_evolution.rs"]
#[allow(dead_code, reason = "no data is written here")]
mod protobuf_evolution;

use std::collections::HashMap;

use event::Random;
use tidegate_compat::{
    Element, ElementKind, Outline, Parsed, Policy, Resolved, SchemaKind, Strictness, TagEdit, parse,
};

const TAGS: [&str; 5] = ["PII", "a tag", "\"quoted\" \\", "ünï", "X"];

/// What can be tagged, by path and kind; parts of one path once.
fn entities(outline: &Outline) -> Vec<(String, ElementKind)> {
    let can_have_tags = |element: &&Element| {
        matches!(element.kind, ElementKind::Record | ElementKind::Field) && !element.entity.is_empty()
    };
    let mut found: Vec<_> = Vec::new();
    for element in outline.elements.iter().filter(can_have_tags) {
        let entity = (element.entity.clone(), element.kind);
        if !found.contains(&entity) {
            found.push(entity);
        }
    }
    found
}

fn some_tags(random: &mut Random) -> Vec<String> {
    (0..=random.below(2)).map(|_| TAGS[random.below(TAGS.len())].to_owned()).collect()
}

fn some_edits(entities: &[(String, ElementKind)], random: &mut Random) -> Vec<TagEdit> {
    let edit = |random: &mut Random| {
        let (entity, kind) = entities[random.below(entities.len())].clone();
        TagEdit { entity, kind, add: some_tags(random), remove: Vec::new() }
    };
    (0..=random.below(4)).map(|_| edit(random)).collect()
}

fn undone(edits: &[TagEdit]) -> Vec<TagEdit> {
    edits.iter().map(|edit| TagEdit { add: Vec::new(), remove: edit.add.clone(), ..edit.clone() }).collect()
}

/// The outline without tags, and without the places that they move.
fn bare(parsed: &Parsed) -> Outline {
    let mut outline = parsed.outline();
    for element in &mut outline.elements {
        element.tags.clear();
        element.place.span = None;
    }
    outline
}

fn rules(reader: &Parsed, writer: &Parsed) -> Vec<&'static str> {
    reader.reads(writer, Policy::Strict).iter().map(|violation| violation.rule.code).collect()
}

/// What all formats owe: the tagged text is one, says the same but for the tags, and loses them again.
fn check(parsed: &Parsed, edits: &[TagEdit], read: impl Fn(&str) -> Parsed) -> Parsed {
    let text = parsed.with_tags(edits).unwrap_or_else(|unknown| panic!("{unknown}: {}", parsed.identity()));
    let tagged = read(&text);
    assert_eq!(tagged.identity(), text);
    assert_eq!(bare(&tagged), bare(parsed), "{text}");
    let own = rules(parsed, parsed);
    assert_eq!((rules(&tagged, parsed), rules(parsed, &tagged)), (own.clone(), own), "{text}");
    assert_eq!(tagged.with_tags(edits).as_ref(), Ok(&text), "what is there is not added again");

    let both = [edits.to_vec(), undone(edits)].concat();
    assert_eq!(parsed.with_tags(&both), Ok(parsed.identity()), "removing comes last");
    let gone = read(&tagged.with_tags(&undone(edits)).expect("the same paths"));
    assert_eq!(gone.outline().elements.iter().map(|element| element.tags.len()).sum::<usize>(), 0);
    assert_eq!(bare(&gone), bare(parsed));
    assert_eq!(gone.with_tags(edits).map(|text| read(&text).outline()), Ok(tagged.outline()));
    tagged
}

/// Where every part that was edited tells just its tags, and no other part tells any.
fn check_told(tagged: &Parsed, edits: &[TagEdit]) {
    let mut expected: HashMap<(&str, ElementKind), Vec<&str>> = HashMap::new();
    for edit in edits {
        let tags = expected.entry((&edit.entity, edit.kind)).or_default();
        edit.add.iter().for_each(|tag| {
            if !tags.contains(&tag.as_str()) {
                tags.push(tag);
            }
        });
    }
    for element in &tagged.outline().elements {
        let tags = expected.get(&(element.entity.as_str(), element.kind)).cloned().unwrap_or_default();
        assert_eq!(element.tags, tags, "{} in {}", element.entity, tagged.identity());
    }
}

/// Where every part of the new version that the old one has too, has its tags.
fn check_propagated(tagged: &Parsed, new: &Parsed, read: impl Fn(&str) -> Parsed) -> usize {
    let merged = read(&new.with_tags_of(tagged));
    assert_eq!(bare(&merged), bare(new));
    let before: HashMap<_, _> = tagged
        .outline()
        .elements
        .into_iter()
        .filter(|element| !element.tags.is_empty())
        .map(|element| ((element.entity, element.kind), element.tags))
        .collect();
    let mut count = 0;
    for element in merged.outline().elements {
        let tags = before.get(&(element.entity.clone(), element.kind)).cloned().unwrap_or_default();
        assert_eq!(element.tags, tags, "{} in {}", element.entity, merged.identity());
        count += tags.len();
    }
    assert_eq!(merged.with_tags_of(tagged), merged.identity());
    count
}

#[test]
fn avro_schemas_change_in_nothing_but_their_tags() {
    let read = |text: &str| {
        parse(SchemaKind::Avro, text, &[], Strictness::Lenient)
            .unwrap_or_else(|malformed| panic!("{malformed}: {text}"))
    };
    let mut random = Random::new(41);
    let (mut edited, mut propagated) = (0, 0);
    for round in 0..600 {
        let dialect = [evolution::Dialect::Plain, evolution::Dialect::Whole][round % 2];
        let mut planner = evolution::Planner::new(&mut random, dialect);
        let plan = planner.record(3);
        let new = planner.evolved(&plan).json().to_string();
        let Ok(parsed) = parse(SchemaKind::Avro, &plan.json().to_string(), &[], Strictness::Lenient) else { continue };
        let edits = some_edits(&entities(&parsed.outline()), planner.random());
        let tagged = check(&parsed, &edits, read);
        check_told(&tagged, &edits);
        edited += edits.len();
        if let Ok(new) = parse(SchemaKind::Avro, &new, &[], Strictness::Lenient) {
            propagated += check_propagated(&tagged, &new, read);
        }
    }
    assert!(edited > 1_000 && propagated > 500, "{edited} {propagated}");
}

#[test]
fn protobuf_schemas_change_in_nothing_but_their_tags() {
    let mut random = Random::new(43);
    let (mut edited, mut propagated) = (0, 0);
    for _ in 0..250 {
        let mut planner = protobuf_evolution::Planner::new(&mut random);
        let plan = planner.plan();
        let evolved = planner.evolved(&plan);
        let common = |plan: &protobuf_evolution::Plan| Resolved {
            name: protobuf_evolution::COMMON.into(),
            kind: SchemaKind::Protobuf,
            text: plan.common_text().into(),
        };
        let read_with = |reference: Resolved| {
            move |text: &str| {
                parse(SchemaKind::Protobuf, text, std::slice::from_ref(&reference), Strictness::Lenient)
                    .unwrap_or_else(|malformed| panic!("{malformed}: {text}"))
            }
        };
        let read = read_with(common(&plan));
        // In its own order: printing puts groups behind other fields.
        let parsed = read(&read(&plan.text()).identity());
        let entities = entities(&parsed.outline());
        if entities.is_empty() {
            continue;
        }
        let edits = some_edits(&entities, &mut random);
        let tagged = check(&parsed, &edits, &read);
        check_told(&tagged, &edits);
        edited += edits.len();
        let read = read_with(common(&evolved));
        propagated += check_propagated(&tagged, &read(&read(&evolved.text()).identity()), &read);
    }
    assert!(edited > 400 && propagated > 200, "{edited} {propagated}");
}

#[test]
fn json_schemas_change_in_nothing_but_their_tags() {
    use json_schemas::Dialect;
    let read = |text: &str| {
        parse(SchemaKind::Json, text, &[], Strictness::Lenient)
            .unwrap_or_else(|malformed| panic!("{malformed}: {text}"))
    };
    let mut random = Random::new(47);
    let (mut edited, mut without_room, mut propagated) = (0, 0, 0);
    for round in 0..900 {
        let dialect = [Dialect::Draft7, Dialect::Draft2020, Dialect::Draft4][round % 3];
        let mut planner = json_schemas::Planner::new(&mut random, dialect);
        let document = planner.document();
        let new = planner.evolved(&document).to_string();
        let parsed = read(&document.to_string());
        let mut entities = entities(&parsed.outline());
        // A property that is `true` or `false` can't have tags.
        let tag = |(entity, kind): &(String, ElementKind)| {
            let edit = TagEdit { entity: entity.clone(), kind: *kind, add: vec!["T".into()], remove: Vec::new() };
            parsed.with_tags(&[edit])
        };
        let count = entities.len();
        entities.retain(|entity| tag(entity).is_ok());
        without_room += count - entities.len();
        assert!(count == entities.len() || document.to_string().contains("true"), "{document}");
        if entities.is_empty() {
            continue;
        }
        let edits = some_edits(&entities, &mut random);
        let tagged = check(&parsed, &edits, read);
        edited += edits.len();
        // A value that is told twice, as a property and as an object, tells its tags once.
        let outline = tagged.outline();
        let fields: HashMap<_, _> = outline.fields().map(|field| (field.entity.as_str(), &field.tags)).collect();
        for edit in edits.iter().filter(|edit| edit.kind == ElementKind::Field) {
            let told =
                fields.get(edit.entity.as_str()).is_some_and(|tags| edit.add.iter().all(|tag| tags.contains(tag)));
            assert!(told, "{edit:?} in {}", tagged.identity());
        }
        if let Ok(new) = parse(SchemaKind::Json, &new, &[], Strictness::Lenient) {
            let merged = read(&new.with_tags_of(&tagged));
            assert_eq!(bare(&merged), bare(&new));
            assert_eq!(merged.with_tags_of(&tagged), merged.identity());
            propagated += usize::from(merged.identity() != new.identity());
        }
        assert_eq!(parsed.with_tags_of(&tagged), tagged.identity(), "tags come back to where they were");
    }
    assert!(edited > 1_000 && without_room < edited / 4 && propagated > 300, "{edited} {without_room} {propagated}");
}

#[test]
fn another_language_has_no_parts_of_the_same_path() {
    let avro = r#"{"type":"record","name":"object","confluent:tags":["A"],"fields":[]}"#;
    let avro = parse(SchemaKind::Avro, avro, &[], Strictness::Strict).expect("a record");
    let json = parse(SchemaKind::Json, r#"{"type":"object"}"#, &[], Strictness::Strict).expect("an object");
    assert_eq!(json.with_tags_of(&avro), r#"{"type":"object"}"#);
}

#[test]
fn many_edits_of_long_paths_cost_no_more_than_they_are_long() {
    let names: Vec<String> = (0..20_000).map(|index| format!("{}{index}", "a.".repeat(20))).collect();
    let properties: Vec<String> = names.iter().map(|name| format!(r#""{name}":{{}}"#)).collect();
    let text = format!(r#"{{"type":"object","properties":{{{}}}}}"#, properties.join(","));
    let parsed = parse(SchemaKind::Json, &text, &[], Strictness::Strict).expect("an object");
    let edits: Vec<TagEdit> = names
        .iter()
        .map(|name| {
            let entity = format!("object.{name}");
            TagEdit { entity, kind: ElementKind::Field, add: vec!["T".into()], remove: Vec::new() }
        })
        .collect();
    let begun = std::time::Instant::now();
    let tagged = parsed.with_tags(&edits).expect("all paths are there");
    assert_eq!(tagged.matches(r#""confluent:tags":["T"]"#).count(), names.len());
    // Quadratic work would take minutes; this leaves room for a slow machine.
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
