//! Is what this node remembers as new as the request? Asked once before each handler, and only where other nodes write to
//! the same database: then every answer holds what any node acknowledged before the request came.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tidegate_registry::Registry;

use super::error::Failure;

/// The routes, each behind that question. A registry of one node has nobody to ask.
pub(super) fn kept_fresh(routes: Router, registry: &Registry) -> Router {
    if registry.is_shared() { routes.route_layer(from_fn_with_state(registry.clone(), fresh)) } else { routes }
}

async fn fresh(State(registry): State<Registry>, request: Request, next: Next) -> Result<Response, Failure> {
    registry.fresh().await?;
    Ok(next.run(request).await)
}
