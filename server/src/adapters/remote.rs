//! How does a proxy alone get schemas, and where does its lineage go? Over HTTP, to a registry elsewhere.
//!
//! The registry may be ours or any that speaks Confluent's API; only ours takes lineage.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ETAG, HeaderValue, IF_NONE_MATCH};
use reqwest::{Certificate, Client, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use tidegate_api as api;
use tidegate_compat::policy::Part;
use tidegate_compat::{
    ContextName, Contract, Policies, Resolved, SchemaId, SchemaKey, SchemaKind, SubjectName, TopicPolicy, Version,
    VersionSpec,
};
use tidegate_lineage::{Observation, Offences, Survey};
use tidegate_proxy::schemas::Boxed;
use tidegate_proxy::{Registered, SchemaSource, SourceError};

use super::flusher::{Sink, SinkError};
use super::{survey_to_wire, to_wire, violation_wire};
use crate::config::{Credential, ProxyConfig};
use crate::{contract_words, policy_words};

/// How long what was learnt about subjects is believed. A registry elsewhere tells nobody that it has changed.
const BELIEF: Duration = Duration::from_secs(5);
/// How many schemas one schema may stand on.
const MAX_REFERENCES: usize = 1_000;
/// How many policies are asked for: as many as a registry keeps.
const MAX_POLICIES: usize = tidegate_registry::policies::MAX_POLICIES;
/// The largest answer that is read.
const MAX_ANSWER: usize = 64 << 20;

/// A registry that is reached over HTTP.
#[derive(Debug, Clone)]
pub struct RemoteRegistry {
    client: Client,
    base: Arc<str>,
    credentials: Arc<RemoteCredentials>,
    started: Instant,
    /// The last policies that were told: their revision and their tag.
    policies: Arc<Mutex<Option<(u64, HeaderValue)>>>,
}

/// What is shown to the registry.
#[derive(Debug, Clone, Default)]
pub enum RemoteCredentials {
    #[default]
    None,
    Token(Credential),
    Password {
        user: String,
        password: Credential,
    },
}

/// Why a registry elsewhere can't be asked.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    #[error("the authorities in {path} can't be used (setting proxy.registry_ca)")]
    Authorities { path: String, source: Box<dyn std::error::Error + Send + Sync> },
    #[error(transparent)]
    Client(#[from] reqwest::Error),
}

impl RemoteRegistry {
    /// `base` is the URL of the registry without a slash at the end; `authorities` a PEM file of those that are trusted
    /// instead of the system's. Nothing is asked yet.
    pub fn new(base: &str, credentials: RemoteCredentials, authorities: Option<&str>) -> Result<Self, RemoteError> {
        crate::use_ring();
        let mut builder = Client::builder().connect_timeout(Duration::from_secs(2)).timeout(Duration::from_secs(10));
        if let Some(path) = authorities {
            builder = builder.tls_certs_only(trusted(path)?);
        } else if base.starts_with("http://") {
            // Without TLS nobody has to be trusted, and a system that trusts nobody is no reason not to start.
            builder = builder.tls_certs_only([]);
        }
        let credentials = Arc::new(credentials);
        let (client, started) = (builder.build()?, Instant::now());
        Ok(Self { client, base: base.into(), credentials, started, policies: Arc::default() })
    }

    async fn look_up(&self, context: &ContextName, key: SchemaKey) -> Result<Registered, SourceError> {
        let (context, id) = match key {
            SchemaKey::Id(id) => (context.clone(), id),
            SchemaKey::Guid(guid) => self.place_of(context, &guid.to_string()).await?,
        };
        let scope = scope(&context);
        let schema: api::SchemaById = self.get(&format!("/schemas/ids/{id}{scope}")).await?;
        let usages: Vec<api::SubjectVersion> = self.get(&format!("/schemas/ids/{id}/versions{scope}")).await?;
        let mut closure = Closure::default();
        self.resolve(&context, &schema.references, &mut closure).await?;
        Ok(Registered {
            id,
            kind: kind(&schema.schema_type)?,
            text: schema.schema.into(),
            references: closure.resolved,
            usages: usages.into_iter().map(|u| (SubjectName::parse(&u.subject), Version(u.version))).collect(),
            contract: contract(schema.metadata, schema.rule_set)?,
        })
    }

    async fn find_version(&self, subject: &SubjectName, version: VersionSpec) -> Result<Registered, SourceError> {
        let name = escaped(&subject.to_string());
        let version = match version {
            VersionSpec::Latest => "latest".to_owned(),
            VersionSpec::Number(version) => version.0.to_string(),
        };
        let told: api::Schema = self.get(&format!("/subjects/{name}/versions/{version}")).await?;
        // A registry may answer for a subject of that name in another context.
        let found = SubjectName::parse(&told.subject);
        self.look_up(found.context(), SchemaKey::Id(SchemaId(told.id))).await
    }

    /// A registry that knows no associations has none.
    async fn find_associated(&self, topic: &str, part: Part) -> Result<Vec<SubjectName>, SourceError> {
        let (topic, part) = (escaped(topic), part.as_str());
        let path = format!("/associations/resources/-/{topic}?resourceType=topic&associationType={part}");
        match self.get::<Vec<api::Association>>(&path).await {
            Ok(found) => Ok(found.iter().map(|association| SubjectName::parse(&association.subject)).collect()),
            Err(SourceError::NotFound) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Where a content is: a GUID means the same in every context, but the asker's own comes first.
    async fn place_of(&self, context: &ContextName, guid: &str) -> Result<(ContextName, SchemaId), SourceError> {
        let ids: Vec<api::ContextId> = self.get(&format!("/schemas/guids/{guid}/ids")).await?;
        let places = ids.into_iter().filter_map(|id| Some((ContextName::parse(&id.context).ok()?, SchemaId(id.id))));
        let places: Vec<_> = places.collect();
        let here = places.iter().find(|(place, _)| place == context);
        here.or(places.first()).cloned().ok_or(SourceError::NotFound)
    }

    /// Adds all that `references` lead to, depth first; of two with one name the first counts, as it does in the registry.
    fn resolve<'a>(
        &'a self,
        context: &'a ContextName,
        references: &'a [api::Reference],
        closure: &'a mut Closure,
    ) -> Boxed<'a, Result<(), SourceError>> {
        Box::pin(async move {
            for reference in references {
                let (Some(name), Some(subject), Some(version)) =
                    (&reference.name, &reference.subject, reference.version)
                else {
                    return Err(SourceError::NotFound);
                };
                if !closure.begin(name)? {
                    continue;
                }
                let subject = SubjectName::parse_in(context, subject);
                let path = format!("/subjects/{}/versions/{version}?deleted=true", escaped(&subject.to_string()));
                let schema: api::Schema = self.get(&path).await?;
                self.resolve(subject.context(), &schema.references, closure).await?;
                let kind = kind(&schema.schema_type)?;
                closure.resolved.push(Resolved { name: name.clone(), kind, text: schema.schema.into() });
            }
            Ok(())
        })
    }

    /// What the policies are, if they are not those of `since`. A registry that knows no policies keeps none.
    async fn changed_policies(&self, since: u64) -> Result<Option<Policies>, SourceError> {
        let mut request = self.request(&format!("/govern/v1/policies?limit={MAX_POLICIES}"));
        let tag = self.policies.lock().as_ref().filter(|told| told.0 == since).map(|told| told.1.clone());
        let is_tagged = tag.is_some();
        if let Some(tag) = tag {
            request = request.header(IF_NONE_MATCH, tag);
        }
        let response = self.send(request).await?;
        if matches!(response.status(), StatusCode::NOT_MODIFIED | StatusCode::NOT_FOUND) {
            return Ok(None);
        }
        let tag = response.headers().get(ETAG).cloned();
        let page: api::policies::PolicyPage = body(response).await?;
        let (revision, policies) = (page.revision, page.policies.into_iter().map(policy).collect::<Result<_, _>>()?);
        *self.policies.lock() = tag.map(|tag| (revision, tag));
        // Another database may have come as far; its tag is another one.
        Ok((revision != since || is_tagged).then_some(Policies { revision, policies }))
    }

    async fn seen_lately(&self, cluster: &str, most: usize) -> Result<Vec<(ContextName, SchemaId)>, SourceError> {
        let path = format!("/govern/v1/lineage/schemas?cluster={}&limit={most}", escaped(cluster));
        let told: api::lineage::RecentSchemas = self.get(&path).await?;
        let read =
            |seen: &api::lineage::RecentSchema| Some((ContextName::parse(&seen.context).ok()?, SchemaId(seen.id)));
        Ok(told.schemas.iter().filter_map(read).collect())
    }

    fn request(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base)).header("accept", "application/json")
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, SourceError> {
        self.credentials.shown_with(request).await.send().await.map_err(unavailable)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, SourceError> {
        body(self.send(self.request(path)).await?).await
    }
}

fn unavailable(error: reqwest::Error) -> SourceError {
    SourceError::Unavailable(error.without_url().to_string())
}

/// The body of a success.
async fn body<T: DeserializeOwned>(mut response: Response) -> Result<T, SourceError> {
    match response.status() {
        StatusCode::OK => {}
        status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            return Err(SourceError::Unavailable(refusal(status)));
        }
        StatusCode::NOT_FOUND => return Err(SourceError::NotFound),
        status => return Err(SourceError::Unavailable(format!("the registry answered {status}"))),
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(SourceError::Unavailable("the answer of the registry is too large".into()));
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body)
        .map_err(|error| SourceError::Unavailable(format!("the answer of the registry is not as expected: {error}")))
}

