//! What would a schema and its rules say about pasted records, or about the last ones of a topic?

use std::time::SystemTime;

use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tidegate_api::ErrorCode;
use tidegate_api::trying as wire;
use tidegate_compat::envelope::split;
use tidegate_compat::policy::Part;
use tidegate_compat::rules::RuleAction;
use tidegate_compat::{RuleLevel, RuleProblem, SchemaKey, SubjectName};
use tidegate_registry::Right;
use tidegate_registry::trying::{Trial, TrialRecord, Tried, TriedRecord};

use crate::http::Api;
use crate::http::auth::Asking;
use crate::http::confluent::wire::candidate;
use crate::http::error::{Answer, Failure};
use crate::http::json::Json;
use crate::last_records::{LastRecords, ReadRecord, Unread, Wanted};

/// How many records may be tried at once.
const MOST: usize = 1_000;

/// How many of a topic are, unless it is said.
const LAST: usize = 100;

pub(in crate::http) async fn try_rules(
    State(api): State<Api>,
    Asking(access): Asking,
    Json(request): Json<wire::TryRequest>,
) -> Answer<wire::Tried> {
    let wire::TryRequest { subject, framing, records, candidate: sent, topic, cluster, last, partition, offset, part } =
        request;
    let asked = match topic {
        Some(topic) => Some(asked(topic, cluster, wanted(last, partition, offset)?, part, records.is_empty())?),
        None if partition.is_some() || offset.is_some() => {
            return Err(unprocessable("'partition' and 'offset' are those of a 'topic', and there is none"));
        }
        None => None,
    };
    if let Some(asked) = &asked {
        // A rule is a question about what stands in records, and can be asked again and again. Who may write the topic's
        // schemas may put it in force anyway.
        access.demand_topic(Right::Write, &asked.topic)?;
    }
    let own = asked.as_ref().filter(|_| sent.schema.is_none());
    let own = own.map(|asked| format!("{}-{}", asked.topic, asked.part.as_str()));
    let subject = subject.filter(|subject| !subject.is_empty()).or(own);
    if subject.is_none() && sent.schema.is_none() {
        return Err(unprocessable("either 'subject' or 'schema' is needed"));
    }
    let subject = match subject {
        Some(subject) => {
            let subject = api.registry.resolve_alias(&SubjectName::parse(&subject)).await?;
            access.demand(Right::Read, &subject)?;
            subject
        }
        None => SubjectName::parse(""),
    };
    let is_framed = match framing.as_deref() {
        None => asked.is_some(),
        Some("none") => false,
        Some("confluent") => true,
        Some(_) => return Err(unprocessable("'framing' is one of none, confluent")),
    };
    if records.len() > MOST {
        return Err(unprocessable(format!("at most {MOST} records are tried at once")));
    }
    let candidate = candidate(sent)?;
    access.demand_references(&subject, &candidate.references)?;
    let mut records = records.into_iter().map(record).collect::<Result<Vec<_>, _>>()?;
    let mut read = None;
    if let Some(asked) = asked {
        let (found, places) = asked.read(&api.topics, is_framed).await?;
        (records, read) = (found.into_iter().map(TrialRecord::Bytes).collect(), Some(places));
    }
    let tried = api.registry.try_records(&subject, candidate, Trial { records, is_framed, now: now() }).await?;
    let mut shown = shown(tried);
    if let Some((topic, places)) = read {
        for found in &mut shown.found {
            let place = usize::try_from(found.index).ok().and_then(|index| places.get(index));
            if let Some(Place { partition, offset, schema }) = place {
                (found.partition, found.offset, found.schema_id) = (Some(*partition), Some(*offset), *schema);
            }
            // Who pastes records knows what is in them; who may read a topic's schemas need not.
            found.violations.iter_mut().for_each(mask);
        }
        shown.topic = Some(topic);
    }
    Ok(Json(shown))
}

