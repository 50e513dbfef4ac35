//! Which bytes are a record, and under which schema? From a file or standard input, with a frame or without, and the schema
//! from files or from a registry.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use tidegate_api as api;
use tidegate_compat::{
    Contract, Parsed, Payload, Resolved, SchemaId, SchemaKey, SchemaKind, Strictness, envelope, parse,
};

use crate::args::{Global, RecordArgs};
use crate::exit::Exit;
use crate::local::{Library, MAX_REFERENCES, kind_of};
use crate::project::Project;
use crate::records::{contract, from_hex};
use crate::registry::Connection;
use crate::tree::{self, Content};
use crate::trouble::{Result, Trouble, on_file};

/// The largest record that is read.
const MAX_RECORD: u64 = 256 << 20;
/// The largest schema file that is read.
const MAX_SCHEMA: u64 = 16 << 20;

/// A record with what is needed to read it.
pub(crate) struct Opened {
    pub(crate) schema: Parsed,
    pub(crate) contract: Contract,
    /// As people know the schema.
    pub(crate) name: String,
    /// All of the record, its frame included.
    pub(crate) bytes: Vec<u8>,
    /// Where the payload begins in it.
    pub(crate) start: usize,
    /// Message indexes, where they don't stand at the front of the payload.
    header: Option<Vec<u8>>,
}

impl Opened {
    /// Reads a record and finds its schema.
    ///
    /// # Errors
    /// Nothing says which schema it is, or there is no such schema: whoever wrote the record has something to do.
    pub(crate) fn of(project: Option<&Project>, args: &RecordArgs, global: &Global) -> Result<Self> {
        let bytes = bytes(args)?;
        let framed = |bytes: &[u8]| match envelope::split(bytes) {
            Ok((key, payload)) => Ok((key, bytes.len() - payload.len())),
            Err(error) => Err(Trouble::usage(error.to_string()).with_exit(Exit::Findings)),
        };
        let (found, name, start) = match (&args.schema, args.id) {
            (Some(path), _) => {
                let start = if args.framed { framed(&bytes)?.1 } else { 0 };
                let schema = of_files(project, path, &args.with)?;
                ((schema, Contract::default()), path.display().to_string(), start)
            }
            (None, Some(id)) => {
                let connection = Connection::open(project, global, None)?;
                let name = format!("schema {id} of {}", connection.name);
                (of_registry(&connection, SchemaKey::Id(SchemaId(id)))?, name, 0)
            }
            (None, None) => {
                let (key, start) = framed(&bytes).map_err(|trouble| {
                    trouble.help("a record without a frame takes --schema FILE, or --id ID for one of the registry")
                })?;
                let connection = Connection::open(project, global, None)?;
                let name = format!("{} of {}", named(key), connection.name);
                (of_registry(&connection, key)?, name, start)
            }
        };
        let (schema, contract) = found;
        let is_bare = start == 0;
        let header = match &args.message {
            None if is_bare && schema.kind() == SchemaKind::Protobuf => Some(vec![0]),
            None => None,
            Some(_) if !is_bare => {
                return Err(Trouble::usage("the record's frame says which message it is, not --message"));
            }
            Some(message) => Some(schema.message_indexes(message).ok_or_else(|| {
                let known = schema.record_names();
                let trouble = Trouble::usage(format!("the schema has no message `{message}`"));
                match crate::words::nearest(message, known.iter().map(String::as_str)) {
                    Some(meant) => trouble.help(format!("did you mean `{meant}`?")),
                    None => trouble,
                }
            })?),
        };
        Ok(Self { schema, contract, name, bytes, start, header })
    }

    pub(crate) fn payload(&self) -> Payload<'_> {
        Payload { bytes: self.bytes.get(self.start..).unwrap_or_default(), header: self.header.as_deref() }
    }

    /// Whether the bytes look as if a frame stood before the payload, though none was said to.
    pub(crate) fn looks_framed(&self) -> bool {
        self.start == 0 && envelope::split(&self.bytes).is_ok()
    }

    /// The line of the record in which a byte of the payload stands, in hex, with a mark below it.
    pub(crate) fn hex_line(&self, offset: usize) -> String {
        const WIDTH: usize = 16;
        let at = self.start.saturating_add(offset).min(self.bytes.len());
        let from = at - at % WIDTH;
        let line = self.bytes.iter().skip(from).take(WIDTH).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>();
        let head = format!("{from:08x}  ");
        format!("{head}{}\n{}^^\n", line.join(" "), " ".repeat(head.len() + 3 * (at - from)))
    }
}

fn named(key: SchemaKey) -> String {
    match key {
        SchemaKey::Id(id) => format!("schema {id}"),
        SchemaKey::Guid(guid) => format!("schema {guid}"),
    }
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
    if args.hex {
        return from_hex(&bytes).ok_or_else(|| Trouble::usage("the record is not pairs of hex digits"));
    }
    if args.base64 {
        return from_base64(&bytes).ok_or_else(|| Trouble::usage("the record is no base64"));
    }
    Ok(bytes)
}

/// In either alphabet, blanks and line ends between, with the signs that fill up or without.
fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut text: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    while text.last() == Some(&b'=') {
        text.pop();
    }
    while !text.len().is_multiple_of(4) {
        text.push(b'=');
    }
    STANDARD.decode(&text).or_else(|_| URL_SAFE.decode(&text)).ok()
}

