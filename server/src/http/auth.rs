//! Who asks, and may they? Every request to a route passes here before its body is read and its handler runs.
//!
//! What a route needs is said in the list of routes ([`Need`]). Handlers that answer for more than one subject get an
//! [`Access`] and let the registry leave out what may not be seen.

mod credentials;
mod need;
mod throttle;
mod users;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use tidegate_api::ErrorCode;
use tidegate_registry::{Access, Grants, Registry, Right};

use self::credentials::Credentials;
use self::users::{Rejection, Users};
use super::actor::Peer;
use super::error::Failure;
use crate::config::{AuthConfig, MetricsAccess};

pub(super) use self::need::Need;
pub use self::users::hash_password;

/// Who stands at the door. Cheap to clone.
#[derive(Clone)]
pub struct Guard(Arc<Inner>);

struct Inner {
    /// Where tokens are known; a proxy alone has none.
    registry: Option<Registry>,
    users: Users,
    /// What callers without credentials may do while there are neither users nor tokens, and once there are.
    without_keys: Grants,
    with_keys: Grants,
    is_metrics_open: bool,
    needs: HashMap<&'static str, Vec<(Method, Need)>>,
}

impl Guard {
    /// In front of these routes. `is_private`: only callers on this machine reach the port.
    pub(super) fn new(
        config: &AuthConfig,
        registry: Option<Registry>,
        is_private: bool,
        routes: impl IntoIterator<Item = (Method, &'static str, Need)>,
    ) -> Self {
        let mut needs: HashMap<&'static str, Vec<(Method, Need)>> = HashMap::new();
        for (method, route, need) in routes {
            needs.entry(route).or_default().push((method, need));
        }
        let said = config.anonymous.map(|anonymous| anonymous.right().map(Grants::everywhere).unwrap_or_default());
        let unsaid = if is_private { Grants::everywhere(Right::Admin) } else { Grants::default() };
        // A proxy alone without users has nothing else to show, and nobody it could let in.
        let is_open_by_default = is_private || (registry.is_none() && config.users.is_empty());
        Self(Arc::new(Inner {
            registry,
            users: Users::new(&config.users),
            without_keys: said.clone().unwrap_or(unsaid),
            with_keys: said.unwrap_or_default(),
            is_metrics_open: config.metrics.map_or(is_open_by_default, |metrics| metrics == MetricsAccess::Open),
            needs,
        }))
    }

    /// Lets a request to a route pass, and notes who asks; or says why not.
    pub(super) async fn admit(&self, route: &str, parts: &mut Parts) -> Result<(), Failure> {
        // What is not in the list is not routed either: it is answered with 404 or 405.
        let Some(need) = self.need(route, &parts.method) else { return Ok(()) };
        if need == Need::Nothing || (need == Need::Metrics && self.0.is_metrics_open) {
            return Ok(());
        }
        // What any node acknowledged before this request holds for it: a token that is revoked is so everywhere, and what
        // the handler remembers is as new.
        if let Some(registry) = &self.0.registry {
            registry.fresh().await?;
        }
        let peer = parts.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Peer(peer)| peer.ip());
        let access = self.identify(&parts.headers, peer).await?;
        need.check(&access, self.0.registry.as_ref(), parts).await?;
        parts.extensions.insert(access);
        Ok(())
    }

    /// Whether it is certain, without asking anybody, that the caller may read everything. For the fast way to answers that
    /// are written already; whoever is not known so takes the ordinary one.
    pub(super) fn reads_everything(&self, headers: &HeaderMap) -> bool {
        let has_tokens = match &self.0.registry {
            Some(registry) => match registry.has_tokens_now() {
                Some(has_tokens) => has_tokens,
                None => return false,
            },
            None => false,
        };
        let reads_everything = |grants: &Grants| grants.may_everywhere(Right::Read);
        if !has_tokens && self.0.users.is_empty() {
            return reads_everything(&self.0.without_keys);
        }
        let token = match Credentials::of(headers) {
            Ok(None) => return reads_everything(&self.0.with_keys),
            Ok(Some(credentials)) => credentials.into_token(),
            Err(_) => None,
        };
        let registry = self.0.registry.as_ref();
        token.zip(registry).is_some_and(|(token, registry)| {
            registry.bearer_now(&token).is_some_and(|access| reads_everything(access.grants()))
        })
    }

    /// The name behind a token, as far as it is in memory.
    pub(super) fn name_now(&self, headers: &HeaderMap) -> Option<Arc<str>> {
        let token = Credentials::of(headers).ok()??.into_token()?;
        let access = self.0.registry.as_ref()?.bearer_now(&token)?;
        access.known_name().map(Arc::from)
    }

    fn need(&self, route: &str, method: &Method) -> Option<Need> {
        let needs = self.0.needs.get(route)?;
        // Whoever may get something may ask for its head.
        let asked = if *method == Method::HEAD { &Method::GET } else { method };
        needs.iter().find(|(method, _)| method == asked).map(|(_, need)| *need)
    }

    async fn identify(&self, headers: &HeaderMap, peer: IpAddr) -> Result<Access, Failure> {
        if self.0.users.is_empty() && !self.has_tokens().await? {
            return Ok(Access::anonymous(self.0.without_keys.clone()));
        }
        let refused = |message: &str| Failure::new(ErrorCode::Unauthorized, message);
        let Some(credentials) = Credentials::of(headers).map_err(|reason| refused(reason.0))? else {
            return Ok(Access::anonymous(self.0.with_keys.clone()));
        };
        match credentials {
            Credentials::Token(token) => {
                let known = match &self.0.registry {
                    Some(registry) => registry.bearer(&token).await?,
                    None => None,
                };
                known.ok_or_else(|| refused("the token is not known here, or is over"))
            }
            Credentials::Password { user, password } => {
                self.0.users.verify(peer, &user, &password).await.map_err(|rejection| match rejection {
                    Rejection::Wrong => refused("user or password is wrong"),
                    Rejection::TooManyAttempts => {
                        Failure::new(ErrorCode::TooManyRequests, "too many wrong passwords from here; wait a little")
                    }
                    Rejection::Busy => {
                        Failure::new(ErrorCode::Unavailable, "too many passwords are being checked; try again")
                    }
                })
            }
        }
    }

    async fn has_tokens(&self) -> Result<bool, Failure> {
        match &self.0.registry {
            Some(registry) => Ok(registry.has_tokens().await?),
            None => Ok(false),
        }
    }
}

/// Who asks, for handlers. It is there because [`Guard::admit`] left it.
pub(super) struct Asking(pub(super) Access);

impl<S: Send + Sync> FromRequestParts<S> for Asking {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let access = parts.extensions.get::<Access>().cloned();
        access.map(Self).ok_or_else(|| Failure::new(ErrorCode::Internal, "nobody asked who asks"))
    }
}
