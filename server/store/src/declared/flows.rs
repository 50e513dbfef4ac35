//! What flows where, between jobs and datasets and between their fields, and which runs were there?

use tidegate_lineage::{Entity, Millis, Named, Transformation};

use super::body;
use super::nodes::keyed;
use crate::error::plain;
use crate::rows::{Statement, Texts, pieces};
use crate::session::{on_both, signed, unsigned};
use crate::{Error, Result, Session, Window};

/// A flow between two nodes, by id.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FlowRow {
    pub source: String,
    pub target: String,
    /// The job that was told of; empty where none was.
    pub told_by: String,
    pub first_seen: Millis,
    pub last_seen: Millis,
}

/// A flow between two fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnRow {
    pub source: String,
    pub source_field: Option<String>,
    pub target: String,
    pub target_field: Option<String>,
    pub told_by: String,
    pub how: Vec<Transformation>,
    pub last_seen: Millis,
}

/// Another name of a dataset: the ids of both, and what the name is.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SymlinkRow {
    pub alias: String,
    pub dataset: String,
    pub namespace: String,
    pub name: String,
}

impl SymlinkRow {
    /// The dataset that goes by the other name.
    pub fn entity(&self) -> Entity {
        Entity::Dataset(Named::new(&*self.namespace, &*self.name))
    }
}

/// A run of a job.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RunRow {
    pub run: String,
    /// The id of its job; empty where none was told.
    pub job: String,
    pub parent: String,
    /// In OpenLineage's words; empty for one that was only mentioned.
    pub state: String,
    pub ended_at: Option<Millis>,
    pub nominal_start: Option<Millis>,
    pub nominal_end: Option<Millis>,
    pub first_seen: Millis,
    pub last_seen: Millis,
}

#[derive(sqlx::FromRow)]
struct Column {
    source: String,
    source_field: Option<String>,
    target: String,
    target_field: Option<String>,
    told_by: String,
    transformations: String,
    last_seen: i64,
}

/// How many flows of one node are looked at in each direction.
pub const MOST_FLOWS: usize = 2_000;

/// What is not past: the job that was told of has not been complete without it since.
macro_rules! current {
    () => {
        " AND (told_by = '' OR last_seen >= (SELECT n.snapshot_from FROM declared_nodes n WHERE n.id = told_by))"
    };
}

macro_rules! flows {
    ($end:literal) => {
        concat!(
            "SELECT * FROM (SELECT source, target, told_by, first_seen, last_seen FROM declared_flows WHERE ",
            $end,
            " = $1",
            current!(),
            " ORDER BY source, target LIMIT 2000) AS ",
            $end,
            "s"
        )
    };
}

/// As long as a job tells the same fields of a dataset again, when it did is written once for all of them.
macro_rules! columns {
    ($end:literal) => {
        columns!($end, "")
    };
    ($end:literal, $more:literal) => {
        concat!(
            "SELECT * FROM (SELECT c.source, c.source_field, c.target, c.target_field, c.told_by, c.transformations, \
             CASE WHEN t.last_seen > c.last_seen THEN t.last_seen ELSE c.last_seen END AS last_seen \
             FROM declared_columns c LEFT JOIN declared_tellings t ON t.target = c.target AND t.told_by = c.told_by \
             AND t.print = c.told_in WHERE c.",
            $end,
            " = $1",
            $more,
            " AND (c.told_by = '' OR CASE WHEN t.last_seen > c.last_seen THEN t.last_seen ELSE c.last_seen END \
             >= (SELECT n.snapshot_from FROM declared_nodes n WHERE n.id = c.told_by)) ORDER BY c.id LIMIT 2000) AS ",
            $end,
            "s"
        )
    };
}

macro_rules! run {
    () => {
        "run, job, parent, state, ended_at, nominal_start, nominal_end, first_seen, last_seen"
    };
}

static FLOWS: Statement =
    Statement::new(|| Texts::union(concat!(flows!("source"), " UNION ALL ", flows!("target")), 1, ""));

/// Where a dataset flows by itself, without any job.
static PLAIN_FLOWS: Statement = Statement::new(|| {
    let query = "SELECT source, target, told_by, first_seen, last_seen FROM declared_flows \
         WHERE source = $1 AND told_by = '' ORDER BY target LIMIT 2000";
    Texts::union(&format!("SELECT * FROM ({query}) AS plain"), 1, "")
});

/// The flows at one end that were told of in a window, or hold from then until now.
macro_rules! flows_within {
    ($end:literal) => {
        concat!(
            "SELECT * FROM (SELECT source, target, told_by, first_seen, last_seen FROM declared_flows WHERE ",
            $end,
            " = $1 AND first_seen < $3 AND (last_seen >= $2 OR told_by = '' \
             OR last_seen >= (SELECT n.snapshot_from FROM declared_nodes n WHERE n.id = told_by)) \
             ORDER BY source, target LIMIT 2000) AS ",
            $end,
            "s"
        )
    };
}

static FLOWS_WITHIN: Statement =
    Statement::new(|| Texts::union(concat!(flows_within!("source"), " UNION ALL ", flows_within!("target")), 3, ""));
