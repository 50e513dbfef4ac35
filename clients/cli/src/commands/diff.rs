//! `diff`: what is different between two schemas, and what does it do to readers? No verdict, since there is no level.

mod many;

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tidegate_compat::{
    Change, ChangeKind, CompatibilityLevel, Explanation, Judgement, Parsed, Policy, Predecessor, Resolved, SchemaKind,
    Severity, Strictness, explain, parse,
};

use crate::args::{DiffArgs, Global};
use crate::exit::Exit;
use crate::local::{Library, kind_of};
use crate::project::Project;
use crate::registry::Connection;
use crate::terminal::{Sign, Terminal, Tone, wrapped};
use crate::tree::{self, Content, TreeFile};
use crate::trouble::{Result, Trouble, on_file};
use crate::words::shown;
use crate::{commands, git};

/// A schema to compare.
struct Side {
    name: String,
    parsed: Parsed,
}

pub(super) fn run(project: Option<&Project>, args: &DiffArgs, global: &Global, terminal: &Terminal) -> Result<Exit> {
    if many::is_many(&args.old) || many::is_many(&args.new) {
        return many::run(project, args, global, terminal);
    }
    let old = side(project, &args.old, global)?;
    let new = side(project, &args.new, global)?;
    let history = [Predecessor { version: None, schema: old.parsed.clone() }];
    let explanation = explain(&new.parsed, &history, Policy::default());
    if args.json {
        let text = serde_json::to_string_pretty(&told(&old, &new, &explanation));
        terminal.print(&(text.map_err(|error| Trouble::usage(error.to_string()))? + "\n"));
    } else {
        terminal.print(&text(&old, &new, &explanation, terminal));
    }
    Ok(Exit::Clean)
}

/// A file, a file of a revision, or a version of a registry.
fn side(project: Option<&Project>, name: &str, global: &Global) -> Result<Side> {
    let path = Path::new(name);
    if let Some(rest) = name.strip_prefix("git:") {
        let Some((revision, file)) = rest.rsplit_once(':') else {
            return Err(
                Trouble::usage(format!("`{}` names no file", shown(name))).help("as in git:main:schemas/order.avsc")
            );
        };
        let root = project.map_or(Path::new("."), |project| project.root.as_path());
        let files =
            git::files(root, revision, &|path| path == file || project.is_some_and(|it| it.rule_of(path).is_some()))?;
        return of_files(project, files, file, name);
    }
    if path.exists() {
        let size = std::fs::metadata(path).map_err(|error| on_file(path, "read", &error))?.len();
        if size > tree::MAX_FILE {
            return Err(Trouble::usage(format!("{} is larger than 16 MiB", path.display())));
        }
        let within = project.and_then(|project| {
            let file = commands::from_root(project, &[path.to_owned()]).ok()?.pop()?;
            project.rule_of(&file)?;
            Some((project, file))
        });
        if let Some((project, file)) = within {
            let files = tree::files(&project.root, &|path| project.rule_of(path).is_some())?;
            return of_files(Some(project), files, &file, name);
        }
        let content = Content::of(std::fs::read(path).map_err(|error| on_file(path, "read", &error))?);
        return of_files(None, vec![TreeFile { path: name.to_owned(), content }], name, name);
    }
    if name.contains('/') && !name.starts_with(":.") {
        return Err(Trouble::usage(format!("there is no file `{}`", shown(name))));
    }
    of_registry(project, name, global)
}

fn of_files(project: Option<&Project>, files: Vec<TreeFile>, file: &str, name: &str) -> Result<Side> {
    let Some(found) = files.iter().find(|it| it.path == file).cloned() else {
        return Err(Trouble::usage(format!("there is no file `{}`", shown(name))));
    };
    let text = match found.content {
        Content::Text(text) => text,
        Content::Unreadable(why) => return Err(Trouble::usage(format!("{} can't be read: {why}", shown(name)))),
    };
    let library = project.map(|project| Library::of(project, files)).unwrap_or_default();
    let at = library.documents.iter().position(|document| document.path == file);
    let closure = at.map(|at| library.closure(at).here).unwrap_or_default();
    let kind =
        at.and_then(|at| library.documents.get(at)).map_or_else(|| kind_of(file, &text), |document| document.kind);
    read(kind, &text, &closure, name)
}

