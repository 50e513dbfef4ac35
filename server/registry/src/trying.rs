//! What would a schema and the rules of its contract say about these records, before either is in force?

use std::sync::Arc;
use std::time::{Duration, Instant};

use tidegate_compat::envelope::split;
use tidegate_compat::rules::{NotCheckable, RecordFacts, RuleFailure, RuleScratch, Rules};
use tidegate_compat::{
    Contract, Flaw, Parsed, Payload, RuleLevel, RuleProblem, SchemaKey, SchemaKind, Strictness, SubjectName,
    VersionSpec, parse,
};

use crate::check::aside;
use crate::references::Need;
use crate::{Candidate, Error, Registry, Result};

/// Flaws of one record that are told.
const MOST_FLAWS: usize = 20;

/// Records to be tried.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Keys or values.
    pub records: Vec<TrialRecord>,
    /// Whether those in bytes begin with the name of a schema. Which one that is does not matter.
    pub is_framed: bool,
    /// The time that rules call `now`, milliseconds since 1970 UTC.
    pub now: i64,
}

/// A record to be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrialRecord {
    /// As it stands in Kafka.
    Bytes(Vec<u8>),
    /// As it is told in JSON: without the name of a schema, whatever the others begin with.
    Told(String),
}

/// What became of a trial.
#[derive(Debug, Clone)]
pub struct Tried {
    pub kind: SchemaKind,
    /// One for each record, in order.
    pub records: Vec<TriedRecord>,
    /// Rules that change records, which is left to clients.
    pub left_to_client: Vec<Arc<str>>,
    /// Rules that say nothing here.
    pub not_checkable: Vec<NotCheckable>,
    /// What is likely wrong with the rules, or certainly, whatever the records are.
    pub problems: Vec<RuleProblem>,
    /// How long all records took, without what was prepared for them.
    pub took: Duration,
}

/// What was found in one record; nothing if it is good.
#[derive(Debug, Clone, Default)]
pub struct TriedRecord {
    /// Why no payload was found in it.
    pub unframed: Option<String>,
    pub flaws: Vec<Flaw>,
    pub failed: Vec<RuleFailure>,
    pub undecided: Vec<NotCheckable>,
}

impl Registry {
    /// Holds records against a candidate: its schema, or the latest one of the subject when it has none, and its contract,
    /// or the one of that version. Nothing is kept.
    #[tracing::instrument(level = "debug", skip_all, fields(subject.name = %subject))]
    pub async fn try_records(&self, subject: &SubjectName, candidate: Candidate, trial: Trial) -> Result<Tried> {
        let (parsed, kind, contract) = match candidate.text {
            Some(_) => self.of_candidate(subject, candidate).await?,
            None => self.of_latest(subject, candidate.contract).await?,
        };
        aside(usize::MAX, move || tried(&parsed, kind, &contract, &trial)).await
    }

    async fn of_candidate(
        &self,
        subject: &SubjectName,
        candidate: Candidate,
    ) -> Result<(Parsed, SchemaKind, Contract)> {
        candidate.check_text()?;
        let mut session = self.store().read().await?;
        let prepared = self.prepare(&mut session, subject, &candidate, false, Strictness::Lenient, Need::Any).await?;
        Ok((prepared.parsed, prepared.kind, candidate.contract))
    }

    async fn of_latest(&self, subject: &SubjectName, contract: Contract) -> Result<(Parsed, SchemaKind, Contract)> {
        subject.check().map_err(Error::InvalidSubject)?;
        let latest = self.version(subject, VersionSpec::Latest, false).await?;
        let key = SchemaKey::Id(latest.schema.id);
        let (schema, references, _) = self.for_validation(latest.subject.context(), key).await?;
        let parsed = parse(schema.kind, &schema.text, &references, Strictness::Lenient).map_err(Error::Malformed)?;
        let kept = schema.contract.clone();
        let contract = Contract { metadata: contract.metadata.or(kept.metadata), rules: contract.rules.or(kept.rules) };
        Ok((parsed, schema.kind, contract))
    }
}

fn tried(parsed: &Parsed, kind: SchemaKind, contract: &Contract, trial: &Trial) -> Tried {
    let (validator, rules) = (parsed.validator(), Rules::compile(parsed, contract));
    let mut scratch = RuleScratch::default();
    let facts = RecordFacts { now: trial.now, skip: &[] };
    let began = Instant::now();
    let judge = |record: &TrialRecord| {
        let encoded = match record {
            TrialRecord::Bytes(_) => Vec::new(),
            TrialRecord::Told(json) => match parsed.encode(json) {
                Ok(bytes) => bytes,
                Err(flaw) => return TriedRecord { flaws: vec![flaw], ..TriedRecord::default() },
            },
        };
        let payload = match record {
            TrialRecord::Bytes(bytes) => payload(bytes, trial.is_framed, parsed),
            TrialRecord::Told(_) => payload(&encoded, false, parsed),
        };
        let payload = match payload {
            Ok(payload) => payload,
            Err(reason) => return TriedRecord { unframed: Some(reason), ..TriedRecord::default() },
        };
        let flaws = if rules.is_opaque() { Vec::new() } else { validator.flaws(payload, MOST_FLAWS) };
        if !flaws.is_empty() || rules.is_opaque() {
            return TriedRecord { flaws, ..TriedRecord::default() };
        }
        let verdict = rules.run(payload, &facts, &mut scratch);
        TriedRecord { failed: verdict.failed, undecided: verdict.undecided, ..TriedRecord::default() }
    };
    let records = trial.records.iter().map(judge).collect();
    let took = began.elapsed();
    let (left_to_client, not_checkable) = (rules.left_to_client().to_vec(), rules.not_checkable().to_vec());
    let mut problems = Rules::check(parsed, contract);
    problems.retain(|problem| problem.level >= RuleLevel::Warning);
    Tried { kind, records, left_to_client, not_checkable, problems, took }
}

/// Without framing the first message of a Protobuf file is meant.
fn payload<'a>(bytes: &'a [u8], is_framed: bool, schema: &Parsed) -> std::result::Result<Payload<'a>, String> {
    if is_framed {
        let (_, bytes) = split(bytes).map_err(|fault| fault.to_string())?;
        return Ok(Payload { bytes, header: None });
    }
    let header = Some(schema.first_message()).filter(|indexes| !indexes.is_empty());
    Ok(Payload { bytes, header })
}
