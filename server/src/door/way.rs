//! Which way do records take from the door to the proxy's port, and what does that port ask of it?

use std::net::SocketAddr;

use rdkafka::ClientConfig;

use crate::config::{ClusterConfig, DoorSetting, ProxyConfig};

/// What librdkafka is told about certificates of its own, in all its spellings.
const OWN_CERTIFICATE: [&str; 3] = ["ssl.certificate.location", "ssl.certificate.pem", "ssl.keystore.location"];

/// The way to one proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Where to bootstrap.
    bootstrap: String,
    is_tls: bool,
    /// What the operator says besides, which is more to the point than anything that follows from other settings.
    settings: Vec<DoorSetting>,
    /// What is missing for this way to lead anywhere.
    pub warning: Option<&'static str>,
}

impl Way {
    /// To the proxy of a cluster that listens at `listen`. A port without TLS is reached on this machine. One with TLS is
    /// called by the name that its certificate is good for, and one that expects the PROXY protocol through the balancer
    /// that speaks it.
    pub fn of(config: &ProxyConfig, cluster: Option<&ClusterConfig>, listen: SocketAddr, own: &[DoorSetting]) -> Self {
        let is_tls = config.tls_certificate.is_some();
        let called = cluster.filter(|_| is_tls || config.proxy_protocol).and_then(|cluster| name(cluster, listen));
        let settings = match cluster {
            Some(cluster) if !cluster.door_settings.is_empty() => &cluster.door_settings,
            _ => own,
        };
        let says = |names: &[&str]| settings.iter().any(|setting| names.contains(&setting.parts().0));
        let warning = if config.tls_client_ca.is_some() && !says(&OWN_CERTIFICATE) {
            Some("proxy.tls_client_ca asks every client for a certificate, and door.settings name none")
        } else if config.proxy_protocol && called.is_none() && !says(&["bootstrap.servers"]) {
            Some(
                "proxy.proxy_protocol is on, and neither proxy.advertised_host nor door.settings tell where the balancer is",
            )
        } else {
            None
        };
        let bootstrap = called.unwrap_or_else(|| reachable(listen).to_string());
        Self { bootstrap, is_tls, settings: settings.to_vec(), warning }
    }

    /// In the words of librdkafka.
    pub fn tell(&self, client: &mut ClientConfig) {
        client.set("bootstrap.servers", &self.bootstrap);
        if self.is_tls {
            client.set("security.protocol", "SSL");
        }
        for setting in &self.settings {
            let (name, value) = setting.parts();
            client.set(name, value);
        }
    }
}

/// Under which name clients are sent to a cluster, if it is said. A name of any broker leads to one.
fn name(cluster: &ClusterConfig, listen: SocketAddr) -> Option<String> {
    let port = cluster.advertised_port.map_or(listen.port(), |port| port.0);
    let pattern = cluster.broker_hosts.as_ref().map(|pattern| &pattern.0);
    let of_a_broker = pattern.map(|pattern| pattern.replace("{id}", &cluster.first_broker_id.to_string()));
    match &cluster.advertised_host {
        Some(host) if host.contains(':') => Some(format!("[{host}]:{port}")),
        Some(host) => Some(format!("{host}:{port}")),
        None => of_a_broker.map(|host| format!("{host}:{port}")),
    }
}

/// An address to listen on everywhere is one to be reached on here.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let mut address = listen;
    if listen.ip().is_unspecified() {
        address.set_ip(match listen {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HostPattern;

    const LISTEN: ([u8; 4], u16) = ([0, 0, 0, 0], 9092);

    fn told(
        config: &ProxyConfig,
        cluster: &ClusterConfig,
        own: &[DoorSetting],
    ) -> (ClientConfig, Option<&'static str>) {
        let way = Way::of(config, Some(cluster), LISTEN.into(), own);
        let mut client = ClientConfig::new();
        way.tell(&mut client);
        (client, way.warning)
    }

    fn advertised() -> ClusterConfig {
        ClusterConfig { advertised_host: Some("kafka.example.com".into()), ..ClusterConfig::default() }
    }

    #[test]
    fn a_plain_port_is_reached_on_this_machine() {
        let reached = |listen: &str| reachable(listen.parse().unwrap()).to_string();
        assert_eq!(reached("0.0.0.0:9092"), "127.0.0.1:9092");
        assert_eq!(reached("[::]:9092"), "[::1]:9092");
        assert_eq!(reached("10.0.0.7:9092"), "10.0.0.7:9092");
        let (client, warning) = told(&ProxyConfig::default(), &advertised(), &[]);
        assert_eq!((client.get("bootstrap.servers"), client.get("security.protocol")), (Some("127.0.0.1:9092"), None));
        assert_eq!(warning, None);
    }

    #[test]
    fn a_port_with_tls_is_called_by_its_name() {
        let config = ProxyConfig { tls_certificate: Some("a.pem".into()), ..ProxyConfig::default() };
        let (client, _) = told(&config, &advertised(), &[]);
        assert_eq!(client.get("bootstrap.servers"), Some("kafka.example.com:9092"));
        assert_eq!(client.get("security.protocol"), Some("SSL"));
        let named = ClusterConfig {
            broker_hosts: Some(HostPattern("b-{id}.example.com".into())),
            first_broker_id: 4,
            ..ClusterConfig::default()
        };
        assert_eq!(told(&config, &named, &[]).0.get("bootstrap.servers"), Some("b-4.example.com:9092"));
    }

    #[test]
    fn what_the_operator_says_counts_and_that_of_the_cluster_first() {
        let config = ProxyConfig { tls_certificate: Some("a.pem".into()), ..ProxyConfig::default() };
        let own = [DoorSetting::new("security.protocol", "SASL_SSL")];
        assert_eq!(told(&config, &advertised(), &own).0.get("security.protocol"), Some("SASL_SSL"));
        let cluster = ClusterConfig { door_settings: vec![DoorSetting::new("sasl.username", "pay")], ..advertised() };
        let (client, _) = told(&config, &cluster, &own);
        assert_eq!((client.get("security.protocol"), client.get("sasl.username")), (Some("SSL"), Some("pay")));
    }

    #[test]
    fn what_is_missing_is_told() {
        let strict = ProxyConfig { tls_client_ca: Some("ca.pem".into()), ..ProxyConfig::default() };
        assert!(told(&strict, &advertised(), &[]).1.is_some_and(|warning| warning.contains("tls_client_ca")));
        let own = [DoorSetting::new("ssl.certificate.location", "door.pem")];
        assert_eq!(told(&strict, &advertised(), &own).1, None);
        let behind = ProxyConfig { proxy_protocol: true, ..ProxyConfig::default() };
        assert!(told(&behind, &ClusterConfig::default(), &[]).1.is_some_and(|warning| warning.contains("balancer")));
        assert_eq!(told(&behind, &advertised(), &[]).0.get("bootstrap.servers"), Some("kafka.example.com:9092"));
    }
}
