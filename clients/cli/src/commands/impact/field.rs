//! Who would notice if one field changed or went? Whoever reads it by their own word; whoever was seen reading and has not said
//! what; and nobody who says that they read other fields.

use tidegate_api::consumers::DeclaredReader;
use tidegate_api::graph::{FieldImpact, Impact, ImpactCoverage};

use super::{json, keeps_none, take};
use crate::commands::lineage::topic_of as node_of;
use crate::exit::Exit;
use crate::registry::Connection;
use crate::terminal::{Terminal, Tone, table};
use crate::trouble::Result;
use crate::usage::day;
use crate::words::{counted, shown};

pub(super) fn run(
    connection: &Connection,
    subject: &str,
    field: &str,
    as_json: bool,
    terminal: &Terminal,
) -> Result<Exit> {
    let impact = match node_of(connection, subject) {
        Ok(node) => {
            let query = [("node", node), ("field", field.to_owned())];
            connection.ask(connection.client.impact(&query)).map_err(|error| keeps_none(connection, error))?
        }
        // Of a topic that no proxy has seen there may still be the word of those who read it.
        Err(trouble) if trouble.exit == Exit::Usage => declared_only(connection, subject, field).ok_or(trouble)?,
        Err(trouble) => return Err(trouble),
    };
    terminal.print(&if as_json { json(&impact)? } else { text(subject, field, &impact, terminal) });
    Ok(Exit::Clean)
}

fn declared_only(connection: &Connection, subject: &str, field: &str) -> Option<Impact> {
    let usage = connection.ask(connection.client.usage(subject)).ok()?;
    let mut declared_readers = usage.declared_readers;
    if declared_readers.is_empty() || !usage.topics.is_empty() {
        return None;
    }
    for reader in &mut declared_readers {
        reader.reads = Some(reads(reader, field));
    }
    Some(Impact {
        node: subject.to_owned(),
        field: Some(field.to_owned()),
        writers: Vec::new(),
        readers: Vec::new(),
        downstream: Vec::new(),
        fields: None,
        declared_readers,
        coverage: ImpactCoverage {
            groups_observed: 0,
            groups_known: None,
            groups_elsewhere: Vec::new(),
            fields: "unknown".to_owned(),
            unknown: vec!["Who else reads it: no proxy has seen its records.".to_owned()],
        },
        truncated: false,
        window: None,
    })
}

/// Whether somebody reads the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    Yes,
    /// They read records, and may read all of each.
    Assumed,
    /// Not even that is known.
    Unknown,
    No,
}

struct Row {
    reads: Reads,
    cells: [String; 5],
}

/// Everybody once, whether they were seen, said so, or both.
fn rows(impact: &Impact, field: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut open: Vec<&DeclaredReader> = impact.declared_readers.iter().collect();
    for party in &impact.readers {
        let (kind, name) = (party.node.kind.as_str(), party.node.name.as_str());
        let own = take(&mut open, kind, name);
        let owners = party.node.owners.iter().map(String::as_str);
        let grades = party.known.grades.iter().map(String::as_str);
        rows.push(row((kind, name), owners, grades, day(&party.known.last_seen), &own, field));
    }
    for group in &impact.coverage.groups_elsewhere {
        let own = take(&mut open, "group", &group.group);
        rows.push(row(("group", &group.group), [], ["offsets only"], day(&group.last_moved), &own, field));
    }
    while let Some(first) = open.first() {
        let (kind, name) = match &first.group {
            Some(group) => ("group", group.as_str()),
            None => ("application", first.application.as_str()),
        };
        let own = take(&mut open, kind, name);
        rows.push(row((kind, name), [], [], "not seen", &own, field));
    }
    rows
}

fn row<'r>(
    (kind, name): (&str, &str),
    owners: impl IntoIterator<Item = &'r str>,
    grades: impl IntoIterator<Item = &'r str>,
    last: &str,
    own: &[&'r DeclaredReader],
    field: &str,
) -> Row {
    let mut grades: Vec<&str> = grades.into_iter().collect();
    let is_seen = grades.iter().any(|grade| *grade != "offsets only");
    let mut owners: Vec<&str> = owners.into_iter().chain(own.iter().filter_map(|it| it.owner.as_deref())).collect();
    owners.sort_unstable();
    owners.dedup();
    let owners = if owners.is_empty() { "(no owner)".to_owned() } else { owners.join(", ") };
    let (reads, told, evidence) = verdict(own, is_seen, field);
    if evidence.is_some() {
        grades.retain(|grade| *grade != "declared");
    }
    let evidence: Vec<&str> = evidence.into_iter().chain(grades).collect();
    let cells = [format!("{kind} {name}"), owners, told.to_owned(), evidence.join(", "), last.to_owned()];
    Row { reads, cells: cells.map(|cell| shown(&cell)) }
}

