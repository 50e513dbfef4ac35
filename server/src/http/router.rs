//! Which paths are there, and what does each need? Every route in one list, grouped by who calls it.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, on};
use tidegate_api::ErrorCode;
use tidegate_registry::{Registry, Right};

use super::added::AddedHeaders;
use super::auth::{Guard, Need};
use super::confluent::{associations, compatibility, config, contexts, metadata, mode, schemas, subjects, versions};
use super::error::Failure;
use super::exchange::{Exchange, Limits, exchange};
use super::fast::{self, Fast};
use super::front::Front;
use super::govern::{
    self, applications, check, consumers, events, explain, graph, lineage, policies, tokens, trying, usage, violations,
    whoami,
};
use super::health::{self, Health};
use super::kafka::{Clusters, listing, records};
use super::marquez::{self, catalog, graphs, runs};
use super::{Api, metrics};
use crate::config::HttpConfig;
use crate::last_records::LastRecords;
use crate::live::Feed;

/// What is served besides the registry.
pub struct Offered {
    /// Whether associations are.
    pub associations: bool,
    /// The clusters that take records over HTTP.
    pub kafka: Clusters,
    /// What is happening now.
    pub feed: Feed,
    /// Where topics are read.
    pub topics: Arc<[LastRecords]>,
}

/// What every request has around it.
#[derive(Debug, Clone)]
pub struct Around {
    pub limits: Limits,
    pub headers: AddedHeaders,
}

impl From<&HttpConfig> for Around {
    fn from(config: &HttpConfig) -> Self {
        Self { limits: Limits::from(config), headers: AddedHeaders::from(config) }
    }
}

impl Default for Offered {
    fn default() -> Self {
        Self { associations: true, kafka: Clusters::default(), feed: Feed::default(), topics: Arc::default() }
    }
}

/// All that is served. Without a registry, only health and metrics.
pub fn front(
    registry: Option<Registry>,
    offered: Offered,
    cluster: &str,
    health: Health,
    prometheus: prometheus::Registry,
    around: Around,
    guard: Guard,
) -> Front {
    let Around { limits, headers } = around;
    let around = Exchange::new(limits, guard, routes().into_iter().map(|(_, path)| path));
    let Offered { associations, kafka, feed, topics } = offered;
    let prepared = Arc::default();
    let api = registry.map(|registry| Api { registry, prepared, cluster: cluster.into(), feed, topics });
    let fast = api.clone().map(|api| Fast::new(api, around.clone()));
    let operations = operations().router.with_state(Operations { health, prometheus });
    let registry = api.map(|api| {
        let associations = if associations { association_routes().router } else { Router::new() };
        registry_routes().router.merge(associations).with_state(api)
    });
    let router = registry.map_or(operations.clone(), |registry| registry.merge(operations));
    let router = router.merge(kafka_routes().router.with_state(kafka));
    let router = router
        .fallback(async || Failure::new(ErrorCode::NotFound, "HTTP 404 Not Found"))
        .method_not_allowed_fallback(async || Failure::new(ErrorCode::MethodNotAllowed, "HTTP 405 Method Not Allowed"))
        .layer(from_fn_with_state(around, exchange));
    Front::new(router, fast, headers)
}

/// Method and path pattern of every route, for the documentation and for the test that holds openapi.yaml against it.
pub fn routes() -> Vec<(Method, &'static str)> {
    needs().into_iter().map(|(method, path, _)| (method, path)).collect()
}

/// The same, with what each route needs.
pub(super) fn needs() -> Vec<(Method, &'static str, Need)> {
    [registry_routes().list, association_routes().list, kafka_routes().list, operations().list].concat()
}

