//! Tokens: make one, list them, end one.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use tidegate_api::ErrorCode;
use tidegate_api::tokens as wire;
use tidegate_registry::{Grant, Grants, NewToken, Token};

use crate::http::Api;
use crate::http::actor::Caller;
use crate::http::error::{Answer, Failure};
use crate::http::extract::TokenName;
use crate::http::json::Json;
use crate::http::timestamp::rfc3339;

/// The only answer that holds the token itself.
pub(in crate::http) async fn create(
    State(api): State<Api>,
    Caller(actor): Caller,
    Json(request): Json<wire::NewToken>,
) -> Answer<wire::CreatedToken> {
    let new = NewToken {
        name: request.name,
        grants: Grants::new(request.grants.iter().map(|text| grant(text)).collect::<Result<Vec<_>, _>>()?),
        expires_in: request.expires_in_seconds.map(Duration::from_secs),
    };
    let (token, text) = api.registry.create_token(&actor, new).await?;
    Ok(Json(wire::CreatedToken { about: shown(token), token: text }))
}

pub(in crate::http) async fn list(State(api): State<Api>) -> Answer<Vec<wire::Token>> {
    let tokens = api.registry.tokens().await?;
    Ok(Json(tokens.into_iter().map(shown).collect()))
}

/// Nothing is answered.
pub(in crate::http) async fn revoke(
    State(api): State<Api>,
    Caller(actor): Caller,
    TokenName(name): TokenName,
) -> Result<StatusCode, Failure> {
    api.registry.revoke_token(&actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn grant(text: &str) -> Result<Grant, Failure> {
    Grant::parse(text)
        .map_err(|expected| Failure::new(ErrorCode::UnprocessableEntity, format!("'{text}' is not {expected}")))
}

fn shown(token: Token) -> wire::Token {
    wire::Token {
        name: token.name,
        grants: token.grants.iter().map(ToString::to_string).collect(),
        created_at: rfc3339(token.created_at),
        created_by: token.created_by,
        expires_at: token.expires_at.map(rfc3339),
        used_at: token.used_at.map(rfc3339),
    }
}
