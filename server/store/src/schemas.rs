//! Which contents are stored, under which ids, and which of them refer to what?

use std::sync::Arc;

use tidegate_compat::{ContextName, Contract, Fingerprint, Reference, SchemaId, SchemaKind, SubjectName, Version};

use crate::error::plain;
use crate::json;
use crate::session::{Session, on_both};
use crate::subjects::context_of;
use crate::{Error, Result, Tx};

/// A content with its identity. Immutable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSchema {
    pub id: SchemaId,
    pub fingerprint: Fingerprint,
    pub kind: SchemaKind,
    pub text: Arc<str>,
    pub references: Vec<Reference>,
    pub contract: Contract,
}

/// A reference from outside that stands in the way of a deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The version that is referred to.
    pub version: Version,
    /// The content that refers to it.
    pub referrer: SchemaId,
}

#[derive(sqlx::FromRow)]
pub(crate) struct ContentRow {
    id: i32,
    fingerprint: String,
    kind: String,
    body: String,
    refs: String,
    metadata: Option<String>,
    rules: Option<String>,
}

const BY_ID: &str = "SELECT id, fingerprint, kind, body, refs, metadata, rules FROM contents \
     WHERE context = $1 AND id = $2";

const OF_SUBJECT: &str = "SELECT id, fingerprint, kind, body, refs, metadata, rules FROM contents c \
     WHERE c.context = $1 AND EXISTS (SELECT 1 FROM versions v \
         WHERE v.context = $1 AND v.subject = $2 AND v.id = c.id) \
     ORDER BY id";

const ID_OF_FINGERPRINT: &str = "SELECT id FROM contents WHERE fingerprint = $2 AND context = $1 ORDER BY id LIMIT 1";

const IDS_OF_FINGERPRINT: &str = "SELECT context, id FROM contents WHERE fingerprint = $1 ORDER BY context, id";

const INSERT: &str = "INSERT INTO contents (context, id, fingerprint, kind, body, refs, metadata, rules) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const INSERT_REFERENCE: &str = "INSERT INTO content_references (context, id, to_context, to_subject, to_version) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";

const NEXT_ID: &str = "INSERT INTO contexts (name, last_id) VALUES ($1, 1) \
     ON CONFLICT (name) DO UPDATE SET last_id = contexts.last_id + 1 RETURNING last_id";

const RETURN_ID: &str = "UPDATE contexts SET last_id = last_id - 1 WHERE name = $1";

const RAISE_LAST_ID: &str = "INSERT INTO contexts (name, last_id) VALUES ($1, $2) \
     ON CONFLICT (name) DO UPDATE SET last_id = \
         CASE WHEN contexts.last_id < excluded.last_id THEN excluded.last_id ELSE contexts.last_id END";

const LAST_ID: &str = "SELECT last_id FROM contexts WHERE name = $1";

const DELETE_UNUSED: &str = "DELETE FROM contents WHERE context = $1 AND id = $2 \
     AND NOT EXISTS (SELECT 1 FROM versions v WHERE v.context = $1 AND v.id = $2)";

const REFERRERS: &str = "SELECT DISTINCT r.context, r.id FROM content_references r \
     WHERE r.to_context = $1 AND r.to_subject = $2 AND r.to_version = $3 \
     AND EXISTS (SELECT 1 FROM versions v WHERE v.context = r.context AND v.id = r.id AND ($4 OR NOT v.is_deleted)) \
     ORDER BY r.context, r.id LIMIT $5 OFFSET $6";

const OBSTACLE: &str = "SELECT r.to_version, r.id FROM content_references r \
     JOIN versions v ON v.context = r.context AND v.id = r.id \
     WHERE r.to_context = $1 AND r.to_subject = $2 AND ($3 = 0 OR r.to_version = $3) AND ($4 OR NOT v.is_deleted) \
     AND NOT ($5 AND v.context = $1 AND v.subject = $2) \
     ORDER BY r.to_version, r.id LIMIT 1";

