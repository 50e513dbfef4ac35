//! When was each edge seen, and how much went over it then? By hours for a while, by days for longer.

use tidegate_lineage::{Millis, Observation};

use crate::rows::{Statement, Texts, pieces};
use crate::session::{Session, on_both, unsigned};
use crate::{Result, Tx};

pub const HOUR: Millis = 3_600_000;
pub const DAY: Millis = 24 * HOUR;

/// So much fits many times into what a database can count.
const MOST: i64 = 1 << 51;

/// A part of the time, from its beginning to before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub from: Millis,
    pub to: Millis,
    /// How exactly times are told apart: [`HOUR`] or [`DAY`].
    pub span: Millis,
}

/// What went over an edge.
#[derive(Debug, Clone)]
pub(crate) struct Passed {
    pub(crate) edge: String,
    pub(crate) records: u64,
    pub(crate) bytes: u64,
    pub(crate) refused: u64,
    pub(crate) first: Millis,
    pub(crate) last: Millis,
}

macro_rules! sum {
    ($column:literal) => {
        concat!(
            $column,
            " = CASE WHEN lineage_history.",
            $column,
            " > 2251799813685248 THEN lineage_history.",
            $column,
            " ELSE lineage_history.",
            $column,
            " + excluded.",
            $column,
            " END, "
        )
    };
}

static ADD: Statement = Statement::new(|| {
    Texts::values(
        "INSERT INTO lineage_history (edge, span, begun, records, bytes, refused, first_seen, last_seen) \
         SELECT column1, column2, column3, column4, column5, column6, column7, column8 FROM",
        8,
        concat!(
            "WHERE column1 <> '' ON CONFLICT (edge, span, begun) DO UPDATE SET ",
            sum!("records"),
            sum!("bytes"),
            sum!("refused"),
            "first_seen = CASE WHEN lineage_history.first_seen < excluded.first_seen \
                 THEN lineage_history.first_seen ELSE excluded.first_seen END, \
             last_seen = CASE WHEN lineage_history.last_seen > excluded.last_seen \
                 THEN lineage_history.last_seen ELSE excluded.last_seen END"
        ),
    )
});

static WITHIN: Statement = Statement::new(|| {
    let query = "SELECT edge, CAST(SUM(records) AS BIGINT) AS records, CAST(SUM(bytes) AS BIGINT) AS bytes, \
         CAST(SUM(refused) AS BIGINT) AS refused, MIN(first_seen) AS first_seen, MAX(last_seen) AS last_seen \
         FROM lineage_history WHERE edge = $1 AND span = $2 AND begun >= $3 AND begun < $4 GROUP BY edge";
    Texts::union(&format!("SELECT * FROM ({query}) AS passed"), 4, "")
});

const FORGET: &str = "DELETE FROM lineage_history WHERE span = $1 AND begun < $2";

impl Session {
    /// The edges among these that were seen in a window, with what went over them then.
    pub async fn edges_within(&mut self, edges: Vec<Observation>, window: Window) -> Result<Vec<Observation>> {
        let ids: Vec<String> = edges.iter().map(crate::lineage::edge_id).collect();
        let begin = window.from.div_euclid(window.span).saturating_mul(window.span);
        let mut passed = std::collections::HashMap::new();
        for (text, piece, blanks) in pieces(&WITHIN, &ids) {
            let rows: Vec<(String, i64, i64, i64, i64, i64)> = on_both!(self, link => {
                let mut query = sqlx::query_as(text);
                for id in piece.iter().map(String::as_str).chain(std::iter::repeat_n("", blanks)) {
                    query = query.bind(id).bind(window.span).bind(begin).bind(window.to);
                }
                query.fetch_all(link).await
            })?;
            for (edge, records, bytes, refused, first, last) in rows {
                passed.insert(edge, (unsigned(records)?, unsigned(bytes)?, unsigned(refused)?, first, last));
            }
        }
        let seen = edges.into_iter().zip(ids).filter_map(|(edge, id)| {
            let (records, bytes, refused, first, last) = passed.get(&id).copied()?;
            Some(Observation { records, bytes, refused, first, last, ..edge })
        });
        Ok(seen.collect())
    }
}

impl Tx {
    /// Adds what went over edges, sorted by edge, to the hour and the day in which it was seen last.
    pub(crate) async fn add_history(&mut self, passed: &[Passed]) -> Result<()> {
        for span in [HOUR, DAY] {
            for (text, piece, blanks) in pieces(&ADD, passed) {
                on_both!(&mut **self, link => {
                    let mut query = sqlx::query(text);
                    for it in piece {
                        let begun = it.last.div_euclid(span).saturating_mul(span);
                        let bounded = |count: u64| i64::try_from(count).unwrap_or(MOST).min(MOST);
                        query = query.bind(it.edge.as_str()).bind(span).bind(begun).bind(bounded(it.records));
                        query = query.bind(bounded(it.bytes)).bind(bounded(it.refused)).bind(it.first).bind(it.last);
                    }
                    for _ in 0..blanks {
                        query = query.bind("").bind(0_i64).bind(0_i64).bind(0_i64);
                        query = query.bind(0_i64).bind(0_i64).bind(0_i64).bind(0_i64);
                    }
                    query.execute(link).await.map(|_| ())
                })?;
            }
        }
        Ok(())
    }

    /// Forgets the hours that begun before one time, and the days before another.
    pub async fn forget_history(&mut self, hours_before: Millis, days_before: Millis) -> Result<()> {
        for (span, before) in [(HOUR, hours_before), (DAY, days_before)] {
            on_both!(&mut **self, link => sqlx::query(FORGET).bind(span).bind(before).execute(link).await.map(|_| ()))?;
        }
        Ok(())
    }
}
