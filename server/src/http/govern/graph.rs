//! What lies around a node, by which ways does data flow, what is different, who is concerned, and what happened?

use std::collections::{BTreeSet, HashMap};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::State;
use tidegate_api::graph as wire;
use tidegate_api::marquez::{NameId, Transformation};
use tidegate_api::{ErrorCode, marquez};
use tidegate_compat::{SubjectName, Version};
use tidegate_lineage::graph::{Direction, Limits, Node, Seen};
use tidegate_lineage::{Millis, SchemaRef};
use tidegate_registry::Coverage;
use tidegate_registry::graph::impact::{FieldImpact, Party};
use tidegate_registry::graph::timeline::{Client, Happening, What};
use tidegate_registry::graph::{About, Asking, Evidence, Surroundings, text_of};
use tidegate_store::Window;

use super::consumers;
use crate::http::Api;
use crate::http::error::{Answer, Failure};
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::timestamp::{millis, rfc3339};

const USUAL_DEPTH: usize = 3;
const MOST_DEPTH: usize = 20;
const USUAL_NODES: usize = 500;
const MOST_NODES: usize = 5_000;
const USUAL_PATHS: usize = 10;
const MOST_PATHS: usize = 100;
/// How much of the time before a moment tells what was there at that moment.
const BEFORE: Millis = 24 * 3_600_000;

type Names = HashMap<SchemaRef, (SubjectName, Version)>;

pub(in crate::http) async fn graph(State(api): State<Api>, query: Query) -> Answer<wire::Graph> {
    let (text, start) = node(&api, &query, "node").await?;
    let asking = asking(&query, direction(&query)?)?;
    let found = api.registry.graph(&start, &asking).await?.ok_or_else(|| unknown(text))?;
    Ok(Json(wire::Graph {
        node: text.to_owned(),
        totals: wire::Totals {
            nodes: found.graph.nodes.len(),
            edges: found.graph.links.len(),
            nodes_at_depth: found.graph.nodes_at_depth(),
        },
        nodes: found.graph.nodes.iter().map(|(node, depth)| shown(node, *depth, found.about.get(node))).collect(),
        edges: found.graph.links.iter().map(|(ends, seen)| edge(ends, seen, &found.schemas)).collect(),
        truncated: found.graph.is_truncated,
        window: found.within.map(window),
    }))
}

pub(in crate::http) async fn paths(State(api): State<Api>, query: Query) -> Answer<wire::Paths> {
    let ((from, start), (to, end)) = (node(&api, &query, "source").await?, node(&api, &query, "target").await?);
    let most = number(&query, "limit", USUAL_PATHS, MOST_PATHS)?;
    let mut asking = asking(&query, Direction::Down)?;
    if query.text("depth").is_none() {
        asking.limits.depth = MOST_DEPTH;
    }
    let found = api.registry.paths(&start, &end, most, &asking).await?;
    let (paths, whole) = found.ok_or_else(|| unknown(from))?;
    let steps: BTreeSet<(&Node, &Node)> =
        paths.found.iter().flat_map(|path| path.iter().zip(path.iter().skip(1))).collect();
    let edges = whole.graph.links.iter().filter(|((from, to), _)| steps.contains(&(from, to)));
    Ok(Json(wire::Paths {
        from: from.to_owned(),
        to: to.to_owned(),
        edges: edges.map(|(ends, seen)| edge(ends, seen, &whole.schemas)).collect(),
        paths: paths.found.iter().map(|path| path.iter().map(text_of).collect()).collect(),
        truncated: paths.is_truncated,
    }))
}

