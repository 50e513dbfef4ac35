//! Is there still somebody at the other end of a connection? It is silent while it neither brings a whole request nor takes
//! any of an answer.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::sleep;

/// In how many steps a limit is waited for. A silence ends no earlier than the limit, and at most one step later.
const STEPS: u32 = 4;

/// Grows with every sign of life; odd while a request is being answered. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// A request is here whole. What is returned is to be kept until its answer is ready.
    pub(super) fn answering(&self) -> Answering {
        // One request at a time on a connection; and only the silence looks, which may see it a little later.
        self.0.fetch_add(1, Ordering::Relaxed);
        Answering(self.clone())
    }

    /// Ends once the connection has been silent for this long.
    pub(super) fn silence(&self, limit: Duration) -> impl Future<Output = ()> + use<> {
        let pulse = self.clone();
        async move {
            let mut before = pulse.beats();
            let mut steps = 0;
            while steps < STEPS {
                sleep(limit / STEPS).await;
                let now = pulse.beats();
                steps = if now == before && now.is_multiple_of(2) { steps + 1 } else { 0 };
                before = now;
            }
        }
    }

    fn beats(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn beat(&self) {
        self.0.fetch_add(2, Ordering::Relaxed);
    }
}

/// A request that is being answered, be it given up.
#[derive(Debug)]
pub(super) struct Answering(Pulse);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A stream whose other end shows that it lives by taking what is written. What it sends shows nothing: heads can be
/// dripped for ever.
#[derive(Debug)]
pub(super) struct Felt<S> {
    stream: S,
    pulse: Pulse,
}

impl<S> Felt<S> {
    pub(super) fn new(stream: S, pulse: Pulse) -> Self {
        Self { stream, pulse }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Felt<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Felt<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        self.pulse.beat();
        Poll::Ready(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, slices));
        self.pulse.beat();
        Poll::Ready(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::{Instant, timeout};

    use super::*;

    const LIMIT: Duration = Duration::from_millis(400);

    #[tokio::test]
    async fn a_connection_that_never_asks_is_silent_from_its_beginning() {
        let begun = Instant::now();
        Pulse::default().silence(LIMIT).await;
        assert!(begun.elapsed() >= LIMIT, "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn while_an_answer_is_made_nobody_is_silent() {
        let pulse = Pulse::default();
        let answering = pulse.answering();
        let mut silence = std::pin::pin!(pulse.silence(LIMIT));
        assert!(timeout(LIMIT * 3, silence.as_mut()).await.is_err());
        drop(answering);
        let begun = Instant::now();
        silence.await;
        assert!(begun.elapsed() >= LIMIT, "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn a_slow_reader_lives_for_as_long_as_it_reads_and_a_dripping_sender_does_not() {
        let pulse = Pulse::default();
        let (stream, mut peer) = tokio::io::duplex(1);
        let mut stream = Felt::new(stream, pulse.clone());
        let mut silence = std::pin::pin!(pulse.silence(LIMIT));
        let reading = async {
            for _ in 0..10 {
                sleep(LIMIT / STEPS).await;
                peer.read_u8().await.unwrap();
            }
        };
        tokio::select! {
            () = silence.as_mut() => panic!("cut off while it read"),
            (written, ()) = async { tokio::join!(stream.write_all(&[0; 11]), reading) } => written.unwrap(),
        }
        let mut byte = [0];
        let dripping = async {
            loop {
                sleep(LIMIT / STEPS).await;
                peer.write_u8(b'x').await.unwrap();
                stream.read_exact(&mut byte).await.unwrap();
            }
        };
        let ended: Result<(), ()> = tokio::select! {
            () = silence => Ok(()),
            () = dripping => Err(()),
        };
        assert!(ended.is_ok());
    }
}
