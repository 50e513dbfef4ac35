//! How is a payload checked against what the one-pass form does not express? By the reference validator, over a tape.
//!
//! Takes memory: the tape is kept per thread, the reference takes what it needs. Built when it is first asked, because
//! most programs never ask and it is large.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;
use std::sync::OnceLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::paths::LocationSegment;
use jsonschema::{PatternOptions, Retrieve, Uri, ValidationError, Validator};

use super::super::tree::{Draft, Schema};
use super::bundle;
use super::listen::Report;
use super::matcher::dialect;
use super::program::{ANY, Tables};
use super::record::{Buffers, record};
use super::scan::{self, Quoted};
use super::tape::{Recording, Tape, TapeNode};
use super::text;
use super::walk::Walk;
use crate::json;
use crate::validator::Flaw;

/// The reference validator of a schema, as soon as somebody asks.
pub(super) struct Slow {
    source: Source,
    draft: Draft,
    /// How many schemas at most ask of the same value.
    longest: u32,
    built: OnceLock<Result<Built, String>>,
}

/// What the reference gets to read.
enum Source {
    /// One document.
    Bundle(Box<str>),
    /// The documents as they are: where a reference leads depends on where it was come from.
    Documents(Box<[(Box<str>, Box<str>)]>),
}

struct Built {
    validator: Validator<Tape>,
    /// The most alternatives that stand side by side.
    branches: usize,
    /// The names of properties in the schema. Others are part of the payload, and are not repeated.
    names: HashSet<Box<str>>,
}

/// How many steps back an expression may take.
const BACKTRACK_LIMIT: usize = 100_000;

/// How deep schemas and values together may nest. Keeps the reference within the stack.
const MAX_NESTING: usize = 1_000;

/// How many combinations of alternatives may be tried for saying what is wrong.
const MAX_WAYS: usize = 4_096;

thread_local! {
    static BUFFERS: Cell<Buffers> = Cell::default();
}

impl Slow {
    pub(super) fn new(schema: &Schema, longest: u32) -> Self {
        let source = if bundle::has_plain_references(schema) {
            Source::Bundle(bundle::bundle(schema).to_string().into())
        } else {
            let main = std::iter::once(("", &schema.root));
            let others = schema.documents.iter().map(|document| (document.name.as_str(), &document.root));
            let all = main.chain(others);
            Source::Documents(all.map(|(name, root)| (name.into(), bundle::value(root).to_string().into())).collect())
        };
        Self { source, draft: schema.draft(schema.at_root()), longest, built: OnceLock::new() }
    }

    /// Whether the reference takes the schema, and if not, why.
    pub(super) fn takes(&self) -> Result<(), String> {
        self.built().map(|_| ()).map_err(str::to_owned)
    }

    pub(super) fn check(&self, payload: &str) -> Result<(), Flaw> {
        let built = self.built().map_err(unusable)?;
        self.on_tape(payload, |tape, deepest| {
            let root = TapeNode::root(tape);
            if built.validator.is_valid(root) {
                return Ok(());
            }
            let error = if built.can_explain(deepest) { built.validator.validate(root).err() } else { None };
            Err(error.map_or_else(unexplained, |error| built.flaw(&error, tape.payload)))
        })?
    }

    pub(super) fn flaws(&self, payload: &str, most: usize) -> Vec<Flaw> {
        let built = match self.built() {
            Ok(built) => built,
            Err(reason) => return vec![unusable(reason)],
        };
        let flaws = self.on_tape(payload, |tape, deepest| {
            if !built.can_explain(deepest) {
                let valid = built.validator.is_valid(TapeNode::root(tape));
                return (!valid).then(unexplained).into_iter().collect();
            }
            let errors = built.validator.iter_errors(TapeNode::root(tape));
            let mut flaws: Vec<Flaw> = errors.take(most).map(|error| built.flaw(&error, tape.payload)).collect();
            flaws.sort_by_key(|flaw| flaw.offset);
            flaws
        });
        flaws.unwrap_or_else(|flaw| vec![flaw])
    }

