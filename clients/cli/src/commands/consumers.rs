//! `consumers`: what does an application say of itself that it reads? The project file tells the registry, which tells whoever
//! wants to change what is read.

use tidegate_api::consumers::{Consumer, ConsumerWish, Consumes as Consumed};
use tidegate_client::ClientError;

use crate::args::{Global, PublishArgs};
use crate::exit::Exit;
use crate::git;
use crate::project::{Consumes, Project, Read};
use crate::registry::Connection;
use crate::terminal::{Sign, Terminal, Tone, table};
use crate::tree;
use crate::trouble::{Result, Trouble};
use crate::usage::day;
use crate::words::{counted, shown};

/// The largest schema that is sent.
const MAX_SCHEMA: u64 = 16 << 20;

pub(super) fn publish(project: &Project, args: &PublishArgs, global: &Global, terminal: &Terminal) -> Result<Exit> {
    let Some(consumes) = &project.consumes else {
        return Err(Trouble::usage(format!("{} does not say what is read", project.path.display()))
            .help("add `consumes: { application: NAME, reads: [{ subject: SUBJECT }] }`"));
    };
    if args.remove {
        return remove(project, &consumes.application, args, global, terminal);
    }
    let declaration = declaration(project, consumes)?;
    if args.dry_run {
        if args.json {
            terminal.print(&json(&declaration)?);
        } else {
            let count = counted(declaration.consumes.len(), "subject");
            terminal.print(&format!("{} would declare to read {count}:\n\n", shown(&consumes.application)));
            terminal.print(&reads(&declaration.consumes, terminal));
        }
        return Ok(Exit::Clean);
    }
    let connection = Connection::open(Some(project), global, None)?;
    let answer = connection.ask(connection.client.publish_consumer(&consumes.application, &declaration));
    let told = answer.map_err(|error| refused(&connection, error))?;
    if args.json {
        terminal.print(&json(&told)?);
        return Ok(Exit::Clean);
    }
    let sign = terminal.paint(Tone::Good, terminal.sign(Sign::Good));
    let count = counted(told.consumes.len(), "subject");
    terminal.print(&format!(
        "{sign} {} declares to read {count} of {}.\n\n",
        shown(&told.application),
        connection.name
    ));
    terminal.print(&reads(&told.consumes, terminal));
    terminal.print(&format!("\nIt counts until {}, unless it is published again.\n", shown(day(&told.stale_at))));
    Ok(Exit::Clean)
}

fn remove(
    project: &Project,
    application: &str,
    args: &PublishArgs,
    global: &Global,
    terminal: &Terminal,
) -> Result<Exit> {
    if args.dry_run {
        terminal.print(&format!("What {} declared would be taken back.\n", shown(application)));
        return Ok(Exit::Clean);
    }
    let connection = Connection::open(Some(project), global, None)?;
    let told = match connection.ask(connection.client.remove_consumer(application)) {
        Ok(told) => told,
        Err(error) if error.is_not_found() && !is_no_route(&error) => {
            terminal.print(&format!("{} had declared nothing.\n", shown(application)));
            return Ok(Exit::Clean);
        }
        Err(error) => return Err(refused(&connection, error)),
    };
    if args.json {
        terminal.print(&json(&told)?);
        return Ok(Exit::Clean);
    }
    let sign = terminal.paint(Tone::Good, terminal.sign(Sign::Good));
    let count = counted(told.consumes.len(), "subject");
    terminal.print(&format!("{sign} {} declares to read {count} no more.\n", shown(&told.application)));
    Ok(Exit::Clean)
}

pub(super) fn list(
    project: Option<&Project>,
    subject: Option<&str>,
    as_json: bool,
    global: &Global,
    terminal: &Terminal,
) -> Result<Exit> {
    let connection = Connection::open(project, global, None)?;
    let told = connection.ask(connection.client.consumers(subject)).map_err(|error| refused(&connection, error))?;
    terminal.print(&if as_json { json(&told)? } else { text(&told, subject, terminal) });
    Ok(Exit::Clean)
}

