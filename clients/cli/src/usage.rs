//! Who is affected? What proxies saw of the topic that a subject is for, told beside what was found. Fields that a consumer
//! reads are not visible on the wire, so everybody who reads is taken to read all.

pub(crate) mod declared;
mod group;
mod provider;
mod weight;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use tidegate_api as api;
use tidegate_api::check::{CheckedSchema, UsageInShort};
use tidegate_api::graph::Reader;
use tidegate_api::lineage::{Consumer, Producer, SchemaVersionSeen, TopicLineage};

use crate::baseline::Ground;
use crate::check::Wish;
use crate::project::accept::today;
use crate::project::{Mark, UsageTerms};
use crate::registry::Connection;
use crate::report::{Finding, Report, Usage, VersionUse};
use crate::together::Answers;
use crate::words::{counted, grouped, rate, shown};
use provider::Asked;
pub(crate) use weight::Tally;

/// How many names are told.
const MAX_NAMES: usize = 5;
/// About how many subjects a registry is asked. What comes after is told without evidence.
const MAX_TOPICS: usize = 50;

/// The topic that a subject is for, by the naming strategy of topics; itself where it has none of the endings.
pub(crate) fn topic_of(subject: &str) -> &str {
    let bare = subject.rsplit_once(':').map_or(subject, |(_, bare)| bare);
    bare.strip_suffix("-value").or_else(|| bare.strip_suffix("-key")).unwrap_or(bare)
}

/// Adds the evidence of what registries said, and lets findings weigh less where it and the project allow.
pub(crate) fn weigh(wish: &Wish<'_>, shared: &BTreeSet<&str>, answers: &Answers, findings: &mut [Finding]) -> Tally {
    let mut tally = Tally::default();
    let terms = &wish.project.usage;
    let today = today();
    let is_asked = wish.global.allow_provider && !wish.global.offline;
    let mut others = terms.provider.as_ref().filter(|_| is_asked).map(|it| Asked::new(it, &wish.project.root));
    if terms.provider.is_some() && !is_asked {
        tally.left_out("`usage.provider` is asked with --allow-provider only");
    }
    for finding in findings {
        let (Some(subject), Some(against)) = (&finding.subject, &finding.against) else { continue };
        let own_terms = terms.of(subject, today);
        if let Some(others) = others.as_mut().filter(|_| !shared.contains(subject.as_str())) {
            if let Some(usage) = others.of(subject) {
                let schema = as_checked(finding, usage);
                let versions =
                    if against.version.is_some() { against.versions() } else { schema.compared_with.clone() };
                let usage = in_short(subject, usage, &versions, terms.window_in_words());
                let marks = marks_in_words(terms, subject, &usage, today);
                finding.notes.push(in_words(&usage, &against.versions()));
                finding.notes.extend(marks);
                finding.usage = Some(usage);
                tally.weigh(finding, &schema, &own_terms);
            }
            continue;
        }
        let Some(told) = answers.told.iter().find(|told| told.ground == against.ground) else { continue };
        let Some(schema) = told.of(subject) else { continue };
        // No record is written with it alone, so that nobody seen with it says nothing of those who use what stands on it.
        if shared.contains(subject.as_str()) {
            continue;
        }
        if let Some(usage) = schema.usage.as_ref().filter(|usage| has_users(usage)) {
            let usage = in_short(subject, usage, &against.versions(), terms.window_in_words());
            let marks = marks_in_words(terms, subject, &usage, today);
            finding.notes.push(in_words(&usage, &against.versions()));
            finding.notes.extend(marks);
            finding.usage = Some(usage);
        }
        if terms.heeds(&told.registry) {
            tally.weigh(finding, schema, &own_terms);
        }
    }
    if let Some(trouble) = others.and_then(|others| others.trouble) {
        tally.left_out(&format!("`usage.provider` does not tell: {}", shown(&trouble)));
    }
    tally
}

/// Who is marked, of those who use it.
fn marks_in_words(terms: &UsageTerms, subject: &str, usage: &Usage, today: NaiveDate) -> Vec<String> {
    let is_user = |mark: &&Mark| usage.consumers.contains(&mark.consumer) || usage.producers.contains(&mark.consumer);
    let marks = terms.marks_of(subject).into_iter().filter(is_user);
    marks.map(|mark| shown(&mark.in_words(today))).collect()
}

