//! What does a decision about a subject stand on? Its versions and settings, read for many subjects at once.

use std::collections::{BTreeSet, HashMap};

use tidegate_compat::{ContextName, SchemaId, SubjectName, Version};

use crate::error::plain;
use crate::json;
use crate::rows::{Statement, Texts, pieces};
use crate::session::{Session, on_both};
use crate::settings::Setting;
use crate::subjects::{VersionRow, subject_of};
use crate::{Result, Sealing};

/// Versions and settings of some subjects, and the settings behind those.
#[derive(Debug, Default)]
pub struct Grounds {
    versions: HashMap<SubjectName, Vec<VersionRow>>,
    settings: HashMap<SubjectName, Setting>,
}

/// A version or, without a version, a setting.
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

static GROUNDS: Statement = Statement::new(|| {
    let versions = "SELECT context, subject, version, id, stored_at, is_deleted, \
         CAST(NULL AS TEXT) AS config, CAST(NULL AS TEXT) AS mode FROM versions WHERE context = $1 AND subject = $2";
    let query = [versions, setting_of!("$1", "$2")].join(" UNION ALL ");
    let tail = ["", setting_of!("'.'", "''"), setting_of!("'.__GLOBAL'", "''")].join(" UNION ALL ");
    Texts::union(&query, 2, &tail)
});

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

    fn add(&mut self, row: Row, sealing: &Sealing) -> Result<()> {
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
    /// What decisions about these subjects stand on.
    pub async fn grounds(&mut self, subjects: impl IntoIterator<Item = &SubjectName>) -> Result<Grounds> {
        let mut keys = BTreeSet::new();
        for subject in subjects {
            let context = plain(subject.context().as_str())?;
            keys.insert((context, plain(subject.bare())?));
            if !subject.context().is_default() {
                keys.insert((context, ""));
            }
        }
        let keys: Vec<_> = keys.into_iter().collect();
        let mut grounds = Grounds::default();
        for (text, piece, blanks) in pieces(&GROUNDS, &keys) {
            let rows: Vec<Row> = on_both!(self, link => {
                let mut query = sqlx::query_as(text);
                for (context, name) in piece.iter().copied().chain(std::iter::repeat_n(("", ""), blanks)) {
                    query = query.bind(context).bind(name);
                }
                query.fetch_all(link).await
            })?;
            let sealing = self.sealing();
            for row in rows {
                grounds.add(row, &sealing)?;
            }
        }
        for versions in grounds.versions.values_mut() {
            versions.sort_unstable_by_key(|row| row.version);
        }
        Ok(grounds)
    }
}
