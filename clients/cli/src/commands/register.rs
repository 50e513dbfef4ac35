//! `register`: schemas become versions, what others need before them, with the versions that they stand on pinned.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use tidegate_api::{Reference, RegisterRequest};

use crate::args::Global;
use crate::baseline::Baseline;
use crate::commands::from_root;
use crate::exit::Exit;
use crate::local::{Document, Library, Link, Target};
use crate::plan::again;
use crate::project::Project;
use crate::registry::Connection;
use crate::terminal::{Sign, Terminal, Tone, wrapped};
use crate::tree;
use crate::trouble::{Result, Trouble};
use crate::words::{counted, shown};

pub(super) fn run(
    project: &Project,
    paths: &[PathBuf],
    dry_run: bool,
    global: &Global,
    terminal: &Terminal,
) -> Result<Exit> {
    let paths = from_root(project, paths)?;
    let library = Library::of(project, tree::files(&project.root, &|path| project.rule_of(path).is_some())?);
    if !library.flaws.is_empty() {
        return Err(Trouble::usage("the files can't be registered as they are")
            .help("`tidegate check --against none` shows why"));
    }
    let is_meant = |document: &Document| {
        paths.is_empty()
            || paths.iter().any(|path| {
                let file = &document.path;
                path.is_empty()
                    || file == path
                    || file.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'))
            })
    };
    let mut wanted: HashSet<usize> =
        library.documents.iter().enumerate().filter(|(_, document)| is_meant(document)).map(|(at, _)| at).collect();
    // What is needed comes along.
    for at in library.order.iter().rev() {
        if wanted.contains(at) {
            wanted.extend(library.targets(*at));
        }
    }
    let order: Vec<usize> = library.order.iter().copied().filter(|at| wanted.contains(at)).collect();
    let connection = Connection::open(Some(project), global, None)?;
    let baseline = Baseline::allowed(&connection, project, &library)?;
    let mut run =
        Run { project, library: &library, baseline: &baseline, connection: &connection, versions: HashMap::new() };
    let mut tally = Tally::default();
    // What was refused, and what stands on that.
    let mut lacking: HashSet<usize> = HashSet::new();
    for at in &order {
        let Some(document) = library.documents.get(*at) else { continue };
        let subject = shown(&document.subject);
        if let Some(other) = library.targets(*at).find(|other| lacking.contains(other)) {
            lacking.insert(*at);
            tally.untried += 1;
            let other = library.documents.get(other).map(|other| shown(&other.subject)).unwrap_or_default();
            let mark = terminal.paint(Tone::Quiet, "-");
            terminal.print(&format!("  {mark} {subject} not tried: it stands on {other}\n"));
            continue;
        }
        match run.register(*at, document, dry_run) {
            Ok(Outcome::Same(version)) => {
                tally.same += 1;
                if terminal.verbose {
                    terminal.mention(&format!("  = {subject} is version {version}\n"));
                }
            }
            Ok(Outcome::New(told)) => {
                tally.registered += 1;
                let mark = terminal.paint(Tone::Good, "+");
                terminal.mention(&format!("  {mark} {subject} {told}\n"));
            }
            Err(trouble) => {
                lacking.insert(*at);
                let is_refused = trouble.exit == Exit::Findings;
                *match is_refused {
                    true => &mut tally.refused,
                    false if trouble.is_forbidden => &mut tally.forbidden,
                    false => &mut tally.failed,
                } += 1;
                let mark = terminal.paint(Tone::Bad, terminal.sign(Sign::Bad));
                let told = wrapped(&shown(&trouble.message), terminal.width.saturating_sub(6)).join("\n      ");
                terminal.print(&format!("  {mark} {subject}\n      {told}\n"));
                // Whoever gives no answer gives none to the next question, either. What may not be done to one subject may
                // be done to another.
                if !is_refused && !trouble.is_forbidden {
                    tally.untried += order.len() - tally.all();
                    terminal.print(&tally.text(dry_run));
                    // What was refused before is told all the same, and weighs more.
                    return Ok(if tally.refused > 0 { Exit::Findings } else { trouble.exit });
                }
            }
        }
    }
    if lacking.is_empty() {
        terminal.mention(&tally.text(dry_run));
    } else {
        terminal.print(&tally.text(dry_run));
    }
    Ok(match (tally.refused, tally.forbidden) {
        (0, 0) => Exit::Clean,
        (0, _) => Exit::Trouble,
        _ => Exit::Findings,
    })
}

/// What came of all of them.
#[derive(Debug, Default)]
struct Tally {
    registered: usize,
    same: usize,
    refused: usize,
    /// Who asks may not do it.
    forbidden: usize,
    failed: usize,
    untried: usize,
}

impl Tally {
    fn all(&self) -> usize {
        self.registered + self.same + self.refused + self.forbidden + self.failed + self.untried
    }

