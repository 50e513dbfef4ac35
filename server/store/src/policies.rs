//! Which topic policies are there, in which order are they asked, and which were there before?

mod definition;

use tidegate_compat::TopicPolicy;

use crate::error::plain;
use crate::session::{on_both, unsigned};
use crate::{Result, Session, Tx};

/// A policy that holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRow {
    pub policy: TopicPolicy,
    /// The smallest is asked first; of equal ones, by name.
    pub position: i64,
    /// Counted from 1; goes on where it ended when a name is used again.
    pub version: i64,
    /// Milliseconds since 1970.
    pub changed_at: i64,
    pub changed_by: String,
}

/// A policy as it was for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersionRow {
    pub version: i64,
    pub position: i64,
    /// `None`: from then on there was none of this name.
    pub policy: Option<TopicPolicy>,
    pub changed_at: i64,
    pub changed_by: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    position: i64,
    version: i64,
    definition: Option<String>,
    changed_at: i64,
    changed_by: String,
}

const REVISION: &str = "SELECT revision FROM policy_revision";

const ALL: &str =
    "SELECT name, position, version, definition, changed_at, changed_by FROM policies ORDER BY position, name";

const ONE: &str = "SELECT name, position, version, definition, changed_at, changed_by FROM policies WHERE name = $1";

const HISTORY: &str = "SELECT name, position, version, definition, changed_at, changed_by FROM policy_versions \
     WHERE name = $1 AND version < $2 ORDER BY version DESC LIMIT $3";

const CHANGED: &str = "SELECT name, position, version, definition, changed_at, changed_by FROM policy_versions \
     WHERE changed_at >= $1 AND changed_at < $2 ORDER BY changed_at DESC, name LIMIT $3";

const NEXT_REVISION: &str = "UPDATE policy_revision SET revision = revision + 1 WHERE one = 1";

const LAST_VERSION: &str = "SELECT COALESCE(MAX(version), 0) FROM policy_versions WHERE name = $1";

const PUT: &str = "INSERT INTO policies (name, position, version, definition, changed_at, changed_by) \
     VALUES ($1, $2, $3, $4, $5, $6) \
     ON CONFLICT (name) DO UPDATE SET position = excluded.position, version = excluded.version, \
     definition = excluded.definition, changed_at = excluded.changed_at, changed_by = excluded.changed_by";

const DELETE: &str = "DELETE FROM policies WHERE name = $1";

const ADD_VERSION: &str = "INSERT INTO policy_versions (name, position, version, definition, changed_at, changed_by) \
     VALUES ($1, $2, $3, $4, $5, $6)";

impl PolicyRow {
    /// As the audit tells it: one JSON object.
    pub fn told(&self) -> Result<String> {
        definition::told(self)
    }
}

impl Session {
    /// Grows with every change of policies.
    pub async fn policy_revision(&mut self) -> Result<u64> {
        let (revision,): (i64,) = on_both!(self, link => sqlx::query_as(REVISION).fetch_one(link).await)?;
        unsigned(revision)
    }

    /// All that hold now, in the order in which they are asked.
    pub async fn policies(&mut self) -> Result<Vec<PolicyRow>> {
        let rows: Vec<Row> = on_both!(self, link => sqlx::query_as(ALL).fetch_all(link).await)?;
        rows.into_iter().map(Row::policy).collect()
    }

    pub async fn policy(&mut self, name: &str) -> Result<Option<PolicyRow>> {
        let name = plain(name)?;
        let row: Option<Row> = on_both!(self, link => sqlx::query_as(ONE).bind(name).fetch_optional(link).await)?;
        row.map(Row::policy).transpose()
    }

    /// The versions that policies got in a part of the time, with the name of each; the newest first.
    pub async fn changed_policies(
        &mut self,
        (from, to): (i64, i64),
        limit: u32,
    ) -> Result<Vec<(String, PolicyVersionRow)>> {
        let rows: Vec<Row> = on_both!(self, link =>
            sqlx::query_as(CHANGED).bind(from).bind(to).bind(i64::from(limit)).fetch_all(link).await)?;
        rows.into_iter().map(|row| Ok((row.name.clone(), row.version()?))).collect()
    }

    /// The versions of a policy below one, the newest first.
    pub async fn policy_history(&mut self, name: &str, below: i64, limit: u32) -> Result<Vec<PolicyVersionRow>> {
        let name = plain(name)?;
        let rows: Vec<Row> = on_both!(self, link =>
            sqlx::query_as(HISTORY).bind(name).bind(below).bind(i64::from(limit)).fetch_all(link).await)?;
        rows.into_iter().map(Row::version).collect()
    }
}

impl Tx {
    /// Counts a change of policies. From here to the end of the transaction nobody else changes any.
    pub async fn lock_policies(&mut self) -> Result<()> {
        on_both!(&mut **self, link => sqlx::query(NEXT_REVISION).execute(link).await.map(|_| ()))
    }

    /// The highest version that a name ever had; 0 for none.
    pub async fn last_policy_version(&mut self, name: &str) -> Result<i64> {
        let name = plain(name)?;
        let (last,): (i64,) =
            on_both!(&mut **self, link => sqlx::query_as(LAST_VERSION).bind(name).fetch_one(link).await)?;
        Ok(last)
    }

    /// Puts a policy in the place of its namesake, and into the history.
    pub async fn put_policy(&mut self, row: &PolicyRow) -> Result<()> {
        let definition = definition::write(&row.policy)?;
        let (name, by, definition) = (plain(&row.policy.name)?, plain(&row.changed_by)?, plain(&definition)?);
        for statement in [PUT, ADD_VERSION] {
            on_both!(&mut **self, link => sqlx::query(statement)
                .bind(name)
                .bind(row.position)
                .bind(row.version)
                .bind(definition)
                .bind(row.changed_at)
                .bind(by)
                .execute(link)
                .await
                .map(|_| ()))?;
        }
        Ok(())
    }

    /// Takes a policy away; `gone` is what the history tells of that.
    pub async fn remove_policy(&mut self, name: &str, gone: &PolicyVersionRow) -> Result<()> {
        let (name, by) = (plain(name)?, plain(&gone.changed_by)?);
        on_both!(&mut **self, link => sqlx::query(DELETE).bind(name).execute(link).await.map(|_| ()))?;
        on_both!(&mut **self, link => sqlx::query(ADD_VERSION)
            .bind(name)
            .bind(gone.position)
            .bind(gone.version)
            .bind(None::<String>)
            .bind(gone.changed_at)
            .bind(by)
            .execute(link)
            .await
            .map(|_| ()))
    }
}

impl Row {
    fn policy(self) -> Result<PolicyRow> {
        let Self { name, position, version, definition, changed_at, changed_by } = self;
        let policy = definition::read(name, definition.as_deref().unwrap_or_default())?;
        Ok(PolicyRow { policy, position, version, changed_at, changed_by })
    }

    fn version(self) -> Result<PolicyVersionRow> {
        let Self { name, position, version, definition, changed_at, changed_by } = self;
        let policy = definition.map(|text| definition::read(name, &text)).transpose()?;
        Ok(PolicyVersionRow { version, position, policy, changed_at, changed_by })
    }
}
