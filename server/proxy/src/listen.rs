//! Through which port does a client reach which broker? One listener for bootstrapping, and one per broker.
//!
//! A broker's port follows from its id, so that several proxies behind one address agree without knowing of each other. It
//! is opened when an answer first names the broker, before the client sees that answer; no real address ever leaves. The
//! address behind a port follows what the cluster says.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use crate::connection;
use crate::error::SessionError;
use crate::metadata::Mention;
use crate::proxy::Shared;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1_024;

/// How long a broker may take to accept a connection.
const DIAL: Duration = Duration::from_secs(10);

/// Which listener a client came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Bootstrap,
    Node(i32),
}

/// The brokers that are known, with their ports.
#[derive(Debug)]
pub(crate) struct Nodes {
    listen: IpAddr,
    ports: BrokerPorts,
    bootstrap: Vec<String>,
    turn: AtomicUsize,
    known: Mutex<BTreeMap<i32, Node>>,
}

/// Which ports stand for which brokers: neighbouring ports for neighbouring ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokerPorts {
    /// The id of the broker that gets the first port.
    pub first_id: i32,
    /// The first port; with 0 the system chooses all of them.
    pub first: u16,
    /// The last port.
    pub last: u16,
}

impl BrokerPorts {
    /// The ports after the one for bootstrapping, for ids from 0 on.
    pub const fn after(bootstrap: u16) -> Self {
        const DEFAULT: u16 = 1_000;
        if bootstrap == 0 {
            return Self { first_id: 0, first: 0, last: 0 };
        }
        Self { first_id: 0, first: bootstrap.saturating_add(1), last: bootstrap.saturating_add(DEFAULT) }
    }

    /// The port of a broker. `None` if its id is beyond what there are ports for.
    fn of(self, node: i32) -> Option<u16> {
        if self.first == 0 {
            return Some(0);
        }
        let offset = u16::try_from(node.checked_sub(self.first_id)?).ok()?;
        self.first.checked_add(offset).filter(|port| *port <= self.last)
    }
}

#[derive(Debug)]
struct Node {
    port: u16,
    address: (Arc<str>, u16),
}

impl Nodes {
    pub(crate) fn new(listen: IpAddr, ports: BrokerPorts, bootstrap: Vec<String>) -> Self {
        Self { listen, ports, bootstrap, turn: AtomicUsize::new(0), known: Mutex::default() }
    }

    /// The port that stands for a broker, opened if it is new. Learns the broker's address.
    fn port(&self, shared: &Arc<Shared>, mention: &Mention<'_>) -> Result<u16, SessionError> {
        let port = u16::try_from(mention.port).unwrap_or(0);
        let mut known = self.known.lock();
        if let Some(node) = known.get_mut(&mention.node) {
            if (&*node.address.0, node.address.1) != (mention.host, port) {
                tracing::info!(
                    broker.id = mention.node,
                    broker.host = mention.host,
                    broker.port = port,
                    "broker moved"
                );
                node.address = (mention.host.into(), port);
            }
            return Ok(node.port);
        }
        let (node, ports) = (mention.node, self.ports);
        let asked = ports.of(node).ok_or(SessionError::BeyondPorts { node, ports })?;
        let failed = |source| SessionError::NoPort { node, port: asked, source };
        let listener = bind(SocketAddr::new(self.listen, asked)).map_err(failed)?;
        let own = listener.local_addr().map_err(failed)?.port();
        tracing::info!(
            port = own,
            broker.id = mention.node,
            broker.host = mention.host,
            broker.port = port,
            "port opened"
        );
        known.insert(mention.node, Node { port: own, address: (mention.host.into(), port) });
        shared.tasks.spawn(accept(listener, Door::Node(mention.node), Arc::clone(shared)));
        Ok(own)
    }

    /// The ports of all brokers that are named.
    pub(crate) fn ports(&self, shared: &Arc<Shared>, mentions: &[Mention<'_>]) -> Result<Vec<u16>, SessionError> {
        mentions.iter().map(|mention| self.port(shared, mention)).collect()
    }

    /// Connects to the broker behind a door. Bootstrap brokers take turns, and the next one is tried when one is away.
    pub(crate) async fn dial(&self, door: Door) -> Result<TcpStream, SessionError> {
        match door {
            Door::Bootstrap => self.dial_any().await,
            Door::Node(id) => {
                let address = self.known.lock().get(&id).map(|node| node.address.clone()).unwrap_or_default();
                let (host, port) = &address;
                connect(TcpStream::connect((&**host, *port)), || format!("{host}:{port}")).await
            }
        }
    }

    async fn dial_any(&self) -> Result<TcpStream, SessionError> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let count = self.bootstrap.len();
        let mut last = io::Error::new(io::ErrorKind::NotFound, "no broker is configured");
        let order = self.bootstrap.iter().cycle().skip(first % count.max(1)).take(count);
        for address in order {
            match connect(TcpStream::connect(address), || address.clone()).await {
                Err(SessionError::Unreachable { source, .. }) => last = source,
                connected => return connected,
            }
        }
        Err(SessionError::Unreachable { address: self.bootstrap.join(", "), source: last })
    }
}

/// Opens a port without waiting for anything.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn connect(
    dialling: impl Future<Output = io::Result<TcpStream>>,
    address: impl Fn() -> String,
) -> Result<TcpStream, SessionError> {
    let connected = timeout(DIAL, dialling).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let stream = connected.map_err(|source| SessionError::Unreachable { address: address(), source })?;
    // Requests are written whole; waiting for more of them helps nobody.
    stream.set_nodelay(true).map_err(|source| SessionError::Unreachable { address: address(), source })?;
    Ok(stream)
}

/// Accepts clients until the proxy stops.
pub(crate) async fn accept(listener: TcpListener, door: Door, shared: Arc<Shared>) {
    loop {
        let accepted = tokio::select! {
            () = shared.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((client, peer)) => admit(client, peer, door, &shared),
            Err(error) => {
                // Out of file descriptors, mostly: give sessions a moment to end.
                tracing::warn!(%error, "a connection can't be accepted");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn admit(client: TcpStream, peer: SocketAddr, door: Door, shared: &Arc<Shared>) {
    let Ok(permit) = Arc::clone(&shared.seats).try_acquire_owned() else {
        shared.metrics.connections_refused.add(1, &[]);
        if let Some(unsaid) = shared.quiet_sessions.may_speak() {
            tracing::warn!(client.address = %peer, unsaid, "too many connections; this one is closed");
        }
        return;
    };
    let shared = Arc::clone(shared);
    shared.tasks.clone().spawn(async move {
        connection::serve(&shared, client, peer, door).await;
        drop(permit);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_follow_from_ids_and_end_somewhere() {
        let ports = BrokerPorts { first_id: 100, first: 9_093, last: 9_095 };
        let found = [99, 100, 101, 102, 103, i32::MIN, i32::MAX].map(|node| ports.of(node));
        assert_eq!(found, [None, Some(9_093), Some(9_094), Some(9_095), None, None, None]);
        assert_eq!(BrokerPorts::after(9_092).of(3), Some(9_096));
        assert_eq!(BrokerPorts::after(0).of(7), Some(0));
        assert_eq!(BrokerPorts::after(65_530).of(5), None);
    }
}
