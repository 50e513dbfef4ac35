//! What is different between two graphs, such as those of one node at two times?

use std::collections::BTreeSet;

use super::{Graph, Node, Seen};
use crate::event::SchemaRef;

/// Traffic that has changed by this factor is told.
const NOTABLE: u64 = 2;
/// Less than so many records on both sides are too few to compare.
const FEW: u64 = 20;

/// What has come and what has gone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    pub nodes_added: Vec<Node>,
    pub nodes_removed: Vec<Node>,
    pub links_added: Vec<(Node, Node)>,
    pub links_removed: Vec<(Node, Node)>,
    pub links_changed: Vec<Change>,
}

/// How a link that is there at both times differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub from: Node,
    pub to: Node,
    pub schemas_added: Vec<SchemaRef>,
    pub schemas_removed: Vec<SchemaRef>,
    pub records: (u64, u64),
}

/// From the one to the other.
pub fn difference(before: &Graph, after: &Graph) -> Difference {
    let missing_nodes = |of: &Graph, there: &Graph| -> Vec<Node> {
        of.nodes.keys().filter(|node| !there.nodes.contains_key(*node)).cloned().collect()
    };
    let missing_links = |of: &Graph, there: &Graph| -> Vec<(Node, Node)> {
        of.links.keys().filter(|ends| !there.links.contains_key(*ends)).cloned().collect()
    };
    let changed = before.links.iter().filter_map(|(ends, old)| change(ends, old, after.links.get(ends)?));
    Difference {
        nodes_added: missing_nodes(after, before),
        nodes_removed: missing_nodes(before, after),
        links_added: missing_links(after, before),
        links_removed: missing_links(before, after),
        links_changed: changed.collect(),
    }
}

fn change((from, to): &(Node, Node), old: &Seen, new: &Seen) -> Option<Change> {
    let missing = |of: &Seen, there: &Seen| -> Vec<SchemaRef> {
        let there: BTreeSet<_> = there.schemas.keys().collect();
        of.schemas.keys().filter(|schema| !there.contains(schema)).cloned().collect()
    };
    let (schemas_added, schemas_removed) = (missing(new, old), missing(old, new));
    let (less, more) = (old.records.min(new.records), old.records.max(new.records));
    let is_notable = more >= FEW && more >= less.saturating_mul(NOTABLE);
    let is_changed = is_notable || !schemas_added.is_empty() || !schemas_removed.is_empty();
    is_changed.then(|| Change {
        from: from.clone(),
        to: to.clone(),
        schemas_added,
        schemas_removed,
        records: (old.records, new.records),
    })
}

#[cfg(test)]
mod tests {
    use tidegate_compat::{ContextName, SchemaId};

    use super::*;
    use crate::graph::{Grade, Kind};

    fn node(name: &str) -> Node {
        Node::new(Kind::Job, "n", name)
    }

    fn graph(links: &[(&str, &str, u64, i32)]) -> Graph {
        let mut graph = Graph::default();
        for (from, to, records, schema) in links {
            let mut seen = Seen::by(Grade::Produced, 0, 1);
            seen.records = *records;
            let schema = SchemaRef { context: ContextName::default_context(), id: SchemaId(*schema) };
            seen.schemas.insert(schema, 1);
            graph.nodes.extend([(node(from), 0), (node(to), 1)]);
            graph.links.insert((node(from), node(to)), seen);
        }
        graph
    }

    #[test]
    fn what_came_went_and_changed_is_told() {
        let before = graph(&[("a", "b", 100, 1), ("a", "c", 100, 1), ("a", "d", 100, 1)]);
        let after = graph(&[("a", "b", 110, 1), ("a", "c", 10, 1), ("a", "d", 100, 2), ("a", "e", 1, 1)]);
        let told = difference(&before, &after);
        assert_eq!((&told.nodes_added[..], &told.links_added[..]), (&[node("e")][..], &[(node("a"), node("e"))][..]));
        assert!(told.nodes_removed.is_empty() && told.links_removed.is_empty());
        let changed: Vec<_> = told.links_changed.iter().map(|it| (&*it.to.named.name, it.records)).collect();
        assert_eq!(changed, [("c", (100, 10)), ("d", (100, 100))]);
        assert_eq!(told.links_changed[1].schemas_added[0].id, SchemaId(2));
        let back = difference(&after, &before);
        assert_eq!((back.nodes_removed, back.links_removed), (told.nodes_added, told.links_added));
        assert_eq!(difference(&before, &before), Difference::default());
    }
}
