//! How long does it take to walk from a topic through a large estate that is held in memory?
//!
//! 100,000 topics, 40,000 applications in pairs with a group, 10,000 declared jobs: a million links. Graphs are ten deep and
//! have 500 nodes.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use tidegate_compat::{ContextName, SchemaId};
use tidegate_lineage::SchemaRef;
use tidegate_lineage::graph::memory::{Counted, Known};
use tidegate_lineage::graph::{Direction, Grade, Kind, Limits, Link, Memory, Node, Seen};

const TOPICS: usize = 100_000;
const APPLICATIONS: usize = 40_000;
const JOBS: usize = 10_000;
/// Topics that each application writes, and that it reads.
const SIDE: usize = 5;
/// Topics that each job reads, and that it writes.
const ENDS: usize = 20;

fn node(kind: Kind, number: usize) -> Node {
    Node::new(kind, "kafka://main", &format!("{}-{number:06}", kind.as_str()))
}

fn link(from: Node, to: Node, grade: Grade, number: usize) -> Link {
    let at = 1_790_000_000_000 + number as i64;
    let mut seen = Seen::by(grade, at, at + 900_000);
    (seen.records, seen.bytes) = (1_000 + number as u64, 100_000 + number as u64);
    if grade == Grade::Produced {
        let schema = SchemaRef { context: ContextName::default_context(), id: SchemaId(number as i32 + 1) };
        seen.schemas.insert(schema, seen.last);
    }
    Link { from, to, seen }
}

fn memory() -> Memory {
    let mut of_topic: Vec<Vec<Link>> = vec![Vec::new(); TOPICS];
    for number in 0..APPLICATIONS {
        let application = node(Kind::Application, number);
        let group = node(Kind::Group, number / 2);
        for place in 0..SIDE {
            let written = (number * SIDE + place) % TOPICS;
            of_topic[written].push(link(application.clone(), node(Kind::Topic, written), Grade::Produced, written));
            let read = (number * 48_271 + place * 7_919 + 13) % TOPICS;
            let topic = node(Kind::Topic, read);
            of_topic[read].push(link(topic.clone(), application.clone(), Grade::Fetched, number));
            of_topic[read].push(link(topic, group.clone(), Grade::Committed, number));
            of_topic[read].push(link(group.clone(), application.clone(), Grade::Committed, number));
        }
    }
    let mut memory = Memory::default();
    for (number, links) in of_topic.iter().enumerate() {
        memory.put(&node(Kind::Topic, number), Known::Observed, links, false);
    }
    for number in 0..JOBS {
        let job = node(Kind::Job, number);
        memory.put_node(&job, true, Vec::new());
        let links = (0..ENDS).flat_map(|place| {
            let from = node(Kind::Topic, (number * 7 + place * 4_999) % TOPICS);
            let to = node(Kind::Topic, (number * 11 + place * 3_001 + 1) % TOPICS);
            let declared = |from: &Node, to: &Node| link(from.clone(), to.clone(), Grade::Declared, number);
            [declared(&from, &job), declared(&job, &to)]
        });
        memory.put(&job, Known::Declared, &links.collect::<Vec<_>>(), false);
    }
    memory
}

fn graph(criterion: &mut Criterion) {
    let memory = memory();
    let counted = Counted { declared: true, observed: true };
    let mut group = criterion.benchmark_group("graph");
    for (name, direction) in [("both ways", Direction::Both), ("downstream", Direction::Down)] {
        let limits = Limits { direction, depth: 10, nodes: 500, confidence: 0 };
        let mut number = 17;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                number = (number + 7_919) % TOPICS;
                let around = memory.around(&node(Kind::Topic, number), limits, counted);
                assert!(around.is_known);
                black_box(around)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, graph);
criterion_main!(benches);
