//! `impact`: who would notice? Everybody whom proxies saw writing or reading the topic of a subject.

use tidegate_api::lineage::TopicLineage;

use crate::args::Global;
use crate::exit::Exit;
use crate::project::Project;
use crate::registry::Connection;
use crate::terminal::{Terminal, Tone};
use crate::trouble::{Result, Trouble};
use crate::usage::{consumer, producer, topic_of};
use crate::words::{counted, grouped, shown};

pub(super) fn run(
    project: Option<&Project>,
    subject: &str,
    as_json: bool,
    global: &Global,
    terminal: &Terminal,
) -> Result<Exit> {
    let connection = Connection::open(project, global, None)?;
    let lineage = connection.ask(connection.client.lineage(topic_of(subject))).map_err(|error| {
        if error.is_not_found() {
            return Trouble::usage(format!("the registry `{}` keeps no lineage", connection.name))
                .note("only Tidegate does, from what its proxies see");
        }
        connection.trouble(error)
    })?;
    let text = if as_json {
        serde_json::to_string_pretty(&lineage).map_err(|error| Trouble::usage(error.to_string()))? + "\n"
    } else {
        text(subject, &lineage, terminal)
    };
    terminal.print(&text);
    Ok(Exit::Clean)
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
                let records = usize::try_from(schema.records).unwrap_or(usize::MAX);
                format!("{name} ({})", grouped(records))
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

/// The day of a time.
fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

fn table(head: [&str; 3], rows: &[[String; 3]], terminal: &Terminal) -> String {
    let mut widths = head.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: [&str; 3]| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("   ").trim_end().to_owned() + "\n"
    };
    let mut text = terminal.paint(Tone::Quiet, line(head).trim_end()) + "\n";
    rows.iter().for_each(|[one, two, three]| text.push_str(&line([one, two, three])));
    text
}