/// Whether somebody reads the field, in words too, and what speaks for it beside what was seen.
fn verdict(own: &[&DeclaredReader], is_seen: bool, field: &str) -> (Reads, &'static str, Option<&'static str>) {
    let yes: Vec<_> = own.iter().filter(|declared| reads(declared, field)).collect();
    let is_fresh = |declared: &DeclaredReader| !declared.stale;
    if !yes.is_empty() {
        let told = if yes.iter().all(|declared| declared.fields.is_none()) { "yes (all)" } else { "yes" };
        let evidence = if yes.iter().any(|it| is_fresh(it)) { "declared" } else { "declared (stale)" };
        return (Reads::Yes, told, Some(evidence));
    }
    let (reads, told) = if is_seen { (Reads::Assumed, "assumed (all)") } else { (Reads::Unknown, "unknown") };
    match own {
        [] => (reads, told, None),
        own if own.iter().all(|declared| is_fresh(declared)) => (Reads::No, "no", Some("declared")),
        // Who said long ago that they don't may do so by now.
        _ => (reads, told, Some("declared no (stale)")),
    }
}

/// By the registry's word, or by what was declared: a path means all below it, and is concerned by all above it.
fn reads(declared: &DeclaredReader, field: &str) -> bool {
    let is_below = |one: &str, other: &str| one.strip_prefix(other).is_some_and(|rest| rest.starts_with('.'));
    let is_meant = |path: &String| path == field || is_below(field, path) || is_below(path, field);
    declared.reads.unwrap_or_else(|| declared.fields.as_ref().is_none_or(|fields| fields.iter().any(is_meant)))
}

fn text(subject: &str, field: &str, impact: &Impact, terminal: &Terminal) -> String {
    let separator = if terminal.ascii { " - " } else { " · " };
    let mut text = format!("{}{separator}{}\n\n", terminal.paint(Tone::Strong, &shown(subject)), shown(field));
    let rows = rows(impact, field);
    let cells: Vec<_> = rows.iter().map(|row| row.cells.clone()).collect();
    match rows.is_empty() {
        true => text.push_str("Nobody is known who reads the topic.\n"),
        false => text.push_str(&table(["CONSUMER", "OWNER", "READS IT?", "EVIDENCE", "LAST SEEN"], &cells, terminal)),
    }
    if let Some(fields) = &impact.fields {
        let is_certain = fields.iter().all(|field| !field.inferred);
        text.push_str(if is_certain { "\nMade of it, as declared:\n" } else { "\nMade of it:\n" });
        fields.iter().for_each(|made| text.push_str(&format!("  {}\n", made_of(made))));
    }
    if !impact.downstream.is_empty() {
        let names: Vec<String> =
            impact.downstream.iter().map(|party| format!("{} {}", party.node.kind, party.node.name)).collect();
        text.push_str(&format!("\nDownstream: {}\n", shown(&names.join(", "))));
    }
    text.push_str("\nWhat is not known:\n");
    impact.coverage.unknown.iter().for_each(|what| text.push_str(&format!("  {}\n", shown(what))));
    let of = |reads: Reads| rows.iter().filter(|row| row.reads == reads).count();
    text.push_str(&format!(
        "\nRemoving {}: breaks {}, likely breaks {}, unknown {}, unaffected {}",
        shown(field),
        of(Reads::Yes),
        of(Reads::Assumed),
        of(Reads::Unknown),
        of(Reads::No)
    ));
    match impact.fields.as_ref().map_or(0, Vec::len) {
        0 => {}
        1 => text.push_str("; 1 field is made of it"),
        made => text.push_str(&format!("; {} are made of it", counted(made, "field"))),
    }
    match impact.fields.iter().flatten().filter(|field| field.inferred).count() {
        0 => {}
        guesses => text.push_str(&format!(" ({guesses} by a guess)")),
    }
    if impact.truncated {
        text.push_str("; there is more than the registry tells at once");
    }
    text.push_str(".\n");
    text
}