fn declaration(project: &Project, consumes: &Consumes) -> Result<ConsumerWish> {
    let reads = consumes.reads.iter().map(|read| whole(project, read)).collect::<Result<_>>()?;
    Ok(ConsumerWish { owner: consumes.owner.clone(), source: git::origin(&project.path), consumes: reads })
}

/// With the text of the schema that it is read with.
fn whole(project: &Project, read: &Read) -> Result<Consumed> {
    let mut told = read.told.clone();
    if let Some(file) = &read.reader_schema {
        let unfit = |why: String| {
            let subject = shown(&told.subject);
            Trouble::usage(format!("{}, which {subject} is read with, can't be sent: {why}", shown(file)))
        };
        let bytes = tree::bytes(&project.root, file, MAX_SCHEMA).map_err(unfit)?;
        let bytes = bytes.ok_or_else(|| unfit(format!("there is no such file in {}", project.root.display())))?;
        let text = String::from_utf8(bytes).map_err(|_| unfit("it is not UTF-8".to_owned()))?;
        told.reader_schema = Some(text);
    }
    Ok(told)
}

/// What a registry has against it is the author's to mend, unless it is no registry that takes declarations.
fn refused(connection: &Connection, error: ClientError) -> Trouble {
    match &error {
        error if is_no_route(error) => {
            Trouble::usage(format!("the registry `{}` takes no declarations", connection.name))
                .note("only Tidegate does")
        }
        ClientError::Refused { status: 400 | 404 | 409 | 413 | 422, message, .. } => {
            Trouble::usage(format!("the registry `{}` does not take it: {}", connection.name, shown(message)))
                .with_exit(Exit::Findings)
                .note("nothing was changed")
        }
        _ => connection.trouble(error),
    }
}

/// Whether it is the question itself that the registry does not know.
fn is_no_route(error: &ClientError) -> bool {
    match error {
        ClientError::Refused { status: 405, .. } => true,
        ClientError::Refused { status: 404, code: 404, message } => {
            message == "HTTP 404 Not Found" || message.contains(" answered 404")
        }
        _ => false,
    }
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(|error| Trouble::usage(error.to_string()))
}

fn reads(consumed: &[Consumed], terminal: &Terminal) -> String {
    let rows: Vec<_> = consumed.iter().map(|it| cells(it).map(|cell| shown(&cell))).collect();
    table(["SUBJECT", "GROUP", "FIELDS", "PURPOSE"], &rows, terminal)
}

fn cells(consumed: &Consumed) -> [String; 4] {
    let or_nothing = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let fields = match (&consumed.fields, &consumed.reader_schema) {
        (Some(fields), _) => fields.join(", "),
        (None, Some(_)) => "those of its schema".to_owned(),
        (None, None) => "all".to_owned(),
    };
    [consumed.subject.clone(), or_nothing(&consumed.group), fields, or_nothing(&consumed.purpose)]
}

fn text(declared: &[Consumer], subject: Option<&str>, terminal: &Terminal) -> String {
    let mut rows = Vec::new();
    for consumer in declared {
        let is_meant = |it: &&Consumed| subject.is_none_or(|subject| it.subject == subject);
        for consumed in consumer.consumes.iter().filter(is_meant) {
            let owner = consumer.owner.clone().unwrap_or_else(|| "(no owner)".to_owned());
            let [subject, group, fields, _] = cells(consumed);
            let until = day(&consumer.stale_at).to_owned();
            rows.push([consumer.application.clone(), owner, subject, group, fields, until].map(|cell| shown(&cell)));
        }
    }
    if rows.is_empty() {
        let what = subject.map_or_else(|| "anything".to_owned(), shown);
        return format!("Nobody has declared to read {what}.\n");
    }
    table(["APPLICATION", "OWNER", "SUBJECT", "GROUP", "FIELDS", "COUNTS UNTIL"], &rows, terminal)
}
