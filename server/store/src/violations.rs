//! Which rules do records break, and what is kept of that?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tidegate_compat::{SchemaId, Sketch};
use tidegate_lineage::{Millis, Offence, Offences, Sample, SampleField, SchemaRef, TopicRef};

use crate::error::plain;
use crate::session::{Session, addend, on_both, signed, sum, unsigned};
use crate::standing::{self, Standing, ViolationState, holding};
use crate::subjects::context_of;
use crate::{Error, Result, Tx};

/// Rows per statement.
const CHUNK: usize = 500;
const HOUR: i64 = 3_600_000;

/// How long an offence is remembered that happens no more.
const KEPT: i64 = 30 * 24 * HOUR;

/// How long hours are told apart.
const HOURS_KEPT: i64 = 7 * 24;

/// How many offences are remembered; the oldest go first.
const MOST: i64 = 10_000;

/// How many samples of a topic are kept.
const MOST_SAMPLES: i64 = 100;

/// An offence as it is kept, with its sums since it was first seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViolationRow {
    pub fingerprint: String,
    pub offence: Offence,
    pub records: u64,
    pub acted: u64,
    pub first: Millis,
    pub last: Millis,
    /// What people say of it.
    pub standing: Standing,
}

/// Which offences are asked for. What is `None` is any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ViolationFilter {
    pub cluster: Option<String>,
    pub topic: Option<String>,
    pub rule: Option<String>,
    pub client_id: Option<String>,
    pub principal: Option<String>,
    /// Seen at this time or later.
    pub since: Option<Millis>,
    /// In one of these states.
    pub states: Option<Vec<ViolationState>>,
}

#[derive(sqlx::FromRow)]
struct Row {
    fingerprint: String,
    cluster: String,
    topic: String,
    rule: String,
    path: String,
    reason: String,
    client_id: String,
    principal: String,
    records: i64,
    acted: i64,
    first_seen: i64,
    last_seen: i64,
    #[sqlx(flatten)]
    standing: standing::Columns,
}

const COLUMNS: &str =
    "fingerprint, cluster, topic, rule, path, reason, client_id, principal, records, acted, first_seen, last_seen";

/// With what people say of each, as it holds at `$1`.
const SELECT: &str = concat!(
    "SELECT violations.fingerprint AS fingerprint, cluster, topic, rule, path, reason, client_id, principal, records, \
     acted, first_seen, last_seen, ",
    holding!("$1"),
    " AS state, muted_until, note, changed_by, changed_at FROM violations LEFT JOIN violation_states \
     ON violation_states.fingerprint = violations.fingerprint WHERE "
);

const UPSERT_TAIL: &str = concat!(
    " ON CONFLICT (fingerprint) DO UPDATE SET ",
    sum!("violations", "records"),
    ", ",
    sum!("violations", "acted"),
    ", \
     first_seen = CASE WHEN violations.first_seen < excluded.first_seen \
         THEN violations.first_seen ELSE excluded.first_seen END, \
     last_seen = CASE WHEN violations.last_seen > excluded.last_seen \
         THEN violations.last_seen ELSE excluded.last_seen END"
);

const HOURS_TAIL: &str = concat!(" ON CONFLICT (fingerprint, hour) DO UPDATE SET ", sum!("violation_hours", "records"));

const SAMPLES_TAIL: &str = " ON CONFLICT (cluster, topic, seen_at, fingerprint, part, place) DO NOTHING";

const OF_FILTER: &str = concat!(
    "($2 IS NULL OR cluster = $2) AND ($3 IS NULL OR topic = $3) \
     AND ($4 IS NULL OR rule = $4) AND ($5 IS NULL OR client_id = $5) AND ($6 IS NULL OR principal = $6) \
     AND last_seen >= $7 AND ",
    holding!("$1"),
    " IN ($10, $11, $12, $13) ORDER BY last_seen DESC, violations.fingerprint LIMIT $8 OFFSET $9"
);

const FORGET_OLD: &str = "DELETE FROM violations WHERE last_seen < $1";
const FORGET_MANY: &str = "DELETE FROM violations WHERE fingerprint IN \
     (SELECT fingerprint FROM violations ORDER BY last_seen DESC, fingerprint LIMIT 1000000 OFFSET $1)";
