//! `lineage`: where does data come from, and where does it go? The registry's graph as a tree, or for programs that draw.

use std::collections::{BTreeMap, HashSet};

use tidegate_api::graph::{Edge, Graph, Known, Node};

use crate::args::{Evidence, Global, GraphForm, LineageArgs, Way};
use crate::exit::Exit;
use crate::project::Project;
use crate::registry::Connection;
use crate::terminal::{Terminal, Tone};
use crate::trouble::{Result, Trouble};
use crate::words::{counted, shown};

/// The kinds of nodes, as their names begin.
const KINDS: [&str; 5] = ["application:", "group:", "job:", "table:", "topic:"];
/// How many branches are drawn: a node that is reached by many ways is drawn as often as there are ways.
const MAX_LINES: usize = 2_000;

pub(super) fn run(project: Option<&Project>, args: &LineageArgs, global: &Global, terminal: &Terminal) -> Result<Exit> {
    let connection = Connection::open(project, global, None)?;
    let node = match KINDS.iter().any(|kind| args.node.starts_with(kind)) {
        true => args.node.clone(),
        false => topic_of(&connection, &args.node)?,
    };
    let mut query = vec![("depth", args.depth.to_string())];
    let direction = match args.direction {
        Way::Up => "up",
        Way::Down => "down",
        Way::Both => "both",
    };
    query.push(("direction", direction.to_owned()));
    if let Some(evidence) = args.evidence {
        let word = match evidence {
            Evidence::Declared => "declared",
            Evidence::Observed => "observed",
        };
        query.push(("evidence", word.to_owned()));
    }
    let graph = connection.ask(connection.client.graph(&node, &query)).map_err(|error| match error.is_not_found() {
        true => Trouble::usage(format!("the registry `{}` knows nothing of {node}", connection.name))
            .note("only Tidegate keeps lineage, from what its proxies see and what others declare"),
        false => connection.trouble(error),
    })?;
    let text = match args.format {
        GraphForm::Text => Tree::of(&graph, terminal).told(args.direction),
        GraphForm::Json => {
            serde_json::to_string_pretty(&graph).map_err(|error| Trouble::usage(error.to_string()))? + "\n"
        }
        GraphForm::Dot => dot(&graph),
        GraphForm::Mermaid => mermaid(&graph),
    };
    terminal.print(&text);
    Ok(Exit::Clean)
}

/// The topic that carries records of a subject.
pub(super) fn topic_of(connection: &Connection, name: &str) -> Result<String> {
    let unknown = || {
        Trouble::usage(format!("the registry `{}` knows no topic of {}", connection.name, shown(name)))
            .note("only Tidegate keeps lineage, from what its proxies see and what others declare")
            .help("name a subject, or a node such as topic:kafka://broker-1:9092:orders")
    };
    for subject in [name.to_owned(), format!("{name}-value")] {
        match connection.ask(connection.client.usage(&subject)) {
            Ok(usage) => match usage.topics.as_slice() {
                [] => {}
                [topic] => return Ok(topic.clone()),
                topics => {
                    let trouble = Trouble::usage(format!(
                        "{} carry records of {}",
                        counted(topics.len(), "topic"),
                        shown(&subject)
                    ));
                    return Err(trouble.note(shown(&topics.join(", "))).help("name one of them"));
                }
            },
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(connection.trouble(error)),
        }
    }
    Err(unknown())
}

// === As a tree ===

struct Tree<'g> {
    graph: &'g Graph,
    terminal: &'g Terminal,
    nodes: BTreeMap<&'g str, &'g Node>,
    text: String,
    lines: usize,
}

impl<'g> Tree<'g> {
    fn of(graph: &'g Graph, terminal: &'g Terminal) -> Self {
        let nodes = graph.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        Self { graph, terminal, nodes, text: String::new(), lines: 0 }
    }

    fn told(mut self, way: Way) -> String {
        let graph = self.graph;
        // Of a dataset with several names the registry may call the start otherwise.
        let start =
            graph.nodes.iter().find(|node| node.depth == 0).map_or(graph.node.as_str(), |node| node.id.as_str());
        let head = self.terminal.paint(Tone::Strong, &self.name(start));
        self.text = format!("{head}\n");
        if matches!(way, Way::Up | Way::Both) {
            self.side("comes from", start, true);
        }
        if matches!(way, Way::Down | Way::Both) {
            self.side("goes to", start, false);
        }
        if graph.truncated {
            self.text.push_str("\nThere is more within these steps than the registry tells at once.\n");
        }
        self.text
    }

