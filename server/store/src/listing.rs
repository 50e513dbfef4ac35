//! Which subjects and schemas are there, in order, a part at a time?
//!
//! Everything is sorted by the subject's qualified text. The table of subjects knows that text and which version is the
//! latest, so that a part costs what is in it and, with an offset, what lies before it.

use sqlx::AssertSqlSafe;
use tidegate_compat::{ContextName, Fingerprint, Metadata, SchemaId, SchemaKind, SubjectName, Version};

use crate::error::plain;
use crate::schemas::{ContentRow, StoredSchema};
use crate::session::{Session, on_both};
use crate::subjects::{VersionRow, subject_of, window};
use crate::{Error, Result, Sealing, Setting, json, settings};

/// So many subjects are asked for by name in one statement.
const MOST_AT_ONCE: usize = 500;

/// Which part of a listing is wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// `None` is every context.
    pub context: Option<ContextName>,
    /// How the bare name begins.
    pub prefix: String,
    /// Those with a live version.
    pub live: bool,
    /// Those without one.
    pub deleted: bool,
    /// Of schemas, only those with rules.
    pub with_rules: bool,
    /// Where the part begins: behind this version of this subject, or behind all of its versions.
    pub after: Option<(SubjectName, Option<Version>)>,
    pub limit: Option<usize>,
    pub offset: usize,
}

/// A subject at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    pub subject: SubjectName,
    /// The latest live version or, if there is none, the highest one.
    pub latest: VersionRow,
    pub fingerprint: Fingerprint,
    pub kind: SchemaKind,
    pub metadata: Option<Metadata>,
    /// How many live versions it has, or soft-deleted ones if there is none.
    pub versions: u32,
    /// What was set for the subject itself.
    pub setting: Option<Setting>,
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    context: String,
    subject: String,
    version: i32,
    stored_at: i64,
    is_deleted: bool,
    #[sqlx(flatten)]
    content: ContentRow,
}

#[derive(sqlx::FromRow)]
struct GlanceRow {
    context: String,
    subject: String,
    version: i32,
    stored_at: i64,
    is_deleted: bool,
    id: i32,
    fingerprint: String,
    kind: String,
    metadata: Option<String>,
    versions: i64,
    config: Option<String>,
    mode: Option<String>,
}

/// Which of the subjects `s`. Conditions that are not wanted vanish in the plan, as their parameters are known by then.
macro_rules! wanted {
    () => {
        "s.listed_as >= $1 AND s.listed_as < $2 AND ($3 IS NULL OR s.context = $3) \
         AND ($4 IS NULL OR (s.name >= $4 AND s.name < $5)) AND (($6 AND s.latest > 0) OR ($7 AND s.latest = 0))"
    };
}

const SUBJECTS: &str = concat!(
    "SELECT s.context, s.name FROM subjects s WHERE ",
    wanted!(),
    " AND ($10 IS NULL OR s.listed_as > $10) ORDER BY s.listed_as LIMIT $8 OFFSET $9"
);

/// The part is cut before the contents are looked at.
const SCHEMAS: &str = concat!(
    "SELECT part.context, part.subject, part.version, part.stored_at, part.is_deleted, \
         c.id, c.fingerprint, c.kind, c.body, c.refs, c.metadata, c.rules \
     FROM (SELECT s.listed_as, v.context, v.subject, v.version, v.id, v.stored_at, v.is_deleted \
         FROM subjects s JOIN versions v ON v.context = s.context AND v.subject = s.name WHERE ",
    wanted!(),
    " AND ($10 IS NULL OR s.listed_as > $10 OR v.version > $11) AND ($7 OR NOT v.is_deleted) \
         AND (NOT $12 OR v.version = CASE WHEN $7 THEN s.highest ELSE s.latest END) \
         AND (NOT $13 OR EXISTS (SELECT 1 FROM contents r \
             WHERE r.context = v.context AND r.id = v.id AND r.rules IS NOT NULL)) \
         ORDER BY s.listed_as, v.version LIMIT $8 OFFSET $9) part \
     JOIN contents c ON c.context = part.context AND c.id = part.id ORDER BY part.listed_as, part.version"
);

/// The version of subject `s` that speaks for it.
macro_rules! speaking {
    () => {
        "v.context = s.context AND v.subject = s.name AND v.version = CASE WHEN s.latest > 0 THEN s.latest ELSE s.highest END"
    };
}

