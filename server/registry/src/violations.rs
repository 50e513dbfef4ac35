//! Which rules were seen to be broken, by whom, and how often? And what do people say of it?

use std::sync::Arc;
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use tidegate_lineage::{Millis, Offence, Offences, Sample, TopicRef};

use crate::said::fault_in;
use crate::{Actor, Error, Page, Registry, Result};

pub use tidegate_store::{Said, Standing, ViolationFilter, ViolationRow, ViolationState};

/// How many offences are told at once, at most.
const MOST: usize = 1_000;

/// How many samples of one offence are told.
const MOST_SAMPLES: usize = 20;

/// How many hours the trend of an offence goes back.
const TREND: i64 = 24;

const HOUR: i64 = 3_600_000;

/// How many bytes a name and a text of an offence may have.
const MAX_NAME: usize = 255;
const MAX_TEXT: usize = 1_024;

/// How long something may be muted: for longer, its rule or its policy should be changed.
const MOST_MUTED: Millis = 366 * 24 * HOUR;

/// What somebody says of an offence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying {
    pub state: ViolationState,
    /// When a mute ends.
    pub until: Option<Millis>,
    /// May be empty.
    pub note: String,
}

/// An offence with its records in each of the last hours that had any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub row: ViolationRow,
    /// The start of an hour, milliseconds since 1970 UTC, and records.
    pub trend: Vec<(Millis, u64)>,
}

impl Registry {
    /// Adds what was seen to what is known: all of it or, on an error, nothing.
    pub async fn add_offences(&self, offences: &[Offences]) -> Result<()> {
        if offences.is_empty() {
            return Ok(());
        }
        let fitting = offences.iter().map(|seen| Offences { offence: fitting(&seen.offence), ..seen.clone() });
        let named: Vec<_> = fitting.map(|seen| (fingerprint(&seen.offence), seen)).collect();
        let mut tx = self.store().write().await?;
        tx.add_offences(&named, now()).await?;
        Ok(tx.commit_unrecorded().await?)
    }

    /// A page of offences, those seen last first, and whether there are more.
    pub async fn violations(&self, filter: &ViolationFilter, page: Page) -> Result<(Vec<Violation>, bool)> {
        let limit = page.limit.unwrap_or(MOST).min(MOST);
        let mut session = self.store().read().await?;
        let mut rows = session.violations(filter, now(), page.offset, limit + 1).await?;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let mut told = Vec::with_capacity(rows.len());
        for row in rows {
            let trend = session.violation_hours(&row.fingerprint, trend_from()).await?;
            told.push(Violation { row, trend: in_millis(trend) });
        }
        Ok((told, has_more))
    }

    /// One offence with its newest samples; `None` if nothing is known of it.
    pub async fn violation(&self, fingerprint: &str) -> Result<Option<(Violation, Vec<Sample>)>> {
        let mut session = self.store().read().await?;
        let Some(row) = session.violation(fingerprint, now()).await? else { return Ok(None) };
        let trend = session.violation_hours(fingerprint, trend_from()).await?;
        let samples = session.violation_samples(fingerprint, MOST_SAMPLES).await?;
        Ok(Some((Violation { row, trend: in_millis(trend) }, samples)))
    }

    /// Keeps what somebody says of an offence, and answers how it stands then; `None` if nothing is known of it. What holds
    /// already in the same words is not said again.
    ///
    /// # Errors
    /// [`Error::InvalidViolationState`] with all that is wrong.
    pub async fn say_of_violation(
        &self,
        actor: &Actor,
        fingerprint: &str,
        saying: &Saying,
    ) -> Result<Option<Violation>> {
        let at = now();
        let faults = saying.faults(at);
        if !faults.is_empty() {
            return Err(Error::InvalidViolationState(faults));
        }
        let mut tx = self.store().write().await?;
        let Some(before) = tx.violation(fingerprint, at).await? else { return Ok(None) };
        let trend = in_millis(tx.violation_hours(fingerprint, trend_from()).await?);
        if saying.is_said(&before.standing) {
            return Ok(Some(Violation { row: before, trend }));
        }
        let said = Said { note: saying.note.clone(), by: actor.name.clone(), at };
        tx.put_violation_state(fingerprint, saying.state, saying.until, &said).await?;
        // A proxy whose clock goes ahead may have seen it later than now: then it is not fixed.
        let Some(after) = tx.violation(fingerprint, at).await? else { return Ok(None) };
        tx.commit(actor.change_of_all("violation.state", Some(before.told()), Some(after.told()))).await?;
        Ok(Some(Violation { row: after, trend }))
    }
}

