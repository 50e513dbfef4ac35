//! What lies upstream and downstream of a node, up to so many steps and so many nodes?
//!
//! The walk goes level by level and says which nodes it wants to know the links of; whoever has them hands them in. A node
//! is visited once in each direction, so that circles end and diamonds count once.

use std::hash::Hash;

use ahash::AHashSet;

use super::{Graph, Link, Node, Seen};

/// Where to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Where the data comes from.
    Up,
    /// Where it goes.
    Down,
    /// What lies upstream and what lies downstream. Not what lies downstream of something upstream.
    Both,
}

/// How far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub direction: Direction,
    /// How many steps.
    pub depth: usize,
    /// How many nodes at most, the one where it begins among them.
    pub nodes: usize,
    /// Links that are less sure, in hundredths, are passed over.
    pub confidence: u8,
}

/// What is told of a link to the one who walks over it.
pub trait Told {
    /// How sure it is, in hundredths.
    fn confidence(&self) -> u8;
    /// Takes in what is told of the same link a second time.
    fn merge(&mut self, other: Self);
}

impl Told for Seen {
    fn confidence(&self) -> u8 {
        Self::confidence(self)
    }

    fn merge(&mut self, other: Self) {
        Self::merge(self, other);
    }
}

/// A walk under way.
#[derive(Debug)]
pub struct Walk<N: Ord = Node, S = Seen> {
    limits: Limits,
    graph: Graph<N, S>,
    reached: AHashSet<N>,
    depth: usize,
    up: Side<N>,
    down: Side<N>,
}

/// The walk in one direction.
#[derive(Debug)]
struct Side<N> {
    level: AHashSet<N>,
    visited: AHashSet<N>,
}

impl<N: Ord + Hash + Clone, S: Told> Walk<N, S> {
    pub fn new(start: N, limits: Limits) -> Self {
        let mut graph = Graph::default();
        graph.nodes.insert(start.clone(), 0);
        let reached = AHashSet::from_iter([start.clone()]);
        let side = |is_wanted: bool| {
            let begin: AHashSet<_> = is_wanted.then(|| start.clone()).into_iter().collect();
            Side { level: begin.clone(), visited: begin }
        };
        let (up, down) = (side(limits.direction != Direction::Down), side(limits.direction != Direction::Up));
        Self { limits, graph, reached, depth: 0, up, down }
    }

    /// The nodes whose links are wanted next, sorted; none when the walk is over.
    pub fn wanted(&self) -> Vec<N> {
        if self.depth >= self.limits.depth {
            return Vec::new();
        }
        let mut wanted: Vec<N> = self.up.level.union(&self.down.level).cloned().collect();
        wanted.sort_unstable();
        wanted
    }

    /// Whether a link leads upstream, and whether it leads downstream, from a node that is wanted.
    pub fn leads(&self, from: &N, to: &N) -> (bool, bool) {
        (self.up.level.contains(to), self.down.level.contains(from))
    }

    /// How many more nodes there is room for. Where that is too few, those are told whose links come first.
    pub fn room(&self) -> usize {
        self.limits.nodes.saturating_sub(self.reached.len())
    }

    /// Whether the node was reached.
    pub fn has(&self, node: &N) -> bool {
        self.reached.contains(node)
    }

    /// Takes the links of the nodes that were wanted and goes on. Links of others are passed over.
    pub fn take(&mut self, links: impl IntoIterator<Item = Link<N, S>>) {
        self.depth += 1;
        let (up, down) = (std::mem::take(&mut self.up.level), std::mem::take(&mut self.down.level));
        for Link { from, to, seen } in links {
            let (is_up, is_down) = (up.contains(&to), down.contains(&from));
            if from == to || !(is_up || is_down) || seen.confidence() < self.limits.confidence {
                continue;
            }
            if (is_up && !self.reach(&from)) || (is_down && !self.reach(&to)) {
                continue;
            }
            if is_up {
                self.up.visit(&from);
            }
            if is_down {
                self.down.visit(&to);
            }
            match self.graph.links.get_mut(&(from.clone(), to.clone())) {
                Some(known) => known.merge(seen),
                None => drop(self.graph.links.insert((from, to), seen)),
            }
        }
    }

    /// Notes that not all links of a node could be looked at.
    pub fn note_truncated(&mut self) {
        self.graph.is_truncated = true;
    }

    pub fn graph(self) -> Graph<N, S> {
        self.graph
    }

    /// Whether the node is there, or there is room for it.
    fn reach(&mut self, node: &N) -> bool {
        if self.has(node) {
            return true;
        }
        let has_room = self.room() > 0;
        if has_room {
            self.reached.insert(node.clone());
            self.graph.nodes.insert(node.clone(), self.depth);
        } else {
            self.graph.is_truncated = true;
        }
        has_room
    }
}