/// What others told, as if a registry had found the same and told it.
fn as_checked(finding: &Finding, usage: &UsageInShort) -> CheckedSchema {
    let (versions, direction) = match &finding.against {
        Some(against) if against.version.is_some() => (against.versions(), against.direction.clone()),
        Some(against) => (usage.versions.iter().map(|it| it.version).collect(), against.direction.clone()),
        None => (Vec::new(), String::new()),
    };
    let found = api::explain::Finding {
        rule: finding.code.clone(),
        severity: "error".to_owned(),
        direction,
        ..api::explain::Finding::default()
    };
    CheckedSchema {
        compared_with: versions,
        findings: vec![found],
        usage: Some(usage.clone()),
        ..CheckedSchema::default()
    }
}

fn has_users(usage: &UsageInShort) -> bool {
    !(usage.writers.is_empty() && usage.readers.is_empty() && usage.coverage.groups_elsewhere.is_empty())
}

fn in_short(subject: &str, usage: &UsageInShort, about: &[i32], window: String) -> Usage {
    let versions = about.iter().filter_map(|version| {
        let of = usage.versions.iter().find(|it| it.version == *version)?;
        let writers = usage.writers.iter().filter(|writer| writer.version == Some(*version));
        Some(VersionUse {
            version: *version,
            records: of.records,
            records_per_second: Some(writers.map(|writer| writer.records_per_second).sum()),
            last_written: of.last_written.clone(),
        })
    });
    let versions: Vec<VersionUse> = versions.collect();
    let name = |reader: &Reader| reader.group.clone().unwrap_or_else(|| reader.applications.join(", "));
    let mut consumer_rates: BTreeMap<String, f64> = BTreeMap::new();
    for reader in usage.readers.iter().filter(|reader| reader.records_per_second > 0.0) {
        *consumer_rates.entry(name(reader)).or_default() += reader.records_per_second;
    }
    let elsewhere = usage.coverage.groups_elsewhere.iter().map(|it| it.group.clone());
    let consumers: BTreeSet<String> = usage.readers.iter().map(name).chain(elsewhere).collect();
    let producers: BTreeSet<String> = usage.writers.iter().map(|it| it.application.clone()).collect();
    Usage {
        topic: topic_of(subject).to_owned(),
        records: versions.iter().map(|it| it.records).fold(0, u64::saturating_add),
        records_per_second: Some(versions.iter().filter_map(|it| it.records_per_second).sum()),
        last_written: versions.iter().filter_map(|it| it.last_written.clone()).max(),
        versions: if about.len() > 1 { versions } else { Vec::new() },
        producers: producers.into_iter().collect(),
        consumers: consumers.into_iter().collect(),
        consumer_rates,
        window: Some(window),
        write_coverage: usage.coverage.write,
        read_coverage: usage.coverage.read,
    }
}

/// Adds evidence to findings against registries that have it and were not asked about the change as a whole. That one has
/// none, or does not tell, is no trouble.
pub(crate) fn tell(wish: &Wish<'_>, shared: &BTreeSet<&str>, answers: &Answers, report: &mut Report) {
    for ground in wish.grounds {
        let Ground::Registry(name) = ground else { continue };
        let Ok(connection) = Connection::open(Some(wish.project), wish.global, name.as_deref()) else { continue };
        let ground = format!("registry@{}", connection.name);
        if answers.told.iter().any(|told| told.ground == ground) {
            continue;
        }
        let mut seen: BTreeMap<String, Option<TopicLineage>> = BTreeMap::new();
        for finding in &mut report.findings {
            let (Some(subject), Some(against)) = (&finding.subject, &finding.against) else { continue };
            let topic = topic_of(subject).to_owned();
            if shared.contains(subject.as_str())
                || against.ground != ground
                || (seen.len() >= MAX_TOPICS && !seen.contains_key(&topic))
            {
                continue;
            }
            let lineage = seen.entry(topic).or_insert_with_key(|topic| {
                report.summary.requests += 1;
                connection.ask(connection.client.lineage(topic)).ok()
            });
            let Some(lineage) = lineage.as_ref().filter(|lineage| !is_unseen(lineage)) else { continue };
            let usage = usage(lineage, against.id, subject, &against.versions());
            finding.notes.push(in_words(&usage, &against.versions()));
            finding.usage = Some(usage);
        }
    }
}

fn is_unseen(lineage: &TopicLineage) -> bool {
    lineage.producers.is_empty() && lineage.consumers.is_empty()
}