    fn side(&mut self, title: &str, start: &'g str, is_up: bool) {
        self.text.push_str(&format!("\n{title}\n"));
        if self.next(start, is_up).is_empty() {
            self.text.push_str("  nobody knows of anything\n");
            return;
        }
        // Depth first, without recursion: the depth comes from outside.
        let mut seen: HashSet<&str> = HashSet::from([start]);
        let mut path: Vec<std::vec::IntoIter<&'g Edge>> = vec![self.next(start, is_up).into_iter()];
        while let Some(rest) = path.last_mut() {
            let Some(edge) = rest.next() else {
                path.pop();
                continue;
            };
            self.lines += 1;
            if self.lines > MAX_LINES {
                self.text.push_str("  …\n");
                return;
            }
            let bars: String = path
                .iter()
                .map(|rest| rest.as_slice().is_empty())
                .enumerate()
                .map(|(at, is_last)| match (at + 1 == path.len(), is_last, self.terminal.ascii) {
                    (false, true, _) => "   ",
                    (false, false, false) => "│  ",
                    (false, false, true) => "|  ",
                    (true, true, false) => "└─ ",
                    (true, false, false) => "├─ ",
                    (true, _, true) => "+- ",
                })
                .collect();
            let end = if is_up { edge.from.as_str() } else { edge.to.as_str() };
            let is_new = seen.insert(end);
            let told = self.terminal.paint(Tone::Quiet, &known(&edge.known, self.terminal.ascii));
            let again = if is_new { "" } else { " (see above)" };
            self.text.push_str(&format!("  {bars}{}{again}  {told}\n", self.name(end)));
            if is_new {
                path.push(self.next(end, is_up).into_iter());
            }
        }
    }

    fn next(&self, node: &str, is_up: bool) -> Vec<&'g Edge> {
        let graph = self.graph;
        let is_next = |edge: &&Edge| if is_up { edge.to == node } else { edge.from == node };
        let mut next: Vec<&Edge> = graph.edges.iter().filter(is_next).collect();
        next.sort_by(|one, other| (&one.from, &one.to).cmp(&(&other.from, &other.to)));
        next
    }

    fn name(&self, id: &str) -> String {
        let Some(node) = self.nodes.get(id) else { return shown(id) };
        let owners = if node.owners.is_empty() { String::new() } else { format!(", {}", node.owners.join(", ")) };
        shown(&format!("{} {} ({}{owners})", node.kind, node.name, node.namespace))
    }
}

/// How an edge is known, and what went over it.
fn known(known: &Known, is_ascii: bool) -> String {
    let mut parts = vec![known.grades.join(", ")];
    let versions: Vec<String> = known
        .schemas
        .iter()
        .map(|schema| match (&schema.subject, schema.version) {
            (Some(subject), Some(version)) => format!("{subject} v{version}"),
            _ => format!("id {}", schema.id),
        })
        .collect();
    if !versions.is_empty() {
        parts.push(versions.join(", "));
    }
    if known.records > 0 {
        parts.push(counted(usize::try_from(known.records).unwrap_or(usize::MAX), "record"));
    }
    parts.push(known.last_seen.get(..10).unwrap_or(&known.last_seen).to_owned());
    shown(&parts.join(if is_ascii { " - " } else { " · " }))
}

// === For programs that draw ===

fn dot(graph: &Graph) -> String {
    let escaped = |text: &str| shown(text).replace('\\', "\\\\").replace('"', "\\\"");
    let quoted = |text: &str| format!("\"{}\"", escaped(text));
    let mut text = "digraph lineage {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for node in &graph.nodes {
        let shape = if matches!(node.kind.as_str(), "topic" | "table") { "cylinder" } else { "box" };
        let label = format!("\"{}\\n{}\"", escaped(&node.name), escaped(&node.kind));
        text.push_str(&format!("  {} [label={label}, shape={shape}];\n", quoted(&node.id)));
    }
    for edge in &graph.edges {
        let style = if is_observed(edge) { "solid" } else { "dashed" };
        let (from, to, label) = (quoted(&edge.from), quoted(&edge.to), quoted(&edge.known.grades.join(", ")));
        text.push_str(&format!("  {from} -> {to} [label={label}, style={style}];\n"));
    }
    text + "}\n"
}

