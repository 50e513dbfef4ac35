//! Do these records obey the schemas that they name? Runs on borrowed bytes, waits for nobody, and allocates only when it
//! has something to complain about.
//!
//! Schemas that the cache does not know are listed in [`Judge::unasked`]; the caller asks for them and judges again.

use std::sync::Arc;

use tidegate_compat::envelope::{KEY_HEADER, VALUE_HEADER, split};
use tidegate_compat::{Outcome, Payload, SchemaId, SchemaKey};

use crate::batch::{Batch, BatchFault, Record, RecordFault};
use crate::codec::{self, Scratch};
use crate::complaint::{Complaint, Fate};
use crate::policy::{Part, ReadyPolicy};
use crate::schemas::{Moment, Question, Schemas, Standing};

/// Bad records that are named one by one in an answer; those beyond are only counted.
pub(crate) const MOST_INDEXES: usize = 1_000;

/// Bad records that are explained in an answer.
pub(crate) const MOST_TEXTS: usize = 20;

/// Unknown schemas that are asked for at once.
const MOST_UNASKED: usize = 32;

/// Schemas remembered per topic and part on one connection; the shared cache knows the rest.
const MOST_SEEN: usize = 64;

/// Schema ids told apart in the counts of one batch; what is beyond counts as "not told".
const MOST_RUNS: usize = 64;

/// What became of one partition's batch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Good,
    /// Some records are bad: which, and what is wrong with the first of them.
    Bad(BadRecords),
    /// The batch as a whole can't be looked into.
    Unfit(BatchFault),
    /// No record is known to be bad, but some could not be checked.
    Undecidable(Arc<str>),
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct BadRecords {
    /// Index in the batch and complaint, in order; complaints only for the first [`MOST_TEXTS`].
    pub(crate) listed: Vec<(u32, Option<Complaint>)>,
    /// All of them, listed or not.
    pub(crate) total: u32,
    /// The worst that shall become of one of them.
    pub(crate) worst: Fate,
    /// How many shall go to the dead-letter topic.
    pub(crate) letters: u32,
    /// Why others could not be checked.
    pub(crate) undecidable: Option<Arc<str>>,
}

/// Records that name the same schema for their value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) schema: Option<SchemaId>,
    pub(crate) records: u64,
    pub(crate) bytes: u64,
    pub(crate) bad: u64,
    /// What the bad ones have of the bytes.
    pub(crate) bad_bytes: u64,
}

/// A topic's policy with what this connection has learnt about the schemas in its records.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) policy: Arc<ReadyPolicy>,
    topic: Arc<str>,
    revision: u64,
    keys: Seen,
    values: Seen,
}

/// Schemas met so far, the last one first asked.
#[derive(Debug, Default)]
struct Seen {
    standings: Vec<(SchemaKey, Standing)>,
    last: usize,
}

impl Bench {
    pub(crate) fn new(policy: Arc<ReadyPolicy>, topic: Arc<str>) -> Self {
        Self { policy, topic, revision: 0, keys: Seen::default(), values: Seen::default() }
    }

    /// Forgets what may have changed in the registry.
    fn move_to(&mut self, revision: u64) {
        if self.revision != revision {
            self.revision = revision;
            (self.keys, self.values) = (Seen::default(), Seen::default());
        }
    }

    #[inline]
    fn standing(&mut self, schemas: &Schemas, moment: Moment, part: Part, key: SchemaKey) -> &Standing {
        let seen = match part {
            Part::Key => &mut self.keys,
            Part::Value => &mut self.values,
        };
        let is_last = seen.standings.get(seen.last).is_some_and(|(last, _)| *last == key);
        if !is_last {
            seen.last = seen.standings.iter().position(|(other, _)| *other == key).unwrap_or_else(|| {
                let (context, naming) = (&self.policy.context, &self.policy.naming);
                let question = Question { context, naming, topic: &self.topic, part };
                if seen.standings.len() >= MOST_SEEN {
                    seen.standings.clear();
                }
                seen.standings.push((key, schemas.standing(&question, key, moment)));
                seen.standings.len() - 1
            });
        }
        match seen.standings.get(seen.last) {
            Some((_, standing)) => standing,
            None => &Standing::Unasked,
        }
    }

