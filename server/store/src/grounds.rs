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

/// A version or, without a version, a setting. Below that, the number of changes as the time, and of purges as the config.
#[derive(sqlx::FromRow)]
struct Row {
    context: String,
    subject: String,
    version: i32,
    id: i32,
    stored_at: i64,
    is_deleted: bool,
    config: Option<String>,
    mode: Option<String>,
}

macro_rules! setting_of {
    ($context:literal, $subject:literal) => {
        concat!(
            "SELECT context, subject, 0, 0, 0, FALSE, config, mode FROM settings WHERE context = ",
            $context,
            " AND subject = ",
            $subject
        )
    };
}

const REVISIONS: i32 = -1;

macro_rules! seen {
    () => {
        "SELECT '', '', -1, 0, changes, FALSE, CAST(purges AS TEXT), NULL FROM revision"
    };
}

/// For SQLite, which plans each branch in no time.
static GROUNDS: Statement = Statement::new(|| {
    let versions = "SELECT context, subject, version, id, stored_at, is_deleted, \
         CAST(NULL AS TEXT) AS config, CAST(NULL AS TEXT) AS mode FROM versions WHERE context = $1 AND subject = $2";
    let query = [versions, setting_of!("$1", "$2")].join(" UNION ALL ");
    let tail = ["", setting_of!("'.'", "''"), setting_of!("'.__GLOBAL'", "''"), seen!()].join(" UNION ALL ");
    Texts::union(&query, 2, &tail)
});

/// For PostgreSQL, which would plan a branch per subject for longer than it runs. Each key is looked up by itself: for a
/// list of keys a young table is read whole, and goes on being read whole when it has grown.
const GROUNDS_OF_KEYS: &str = concat!(
    "SELECT found.* FROM unnest($1, $2) AS key (context, name) CROSS JOIN LATERAL \
         (SELECT context, subject, version, id, stored_at, is_deleted, CAST(NULL AS TEXT) AS config, \
             CAST(NULL AS TEXT) AS mode FROM versions WHERE context = key.context AND subject = key.name OFFSET 0) AS found \
     UNION ALL SELECT found.* FROM unnest($1, $2) AS key (context, name) CROSS JOIN LATERAL (",
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
        if row.version == REVISIONS {
            let purges = row.config.and_then(|count| count.parse().ok());
            let purges = purges.ok_or_else(|| Error::Corrupt("the number of purges is none".into()))?;
            self.seen = Some(revisions((row.stored_at, purges))?);
            return Ok(());
        }
        let subject = subject_of(&row.context, &row.subject)?;
        if row.version == 0 {
            if !self.settings.contains_key(&subject) {
                let config = row.config.as_deref().map(|text| json::read_config(text, sealing)).transpose()?;
                self.settings.insert(subject.clone(), Setting { scope: subject, config, mode: row.mode });
            }
            return Ok(());
        }
        let version = VersionRow {
            version: Version(row.version),
            id: SchemaId(row.id),
            stored_at: row.stored_at,
            is_deleted: row.is_deleted,
        };
        self.versions.entry(subject).or_default().push(version);
        Ok(())
    }
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
