//! How do bytes get from one socket to the other? Untouched, in big pieces, and never further ahead than the reader.
//!
//! One buffer per direction. Bytes are first read, then examined, then forwarded:
//!
//! ```text
//!   buffer  [ … free … | passed, not yet sent | not yet examined | … free … ]
//!                      start                  next               end
//! ```
//!
//! Frames that pass are only marked; they leave together when there is nothing more to examine. An idle connection holds
//! no buffer at all.

use std::io::{self, IoSlice};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::{SessionError, Side};
use crate::metrics::Traffic;
use crate::pipe::Pipe;

/// How much is read at once.
pub(crate) const CHUNK: usize = 256 << 10;

/// Buffers that grew beyond this are not kept.
const KEPT: usize = 1 << 20;

/// How many idle buffers are kept.
const POOLED: usize = 32;

/// Whoever has sent this much since a deadline was set gets a new one.
const STRIDE: usize = 64 << 10;

/// How long one direction of a session waits for what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For the next 64 KiB of a message that has begun, or its end.
    pub(crate) stalled: Duration,
    /// For the next message; for ever if `None`.
    pub(crate) silent: Option<Duration>,
    /// For the other side to take what it was sent.
    pub(crate) unread: Duration,
}

/// Buffers waiting for a connection that has something to say.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Vec<Vec<u8>>>);

impl Pool {
    fn take(&self) -> Vec<u8> {
        self.0.lock().pop().unwrap_or_else(|| vec![0; CHUNK])
    }

    fn give(&self, buffer: Vec<u8>) {
        let mut pool = self.0.lock();
        if (CHUNK..=KEPT).contains(&buffer.len()) && pool.len() < POOLED {
            pool.push(buffer);
        }
    }
}

/// One direction of a session.
pub(crate) struct Relay<'s> {
    from: &'s Pipe,
    to: &'s Pipe,
    side: Side,
    patience: Patience,
    pool: &'s Pool,
    traffic: Traffic,
    buffer: Vec<u8>,
    start: usize,
    next: usize,
    end: usize,
    /// When the message that is arriving must have come further, and how much has come since that was set.
    deadline: Option<Instant>,
    stride: usize,
}

impl<'s> Relay<'s> {
    /// Reads from `side`, writes to the other one.
    pub(crate) fn new(
        (from, to): (&'s Pipe, &'s Pipe),
        side: Side,
        patience: Patience,
        pool: &'s Pool,
        traffic: Traffic,
    ) -> Self {
        let (buffer, deadline) = (Vec::new(), None);
        Self { from, to, side, patience, pool, traffic, buffer, start: 0, next: 0, end: 0, deadline, stride: 0 }
    }

    /// A message begins with the next byte that is examined: it has all the time that one may take.
    pub(crate) fn begin(&mut self) {
        self.deadline = None;
        self.stride = 0;
    }

    pub(crate) fn side(&self) -> Side {
        self.side
    }

    /// What was read and not yet examined.
    pub(crate) fn unread(&self) -> &[u8] {
        self.buffer.get(self.next..self.end).unwrap_or_default()
    }

    pub(crate) fn unread_mut(&mut self) -> &mut [u8] {
        self.buffer.get_mut(self.next..self.end).unwrap_or_default()
    }

