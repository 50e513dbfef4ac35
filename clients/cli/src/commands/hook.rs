//! `hook install`: schemas are checked before each commit, with what is on the disk.

use std::path::Path;

use crate::commands::write;
use crate::exit::Exit;
use crate::git;
use crate::terminal::{Sign, Terminal, Tone};
use crate::trouble::{Result, Trouble, on_file};

/// By this line a hook is known as ours.
const MARK: &str = "# Written by `tidegate hook install`.";

pub(super) fn install(terminal: &Terminal) -> Result<Exit> {
    let path = git::hooks(Path::new("."))?.join("pre-commit");
    if path.exists() {
        let text = std::fs::read_to_string(&path).map_err(|error| on_file(&path, "read", &error))?;
        if !text.contains(MARK) {
            return Err(Trouble::usage(format!("there is a hook already: {}", path.display()))
                .help("add this line to it:  tidegate check --changed --offline --quiet --against git:HEAD"));
        }
    }
    let text = format!(
        "#!/bin/sh\n{MARK} Skip it once with `git commit --no-verify`.\nexec tidegate check --changed --offline --quiet --against git:HEAD\n"
    );
    write(&path, text.as_bytes())?;
    make_executable(&path)?;
    let sign = terminal.paint(Tone::Good, terminal.sign(Sign::Good));
    terminal.print(&format!("{sign} {}\n", path.display()));
    Ok(Exit::Clean)
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
