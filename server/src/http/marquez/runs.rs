//! How did a job run, and what was said about it? Runs, their facets, and the events themselves.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value};
use tidegate_api::marquez as wire;
use tidegate_lineage::Named;

use super::page::{page, time};
use super::refusal::{Refusal, Told};
use super::shown;
use crate::http::Api;
use crate::http::extract::{JobName, NamespaceName, RunName};
use crate::http::json::Json;
use crate::http::query::Query;

const USUAL: usize = 100;

/// Where an event has them.
const RUN_FACETS: &str = "/run/facets";

pub(in crate::http) async fn of_job(
    State(api): State<Api>,
    NamespaceName(namespace): NamespaceName,
    JobName(name): JobName,
    query: Query,
) -> Told<wire::Runs> {
    let job = Named::new(namespace, name.as_str());
    let found = api.registry.runs_of(&job, page(&query, USUAL)?).await?;
    let (rows, total_count) = found.ok_or_else(|| Refusal::not_found("Job", &name))?;
    let runs = rows.iter().map(|row| shown::run(row, Some(&job), Map::new()));
    Ok(Json(wire::Runs { runs: runs.collect(), total_count }))
}

pub(in crate::http) async fn one(State(api): State<Api>, RunName(run): RunName) -> Told<wire::Run> {
    let found = api.registry.declared_run(&run).await?;
    let (row, job) = found.ok_or_else(|| Refusal::not_found("Run", &run))?;
    let facets = facets(&api.registry.events_of_run(&run).await?, RUN_FACETS);
    Ok(Json(shown::run(&row, job.as_ref(), facets)))
}

pub(in crate::http) async fn facets_of(
    State(api): State<Api>,
    RunName(run): RunName,
    query: Query,
) -> Told<wire::RunFacets> {
    let part = match query.text("type").unwrap_or("run").to_ascii_lowercase().as_str() {
        "run" => RUN_FACETS,
        "job" => "/job/facets",
        _ => return Err(Refusal::bad("'type' is run or job")),
    };
    if api.registry.declared_run(&run).await?.is_none() {
        return Err(Refusal::not_found("Run", &run));
    }
    let facets = facets(&api.registry.events_of_run(&run).await?, part);
    Ok(Json(wire::RunFacets { run_id: run, facets }))
}

/// Events as they came, without the space that means nothing.
pub(in crate::http) async fn events(State(api): State<Api>, query: Query) -> Result<Response, Refusal> {
    let times = (time(&query, "after")?.unwrap_or(i64::MIN), time(&query, "before")?.unwrap_or(i64::MAX));
    let is_newest_first = match query.text("sortDirection").map(str::to_ascii_lowercase).as_deref() {
        None | Some("desc") => true,
        Some("asc") => false,
        Some(_) => return Err(Refusal::bad("'sortDirection' is asc or desc")),
    };
    let page = page(&query, USUAL)?;
    let (texts, count) = api.registry.declared_events(times, is_newest_first, page).await?;
    Ok(Response::new(Body::from(format!("{{\"events\":[{}],\"totalCount\":{count}}}", texts.join(",")))))
}

/// What events, the newest first, say about the run or its job: of each facet the newest.
fn facets(events: &[String], part: &str) -> Map<String, Value> {
    let mut found = Map::new();
    for event in events {
        let Ok(mut event) = serde_json::from_str::<Value>(event) else { continue };
        let Some(Value::Object(facets)) = event.pointer_mut(part).map(Value::take) else { continue };
        for (name, facet) in facets {
            found.entry(name).or_insert(facet);
        }
    }
    found.retain(|_, facet| facet["_deleted"] != true);
    found
}
