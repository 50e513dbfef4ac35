//! Whatever was put and taken back: does memory tell what a walk over all links tells?

use std::collections::BTreeMap;

use proptest::prelude::*;
use tidegate_compat::{ContextName, SchemaId};

use super::*;
use crate::graph::{Direction, Grade};

const ALL: Counted = Counted { declared: true, observed: true };

fn node(number: u8) -> Node {
    let kind = if number.is_multiple_of(2) { Kind::Topic } else { Kind::Application };
    Node::new(kind, "kafka://main", &format!("n{number}"))
}

fn seen(grade: Grade, records: u64, at: i64) -> Seen {
    let mut seen = Seen::by(grade, at, at.saturating_add(i64::from(records as u8)));
    (seen.records, seen.bytes, seen.refused) = (records, records.saturating_mul(3), records / 5);
    if grade == Grade::Produced {
        let schema = SchemaRef { context: ContextName::default_context(), id: SchemaId((records % 5) as i32) };
        seen.schemas.insert(schema, at);
    }
    seen
}

fn limits(direction: Direction, depth: usize, nodes: usize) -> Limits {
    Limits { direction, depth, nodes, confidence: 0 }
}

type Blocks = BTreeMap<(Node, bool), Vec<Link>>;

/// The same by going over all links again and again.
fn plainly(blocks: &Blocks, start: &Node, limits: Limits, counted: Counted) -> Graph {
    let mut all: BTreeMap<(Node, Node), Seen> = BTreeMap::new();
    for ((_, is_declared), links) in blocks {
        if !(if *is_declared { counted.declared } else { counted.observed }) {
            continue;
        }
        for Link { from, to, seen } in links {
            match all.get_mut(&(from.clone(), to.clone())) {
                Some(known) => known.add(seen.clone()),
                None => drop(all.insert((from.clone(), to.clone()), seen.clone())),
            }
        }
    }
    let mut walk = Walk::new(start.clone(), limits);
    loop {
        let wanted = walk.wanted();
        if wanted.is_empty() {
            return walk.graph();
        }
        let links: Vec<_> = all
            .iter()
            .map(|((from, to), seen)| Link { from: from.clone(), to: to.clone(), seen: seen.clone() })
            .collect();
        walk.take(links);
    }
}

fn links() -> impl Strategy<Value = Vec<Link>> {
    let grade =
        prop::sample::select(vec![Grade::Declared, Grade::Subscribed, Grade::Fetched, Grade::Produced, Grade::Traced]);
    let link = (0_u8..14, 0_u8..14, grade, any::<u32>(), any::<i32>());
    let link = link.prop_filter_map("nothing flows to itself", |(from, to, grade, records, at)| {
        let seen = seen(grade, u64::from(records) << 9, i64::from(at) * 1_000);
        (from != to).then(|| Link { from: node(from), to: node(to), seen })
    });
    prop::collection::vec(link, 0..8).prop_map(|links| {
        // One block tells of a link once.
        let each: BTreeMap<_, _> = links.into_iter().map(|link| ((link.from.clone(), link.to.clone()), link)).collect();
        each.into_values().collect()
    })
}

proptest! {
    #[test]
    fn memory_tells_what_a_walk_over_all_links_tells(
        puts in prop::collection::vec((0_u8..5, any::<bool>(), links()), 1..14),
        start in 0_u8..14,
        direction in prop::sample::select(vec![Direction::Up, Direction::Down, Direction::Both]),
        depth in 0_usize..6,
        most in 1_usize..14,
        confidence in prop::sample::select(vec![0_u8, 61, 81, 99]),
        counted in prop::sample::select(vec![ALL, Counted { declared: false, ..ALL }, Counted { observed: false, ..ALL }]),
    ) {
        let (mut memory, mut blocks) = (Memory::default(), Blocks::new());
        for (about, is_declared, links) in puts {
            let known = if is_declared { Known::Declared } else { Known::Observed };
            memory.put(&node(about), known, &links, false);
            blocks.insert((node(about), is_declared), links);
        }
        let limits = Limits { confidence, ..limits(direction, depth, most) };
        let told = memory.around(&node(start), limits, counted);
        prop_assert_eq!(told.graph, plainly(&blocks, &node(start), limits, counted));
        prop_assert_eq!(memory.links(), blocks.values().map(Vec::len).sum::<usize>());
    }
}