/// Which records of a topic are meant.
struct Asked {
    topic: String,
    cluster: Option<String>,
    wanted: Wanted,
    part: Part,
}

/// Where a record stands, and which schema it names.
struct Place {
    partition: i32,
    offset: i64,
    schema: Option<i32>,
}

fn asked(
    topic: String,
    cluster: Option<String>,
    wanted: Wanted,
    part: Option<String>,
    is_alone: bool,
) -> Result<Asked, Failure> {
    if !is_alone {
        return Err(unprocessable("either 'records' or 'topic' is given"));
    }
    let part = match part.as_deref() {
        None | Some("value") => Part::Value,
        Some("key") => Part::Key,
        Some(_) => return Err(unprocessable("'part' is one of value, key")),
    };
    Ok(Asked { topic, cluster, wanted, part })
}

/// The last ones, or the one at a place.
fn wanted(last: Option<usize>, partition: Option<i32>, offset: Option<i64>) -> Result<Wanted, Failure> {
    let last = match (last, partition, offset) {
        (last, None, None) => last.unwrap_or(LAST),
        (None, Some(partition), Some(offset)) if partition >= 0 && offset >= 0 => {
            return Ok(Wanted::At { partition, offset });
        }
        (None, Some(_), Some(_)) => return Err(unprocessable("'partition' and 'offset' are counted from 0")),
        (Some(_), ..) => return Err(unprocessable("either 'last' is given, or 'partition' and 'offset'")),
        _ => return Err(unprocessable("'partition' and 'offset' are given together")),
    };
    if !(1..=MOST).contains(&last) {
        return Err(unprocessable(format!("'last' is a number from 1 to {MOST}")));
    }
    Ok(Wanted::Last(last))
}

impl Asked {
    /// The records, and where each stands.
    async fn read(
        self,
        clusters: &[LastRecords],
        is_framed: bool,
    ) -> Result<(Vec<Vec<u8>>, (wire::TriedTopic, Vec<Place>)), Failure> {
        let Self { topic, cluster, wanted, part } = self;
        let known = || clusters.iter().map(LastRecords::cluster).collect::<Vec<_>>().join(", ");
        let source = match (&cluster, clusters) {
            (_, []) => {
                let message =
                    "no brokers are configured beside this registry (proxy.brokers), so that no topic can be read";
                return Err(unprocessable(message));
            }
            (None, [only]) => only,
            (None, _) => return Err(unprocessable(format!("'cluster' is needed, one of {}", known()))),
            (Some(name), _) => clusters.iter().find(|source| source.cluster() == name).ok_or_else(|| {
                Failure::new(ErrorCode::ClusterNotFound, format!("There is no cluster '{name}' here"))
            })?,
        };
        let read = source.read(&topic, wanted, part).await.map_err(|unread| {
            let code = match unread {
                Unread::NoTopic(_) => ErrorCode::TopicNotFound,
                Unread::NoRecord { .. } => ErrorCode::UnprocessableEntity,
                Unread::Kafka(_) => ErrorCode::Unavailable,
            };
            Failure::new(code, unread.to_string())
        })?;
        let mut places = Vec::with_capacity(read.records.len());
        let mut records = Vec::with_capacity(read.records.len());
        for ReadRecord { partition, offset, bytes } in read.records {
            let schema = match split(&bytes) {
                Ok((SchemaKey::Id(id), _)) if is_framed => Some(id.0),
                _ => None,
            };
            places.push(Place { partition, offset, schema });
            records.push(bytes);
        }
        let told = wire::TriedTopic {
            cluster: source.cluster().to_owned(),
            topic,
            part: part.as_str().to_owned(),
            empty: read.empty,
            cut: read.is_cut,
            micros: u64::try_from(read.took.as_micros()).unwrap_or(u64::MAX),
        };
        Ok((records, (told, places)))
    }
}

