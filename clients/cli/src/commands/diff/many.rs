//! What is different between all schemas of two places: folders, commits, snapshots, registries? One difference for each subject
//! that the project has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tidegate_compat::{Parsed, Policy, Predecessor, Strictness, explain, parse};

use super::{Side, text, told};
use crate::args::{DiffArgs, Global};
use crate::baseline::{Baseline, Ground};
use crate::commands::from_root;
use crate::exit::Exit;
use crate::local::Library;
use crate::project::Project;
use crate::terminal::{Sign, Terminal, Tone};
use crate::tree;
use crate::trouble::{Result, Trouble};
use crate::words::{counted, shown};

/// Whether a name means many schemas: a folder, or a ground as for `--against`.
pub(super) fn is_many(name: &str) -> bool {
    match Ground::parse(name) {
        // `git:main:schemas/order.avsc` is one of them.
        Ok(Ground::Git(revision)) => !revision.contains(':'),
        // And so is `registry@prod:orders-value@3`.
        Ok(Ground::Registry(Some(name))) => !name.contains(':'),
        Ok(Ground::None) | Err(_) => Path::new(name).is_dir(),
        Ok(_) => true,
    }
}

/// The schemas of a place, by subject.
struct Place {
    name: String,
    schemas: BTreeMap<String, std::result::Result<Parsed, String>>,
    /// Whether what is missing here is gone, and not only of no concern to this project.
    is_whole: bool,
    /// The subjects below the folder that was named, if one was.
    within: Option<BTreeSet<String>>,
}

pub(super) fn run(project: Option<&Project>, args: &DiffArgs, global: &Global, terminal: &Terminal) -> Result<Exit> {
    let Some(project) = project else {
        return Err(Trouble::usage("which files are which subjects a project file says, and there is none here")
            .help("`tidegate init` writes one; two files by themselves need none"));
    };
    for name in [&args.old, &args.new] {
        if !is_many(name) {
            return Err(Trouble::usage(format!("`{}` is one schema, and the other side means many", shown(name)))
                .help("a folder, git:REVISION, dir:FOLDER, snapshot:FILE, registry or registry@NAME"));
        }
    }
    let library = Library::of(project, tree::files(&project.root, &|path| project.rule_of(path).is_some())?);
    let old = place(project, &library, &args.old, global)?;
    let new = place(project, &library, &args.new, global)?;
    let mut subjects: BTreeSet<&String> = library.documents.iter().map(|document| &document.subject).collect();
    subjects.extend([&old, &new].into_iter().filter(|place| place.is_whole).flat_map(|place| place.schemas.keys()));
    let limits: Vec<&BTreeSet<String>> = [&old, &new].into_iter().filter_map(|place| place.within.as_ref()).collect();
    let is_meant = |subject: &&String| limits.is_empty() || limits.iter().any(|within| within.contains(*subject));
    let mut told = Told { terminal, text: String::new(), json: Vec::new(), counts: [0; 4] };
    for subject in subjects.into_iter().filter(is_meant) {
        told.subject(subject, (&old.name, old.schemas.get(subject)), (&new.name, new.schemas.get(subject)));
    }
    terminal.print(&if args.json {
        told.into_json(&old.name, &new.name)?
    } else {
        told.into_text(&old.name, &new.name)
    });
    Ok(Exit::Clean)
}

