//! Which subjects does a search find, in which order, and how many of each sort are they?
//!
//! A search is put together from fixed pieces of SQL; all that comes from outside is bound.

use sqlx::AssertSqlSafe;
use tidegate_compat::{ContextName, SchemaKind, SubjectName};

use super::{WordPlace, damaged};
use crate::Result;
use crate::error::plain;
use crate::listing::end_of;
use crate::session::{Session, on_both, unsigned};
use crate::subjects::subject_of;

/// What a subject must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// This is in its name or begins a word of it. In small letters.
    Word(String),
    /// It has a field of this name; of this beginning, if the flag is set. In small letters.
    Field(String, bool),
    /// In small letters.
    Tag(String),
    /// In small letters; empty for those that name nobody.
    Owner(String),
    Id(i32),
    Kind(SchemaKind),
    /// A level's word.
    Level(String),
    Mode(String),
    Context(ContextName),
}

/// One of several conditions holds; or, negated, none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    pub any: Vec<Condition>,
    pub is_negated: bool,
}

/// By what is sorted; after that by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CatalogueOrder {
    #[default]
    Name,
    Updated,
    Versions,
}

/// Where a page begins: behind a subject with this number, by which is sorted (0 if by name), and this qualified text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    pub key: i64,
    pub listed_as: String,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    pub clauses: Vec<Clause>,
    pub live: bool,
    pub deleted: bool,
    /// The parts that may be seen, as a context (or all) and how the bare name begins; `None` for everything.
    pub reach: Option<Vec<(Option<ContextName>, String)>>,
    /// The words that hold where the catalogue has none: those of the server's defaults.
    pub default_level: &'static str,
    pub default_mode: &'static str,
    pub order: CatalogueOrder,
    pub is_descending: bool,
}

/// A subject that was found, and its place in the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub number: i64,
    pub subject: SubjectName,
    pub position: Position,
}

/// How many of what was found have a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetCount {
    pub facet: String,
    pub value: String,
    pub count: u64,
}

/// How many were found, and of which sorts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    pub total: u64,
    pub facets: Vec<FacetCount>,
}

/// A value to bind.
enum Bound {
    Text(String),
    Number(i64),
    Flag(bool),
}

/// SQL with its values.
#[derive(Default)]
struct Written {
    text: String,
    values: Vec<Bound>,
}

macro_rules! bound {
    ($written:expr, $query:expr) => {{
        let mut query = $query;
        for value in &$written.values {
            query = match value {
                Bound::Text(text) => query.bind(text),
                Bound::Number(number) => query.bind(number),
                Bound::Flag(flag) => query.bind(flag),
            };
        }
        query
    }};
}

/// What is counted, by the name of the facet, of a table `hit`. All pieces look at what was found once.
fn facets() -> String {
    let by = |facet: &str, column: &str| {
        format!(" UNION ALL SELECT '{facet}', {column}, count(*) FROM hit GROUP BY {column}")
    };
    let columns =
        [("type", "kind"), ("compatibility", "level"), ("mode", "mode"), ("owner", "owner"), ("context", "context")];
    let pieces: String = columns.map(|(facet, column)| by(facet, column)).concat();
    format!(
        "SELECT 'total' AS facet, '' AS value, count(*) AS n FROM hit{pieces} \
         UNION ALL SELECT 'tag', min(w.shown), count(*) FROM hit JOIN catalogue_words w \
             ON w.number = hit.number AND w.place = {} GROUP BY w.word",
        WordPlace::Tag.code()
    )
}

