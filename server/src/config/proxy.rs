//! Which brokers does the proxy front, and what does it ask of records on which topics?

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tidegate_compat::ContextName;
use tidegate_compat::policy::{Action, Framing, Mode, SubjectNaming, TopicPolicy, Transforms, Undecidable};

use super::clusters::{self, ClusterConfig, HostPattern, Port, PortRange};
use super::credential::Credential;
use super::section::{read_item, section};
use super::setting::{ByteSize, Node, Problems, Setting, setting_text};

section! {
    /// The validating Kafka proxy. Off until brokers are named.
    pub struct ProxyConfig in "proxy" {
        /// Bootstrap brokers of the cluster behind the proxy, as in `[kafka-1:9092, kafka-2:9092]`. Empty: no proxy.
        pub brokers: Vec<BrokerAddress> = Vec::new(),
        /// The name under which lineage knows this cluster.
        pub cluster: String = "default".to_owned(),
        /// Where clients bootstrap.
        pub listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 9092)),
        /// The certificate to serve TLS to clients with: a PEM file, the proxy's own certificate first, then those between
        /// it and the authority. With `tls_key`. Without them, clients speak plain text. The files are looked at every ten
        /// seconds and on SIGHUP; new connections get what is there then.
        pub tls_certificate: Option<String> = None,
        /// The private key of the certificate, a PEM file.
        pub tls_key: Option<String> = None,
        /// Let only clients connect who show a certificate of these authorities, a PEM file. The certificate's subject is
        /// then who they are in lineage, unless they log in with SASL besides. The broker doesn't see it.
        pub tls_client_ca: Option<String> = None,
        /// Whether every connection begins with a header of the PROXY protocol, version 1 or 2, in which a load balancer
        /// says who the client is. Turn it on only where nobody else can connect.
        pub proxy_protocol: bool = false,
        /// The ports for brokers, as in `9093-9192`. The broker with the id `first_broker_id` gets the first of them, the
        /// next id the next one, and so on; a port is open once the broker was named in an answer. Proxies behind one
        /// address need the same here, and then agree. Unless set, the thousand ports after `listen`.
        pub broker_ports: Option<PortRange> = None,
        /// The id of the broker that gets the first of `broker_ports`.
        pub first_broker_id: usize = 0,
        /// Ids of brokers whose ports are open from the start, as in `[1, 2, 3]`. Clients that knew the proxy before a
        /// restart then find them again at once, also where the cluster wants SASL and so can't be asked beforehand.
        pub expected_brokers: Vec<usize> = Vec::new(),
        /// The host name that clients are sent to. The listen address unless set.
        pub advertised_host: Option<String> = None,
        /// Tell brokers apart by name instead of by port: the pattern of their names, as in `broker-{id}.kafka.example.com`.
        /// All of them lead to the port of `listen`, and TLS says which was meant (SNI), so `tls_certificate` must be good
        /// for all names.
        pub broker_hosts: Option<HostPattern> = None,
        /// The port that goes with `broker_hosts`, if it is not that of `listen`.
        pub advertised_port: Option<Port> = None,
        /// Whether the brokers speak TLS.
        pub broker_tls: bool = false,
        /// The authorities that may have signed the brokers' certificates, a PEM file. Unless set, those that the system
        /// trusts. This file and the next two are followed as `tls_certificate` is.
        pub broker_ca: Option<String> = None,
        /// The certificate to show to brokers, a PEM file, with `broker_key`. To them it is who every client is.
        pub broker_certificate: Option<String> = None,
        /// The private key of that certificate, a PEM file.
        pub broker_key: Option<String> = None,
        /// More clusters behind this proxy, each with a port of its own for bootstrapping. What is not said in an entry, such
        /// as limits and policies, is the same for all; the keys above are for the first. See `cluster` below:
        ///
        ///   - cluster: payments
        ///     brokers: [pay-1:9092]
        ///     listen: 0.0.0.0:19092
        pub clusters: Vec<ClusterConfig> = Vec::new(),
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
        /// How many client connections are served at once, for each cluster.
        pub max_connections: usize = 10_000,
        /// How long a client may stay silent between two requests, and how long it may leave an answer unread. A request that
        /// has begun must come further by 64 KiB a minute, or to its end.
        pub idle_timeout: Duration = Duration::from_secs(600),
        /// How long a stopping proxy waits for brokers to acknowledge what was produced. Everything else gets three seconds.
        pub drain_timeout: Duration = Duration::from_secs(25),
        /// What is asked of records, by topic; the first entry whose `topics` match decides, and topics that match none
        /// pass unchecked. An entry has the keys of `policy` below, of which only `topics` must be given:
        ///
        ///   - topics: "orders.*"
        ///     mode: enforce
        pub policies: Vec<PolicyConfig> = Vec::new(),
    }
}

