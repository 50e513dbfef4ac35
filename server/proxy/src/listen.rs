//! Who may come in? A listener for bootstrapping, others for brokers, and the steps before a session begins: the balancer's
//! word, a first byte, TLS.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConnection;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use crate::error::{SessionError, Side};
use crate::pipe::Pipe;
use crate::proxy::Shared;
use crate::{connection, frame, proxy_header};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1_024;

/// How long a client may take to say something at all.
const FIRST_BYTE: Duration = Duration::from_secs(60);

/// How long the header of the PROXY protocol, and then a handshake of TLS, may take.
const INTRODUCTION: Duration = Duration::from_secs(10);

/// Which broker a client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Bootstrap,
    Node(i32),
}

/// A client that has come in.
pub(crate) struct Guest {
    pub(crate) pipe: Pipe,
    /// Where it really is, as far as we are told.
    pub(crate) peer: SocketAddr,
    pub(crate) door: Door,
}

/// Opens a port without waiting for anything.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
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

/// All that comes before a client's first request. `None` if it goes away without a word, or the proxy stops.
pub(crate) async fn introduce(
    shared: &Shared,
    mut client: TcpStream,
    mut peer: SocketAddr,
    door: Door,
) -> Result<Option<Guest>, SessionError> {
    let failed = |source| SessionError::Io { side: Side::Client, source };
    client.set_nodelay(true).map_err(failed)?;
    if !says_something(shared, &client).await? {
        return Ok(None);
    }
    if shared.settings.proxy_protocol {
        let told = timeout(INTRODUCTION, proxy_header::read(&mut client)).await;
        peer = told.map_err(|_| SessionError::Stalled(Side::Client))??.unwrap_or(peer);
    }
    let Some(tls) = &shared.settings.client_tls else {
        refuse_tls(&client).await?;
        return Ok(Some(Guest { pipe: Pipe::plain(client), peer, door }));
    };
    let failed = |source| SessionError::Handshake { side: Side::Client, source };
    let session = ServerConnection::new(tls.load_full()).map_err(|error| failed(io::Error::other(error)))?;
    let agreed = tokio::select! {
        () = shared.stop.cancelled() => return Ok(None),
        agreed = timeout(INTRODUCTION, Pipe::agree(client, session.into())) => agreed,
    };
    let pipe = agreed.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(failed)?;
    let door = shared.nodes.door(door, pipe.server_name().as_deref());
    Ok(Some(Guest { pipe, peer, door }))
}

/// Waits for a first byte, so that a health check that only connects never reaches a broker.
async fn says_something(shared: &Shared, client: &TcpStream) -> Result<bool, SessionError> {
    let mut first = [0; 1];
    let peeked = tokio::select! {
        () = shared.stop.cancelled() => return Ok(false),
        peeked = timeout(FIRST_BYTE, client.peek(&mut first)) => peeked,
    };
    let Ok(peeked) = peeked else { return Ok(false) };
    peeked.map(|count| count > 0).map_err(|source| SessionError::Io { side: Side::Client, source })
}

/// Who speaks TLS to a port without it is told so in the log, not that its first message is too long.
async fn refuse_tls(client: &TcpStream) -> Result<(), SessionError> {
    let mut first = [0; 3];
    let peeked = client.peek(&mut first).await.map_err(|source| SessionError::Io { side: Side::Client, source })?;
    if frame::is_tls(first.get(..peeked).unwrap_or_default()) { Err(SessionError::Tls) } else { Ok(()) }
}