fn text(path: &Path) -> Result<Arc<str>> {
    let failed = |error: std::io::Error| on_file(path, "read", &error);
    let mut bytes = Vec::new();
    std::fs::File::open(path).and_then(|file| file.take(MAX_SCHEMA + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > MAX_SCHEMA {
        return Err(Trouble::usage(format!("{} is larger than 16 MiB", path.display())));
    }
    match Content::of(bytes) {
        Content::Text(text) => Ok(text),
        Content::Unreadable(why) => Err(Trouble::usage(format!("{}: {why}", path.display()))),
    }
}

/// A schema file, with the files that it refers to: those that are named, or else those of its project.
fn of_files(project: Option<&Project>, path: &Path, with: &[std::path::PathBuf]) -> Result<Parsed> {
    let name = |path: &Path| path.display().to_string().replace('\\', "/");
    let schema = text(path)?;
    let in_project = || {
        let project = project.filter(|_| with.is_empty())?;
        let file = crate::commands::from_root(project, &[path.to_owned()]).ok()?.pop()?;
        let files = tree::files(&project.root, &|path| project.rule_of(path).is_some()).ok()?;
        let library = Library::of(project, files);
        let at = library.documents.iter().position(|document| document.path == file)?;
        Some((library, at))
    };
    let (library, at) = match in_project() {
        Some(found) => found,
        None => {
            let mut files = vec![(name(path), Arc::clone(&schema))];
            for path in with {
                files.push((name(path), text(path)?));
            }
            (Library::alone(files), 0)
        }
    };
    let kind = library.documents.get(at).map_or_else(|| kind_of(&name(path), &schema), |document| document.kind);
    let closure = library.closure(at);
    read(kind, &schema, &closure.here).map_err(|trouble| match closure.elsewhere.first() {
        Some(need) => trouble
            .note(format!("it refers to `{}`, which no file here defines", need.written))
            .help("name the file that does: --with FILE"),
        None => trouble,
    })
}

fn read(kind: SchemaKind, text: &str, closure: &[Resolved]) -> Result<Parsed> {
    parse(kind, text, closure, Strictness::Lenient)
        .map_err(|malformed| Trouble::usage(format!("the schema can't be read: {malformed}")))
}

/// A schema of a registry, with all that it stands on and its contract.
fn of_registry(connection: &Connection, key: SchemaKey) -> Result<(Parsed, Contract)> {
    let client = &connection.client;
    let found = match key {
        SchemaKey::Id(id) => connection.ask(client.schema(id.0, "")),
        SchemaKey::Guid(guid) => connection.ask(client.schema_of_guid(&guid.to_string())).map(Arc::new),
    };
    let schema: Arc<api::SchemaById> = match found {
        Ok(schema) => schema,
        Err(error) if error.is_not_found() => {
            return Err(Trouble::usage(format!("{} is not registered", named(key))).with_exit(Exit::Findings));
        }
        Err(error) => return Err(connection.trouble(error)),
    };
    let closure = standing(connection, schema.references.clone())?;
    let kind = SchemaKind::parse(&schema.schema_type).unwrap_or_default();
    let parsed = read(kind, &schema.schema, &closure)?;
    let contract = contract(schema.metadata.clone(), schema.rule_set.clone());
    Ok((parsed, contract.map_err(|why| Trouble::usage(format!("the contract of {}: {why}", named(key))))?))
}

/// The latest version of a subject and its schema; nothing without such a subject, or where its schema can't be read.
pub(crate) fn latest(connection: &Connection, subject: &str) -> Result<Option<(i32, Parsed)>> {
    let found = match connection.ask(connection.client.version(subject, "latest")) {
        Ok(found) => found,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(connection.trouble(error)),
    };
    let closure = standing(connection, found.references)?;
    let kind = SchemaKind::parse(&found.schema_type).unwrap_or_default();
    Ok(read(kind, &found.schema, &closure).ok().map(|parsed| (found.version, parsed)))
}

/// All that a schema of a registry stands on, what others need before them.
fn standing(connection: &Connection, references: Vec<api::Reference>) -> Result<Vec<Resolved>> {
    let client = &connection.client;
    let mut closure: Vec<Resolved> = Vec::new();
    let mut open = references;
    let mut asked = 0;
    while let Some(reference) = open.pop() {
        asked += 1;
        if asked > MAX_REFERENCES {
            return Err(Trouble::usage("more schemas are referred to than a registry takes"));
        }
        let (name, subject) = (reference.name.unwrap_or_default(), reference.subject.unwrap_or_default());
        let number = reference.version.unwrap_or(-1).to_string();
        let found = connection.wait(client.version(&subject, &number))?;
        open.extend(found.references);
        closure.retain(|known| known.name != name);
        let kind = SchemaKind::parse(&found.schema_type).unwrap_or_default();
        closure.insert(0, Resolved { name, kind, text: found.schema.into() });
    }
    Ok(closure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_in_both_alphabets() {
        for text in ["AAECAw==", "AAEC\nAw", " AAECAw= = "] {
            assert_eq!(from_base64(text.as_bytes()), Some(vec![0, 1, 2, 3]), "{text}");
        }
        assert_eq!(from_base64(b"-_8="), Some(vec![0xfb, 0xff]));
        assert_eq!(from_base64(b"+/8="), Some(vec![0xfb, 0xff]));
        for text in ["AAE*", "A", "=A=="] {
            assert_eq!(from_base64(text.as_bytes()), None, "{text}");
        }
    }
}
