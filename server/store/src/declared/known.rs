//! What of an event is in the database already? Most of what events say they have said before.
//!
//! A job tells the same facets, flows and fields of the same datasets with every event. This remembers what was written
//! last, so that only what is new is written again, and when something was seen last is brought up to date now and then.

use std::collections::HashMap;
use std::hash::Hash;

use ahash::RandomState;
use tidegate_lineage::Millis;

/// How far what is written may lag behind what was seen last, in milliseconds of the senders' clocks.
const LAG: Millis = 2_000;
/// How many things are remembered. When there are more, it begins anew.
const MOST: usize = 200_000;

/// What was written. For one writer: it is told what was written once that is real.
#[derive(Debug)]
pub struct Known {
    hashers: [RandomState; 2],
    marks: Marks,
    /// What of the database was remembered is void when something vanished from it.
    purges: u64,
}

/// By what a row is found again. Made of all that names it, so widely that no two rows share one.
pub(super) type Key = u128;

pub(super) type Marks = HashMap<Key, Mark, RandomState>;

/// What is known of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// Of what it holds besides its name and its times.
    print: u64,
    /// In which run it was told.
    run: Option<u64>,
    first: Millis,
    /// The latest time that is written.
    last: Millis,
    /// The latest time that was told.
    newest: Millis,
}

/// What an event says of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    pub(super) at: Millis,
    pub(super) print: u64,
    pub(super) holds: Holds,
}

/// How times matter to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// The newest statement counts.
    AsStatedLast,
    /// It is kept when it was seen first and last.
    WhileSeen,
    /// The same, and a complete run without it makes it past. The time of any event of a run tells that it was in that
    /// run; a later one may have to be written at once.
    InRun(Option<u64>),
    /// The same, and what it holds is a whole: another whole counts beside it, and the newest is what holds.
    Together(Option<u64>),
}

/// What of a row has to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    None,
    /// Nothing but that it was told once more, later.
    Time,
    All,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            hashers: [RandomState::new(), RandomState::new()],
            marks: HashMap::with_hasher(RandomState::new()),
            purges: 0,
        }
    }
}

impl Known {
    /// Forgets everything, if the database has lost something since. `purges` is how often that has happened.
    pub fn holds_at(&mut self, purges: u64) {
        if std::mem::replace(&mut self.purges, purges) != purges {
            self.marks.clear();
        }
    }

    /// Remembers what was written, when that has become real.
    pub fn learn(&mut self, lesson: Lesson) {
        if self.marks.len() + lesson.marks.len() > MOST {
            self.marks.clear();
        }
        self.marks.extend(lesson.marks);
        for Unheeded(key) in lesson.unheeded {
            // Somebody else has stated something newer, and what that is nobody here knows.
            self.marks.remove(&key);
        }
    }

    pub(super) fn key(&self, name: impl Hash) -> Key {
        let [one, other] = [0, 1].map(|place: usize| u128::from(self.hashers[place].hash_one(&name)));
        (one << 64) | other
    }

    pub(super) fn print(&self, content: impl Hash) -> u64 {
        self.hashers[0].hash_one(content)
    }

    pub(super) fn mark(&self, key: Key) -> Option<Mark> {
        self.marks.get(&key).copied()
    }
}

/// What there is to remember of what was written.
#[derive(Debug)]
pub struct Lesson {
    pub(super) marks: Marks,
    pub(super) unheeded: Vec<Unheeded>,
}

/// A statement that has not become a row, since there was a newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unheeded(pub(super) Key);

impl Mark {
    pub(super) fn of(said: Said) -> Self {
        let Said { at, print, .. } = said;
        Self { print, run: said.run(), first: at, last: at, newest: at }
    }

