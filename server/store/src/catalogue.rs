//! What is written down of subjects so that they can be found, and up to which change is that true?
//!
//! The catalogue is made from the other tables after the fact, so that no registration waits for it. Whoever writes to it
//! moves its state on in the same transaction, from where it stood when the work began: of two who do the same work, one
//! finds that it is done.

mod search;

use std::collections::BTreeMap;

use tidegate_compat::{ContextName, SchemaId, SchemaKind, SubjectName};

use crate::error::plain;
use crate::rows::{Statement, Texts, pieces};
use crate::session::{Session, on_both, signed, unsigned};
use crate::subjects::subject_of;
use crate::{Error, Result, Tx};

pub use search::{CatalogueOrder, Clause, Condition, Counts, FacetCount, Found, Position, Search};

/// How far the catalogue is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueState {
    /// The last change that it knows of; `None` before it was begun.
    pub revision: Option<u64>,
    /// While subjects are taken up for the first time: the qualified text of the last one that was.
    pub walked: Option<String>,
}

/// Where a word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WordPlace {
    /// It is the name of a field, or its path.
    Field,
    /// It is a part of a field's name.
    FieldPart,
    /// It is in the documentation or a property.
    Doc,
    /// It is a tag.
    Tag,
    /// It is in the owner's name.
    Owner,
}

/// A subject as it can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueEntry {
    pub subject: SubjectName,
    pub id: SchemaId,
    pub is_deleted: bool,
    /// Milliseconds since 1970.
    pub stored_at: i64,
    pub versions: u32,
    pub kind: SchemaKind,
    /// Empty if nobody is named.
    pub owner: String,
    /// The level's word; empty where the server's default holds.
    pub level: String,
    /// Whether the level comes from around the subject.
    pub level_inherits: bool,
    pub mode: String,
    pub mode_inherits: bool,
    /// In small letters, with how each is written.
    pub words: BTreeMap<(WordPlace, String), String>,
}

/// A change that the catalogue may have to follow: its revision, what was done, and to which subject or (by an empty name)
/// context.
pub type Followed = (u64, String, SubjectName);

const STATE: &str = "SELECT revision, walked FROM catalogue_state WHERE one = 1";

/// Answers the last number that was given, if the state is what it is thought to be.
const MOVE_ON: &str = "UPDATE catalogue_state SET revision = $3, walked = $4, last_number = last_number + $5 \
     WHERE one = 1 AND revision = $1 AND walked IS NOT DISTINCT FROM $2 RETURNING last_number";

const AFTER: &str =
    "SELECT revision, action, context, subject FROM audit WHERE revision > $1 ORDER BY revision LIMIT $2";

/// Subjects that have versions, live or not.
const WALK: &str = "SELECT context, name FROM subjects WHERE listed_as > $1 ORDER BY listed_as LIMIT $2";

const COUNTS: &str =
    "SELECT (SELECT count(*) FROM catalogue), (SELECT count(*) FROM subjects WHERE listed_as IS NOT NULL)";

const CONTEXTS: &str = "SELECT DISTINCT context FROM catalogue ORDER BY context";

const STUBBORN: &str = "SELECT context, subject FROM catalogue \
     WHERE context = $1 AND (NOT mode_inherits OR is_deleted) ORDER BY subject";

const INHERIT: &str = "UPDATE catalogue SET level = CASE WHEN level_inherits THEN $2 ELSE level END, \
         mode = CASE WHEN mode_inherits THEN $3 ELSE mode END \
     WHERE context = $1 AND ((level_inherits AND level <> $2) OR (mode_inherits AND mode <> $3))";

static NUMBERS: Statement =
    Statement::new(|| Texts::union("SELECT number FROM catalogue WHERE context = $1 AND subject = $2", 2, ""));

static FORGET: Statement = Statement::new(|| {
    Texts::values("DELETE FROM catalogue WHERE number IN (SELECT column1 FROM", 1, "WHERE column1 > 0)")
});

static FORGET_WORDS: Statement = Statement::new(|| {
    Texts::values("DELETE FROM catalogue_words WHERE number IN (SELECT column1 FROM", 1, "WHERE column1 > 0)")
});

static PUT: Statement = Statement::new(|| {
    Texts::values(
        "INSERT INTO catalogue (number, context, subject, listed_as, folded, id, is_deleted, stored_at, versions, kind, \
         owner, level, level_inherits, mode, mode_inherits) SELECT column1, column2, column3, column4, column5, column6, \
         column7, column8, column9, column10, column11, column12, column13, column14, column15 FROM",
        15,
        "WHERE column1 > 0",
    )
});

