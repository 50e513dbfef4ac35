//! `record validate`: do these bytes obey their schema? The code that the proxy runs, on one record.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use tidegate_compat::{Contract, Parsed, Resolved, SchemaKey, SchemaKind, Strictness, envelope, parse};

use crate::args::{Global, RecordArgs};
use crate::exit::Exit;
use crate::local::{Library, MAX_REFERENCES};
use crate::project::Project;
use crate::records::{Records, contract, from_hex};
use crate::registry::Connection;
use crate::terminal::{Sign, Terminal, Tone};
use crate::tree::{self, Content};
use crate::trouble::{Result, Trouble, on_file};
use crate::words::{counted, shown};

/// The largest record that is read.
const MAX_RECORD: u64 = 256 << 20;

pub(super) fn validate(
    project: Option<&Project>,
    args: &RecordArgs,
    global: &Global,
    terminal: &Terminal,
) -> Result<Exit> {
    let bytes = bytes(args)?;
    let (schema, payload, name) = match &args.schema {
        Some(path) => {
            let payload = match args.framed {
                true => envelope::split(&bytes).map_err(|error| bad(&error.to_string()))?.1,
                false => &bytes,
            };
            ((of_file(project, path)?, Contract::default()), payload, path.display().to_string())
        }
        None => {
            let (key, payload) = match envelope::split(&bytes) {
                Ok(split) => split,
                Err(error) => return Ok(refused(&[error.to_string()], terminal)),
            };
            let SchemaKey::Id(id) = key else {
                return Err(Trouble::usage("the record names its schema by a GUID").help("give the schema by --schema"));
            };
            let connection = Connection::open(project, global, None)?;
            match of_registry(&connection, id.0)? {
                Some(schema) => (schema, payload, format!("schema {id} of {}", connection.name)),
                None => return Ok(refused(&[format!("schema {id} is not registered")], terminal)),
            }
        }
    };
    let (schema, contract) = schema;
    let records = Records::of(&schema, &contract)
        .map_err(|why| Trouble::usage(format!("no record can be held against this schema: {why}")))?;
    let flaws = records.flaws(payload, args.schema.is_none() || args.framed);
    if flaws.is_empty() {
        let sign = terminal.paint(Tone::Good, terminal.sign(Sign::Good));
        terminal.print(&format!("{sign} {} obey {}\n", counted(payload.len(), "byte"), shown(&name)));
        return Ok(Exit::Clean);
    }
    Ok(refused(&flaws, terminal))
}

fn refused(flaws: &[String], terminal: &Terminal) -> Exit {
    let sign = terminal.paint(Tone::Bad, terminal.sign(Sign::Bad));
    flaws.iter().for_each(|flaw| terminal.print(&format!("{sign} {}\n", shown(flaw))));
    Exit::Findings
}

fn bad(why: &str) -> Trouble {
    Trouble::usage(why.to_owned()).with_exit(Exit::Findings)
}

fn bytes(args: &RecordArgs) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| on_file(&args.file, "read", &error);
    let mut bytes = Vec::new();
    if args.file == Path::new("-") {
        std::io::stdin().lock().take(MAX_RECORD + 1).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        std::fs::File::open(&args.file)
            .and_then(|file| file.take(MAX_RECORD + 1).read_to_end(&mut bytes))
            .map_err(failed)?;
    }
    if bytes.len() as u64 > MAX_RECORD {
        return Err(Trouble::usage("the record is larger than 256 MiB"));
    }
    if !args.hex {
        return Ok(bytes);
    }
    from_hex(&bytes).ok_or_else(|| Trouble::usage("the record is not pairs of hex digits"))
}

fn of_file(project: Option<&Project>, path: &Path) -> Result<Parsed> {
    let content = Content::of(std::fs::read(path).map_err(|error| on_file(path, "read", &error))?);
    let Content::Text(text) = content else {
        return Err(Trouble::usage(format!("{} is not UTF-8", path.display())));
    };
    let within = project.and_then(|project| {
        let file = crate::commands::from_root(project, &[path.to_owned()]).ok()?.pop()?;
        let files = tree::files(&project.root, &|path| project.rule_of(path).is_some()).ok()?;
        let library = Library::of(project, files);
        let at = library.documents.iter().position(|document| document.path == file)?;
        Some((library.documents.get(at)?.kind, library.closure(at).here))
    });
    let (kind, closure) =
        within.unwrap_or_else(|| (crate::local::kind_of(&path.display().to_string(), &text), Vec::new()));
    read(kind, &text, &closure)
}

fn read(kind: SchemaKind, text: &Arc<str>, closure: &[Resolved]) -> Result<Parsed> {
    parse(kind, text, closure, Strictness::Lenient)
        .map_err(|malformed| Trouble::usage(format!("the schema can't be read: {malformed}")))
}

/// `None` for an id that nobody has.
fn of_registry(connection: &Connection, id: i32) -> Result<Option<(Parsed, Contract)>> {
    let schema = match connection.ask(connection.client.schema(id, "")) {
        Ok(schema) => schema,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(connection.trouble(error)),
    };
    let mut closure: Vec<Resolved> = Vec::new();
    let mut open = schema.references.clone();
    let mut asked = 0;
    while let Some(reference) = open.pop() {
        asked += 1;
        if asked > MAX_REFERENCES {
            return Err(Trouble::usage("more schemas are referred to than a registry takes"));
        }
        let (name, subject) = (reference.name.unwrap_or_default(), reference.subject.unwrap_or_default());
        let number = reference.version.unwrap_or(-1).to_string();
        let found = connection.wait(connection.client.version(&subject, &number))?;
        open.extend(found.references);
        closure.retain(|known| known.name != name);
        let kind = SchemaKind::parse(&found.schema_type).unwrap_or_default();
        closure.insert(0, Resolved { name, kind, text: found.schema.into() });
    }
    let kind = SchemaKind::parse(&schema.schema_type).unwrap_or_default();
    let parsed = read(kind, &schema.schema.as_str().into(), &closure)?;
    let contract = contract(schema.metadata.clone(), schema.rule_set.clone());
    Ok(Some((parsed, contract.map_err(|why| Trouble::usage(format!("the contract of schema {id}: {why}")))?)))
}
