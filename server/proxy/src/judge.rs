//! Do these records obey the schemas that they name? Runs on borrowed bytes, waits for nobody, and allocates only when it
//! has something to complain about.
//!
//! Schemas that the cache does not know are listed in [`Judge::unasked`]; the caller asks for them and judges again.

use std::sync::Arc;

use tidegate_compat::envelope::{KEY_HEADER, VALUE_HEADER, split};
use tidegate_compat::rules::{RecordFacts, RuleAction, RuleFailure, RuleScratch, RuleVerdict, Rules};
use tidegate_compat::{Flaw, Outcome, Payload, SchemaId, SchemaKey, Validator};

use crate::batch::{Batch, BatchFault, Record, RecordFault};
use crate::bench::Bench;
use crate::codec::{self, Scratch};
use crate::complaint::{Complaint, Fate};
use crate::policy::{Framing, Part, Transforms};
use crate::schemas::{Moment, Schemas, Sought, Standing};
use crate::traces::{Sample, TraceId, Traced};

/// Bad records that are named one by one in an answer; those beyond are only counted.
pub(crate) const MOST_INDEXES: usize = 1_000;

/// Bad records that are explained in an answer.
pub(crate) const MOST_TEXTS: usize = 20;

/// Flaws of one payload that are told.
const MOST_FLAWS: usize = 16;

/// Ways of being bad that are told apart in one batch; what is beyond counts with another of the same rule.
const MOST_GROUPS: usize = 32;

/// The header by which a record that comes back from a dead-letter topic names the rule that it broke.
const RULE_HEADER: &str = "__rule.name";

/// Records of one batch whose traces are looked at. Headers are not read for anything else, and reading those of all would
/// cost where there are many.
const MOST_TRACED: u32 = 16;

/// Unknown schemas that are asked for at once.
const MOST_UNASKED: usize = 32;

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
    /// Index in the batch and all complaints for which the record is bad, in order; complaints only for the first
    /// [`MOST_TEXTS`].
    pub(crate) listed: Vec<(u32, Option<Vec<Complaint>>)>,
    /// All of them, listed or not.
    pub(crate) total: u32,
    /// The worst that shall become of one of them. Those that a contract lets pass are none of them.
    pub(crate) worst: Fate,
    /// How many shall go to the dead-letter topic.
    pub(crate) letters: u32,
    /// Why others could not be checked.
    pub(crate) undecidable: Option<Arc<str>>,
}

/// Records that are bad in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) complaint: Complaint,
    pub(crate) fate: Fate,
    /// The first of them.
    pub(crate) index: u32,
    /// The last of them: a record that is bad in one way at several places counts once.
    last: u32,
    pub(crate) records: u64,
}

/// Rules that did not run, by record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct NotRun {
    /// The rule changes records: that is left to the client.
    pub(crate) left: u64,
    /// The rule can't be run here.
    pub(crate) not_checkable: u64,
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

/// Judges batches one after another, reusing its memory.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    scratch: Scratch,
    rule_scratch: RuleScratch,
    notes: Notes,
    not_run: NotRun,
    /// What must be asked for before the last batch can be judged.
    pub(crate) unasked: Vec<Sought>,
    /// What could not be asked for, and why. Holds for one request.
    pub(crate) unavailable: Vec<(Sought, Arc<str>)>,
    /// The `traceparent` header of the last batch's first record.
    pub(crate) traceparent: Option<String>,
    /// Which traces are noted.
    sample: Sample,
    /// Those of them that the first records of the last batch are part of.
    pub(crate) traces: Vec<Traced>,
}

#[derive(Debug, Default)]
struct Notes {
    bad: BadRecords,
    undecidable: Option<Arc<str>>,
    runs: Vec<Run>,
    groups: Vec<Group>,
}

/// Why a record is not good.
enum Trouble {
    /// At least one, in the order in which they were found.
    Complaints(Vec<Complaint>),
    Undecidable(Arc<str>),
}

impl From<Complaint> for Trouble {
    fn from(complaint: Complaint) -> Self {
        Self::Complaints(vec![complaint])
    }
}

/// What was found in one part of a record. Small, because it nearly always says that all is well.
type Found = (Option<SchemaId>, Option<Box<Trouble>>);

const GOOD: Found = (None, None);

impl Judge {
    /// One that notes these traces.
    pub(crate) fn noting(sample: Sample) -> Self {
        Self { sample, ..Self::default() }
    }

    /// What the last batch held, by schema id.
    pub(crate) fn runs(&self) -> &[Run] {
        &self.notes.runs
    }

