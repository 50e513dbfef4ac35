//! `ci init`: a pipeline that checks every change, to begin with.

use std::path::Path;

use crate::args::Forge;
use crate::commands::write;
use crate::exit::Exit;
use crate::terminal::{Sign, Terminal, Tone};
use crate::trouble::{Result, Trouble};

const GITHUB: &str = r#"# Checks schemas in every pull request: annotations, a job summary, and code scanning.
name: schemas
on:
  pull_request:
permissions:
  contents: read
  security-events: write
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      # Put `tidegate` on the PATH here, in the version that your registry has.
      - name: Check schemas
        run: tidegate check --against "git:origin/${{ github.base_ref }}" --format text --format sarif=tidegate.sarif
      - uses: github/codeql-action/upload-sarif@v3
        if: always() && hashFiles('tidegate.sarif') != ''
        with:
          sarif_file: tidegate.sarif
"#;

const GITLAB: &str = r#"# Checks schemas in every merge request: a code quality report, and test results.
schemas:
  stage: test
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  variables:
    GIT_DEPTH: 0
  script:
    # Put `tidegate` on the PATH here, in the version that your registry has.
    - tidegate check --against "git:$CI_MERGE_REQUEST_DIFF_BASE_SHA" --format text --format gitlab=codequality.json --format junit=junit.xml
  artifacts:
    when: always
    reports:
      codequality: codequality.json
      junit: junit.xml
"#;

pub(super) fn init(forge: Forge, terminal: &Terminal) -> Result<Exit> {
    let (path, text) = match forge {
        Forge::Github => (".github/workflows/schemas.yml", GITHUB),
        Forge::Gitlab => (".gitlab/schemas.yml", GITLAB),
    };
    let path = Path::new(path);
    if path.exists() {
        return Err(Trouble::usage(format!("there is a {} already", path.display())));
    }
    write(path, text.as_bytes())?;
    let sign = terminal.paint(Tone::Good, terminal.sign(Sign::Good));
    let mut told = format!("{sign} {}\n", path.display());
    if forge == Forge::Gitlab {
        told.push_str("Add it to .gitlab-ci.yml:\n  include:\n    - local: .gitlab/schemas.yml\n");
    }
    terminal.print(&told);
    Ok(Exit::Clean)
}
