//! Which versions does a subject have, and where is a content used?

use std::collections::{BTreeSet, HashMap};

use tidegate_compat::{ContextName, Fingerprint, SchemaId, SubjectName, Version};

use crate::error::plain;
use crate::rows::{Statement, Texts, pieces};
use crate::session::{Session, on_both};
use crate::{Error, Result, Tx};

/// One version of a subject, by the id of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionRow {
    pub version: Version,
    pub id: SchemaId,
    /// Milliseconds since 1970.
    pub stored_at: i64,
    pub is_deleted: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    version: i32,
    id: i32,
    stored_at: i64,
    is_deleted: bool,
}

static LOCK: Statement = Statement::new(|| {
    Texts::values(
        "INSERT INTO subjects (context, name) SELECT column1, column2 FROM",
        2,
        "WHERE column1 <> '' ON CONFLICT (context, name) DO UPDATE SET name = excluded.name",
    )
});

const ALL: &str = "SELECT version, id, stored_at, is_deleted FROM versions \
     WHERE context = $1 AND subject = $2 ORDER BY version";

const ONE: &str = "SELECT version, id, stored_at, is_deleted FROM versions \
     WHERE context = $1 AND subject = $2 AND version = $3";

const LATEST: &str = "SELECT version, id, stored_at, is_deleted FROM versions \
     WHERE context = $1 AND subject = $2 AND NOT is_deleted ORDER BY version DESC LIMIT 1";

const ANY: &str = "SELECT version, id, stored_at, is_deleted FROM versions \
     WHERE context = $1 AND subject = $2 AND ($3 OR NOT is_deleted) LIMIT 1";

const WITH_FINGERPRINT: &str = "SELECT v.version, v.id, v.stored_at, v.is_deleted FROM versions v \
     JOIN contents c ON c.context = v.context AND c.id = v.id \
     WHERE v.context = $1 AND v.subject = $2 AND c.fingerprint = $3 AND ($4 OR NOT v.is_deleted) \
     ORDER BY v.is_deleted, v.version DESC LIMIT 1";

/// Of each subject that uses the content, its highest version that counts; live ones first. Grouped by an expression, lest
/// SQLite should walk through the whole context in the order of its subjects.
const USAGES: &str = "SELECT min(subject) AS subject, max(version) AS version, \
         min(CASE WHEN is_deleted THEN 1 ELSE 0 END) AS is_gone FROM versions \
     WHERE context = $1 AND id = $2 AND ($3 OR NOT is_deleted) \
     GROUP BY subject || '' ORDER BY is_gone, 1 LIMIT $4 OFFSET $5";

static LIVE_USAGES: Statement = Statement::new(|| {
    // Searches by key that are grouped one by one take longer to plan than to do.
    Texts::values(
        "SELECT v.context, v.id, v.subject, max(v.version) AS version FROM",
        2,
        "JOIN versions v ON v.context = given.column1 AND v.id = given.column2 WHERE NOT v.is_deleted \
             GROUP BY v.context, v.id, v.subject",
    )
});

const USAGE_IN: &str = "SELECT version, id, stored_at, is_deleted FROM versions \
     WHERE context = $1 AND id = $2 AND subject = $3 ORDER BY is_deleted, version DESC LIMIT 1";

const IN_SCOPE: &str = "SELECT context, subject, version FROM versions \
     WHERE ($1 IS NULL OR context = $1) AND ($2 IS NULL OR subject = $2) AND is_deleted = $3 \
     ORDER BY context, subject, version LIMIT $4";

const CONTEXTS: &str = "SELECT name FROM contexts WHERE name <> '.' ORDER BY name";

const PUT: &str = "INSERT INTO versions (context, subject, version, id, stored_at, is_deleted) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (context, subject, version) \
     DO UPDATE SET id = excluded.id, stored_at = excluded.stored_at, is_deleted = excluded.is_deleted";

static INSERT: Statement = Statement::new(|| {
    Texts::values(
        "INSERT INTO versions (context, subject, version, id, stored_at, is_deleted) \
             SELECT column1, column2, column3, column4, column5, FALSE FROM",
        5,
        "WHERE column1 <> ''",
    )
});

const SOFT_DELETE: &str = "UPDATE versions SET is_deleted = $4 WHERE context = $1 AND subject = $2 AND version = $3";

const REMOVE: &str = "DELETE FROM versions WHERE context = $1 AND subject = $2 AND version = $3";