pub(in crate::http) async fn diff(State(api): State<Api>, query: Query) -> Answer<wire::Difference> {
    let (text, start) = node(&api, &query, "node").await?;
    let from = time(&query, "from")?.ok_or_else(|| bad("'from' is missing: a time such as 2026-02-28T23:59:59Z"))?;
    let to = time(&query, "to")?.unwrap_or_else(now);
    if from >= to {
        return Err(bad("'from' is before 'to'"));
    }
    let before = |at: Millis| (at.saturating_sub(BEFORE), at);
    let asking = Asking { within: None, ..asking_of(&query, direction(&query)?)? };
    let times = (before(from), before(to));
    let (told, old, new) = api.registry.graph_difference(&start, &asking, times).await?;
    let edges = |ends: &[(Node, Node)], whole: &Surroundings| -> Vec<wire::Edge> {
        ends.iter().filter_map(|ends| Some(edge(ends, whole.graph.links.get(ends)?, &whole.schemas))).collect()
    };
    let schemas = |schemas: &[SchemaRef], names: &Names| schemas.iter().map(|it| schema(it, None, names)).collect();
    let changed = told.links_changed.iter().map(|change| wire::EdgeChange {
        from: text_of(&change.from),
        to: text_of(&change.to),
        schemas_added: schemas(&change.schemas_added, &new.schemas),
        schemas_removed: schemas(&change.schemas_removed, &old.schemas),
        records_before: change.records.0,
        records_after: change.records.1,
    });
    let span = |whole: &Surroundings, (from, to): (Millis, Millis)| {
        window(whole.within.unwrap_or(Window { from, to, span: tidegate_store::history::HOUR }))
    };
    Ok(Json(wire::Difference {
        node: text.to_owned(),
        before: span(&old, times.0),
        after: span(&new, times.1),
        nodes_added: told.nodes_added.iter().map(text_of).collect(),
        nodes_removed: told.nodes_removed.iter().map(text_of).collect(),
        edges_added: edges(&told.links_added, &new),
        edges_removed: edges(&told.links_removed, &old),
        edges_changed: changed.collect(),
        truncated: old.graph.is_truncated || new.graph.is_truncated,
    }))
}

pub(in crate::http) async fn impact(State(api): State<Api>, query: Query) -> Answer<wire::Impact> {
    let (text, start) = match query.text("subject") {
        Some(subject) if query.text("node").is_none() => {
            let topics = api.registry.topics_of(&SubjectName::parse(subject)).await?;
            let [topic] = &topics[..] else {
                let message = format!("{} topics of '{subject}' are known: name one as 'node'", topics.len());
                return Err(Failure::new(ErrorCode::NotFound, message));
            };
            (text_of(topic), topic.clone())
        }
        _ => {
            let (text, start) = node(&api, &query, "node").await?;
            (text.to_owned(), start)
        }
    };
    if !start.kind.is_dataset() {
        return Err(bad("'node' is a topic or a table: what others are made of"));
    }
    let field = query.text("field");
    let found = api.registry.impact(&start, field, &asking(&query, Direction::Down)?).await?;
    let found = found.ok_or_else(|| unknown(&text))?;
    let mut not_known = vec!["Which fields an observed reader uses: it has to be assumed that it uses all.".to_owned()];
    if found.coverage.known.is_none() {
        not_known.push(
            "Which consumer groups have committed offsets without passing a proxy: the cluster has not told."
                .to_owned(),
        );
    }
    if field.is_some() && found.fields.is_none() {
        not_known.push("What is made of this field: nobody has declared it.".to_owned());
    }
    let parties = |parties: &[Party]| parties.iter().map(|it| party(it, &found.surroundings.schemas)).collect();
    Ok(Json(wire::Impact {
        node: text_of(&found.start),
        field: field.map(ToOwned::to_owned),
        writers: parties(&found.writers),
        readers: parties(&found.readers),
        downstream: parties(&found.downstream),
        coverage: wire::ImpactCoverage {
            groups_observed: found.coverage.observed,
            groups_known: found.coverage.known,
            groups_elsewhere: elsewhere(&found.coverage),
            fields: known_of(found.fields.as_deref()).to_owned(),
            unknown: not_known,
        },
        fields: found.fields.as_ref().map(|fields| fields.iter().map(field_of).collect()),
        declared_readers: found.declared_readers.iter().map(|it| consumers::reader(it, field)).collect(),
        truncated: found.is_truncated,
        window: found.surroundings.within.map(window),
    }))
}

pub(in crate::http) async fn timeline(State(api): State<Api>, query: Query) -> Answer<wire::Timeline> {
    let to = time(&query, "to")?.unwrap_or_else(now);
    let from = time(&query, "from")?.unwrap_or_else(|| to.saturating_sub(BEFORE));
    let (node, (happenings, truncated)) = match query.text("node") {
        Some(_) => {
            let (text, start) = node(&api, &query, "node").await?;
            (Some(text.to_owned()), api.registry.timeline(&start, (from, to)).await?)
        }
        None => (None, api.registry.changes((from, to)).await?),
    };
    let events = happenings.into_iter().map(happening).collect();
    Ok(Json(wire::Timeline { node, from: rfc3339(from), to: rfc3339(to), events, truncated }))
}

/// The groups that read past all proxies.
pub(super) fn elsewhere(coverage: &Coverage) -> Vec<wire::GroupElsewhere> {
    let told = coverage.elsewhere.iter().map(|it| wire::GroupElsewhere {
        group: it.group.clone(),
        topic: text_of(&it.topic),
        last_moved: rfc3339(it.moved),
    });
    told.collect()
}

