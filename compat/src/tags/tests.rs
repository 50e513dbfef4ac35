//! Do edits find the part that they are about, and lists of tags become what they should?

use super::*;
use crate::json::read;

fn edit(entity: &str, kind: ElementKind, add: &[&str], remove: &[&str]) -> TagEdit {
    let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
    TagEdit { entity: entity.to_owned(), kind, add: owned(add), remove: owned(remove) }
}

fn field(entity: &str) -> TagEdit {
    edit(entity, ElementKind::Field, &[entity], &[])
}

/// The edits that are met by going one step after another.
fn met(edits: &[TagEdit], steps: &[&str]) -> Vec<String> {
    let edits = Edits::new(edits);
    let scope = steps.iter().fold(edits.scope(), |scope, step| scope.within(step));
    let changes = [ElementKind::Record, ElementKind::Field].into_iter().filter_map(|kind| scope.change(kind));
    changes.flat_map(|change| change.add.clone()).collect()
}

#[test]
fn steps_lead_to_the_edits_of_a_part_and_to_no_others() {
    let edits = ["object", "object.a", "object.a.b", "object.ab", "object.a-b", "object.a/b", "object.a.object.c", ""];
    let edits: Vec<TagEdit> = edits.into_iter().map(field).collect();
    for (steps, found) in [
        (vec!["object"], "object"),
        (vec!["object", "a"], "object.a"),
        (vec!["object.a"], "object.a"),
        (vec!["object", "a.b"], "object.a.b"),
        (vec!["object", "a", "b"], "object.a.b"),
        (vec!["object", "a", "object.c"], "object.a.object.c"),
        (vec!["object", "ab"], "object.ab"),
        (vec!["object", "a-b"], "object.a-b"),
        (vec!["object", "a/b"], "object.a/b"),
        (vec![""], ""),
    ] {
        assert_eq!(met(&edits, &steps), [found], "{steps:?}");
    }
    for steps in
        [vec![], vec!["obj"], vec!["object", ""], vec!["object", "a", "object"], vec!["object", "a", "object.c", ""]]
    {
        assert!(met(&edits, &steps).is_empty(), "{steps:?}");
    }
}

#[test]
fn what_no_step_leads_to_is_told() {
    let edits = [field(".a.b"), edit("a.b", ElementKind::Record, &[], &[])];
    let edits = Edits::new(&edits);
    assert!(edits.scope().within("a.b").change(ElementKind::Field).is_some());
    let missed = edits.missed().unwrap();
    assert_eq!(missed.to_string(), "the schema defines no record 'a.b' that could have tags");
    assert!(edits.scope().within("a").within("b").change(ElementKind::Record).is_some());
    assert_eq!(edits.missed(), None);
}

#[test]
fn edits_of_one_part_are_one_change_and_removing_comes_last() {
    let edits = [
        edit("a", ElementKind::Field, &["X"], &["Y"]),
        edit(".a", ElementKind::Field, &["Y", "Z", "X"], &[]),
        edit("a", ElementKind::Record, &["R"], &[]),
    ];
    let edits = Edits::new(&edits);
    let change = edits.scope().within("a").change(ElementKind::Field).unwrap();
    let (removed, added) = change.against(&HashSet::from(["Y", "W"]));
    assert_eq!((removed, added), (HashSet::from(["Y"]), vec!["X", "Z"]));
}

#[test]
fn a_list_of_tags_changes_and_all_else_stays() {
    for (before, add, remove, after) in [
        (r#"{"a":1}"#, &["X", "X"][..], &[][..], r#"{"a":1,"confluent:tags":["X"]}"#),
        (r#"{"confluent:tags":["X"],"a":1}"#, &["Y", "X"], &[], r#"{"confluent:tags":["X","Y"],"a":1}"#),
        (r#"{"confluent:tags":["X","Y"],"a":1}"#, &[], &["X", "Z"], r#"{"confluent:tags":["Y"],"a":1}"#),
        (r#"{"a":1,"confluent:tags":["X"]}"#, &[], &["X"], r#"{"a":1}"#),
        (r#"{"confluent:tags":["X",7]}"#, &["Y"], &["X"], r#"{"confluent:tags":[7,"Y"]}"#),
        // Nothing is to be done, so nothing is done.
        (r#"{"confluent:tags":[],"a":1}"#, &["X"], &["X"], r#"{"confluent:tags":[],"a":1}"#),
        (r#"{"confluent:tags":["X","X"]}"#, &["X"], &["Y"], r#"{"confluent:tags":["X","X"]}"#),
        // What is no list holds no tags.
        (r#"{"confluent:tags":"X"}"#, &[], &["X"], r#"{"confluent:tags":"X"}"#),
        (r#"{"confluent:tags":"X"}"#, &["Y"], &[], r#"{"confluent:tags":["Y"]}"#),
    ] {
        let mut members = read(before).unwrap().members().unwrap().to_vec();
        let edit = edit("", ElementKind::Record, add, remove);
        retag(&mut members, &Change { add: edit.add, remove: edit.remove });
        let text = |members: &[Member]| {
            let members = members.iter().map(|member| (member.key.clone(), format!("{:?}", plain(&member.value))));
            members.collect::<Vec<_>>()
        };
        assert_eq!(text(&members), text(read(after).unwrap().members().unwrap()), "{before}");
    }
}

/// A value without its places.
fn plain(node: &Node) -> String {
    match &node.value {
        Value::List(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(",")),
        other => format!("{other:?}"),
    }
}