impl SchemaSource for RemoteRegistry {
    fn schema<'a>(&'a self, context: &'a ContextName, key: SchemaKey) -> Boxed<'a, Result<Registered, SourceError>> {
        Box::pin(self.look_up(context, key))
    }

    fn version<'a>(
        &'a self,
        subject: &'a SubjectName,
        version: VersionSpec,
    ) -> Boxed<'a, Result<Registered, SourceError>> {
        Box::pin(self.find_version(subject, version))
    }

    fn associated<'a>(&'a self, topic: &'a str, part: Part) -> Boxed<'a, Result<Vec<SubjectName>, SourceError>> {
        Box::pin(self.find_associated(topic, part))
    }

    fn policies(&self, since: u64) -> Boxed<'_, Result<Option<Policies>, SourceError>> {
        Box::pin(self.changed_policies(since))
    }

    fn recent<'a>(
        &'a self,
        cluster: &'a str,
        most: usize,
    ) -> Boxed<'a, Result<Vec<(ContextName, SchemaId)>, SourceError>> {
        Box::pin(self.seen_lately(cluster, most))
    }

    fn revision(&self) -> u64 {
        self.started.elapsed().as_secs() / BELIEF.as_secs()
    }
}

impl Sink for RemoteRegistry {
    async fn accept(&self, observations: &[Observation]) -> Result<(), SinkError> {
        let report = api::lineage::ObservationReport { observations: observations.iter().map(to_wire).collect() };
        self.report("/govern/v1/lineage/observations", &report).await
    }

