//! Which validators are made before anybody needs them? Those of the schemas under which records were seen lately, so that the
//! first producers after a start don't wait for their schemas one by one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tidegate_compat::{ContextName, SchemaKey};
use tokio::time::{Instant, sleep, timeout};

use crate::proxy::Shared;
use crate::schemas::{Sought, SourceError};

/// The most schemas that are made ready: as many as are compiled in a second or two.
const MOST: usize = 1_000;
/// How many the registry is asked for at a time.
const AT_ONCE: usize = 32;
/// How long all of it may take, from the moment at which the registry tells what was seen. What is not ready then is made
/// ready when it is needed, as always.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long an answer may take, and the pause before the registry is asked again.
const ANSWER: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_secs(1);

/// Asks until the registry answers, and calls the proxy warm once all is made ready.
pub(crate) async fn run(shared: Arc<Shared>) {
    tokio::select! {
        () = shared.stop.cancelled() => {}
        () = make_ready(&shared) => {}
    }
}

async fn make_ready(shared: &Arc<Shared>) {
    let seen = loop {
        match timeout(ANSWER, shared.schemas.source().recent(&shared.cluster, MOST)).await {
            Ok(Ok(seen)) => break seen,
            // A registry that does not keep such things.
            Ok(Err(SourceError::NotFound)) => break Vec::new(),
            Ok(Err(SourceError::Unavailable(_))) | Err(_) => sleep(PAUSE).await,
        }
    };
    let (began, count) = (Instant::now(), seen.len().min(MOST));
    let mut by_context: HashMap<ContextName, Vec<Sought>> = HashMap::new();
    for (context, id) in seen.into_iter().take(MOST) {
        by_context.entry(context).or_default().push(Sought::Schema(SchemaKey::Id(id)));
    }
    let deadline = began + PATIENCE;
    let mut is_whole = true;
    for (context, sought) in &by_context {
        for some in sought.chunks(AT_ONCE) {
            is_whole &= shared.schemas.ask(context, some, deadline).await.is_empty();
        }
    }
    if count > 0 {
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(schemas = count, millis, is_whole, "schemas seen lately are ready");
    }
    shared.warmed();
}