    /// Drops answers that may be different the next time: schemas that were not there, or not where they should be.
    fn forget_missing(&mut self) {
        let lasts =
            |standing: &Standing| !matches!(standing, Standing::Absent | Standing::Unasked | Standing::Foreign { .. });
        for seen in [&mut self.keys, &mut self.values] {
            seen.standings.retain(|(_, standing)| lasts(standing));
            seen.last = 0;
        }
    }
}

/// Judges batches one after another, reusing its memory.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    scratch: Scratch,
    notes: Notes,
    /// Schemas that must be asked for before the last batch can be judged.
    pub(crate) unasked: Vec<SchemaKey>,
    /// Schemas that could not be asked for, and why. Holds for one request.
    pub(crate) unavailable: Vec<(SchemaKey, Arc<str>)>,
    /// The `traceparent` header of the last batch's first record.
    pub(crate) traceparent: Option<String>,
}

#[derive(Debug, Default)]
struct Notes {
    bad: BadRecords,
    undecidable: Option<Arc<str>>,
    runs: Vec<Run>,
}

/// Why a record is not good.
enum Trouble {
    Complaint(Complaint),
    Undecidable(Arc<str>),
}

/// What was found in one part of a record. Small, because it nearly always says that all is well.
type Found = (Option<SchemaId>, Option<Box<Trouble>>);

const GOOD: Found = (None, None);

impl Judge {
    /// What the last batch held, by schema id.
    pub(crate) fn runs(&self) -> &[Run] {
        &self.notes.runs
    }

    /// Judges one partition's batch by the registry as it is at `moment` or later.
    pub(crate) fn judge(
        &mut self,
        bench: &mut Bench,
        schemas: &Schemas,
        moment: Moment,
        bytes: &[u8],
        max_batch: usize,
    ) -> Verdict {
        bench.move_to(moment.revision);
        bench.forget_missing();
        self.unasked.clear();
        self.traceparent = None;
        self.notes.clear();
        let Self { scratch, notes, unasked, unavailable, traceparent } = self;
        let docket = Docket { bench, schemas, moment, unasked, unavailable };
        let walked = walk(scratch, docket, bytes, max_batch, |index, wanted, record| {
            match record {
                Ok((record, found)) => {
                    if index == 0 {
                        *traceparent = self::traceparent(record);
                    }
                    notes.add(index, record, found, wanted);
                }
                Err(fault) => notes.complain(index, fault.into(), wanted),
            }
            Ok(())
        });
        let verdict = match walked {
            Err(fault) => Verdict::Unfit(fault),
            Ok(()) => self.notes.verdict(),
        };
        self.scratch.settle();
        verdict
    }

