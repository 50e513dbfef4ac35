//! What did clusters tell of themselves: how far did logs reach, and which groups have committed offsets?

use tidegate_lineage::{Millis, Survey};

use crate::error::plain;
use crate::history::HOUR;
use crate::rows::{Statement, Texts, pieces};
use crate::session::{Session, on_both, signed};
use crate::{Result, Tx, Window};

/// How far the logs of a topic reached in a part of the time, and how many records had passed proxies by then.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LogRow {
    pub topic: String,
    pub cluster: String,
    pub first_end: i64,
    pub first_passed: i64,
    pub last_end: i64,
    pub last_passed: i64,
}

/// A group that has committed offsets of a topic.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct GroupRow {
    pub topic: String,
    pub cluster: String,
    pub consumer_group: String,
    pub committed: i64,
    /// When its offsets last moved, as far as was seen.
    pub moved: Millis,
    pub first_asked: Millis,
    pub last_asked: Millis,
}

static LOGS: Statement = Statement::new(|| {
    Texts::values(
        "INSERT INTO cluster_logs (topic, cluster, begun, first_asked, first_end, first_passed, last_asked, last_end, \
         last_passed) SELECT topic, cluster, begun, asked, log_end, passed, asked, log_end, passed FROM \
         (SELECT column1 AS topic, column2 AS cluster, column3 AS begun, column4 AS asked, column5 AS log_end, \
         COALESCE((SELECT CAST(SUM(records) AS BIGINT) FROM lineage_edges \
             WHERE topic = column1 AND cluster = column2 AND direction = 'produces'), 0) AS passed FROM",
        5,
        ") AS told WHERE topic <> '' ON CONFLICT (topic, cluster, begun) DO UPDATE SET last_asked = excluded.last_asked, \
         last_end = excluded.last_end, last_passed = excluded.last_passed \
         WHERE cluster_logs.last_asked <= excluded.last_asked",
    )
});

static GROUPS: Statement = Statement::new(|| {
    Texts::values(
        "INSERT INTO cluster_groups (topic, cluster, consumer_group, committed, moved, first_asked, last_asked) \
         SELECT column1, column2, column3, column4, column5, column5, column5 FROM",
        5,
        "WHERE column1 <> '' ON CONFLICT (topic, cluster, consumer_group) DO UPDATE SET \
         moved = CASE WHEN cluster_groups.committed = excluded.committed THEN cluster_groups.moved \
             ELSE excluded.moved END, \
         committed = excluded.committed, last_asked = excluded.last_asked \
         WHERE cluster_groups.last_asked <= excluded.last_asked",
    )
});

const ASKED: &str = "INSERT INTO cluster_surveys (cluster, asked) VALUES ($1, $2) \
     ON CONFLICT (cluster) DO UPDATE SET asked = excluded.asked WHERE cluster_surveys.asked < excluded.asked";

static LOGS_WITHIN: Statement = Statement::new(|| {
    let edge = |order: &str| {
        format!(
            "(SELECT begun FROM cluster_logs e WHERE e.topic = $1 AND e.cluster = $2 AND e.begun >= $3 AND e.begun < $4 \
             ORDER BY e.begun {order} LIMIT 1)"
        )
    };
    let query = format!(
        "SELECT * FROM (SELECT f.topic, f.cluster, f.first_end, f.first_passed, l.last_end, l.last_passed \
         FROM cluster_logs f JOIN cluster_logs l ON l.topic = f.topic AND l.cluster = f.cluster \
         WHERE f.topic = $1 AND f.cluster = $2 AND f.begun = {} AND l.begun = {}) AS logs",
        edge("ASC"),
        edge("DESC")
    );
    Texts::union(&query, 4, "")
});

static GROUPS_OF: Statement = Statement::new(|| {
    let query = "SELECT topic, cluster, consumer_group, committed, moved, first_asked, last_asked FROM cluster_groups \
         WHERE topic = $1 AND cluster = $2 ORDER BY consumer_group LIMIT 2000";
    Texts::union(&format!("SELECT * FROM ({query}) AS groups_of"), 2, "")
});

static SURVEYS: Statement =
    Statement::new(|| Texts::union("SELECT cluster, asked FROM cluster_surveys WHERE cluster = $1", 1, ""));

const CLUSTERS_WITH: &str = "SELECT DISTINCT cluster FROM cluster_logs WHERE topic = $1 ORDER BY cluster LIMIT 100";

const FORGET_LOGS: &str = "DELETE FROM cluster_logs WHERE begun < $1";
const FORGET_GROUPS: &str = "DELETE FROM cluster_groups WHERE last_asked < $1";

