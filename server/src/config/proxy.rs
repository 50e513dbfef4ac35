//! Which brokers does the proxy front, and what does it ask of records on which topics?

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tidegate_compat::ContextName;

use super::credential::Credential;
use super::section::{read_item, section};
use super::setting::{ByteSize, Node, Problems, Setting, setting_text, setting_words};

section! {
    /// The validating Kafka proxy. Off until brokers are named.
    pub struct ProxyConfig in "proxy" {
        /// Bootstrap brokers of the cluster behind the proxy, as in `[kafka-1:9092, kafka-2:9092]`. Empty: no proxy.
        pub brokers: Vec<BrokerAddress> = Vec::new(),
        /// The name under which lineage knows this cluster.
        pub cluster: String = "default".to_owned(),
        /// Where clients bootstrap. Every broker gets a port of its own, counted up from here plus one.
        pub listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 9092)),
        /// The host name that clients are sent to. The listen address unless set.
        pub advertised_host: Option<String> = None,
        /// The registry to ask when only the proxy runs (`tidegate-server proxy`), as in `https://registry:8081`.
        pub registry_url: Option<RegistryUrl> = None,
        /// The token to show to that registry, or `file:PATH`, a file that holds it and may be renewed at any time. It needs
        /// the right to read, and `observe` to report lineage.
        pub registry_token: Option<Credential> = None,
        /// The user to log in as there, instead of a token.
        pub registry_user: Option<String> = None,
        /// The user's password, or `file:PATH`.
        pub registry_password: Option<Credential> = None,
        /// The authorities that may have signed that registry's certificate, a PEM file. Unless set, those that the system
        /// trusts.
        pub registry_ca: Option<String> = None,
        /// How long a produce request may wait for an unknown schema to be looked up.
        pub lookup_deadline: Duration = Duration::from_secs(2),
        /// The largest Kafka request that is taken.
        pub max_frame: ByteSize = ByteSize(100 << 20),
        /// The most that one record batch may grow to when it is decompressed.
        pub max_batch: ByteSize = ByteSize(64 << 20),
        /// How many client connections are served at once.
        pub max_connections: usize = 10_000,
        /// What is asked of records, by topic; the first entry whose `topics` match decides, and topics that match none
        /// pass unchecked. An entry has the keys of `policy` below, of which only `topics` must be given:
        ///
        ///   - topics: "orders.*"
        ///     mode: enforce
        pub policies: Vec<PolicyConfig> = Vec::new(),
    }
}

section! {
    /// What is asked of the records of some topics.
    pub struct PolicyConfig in "policy" {
        /// Topic names, with `*`, `?`, `[a-z]` and `{a,b}` as wildcards.
        pub topics: String = String::new(),
        /// `off`: nothing is checked. `shadow`: checked and counted, never refused. `enforce`: bad records are refused.
        pub mode: Mode = Mode::Enforce,
        /// What happens to a bad record. `reject` is the one action so far.
        pub action: Action = Action::Reject,
        /// The registry context in which schema ids count.
        pub context: ContextName = ContextName::default_context(),
        /// Which subject a record's schema must belong to: `topic_name` (`orders-value`), `record_name`
        /// (`com.shop.Order`) or `topic_record_name` (`orders-com.shop.Order`).
        pub subject: SubjectNaming = SubjectNaming::TopicName,
        /// Whether values are checked.
        pub value: bool = true,
        /// Whether keys are checked.
        pub key: bool = false,
        /// When the registry can't be asked: `closed` refuses with an error that producers retry, `open` lets pass.
        pub when_undecidable: Undecidable = Undecidable::Closed,
    }
}

impl ProxyConfig {
    /// Complains about credentials that don't go together.
    pub fn check(&self, problems: &mut Problems) {
        if self.registry_user.is_some() != self.registry_password.is_some() {
            problems.add("proxy.registry_user and proxy.registry_password need each other");
        }
        if self.registry_user.is_some() && self.registry_token.is_some() {
            problems.add("proxy.registry_token and proxy.registry_user exclude each other");
        }
    }
}

setting_words! {
    /// How strictly a topic is treated.
    pub enum Mode { Off = "off", Shadow = "shadow", Enforce = "enforce" }
}
setting_words! {
    /// What happens to a bad record.
    pub enum Action { Reject = "reject" }
}
setting_words! {
    /// How subjects are named after topics and records.
    pub enum SubjectNaming { TopicName = "topic_name", RecordName = "record_name", TopicRecordName = "topic_record_name" }
}
setting_words! {
    /// What to do when the registry can't be asked.
    pub enum Undecidable { Closed = "closed", Open = "open" }
}

/// `host:port` of a Kafka broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerAddress(String);

impl BrokerAddress {
    fn parse(text: &str) -> Result<Self, String> {
        let whole = text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        if whole { Ok(Self(text.to_owned())) } else { Err("a broker address such as kafka-1:9092".to_owned()) }
    }
}

impl fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The base URL of another registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryUrl(String);

impl RegistryUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim_end_matches('/');
        let host = ["http://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        let host = host.filter(|host| !host.is_empty()).ok_or("a URL such as http://registry:8081")?;
        if host.split('/').next().is_some_and(|authority| authority.contains('@')) {
            return Err("a URL without a password, which registry_user and registry_password are for".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for RegistryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

setting_text!(BrokerAddress, BrokerAddress::parse);
setting_text!(RegistryUrl, RegistryUrl::parse);
setting_text!(ContextName, |text: &str| {
    ContextName::parse(text).map_err(|error| format!("a context such as . or .staging ({})", error.reason))
});

impl Setting for PolicyConfig {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let policy: Self = read_item(node, problems);
        if policy.topics.is_empty() {
            problems.at(&node.place, "a policy needs 'topics', the pattern of topic names that it is for");
        } else if let Err(error) = globset::Glob::new(&policy.topics) {
            problems.at(&node.place, format!("the pattern '{}' is not valid: {}", policy.topics, error.kind()));
        }
        Some(policy)
    }

    fn show(&self) -> Option<String> {
        Some(format!("{{topics: \"{}\", mode: {}}}", self.topics, self.mode.as_str()))
    }
}
