//! `impact`: who would notice? Everybody whom proxies saw writing or reading the topic of a subject, and who says so; of one
//! field, those who made something of it as well; and before a deletion, whoever still uses the subject.

mod field;
mod known;
mod subject;

use tidegate_api::consumers::DeclaredReader;
use tidegate_api::graph::Usage;
use tidegate_api::lineage::TopicLineage;
use tidegate_client::ClientError;

use crate::args::{Global, ImpactArgs};
use crate::exit::Exit;
use crate::project::Project;
use crate::registry::Connection;
use crate::terminal::{Sign, Terminal, Tone, table};
use crate::trouble::{Result, Trouble};
use crate::usage::{User, consumer, day, producer, topic_of, users};
use crate::words::{counted, grouped, shown};

pub(super) fn run(project: Option<&Project>, args: &ImpactArgs, global: &Global, terminal: &Terminal) -> Result<Exit> {
    let connection = Connection::open(project, global, None)?;
    let subject = args.subject.as_str();
    match &args.field {
        Some(field) => {
            known::field(&connection, subject, field)?;
            field::run(&connection, subject, field, args.json, terminal)
        }
        None if args.delete => of_deletion(&connection, subject, args.json, terminal),
        None => of_subject(&connection, subject, args.json, terminal),
    }
}

fn of_subject(connection: &Connection, subject: &str, as_json: bool, terminal: &Terminal) -> Result<Exit> {
    // A topic may carry records of no subject that is known.
    let Some(usage) = subject::usage(connection, subject)? else {
        return of_topic(connection, subject, as_json, terminal);
    };
    let told = match as_json {
        true => json(&usage)?,
        false => subject::text(&usage, subject::around(connection, &usage).as_ref(), terminal),
    };
    terminal.print(&told);
    Ok(Exit::Clean)
}

fn of_topic(connection: &Connection, subject: &str, as_json: bool, terminal: &Terminal) -> Result<Exit> {
    let lineage =
        connection.ask(connection.client.lineage(topic_of(subject))).map_err(|error| keeps_none(connection, error))?;
    if lineage.producers.is_empty() && lineage.consumers.is_empty() {
        known::subject(connection, subject)?;
    }
    terminal.print(&if as_json { json(&lineage)? } else { text(subject, &lineage, terminal) });
    Ok(Exit::Clean)
}

fn keeps_none(connection: &Connection, error: ClientError) -> Trouble {
    if error.is_not_found() {
        return Trouble::usage(format!("the registry `{}` keeps no lineage", connection.name))
            .note("only Tidegate does, from what its proxies see");
    }
    connection.trouble(error)
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(|error| Trouble::usage(error.to_string()))
}

fn text(subject: &str, lineage: &TopicLineage, terminal: &Terminal) -> String {
    let mut text = format!("{} · topic {}", terminal.paint(Tone::Strong, &shown(subject)), shown(&lineage.topic));
    let separator = if terminal.ascii { " - " } else { " · " };
    text = text.replace(" · ", separator);
    if let (Some(first), Some(last)) = (&lineage.first_seen, &lineage.last_seen) {
        text.push_str(&format!("{separator}seen from {} to {}", day(first), day(last)));
    }
    text.push_str("\n\n");
    if lineage.producers.is_empty() && lineage.consumers.is_empty() {
        text.push_str("No proxy has seen anybody writing or reading it.\n");
        return text;
    }
    let mut rows = Vec::new();
    for writer in &lineage.producers {
        let versions: Vec<String> = writer
            .schemas
            .iter()
            .map(|schema| {
                let name = schema.version.map_or_else(|| format!("id {}", schema.id), |version| format!("v{version}"));
                format!("{name} ({})", number(schema.records))
            })
            .collect();
        rows.push([shown(&producer(writer)), versions.join(", "), day(&writer.last_seen).to_owned()]);
    }
    text.push_str(&table(["PRODUCER", "VERSIONS (RECORDS)", "LAST SEEN"], &rows, terminal));
    let readers = lineage.consumers.iter().map(|reader| {
        [shown(&consumer(reader)), shown(&reader.evidence.join(", ")), day(&reader.last_seen).to_owned()]
    });
    let readers: Vec<_> = readers.collect();
    if !readers.is_empty() {
        text.push('\n');
        text.push_str(&table(["CONSUMER", "EVIDENCE", "LAST SEEN"], &readers, terminal));
    }
    let count = counted(readers.len(), "consumer");
    text.push_str(&format!("\n{count}. Which fields they use is not seen: each may use all of them.\n"));
    text
}

// === A deletion ===

