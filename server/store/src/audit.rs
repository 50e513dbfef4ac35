//! Who changed what, from where, and what was there before?

use tidegate_compat::SubjectName;

use crate::error::plain;
use crate::rows::{Statement, Texts, pieces};
use crate::session::{Session, on_both, unsigned};
use crate::subjects::subject_of;
use crate::{Result, Tx};

/// A change as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub actor: String,
    pub origin: String,
    /// Noun and verb, such as `schema.register`.
    pub action: &'static str,
    /// The subject, or the context with an empty name.
    pub subject: SubjectName,
    /// JSON.
    pub before: Option<String>,
    /// JSON.
    pub after: Option<String>,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// A change as it was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub revision: u64,
    pub at: i64,
    pub actor: String,
    pub origin: String,
    pub action: String,
    pub subject: SubjectName,
    pub before: Option<String>,
    pub after: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    revision: i64,
    at: i64,
    actor: String,
    origin: String,
    action: String,
    context: String,
    subject: String,
    before: Option<String>,
    after: Option<String>,
}

static INSERT: Statement = Statement::new(|| {
    Texts::values(
        "INSERT INTO audit (revision, at, actor, origin, action, context, subject, before, after) \
             SELECT column1, column2, column3, column4, column5, column6, column7, column8, column9 FROM",
        9,
        "WHERE column1 > 0",
    )
});

const AFTER: &str = "SELECT revision, at, actor, origin, action, context, subject, before, after FROM audit \
     WHERE revision > $1 ORDER BY revision LIMIT $2";

const OF_SUBJECT: &str = "SELECT revision, at, actor, origin, action, context, subject, before, after FROM audit \
     WHERE context = $1 AND subject = $2 AND at >= $3 AND at < $4 ORDER BY revision DESC LIMIT $5";

/// Of the newest changes those of schemas and settings, without what was before and after. Which are newest tells the index;
/// none tells the time, so that what lies further back is not searched for.
const RECENT: &str = "SELECT revision, at, actor, origin, action, context, subject, CAST(NULL AS TEXT) AS before, \
     CAST(NULL AS TEXT) AS after FROM \
     (SELECT revision, at, actor, origin, action, context, subject FROM audit ORDER BY revision DESC LIMIT 10000) AS newest \
     WHERE at >= $1 AND at < $2 AND (action LIKE 'schema.%' OR action LIKE 'version.%' OR action LIKE 'subject.%' \
     OR action LIKE 'config.%' OR action LIKE 'mode.%' OR action LIKE 'context.%') ORDER BY revision DESC LIMIT $3";

/// When the last of those was that are looked at, if there are as many.
const REACH: &str = "SELECT at FROM audit ORDER BY revision DESC LIMIT 1 OFFSET 9999";

impl Session {
    /// What happened to schemas, settings and modes of any subject or context in a part of the time, the newest first; and
    /// whether there may be more than so many, or more than the ten thousand newest changes of all tell.
    pub async fn recent_audit(&mut self, (from, to): (i64, i64), limit: u32) -> Result<(Vec<AuditEntry>, bool)> {
        let rows: Vec<Row> = on_both!(self, link =>
            sqlx::query_as(RECENT).bind(from).bind(to).bind(i64::from(limit)).fetch_all(link).await)?;
        let reach: Option<(i64,)> = on_both!(self, link => sqlx::query_as(REACH).fetch_optional(link).await)?;
        let has_more = rows.len() >= limit as usize || reach.is_some_and(|(reach,)| reach >= from);
        Ok((rows.into_iter().map(Row::entry).collect::<Result<_>>()?, has_more))
    }

    /// What happened to a subject, or to a context under the empty name, in a part of the time; the newest first.
    pub async fn audit_of(
        &mut self,
        subject: &SubjectName,
        (from, to): (i64, i64),
        limit: u32,
    ) -> Result<Vec<AuditEntry>> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        let rows: Vec<Row> = on_both!(self, link => sqlx::query_as(OF_SUBJECT)
            .bind(context)
            .bind(name)
            .bind(from)
            .bind(to)
            .bind(i64::from(limit))
            .fetch_all(link)
            .await)?;
        rows.into_iter().map(Row::entry).collect()
    }

    /// The changes after a revision, oldest first.
    pub async fn audit(&mut self, after: u64, limit: u32) -> Result<Vec<AuditEntry>> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let rows: Vec<Row> = on_both!(self, link =>
            sqlx::query_as(AFTER).bind(after).bind(i64::from(limit)).fetch_all(link).await)?;
        rows.into_iter().map(Row::entry).collect()
    }
}

impl Tx {
    /// Writes down changes under consecutive revisions.
    pub(crate) async fn write_audit(&mut self, first: i64, changes: &[Change]) -> Result<()> {
        let mut rows = Vec::with_capacity(changes.len());
        for (revision, change) in (first..).zip(changes) {
            let subject = &change.subject;
            let who = (plain(&change.actor)?, plain(&change.origin)?);
            let what = (change.action, plain(subject.context().as_str())?, plain(subject.bare())?);
            rows.push((revision, change.at, who, what, change.before.as_deref(), change.after.as_deref()));
        }
        let blank = (0, 0, ("", ""), ("", "", ""), None, None);
        for (text, piece, blanks) in pieces(&INSERT, &rows) {
            on_both!(&mut **self, link => {
                let mut query = sqlx::query(text);
                for (revision, at, (actor, origin), (action, context, name), before, after) in
                    piece.iter().copied().chain(std::iter::repeat_n(blank, blanks))
                {
                    query = query
                        .bind(revision)
                        .bind(at)
                        .bind(actor)
                        .bind(origin)
                        .bind(action)
                        .bind(context)
                        .bind(name)
                        .bind(before)
                        .bind(after);
                }
                query.execute(link).await.map(|_| ())
            })?;
        }
        Ok(())
    }
}

impl Row {
    fn entry(self) -> Result<AuditEntry> {
        Ok(AuditEntry {
            revision: unsigned(self.revision)?,
            at: self.at,
            actor: self.actor,
            origin: self.origin,
            action: self.action,
            subject: subject_of(&self.context, &self.subject)?,
            before: self.before,
            after: self.after,
        })
    }
}
