//! Contexts: list them, delete one.

use axum::extract::State;
use axum::http::StatusCode;
use tidegate_registry::Page;

use crate::http::actor::Caller;
use crate::http::auth::Asking;
use crate::http::error::{Answer, Failure};
use crate::http::extract::Context;
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::{Api, page};

pub(in crate::http) async fn list(State(api): State<Api>, Asking(access): Asking, query: Query) -> Answer<Vec<String>> {
    let page = page::unlimited(&query)?;
    let Some(prefix) = query.text("contextPrefix") else {
        let contexts = api.registry.contexts_for(&access, page).await?;
        return Ok(Json(contexts.iter().map(ToString::to_string).collect()));
    };
    let all = api.registry.contexts_for(&access, Page::default()).await?;
    let matching = all.iter().map(ToString::to_string).filter(|context| context.starts_with(prefix));
    Ok(Json(matching.skip(page.offset).take(page.limit.unwrap_or(usize::MAX)).collect()))
}

/// Nothing is answered.
pub(in crate::http) async fn delete(
    State(api): State<Api>,
    Caller(actor): Caller,
    Context(context): Context,
) -> Result<StatusCode, Failure> {
    api.registry.delete_context(&actor, &context).await?;
    Ok(StatusCode::NO_CONTENT)
}
