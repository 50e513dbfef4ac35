//! What happens to a transaction that lost a race?

use std::future::Future;

use crate::{Error, Result};

const ATTEMPTS: usize = 5;

/// Tries again what failed only because somebody else was faster. Nothing of a failed attempt remains, so that the next
/// one starts from what the other left.
pub(crate) async fn retrying<T, F: Future<Output = Result<T>>>(attempt: impl Fn() -> F) -> Result<T> {
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(Error::Store(tidegate_store::Error::Conflict(reason))) => {
                tracing::debug!(%reason, "a transaction lost a race and is tried again");
            }
            decided => return decided,
        }
    }
    attempt().await
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
        let refused = retrying(|| async {
            tries.set(tries.get() + 1);
            Err::<(), _>(Error::SchemaNotFound)
        });
        assert!(matches!(refused.await, Err(Error::SchemaNotFound)));
        assert_eq!(tries.get(), 1, "a decision is not asked for twice");
    }
}