    fn on_tape<T>(&self, payload: &str, ask: impl FnOnce(&Recording<'_>, usize) -> T) -> Result<T, Flaw> {
        let mut buffers = BUFFERS.take();
        let result = match record(payload, &mut buffers) {
            Some(deepest) if deepest * (self.longest as usize + 1) > MAX_NESTING => {
                Err(Flaw { offset: 0, path: String::new(), what: "the value nests too deep for its schema".into() })
            }
            Some(deepest) => Ok(ask(&buffers.recording(payload), deepest)),
            None => Err(no_json(payload)),
        };
        BUFFERS.set(buffers);
        result
    }

    fn built(&self) -> Result<&Built, &str> {
        self.built.get_or_init(|| self.build()).as_ref().map_err(String::as_str)
    }

    fn build(&self) -> Result<Built, String> {
        let documents = match &self.source {
            Source::Bundle(text) => vec![(String::new(), reread(text)?)],
            Source::Documents(texts) => {
                texts.iter().map(|(name, text)| Ok((name.to_string(), reread(text)?))).collect::<Result<_, String>>()?
            }
        };
        let Some((_, root)) = documents.first() else { return Err("there is no document".into()) };
        let mut names = HashSet::new();
        documents.iter().for_each(|(_, document)| collect_names(document, &mut names));
        let branches = documents.iter().map(|(_, document)| most_branches(document)).max().unwrap_or(0);
        let options = || {
            jsonschema::options_for::<Tape>()
                .with_draft(dialect(self.draft))
                .with_retriever(Library { documents: documents.clone() })
        };
        let linear = options().with_pattern_options(PatternOptions::regex()).build(root);
        let fancy = || PatternOptions::fancy_regex().backtrack_limit(BACKTRACK_LIMIT);
        let validator = linear.or_else(|_| options().with_pattern_options(fancy()).build(root));
        match validator {
            Ok(validator) => Ok(Built { validator, branches, names }),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl fmt::Debug for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slow").field("draft", &self.draft).finish_non_exhaustive()
    }
}

/// The program that only asks for JSON.
fn plain() -> &'static Tables {
    static PLAIN: OnceLock<Tables> = OnceLock::new();
    PLAIN.get_or_init(Tables::plain)
}

/// Tells why a payload could not be put on a tape.
#[cold]
fn no_json(payload: &str) -> Flaw {
    let tables = plain();
    let mut walk = Walk::new(tables, payload, Report::new(tables, 1));
    let _ = walk.whole(ANY);
    let flaw = walk.listener.flaws.into_iter().next();
    flaw.map_or_else(unexplained, |flaw| Flaw { path: String::new(), ..flaw })
}

fn unusable(reason: &str) -> Flaw {
    Flaw { offset: 0, path: String::new(), what: format!("the schema can't be used: {reason}") }
}

fn unexplained() -> Flaw {
    Flaw { offset: 0, path: String::new(), what: "the value does not obey the schema".into() }
}

// === Documents ===

/// The documents that references name. Nothing is fetched.
struct Library {
    documents: Vec<(String, serde_json::Value)>,
}

impl Retrieve for Library {
    fn retrieve(&self, uri: &Uri<String>) -> Result<serde_json::Value, Box<dyn std::error::Error + Send + Sync>> {
        let uri = uri.as_str();
        let named = || self.documents.iter().filter(|(name, _)| !name.is_empty());
        let exact = named().find(|(name, _)| name == uri);
        let relative = || named().find(|(name, _)| uri.strip_suffix(name.as_str()).is_some_and(ends_part));
        match exact.or_else(relative) {
            Some((_, document)) => Ok(document.clone()),
            None => Err(format!("there is no reference of the name {uri}").into()),
        }
    }
}

/// Whether a URI without its last part ends where a part ends.
fn ends_part(rest: &str) -> bool {
    rest.ends_with('/')
}

fn collect_names(schema: &serde_json::Value, names: &mut HashSet<Box<str>>) {
    match schema {
        serde_json::Value::Object(members) => {
            for (keyword, value) in members {
                if let (true, Some(properties)) = (keyword == "properties", value.as_object()) {
                    names.extend(properties.keys().map(|name| name.as_str().into()));
                }
                collect_names(value, names);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        _ => {}
    }
}

fn most_branches(schema: &serde_json::Value) -> usize {
    match schema {
        serde_json::Value::Object(members) => {
            let own = ["anyOf", "oneOf"].iter().filter_map(|keyword| members.get(*keyword)?.as_array().map(Vec::len));
            own.chain(members.values().map(most_branches)).max().unwrap_or(0)
        }
        serde_json::Value::Array(items) => items.iter().map(most_branches).max().unwrap_or(0),
        _ => 0,
    }
}

fn reread(text: &str) -> Result<serde_json::Value, String> {
    json::read(text).map(|node| bundle::value(&node)).map_err(|malformed| malformed.message)
}

// === Telling ===

impl Built {
    /// Whether it may be asked what is wrong. That something is, the reference finds out in bounded time; for saying
    /// what, it tries all alternatives within alternatives.
    fn can_explain(&self, deepest: usize) -> bool {
        let deepest = u32::try_from(deepest).unwrap_or(u32::MAX);
        self.branches < 2 || self.branches.checked_pow(deepest).is_some_and(|ways| ways <= MAX_WAYS)
    }

    fn flaw(&self, error: &ValidationError<'_>, payload: &str) -> Flaw {
        let bytes = payload.as_bytes();
        let mut at = scan::blanks(bytes, 0);
        let mut path = String::new();
        for segment in error.instance_path() {
            let found = match &segment {
                LocationSegment::Property(name) => member(payload, at, name),
                LocationSegment::Index(index) => item(payload, at, *index).map(|at| (*index, at)),
            };
            let Some((index, next)) = found else { break };
            match segment {
                LocationSegment::Property(name) if self.names.contains(&*name) => {
                    path.push_str(if path.is_empty() { "" } else { "." });
                    path.push_str(&name);
                }
                LocationSegment::Property(_) => path.push_str(&format!("{{{index}}}")),
                LocationSegment::Index(_) => path.push_str(&format!("[{index}]")),
            }
            at = next;
        }
        Flaw { offset: at, path, what: what(error.kind()) }
    }
}

/// Which member of the object at `at` it is, and where its value stands.
fn member(payload: &str, at: usize, name: &str) -> Option<(usize, usize)> {
    let bytes = payload.as_bytes();
    let mut at = scan::blanks(bytes, at + 1);
    for index in 0.. {
        let key: Quoted = scan::text(bytes, at + 1)?;
        let value = scan::blanks(bytes, scan::blanks(bytes, key.end + 1) + 1);
        if text::content(payload, key) == name {
            return Some((index, value));
        }
        at = next(bytes, value)?;
    }
    None
}

/// Where an item of the array at `at` stands.
fn item(payload: &str, at: usize, index: usize) -> Option<usize> {
    let bytes = payload.as_bytes();
    (0..index).try_fold(scan::blanks(bytes, at + 1), |at, _| next(bytes, at))
}

/// Past a value and the comma behind it.
fn next(bytes: &[u8], at: usize) -> Option<usize> {
    let comma = scan::blanks(bytes, scan::skip(bytes, at)?);
    (scan::byte(bytes, comma) == b',').then(|| scan::blanks(bytes, comma + 1))
}

/// What is wrong, in words that do not repeat the payload.
fn what(kind: &ValidationErrorKind) -> String {
    use ValidationErrorKind as Kind;
    match kind {
        Kind::Required { property } => format!("the property '{}' is missing", property.as_str().unwrap_or_default()),
        Kind::AdditionalProperties { .. } | Kind::UnevaluatedProperties { .. } => {
            "the object has a property that the schema does not allow".into()
        }
        Kind::AdditionalItems { .. } | Kind::UnevaluatedItems { .. } => {
            "the array has an item that the schema does not allow".into()
        }
        Kind::FalseSchema => "the schema allows no value here".into(),
        Kind::Type { .. } => "the value is not of the type that the schema wants".into(),
        Kind::Pattern { pattern } => format!("the text does not match the pattern '{pattern}'"),
        Kind::Format { format } => format!("the text does not have the format '{format}'"),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            format!("the value fits none of {} alternatives", context.len())
        }
        Kind::OneOfMultipleValid { context } => {
            format!("the value fits more than one of {} alternatives", context.len())
        }
        Kind::Enum { .. } | Kind::Constant { .. } => "the value is none of those that the schema lists".into(),
        kind => format!("the value does not obey '{}'", kind.keyword()),
    }
}
