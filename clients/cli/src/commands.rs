//! Which command does what? Each is a file; here they are called, and what several of them need.

mod accept;
mod apply;
mod check;
mod ci;
mod consumers;
mod diff;
mod explain;
pub(crate) mod fmt;
mod hook;
mod impact;
mod init;
mod lineage;
mod plan;
mod pull;
mod record;
mod register;
mod rules;
mod snapshot;
mod test;

use std::io::Write;
use std::path::{Component, Path, PathBuf};

use clap::CommandFactory;

use crate::args::{Arguments, CiCommand, Command, ConfigCommand, ConsumersCommand, HookCommand, RecordCommand};
use crate::exit::Exit;
use crate::project::{Project, schema};
use crate::terminal::Terminal;
use crate::trouble::{Result, Trouble, on_file};

/// Runs a command.
pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit> {
    let global = &arguments.global;
    let project = || -> Result<Project> { Ok(Project::find(global.config.as_deref())?.under(global.profile)) };
    match &arguments.command {
        Command::Check(wish) => check::run(&project()?, wish, global, terminal),
        Command::Diff(wish) => diff::run(project().ok().as_ref(), wish, global, terminal),
        Command::Explain { rule } => explain::run(rule, terminal),
        Command::Rules { json } => rules::run(project().ok().as_ref(), *json, terminal),
        Command::Report(wish) => check::report(wish, terminal),
        Command::Snapshot { output, all } => snapshot::run(&project()?, output.as_deref(), *all, global, terminal),
        Command::Accept(wish) => accept::run(&project()?, wish, global, terminal),
        Command::Init { force, hook, ci } => {
            init::run(global.config.as_deref(), *force, init::More { hook: *hook, ci: *ci }, terminal)
        }
        Command::Fmt { paths, check } => fmt::run(&project()?, paths, *check, terminal),
        Command::Register { paths, dry_run } => register::run(&project()?, paths, *dry_run, global, terminal),
        Command::Plan(wish) => plan::run(&project()?, wish, global, terminal),
        Command::Drift(wish) => plan::drift(&project()?, wish, global, terminal),
        Command::Apply(wish) => apply::run(&project()?, wish, global, terminal),
        Command::Pull { all, split, dry_run } => {
            pull::run(&project()?, pull::Wish { all: *all, split: *split, dry_run: *dry_run }, global, terminal)
        }
        Command::Record { command: RecordCommand::Validate(wish) } => {
            record::validate(project().ok().as_ref(), wish, global, terminal)
        }
        Command::Record { command: RecordCommand::Decode(wish) } => {
            record::decode(project().ok().as_ref(), wish, global, terminal)
        }
        Command::Consumers { command: ConsumersCommand::Publish(wish) } => {
            consumers::publish(&project()?, wish, global, terminal)
        }
        Command::Consumers { command: ConsumersCommand::List { subject, json } } => {
            consumers::list(project().ok().as_ref(), subject.as_deref(), *json, global, terminal)
        }
        Command::Impact(wish) => impact::run(project().ok().as_ref(), wish, global, terminal),
        Command::Lineage(wish) => lineage::run(project().ok().as_ref(), wish, global, terminal),
        Command::Test { paths } => test::run(&project()?, paths, terminal),
        Command::Hook { command: HookCommand::Install } => hook::install(&project()?, terminal),
        Command::Ci { command: CiCommand::Init { forge } } => ci::init(project().ok().as_ref(), *forge, terminal),
        Command::Config { command: ConfigCommand::Schema } => {
            let text = serde_json::to_string_pretty(&schema()).map_err(|error| Trouble::usage(error.to_string()))?;
            terminal.print(&(text + "\n"));
            Ok(Exit::Clean)
        }
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "tidegate", &mut text);
            terminal.print(&String::from_utf8_lossy(&text));
            Ok(Exit::Clean)
        }
    }
}

/// Writes a file as a whole or not at all, with the folders above it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |error: std::io::Error| on_file(path, "written", &error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    // A pipe or a device is written to; only a file is replaced. A link stays one.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if target.exists() && !target.is_file() {
        return std::fs::write(&target, bytes).map_err(failed);
    }
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let draft = target.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = std::fs::File::create(&draft).and_then(|mut file| {
        file.write_all(bytes)?;
        if let Ok(metadata) = std::fs::metadata(&target) {
            file.set_permissions(metadata.permissions())?;
        }
        std::fs::rename(&draft, &target)
    });
    written.map_err(|error| {
        let _ = std::fs::remove_file(&draft);
        failed(error)
    })
}

/// Paths of the working folder, counted from the root of the project.
pub(crate) fn from_root(project: &Project, paths: &[PathBuf]) -> Result<Vec<String>> {
    let failed = |error: std::io::Error| on_file(&project.root, "found", &error);
    let root = std::path::absolute(&project.root).map_err(failed)?;
    let root = flattened(&root);
    let mut all = Vec::new();
    for path in paths {
        let place = flattened(&std::path::absolute(path).map_err(failed)?);
        match crate::tree::relative(&root, &place) {
            Some(path) => all.push(path),
            None => {
                let (path, root) = (path.display(), project.root.display());
                return Err(Trouble::usage(format!("{path} is not below {root}, where the project file is")));
            }
        }
    }
    Ok(all)
}

/// Without `.` and `..`, and without asking the disk: what is gone has a path, too.
fn flattened(path: &Path) -> PathBuf {
    let mut flat = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(flat.pop()),
            part => flat.push(part),
        }
    }
    flat
}
