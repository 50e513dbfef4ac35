//! A folder with schemas, with or without git, and the tool run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Maps `schemas/<domain>/<name>.avsc` to subjects.
pub(crate) const PROJECT: &str =
    "version: 1\nsubjects:\n  - match: schemas/{domain}/{name}.avsc\n    subject: \"{domain}.{name}-value\"\n";

pub(crate) struct Repo {
    folder: TempDir,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// All that was told, as one line: where lines break is not the point.
    pub(crate) fn told(&self) -> String {
        let all = format!("{} {}", self.out, self.err);
        all.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
    }
}

impl Repo {
    /// A folder with a project file and no git.
    pub(crate) fn new() -> Self {
        let repo = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        repo.write("tidegate.yaml", PROJECT);
        repo
    }

    /// The same as a repository.
    pub(crate) fn with_git() -> Self {
        let repo = Self::new();
        repo.git(&["init", "-q", "-b", "main"]);
        repo
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let place = self.at(path);
        std::fs::create_dir_all(place.parent().expect("a folder")).expect("folders can be made");
        std::fs::write(place, text).expect("files can be written");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.at(path)).expect("the file is there")
    }

    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(self.path(), arguments)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        run(self.path(), arguments, &[])
    }

    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        run(self.path(), arguments, environment)
    }
}

/// Runs git without anybody's settings.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = clean(Command::new("git").current_dir(folder).args(arguments))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs([("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@example.com")])
        .envs([("GIT_COMMITTER_NAME", "a"), ("GIT_COMMITTER_EMAIL", "a@example.com")])
        .envs([
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "protocol.file.allow"),
            ("GIT_CONFIG_VALUE_0", "always"),
        ])
        .output()
        .expect("git is installed");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The tool that is tried: this build's, or the one that `TIDEGATE_CLI_BIN` names, such as the one that is given away.
pub(crate) fn tool() -> PathBuf {
    std::env::var_os("TIDEGATE_CLI_BIN").map_or_else(|| env!("CARGO_BIN_EXE_tidegate").into(), PathBuf::from)
}

pub(crate) fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(tool());
    let output: Output = clean(command.current_dir(folder).args(arguments))
        .env("COLUMNS", "100")
        .envs(environment.iter().copied())
        .output()
        .expect("the tool starts");
    Ran {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Nothing of whoever runs the tests is to be seen.
fn clean(command: &mut Command) -> &mut Command {
    for name in ["TIDEGATE_URL", "TIDEGATE_TOKEN", "TIDEGATE_USER", "TIDEGATE_PASSWORD", "TIDEGATE_CA"] {
        command.env_remove(name);
    }
    for name in [
        "GITHUB_BASE_REF",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
        "TIDEGATE_PROFILE",
        "TIDEGATE_TIMEOUT",
        "TIDEGATE_ALLOW_PROVIDER",
    ] {
        command.env_remove(name);
    }
    for name in ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITLAB_CI", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    command
}

/// An Avro record of the namespace `shop`, its fields one a line.
pub(crate) fn record(name: &str, fields: &[&str]) -> String {
    let fields = fields.join(",\n    ");
    format!(
        "{{\n  \"type\": \"record\",\n  \"name\": \"{name}\",\n  \"namespace\": \"shop\",\n  \"fields\": [\n    {fields}\n  ]\n}}\n"
    )
}

pub(crate) const ID: &str = r#"{ "name": "id", "type": "long" }"#;
pub(crate) const CHANNEL: &str = r#"{ "name": "channel", "type": "string" }"#;
pub(crate) const NOTE: &str = r#"{ "name": "note", "type": ["null", "string"], "default": null }"#;
