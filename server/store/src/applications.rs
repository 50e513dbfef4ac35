//! Which connections are declared to belong to which application?

use serde::{Deserialize, Serialize};
use tidegate_lineage::{Application, Millis, Named, Pattern};

use crate::error::plain;
use crate::session::on_both;
use crate::{Error, Result, Session, Tx};

/// A declared application, and who declared it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationRow {
    pub application: Application,
    pub changed_at: Millis,
    pub changed_by: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    definition: String,
    changed_at: i64,
    changed_by: String,
}

/// As it is stored. Members that are empty are left out.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Shape {
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    principals: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    client_ids: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<String>,
    /// Namespace and name.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<(String, String)>,
}

const ALL: &str = "SELECT name, definition, changed_at, changed_by FROM applications ORDER BY name";

const PUT: &str = "INSERT INTO applications (name, definition, changed_at, changed_by) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (name) DO UPDATE SET definition = excluded.definition, changed_at = excluded.changed_at, \
     changed_by = excluded.changed_by";

const DELETE: &str = "DELETE FROM applications WHERE name = $1";

impl ApplicationRow {
    /// As the audit tells it: one JSON object.
    pub fn told(&self) -> Result<String> {
        written(&self.application)
    }
}

impl Session {
    /// All of them, by name.
    pub async fn applications(&mut self) -> Result<Vec<ApplicationRow>> {
        let rows: Vec<Row> = on_both!(self, link => sqlx::query_as(ALL).fetch_all(link).await)?;
        rows.into_iter().map(Row::read).collect()
    }
}

impl Tx {
    /// Puts a declaration in the place of its namesake, or beside the others.
    pub async fn put_application(&mut self, row: &ApplicationRow) -> Result<()> {
        let (name, definition) = (plain(&row.application.name)?, row.told()?);
        let definition = plain(&definition)?;
        on_both!(&mut **self, link => {
            let query = sqlx::query(PUT).bind(name).bind(definition).bind(row.changed_at);
            query.bind(row.changed_by.as_str()).execute(link).await.map(|_| ())
        })
    }

    /// Forgets a declaration.
    pub async fn remove_application(&mut self, name: &str) -> Result<()> {
        let name = plain(name)?;
        on_both!(&mut **self, link => sqlx::query(DELETE).bind(name).execute(link).await.map(|_| ()))
    }
}

impl Row {
    fn read(self) -> Result<ApplicationRow> {
        let damaged = |what: &str| Error::Corrupt(format!("application '{}': {what}", self.name));
        let shape: Shape = serde_json::from_str(&self.definition).map_err(|error| damaged(&error.to_string()))?;
        let patterns = |texts: Vec<String>| {
            let read = texts.iter().map(|text| Pattern::parse(text).ok_or_else(|| damaged("an empty pattern")));
            read.collect::<Result<Vec<_>>>()
        };
        let application = Application {
            name: self.name.as_str().into(),
            owner: shape.owner.map(Into::into),
            principals: patterns(shape.principals)?,
            client_ids: patterns(shape.client_ids)?,
            groups: patterns(shape.groups)?,
            job: shape.job.map(|(namespace, name)| Named::new(namespace, name)),
        };
        Ok(ApplicationRow { application, changed_at: self.changed_at, changed_by: self.changed_by })
    }
}

fn written(application: &Application) -> Result<String> {
    let texts = |patterns: &[Pattern]| patterns.iter().map(ToString::to_string).collect();
    let shape = Shape {
        owner: application.owner.as_deref().map(ToOwned::to_owned),
        principals: texts(&application.principals),
        client_ids: texts(&application.client_ids),
        groups: texts(&application.groups),
        job: application.job.as_ref().map(|job| (job.namespace.to_string(), job.name.to_string())),
    };
    serde_json::to_string(&shape).map_err(|error| Error::Corrupt(format!("an application: {error}")))
}
