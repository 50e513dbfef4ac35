//! Which resources are associated with which subjects?

use tidegate_compat::{ContextName, SubjectName};

use crate::error::plain;
use crate::session::{Session, on_both};
use crate::subjects::{subject_of, window};
use crate::{Result, Tx};

/// What a subject can be associated with: a topic, by its id and by its name in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Resource {
    /// `topic`; another kind is not known yet.
    pub kind: String,
    pub id: String,
    pub namespace: String,
    pub name: String,
}

/// An association as stored. What its words mean is the registry's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssociationRow {
    pub resource: Resource,
    /// `key` or `value`; a resource has one of each at most.
    pub kind: String,
    pub subject: SubjectName,
    pub lifecycle: String,
    pub guid: String,
    /// Milliseconds since 1970.
    pub created_at: i64,
    pub updated_at: i64,
}

/// Whose associations are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssociationsOf {
    Subject(SubjectName),
    ResourceId(String),
    /// `None` is any.
    ResourceName {
        namespace: Option<String>,
        name: Option<String>,
    },
}

/// Which of them are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssociationFilter {
    /// The kind of the resource.
    pub resource: String,
    pub keys: bool,
    pub values: bool,
    pub lifecycle: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    resource_kind: String,
    resource_id: String,
    namespace: String,
    name: String,
    kind: String,
    context: String,
    subject: String,
    lifecycle: String,
    guid: String,
    created_at: i64,
    updated_at: i64,
}

/// A query of associations: filters and window are always the first six parameters.
macro_rules! associations {
    ($condition:literal) => {
        concat!(
            "SELECT a.resource_kind, a.resource_id, r.namespace, r.name, a.kind, a.context, a.subject, a.lifecycle, \
                 a.guid, a.created_at, a.updated_at \
             FROM associations a JOIN resources r ON r.kind = a.resource_kind AND r.id = a.resource_id \
             WHERE r.kind = $1 AND ($2 OR a.kind <> 'key') AND ($3 OR a.kind <> 'value') \
             AND ($4 IS NULL OR a.lifecycle = $4) AND ",
            $condition,
            " ORDER BY r.namespace, r.name, a.kind, a.context, a.subject LIMIT $5 OFFSET $6"
        )
    };
}

const OF_SUBJECT: &str = associations!("a.context = $7 AND a.subject = $8");

const OF_SUBJECTS: &str = associations!("a.context = $7 AND a.subject >= $8 AND a.subject <= $9");

const OF_ID: &str = associations!("r.id = $7");

const OF_NAME: &str = associations!("r.name = $7 AND ($8 IS NULL OR r.namespace = $8)");

const OF_NAMESPACE: &str = associations!("($7 IS NULL OR r.namespace = $7)");

/// STRONG comes before WEAK.
const LIFECYCLE_OF: &str = "SELECT lifecycle FROM associations WHERE context = $1 AND subject = $2 \
     ORDER BY lifecycle LIMIT 1";

const RESOURCE: &str =
    "SELECT kind, id, namespace, name FROM resources WHERE kind = $1 AND name = $2 AND namespace = $3";

const LOCK: &str = "INSERT INTO resources (kind, id, namespace, name) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (kind, id) DO UPDATE SET id = excluded.id RETURNING kind, id, namespace, name";

const PUT: &str = "INSERT INTO associations \
         (resource_kind, resource_id, kind, context, subject, lifecycle, guid, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (resource_kind, resource_id, kind) \
     DO UPDATE SET updated_at = excluded.updated_at";

const REMOVE: &str = "DELETE FROM associations WHERE resource_kind = $1 AND resource_id = $2 AND kind = $3";

const FORGET: &str = "DELETE FROM resources WHERE kind = $1 AND id = $2 \
     AND NOT EXISTS (SELECT 1 FROM associations a WHERE a.resource_kind = $1 AND a.resource_id = $2)";

impl Session {
    /// Sorted by resource; keys before values.
    pub async fn associations(
        &mut self,
        of: &AssociationsOf,
        filter: &AssociationFilter,
        limit: Option<usize>,
        offset: usize,
    ) -> Result<Vec<AssociationRow>> {
        let (text, keys): (_, [Option<&str>; 2]) = match of {
            AssociationsOf::Subject(subject) => {
                (OF_SUBJECT, [Some(plain(subject.context().as_str())?), Some(plain(subject.bare())?)])
            }
            AssociationsOf::ResourceId(id) => (OF_ID, [Some(plain(id)?), None]),
            AssociationsOf::ResourceName { namespace, name: Some(name) } => {
                (OF_NAME, [Some(plain(name)?), namespace.as_deref().map(plain).transpose()?])
            }
            AssociationsOf::ResourceName { namespace, name: None } => {
                (OF_NAMESPACE, [namespace.as_deref().map(plain).transpose()?, None])
            }
        };
        let takes_two = text.contains("$8");
        let (kind, lifecycle) = (plain(&filter.resource)?, filter.lifecycle.as_deref());
        let rows: Vec<Row> = on_both!(self, link => {
            let query = sqlx::query_as(text)
                .bind(kind)
                .bind(filter.keys)
                .bind(filter.values)
                .bind(lifecycle)
                .bind(window(limit))
                .bind(window(Some(offset)))
                .bind(keys[0]);
            if takes_two { query.bind(keys[1]) } else { query }.fetch_all(link).await
        })?;
        rows.into_iter().map(Row::association).collect()
    }

