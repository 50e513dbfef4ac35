//! Which namespaces, datasets and jobs are declared, and where is one whose name has a certain part?

use axum::extract::State;
use tidegate_api::marquez as wire;
use tidegate_lineage::{Entity, Named};
use tidegate_registry::Page;
use tidegate_registry::declared::{NodeFilter, node_text};

use super::page::{page, time};
use super::refusal::{Refusal, Told};
use super::shown;
use crate::http::Api;
use crate::http::extract::{DatasetName, JobName, NamespaceName};
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::timestamp::rfc3339;

const USUAL: usize = 100;
const USUAL_FOUND: usize = 10;

pub(in crate::http) async fn namespaces(State(api): State<Api>, query: Query) -> Told<wire::Namespaces> {
    let rows = api.registry.namespaces(page(&query, USUAL)?).await?;
    Ok(Json(wire::Namespaces { namespaces: rows.into_iter().map(shown::namespace).collect() }))
}

pub(in crate::http) async fn namespace(
    State(api): State<Api>,
    NamespaceName(name): NamespaceName,
) -> Told<wire::Namespace> {
    let row = api.registry.namespace(&name).await?;
    row.map(|row| Json(shown::namespace(row))).ok_or_else(|| Refusal::not_found("Namespace", &name))
}

pub(in crate::http) async fn datasets(
    State(api): State<Api>,
    NamespaceName(namespace): NamespaceName,
    query: Query,
) -> Told<wire::Datasets> {
    let page = page(&query, USUAL)?;
    known(&api, &namespace).await?;
    let filter = NodeFilter { kind: Some("dataset"), namespace: Some(namespace), ..NodeFilter::default() };
    let (found, total_count) = api.registry.declared(filter, page).await?;
    Ok(Json(wire::Datasets { datasets: found.iter().map(shown::dataset).collect(), total_count }))
}

pub(in crate::http) async fn dataset(
    State(api): State<Api>,
    NamespaceName(namespace): NamespaceName,
    DatasetName(name): DatasetName,
) -> Told<wire::Dataset> {
    let entity = Entity::Dataset(Named::new(namespace, name.as_str()));
    let described = api.registry.declared_one(&entity).await?;
    described.map(|it| Json(shown::dataset(&it))).ok_or_else(|| Refusal::not_found("Dataset", &name))
}

pub(in crate::http) async fn all_jobs(State(api): State<Api>, query: Query) -> Told<wire::Jobs> {
    let filter = NodeFilter { kind: Some("job"), newest_first: true, ..NodeFilter::default() };
    jobs_found(&api, filter, page(&query, USUAL)?).await
}

pub(in crate::http) async fn jobs(
    State(api): State<Api>,
    NamespaceName(namespace): NamespaceName,
    query: Query,
) -> Told<wire::Jobs> {
    let page = page(&query, USUAL)?;
    known(&api, &namespace).await?;
    let filter = NodeFilter { kind: Some("job"), namespace: Some(namespace), ..NodeFilter::default() };
    jobs_found(&api, filter, page).await
}

pub(in crate::http) async fn job(
    State(api): State<Api>,
    NamespaceName(namespace): NamespaceName,
    JobName(name): JobName,
) -> Told<wire::Job> {
    let described = api.registry.declared_one(&Entity::Job(Named::new(namespace, name.as_str()))).await?;
    described.map(|it| Json(shown::job(&it))).ok_or_else(|| Refusal::not_found("Job", &name))
}

pub(in crate::http) async fn search(State(api): State<Api>, query: Query) -> Told<wire::SearchAnswer> {
    let part = query.text("q").ok_or_else(|| Refusal::bad("'q' is missing: a part of a name"))?;
    let kind = match query.text("filter").map(str::to_ascii_uppercase).as_deref() {
        None => None,
        Some("DATASET") => Some("dataset"),
        Some("JOB") => Some("job"),
        Some(_) => return Err(Refusal::bad("'filter' is DATASET or JOB")),
    };
    let newest_first = match query.text("sort").map(str::to_ascii_uppercase).as_deref() {
        None | Some("NAME") => false,
        Some("UPDATE_AT") => true,
        Some(_) => return Err(Refusal::bad("'sort' is NAME or UPDATE_AT")),
    };
    let filter = NodeFilter {
        kind,
        namespace: query.text("namespace").map(str::to_owned),
        part: Some(part.to_owned()),
        since: time(&query, "after")?,
        until: time(&query, "before")?,
        newest_first,
    };
    let (rows, total_count) = api.registry.search_declared(filter, page(&query, USUAL_FOUND)?).await?;
    let result = |row: tidegate_registry::declared::NodeRow| wire::SearchResult {
        kind: shown::kind(&row.entity),
        name: row.entity.named().name.to_string(),
        updated_at: rfc3339(row.last),
        namespace: row.entity.named().namespace.to_string(),
        node_id: node_text(&row.entity),
    };
    Ok(Json(wire::SearchAnswer { total_count, results: rows.into_iter().map(result).collect() }))
}

async fn jobs_found(api: &Api, filter: NodeFilter, page: Page) -> Told<wire::Jobs> {
    let (found, total_count) = api.registry.declared(filter, page).await?;
    Ok(Json(wire::Jobs { jobs: found.iter().map(shown::job).collect(), total_count }))
}

/// An empty list tells that a namespace has nothing, not that there is none.
async fn known(api: &Api, namespace: &str) -> Result<(), Refusal> {
    let row = api.registry.namespace(namespace).await?;
    row.map(|_| ()).ok_or_else(|| Refusal::not_found("Namespace", namespace))
}