fn usage(lineage: &TopicLineage, id: Option<i32>, subject: &str, about: &[i32]) -> Usage {
    let is_meant = |seen: &&SchemaVersionSeen| {
        let is_of_subject = seen.subject.as_deref() == Some(subject);
        Some(seen.id) == id || (is_of_subject && seen.version.is_some_and(|version| about.contains(&version)))
    };
    let (mut records, mut last_written) = (0, None);
    for version in lineage.schema_versions.iter().filter(is_meant) {
        records += version.records;
        last_written = last_written.max(Some(version.last_seen.clone()));
    }
    let producers: BTreeSet<String> = lineage.producers.iter().map(producer).collect();
    let consumers: BTreeSet<String> = lineage.consumers.iter().map(consumer).collect();
    Usage {
        topic: lineage.topic.clone(),
        records,
        records_per_second: None,
        last_written,
        versions: Vec::new(),
        producers: producers.into_iter().collect(),
        consumers: consumers.into_iter().collect(),
        consumer_rates: BTreeMap::new(),
        window: None,
        write_coverage: None,
        read_coverage: None,
    }
}

/// The name that people know a producer by.
pub(crate) fn producer(producer: &Producer) -> String {
    named(&producer.client.principal, &producer.client.client_id)
}

/// The name that people know a consumer by: its group, or itself.
pub(crate) fn consumer(consumer: &Consumer) -> String {
    match consumer.group.as_deref().filter(|group| !group.is_empty()) {
        Some(group) => group.to_owned(),
        None => named(&consumer.client.principal, &consumer.client.client_id),
    }
}

fn named(principal: &str, client: &str) -> String {
    let name = if principal.is_empty() { client } else { principal };
    if name.is_empty() { "someone without a name".to_owned() } else { name.to_owned() }
}

/// Somebody who uses a subject.
pub(crate) struct User {
    pub(crate) name: String,
    /// `writes v3`, `reads (committed)`.
    pub(crate) how: String,
    pub(crate) records: u64,
    /// Records a second, on average.
    pub(crate) rate: f64,
    /// A time.
    pub(crate) last: String,
}

/// Everybody who used a subject in the time that was asked for, those who read first.
pub(crate) fn users(usage: &api::graph::Usage) -> Vec<User> {
    let readers = usage.readers.iter().map(|reader| User {
        name: reader.group.clone().unwrap_or_else(|| reader.applications.join(", ")),
        how: format!("reads ({})", reader.grades.join(", ")),
        records: reader.records,
        rate: reader.records_per_second,
        last: reader.last_seen.clone(),
    });
    let writers = usage.writers.iter().map(|writer| User {
        name: writer.application.clone(),
        how: writer.version.map_or_else(|| format!("writes id {}", writer.id), |version| format!("writes v{version}")),
        records: writer.records,
        rate: writer.records_per_second,
        last: writer.last_seen.clone(),
    });
    // Of groups that pass no proxy nothing is known but that their offsets move.
    let elsewhere = usage.coverage.groups_elsewhere.iter().filter(|group| group.last_moved >= usage.window.from);
    let elsewhere = elsewhere.map(|group| User {
        name: group.group.clone(),
        how: "reads elsewhere (offsets only)".to_owned(),
        records: 0,
        rate: 0.0,
        last: group.last_moved.clone(),
    });
    let is_seen = |name: &str| {
        usage.readers.iter().any(|reader| reader.group.as_deref() == Some(name))
            || usage.coverage.groups_elsewhere.iter().any(|group| group.group == name)
    };
    // Whoever says so and was not seen may be asleep; what was said long ago is no ground to wait for them.
    let declared = usage.declared_readers.iter().filter(|declared| !declared.stale).filter_map(|declared| {
        let name = declared.group.as_ref().unwrap_or(&declared.application);
        let how = "reads (declared)".to_owned();
        let user = User { name: name.clone(), how, records: 0, rate: 0.0, last: declared.published_at.clone() };
        (!is_seen(name)).then_some(user)
    });
    readers.chain(elsewhere).chain(declared).chain(writers).collect()
}

/// The day of a time.
pub(crate) fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

/// `3 consumers, 1,240 rec/s`: who uses it, for a cell of a table.
pub(crate) fn in_brief(usage: &Usage) -> String {
    let rate = usage.records_per_second.and_then(rate);
    let readers = usage.consumers.len();
    let count = usize::try_from(usage.records).unwrap_or(usize::MAX);
    match (readers, count) {
        (0, 0) => "nobody seen".to_owned(),
        (0, count) => rate.unwrap_or_else(|| counted(count, "record")),
        (readers, 0) => format!("{}, not written", counted(readers, "consumer")),
        (readers, count) => {
            let written = rate.unwrap_or_else(|| counted(count, "record"));
            format!("{}, {written}", counted(readers, "consumer"))
        }
    }
}

