//! How is a producer told what is wrong? The one place that turns verdicts into Kafka's error codes and texts.
//!
//! A violation is `INVALID_RECORD`, which no client retries. What could not be decided is `NOT_ENOUGH_REPLICAS`: retried
//! by every client, nothing was written, and no metadata is fetched for it.

use crate::batch::BatchFault;
use crate::judge::{BadRecords, MOST_TEXTS, Verdict};
use crate::policy::{Mode, TopicPolicy, Undecidable};

pub(crate) const NOT_ENOUGH_REPLICAS: i16 = 19;
pub(crate) const UNSUPPORTED_FOR_MESSAGE_FORMAT: i16 = 43;
pub(crate) const INVALID_RECORD: i16 = 87;

/// The longest text about one record, bytes.
const LONGEST: usize = 512;

/// What a producer hears about one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: i16,
    /// Index in the batch, and what is wrong with that record, for the first few.
    pub(crate) records: Vec<(u32, Option<String>)>,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn bare(code: i16, message: impl Into<String>) -> Self {
        Self { code, records: Vec::new(), message: shorten(message.into()) }
    }
}

/// What a verdict means for a partition under its policy: `None` lets it pass.
pub(crate) fn refuse(verdict: &Verdict, policy: &TopicPolicy) -> Option<Refusal> {
    if policy.mode != Mode::Enforce {
        return None;
    }
    match verdict {
        Verdict::Good => None,
        Verdict::Bad(bad) => Some(bad_records(bad)),
        Verdict::Unfit(fault @ BatchFault::Format(_)) => {
            Some(Refusal::bare(UNSUPPORTED_FOR_MESSAGE_FORMAT, fault.to_string()))
        }
        Verdict::Unfit(fault) => Some(Refusal::bare(INVALID_RECORD, fault.to_string())),
        Verdict::Undecidable(_) if policy.when_undecidable == Undecidable::Open => None,
        Verdict::Undecidable(reason) => {
            Some(Refusal::bare(NOT_ENOUGH_REPLICAS, format!("the records can't be checked now: {reason}")))
        }
    }
}

fn bad_records(bad: &BadRecords) -> Refusal {
    let text = |complaint: &Option<_>| complaint.as_ref().map(|complaint| shorten(format!("{complaint}")));
    let records: Vec<_> = bad.listed.iter().map(|(index, complaint)| (*index, text(complaint))).collect();
    let mut message = match records.first() {
        Some((index, Some(first))) => format!("record {index}: {first}"),
        _ => "records do not obey their schema".to_owned(),
    };
    let explained = u32::try_from(records.len().min(MOST_TEXTS)).unwrap_or(u32::MAX);
    let unexplained = bad.total.saturating_sub(explained);
    if bad.total > 1 {
        message = format!("{} records were refused; {message}", bad.total);
    }
    if unexplained > 0 {
        message = format!("{message}; the first {explained} are explained one by one, and {unexplained} more");
    }
    Refusal { code: INVALID_RECORD, records, message }
}

fn shorten(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(LONGEST));
    text
}

#[cfg(test)]
mod tests {
    use tidegate_compat::{SchemaId, SchemaKey};

    use super::*;
    use crate::judge::Complaint;
    use crate::policy::Part;

    fn policy(mode: Mode, when_undecidable: Undecidable) -> TopicPolicy {
        TopicPolicy { mode, when_undecidable, ..TopicPolicy::new("p", "*") }
    }

    fn bad(count: u32) -> Verdict {
        let complaint = Complaint::Absent { part: Part::Value, key: SchemaKey::Id(SchemaId(7)) };
        let listed = (0..count.min(1_000)).map(|index| (index, (index < 20).then(|| complaint.clone()))).collect();
        Verdict::Bad(BadRecords { listed, total: count })
    }

    #[test]
    fn a_bad_record_is_named_with_its_reason() {
        let refusal = refuse(&bad(1), &policy(Mode::Enforce, Undecidable::Closed)).unwrap();
        assert_eq!((refusal.code, refusal.message.as_str()), (87, "record 0: value: schema 7 is not registered"));
        assert_eq!(refusal.records, [(0, Some("value: schema 7 is not registered".to_owned()))]);
    }

    #[test]
    fn many_bad_records_are_all_named_and_the_first_twenty_explained() {
        let refusal = refuse(&bad(1_500), &policy(Mode::Enforce, Undecidable::Closed)).unwrap();
        assert_eq!(refusal.records.len(), 1_000);
        assert_eq!(refusal.records.iter().filter(|(_, text)| text.is_some()).count(), 20);
        assert!(refusal.message.starts_with("1500 records were refused; record 0: "), "{}", refusal.message);
        assert!(refusal.message.ends_with("and 1480 more"), "{}", refusal.message);
    }

    #[test]
    fn shadow_refuses_nothing_and_undecidable_follows_the_policy() {
        let undecidable = Verdict::Undecidable("the registry is away".into());
        assert_eq!(refuse(&bad(3), &policy(Mode::Shadow, Undecidable::Closed)), None);
        assert_eq!(refuse(&undecidable, &policy(Mode::Enforce, Undecidable::Open)), None);
        let refusal = refuse(&undecidable, &policy(Mode::Enforce, Undecidable::Closed)).unwrap();
        assert_eq!((refusal.code, refusal.records.len()), (19, 0));
    }

    #[test]
    fn texts_are_bounded_at_a_character() {
        let refusal = Refusal::bare(87, "ü".repeat(1_000));
        assert!(refusal.message.len() <= 512 && refusal.message.ends_with('ü'));
    }
}
