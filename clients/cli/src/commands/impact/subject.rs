//! Who would notice a change of a subject? Everybody once, whether they were seen, said so, or both, with who answers for them
//! and how much they read or write.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_api::consumers::DeclaredReader;
use tidegate_api::graph::{Impact, Usage};

use super::{number, take};
use crate::registry::Connection;
use crate::terminal::{Terminal, Tone, table};
use crate::trouble::Result;
use crate::usage::day;
use crate::words::{counted, rate, shown};

/// The use of a subject, by its name or by that of its topic; nothing where the registry has none of such a name, or does
/// not tell.
pub(super) fn usage(connection: &Connection, subject: &str) -> Result<Option<Usage>> {
    for name in [subject.to_owned(), format!("{subject}-value")] {
        match connection.ask(connection.client.usage(&name)) {
            Ok(usage) => return Ok(Some(usage)),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(connection.trouble(error)),
        }
    }
    Ok(None)
}

/// What lies around the topic, for owners and for what is made of it. Several topics are not one picture.
pub(super) fn around(connection: &Connection, usage: &Usage) -> Option<Impact> {
    let [topic] = usage.topics.as_slice() else { return None };
    connection.ask(connection.client.impact(&[("node", topic.clone())])).ok()
}

pub(super) fn text(usage: &Usage, around: Option<&Impact>, terminal: &Terminal) -> String {
    let separator = if terminal.ascii { " - " } else { " · " };
    let mut head = vec![terminal.paint(Tone::Strong, &shown(&usage.subject))];
    let topics: Vec<&str> = usage.topics.iter().map(|topic| topic.rsplit(':').next().unwrap_or(topic)).collect();
    if !topics.is_empty() {
        let word = if topics.len() == 1 { "topic" } else { "topics" };
        head.push(format!("{word} {}", shown(&topics.join(", "))));
    }
    head.push(format!("{} to {}", day(&usage.window.from), day(&usage.window.to)));
    let coverage = &usage.coverage;
    head.push(match coverage.groups_known {
        Some(known) => format!("coverage {} of {}", coverage.groups_observed, counted(known, "group")),
        None => "coverage not known".to_owned(),
    });
    let mut text = head.join(separator) + "\n\n";
    let owners = Owners::of(around);
    let writers = writers(usage, &owners);
    if !writers.is_empty() {
        text.push_str(&table(["PRODUCER", "OWNER", "VERSIONS (RECORDS)", "RATE", "LAST SEEN"], &writers, terminal));
        text.push('\n');
    }
    let readers = readers(usage, &owners);
    if readers.is_empty() && writers.is_empty() {
        text.push_str("No proxy has seen anybody writing or reading it, and nobody says that they do.\n");
    } else if readers.is_empty() {
        text.push_str("Nobody is known who reads it.\n");
    } else {
        text.push_str(&table(["CONSUMER", "OWNER", "READS", "EVIDENCE", "RATE", "LAST SEEN"], &readers, terminal));
        let assumed = readers.iter().filter(|cells| cells[2] == ASSUMED).count();
        text.push_str(&format!("\n{}", counted(readers.len(), "consumer")));
        text.push_str(if assumed > 0 {
            ". Which fields they use is not seen: who has not said so may use all of them.\n"
        } else {
            ".\n"
        });
    }
    if let Some(impact) = around.filter(|impact| !impact.downstream.is_empty()) {
        let parties = impact.downstream.iter().map(|party| format!("{} {}", party.node.kind, party.node.name));
        text.push_str(&format!("\nDownstream: {}\n", shown(&parties.collect::<Vec<_>>().join(", "))));
    }
    if !coverage.unknown.is_empty() {
        text.push_str("\nWhat is not known:\n");
        coverage.unknown.iter().for_each(|what| text.push_str(&format!("  {}\n", shown(what))));
    }
    text
}

/// What is told of fields where nobody said which.
const ASSUMED: &str = "assumed (all)";

