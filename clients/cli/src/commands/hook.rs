//! `hook install`: schemas are checked before each commit, as they are staged.

use std::path::Path;

use crate::commands::write;
use crate::exit::Exit;
use crate::git;
use crate::project::Project;
use crate::terminal::{Sign, Terminal, Tone};
use crate::trouble::{Result, Trouble, on_file};

/// By this line a hook is known as ours.
const MARK: &str = "# Written by `tidegate hook install`.";
/// How a line begins that names the folder of a project.
const CALL: &str = "check ";

/// Git starts hooks at the root of the working copy, and tells them where the index is, seen from there. Where it names the
/// repository too, as in a second worktree, it would take any folder below for the root.
const HEAD: &str = r#"case ${GIT_INDEX_FILE:-} in
  '' | /* | ?:*) ;;
  *) GIT_INDEX_FILE=$PWD/$GIT_INDEX_FILE && export GIT_INDEX_FILE ;;
esac
unset GIT_DIR GIT_WORK_TREE GIT_PREFIX
# Before the first commit there is nothing to compare with.
if git rev-parse --verify --quiet HEAD > /dev/null; then against=git:HEAD; else against=none; fi
check() {
  # A branch that does not have the project has nothing to check.
  [ -e "$1/tidegate.yaml" ] || return 0
  (cd "$1" && tidegate check --changed --staged --offline --quiet --against "$against") || exit
}
"#;

pub(super) fn install(project: &Project, terminal: &Terminal) -> Result<Exit> {
    let path = git::hooks(&project.root)?.join("pre-commit");
    let call = call(&git::prefix(&project.root)?);
    let mut calls = Vec::new();
    if path.exists() {
        let text = std::fs::read_to_string(&path).map_err(|error| on_file(&path, "read", &error))?;
        if !text.contains(MARK) {
            return Err(Trouble::usage(format!("there is a hook already: {}", path.display()))
                .help("add this line to it:  tidegate check --changed --staged --offline --quiet --against git:HEAD"));
        }
        // Other projects of the repository stay in it.
        calls.extend(text.lines().filter(|line| line.starts_with(CALL)).map(str::to_owned));
    }
    if !calls.contains(&call) {
        calls.push(call);
    }
    let text = format!("#!/bin/sh\n{MARK} Skip it once with `git commit --no-verify`.\n{HEAD}{}\n", calls.join("\n"));
    write(&path, text.as_bytes())?;
    make_executable(&path)?;
    let sign = terminal.paint(Tone::Good, terminal.sign(Sign::Good));
    terminal.print(&format!("{sign} {}\n", path.display()));
    Ok(Exit::Clean)
}

/// The line for a project, as the shell reads it.
fn call(prefix: &str) -> String {
    let folder = prefix.trim_end_matches('/');
    format!("{CALL}'./{}'", folder.replace('\'', r"'\''"))
}

#[cfg(unix)]
fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
        .map_err(|error| on_file(path, "made executable", &error))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> Result<()> {
    Ok(())
}