static PUT_WORDS: Statement = Statement::new(|| {
    Texts::values(
        "INSERT INTO catalogue_words (place, word, number, shown) SELECT column1, column2, column3, column4 FROM",
        4,
        "WHERE column3 > 0",
    )
});

impl WordPlace {
    const ALL: [Self; 5] = [Self::Field, Self::FieldPart, Self::Doc, Self::Tag, Self::Owner];

    /// As the database knows it.
    fn code(self) -> i32 {
        match self {
            Self::Field => 1,
            Self::FieldPart => 2,
            Self::Doc => 3,
            Self::Tag => 4,
            Self::Owner => 5,
        }
    }
}

impl CatalogueState {
    fn columns(&self) -> (i64, Option<&str>) {
        (self.revision.map_or(-1, signed), self.walked.as_deref())
    }
}

impl Session {
    pub async fn catalogue_state(&mut self) -> Result<CatalogueState> {
        let (revision, walked): (i64, Option<String>) =
            on_both!(self, link => sqlx::query_as(STATE).fetch_one(link).await)?;
        Ok(CatalogueState { revision: u64::try_from(revision).ok(), walked })
    }

    /// How many subjects are in the catalogue, and how many there are.
    pub async fn catalogue_counts(&mut self) -> Result<(u64, u64)> {
        let (have, all): (i64, i64) = on_both!(self, link => sqlx::query_as(COUNTS).fetch_one(link).await)?;
        Ok((unsigned(have)?, unsigned(all)?))
    }

    /// What has changed after a revision, oldest first.
    pub async fn changed_after(&mut self, revision: u64, limit: u32) -> Result<Vec<Followed>> {
        let rows: Vec<(i64, String, String, String)> = on_both!(self, link =>
            sqlx::query_as(AFTER).bind(signed(revision)).bind(i64::from(limit)).fetch_all(link).await)?;
        let followed = |(revision, action, context, subject): (i64, String, String, String)| {
            Ok((unsigned(revision)?, action, subject_of(&context, &subject)?))
        };
        rows.into_iter().map(followed).collect()
    }

    /// The subjects behind one, by their qualified texts, soft-deleted ones included.
    pub async fn subjects_behind(&mut self, walked: &str, limit: u32) -> Result<Vec<SubjectName>> {
        let rows: Vec<(String, String)> = on_both!(self, link =>
            sqlx::query_as(WALK).bind(walked).bind(i64::from(limit)).fetch_all(link).await)?;
        rows.iter().map(|(context, subject)| subject_of(context, subject)).collect()
    }

    /// The contexts that have subjects in the catalogue.
    pub async fn catalogued_contexts(&mut self) -> Result<Vec<ContextName>> {
        let rows: Vec<(String,)> = on_both!(self, link => sqlx::query_as(CONTEXTS).fetch_all(link).await)?;
        rows.iter().map(|(context,)| crate::subjects::context_of(context)).collect()
    }

    /// The subjects of a context whose entries do not simply follow what is set for it.
    pub async fn with_their_own(&mut self, context: &ContextName) -> Result<Vec<SubjectName>> {
        let name = plain(context.as_str())?;
        let rows: Vec<(String, String)> =
            on_both!(self, link => sqlx::query_as(STUBBORN).bind(name).fetch_all(link).await)?;
        rows.iter().map(|(context, subject)| subject_of(context, subject)).collect()
    }
}

impl Tx {
    /// Moves the catalogue on and answers the first of `numbers` new numbers; `None` when somebody else has moved it since
    /// `from` was read. Others wait here until the transaction ends.
    pub async fn move_catalogue(
        &mut self,
        from: &CatalogueState,
        to: &CatalogueState,
        numbers: usize,
    ) -> Result<Option<i64>> {
        let numbers = i64::try_from(numbers).unwrap_or(i64::MAX);
        let ((revision, walked), (next_revision, next_walked)) = (from.columns(), to.columns());
        let last: Option<(i64,)> = on_both!(&mut **self, link => sqlx::query_as(MOVE_ON)
            .bind(revision)
            .bind(walked)
            .bind(next_revision)
            .bind(next_walked)
            .bind(numbers)
            .fetch_optional(link)
            .await)?;
        Ok(last.map(|(last,)| last.saturating_sub(numbers).saturating_add(1)))
    }