    async fn accept_offences(&self, offences: &[Offences]) -> Result<(), SinkError> {
        let violations = offences.iter().map(violation_wire::to_wire).collect();
        self.report("/govern/v1/violations/observations", &api::violations::ViolationReport { violations }).await
    }

    async fn accept_survey(&self, survey: &Survey) -> Result<(), SinkError> {
        self.report("/govern/v1/lineage/surveys", &survey_to_wire(survey)).await
    }
}

impl RemoteRegistry {
    async fn report<T: serde::Serialize>(&self, path: &str, report: &T) -> Result<(), SinkError> {
        let url = format!("{}{path}", self.base);
        let request = self.credentials.shown_with(self.client.post(url).json(report)).await;
        let answer = request.send().await;
        let response = answer.map_err(|error| SinkError(error.without_url().to_string()))?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(SinkError(match response.status() {
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => refusal(status),
            status => format!("the registry answered {status}"),
        }))
    }
}

impl RemoteCredentials {
    /// What the configuration says.
    pub fn of(config: &ProxyConfig) -> Self {
        match (&config.registry_token, &config.registry_user, &config.registry_password) {
            (Some(token), _, _) => Self::Token(token.clone()),
            (None, Some(user), Some(password)) => Self::Password { user: user.clone(), password: password.clone() },
            _ => Self::None,
        }
    }

