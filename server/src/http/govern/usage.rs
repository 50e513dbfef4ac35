//! Who uses a subject, how is that known, and what is not?

use axum::extract::State;
use tidegate_api::check::UsageInShort;
use tidegate_api::graph as wire;
use tidegate_compat::SchemaId;
use tidegate_lineage::graph::Seen;
use tidegate_lineage::{Lookup, Millis};
use tidegate_registry::Coverage;
use tidegate_registry::graph::text_of;
use tidegate_registry::usage::{Reader, Registration, Usage, Writer};

use super::consumers;
use super::graph::{bad, elsewhere, grades, now, time, window};
use crate::http::Api;
use crate::http::error::Answer;
use crate::http::extract::Subject;
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::timestamp::rfc3339;

/// What part of the time is told of, unless it is said.
pub(super) const USUAL: Millis = 7 * 24 * 3_600_000;
/// How many writers and readers are told in short.
const SHORT: usize = 50;
/// A shorter time tells no rate.
const LEAST: Millis = 1_000;

pub(in crate::http) async fn of_subject(
    State(api): State<Api>,
    Subject(subject): Subject,
    query: Query,
) -> Answer<wire::Usage> {
    // Before it is said what is now: what is written down has the time at which it is.
    api.registry.have_lookups_kept().await;
    let to = time(&query, "to")?.unwrap_or_else(now);
    let from = time(&query, "from")?.unwrap_or_else(|| to.saturating_sub(USUAL));
    if from >= to {
        return Err(bad("'from' is before 'to'"));
    }
    Ok(Json(shown(&api.registry.usage(&subject, (from, to)).await?)))
}

fn shown(usage: &Usage) -> wire::Usage {
    wire::Usage {
        subject: usage.subject.to_string(),
        window: window(usage.within),
        topics: usage.topics.iter().map(text_of).collect(),
        versions: versions(usage),
        writers: usage.writers.iter().map(|it| writer(it, usage)).collect(),
        readers: usage.readers.iter().map(|it| reader(it, usage)).collect(),
        declared_readers: usage.declared_readers.iter().map(|it| consumers::reader(it, None)).collect(),
        lookups: usage.lookups.iter().map(|it| lookup(it, usage)).collect(),
        registrations: usage.registrations.iter().map(registration).collect(),
        coverage: coverage(usage),
    }
}

/// The same without registrations, and with those who matter most.
pub(super) fn in_short(usage: &Usage) -> UsageInShort {
    let mut writers: Vec<&Writer> = usage.writers.iter().collect();
    writers.sort_by_key(|writer| std::cmp::Reverse(writer.seen.records));
    let mut readers: Vec<&Reader> = usage.readers.iter().collect();
    readers.sort_by_key(|reader| std::cmp::Reverse(reader.seen.last));
    UsageInShort {
        window: window(usage.within),
        topics: usage.topics.iter().map(text_of).collect(),
        versions: versions(usage),
        writers: writers.into_iter().take(SHORT).map(|it| writer(it, usage)).collect(),
        readers: readers.into_iter().take(SHORT).map(|it| reader(it, usage)).collect(),
        coverage: coverage(usage),
    }
}

fn versions(usage: &Usage) -> Vec<wire::VersionUsage> {
    let versions = usage.versions.iter().map(|row| {
        let writers: Vec<_> = usage.writers.iter().filter(|writer| writer.schema.id == row.id).collect();
        wire::VersionUsage {
            version: row.version.0,
            id: row.id.0,
            deleted: row.is_deleted,
            writers: writers.len(),
            records: writers.iter().map(|writer| writer.seen.records).fold(0, u64::saturating_add),
            last_written: writers.iter().map(|writer| writer.seen.last).max().map(rfc3339),
        }
    });
    versions.collect()
}

fn coverage(usage: &Usage) -> wire::UsageCoverage {
    wire::UsageCoverage {
        groups_observed: usage.coverage.observed,
        groups_known: usage.coverage.known,
        groups_elsewhere: elsewhere(&usage.coverage),
        read: usage.coverage.read(),
        write: usage.coverage.write,
        unknown: unknown(&usage.coverage),
    }
}

