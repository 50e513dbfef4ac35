//! How do the parts become one process? Each is built once, in order: store, registry, proxy, lineage, HTTP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tidegate_compat::CompatibilityLevel;
use tidegate_lineage::{Blotter, ClusterNames, Recorder};
use tidegate_proxy::{Outside, Proxy, ProxySettings, SchemaSource};
use tidegate_registry::{DeclaredRules, Defaults, Registry};
use tidegate_store::{Sealing, Store};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::adapters::{
    Counted, Emitter, EventTopic, Flusher, InProcess, KafkaLetters, RemoteCredentials, RemoteError, RemoteRegistry,
    StoreSink, start_surveyor,
};
use crate::banner::{self, Running};
use crate::config::{
    ClusterConfig, Config, FaultyRules, LineageConfig, PolicyConfig, Problems, ProxyConfig, RegistryConfig, Route,
    Secret,
};
use crate::door::{Door, Way};
use crate::http::{self, Health};
use crate::last_records::LastRecords;
use crate::live::Feed;
use crate::survey::Asker;
use crate::tls::TlsError;
use crate::{clusters, config, shutdown};

/// How soon the server learns what commands beside it did to a SQLite file.
const FOLLOW_INTERVAL: Duration = Duration::from_secs(1);

/// How many ways of breaking rules are told apart between two flushes.
const OFFENCES: usize = 10_000;

/// How long dead letters that still wait may take at the end.
const LAST_LETTERS: Duration = Duration::from_secs(1);

