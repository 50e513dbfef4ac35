//! Which application says that it reads which fields of which subjects?

use std::collections::BTreeMap;

use tidegate_compat::SubjectName;
use tidegate_lineage::Millis;

use crate::error::plain;
use crate::rows::{Statement, Texts, pieces};
use crate::session::on_both;
use crate::{Error, Result, Session, Tx};

/// What an application has published. Texts are `None` where nothing is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerRow {
    pub application: String,
    pub owner: Option<String>,
    /// Where it is written, such as a file in a repository.
    pub source: Option<String>,
    pub published_at: Millis,
    pub published_by: String,
    /// In the order of what was published.
    pub reads: Vec<ReadRow>,
}

/// That a subject is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRow {
    pub subject: SubjectName,
    pub group: Option<String>,
    /// Paths of fields; `None` for all.
    pub fields: Option<Vec<String>>,
    pub purpose: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    application: String,
    owner: String,
    source: String,
    published_at: i64,
    published_by: String,
    subject: Option<String>,
    consumer_group: Option<String>,
    fields: Option<String>,
    purpose: Option<String>,
}

/// All of one application.
const ONE: &str = "SELECT consumers.application, owner, source, published_at, published_by, subject, consumer_group, \
     fields, purpose FROM consumers LEFT JOIN consumer_reads ON consumer_reads.application = consumers.application \
     WHERE consumers.application = $1 ORDER BY position";

/// Of the applications behind one, each with all that it reads.
const PAGE: &str = "SELECT page.application, owner, source, published_at, published_by, subject, consumer_group, \
     fields, purpose FROM (SELECT application, owner, source, published_at, published_by FROM consumers \
     WHERE application > $1 ORDER BY application LIMIT $2) AS page \
     LEFT JOIN consumer_reads ON consumer_reads.application = page.application ORDER BY page.application, position";

/// The same for those who read a subject; of each what it reads of that.
const READERS: &str = "SELECT consumers.application, owner, source, published_at, published_by, subject, \
     consumer_group, fields, purpose FROM (SELECT DISTINCT application FROM consumer_reads \
     WHERE subject = $1 AND application > $2 ORDER BY application LIMIT $3) AS page \
     JOIN consumers ON consumers.application = page.application \
     JOIN consumer_reads ON consumer_reads.application = page.application AND consumer_reads.subject = $1 \
     ORDER BY consumers.application, position";

const COUNT: &str = "SELECT COUNT(*) FROM consumers";

const PUT: &str = "INSERT INTO consumers (application, owner, source, published_at, published_by) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (application) DO UPDATE SET owner = excluded.owner, \
     source = excluded.source, published_at = excluded.published_at, published_by = excluded.published_by";

const DELETE: &str = "DELETE FROM consumers WHERE application = $1";

const FORGET_READS: &str = "DELETE FROM consumer_reads WHERE application = $1";

static ADD_READS: Statement = Statement::new(|| {
    Texts::values(
        "INSERT INTO consumer_reads (application, position, subject, consumer_group, fields, purpose) \
         SELECT column1, column2, column3, column4, column5, column6 FROM",
        6,
        "WHERE column1 <> ''",
    )
});

impl Session {
    /// What an application has published; `None` if that is nothing.
    pub async fn consumer(&mut self, application: &str) -> Result<Option<ConsumerRow>> {
        let application = plain(application)?;
        let rows: Vec<Row> = on_both!(self, link => sqlx::query_as(ONE).bind(application).fetch_all(link).await)?;
        Ok(gathered(rows)?.pop())
    }