    async fn shown_with(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::None => request,
            Self::Token(token) => request.bearer_auth(current(token).await),
            Self::Password { user, password } => request.basic_auth(user, Some(current(password).await)),
        }
    }
}

/// What is in the file now, if it is in one: credentials are renewed there.
pub(super) async fn current(credential: &Credential) -> String {
    if let Some(file) = credential.file()
        && let Ok(text) = tokio::fs::read_to_string(file).await
    {
        return text.trim_end().to_owned();
    }
    credential.reveal().to_owned()
}

fn trusted(path: &str) -> Result<Vec<Certificate>, RemoteError> {
    let unusable = |source| RemoteError::Authorities { path: path.to_owned(), source };
    let pem = std::fs::read(path).map_err(|error| unusable(error.into()))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| unusable(error.into()))?;
    if certificates.is_empty() { Err(unusable("no certificate in PEM form".into())) } else { Ok(certificates) }
}

fn refusal(status: StatusCode) -> String {
    format!("the registry answered {status}: see to proxy.registry_token, or registry_user and registry_password")
}

/// Referenced schemas, each after those it needs.
#[derive(Default)]
struct Closure {
    seen: HashSet<String>,
    resolved: Vec<Resolved>,
}

impl Closure {
    /// Whether `name` is new.
    fn begin(&mut self, name: &str) -> Result<bool, SourceError> {
        if self.seen.len() >= MAX_REFERENCES {
            return Err(SourceError::NotFound);
        }
        Ok(self.seen.insert(name.to_owned()))
    }
}

/// The query that says in which context an id counts. The default context needs none, and old registries know none.
fn scope(context: &ContextName) -> String {
    if context.is_default() { String::new() } else { format!("?subject={}", escaped(&format!(":{context}:"))) }
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// A registry that is newer than this proxy may have words that it does not know.
fn policy(told: api::policies::Policy) -> Result<TopicPolicy, SourceError> {
    policy_words::policy(&told.name, told.definition).map_err(|faults| {
        let (name, faults) = (told.name, faults.join("; "));
        SourceError::Unavailable(format!("the policy '{name}' is not understood: {faults}"))
    })
}

/// A rule that is not understood can't be run, so that nothing is known of records under it.
fn contract(metadata: Option<api::Metadata>, rules: Option<api::RuleSet>) -> Result<Contract, SourceError> {
    let rules = rules.map(contract_words::rule_set).transpose();
    let rules =
        rules.map_err(|unknown| SourceError::Unavailable(format!("its rules are not understood: {unknown}")))?;
    Ok(Contract { metadata: metadata.map(contract_words::metadata), rules })
}

/// Registries before 8.0 leave the kind of Avro schemas out.
fn kind(text: &str) -> Result<SchemaKind, SourceError> {
    let text = if text.is_empty() { "AVRO" } else { text };
    SchemaKind::parse(text).ok_or_else(|| SourceError::Unavailable(format!("unknown schema type {text}")))
}