impl<N: Hash + Eq + Clone> Side<N> {
    fn visit(&mut self, node: &N) {
        if self.visited.insert(node.clone()) {
            self.level.insert(node.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::graph::{Grade, Kind, Seen};

    fn node(number: u8) -> Node {
        Node::new(if number.is_multiple_of(2) { Kind::Topic } else { Kind::Job }, "n", &number.to_string())
    }

    fn links(pairs: &[(u8, u8)]) -> Vec<Link> {
        let link = |(from, to): &(u8, u8)| Link {
            from: node(*from),
            to: node(*to),
            seen: Seen::by(if (from + to) % 3 == 0 { Grade::Subscribed } else { Grade::Produced }, 0, 1),
        };
        pairs.iter().map(link).collect()
    }

    fn walked(pairs: &[(u8, u8)], limits: Limits) -> Graph {
        let all = links(pairs);
        let mut walk = Walk::new(node(0), limits);
        loop {
            let wanted = walk.wanted();
            if wanted.is_empty() {
                return walk.graph();
            }
            let of_these = all.iter().filter(|link| wanted.contains(&link.from) || wanted.contains(&link.to));
            walk.take(of_these.cloned());
        }
    }

    /// Steps from node 0 along the pairs, by going over all of them again and again.
    fn reachable(pairs: &[(u8, u8)], depth: usize) -> BTreeMap<u8, usize> {
        let mut steps = BTreeMap::from([(0, 0)]);
        for step in 1..=depth {
            let level: Vec<u8> = steps.iter().filter(|(_, at)| **at == step - 1).map(|(node, _)| *node).collect();
            for (from, to) in pairs {
                if level.contains(from) {
                    steps.entry(*to).or_insert(step);
                }
            }
        }
        steps
    }

    fn limits(direction: Direction, depth: usize) -> Limits {
        Limits { direction, depth, nodes: 1_000, confidence: 0 }
    }

    #[test]
    fn both_ways_are_two_walks() {
        // 1 and 2 flow into 0; 0 flows into 3; 1 also flows into 4, which is neither.
        let graph = walked(&[(1, 0), (2, 0), (0, 3), (1, 4)], limits(Direction::Both, 5));
        assert_eq!(graph.nodes.keys().cloned().collect::<BTreeSet<_>>(), [0, 1, 2, 3].map(node).into());
        assert_eq!(graph.nodes_at_depth(), [1, 3]);
    }

    proptest! {
        #[test]
        fn a_walk_finds_what_can_be_reached_and_nothing_else(
            pairs in prop::collection::vec((0_u8..12, 0_u8..12), 0..40),
            depth in 0_usize..6,
        ) {
            let pairs: Vec<_> = pairs.into_iter().filter(|(from, to)| from != to).collect();
            let turned: Vec<_> = pairs.iter().map(|(from, to)| (*to, *from)).collect();
            let named = |steps: &BTreeMap<u8, usize>| -> BTreeMap<Node, usize> {
                steps.iter().map(|(number, at)| (node(*number), *at)).collect()
            };
            let (down, up) = (reachable(&pairs, depth), reachable(&turned, depth));
            prop_assert_eq!(walked(&pairs, limits(Direction::Down, depth)).nodes, named(&down));
            prop_assert_eq!(walked(&pairs, limits(Direction::Up, depth)).nodes, named(&up));
            let mut both = down;
            for (number, at) in up {
                both.entry(number).and_modify(|known| *known = at.min(*known)).or_insert(at);
            }
            let graph = walked(&pairs, limits(Direction::Both, depth));
            prop_assert_eq!(graph.nodes, named(&both));
            prop_assert!(!graph.is_truncated);
        }

        #[test]
        fn limits_are_kept_and_told(
            pairs in prop::collection::vec((0_u8..12, 0_u8..12), 0..40),
            nodes in 1_usize..8,
            confidence in 0_u8..100,
        ) {
            let wide = walked(&pairs, Limits { confidence, ..limits(Direction::Both, 20) });
            let narrow = walked(&pairs, Limits { confidence, nodes, ..limits(Direction::Both, 20) });
            prop_assert_eq!(narrow.nodes.len(), wide.nodes.len().min(nodes));
            prop_assert_eq!(narrow.is_truncated, wide.nodes.len() > nodes);
            for ((from, to), seen) in &narrow.links {
                prop_assert!(narrow.nodes.contains_key(from) && narrow.nodes.contains_key(to));
                prop_assert!(seen.confidence() >= confidence);
            }
        }
    }
}