impl Saying {
    fn faults(&self, now: Millis) -> Vec<String> {
        let mut faults = Vec::new();
        match (self.state, self.until) {
            (ViolationState::Muted, None) => faults.push("until is missing: it says when muting ends".to_owned()),
            (ViolationState::Muted, Some(until)) if until <= now => faults.push("until is over already".to_owned()),
            (ViolationState::Muted, Some(until)) if until.saturating_sub(now) > MOST_MUTED => {
                faults.push("until is more than a year away: change the rule or the policy instead".to_owned());
            }
            (ViolationState::Muted, Some(_)) | (_, None) => {}
            (_, Some(_)) => faults.push("until is for the state muted only".to_owned()),
        }
        if !self.note.is_empty() {
            faults.extend(fault_in("note", &self.note, MAX_TEXT));
        }
        faults
    }

    fn is_said(&self, standing: &Standing) -> bool {
        let note = standing.said.as_ref().map_or("", |said| &said.note);
        (self.state, self.until, self.note.as_str()) == (standing.state, standing.until, note)
    }
}

fn in_millis(trend: Vec<(i64, u64)>) -> Vec<(Millis, u64)> {
    trend.into_iter().map(|(hour, records)| (hour.saturating_mul(HOUR), records)).collect()
}

fn trend_from() -> i64 {
    now().div_euclid(HOUR) - TREND + 1
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// What tells offences apart, in 32 hexadecimal digits: the same on every node and in every release.
fn fingerprint(offence: &Offence) -> String {
    let Offence { topic, client_id, principal, rule, path, reason } = offence;
    let mut hash = Sha256::new();
    for text in [&topic.cluster, &topic.topic, rule, path, reason, client_id, principal] {
        hash.update(text.as_bytes());
        hash.update([0xff]);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The same with texts that can be kept. One that is too long must not keep all others from being told.
fn fitting(offence: &Offence) -> Offence {
    let cut = |text: &Arc<str>, most: usize| -> Arc<str> {
        if text.len() <= most && !text.contains('\0') {
            return Arc::clone(text);
        }
        text.get(..text.floor_char_boundary(most)).unwrap_or_default().replace('\0', " ").into()
    };
    Offence {
        topic: TopicRef { cluster: cut(&offence.topic.cluster, MAX_NAME), topic: cut(&offence.topic.topic, MAX_NAME) },
        client_id: cut(&offence.client_id, MAX_NAME),
        principal: cut(&offence.principal, MAX_NAME),
        rule: cut(&offence.rule, MAX_NAME),
        path: cut(&offence.path, MAX_TEXT),
        reason: cut(&offence.reason, MAX_TEXT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offence(client_id: &str, principal: &str) -> Offence {
        Offence {
            topic: TopicRef { cluster: "main".into(), topic: "orders".into() },
            client_id: client_id.into(),
            principal: principal.into(),
            rule: "tidegate.payload".into(),
            path: "item".into(),
            reason: "the text is not UTF-8".into(),
        }
    }

    #[test]
    fn a_fingerprint_tells_neighbouring_texts_apart_and_never_changes() {
        assert_ne!(fingerprint(&offence("ab", "c")), fingerprint(&offence("a", "bc")));
        assert_eq!(fingerprint(&offence("shop", "")), fingerprint(&offence("shop", "")));
        assert_eq!(fingerprint(&offence("shop", "")).len(), 32);
    }

    #[test]
    fn what_is_too_long_is_cut() {
        let long = fitting(&offence(&"ü".repeat(1_000), "a\0b"));
        assert!(long.client_id.len() <= MAX_NAME);
        assert_eq!(&*long.principal, "a b");
    }
}
