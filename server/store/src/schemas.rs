//! Which contents are stored, under which ids, and which of them refer to what?

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tidegate_compat::{ContextName, Contract, Fingerprint, Reference, SchemaId, SchemaKind, SubjectName, Version};

use crate::error::plain;
use crate::json;
use crate::rows::{Statement, Texts, pieces};
use crate::session::{Link, Session, on_both, on_postgres};
use crate::subjects::context_of;
use crate::{Error, Result, Sealing, Tx};

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

/// A subject that refers to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referring {
    pub subject: SubjectName,
    /// The newest of its live versions that does.
    pub version: Version,
    /// The version that it refers to.
    pub on: Version,
}

/// A reference from outside that stands in the way of a deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The version that is referred to.
    pub version: Version,
    /// The content that refers to it, with its context.
    pub referrer: (ContextName, SchemaId),
}

/// A content on its way in, and what it refers to.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    pub context: &'a ContextName,
    pub content: &'a StoredSchema,
    pub targets: &'a [(SubjectName, Version)],
}

/// Where a content that came in has its place.
#[derive(Debug, Clone)]
pub struct Placed {
    pub id: SchemaId,
    /// What was there under the same fingerprint; `None` if it is new.
    pub known: Option<StoredSchema>,
}

#[derive(sqlx::FromRow)]
struct KnownRow {
    context: String,
    #[sqlx(flatten)]
    content: ContentRow,
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
     WHERE c.context = $1 AND c.id IN (SELECT v.id FROM versions v WHERE v.context = $1 AND v.subject = $2) \
     ORDER BY id";

const ID_OF_FINGERPRINT: &str = "SELECT id FROM contents WHERE fingerprint = $2 AND context = $1 ORDER BY id LIMIT 1";

const IDS_OF_FINGERPRINT: &str = "SELECT context, id FROM contents WHERE fingerprint = $1 ORDER BY context, id";

static KNOWN: Statement = Statement::new(|| {
    let query = "SELECT context, id, fingerprint, kind, body, refs, metadata, rules FROM contents \
         WHERE fingerprint = $1 AND context = $2";
    Texts::union(query, 2, "")
});

/// The same for PostgreSQL, which would plan a branch per content each time anew. Each is looked up by itself: for a list a
/// young table is read whole, and goes on being read whole when it has grown.
const KNOWN_OF_KEYS: &str = "SELECT found.* FROM unnest($1, $2) AS key (fingerprint, context) CROSS JOIN LATERAL \
         (SELECT context, id, fingerprint, kind, body, refs, metadata, rules FROM contents \
             WHERE fingerprint = key.fingerprint AND context = key.context OFFSET 0) AS found";

static INSERT: Statement = Statement::new(|| {
    Texts::values(
        "INSERT INTO contents (context, id, fingerprint, kind, body, refs, metadata, rules) \
             SELECT column1, column2, column3, column4, column5, column6, column7, column8 FROM",
        8,
        "WHERE column1 <> ''",
    )
});

static INSERT_REFERENCES: Statement = Statement::new(|| {
    Texts::values(
        "INSERT INTO content_references (context, id, to_context, to_subject, to_version) \
             SELECT column1, column2, column3, column4, column5 FROM",
        5,
        "WHERE column1 <> '' ON CONFLICT DO NOTHING",
    )
});

const NEXT_IDS: &str = "INSERT INTO contexts (name, last_id) VALUES ($1, $2) \
     ON CONFLICT (name) DO UPDATE SET last_id = contexts.last_id + excluded.last_id RETURNING last_id";

const RETURN_IDS: &str = "UPDATE contexts SET last_id = last_id - $2 WHERE name = $1";

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

const OBSTACLE: &str = "SELECT r.to_version, r.context, r.id FROM content_references r \
     JOIN versions v ON v.context = r.context AND v.id = r.id \
     WHERE r.to_context = $1 AND r.to_subject = $2 AND ($3 = 0 OR r.to_version = $3) AND ($4 OR NOT v.is_deleted) \
     AND NOT ($5 AND v.context = $1 AND v.subject = $2) \
     ORDER BY r.to_version, r.id LIMIT 1";

const REFERRING: &str = "SELECT v.context, v.subject, MAX(v.version), r.to_version FROM content_references r \
     JOIN versions v ON v.context = r.context AND v.id = r.id \
     WHERE r.to_context = $1 AND r.to_subject = $2 AND NOT v.is_deleted \
     GROUP BY v.context, v.subject, r.to_version \
     ORDER BY v.context, v.subject, MAX(v.version) DESC, r.to_version DESC";

impl Session {
    pub async fn content(&mut self, context: &ContextName, id: SchemaId) -> Result<Option<StoredSchema>> {
        let context = plain(context.as_str())?;
        let row: Option<ContentRow> = on_both!(self, link =>
            sqlx::query_as(BY_ID).bind(context).bind(id.0).fetch_optional(link).await)?;
        row.map(|row| row.schema(&self.sealing())).transpose()
    }

