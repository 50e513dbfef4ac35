//! How is a process cut off from what it talks to? By a TCP relay in between, which can refuse, or swallow.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// What becomes of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// They reach the other side.
    Open,
    /// They are closed, and new ones refused, as when the other side is not running.
    Refused,
    /// Nothing comes through and nobody is told, as behind a firewall that drops packets. A connection that was there
    /// meanwhile stays so, also when others come through again.
    Swallowed,
    /// Nothing comes through for now. Once the line is open again, all of it comes late.
    Stalled,
}

/// A relay on a port of its own. It ends with this value.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    line: Arc<watch::Sender<Line>>,
    task: AbortHandle,
}

impl Relay {
    /// Starts one in front of `target`, open.
    pub async fn to(target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let line = Arc::new(watch::Sender::new(Line::Open));
        let task = tokio::spawn(serve(listener, target, Arc::clone(&line))).abort_handle();
        Ok(Self { address, line, task })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn set(&self, line: Line) {
        self.line.send_replace(line);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
        // Connections end with the sender, or when they are refused.
        self.line.send_replace(Line::Refused);
    }
}

async fn serve(listener: TcpListener, target: SocketAddr, line: Arc<watch::Sender<Line>>) {
    let Ok(address) = listener.local_addr() else { return };
    let (mut listener, mut changes) = (Some(listener), line.subscribe());
    loop {
        let now = *changes.borrow_and_update();
        if now == Line::Refused {
            // Without a listener, the system refuses.
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind(address).await.ok();
        }
        let arriving = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Ok((client, _)) = arriving => drop(tokio::spawn(relay(client, target, line.subscribe()))),
            Ok(()) = changes.changed() => {}
            else => return,
        }
    }
}

async fn relay(client: TcpStream, target: SocketAddr, mut line: watch::Receiver<Line>) {
    if *line.borrow() == Line::Swallowed {
        return until(&mut line, |line| line == Line::Refused).await;
    }
    until(&mut line, |line| line != Line::Stalled).await;
    let Ok(server) = TcpStream::connect(target).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let there = pass(from_client, to_server, line.clone());
    let back = pass(from_server, to_client, line.clone());
    tokio::select! {
        () = there => {}
        () = back => {}
        () = until(&mut line, |line| line == Line::Refused) => {}
    }
}

/// Passes bytes on until one side ends. Once swallowed, they never come through again, and both sides stay connected.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut line: watch::Receiver<Line>) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        tokio::select! {
            biased;
            () = until(&mut line, |line| line == Line::Swallowed) => std::future::pending().await,
            read = from.read(&mut buffer) => match read {
                Ok(length) if length > 0 => {
                    until(&mut line, |line| line != Line::Stalled).await;
                    if to.write_all(&buffer[..length]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            }
        }
    }
}

async fn until(line: &mut watch::Receiver<Line>, wanted: impl Fn(Line) -> bool) {
    // It ends with the relay, too.
    let _ = line.wait_for(|line| wanted(*line)).await;
}