// === what is asked ===

async fn node<'q>(api: &Api, query: &'q Query, name: &str) -> Result<(&'q str, Node), Failure> {
    let missing = || bad(format!("'{name}' is missing: a node such as topic:kafka://broker-1:9092:orders"));
    let text = query.text(name).ok_or_else(missing)?;
    let found = api.registry.lineage_node(text).await?;
    found.map(|node| (text, node)).ok_or_else(|| unknown(text))
}

/// With a part of the time, if one is asked for.
fn asking(query: &Query, direction: Direction) -> Result<Asking, Failure> {
    let (at, from, to) = (time(query, "at")?, time(query, "from")?, time(query, "to")?);
    let within = match (at, from, to) {
        (None, None, None) => None,
        (Some(at), None, None) => Some((at.saturating_sub(BEFORE), at)),
        (None, from, to) => Some((from.unwrap_or(0), to.unwrap_or_else(now))),
        (Some(_), ..) => return Err(bad("'at' is a moment, 'from' and 'to' are a part of the time: not both")),
    };
    if within.is_some_and(|(from, to)| from >= to) {
        return Err(bad("'from' is before 'to'"));
    }
    Ok(Asking { within, ..asking_of(query, direction)? })
}

fn asking_of(query: &Query, direction: Direction) -> Result<Asking, Failure> {
    let confidence = match query.text("minConfidence") {
        None => 0,
        Some(text) => match text.trim().parse::<f64>() {
            Ok(share) if (0.0..=1.0).contains(&share) => (share * 100.0).round() as u8,
            _ => return Err(bad("'minConfidence' is a number from 0 to 1")),
        },
    };
    let limits = Limits {
        direction,
        depth: number(query, "depth", USUAL_DEPTH, MOST_DEPTH)?,
        nodes: number(query, "maxNodes", USUAL_NODES, MOST_NODES)?.max(1),
        confidence,
    };
    Ok(Asking { limits, evidence: evidence(query)?, within: None })
}

fn direction(query: &Query) -> Result<Direction, Failure> {
    match query.text("direction") {
        None | Some("both") => Ok(Direction::Both),
        Some("up") => Ok(Direction::Up),
        Some("down") => Ok(Direction::Down),
        Some(_) => Err(bad("'direction' is up, down or both")),
    }
}

fn evidence(query: &Query) -> Result<Evidence, Failure> {
    let Some(text) = query.text("evidence") else { return Ok(Evidence { is_declared: true, is_observed: true }) };
    let mut evidence = Evidence { is_declared: false, is_observed: false };
    for word in text.split(',') {
        match word.trim() {
            "declared" => evidence.is_declared = true,
            "observed" => evidence.is_observed = true,
            _ => return Err(bad("'evidence' is declared, observed, or both with a comma between")),
        }
    }
    Ok(evidence)
}

fn number(query: &Query, name: &str, usual: usize, most: usize) -> Result<usize, Failure> {
    let Some(text) = query.text(name) else { return Ok(usual) };
    let number = text.trim().parse::<usize>().ok().filter(|number| *number <= most);
    number.ok_or_else(|| bad(format!("'{name}' is a number from 0 to {most}")))
}

pub(super) fn time(query: &Query, name: &str) -> Result<Option<Millis>, Failure> {
    query.text(name).map(|text| moment(name, text)).transpose()
}

/// A time, or the beginning of a day.
pub(super) fn moment(name: &str, text: &str) -> Result<Millis, Failure> {
    let day = format!("{text}T00:00:00Z");
    let moment = millis(text).or_else(|| millis(&day));
    moment.ok_or_else(|| bad(format!("'{name}' is a time such as 2026-02-28T23:59:59Z, or a day")))
}

pub(super) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // What happens in this millisecond is part of what is asked for.
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX - 1) + 1
}

pub(super) fn bad(message: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::BadRequest, message)
}

fn unknown(text: &str) -> Failure {
    Failure::new(ErrorCode::NotFound, format!("HTTP 404 Not Found: nothing is known of '{text}'"))
}

// === what is told ===

