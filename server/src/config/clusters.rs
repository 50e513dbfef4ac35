//! Which clusters does the proxy front, and under which addresses do clients reach their brokers?

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};

use super::door::DoorSetting;
use super::proxy::{BrokerAddress, ProxyConfig};
use super::section::{read_item, section};
use super::setting::{Node, Problems, Setting, setting_text};

section! {
    /// One more cluster. Its keys mean what they mean in `proxy`; certificate, limits and policies are those of `proxy`.
    pub struct ClusterConfig in "cluster" {
        /// The name under which lineage knows the cluster. No two have the same.
        pub cluster: String = String::new(),
        /// Bootstrap brokers of the cluster.
        pub brokers: Vec<BrokerAddress> = Vec::new(),
        /// Where clients of this cluster bootstrap.
        pub listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        /// The ports for its brokers. Unless set, the thousand ports after `listen`.
        pub broker_ports: Option<PortRange> = None,
        /// The id of the broker that gets the first of `broker_ports`.
        pub first_broker_id: usize = 0,
        /// Ids of brokers whose ports are open from the start.
        pub expected_brokers: Vec<usize> = Vec::new(),
        /// The host name that clients are sent to. The listen address unless set.
        pub advertised_host: Option<String> = None,
        /// The pattern of the brokers' names, if they are told apart by name.
        pub broker_hosts: Option<HostPattern> = None,
        /// The port that goes with `broker_hosts`, if it is not that of `listen`.
        pub advertised_port: Option<Port> = None,
        /// Whether the brokers speak TLS.
        pub broker_tls: bool = false,
        /// The authorities that may have signed the brokers' certificates, a PEM file.
        pub broker_ca: Option<String> = None,
        /// The certificate to show to brokers, a PEM file, with `broker_key`.
        pub broker_certificate: Option<String> = None,
        /// The private key of that certificate, a PEM file.
        pub broker_key: Option<String> = None,
        /// What the producer behind the HTTP door needs for this cluster, instead of `door.settings`.
        pub door_settings: Vec<DoorSetting> = Vec::new(),
    }
}

impl ProxyConfig {
    /// The cluster of the section's own keys with other brokers.
    #[cfg(feature = "dev-broker")]
    pub fn cluster_at(&self, broker: &str) -> ClusterConfig {
        ClusterConfig { brokers: BrokerAddress::parse(broker).into_iter().collect(), ..self.first_cluster() }
    }

    /// All clusters: the one of the section's own keys, if it names brokers, then the list.
    pub fn all_clusters(&self) -> Vec<ClusterConfig> {
        let first = Some(self.first_cluster()).filter(|first| !first.brokers.is_empty());
        first.into_iter().chain(self.clusters.iter().cloned()).collect()
    }

    fn first_cluster(&self) -> ClusterConfig {
        ClusterConfig {
            cluster: self.cluster.clone(),
            brokers: self.brokers.clone(),
            listen: self.listen,
            broker_ports: self.broker_ports,
            first_broker_id: self.first_broker_id,
            expected_brokers: self.expected_brokers.clone(),
            advertised_host: self.advertised_host.clone(),
            broker_hosts: self.broker_hosts.clone(),
            advertised_port: self.advertised_port,
            broker_tls: self.broker_tls,
            broker_ca: self.broker_ca.clone(),
            broker_certificate: self.broker_certificate.clone(),
            broker_key: self.broker_key.clone(),
            door_settings: Vec::new(),
        }
    }
}

/// Complains about clusters that are not whole, or get in each other's way.
pub(super) fn check(config: &ProxyConfig, problems: &mut Problems) {
    match (&config.tls_certificate, &config.tls_key, &config.tls_client_ca) {
        (Some(_), None, _) => problems.add("proxy.tls_certificate needs proxy.tls_key beside it"),
        (None, Some(_), _) => problems.add("proxy.tls_key needs proxy.tls_certificate beside it"),
        (None, None, Some(_)) => {
            problems.add("proxy.tls_client_ca needs proxy.tls_certificate and proxy.tls_key beside it");
        }
        _ => {}
    }
    let mut seen: Vec<ClusterConfig> = Vec::new();
    for cluster in config.all_clusters() {
        cluster.check(config.tls_certificate.is_some(), problems);
        if seen.iter().any(|other| other.cluster == cluster.cluster) {
            problems.add(format!("proxy: two clusters have the name '{}'", cluster.cluster));
        }
        if seen.iter().any(|other| other.listen == cluster.listen && other.listen.port() != 0) {
            problems.add(format!("proxy: two clusters listen on {}", cluster.listen));
        }
        seen.push(cluster);
    }
}

impl ClusterConfig {
    fn check(&self, has_certificate: bool, problems: &mut Problems) {
        let name = &self.cluster;
        let mut complain = |what: &str| problems.add(format!("proxy: cluster '{name}': {what}"));
        if self.broker_ports.is_some_and(|range| (range.first..=range.last).contains(&self.listen.port())) {
            complain("broker_ports contain the port of listen");
        }
        if [self.first_broker_id].iter().chain(&self.expected_brokers).any(|id| i32::try_from(*id).is_err()) {
            complain("a broker's id is larger than any can be");
        }
        if self.broker_hosts.is_some() && !has_certificate {
            complain("broker_hosts need proxy.tls_certificate: it is TLS that says which name was meant");
        }
        if self.broker_certificate.is_some() != self.broker_key.is_some() {
            complain("broker_certificate and broker_key need each other");
        }
        if !self.broker_tls && (self.broker_ca.is_some() || self.broker_certificate.is_some()) {
            complain("broker_ca and broker_certificate are of no use without broker_tls: true");
        }
    }
}

impl Setting for ClusterConfig {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let cluster: Self = read_item(node, problems);
        for (is_missing, key) in [
            (cluster.cluster.is_empty(), "cluster"),
            (cluster.brokers.is_empty(), "brokers"),
            (cluster.listen.port() == 0, "listen"),
        ] {
            if is_missing {
                problems.at(&node.place, format!("an entry of proxy.clusters needs '{key}'"));
            }
        }
        Some(cluster)
    }

    fn show(&self) -> Option<String> {
        Some(format!("{{cluster: \"{}\", listen: {}}}", self.cluster, self.listen))
    }
}

/// Neighbouring ports, the first and the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    pub first: u16,
    pub last: u16,
}

impl PortRange {
    fn parse(text: &str) -> Result<Self, String> {
        let ends = text.split_once('-').and_then(|(first, last)| {
            Some(Self { first: first.trim().parse().ok()?, last: last.trim().parse().ok()? })
        });
        ends.filter(|range| 0 < range.first && range.first <= range.last)
            .ok_or_else(|| "a range of ports such as 9093-9192".to_owned())
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// A port that clients are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port(pub u16);

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names of brokers, with `{id}` where the id stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern(pub String);

impl HostPattern {
    fn parse(text: &str) -> Result<Self, String> {
        let fits = tidegate_proxy::BrokerNames::new(text, 0).is_some();
        if fits { Ok(Self(text.to_owned())) } else { Err("a pattern such as broker-{id}.kafka.example.com".to_owned()) }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

setting_text!(PortRange, PortRange::parse);
setting_text!(HostPattern, HostPattern::parse);
setting_text!(Port, |text: &str| {
    let port = text.parse().ok().filter(|port| *port != 0);
    port.map(Port).ok_or_else(|| "a port such as 9092".to_owned())
});
