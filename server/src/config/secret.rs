//! How is a secret written, and kept from being shown?

use std::fmt;

use super::setting::{Node, Problems, Setting};

/// A text that is shown nowhere: not in samples, not in messages, not in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Shorter ones can be guessed.
const SHORTEST: usize = 16;

impl Secret {
    /// The secret itself, for the part that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Setting for Secret {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let text = node.scalar(problems)?;
        if text.chars().count() < SHORTEST {
            problems.at(&node.place, format!("a secret has at least {SHORTEST} characters"));
            return None;
        }
        Some(Self(text.to_owned()))
    }

    fn show(&self) -> Option<String> {
        Some("***".to_owned())
    }
}