fn registry_routes() -> Routes<Api> {
    use Need::{Context, Everything, Settings, Something, Subject, Topic};
    use Right::{Admin, Observe, Read, Write};
    Routes::new()
        // Serializers and deserializers.
        .post("/subjects/{subject}", Subject(Read), subjects::look_up)
        .post("/subjects/{subject}/versions", Subject(Write), versions::register)
        .get("/subjects/{subject}/versions/{version}", Subject(Read), versions::get)
        .get(fast::ROUTE, Something, schemas::by_id)
        .get("/schemas/guids/{guid}", Something, schemas::by_guid)
        // Tools and people who look around.
        .get("/", Something, metadata::alive)
        .post("/", Something, metadata::alive)
        .get("/subjects", Something, subjects::list)
        .get("/subjects/{subject}/metadata", Subject(Read), subjects::with_metadata)
        .get("/subjects/{subject}/versions", Subject(Read), versions::list)
        .get("/subjects/{subject}/versions/{version}/schema", Subject(Read), versions::text)
        .get("/subjects/{subject}/versions/{version}/referencedby", Subject(Read), versions::referenced_by)
        .get("/schemas", Something, schemas::list)
        .get("/schemas/types", Something, schemas::types)
        .get("/schemas/ids/{id}/schema", Something, schemas::text)
        .get("/schemas/ids/{id}/subjects", Something, schemas::subjects)
        .get("/schemas/ids/{id}/versions", Something, schemas::versions)
        .get("/schemas/guids/{guid}/ids", Something, schemas::ids_of_guid)
        .get("/contexts", Something, contexts::list)
        .get("/govern/v1/subjects", Something, govern::subjects::list)
        .get("/govern/v1/search", Something, govern::search::search)
        .get("/v1/metadata/id", Something, metadata::id)
        .get("/v1/metadata/version", Something, metadata::version)
        .get("/v1/metadata/deployment", Something, metadata::deployment)
        // Teams who change schemas, and their CI.
        .post("/compatibility/subjects/{subject}/versions", Subject(Read), compatibility::with_subject)
        .post("/compatibility/subjects/{subject}/versions/{version}", Subject(Read), compatibility::with_version)
        .post("/govern/v1/check", Something, check::check)
        .post("/govern/v1/explain", Something, explain::explain)
        .post("/govern/v1/settings", Something, govern::settings::of_subjects)
        .get("/govern/v1/rules", Something, explain::rules)
        .post("/govern/v1/rules/try", Something, trying::try_rules)
        .post("/subjects/{subject}/versions/{version}/tags", Subject(Write), versions::tag)
        .delete("/subjects/{subject}", Subject(Write), subjects::delete)
        .delete("/subjects/{subject}/versions/{version}", Subject(Write), versions::delete)
        // Stewards and operators.
        .get("/config", Something, config::get_default)
        .put("/config", Everything(Admin), config::put_default)
        .delete("/config", Everything(Admin), config::delete_default)
        .get("/config/{subject}", Settings(Read), config::get)
        .put("/config/{subject}", Settings(Write), config::put)
        .delete("/config/{subject}", Settings(Write), config::delete)
        .get("/mode", Something, mode::get_default)
        .put("/mode", Everything(Admin), mode::put_default)
        .delete("/mode", Everything(Admin), mode::delete_default)
        .get("/mode/{subject}", Settings(Read), mode::get)
        .put("/mode/{subject}", Settings(Write), mode::put)
        .delete("/mode/{subject}", Settings(Write), mode::delete)
        .delete("/contexts/{context}", Context(Admin), contexts::delete)
        .get("/govern/v1/lineage/topics/{topic}", Topic(Read), lineage::topic)
        .get("/govern/v1/lineage/graph", Everything(Read), graph::graph)
        .get("/govern/v1/lineage/paths", Everything(Read), graph::paths)
        .get("/govern/v1/lineage/diff", Everything(Read), graph::diff)
        .get("/govern/v1/lineage/impact", Everything(Read), graph::impact)
        .get("/govern/v1/lineage/timeline", Everything(Read), graph::timeline)
        .get("/govern/v1/usage/subjects/{subject}", Subject(Read), usage::of_subject)
        .put("/govern/v1/applications/{application}", Everything(Write), applications::declare)
        .delete("/govern/v1/applications/{application}", Everything(Write), applications::forget)
        .get("/govern/v1/applications/{application}", Everything(Read), applications::get)
        .get("/govern/v1/applications", Everything(Read), applications::list)
        .put("/govern/v1/consumers/{application}", Everything(Observe), consumers::publish)
        .get("/govern/v1/consumers/{application}", Something, consumers::get)
        .delete("/govern/v1/consumers/{application}", Everything(Observe), consumers::retract)
        .get("/govern/v1/consumers", Something, consumers::list)
        .get("/govern/v1/whoami", Something, whoami::who)
        .post("/govern/v1/tokens", Everything(Admin), tokens::create)
        .get("/govern/v1/tokens", Everything(Admin), tokens::list)
        .delete("/govern/v1/tokens/{token}", Everything(Admin), tokens::revoke)
        .put("/govern/v1/policies/{policy}", Everything(Admin), policies::put)
        .delete("/govern/v1/policies/{policy}", Everything(Admin), policies::delete)
        .get("/govern/v1/policies/{policy}", Everything(Read), policies::get)
        .get("/govern/v1/policies/{policy}/versions", Everything(Read), policies::history)
        .get("/govern/v1/policies:match", Everything(Read), policies::deciding)
        .get("/govern/v1/violations", Something, violations::list)
        .get("/govern/v1/violations/{violation}", Something, violations::get)
        .put("/govern/v1/violations/{violation}/state", Everything(Admin), violations::put_state)
        .get("/govern/v1/events", Something, events::stream)
        // Those who declare lineage.
        .post("/api/v1/lineage", Everything(Observe), marquez::events::send)
        .post("/api/v1/lineage/batch", Everything(Observe), marquez::events::send_many)
        // Those who ask for it as Marquez is asked.
        .get("/api/v1/lineage", Everything(Read), graphs::lineage)
        .get("/api/v1/column-lineage", Everything(Read), graphs::columns)
        .get("/api/v1/events", Everything(Read), runs::events)
        .get("/api/v1/events/lineage", Everything(Read), runs::events)
        .get("/api/v1/namespaces", Everything(Read), catalog::namespaces)
        .get("/api/v1/namespaces/{namespace}", Everything(Read), catalog::namespace)
        .get("/api/v1/namespaces/{namespace}/datasets", Everything(Read), catalog::datasets)
        .get("/api/v1/namespaces/{namespace}/datasets/{dataset}", Everything(Read), catalog::dataset)
        .get("/api/v1/namespaces/{namespace}/jobs", Everything(Read), catalog::jobs)
        .get("/api/v1/namespaces/{namespace}/jobs/{job}", Everything(Read), catalog::job)
        .get("/api/v1/namespaces/{namespace}/jobs/{job}/runs", Everything(Read), runs::of_job)
        .get("/api/v1/jobs", Everything(Read), catalog::all_jobs)
        .get("/api/v1/jobs/runs/{run}", Everything(Read), runs::one)
        .get("/api/v1/jobs/runs/{run}/facets", Everything(Read), runs::facets_of)
        .get("/api/v1/search", Everything(Read), catalog::search)
        // Proxies elsewhere.
        .get("/govern/v1/policies", Everything(Read), policies::list)
        .post("/govern/v1/violations/observations", Everything(Observe), violations::observe)
        .get("/govern/v1/lineage/schemas", Everything(Read), lineage::schemas)
        .post("/govern/v1/lineage/observations", Everything(Observe), lineage::observe)
        .post("/govern/v1/lineage/surveys", Everything(Observe), lineage::survey)
}

