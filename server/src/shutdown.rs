//! When does the server stop? At the first Ctrl-C or SIGTERM it drains; a second one ends it at once.

use std::time::Duration;

use tokio::signal;
use tokio_util::sync::CancellationToken;

/// How long draining may take without a proxy, which has a time of its own. Whatever is still open then is cut.
pub const DRAIN: Duration = Duration::from_secs(3);

/// How long may be taken after that to write down what was counted.
pub const LAST_WORDS: Duration = Duration::from_secs(1);

/// A token that is cancelled when the operator asks the process to stop.
pub fn on_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let cancelled = stop.clone();
    tokio::spawn(async move {
        signalled().await;
        tracing::info!("stopping: draining connections; press Ctrl-C again to end at once");
        cancelled.cancel();
        signalled().await;
        tracing::warn!("ended without draining");
        std::process::exit(130);
    });
    stop
}

#[cfg(unix)]
async fn signalled() {
    use signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return interrupted().await };
    tokio::select! {
        () = interrupted() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signalled() {
    interrupted().await;
}

async fn interrupted() {
    if let Err(error) = signal::ctrl_c().await {
        tracing::warn!(%error, "Ctrl-C can't be watched; stop the server with SIGTERM");
        std::future::pending::<()>().await;
    }
}
