//! How is a password, a token or a hash written: here, or in a file of its own?

use std::fmt;
use std::path::{Path, PathBuf};

use super::setting::{Node, Problems, Setting};

const IN_FILE: &str = "file:";

/// A text that is shown nowhere. `file:PATH` stands for what is in that file, without the line break at its end.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    text: String,
    file: Option<PathBuf>,
}

impl Credential {
    /// What it was when the configuration was read.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Where to read it again, for those who want to notice that it changed.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Setting for Credential {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let text = node.scalar(problems)?;
        let Some(path) = text.strip_prefix(IN_FILE) else { return Some(Self { text: text.to_owned(), file: None }) };
        match std::fs::read_to_string(path) {
            Ok(text) => Some(Self { text: text.trim_end().to_owned(), file: Some(path.into()) }),
            Err(error) => {
                problems.at(&node.place, format!("the file {path} can't be read: {error}"));
                None
            }
        }
    }

    fn show(&self) -> Option<String> {
        Some("\"***\"".to_owned())
    }
}