impl Session {
    pub async fn content(&mut self, context: &ContextName, id: SchemaId) -> Result<Option<StoredSchema>> {
        let context = plain(context.as_str())?;
        let row: Option<ContentRow> = on_both!(self, link =>
            sqlx::query_as(BY_ID).bind(context).bind(id.0).fetch_optional(link).await)?;
        row.map(ContentRow::schema).transpose()
    }

    /// The contents of all versions of a subject, soft-deleted ones included.
    pub async fn contents_of(&mut self, subject: &SubjectName) -> Result<Vec<StoredSchema>> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        let rows: Vec<ContentRow> = on_both!(self, link =>
            sqlx::query_as(OF_SUBJECT).bind(context).bind(name).fetch_all(link).await)?;
        rows.into_iter().map(ContentRow::schema).collect()
    }

    /// The lowest id that a content has in a context.
    pub async fn id_of(&mut self, context: &ContextName, fingerprint: Fingerprint) -> Result<Option<SchemaId>> {
        let context = plain(context.as_str())?;
        let id: Option<(i32,)> = on_both!(self, link =>
            sqlx::query_as(ID_OF_FINGERPRINT).bind(context).bind(fingerprint.to_string()).fetch_optional(link).await)?;
        Ok(id.map(|(id,)| SchemaId(id)))
    }

    /// All ids of a content, by context.
    pub async fn ids_of(&mut self, fingerprint: Fingerprint) -> Result<Vec<(ContextName, SchemaId)>> {
        let rows: Vec<(String, i32)> = on_both!(self, link =>
            sqlx::query_as(IDS_OF_FINGERPRINT).bind(fingerprint.to_string()).fetch_all(link).await)?;
        rows.into_iter().map(|(context, id)| Ok((context_of(&context)?, SchemaId(id)))).collect()
    }

    /// The highest id ever handed out in a context; 0 when none was.
    pub async fn last_id(&mut self, context: &ContextName) -> Result<i32> {
        let context = plain(context.as_str())?;
        let last: Option<(i64,)> =
            on_both!(self, link => sqlx::query_as(LAST_ID).bind(context).fetch_optional(link).await)?;
        last.map_or(Ok(0), |(last,)| small(last))
    }

    /// The contents that refer to a version and are in use; `with_deleted` also counts use by soft-deleted versions.
    pub async fn referrers(
        &mut self,
        subject: &SubjectName,
        version: Version,
        with_deleted: bool,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<SchemaId>> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        let rows: Vec<(String, i32)> = on_both!(self, link => sqlx::query_as(REFERRERS)
            .bind(context)
            .bind(name)
            .bind(version.0)
            .bind(with_deleted)
            .bind(limit)
            .bind(offset)
            .fetch_all(link)
            .await)?;
        Ok(rows.into_iter().map(|(_, id)| SchemaId(id)).collect())
    }

    /// What keeps one version (or, without one, all of a subject) from going: the first content in use that refers to it.
    /// `within` does not count references from the subject itself.
    pub async fn obstacle(
        &mut self,
        subject: &SubjectName,
        version: Option<Version>,
        with_deleted: bool,
        within: bool,
    ) -> Result<Option<Obstacle>> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        let found: Option<(i32, i32)> = on_both!(self, link => sqlx::query_as(OBSTACLE)
            .bind(context)
            .bind(name)
            .bind(version.map_or(0, |version| version.0))
            .bind(with_deleted)
            .bind(within)
            .fetch_optional(link)
            .await)?;
        Ok(found.map(|(version, id)| Obstacle { version: Version(version), referrer: SchemaId(id) }))
    }
}

