//! How is the proxy started and stopped?

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tidegate_lineage::{Blotter, Recorder};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::dead_letter::DeadLetters;
use crate::error::Side;
use crate::listen::{self, Door};
use crate::metrics::{Metrics, RuleNames};
use crate::nodes::{Addressing, BrokerPortError, Nodes};
use crate::policy::{PolicyFault, TopicPolicy};
use crate::policy_feed::{Feed, InForce};
use crate::probe;
use crate::quiet::Quiet;
use crate::relay::{Patience, Pool};
use crate::schemas::{SchemaSource, Schemas};
use crate::topics::TopicNames;
use crate::traces::{Sample, Traces};
use crate::transactions::Transactions;
use crate::warm;

/// TLS towards clients. Each connection takes what is there when it begins.
pub type ClientTls = Arc<ArcSwap<rustls::ServerConfig>>;

/// TLS towards brokers.
pub type BrokerTls = Arc<ArcSwap<rustls::ClientConfig>>;

/// What an operator decides about the proxy.
#[derive(Debug, Clone)]
pub struct ProxySettings {
    /// Where clients bootstrap.
    pub listen: SocketAddr,
    /// How clients tell brokers apart.
    pub addressing: Addressing,
    /// Brokers whose ports are open from the start.
    pub expected_brokers: Vec<i32>,
    /// Clients speak TLS, and may have to show a certificate.
    pub client_tls: Option<ClientTls>,
    /// Brokers speak TLS.
    pub broker_tls: Option<BrokerTls>,
    /// Every connection begins with a header of the PROXY protocol.
    pub proxy_protocol: bool,
    /// The host name that clients are sent to; the listen address when `None`.
    pub advertised_host: Option<String>,
    /// Bootstrap brokers, `host:port`.
    pub brokers: Vec<String>,
    /// The name under which lineage knows the cluster.
    pub cluster: String,
    /// The longest that a produce request waits for unknown schemas.
    pub lookup_deadline: Duration,
    /// The largest request that is taken, bytes.
    pub max_frame: usize,
    /// The most that one record batch may grow to when decompressed, bytes.
    pub max_batch: usize,
    pub max_connections: usize,
    /// How long a client may be silent between requests, and how long it may leave an answer unread.
    pub idle_timeout: Duration,
    /// The longest that answers about what was produced are waited for when the proxy stops.
    pub drain: Duration,
    /// Of one trace in so many it is looked at which topics its records are written to; of none if it is 0.
    pub trace_sample: usize,
    /// Those of the configuration, which are asked after the registry's. First match decides.
    pub policies: Vec<TopicPolicy>,
    /// What clients are told that want topics to be made, if the broker can't do that; `None` leaves it to the broker.
    pub cannot_create_topics: Option<String>,
}

/// What the proxy asks of the world, and tells it.
pub struct Outside {
    pub source: Arc<dyn SchemaSource>,
    pub recorder: Arc<Recorder>,
    pub blotter: Arc<Blotter>,
    /// Without it records that should become dead letters are refused, and kept nowhere.
    pub dead_letters: Option<Arc<dyn DeadLetters>>,
}

/// Why the proxy can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("can't listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("a topic policy of the configuration can't be used: {0}")]
    Policy(#[from] PolicyFault),
    #[error(transparent)]
    BrokerPort(#[from] BrokerPortError),
}

/// How long a peer may take for the next 64 KiB of a message that has begun.
const STALLED: Duration = Duration::from_secs(60);

impl ProxySettings {
    /// How long a session waits for what the given side sends.
    pub(crate) fn patience(&self, from: Side) -> Patience {
        let silent = match from {
            Side::Client => Some(self.idle_timeout),
            // It answers when it is asked, and ends idle connections by itself.
            Side::Broker => None,
        };
        Patience { stalled: STALLED, silent, unread: self.idle_timeout }
    }
}

/// The time after the last answer from which on brokers count as away.
const LATELY: Duration = Duration::from_secs(15);

/// Memory for large requests of all connections together, KiB. One request of the largest size always fits.
const LARGE_REQUESTS: usize = 256 << 10;

/// A running proxy.
#[derive(Debug)]
pub struct Proxy {
    bootstrap: SocketAddr,
    pub(crate) shared: Arc<Shared>,
}

/// What all sessions of a proxy share.
pub(crate) struct Shared {
    pub(crate) settings: ProxySettings,
    pub(crate) cluster: Arc<str>,
    /// Those in force now. They change while connections live.
    pub(crate) policies: Arc<InForce>,
    pub(crate) schemas: Arc<Schemas>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) blotter: Arc<Blotter>,
    pub(crate) dead_letters: Option<Arc<dyn DeadLetters>>,
    pub(crate) nodes: Nodes,
    pub(crate) topic_names: TopicNames,
    pub(crate) transactions: Transactions,
    pub(crate) traces: Traces,
    pub(crate) metrics: Metrics,
    pub(crate) rule_names: RuleNames,
    pub(crate) pool: Pool,
    pub(crate) quiet_sessions: Quiet,
    pub(crate) quiet_refusals: Quiet,
    pub(crate) seats: Arc<Semaphore>,
    large_requests: Semaphore,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
    began: Instant,
    /// Milliseconds from `began` to the last answer of a broker; 0 for none yet.
    heard: AtomicU64,
    /// Whether what is likely to be needed is ready.
    is_warm: AtomicBool,
}

