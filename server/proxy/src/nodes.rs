//! Under which address does a client reach which broker, and where is that broker really?
//!
//! A broker's own port, or its own name on a port that all share, follows from its id: several proxies behind one address
//! agree without knowing of each other. No real address ever leaves; the one behind a port or name follows what the cluster
//! says.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rustls::ClientConnection;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::error::{SessionError, Side};
use crate::listen::{self, Door};
use crate::metadata::Mention;
use crate::pipe::Pipe;
use crate::proxy::{BrokerTls, Shared};

mod addressing;

pub use addressing::{Addressing, BrokerNames, BrokerPorts};

/// Why a broker has no port here.
#[derive(Debug, thiserror::Error)]
pub enum BrokerPortError {
    #[error("port {port} can't be opened for broker {node}: {source}")]
    Taken { node: i32, port: u16, source: io::Error },
    #[error(
        "broker {node} has no port: {} to {} are for the ids from {} on (settings proxy.broker_ports and \
         proxy.first_broker_id)",
        ports.first, ports.last, ports.first_id
    )]
    Beyond { node: i32, ports: BrokerPorts },
}

/// How long a broker may take to accept a connection, and again to agree on TLS.
const DIAL: Duration = Duration::from_secs(10);

/// The brokers that are known, with their addresses.
#[derive(Debug)]
pub(crate) struct Nodes {
    listen: IpAddr,
    addressing: Addressing,
    tls: Option<BrokerTls>,
    bootstrap: Vec<String>,
    turn: AtomicUsize,
    known: Mutex<BTreeMap<i32, Node>>,
}

#[derive(Debug, Default)]
struct Node {
    /// Our own port for it; 0 where brokers have names.
    port: u16,
    /// Where it really is. Not known of a broker whose port was opened in advance.
    address: Option<(Arc<str>, u16)>,
}

/// The address that a client is told.
pub(crate) type Own = (String, u16);

impl Nodes {
    pub(crate) fn new(listen: IpAddr, addressing: Addressing, tls: Option<BrokerTls>, bootstrap: Vec<String>) -> Self {
        Self { listen, addressing, tls, bootstrap, turn: AtomicUsize::new(0), known: Mutex::default() }
    }

    /// Our addresses for all brokers that are named, for a client that is told `host` where brokers have ports. Learns where
    /// the brokers really are.
    pub(crate) fn own(
        &self,
        shared: &Arc<Shared>,
        mentions: &[Mention<'_>],
        host: &str,
    ) -> Result<Vec<Own>, BrokerPortError> {
        let own = |mention: &Mention<'_>| {
            let port = self.learn(shared, mention)?;
            Ok(match &self.addressing {
                Addressing::Ports(_) => (host.to_owned(), port),
                Addressing::Names(names) => (names.host(mention.node), names.port),
            })
        };
        mentions.iter().map(own).collect()
    }

    /// Opens the ports of brokers that are expected, before anybody has named them.
    pub(crate) fn expect(&self, shared: &Arc<Shared>, brokers: &[i32]) -> Result<(), BrokerPortError> {
        let mut known = self.known.lock();
        for id in brokers {
            let port = self.open(shared, *id)?;
            known.insert(*id, Node { port, address: None });
        }
        Ok(())
    }

    /// Takes in where a broker is; our port for it.
    fn learn(&self, shared: &Arc<Shared>, mention: &Mention<'_>) -> Result<u16, BrokerPortError> {
        let Mention { node: id, host, .. } = *mention;
        let port = u16::try_from(mention.port).unwrap_or(0);
        let mut known = self.known.lock();
        if let Some(node) = known.get_mut(&id) {
            match &node.address {
                Some((known, known_port)) if (&**known, *known_port) == (host, port) => {}
                before => {
                    let moved = before.is_some();
                    tracing::info!(broker.id = id, broker.host = host, broker.port = port, moved, "broker found");
                    node.address = Some((host.into(), port));
                }
            }
            return Ok(node.port);
        }
        let own = self.open(shared, id)?;
        tracing::info!(port = own, broker.id = id, broker.host = host, broker.port = port, "broker found");
        known.insert(id, Node { port: own, address: Some((host.into(), port)) });
        Ok(own)
    }

    /// Opens the port of a broker where brokers have ports.
    fn open(&self, shared: &Arc<Shared>, node: i32) -> Result<u16, BrokerPortError> {
        let Addressing::Ports(ports) = self.addressing else { return Ok(0) };
        let port = ports.of(node).ok_or(BrokerPortError::Beyond { node, ports })?;
        let failed = |source| BrokerPortError::Taken { node, port, source };
        let listener = listen::bind(SocketAddr::new(self.listen, port)).map_err(failed)?;
        let own = listener.local_addr().map_err(failed)?.port();
        shared.tasks.spawn(listen::accept(listener, Door::Node(node), Arc::clone(shared)));
        Ok(own)
    }

    /// The door that a client meant who asked for a server of this name.
    pub(crate) fn door(&self, came_through: Door, server_name: Option<&str>) -> Door {
        match (&self.addressing, server_name) {
            (Addressing::Names(names), Some(name)) => names.id(name).map_or(came_through, Door::Node),
            _ => came_through,
        }
    }

    /// Connects to the broker behind a door. Bootstrap brokers take turns, and the next one is tried when one is away.
    ///
    /// A broker that nobody has named yet (a client has kept its address from before a restart) is not known where it is. Any
    /// other one tells the client that it doesn't lead, and tells us the address when the client asks who does.
    pub(crate) async fn dial(&self, door: Door) -> Result<Pipe, SessionError> {
        let Door::Node(id) = door else { return self.dial_any().await };
        let address = self.known.lock().get(&id).and_then(|node| node.address.clone());
        match address {
            Some((host, port)) => self.connect(&host, port).await,
            None => self.dial_any().await,
        }
    }

    async fn dial_any(&self) -> Result<Pipe, SessionError> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let count = self.bootstrap.len();
        let mut last = io::Error::new(io::ErrorKind::NotFound, "no broker is configured");
        let order = self.bootstrap.iter().cycle().skip(first % count.max(1)).take(count);
        for address in order {
            let Some((host, port)) = addressing::host_and_port(address) else { continue };
            match self.connect(host, port).await {
                Err(SessionError::Unreachable { source, .. } | SessionError::Handshake { source, .. }) => last = source,
                connected => return connected,
            }
        }
        Err(SessionError::Unreachable { address: self.bootstrap.join(", "), source: last })
    }

    async fn connect(&self, host: &str, port: u16) -> Result<Pipe, SessionError> {
        let failed = |source| SessionError::Unreachable { address: format!("{host}:{port}"), source };
        let connected = timeout(DIAL, TcpStream::connect((host, port))).await;
        let stream = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(failed)?;
        // Requests are written whole; waiting for more of them helps nobody.
        stream.set_nodelay(true).map_err(failed)?;
        let Some(tls) = &self.tls else { return Ok(Pipe::plain(stream)) };
        let failed = |source| SessionError::Handshake { side: Side::Broker, source };
        let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(io::Error::other(error)))?;
        let session = ClientConnection::new(tls.load_full(), name).map_err(|error| failed(io::Error::other(error)))?;
        let agreed = timeout(DIAL, Pipe::agree(stream, session.into())).await;
        agreed.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(failed)
    }
}