/// `SUBJECT`, `SUBJECT@3`, and `registry@prod:SUBJECT@3` of another registry than the default one.
fn of_registry(project: Option<&Project>, name: &str, global: &Global) -> Result<Side> {
    let of_other = name.strip_prefix("registry@").and_then(|rest| rest.split_once(':'));
    let (registry, name) = of_other.map_or((None, name), |(registry, name)| (Some(registry), name));
    let (subject, version) = name.rsplit_once('@').unwrap_or((name, "latest"));
    let connection = Connection::open(project, global, registry)?;
    let schema = connection.ask(connection.client.version(subject, version));
    let schema = schema.map_err(|error| {
        if error.is_not_found() {
            let trouble = Trouble::usage(format!("`{}` is neither a file nor a version of the registry", shown(name)));
            return trouble.note(error.to_string());
        }
        connection.trouble(error)
    })?;
    let mut closure: Vec<Resolved> = Vec::new();
    let mut open = schema.references.clone();
    let mut asked = 0;
    while let Some(reference) = open.pop() {
        asked += 1;
        if asked > crate::local::MAX_REFERENCES {
            return Err(Trouble::usage("more schemas are referred to than a registry takes"));
        }
        let (name, subject) = (reference.name.unwrap_or_default(), reference.subject.unwrap_or_default());
        let number = reference.version.unwrap_or(-1).to_string();
        let found = connection.wait(connection.client.version(&subject, &number))?;
        open.extend(found.references);
        // What is found later is needed by what was found before, and so comes first.
        closure.retain(|known| known.name != name);
        let kind = SchemaKind::parse(&found.schema_type).unwrap_or_default();
        closure.insert(0, Resolved { name, kind, text: found.schema.into() });
    }
    let kind = SchemaKind::parse(&schema.schema_type).unwrap_or_default();
    read(kind, &schema.schema.into(), &closure, &format!("{subject}@{}", schema.version))
}

fn read(kind: SchemaKind, text: &Arc<str>, closure: &[Resolved], name: &str) -> Result<Side> {
    let parsed = parse(kind, text, closure, Strictness::Lenient).map_err(|malformed| {
        let frame =
            malformed.span.map(|span| crate::frame::Frame::of_span(crate::frame::Role::Here, name, text, span, None));
        Trouble::usage(format!("{} is no {kind} schema: {}", shown(name), malformed.message)).at(frame)
    })?;
    Ok(Side { name: shown(name), parsed })
}

fn text(old: &Side, new: &Side, explanation: &Explanation, terminal: &Terminal) -> String {
    let arrow = terminal.sign(Sign::Arrow);
    let mut text = format!("{} {arrow} {}\n\n", old.name, terminal.paint(Tone::Strong, &new.name));
    if explanation.changes.is_empty() {
        text.push_str("Nothing that matters to readers is different.\n");
        return text;
    }
    for change in &explanation.changes {
        let (mark, tone) = match change.kind {
            ChangeKind::Added => ("+", Tone::Good),
            ChangeKind::Removed => ("-", Tone::Bad),
            ChangeKind::Changed => ("~", Tone::Careful),
            ChangeKind::Renamed | ChangeKind::Reordered => (arrow, Tone::Quiet),
        };
        let lines = wrapped(&change.summary, terminal.width.saturating_sub(6));
        for (at, line) in lines.iter().enumerate() {
            let mark = if at == 0 { terminal.paint(tone, mark) } else { " ".to_owned() };
            text.push_str(&format!("  {mark} {line}\n"));
        }
        for (judgement, who) in [
            (&change.backward, "the new version reading old data"),
            (&change.forward, "the old version reading new data"),
        ] {
            text.push_str(&judged(judgement, who, explanation, terminal));
        }
    }
    let passes: Vec<&str> = explanation.passes.iter().map(|level| level.as_str()).collect();
    let failing = CompatibilityLevel::ALL.iter().filter(|level| !explanation.passes.contains(level)).count();
    let told = if failing == 0 { "every level".to_owned() } else { passes.join(", ") };
    text.push('\n');
    text.push_str(&wrapped(&format!("Passes under {told}."), terminal.width).join("\n"));
    text.push('\n');
    text
}

fn judged(judgement: &Judgement, who: &str, explanation: &Explanation, terminal: &Terminal) -> String {
    let (sign, tone) = match judgement.worst {
        None => return String::new(),
        Some(Severity::Error) => (Sign::Bad, Tone::Bad),
        Some(Severity::Warning) => (Sign::Careful, Tone::Careful),
        Some(Severity::Info) => (Sign::Nothing, Tone::Quiet),
    };
    let found = judgement.findings.iter().filter_map(|at| explanation.findings.get(*at));
    let mut codes: Vec<&str> = found.map(|finding| finding.violation.rule.code).collect();
    codes.dedup();
    let sign = terminal.paint(tone, terminal.sign(sign));
    format!("      {sign} {who} {}\n", terminal.paint(Tone::Quiet, &format!("({})", codes.join(", "))))
}

fn told(old: &Side, new: &Side, explanation: &Explanation) -> Value {
    let judgement = |judgement: &Judgement| {
        let found = judgement.findings.iter().filter_map(|at| explanation.findings.get(*at));
        json!({
            "worst": judgement.worst.map(Severity::as_str),
            "rules": found.map(|finding| finding.violation.rule.code).collect::<Vec<_>>(),
        })
    };
    let change = |change: &Change| {
        json!({
            "kind": change.kind.as_str(),
            "element": change.element.as_str(),
            "name": change.name,
            "path": change.path,
            "summary": change.summary,
            "facets": change.facets.iter().map(|facet| {
                json!({"name": facet.name, "old": facet.old, "new": facet.new})
            }).collect::<Vec<_>>(),
            "backward": judgement(&change.backward),
            "forward": judgement(&change.forward),
        })
    };
    json!({
        "schema": "https://tidegate.dev/diff/v1",
        "old": old.name,
        "new": new.name,
        "changes": explanation.changes.iter().map(change).collect::<Vec<_>>(),
        "passes": explanation.passes.iter().map(|level| level.as_str()).collect::<Vec<_>>(),
    })
}