fn unknown(coverage: &Coverage) -> Vec<String> {
    let no_groups = "Which groups have committed offsets without passing a proxy: no cluster has told in this time.";
    let no_ends = "How many records were appended without passing a proxy: no cluster has told twice in this time how far \
        its logs reach, or nothing was appended between.";
    let sentences = [
        coverage.known.is_none().then_some(no_groups),
        coverage.write.is_none().then_some(no_ends),
        Some("Which fields readers use: what they read does not show at the wire."),
    ];
    sentences.into_iter().flatten().map(ToOwned::to_owned).collect()
}

/// The version that an id is of the subject, rather one that lives.
fn version_of(id: SchemaId, usage: &Usage) -> Option<i32> {
    let version = usage.versions.iter().filter(|row| row.id == id).max_by_key(|row| !row.is_deleted);
    version.map(|row| row.version.0)
}

fn lookup(lookup: &Lookup, usage: &Usage) -> wire::Lookup {
    let who = &lookup.who;
    let ways = [(&who.principal, "principal"), (&who.software, "software"), (&who.address, "address")];
    let (client, named_by) = ways.into_iter().find(|(name, _)| !name.is_empty()).unwrap_or((&who.address, "address"));
    wire::Lookup {
        client: client.to_string(),
        named_by: named_by.to_owned(),
        address: Some(who.address.to_string()).filter(|address| !address.is_empty()),
        id: lookup.schema.id.0,
        version: version_of(lookup.schema.id, usage),
        count: lookup.count,
        first_seen: rfc3339(lookup.first),
        last_seen: rfc3339(lookup.last),
    }
}

fn writer(writer: &Writer, usage: &Usage) -> wire::Writer {
    wire::Writer {
        application: writer.application.clone(),
        topic: text_of(&writer.topic),
        id: writer.schema.id.0,
        version: version_of(writer.schema.id, usage),
        tier: 1,
        records: writer.seen.records,
        bytes: writer.seen.bytes,
        refused: writer.seen.refused,
        records_per_second: rate(&writer.seen, usage),
        first_seen: rfc3339(writer.seen.first),
        last_seen: rfc3339(writer.seen.last),
    }
}

fn reader(reader: &Reader, usage: &Usage) -> wire::Reader {
    wire::Reader {
        group: reader.group.clone(),
        applications: reader.applications.iter().cloned().collect(),
        topic: text_of(&reader.topic),
        tier: 2,
        grades: grades(&reader.seen),
        fields: if says_what_it_reads(reader, usage) { "declared" } else { "unknown" }.to_owned(),
        records: reader.seen.records,
        bytes: reader.seen.bytes,
        records_per_second: rate(&reader.seen, usage),
        first_seen: rfc3339(reader.seen.first),
        last_seen: rfc3339(reader.seen.last),
    }
}

/// Whether it has published lately of which fields it reads.
fn says_what_it_reads(reader: &Reader, usage: &Usage) -> bool {
    usage.declared_readers.iter().filter(|it| !it.is_stale).any(|declared| {
        let is_its_group = declared.group.is_some() && declared.group == reader.group;
        is_its_group || (declared.group.is_none() && reader.applications.contains(&declared.application))
    })
}

/// On average.
fn rate(seen: &Seen, usage: &Usage) -> f64 {
    let begun = seen.first.max(usage.within.from);
    let time = usage.within.to.saturating_sub(begun).max(LEAST);
    let rate = seen.records as f64 * 1_000.0 / time as f64;
    (rate * 1_000.0).round() / 1_000.0
}

fn registration(registration: &Registration) -> wire::Registration {
    wire::Registration {
        at: rfc3339(registration.at),
        actor: registration.actor.clone(),
        origin: registration.origin.clone(),
        id: registration.id.map(|id| id.0),
        version: registration.version,
    }
}