/// Takes out what an own record may well be told of, but not one of others.
fn mask(broken: &mut wire::TriedViolation) {
    broken.path = without_keys(&broken.path);
    if broken.rule == "tidegate.framing" {
        // The reason has the first bytes.
        "no schema id stands where one should".clone_into(&mut broken.reason);
    }
}

/// `tags{anna}.x` as `tags{}.x`: a key of a map is content.
fn without_keys(path: &str) -> String {
    let (mut out, mut is_key) = (String::with_capacity(path.len()), false);
    for letter in path.chars() {
        match letter {
            '{' => is_key = true,
            '}' => is_key = false,
            _ if is_key => continue,
            _ => {}
        }
        out.push(letter);
    }
    out
}

fn record(record: wire::TryRecord) -> Result<TrialRecord, Failure> {
    match (record.base64, record.json) {
        (Some(text), None) => {
            let bytes = STANDARD.decode(text).map_err(|_| unprocessable("a record's 'base64' is not base64"))?;
            Ok(TrialRecord::Bytes(bytes))
        }
        (None, Some(json)) => Ok(TrialRecord::Told(json.to_string())),
        _ => Err(unprocessable("a record has either 'base64' or 'json'")),
    }
}

fn unprocessable(reason: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::UnprocessableEntity, reason.into())
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn shown(tried: Tried) -> wire::Tried {
    let found: Vec<_> = (0..).zip(&tried.records).filter_map(|(index, record)| told(index, record)).collect();
    let is_refused = |record: &&wire::TriedRecord| record.violations.iter().any(|broken| broken.action != "NONE");
    wire::Tried {
        schema_type: tried.kind.as_str().to_owned(),
        records: tried.records.len() as u64,
        refused: found.iter().filter(is_refused).count() as u64,
        micros: u64::try_from(tried.took.as_micros()).unwrap_or(u64::MAX),
        left_to_client: tried.left_to_client.iter().map(ToString::to_string).collect(),
        not_checkable: tried
            .not_checkable
            .iter()
            .map(|rule| wire::UncheckedRule { rule: rule.rule.to_string(), why: rule.why.to_string() })
            .collect(),
        problems: tried.problems.into_iter().map(problem).collect(),
        found,
        topic: None,
    }
}

fn problem(problem: RuleProblem) -> wire::RuleProblem {
    wire::RuleProblem {
        rule: problem.rule.to_string(),
        at: problem.at.map(|at| at as u64),
        is_certain: problem.level == RuleLevel::Error,
        message: problem.message,
    }
}

fn told(index: u64, record: &TriedRecord) -> Option<wire::TriedRecord> {
    let own = |rule: &str, path: &str, reason: &str| wire::TriedViolation {
        rule: rule.to_owned(),
        path: path.to_owned(),
        reason: reason.to_owned(),
        action: "ERROR".to_owned(),
    };
    let mut violations: Vec<_> = record.unframed.iter().map(|reason| own("tidegate.framing", "", reason)).collect();
    violations.extend(record.flaws.iter().map(|flaw| own("tidegate.payload", &flaw.path, &flaw.what)));
    violations.extend(record.failed.iter().map(|failure| wire::TriedViolation {
        rule: failure.rule.to_string(),
        path: failure.path.clone(),
        reason: failure.reason.clone(),
        action: action(&failure.action).to_owned(),
    }));
    // At the gate a rule that can't be decided counts as broken.
    violations.extend(record.undecided.iter().map(|rule| own(&rule.rule, "", &rule.why)));
    let (partition, offset, schema_id) = (None, None, None);
    (!violations.is_empty()).then_some(wire::TriedRecord { index, partition, offset, schema_id, violations })
}

fn action(action: &RuleAction) -> &'static str {
    match action {
        RuleAction::Continue => "NONE",
        RuleAction::Reject => "ERROR",
        RuleAction::DeadLetter { .. } => "DLQ",
    }
}
