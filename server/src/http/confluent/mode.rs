//! Modes: may a subject be written to?

use axum::extract::State;
use tidegate_api as api;
use tidegate_api::ErrorCode;
use tidegate_registry::{Actor, Mode, Scope};

use super::config::{nothing_to_delete, scope};
use crate::http::Api;
use crate::http::actor::Caller;
use crate::http::error::{Answer, Failure};
use crate::http::extract::Named;
use crate::http::json::Json;
use crate::http::query::Query;

pub(in crate::http) async fn get_default(State(api): State<Api>, query: Query) -> Answer<api::Mode> {
    Ok(Json(shown(Some(api.registry.mode(&Scope::Default, query.flag("defaultToGlobal")?).await?))))
}

pub(in crate::http) async fn get(State(api): State<Api>, Named(subject): Named, query: Query) -> Answer<api::Mode> {
    let mode = api.registry.mode(&scope(subject), query.flag("defaultToGlobal")?).await?;
    Ok(Json(shown(Some(mode))))
}

pub(in crate::http) async fn put_default(
    State(api): State<Api>,
    Caller(actor): Caller,
    query: Query,
    Json(update): Json<api::ModeUpdate>,
) -> Answer<api::Mode> {
    set(&api, &actor, &Scope::Default, update, query.flag("force")?).await
}

pub(in crate::http) async fn put(
    State(api): State<Api>,
    Caller(actor): Caller,
    Named(subject): Named,
    query: Query,
    Json(update): Json<api::ModeUpdate>,
) -> Answer<api::Mode> {
    set(&api, &actor, &scope(subject), update, query.flag("force")?).await
}

pub(in crate::http) async fn delete_default(
    State(api): State<Api>,
    Caller(actor): Caller,
    query: Query,
) -> Answer<api::Mode> {
    remove(&api, &actor, &Scope::Default, &query).await
}

pub(in crate::http) async fn delete(
    State(api): State<Api>,
    Caller(actor): Caller,
    Named(subject): Named,
    query: Query,
) -> Answer<api::Mode> {
    remove(&api, &actor, &scope(subject), &query).await
}

async fn set(api: &Api, actor: &Actor, scope: &Scope, update: api::ModeUpdate, force: bool) -> Answer<api::Mode> {
    let mode = update.mode.map(|text| mode(&text)).transpose()?;
    api.registry.set_mode(actor, scope, mode, force).await?;
    Ok(Json(shown(mode)))
}

async fn remove(api: &Api, actor: &Actor, scope: &Scope, query: &Query) -> Answer<api::Mode> {
    let removed = api.registry.delete_mode(actor, scope, query.flag("recursive")?).await;
    Ok(Json(shown(removed.map_err(nothing_to_delete)?)))
}

fn mode(text: &str) -> Result<Mode, Failure> {
    Mode::parse(text).ok_or_else(|| {
        let known = Mode::ALL.map(Mode::as_str).join(", ");
        Failure::new(ErrorCode::InvalidMode, format!("Invalid mode '{text}'. Valid values are {known}"))
    })
}

fn shown(mode: Option<Mode>) -> api::Mode {
    api::Mode { mode: mode.map(|mode| mode.as_str().to_owned()) }
}
