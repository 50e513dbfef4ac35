//! How does a question reach the registry, and its answer the asker?

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT};
use reqwest::{Certificate, Method, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tidegate_api as api;

use crate::ClientError;
use crate::known::Known;
use crate::pace::{Pace, chance};

/// The media type that every registry of this kind takes and gives.
const MEDIA_TYPE: &str = "application/vnd.schemaregistry.v1+json";
/// The largest answer that is read.
const MAX_ANSWER: usize = 256 << 20;

/// A client of one registry. Cloning is cheap, and clones share connections and what they have learnt.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    base: String,
    credentials: Credentials,
    pace: Pace,
    by_id: Mutex<Known>,
}

/// How a client comes to be.
#[derive(Debug, Clone)]
pub struct Builder {
    url: String,
    credentials: Credentials,
    authorities: Option<Vec<u8>>,
    timeout: Duration,
    pace: Pace,
    agent: String,
}

#[derive(Clone)]
enum Credentials {
    Nobody,
    Token(String),
    Password { user: String, password: String },
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nobody => "Nobody",
            Self::Token(_) => "Token(…)",
            Self::Password { .. } => "Password(…)",
        })
    }
}

impl Builder {
    /// Shows a bearer token.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.credentials = Credentials::Token(token.into());
        self
    }

    /// Shows a user name and a password.
    pub fn password(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.credentials = Credentials::Password { user: user.into(), password: password.into() };
        self
    }

    /// Trusts these authorities (PEM) and no others. Without, those of the system.
    pub fn authorities(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.authorities = Some(pem.into());
        self
    }

    /// How long one attempt may take; 30 seconds otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often, and after which pauses, a request is repeated.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// What the registry sees in `User-Agent`.
    pub fn agent(mut self, agent: impl Into<String>) -> Self {
        self.agent = agent.into();
        self
    }

    /// Makes the client. Nothing is asked yet.
    ///
    /// # Errors
    /// A URL that is not one of HTTP, or authorities that are not PEM.
    pub fn build(self) -> Result<Client, ClientError> {
        if let Some(url) = without_credentials(&self.url) {
            // They would stand in every message about that URL.
            let reason = "credentials don't belong into a URL: give a user and a password, or a token".to_owned();
            return Err(ClientError::Unusable { url, reason });
        }
        let unusable = |reason: String| ClientError::Unusable { url: self.url.clone(), reason };
        let is_tls = self.url.starts_with("https://");
        if !is_tls && !self.url.starts_with("http://") {
            return Err(unusable("it begins neither with https:// nor with http://".to_owned()));
        }
        // Fails when the process has a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let agent = HeaderValue::from_str(&self.agent).map_err(|error| unusable(error.to_string()))?;
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(MEDIA_TYPE)), (USER_AGENT, agent)]);
        let mut builder = reqwest::Client::builder()
            .default_headers(headers)
            .connect_timeout(Duration::from_secs(5).min(self.timeout))
            .timeout(self.timeout);
        if let Some(pem) = &self.authorities {
            let authorities = Certificate::from_pem_bundle(pem).map_err(|error| unusable(error.to_string()))?;
            builder = builder.tls_certs_only(authorities);
        } else if !is_tls {
            // Without TLS nobody has to be trusted, and reading the system's authorities takes time.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| unusable(ClientError::innermost(&error)))?;
        let base = self.url.trim_end_matches('/').to_owned();
        let inner = Inner { http, base, credentials: self.credentials, pace: self.pace, by_id: Mutex::default() };
        Ok(Client(Arc::new(inner)))
    }
}