/// Who answers for whom, by kind and name.
#[derive(Default)]
struct Owners<'i>(BTreeMap<(&'i str, &'i str), BTreeSet<&'i str>>);

impl<'i> Owners<'i> {
    fn of(around: Option<&'i Impact>) -> Self {
        let mut owners = Self::default();
        for party in around.into_iter().flat_map(|impact| impact.writers.iter().chain(&impact.readers)) {
            let of = owners.0.entry((party.node.kind.as_str(), party.node.name.as_str())).or_default();
            of.extend(party.node.owners.iter().map(String::as_str));
        }
        owners
    }

    fn told<'n>(&self, names: impl IntoIterator<Item = (&'n str, &'n str)>, declared: &[&DeclaredReader]) -> String {
        let mut all: BTreeSet<&str> = declared.iter().filter_map(|declared| declared.owner.as_deref()).collect();
        for key in names {
            all.extend(
                self.0.iter().filter(|(known, _)| **known == key).flat_map(|(_, owners)| owners.iter().copied()),
            );
        }
        if all.is_empty() { "(no owner)".to_owned() } else { all.into_iter().collect::<Vec<_>>().join(", ") }
    }
}

/// Everybody who writes, once, with all versions.
fn writers(usage: &Usage, owners: &Owners<'_>) -> Vec<[String; 5]> {
    let names: BTreeSet<&str> = usage.writers.iter().map(|writer| writer.application.as_str()).collect();
    let row = |name: &str| {
        let own = || usage.writers.iter().filter(|writer| writer.application == name);
        let versions = own().map(|writer| {
            let version = writer.version.map_or_else(|| format!("id {}", writer.id), |version| format!("v{version}"));
            format!("{version} ({})", number(writer.records))
        });
        let per_second: f64 = own().map(|writer| writer.records_per_second).sum();
        let last = own().map(|writer| writer.last_seen.as_str()).max().unwrap_or_default();
        [
            name.to_owned(),
            owners.told([("application", name)], &[]),
            versions.collect::<Vec<_>>().join(", "),
            rate(per_second).unwrap_or_else(|| "-".to_owned()),
            day(last).to_owned(),
        ]
        .map(|cell| shown(&cell))
    };
    names.into_iter().map(row).collect()
}

