//! By which ways does data get from one node to another?
//!
//! The shortest come first. How many ways there are can grow beyond all bounds with the graph, so that both the ways and
//! the work are limited, and it is told when there may be more.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Graph, Node};

/// How many beginnings of ways are looked at.
const MOST_WORK: usize = 20_000;

/// Ways from one node to another, none of them through a node twice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Paths {
    /// The shortest first; each with both of its ends.
    pub found: Vec<Vec<Node>>,
    /// Whether there may be others.
    pub is_truncated: bool,
}

/// The ways in a graph, at most so many.
pub fn paths(graph: &Graph, from: &Node, to: &Node, most: usize) -> Paths {
    let mut next: BTreeMap<&Node, BTreeSet<&Node>> = BTreeMap::new();
    let mut back: BTreeMap<&Node, BTreeSet<&Node>> = BTreeMap::new();
    for (one, other) in graph.links.keys() {
        next.entry(one).or_default().insert(other);
        back.entry(other).or_default().insert(one);
    }
    let leads_there = reached(to, &back);
    let mut told = Paths { is_truncated: graph.is_truncated, ..Paths::default() };
    let mut open: VecDeque<Vec<&Node>> = VecDeque::from([vec![from]]);
    let mut work = 0;
    while let Some(path) = open.pop_front() {
        let Some(end) = path.last().copied() else { break };
        if end == to {
            if told.found.len() == most {
                told.is_truncated = true;
                break;
            }
            told.found.push(path.into_iter().cloned().collect());
            continue;
        }
        for step in next.get(end).into_iter().flatten() {
            if !leads_there.contains(step) || path.contains(step) {
                continue;
            }
            work += 1;
            if work > MOST_WORK {
                told.is_truncated = true;
                return told;
            }
            let mut longer = path.clone();
            longer.push(step);
            open.push_back(longer);
        }
    }
    told
}

/// All that can be reached from a node, itself among them.
fn reached<'a>(start: &'a Node, steps: &BTreeMap<&'a Node, BTreeSet<&'a Node>>) -> BTreeSet<&'a Node> {
    let mut seen = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        for step in steps.get(node).into_iter().flatten() {
            if seen.insert(*step) {
                open.push(*step);
            }
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::graph::{Grade, Kind, Seen};

    fn node(number: u8) -> Node {
        Node::new(Kind::Job, "n", &number.to_string())
    }

    fn graph(pairs: &[(u8, u8)]) -> Graph {
        let mut graph = Graph::default();
        for (from, to) in pairs {
            graph.links.insert((node(*from), node(*to)), Seen::by(Grade::Declared, 0, 0));
        }
        graph
    }

    /// All ways without circles, by trying every step.
    fn every(pairs: &BTreeSet<(u8, u8)>, path: &mut Vec<u8>, to: u8, found: &mut BTreeSet<Vec<u8>>) {
        let end = path[path.len() - 1];
        if end == to {
            found.insert(path.clone());
            return;
        }
        for (_, step) in pairs.iter().filter(|(from, _)| *from == end) {
            if !path.contains(step) {
                path.push(*step);
                every(pairs, path, to, found);
                path.pop();
            }
        }
    }

    #[test]
    fn of_many_ways_the_shortest_are_told() {
        let diamond = graph(&[(0, 1), (0, 2), (1, 3), (2, 3), (0, 3), (3, 0)]);
        let told = paths(&diamond, &node(0), &node(3), 2);
        assert_eq!(told.found[0], [0, 3].map(node));
        assert_eq!((told.found.len(), told.is_truncated), (2, true));
        assert!(!paths(&diamond, &node(0), &node(3), 3).is_truncated);
        assert_eq!(paths(&diamond, &node(1), &node(2), 9).found, [vec![node(1), node(3), node(0), node(2)]]);
        assert!(paths(&graph(&[(1, 0)]), &node(0), &node(1), 9).found.is_empty());
    }

    #[test]
    fn ways_without_number_end_the_search() {
        let layers: Vec<_> = (0..60_u8)
            .flat_map(|layer| {
                (0..3).flat_map(move |one| (0..3).map(move |other| (layer * 3 + one, layer * 3 + 3 + other)))
            })
            .collect();
        let told = paths(&graph(&layers), &node(0), &node(180), 10);
        assert!(told.is_truncated);
    }

    proptest! {
        #[test]
        fn all_ways_are_found_each_once(pairs in prop::collection::btree_set((0_u8..7, 0_u8..7), 0..18), to in 0_u8..7) {
            let told = paths(&graph(&pairs.iter().copied().collect::<Vec<_>>()), &node(0), &node(to), usize::MAX);
            let mut expected = BTreeSet::new();
            every(&pairs, &mut vec![0], to, &mut expected);
            let expected: BTreeSet<Vec<Node>> =
                expected.into_iter().map(|path| path.into_iter().map(node).collect()).collect();
            prop_assert_eq!(told.found.len(), expected.len());
            prop_assert!(told.found.is_sorted_by_key(Vec::len));
            prop_assert_eq!(told.found.into_iter().collect::<BTreeSet<_>>(), expected);
            prop_assert!(!told.is_truncated);
        }
    }
}