    /// The contents of all versions of a subject, soft-deleted ones included.
    pub async fn contents_of(&mut self, subject: &SubjectName) -> Result<Vec<StoredSchema>> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        let rows: Vec<ContentRow> = on_both!(self, link =>
            sqlx::query_as(OF_SUBJECT).bind(context).bind(name).fetch_all(link).await)?;
        let sealing = self.sealing();
        rows.into_iter().map(|row| row.schema(&sealing)).collect()
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

    /// The subjects whose live versions refer to one, sorted; of each the newest such version, once for each version that is
    /// referred to, newest first.
    pub async fn referring(&mut self, subject: &SubjectName) -> Result<Vec<Referring>> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        let rows: Vec<(String, String, i32, i32)> = on_both!(self, link =>
            sqlx::query_as(REFERRING).bind(context).bind(name).fetch_all(link).await)?;
        let referring = |(context, name, version, on): (String, String, i32, i32)| {
            let subject = SubjectName::new(context_of(&context)?, &name);
            Ok(Referring { subject, version: Version(version), on: Version(on) })
        };
        rows.into_iter().map(referring).collect()
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
        let found: Option<(i32, String, i32)> = on_both!(self, link => sqlx::query_as(OBSTACLE)
            .bind(context)
            .bind(name)
            .bind(version.map_or(0, |version| version.0))
            .bind(with_deleted)
            .bind(within)
            .fetch_optional(link)
            .await)?;
        let Some((version, context, id)) = found else { return Ok(None) };
        let referrer = (crate::subjects::context_of(&context)?, SchemaId(id));
        Ok(Some(Obstacle { version: Version(version), referrer }))
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
        let placed = self.insert_contents(&[Incoming { context, content, targets }]).await?;
        let placed = placed.into_iter().next().ok_or_else(|| Error::Corrupt("a content found no place".into()))?;
        Ok((placed.id, placed.known.is_none()))
    }

