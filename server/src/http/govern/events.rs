//! What is happening now, as a stream of events that goes on until somebody ends it?

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Serialize;
use tidegate_api::events as wire;

use super::violations::{may_see, sample};
use crate::http::Api;
use crate::http::auth::Asking;
use crate::http::error::Failure;
use crate::http::query::Query;
use crate::http::timestamp::rfc3339;
use crate::live::{Counts, Happening, Heard, Reader, Seen};

/// How often a comment is sent when nothing happens, so that nobody in between takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// What one reader wants to hear of.
struct Wanted {
    topic: Option<String>,
    cluster: Option<String>,
}

pub(in crate::http) async fn stream(
    State(api): State<Api>,
    Asking(access): Asking,
    query: Query,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let text = |name: &str| query.text(name).map(str::to_owned);
    let wanted = Wanted { topic: text("topic"), cluster: text("cluster") };
    may_see(&access, wanted.topic.as_deref())?;
    let events = unfold((api.feed.read(), wanted), async |(mut reader, wanted): (Reader, Wanted)| {
        loop {
            let event = match reader.next().await? {
                Heard::Lost(events) => Some(event("lost", &wire::LostEvent { events })),
                Heard::Happening(happening) => wanted.told(&happening),
            };
            if let Some(event) = event {
                return Some((Ok(event), (reader, wanted)));
            }
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

impl Wanted {
    /// The event, if it is about what is wanted.
    fn told(&self, happening: &Arc<Happening>) -> Option<Event> {
        match &**happening {
            Happening::Counts(counts) => self.counts(counts).map(|counts| event("counts", &counts)),
            Happening::Violation(seen) => {
                let topic = &seen.offence.topic;
                self.is_about(&topic.cluster, &topic.topic).then(|| event("violation", &violation(seen)))
            }
        }
    }

    fn counts(&self, counts: &Counts) -> Option<wire::CountsEvent> {
        let is_everything = self.topic.is_none() && self.cluster.is_none();
        let of_interest = counts.topics.iter().filter(|(topic, _)| self.is_about(&topic.cluster, &topic.topic));
        let topics: Vec<_> = of_interest
            .map(|(topic, count)| wire::TopicCounts {
                cluster: topic.cluster.to_string(),
                topic: topic.topic.to_string(),
                records: count.records,
                refused: count.refused,
                rules: count
                    .rules
                    .iter()
                    .map(|(rule, records, acted)| wire::RuleCounts {
                        rule: rule.to_string(),
                        records: *records,
                        acted: *acted,
                    })
                    .collect(),
            })
            .collect();
        // Of which topics something was left out is not known; nor whose it is.
        let (left_out, withheld) = if is_everything { (counts.left_out, counts.withheld) } else { (0, 0) };
        let is_nothing = topics.is_empty() && left_out == 0 && withheld == 0;
        (!is_nothing).then(|| wire::CountsEvent { at: rfc3339(now()), topics, left_out, withheld })
    }

    fn is_about(&self, cluster: &str, topic: &str) -> bool {
        let fits = |wanted: &Option<String>, name: &str| wanted.as_deref().is_none_or(|wanted| wanted == name);
        fits(&self.cluster, cluster) && fits(&self.topic, topic)
    }
}

fn violation(seen: &Seen) -> wire::ViolationEvent {
    let offence = &seen.offence;
    wire::ViolationEvent {
        cluster: offence.topic.cluster.to_string(),
        topic: offence.topic.topic.to_string(),
        rule: offence.rule.to_string(),
        path: offence.path.to_string(),
        reason: offence.reason.to_string(),
        client_id: offence.client_id.to_string(),
        principal: offence.principal.to_string(),
        records: seen.records,
        acted: seen.acted,
        sample: sample(seen.sample.clone()),
    }
}

fn event(name: &str, data: &impl Serialize) -> Event {
    // It is texts and numbers only, which can always be written.
    Event::default().event(name).data(serde_json::to_string(data).unwrap_or_default())
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