fn place(project: &Project, library: &Library, name: &str, global: &Global) -> Result<Place> {
    let path = Path::new(name);
    let below = path.is_dir().then(|| from_root(project, &[PathBuf::from(name)]).ok()?.pop()).flatten();
    if let Some(folder) = below {
        let is_below = |file: &str| {
            folder.is_empty() || file.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        let mut schemas = BTreeMap::new();
        for (at, document) in library.documents.iter().enumerate().filter(|(_, it)| is_below(&it.path)) {
            let closure = library.closure(at).here;
            let parsed = parse(document.kind, &document.text, &closure, Strictness::Lenient);
            schemas.insert(document.subject.clone(), parsed.map_err(|malformed| malformed.message));
        }
        let within = (!folder.is_empty()).then(|| schemas.keys().cloned().collect());
        return Ok(Place { name: shown(name), schemas, is_whole: true, within });
    }
    let ground = match Ground::parse(name) {
        Ok(ground) => ground,
        Err(_) => Ground::Folder(name.to_owned()),
    };
    let baseline = Baseline::get(&ground, project, library, global)?;
    let mut schemas = BTreeMap::new();
    for (subject, history) in &baseline.subjects {
        let Some(latest) = history.versions.last() else { continue };
        let parsed = match baseline.closure(subject, latest) {
            Ok(closure) => parse(latest.kind, &latest.text, &closure, Strictness::Lenient).map_err(|it| it.message),
            Err(missing) => Err(format!("it stands on {missing}, which is not there")),
        };
        schemas.insert(subject.clone(), parsed);
    }
    Ok(Place { name: shown(&baseline.name), schemas, is_whole: baseline.is_own_past, within: None })
}

/// One side of a subject: the name of the place, and what it has.
type Half<'p> = (&'p str, Option<&'p std::result::Result<Parsed, String>>);

struct Told<'t> {
    terminal: &'t Terminal,
    text: String,
    json: Vec<Value>,
    /// New ones, gone ones, changed ones, and those that are the same.
    counts: [usize; 4],
}

impl Told<'_> {
    fn subject(&mut self, subject: &str, (old_name, old): Half<'_>, (new_name, new): Half<'_>) {
        let name = shown(subject);
        match (old, new) {
            (None, None) => {}
            (None, Some(_)) => self.line(0, (Tone::Good, "+"), subject, "new", None),
            (Some(_), None) => self.line(1, (Tone::Bad, "-"), subject, "gone", None),
            (Some(Ok(old)), Some(Ok(new))) => {
                if old.identity() == new.identity() && old.is_equivalent(new) {
                    self.counts[3] += 1;
                    return;
                }
                self.counts[2] += 1;
                let side = |place: &str, parsed: &Parsed| Side { name: place.to_owned(), parsed: parsed.clone() };
                let (old, new) = (side(old_name, old), side(new_name, new));
                let history = [Predecessor { version: None, schema: old.parsed.clone() }];
                let explanation = explain(&new.parsed, &history, Policy::default());
                self.text.push_str(&format!("{}: ", self.terminal.paint(Tone::Strong, &name)));
                self.text.push_str(&text(&old, &new, &explanation, self.terminal));
                self.text.push('\n');
                self.json.push(
                    json!({"subject": subject, "state": "changed", "difference": told(&old, &new, &explanation)}),
                );
            }
            (old, new) => {
                let broken = [(old_name, old), (new_name, new)].into_iter();
                let why = broken.filter_map(|(place, side)| Some(format!("{place}: {}", side?.as_ref().err()?)));
                let why = format!("can't be read in {}", why.collect::<Vec<_>>().join(" and in "));
                self.line(2, (Tone::Bad, self.terminal.sign(Sign::Bad)), subject, "unreadable", Some(why));
            }
        }
    }

    fn line(&mut self, count: usize, (tone, mark): (Tone, &str), subject: &str, state: &str, why: Option<String>) {
        if let Some(count) = self.counts.get_mut(count) {
            *count += 1;
        }
        let told = shown(why.as_deref().unwrap_or(state));
        self.text.push_str(&format!("{} {} {told}\n\n", self.terminal.paint(tone, mark), shown(subject)));
        let mut line = json!({"subject": subject, "state": state});
        if let Some(why) = why {
            line["why"] = why.into();
        }
        self.json.push(line);
    }

    fn into_text(self, old: &str, new: &str) -> String {
        let [added, gone, changed, same] = self.counts;
        let arrow = self.terminal.sign(Sign::Arrow);
        let changed = counted(changed, "subject");
        format!("{old} {arrow} {new}\n\n{}{changed} changed, {added} new, {gone} gone, {same} the same.\n", self.text)
    }

    fn into_json(self, old: &str, new: &str) -> Result<String> {
        let [added, gone, changed, same] = self.counts;
        let told = json!({
            "schema": "https://tidegate.dev/diffs/v1", "old": old, "new": new, "subjects": self.json,
            "summary": {"new": added, "gone": gone, "changed": changed, "same": same},
        });
        serde_json::to_string_pretty(&told).map(|text| text + "\n").map_err(|error| Trouble::usage(error.to_string()))
    }
}
