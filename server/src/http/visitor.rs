//! Who looks schemas up by this connection? Found out once, and again when it says something else of itself.
//!
//! Deserializers fetch many schemas by one connection. Each lookup after the first is a hash over two headers and a count.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ahash::RandomState;
use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use parking_lot::Mutex;
use tidegate_compat::{ContextName, SchemaId, SubjectName};
use tidegate_lineage::lookups::Client;
use tidegate_registry::{Access, Registry};

/// The other end of a connection. Cheap to clone.
#[derive(Clone)]
pub(super) struct Visitor(Arc<Inner>);

struct Inner {
    peer: SocketAddr,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    hasher: RandomState,
    /// A hash over what it says of itself. What it proves itself by is not kept.
    said: u64,
    /// `None` before the first lookup.
    client: Option<Arc<Client>>,
}

impl Visitor {
    pub(super) fn new(peer: SocketAddr) -> Self {
        Self(Arc::new(Inner { peer, known: Mutex::default() }))
    }

    pub(super) fn peer(&self) -> SocketAddr {
        self.0.peer
    }

    /// Counts a lookup by id, with the query that came with it. `name` tells the principal; it is asked only where the
    /// headers are others than before.
    pub(super) fn fetched(
        &self,
        registry: &Registry,
        headers: &HeaderMap,
        (id, query): (SchemaId, &str),
        name: impl FnOnce() -> Option<Arc<str>>,
    ) {
        let mut known = self.0.known.lock();
        if !known.is_of(headers) {
            known.begin(registry, headers, self.0.peer.ip(), name().as_deref());
        }
        known.count(context_of(query), id);
    }
}

impl Known {
    fn is_of(&self, headers: &HeaderMap) -> bool {
        self.client.is_some() && self.said == self.hash(headers)
    }

    fn hash(&self, headers: &HeaderMap) -> u64 {
        let bytes = |name| headers.get(name).map(HeaderValue::as_bytes);
        self.hasher.hash_one((bytes(AUTHORIZATION), bytes(USER_AGENT)))
    }

    fn begin(&mut self, registry: &Registry, headers: &HeaderMap, address: IpAddr, name: Option<&str>) {
        let software = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let who = Registry::visitor(name, software, &address.to_canonical().to_string());
        self.client = Some(registry.lookups().client(&who));
        self.said = self.hash(headers);
    }

    /// Without a context it is the default one.
    fn count(&self, context: Option<ContextName>, id: SchemaId) {
        let Some(client) = &self.client else { return };
        match context {
            Some(context) => client.fetched_in(context, id),
            None => client.fetched(id),
        }
    }
}

/// The context that a query names, if it is not the default one. In the name of a subject it stands between `:.` and `:`.
pub(super) fn context_of(query: &str) -> Option<ContextName> {
    let may_name_one = query.contains(":.") || query.contains("%3A.") || query.contains("%3a.");
    if !may_name_one {
        return None;
    }
    let (_, subject) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "subject")?;
    let subject = SubjectName::parse(&subject);
    (!subject.context().is_default()).then(|| subject.context().clone())
}

/// The same for handlers, with the headers of the request.
pub(super) struct Visit(Option<(Visitor, HeaderMap)>);

impl Visit {
    /// Counts that a schema was handed out to somebody.
    pub(super) fn fetched(&self, registry: &Registry, access: &Access, context: &ContextName, id: SchemaId) {
        let Some((visitor, headers)) = &self.0 else { return };
        let mut known = visitor.0.known.lock();
        if !known.is_of(headers) {
            known.begin(registry, headers, visitor.0.peer.ip(), access.known_name());
        }
        known.count(Some(context).filter(|context| !context.is_default()).cloned(), id);
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let visitor = parts.extensions.get::<Visitor>().cloned();
        let of_interest = || {
            let named = [AUTHORIZATION, USER_AGENT].into_iter();
            named.filter_map(|name| parts.headers.get(&name).cloned().map(|value| (name, value))).collect()
        };
        Ok(Self(visitor.map(|visitor| (visitor, of_interest()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_a_context_within_a_subject_only() {
        for (query, expected) in [
            ("", None),
            ("fetchMaxId=true&subject=orders-value", None),
            ("subject=%3A.staging%3Aorders-value", Some(".staging")),
            ("format=x&subject=:.staging:", Some(".staging")),
            ("format=:.staging:", None),
        ] {
            assert_eq!(context_of(query).as_ref().map(ContextName::as_str), expected, "{query}");
        }
    }
}