/// Everybody who reads, once: a group with the applications in it, whoever reads without one, groups of which only the
/// offsets are known, and those who say so and were not seen.
fn readers(usage: &Usage, owners: &Owners<'_>) -> Vec<[String; 6]> {
    let mut open: Vec<&DeclaredReader> = usage.declared_readers.iter().collect();
    let mut rows = Vec::new();
    let mut seen: Vec<(Option<&str>, BTreeSet<&str>)> = Vec::new();
    for reader in &usage.readers {
        let applications = reader.applications.iter().map(String::as_str);
        let applications: BTreeSet<&str> = applications.collect();
        // Whoever reads without a group is the same on every topic.
        let is_same = |(group, known): &&mut (Option<&str>, BTreeSet<&str>)| {
            *group == reader.group.as_deref() && (group.is_some() || *known == applications)
        };
        match seen.iter_mut().find(is_same) {
            Some((_, known)) => known.extend(applications),
            None => seen.push((reader.group.as_deref(), applications)),
        }
    }
    for (group, applications) in seen {
        let own = || {
            usage.readers.iter().filter(|reader| {
                reader.group.as_deref() == group
                    && (group.is_some()
                        || reader.applications.iter().map(String::as_str).collect::<BTreeSet<_>>() == applications)
            })
        };
        let mut declared = group.map(|group| take(&mut open, "group", group)).unwrap_or_default();
        applications.iter().for_each(|application| declared.extend(take(&mut open, "application", application)));
        let mut grades: Vec<&str> = own().flat_map(|reader| reader.grades.iter().map(String::as_str)).collect();
        grades.sort_unstable();
        grades.dedup();
        let names = group.map(|group| ("group", group)).into_iter();
        let names = names.chain(applications.iter().map(|name| ("application", *name)));
        let (fields, word) = fields(&declared, ASSUMED);
        let evidence: Vec<&str> =
            word.into_iter().chain(grades.into_iter().filter(|grade| *grade != "declared" || word.is_none())).collect();
        let per_second: f64 = own().map(|reader| reader.records_per_second).sum();
        let last = own().map(|reader| reader.last_seen.as_str()).max().unwrap_or_default();
        let all = applications.iter().copied().collect::<Vec<_>>().join(", ");
        rows.push([
            group.map_or(all, str::to_owned),
            owners.told(names, &declared),
            fields,
            evidence.join(", "),
            rate(per_second).unwrap_or_else(|| "-".to_owned()),
            day(last).to_owned(),
        ]);
    }
    for elsewhere in &usage.coverage.groups_elsewhere {
        let declared = take(&mut open, "group", &elsewhere.group);
        let (fields, word) = fields(&declared, "unknown");
        let evidence: Vec<&str> = word.into_iter().chain(["offsets only"]).collect();
        let owner = owners.told([("group", elsewhere.group.as_str())], &declared);
        let last = day(&elsewhere.last_moved).to_owned();
        rows.push([elsewhere.group.clone(), owner, fields, evidence.join(", "), "-".to_owned(), last]);
    }
    while let Some(first) = open.first() {
        let (kind, name) = match &first.group {
            Some(group) => ("group", group.as_str()),
            None => ("application", first.application.as_str()),
        };
        let declared = take(&mut open, kind, name);
        let (fields, word) = fields(&declared, "unknown");
        let owner = owners.told([(kind, name)], &declared);
        let word = word.unwrap_or("declared").to_owned();
        rows.push([name.to_owned(), owner, fields, word, "-".to_owned(), "not seen".to_owned()]);
    }
    rows.into_iter().map(|cells| cells.map(|cell| shown(&cell))).collect()
}

/// Which fields somebody says to read, and what speaks for it.
fn fields(declared: &[&DeclaredReader], otherwise: &str) -> (String, Option<&'static str>) {
    if declared.is_empty() {
        return (otherwise.to_owned(), None);
    }
    let word = if declared.iter().any(|it| !it.stale) { "declared" } else { "declared (stale)" };
    if declared.iter().any(|declared| declared.fields.is_none()) {
        return ("all".to_owned(), Some(word));
    }
    let named: BTreeSet<&str> =
        declared.iter().filter_map(|it| it.fields.as_ref()).flatten().map(String::as_str).collect();
    let mut told: Vec<&str> = named.iter().copied().take(MAX_FIELDS).collect();
    let more = format!("{} more", named.len().saturating_sub(MAX_FIELDS));
    if named.len() > MAX_FIELDS {
        told.push(&more);
    }
    (told.join(", "), Some(word))
}

