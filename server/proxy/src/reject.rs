//! How is a producer told what is wrong? The one place that turns verdicts into Kafka's error codes and texts.
//!
//! Which batches are answered here, `sentence` decides. A violation is `INVALID_RECORD`, which no client retries. What could
//! not be decided is `NOT_ENOUGH_REPLICAS`: retried by every client, nothing was written, and no metadata is fetched for it.

use crate::batch::BatchFault;
use crate::complaint::Complaint;
use crate::judge::{BadRecords, MOST_TEXTS};

pub(crate) const NONE: i16 = 0;
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

/// The answer for a batch with bad records.
pub(crate) fn bad_records(bad: &BadRecords) -> Refusal {
    let text = |complaints: &Option<Vec<_>>| complaints.as_deref().map(text);
    let records: Vec<_> = bad.listed.iter().map(|(index, complaints)| (*index, text(complaints))).collect();
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

/// The answer for a batch that can't be looked into.
pub(crate) fn unfit(fault: &BatchFault) -> Refusal {
    let code = if matches!(fault, BatchFault::Format(_)) { UNSUPPORTED_FOR_MESSAGE_FORMAT } else { INVALID_RECORD };
    Refusal::bare(code, fault.to_string())
}

/// The answer when it can't be known now whether a batch is good, or when what is bad in it can't be put aside.
pub(crate) fn later(reason: impl std::fmt::Display) -> Refusal {
    Refusal::bare(NOT_ENOUGH_REPLICAS, reason.to_string())
}

/// The answer for a batch of which nothing is left to be written, and about which the producer shall not worry.
pub(crate) fn nothing_left() -> Refusal {
    Refusal { code: NONE, records: Vec::new(), message: String::new() }
}

/// All that is wrong with one record, as far as there is room.
fn text(complaints: &[Complaint]) -> String {
    let mut text = String::new();
    for complaint in complaints {
        text.push_str(if text.is_empty() { "" } else { "; " });
        text.push_str(&complaint.to_string());
        if text.len() >= LONGEST {
            break;
        }
    }
    shorten(text)
}

fn shorten(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(LONGEST));
    text
}

#[cfg(test)]
mod tests {
    use tidegate_compat::{SchemaId, SchemaKey};

    use super::*;
    use crate::complaint::Fate;
    use crate::policy::Part;

    fn bad(count: u32) -> BadRecords {
        let complaint = Complaint::Absent { part: Part::Value, key: SchemaKey::Id(SchemaId(7)) };
        let listed =
            (0..count.min(1_000)).map(|index| (index, (index < 20).then(|| vec![complaint.clone()]))).collect();
        BadRecords { listed, total: count, worst: Fate::Refuse, ..BadRecords::default() }
    }

    #[test]
    fn a_bad_record_is_named_with_its_reason() {
        let refusal = bad_records(&bad(1));
        assert_eq!((refusal.code, refusal.message.as_str()), (87, "record 0: value: schema 7 is not registered"));
        assert_eq!(refusal.records, [(0, Some("value: schema 7 is not registered".to_owned()))]);
    }

    #[test]
    fn many_bad_records_are_all_named_and_the_first_twenty_explained() {
        let refusal = bad_records(&bad(1_500));
        assert_eq!(refusal.records.len(), 1_000);
        assert_eq!(refusal.records.iter().filter(|(_, text)| text.is_some()).count(), 20);
        assert!(refusal.message.starts_with("1500 records were refused; record 0: "), "{}", refusal.message);
        assert!(refusal.message.ends_with("and 1480 more"), "{}", refusal.message);
    }

    #[test]
    fn all_that_is_wrong_with_a_record_is_told_as_far_as_there_is_room() {
        let complaint = |id| Complaint::Absent { part: Part::Value, key: SchemaKey::Id(SchemaId(id)) };
        let bad = |count| BadRecords {
            listed: vec![(4, Some((1..=count).map(complaint).collect()))],
            total: 1,
            worst: Fate::Refuse,
            ..BadRecords::default()
        };
        let expected = "record 4: value: schema 1 is not registered; value: schema 2 is not registered";
        assert_eq!(bad_records(&bad(2)).message, expected);
        let refusal = bad_records(&bad(100));
        assert!(refusal.records[0].1.as_ref().is_some_and(|text| text.len() <= LONGEST), "{refusal:?}");
    }

    #[test]
    fn each_cause_has_its_code() {
        assert_eq!(unfit(&BatchFault::Format(1)).code, 43);
        assert_eq!(unfit(&BatchFault::Checksum).code, 87);
        assert_eq!((later("away").code, nothing_left().code), (19, 0));
    }

    #[test]
    fn texts_are_bounded_at_a_character() {
        let refusal = Refusal::bare(87, "ü".repeat(1_000));
        assert!(refusal.message.len() <= 512 && refusal.message.ends_with('ü'));
    }
}
