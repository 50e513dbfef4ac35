//! Do the examples of records beside a schema do what their names say? `order.ok.json` must obey it and its contract,
//! `order.no-total.bad.json` must not.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use tidegate_compat::{Contract, Parsed, Resolved, Rules, Strictness, parse};

use crate::baseline::Baseline;
use crate::contracts::{CONTRACT, stem};
use crate::doubts::doubts;
use crate::finding::plain;
use crate::local::{Document, Library};
use crate::project::Project;
use crate::records::{Records, from_hex};
use crate::report::Finding;
use crate::rules;
use crate::tree;
use crate::trouble::{Result, Trouble, on_file};
use crate::words::shown;

/// The largest example that is read.
const MAX_EXAMPLE: u64 = 64 << 20;

/// A record beside a schema.
pub(crate) struct Example {
    /// Its path from the root of the project.
    pub(crate) name: String,
    pub(crate) is_good: bool,
}

impl Example {
    /// What is wrong with it. JSON is encoded first, and what can't be encoded is wrong.
    pub(crate) fn flaws(&self, root: &Path, schema: &Parsed, records: &Records) -> Result<Vec<String>> {
        let unfit = |why: String| Trouble::usage(format!("{} can't be read: {why}", shown(&self.name)));
        let bytes = tree::bytes(root, &self.name, MAX_EXAMPLE).map_err(unfit)?;
        let bytes = bytes.ok_or_else(|| unfit("it is gone".to_owned()))?;
        let payload = match self.name.rsplit('.').next() {
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

/// Whether a file is an example of a schema file, or its contract.
pub(crate) fn is_beside(schema: &str, path: &str) -> bool {
    let ((folder, stem), (of_folder, name)) = (stem(schema), path.rsplit_once('/').unwrap_or(("", path)));
    let rest = name.strip_prefix(stem).filter(|_| folder == of_folder).and_then(|rest| rest.strip_prefix('.'));
    rest.is_some_and(|rest| rest == CONTRACT || is_example(rest).is_some())
}

/// Whether an example is good, by what stands behind the name of the schema; nothing for what is none.
fn is_example(rest: &str) -> Option<bool> {
    let (rest, "json" | "hex" | "bin") = rest.rsplit_once('.')? else { return None };
    match rest.rsplit('.').next() {
        Some("ok") => Some(true),
        Some("bad") => Some(false),
        _ => None,
    }
}

/// What lies in folders; each is read once.
#[derive(Default)]
pub(crate) struct Folders(HashMap<String, Vec<String>>);

impl Folders {
    /// The examples beside a schema file, by name.
    pub(crate) fn examples(&mut self, root: &Path, path: &str) -> Result<Vec<Example>> {
        let (folder, stem) = stem(path);
        let mut examples = Vec::new();
        for name in self.names(root, folder)? {
            let Some(rest) = name.strip_prefix(stem).and_then(|rest| rest.strip_prefix('.')) else { continue };
            let Some(is_good) = is_example(rest) else { continue };
            let name = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            examples.push(Example { name, is_good });
        }
        examples.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(examples)
    }

    /// Whether a contract lies beside a schema file.
    fn has_contract(&mut self, root: &Path, path: &str) -> bool {
        let (folder, stem) = stem(path);
        let wanted = format!("{stem}.{CONTRACT}");
        self.names(root, folder).is_ok_and(|names| names.contains(&wanted))
    }

    fn names(&mut self, root: &Path, folder: &str) -> Result<&[String]> {
        if !self.0.contains_key(folder) {
            let place = root.join(folder);
            let entries = std::fs::read_dir(&place).map_err(|error| on_file(&place, "read", &error))?;
            let names = entries.filter_map(std::result::Result::ok);
            let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
            // Schemas themselves are most of what lies there.
            let names =
                names.filter(|name| name.contains(".ok.") || name.contains(".bad.") || name.ends_with(CONTRACT));
            self.0.insert(folder.to_owned(), names.collect());
        }
        Ok(self.0.get(folder).map(Vec::as_slice).unwrap_or_default())
    }
}

/// What came of all examples.
#[derive(Default)]
pub(crate) struct Tried {
    pub(crate) findings: Vec<Finding>,
    pub(crate) examples: usize,
    /// Examples of schemas that stand on what is neither in a file nor in a ground.
    pub(crate) left_out: usize,
    /// Such schemas whose rules could not be judged.
    pub(crate) unjudged: usize,
}

/// Tries the examples of the selected documents. A schema that can't be read is told elsewhere.
pub(crate) fn tried(project: &Project, library: &Library, baselines: &[Baseline], selected: &HashSet<usize>) -> Tried {
    let mut tried = Tried::default();
    let mut folders = Folders::default();
    let in_order: BTreeMap<usize, &Document> =
        library.documents.iter().enumerate().filter(|(at, _)| selected.contains(at)).collect();
    for (at, document) in in_order {
        let Ok(examples) = folders.examples(&project.root, &document.path) else { continue };
        let has_rules = Rules::are_in(&document.text, &Contract::default());
        if examples.is_empty() && !has_rules && !folders.has_contract(&project.root, &document.path) {
            continue;
        }
        let subject = Some(document.subject.as_str());
        let Some(closure) = closure(project, library, baselines, at) else {
            // Whether the rules make sense can't be told, but whether there are any.
            match document.written(project) {
                Err(trouble) => {
                    let path = &document.path;
                    tried.findings.push(plain(&rules::CONTRACT_UNREADABLE, path, subject, trouble.message, &[]));
                }
                Ok(written) => {
                    let none = Contract::default();
                    let contract = written.map_or(&none, |written| &written.contract);
                    tried.unjudged += usize::from(Rules::are_in(&document.text, contract));
                }
            }
            tried.left_out += examples.len();
            continue;
        };
        let Ok(schema) = parse(document.kind, &document.text, &closure, Strictness::Lenient) else { continue };
        let read = document.written(project).map_err(|trouble| trouble.message).and_then(|written| {
            let none = Contract::default();
            let contract = written.map_or(&none, |written| &written.contract);
            Ok((Records::of(&schema, contract)?, written))
        });
        let records = match read {
            Ok((records, written)) => {
                tried.findings.extend(doubts(document, &schema, written));
                records
            }
            Err(why) => {
                tried.findings.push(plain(&rules::CONTRACT_UNREADABLE, &document.path, subject, why, &[]));
                continue;
            }
        };
        for example in examples {
            tried.examples += 1;
            tried.findings.extend(judged(&project.root, &example, &schema, &records, subject));
        }
    }
    tried
}

/// All that a document stands on, in the files or in a ground; nothing where some of it is in neither.
fn closure(project: &Project, library: &Library, baselines: &[Baseline], at: usize) -> Option<Vec<Resolved>> {
    let document = library.documents.get(at)?;
    let closure = library.closure(at);
    let mut resolved: Vec<Resolved> = Vec::new();
    for need in &closure.elsewhere {
        for found in Baseline::elsewhere(baselines, project, need, &document.subject)? {
            if !resolved.iter().any(|known| known.name == found.name) {
                resolved.push(found);
            }
        }
    }
    resolved.extend(closure.here);
    Some(resolved)
}

fn judged(
    root: &Path,
    example: &Example,
    schema: &Parsed,
    records: &Records,
    subject: Option<&str>,
) -> Option<Finding> {
    let about = [example.name.as_str()];
    let flaws = match example.flaws(root, schema, records) {
        Ok(flaws) => flaws,
        Err(trouble) => return Some(plain(&rules::FIXTURE_WRONG, &example.name, subject, trouble.message, &about)),
    };
    match (example.is_good, flaws.as_slice()) {
        (true, []) | (false, [_, ..]) => None,
        (true, [first, more @ ..]) => {
            let message = format!("the example does not obey its schema and contract: {first}");
            let mut finding = plain(&rules::FIXTURE_WRONG, &example.name, subject, shown(&message), &about);
            finding.notes.extend(more.iter().map(|flaw| shown(flaw)));
            Some(finding.help("mend the example, or name it `.bad` if it is meant to be wrong"))
        }
        (false, []) => {
            let message = "the example obeys its schema and contract, and its name says that it does not";
            let finding = plain(&rules::FIXTURE_TAKEN, &example.name, subject, message, &about);
            Some(finding.help("what it shows is not refused any more: mend the rule, or name it `.ok`"))
        }
    }
}
