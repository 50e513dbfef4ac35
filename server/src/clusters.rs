//! What does the proxy of a cluster need besides policies: addresses, limits, and TLS on both sides?

use std::net::SocketAddr;
use std::sync::Arc;

use tidegate_lineage::ClusterNames;
use tidegate_proxy::{Addressing, BrokerNames, BrokerPorts, BrokerTls, ClientTls, ProxySettings};
use tokio_util::sync::CancellationToken;

use crate::config::{ClusterConfig, ProxyConfig};
use crate::metrics::PROXY_TLS_RELOAD_FAILURES;
use crate::tls::{self, Files, Followed, TlsError};

/// TLS towards clients, the same for all clusters; `None` when they speak plain text. Its files are followed until `stop`
/// is cancelled.
pub fn client_tls(config: &ProxyConfig, stop: &CancellationToken) -> Result<Option<ClientTls>, TlsError> {
    let Some((certificate, key)) = config.tls_certificate.clone().zip(config.tls_key.clone()) else {
        return Ok(None);
    };
    let files = Files {
        identity: Some((certificate.into(), key.into())),
        authority: config.tls_client_ca.clone().map(Into::into),
    };
    followed(files, tls::server, stop).map(Some)
}

/// TLS towards the brokers of a cluster.
fn broker_tls(cluster: &ClusterConfig, stop: &CancellationToken) -> Result<Option<BrokerTls>, TlsError> {
    if !cluster.broker_tls {
        return Ok(None);
    }
    let identity = cluster.broker_certificate.clone().zip(cluster.broker_key.clone());
    let files = Files {
        identity: identity.map(|(certificate, key)| (certificate.into(), key.into())),
        authority: cluster.broker_ca.clone().map(Into::into),
    };
    followed(files, tls::client, stop).map(Some)
}

fn followed<C: Send + Sync + 'static>(
    files: Files,
    build: fn(&Files) -> Result<C, TlsError>,
    stop: &CancellationToken,
) -> Result<Arc<arc_swap::ArcSwap<C>>, TlsError> {
    let followed = Followed::new(files, build)?;
    let current = Arc::clone(&followed.current);
    tokio::spawn(followed.follow(PROXY_TLS_RELOAD_FAILURES, stop.clone()));
    Ok(current)
}

/// The settings of one cluster's proxy, still without policies and lineage.
pub fn settings(
    config: &ProxyConfig,
    cluster: &ClusterConfig,
    client_tls: Option<ClientTls>,
    stop: &CancellationToken,
) -> Result<ProxySettings, TlsError> {
    Ok(ProxySettings {
        listen: cluster.listen,
        addressing: addressing(cluster),
        expected_brokers: cluster.expected_brokers.iter().copied().map(id).collect(),
        client_tls,
        broker_tls: broker_tls(cluster, stop)?,
        proxy_protocol: config.proxy_protocol,
        advertised_host: cluster.advertised_host.clone(),
        brokers: cluster.brokers.iter().map(ToString::to_string).collect(),
        cluster: cluster.cluster.clone(),
        lookup_deadline: config.lookup_deadline,
        max_frame: config.max_frame.0,
        max_batch: config.max_batch.0,
        max_connections: config.max_connections,
        idle_timeout: config.idle_timeout,
        drain: config.drain_timeout,
        trace_sample: 0,
        policies: Vec::new(),
        cannot_create_topics: None,
    })
}

/// Adds a cluster with all addresses that mean it: its brokers, and where clients reach the proxy.
pub fn name(names: &mut ClusterNames, cluster: &ClusterConfig, bootstrap: SocketAddr) {
    let brokers: Vec<_> = cluster.brokers.iter().map(ToString::to_string).collect();
    let mut others = vec![bootstrap.to_string()];
    if let Some(host) = &cluster.advertised_host {
        let port = cluster.advertised_port.map_or(bootstrap.port(), |port| port.0);
        others.push(format!("{host}:{port}"));
    }
    names.add(&cluster.cluster, &brokers, &others);
}

fn addressing(cluster: &ClusterConfig) -> Addressing {
    let port = cluster.advertised_port.map_or(cluster.listen.port(), |port| port.0);
    if let Some(names) = cluster.broker_hosts.as_ref().and_then(|pattern| BrokerNames::new(&pattern.0, port)) {
        return Addressing::Names(names);
    }
    let first_id = id(cluster.first_broker_id);
    Addressing::Ports(match cluster.broker_ports {
        Some(range) => BrokerPorts { first_id, first: range.first, last: range.last },
        None => BrokerPorts { first_id, ..BrokerPorts::after(cluster.listen.port()) },
    })
}

/// Checked when the configuration was read.
fn id(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
