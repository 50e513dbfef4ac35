//! What does a decision about a subject stand on? Its versions and settings, read for many subjects at once, and what
//! other nodes have committed until then.

use std::collections::{BTreeSet, HashMap};

use tidegate_compat::{ContextName, SchemaId, SubjectName, Version};

use crate::error::plain;
use crate::json;
use crate::rows::{Statement, Texts, pieces};
use crate::session::{Link, Revisions, Session, on_postgres, revisions};
use crate::settings::Setting;
use crate::subjects::{VersionRow, subject_of};
use crate::{Error, Result, Sealing, Tx};

/// Versions and settings of some subjects, and the settings behind those.
#[derive(Debug, Default)]
pub struct Grounds {
    versions: HashMap<SubjectName, Vec<VersionRow>>,
    settings: HashMap<SubjectName, Setting>,
    /// The newest that was committed when the last of this was read.
    seen: Option<Revisions>,
}

/// What is read, told by its kind: a setting; all versions of a subject, as one text in place of the config; or the revisions,
/// with the number of changes, and of purges in place of the config.
#[derive(sqlx::FromRow)]
struct Row {
    kind: i32,
    context: String,
    subject: String,
    changes: i64,
    config: Option<String>,
    mode: Option<String>,
}

const SETTING: i32 = 0;
const VERSIONS: i32 = 1;
const REVISIONS: i32 = 2;

/// All versions of a subject as `version,id,stored_at,is_deleted;…`. A row for each would cost more than everything else that
/// is done for a registration under a subject with some dozens of them.
macro_rules! versions_of {
    ($context:literal, $subject:literal) => {
        concat!(
            "SELECT 1 AS kind, context, subject, CAST(0 AS BIGINT) AS changes, \
             string_agg(version || ',' || id || ',' || stored_at || ',' || CASE WHEN is_deleted THEN 1 ELSE 0 END, ';') \
             AS config, CAST(NULL AS TEXT) AS mode FROM versions WHERE context = ",
            $context,
            " AND subject = ",
            $subject,
            " GROUP BY context, subject"
        )
    };
}

macro_rules! setting_of {
    ($context:literal, $subject:literal) => {
        concat!(
            "SELECT 0, context, subject, CAST(0 AS BIGINT), config, mode FROM settings WHERE context = ",
            $context,
            " AND subject = ",
            $subject
        )
    };
}

macro_rules! seen {
    () => {
        "SELECT 2, '', '', changes, CAST(purges AS TEXT), NULL FROM revision"
    };
}

/// For SQLite, which plans each branch in no time.
static GROUNDS: Statement = Statement::new(|| {
    let query = [versions_of!("$1", "$2"), setting_of!("$1", "$2")].join(" UNION ALL ");
    let tail = ["", setting_of!("'.'", "''"), setting_of!("'.__GLOBAL'", "''"), seen!()].join(" UNION ALL ");
    Texts::union(&query, 2, &tail)
});

/// For PostgreSQL, which would plan a branch per subject for longer than it runs. Each key is looked up by itself: for a
/// list of keys a young table is read whole, and goes on being read whole when it has grown.
const GROUNDS_OF_KEYS: &str = concat!(
    "SELECT found.* FROM unnest($1, $2) AS key (context, name) CROSS JOIN LATERAL (",
    versions_of!("key.context", "key.name"),
    " OFFSET 0) AS found UNION ALL SELECT found.* FROM unnest($1, $2) AS key (context, name) CROSS JOIN LATERAL (",
    setting_of!("key.context", "key.name"),
    " OFFSET 0) AS found UNION ALL ",
    setting_of!("'.'", "''"),
    " UNION ALL ",
    setting_of!("'.__GLOBAL'", "''"),
    " UNION ALL ",
    seen!(),
);

impl Grounds {
    /// All versions of one of the subjects, soft-deleted ones included, ascending.
    pub fn versions(&self, subject: &SubjectName) -> &[VersionRow] {
        self.versions.get(subject).map_or(&[], Vec::as_slice)
    }

