//! How are jobs, datasets, runs and fields written in Marquez's words?

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use tidegate_api::marquez as wire;
use tidegate_lineage::{Entity, Millis, Named};
use tidegate_registry::declared::{Described, NamespaceRow, Proof, RunRow};

use crate::http::timestamp::rfc3339;

/// Marquez's word for an owner that nobody named.
const NOBODY: &str = "anonymous";

pub(super) fn name(named: &Named) -> wire::NameId {
    wire::NameId { namespace: named.namespace.to_string(), name: named.name.to_string() }
}

pub(super) fn namespace(row: NamespaceRow) -> wire::Namespace {
    wire::Namespace {
        name: row.namespace,
        created_at: rfc3339(row.first),
        updated_at: rfc3339(row.last),
        owner_name: NOBODY.to_owned(),
        description: None,
        is_hidden: false,
    }
}

pub(super) fn dataset(described: &Described) -> wire::Dataset {
    let named = described.entity.named();
    let facets = facets(&described.facets);
    let tags = |of: Option<&str>| -> Vec<String> {
        let tags = facets.get("tags").and_then(|facet| facet["tags"].as_array()).into_iter().flatten();
        tags.filter(|tag| tag["field"].as_str() == of).filter_map(|tag| text(&tag["key"])).collect()
    };
    let field = |field: &Value| {
        let name = text(&field["name"])?;
        Some(wire::Field {
            tags: tags(Some(&name)),
            name,
            kind: text(&field["type"]),
            description: text(&field["description"]),
        })
    };
    let fields = facets.get("schema").and_then(|facet| facet["fields"].as_array()).into_iter().flatten();
    let lifecycle =
        facets.get("lifecycleStateChange").and_then(|facet| text(&facet["lifecycleStateChange"])).unwrap_or_default();
    let source = facets.get("dataSource").and_then(|facet| text(&facet["name"]));
    wire::Dataset {
        id: name(named),
        kind: if named.namespace.starts_with("kafka://") { "STREAM" } else { "DB_TABLE" }.to_owned(),
        name: named.name.to_string(),
        physical_name: named.name.to_string(),
        created_at: rfc3339(described.first),
        updated_at: rfc3339(described.last),
        namespace: named.namespace.to_string(),
        source_name: source.unwrap_or_else(|| named.namespace.to_string()),
        fields: fields.filter_map(field).collect(),
        tags: tags(None),
        last_modified_at: None,
        deleted: lifecycle == "DROP",
        last_lifecycle_state: lifecycle,
        description: documentation(&facets),
        current_version: facets.get("version").and_then(|facet| text(&facet["datasetVersion"])),
        facets,
        evidence: Vec::new(),
        also: Vec::new(),
    }
}

pub(super) fn job(described: &Described) -> wire::Job {
    let named = described.entity.named();
    let facets = facets(&described.facets);
    let processing = facets.get("jobType").and_then(|facet| text(&facet["processingType"])).unwrap_or_default();
    let tags = facets.get("tags").and_then(|facet| facet["tags"].as_array()).into_iter().flatten();
    wire::Job {
        id: name(named),
        kind: match processing.to_ascii_uppercase().as_str() {
            "STREAMING" => "STREAM",
            "SERVICE" => "SERVICE",
            _ => "BATCH",
        }
        .to_owned(),
        name: named.name.to_string(),
        simple_name: named.name.to_string(),
        parent_job_name: described.parent.as_ref().map(|parent| parent.name.to_string()),
        parent_job_uuid: None,
        created_at: rfc3339(described.first),
        updated_at: rfc3339(described.last),
        namespace: named.namespace.to_string(),
        inputs: described.inputs.iter().map(name).collect(),
        outputs: described.outputs.iter().map(name).collect(),
        location: facets.get("sourceCodeLocation").and_then(|facet| text(&facet["url"])),
        description: documentation(&facets),
        latest_run: described.latest_run.as_ref().map(|run| self::run(run, Some(named), Map::new())),
        tags: tags.filter_map(|tag| text(&tag["key"])).collect(),
        current_version: None,
        facets,
        evidence: Vec::new(),
        named_by: None,
    }
}

pub(super) fn run(row: &RunRow, job: Option<&Named>, facets: Map<String, Value>) -> wire::Run {
    let has_begun = !row.state.is_empty();
    wire::Run {
        id: row.run.clone(),
        created_at: rfc3339(row.first_seen),
        updated_at: rfc3339(row.last_seen),
        nominal_start_time: row.nominal_start.map(rfc3339),
        nominal_end_time: row.nominal_end.map(rfc3339),
        state: match row.state.as_str() {
            "START" | "RUNNING" => "RUNNING",
            "COMPLETE" => "COMPLETED",
            "ABORT" => "ABORTED",
            "FAIL" => "FAILED",
            _ => "NEW",
        }
        .to_owned(),
        started_at: has_begun.then(|| rfc3339(row.first_seen)),
        ended_at: row.ended_at.map(rfc3339),
        duration_ms: row.ended_at.map(|end| end.saturating_sub(row.first_seen).max(0)),
        args: Map::new(),
        namespace: job.map(|job| job.namespace.to_string()),
        name: job.map(|job| job.name.to_string()),
        facets,
    }
}

pub(super) fn evidence(proof: Proof) -> Vec<String> {
    let words = [(proof.is_declared, "declared"), (proof.is_observed, "observed")];
    words.into_iter().filter(|(is_so, _)| *is_so).map(|(_, word)| word.to_owned()).collect()
}

/// `DATASET` or `JOB`.
pub(super) fn kind(entity: &Entity) -> String {
    entity.kind().to_ascii_uppercase()
}

pub(super) fn time(millis: Millis) -> Option<String> {
    Some(rfc3339(millis))
}

fn documentation(facets: &Map<String, Value>) -> Option<String> {
    facets.get("documentation").and_then(|facet| text(&facet["description"]))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(ToOwned::to_owned)
}

fn facets(written: &BTreeMap<String, String>) -> Map<String, Value> {
    let read = |(name, body): (&String, &String)| Some((name.clone(), serde_json::from_str(body).ok()?));
    written.iter().filter_map(read).collect()
}
