//! What stops a command before it has a report to give?

use crate::exit::Exit;
use crate::frame::Frame;

/// The result of what may be stopped.
pub(crate) type Result<T> = std::result::Result<T, Trouble>;

/// Why a command stopped, told like a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    pub(crate) frames: Vec<Frame>,
    pub(crate) notes: Vec<String>,
    pub(crate) help: Option<String>,
    /// Whether who asks is known, and may not do this: that says nothing about other subjects.
    pub(crate) is_forbidden: bool,
}

impl Trouble {
    /// Wrong usage or configuration.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// The network, the registry or the credentials.
    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Exit::Trouble, message).note("nothing was judged: this says nothing about the schemas")
    }

    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), frames: Vec::new(), notes: Vec::new(), help: None, is_forbidden: false }
    }

    pub(crate) fn at(mut self, frame: Option<Frame>) -> Self {
        self.frames.extend(frame);
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn with_exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

/// A file that can't be read or written.
pub(crate) fn on_file(path: &std::path::Path, doing: &str, error: &std::io::Error) -> Trouble {
    Trouble::usage(format!("{} can't be {doing}: {error}", path.display()))
}