fn of_deletion(connection: &Connection, subject: &str, as_json: bool, terminal: &Terminal) -> Result<Exit> {
    let client = &connection.client;
    let usage = connection.ask(client.usage(subject)).map_err(|error| match error.code() {
        Some(40401) => known::no_subject(subject),
        _ => keeps_none(connection, error),
    })?;
    let referrers = match connection.ask(client.referenced_by(subject, "latest")) {
        Ok(referrers) => referrers,
        Err(error) if error.is_not_found() => Vec::new(),
        Err(error) => return Err(connection.trouble(error)),
    };
    let is_free = users(&usage).is_empty() && referrers.is_empty();
    terminal.print(&if as_json { json(&usage)? } else { deletion_text(subject, &usage, &referrers, terminal) });
    Ok(if is_free { Exit::Clean } else { Exit::Findings })
}

fn deletion_text(subject: &str, usage: &Usage, referrers: &[i32], terminal: &Terminal) -> String {
    let mut text = format!(
        "{} from {} to {}\n\n",
        terminal.paint(Tone::Strong, &shown(subject)),
        day(&usage.window.from),
        day(&usage.window.to)
    );
    let users = users(usage);
    if !users.is_empty() {
        let rows: Vec<_> = users.iter().map(cells).collect();
        text.push_str(&table(["WHO", "HOW", "RECORDS", "REC/S", "LAST SEEN"], &rows, terminal));
        text.push('\n');
    }
    let (tone, sign) =
        if users.is_empty() && referrers.is_empty() { (Tone::Good, Sign::Good) } else { (Tone::Bad, Sign::Bad) };
    let sign = terminal.paint(tone, terminal.sign(sign));
    let told = match (users.len(), referrers.len()) {
        (0, 0) => "nobody was seen using it, and no schema refers to it".to_owned(),
        (0, schemas) => format!("{} to it", refer(schemas)),
        (users, 0) => format!("{} it", use_it(users)),
        (users, schemas) => format!("{} it, and {} to it", use_it(users), refer(schemas)),
    };
    text.push_str(&format!("{sign} {told}.\n"));
    if !usage.coverage.unknown.is_empty() {
        text.push_str("\nWhat is not known:\n");
        usage.coverage.unknown.iter().for_each(|what| text.push_str(&format!("  {}\n", shown(what))));
    }
    text
}

fn use_it(users: usize) -> String {
    if users == 1 { "1 application uses".to_owned() } else { format!("{users} applications use") }
}

fn refer(schemas: usize) -> String {
    if schemas == 1 { "1 schema refers".to_owned() } else { format!("{schemas} schemas refer") }
}

/// `12.3`, and nothing for who was only seen to be there.
fn cells(user: &User) -> [String; 5] {
    let rate = if user.rate > 0.0 { format!("{:.1}", user.rate) } else { "-".to_owned() };
    [shown(&user.name), shown(&user.how), number(user.records), rate, day(&user.last).to_owned()]
}

// === Pieces ===

/// Takes out what was declared for a group, or for an application that reads without one or under its own name.
fn take<'d>(open: &mut Vec<&'d DeclaredReader>, kind: &str, name: &str) -> Vec<&'d DeclaredReader> {
    let is_meant = |declared: &&DeclaredReader| match &declared.group {
        Some(group) => kind == "group" && group == name,
        None => declared.application == name,
    };
    let (own, others): (Vec<&'d DeclaredReader>, Vec<&'d DeclaredReader>) = open.iter().copied().partition(is_meant);
    *open = others;
    own
}

fn number(count: u64) -> String {
    grouped(usize::try_from(count).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_stands_in_the_way_of_a_deletion_is_told() {
        let usage = |is_used: bool| -> Usage {
            let writer = serde_json::json!({"application": "shop", "topic": "topic:n:orders", "id": 7, "version": 3, "tier": 1,
                "records": 74_212, "bytes": 1, "refused": 0, "recordsPerSecond": 12.34,
                "firstSeen": "2026-02-28T23:59:59.999Z", "lastSeen": "2026-03-01T10:00:00.000Z"});
            let reader = serde_json::json!({"group": "billing", "applications": ["billing-1"], "topic": "topic:n:orders", "tier": 2,
                "grades": ["committed"], "fields": "unknown", "records": 0, "bytes": 0, "recordsPerSecond": 0.0,
                "firstSeen": "2026-02-28T23:59:59.999Z", "lastSeen": "2026-03-01T10:00:00.000Z"});
            serde_json::from_value(serde_json::json!({
                "subject": "orders-value", "window": {"from": "2026-02-22T10:00:00.000Z", "to": "2026-03-01T10:00:00.000Z", "resolution": 3600},
                "topics": [], "versions": [], "writers": if is_used { vec![writer] } else { vec![] },
                "readers": if is_used { vec![reader] } else { vec![] }, "lookups": [], "registrations": [],
                "coverage": {"groupsObserved": 1, "groupsKnown": null, "read": null, "write": null, "unknown": ["Which groups have committed offsets."]}
            }))
            .unwrap()
        };
        insta::assert_snapshot!("deletion", deletion_text("orders-value", &usage(true), &[4], &Terminal::plain(100)));
        let free = deletion_text("orders-value", &usage(false), &[], &Terminal::plain(100));
        assert!(free.contains("✓ nobody was seen using it, and no schema refers to it."), "{free}");
    }
}
