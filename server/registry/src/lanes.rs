//! How do requests that come at the same time go together?
//!
//! Whoever is alone goes at once. While one piece of work is under way the others gather, and then all go in the next.

use std::collections::VecDeque;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use parking_lot::Mutex;
use tidegate_compat::SubjectName;

/// How many requests go together at most.
const MOST: usize = 256;
/// How many subjects can have their turn at the same time; more of them than requests, so that two seldom share one.
const TURNS: usize = 4096;

/// A queue with one worker, who is there only while something waits.
#[derive(Debug)]
pub(crate) struct Lane<T>(Arc<Mutex<Queue<T>>>);

#[derive(Debug)]
struct Queue<T> {
    waiting: VecDeque<T>,
    has_worker: bool,
}

/// The time of a worker.
struct Shift<T> {
    queue: Arc<Mutex<Queue<T>>>,
    is_over: bool,
}

impl<T: Send + 'static> Lane<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Queue { waiting: VecDeque::new(), has_worker: false })))
    }

    /// Hands a request in. If nobody works on the lane, `work` begins to, and goes on with what comes meanwhile.
    ///
    /// The work is done even if whoever asked for it goes away.
    pub(crate) fn hand_in<F>(&self, request: T, work: impl Fn(Vec<T>) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send,
    {
        let mut queue = self.0.lock();
        queue.waiting.push_back(request);
        if std::mem::replace(&mut queue.has_worker, true) {
            return;
        }
        drop(queue);
        let mut shift = Shift { queue: Arc::clone(&self.0), is_over: false };
        tokio::spawn(async move {
            while let Some(requests) = shift.next() {
                work(requests).await;
            }
        });
    }
}

impl<T> Shift<T> {
    /// All that wait, or the end.
    fn next(&mut self) -> Option<Vec<T>> {
        let mut queue = self.queue.lock();
        if queue.waiting.is_empty() {
            queue.has_worker = false;
            self.is_over = true;
            return None;
        }
        let count = queue.waiting.len().min(MOST);
        Some(queue.waiting.drain(..count).collect())
    }
}

impl<T> Drop for Shift<T> {
    /// After a panic, or when the runtime ends: nobody is left waiting for a worker who does not come back.
    fn drop(&mut self) {
        if !self.is_over {
            let mut queue = self.queue.lock();
            queue.has_worker = false;
            queue.waiting.clear();
        }
    }
}

/// Lets one registration of a subject after the other, so that none is decided on what another one is about to change.
#[derive(Debug)]
pub(crate) struct Turns {
    seats: Box<[tokio::sync::Mutex<()>]>,
    hasher: RandomState,
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self { seats: (0..TURNS).map(|_| tokio::sync::Mutex::new(())).collect(), hasher: RandomState::new() }
    }

    /// Where a subject waits for its turn. Another one may have the same place, which only costs time.
    pub(crate) fn of(&self, subject: &SubjectName) -> &tokio::sync::Mutex<()> {
        let place = self.hasher.hash_one(subject) % self.seats.len() as u64;
        &self.seats[usize::try_from(place).unwrap_or(0)]
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::{Notify, mpsc, oneshot};
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn who_is_alone_goes_at_once_and_the_others_go_together() {
        let lane = Lane::new();
        let (pieces, mut seen) = mpsc::unbounded_channel();
        let gate = Arc::new(Notify::new());
        let work = || {
            let (pieces, gate) = (pieces.clone(), Arc::clone(&gate));
            move |requests: Vec<usize>| {
                let (pieces, gate) = (pieces.clone(), Arc::clone(&gate));
                async move {
                    pieces.send(requests).unwrap();
                    gate.notified().await;
                }
            }
        };
        lane.hand_in(0, work());
        assert_eq!(seen.recv().await, Some(vec![0]));
        (1..=MOST + 2).for_each(|number| lane.hand_in(number, work()));
        gate.notify_one();
        assert_eq!(seen.recv().await, Some((1..=MOST).collect()));
        gate.notify_one();
        assert_eq!(seen.recv().await, Some(vec![MOST + 1, MOST + 2]));
        gate.notify_one();
        while lane.0.lock().has_worker {
            tokio::task::yield_now().await;
        }
        lane.hand_in(7, work());
        assert_eq!(seen.recv().await, Some(vec![7]), "there is a worker again");
    }

    #[tokio::test]
    async fn a_worker_that_fails_leaves_nobody_waiting() {
        let lane: Lane<(bool, oneshot::Sender<()>)> = Lane::new();
        let ask = |fails: bool| {
            let (answer, answered) = oneshot::channel();
            lane.hand_in((fails, answer), |requests| async move {
                tokio::task::yield_now().await;
                for (fails, answer) in requests {
                    assert!(!fails, "this is meant to fail");
                    answer.send(()).unwrap();
                }
            });
            timeout(Duration::from_secs(5), answered)
        };
        assert!(ask(false).await.unwrap().is_ok());
        let failing = ask(true);
        tokio::task::yield_now().await;
        let waiting = ask(false);
        assert!(failing.await.unwrap().is_err());
        assert!(waiting.await.unwrap().is_err());
        assert!(ask(false).await.unwrap().is_ok(), "the next one is served");
    }
}