const FORGET_HOURS: &str = "DELETE FROM violation_hours WHERE hour < $1 \
     OR NOT EXISTS (SELECT 1 FROM violations WHERE violations.fingerprint = violation_hours.fingerprint)";
const FORGET_STATES: &str = "DELETE FROM violation_states WHERE NOT EXISTS \
     (SELECT 1 FROM violations WHERE violations.fingerprint = violation_states.fingerprint)";
const FORGET_SAMPLES: &str = "DELETE FROM violation_samples WHERE cluster = $1 AND topic = $2 AND seen_at < \
     (SELECT MIN(newest.seen_at) FROM (SELECT seen_at FROM violation_samples WHERE cluster = $1 AND topic = $2 \
      ORDER BY seen_at DESC LIMIT $3) AS newest)";

const HOURS_OF: &str = "SELECT hour, records FROM violation_hours WHERE fingerprint = $1 AND hour >= $2 ORDER BY hour";
const SAMPLES_OF: &str =
    "SELECT sample FROM violation_samples WHERE fingerprint = $1 ORDER BY seen_at DESC, part, place LIMIT $2";

impl Session {
    /// A page of offences as they stand at a time, those seen last first.
    pub async fn violations(
        &mut self,
        filter: &ViolationFilter,
        now: Millis,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<ViolationRow>> {
        let text = |text: &Option<String>| text.as_deref().map(plain).transpose().map(|text| text.map(str::to_owned));
        let (cluster, topic, rule) = (text(&filter.cluster)?, text(&filter.topic)?, text(&filter.rule)?);
        let (client_id, principal) = (text(&filter.client_id)?, text(&filter.principal)?);
        let since = filter.since.unwrap_or(0);
        let (offset, limit) = (signed(offset as u64), signed(limit as u64));
        let wanted = filter.states.as_deref().unwrap_or(&ViolationState::ALL);
        let [a, b, c, d] = ViolationState::ALL.map(|state| if wanted.contains(&state) { state.as_str() } else { "" });
        let sql = AssertSqlSafe(format!("{SELECT}{OF_FILTER}"));
        let rows: Vec<Row> = on_both!(self, link => {
            sqlx::query_as(sql)
                .bind(now).bind(cluster).bind(topic).bind(rule).bind(client_id).bind(principal)
                .bind(since).bind(limit).bind(offset)
                .bind(a).bind(b).bind(c).bind(d)
                .fetch_all(link).await
        })?;
        rows.into_iter().map(Row::told).collect()
    }

    /// One offence as it stands at a time.
    pub async fn violation(&mut self, fingerprint: &str, now: Millis) -> Result<Option<ViolationRow>> {
        let fingerprint = plain(fingerprint)?;
        let sql = AssertSqlSafe(format!("{SELECT}violations.fingerprint = $2"));
        let row: Option<Row> =
            on_both!(self, link => sqlx::query_as(sql).bind(now).bind(fingerprint).fetch_optional(link).await)?;
        row.map(Row::told).transpose()
    }

    /// How many records of an offence there were in each hour since `from`, counted from 1970; hours without any are left
    /// out.
    pub async fn violation_hours(&mut self, fingerprint: &str, from: i64) -> Result<Vec<(i64, u64)>> {
        let fingerprint = plain(fingerprint)?;
        let rows: Vec<(i64, i64)> =
            on_both!(self, link => sqlx::query_as(HOURS_OF).bind(fingerprint).bind(from).fetch_all(link).await)?;
        rows.into_iter().map(|(hour, records)| Ok((hour, unsigned(records)?))).collect()
    }

    /// The newest samples of an offence that are left, newest first.
    pub async fn violation_samples(&mut self, fingerprint: &str, most: usize) -> Result<Vec<Sample>> {
        let (fingerprint, most) = (plain(fingerprint)?, signed(most as u64));
        let rows: Vec<(String,)> =
            on_both!(self, link => sqlx::query_as(SAMPLES_OF).bind(fingerprint).bind(most).fetch_all(link).await)?;
        rows.iter().map(|(text,)| sample_of(text)).collect()
    }
}

impl Tx {
    /// Adds offences, each under its fingerprint, to what is stored, and forgets what is old or too much. One fingerprint
    /// may occur several times among them.
    pub async fn add_offences(&mut self, offences: &[(String, Offences)], now: Millis) -> Result<()> {
        // Sorted, so that two nodes that flush the same offences never wait for each other in a circle.
        let mut sums: BTreeMap<&str, Offences> = BTreeMap::new();
        for (fingerprint, seen) in offences {
            sums.entry(fingerprint)
                .and_modify(|known| {
                    known.records = known.records.saturating_add(seen.records);
                    known.acted = known.acted.saturating_add(seen.acted);
                    known.first = known.first.min(seen.first);
                    known.last = known.last.max(seen.last);
                    known.samples.extend(seen.samples.iter().cloned());
                })
                .or_insert_with(|| seen.clone());
        }
        let sums: Vec<_> = sums.into_iter().collect();
        for chunk in sums.chunks(CHUNK) {
            self.add_sums(chunk).await?;
            self.add_hours(chunk).await?;
            self.add_samples(chunk).await?;
        }
        self.forget(&sums, now).await
    }