    /// Walks a batch that was just judged once more, and shows each record with what is wrong with it and what shall become
    /// of it. Nothing of that is kept from the first time, however many are bad.
    pub(crate) fn revisit(
        &mut self,
        bench: &mut Bench,
        (schemas, moment): (&Schemas, Moment),
        bytes: &[u8],
        max_batch: usize,
        mut see: impl FnMut(u32, &Record<'_>, Option<(&Complaint, Fate)>) -> Result<(), BatchFault>,
    ) -> Result<(), BatchFault> {
        let Self { scratch, unasked, unavailable, .. } = self;
        let docket = Docket { bench, schemas, moment, unasked, unavailable };
        let walked = walk(scratch, docket, bytes, max_batch, |index, wanted, record| {
            // Batches with a record that can't be read are refused as they are.
            let Ok((record, (_, trouble))) = record else { return Ok(()) };
            match trouble.as_deref() {
                Some(Trouble::Complaint(complaint)) => see(index, record, Some((complaint, complaint.fate(wanted)))),
                Some(Trouble::Undecidable(_)) | None => see(index, record, None),
            }
        });
        self.scratch.settle();
        walked
    }
}

/// Shows each record of a batch with what was found in it, and with what the policy wants to become of bad ones.
fn walk(
    scratch: &mut Scratch,
    mut docket: Docket<'_>,
    bytes: &[u8],
    max_batch: usize,
    mut see: impl FnMut(u32, Fate, Result<(&Record<'_>, Found), RecordFault>) -> Result<(), BatchFault>,
) -> Result<(), BatchFault> {
    let batch = Batch::open(bytes)?;
    let wanted = Fate::of(docket.bench.policy.action, batch.producer.id >= 0);
    let plain = scratch.open(batch.codec, batch.records, codec::limit(batch.records.len(), max_batch))?;
    let mut records = batch.walk(plain)?;
    let mut index = 0;
    while let Some(record) = records.next() {
        match record {
            Ok(record) => see(index, wanted, Ok((&record, docket.record(&record))))?,
            Err(fault) => see(index, wanted, Err(fault))?,
        }
        index += 1;
    }
    Ok(())
}

fn traceparent(record: &Record<'_>) -> Option<String> {
    let header = record.headers.last("traceparent")??;
    std::str::from_utf8(header).ok().filter(|text| text.len() <= 64).map(str::to_owned)
}

impl Notes {
    fn clear(&mut self) {
        self.bad = BadRecords::default();
        self.undecidable = None;
        self.runs.clear();
    }

    #[inline]
    fn add(&mut self, index: u32, record: &Record<'_>, (schema, trouble): Found, wanted: Fate) {
        let bytes = record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
        let run = self.run(schema);
        run.records += 1;
        run.bytes += bytes as u64;
        if let Some(trouble) = trouble {
            self.note(index, (schema, bytes as u64), *trouble, wanted);
        }
    }

    #[cold]
    fn note(&mut self, index: u32, (schema, bytes): (Option<SchemaId>, u64), trouble: Trouble, wanted: Fate) {
        match trouble {
            Trouble::Complaint(complaint) => {
                let run = self.run(schema);
                run.bad += 1;
                run.bad_bytes += bytes;
                self.complain(index, complaint, wanted);
            }
            Trouble::Undecidable(reason) => {
                self.undecidable.get_or_insert(reason);
            }
        }
    }

    /// The run that records of this schema count in. The last one is nearly always right.
    #[inline]
    fn run(&mut self, schema: Option<SchemaId>) -> &mut Run {
        let last = self.runs.len().wrapping_sub(1);
        let is_last = self.runs.get(last).is_some_and(|run| run.schema == schema);
        let at = if is_last { last } else { self.other_run(schema) };
        &mut self.runs[at]
    }

    fn other_run(&mut self, schema: Option<SchemaId>) -> usize {
        let schema = if self.runs.len() < MOST_RUNS { schema } else { None };
        self.runs.iter().position(|run| run.schema == schema).unwrap_or_else(|| {
            self.runs.push(Run { schema, records: 0, bytes: 0, bad: 0, bad_bytes: 0 });
            self.runs.len() - 1
        })
    }

    #[cold]
    fn complain(&mut self, index: u32, complaint: Complaint, wanted: Fate) {
        let listed = &mut self.bad.listed;
        let fate = complaint.fate(wanted);
        self.bad.total += 1;
        self.bad.worst = self.bad.worst.max(fate);
        self.bad.letters += u32::from(fate.is_lettered());
        if listed.len() < MOST_INDEXES {
            listed.push((index, (listed.len() < MOST_TEXTS).then_some(complaint)));
        }
    }

    fn verdict(&mut self) -> Verdict {
        if self.bad.total > 0 {
            let undecidable = self.undecidable.take();
            return Verdict::Bad(BadRecords { undecidable, ..std::mem::take(&mut self.bad) });
        }
        self.undecidable.take().map_or(Verdict::Good, Verdict::Undecidable)
    }
}

/// Everything that one record is judged by.
struct Docket<'a> {
    bench: &'a mut Bench,
    schemas: &'a Schemas,
    moment: Moment,
    unasked: &'a mut Vec<SchemaKey>,
    unavailable: &'a [(SchemaKey, Arc<str>)],
}

impl Docket<'_> {
    /// Judges the parts that the policy names. The schema that counts for lineage is the value's. Nulls pass: they are
    /// tombstones and absent keys.
    #[inline]
    fn record(&mut self, record: &Record<'_>) -> Found {
        let mut found = GOOD;
        if self.bench.policy.key
            && let Some(key) = record.key
        {
            let (_, trouble) = self.part(Part::Key, key, record, KEY_HEADER);
            found.1 = trouble;
        }
        if self.bench.policy.value
            && let Some(value) = record.value
        {
            let (schema, trouble) = self.part(Part::Value, value, record, VALUE_HEADER);
            found = (schema, worse(found.1, trouble));
        }
        found
    }

    /// The schema is named in a header, and then the whole part is payload; or at the start of the part.
    #[inline]
    fn part(&mut self, part: Part, bytes: &[u8], record: &Record<'_>, header: &'static str) -> Found {
        let complaint = |complaint| (None, Some(Box::new(Trouble::Complaint(complaint))));
        let (key, payload) = match record.headers.last(header) {
            None => match split(bytes) {
                Ok((key, bytes)) => (key, Payload { bytes, header: None }),
                Err(fault) => return complaint(Complaint::Envelope { part, fault }),
            },
            Some(None) => return complaint(Complaint::NullHeader { part, header }),
            Some(Some(value)) => match split(value) {
                Ok((key, rest)) => (key, Payload { bytes, header: Some(rest) }),
                Err(fault) => return complaint(Complaint::Envelope { part, fault }),
            },
        };
        self.payload(part, key, payload)
    }

    #[inline]
    fn payload(&mut self, part: Part, key: SchemaKey, payload: Payload<'_>) -> Found {
        match self.bench.standing(self.schemas, self.moment, part, key) {
            Standing::Good(known) => {
                let id = known.id;
                let Ok(validator) = &known.validator else { return (Some(id), None) };
                match validator.validate(payload) {
                    Outcome::Valid => (Some(id), None),
                    Outcome::Invalid(flaw) => {
                        (Some(id), Some(Box::new(Trouble::Complaint(Complaint::Payload { part, id, flaw }))))
                    }
                }
            }
            other => {
                let other = other.clone();
                self.trouble(part, key, other)
            }
        }
    }

    #[cold]
    fn trouble(&mut self, part: Part, key: SchemaKey, standing: Standing) -> Found {
        let complain = |id, complaint| (id, Some(Box::new(Trouble::Complaint(complaint))));
        match standing {
            Standing::Good(known) => (Some(known.id), None),
            Standing::Foreign { id, subject } => complain(Some(id), Complaint::Foreign { part, id, subject }),
            Standing::Nameless(id) => complain(Some(id), Complaint::Nameless { part, id }),
            Standing::Absent => complain(None, Complaint::Absent { part, key }),
            Standing::Unreadable(known) => {
                let why = known.validator.as_ref().err().map_or("", String::as_str);
                let reason = format!("payloads of schema {} can't be checked: {why}", known.id);
                (Some(known.id), Some(Box::new(Trouble::Undecidable(reason.into()))))
            }
            Standing::Unasked => (None, Some(Box::new(Trouble::Undecidable(self.unasked(key))))),
        }
    }

    /// Notes a schema to be asked for, unless that was tried in vain.
    fn unasked(&mut self, key: SchemaKey) -> Arc<str> {
        if let Some((_, reason)) = self.unavailable.iter().find(|(other, _)| *other == key) {
            return Arc::clone(reason);
        }
        if self.unasked.len() < MOST_UNASKED && !self.unasked.contains(&key) {
            self.unasked.push(key);
        }
        "the registry did not answer in time".into()
    }
}

/// A complaint says more than not knowing.
fn worse(one: Option<Box<Trouble>>, other: Option<Box<Trouble>>) -> Option<Box<Trouble>> {
    let is_complaint = one.as_deref().is_some_and(|trouble| matches!(trouble, Trouble::Complaint(_)));
    if is_complaint { one } else { other.or(one) }
}

#[cfg(test)]
pub(crate) mod tests;
