//! Which paths are there? Every route in one list, grouped by who calls it.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, on};
use tidegate_api::ErrorCode;
use tidegate_registry::Registry;

use super::added::AddedHeaders;
use super::confluent::{associations, compatibility, config, contexts, metadata, mode, schemas, subjects, versions};
use super::error::Failure;
use super::exchange::{Exchange, Limits, exchange};
use super::fast::{self, Fast};
use super::fresh::kept_fresh;
use super::front::Front;
use super::govern::{self, explain, lineage};
use super::health::{self, Health};
use super::{Api, metrics};
use crate::config::HttpConfig;

/// Which of the registry's parts are served that can be left out.
#[derive(Debug, Clone, Copy)]
pub struct Offered {
    pub associations: bool,
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
        Self { associations: true }
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
) -> Front {
    let Around { limits, headers } = around;
    let around = Exchange::new(limits, routes().into_iter().map(|(_, path)| path));
    let api = registry.map(|registry| Api { registry, prepared: Arc::default(), cluster: cluster.into() });
    let fast = api.clone().map(|api| Fast::new(api, around.clone()));
    let operations = operations().router.with_state(Operations { health, prometheus });
    let registry = api.map(|api| {
        let associations = if offered.associations { association_routes().router } else { Router::new() };
        let registry = api.registry.clone();
        kept_fresh(registry_routes().router.merge(associations).with_state(api), &registry)
    });
    let router = registry.map_or(operations.clone(), |registry| registry.merge(operations));
    let router = router
        .fallback(async || Failure::new(ErrorCode::NotFound, "HTTP 404 Not Found"))
        .method_not_allowed_fallback(async || Failure::new(ErrorCode::MethodNotAllowed, "HTTP 405 Method Not Allowed"))
        .layer(from_fn_with_state(around, exchange));
    Front::new(router, fast, headers)
}

/// Method and path pattern of every route, for the documentation and for the test that holds openapi.yaml against it.
pub fn routes() -> Vec<(Method, &'static str)> {
    [registry_routes().list, association_routes().list, operations().list].concat()
}

fn registry_routes() -> Routes<Api> {
    Routes::new()
        // Serializers and deserializers.
        .post("/subjects/{subject}", subjects::look_up)
        .post("/subjects/{subject}/versions", versions::register)
        .get("/subjects/{subject}/versions/{version}", versions::get)
        .get(fast::ROUTE, schemas::by_id)
        .get("/schemas/guids/{guid}", schemas::by_guid)
        // Tools and people who look around.
        .get("/", metadata::alive)
        .post("/", metadata::alive)
        .get("/subjects", subjects::list)
        .get("/subjects/{subject}/metadata", subjects::with_metadata)
        .get("/subjects/{subject}/versions", versions::list)
        .get("/subjects/{subject}/versions/{version}/schema", versions::text)
        .get("/subjects/{subject}/versions/{version}/referencedby", versions::referenced_by)
        .get("/schemas", schemas::list)
        .get("/schemas/types", schemas::types)
        .get("/schemas/ids/{id}/schema", schemas::text)
        .get("/schemas/ids/{id}/subjects", schemas::subjects)
        .get("/schemas/ids/{id}/versions", schemas::versions)
        .get("/schemas/guids/{guid}/ids", schemas::ids_of_guid)
        .get("/contexts", contexts::list)
        .get("/govern/v1/subjects", govern::subjects::list)
        .get("/v1/metadata/id", metadata::id)
        .get("/v1/metadata/version", metadata::version)
        .get("/v1/metadata/deployment", metadata::deployment)
        // Teams who change schemas, and their CI.
        .post("/compatibility/subjects/{subject}/versions", compatibility::with_subject)
        .post("/compatibility/subjects/{subject}/versions/{version}", compatibility::with_version)
        .post("/govern/v1/explain", explain::explain)
        .get("/govern/v1/rules", explain::rules)
        .post("/subjects/{subject}/versions/{version}/tags", versions::tag)
        .delete("/subjects/{subject}", subjects::delete)
        .delete("/subjects/{subject}/versions/{version}", versions::delete)
        // Stewards and operators.
        .get("/config", config::get_default)
        .put("/config", config::put_default)
        .delete("/config", config::delete_default)
        .get("/config/{subject}", config::get)
        .put("/config/{subject}", config::put)
        .delete("/config/{subject}", config::delete)
        .get("/mode", mode::get_default)
        .put("/mode", mode::put_default)
        .delete("/mode", mode::delete_default)
        .get("/mode/{subject}", mode::get)
        .put("/mode/{subject}", mode::put)
        .delete("/mode/{subject}", mode::delete)
        .delete("/contexts/{context}", contexts::delete)
        .get("/govern/v1/lineage/topics/{topic}", lineage::topic)
        // Proxies elsewhere.
        .post("/govern/v1/lineage/observations", lineage::observe)
}

/// Whoever creates topics, and serializers that ask which subject is a topic's.
fn association_routes() -> Routes<Api> {
    Routes::new()
        .get("/associations/subjects/{subject}", associations::of_subject)
        .get("/associations/resources/{resourceNamespace}/{resourceName}", associations::of_name)
        .get("/associations/resources/{resourceId}", associations::of_id)
        .post("/associations", associations::create)
        .put("/associations/resources/{resourceId}", associations::upsert)
        .delete("/associations/resources/{resourceId}", associations::delete)
        .post("/associations:batchGet", associations::batch_get)
        .post("/associations:batchMutate", associations::batch_mutate)
}

/// Orchestrators and monitoring.
fn operations() -> Routes<Operations> {
    Routes::new()
        .get("/health/live", health::live)
        .get("/health/ready", health::ready)
        .get("/metrics", metrics::prometheus)
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
    list: Vec<(Method, &'static str)>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    fn new() -> Self {
        Self { router: Router::new(), list: Vec::new() }
    }

    fn get<T: 'static>(self, path: &'static str, handler: impl Handler<T, S>) -> Self {
        self.add(Method::GET, MethodFilter::GET, path, handler)
    }

    fn post<T: 'static>(self, path: &'static str, handler: impl Handler<T, S>) -> Self {
        self.add(Method::POST, MethodFilter::POST, path, handler)
    }

    fn put<T: 'static>(self, path: &'static str, handler: impl Handler<T, S>) -> Self {
        self.add(Method::PUT, MethodFilter::PUT, path, handler)
    }

    fn delete<T: 'static>(self, path: &'static str, handler: impl Handler<T, S>) -> Self {
        self.add(Method::DELETE, MethodFilter::DELETE, path, handler)
    }

    fn add<T: 'static>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        handler: impl Handler<T, S>,
    ) -> Self {
        self.list.push((method, path));
        Self { router: self.router.route(path, on(filter, handler)), list: self.list }
    }
}
