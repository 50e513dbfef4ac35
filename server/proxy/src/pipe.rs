//! How do bytes get in and out of one connection? Plain or through TLS, with the same calls.
//!
//! Nothing here waits while it holds the session of TLS, and both directions of a connection belong to one task, so its lock
//! is never contended. An idle connection holds no buffer but what rustls keeps.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::SocketAddr;

use parking_lot::Mutex;
use rustls::Connection;
use tokio::net::TcpStream;

/// How much ciphertext is read at once.
const AHEAD: usize = 32 << 10;

/// How much plaintext rustls may take before the socket has.
const OUTBOUND: usize = 256 << 10;

/// One connection.
#[derive(Debug)]
pub(crate) struct Pipe {
    tcp: TcpStream,
    tls: Option<Mutex<Box<Session>>>,
}

/// The TLS of a connection.
#[derive(Debug)]
struct Session {
    connection: Connection,
    /// Ciphertext that was read and not yet taken, from `at` on. Empty while nothing comes.
    ahead: Vec<u8>,
    at: usize,
}

impl Pipe {
    pub(crate) fn plain(tcp: TcpStream) -> Self {
        Self { tcp, tls: None }
    }

    /// Agrees on keys with the other side. The caller limits how long that may take.
    pub(crate) async fn agree(tcp: TcpStream, mut connection: Connection) -> io::Result<Self> {
        connection.set_buffer_limit(Some(OUTBOUND));
        let session = Session { connection, ahead: Vec::new(), at: 0 };
        let pipe = Self { tcp, tls: Some(Mutex::new(Box::new(session))) };
        pipe.shake_hands().await?;
        Ok(pipe)
    }

    async fn shake_hands(&self) -> io::Result<()> {
        let Some(tls) = &self.tls else { return Ok(()) };
        loop {
            let step = tls.lock().step(&self.tcp)?;
            match step {
                Step::Done => return Ok(()),
                Step::Readable => self.tcp.readable().await?,
                Step::Writable => self.tcp.writable().await?,
            }
        }
    }

    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// The name that a client asked for when it began TLS.
    pub(crate) fn server_name(&self) -> Option<String> {
        match &self.tls.as_ref()?.lock().connection {
            Connection::Server(server) => server.server_name().map(str::to_owned),
            Connection::Client(_) => None,
        }
    }

    /// The certificate that the other side has shown and that was verified, in DER.
    pub(crate) fn certificate(&self) -> Option<Vec<u8>> {
        let tls = self.tls.as_ref()?.lock();
        tls.connection.peer_certificates()?.first().map(|certificate| certificate.to_vec())
    }

    /// Reads what is there; an error of kind `WouldBlock` if nothing is, and 0 once the other side is done.
    pub(crate) fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match &self.tls {
            None => self.tcp.try_read(buffer),
            Some(tls) => tls.lock().read(&self.tcp, buffer),
        }
    }

    /// Waits until something may have come. Only after [`Self::try_read`] found nothing.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.tcp.readable().await
    }

    /// Takes what there is room for; an error of kind `WouldBlock` if there is none.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match &self.tls {
            None => self.tcp.try_write(bytes),
            Some(tls) => tls.lock().write(&self.tcp, &[IoSlice::new(bytes)]),
        }
    }

    pub(crate) fn try_write_vectored(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match &self.tls {
            None => self.tcp.try_write_vectored(pieces),
            Some(tls) => tls.lock().write(&self.tcp, pieces),
        }
    }

    pub(crate) async fn writable(&self) -> io::Result<()> {
        self.tcp.writable().await
    }

    /// Waits until all that was written has gone to the system.
    pub(crate) async fn settle(&self) -> io::Result<()> {
        let Some(tls) = &self.tls else { return Ok(()) };
        while !tls.lock().push(&self.tcp)? {
            self.tcp.writable().await?;
        }
        Ok(())
    }

    /// Tells the other side that no more will come, if that takes no waiting.
    pub(crate) fn say_goodbye(&self) {
        if let Some(tls) = &self.tls {
            let mut tls = tls.lock();
            tls.connection.send_close_notify();
            let _ = tls.push(&self.tcp);
        }
    }

    /// Writes everything, for messages of our own.
    pub(crate) async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.try_write(bytes) {
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable().await?,
                Err(error) => return Err(error),
            }
        }
        self.settle().await
    }

    /// Reads until the buffer is full.
    pub(crate) async fn read_exact(&self, mut buffer: &mut [u8]) -> io::Result<()> {
        while !buffer.is_empty() {
            match self.try_read(buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => buffer = buffer.get_mut(count..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.readable().await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// What a handshake waits for.
enum Step {
    Done,
    Readable,
    Writable,
}

impl Session {
    fn step(&mut self, tcp: &TcpStream) -> io::Result<Step> {
        loop {
            if !self.push(tcp)? {
                return Ok(Step::Writable);
            }
            if !self.connection.is_handshaking() {
                return Ok(Step::Done);
            }
            match self.feed(tcp) {
                Ok(true) => {}
                Ok(false) => return Err(ErrorKind::UnexpectedEof.into()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Step::Readable),
                Err(error) => return Err(error),
            }
        }
    }

    fn read(&mut self, tcp: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        loop {
            match self.connection.reader().read(buffer.get_mut(filled..).unwrap_or_default()) {
                Ok(0) => return Ok(filled),
                Ok(count) => {
                    filled += count;
                    if filled == buffer.len() {
                        return Ok(filled);
                    }
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // Most Kafka clients just close. What they leave out is missed by the lengths of messages.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(filled),
                Err(error) => return if filled > 0 { Ok(filled) } else { Err(error) },
            }
            if let Err(error) = self.feed(tcp) {
                return if filled > 0 { Ok(filled) } else { Err(error) };
            }
        }
    }

    /// Gives rustls the next piece of ciphertext. `false` once the other side is done.
    fn feed(&mut self, tcp: &TcpStream) -> io::Result<bool> {
        if self.at == self.ahead.len() {
            self.ahead.resize(AHEAD, 0);
            let read = tcp.try_read(&mut self.ahead);
            self.at = 0;
            match read {
                Ok(count) => self.ahead.truncate(count),
                Err(error) => {
                    self.ahead = Vec::new();
                    return Err(error);
                }
            }
        }
        let mut rest = self.ahead.get(self.at..).unwrap_or_default();
        let taken = self.connection.read_tls(&mut rest)?;
        self.at += taken;
        if let Err(error) = self.connection.process_new_packets() {
            // The other side is told why, if that takes no waiting.
            let _ = self.push(tcp);
            return Err(io::Error::new(ErrorKind::InvalidData, error));
        }
        if self.connection.wants_write() {
            self.push(tcp)?;
        }
        Ok(taken > 0)
    }

    fn write(&mut self, tcp: &TcpStream, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.push(tcp)?;
        let taken = self.connection.writer().write_vectored(pieces)?;
        self.push(tcp)?;
        if taken == 0 && pieces.iter().any(|piece| !piece.is_empty()) {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(taken)
    }

    /// Moves ciphertext to the socket. `false` if it takes no more for now.
    fn push(&mut self, tcp: &TcpStream) -> io::Result<bool> {
        while self.connection.wants_write() {
            match self.connection.write_tls(&mut Outlet(tcp)) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

/// A socket that never waits.
struct Outlet<'a>(&'a TcpStream);

impl Write for Outlet<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(pieces)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