    /// Takes in what an event says; answers what of the row has to be written for it.
    pub(super) fn add(&mut self, said: Said) -> News {
        let Said { at, print, holds } = said;
        let (is_same, is_soon) = (print == self.print, at.saturating_sub(self.last) < LAG);
        let (is_first, is_late) = (at < self.first, at < self.newest);
        let is_in_run = |run: Option<u64>| at <= self.last || (run.is_some() && run == self.run && is_soon);
        let is_covered = match holds {
            Holds::AsStatedLast => is_late || (is_same && is_soon),
            Holds::WhileSeen => !is_first && is_soon,
            Holds::InRun(run) => !is_first && is_in_run(run) && (is_same || is_late),
            Holds::Together(run) => !is_first && is_in_run(run) && is_same,
        };
        self.newest = self.newest.max(at);
        if is_covered {
            return News::None;
        }
        let is_another_whole = matches!(holds, Holds::Together(_)) && is_late && !is_same;
        if !is_another_whole {
            let is_new_whole = matches!(holds, Holds::Together(_)) && !is_same;
            (self.print, self.run) = (print, said.run());
            self.last = if holds == Holds::AsStatedLast { at } else { self.last.max(at) };
            self.first = if is_new_whole { at } else { self.first.min(at) };
        }
        if is_same && !is_first { News::Time } else { News::All }
    }
}

impl Said {
    fn run(&self) -> Option<u64> {
        match self.holds {
            Holds::InRun(run) | Holds::Together(run) => run,
            Holds::AsStatedLast | Holds::WhileSeen => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(at: Millis, print: u64, holds: Holds) -> Said {
        Said { at, print, holds }
    }

    fn is_news(mark: &mut Mark, said: Said) -> bool {
        mark.add(said) != News::None
    }

    #[test]
    fn the_same_statement_is_written_now_and_then_and_another_one_at_once() {
        let stated = |at, print| said(at, print, Holds::AsStatedLast);
        let mut mark = Mark::of(stated(1_000, 1));
        assert!(!is_news(&mut mark, stated(1_500, 1)) && !is_news(&mut mark, stated(2_999, 1)));
        assert!(is_news(&mut mark, stated(3_000, 1)), "the lag is bounded");
        assert!(!is_news(&mut mark, stated(4_000, 1)));
        assert!(!is_news(&mut mark, stated(3_500, 2)), "an older one does not count, though less than that is written");
        assert!(is_news(&mut mark, stated(4_000, 2)), "of two at the same time the one that comes last counts");
        assert!(is_news(&mut mark, stated(4_001, 1)));
    }

    #[test]
    fn what_a_run_did_is_written_for_each_run() {
        let seen = |at, run| said(at, 0, Holds::InRun(Some(run)));
        let mut mark = Mark::of(seen(1_000, 1));
        assert!(!is_news(&mut mark, seen(1_001, 1)));
        assert!(is_news(&mut mark, seen(1_002, 2)), "it may be the only event of the other run");
        assert!(!is_news(&mut mark, seen(1_002, 1)), "a time that is written needs no second row");
        assert!(is_news(&mut mark, seen(999, 2)), "it was there earlier than is known");
        let mut of_no_run = Mark::of(said(1_000, 0, Holds::InRun(None)));
        assert!(is_news(&mut of_no_run, said(1_001, 0, Holds::InRun(None))));
    }

    #[test]
    fn the_first_and_the_last_time_are_kept() {
        let seen = |at| said(at, 0, Holds::WhileSeen);
        let mut mark = Mark::of(seen(1_000));
        assert!(
            !is_news(&mut mark, seen(2_999))
                && is_news(&mut mark, seen(3_000))
                && !is_news(&mut mark, seen(2_000))
                && is_news(&mut mark, seen(10))
        );
        assert!(is_news(&mut mark, seen(Millis::MAX)) && is_news(&mut mark, seen(Millis::MIN)));
    }

    #[test]
    fn what_is_told_at_one_go_is_a_whole() {
        let told = |at, print, run| said(at, print, Holds::Together(Some(run)));
        let mut mark = Mark::of(told(1_000, 1, 1));
        assert_eq!(mark.add(told(1_001, 1, 1)), News::None);
        assert_eq!(mark.add(told(1_002, 1, 2)), News::Time, "the same once more, in another run");
        assert_eq!(mark.add(told(900, 1, 2)), News::All, "each field was there earlier than is known");
        assert_eq!(mark.add(told(2_000, 2, 3)), News::All);
        assert_eq!(mark.add(told(1_500, 1, 4)), News::All, "what is late counts beside what is newer");
        assert_eq!(mark.add(told(2_001, 2, 5)), News::Time, "and does not take its place");
        assert_eq!(mark.add(told(1_999, 2, 5)), News::All);
    }
}