    /// Forgets subjects, whether they are known or not.
    pub async fn uncatalogue(&mut self, subjects: &[SubjectName]) -> Result<()> {
        let mut keys = Vec::with_capacity(subjects.len());
        for subject in subjects {
            keys.push((plain(subject.context().as_str())?, plain(subject.bare())?));
        }
        let mut numbers: Vec<i64> = Vec::new();
        for (text, piece, blanks) in pieces(&NUMBERS, &keys) {
            let found: Vec<(i64,)> = on_both!(&mut **self, link => {
                let mut query = sqlx::query_as(text);
                for (context, name) in piece.iter().copied().chain(std::iter::repeat_n(("", ""), blanks)) {
                    query = query.bind(context).bind(name);
                }
                query.fetch_all(link).await
            })?;
            numbers.extend(found.into_iter().map(|(number,)| number));
        }
        for statement in [&FORGET, &FORGET_WORDS] {
            for (text, piece, blanks) in pieces(statement, &numbers) {
                on_both!(&mut **self, link => {
                    let mut query = sqlx::query(text);
                    for number in piece.iter().copied().chain(std::iter::repeat_n(0, blanks)) {
                        query = query.bind(number);
                    }
                    query.execute(link).await.map(|_| ())
                })?;
            }
        }
        Ok(())
    }

    /// Writes down subjects that are not in the catalogue, under consecutive numbers.
    pub async fn catalogue(&mut self, first: i64, entries: &[CatalogueEntry]) -> Result<()> {
        let mut rows = Vec::with_capacity(entries.len());
        let mut words = Vec::new();
        for (number, entry) in (first..).zip(entries) {
            let listed_as = entry.subject.to_string();
            plain(&listed_as)?;
            rows.push((number, entry, listed_as.to_lowercase(), listed_as));
            words.extend(entry.words.iter().map(|((place, word), shown)| (place.code(), word.as_str(), number, shown)));
        }
        for (text, piece, blanks) in pieces(&PUT, &rows) {
            on_both!(&mut **self, link => {
                let mut query = sqlx::query(text);
                for (number, entry, folded, listed_as) in piece {
                    query = query
                        .bind(number)
                        .bind(entry.subject.context().as_str())
                        .bind(entry.subject.bare())
                        .bind(listed_as)
                        .bind(folded)
                        .bind(entry.id.0)
                        .bind(entry.is_deleted)
                        .bind(entry.stored_at)
                        .bind(i64::from(entry.versions))
                        .bind(entry.kind.as_str())
                        .bind(&entry.owner)
                        .bind(&entry.level)
                        .bind(entry.level_inherits)
                        .bind(&entry.mode)
                        .bind(entry.mode_inherits);
                }
                for _ in 0..blanks {
                    query = query.bind(0_i64).bind("").bind("").bind("").bind("").bind(0).bind(false).bind(0_i64);
                    query = query.bind(0_i64).bind("").bind("").bind("").bind(false).bind("").bind(false);
                }
                query.execute(link).await.map(|_| ())
            })?;
        }
        for (text, piece, blanks) in pieces(&PUT_WORDS, &words) {
            on_both!(&mut **self, link => {
                let mut query = sqlx::query(text);
                for (place, word, number, shown) in piece {
                    query = query.bind(place).bind(word).bind(number).bind(shown.as_str());
                }
                for _ in 0..blanks {
                    query = query.bind(0).bind("").bind(0_i64).bind("");
                }
                query.execute(link).await.map(|_| ())
            })?;
        }
        Ok(())
    }

    /// What holds in a context for all that have nothing of their own.
    pub async fn let_inherit(&mut self, context: &ContextName, level: &str, mode: &str) -> Result<()> {
        let name = plain(context.as_str())?;
        on_both!(&mut **self, link =>
            sqlx::query(INHERIT).bind(name).bind(level).bind(mode).execute(link).await.map(|_| ()))
    }
}

impl CatalogueEntry {
    /// Adds a word, if a database can take it; the first way of writing it counts.
    pub fn add(&mut self, place: WordPlace, word: String, shown: &str) {
        if !word.is_empty() && plain(&word).is_ok() && plain(shown).is_ok() {
            self.words.entry((place, word)).or_insert_with(|| shown.to_owned());
        }
    }
}

fn damaged(what: &str) -> Error {
    Error::Corrupt(format!("the catalogue holds no valid {what}"))
}
