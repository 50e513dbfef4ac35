//! What does a person see when the server starts? What runs where, what it is good for, and what to try next.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};

use crate::app::Role;

/// The topics that `dev` enforces when no policies are configured: all but Kafka's and tools' internal ones.
pub const DEV_TOPICS: &str = "[!_]*";

/// What has been started.
#[derive(Debug)]
pub struct Running {
    pub role: Role,
    /// `http` or `https`.
    pub scheme: &'static str,
    pub http: SocketAddr,
    pub store: String,
    pub registry_url: Option<String>,
    /// For each cluster where clients bootstrap, and the brokers behind.
    pub proxies: Vec<(SocketAddr, Vec<String>)>,
    /// Whether the broker behind is the one in memory.
    pub has_dev_broker: bool,
    /// Topic patterns and modes.
    pub policies: Vec<(String, &'static str)>,
}

/// Prints the banner of `dev`; the other roles say the same in their log.
pub fn announce(running: &Running) {
    if running.role == Role::Dev {
        let _ = std::io::stdout().write_all(text(running).as_bytes());
        return;
    }
    tracing::info!(address = %running.http, scheme = running.scheme, "HTTP is served");
    match &running.registry_url {
        Some(url) if running.role == Role::Proxy => tracing::info!(%url, "schemas come from a registry elsewhere"),
        _ => tracing::info!(store = %running.store, "the registry is open"),
    }
    for (bootstrap, brokers) in &running.proxies {
        tracing::info!(address = %bootstrap, brokers = brokers.join(","), "the Kafka proxy is open");
    }
}

fn text(running: &Running) -> String {
    let http = format!("{}://{}", running.scheme, reachable(running.http));
    let mut text = format!("\nTidegate is running.\n\n  schema registry   {http}   ({})\n", running.store);
    let _ = writeln!(text, "  stewards' UI      {http}/ui/");
    for (bootstrap, brokers) in &running.proxies {
        let bootstrap = reachable(*bootstrap);
        let behind = if running.has_dev_broker { "a Kafka broker in memory".to_owned() } else { brokers.join(", ") };
        let _ = writeln!(text, "  Kafka proxy       {bootstrap}          (in front of {behind})");
    }
    if !running.proxies.is_empty() {
        let policies: Vec<_> = running.policies.iter().map(|(topics, mode)| format!("{topics}: {mode}")).collect();
        let _ = writeln!(text, "  checked topics    {}", policies.join(", "));
    }
    let _ = writeln!(text, "  metrics, health   {http}/metrics   {http}/health/ready");
    text.push_str(if running.has_dev_broker { IN_MEMORY } else { "" });
    text.push_str(POLICIES);
    let _ = write!(text, "{}", NEXT.replace("{http}", &http));
    text
}

/// An address that can be typed: nobody connects to 0.0.0.0.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

const IN_MEMORY: &str = "
The broker in memory is for development only. Topics appear when they are first used; it keeps a few megabytes of each
partition and forgets all when it ends. It has no CreateTopics and does not hide records of aborted transactions. For these
use a real one: `make run KAFKA=1`, or --brokers host:port.
";

const POLICIES: &str = "
Every record on a checked topic must carry a schema id of the topic's subject (orders → orders-value). To check less, name
topics in tidegate-server.yaml, as in   proxy: {policies: [{topics: \"orders.*\", mode: enforce}]}
";

const NEXT: &str = r#"
Try:
  curl {http}/subjects
  curl -X POST {http}/subjects/orders-value/versions -H 'Content-Type: application/json' \
    -d '{"schema": "{\"type\":\"record\",\"name\":\"Order\",\"fields\":[{\"name\":\"id\",\"type\":\"long\"}]}"}'
  curl {http}/govern/v1/lineage/topics/orders

Ctrl-C ends it.

"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banner_says_what_runs_where_and_what_the_broker_is_not() {
        let running = Running {
            role: Role::Dev,
            scheme: "http",
            http: SocketAddr::from(([0, 0, 0, 0], 8081)),
            store: "sqlite://x.db".into(),
            registry_url: None,
            proxies: vec![(SocketAddr::from(([127, 0, 0, 1], 9092)), vec![])],
            has_dev_broker: true,
            policies: vec![(DEV_TOPICS.into(), "enforce")],
        };
        let banner = text(&running);
        for part in ["http://127.0.0.1:8081", "127.0.0.1:9092", "[!_]*: enforce", "KAFKA=1", "development only", "curl"]
        {
            assert!(banner.contains(part), "{part}\n{banner}");
        }
        let proxies = vec![(SocketAddr::from(([127, 0, 0, 1], 9092)), vec!["k:9092".into()])];
        let real = text(&Running { proxies, has_dev_broker: false, ..running });
        assert!(real.contains("in front of k:9092") && !real.contains("KAFKA=1"), "{real}");
    }
}
