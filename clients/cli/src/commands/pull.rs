//! `pull`: what the registry has becomes files, so that an estate that is there can be kept in a repository.

use std::collections::{BTreeSet, HashMap};

use crate::args::Global;
use crate::baseline::laid_out;
use crate::commands::write;
use crate::exit::Exit;
use crate::local::Library;
use crate::project::Project;
use crate::registry::Connection;
use crate::terminal::{Terminal, Tone};
use crate::tree;
use crate::trouble::Result;
use crate::words::{counted, shown};
use tidegate_api::ListedSchema;
use tidegate_compat::{SchemaKind, Strictness, parse};

/// What is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    /// Also subjects that have no file yet.
    pub(super) all: bool,
    /// Also what those that are written stand on.
    pub(super) split: bool,
    pub(super) dry_run: bool,
}

pub(super) fn run(project: &Project, wish: Wish, global: &Global, terminal: &Terminal) -> Result<Exit> {
    let Wish { all, split, dry_run } = wish;
    let library = Library::of(project, tree::files(&project.root, &|path| project.rule_of(path).is_some())?);
    let connection = Connection::open(Some(project), global, None)?;
    let (mut written, mut homeless) = (0, 0);
    let known: BTreeSet<&str> = library.documents.iter().map(|document| document.subject.as_str()).collect();
    let latest = connection.wait(connection.client.latest(":*:"))?;
    let needed = if split { needed(&latest, &known) } else { BTreeSet::new() };
    for schema in latest {
        let schema = schema.schema;
        let is_known = known.contains(schema.subject.as_str());
        if !is_known && !all && !needed.contains(&schema.subject) {
            continue;
        }
        let kind = SchemaKind::parse(&schema.schema_type).unwrap_or_default();
        let text = laid_out(kind, &schema.schema.as_str().into());
        let at = library.position(&schema.subject);
        let document = at.and_then(|at| library.documents.get(at));
        let path = match document {
            Some(document) => {
                let closure = at.map(|at| library.closure(at).here).unwrap_or_default();
                let read =
                    |text: &str| parse(kind, text, &closure, Strictness::Lenient).map(|parsed| parsed.identity());
                // What says the same is left as its authors wrote it.
                let is_same = document.kind == kind
                    && (*document.text == *text || read(&document.text).is_ok_and(|here| read(&text) == Ok(here)));
                if is_same {
                    continue;
                }
                document.path.clone()
            }
            None => match project.path_of(&schema.subject, kind) {
                Some(path) => path,
                None => {
                    homeless += 1;
                    continue;
                }
            },
        };
        written += 1;
        if !dry_run {
            let text = if text.ends_with('\n') { text.to_string() } else { format!("{text}\n") };
            write(&project.root.join(&path), text.as_bytes())?;
        }
        let mark =
            if document.is_some() { terminal.paint(Tone::Careful, "~") } else { terminal.paint(Tone::Good, "+") };
        terminal.mention(&format!(
            "  {mark} {} ({} version {})\n",
            shown(&path),
            shown(&schema.subject),
            schema.version
        ));
    }
    let verb = if dry_run { "would be written" } else { "written" };
    let left = if homeless > 0 {
        format!("; no rule says where {} would be", counted(homeless, "subject"))
    } else {
        String::new()
    };
    terminal.mention(&format!("{} {verb}{left}.\n", counted(written, "file")));
    Ok(Exit::Clean)
}

/// Subjects that these stand on, directly and through others, as their latest versions have it.
fn needed(latest: &[ListedSchema], known: &BTreeSet<&str>) -> BTreeSet<String> {
    let references: HashMap<&str, Vec<&str>> = latest
        .iter()
        .map(|listed| {
            let targets = listed.schema.references.iter().filter_map(|reference| reference.subject.as_deref());
            (listed.schema.subject.as_str(), targets.collect())
        })
        .collect();
    let mut open: Vec<&str> = known.iter().copied().collect();
    let mut needed = BTreeSet::new();
    while let Some(subject) = open.pop() {
        for target in references.get(subject).into_iter().flatten() {
            if !known.contains(target) && needed.insert((*target).to_owned()) {
                open.push(target);
            }
        }
    }
    needed
}