    /// The associations of the subjects of a context that sort between two, these included.
    pub async fn associations_between(
        &mut self,
        context: &ContextName,
        (first, last): (&str, &str),
        filter: &AssociationFilter,
    ) -> Result<Vec<AssociationRow>> {
        let (context, first, last) = (plain(context.as_str())?, plain(first)?, plain(last)?);
        let (kind, lifecycle) = (plain(&filter.resource)?, filter.lifecycle.as_deref());
        let rows: Vec<Row> = on_both!(self, link => sqlx::query_as(OF_SUBJECTS)
            .bind(kind)
            .bind(filter.keys)
            .bind(filter.values)
            .bind(lifecycle)
            .bind(window(None))
            .bind(window(Some(0)))
            .bind(context)
            .bind(first)
            .bind(last)
            .fetch_all(link)
            .await)?;
        rows.into_iter().map(Row::association).collect()
    }

    /// The lifecycle of the associations of a subject, whatever they are with; of two, the one that sorts first.
    pub async fn lifecycle_of(&mut self, subject: &SubjectName) -> Result<Option<String>> {
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        let row: Option<(String,)> = on_both!(self, link =>
            sqlx::query_as(LIFECYCLE_OF).bind(context).bind(name).fetch_optional(link).await)?;
        Ok(row.map(|(lifecycle,)| lifecycle))
    }

    /// The resource of this name that has associations.
    pub async fn resource(&mut self, kind: &str, namespace: &str, name: &str) -> Result<Option<Resource>> {
        let (kind, namespace, name) = (plain(kind)?, plain(namespace)?, plain(name)?);
        let row: Option<(String, String, String, String)> = on_both!(self, link =>
            sqlx::query_as(RESOURCE).bind(kind).bind(name).bind(namespace).fetch_optional(link).await)?;
        Ok(row.map(resource_of))
    }
}

impl Tx {
    /// Keeps others from changing the associations of a resource until the transaction ends; comes after the locks of
    /// subjects. Answers the resource of this id, which may have another name already.
    pub async fn lock_resource(&mut self, resource: &Resource) -> Result<Resource> {
        let (kind, id) = (plain(&resource.kind)?, plain(&resource.id)?);
        let (namespace, name) = (plain(&resource.namespace)?, plain(&resource.name)?);
        let row: (String, String, String, String) = on_both!(&mut **self, link =>
            sqlx::query_as(LOCK).bind(kind).bind(id).bind(namespace).bind(name).fetch_one(link).await)?;
        Ok(resource_of(row))
    }

    /// Stores an association of a locked resource; of one that is there already, only the time of its last update.
    pub async fn put_association(&mut self, row: &AssociationRow) -> Result<()> {
        let AssociationRow { resource, subject, .. } = row;
        let (context, name) = (plain(subject.context().as_str())?, plain(subject.bare())?);
        let (kind, id) = (plain(&resource.kind)?, plain(&resource.id)?);
        on_both!(&mut **self, link => sqlx::query(PUT)
            .bind(kind)
            .bind(id)
            .bind(&row.kind)
            .bind(context)
            .bind(name)
            .bind(&row.lifecycle)
            .bind(&row.guid)
            .bind(row.created_at)
            .bind(row.updated_at)
            .execute(link)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    pub async fn remove_association(&mut self, resource: &Resource, kind: &str) -> Result<()> {
        let (of, id, kind) = (plain(&resource.kind)?, plain(&resource.id)?, plain(kind)?);
        on_both!(&mut **self, link =>
            sqlx::query(REMOVE).bind(of).bind(id).bind(kind).execute(link).await.map(|_| ()))?;
        Ok(())
    }

    /// Removes a resource that has no associations any more.
    pub async fn forget_resource(&mut self, resource: &Resource) -> Result<()> {
        let (kind, id) = (plain(&resource.kind)?, plain(&resource.id)?);
        on_both!(&mut **self, link => sqlx::query(FORGET).bind(kind).bind(id).execute(link).await.map(|_| ()))?;
        Ok(())
    }
}

impl Row {
    fn association(self) -> Result<AssociationRow> {
        Ok(AssociationRow {
            subject: subject_of(&self.context, &self.subject)?,
            resource: resource_of((self.resource_kind, self.resource_id, self.namespace, self.name)),
            kind: self.kind,
            lifecycle: self.lifecycle,
            guid: self.guid,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

fn resource_of((kind, id, namespace, name): (String, String, String, String)) -> Resource {
    Resource { kind, id, namespace, name }
}