/// How many fields are named in a cell.
const MAX_FIELDS: usize = 4;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn reader(group: Option<&str>, applications: &[&str], rate: f64) -> Value {
        json!({"group": group, "applications": applications, "topic": "topic:n:orders", "tier": 2, "grades": ["committed"],
            "fields": "unknown", "records": 9, "bytes": 0, "recordsPerSecond": rate,
            "firstSeen": "2026-02-28T23:59:59.999Z", "lastSeen": "2026-03-01T10:00:00.000Z"})
    }

    fn writer(version: i32, records: u64) -> Value {
        json!({"application": "shop", "topic": "topic:n:orders", "id": 7, "version": version, "tier": 1, "records": records,
            "bytes": 1, "refused": 0, "recordsPerSecond": 620.0, "firstSeen": "2026-02-28T23:59:59.999Z",
            "lastSeen": "2026-03-01T10:00:00.000Z"})
    }

    fn declared(application: &str, group: Option<&str>, fields: Option<&[&str]>, is_stale: bool) -> Value {
        json!({"application": application, "group": group, "owner": "team-risk", "fields": fields,
            "publishedAt": "2026-02-01T00:00:00.000Z", "stale": is_stale})
    }

    fn used(writers: &[Value], readers: &[Value], declared: &[Value], elsewhere: &[&str]) -> Usage {
        let elsewhere: Vec<Value> = elsewhere
            .iter()
            .map(|group| json!({"group": group, "topic": "topic:n:orders", "lastMoved": "2026-03-01T09:00:00.000Z"}))
            .collect();
        serde_json::from_value(json!({
            "subject": "orders-value",
            "window": {"from": "2026-02-22T10:00:00.000Z", "to": "2026-03-01T10:00:00.000Z", "resolution": 3600},
            "topics": ["topic:n:orders"], "versions": [], "writers": writers, "readers": readers, "declaredReaders": declared,
            "lookups": [], "registrations": [],
            "coverage": {"groupsObserved": 2, "groupsKnown": 3, "groupsElsewhere": elsewhere, "read": 0.66, "write": null,
                "unknown": ["How many records passed no proxy."]}
        }))
        .unwrap()
    }

    fn around() -> Impact {
        let party = |kind: &str, name: &str, owners: &[&str]| {
            json!({"id": format!("{kind}:n:{name}"), "kind": kind, "namespace": "n", "name": name, "depth": 1, "owners": owners,
                "evidence": ["observed"], "grades": ["committed"], "confidence": 1.0, "records": 0, "bytes": 0, "refused": 0,
                "firstSeen": "2026-02-28T23:59:59.999Z", "lastSeen": "2026-03-01T10:00:00.000Z"})
        };
        serde_json::from_value(json!({
            "node": "topic:n:orders", "writers": [party("application", "shop", &["team-orders"])],
            "readers": [party("group", "billing", &[]), party("application", "billing-1", &["team-fin"])],
            "downstream": [party("table", "orders_hourly", &[])],
            "coverage": {"groupsObserved": 2, "groupsKnown": 3, "fields": "unknown", "unknown": []}, "truncated": false
        }))
        .unwrap()
    }

    #[test]
    fn everybody_is_told_once_with_owner_fields_and_rate() {
        let writers = [writer(6, 40), writer(7, 74_212)];
        let readers = [
            reader(Some("billing"), &["billing-1", "billing-2"], 1_240.0),
            reader(Some("fraud-scorer"), &["scorer"], 0.0),
            reader(None, &["console"], 0.002),
        ];
        let declared = [
            declared("scorer", Some("fraud-scorer"), Some(&["customer_id", "total"]), false),
            declared("lab", None, None, true),
            // The application of a group that it does not name is that group.
            declared("billing-1", None, Some(&["total"]), false),
        ];
        let usage = used(&writers, &readers, &declared, &["legacy-export"]);
        insta::assert_snapshot!("subject", text(&usage, Some(&around()), &Terminal::plain(120)));
    }

    #[test]
    fn whoever_reads_several_topics_without_a_group_is_told_once() {
        let usage = used(&[], &[reader(None, &["console"], 2.0), reader(None, &["console"], 3.0)], &[], &[]);
        let text = text(&usage, None, &Terminal::plain(100));
        assert!(text.contains("5 rec/s") && text.contains("\n1 consumer."), "{text}");
        assert_eq!(text.matches("console").count(), 1, "{text}");
    }

    #[test]
    fn of_what_nobody_uses_that_is_said() {
        let text = text(&used(&[], &[], &[], &[]), None, &Terminal::plain(100));
        assert!(text.contains("nobody says that they do") && text.contains("coverage 2 of 3 groups"), "{text}");
        let several = used(&[writer(7, 1)], &[], &[], &[]);
        assert!(super::text(&several, None, &Terminal::plain(100)).contains("Nobody is known who reads it"));
    }
}
