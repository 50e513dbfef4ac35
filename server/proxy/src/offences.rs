//! Which rules did a batch break? Told to the blotter, with a masked record as a sample where one is wanted.

use std::sync::Arc;

use tidegate_compat::Payload;
use tidegate_compat::envelope::{KEY_HEADER, VALUE_HEADER, split};
use tidegate_lineage::{Offence, Sample, SchemaRef, TopicRef};

use crate::batch::{BatchFault, Record};
use crate::complaint::{Complaint, Fate, without_positions};
use crate::judge::Group;
use crate::policy::{Framing, Part};
use crate::produce::Ruling;
use crate::reject::NONE;
use crate::sentence::Dock;

/// Tells what was found in a batch.
pub(crate) fn tell(dock: &mut Dock<'_>, ruling: &Ruling, acts: bool) {
    let groups: Vec<Group> = dock.judge.groups().to_vec();
    for group in groups {
        let offence = offence(dock, &group.complaint);
        let sample = if dock.shared.blotter.wants_sample(&offence) { sample(dock, &group) } else { None };
        let is_refused = matches!(ruling, Ruling::Answer(answer) if answer.code != NONE);
        let is_acted = acts && (is_refused || group.fate != Fate::Pass);
        let acted = if is_acted { group.records } else { 0 };
        dock.shared.blotter.add(offence, (group.records, acted), dock.origin.now, sample);
    }
}

/// A batch that can't be opened is an offence of all its records.
pub(crate) fn tell_unfit(dock: &Dock<'_>, fault: &BatchFault, records: u64, acts: bool) {
    let offence = Offence {
        topic: topic(dock),
        client_id: Arc::clone(&dock.origin.identity.client_id),
        principal: Arc::clone(&dock.origin.identity.principal),
        rule: "tidegate.batch".into(),
        path: "".into(),
        reason: fault.to_string().into(),
    };
    dock.shared.blotter.add(offence, (records, if acts { records } else { 0 }), dock.origin.now, None);
}

fn offence(dock: &Dock<'_>, complaint: &Complaint) -> Offence {
    Offence {
        topic: topic(dock),
        client_id: Arc::clone(&dock.origin.identity.client_id),
        principal: Arc::clone(&dock.origin.identity.principal),
        rule: complaint.rule().into(),
        path: without_positions(complaint.path()).into(),
        reason: complaint.reason().into(),
    }
}

fn topic(dock: &Dock<'_>) -> TopicRef {
    TopicRef { cluster: Arc::clone(&dock.shared.cluster), topic: Arc::clone(dock.origin.topic) }
}

/// Finds the record once more.
fn sample(dock: &mut Dock<'_>, group: &Group) -> Option<Sample> {
    let complaint = &group.complaint;
    let schema = complaint.schema();
    let origin = dock.origin;
    let mut sample = Sample {
        at: origin.now,
        partition: origin.partition,
        index: group.index,
        schema: schema.map(|id| SchemaRef { context: origin.policy.context.clone(), id }),
        action: group.fate.as_str().into(),
        path: complaint.path().to_owned(),
        bytes: 0,
        fields: Vec::new(),
        tree: None,
    };
    let (shared, moment, max) = (dock.shared, dock.moment, dock.shared.settings.max_batch);
    let is_bare = origin.policy.framing == Framing::None;
    let schemas = (&*shared.schemas, moment);
    let mut found = false;
    let walked = dock.judge.revisit_all(dock.bench, schemas, dock.records, max, |index, record, _, complaints| {
        if index != group.index {
            return Ok(());
        }
        found = true;
        let length = |part: Option<&[u8]>| part.map_or(0, <[u8]>::len) as u64;
        sample.bytes = length(record.key) + length(record.value);
        if let (Some(id), Some(payload)) = (schema, payload(record, complaint.part(), is_bare)) {
            let known = shared.schemas.known(&origin.policy.context, id);
            // Whatever else is wrong with the same part is shown as well.
            let faults = complaints.iter().filter(|other| other.part() == complaint.part());
            let faults: Vec<_> = faults.map(|other| (other.path(), other.rule())).collect();
            (sample.fields, sample.tree) = known.map_or_else(Default::default, |known| known.masked(payload, &faults));
        }
        Ok(())
    });
    // A record that can't be read has nothing to show but where it stands.
    (walked.is_ok() && (found || matches!(complaint, Complaint::Record(_)))).then_some(sample)
}

/// The payload of a part, wherever its schema is named.
fn payload<'r>(record: &Record<'r>, part: Part, is_bare: bool) -> Option<Payload<'r>> {
    let (bytes, header) = match part {
        Part::Key => (record.key?, KEY_HEADER),
        Part::Value => (record.value?, VALUE_HEADER),
    };
    if is_bare {
        return Some(Payload { bytes, header: Some(&[]) });
    }
    match record.headers.last(header) {
        None => split(bytes).ok().map(|(_, bytes)| Payload { bytes, header: None }),
        Some(value) => split(value?).ok().map(|(_, rest)| Payload { bytes, header: Some(rest) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_is_found_in_every_framing() {
        let text =
            |payload: Option<Payload<'_>>| payload.map(|payload| (payload.bytes.to_vec(), payload.header.is_some()));
        let bytes =
            crate::testing::batch(crate::codec::Codec::None, &[crate::testing::value(crate::testing::order("x"))]);
        let batch = crate::batch::Batch::open(&bytes).unwrap();
        let record = batch.walk(batch.records).unwrap().next().unwrap().unwrap();
        assert_eq!(text(payload(&record, Part::Value, false)), Some((crate::testing::order("x")[5..].to_vec(), false)));
        assert_eq!(text(payload(&record, Part::Value, true)), Some((crate::testing::order("x"), true)));
        assert_eq!(text(payload(&record, Part::Key, false)), None);
    }
}