impl Tx {
    /// Stores a content under an id of its own, or finds the id that it has: `(id, whether it is new)`.
    ///
    /// The context's row is locked from here to the commit, so this comes as late as can be.
    pub async fn insert_content(
        &mut self,
        context: &ContextName,
        content: &StoredSchema,
        targets: &[(SubjectName, Version)],
    ) -> Result<(SchemaId, bool)> {
        let name = plain(context.as_str())?;
        let (next,): (i64,) = on_both!(&mut **self, link => sqlx::query_as(NEXT_ID).bind(name).fetch_one(link).await)?;
        // Under the lock: somebody may have stored the same content while this transaction was under way.
        if let Some(id) = self.id_of(context, content.fingerprint).await? {
            on_both!(&mut **self, link => sqlx::query(RETURN_ID).bind(name).execute(link).await.map(|_| ()))?;
            return Ok((id, false));
        }
        let id = SchemaId(small(next)?);
        self.insert_content_as(context, id, content, targets).await?;
        Ok((id, true))
    }

    /// Stores a content under a given id, which counts as handed out from now on; answers whether the id was free.
    pub async fn import_content(
        &mut self,
        context: &ContextName,
        id: SchemaId,
        content: &StoredSchema,
        targets: &[(SubjectName, Version)],
    ) -> Result<bool> {
        let name = plain(context.as_str())?;
        if self.content(context, id).await?.is_some() {
            return Ok(false);
        }
        on_both!(&mut **self, link =>
            sqlx::query(RAISE_LAST_ID).bind(name).bind(i64::from(id.0)).execute(link).await.map(|_| ()))?;
        self.insert_content_as(context, id, content, targets).await?;
        Ok(true)
    }

    async fn insert_content_as(
        &mut self,
        context: &ContextName,
        id: SchemaId,
        content: &StoredSchema,
        targets: &[(SubjectName, Version)],
    ) -> Result<()> {
        let (context, body) = (plain(context.as_str())?, plain(&content.text)?);
        let references = json::write_references(&content.references)?;
        let metadata = content.contract.metadata.as_ref().map(json::write_metadata).transpose()?;
        let rules = content.contract.rules.as_ref().map(json::write_rules).transpose()?;
        on_both!(&mut **self, link => sqlx::query(INSERT)
            .bind(context)
            .bind(id.0)
            .bind(content.fingerprint.to_string())
            .bind(content.kind.as_str())
            .bind(body)
            .bind(&references)
            .bind(metadata.as_deref())
            .bind(rules.as_deref())
            .execute(link)
            .await
            .map(|_| ()))?;
        for (subject, version) in targets {
            let (to_context, to_subject) = (plain(subject.context().as_str())?, plain(subject.bare())?);
            on_both!(&mut **self, link => sqlx::query(INSERT_REFERENCE)
                .bind(context)
                .bind(id.0)
                .bind(to_context)
                .bind(to_subject)
                .bind(version.0)
                .execute(link)
                .await
                .map(|_| ()))?;
        }
        Ok(())
    }

    /// Removes a content that no version uses any more.
    pub async fn delete_unused_content(&mut self, context: &ContextName, id: SchemaId) -> Result<()> {
        let name = plain(context.as_str())?;
        let gone = on_both!(&mut **self, link => sqlx::query(DELETE_UNUSED)
            .bind(name)
            .bind(id.0)
            .execute(link)
            .await
            .map(|done| done.rows_affected()))?;
        if gone > 0 {
            self.note_purge();
        }
        Ok(())
    }
}

impl ContentRow {
    pub(crate) fn schema(self) -> Result<StoredSchema> {
        let damaged = |what: &str| Error::Corrupt(format!("content {} has no valid {what}", self.id));
        Ok(StoredSchema {
            id: SchemaId(self.id),
            fingerprint: Fingerprint::parse(&self.fingerprint).ok_or_else(|| damaged("fingerprint"))?,
            kind: SchemaKind::parse(&self.kind).ok_or_else(|| damaged("kind"))?,
            text: self.body.into(),
            references: json::read_references(&self.refs)?,
            contract: Contract {
                metadata: self.metadata.as_deref().map(json::read_metadata).transpose()?,
                rules: self.rules.as_deref().map(json::read_rules).transpose()?,
            },
        })
    }
}

fn small(id: i64) -> Result<i32> {
    i32::try_from(id).map_err(|_| Error::Corrupt("the ids of this context are used up".into()))
}