impl Proxy {
    /// Binds the bootstrap port and serves until `stop` is cancelled. Brokers need not be up yet.
    pub async fn start(settings: ProxySettings, outside: Outside, stop: CancellationToken) -> Result<Self, StartError> {
        let Outside { source, recorder, blotter, dead_letters } = outside;
        let feed = Feed::start(Arc::clone(&source), settings.policies.clone()).await?;
        let failed = |source| StartError::Listen { address: settings.listen, source };
        let listener = listen::bind(settings.listen).map_err(failed)?;
        let bootstrap = listener.local_addr().map_err(failed)?;
        let shared = Arc::new(Shared {
            cluster: settings.cluster.as_str().into(),
            policies: feed.in_force(),
            schemas: Arc::new(Schemas::new(source, settings.lookup_deadline)),
            recorder,
            blotter,
            dead_letters,
            nodes: Nodes::new(
                settings.listen.ip(),
                settings.addressing.clone(),
                settings.broker_tls.clone(),
                settings.brokers.clone(),
            ),
            topic_names: TopicNames::default(),
            transactions: Transactions::default(),
            traces: Traces::new(Sample(settings.trace_sample)),
            metrics: Metrics::new(),
            rule_names: RuleNames::default(),
            pool: Pool::default(),
            quiet_sessions: Quiet::new(),
            quiet_refusals: Quiet::new(),
            seats: Arc::new(Semaphore::new(settings.max_connections.min(Semaphore::MAX_PERMITS))),
            large_requests: Semaphore::new(LARGE_REQUESTS.max(settings.max_frame / 1024 + 1)),
            stop,
            tasks: TaskTracker::new(),
            began: Instant::now(),
            heard: AtomicU64::new(0),
            is_warm: AtomicBool::new(false),
            settings,
        });
        shared.nodes.expect(&shared, &shared.settings.expected_brokers)?;
        shared.tasks.spawn(listen::accept(listener, Door::Bootstrap, Arc::clone(&shared)));
        shared.tasks.spawn(probe::run(Arc::clone(&shared)));
        shared.tasks.spawn(feed.run(shared.stop.clone()));
        shared.tasks.spawn(warm::run(Arc::clone(&shared)));
        Ok(Self { bootstrap, shared })
    }

    /// The name under which lineage knows the cluster.
    pub fn cluster(&self) -> &str {
        &self.shared.cluster
    }

    /// Where clients bootstrap.
    pub fn bootstrap(&self) -> SocketAddr {
        self.bootstrap
    }

    /// Whether a broker answered lately: what readiness asks.
    pub fn is_connected(&self) -> bool {
        self.shared.heard_since() < LATELY
    }

    /// Whether the registry has told its policies since the start: before that, only those of the configuration hold.
    pub fn knows_policies(&self) -> bool {
        self.shared.policies.are_known()
    }

    /// Whether the validators of schemas that were seen lately are ready.
    pub fn is_warm(&self) -> bool {
        self.shared.is_warm.load(Ordering::Relaxed)
    }

    /// Waits until everything has drained after `stop`: at most a few seconds, for answers that are due.
    pub async fn drained(self) {
        self.shared.stop.cancelled().await;
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("cluster", &self.cluster).finish_non_exhaustive()
    }
}

impl Shared {
    /// Waits until memory for a large request is free. `None` only if there is no budget to wait for.
    pub(crate) async fn memory_for(&self, bytes: usize) -> Option<SemaphorePermit<'_>> {
        self.large_requests.acquire_many(u32::try_from(bytes / 1024).unwrap_or(u32::MAX)).await.ok()
    }

    pub(crate) fn warmed(&self) {
        self.is_warm.store(true, Ordering::Relaxed);
    }

    /// A broker has answered.
    pub(crate) fn heard(&self) {
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.heard.store(elapsed.max(1), Ordering::Relaxed);
    }

    /// The time since a broker last answered.
    pub(crate) fn heard_since(&self) -> Duration {
        match self.heard.load(Ordering::Relaxed) {
            0 => Duration::MAX,
            at => self.began.elapsed().saturating_sub(Duration::from_millis(at)),
        }
    }

    /// The host name for a client that reached us at `local`: what is advertised, else the address that it came to.
    pub(crate) fn host_for(&self, local: SocketAddr) -> String {
        let listen = self.settings.listen.ip();
        let own = if listen.is_unspecified() { local.ip().to_canonical() } else { listen };
        self.settings.advertised_host.clone().unwrap_or_else(|| own.to_string())
    }
}