fn in_words(usage: &Usage, versions: &[i32]) -> String {
    let count = usize::try_from(usage.records).unwrap_or(usize::MAX);
    let with = match versions {
        [] => "that version".to_owned(),
        [version] => format!("version {version}"),
        some => format!("versions {}", some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    };
    let each = usage.versions.iter().filter(|it| it.records > 0);
    let each = each.map(|it| format!("{} with {}", number(it.records), it.version)).collect::<Vec<_>>().join(", ");
    let rate_of = |per_second: Option<f64>| per_second.and_then(rate);
    let more: Vec<String> =
        [each].into_iter().filter(|it| !it.is_empty()).chain(rate_of(usage.records_per_second)).collect();
    let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join("; ")) };
    let day = usage.last_written.as_deref().and_then(|last| last.get(..10));
    let day = day.map(|day| format!(", last on {day}")).unwrap_or_default();
    let written = format!("{} seen with {with}{more}{day}", counted(count, "record"));
    let named = |name: &String| match rate_of(usage.consumer_rates.get(name).copied()) {
        Some(rate) => format!("{name} ({rate})"),
        None => name.clone(),
    };
    let readers = match usage.consumers.as_slice() {
        [] => "nobody was seen reading".to_owned(),
        some => format!("read by {}", list(&some.iter().map(named).collect::<Vec<_>>())),
    };
    let window = usage.window.as_ref().map(|window| format!(", {window}")).unwrap_or_default();
    shown(&format!("in use ({}{window}): {written}; {readers}", usage.topic))
}

fn number(count: u64) -> String {
    grouped(usize::try_from(count).unwrap_or(usize::MAX))
}

fn list(names: &[String]) -> String {
    let mut told: Vec<String> = names.iter().take(MAX_NAMES).cloned().collect();
    if names.len() > MAX_NAMES {
        told.push(format!("{} more", names.len() - MAX_NAMES));
    }
    told.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_lead_to_topics() {
        assert_eq!(topic_of("orders-value"), "orders");
        assert_eq!(topic_of(":.staging:orders-key"), "orders");
        assert_eq!(topic_of("shop.Order"), "shop.Order");
    }

    #[test]
    fn evidence_is_told_in_a_sentence() {
        let consumers: Vec<String> = (0..7).map(|number| format!("group-{number}")).collect();
        let usage = Usage {
            topic: "orders".into(),
            records: 1_240,
            records_per_second: Some(2.05),
            last_written: Some("2026-03-01T10:00:00.000Z".into()),
            versions: Vec::new(),
            producers: vec!["shop".into()],
            consumers,
            consumer_rates: BTreeMap::from([("group-1".to_owned(), 0.25)]),
            window: None,
            write_coverage: None,
            read_coverage: None,
        };
        assert_eq!(
            in_words(&usage, &[7]),
            "in use (orders): 1,240 records seen with version 7 (2.1 rec/s), last on 2026-03-01; read by group-0, group-1 \
             (900 rec/h), group-2, group-3, group-4, 2 more"
        );
        assert_eq!(in_brief(&usage), "7 consumers, 2.1 rec/s");
        let of = |version, records| VersionUse { version, records, records_per_second: None, last_written: None };
        let versions = vec![of(7, 1_200), of(6, 0), of(5, 40)];
        let several = Usage { versions, consumers: Vec::new(), ..usage.clone() };
        assert_eq!(
            in_words(&several, &[7, 6, 5]),
            "in use (orders): 1,240 records seen with versions 7, 6, 5 (1,200 with 7, 40 with 5; 2.1 rec/s), last on \
             2026-03-01; nobody was seen reading"
        );
        assert_eq!(in_brief(&several), "2.1 rec/s");
        let window = Some("last 7 days".to_owned());
        let nobody = Usage {
            consumers: Vec::new(),
            records: 0,
            records_per_second: None,
            last_written: None,
            window,
            ..usage.clone()
        };
        assert_eq!(
            in_words(&nobody, &[]),
            "in use (orders, last 7 days): 0 records seen with that version; nobody was seen reading"
        );
        assert_eq!(in_brief(&nobody), "nobody seen");
        assert_eq!(in_brief(&Usage { records: 0, ..usage.clone() }), "7 consumers, not written");
        assert_eq!(in_brief(&Usage { records_per_second: None, ..usage }), "7 consumers, 1,240 records");
    }
}