impl Tx {
    /// Adds what a cluster told. Of two askings the later one counts, in whichever order they come.
    pub async fn add_survey(&mut self, survey: &Survey) -> Result<()> {
        let begun = survey.at.div_euclid(HOUR).saturating_mul(HOUR);
        let mut logs: Vec<_> = survey.logs.iter().collect();
        logs.sort();
        for (text, piece, blanks) in pieces(&LOGS, &logs) {
            on_both!(&mut **self, link => {
                let mut query = sqlx::query(text);
                for log in piece {
                    query = query.bind(&*log.topic).bind(&*survey.cluster).bind(begun).bind(survey.at);
                    query = query.bind(signed(log.end));
                }
                for _ in 0..blanks {
                    query = query.bind("").bind("").bind(0_i64).bind(0_i64).bind(0_i64);
                }
                query.execute(link).await.map(|_| ())
            })?;
        }
        let mut groups: Vec<_> = survey.groups.iter().collect();
        groups.sort();
        for (text, piece, blanks) in pieces(&GROUPS, &groups) {
            on_both!(&mut **self, link => {
                let mut query = sqlx::query(text);
                for group in piece {
                    query = query.bind(&*group.topic).bind(&*survey.cluster).bind(&*group.group);
                    query = query.bind(signed(group.committed)).bind(survey.at);
                }
                for _ in 0..blanks {
                    query = query.bind("").bind("").bind("").bind(0_i64).bind(0_i64);
                }
                query.execute(link).await.map(|_| ())
            })?;
        }
        if !survey.is_whole {
            return Ok(());
        }
        on_both!(&mut **self, link => {
            sqlx::query(ASKED).bind(&*survey.cluster).bind(survey.at).execute(link).await.map(|_| ())
        })
    }

    /// Forgets how far logs reached before one time, and groups that no asking told of since another.
    pub async fn forget_surveys(&mut self, logs_before: Millis, groups_before: Millis) -> Result<()> {
        for (sql, before) in [(FORGET_LOGS, logs_before), (FORGET_GROUPS, groups_before)] {
            on_both!(&mut **self, link => sqlx::query(sql).bind(before).execute(link).await.map(|_| ()))?;
        }
        Ok(())
    }
}

impl Session {
    /// How far the logs of topics, each with its cluster, reached in a window; those that nobody asked for are left out.
    pub async fn logs_within(&mut self, topics: &[(String, String)], window: Window) -> Result<Vec<LogRow>> {
        let begin = window.from.div_euclid(HOUR).saturating_mul(HOUR);
        let mut found = Vec::new();
        for (text, piece, blanks) in pieces(&LOGS_WITHIN, topics) {
            let rows: Vec<LogRow> = on_both!(self, link => {
                let mut query = sqlx::query_as(text);
                for (topic, cluster) in piece {
                    query = query.bind(topic.as_str()).bind(cluster.as_str()).bind(begin).bind(window.to);
                }
                for _ in 0..blanks {
                    query = query.bind("").bind("").bind(0_i64).bind(0_i64);
                }
                query.fetch_all(link).await
            })?;
            found.extend(rows);
        }
        Ok(found)
    }

    /// The groups that have committed offsets of topics, each with its cluster; at most 2000 of each topic.
    pub async fn groups_of(&mut self, topics: &[(String, String)]) -> Result<Vec<GroupRow>> {
        let mut found = Vec::new();
        for (text, piece, blanks) in pieces(&GROUPS_OF, topics) {
            let rows: Vec<GroupRow> = on_both!(self, link => {
                let mut query = sqlx::query_as(text);
                for (topic, cluster) in piece {
                    query = query.bind(topic.as_str()).bind(cluster.as_str());
                }
                for _ in 0..blanks {
                    query = query.bind("").bind("");
                }
                query.fetch_all(link).await
            })?;
            found.extend(rows);
        }
        Ok(found)
    }

    /// The clusters that told of a topic, by their names; at most 100.
    pub async fn clusters_with(&mut self, topic: &str) -> Result<Vec<String>> {
        let topic = plain(topic)?;
        let rows: Vec<(String,)> =
            on_both!(self, link => sqlx::query_as(CLUSTERS_WITH).bind(topic).fetch_all(link).await)?;
        Ok(rows.into_iter().map(|(cluster,)| cluster).collect())
    }

    /// When clusters last told all their groups; those that never did are left out.
    pub async fn surveys(&mut self, clusters: &[String]) -> Result<Vec<(String, Millis)>> {
        let mut found = Vec::new();
        for (text, piece, blanks) in pieces(&SURVEYS, clusters) {
            let rows: Vec<(String, i64)> = on_both!(self, link => {
                let mut query = sqlx::query_as(text);
                for cluster in piece.iter().map(String::as_str).chain(std::iter::repeat_n("", blanks)) {
                    query = query.bind(cluster);
                }
                query.fetch_all(link).await
            })?;
            found.extend(rows);
        }
        Ok(found)
    }
}