fn shown(node: &Node, depth: usize, about: Option<&About>) -> wire::Node {
    let name = |named: &tidegate_lineage::Named| NameId {
        namespace: named.namespace.to_string(),
        name: named.name.to_string(),
    };
    wire::Node {
        id: text_of(node),
        kind: node.kind.as_str().to_owned(),
        namespace: node.named.namespace.to_string(),
        name: node.named.name.to_string(),
        depth,
        owners: about.map(|about| about.owners.clone()).unwrap_or_default(),
        also: about.iter().flat_map(|about| about.also.iter().map(name)).collect(),
    }
}

fn edge((from, to): &(Node, Node), seen: &Seen, names: &Names) -> wire::Edge {
    wire::Edge { from: text_of(from), to: text_of(to), known: known(seen, names) }
}

fn known(seen: &Seen, names: &Names) -> wire::Known {
    let observed = seen.grades.iter().any(|grade| grade.is_observed()).then_some("observed");
    let declared = seen.grades.iter().any(|grade| !grade.is_observed()).then_some("declared");
    wire::Known {
        evidence: declared.into_iter().chain(observed).map(ToOwned::to_owned).collect(),
        grades: grades(seen),
        confidence: f64::from(seen.confidence()) / 100.0,
        schemas: seen.schemas.iter().map(|(written, at)| schema(written, Some(*at), names)).collect(),
        records: seen.records,
        bytes: seen.bytes,
        refused: seen.refused,
        first_seen: rfc3339(seen.first),
        last_seen: rfc3339(seen.last),
    }
}

pub(super) fn grades(seen: &Seen) -> Vec<String> {
    seen.grades.iter().map(|grade| grade.as_str().to_owned()).collect()
}

fn schema(schema: &SchemaRef, at: Option<Millis>, names: &Names) -> wire::SchemaSeen {
    let name = names.get(schema);
    wire::SchemaSeen {
        context: schema.context.to_string(),
        id: schema.id.0,
        subject: name.map(|(subject, _)| subject.to_string()),
        version: name.map(|(_, version)| version.0),
        last_seen: at.map(rfc3339),
    }
}

pub(super) fn window(window: Window) -> wire::Window {
    wire::Window { from: rfc3339(window.from), to: rfc3339(window.to), resolution: window.span / 1_000 }
}

fn party(party: &Party, names: &Names) -> wire::Party {
    let about = About { owners: party.owners.clone(), ..About::default() };
    wire::Party { node: shown(&party.node, party.depth, Some(&about)), known: known(&party.seen, names) }
}

/// How it is known what fields are made of.
fn known_of(fields: Option<&[FieldImpact]>) -> &'static str {
    match fields {
        None => "unknown",
        Some(fields) if !fields.is_empty() && fields.iter().all(|field| field.is_inferred) => "inferred",
        Some(_) => "declared",
    }
}

fn field_of(field: &FieldImpact) -> wire::FieldImpact {
    let shown = |how: &tidegate_lineage::Transformation| Transformation {
        kind: how.kind.clone(),
        subtype: how.subtype.clone(),
        description: how.description.clone(),
        masking: how.masking,
    };
    wire::FieldImpact {
        namespace: field.of.dataset.namespace.to_string(),
        dataset: field.of.dataset.name.to_string(),
        field: field.of.field.clone(),
        depth: field.depth,
        transformations: field.how.iter().map(shown).collect::<Vec<marquez::Transformation>>(),
        inferred: field.is_inferred,
    }
}

fn happening(happening: Happening) -> wire::Happening {
    let at = rfc3339(happening.at);
    match happening.what {
        What::Registry(entry) => wire::Happening {
            at,
            what: entry.action,
            subject: Some(entry.subject.to_string()),
            actor: Some(entry.actor),
            ..wire::Happening::default()
        },
        What::Policy { name, version, is_gone, by } => wire::Happening {
            at,
            what: if is_gone { "policy.delete" } else { "policy.change" }.to_owned(),
            policy: Some(name),
            version: Some(version),
            actor: Some(by),
            ..wire::Happening::default()
        },
        What::Appeared(client) => of_client(at, "appeared", client),
        What::FellSilent(client) => of_client(at, "silent", client),
        What::Declared { from, to } => wire::Happening {
            at,
            what: "flow.declared".to_owned(),
            from: Some(text_of(&from)),
            to: Some(text_of(&to)),
            ..wire::Happening::default()
        },
    }
}

fn of_client(at: String, what: &str, client: Client) -> wire::Happening {
    let who = if client.does_write { "writer" } else { "reader" };
    wire::Happening {
        at,
        what: format!("{who}.{what}"),
        application: Some(client.application),
        group: client.group,
        schema: client.schema.map(|it| schema(&it, None, &Names::default())),
        ..wire::Happening::default()
    }
}
