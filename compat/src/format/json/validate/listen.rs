//! Who listens to a walk, and what becomes of what it finds? The walk is compiled once for each of them, so that those
//! who only want a verdict pay for nothing else.

use super::program::Tables;
use crate::validator::Flaw;

/// Why a walk ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The payload is not valid, or enough has been said about it.
    Flawed,
    /// The walk can't tell, or not at a price that it may ask. Nothing is said about the payload.
    Undecided,
}

/// A part of a path.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// A property that a shape knows.
    Known {
        shape: u32,
        index: u32,
    },
    /// A member whose name the schema does not know: it is part of the payload, and is not repeated.
    Member(u32),
    Item(u32),
}

pub(super) trait Listener {
    /// Whether every step is to be counted, because the walk may be one of very many over the same bytes.
    const COUNTS: bool = false;

    /// The payload is JSON, and not as the schema wants it. `Ok` to go on.
    fn violation(&mut self, at: usize, what: impl FnOnce() -> String) -> Result<(), Stop>;

    /// The payload is no JSON, and there is no way to go on.
    fn broken(&mut self, at: usize, what: impl FnOnce() -> String) -> Stop;

    #[inline(always)]
    fn enter(&mut self, _part: Part) {}
    #[inline(always)]
    fn leave(&mut self) {}
}

/// Wants the verdict only.
pub(super) struct Verdict;

impl Listener for Verdict {
    #[inline(always)]
    fn violation(&mut self, _: usize, _: impl FnOnce() -> String) -> Result<(), Stop> {
        Err(Stop::Flawed)
    }

    #[inline(always)]
    fn broken(&mut self, _: usize, _: impl FnOnce() -> String) -> Stop {
        Stop::Flawed
    }
}

/// Wants to know whether a value passes one branch of several.
pub(super) struct Trial;

impl Listener for Trial {
    const COUNTS: bool = true;

    #[inline(always)]
    fn violation(&mut self, _: usize, _: impl FnOnce() -> String) -> Result<(), Stop> {
        Err(Stop::Flawed)
    }

    #[inline(always)]
    fn broken(&mut self, _: usize, _: impl FnOnce() -> String) -> Stop {
        Stop::Flawed
    }
}

/// Wants to know what is wrong, and where.
pub(super) struct Report<'c> {
    tables: &'c Tables,
    path: Vec<Part>,
    most: usize,
    pub(super) flaws: Vec<Flaw>,
}

impl<'c> Report<'c> {
    pub(super) fn new(tables: &'c Tables, most: usize) -> Self {
        Self { tables, path: Vec::new(), most, flaws: Vec::new() }
    }

    fn add(&mut self, at: usize, what: String) -> bool {
        if self.flaws.len() < self.most {
            let path = path(self.tables, &self.path);
            self.flaws.push(Flaw { offset: at, path, what });
        }
        self.flaws.len() < self.most
    }
}

impl Listener for Report<'_> {
    fn violation(&mut self, at: usize, what: impl FnOnce() -> String) -> Result<(), Stop> {
        if self.add(at, what()) { Ok(()) } else { Err(Stop::Flawed) }
    }

    fn broken(&mut self, at: usize, what: impl FnOnce() -> String) -> Stop {
        self.add(at, what());
        Stop::Flawed
    }

    fn enter(&mut self, part: Part) {
        self.path.push(part);
    }

    fn leave(&mut self) {
        self.path.pop();
    }
}

fn path(tables: &Tables, parts: &[Part]) -> String {
    let mut path = String::new();
    for part in parts {
        match part {
            Part::Known { shape, index } => {
                path.push_str(if path.is_empty() { "" } else { "." });
                path.push_str(tables.objects.get(*shape as usize).map_or("", |shape| shape.names.get(*index as usize)));
            }
            Part::Member(index) => path.push_str(&format!("{{{index}}}")),
            Part::Item(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}
