//! Do the records of a topic obey their schema? The registry reads them and says so; no value of them comes here.

use tidegate_api::trying::{TriedRecord, TriedTopic, TryRequest};
use tidegate_client::ClientError;

use crate::args::{Global, PlaceArgs, ValidateArgs};
use crate::exit::Exit;
use crate::project::Project;
use crate::registry::Connection;
use crate::terminal::{Sign, Terminal, Tone};
use crate::trouble::{Result, Trouble};
use crate::words::{counted, shown};

pub(super) fn validate(
    project: Option<&Project>,
    topic: &str,
    args: &ValidateArgs,
    global: &Global,
    terminal: &Terminal,
) -> Result<Exit> {
    let connection = Connection::open(project, global, None)?;
    let part = if args.key { "key" } else { "value" };
    let subject = args.subject.clone().unwrap_or_else(|| format!("{topic}-{part}"));
    let request = TryRequest {
        subject: Some(subject.clone()),
        framing: args.unframed.then(|| "none".to_owned()),
        topic: Some(topic.to_owned()),
        cluster: args.cluster.clone(),
        last: args.last.map(usize::from),
        partition: args.offset.map(|(partition, _)| partition),
        offset: args.offset.map(|(_, offset)| offset),
        part: args.key.then(|| "key".to_owned()),
        ..TryRequest::default()
    };
    let tried =
        connection.ask(connection.client.try_rules(&request)).map_err(|error| impossible(&connection, error))?;
    for left in &tried.not_checkable {
        terminal.complain(&format!("note: rule {} is not run: {}\n", shown(&left.rule), shown(&left.why)));
    }
    for record in &tried.found {
        terminal.print(&told(record, terminal));
    }
    let (read, bad) = (tried.records, tried.found.len());
    let (is_cut, empty) = tried.topic.as_ref().map_or((false, 0), |TriedTopic { cut, empty, .. }| (*cut, *empty));
    if empty > 0 {
        terminal.complain(&format!("note: {} without a {part} passed over\n", counted(narrow(empty), "record")));
    }
    if is_cut {
        terminal.complain("note: time or room ended before all of them were read\n");
    }
    let records = counted(narrow(read), "record");
    let (topic, subject) = (shown(topic), shown(&subject));
    if read == 0 {
        terminal.print(&format!("Nothing was judged: no {part} was read of {topic}.\n"));
        return Ok(if is_cut { Exit::Trouble } else { Exit::Clean });
    }
    if bad > 0 {
        terminal.print(&format!("{bad} of {records} of {topic} don't obey the latest version of {subject}.\n"));
        return Ok(Exit::Findings);
    }
    let (sign, obey) =
        (terminal.paint(Tone::Good, terminal.sign(Sign::Good)), if read == 1 { "obeys" } else { "obey" });
    terminal.print(&format!("{sign} {records} of {topic} {obey} the latest version of {subject}\n"));
    Ok(Exit::Clean)
}

fn told(record: &TriedRecord, terminal: &Terminal) -> String {
    let sign = terminal.paint(Tone::Bad, terminal.sign(Sign::Bad));
    let place = match (record.partition, record.offset) {
        (Some(partition), Some(offset)) => format!("partition {partition}, offset {offset}"),
        _ => format!("record {}", record.index),
    };
    let schema = record.schema_id.map(|id| format!(", schema {id}")).unwrap_or_default();
    let mut text = format!("{sign} {place}{schema}\n");
    for broken in &record.violations {
        let field = if broken.path.is_empty() { String::new() } else { format!("field {}: ", broken.path) };
        // What every payload must be is no rule of anybody's.
        let rule = match broken.rule.starts_with("tidegate.") {
            true => String::new(),
            false => format!(" (rule {})", broken.rule),
        };
        text.push_str(&format!("    {}\n", shown(&format!("{field}{}{rule}", broken.reason))));
    }
    text
}

/// Why a record of a topic is not decoded, and how it is: a registry that gave out values would be a way around the rights to
/// the topic, and around the masks.
pub(super) fn undecoded(topic: &str, place: &PlaceArgs) -> Trouble {
    let is_plain = topic.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let topic = if is_plain && !topic.starts_with('-') { topic } else { "TOPIC" };
    let (partition, offset) = match place.offset.as_deref().map(|offset| offset.split_once(':').unwrap_or(("", offset)))
    {
        Some((partition, offset)) => (partition.parse().ok(), offset.parse().ok()),
        None => (None, None),
    };
    let partition = place.partition.or(partition).unwrap_or(0);
    // Without an offset counted from the end.
    let from = offset.filter(|offset| *offset >= 0_i64).unwrap_or(-i64::from(place.last.unwrap_or(1)));
    Trouble::usage("records of a topic are not decoded by the registry: it reads them, and gives out none of their values")
        .note(format!("whether they obey their schema it tells: `tidegate record validate --topic {topic}`"))
        .help(format!(
            "read it with a client of Kafka, one record at a time: `kcat -C -b BROKER -t {topic} -p {partition} -o {from} -c 1 -e -f '%s' | \
             tidegate record decode`"
        ))
}

/// Whoever asks for a topic or a place that is not there has something to set right, and nothing was judged.
fn impossible(connection: &Connection, error: ClientError) -> Trouble {
    let is_trouble = error.is_trouble();
    match error {
        ClientError::Refused { code: 404, .. } => {
            Trouble::usage(format!("the registry `{}` reads no topics: only Tidegate does", connection.name))
                .help("give the bytes of a record: `tidegate record validate FILE`")
        }
        ClientError::Refused { code, message, .. } if !is_trouble => Trouble::usage(format!("{message} ({code})")),
        error => connection.trouble(error),
    }
}

fn narrow(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