/// Here too the page is cut first: a planner can't guess how many versions are the latest, and would rather join them all.
const GLANCES: &str = concat!(
    "SELECT s.context, s.name AS subject, v.version, v.stored_at, v.is_deleted, c.id, c.fingerprint, c.kind, c.metadata, \
         (SELECT count(*) FROM versions n WHERE n.context = s.context AND n.subject = s.name \
             AND (s.latest = 0 OR NOT n.is_deleted)) AS versions, own.config, own.mode \
     FROM (SELECT s.context, s.name, s.latest, s.highest, s.listed_as FROM subjects s WHERE ",
    wanted!(),
    " AND ($10 IS NULL OR s.listed_as > $10) \
         AND ($11 IS NULL OR $11 = (SELECT c.kind FROM versions v \
             JOIN contents c ON c.context = v.context AND c.id = v.id WHERE ",
    speaking!(),
    ")) ORDER BY s.listed_as LIMIT $8 OFFSET $9) s JOIN versions v ON ",
    speaking!(),
    " JOIN contents c ON c.context = v.context AND c.id = v.id \
     LEFT JOIN settings own ON own.context = s.context AND own.subject = s.name ORDER BY s.listed_as"
);

/// Of the subjects whose qualified texts follow.
const GLANCES_OF: &str = concat!(
    "SELECT s.context, s.name AS subject, v.version, v.stored_at, v.is_deleted, c.id, c.fingerprint, c.kind, c.metadata, \
         (SELECT count(*) FROM versions n WHERE n.context = s.context AND n.subject = s.name \
             AND (s.latest = 0 OR NOT n.is_deleted)) AS versions, own.config, own.mode \
     FROM subjects s JOIN versions v ON ",
    speaking!(),
    " JOIN contents c ON c.context = v.context AND c.id = v.id \
     LEFT JOIN settings own ON own.context = s.context AND own.subject = s.name WHERE s.listed_as IN ("
);

/// Begins the parameters that all listings share, 1 to 10.
macro_rules! bind {
    ($statement:expr, $filter:expr, $range:expr) => {
        // Not kept prepared: PostgreSQL would stop to look at the parameters, and plan for the worst.
        sqlx::query_as($statement)
            .persistent(false)
            .bind(&$range.from)
            .bind(&$range.to)
            .bind($range.context)
            .bind($range.bare.as_ref().map(|(from, _)| from.as_str()))
            .bind($range.bare.as_ref().map(|(_, to)| to.as_str()))
            .bind($filter.live)
            .bind($filter.deleted)
            .bind(window($filter.limit))
            .bind(window(Some($filter.offset)))
            .bind($range.behind.as_deref())
    };
}

impl Session {
    /// Sorted by qualified text.
    pub async fn subjects(&mut self, filter: &Filter) -> Result<Vec<SubjectName>> {
        let range = Range::of(filter)?;
        let rows: Vec<(String, String)> = on_both!(self, link => bind!(SUBJECTS, filter, range).fetch_all(link).await)?;
        rows.iter().map(|(context, subject)| subject_of(context, subject)).collect()
    }

    /// Versions with their contents, sorted by qualified subject and version. `latest_only` keeps the highest of each
    /// subject among those that show.
    pub async fn schemas(
        &mut self,
        filter: &Filter,
        latest_only: bool,
    ) -> Result<Vec<(SubjectName, VersionRow, StoredSchema)>> {
        let range = Range::of(filter)?;
        let version = filter.after.as_ref().and_then(|(_, version)| *version).map_or(i32::MAX, |version| version.0);
        let rows: Vec<ListedRow> = on_both!(self, link => bind!(SCHEMAS, filter, range)
            .bind(version)
            .bind(latest_only)
            .bind(filter.with_rules)
            .fetch_all(link)
            .await)?;
        let sealing = self.sealing();
        rows.into_iter().map(|row| row.listed(&sealing)).collect()
    }

    /// Subjects at a glance, sorted by qualified text; of one kind, if given.
    pub async fn glances(&mut self, filter: &Filter, kind: Option<SchemaKind>) -> Result<Vec<Glance>> {
        let range = Range::of(filter)?;
        let rows: Vec<GlanceRow> = on_both!(self, link => bind!(GLANCES, filter, range)
            .bind(kind.map(SchemaKind::as_str))
            .fetch_all(link)
            .await)?;
        let sealing = self.sealing();
        rows.into_iter().map(|row| row.glance(&sealing)).collect()
    }