/// Whoever creates topics, and serializers that ask which subject is a topic's.
fn association_routes() -> Routes<Api> {
    use Need::{Everything, Something, Subject};
    use Right::{Read, Write};
    Routes::new()
        .get("/associations/subjects/{subject}", Subject(Read), associations::of_subject)
        .get("/associations/resources/{resourceNamespace}/{resourceName}", Something, associations::of_name)
        .get("/associations/resources/{resourceId}", Something, associations::of_id)
        .post("/associations", Everything(Write), associations::create)
        .put("/associations/resources/{resourceId}", Everything(Write), associations::upsert)
        .delete("/associations/resources/{resourceId}", Everything(Write), associations::delete)
        .post("/associations:batchGet", Everything(Read), associations::batch_get)
        .post("/associations:batchMutate", Everything(Write), associations::batch_mutate)
}

/// Producers that can't speak Kafka.
fn kafka_routes() -> Routes<Clusters> {
    use Need::{Everything, Something, Topic};
    use Right::{Read, Write};
    Routes::new()
        .get("/kafka/v3/clusters", Something, listing::clusters)
        .get("/kafka/v3/clusters/{cluster}", Something, listing::one_cluster)
        .get("/kafka/v3/clusters/{cluster}/topics", Everything(Read), listing::topics)
        .post(records::STREAMED, Topic(Write), records::produce)
        .post("/kafka/v3/clusters/{cluster}/topics/{topic}/records:batch", Topic(Write), records::batch)
}

/// Orchestrators and monitoring.
fn operations() -> Routes<Operations> {
    use Need::{Metrics, Nothing};
    Routes::new().get("/health/live", Nothing, health::live).get("/health/ready", Nothing, health::ready).get(
        "/metrics",
        Metrics,
        metrics::prometheus,
    )
}

/// What health and metrics answer from.
#[derive(Clone)]
pub(super) struct Operations {
    pub(super) health: Health,
    pub(super) prometheus: prometheus::Registry,
}

/// A router that remembers what it was told.
struct Routes<S> {
    router: Router<S>,
    list: Vec<(Method, &'static str, Need)>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    fn new() -> Self {
        Self { router: Router::new(), list: Vec::new() }
    }

    fn get<T: 'static>(self, path: &'static str, need: Need, handler: impl Handler<T, S>) -> Self {
        self.add(Method::GET, MethodFilter::GET, path, need, handler)
    }

    fn post<T: 'static>(self, path: &'static str, need: Need, handler: impl Handler<T, S>) -> Self {
        self.add(Method::POST, MethodFilter::POST, path, need, handler)
    }

    fn put<T: 'static>(self, path: &'static str, need: Need, handler: impl Handler<T, S>) -> Self {
        self.add(Method::PUT, MethodFilter::PUT, path, need, handler)
    }

    fn delete<T: 'static>(self, path: &'static str, need: Need, handler: impl Handler<T, S>) -> Self {
        self.add(Method::DELETE, MethodFilter::DELETE, path, need, handler)
    }

    fn add<T: 'static>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        need: Need,
        handler: impl Handler<T, S>,
    ) -> Self {
        self.list.push((method, path, need));
        Self { router: self.router.route(path, on(filter, handler)), list: self.list }
    }
}
