//! `check` and `report`: one report, in as many forms as are wanted.

use std::io::{Read, Write};
use std::path::Path;

use crate::args::{CheckArgs, Global, Only, Output, ReportArgs};
use crate::baseline::Ground;
use crate::check::{Wish, check};
use crate::commands::{from_root, write};
use crate::exit::Exit;
use crate::git;
use crate::project::{ChangedOnly, Project};
use crate::render::{self, Format};
use crate::report::{Report, SCHEMA};
use crate::terminal::Terminal;
use crate::tree::Side;
use crate::trouble::{Result, Trouble, on_file};
use crate::words::shown;

/// Where a snapshot is unless somebody says otherwise.
pub(super) const SNAPSHOT: &str = ".tidegate/snapshot.json";
/// The largest report that is read.
const MAX_REPORT: u64 = 1 << 30;

pub(super) fn run(project: &Project, args: &CheckArgs, global: &Global, terminal: &Terminal) -> Result<Exit> {
    let needs_none = !args.only.is_empty() && !args.only.contains(&Only::Compat);
    let grounds = match grounds(project, &args.against, global) {
        Err(_) if needs_none => Vec::new(),
        grounds => grounds?,
    };
    let side = if args.staged { Side::Index } else { Side::Disk };
    let mut paths = from_root(project, &args.paths)?;
    let mut since: Vec<String> = revisions(&grounds).into_iter().map(str::to_owned).collect();
    let is_left_open = !args.changed && args.paths.is_empty() && side == Side::Disk;
    let only_changed = is_left_open && of_project(project, &mut since, terminal);
    if args.changed || only_changed {
        let since: Vec<&str> = since.iter().map(String::as_str).collect();
        paths = git::changed(&project.root, side, &since, &paths)?;
        let has_other_settings = is_extended_changed(project, side, &since);
        if has_other_settings && args.paths.is_empty() {
            // Settings come from there for every schema.
            paths = project.path.file_name().map(|own| own.to_string_lossy().into_owned()).into_iter().collect();
        }
        if paths.is_empty() {
            let since = if since.is_empty() { "the last commit".to_owned() } else { shown(&since.join(" and ")) };
            let told = format!("No file was changed since {since}.\n");
            terminal.print(if terminal.quiet { "" } else { &told });
            return Ok(Exit::Clean);
        }
        // What the project file asks for, it asks of every schema.
        if args.paths.is_empty()
            && paths.iter().any(|path| project.path.file_name().is_some_and(|own| own == path.as_str()))
        {
            paths.clear();
        }
    }
    let fail_on = args.fail_on.map_or(project.fail_on, |fail_on| fail_on.weight());
    let wish = Wish {
        project,
        grounds: &grounds,
        side,
        paths: &paths,
        are_changes: args.changed || only_changed,
        global,
        fail_on,
        only: &args.only,
    };
    let report = check(&wish)?;
    put_out(&report, &args.output, terminal)?;
    if std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
        on_github(&report, &args.output, terminal)?;
    }
    Ok(exit(&report))
}

/// Whether the project asks to look at changes only, and from which commit on, of a pull request.
fn of_project(project: &Project, since: &mut Vec<String>, terminal: &Terminal) -> bool {
    let base = target_branch().map(|branch| format!("origin/{branch}..."));
    match (project.changed_only, base) {
        (ChangedOnly::Never, _) | (ChangedOnly::Auto, None) => false,
        // Against nothing but the last commit a fresh checkout would never have changed.
        (ChangedOnly::Always, None) => !since.is_empty(),
        (_, Some(base)) => match git::changed(&project.root, Side::Disk, &[&base], &[]) {
            Ok(_) => {
                since.push(base);
                true
            }
            // Too much is better than nothing.
            Err(trouble) => {
                let why = shown(&trouble.message);
                terminal.complain(&format!("note: everything is checked, since what changed can't be told: {why}\n"));
                false
            }
        },
    }
}

/// The branch that a pull request of GitHub, or a merge request of GitLab, wants to go to.
fn target_branch() -> Option<String> {
    let names = ["GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"];
    names.into_iter().find_map(|name| std::env::var(name).ok().filter(|branch| !branch.is_empty()))
}