static COLUMNS_INTO: Statement = Statement::new(|| Texts::union(columns!("target"), 1, ""));
static COLUMNS_OUT_OF: Statement = Statement::new(|| Texts::union(columns!("source"), 1, ""));

/// The same for one field. What is said of a dataset as a whole affects each of its fields.
static COLUMNS_INTO_FIELDS: Statement = Statement::new(|| {
    let own = columns!("target", " AND c.target_field = $2");
    let whole = columns!("target", " AND c.target_field IS NULL");
    Texts::union(&format!("{own} UNION ALL {whole}"), 2, "")
});
static COLUMNS_OUT_OF_FIELDS: Statement =
    Statement::new(|| Texts::union(columns!("source", " AND c.source_field = $2"), 2, ""));

/// A name holds as long as the statement about names that it stood in.
static SYMLINKS: Statement = Statement::new(|| {
    let holds = "JOIN declared_facets f ON f.node = s.dataset AND f.facet = 'symlinks' AND f.body IS NOT NULL \
         AND f.stated_at = s.stated_at WHERE";
    let select = format!("SELECT s.alias, s.dataset, s.namespace, s.name FROM declared_symlinks s {holds}");
    Texts::union(&format!("{select} s.alias = $1 UNION ALL {select} s.dataset = $1"), 1, "")
});

static LATEST_RUNS: Statement = Statement::new(|| {
    let query = concat!(
        "SELECT * FROM (SELECT ",
        run!(),
        " FROM declared_runs WHERE job = $1 AND state <> '' ORDER BY first_seen DESC, run LIMIT 1) AS latest"
    );
    Texts::union(query, 1, "")
});

static RUNS: Statement =
    Statement::new(|| Texts::union(concat!("SELECT ", run!(), " FROM declared_runs WHERE run = $1"), 1, ""));

const RUNS_OF: &str =
    concat!("SELECT ", run!(), " FROM declared_runs WHERE job = $1 ORDER BY first_seen DESC, run LIMIT $2 OFFSET $3");
const COUNT_RUNS: &str = "SELECT COUNT(*) FROM declared_runs WHERE job = $1";
const RUN: &str = concat!("SELECT ", run!(), " FROM declared_runs WHERE run = $1");

const EVENTS_OF_RUN: &str = "SELECT body FROM declared_events WHERE run = $1 ORDER BY stated_at DESC, id LIMIT $2";
const NEWEST_EVENTS: &str = "SELECT body FROM declared_events WHERE stated_at >= $1 AND stated_at < $2 \
     ORDER BY stated_at DESC, id DESC LIMIT $3 OFFSET $4";
const OLDEST_EVENTS: &str = "SELECT body FROM declared_events WHERE stated_at >= $1 AND stated_at < $2 \
     ORDER BY stated_at, id LIMIT $3 OFFSET $4";
const COUNT_EVENTS: &str = "SELECT COUNT(*) FROM declared_events WHERE stated_at >= $1 AND stated_at < $2";

impl Session {
    /// What flows into and out of nodes now, at most [`MOST_FLOWS`] of each in each direction. A flow may occur twice.
    pub async fn declared_flows(&mut self, nodes: &[String]) -> Result<Vec<FlowRow>> {
        Ok(keyed!(self, &FLOWS, nodes, FlowRow))
    }

    /// What is said to flow out of datasets without any job, at most [`MOST_FLOWS`] of each.
    pub async fn plain_flows(&mut self, datasets: &[String]) -> Result<Vec<FlowRow>> {
        Ok(keyed!(self, &PLAIN_FLOWS, datasets, FlowRow))
    }

    /// The same for a part of the time. When a flow paused is not known: it counts from when it was first told of to when
    /// it was last, and if it is not past, until now.
    pub async fn flows_within(&mut self, nodes: &[String], window: Window) -> Result<Vec<FlowRow>> {
        let mut found = Vec::new();
        for (text, piece, blanks) in pieces(&FLOWS_WITHIN, nodes) {
            let rows: Vec<FlowRow> = on_both!(self, link => {
                let mut query = sqlx::query_as(text);
                for id in piece.iter().map(String::as_str).chain(std::iter::repeat_n("", blanks)) {
                    query = query.bind(id).bind(window.from).bind(window.to);
                }
                query.fetch_all(link).await
            })?;
            found.extend(rows);
        }
        Ok(found)
    }

    /// Where the fields of datasets come from.
    pub async fn columns_into(&mut self, datasets: &[String]) -> Result<Vec<ColumnRow>> {
        let rows = keyed!(self, &COLUMNS_INTO, datasets, Column);
        rows.into_iter().map(Column::told).collect()
    }

    /// Where the fields of datasets go.
    pub async fn columns_out_of(&mut self, datasets: &[String]) -> Result<Vec<ColumnRow>> {
        let rows = keyed!(self, &COLUMNS_OUT_OF, datasets, Column);
        rows.into_iter().map(Column::told).collect()
    }

    /// Where fields come from, each named with the id of its dataset. What is said of a dataset as a whole is told with each of
    /// its fields.
    pub async fn columns_into_fields(&mut self, fields: &[(String, String)]) -> Result<Vec<ColumnRow>> {
        self.columns_by(&COLUMNS_INTO_FIELDS, fields).await
    }