impl Session {
    /// A page of what is found, in its order.
    pub async fn search(&mut self, wanted: &Search, after: Option<&Position>, limit: usize) -> Result<Vec<Found>> {
        let mut sql = Written::default();
        let key = wanted.order.column();
        sql.say(&format!(
            "SELECT c.number, c.context, c.subject, c.listed_as, {key} AS sorted_by FROM catalogue c WHERE "
        ));
        sql.conditions(wanted)?;
        let (way, order) = if wanted.is_descending { ("<", "DESC") } else { (">", "ASC") };
        if let Some(after) = after {
            plain(&after.listed_as)?;
            if wanted.order == CatalogueOrder::Name {
                sql.say(&format!(" AND c.listed_as {way} "));
                sql.bind(Bound::Text(after.listed_as.clone()));
            } else {
                sql.say(&format!(" AND ({key}, c.listed_as) {way} ("));
                sql.bind(Bound::Number(after.key));
                sql.say(", ");
                sql.bind(Bound::Text(after.listed_as.clone()));
                sql.say(")");
            }
        }
        let by = if wanted.order == CatalogueOrder::Name { String::new() } else { format!("{key} {order}, ") };
        sql.say(&format!(" ORDER BY {by}c.listed_as {order} LIMIT "));
        sql.bind(Bound::Number(i64::try_from(limit).unwrap_or(i64::MAX)));
        let rows: Vec<(i64, String, String, String, i64)> = on_both!(self, link =>
            bound!(sql, sqlx::query_as(AssertSqlSafe(sql.text.as_str())).persistent(false)).fetch_all(link).await)?;
        let found = |(number, context, subject, listed_as, key): (i64, String, String, String, i64)| {
            let subject = subject_of(&context, &subject).map_err(|_| damaged("subject"))?;
            Ok(Found { number, subject, position: Position { key, listed_as } })
        };
        rows.into_iter().map(found).collect()
    }

    /// How many are found and, `with_facets`, of which sorts.
    pub async fn search_counts(&mut self, wanted: &Search, with_facets: bool) -> Result<Counts> {
        let mut sql = Written::default();
        let columns = if with_facets {
            sql.say(
                "WITH hit AS MATERIALIZED (SELECT c.number, c.context, c.kind, c.owner, CASE WHEN c.level = '' THEN ",
            );
            sql.bind(Bound::Text(wanted.default_level.to_owned()));
            sql.say(" ELSE c.level END AS level, CASE WHEN c.mode = '' THEN ");
            sql.bind(Bound::Text(wanted.default_mode.to_owned()));
            " ELSE c.mode END AS mode FROM catalogue c WHERE "
        } else {
            "SELECT 'total', '', count(*) FROM catalogue c WHERE "
        };
        sql.say(columns);
        sql.conditions(wanted)?;
        if with_facets {
            sql.say(") ");
            sql.say(&facets());
        }
        let rows: Vec<(String, String, i64)> = on_both!(self, link =>
            bound!(sql, sqlx::query_as(AssertSqlSafe(sql.text.as_str())).persistent(false)).fetch_all(link).await)?;
        let mut counts = Counts::default();
        for (facet, value, count) in rows {
            let count = unsigned(count)?;
            if facet == "total" {
                counts.total = count;
            } else {
                counts.facets.push(FacetCount { facet, value, count });
            }
        }
        Ok(counts)
    }

    /// The fields because of which entries were found, as they are written; at most 1000 altogether.
    pub async fn fields_found(&mut self, wanted: &Search, numbers: &[i64]) -> Result<Vec<(i64, String)>> {
        let clauses = wanted.clauses.iter().filter(|clause| !clause.is_negated);
        let sought = clauses.flat_map(|clause| &clause.any).filter_map(|condition| match condition {
            Condition::Word(word) => Some((word, true)),
            Condition::Field(name, is_beginning) => Some((name, *is_beginning)),
            _ => None,
        });
        let mut sql = Written::default();
        let place = WordPlace::Field.code();
        sql.say(&format!("SELECT w.number, w.shown FROM catalogue_words w WHERE w.place = {place} AND w.number IN ("));
        for (place, number) in numbers.iter().enumerate() {
            sql.say(if place > 0 { ", " } else { "" });
            sql.bind(Bound::Number(*number));
        }
        sql.say(") AND (FALSE");
        let mut is_sought = false;
        for (word, is_beginning) in sought {
            is_sought = true;
            sql.say(" OR ");
            sql.word(word, is_beginning)?;
        }
        if !is_sought || numbers.is_empty() {
            return Ok(Vec::new());
        }
        sql.say(") ORDER BY w.number, w.word LIMIT 1000");
        on_both!(self, link =>
            bound!(sql, sqlx::query_as(AssertSqlSafe(sql.text.as_str())).persistent(false)).fetch_all(link).await)
    }
}

impl CatalogueOrder {
    fn column(self) -> &'static str {
        match self {
            Self::Name => "CAST(0 AS BIGINT)",
            Self::Updated => "c.stored_at",
            Self::Versions => "c.versions",
        }
    }
}