/// Which parts this process has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The registry, and the proxy when brokers are named.
    Serve,
    /// The proxy alone.
    Proxy,
    /// Everything, with a broker in memory when none is named.
    Dev,
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("can't listen on {address} (setting http.listen)")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("the database {url} can't be opened (setting store.url)")]
    Store { url: String, source: tidegate_store::Error },
    #[error(
        "http.listen is {0}, where others can reach it, and nobody is named who may use the registry. \
         Make a token (tidegate-server token create NAME --grant write), or name users in auth.users; \
         or let everybody in who reaches it, with auth.anonymous set to read, write or admin. docs/security.md tells how"
    )]
    NobodyMayCome(SocketAddr),
    #[error("the proxy does not start")]
    Proxy(#[from] tidegate_proxy::StartError),
    #[error("TLS can't be served (settings http.tls_certificate and http.tls_key)")]
    Tls(#[source] TlsError),
    #[error("the proxy's TLS can't be used (settings proxy.tls_*, proxy.broker_*, and proxy.clusters)")]
    ProxyTls(#[source] TlsError),
    #[error("the tokens can't be read")]
    Tokens(#[source] tidegate_registry::Error),
    #[error("records can't be taken over HTTP (setting door.settings)")]
    Door(#[source] rdkafka::error::KafkaError),
    #[error("the registry at {url} can't be asked")]
    Remote { url: String, source: RemoteError },
    #[error("OpenLineage events can't be sent (settings lineage.emit_*)")]
    Emitter(#[source] reqwest::Error),
    #[error("the producer for OpenLineage events can't be made (settings lineage.emit_topic and dead_letters)")]
    EventTopic(#[source] rdkafka::error::KafkaError),
    #[error("the producer for dead letters can't be made (settings dead_letters)")]
    DeadLetters(#[source] rdkafka::error::KafkaError),
    #[cfg(feature = "dev-broker")]
    #[error("the in-memory broker does not start")]
    DevBroker(#[from] rdkafka::error::KafkaError),
}

impl StartError {
    /// Whether the operator has to say something else first.
    pub fn is_about_configuration(&self) -> bool {
        matches!(self, Self::NobodyMayCome(_) | Self::Tls(_) | Self::ProxyTls(_) | Self::Remote { .. } | Self::Door(_))
    }
}

/// Starts everything and returns when it has been stopped and drained.
pub async fn run(role: Role, config: Config, prometheus: prometheus::Registry) -> Result<(), StartError> {
    let stop = shutdown::on_signal();
    let listener = listen(config.http.listen).await?;
    let registry = match role {
        Role::Proxy => None,
        Role::Serve | Role::Dev => Some(open_registry(&config).await?),
    };
    if let Some(registry) = &registry {
        somebody_may_come(&config, registry).await?;
        follow(registry, &config.store.url);
    }
    let tls = http::Tls::of(&config.http, &stop).map_err(StartError::Tls)?;
    let guard = http::guard(&config.auth, registry.as_ref(), config.http.listen.ip().is_loopback());
    let feed = Feed::start(stop.clone());
    let kafka = start_proxy(role, &config, registry.as_ref(), &feed, &stop).await?;
    if let Some(registry) = &registry {
        let clusters = kafka.as_ref().map(|kafka| kafka.names.clone()).unwrap_or_default();
        let LineageConfig { keep_events, keep_hours, keep_days, .. } = config.lineage;
        registry.set_declared_rules(DeclaredRules { clusters, keep_events, keep_hours, keep_days });
    }
    let emitter = start_emitter(&config, registry.as_ref(), kafka.as_ref(), &feed, &stop)?;
    let proxies = kafka.iter().flat_map(|kafka| &kafka.proxies).map(Arc::downgrade).collect();
    let health = Health::new(registry.clone(), proxies);
    let ways = ways(&config, kafka.as_ref());
    start_survey(&config, registry.as_ref(), kafka.as_ref(), &ways, (&feed, &stop))?;
    let door = open_door(&config, registry.as_ref(), kafka.as_ref(), &ways, &stop)?;
    let topics = topics(kafka.as_ref(), &ways);
    let offered = http::Offered { associations: config.registry.associations, kafka: door, feed, topics };
    let around = http::Around::from(&config.http);
    let visited = registry.clone();
    let front = http::front(registry, offered, &config.proxy.cluster, health, prometheus, around, guard);

    banner::announce(&running(role, &config, &listener, kafka.as_ref()));
    let serving = http::serve(listener, tls, front, http::ConnectionLimits::from(&config.http), stop.clone());
    let serving = tokio::spawn(serving);
    if let Some(registry) = visited.clone().filter(|_| config.lineage.in_memory) {
        let stop = stop.clone();
        tokio::spawn(async move { stop.run_until_cancelled(registry.hold_lineage()).await });
    }
    if let Some(registry) = visited.clone() {
        tokio::spawn(keep_lookups(registry, config.lineage.flush_interval, stop.clone()));
    }
    stop.cancelled().await;
    let patience = if kafka.is_some() { shutdown::DRAIN.max(config.proxy.drain_timeout) } else { shutdown::DRAIN };
    if timeout(patience + shutdown::LAST_WORDS, drain(serving, kafka, patience)).await.is_err() {
        tracing::warn!("some connections were still busy and have been cut");
    }
    if let Some(registry) = visited
        && let Err(error) = registry.keep_lookups().await
    {
        tracing::warn!(%error, "who looked schemas up lately was not written down");
    }
    if let Some(emitter) = emitter {
        emitter.finish().await;
    }
    tracing::info!("stopped");
    Ok(())
}

/// An error with all that caused it, on one line.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        if !text.contains(&reason) {
            text = format!("{text}: {reason}");
        }
        cause = error.source();
    }
    text
}

impl Role {
    /// Whether the configuration has what the role needs; `dev` fills in what a newcomer would want.
    pub fn check(self, mut config: Config) -> Result<Config, Problems> {
        let mut problems = Problems::default();
        if config.registry.metadata_secret.is_none() && !config.registry.metadata_old_secrets.is_empty() {
            problems.add(
                "registry.metadata_old_secrets needs registry.metadata_secret, which what they have sealed is sealed with",
            );
        }
        let has_brokers = !config.proxy.all_clusters().is_empty() || !config.dead_letters.brokers.is_empty();
        if config.lineage.emit_topic.is_some() && self == Self::Serve && !has_brokers {
            problems.add("lineage.emit_topic is in no cluster: name proxy.brokers, or dead_letters.brokers");
        }
        if self == Self::Proxy {
            if config.proxy.all_clusters().is_empty() {
                problems.add("no brokers are named: give --brokers host:port, or proxy.brokers in the file");
            }
            if config.proxy.registry_url.is_none() {
                problems
                    .add("no registry is named: give --registry http://host:port, or proxy.registry_url in the file");
            }
        }
        if self == Self::Dev {
            #[cfg(not(feature = "dev-broker"))]
            if config.proxy.brokers.is_empty() {
                problems.add("this build has no in-memory broker: give --brokers host:port");
            }
            if config.proxy.policies.is_empty() {
                config
                    .proxy
                    .policies
                    .push(PolicyConfig { topics: banner::DEV_TOPICS.into(), ..PolicyConfig::default() });
            }
        }
        problems.into_result(config)
    }
}

/// The proxy with all that lives and dies with it.
struct Kafka {
    /// One for each cluster.
    proxies: Vec<Arc<Proxy>>,
    flusher: Flusher,
    letters: Vec<KafkaLetters>,
    /// How the first cluster is written to.
    route: Option<Route>,
    /// By which names and addresses the clusters go.
    names: ClusterNames,
    #[cfg(feature = "dev-broker")]
    broker: Option<crate::dev_broker::DevBroker>,
}

impl Kafka {
    fn has_dev_broker(&self) -> bool {
        #[cfg(feature = "dev-broker")]
        return self.broker.is_some();
        #[cfg(not(feature = "dev-broker"))]
        false
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

/// The registry on the store that is configured.
pub async fn open_registry(config: &Config) -> Result<Registry, StartError> {
    let url = &config.store.url;
    let opened = Store::open_with(url, sealing(&config.registry), config.store.timeout).await;
    let store = opened.map_err(|source| StartError::Store { url: config::without_password(url), source })?;
    Ok(Registry::new(store, defaults(&config.registry)))
}

/// Whoever reaches the port may change schemas, unless something is said about who may.
async fn somebody_may_come(config: &Config, registry: &Registry) -> Result<(), StartError> {
    let auth = &config.auth;
    let is_said = auth.anonymous.is_some() || !auth.users.is_empty();
    if is_said || config.http.listen.ip().is_loopback() {
        return Ok(());
    }
    let has_tokens = registry.has_tokens().await.map_err(StartError::Tokens)?;
    if has_tokens { Ok(()) } else { Err(StartError::NobodyMayCome(config.http.listen)) }
}

/// Notices what the commands of an operator do to a SQLite file, such as revoking a token. What other nodes do to a
/// shared database is followed by the registry itself.
fn follow(registry: &Registry, url: &str) {
    if !url.starts_with("sqlite:") {
        return;
    }
    let registry = registry.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(FOLLOW_INTERVAL).await;
            if let Err(error) = registry.is_ready().await {
                tracing::debug!(%error, "changes of the SQLite file can't be followed");
            }
        }
    });
}

/// Writes down who looked schemas up, every now and then until the server stops.
async fn keep_lookups(registry: Registry, every: Duration, stop: CancellationToken) {
    while timeout(every.max(Duration::from_millis(10)), stop.cancelled()).await.is_err() {
        if let Err(error) = registry.keep_lookups().await {
            tracing::debug!(%error, "who looked schemas up can't be written; it is kept and tried again");
        }
    }
}

async fn start_proxy(
    role: Role,
    config: &Config,
    registry: Option<&Registry>,
    feed: &Feed,
    stop: &CancellationToken,
) -> Result<Option<Kafka>, StartError> {
    let mut clusters = config.proxy.all_clusters();
    #[cfg(feature = "dev-broker")]
    let broker = match role {
        Role::Dev if clusters.is_empty() => Some(crate::dev_broker::DevBroker::start()?),
        _ => None,
    };
    #[cfg(feature = "dev-broker")]
    if let Some(broker) = &broker {
        clusters.push(config.proxy.cluster_at(&broker.address()));
    }
    let _ = role;
    if clusters.is_empty() {
        return Ok(None);
    }
    let recorder = Arc::new(Recorder::new(config.lineage.capacity));
    let blotter = Arc::new(Blotter::new(OFFENCES));
    let counted = Counted { recorder: Arc::clone(&recorder), blotter: Arc::clone(&blotter) };
    let (source, flusher) = match (registry, &config.proxy.registry_url) {
        (Some(registry), _) => in_process(registry, counted, feed, &config.lineage),
        (None, Some(url)) => remote(url, config, counted)?,
        (None, None) => return Ok(None),
    };
    let tls = clusters::client_tls(&config.proxy, stop).map_err(StartError::ProxyTls)?;
    let (mut proxies, mut letters, mut first_route) = (Vec::new(), Vec::new(), None);
    let mut names = ClusterNames::default();
    for cluster in &clusters {
        let settings = clusters::settings(&config.proxy, cluster, tls.clone(), stop).map_err(StartError::ProxyTls)?;
        #[allow(unused_mut)]
        let mut settings = ProxySettings {
            policies: config.proxy.policies.iter().map(PolicyConfig::policy).collect(),
            trace_sample: config.lineage.trace_sample,
            ..settings
        };
        #[cfg(feature = "dev-broker")]
        if broker.is_some() {
            settings.cannot_create_topics = Some(crate::dev_broker::NO_TOPICS.to_owned());
        }
        let route = config.dead_letters.route(cluster);
        let office = KafkaLetters::new(&config.dead_letters, &route, settings.max_frame);
        first_route.get_or_insert(route);
        let office = office.map_err(StartError::DeadLetters)?;
        let outside = Outside {
            source: Arc::clone(&source),
            recorder: Arc::clone(&recorder),
            blotter: Arc::clone(&blotter),
            dead_letters: Some(office.clone().into()),
        };
        let proxy = Arc::new(Proxy::start(settings, outside, stop.clone()).await?);
        clusters::name(&mut names, cluster, proxy.bootstrap());
        proxies.push(proxy);
        letters.push(office);
    }
    Ok(Some(Kafka {
        proxies,
        flusher,
        letters,
        route: first_route,
        names,
        #[cfg(feature = "dev-broker")]
        broker,
    }))
}

type SourceAndFlusher = (Arc<dyn SchemaSource>, Flusher);

fn in_process(registry: &Registry, counted: Counted, feed: &Feed, config: &LineageConfig) -> SourceAndFlusher {
    let sink = StoreSink::new(registry.clone(), feed.clone());
    (Arc::new(InProcess::new(registry.clone())), Flusher::start(counted, sink, config.flush_interval))
}

fn remote(url: &config::RegistryUrl, config: &Config, counted: Counted) -> Result<SourceAndFlusher, StartError> {
    let remote = remote_registry(url, config)?;
    let flusher = Flusher::start(counted, remote.clone(), config.lineage.flush_interval);
    Ok((Arc::new(remote), flusher))
}

/// What proxies elsewhere report to this registry is told with what those of this process see.
fn start_emitter(
    config: &Config,
    registry: Option<&Registry>,
    kafka: Option<&Kafka>,
    feed: &Feed,
    stop: &CancellationToken,
) -> Result<Option<Emitter>, StartError> {
    let Some(registry) = registry else { return Ok(None) };
    let names = kafka.map(|kafka| kafka.names.clone()).unwrap_or_default();
    let topic = config.lineage.emit_topic.as_ref().map(|name| {
        let apart = || config.dead_letters.route(&ClusterConfig::default());
        let route = kafka.and_then(|kafka| kafka.route.clone()).unwrap_or_else(apart);
        EventTopic::new(&name.to_string(), &config.dead_letters, &route).map_err(StartError::EventTopic)
    });
    Emitter::start(&config.lineage, (registry.clone(), names), topic.transpose()?, feed, stop)
        .map_err(StartError::Emitter)
}

/// How this process itself reaches its proxies, one way for each cluster.
fn ways(config: &Config, kafka: Option<&Kafka>) -> Vec<Way> {
    let clusters = config.proxy.all_clusters();
    let proxies = kafka.map(|kafka| &kafka.proxies[..]).unwrap_or_default();
    let way = |(at, proxy): (usize, &Arc<Proxy>)| {
        Way::of(&config.proxy, clusters.get(at), proxy.bootstrap(), &config.door.settings)
    };
    proxies.iter().enumerate().map(way).collect()
}

/// Records over HTTP go through the proxies of this process.
fn open_door(
    config: &Config,
    registry: Option<&Registry>,
    kafka: Option<&Kafka>,
    ways: &[Way],
    stop: &CancellationToken,
) -> Result<http::Clusters, StartError> {
    let nobody = http::Clusters::default();
    let Some(kafka) = kafka.filter(|_| config.door.enabled) else { return Ok(nobody) };
    let source: Arc<dyn SchemaSource> = match (registry, &config.proxy.registry_url) {
        (Some(registry), _) => Arc::new(InProcess::new(registry.clone())),
        (None, Some(url)) => Arc::new(remote_registry(url, config)?),
        (None, None) => return Ok(nobody),
    };
    let open = |(way, proxy): (&Way, &Arc<Proxy>)| {
        if let Some(warning) = way.warning {
            tracing::warn!(cluster.name = proxy.cluster(), "records over HTTP will not be written: {warning}");
        }
        Ok(http::Kafka {
            door: Door::open(proxy.cluster(), way).map_err(StartError::Door)?,
            source: Arc::clone(&source),
            proxy: Arc::downgrade(proxy),
            max_record: config.http.max_body.0,
            patience: config.http.request_timeout,
            stop: stop.clone(),
        })
    };
    let doors: Result<Arc<[_]>, StartError> = ways.iter().zip(&kafka.proxies).map(open).collect();
    Ok(http::Clusters(doors?))
}

/// What passes no proxy is learnt from the clusters themselves.
fn start_survey(
    config: &Config,
    registry: Option<&Registry>,
    kafka: Option<&Kafka>,
    ways: &[Way],
    (feed, stop): (&Feed, &CancellationToken),
) -> Result<(), StartError> {
    let proxies = kafka.map(|kafka| &kafka.proxies[..]).unwrap_or_default();
    let askers = ways.iter().zip(proxies).map(|(way, proxy)| Asker::of(proxy.cluster(), way)).collect();
    let (every, stop) = (config.lineage.survey_interval, stop.clone());
    match (registry, &config.proxy.registry_url) {
        (Some(registry), _) => start_surveyor(StoreSink::new(registry.clone(), feed.clone()), askers, every, stop),
        (None, Some(url)) => start_surveyor(remote_registry(url, config)?, askers, every, stop),
        (None, None) => {}
    }
    Ok(())
}

/// Topics are read through them too.
fn topics(kafka: Option<&Kafka>, ways: &[Way]) -> Arc<[LastRecords]> {
    let proxies = kafka.map(|kafka| &kafka.proxies[..]).unwrap_or_default();
    ways.iter().zip(proxies).map(|(way, proxy)| LastRecords::of(proxy.cluster(), way)).collect()
}

fn remote_registry(url: &config::RegistryUrl, config: &Config) -> Result<RemoteRegistry, StartError> {
    let credentials = RemoteCredentials::of(&config.proxy);
    RemoteRegistry::new(&url.to_string(), credentials, config.proxy.registry_ca.as_deref())
        .map_err(|source| StartError::Remote { url: url.to_string(), source })
}

/// Open requests are answered, then what was counted is written down.
async fn drain(serving: tokio::task::JoinHandle<()>, kafka: Option<Kafka>, patience: Duration) {
    let Some(Kafka { proxies, flusher, letters, .. }) = kafka else {
        let _ = serving.await;
        return;
    };
    let proxied = async {
        // All of them have been told to stop; waiting for one after the other takes no longer than for the last.
        let all = async {
            for proxy in proxies.into_iter().filter_map(Arc::into_inner) {
                proxy.drained().await;
            }
        };
        let _ = timeout(patience, all).await;
        let last = async {
            for office in letters {
                office.finish(LAST_LETTERS).await;
            }
        };
        tokio::join!(flusher.finish(), last);
    };
    let (served, ()) = tokio::join!(serving, proxied);
    if let Err(error) = served {
        tracing::error!(%error, "the HTTP server failed");
    }
}

fn running(role: Role, config: &Config, listener: &TcpListener, kafka: Option<&Kafka>) -> Running {
    Running {
        role,
        scheme: if config.http.tls_certificate.is_some() { "https" } else { "http" },
        http: listener.local_addr().unwrap_or(config.http.listen),
        store: config::without_password(&config.store.url),
        registry_url: config.proxy.registry_url.as_ref().map(ToString::to_string),
        proxies: kafka.map(|kafka| proxies(kafka, &config.proxy)).unwrap_or_default(),
        has_dev_broker: kafka.is_some_and(Kafka::has_dev_broker),
        policies: config.proxy.policies.iter().map(|policy| (policy.topics.clone(), policy.mode.as_str())).collect(),
    }
}

/// Where clients bootstrap, and the brokers behind.
fn proxies(kafka: &Kafka, config: &ProxyConfig) -> Vec<(SocketAddr, Vec<String>)> {
    let clusters = config.all_clusters();
    let brokers = |at: usize| clusters.get(at).map(|cluster| cluster.brokers.iter().map(ToString::to_string).collect());
    let proxy = |(at, proxy): (usize, &Arc<Proxy>)| (proxy.bootstrap(), brokers(at).unwrap_or_default());
    kafka.proxies.iter().enumerate().map(proxy).collect()
}

// === configuration in the words of the parts ===

fn defaults(config: &RegistryConfig) -> Defaults {
    Defaults {
        level: level(config.default_compatibility),
        modes_are_fixed: !config.mode_mutability,
        rejects_empty_subject: config.reject_empty_subject,
        references_are_strict: config.strict_reference_versions,
        refuses_faulty_rules: config.faulty_rules == FaultyRules::Refuse,
    }
}

fn sealing(config: &RegistryConfig) -> Sealing {
    let older: Vec<_> = config.metadata_old_secrets.iter().map(Secret::reveal).collect();
    config.metadata_secret.as_ref().map_or_else(Sealing::default, |secret| Sealing::new(secret.reveal(), &older))
}

fn level(level: config::Level) -> CompatibilityLevel {
    use CompatibilityLevel as L;
    match level {
        config::Level::None => L::None,
        config::Level::Backward => L::Backward,
        config::Level::BackwardTransitive => L::BackwardTransitive,
        config::Level::Forward => L::Forward,
        config::Level::ForwardTransitive => L::ForwardTransitive,
        config::Level::Full => L::Full,
        config::Level::FullTransitive => L::FullTransitive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_alone_needs_brokers_and_a_registry() {
        let problems = Role::Proxy.check(Config::default()).unwrap_err().to_string();
        assert!(problems.contains("--brokers") && problems.contains("--registry"), "{problems}");
        assert!(Role::Serve.check(Config::default()).is_ok());
    }

    #[test]
    fn dev_enforces_all_but_internal_topics_unless_policies_are_configured() {
        let config = Role::Dev.check(Config::default()).unwrap();
        let table = tidegate_compat::PolicyTable::of([config.proxy.policies[0].policy()]).unwrap();
        assert!(table.find("orders").is_some() && table.find("__consumer_offsets").is_none());
        assert_eq!(config.proxy.policies[0].mode, tidegate_proxy::Mode::Enforce);

        let own = PolicyConfig { topics: "x".into(), ..PolicyConfig::default() };
        let mut config = Config::default();
        config.proxy.policies.push(own.clone());
        assert_eq!(Role::Dev.check(config).unwrap().proxy.policies, [own]);
        assert!(Role::Serve.check(Config::default()).unwrap().proxy.policies.is_empty());
    }

    #[test]
    fn an_error_tells_its_causes_once() {
        let source = std::io::Error::from(std::io::ErrorKind::AddrInUse);
        let error = StartError::Listen { address: SocketAddr::from(([127, 0, 0, 1], 8081)), source };
        assert_eq!(with_causes(&error), "can't listen on 127.0.0.1:8081 (setting http.listen): address in use");
    }
}