/// Whether a project file that this one extends is among what changed. It may lie above the project.
fn is_extended_changed(project: &Project, side: Side, since: &[&str]) -> bool {
    for file in &project.extended {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // It may lie where there is no git, or in a repository without that commit: then it may have changed.
        if git::changed(folder, side, since, &[name]).map_or(true, |changed| !changed.is_empty()) {
            return true;
        }
    }
    false
}

/// The commits that are compared with.
fn revisions(grounds: &[Ground]) -> Vec<&str> {
    let of_git = grounds.iter().filter_map(|ground| match ground {
        Ground::Git(revision) => Some(revision.as_str()),
        _ => None,
    });
    of_git.collect()
}

/// Shows a report that was kept.
pub(super) fn report(args: &ReportArgs, terminal: &Terminal) -> Result<Exit> {
    let path = &args.from;
    let text = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().lock().take(MAX_REPORT).read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::metadata(path).and_then(|metadata| {
            if metadata.len() > MAX_REPORT {
                Err(std::io::Error::other("it is larger than 1 GiB"))
            } else {
                std::fs::read_to_string(path)
            }
        })
    };
    let text = text.map_err(|error| on_file(path, "read", &error))?;
    let unfit = |why: String| Trouble::usage(format!("{} is no report of `tidegate check`: {why}", path.display()));
    let report: Report = serde_json::from_str(&text).map_err(|error| unfit(error.to_string()))?;
    if report.schema != SCHEMA {
        return Err(unfit(format!("its `schema` is not {SCHEMA}")));
    }
    put_out(&report, &args.output, terminal)?;
    Ok(Exit::Clean)
}

/// What is compared with when nothing is said: the registry where there is one, then the snapshot. Never nothing, since a
/// check that passes for want of a question is worse than none.
pub(super) fn grounds(project: &Project, named: &[Ground], global: &Global) -> Result<Vec<Ground>> {
    if !named.is_empty() {
        return Ok(named.iter().filter(|ground| **ground != Ground::None).cloned().collect());
    }
    if !global.offline && (global.url.is_some() || project.default_registry.is_some()) {
        return Ok(vec![Ground::Registry(None)]);
    }
    let snapshot = project.root.join(SNAPSHOT);
    if snapshot.exists() {
        let path = snapshot.strip_prefix("./").unwrap_or(&snapshot);
        return Ok(vec![Ground::Snapshot(path.display().to_string())]);
    }
    Err(Trouble::usage("nothing says what to compare with")
        .note(format!("neither a registry can be asked nor is there a {SNAPSHOT}"))
        .help("`--against git:main` compares with a branch, `--against none` only reads the files"))
}

fn put_out(report: &Report, output: &Output, terminal: &Terminal) -> Result<()> {
    if output.format.is_empty() {
        terminal.print(&Format::Text.render(report, terminal)?);
    }
    for to in &output.format {
        match &to.file {
            Some(file) => {
                let plain = Terminal { colour: false, ..*terminal };
                write(file, to.format.render(report, &plain)?.as_bytes())?;
            }
            None => terminal.print(&to.format.render(report, terminal)?),
        }
    }
    // Whoever keeps a file wants to see the run all the same.
    if !output.format.is_empty() && output.format.iter().all(|to| to.file.is_some()) {
        terminal.print(&Format::Text.render(report, terminal)?);
    }
    Ok(())
}

/// Annotations and the page under the run, without being asked.
fn on_github(report: &Report, output: &Output, terminal: &Terminal) -> Result<()> {
    let is_said = |format: Format| output.format.iter().any(|to| to.format == format && to.file.is_none());
    // Where a machine reads standard output, nothing is mixed into it.
    let is_for_people = output.format.iter().all(|to| to.file.is_some() || to.format == Format::Text);
    if is_for_people && !is_said(Format::Github) {
        terminal.print(&Format::Github.render(report, terminal)?);
    }
    let Some(page) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return Ok(()) };
    let path = Path::new(&page);
    let opened = std::fs::OpenOptions::new().create(true).append(true).open(path);
    opened
        .and_then(|mut file| file.write_all(render::job_summary(report).as_bytes()))
        .map_err(|error| on_file(path, "written", &error))
}

/// The exit code that the report itself tells.
fn exit(report: &Report) -> Exit {
    [Exit::Findings, Exit::Trouble, Exit::Approval]
        .into_iter()
        .find(|exit| exit.code() == report.summary.exit_code)
        .unwrap_or(Exit::Clean)
}
