//! `ci init`: a pipeline that checks every change, to begin with. It uses the action and the template that are released with
//! this very version, which fetch the binary and compare it with its checksum.

use std::path::{Path, PathBuf};

use crate::args::Forge;
use crate::commands::check::SNAPSHOT;
use crate::commands::write;
use crate::exit::Exit;
use crate::git;
use crate::project::Project;
use crate::terminal::{Sign, Terminal, Tone};
use crate::trouble::{Result, Trouble};

const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(super) fn init(project: Option<&Project>, forge: Forge, terminal: &Terminal) -> Result<Exit> {
    let root = project.map_or(Path::new("."), |project| &project.root);
    // Where there is no git, the folder of the project is the whole of it.
    let prefix = git::prefix(root).unwrap_or_default();
    let (name, text) = match forge {
        Forge::Github => (".github/workflows/schemas.yml", github(project, &prefix)),
        Forge::Gitlab => (".gitlab/schemas.yml", gitlab(project, &prefix)?),
    };
    let path = top(root, &prefix).join(name);
    let path = path.strip_prefix(".").unwrap_or(&path);
    if path.exists() {
        return Err(Trouble::usage(format!("there is a {} already", path.display())));
    }
    write(path, text.as_bytes())?;
    let sign = terminal.paint(Tone::Good, terminal.sign(Sign::Good));
    let mut told = format!("{sign} {}\n", path.display());
    if forge == Forge::Gitlab {
        told.push_str("Add it to .gitlab-ci.yml:\n  include:\n    - local: .gitlab/schemas.yml\n");
    }
    if has_registry(project) {
        told.push_str("The registry's token is the secret TIDEGATE_TOKEN of the repository.\n");
    }
    terminal.print(&told);
    Ok(Exit::Clean)
}

fn github(project: Option<&Project>, prefix: &str) -> String {
    let mut inputs = vec![r#"comment: "true""#.to_owned()];
    let folder = prefix.trim_end_matches('/');
    if !folder.is_empty() {
        inputs.push(format!("working-directory: {}", quoted(folder)));
    }
    if has_registry(project) {
        inputs.push("token: ${{ secrets.TIDEGATE_TOKEN }}".to_owned());
    } else if !has_snapshot(project) {
        inputs.push("against: git:origin/${{ github.base_ref }}".to_owned());
    }
    let inputs: String = inputs.iter().map(|input| format!("          {input}\n")).collect();
    format!(
        "# Runs `tidegate check` in every pull request: annotations, a summary of the job, and one comment.
name: schemas
on:
  pull_request:
permissions:
  contents: read
  pull-requests: write # for the comment
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: tidegate/tidegate/clients/action@v{VERSION}
        with:
{inputs}          # Code scanning takes `sarif: \"true\"` and the permission `security-events: write`.
"
    )
}

fn gitlab(project: Option<&Project>, prefix: &str) -> Result<String> {
    if !prefix.is_empty() {
        let message =
            format!("the template for GitLab runs at the root of the repository, and the project is in {prefix}");
        return Err(Trouble::usage(message).help("write a job that runs `tidegate check` there"));
    }
    let mut text = format!(
        "# Runs `tidegate check` in every merge request: a code quality report, and test results.
include:
  - remote: https://raw.githubusercontent.com/tidegate/tidegate/v{VERSION}/clients/action/gitlab.yml
    inputs:
      version: {VERSION}
"
    );
    if !has_registry(project) && !has_snapshot(project) {
        text.push_str(
            "      against: git:$CI_MERGE_REQUEST_DIFF_BASE_SHA
tidegate:
  rules:
    - if: $CI_PIPELINE_SOURCE == \"merge_request_event\"
  variables:
    GIT_DEPTH: 0 # the commit that is compared with has to be there
",
        );
    }
    Ok(text)
}

/// The root of the working copy, seen from here.
fn top(root: &Path, prefix: &str) -> PathBuf {
    let mut top = root.to_owned();
    prefix.split('/').filter(|segment| !segment.is_empty()).for_each(|_| top.push(".."));
    top
}

fn has_registry(project: Option<&Project>) -> bool {
    project.is_some_and(|project| project.default_registry.is_some())
}

fn has_snapshot(project: Option<&Project>) -> bool {
    project.is_some_and(|project| project.root.join(SNAPSHOT).exists())
}

/// JSON's strings are YAML's, too.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}
