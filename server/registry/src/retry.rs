//! What happens to a transaction that lost a race?

use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::{Error, Result};

const ATTEMPTS: u32 = 8;
/// How long is waited at most before the second attempt. Before each later one it is twice as long.
const PAUSE: Duration = Duration::from_millis(2);

/// Tries again what failed only because somebody else was faster. Nothing of a failed attempt remains, so that the next
/// one starts from what the other left. Between attempts it waits, longer each time and for no fixed time, so that those
/// who met once don't meet again.
pub(crate) async fn retrying<T, F: Future<Output = Result<T>>>(attempt: impl Fn() -> F) -> Result<T> {
    for turn in 1..ATTEMPTS {
        match attempt().await {
            Err(Error::Store(tidegate_store::Error::Conflict(reason))) => {
                tracing::debug!(%reason, "a transaction lost a race and is tried again");
                tokio::time::sleep(pause(turn)).await;
            }
            decided => return decided,
        }
    }
    attempt().await
}

/// Anything up to what is waited at most.
fn pause(turn: u32) -> Duration {
    let most = PAUSE.saturating_mul(1 << (turn - 1).min(10)).as_micros();
    let chance = u128::from(RandomState::new().hash_one(turn));
    Duration::from_micros(u64::try_from(chance % (most + 1)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn races_are_run_again_but_not_for_ever() {
        let conflict = || Error::Store(tidegate_store::Error::Conflict("lost".into()));
        let tries = Cell::new(0);
        let third_time = retrying(|| async {
            tries.set(tries.get() + 1);
            if tries.get() < 3 { Err(conflict()) } else { Ok(tries.get()) }
        });
        assert!(matches!(third_time.await, Ok(3)));

        let tries = Cell::new(0);
        let never = retrying(|| async {
            tries.set(tries.get() + 1);
            Err::<(), _>(conflict())
        });
        assert!(never.await.is_err());
        assert_eq!(tries.get(), ATTEMPTS);

        let tries = Cell::new(0);
        assert!((1..ATTEMPTS).all(|turn| pause(turn) <= PAUSE * (1 << turn)), "it ends soon");
        let refused = retrying(|| async {
            tries.set(tries.get() + 1);
            Err::<(), _>(Error::SchemaNotFound)
        });
        assert!(matches!(refused.await, Err(Error::SchemaNotFound)));
        assert_eq!(tries.get(), 1, "a decision is not asked for twice");
    }
}
