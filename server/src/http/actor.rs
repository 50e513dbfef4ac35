//! Who makes a request, and from where? The peer's address: headers can say anything.

use std::net::SocketAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tidegate_registry::Actor;

use super::auth::Asking;
use super::error::Failure;

/// The other end of the connection that a request came by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// The actor to be written into the audit.
pub(super) struct Caller(pub(super) Actor);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Asking(access) = Asking::from_request_parts(parts, state).await?;
        let origin = parts.extensions.get::<Peer>().map(|Peer(peer)| peer.ip().to_string()).unwrap_or_default();
        Ok(Self(Actor { name: access.name().to_owned(), origin }))
    }
}