/// Looked up anew, whatever has happened to the versions.
static TALLY: Statement = Statement::new(|| {
    Texts::values(
        "INSERT INTO subjects (context, name, latest, highest, listed_as) SELECT column1, column2, \
             coalesce((SELECT max(version) FROM versions \
                 WHERE context = column1 AND subject = column2 AND NOT is_deleted), 0), \
             coalesce((SELECT max(version) FROM versions WHERE context = column1 AND subject = column2), 0), \
             (SELECT column3 FROM versions WHERE context = column1 AND subject = column2 LIMIT 1) FROM",
        3,
        "WHERE column1 <> '' ON CONFLICT (context, name) DO UPDATE \
             SET latest = excluded.latest, highest = excluded.highest, listed_as = excluded.listed_as",
    )
});

static TALLY_LATEST: Statement = Statement::new(|| {
    Texts::values(
        "INSERT INTO subjects (context, name, latest, highest, listed_as) \
             SELECT column1, column2, column3, column3, column4 FROM",
        4,
        "WHERE column1 <> '' ON CONFLICT (context, name) DO UPDATE \
             SET latest = excluded.latest, highest = excluded.highest, listed_as = excluded.listed_as",
    )
});

const FORGET: &str = "DELETE FROM subjects WHERE context = $1 AND name = $2";

impl Session {
    /// All versions, soft-deleted ones included, ascending.
    pub async fn versions(&mut self, subject: &SubjectName) -> Result<Vec<VersionRow>> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        let rows: Vec<Row> =
            on_both!(self, link => sqlx::query_as(ALL).bind(context).bind(name).fetch_all(link).await)?;
        Ok(rows.into_iter().map(Row::row).collect())
    }

    pub async fn version(&mut self, subject: &SubjectName, version: Version) -> Result<Option<VersionRow>> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        let row: Option<Row> = on_both!(self, link =>
            sqlx::query_as(ONE).bind(context).bind(name).bind(version.0).fetch_optional(link).await)?;
        Ok(row.map(Row::row))
    }

    /// The highest live version.
    pub async fn latest(&mut self, subject: &SubjectName) -> Result<Option<VersionRow>> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        let row: Option<Row> =
            on_both!(self, link => sqlx::query_as(LATEST).bind(context).bind(name).fetch_optional(link).await)?;
        Ok(row.map(Row::row))
    }

    /// Whether the subject has a live version or, `with_deleted`, any.
    pub async fn has_versions(&mut self, subject: &SubjectName, with_deleted: bool) -> Result<bool> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        let row: Option<Row> = on_both!(self, link =>
            sqlx::query_as(ANY).bind(context).bind(name).bind(with_deleted).fetch_optional(link).await)?;
        Ok(row.is_some())
    }

    /// The version of a subject that holds a content: the highest live one or, `with_deleted`, else the highest.
    pub async fn version_with(
        &mut self,
        subject: &SubjectName,
        fingerprint: Fingerprint,
        with_deleted: bool,
    ) -> Result<Option<VersionRow>> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        let row: Option<Row> = on_both!(self, link => sqlx::query_as(WITH_FINGERPRINT)
            .bind(context)
            .bind(name)
            .bind(fingerprint.to_string())
            .bind(with_deleted)
            .fetch_optional(link)
            .await)?;
        Ok(row.map(Row::row))
    }

    /// Where a content is used, once per subject: live uses first, then by subject.
    pub async fn usages(
        &mut self,
        context: &ContextName,
        id: SchemaId,
        with_deleted: bool,
        limit: Option<usize>,
        offset: usize,
    ) -> Result<Vec<(SubjectName, Version)>> {
        let name = plain(context.as_str())?;
        let rows: Vec<(String, i32, i32)> = on_both!(self, link => sqlx::query_as(USAGES)
            .bind(name)
            .bind(id.0)
            .bind(with_deleted)
            .bind(window(limit))
            .bind(window(Some(offset)))
            .fetch_all(link)
            .await)?;
        let usage =
            |(subject, version, _): (String, i32, i32)| (SubjectName::new(context.clone(), &subject), Version(version));
        Ok(rows.into_iter().map(usage).collect())
    }

    /// Where contents are used now, once per subject, by subject. Those that are not are left out.
    pub async fn live_usages(
        &mut self,
        schemas: &[(&ContextName, SchemaId)],
    ) -> Result<HashMap<(ContextName, SchemaId), Vec<(SubjectName, Version)>>> {
        let asked = schemas.iter().map(|(context, id)| Ok((plain(context.as_str())?, id.0)));
        let asked = asked.collect::<Result<Vec<_>>>()?;
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for (text, piece, blanks) in pieces(&LIVE_USAGES, &asked) {
            let rows: Vec<(String, i32, String, i32)> = on_both!(self, link => {
                let mut query = sqlx::query_as(text);
                // No context has an empty name.
                for (context, id) in piece.iter().copied().chain(std::iter::repeat_n(("", 0), blanks)) {
                    query = query.bind(context).bind(id);
                }
                query.fetch_all(link).await
            })?;
            for (context, id, subject, version) in rows {
                let subject = subject_of(&context, &subject)?;
                let key = (subject.context().clone(), SchemaId(id));
                found.entry(key).or_default().push((subject, Version(version)));
            }
        }
        for usages in found.values_mut() {
            usages.sort_unstable_by(|(one, _), (other, _)| one.bare().cmp(other.bare()));
        }
        Ok(found)
    }

    /// The version of one subject that holds the content with this id: a live one before a soft-deleted one.
    pub async fn usage_in(&mut self, subject: &SubjectName, id: SchemaId) -> Result<Option<VersionRow>> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        let row: Option<Row> = on_both!(self, link =>
            sqlx::query_as(USAGE_IN).bind(context).bind(id.0).bind(name).fetch_optional(link).await)?;
        Ok(row.map(Row::row))
    }

    /// Live or soft-deleted versions of a subject, of a context, or of everything.
    pub async fn versions_in(
        &mut self,
        context: Option<&ContextName>,
        subject: Option<&str>,
        is_deleted: bool,
        limit: Option<usize>,
    ) -> Result<Vec<(SubjectName, Version)>> {
        let context = context.map(|context| plain(context.as_str())).transpose()?;
        let subject = subject.map(plain).transpose()?;
        let rows: Vec<(String, String, i32)> = on_both!(self, link => sqlx::query_as(IN_SCOPE)
            .bind(context)
            .bind(subject)
            .bind(is_deleted)
            .bind(window(limit))
            .fetch_all(link)
            .await)?;
        rows.iter().map(|(context, subject, version)| Ok((subject_of(context, subject)?, Version(*version)))).collect()
    }

    /// The contexts in which something was registered, in order, without the default one.
    pub async fn named_contexts(&mut self) -> Result<Vec<ContextName>> {
        let rows: Vec<(String,)> = on_both!(self, link => sqlx::query_as(CONTEXTS).fetch_all(link).await)?;
        rows.iter().map(|(name,)| context_of(name)).collect()
    }
}