    /// What was set for one of the subjects, and the settings behind that: of its context, of the default context, and the
    /// global one.
    pub fn settings_around(&self, scope: &SubjectName) -> impl Iterator<Item = &Setting> + Clone {
        let behind = [scope.context().clone(), ContextName::default_context(), ContextName::global()];
        let behind = behind.map(|context| self.settings.get(&SubjectName::new(context, "")));
        self.settings.get(scope).into_iter().chain(behind.into_iter().flatten())
    }

    fn add_all(&mut self, rows: Vec<Row>, sealing: &Sealing) -> Result<()> {
        rows.into_iter().try_for_each(|row| self.add(row, sealing))
    }

    fn add(&mut self, row: Row, sealing: &Sealing) -> Result<()> {
        if row.kind == REVISIONS {
            let purges = row.config.and_then(|count| count.parse().ok());
            let purges = purges.ok_or_else(|| Error::Corrupt("the number of purges is none".into()))?;
            self.seen = Some(revisions((row.changes, purges))?);
            return Ok(());
        }
        let subject = subject_of(&row.context, &row.subject)?;
        match row.kind {
            SETTING if self.settings.contains_key(&subject) => {}
            SETTING => {
                let config = row.config.as_deref().map(|text| json::read_config(text, sealing)).transpose()?;
                self.settings.insert(subject.clone(), Setting { scope: subject, config, mode: row.mode });
            }
            VERSIONS => {
                let told = row.config.unwrap_or_default();
                let versions = told.split(';').map(version).collect::<Option<_>>();
                let versions =
                    versions.ok_or_else(|| Error::Corrupt(format!("the versions of '{subject}' are none")))?;
                self.versions.insert(subject, versions);
            }
            kind => return Err(Error::Corrupt(format!("{kind} is no kind of what is read of a subject"))),
        }
        Ok(())
    }
}

/// One of a text of versions.
fn version(text: &str) -> Option<VersionRow> {
    let mut numbers = text.split(',');
    let mut next = || numbers.next()?.parse::<i64>().ok();
    let (version, id, stored_at, is_deleted) = (next()?, next()?, next()?, next()? != 0);
    let (version, id) = (Version(version.try_into().ok()?), SchemaId(id.try_into().ok()?));
    numbers.next().is_none().then_some(VersionRow { version, id, stored_at, is_deleted })
}

impl Session {
    /// What decisions about these subjects stand on. Whatever was committed before is known to this process afterwards.
    pub async fn grounds(&mut self, subjects: impl IntoIterator<Item = &SubjectName>) -> Result<Grounds> {
        let mut keys = BTreeSet::new();
        for subject in subjects {
            let context = plain(subject.context().as_str())?;
            keys.insert((context, plain(subject.bare())?));
            if !subject.context().is_default() {
                keys.insert((context, ""));
            }
        }
        let mut grounds = Grounds::default();
        let known = self.watermarks.revisions();
        let sealing = self.sealing();
        match &mut self.link {
            Link::Postgres(held) => {
                let (contexts, names): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
                let rows: Vec<Row> = on_postgres!(held, link => {
                    sqlx::query_as(GROUNDS_OF_KEYS).bind(contexts).bind(names).fetch_all(link).await
                })?;
                grounds.add_all(rows, &sealing)?;
            }
            Link::Sqlite(held) => {
                let link = held.connection().await?;
                let keys: Vec<_> = keys.into_iter().collect();
                for (text, piece, blanks) in pieces(&GROUNDS, &keys) {
                    let mut query = sqlx::query_as(text);
                    for (context, name) in piece.iter().copied().chain(std::iter::repeat_n(("", ""), blanks)) {
                        query = query.bind(context).bind(name);
                    }
                    grounds.add_all(query.fetch_all(&mut *link).await?, &sealing)?;
                }
            }
        }
        if let (Link::Postgres(_), Some(seen)) = (&self.link, grounds.seen) {
            self.watermarks.learn(known, seen);
        }
        for versions in grounds.versions.values_mut() {
            versions.sort_unstable_by_key(|row| row.version);
        }
        Ok(grounds)
    }
}

impl Tx {
    /// What decisions about these subjects stand on, and will until the transaction ends: they are locked first.
    pub async fn locked_grounds(&mut self, subjects: &[&SubjectName]) -> Result<Grounds> {
        self.keep_others_from(subjects.iter().copied()).await?;
        self.grounds(subjects.iter().copied()).await
    }
}
