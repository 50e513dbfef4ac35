//! What do others know of the use of a subject? Teams with telemetry of their own name a program or an address that tells it, in
//! the words of the registry's answers. It is only asked where somebody says that it may: a project file comes from whoever
//! proposes a change.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tidegate_api::check::UsageInShort;
use tidegate_client::{Client, Pace};

use super::group::Group;
use crate::project::Provider;

/// How long it may take to tell of a subject.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many subjects it is asked of.
const MAX_SUBJECTS: usize = 50;
/// The largest answer that is read.
const MAX_ANSWER: u64 = 16 << 20;

/// What was told, each subject once.
pub(super) struct Asked<'p> {
    provider: &'p Provider,
    root: &'p Path,
    known: HashMap<String, Option<UsageInShort>>,
    /// Why it did not tell, the first time.
    pub(super) trouble: Option<String>,
}

impl<'p> Asked<'p> {
    pub(super) fn new(provider: &'p Provider, root: &'p Path) -> Self {
        Self { provider, root, known: HashMap::new(), trouble: None }
    }

    pub(super) fn of(&mut self, subject: &str) -> Option<&UsageInShort> {
        if !self.known.contains_key(subject) {
            if self.known.len() >= MAX_SUBJECTS {
                return None;
            }
            let told = match self.provider {
                Provider::Exec(program) => run(self.root, program, subject, PATIENCE),
                Provider::Url(url) => get(url, subject),
            };
            let told = told.and_then(|text| {
                serde_json::from_slice(&text).map_err(|error| format!("its answer is no use of a subject: {error}"))
            });
            if let Err(why) = &told {
                self.trouble.get_or_insert_with(|| why.clone());
            }
            self.known.insert(subject.to_owned(), told.ok());
        }
        self.known.get(subject)?.as_ref()
    }
}

/// What a program prints that is given the name of a subject. No shell is between.
fn run(root: &Path, program: &str, subject: &str, patience: Duration) -> Result<Vec<u8>, String> {
    let place = root.join(program);
    let name = if place.is_file() { place.as_path() } else { Path::new(program) };
    let name = std::path::absolute(name).ok().filter(|_| place.is_file()).unwrap_or_else(|| name.to_owned());
    let mut command = Command::new(&name);
    command.arg(subject).current_dir(root).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let (mut child, group) =
        Group::start(&mut command).map_err(|error| format!("{program} can't be started: {error}"))?;
    let output = child.stdout.take();
    let (sender, answer) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.map(|output| output.take(MAX_ANSWER).read_to_end(&mut bytes)).transpose();
        // Whoever asked may have lost patience.
        let _ = sender.send(read.map(|_| bytes));
    });
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|error| format!("{program}: {error}"))? {
            Some(status) => break status,
            None if begun.elapsed() > patience => {
                group.end();
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("{program} took more than {} seconds", patience.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    // The output is only over when nobody holds it any more, and what the program started may hold it for ever.
    let Ok(bytes) = answer.recv_timeout(patience.saturating_sub(begun.elapsed())) else {
        group.end();
        let seconds = patience.as_secs();
        return Err(format!("{program} ended, and what it started held its output for more than {seconds} seconds"));
    };
    match (status.success(), bytes) {
        (true, Ok(bytes)) => Ok(bytes),
        (true, Err(error)) => Err(format!("{program} can't be read: {error}")),
        (false, _) => Err(format!("{program} failed: {status}")),
    }
}

/// What an address answers that is asked for `?subject=`.
fn get(url: &str, subject: &str) -> Result<Vec<u8>, String> {
    let client = Client::builder(url).timeout(PATIENCE).pace(Pace { attempts: 2, ..Pace::default() }).build();
    let client = client.map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let escaped: String = subject
        .bytes()
        .map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    let told: serde_json::Value =
        runtime.block_on(client.get(&format!("?subject={escaped}"))).map_err(|error| error.to_string())?;
    serde_json::to_vec(&told).map_err(|error| error.to_string())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn told(script: &str, patience: Duration) -> (tempfile::TempDir, Result<Vec<u8>, String>) {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("usage.sh");
        std::fs::write(&place, format!("#!/bin/sh\n{script}\n")).expect("a program");
        std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o755)).expect("a program");
        let told = run(folder.path(), "usage.sh", "a-value", patience);
        (folder, told)
    }

    #[test]
    fn what_holds_the_output_is_ended_and_does_not_hold_the_check() {
        for (script, why) in [
            ("(sleep 2; touch survived) & echo '{}'", "ended, and what it started held its output"),
            ("(sleep 2; touch survived) & wait", "took more than"),
        ] {
            let begun = Instant::now();
            let (folder, told) = self::told(script, Duration::from_millis(500));
            let told = told.unwrap_err();
            assert!(told.contains(why) && begun.elapsed() < Duration::from_millis(1500), "{told}");
            std::thread::sleep(Duration::from_millis(2500).saturating_sub(begun.elapsed()));
            assert!(!folder.path().join("survived").exists(), "{script}");
        }
    }

    #[test]
    fn what_is_started_and_ends_in_time_may_tell_the_rest() {
        let (_folder, told) = self::told("echo one; (sleep 0.2; echo two) &", Duration::from_secs(20));
        assert_eq!(told.as_deref(), Ok(&b"one\ntwo\n"[..]));
        let (_folder, told) = self::told("exit 3", Duration::from_secs(20));
        assert!(told.unwrap_err().contains("failed"));
    }
}