impl Written {
    fn say(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn bind(&mut self, value: Bound) {
        self.values.push(value);
        self.text.push_str(&format!("${}", self.values.len()));
    }

    fn conditions(&mut self, wanted: &Search) -> Result<()> {
        self.say("((");
        self.bind(Bound::Flag(wanted.live));
        self.say(" AND NOT c.is_deleted) OR (");
        self.bind(Bound::Flag(wanted.deleted));
        self.say(" AND c.is_deleted))");
        if let Some(parts) = &wanted.reach {
            self.say(" AND (FALSE");
            for (context, prefix) in parts {
                self.say(" OR (TRUE");
                if let Some(context) = context {
                    self.say(" AND c.context = ");
                    self.bind(Bound::Text(plain(context.as_str())?.to_owned()));
                }
                if !prefix.is_empty() {
                    self.say(" AND c.subject >= ");
                    self.bind(Bound::Text(plain(prefix)?.to_owned()));
                    self.say(" AND c.subject < ");
                    self.bind(Bound::Text(end_of(prefix)));
                }
                self.say(")");
            }
            self.say(")");
        }
        for clause in &wanted.clauses {
            self.say(if clause.is_negated { " AND NOT (FALSE" } else { " AND (FALSE" });
            for condition in &clause.any {
                self.say(" OR ");
                self.condition(wanted, condition)?;
            }
            self.say(")");
        }
        Ok(())
    }

    fn condition(&mut self, wanted: &Search, condition: &Condition) -> Result<()> {
        match condition {
            Condition::Word(word) => {
                self.say("(c.folded LIKE ");
                self.bind(Bound::Text(format!("%{}%", escaped(plain(word)?))));
                self.say(" ESCAPE '!' OR c.number IN (SELECT w.number FROM catalogue_words w WHERE ");
                self.word(word, true)?;
                self.say("))");
            }
            Condition::Field(name, is_beginning) => self.has(WordPlace::Field, name, *is_beginning)?,
            Condition::Tag(tag) => self.has(WordPlace::Tag, tag, false)?,
            Condition::Owner(owner) if owner.is_empty() => self.say("c.owner = ''"),
            Condition::Owner(owner) => self.has(WordPlace::Owner, owner, false)?,
            Condition::Id(id) => {
                self.say("c.id = ");
                self.bind(Bound::Number(i64::from(*id)));
            }
            Condition::Kind(kind) => self.equals("c.kind", kind.as_str())?,
            Condition::Level(level) => self.holds("c.level", level, wanted.default_level)?,
            Condition::Mode(mode) => self.holds("c.mode", mode, wanted.default_mode)?,
            Condition::Context(context) => self.equals("c.context", context.as_str())?,
        }
        Ok(())
    }

    fn equals(&mut self, column: &str, value: &str) -> Result<()> {
        self.say(column);
        self.say(" = ");
        self.bind(Bound::Text(plain(value)?.to_owned()));
        Ok(())
    }

    /// Where nothing is written the default holds.
    fn holds(&mut self, column: &str, value: &str, default: &str) -> Result<()> {
        self.say("(");
        self.equals(column, value)?;
        if value == default {
            self.say(&format!(" OR {column} = ''"));
        }
        self.say(")");
        Ok(())
    }

    fn has(&mut self, place: WordPlace, word: &str, is_beginning: bool) -> Result<()> {
        self.say("c.number IN (SELECT w.number FROM catalogue_words w WHERE w.place = ");
        self.say(&place.code().to_string());
        self.say(" AND ");
        self.word(word, is_beginning)?;
        self.say(")");
        Ok(())
    }

    fn word(&mut self, word: &str, is_beginning: bool) -> Result<()> {
        let word = plain(word)?;
        if is_beginning {
            // Named, so that the index can be used, which begins with the place.
            let places = WordPlace::ALL.map(|place| place.code().to_string()).join(", ");
            self.say(&format!("(w.place IN ({places}) AND w.word >= "));
            self.bind(Bound::Text(word.to_owned()));
            self.say(" AND w.word < ");
            self.bind(Bound::Text(end_of(word)));
        } else {
            self.say("(w.word = ");
            self.bind(Bound::Text(word.to_owned()));
        }
        self.say(")");
        Ok(())
    }
}

/// What stands for anything in `LIKE` stands for itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '!') {
            escaped.push('!');
        }
        escaped.push(letter);
    }
    escaped
}
