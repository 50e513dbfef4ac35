//! What do other nodes say that they changed in lineage? They name what it is, since there is no number for each edge.
//!
//! A word that gets lost is missed: whoever listens is told when the connection was away, and reads everything again.

use std::fmt;

use parking_lot::Mutex;

/// Where nodes name what they changed in lineage.
pub(crate) const CHANNEL: &str = "tidegate_lineage";

/// What is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word<'a> {
    /// From now on nothing is missed. What changed until now was not heard.
    Listening,
    /// From now on things may be missed.
    Lost,
    /// What a node says that it has changed.
    Changed(&'a str),
}

type Ear = Box<dyn Fn(Word<'_>) + Send + Sync>;

/// Who wants to hear it, and whether anything is heard.
#[derive(Default)]
pub(crate) struct Hearing(Mutex<(bool, Option<Ear>)>);

impl Hearing {
    pub(crate) fn attach(&self, ear: Ear) {
        let mut held = self.0.lock();
        if held.0 {
            ear(Word::Listening);
        }
        held.1 = Some(ear);
    }

    pub(crate) fn tell(&self, word: Word<'_>) {
        let mut held = self.0.lock();
        match word {
            Word::Listening => held.0 = true,
            Word::Lost => held.0 = false,
            Word::Changed(_) => {}
        }
        if let Some(ear) = &held.1 {
            ear(word);
        }
    }
}

impl fmt::Debug for Hearing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hearing").field("is_listening", &self.0.lock().0).finish_non_exhaustive()
    }
}