    fn text(&self, dry_run: bool) -> String {
        let verb = if dry_run { "would be registered" } else { "registered" };
        let mut text = format!("{} {verb}, {} already there", counted(self.registered, "schema"), self.same);
        for (count, what) in [
            (self.refused, "refused"),
            (self.forbidden, "not allowed"),
            (self.failed, "failed"),
            (self.untried, "not tried"),
        ] {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        text + ".\n"
    }
}

struct Run<'r> {
    project: &'r Project,
    library: &'r Library,
    baseline: &'r Baseline,
    connection: &'r Connection,
    /// The version that each document has, once it is known; nothing for those that are only tried.
    versions: HashMap<usize, Option<i32>>,
}

enum Outcome {
    Same(i32),
    New(String),
}

impl Run<'_> {
    fn register(&mut self, at: usize, document: &Document, dry_run: bool) -> Result<Outcome> {
        let mut request = RegisterRequest {
            schema_type: Some(document.kind.as_str().to_owned()),
            schema: Some(document.text.to_string()),
            ..RegisterRequest::default()
        };
        if let Some(trouble) = self.baseline.forbidden.get(&document.subject) {
            return Err(trouble.clone());
        }
        let contract = document.beside(self.project).map_err(|trouble| trouble.with_exit(Exit::Findings))?;
        let latest = self.baseline.latest(&document.subject);
        let contract = contract.after(latest);
        // Without a contract any version of the text will do: then it is there.
        let newer = latest.and_then(|latest| latest.number).filter(|_| !contract.is_silent());
        (request.metadata, request.rule_set) = (contract.metadata.clone(), contract.rule_set.clone());
        let references = self.references(document)?;
        let is_open = references.is_none();
        request.references = references.filter(|references| !references.is_empty());
        let client = &self.connection.client;
        // Something that it stands on would be new, so this is as well.
        if is_open {
            self.versions.insert(at, None);
            return Ok(Outcome::New("(after what it stands on)".to_owned()));
        }
        match self.connection.ask(client.find(&document.subject, &request)) {
            Ok(found) => {
                let older = latest.zip(newer.filter(|latest| found.version < *latest));
                let version = match older {
                    None => found.version,
                    // With what the file does not speak of, it is the latest: only that was said later.
                    Some((latest, number)) if *latest.text == *found.schema && contract.is_that_of(latest) => number,
                    Some((_, number)) => {
                        return Err(Trouble::usage(again::words(found.version, number)).with_exit(Exit::Findings));
                    }
                };
                self.versions.insert(at, Some(version));
                return Ok(Outcome::Same(version));
            }
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(self.connection.refusal(error)),
        }
        if dry_run {
            self.versions.insert(at, None);
            return Ok(Outcome::New(String::new()));
        }
        let registered = self
            .connection
            .ask(client.register(&document.subject, &request))
            .map_err(|error| self.connection.refusal(error))?;
        let version = match registered.version {
            Some(version) => version,
            // Older registries tell the id only.
            None => self.connection.wait(client.find(&document.subject, &request))?.version,
        };
        self.versions.insert(at, Some(version));
        Ok(Outcome::New(format!("version {version} (id {})", registered.id)))
    }

    /// What the text refers to, with versions; `None` when one of them is only tried.
    fn references(&self, document: &Document) -> Result<Option<Vec<Reference>>> {
        let mut references = Vec::new();
        for Link { need, target } in &document.links {
            let (subject, version) = match target {
                Target::Here(other) => {
                    let subject = self.library.documents.get(*other).map(|other| other.subject.clone());
                    match (subject, self.versions.get(other)) {
                        (Some(subject), Some(Some(version))) => (subject, *version),
                        _ => return Ok(None),
                    }
                }
                Target::Elsewhere if !self.project.asks_registry => {
                    let message = format!(
                        "`{}` is defined in no file, and `references.resolve` says to look nowhere else",
                        need.written
                    );
                    return Err(Trouble::usage(message).with_exit(Exit::Findings));
                }
                Target::Elsewhere => {
                    let subject = self.baseline.subject_of(self.project, need, &document.subject);
                    let version = subject.as_deref().and_then(|subject| self.baseline.latest(subject)?.number);
                    match (subject, version) {
                        (Some(subject), Some(version)) => (subject, version),
                        // It may well be there.
                        _ if let Some(trouble) = self.baseline.hidden(need) => return Err(trouble.clone()),
                        _ => {
                            let message =
                                format!("`{}` is defined neither in a file nor in the registry", need.written);
                            return Err(Trouble::usage(message).with_exit(Exit::Findings));
                        }
                    }
                }
            };
            let name = need.names.first().cloned();
            references.push(Reference { name, subject: Some(subject), version: Some(version) });
        }
        Ok(Some(references))
    }
}
