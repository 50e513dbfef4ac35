//! Does a schema lead back to itself without a step into the value? Nothing could ever be checked against such a one.

use std::collections::{HashMap, HashSet};

use super::check::Key;

/// How many schemas may judge the same value one by way of the other. Keeps walks along references within the stack.
const MAX_CHAIN: usize = 300;

const BACK: &str = "the schema leads back to itself without a step into the value, so that nothing could be checked \
                    against it";

/// Which schemas hand the value that they judge on to which.
#[derive(Debug, Default)]
pub(super) struct Circles {
    edges: HashMap<Key, Vec<Edge>>,
    /// In the order in which they were met, so that the same text always gets the same answer.
    starts: Vec<Key>,
}

#[derive(Debug)]
struct Edge {
    to: Key,
    /// Where the reference stands, if it is one.
    reference: Option<(usize, Vec<u32>)>,
}

/// What is wrong, and at which reference.
#[derive(Debug)]
pub(super) struct Circle {
    pub(super) document: usize,
    pub(super) path: Vec<u32>,
    pub(super) message: String,
}

#[derive(Debug, Clone, Copy)]
enum Mark {
    Open,
    /// The longest chain from here.
    Done(usize),
}

impl Circles {
    /// `to` judges the value that `from` judges.
    pub(super) fn same(&mut self, from: Key, to: Key, reference: Option<(usize, Vec<u32>)>) {
        let edges = self.edges.entry(from).or_default();
        if edges.is_empty() {
            self.starts.push(from);
        }
        edges.push(Edge { to, reference });
    }

    /// The first circle, or chain that is too long. Walks on a list of its own, since chains may be long.
    pub(super) fn find(&self) -> Option<Circle> {
        let mut marks: HashMap<Key, Mark> = HashMap::new();
        for start in &self.starts {
            if let Some(circle) = self.from(*start, &mut marks) {
                return Some(circle);
            }
        }
        None
    }

    fn from(&self, start: Key, marks: &mut HashMap<Key, Mark>) -> Option<Circle> {
        if marks.contains_key(&start) {
            return None;
        }
        // A schema, which of its edges is next, and the longest chain below those before.
        let mut open = vec![(start, 0, 0)];
        marks.insert(start, Mark::Open);
        while let Some((at, next, longest)) = open.last_mut() {
            let edge = self.edges.get(at).and_then(|edges| edges.get(*next));
            let Some(edge) = edge else {
                let (done, length) = (*at, *longest + 1);
                open.pop();
                marks.insert(done, Mark::Done(length));
                if let Some((_, _, longest)) = open.last_mut() {
                    *longest = length.max(*longest);
                }
                if length > MAX_CHAIN {
                    let message = format!("more than {MAX_CHAIN} schemas lead from one to the next here");
                    return Some(self.at_reference(&[done], message));
                }
                continue;
            };
            *next += 1;
            match marks.get(&edge.to) {
                Some(Mark::Done(length)) => *longest = (*length).max(*longest),
                Some(Mark::Open) => {
                    let circle: Vec<Key> =
                        open.iter().map(|(key, _, _)| *key).skip_while(|key| *key != edge.to).collect();
                    return Some(self.at_reference(&circle, BACK.to_owned()));
                }
                None => {
                    marks.insert(edge.to, Mark::Open);
                    open.push((edge.to, 0, 0));
                }
            }
        }
        None
    }

    /// Blames the first reference of the main text on the way, else the first at all.
    fn at_reference(&self, way: &[Key], message: String) -> Circle {
        let on_the_way: HashSet<&Key> = way.iter().collect();
        let references = way
            .iter()
            .filter_map(|key| self.edges.get(key))
            .flatten()
            .filter_map(|edge| edge.reference.as_ref().filter(|_| way.len() == 1 || on_the_way.contains(&edge.to)));
        let (document, path) = references.min_by_key(|(document, _)| *document).cloned().unwrap_or_default();
        Circle { document, path, message }
    }
}