    async fn add_sums(&mut self, chunk: &[(&str, Offences)]) -> Result<()> {
        let sql = insert(&format!("violations ({COLUMNS})"), chunk.len(), 12, UPSERT_TAIL);
        on_both!(&mut **self, link => {
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for (fingerprint, seen) in chunk {
                let Offence { topic, client_id, principal, rule, path, reason } = &seen.offence;
                query = query.bind(*fingerprint).bind(keepable(&topic.cluster)).bind(keepable(&topic.topic));
                query = query.bind(keepable(rule)).bind(keepable(path)).bind(keepable(reason));
                query = query.bind(keepable(client_id)).bind(keepable(principal));
                query = query.bind(addend(seen.records)).bind(addend(seen.acted)).bind(seen.first).bind(seen.last);
            }
            query.execute(link).await.map(|_| ())
        })
    }

    async fn add_hours(&mut self, chunk: &[(&str, Offences)]) -> Result<()> {
        let sql = insert("violation_hours (fingerprint, hour, records)", chunk.len(), 3, HOURS_TAIL);
        on_both!(&mut **self, link => {
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for (fingerprint, seen) in chunk {
                query = query.bind(*fingerprint).bind(seen.last.div_euclid(HOUR)).bind(addend(seen.records));
            }
            query.execute(link).await.map(|_| ())
        })
    }

    async fn add_samples(&mut self, chunk: &[(&str, Offences)]) -> Result<()> {
        let samples: Vec<_> = chunk
            .iter()
            .flat_map(|(fingerprint, seen)| seen.samples.iter().map(move |sample| (*fingerprint, seen, sample)))
            .collect();
        for chunk in samples.chunks(CHUNK) {
            let columns = "violation_samples (cluster, topic, seen_at, fingerprint, part, place, sample)";
            let sql = insert(columns, chunk.len(), 7, SAMPLES_TAIL);
            on_both!(&mut **self, link => {
                let mut query = sqlx::query(AssertSqlSafe(sql));
                for (fingerprint, seen, sample) in chunk {
                    let topic = &seen.offence.topic;
                    query = query.bind(keepable(&topic.cluster)).bind(keepable(&topic.topic)).bind(sample.at);
                    query = query.bind(*fingerprint).bind(sample.partition).bind(i64::from(sample.index));
                    query = query.bind(text_of(sample));
                }
                query.execute(link).await.map(|_| ())
            })?;
        }
        Ok(())
    }