section! {
    /// What is asked of the records of some topics. Policies that the registry keeps (`/govern/v1/policies`) have the same
    /// members and are asked before these.
    pub struct PolicyConfig in "policy" {
        /// Topic names, with `*`, `?`, `[a-z]` and `{a,b}` as wildcards.
        pub topics: String = String::new(),
        /// `off`: nothing is checked. `shadow`: checked and counted, never refused or changed. `enforce`: bad records are
        /// acted on.
        pub mode: Mode = Mode::Enforce,
        /// What happens to a bad record. `reject`: its batch is refused, and the producer told why.
        /// `reject_and_dead_letter`: that, and a copy of the record goes to the dead-letter topic. `flag`: it goes on with a
        /// header that says what is wrong. `remove_and_dead_letter`: it goes to the dead-letter topic and the rest of its
        /// batch goes on; of producers that number their batches (idempotent or transactional ones), it is
        /// `reject_and_dead_letter`.
        pub action: Action = Action::Reject,
        /// The registry context in which schema ids count.
        pub context: ContextName = ContextName::default_context(),
        /// Which subject a record's schema must belong to: `topic_name` (`orders-value`), `record_name`
        /// (`com.shop.Order`), `topic_record_name` (`orders-com.shop.Order`), `associated` (the one that the registry
        /// associates with the topic, else as `topic_name`), or `fixed:SUBJECT`.
        pub subject: SubjectNaming = SubjectNaming::TopicName,
        /// Whether values are checked.
        pub value: bool = true,
        /// Whether keys are checked.
        pub key: bool = false,
        /// When the registry can't be asked or a dead letter can't be written: `closed` refuses with an error that producers
        /// retry, `open` lets pass.
        pub when_undecidable: Undecidable = Undecidable::Closed,
        /// How a record says which schema it has: `confluent` by the prefix or header of Confluent's serializers; `none` not
        /// at all, it is bare JSON, Avro or Protobuf and must obey the latest version of its subject.
        pub framing: Framing = Framing::Confluent,
        /// Of a hundred producers, partition by partition, how many `enforce` acts on; the rest are treated as in `shadow`.
        /// A producer is in the share or not by its client id, and who is in stays in when the share grows.
        pub percent: u8 = 100,
        /// Principals and client ids, with wildcards, to which `enforce` is limited; all others are treated as in `shadow`.
        /// Empty: all. A client id is what a client says that it is called, and proves nothing.
        pub producers: Vec<String> = Vec::new(),
        /// Where dead letters go. Unless set, to the name of the topic with `.dlq` behind it.
        pub dead_letter_topic: Option<String> = None,
        /// Records whose contract has a rule that would change them: `leave` lets them pass, and the rule to the client;
        /// `refuse` refuses them. None are changed here.
        pub transforms: Transforms = Transforms::Leave,
        /// Principals, with wildcards, who may name a rule in the header `__rule.name` to have their records pass over it.
        pub redrive: Vec<String> = Vec::new(),
    }
}

impl ProxyConfig {
    /// Complains about settings that don't go together.
    pub fn check(&self, problems: &mut Problems) {
        clusters::check(self, problems);
        if self.registry_user.is_some() != self.registry_password.is_some() {
            problems.add("proxy.registry_user and proxy.registry_password need each other");
        }
        if self.registry_user.is_some() && self.registry_token.is_some() {
            problems.add("proxy.registry_token and proxy.registry_user exclude each other");
        }
    }
}

/// `host:port` of a Kafka broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerAddress(String);

impl BrokerAddress {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
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

setting_text!(Mode, Mode::parse);
setting_text!(Action, Action::parse);
setting_text!(SubjectNaming, SubjectNaming::parse);
setting_text!(Undecidable, Undecidable::parse);
setting_text!(Framing, Framing::parse);
setting_text!(Transforms, Transforms::parse);

impl Setting for PolicyConfig {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let config: Self = read_item(node, problems);
        if config.topics.is_empty() {
            problems.at(&node.place, "a policy needs 'topics', the pattern of topic names that it is for");
            return Some(config);
        }
        for fault in config.policy().faults() {
            let member = if fault.member == "deadLetterTopic" { "dead_letter_topic" } else { fault.member };
            problems.at(&node.place, format!("'{member}': {}", fault.reason));
        }
        Some(config)
    }

    fn show(&self) -> Option<String> {
        Some(format!("{{topics: \"{}\", mode: {}}}", self.topics, self.mode.as_str()))
    }
}

impl PolicyConfig {
    /// The same in the words of the parts, named after its pattern.
    pub fn policy(&self) -> TopicPolicy {
        let Self {
            topics,
            mode,
            action,
            context,
            subject,
            value,
            key,
            when_undecidable,
            framing,
            percent,
            producers,
            dead_letter_topic,
            transforms,
            redrive,
        } = self.clone();
        TopicPolicy {
            name: format!("file:{topics}"),
            topics,
            mode,
            action,
            when_undecidable,
            context,
            naming: subject,
            key,
            value,
            framing,
            percent,
            producers,
            dead_letter_topic,
            transforms,
            redrive,
        }
    }
}