    /// Stores contents under ids of their own, or finds the ids that they have; answers for each in its order. Of two that
    /// are the same here, the first is known to the second.
    ///
    /// The rows of the contexts are locked from here to the commit, so this comes as late as can be.
    pub async fn insert_contents(&mut self, incoming: &[Incoming<'_>]) -> Result<Vec<Placed>> {
        let key = |it: &Incoming<'_>| (it.context.clone(), it.content.fingerprint);
        let mut firsts: Vec<&Incoming<'_>> = Vec::with_capacity(incoming.len());
        let mut seen = HashSet::new();
        firsts.extend(incoming.iter().filter(|it| seen.insert(key(it))));
        let mut counts: BTreeMap<ContextName, i64> = BTreeMap::new();
        for it in &firsts {
            *counts.entry(it.context.clone()).or_default() += 1;
        }
        let mut next = HashMap::new();
        for (context, count) in &counts {
            next.insert(context.clone(), self.hand_out(context, *count).await?);
        }
        // Under the lock: somebody may have stored the same contents while this transaction was under way.
        let mut places = self.known(&firsts).await?;
        for (context, count) in &counts {
            let known = firsts.iter().filter(|it| it.context == context && places.contains_key(&key(it))).count();
            self.take_back(context, known, *count).await?;
        }
        let mut new = Vec::with_capacity(firsts.len());
        for it in firsts {
            if places.contains_key(&key(it)) {
                continue;
            }
            let id = next.get_mut(it.context).ok_or_else(|| Error::Corrupt("a context has no ids".into()))?;
            let place = Placed { id: SchemaId(small(*id)?), known: None };
            *id += 1;
            new.push((place.id, *it));
            places.insert(key(it), place);
        }
        self.insert_contents_as(&new).await?;
        let mut placed = Vec::with_capacity(incoming.len());
        for it in incoming {
            let place = places.get_mut(&key(it)).ok_or_else(|| Error::Corrupt("a content found no place".into()))?;
            placed.push(place.clone());
            place.known.get_or_insert_with(|| StoredSchema { id: place.id, ..it.content.clone() });
        }
        Ok(placed)
    }

    /// Takes the next ids of a context; answers the first of them.
    async fn hand_out(&mut self, context: &ContextName, count: i64) -> Result<i64> {
        let name = plain(context.as_str())?;
        let (last,): (i64,) = on_both!(&mut **self, link =>
            sqlx::query_as(NEXT_IDS).bind(name).bind(count).fetch_one(link).await)?;
        Ok(last - count + 1)
    }

    /// Gives ids back that nobody needed.
    async fn take_back(&mut self, context: &ContextName, unused: usize, count: i64) -> Result<()> {
        let unused = i64::try_from(unused).map_or(count, |unused| unused.min(count));
        if unused == 0 {
            return Ok(());
        }
        let name = plain(context.as_str())?;
        on_both!(&mut **self, link => sqlx::query(RETURN_IDS).bind(name).bind(unused).execute(link).await.map(|_| ()))?;
        Ok(())
    }

    /// What is stored already of these contents, under the lowest id that each has.
    async fn known(&mut self, wanted: &[&Incoming<'_>]) -> Result<HashMap<(ContextName, Fingerprint), Placed>> {
        let mut keys = Vec::with_capacity(wanted.len());
        for it in wanted {
            keys.push((it.content.fingerprint.to_string(), plain(it.context.as_str())?));
        }
        let sealing = self.sealing();
        let found: Vec<KnownRow> = match &mut self.link {
            Link::Postgres(held) => {
                let (fingerprints, contexts): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
                on_postgres!(held, link => {
                    sqlx::query_as(KNOWN_OF_KEYS).bind(fingerprints).bind(contexts).fetch_all(link).await
                })?
            }
            Link::Sqlite(held) => {
                let link = held.connection().await?;
                let mut found = Vec::new();
                for (text, piece, blanks) in pieces(&KNOWN, &keys) {
                    let mut query = sqlx::query_as(text);
                    let keys = piece.iter().map(|(fingerprint, context)| (fingerprint.as_str(), *context));
                    for (fingerprint, context) in keys.chain(std::iter::repeat_n(("", ""), blanks)) {
                        query = query.bind(fingerprint).bind(context);
                    }
                    found.extend(query.fetch_all(&mut *link).await?);
                }
                found
            }
        };
        let mut known: HashMap<_, Placed> = HashMap::new();
        for row in found {
            let (context, content) = (context_of(&row.context)?, row.content.schema(&sealing)?);
            let key = (context, content.fingerprint);
            if known.get(&key).is_none_or(|other| content.id.0 < other.id.0) {
                known.insert(key, Placed { id: content.id, known: Some(content) });
            }
        }
        Ok(known)
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
        self.insert_contents_as(&[(id, Incoming { context, content, targets })]).await?;
        Ok(true)
    }

    async fn insert_contents_as(&mut self, contents: &[(SchemaId, Incoming<'_>)]) -> Result<()> {
        self.note_sensitive(contents.iter().filter_map(|(_, incoming)| incoming.content.contract.metadata.as_ref()))
            .await?;
        let sealing = self.sealing();
        let mut rows = Vec::with_capacity(contents.len());
        let mut references = Vec::new();
        for (id, Incoming { context, content, targets }) in contents {
            let context = plain(context.as_str())?;
            rows.push(Written::of(context, *id, content, &sealing)?);
            for (subject, version) in *targets {
                let to = (plain(subject.context().as_str())?, plain(subject.bare())?);
                references.push((context, id.0, to, version.0));
            }
        }
        for (text, piece, blanks) in pieces(&INSERT, &rows) {
            on_both!(&mut **self, link => {
                let mut query = sqlx::query(text);
                let blank = Written::default();
                for row in piece.iter().chain(std::iter::repeat_n(&blank, blanks)) {
                    query = query
                        .bind(row.context)
                        .bind(row.id)
                        .bind(&row.fingerprint)
                        .bind(row.kind)
                        .bind(row.body)
                        .bind(&row.references)
                        .bind(row.metadata.as_deref())
                        .bind(row.rules.as_deref());
                }
                query.execute(link).await.map(|_| ())
            })?;
        }
        for (text, piece, blanks) in pieces(&INSERT_REFERENCES, &references) {
            on_both!(&mut **self, link => {
                let mut query = sqlx::query(text);
                for (context, id, (to_context, to_subject), version) in
                    piece.iter().copied().chain(std::iter::repeat_n(("", 0, ("", ""), 0), blanks))
                {
                    query = query.bind(context).bind(id).bind(to_context).bind(to_subject).bind(version);
                }
                query.execute(link).await.map(|_| ())
            })?;
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

/// A content in the words of its table.
#[derive(Default)]
struct Written<'a> {
    context: &'a str,
    id: i32,
    fingerprint: String,
    kind: &'static str,
    body: &'a str,
    references: String,
    metadata: Option<String>,
    rules: Option<String>,
}

impl<'a> Written<'a> {
    fn of(context: &'a str, id: SchemaId, content: &'a StoredSchema, sealing: &Sealing) -> Result<Self> {
        let metadata = content.contract.metadata.as_ref();
        Ok(Self {
            context,
            id: id.0,
            fingerprint: content.fingerprint.to_string(),
            kind: content.kind.as_str(),
            body: plain(&content.text)?,
            references: json::write_references(&content.references)?,
            metadata: metadata.map(|metadata| json::write_metadata(metadata, sealing)).transpose()?,
            rules: content.contract.rules.as_ref().map(json::write_rules).transpose()?,
        })
    }
}

impl ContentRow {
    pub(crate) fn schema(self, sealing: &Sealing) -> Result<StoredSchema> {
        let damaged = |what: &str| Error::Corrupt(format!("content {} has no valid {what}", self.id));
        Ok(StoredSchema {
            id: SchemaId(self.id),
            fingerprint: Fingerprint::parse(&self.fingerprint).ok_or_else(|| damaged("fingerprint"))?,
            kind: SchemaKind::parse(&self.kind).ok_or_else(|| damaged("kind"))?,
            text: self.body.into(),
            references: json::read_references(&self.refs)?,
            contract: Contract {
                metadata: self.metadata.as_deref().map(|text| json::read_metadata(text, sealing)).transpose()?,
                rules: self.rules.as_deref().map(json::read_rules).transpose()?,
            },
        })
    }
}

fn small(id: i64) -> Result<i32> {
    i32::try_from(id).map_err(|_| Error::Corrupt("the ids of this context are used up".into()))
}