fn made_of(field: &FieldImpact) -> String {
    let how: Vec<&str> =
        field.transformations.iter().map(|how| how.kind.as_str()).filter(|kind| !kind.is_empty()).collect();
    let how = if how.is_empty() { String::new() } else { format!(" ({})", how.join(", ").to_lowercase()) };
    let how = if field.inferred { " (a guess, from name and type)" } else { &*how };
    shown(&format!("{}.{}{how}", field.dataset, field.field))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn impact(readers: &[Value], declared: &[Value]) -> Impact {
        serde_json::from_value(json!({
            "node": "topic:n:orders", "field": "customer_id", "writers": [], "readers": readers,
            "downstream": [party("table", "orders_hourly", "")],
            "fields": [{"namespace": "postgres://db", "dataset": "orders_hourly", "field": "customers", "depth": 1,
                "transformations": [{"type": "INDIRECT", "subtype": "GROUP_BY", "description": "", "masking": false}]}],
            "declaredReaders": declared,
            "coverage": {"groupsObserved": 2, "groupsKnown": 3,
                "groupsElsewhere": [{"group": "night-export", "topic": "topic:n:orders", "lastMoved": "2026-03-01T09:00:00.000Z"}],
                "fields": "declared", "unknown": ["Which fields an observed reader uses."]},
            "truncated": false
        }))
        .unwrap()
    }

    fn party(kind: &str, name: &str, owner: &str) -> Value {
        json!({"id": format!("{kind}:n:{name}"), "kind": kind, "namespace": "n", "name": name, "depth": 1,
            "owners": if owner.is_empty() { vec![] } else { vec![owner] },
            "evidence": ["observed"], "grades": ["fetched", "committed"], "confidence": 1.0, "records": 0, "bytes": 0,
            "refused": 0, "firstSeen": "2026-02-28T23:59:59.999Z", "lastSeen": "2026-03-01T10:00:00.000Z"})
    }

    fn declared(application: &str, group: Option<&str>, fields: Option<&[&str]>, reads: bool, is_stale: bool) -> Value {
        json!({"application": application, "group": group, "owner": "team-risk", "fields": fields, "reads": reads,
            "publishedAt": "2026-02-01T00:00:00.000Z", "stale": is_stale})
    }

    #[test]
    fn who_would_notice_that_a_field_goes_is_told_with_what_is_not_known() {
        let readers = [party("group", "fraud-scorer", "team-risk"), party("group", "legacy-export", "")];
        let impact = impact(&readers, &[]);
        insta::assert_snapshot!("field", text("orders-value", "customer_id", &impact, &Terminal::plain(100)));
    }

    #[test]
    fn who_declared_what_they_read_is_told_once_and_weighed_by_it() {
        let readers = ["fraud-scorer", "billing", "enricher", "old-export"].map(|name| party("group", name, ""));
        let declared = [
            declared("scorer", Some("fraud-scorer"), Some(&["customer_id"]), true, false),
            declared("billing", None, Some(&["total"]), false, false),
            declared("export", Some("old-export"), Some(&["total"]), false, true),
            declared("night", Some("night-export"), Some(&["total"]), false, false),
            declared("lab", None, None, true, true),
        ];
        let impact = impact(&readers, &declared);
        insta::assert_snapshot!("declared", text("orders-value", "customer_id", &impact, &Terminal::plain(120)));
    }

    #[test]
    fn a_path_means_what_is_below_it_and_is_concerned_by_what_is_above() {
        let reader = |fields: Option<&[&str]>| -> DeclaredReader {
            let mut value = declared("a", None, fields, true, false);
            value.as_object_mut().unwrap().remove("reads");
            serde_json::from_value(value).unwrap()
        };
        assert!(reads(&reader(None), "id"));
        assert!(reads(&reader(Some(&["lines"])), "lines.sku") && reads(&reader(Some(&["lines.sku"])), "lines"));
        assert!(
            !reads(&reader(Some(&["lines.sku", "id"])), "lines.price") && !reads(&reader(Some(&["line"])), "lines")
        );
    }
}
