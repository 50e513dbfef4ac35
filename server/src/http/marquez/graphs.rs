//! What is upstream and downstream of a node, and what are fields made of?

use std::collections::BTreeMap;

use axum::extract::State;
use tidegate_api::marquez as wire;
use tidegate_lineage::graph::Direction;
use tidegate_lineage::{Entity, Transformation};
use tidegate_registry::declared::{Asked, Graph, GraphNode, field_text, node_text};
use tidegate_registry::graph::columns::{Clues, Columns, FieldGraph, FieldInput, FieldNode, FieldRef};

use super::page::number;
use super::refusal::{Refusal, Told};
use super::shown;
use crate::http::Api;
use crate::http::json::Json;
use crate::http::query::Query;

const USUAL_DEPTH: usize = 20;

pub(in crate::http) async fn lineage(State(api): State<Api>, query: Query) -> Told<wire::Graph<wire::NodeData>> {
    let text = node_id(&query)?;
    let depth = number(&query, "depth")?.unwrap_or(USUAL_DEPTH);
    let entity = match api.registry.node_of(text).await? {
        Some(Asked::Node(entity)) => entity,
        Some(Asked::Field(dataset, _)) => Entity::Dataset(dataset),
        None => return Err(Refusal::not_found("Node", text)),
    };
    let graph = api.registry.lineage_of(&entity, depth).await?;
    Ok(Json(graph_of(&graph.ok_or_else(|| Refusal::not_found("Node", text))?)))
}

pub(in crate::http) async fn columns(State(api): State<Api>, query: Query) -> Told<wire::Graph<wire::FieldData>> {
    let text = node_id(&query)?;
    let depth = number(&query, "depth")?.unwrap_or(USUAL_DEPTH);
    let direction = if flag(&query, "withDownstream")? { Direction::Both } else { Direction::Up };
    let inferred = flag(&query, "withInferred")?.then_some(Clues::ALL);
    let not_found = || Refusal::not_found("Node", text);
    let start = api.registry.node_of(text).await?.ok_or_else(not_found)?;
    let fields =
        api.registry.column_lineage(&start, Columns { depth, direction, inferred }).await?.ok_or_else(not_found)?;
    Ok(Json(fields_of(&fields)))
}

fn flag(query: &Query, name: &str) -> Result<bool, Refusal> {
    match query.text(name).map(str::to_ascii_lowercase).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Refusal::bad(format!("'{name}' is true or false"))),
    }
}

fn node_id(query: &Query) -> Result<&str, Refusal> {
    query
        .text("nodeId")
        .ok_or_else(|| Refusal::bad("'nodeId' is missing, such as dataset:kafka://broker-1:9092:orders"))
}

fn graph_of(graph: &Graph) -> wire::Graph<wire::NodeData> {
    let mut into: BTreeMap<&Entity, Vec<wire::Edge>> = BTreeMap::new();
    let mut out_of: BTreeMap<&Entity, Vec<wire::Edge>> = BTreeMap::new();
    for ((from, to), link) in &graph.links {
        let edge = wire::Edge {
            origin: node_text(from),
            destination: node_text(to),
            evidence: shown::evidence(link.proof),
            first_seen: shown::time(link.first),
            last_seen: shown::time(link.last),
        };
        out_of.entry(from).or_default().push(edge.clone());
        into.entry(to).or_default().push(edge);
    }
    let mut node = |(entity, node): (&Entity, &GraphNode)| wire::Node {
        id: node_text(entity),
        kind: shown::kind(entity),
        data: data(entity, node),
        in_edges: into.remove(entity).unwrap_or_default(),
        out_edges: out_of.remove(entity).unwrap_or_default(),
    };
    let mut nodes: Vec<_> = graph.nodes.iter().map(&mut node).collect();
    nodes.sort_by(|one, other| one.id.cmp(&other.id));
    wire::Graph { graph: nodes, truncated: graph.is_truncated }
}

fn data(entity: &Entity, node: &GraphNode) -> wire::NodeData {
    let evidence = shown::evidence(node.proof);
    match entity {
        Entity::Dataset(_) => {
            let also = node.also.iter().map(shown::name).collect();
            wire::NodeData::Dataset(Box::new(wire::Dataset { evidence, also, ..shown::dataset(&node.about) }))
        }
        Entity::Job(_) => {
            let job = shown::job(&node.about);
            // Whoever was only seen at the wire has no runs: it streams.
            let kind = if node.proof.is_declared { job.kind.clone() } else { "STREAM".to_owned() };
            let named_by = node.named_by.map(|by| by.as_str().to_owned());
            wire::NodeData::Job(Box::new(wire::Job { kind, evidence, named_by, ..job }))
        }
    }
}

fn fields_of(told: &FieldGraph) -> wire::Graph<wire::FieldData> {
    let text = |of: &FieldRef| field_text(&of.dataset, &of.field);
    let edge = |origin: &FieldRef, destination: &FieldRef| wire::Edge {
        origin: text(origin),
        destination: text(destination),
        evidence: Vec::new(),
        first_seen: None,
        last_seen: None,
    };
    let node = |(of, node): (&FieldRef, &FieldNode)| wire::Node {
        id: text(of),
        kind: "DATASET_FIELD".to_owned(),
        data: wire::FieldData {
            namespace: of.dataset.namespace.to_string(),
            dataset: of.dataset.name.to_string(),
            dataset_version: None,
            field: of.field.clone(),
            field_type: node.kind.clone(),
            transformation_description: node.inputs.iter().find_map(|input| description(&input.how)),
            transformation_type: node.inputs.iter().find_map(|input| kind(&input.how)),
            input_fields: node.inputs.iter().map(input).collect(),
        },
        // Both kinds of edges begin here: so Marquez has it, and its web pages count on it.
        in_edges: node.inputs.iter().map(|input| edge(of, &input.of)).collect(),
        out_edges: node.outputs.iter().map(|output| edge(of, output)).collect(),
    };
    let mut graph: Vec<_> = told.fields.iter().map(node).collect();
    graph.sort_by(|one, other| one.id.cmp(&other.id));
    wire::Graph { graph, truncated: told.is_truncated }
}

fn input(input: &FieldInput) -> wire::InputField {
    let shown = |how: &Transformation| wire::Transformation {
        kind: how.kind.clone(),
        subtype: how.subtype.clone(),
        description: how.description.clone(),
        masking: how.masking,
    };
    wire::InputField {
        namespace: input.of.dataset.namespace.to_string(),
        dataset: input.of.dataset.name.to_string(),
        dataset_version: None,
        field: input.of.field.clone(),
        transformation_description: description(&input.how),
        transformation_type: kind(&input.how),
        transformations: input.how.iter().map(shown).collect(),
    }
}

fn description(how: &[Transformation]) -> Option<String> {
    how.iter().map(|how| &how.description).find(|text| !text.is_empty()).cloned()
}

/// In one word: what is done or, where that was not told, in which way.
fn kind(how: &[Transformation]) -> Option<String> {
    let word = |how: &Transformation| if how.subtype.is_empty() { how.kind.clone() } else { how.subtype.clone() };
    how.iter().map(word).find(|word| !word.is_empty())
}