#[test]
fn a_dataset_with_two_names_is_one_node() {
    let mut memory = Memory::default();
    let [topic, table, writer, reader] =
        [node(0), Node::new(Kind::Table, "s3://lake", "orders"), node(1), Node::new(Kind::Job, "airflow", "daily")];
    let link = |from: &Node, to: &Node, seen| Link { from: from.clone(), to: to.clone(), seen };
    memory.put(&topic, Known::Observed, &[link(&writer, &topic, seen(Grade::Produced, 9, 5))], false);
    memory.put(&reader, Known::Declared, &[link(&table, &reader, seen(Grade::Declared, 0, 7))], false);
    memory.put_node(&table, true, vec!["team-lake".into()]);
    let around = |memory: &Memory| memory.around(&table, limits(Direction::Both, 5, 100), ALL);
    assert_eq!(around(&memory).graph.nodes.len(), 2, "nobody has said that they are the same");
    memory.put_names(&table, std::slice::from_ref(&topic));
    let told = around(&memory);
    assert_eq!((&told.start, told.graph.nodes.len(), told.is_known), (&topic, 3, true));
    assert!(told.graph.links.contains_key(&(topic.clone(), reader.clone())));
    assert_eq!(memory.also(&topic), BTreeSet::from([table.named.clone()]));
    assert_eq!(memory.owners(&topic), ["team-lake".into()]);
    // It is taken back by either of the two.
    memory.put_names(&topic, &[]);
    assert_eq!((around(&memory).start, memory.also(&topic).len()), (table, 0));
}

#[test]
fn what_nobody_knows_is_told_to_be_unknown() {
    let mut memory = Memory::default();
    let is_known = |memory: &Memory, number| memory.around(&node(number), limits(Direction::Both, 2, 10), ALL).is_known;
    assert!(!is_known(&memory, 0));
    memory.put(
        &node(0),
        Known::Observed,
        &[Link { from: node(1), to: node(0), seen: seen(Grade::Produced, 1, 1) }],
        false,
    );
    assert!(is_known(&memory, 0) && is_known(&memory, 1) && !is_known(&memory, 2));
    memory.put_node(&node(2), true, Vec::new());
    assert!(is_known(&memory, 2) && memory.is_declared(&node(2)));
    memory.put(&node(0), Known::Observed, &[], false);
    assert!(!is_known(&memory, 0) && !is_known(&memory, 1), "what is taken back is not known");
}

#[test]
fn what_a_block_leaves_out_is_told() {
    let mut memory = Memory::default();
    memory.put(
        &node(0),
        Known::Observed,
        &[Link { from: node(1), to: node(0), seen: seen(Grade::Produced, 1, 1) }],
        true,
    );
    assert!(memory.around(&node(1), limits(Direction::Down, 1, 10), ALL).graph.is_truncated);
}

#[test]
fn a_million_links_take_little_room() {
    let mut memory = Memory::default();
    // A tenth of it: 10,000 topics with ten links each, as proxies see them.
    for topic in 0..10_000_u32 {
        let about = Node::new(Kind::Topic, "kafka://main", &format!("topic-{topic}"));
        let links: Vec<_> = (0..10_u32)
            .map(|place| {
                let application = Node::new(
                    Kind::Application,
                    "kafka://main",
                    &format!("app-{}", topic.wrapping_mul(7) % 4_000 + place),
                );
                let mut seen = seen(Grade::Produced, 1_000_000 + u64::from(place), 1_790_000_000_000);
                seen.last += 86_400_000;
                Link { from: application, to: about.clone(), seen }
            })
            .collect();
        memory.put(&about, Known::Observed, &links, false);
    }
    let each = memory.bytes() as f64 / memory.links() as f64;
    assert!(each <= 64.0, "{each} bytes for a link");
}