    /// The ways in which records of the last batch were bad.
    pub(crate) fn groups(&self) -> &[Group] {
        &self.notes.groups
    }

    /// Rules that did not run on records of the last batch.
    pub(crate) fn not_run(&self) -> NotRun {
        self.not_run
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
        self.traces.clear();
        self.notes.clear();
        self.not_run = NotRun::default();
        let Self { scratch, rule_scratch, notes, not_run, unasked, unavailable, traceparent, sample, traces } = self;
        let docket = Docket { bench, schemas, moment, rule_scratch, not_run, unasked, unavailable };
        let walked = walk(scratch, docket, bytes, max_batch, |index, wanted, record| {
            match record {
                Ok((record, found)) => {
                    let may_note = index < MOST_TRACED && !sample.is_none();
                    if (index == 0 || may_note)
                        && let Some(header) = record.headers.last("traceparent").flatten()
                    {
                        if index == 0 {
                            *traceparent = text(header);
                        }
                        if may_note && let Some(trace) = sample.trace(header) {
                            note_trace(traces, trace, found.1.is_some());
                        }
                    }
                    notes.add(index, record, found, wanted);
                }
                Err(fault) => notes.complain(index, vec![fault.into()], wanted),
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
        self.revisit_all(bench, (schemas, moment), bytes, max_batch, |index, record, wanted, complaints| {
            let main = main(complaints, wanted);
            see(index, record, main.map(|complaint| (complaint, complaint.fate(wanted))))
        })
    }

    /// The same with everything that is wrong with each record, and what its policy wants to become of bad ones.
    pub(crate) fn revisit_all(
        &mut self,
        bench: &mut Bench,
        (schemas, moment): (&Schemas, Moment),
        bytes: &[u8],
        max_batch: usize,
        mut see: impl FnMut(u32, &Record<'_>, Fate, &[Complaint]) -> Result<(), BatchFault>,
    ) -> Result<(), BatchFault> {
        let Self { scratch, rule_scratch, unasked, unavailable, .. } = self;
        // Counted the first time.
        let not_run = &mut NotRun::default();
        let docket = Docket { bench, schemas, moment, rule_scratch, not_run, unasked, unavailable };
        let walked = walk(scratch, docket, bytes, max_batch, |index, wanted, record| {
            // Batches with a record that can't be read are refused as they are.
            let Ok((record, (_, trouble))) = record else { return Ok(()) };
            let complaints = match trouble.as_deref() {
                Some(Trouble::Complaints(all)) => all.as_slice(),
                Some(Trouble::Undecidable(_)) | None => &[],
            };
            see(index, record, wanted, complaints)
        });
        self.scratch.settle();
        walked
    }
}

/// The complaint that decides what becomes of a record: of those with the worst fate the first of the last part.
fn main(complaints: &[Complaint], wanted: Fate) -> Option<&Complaint> {
    let worst = complaints.iter().map(|complaint| complaint.fate(wanted)).max()?;
    let has_worst = |complaint: &&Complaint| complaint.fate(wanted) == worst;
    let part = complaints.iter().rfind(has_worst)?.part();
    complaints.iter().find(|complaint| has_worst(complaint) && complaint.part() == part)
}

/// Shows each record of a batch with what was found in it, and with what the policy wants to become of bad ones.
///
/// On the way of a record nothing is called but what checks its payload: a record handed over in memory is read back in
/// other pieces than it was written in, which costs processors more than all else that is done to it here.
#[inline(always)]
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

fn note_trace(traces: &mut Vec<Traced>, trace: TraceId, is_doubtful: bool) {
    match traces.iter_mut().find(|known| known.trace == trace) {
        Some(known) => known.is_doubtful &= is_doubtful,
        None => traces.push(Traced { trace, is_doubtful }),
    }
}

fn text(header: &[u8]) -> Option<String> {
    std::str::from_utf8(header).ok().filter(|text| text.len() <= 64).map(str::to_owned)
}

impl Notes {
    fn clear(&mut self) {
        self.bad = BadRecords::default();
        self.undecidable = None;
        self.runs.clear();
        self.groups.clear();
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
            Trouble::Complaints(complaints) => {
                let is_bad = complaints.iter().any(|complaint| complaint.fate(wanted) != Fate::Pass);
                if is_bad {
                    let run = self.run(schema);
                    run.bad += 1;
                    run.bad_bytes += bytes;
                }
                self.complain(index, complaints, wanted);
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
    fn complain(&mut self, index: u32, mut complaints: Vec<Complaint>, wanted: Fate) {
        for complaint in &complaints {
            self.group(index, complaint, complaint.fate(wanted));
        }
        complaints.retain(|complaint| complaint.fate(wanted) != Fate::Pass);
        let Some(fate) = complaints.iter().map(|complaint| complaint.fate(wanted)).max() else { return };
        let listed = &mut self.bad.listed;
        self.bad.total += 1;
        self.bad.worst = self.bad.worst.max(fate);
        self.bad.letters += u32::from(fate.is_lettered());
        if listed.len() < MOST_INDEXES {
            listed.push((index, (listed.len() < MOST_TEXTS).then_some(complaints)));
        }
    }

    fn group(&mut self, index: u32, complaint: &Complaint, fate: Fate) {
        let groups = &mut self.groups;
        let same = groups.iter().position(|group| group.complaint.is_like(complaint));
        let same = match same {
            None if groups.len() < MOST_GROUPS => {
                groups.push(Group { complaint: complaint.clone(), fate, index, last: index, records: 0 });
                Some(groups.len() - 1)
            }
            None => groups.iter().position(|group| group.complaint.rule() == complaint.rule()),
            same => same,
        };
        if let Some(group) = groups.get_mut(same.unwrap_or(0))
            && (group.records == 0 || group.last != index)
        {
            group.last = index;
            group.records += 1;
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
    rule_scratch: &'a mut RuleScratch,
    not_run: &'a mut NotRun,
    unasked: &'a mut Vec<Sought>,
    unavailable: &'a [(Sought, Arc<str>)],
}

impl Docket<'_> {
    /// Judges the parts that the policy names. The schema that counts for lineage is the value's. Nulls pass: they are
    /// tombstones and absent keys.
    #[inline(always)]
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
    #[inline(always)]
    fn part(&mut self, part: Part, bytes: &[u8], record: &Record<'_>, header: &'static str) -> Found {
        if self.bench.policy.framing == Framing::None {
            return self.payload(part, None, Payload { bytes, header: None }, record);
        }
        let complaint = |complaint: Complaint| (None, Some(Box::new(complaint.into())));
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
        self.payload(part, Some(key), payload, record)
    }

    /// `key` is the schema that the record names, if its topic has framing.
    #[inline(always)]
    fn payload(&mut self, part: Part, key: Option<SchemaKey>, mut payload: Payload<'_>, record: &Record<'_>) -> Found {
        let hearing = Hearing {
            now: self.moment.now,
            redrives: self.bench.redrives,
            transforms: self.bench.policy.transforms,
            part,
        };
        let standing = match key {
            Some(key) => self.bench.standing(self.schemas, self.moment, part, key),
            None => self.bench.bare(self.schemas, self.moment, part),
        };
        match standing {
            Standing::Good(known) => {
                let id = known.id;
                let Ok(validator) = &known.validator else { return (Some(id), None) };
                if key.is_none() {
                    payload.header = known.header_of_bare;
                }
                if !known.is_opaque() {
                    match validator.validate(payload) {
                        Outcome::Valid => {}
                        Outcome::Invalid(first) => {
                            let flaws = flaws(validator, payload, first);
                            let complaints =
                                flaws.into_iter().map(|flaw| Complaint::Payload { part, id, flaw }).collect();
                            return (Some(id), Some(Box::new(Trouble::Complaints(complaints))));
                        }
                    }
                }
                if let Some(rules) = &known.rules {
                    return (Some(id), hearing.obey((id, rules), payload, record, self.rule_scratch, self.not_run));
                }
                (Some(id), None)
            }
            other => {
                let other = other.clone();
                self.trouble(part, key, other)
            }
        }
    }

    #[cold]
    fn trouble(&mut self, part: Part, key: Option<SchemaKey>, standing: Standing) -> Found {
        let complain = |id, complaint: Complaint| (id, Some(Box::new(complaint.into())));
        match standing {
            Standing::Good(known) => (Some(known.id), None),
            Standing::Foreign { id, subject } => complain(Some(id), Complaint::Foreign { part, id, subject }),
            Standing::Nameless(id) => complain(Some(id), Complaint::Nameless { part, id }),
            Standing::Schemaless(subject) => complain(None, Complaint::Schemaless { part, subject }),
            Standing::Absent => match key {
                Some(key) => complain(None, Complaint::Absent { part, key }),
                None => (None, Some(Box::new(Trouble::Undecidable("no schema is known".into())))),
            },
            Standing::Unreadable(known) => {
                let why = known.validator.as_ref().err().map_or("", String::as_str);
                let reason = format!("payloads of schema {} can't be checked: {why}", known.id);
                (Some(known.id), Some(Box::new(Trouble::Undecidable(reason.into()))))
            }
            Standing::Unasked(sought) => (None, Some(Box::new(Trouble::Undecidable(self.unasked(sought))))),
        }
    }

    /// Notes something to be asked for, unless that was tried in vain.
    fn unasked(&mut self, sought: Sought) -> Arc<str> {
        if let Some((_, reason)) = self.unavailable.iter().find(|(other, _)| *other == sought) {
            return Arc::clone(reason);
        }
        if self.unasked.len() < MOST_UNASKED && !self.unasked.contains(&sought) {
            self.unasked.push(sought);
        }
        "the registry did not answer in time".into()
    }
}

/// All that is wrong with a payload of which one flaw is known.
#[cold]
fn flaws(validator: &Validator, payload: Payload<'_>, first: Flaw) -> Vec<Flaw> {
    let all = validator.flaws(payload, MOST_FLAWS);
    if all.is_empty() { vec![first] } else { all }
}

/// What a contract is held against a payload with.
#[derive(Debug, Clone, Copy)]
struct Hearing {
    now: i64,
    redrives: bool,
    transforms: Transforms,
    part: Part,
}

impl Hearing {
    /// Runs the rules of a schema's contract on a payload that obeys the schema.
    #[inline]
    fn obey(
        self,
        (id, rules): (SchemaId, &Rules),
        payload: Payload<'_>,
        record: &Record<'_>,
        scratch: &mut RuleScratch,
        not_run: &mut NotRun,
    ) -> Option<Box<Trouble>> {
        not_run.left += u64::from(!rules.left_to_client().is_empty());
        not_run.not_checkable += u64::from(!rules.not_checkable().is_empty());
        if self.transforms == Transforms::Refuse
            && let Some(rule) = rules.left_to_client().first()
        {
            return Some(self.changing(id, rule));
        }
        if rules.is_empty() || rules.is_opaque() {
            return None;
        }
        let named = if self.redrives { record.headers.last(RULE_HEADER).flatten() } else { None };
        let named = [named.and_then(|name| std::str::from_utf8(name).ok()).unwrap_or_default()];
        let skip = if named[0].is_empty() { &[][..] } else { &named[..] };
        let verdict = rules.run(payload, &RecordFacts { now: self.now, skip }, scratch);
        if verdict.is_good() { None } else { self.broken(id, verdict) }
    }

    #[cold]
    fn changing(self, id: SchemaId, rule: &Arc<str>) -> Box<Trouble> {
        let reason = "it changes records, and this topic takes none that such a rule is for".to_owned();
        let (rule, path) = (Arc::clone(rule), String::new());
        let failure = RuleFailure { rule, path, reason, action: RuleAction::Reject };
        Box::new(Complaint::Rule { part: self.part, id, failure }.into())
    }

    /// A rule that came to the limit of its cost counts as broken: else whoever makes the payload could switch it off.
    #[cold]
    fn broken(self, id: SchemaId, verdict: RuleVerdict) -> Option<Box<Trouble>> {
        let is_refused = verdict.refusal().is_some();
        let undecided = verdict.undecided.into_iter().filter(|_| !is_refused).map(|rule| {
            let (path, reason) = (String::new(), rule.why.to_string());
            RuleFailure { rule: rule.rule, path, reason, action: RuleAction::Reject }
        });
        let failed = verdict.failed.into_iter().chain(undecided);
        let complaints: Vec<_> = failed.map(|failure| Complaint::Rule { part: self.part, id, failure }).collect();
        (!complaints.is_empty()).then(|| Box::new(Trouble::Complaints(complaints)))
    }
}

/// A complaint says more than not knowing, and those of one part don't hide those of the other.
fn worse(one: Option<Box<Trouble>>, other: Option<Box<Trouble>>) -> Option<Box<Trouble>> {
    match (one.map(|one| *one), other.map(|other| *other)) {
        (Some(Trouble::Complaints(mut first)), Some(Trouble::Complaints(second))) => {
            first.extend(second);
            Some(Box::new(Trouble::Complaints(first)))
        }
        (Some(complaints @ Trouble::Complaints(_)), _) | (_, Some(complaints @ Trouble::Complaints(_))) => {
            Some(Box::new(complaints))
        }
        (one, other) => other.or(one).map(Box::new),
    }
}

#[cfg(test)]
pub(crate) mod tests;