impl Tx {
    /// Keeps other writers away from these subjects until the transaction ends. Comes first; the order of locking is the
    /// same for everybody, so that nobody waits in a circle.
    pub async fn lock_subjects(&mut self, subjects: impl IntoIterator<Item = &SubjectName>) -> Result<()> {
        self.keep_others_from(subjects).await?;
        self.catch_up().await
    }

    /// The same, for those who look at what other nodes have committed meanwhile by themselves.
    pub(crate) async fn keep_others_from(&mut self, subjects: impl IntoIterator<Item = &SubjectName>) -> Result<()> {
        let mut keys = BTreeSet::new();
        // Where nothing can be, nothing needs a lock.
        for subject in subjects.into_iter().filter(|subject| !subject.is_too_long()) {
            keys.insert((plain(subject.context().as_str())?, plain(subject.bare())?));
        }
        let keys: Vec<_> = keys.into_iter().collect();
        for (text, piece, blanks) in pieces(&LOCK, &keys) {
            on_both!(&mut **self, link => {
                let mut query = sqlx::query(text);
                for (context, name) in piece.iter().copied().chain(std::iter::repeat_n(("", ""), blanks)) {
                    query = query.bind(context).bind(name);
                }
                query.execute(link).await.map(|_| ())
            })?;
        }
        Ok(())
    }

    /// Stores live versions, each of which comes after all others of its subject.
    pub async fn insert_versions(&mut self, versions: &[(&SubjectName, VersionRow)]) -> Result<()> {
        let mut rows = Vec::with_capacity(versions.len());
        for (subject, row) in versions {
            let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
            rows.push((context, name, row.version.0, row.id.0, row.stored_at));
        }
        for (text, piece, blanks) in pieces(&INSERT, &rows) {
            on_both!(&mut **self, link => {
                let mut query = sqlx::query(text);
                for (context, name, version, id, at) in
                    piece.iter().copied().chain(std::iter::repeat_n(("", "", 0, 0, 0), blanks))
                {
                    query = query.bind(context).bind(name).bind(version).bind(id).bind(at);
                }
                query.execute(link).await.map(|_| ())
            })?;
        }
        self.tally_latest(versions).await
    }

