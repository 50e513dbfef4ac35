//! `test`: do the examples of records do what their names say? Beside each schema, `order.ok.json` must obey it and
//! `order.no-total.bad.json` must not.

use std::path::PathBuf;

use tidegate_compat::{Strictness, parse};

use crate::commands::from_root;
use crate::exit::Exit;
use crate::fixtures::Folders;
use crate::local::Library;
use crate::project::Project;
use crate::records::Records;
use crate::terminal::{Sign, Terminal, Tone, wrapped};
use crate::tree;
use crate::trouble::{Result, Trouble};
use crate::words::{counted, shown};

pub(super) fn run(project: &Project, paths: &[PathBuf], terminal: &Terminal) -> Result<Exit> {
    let paths = from_root(project, paths)?;
    if let Some(path) = paths.iter().find(|path| !project.root.join(path).exists()) {
        return Err(Trouble::usage(format!("there is no `{}`", shown(path))));
    }
    let files = tree::files(&project.root, &|path| project.rule_of(path).is_some())?;
    let library = Library::of(project, files);
    let (mut good, mut bad, mut with) = (0, 0, 0);
    let mut folders = Folders::default();
    for (at, document) in library.documents.iter().enumerate() {
        let is_below = |path: &String| {
            path.is_empty()
                || document
                    .path
                    .strip_prefix(path.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let examples = folders.examples(&project.root, &document.path)?;
        if examples.is_empty() || !(paths.is_empty() || paths.iter().any(is_below)) {
            continue;
        }
        with += 1;
        let closure = library.closure(at);
        let schema = parse(document.kind, &document.text, &closure.here, Strictness::Lenient).map_err(|malformed| {
            Trouble::usage(format!("{} can't be read: {malformed}", shown(&document.path)))
                .with_exit(Exit::Findings)
                .help("`tidegate check --against none` shows where")
        })?;
        let contract = document.contract(project)?;
        let records = Records::of(&schema, &contract)
            .map_err(|why| Trouble::usage(format!("{}: {why}", shown(&document.path))))?;
        for left in records.not_checkable() {
            terminal.complain(&format!("note: {}: not run here: {}\n", shown(&document.path), shown(&left)));
        }
        for example in examples {
            let flaws = example.flaws(&project.root, &schema, &records)?;
            let told = match (example.is_good, flaws.as_slice()) {
                (true, []) | (false, [_, ..]) => {
                    good += 1;
                    if terminal.verbose {
                        let sign = terminal.paint(Tone::Good, terminal.sign(Sign::Good));
                        let why = flaws.first().map(|flaw| format!(": {flaw}")).unwrap_or_default();
                        terminal.print(&format!("{sign} {}{}\n", shown(&example.name), shown(&why)));
                    }
                    continue;
                }
                (true, flaws) => flaws.join("\n"),
                (false, []) => "it is good, and its name says that it is bad".to_owned(),
            };
            bad += 1;
            let sign = terminal.paint(Tone::Bad, terminal.sign(Sign::Bad));
            let told: Vec<String> = wrapped(&told, terminal.width.saturating_sub(4))
                .iter()
                .map(|line| format!("    {}\n", shown(line)))
                .collect();
            terminal.print(&format!("{sign} {}\n{}", shown(&example.name), told.concat()));
        }
    }
    if !terminal.quiet {
        terminal.print(&format!(
            "{} as they should be, {bad} not, of {}.\n",
            counted(good, "example"),
            counted(with, "schema")
        ));
    }
    Ok(if bad > 0 { Exit::Findings } else { Exit::Clean })
}
