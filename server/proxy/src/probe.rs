//! Is the cluster there, and who belongs to it? Asked when no client's traffic has told lately.
//!
//! Asking for the brokers opens their ports early, so that clients which knew a proxy before its restart find them again.
//! A cluster that wants SASL answers only the first question.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::error::SessionError;
use crate::listen::Door;
use crate::metadata;
use crate::pipe::Pipe;
use crate::proxy::Shared;
use crate::versions::{API_VERSIONS, METADATA};
use crate::wire::{put_string, seal};

const INTERVAL: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest answer that is taken: brokers only, no topics.
const LONGEST: usize = 1 << 20;

pub(crate) async fn run(shared: Arc<Shared>) {
    let mut failures = 0u32;
    loop {
        if shared.heard_since() >= INTERVAL {
            let asked = tokio::select! {
                () = shared.stop.cancelled() => return,
                asked = timeout(PATIENCE, ask(&shared)) => asked,
            };
            match asked {
                Ok(Ok(())) => failures = 0,
                other => {
                    failures += 1;
                    if failures == 1 {
                        let reason = other.map_or_else(
                            |_| "no answer in time".to_owned(),
                            |ended| ended.err().map(|error| error.to_string()).unwrap_or_default(),
                        );
                        tracing::warn!(
                            brokers = shared.settings.brokers.join(","),
                            reason,
                            "the cluster does not answer"
                        );
                    }
                }
            }
        }
        tokio::select! {
            () = shared.stop.cancelled() => return,
            () = sleep(if failures > 0 { INTERVAL / 5 } else { INTERVAL }) => {}
        }
    }
}

/// Why a probe got no answer.
#[derive(Debug, thiserror::Error)]
enum Silence {
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error("broker: {0}")]
    Io(#[from] std::io::Error),
}

async fn ask(shared: &Arc<Shared>) -> Result<(), Silence> {
    let broker = shared.nodes.dial(Door::Bootstrap).await?;
    exchange(&broker, &request(API_VERSIONS, 0, &[])).await?;
    shared.heard();
    // Version 1 with an empty list asks for no topics, and all brokers know it.
    if let Ok(answer) = exchange(&broker, &request(METADATA, 1, &[0; 4])).await
        && let Ok(seen) = metadata::metadata(answer.get(4..).unwrap_or_default(), 1)
    {
        shared.nodes.own(shared, &seen.brokers, "").map_err(SessionError::from)?;
    }
    Ok(())
}

fn request(key: i16, version: i16, body: &[u8]) -> Vec<u8> {
    let mut frame = vec![0; 4];
    frame.extend_from_slice(&key.to_be_bytes());
    frame.extend_from_slice(&version.to_be_bytes());
    frame.extend_from_slice(&0i32.to_be_bytes());
    put_string(&mut frame, false, "tidegate-probe");
    frame.extend_from_slice(body);
    seal(&mut frame);
    frame
}

async fn exchange(broker: &Pipe, request: &[u8]) -> std::io::Result<Vec<u8>> {
    broker.write_all(request).await?;
    let mut length = [0; 4];
    broker.read_exact(&mut length).await?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > LONGEST {
        return Err(std::io::Error::other("the answer is too large"));
    }
    let mut answer = vec![0; length];
    broker.read_exact(&mut answer).await?;
    Ok(answer)
}