fn mermaid(graph: &Graph) -> String {
    let escaped = |text: &str| {
        shown(text)
            .replace('&', "&amp;")
            .replace('"', "&quot;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('#', "&num;")
    };
    let mut text = "flowchart LR\n".to_owned();
    let numbers: BTreeMap<&str, usize> =
        graph.nodes.iter().enumerate().map(|(at, node)| (node.id.as_str(), at)).collect();
    for (at, node) in graph.nodes.iter().enumerate() {
        let (open, close) = if matches!(node.kind.as_str(), "topic" | "table") { ("[(", ")]") } else { ("[", "]") };
        text.push_str(&format!("  n{at}{open}\"{}<br/>{}\"{close}\n", escaped(&node.name), escaped(&node.kind)));
    }
    for edge in &graph.edges {
        let (Some(from), Some(to)) = (numbers.get(edge.from.as_str()), numbers.get(edge.to.as_str())) else { continue };
        let arrow = if is_observed(edge) { "-->" } else { "-.->" };
        text.push_str(&format!("  n{from} {arrow}|\"{}\"| n{to}\n", escaped(&edge.known.grades.join(", "))));
    }
    text
}

fn is_observed(edge: &Edge) -> bool {
    edge.known.evidence.iter().any(|evidence| evidence == "observed")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `shop` writes `orders`, which `billing` reads, and a job that somebody declared makes a table of, and orders again.
    fn graph() -> Graph {
        let node = |id: &str, depth: usize| {
            let (kind, rest) = id.split_once(':').unwrap();
            let (namespace, name) = rest.rsplit_once(':').unwrap();
            serde_json::json!({"id": id, "kind": kind, "namespace": namespace, "name": name, "depth": depth,
                "owners": if depth == 0 { vec!["team-orders"] } else { vec![] }})
        };
        let edge = |from: &str, to: &str, evidence: &str, grade: &str, records: u64| {
            let schemas = if records > 0 {
                serde_json::json!([{"context": ".", "id": 7, "subject": "orders-value", "version": 3}])
            } else {
                serde_json::json!([])
            };
            serde_json::json!({"from": from, "to": to, "evidence": [evidence], "grades": [grade], "confidence": 1.0,
                "schemas": schemas, "records": records, "bytes": 0, "refused": 0,
                "firstSeen": "2026-02-28T23:59:59.999Z", "lastSeen": "2026-03-01T10:00:00.000Z"})
        };
        let (shop, orders) = ("application:kafka://b:9092:shop", "topic:kafka://b:9092:orders");
        let (billing, nightly) = ("group:kafka://b:9092:billing", "job:airflow:nightly \"x\" <y>");
        let table = "table:postgres://db:orders_hourly";
        serde_json::from_value(serde_json::json!({
            "node": orders,
            "nodes": [node(orders, 0), node(shop, 1), node(billing, 1), node(nightly, 1), node(table, 2)],
            "edges": [
                edge(shop, orders, "observed", "produced", 1240), edge(orders, billing, "observed", "committed", 0),
                edge(orders, nightly, "declared", "declared", 0), edge(nightly, table, "declared", "declared", 0),
                edge(nightly, orders, "declared", "declared", 0),
            ],
            "truncated": false, "totals": {"nodes": 5, "edges": 5, "nodesAtDepth": [1, 3, 1]},
        }))
        .unwrap()
    }

    #[test]
    fn a_graph_is_drawn_as_a_tree_of_each_side() {
        insta::assert_snapshot!("tree", Tree::of(&graph(), &Terminal::plain(80)).told(Way::Both));
        let ascii = Terminal { ascii: true, ..Terminal::plain(80) };
        let told = Tree::of(&graph(), &ascii).told(Way::Down);
        assert!(told.is_ascii() && !told.contains("comes from"), "{told}");
    }

    #[test]
    fn a_graph_is_drawn_by_others() {
        insta::assert_snapshot!("dot", dot(&graph()));
        insta::assert_snapshot!("mermaid", mermaid(&graph()));
    }
}
