//! How are connections accepted, kept within limits, and let go?

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use opentelemetry::global;
use opentelemetry::metrics::UpDownCounter;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::front::Front;
use super::pulse::{Felt, Pulse};
use super::tls::Tls;
use super::visitor::Visitor;
use crate::config::HttpConfig;
use crate::metrics::HTTP_CONNECTIONS;

/// How much of the process connections may take.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    pub max_connections: usize,
    pub idle_timeout: Duration,
}

impl From<&HttpConfig> for ConnectionLimits {
    fn from(config: &HttpConfig) -> Self {
        let max_connections = config.max_connections.clamp(1, Semaphore::MAX_PERMITS);
        Self { max_connections, idle_timeout: config.idle_timeout }
    }
}

/// Serves until `stop` is cancelled, then finishes the requests that have begun.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    front: Front,
    limits: ConnectionLimits,
    stop: CancellationToken,
) {
    let room = Arc::new(Semaphore::new(limits.max_connections));
    let count =
        global::meter("tidegate").i64_up_down_counter(HTTP_CONNECTIONS.0).with_description(HTTP_CONNECTIONS.2).build();
    let open = TaskTracker::new();
    while let Some((stream, peer, permit)) = next(&listener, &room, &stop).await {
        let connection = Connection { tls: tls.clone(), front: front.clone(), peer, idle_timeout: limits.idle_timeout };
        let guard = Open::new(permit, count.clone());
        open.spawn(connection.serve(stream, guard, stop.clone()));
    }
    drop(listener);
    open.close();
    open.wait().await;
}

/// The next connection, once there is room for it; `None` when it is time to stop.
async fn next(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let accepted = async {
        let permit = Arc::clone(room).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return Some((stream, peer, permit)),
                Err(error) => {
                    // Out of file descriptors, most likely: waiting for some to close is all that helps.
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    };
    tokio::select! {
        accepted = accepted => accepted,
        () = stop.cancelled() => None,
    }
}

struct Connection {
    tls: Option<Arc<Tls>>,
    front: Front,
    peer: SocketAddr,
    idle_timeout: Duration,
}

impl Connection {
    async fn serve(self, stream: TcpStream, _open: Open, stop: CancellationToken) {
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else { return self.speak(stream, stop).await };
        let agreed = tokio::select! {
            agreed = tls.accept(stream) => agreed,
            () = stop.cancelled() => return,
        };
        match agreed {
            Ok(stream) => self.speak(stream, stop).await,
            Err(error) => tracing::debug!(%error, peer.address = %self.peer, "no TLS session came about"),
        }
    }

    async fn speak(self, stream: impl AsyncRead + AsyncWrite + Unpin, stop: CancellationToken) {
        let Self { front, peer, idle_timeout, .. } = self;
        let pulse = Pulse::default();
        let stream = TokioIo::new(Felt::new(stream, pulse.clone()));
        let silence = pulse.silence(idle_timeout);
        let visitor = Visitor::new(peer);
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            front.clone().answer(visitor.clone(), request, pulse.answering())
        });
        // Hyper's own limit for heads makes a timer for every request; one for every connection does.
        let connection = http1::Builder::new().header_read_timeout(None).serve_connection(stream, service);
        let mut connection = std::pin::pin!(connection);
        let mut silence = std::pin::pin!(silence);
        let outcome = tokio::select! {
            outcome = connection.as_mut() => outcome,
            () = silence.as_mut() => return tracing::debug!(peer.address = %peer, "a silent connection was cut off"),
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    outcome = connection => outcome,
                    () = silence => return,
                }
            }
        };
        if let Err(error) = outcome {
            tracing::debug!(%error, peer.address = %peer, "a connection ended early");
        }
    }
}

/// An open connection, for as long as it is counted.
struct Open {
    count: UpDownCounter<i64>,
    _permit: OwnedSemaphorePermit,
}

impl Open {
    fn new(permit: OwnedSemaphorePermit, count: UpDownCounter<i64>) -> Self {
        count.add(1, &[]);
        Self { count, _permit: permit }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.count.add(-1, &[]);
    }
}
