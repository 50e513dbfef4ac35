//! `init`: which schemas are there, and what may their subjects be called? A guess to begin with, written for people to
//! correct.

use std::collections::BTreeMap;
use std::path::Path;

use crate::args::Forge;
use crate::commands::{ci, hook, write};
use crate::exit::Exit;
use crate::git;
use crate::local::{Flaw, Library};
use crate::project::{NAME, Project};
use crate::terminal::{Sign, Terminal, Tone};
use crate::tree::{self, Content, TreeFile};
use crate::trouble::{Result, Trouble};
use crate::words::counted;

/// Endings of schema files; of JSON files only those that say that they are schemas.
const ENDINGS: [&str; 3] = ["avsc", "proto", "json"];

/// What is set up as well.
#[derive(Debug, Clone, Copy)]
pub(super) struct More {
    pub(super) hook: bool,
    pub(super) ci: Option<Forge>,
}

pub(super) fn run(named: Option<&Path>, force: bool, more: More, terminal: &Terminal) -> Result<Exit> {
    let path = named.unwrap_or(Path::new(NAME));
    if path.exists() && !force {
        return Err(Trouble::usage(format!("there is a {} already", path.display())).help("--force writes it anew"));
    }
    let root = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let files = tree::files(root, &|path| ENDINGS.contains(&ending(path)))?;
    let files: Vec<TreeFile> = files.into_iter().filter(is_schema).collect();
    let text = text(&rules(&files));
    let project = Project::read(path, text.clone())?;
    let library = Library::of(&project, files);
    write(path, text.as_bytes())?;
    let sign = terminal.paint(Tone::Good, terminal.sign(Sign::Good));
    let mut told = format!("{sign} {} for {}\n", path.display(), counted(library.documents.len(), "schema"));
    for document in library.documents.iter().take(5) {
        let arrow = terminal.sign(Sign::Arrow);
        told.push_str(&format!(
            "  {} {arrow} {}\n",
            crate::words::shown(&document.path),
            crate::words::shown(&document.subject)
        ));
    }
    if library.documents.len() > 5 {
        told.push_str(&format!("  … and {} more\n", library.documents.len() - 5));
    }
    let claimed = library.flaws.iter().filter(|flaw| matches!(flaw, Flaw::Claimed { .. })).count();
    if claimed > 0 {
        let careful = terminal.paint(Tone::Careful, terminal.sign(Sign::Careful));
        told.push_str(&format!(
            "{careful} {} would have a subject that another file has: see `subject`\n",
            counted(claimed, "file")
        ));
    }
    told.push_str("Next: name a registry in it, and try `tidegate check --against git:HEAD`.\n");
    terminal.print(&told);
    // What was asked for is done; what fits here and was not is offered.
    if more.hook {
        hook::install(&project, terminal)?;
    } else if git::hooks(root).is_ok_and(|hooks| !hooks.join("pre-commit").exists()) {
        terminal.print("Before each commit: `tidegate hook install`.\n");
    }
    if let Some(forge) = more.ci {
        ci::init(Some(&project), forge, terminal)?;
    } else if let Some(forge) = forge_of(path) {
        terminal.print(&format!("For every change that is proposed: `tidegate ci init {forge}`.\n"));
    }
    Ok(Exit::Clean)
}

/// Whose pipelines would run here, by where the repository is.
fn forge_of(path: &Path) -> Option<&'static str> {
    let origin = git::origin(path)?.to_lowercase();
    let host = origin.split('#').next().unwrap_or_default();
    ["github", "gitlab"].into_iter().find(|forge| host.contains(forge))
}

fn ending(path: &str) -> &str {
    path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, ending)| ending)
}

fn is_schema(file: &TreeFile) -> bool {
    match &file.content {
        Content::Text(text) if ending(&file.path) == "json" => {
            text.contains("\"$schema\"") && text.contains("json-schema.org")
        }
        Content::Text(_) => true,
        Content::Unreadable(_) => false,
    }
}

/// A pattern and a template for each kind of place where schemas are.
fn rules(files: &[TreeFile]) -> Vec<(String, &'static str)> {
    let mut depths: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for file in files {
        let (top, rest) = file.path.split_once('/').unwrap_or(("", &file.path));
        depths.entry((top, ending(&file.path))).or_default().push(rest.matches('/').count());
    }
    let rule = |((top, ending), depths): ((&str, &str), Vec<usize>)| {
        let top = if top.is_empty() { String::new() } else { format!("{top}/") };
        let is_even = depths.windows(2).all(|pair| pair[0] == pair[1]);
        match depths.first() {
            Some(0) if is_even => (format!("{top}{{name}}.{ending}"), "{name}-value"),
            Some(1) if is_even => (format!("{top}{{domain}}/{{name}}.{ending}"), "{domain}.{name}-value"),
            _ if ending == "json" => (format!("{top}**/{{name}}.{ending}"), "{name}-value"),
            _ => (format!("{top}**/*.{ending}"), "{record.fullname}-value"),
        }
    };
    depths.into_iter().map(rule).collect()
}

fn text(rules: &[(String, &str)]) -> String {
    let mut text = String::from(
        "# Which files are which subjects, and what they are held against. See docs/cli.md.\nversion: 1\n\n\
         # registries:\n#   prod: { url: https://registry.example, token: \"${TIDEGATE_TOKEN}\" }\n\n\
         # The first rule that matches a file counts. {name} captures one segment of the path.\nsubjects:",
    );
    if rules.is_empty() {
        text.push_str(" []\n#  - match: schemas/{domain}/{name}.avsc\n#    subject: \"{domain}.{name}-value\"\n");
        return text;
    }
    text.push('\n');
    for (pattern, subject) in rules {
        let pattern = serde_json::Value::String(pattern.clone()).to_string();
        text.push_str(&format!("  - match: {pattern}\n    subject: \"{subject}\"\n"));
    }
    text
}