    /// How many applications have published anything.
    pub async fn count_consumers(&mut self) -> Result<usize> {
        let (count,): (i64,) = on_both!(self, link => sqlx::query_as(COUNT).fetch_one(link).await)?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// So many applications behind one, by name.
    pub async fn consumers_behind(&mut self, application: &str, limit: u32) -> Result<Vec<ConsumerRow>> {
        let application = plain(application)?;
        let rows: Vec<Row> = on_both!(self, link =>
            sqlx::query_as(PAGE).bind(application).bind(i64::from(limit)).fetch_all(link).await)?;
        gathered(rows)
    }

    /// So many applications that read a subject, behind one by name; of each what it reads of this subject.
    pub async fn consumers_of(
        &mut self,
        subject: &SubjectName,
        application: &str,
        limit: u32,
    ) -> Result<Vec<ConsumerRow>> {
        let (subject, application) = (subject.to_string(), plain(application)?);
        let subject = plain(&subject)?;
        let rows: Vec<Row> = on_both!(self, link =>
            sqlx::query_as(READERS).bind(subject).bind(application).bind(i64::from(limit)).fetch_all(link).await)?;
        gathered(rows)
    }
}

impl Tx {
    /// Puts what an application publishes in the place of what it published before.
    pub async fn put_consumer(&mut self, consumer: &ConsumerRow) -> Result<()> {
        let application = plain(&consumer.application)?;
        let owner = plain(consumer.owner.as_deref().unwrap_or_default())?;
        let source = plain(consumer.source.as_deref().unwrap_or_default())?;
        let mut reads = Vec::with_capacity(consumer.reads.len());
        for (position, read) in (0_i32..).zip(&consumer.reads) {
            let fields = read.fields.as_deref().map(written).transpose()?;
            let group = plain(read.group.as_deref().unwrap_or_default())?;
            let purpose = plain(read.purpose.as_deref().unwrap_or_default())?;
            let subject = read.subject.to_string();
            plain(&subject)?;
            reads.push((position, subject, group, fields.unwrap_or_default(), purpose));
        }
        on_both!(&mut **self, link => {
            let query = sqlx::query(PUT).bind(application).bind(owner).bind(source);
            query.bind(consumer.published_at).bind(consumer.published_by.as_str()).execute(link).await.map(|_| ())
        })?;
        on_both!(&mut **self, link => sqlx::query(FORGET_READS).bind(application).execute(link).await.map(|_| ()))?;
        for (text, piece, blanks) in pieces(&ADD_READS, &reads) {
            on_both!(&mut **self, link => {
                let mut query = sqlx::query(text);
                for (position, subject, group, fields, purpose) in piece {
                    query = query.bind(application).bind(*position).bind(subject.as_str());
                    query = query.bind(*group).bind(fields.as_str()).bind(*purpose);
                }
                for _ in 0..blanks {
                    query = query.bind("").bind(0_i32).bind("").bind("").bind("").bind("");
                }
                query.execute(link).await.map(|_| ())
            })?;
        }
        Ok(())
    }

    /// Forgets what an application has published.
    pub async fn remove_consumer(&mut self, application: &str) -> Result<()> {
        let application = plain(application)?;
        on_both!(&mut **self, link => sqlx::query(FORGET_READS).bind(application).execute(link).await.map(|_| ()))?;
        on_both!(&mut **self, link => sqlx::query(DELETE).bind(application).execute(link).await.map(|_| ()))
    }
}

fn written(fields: &[String]) -> Result<String> {
    serde_json::to_string(fields).map_err(|error| Error::Corrupt(format!("fields that somebody reads: {error}")))
}

/// One of each application, in the order of the rows, with what it reads.
fn gathered(rows: Vec<Row>) -> Result<Vec<ConsumerRow>> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut found: Vec<ConsumerRow> = Vec::new();
    let told = |text: String| Some(text).filter(|text| !text.is_empty());
    for row in rows {
        let place = *places.entry(row.application.clone()).or_insert(found.len());
        if place == found.len() {
            found.push(ConsumerRow {
                application: row.application,
                owner: told(row.owner),
                source: told(row.source),
                published_at: row.published_at,
                published_by: row.published_by,
                reads: Vec::new(),
            });
        }
        let (Some(subject), Some(consumer)) = (row.subject, found.get_mut(place)) else { continue };
        let fields = row.fields.and_then(told).map(|fields| serde_json::from_str(&fields)).transpose();
        consumer.reads.push(ReadRow {
            subject: SubjectName::parse(&subject),
            group: row.consumer_group.and_then(told),
            fields: fields.map_err(|error| Error::Corrupt(format!("fields that somebody reads: {error}")))?,
            purpose: row.purpose.and_then(told),
        });
    }
    Ok(found)
}
