//! Is the answer written already? Then it leaves here, before routing begins.
//!
//! What serializers ask for all day, schemas by id, is answered from the finished bodies that the ordinary way left behind.
//! Whatever is not exactly that takes the ordinary way. The exchange around both is the same, and so are their answers.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hyper::{Method, Request};
use tidegate_compat::SchemaId;
use tidegate_registry::Stamp;

use super::Api;
use super::error::Failure;
use super::exchange::Exchange;
use super::visitor::Visitor;

/// The only route that is answered here.
pub(super) const ROUTE: &str = "/schemas/ids/{id}";
const BEFORE_ID: &str = "/schemas/ids/";

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Fast {
    api: Api,
    exchange: Exchange,
}

impl Fast {
    pub(super) fn new(api: Api, exchange: Exchange) -> Self {
        Self { api, exchange }
    }

    /// The id, if this is a request that could be answered here.
    pub(super) fn asked<B: hyper::body::Body>(request: &Request<B>) -> Option<SchemaId> {
        id(request)
    }

    /// The time at which what is in memory is right.
    pub(super) async fn now(&self) -> Result<Stamp, Failure> {
        self.api.registry.fresh().await?;
        Ok(self.api.prepared.follow(&self.api.registry).await?)
    }

    /// That time, if it is known without asking anybody: no other node writes, and nothing has happened that was not
    /// followed.
    pub(super) fn now_at_once(&self) -> Option<Stamp> {
        let registry = &self.api.registry;
        if registry.is_shared() { None } else { self.api.prepared.followed(registry) }
    }

    /// What the caller gets when that time can't be known.
    pub(super) fn refuse<B>(&self, failure: Failure, request: &Request<B>) -> Response {
        let opened = self.exchange.open(ROUTE, request);
        self.exchange.close(opened, failure.into_response())
    }

    /// The whole answer, if it is in memory, for somebody who is known to be allowed to read everything: what is finished
    /// names the subject that comes first. Where there is any doubt, the ordinary way decides. To be called after
    /// [`Self::now`], so that a token which any node revoked is none any more.
    pub(super) fn answer<B>(
        &self,
        now: Stamp,
        id: SchemaId,
        request: &Request<B>,
        visitor: &Visitor,
    ) -> Option<Response> {
        if !self.exchange.guard().reads_everything(request.headers()) {
            return None;
        }
        let query = request.uri().query().unwrap_or_default();
        let body = self.api.prepared.get(now, id, query)?;
        let opened = self.exchange.open(ROUTE, request);
        if !opened.is_acceptable() {
            return None;
        }
        let name = || self.exchange.guard().name_now(request.headers());
        visitor.fetched(&self.api.registry, request.headers(), (id, query), name);
        Some(self.exchange.close(opened, Response::new(Body::from(body))))
    }
}

/// The id that is asked for, if that is all there is to the request.
fn id<B: hyper::body::Body>(request: &Request<B>) -> Option<SchemaId> {
    let digits = request.uri().path().strip_prefix(BEFORE_ID)?;
    let is_plain = request.method() == Method::GET && request.body().is_end_stream();
    if !is_plain || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().map(SchemaId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_requests_for_an_id_are_recognised() {
        let asked = |method: Method, path: &str, body: &str| {
            let request = Request::builder().method(method).uri(path).body(Body::from(body.to_owned())).unwrap();
            id(&request)
        };
        assert_eq!(asked(Method::GET, "/schemas/ids/7", ""), Some(SchemaId(7)));
        assert_eq!(asked(Method::GET, "/schemas/ids/7?subject=a", ""), Some(SchemaId(7)));
        for path in ["/schemas/ids/", "/schemas/ids/7/schema", "/schemas/ids/+7", "/schemas/ids/99999999999", "/"] {
            assert_eq!(asked(Method::GET, path, ""), None, "{path}");
        }
        assert_eq!(asked(Method::HEAD, "/schemas/ids/7", ""), None);
        assert_eq!(asked(Method::GET, "/schemas/ids/7", "a body"), None);
    }
}