    /// What [`Self::tally`] finds out is known of versions that have just become the latest of their subjects.
    async fn tally_latest(&mut self, versions: &[(&SubjectName, VersionRow)]) -> Result<()> {
        let mut rows = Vec::with_capacity(versions.len());
        for (subject, row) in versions {
            let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
            rows.push((context, name, row.version.0, subject.to_string()));
        }
        for (text, piece, blanks) in pieces(&TALLY_LATEST, &rows) {
            on_both!(&mut **self, link => {
                let mut query = sqlx::query(text);
                for (context, name, version, listed_as) in piece {
                    query = query.bind(*context).bind(*name).bind(*version).bind(listed_as.as_str());
                }
                for _ in 0..blanks {
                    query = query.bind("").bind("").bind(0).bind("");
                }
                query.execute(link).await.map(|_| ())
            })?;
        }
        Ok(())
    }

    /// Stores a version, in place of one with the same number if there is one.
    pub async fn put_version(&mut self, subject: &SubjectName, row: VersionRow) -> Result<()> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        on_both!(&mut **self, link => sqlx::query(PUT)
            .bind(context)
            .bind(name)
            .bind(row.version.0)
            .bind(row.id.0)
            .bind(row.stored_at)
            .bind(row.is_deleted)
            .execute(link)
            .await
            .map(|_| ()))?;
        self.tally([subject]).await
    }

    pub async fn soft_delete_version(&mut self, subject: &SubjectName, version: Version) -> Result<()> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        on_both!(&mut **self, link => sqlx::query(SOFT_DELETE)
            .bind(context)
            .bind(name)
            .bind(version.0)
            .bind(true)
            .execute(link)
            .await
            .map(|_| ()))?;
        self.tally([subject]).await
    }

    /// Removes a version for good, and its content if nobody else uses it.
    pub async fn remove_version(&mut self, subject: &SubjectName, version: Version) -> Result<()> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        let Some(row) = self.version(subject, version).await? else { return Ok(()) };
        on_both!(&mut **self, link =>
            sqlx::query(REMOVE).bind(context).bind(name).bind(version.0).execute(link).await.map(|_| ()))?;
        self.tally([subject]).await?;
        self.delete_unused_content(subject.context(), row.id).await
    }

    /// Writes down what listings need to know of these subjects. Whoever adds, deletes or removes versions ends with it.
    pub async fn tally(&mut self, subjects: impl IntoIterator<Item = &SubjectName>) -> Result<()> {
        let mut keys = BTreeSet::new();
        for subject in subjects {
            keys.insert((plain(subject.context().as_str())?, plain(subject.bare())?, subject.to_string()));
        }
        let keys: Vec<_> = keys.into_iter().collect();
        for (text, piece, blanks) in pieces(&TALLY, &keys) {
            on_both!(&mut **self, link => {
                let mut query = sqlx::query(text);
                for (context, name, listed_as) in piece {
                    query = query.bind(*context).bind(*name).bind(listed_as);
                }
                for _ in 0..blanks {
                    query = query.bind("").bind("").bind("");
                }
                query.execute(link).await.map(|_| ())
            })?;
        }
        Ok(())
    }

    /// Removes what is left of a subject without versions: its settings and its lock.
    pub async fn forget_subject(&mut self, subject: &SubjectName) -> Result<()> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        if !name.is_empty() {
            self.put_config(subject, None).await?;
            self.put_mode(subject, None).await?;
        }
        on_both!(&mut **self, link =>
            sqlx::query(FORGET).bind(context).bind(name).execute(link).await.map(|_| ()))?;
        Ok(())
    }
}

impl Row {
    fn row(self) -> VersionRow {
        VersionRow {
            version: Version(self.version),
            id: SchemaId(self.id),
            stored_at: self.stored_at,
            is_deleted: self.is_deleted,
        }
    }
}

pub(crate) fn context_of(text: &str) -> Result<ContextName> {
    ContextName::parse(text).map_err(|error| Error::Corrupt(error.to_string()))
}

pub(crate) fn subject_of(context: &str, name: &str) -> Result<SubjectName> {
    Ok(SubjectName::new(context_of(context)?, name))
}

pub(crate) fn window(size: Option<usize>) -> i64 {
    size.and_then(|size| i64::try_from(size).ok()).unwrap_or(i64::MAX)
}
