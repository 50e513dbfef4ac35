//! Through which port does a client reach which broker? One listener for bootstrapping, and one per broker.
//!
//! A broker gets its port when an answer first names it, before the client sees that answer; no real address ever leaves.
//! Ports stay the same for the life of the proxy, while the address behind one follows what the cluster says.

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

/// Ports that are tried when the next one is taken by someone else.
const TRIES: u16 = 64;

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
    bootstrap: Vec<String>,
    turn: AtomicUsize,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    /// The port that is tried next; 0 lets the system choose.
    next: u16,
    nodes: BTreeMap<i32, Node>,
}

#[derive(Debug)]
struct Node {
    port: u16,
    address: (Arc<str>, u16),
}

impl Nodes {
    /// `asked` is the address as it was configured: with port 0 all ports are the system's choice.
    pub(crate) fn new(asked: SocketAddr, bootstrap: Vec<String>) -> Self {
        let next = if asked.port() == 0 { 0 } else { asked.port().saturating_add(1) };
        let known = Mutex::new(Known { next, nodes: BTreeMap::new() });
        Self { listen: asked.ip(), bootstrap, turn: AtomicUsize::new(0), known }
    }

    /// The port that stands for a broker, opened if it is new. Learns the broker's address.
    fn port(&self, shared: &Arc<Shared>, mention: &Mention<'_>) -> Result<u16, SessionError> {
        let port = u16::try_from(mention.port).unwrap_or(0);
        let mut known = self.known.lock();
        if let Some(node) = known.nodes.get_mut(&mention.node) {
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
        let failed = |source| SessionError::NoPort { node: mention.node, source };
        let listener = known.open(self.listen).map_err(failed)?;
        let own = listener.local_addr().map_err(failed)?.port();
        tracing::info!(
            port = own,
            broker.id = mention.node,
            broker.host = mention.host,
            broker.port = port,
            "port opened"
        );
        known.nodes.insert(mention.node, Node { port: own, address: (mention.host.into(), port) });
        shared.tasks.spawn(accept(listener, Door::Node(mention.node), Arc::clone(shared)));
        Ok(own)
    }

    /// Opens ports for all brokers that are named, in the order of their ids, so that several proxies agree.
    pub(crate) fn ports(&self, shared: &Arc<Shared>, mentions: &[Mention<'_>]) -> Result<Vec<u16>, SessionError> {
        let mut order: Vec<_> = mentions.iter().collect();
        order.sort_by_key(|mention| mention.node);
        order.into_iter().try_for_each(|mention| self.port(shared, mention).map(drop))?;
        mentions.iter().map(|mention| self.port(shared, mention)).collect()
    }

    /// Connects to the broker behind a door. Bootstrap brokers take turns, and the next one is tried when one is away.
    pub(crate) async fn dial(&self, door: Door) -> Result<TcpStream, SessionError> {
        match door {
            Door::Bootstrap => self.dial_any().await,
            Door::Node(id) => {
                let address = self.known.lock().nodes.get(&id).map(|node| node.address.clone()).unwrap_or_default();
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

impl Known {
    fn open(&mut self, listen: IpAddr) -> io::Result<TcpListener> {
        if self.next == 0 {
            return bind(SocketAddr::new(listen, 0));
        }
        let mut last = io::Error::new(io::ErrorKind::AddrInUse, "no port is left");
        for port in self.next..self.next.saturating_add(TRIES) {
            match bind(SocketAddr::new(listen, port)) {
                Ok(listener) => {
                    self.next = port.saturating_add(1);
                    return Ok(listener);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
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
