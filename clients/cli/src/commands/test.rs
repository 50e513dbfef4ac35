//! `test`: do the examples of records do what their names say? Beside each schema, `order.ok.json` must obey it and
//! `order.no-total.bad.json` must not.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use tidegate_api as api;
use tidegate_compat::{Contract, Parsed, Strictness, parse};

use crate::commands::from_root;
use crate::exit::Exit;
use crate::local::{Document, Library};
use crate::project::Project;
use crate::records::{Records, contract, from_hex};
use crate::terminal::{Sign, Terminal, Tone, wrapped};
use crate::tree;
use crate::trouble::{Result, Trouble, on_file};
use crate::words::{counted, shown};

/// The largest example that is read.
const MAX_EXAMPLE: u64 = 64 << 20;

/// Metadata and rules beside a schema, in the words of a registration.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ContractFile {
    metadata: Option<api::Metadata>,
    rule_set: Option<api::RuleSet>,
}

pub(super) fn run(project: &Project, paths: &[PathBuf], terminal: &Terminal) -> Result<Exit> {
    let paths = from_root(project, paths)?;
    if let Some(path) = paths.iter().find(|path| !project.root.join(path).exists()) {
        return Err(Trouble::usage(format!("there is no `{}`", shown(path))));
    }
    let files = tree::files(&project.root, &|path| project.rule_of(path).is_some())?;
    let library = Library::of(project, files);
    let (mut good, mut bad, mut with) = (0, 0, 0);
    for (at, document) in library.documents.iter().enumerate() {
        let is_below = |path: &String| {
            path.is_empty()
                || document
                    .path
                    .strip_prefix(path.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let examples = examples(&project.root, &document.path)?;
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
        let contract = contract_of(project, document)?;
        let records = Records::of(&schema, &contract)
            .map_err(|why| Trouble::usage(format!("{}: {why}", shown(&document.path))))?;
        for left in records.not_checkable() {
            terminal.complain(&format!("note: {}: not run here: {}\n", shown(&document.path), shown(&left)));
        }
        for example in examples {
            let flaws = example.flaws(&schema, &records)?;
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

/// A record beside a schema.
struct Example {
    /// Its path from the root of the project.
    name: String,
    place: PathBuf,
    is_good: bool,
}

impl Example {
    /// What is wrong with it. JSON is encoded first, and what can't be encoded is wrong.
    fn flaws(&self, schema: &Parsed, records: &Records) -> Result<Vec<String>> {
        let failed = |error: std::io::Error| on_file(&self.place, "read", &error);
        if std::fs::metadata(&self.place).map_err(failed)?.len() > MAX_EXAMPLE {
            return Err(Trouble::usage(format!("{} is larger than 64 MiB", shown(&self.name))));
        }
        let bytes = std::fs::read(&self.place).map_err(failed)?;
        let payload = match self.place.extension().and_then(|ending| ending.to_str()) {
            Some("hex") => from_hex(&bytes)
                .ok_or_else(|| Trouble::usage(format!("{} is not pairs of hex digits", shown(&self.name))))?,
            Some("json") => {
                let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(vec!["it is not UTF-8".to_owned()]) };
                match schema.encode(text) {
                    Ok(payload) => payload,
                    Err(flaw) => return Ok(vec![flaw.to_string()]),
                }
            }
            _ => bytes,
        };
        Ok(records.flaws(&payload, false))
    }
}

/// The name of a schema file without its ending, and its folder.
fn stem(path: &str) -> (&str, &str) {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    (folder, name.rsplit_once('.').map_or(name, |(stem, _)| stem))
}

fn examples(root: &Path, path: &str) -> Result<Vec<Example>> {
    let (folder, stem) = stem(path);
    let place = root.join(folder);
    let entries = std::fs::read_dir(&place).map_err(|error| on_file(&place, "read", &error))?;
    let mut examples = Vec::new();
    for entry in entries.filter_map(std::result::Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(rest) = name.strip_prefix(stem).and_then(|rest| rest.strip_prefix('.')) else { continue };
        let Some((rest, "json" | "hex" | "bin")) = rest.rsplit_once('.') else { continue };
        let is_good = match rest.rsplit('.').next() {
            Some("ok") => true,
            Some("bad") => false,
            _ => continue,
        };
        let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        examples.push(Example { name, place: entry.path(), is_good });
    }
    examples.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(examples)
}

/// What stands in `order.contract.json` beside `order.avsc`; nothing without such a file.
fn contract_of(project: &Project, document: &Document) -> Result<Contract> {
    let (folder, stem) = stem(&document.path);
    let place = project.root.join(folder).join(format!("{stem}.contract.json"));
    if !place.is_file() {
        return Ok(Contract::default());
    }
    let text = std::fs::read_to_string(&place).map_err(|error| on_file(&place, "read", &error))?;
    let unfit = |why: String| Trouble::usage(format!("{} is no contract: {why}", place.display()));
    let file: ContractFile = serde_json::from_str(&text).map_err(|error| unfit(error.to_string()))?;
    contract(file.metadata, file.rule_set).map_err(unfit)
}