impl Client {
    /// Begins a client of the registry at a URL such as `https://registry.example`.
    pub fn builder(url: impl Into<String>) -> Builder {
        Builder {
            url: url.into(),
            credentials: Credentials::Nobody,
            authorities: None,
            timeout: Duration::from_secs(30),
            pace: Pace::default(),
            agent: concat!("tidegate-client/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// The URL of the registry, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.0.base
    }

    /// Asks with `GET` for a path, which begins with a slash and is escaped.
    ///
    /// # Errors
    /// Those of [`ClientError`].
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.send(Method::GET, path, None::<&()>).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ClientError> {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ClientError> {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.send(Method::DELETE, path, None::<&()>).await
    }

    /// What is known of an id in a context.
    pub(crate) fn known(&self, context: &str, id: i32) -> Option<Arc<api::SchemaById>> {
        self.0.by_id.lock().unwrap_or_else(PoisonError::into_inner).get(context, id)
    }

    /// Remembers what belongs to an id, while there is room.
    pub(crate) fn learn(&self, context: &str, id: i32, schema: api::SchemaById) -> Arc<api::SchemaById> {
        let schema = Arc::new(schema);
        self.0.by_id.lock().unwrap_or_else(PoisonError::into_inner).learn(context, id, Arc::clone(&schema));
        schema
    }

    /// Repeats what failed on the way. Registering the same content twice gives the same id, so that may be repeated as well;
    /// a deletion is not repeated once it may have arrived.
    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, ClientError> {
        let inner = &*self.0;
        let url = format!("{}{path}", inner.base);
        let body = body.map(serde_json::to_vec).transpose();
        let body = body.map_err(|error| ClientError::Unusable { url: url.clone(), reason: error.to_string() })?;
        let mut attempt = 1;
        loop {
            let mut request = inner.http.request(method.clone(), &url);
            request = match &inner.credentials {
                Credentials::Nobody => request,
                Credentials::Token(token) => request.bearer_auth(token),
                Credentials::Password { user, password } => request.basic_auth(user, Some(password)),
            };
            if let Some(body) = &body {
                request = request.header(CONTENT_TYPE, MEDIA_TYPE).body(body.clone());
            }
            let (pause, failure) = match request.send().await {
                Ok(response) if Pace::is_passing(response.status().as_u16()) && method != Method::DELETE => {
                    let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
                    (inner.pace.spread(attempt, asked, chance()), refusal(&url, response).await)
                }
                Ok(response) if response.status().is_success() => return intelligible(&url, response).await,
                Ok(response) => return Err(refusal(&url, response).await),
                Err(error) => {
                    let may_repeat = error.is_connect() || method != Method::DELETE;
                    let pause = may_repeat.then(|| inner.pace.spread(attempt, None, chance())).flatten();
                    (pause, ClientError::Unreachable { url: url.clone(), reason: ClientError::innermost(&error) })
                }
            };
            let Some(pause) = pause else { return Err(failure) };
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }
}

/// The URL without its user and password, if it has them.
fn without_credentials(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (_, host) = authority.rsplit_once('@')?;
    Some(format!("{scheme}://{host}{path}"))
}

async fn bytes(url: &str, mut response: Response) -> Result<Vec<u8>, ClientError> {
    let mut bytes = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let chunk = chunk.map_err(|error| ClientError::Unreachable {
            url: url.to_owned(),
            reason: ClientError::innermost(&error),
        })?;
        let Some(chunk) = chunk else { return Ok(bytes) };
        if bytes.len() + chunk.len() > MAX_ANSWER {
            let reason = format!("it has more than {MAX_ANSWER} bytes");
            return Err(ClientError::Unintelligible { url: url.to_owned(), reason });
        }
        bytes.extend_from_slice(&chunk);
    }
}

async fn intelligible<T: DeserializeOwned>(url: &str, response: Response) -> Result<T, ClientError> {
    let bytes = bytes(url, response).await?;
    // Some calls answer with nothing at all.
    let text: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
    serde_json::from_slice(text)
        .map_err(|error| ClientError::Unintelligible { url: url.to_owned(), reason: error.to_string() })
}

async fn refusal(url: &str, response: Response) -> ClientError {
    let status = response.status();
    let bytes = match bytes(url, response).await {
        Ok(bytes) => bytes,
        Err(error) => return error,
    };
    match serde_json::from_slice::<api::ErrorBody>(&bytes) {
        Ok(body) => ClientError::Refused { status: status.as_u16(), code: body.error_code, message: body.message },
        Err(_) => {
            let message = format!("{url} answered {status}");
            ClientError::Refused { status: status.as_u16(), code: u32::from(status.as_u16()), message }
        }
    }
}