    async fn forget(&mut self, sums: &[(&str, Offences)], now: Millis) -> Result<()> {
        let (old, hour) = (now.saturating_sub(KEPT), now.div_euclid(HOUR).saturating_sub(HOURS_KEPT));
        on_both!(&mut **self, link => sqlx::query(FORGET_OLD).bind(old).execute(link).await.map(|_| ()))?;
        on_both!(&mut **self, link => sqlx::query(FORGET_MANY).bind(MOST).execute(link).await.map(|_| ()))?;
        on_both!(&mut **self, link => sqlx::query(FORGET_HOURS).bind(hour).execute(link).await.map(|_| ()))?;
        on_both!(&mut **self, link => sqlx::query(FORGET_STATES).execute(link).await.map(|_| ()))?;
        let topics: BTreeSet<_> = sums.iter().map(|(_, seen)| &seen.offence.topic).collect();
        for topic in topics {
            let (cluster, topic) = (keepable(&topic.cluster), keepable(&topic.topic));
            on_both!(&mut **self, link => {
                let query = sqlx::query(FORGET_SAMPLES).bind(cluster).bind(topic).bind(MOST_SAMPLES);
                query.execute(link).await.map(|_| ())
            })?;
        }
        Ok(())
    }
}

fn insert(into: &str, rows: usize, columns: usize, tail: &str) -> String {
    let values = |row: usize| {
        let places: Vec<String> = (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(values).collect();
    format!("INSERT INTO {into} VALUES {}{tail}", rows.join(", "))
}

impl Row {
    fn told(self) -> Result<ViolationRow> {
        let offence = Offence {
            topic: TopicRef { cluster: self.cluster.into(), topic: self.topic.into() },
            client_id: self.client_id.into(),
            principal: self.principal.into(),
            rule: self.rule.into(),
            path: self.path.into(),
            reason: self.reason.into(),
        };
        Ok(ViolationRow {
            fingerprint: self.fingerprint,
            offence,
            records: unsigned(self.records)?,
            acted: unsigned(self.acted)?,
            first: self.first_seen,
            last: self.last_seen,
            standing: self.standing.told()?,
        })
    }
}

fn text_of(sample: &Sample) -> String {
    let schema = sample.schema.as_ref().map(|schema| json!({"context": schema.context.as_str(), "id": schema.id.0}));
    let fields: Vec<_> = sample.fields.iter().map(|field| json!([&*field.path, &*field.mask])).collect();
    let value = json!({
        "at": sample.at, "partition": sample.partition, "index": sample.index, "schema": schema,
        "action": &*sample.action, "path": sample.path, "bytes": sample.bytes, "fields": fields,
        "tree": sample.tree.as_ref().map(value_of),
    });
    keepable(&value.to_string())
}

fn value_of(sketch: &Sketch) -> Value {
    let rules: Vec<&str> = sketch.rules.iter().map(|rule| &**rule).collect();
    let inner: Vec<Value> = sketch.inner.iter().map(value_of).collect();
    json!([&*sketch.name, &*sketch.mask, rules, inner])
}

/// `None` if it is no tree.
fn sketch_of(value: &Value) -> Option<Sketch> {
    let rules = value[2].as_array()?.iter().map(|rule| Some(rule.as_str()?.into()));
    let inner = value[3].as_array()?.iter().map(sketch_of);
    Some(Sketch {
        name: value[0].as_str()?.into(),
        mask: value[1].as_str()?.into(),
        rules: rules.collect::<Option<_>>()?,
        inner: inner.collect::<Option<_>>()?,
    })
}

fn sample_of(text: &str) -> Result<Sample> {
    let corrupt = || Error::Corrupt("a sample of a violation can't be read".to_owned());
    let value: Value = serde_json::from_str(text).map_err(|_| corrupt())?;
    let number = |name: &str| value[name].as_i64().ok_or_else(corrupt);
    let word = |name: &str| value[name].as_str().ok_or_else(corrupt);
    let schema = match &value["schema"] {
        Value::Null => None,
        schema => {
            let id = schema["id"].as_i64().and_then(|id| i32::try_from(id).ok()).ok_or_else(corrupt)?;
            let context = context_of(schema["context"].as_str().ok_or_else(corrupt)?)?;
            Some(SchemaRef { context, id: SchemaId(id) })
        }
    };
    let field = |field: &Value| {
        let (path, mask) = (field[0].as_str().ok_or_else(corrupt)?, field[1].as_str().ok_or_else(corrupt)?);
        Ok(SampleField { path: Arc::from(path), mask: Arc::from(mask) })
    };
    Ok(Sample {
        at: number("at")?,
        partition: i32::try_from(number("partition")?).map_err(|_| corrupt())?,
        index: u32::try_from(number("index")?).map_err(|_| corrupt())?,
        schema,
        action: word("action")?.into(),
        path: word("path")?.to_owned(),
        bytes: unsigned(number("bytes")?)?,
        fields: value["fields"].as_array().ok_or_else(corrupt)?.iter().map(field).collect::<Result<_>>()?,
        // Samples of earlier releases have none.
        tree: match &value["tree"] {
            Value::Null => None,
            tree => Some(sketch_of(tree).ok_or_else(corrupt)?),
        },
    })
}

/// Names come off the wire as clients send them. A NUL in one of them must not make a whole flush fail for ever.
fn keepable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