    /// These subjects at a glance, live or not, in no order; those without a version are left out.
    pub async fn glances_of(&mut self, subjects: &[SubjectName]) -> Result<Vec<Glance>> {
        let mut found = Vec::with_capacity(subjects.len());
        for piece in subjects.chunks(MOST_AT_ONCE) {
            let names: Vec<_> = piece.iter().map(ToString::to_string).collect();
            names.iter().try_for_each(|name| plain(name).map(|_| ()))?;
            let slots: Vec<_> = (1..=names.len()).map(|slot| format!("${slot}")).collect();
            let sql = format!("{GLANCES_OF}{})", slots.join(", "));
            let rows: Vec<GlanceRow> = on_both!(self, link => {
                let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str())).persistent(false);
                for name in &names {
                    query = query.bind(name);
                }
                query.fetch_all(link).await
            })?;
            let sealing = self.sealing();
            found.extend(rows.into_iter().map(|row| row.glance(&sealing)).collect::<Result<Vec<_>>>()?);
        }
        Ok(found)
    }
}

/// A filter in the words of the statements.
struct Range<'a> {
    /// The first qualified text that counts, and the first behind it that does not.
    from: String,
    to: String,
    context: Option<&'a str>,
    /// The same for bare names, when subjects of every context are asked for by their prefix.
    bare: Option<(String, String)>,
    behind: Option<String>,
}

impl<'a> Range<'a> {
    fn of(filter: &'a Filter) -> Result<Self> {
        let prefix = plain(&filter.prefix)?;
        let context = filter.context.as_ref().map(|context| plain(context.as_str())).transpose()?;
        let begins = match &filter.context {
            Some(context) => SubjectName::new(context.clone(), prefix).to_string(),
            None => String::new(),
        };
        let bare = (context.is_none() && !prefix.is_empty()).then(|| (prefix.to_owned(), end_of(prefix)));
        let behind = filter.after.as_ref().map(|(subject, _)| subject.to_string());
        if let Some(behind) = &behind {
            plain(behind)?;
        }
        let from = behind.clone().filter(|behind| *behind > begins).unwrap_or_else(|| begins.clone());
        Ok(Self { from, to: end_of(&begins), context, bare, behind })
    }
}

/// The first text behind all that begin with `prefix`.
pub(crate) fn end_of(prefix: &str) -> String {
    /// No name goes so far: these are no characters.
    const END: &str = "\u{10FFFF}\u{10FFFF}\u{10FFFF}\u{10FFFF}";
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            end.push(next);
            return end;
        }
    }
    END.to_owned()
}

impl ListedRow {
    fn listed(self, sealing: &Sealing) -> Result<(SubjectName, VersionRow, StoredSchema)> {
        let subject = subject_of(&self.context, &self.subject)?;
        let content = self.content.schema(sealing)?;
        let row = VersionRow {
            version: Version(self.version),
            id: content.id,
            stored_at: self.stored_at,
            is_deleted: self.is_deleted,
        };
        Ok((subject, row, content))
    }
}

impl GlanceRow {
    fn glance(self, sealing: &Sealing) -> Result<Glance> {
        let damaged = |what: &str| Error::Corrupt(format!("content {} has no valid {what}", self.id));
        let fingerprint = Fingerprint::parse(&self.fingerprint).ok_or_else(|| damaged("fingerprint"))?;
        let kind = SchemaKind::parse(&self.kind).ok_or_else(|| damaged("kind"))?;
        let latest = VersionRow {
            version: Version(self.version),
            id: SchemaId(self.id),
            stored_at: self.stored_at,
            is_deleted: self.is_deleted,
        };
        let setting = match (&self.config, &self.mode) {
            (None, None) => None,
            _ => Some(settings::setting(&self.context, &self.subject, self.config.as_deref(), self.mode, sealing)?),
        };
        Ok(Glance {
            subject: subject_of(&self.context, &self.subject)?,
            latest,
            fingerprint,
            kind,
            metadata: self.metadata.as_deref().map(|text| json::read_metadata(text, sealing)).transpose()?,
            versions: u32::try_from(self.versions).unwrap_or(u32::MAX),
            setting,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_the_first_text_that_does_not_begin_with_it() {
        for (prefix, end) in [("a", "b"), ("orders.", "orders/"), ("a\u{D7FF}", "a\u{E000}"), ("a\u{10FFFF}", "b")] {
            assert_eq!(end_of(prefix), end);
            assert!(prefix < end && *format!("{prefix}\u{10FFFF}z") < *end);
        }
        assert!(*end_of("") > *"\u{10FFFF}zz");
    }
}
