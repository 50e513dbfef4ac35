//! Is a change found, told as one, and judged by the finding that is about it?

use super::*;
use crate::violation::{Basis, Rule};

fn element(kind: ElementKind, parent: Option<usize>, name: &str, path: &str, type_name: &str) -> Element {
    Element {
        parent,
        kind,
        name: name.into(),
        identity: name.into(),
        aliases: Vec::new(),
        place: Place { path: path.into(), span: None },
        entity: String::new(),
        path: name.into(),
        type_name: type_name.into(),
        facets: BTreeMap::new(),
        doc: None,
        tags: Vec::new(),
    }
}

/// A record with fields of these names and types.
fn record(fields: &[(&str, &str)]) -> Outline {
    let root = element(ElementKind::Record, None, "Order", "", "");
    let field = |(at, (name, type_name)): (usize, &(&str, &str))| {
        element(ElementKind::Field, Some(0), name, &format!("/fields/{at}"), type_name)
    };
    Outline { elements: std::iter::once(root).chain(fields.iter().enumerate().map(field)).collect() }
}

fn told(old: &Outline, new: &Outline) -> Vec<String> {
    changes(old, new).into_iter().map(|change| change.summary).collect()
}

#[test]
fn the_same_schema_has_no_changes() {
    let one = record(&[("id", "long"), ("note", "string")]);
    assert_eq!(told(&one, &one), Vec::<String>::new());
}

#[test]
fn fields_come_go_and_change() {
    let old = record(&[("id", "long"), ("note", "string"), ("total", "float")]);
    let new = record(&[("id", "long"), ("total", "double"), ("email", "string")]);
    assert_eq!(
        told(&old, &new),
        [
            "field 'note' (string) was removed",
            "field 'total': type was float, is double",
            "field 'email' (string) was added",
        ]
    );
}

#[test]
fn an_alias_or_a_number_makes_it_a_renaming() {
    let old = record(&[("id", "long"), ("mail", "string")]);
    let mut new = record(&[("id", "long"), ("email", "string")]);
    new.elements[2].aliases = vec!["mail".into()];
    assert_eq!(told(&old, &new), ["field 'mail' is called 'email' now", "field 'email': aliases mail was added"]);

    let mut old = record(&[("mail", "string")]);
    let mut new = record(&[("email", "string")]);
    (old.elements[1].identity, new.elements[1].identity) = ("3".into(), "3".into());
    assert_eq!(told(&old, &new), ["field 'mail' is called 'email' now"]);
}

#[test]
fn the_only_record_is_the_same_under_another_name() {
    let old = record(&[("id", "long")]);
    let mut new = record(&[("id", "int")]);
    (new.elements[0].name, new.elements[0].identity) = ("Purchase".into(), "Purchase".into());
    assert_eq!(told(&old, &new), ["record 'Order' is called 'Purchase' now", "field 'id': type was long, is int"]);
}

#[test]
fn only_what_really_moved_is_said_to_have_moved() {
    let old = record(&[("a", "int"), ("b", "int"), ("c", "int"), ("d", "int")]);
    let new = record(&[("b", "int"), ("c", "int"), ("a", "int"), ("d", "int")]);
    assert_eq!(told(&old, &new), ["field 'a' stands elsewhere among its siblings"]);
    assert_eq!(longest_rising(&[3, 1, 2, 0]), HashSet::from([1, 2]));
    assert!(longest_rising(&[]).is_empty());
}

static RULE: Rule = RULE_COPY;
const RULE_COPY: Rule = Rule {
    code: "TG998",
    slug: "test",
    purpose: "For this test.",
    severity: Severity::Error,
    confluent: None,
    basis: Basis::Sound,
};

fn violation(reader: &str, writer: &str) -> Violation {
    let place = |path: &str| Place { path: path.into(), span: None };
    Violation {
        rule: &RULE,
        reader: place(reader),
        writer: place(writer),
        message: "it breaks".into(),
        fix: None,
        fact: String::new(),
        edits: Vec::new(),
    }
}