    /// Where fields go, each named with the id of its dataset.
    pub async fn columns_out_of_fields(&mut self, fields: &[(String, String)]) -> Result<Vec<ColumnRow>> {
        self.columns_by(&COLUMNS_OUT_OF_FIELDS, fields).await
    }

    async fn columns_by(
        &mut self,
        statement: &'static Statement,
        fields: &[(String, String)],
    ) -> Result<Vec<ColumnRow>> {
        let mut found = Vec::new();
        for (text, piece, blanks) in pieces(statement, fields) {
            let rows: Vec<Column> = on_both!(self, link => {
                let mut query = sqlx::query_as(text);
                let keys = piece.iter().map(|(dataset, field)| (dataset.as_str(), field.as_str()));
                // No dataset has an empty id.
                for (dataset, field) in keys.chain(std::iter::repeat_n(("", ""), blanks)) {
                    query = query.bind(dataset).bind(field);
                }
                query.fetch_all(link).await
            })?;
            found.extend(rows.into_iter().map(Column::told).collect::<Result<Vec<_>>>()?);
        }
        Ok(found)
    }

    /// The other names of datasets, and whose other names they are.
    pub async fn declared_symlinks(&mut self, datasets: &[String]) -> Result<Vec<SymlinkRow>> {
        Ok(keyed!(self, &SYMLINKS, datasets, SymlinkRow))
    }

    /// The run of each job that began last, where there is one.
    pub async fn latest_runs(&mut self, jobs: &[String]) -> Result<Vec<RunRow>> {
        Ok(keyed!(self, &LATEST_RUNS, jobs, RunRow))
    }

    /// Runs by their ids, in any order; those that are not known are left out.
    pub async fn declared_runs(&mut self, runs: &[String]) -> Result<Vec<RunRow>> {
        Ok(keyed!(self, &RUNS, runs, RunRow))
    }

    /// A page of a job's runs, the newest first, and how many there are in all.
    pub async fn runs_of(&mut self, job: &str, offset: usize, limit: usize) -> Result<(Vec<RunRow>, u64)> {
        let (offset, limit) = (signed(offset as u64), signed(limit as u64));
        let rows: Vec<RunRow> = on_both!(self, link => {
            sqlx::query_as(RUNS_OF).bind(job).bind(limit).bind(offset).fetch_all(link).await
        })?;
        let (count,): (i64,) = on_both!(self, link => sqlx::query_as(COUNT_RUNS).bind(job).fetch_one(link).await)?;
        Ok((rows, unsigned(count)?))
    }

    pub async fn declared_run(&mut self, run: &str) -> Result<Option<RunRow>> {
        let run = plain(run)?;
        on_both!(self, link => sqlx::query_as(RUN).bind(run).fetch_optional(link).await)
    }

    /// The texts of the events about a run, the newest first.
    pub async fn events_of_run(&mut self, run: &str, most: usize) -> Result<Vec<String>> {
        let (run, most) = (plain(run)?, signed(most as u64));
        let rows: Vec<(String,)> =
            on_both!(self, link => sqlx::query_as(EVENTS_OF_RUN).bind(run).bind(most).fetch_all(link).await)?;
        rows.into_iter().map(|(text,)| body::open(text)).collect()
    }

    /// A page of the texts of events from one time to before another, and how many there are in all.
    pub async fn declared_events(
        &mut self,
        (after, before): (Millis, Millis),
        is_newest_first: bool,
        offset: usize,
        limit: usize,
    ) -> Result<(Vec<String>, u64)> {
        let sql = if is_newest_first { NEWEST_EVENTS } else { OLDEST_EVENTS };
        let (offset, limit) = (signed(offset as u64), signed(limit as u64));
        let rows: Vec<(String,)> = on_both!(self, link => {
            sqlx::query_as(sql).bind(after).bind(before).bind(limit).bind(offset).fetch_all(link).await
        })?;
        let (count,): (i64,) = on_both!(self, link => {
            sqlx::query_as(COUNT_EVENTS).bind(after).bind(before).fetch_one(link).await
        })?;
        let texts = rows.into_iter().map(|(text,)| body::open(text)).collect::<Result<_>>()?;
        Ok((texts, unsigned(count)?))
    }
}

impl Column {
    fn told(self) -> Result<ColumnRow> {
        let corrupt = |_| Error::Corrupt("the transformations between two fields can't be read".to_owned());
        let written: Vec<serde_json::Value> = serde_json::from_str(&self.transformations).map_err(corrupt)?;
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let how = written.iter().map(|it| Transformation {
            kind: text(&it["type"]),
            subtype: text(&it["subtype"]),
            description: text(&it["description"]),
            masking: it["masking"].as_bool().unwrap_or(false),
        });
        Ok(ColumnRow {
            source: self.source,
            source_field: self.source_field,
            target: self.target,
            target_field: self.target_field,
            told_by: self.told_by,
            how: how.collect(),
            last_seen: self.last_seen,
        })
    }
}