    /// Reads until at least `count` bytes are there to be examined. `false` if the peer closed first.
    ///
    /// The buffer grows as bytes arrive, not by what a length promises.
    pub(crate) async fn need(&mut self, count: usize) -> Result<bool, SessionError> {
        while self.end - self.next < count {
            self.flush().await?;
            self.make_room(count);
            if self.fill().await? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Like [`Self::need`], when a message has begun and its rest must come.
    pub(crate) async fn must(&mut self, count: usize) -> Result<(), SessionError> {
        if self.need(count).await? { Ok(()) } else { Err(SessionError::Closed(self.side)) }
    }

    /// Marks examined bytes to be forwarded.
    pub(crate) fn pass(&mut self, count: usize) {
        self.next = (self.next + count).min(self.end);
    }

    /// Takes back the mark from bytes that were passed and can't have left yet.
    pub(crate) fn take_back(&mut self, count: usize) {
        self.next = self.next.saturating_sub(count).max(self.start);
    }

    /// Forwards `count` bytes as they come, however many they are.
    pub(crate) async fn stream(&mut self, mut count: usize) -> Result<(), SessionError> {
        loop {
            let here = count.min(self.end - self.next);
            self.pass(here);
            count -= here;
            if count == 0 {
                return Ok(());
            }
            self.must(1).await?;
        }
    }

    /// Sends everything that was passed.
    pub(crate) async fn flush(&mut self) -> Result<(), SessionError> {
        while self.start < self.next {
            let passed = self.buffer.get(self.start..self.next).unwrap_or_default();
            match self.to.try_write(passed) {
                Ok(0) => return Err(self.broken(io::ErrorKind::WriteZero.into())),
                Ok(sent) => self.start += sent,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.make_way().await?,
                Err(error) => return Err(self.broken(error)),
            }
        }
        self.settle().await
    }

    /// Examined bytes that don't go on. What was passed before them is sent first.
    pub(crate) async fn discard(&mut self, count: usize) -> Result<(), SessionError> {
        self.flush().await?;
        self.next = (self.next + count).min(self.end);
        self.start = self.next;
        Ok(())
    }

    /// Sends `bytes` in place of the next `count` examined ones.
    pub(crate) async fn replace(&mut self, count: usize, bytes: &[u8]) -> Result<(), SessionError> {
        self.discard(count).await?;
        self.write(&mut [IoSlice::new(bytes)]).await
    }

    /// Sends pieces that [`Self::unread`] and others hold, after what was passed.
    pub(crate) async fn write(&self, mut pieces: &mut [IoSlice<'_>]) -> Result<(), SessionError> {
        IoSlice::advance_slices(&mut pieces, 0);
        while !pieces.is_empty() {
            match self.to.try_write_vectored(pieces) {
                Ok(0) => return Err(self.broken(io::ErrorKind::WriteZero.into())),
                Ok(sent) => IoSlice::advance_slices(&mut pieces, sent),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.make_way().await?,
                Err(error) => return Err(self.broken(error)),
            }
        }
        self.settle().await
    }

    /// Waits until the side that we write to takes more. One that takes nothing for long is given up: what it doesn't read
    /// is kept here.
    async fn make_way(&self) -> Result<(), SessionError> {
        let taking = timeout(self.patience.unread, self.to.writable()).await;
        taking.map_err(|_| SessionError::Unread(self.other_side()))?.map_err(|error| self.broken(error))
    }

    async fn settle(&self) -> Result<(), SessionError> {
        if !self.to.is_tls() {
            return Ok(());
        }
        let settling = timeout(self.patience.unread, self.to.settle()).await;
        settling.map_err(|_| SessionError::Unread(self.other_side()))?.map_err(|error| self.broken(error))
    }

    /// Overwrites the last `count` bytes that were passed and sent, so that a secret does not stay in the buffer.
    pub(crate) fn wipe(&mut self, count: usize) {
        if let Some(sent) = self.buffer.get_mut(self.next.saturating_sub(count)..self.next) {
            sent.fill(0);
        }
    }

    /// Makes sure that a read has somewhere to go. Everything passed has been sent.
    fn make_room(&mut self, count: usize) {
        if self.next == self.end {
            (self.start, self.next, self.end) = (0, 0, 0);
            if self.buffer.len() > KEPT && count <= CHUNK {
                self.buffer = Vec::new();
            }
        }
        if self.buffer.is_empty() {
            self.buffer = self.pool.take();
        }
        if self.buffer.len() - self.next < count && self.next > 0 {
            self.buffer.copy_within(self.next..self.end, 0);
            self.end -= self.next;
            (self.start, self.next) = (0, 0);
        }
        if self.end == self.buffer.len() {
            let grown = (self.buffer.len() * 2).min(self.next.saturating_add(count)).max(self.buffer.len() + 1);
            self.buffer.resize(grown, 0);
        }
    }

    async fn fill(&mut self) -> Result<usize, SessionError> {
        loop {
            if self.buffer.is_empty() {
                self.buffer = self.pool.take();
            }
            let free = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.from.try_read(free) {
                Ok(count) => {
                    self.end += count;
                    self.traffic.add(count);
                    self.stride += count;
                    if self.stride >= STRIDE {
                        self.begin();
                    }
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait().await?,
                Err(error) => return Err(SessionError::Io { side: self.side, source: error }),
            }
        }
    }

    /// Waits for bytes: for ever between two messages, not so in the middle of one.
    async fn wait(&mut self) -> Result<(), SessionError> {
        let failed = |source| SessionError::Io { side: self.side, source };
        if self.end == 0 {
            self.pool.give(std::mem::take(&mut self.buffer));
            return match self.patience.silent {
                None => self.from.readable().await.map_err(failed),
                Some(silent) => {
                    let coming = timeout(silent, self.from.readable()).await;
                    coming.map_err(|_| SessionError::Idle(self.side))?.map_err(failed)
                }
            };
        }
        // Who sends a byte now and then is given up too.
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + self.patience.stalled);
        let coming = timeout_at(deadline, self.from.readable()).await;
        coming.map_err(|_| SessionError::Stalled(self.side))?.map_err(failed)
    }

    /// An error on the side that we write to.
    fn broken(&self, source: io::Error) -> SessionError {
        SessionError::Io { side: self.other_side(), source }
    }

    fn other_side(&self) -> Side {
        match self.side {
            Side::Client => Side::Broker,
            Side::Broker => Side::Client,
        }
    }
}

impl Drop for Relay<'_> {
    fn drop(&mut self) {
        self.pool.give(std::mem::take(&mut self.buffer));
    }
}