#[test]
fn a_finding_goes_to_the_change_that_holds_it_most_closely() {
    let old = record(&[("id", "long"), ("note", "string")]);
    let new = record(&[("id", "string"), ("email", "string")]);
    let mut all = changes(&old, &new);
    judge(&mut all, Direction::Backward, &[violation("/fields/0/type", "/fields/0/type"), violation("/fields/1", "")]);
    judge(&mut all, Direction::Forward, &[violation("/fields/1", "")]);
    let judged: Vec<_> = all
        .iter()
        .map(|change| {
            (change.summary.as_str(), change.backward.findings.as_slice(), change.forward.findings.as_slice())
        })
        .collect();
    assert_eq!(
        judged,
        [
            ("field 'id': type was long, is string", [0].as_slice(), [].as_slice()),
            ("field 'email' (string) was added", &[1], &[]),
            ("field 'note' (string) was removed", &[], &[0]),
        ]
    );
}

#[test]
fn of_several_changes_of_a_part_the_one_that_the_rule_is_about_is_judged() {
    static RENAMED: Rule = Rule { slug: "test-field-renamed", confluent: None, code: "TG997", ..RULE_COPY };
    let mut old = record(&[("mail", "bytes")]);
    let mut new = record(&[("email", "string")]);
    (old.elements[1].identity, new.elements[1].identity) = ("3".into(), "3".into());
    let mut all = changes(&old, &new);
    let here = violation("/fields/0", "/fields/0");
    judge(&mut all, Direction::Backward, &[here.clone(), Violation { rule: &RENAMED, ..here }]);
    let judged: Vec<_> = all.iter().map(|change| (change.kind, change.backward.findings.as_slice())).collect();
    assert_eq!(judged, [(ChangeKind::Renamed, [1].as_slice()), (ChangeKind::Changed, &[0])]);
}

#[test]
fn a_side_that_misses_the_part_does_not_hide_the_renaming() {
    let old = record(&[("mail", "string")]);
    let mut new = record(&[("email", "string")]);
    new.elements[1].aliases = vec!["mail".into()];
    let mut all = changes(&old, &new);
    // Readers of the old version look for 'mail' and find no such field in the record.
    judge(&mut all, Direction::Forward, &[violation("/fields/0", "")]);
    assert!(all.iter().any(|change| change.forward.findings == [0]), "{all:?}");
    assert!(all.iter().all(|change| change.element == ElementKind::Field), "{all:?}");
}

#[test]
fn a_finding_about_a_list_goes_to_all_that_came_to_it() {
    let list = |symbols: &[&str]| {
        let root = element(ElementKind::Enum, None, "State", "", "");
        let symbol =
            |(at, name): (usize, &&str)| element(ElementKind::Symbol, Some(0), name, &format!("/symbols/{at}"), "");
        Outline { elements: std::iter::once(root).chain(symbols.iter().enumerate().map(symbol)).collect() }
    };
    let mut all = changes(&list(&["NEW"]), &list(&["NEW", "PAID", "SENT"]));
    judge(&mut all, Direction::Forward, &[violation("/symbols", "/symbols")]);
    let judged: Vec<_> = all.iter().map(|change| (change.name.as_str(), change.forward.findings.len())).collect();
    assert_eq!(judged, [("PAID", 1), ("SENT", 1)]);
}

#[test]
fn ten_thousand_changes_are_judged_at_once() {
    let names: Vec<String> = (0..10_000).map(|number| format!("f{number}")).collect();
    let of_type =
        |type_name: &'static str| record(&names.iter().map(|name| (name.as_str(), type_name)).collect::<Vec<_>>());
    let mut all = changes(&of_type("int"), &of_type("string"));
    let violations: Vec<_> =
        (0..10_000).map(|at| violation(&format!("/fields/{at}/type"), &format!("/fields/{at}/type"))).collect();
    let began = std::time::Instant::now();
    judge(&mut all, Direction::Backward, &violations);
    assert!(all.iter().enumerate().all(|(at, change)| change.backward.findings == [at]));
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn a_finding_about_no_part_becomes_a_change_of_its_own() {
    let mut all = Vec::new();
    judge(&mut all, Direction::Backward, &[violation("", "")]);
    assert_eq!((all.len(), all[0].summary.as_str(), all[0].name.as_str()), (1, "it breaks", "schema"));
    assert_eq!(all[0].backward.worst, Some(Severity::Error));
}
