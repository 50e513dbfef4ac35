//! Which topics are associated with which subjects?
//!
//! A topic may own the subjects of its keys and values (STRONG), which then live and go with it, or share subjects that
//! are there for themselves (WEAK). Serializers ask by the topic's name which subject is meant. How associations come
//! and go is in `change`, what may be asked for in `rules`, and what they keep others from doing in `guard`.

mod change;
mod guard;
mod rules;

use std::collections::{BTreeMap, HashMap};

use tidegate_compat::{ContextName, SubjectName, VersionSpec};
use tidegate_store::{AssociationFilter, AssociationRow, Session};

pub use change::{Operation, ResourceChange, Wanted};
pub use tidegate_store::{AssociationsOf, Resource};

pub(crate) use guard::{may_be_referred_to, subject_may_go, version_may_go};

use crate::{Error, Page, Registry, Result, StoredVersion};

/// The only kind of resource that there is.
pub const TOPIC: &str = "topic";

/// A subject as that of a resource's keys or values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    pub subject: SubjectName,
    /// Its own identity.
    pub guid: String,
    pub resource: Resource,
    pub kind: AssociationKind,
    pub lifecycle: Lifecycle,
    /// Milliseconds since 1970.
    pub created_at: i64,
    pub updated_at: i64,
}

/// An association, and the version that was registered with it or is asked for with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    pub association: Association,
    pub schema: Option<StoredVersion>,
}

/// What of a record the subject describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssociationKind {
    Key,
    Value,
}

/// Whether the subject goes with the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifecycle {
    /// The resource owns the subject, alone, from its first version on.
    Strong,
    /// The subject is there for itself, and others may use it too.
    Weak,
}

/// Which associations are wanted. Empty lists and `None` are all, but for the kind of resource, which is a topic then.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AssociationChoice {
    pub resource: Option<String>,
    pub kinds: Vec<String>,
    pub lifecycle: Option<Lifecycle>,
}

impl Registry {
    /// Sorted by resource; keys before values.
    pub async fn associations(
        &self,
        of: &AssociationsOf,
        choice: &AssociationChoice,
        page: Page,
    ) -> Result<Vec<Association>> {
        let mut session = self.store().read().await?;
        read(&mut session, of, choice, page).await
    }

    /// The associations of one resource and, where asked for, the latest version of each subject. A name that more than
    /// one resource answers to is refused.
    pub async fn related(
        &self,
        of: &AssociationsOf,
        choice: &AssociationChoice,
        with_schemas: bool,
    ) -> Result<Vec<Related>> {
        let associations = self.associations(of, choice, Page { offset: 0, limit: Some(3) }).await?;
        let is_one = associations.windows(2).all(|pair| matches!(pair, [a, b] if a.resource == b.resource));
        if !is_one {
            return Err(rules::invalid("resourceName", "more than one resource answers to this"));
        }
        let mut related = Vec::with_capacity(associations.len());
        for association in associations {
            let schema = match with_schemas {
                true => self.version(&association.subject, VersionSpec::Latest, false).await.map(Some)?,
                false => None,
            };
            related.push(Related { association, schema });
        }
        Ok(related)
    }

    /// The associations of some subjects that were listed in order.
    pub(crate) async fn associations_among(
        &self,
        session: &mut Session,
        subjects: impl Iterator<Item = &SubjectName>,
        choice: &AssociationChoice,
    ) -> Result<HashMap<SubjectName, Vec<Association>>> {
        if choice.resource.as_deref().is_some_and(|kind| kind.contains('\0')) {
            return Ok(HashMap::new());
        }
        // Few statements for many subjects: per context, all between its first and its last.
        let mut spans: BTreeMap<&ContextName, (&str, &str)> = BTreeMap::new();
        for subject in subjects {
            let name = subject.bare();
            let span = spans.entry(subject.context()).or_insert((name, name));
            *span = (span.0.min(name), span.1.max(name));
        }
        let mut found: HashMap<SubjectName, Vec<Association>> = HashMap::new();
        for (context, span) in spans {
            for row in session.associations_between(context, span, &choice.filter()).await? {
                let association = Association::of(row)?;
                found.entry(association.subject.clone()).or_default().push(association);
            }
        }
        Ok(found)
    }
}

async fn read(
    session: &mut Session,
    of: &AssociationsOf,
    choice: &AssociationChoice,
    page: Page,
) -> Result<Vec<Association>> {
    if !can_be_there(of, choice) {
        return Ok(Vec::new());
    }
    let rows = session.associations(of, &choice.filter(), page.limit, page.offset).await?;
    rows.into_iter().map(Association::of).collect()
}

/// No database keeps a NUL, so nothing is found by one.
fn can_be_there(of: &AssociationsOf, choice: &AssociationChoice) -> bool {
    let (one, other) = match of {
        AssociationsOf::Subject(subject) => (Some(subject.bare()), Some(subject.context().as_str())),
        AssociationsOf::ResourceId(id) => (Some(id.as_str()), None),
        AssociationsOf::ResourceName { namespace, name } => (namespace.as_deref(), name.as_deref()),
    };
    [one, other, choice.resource.as_deref()].into_iter().flatten().all(|text| !text.contains('\0'))
}

impl AssociationKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Value => "value",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Key, Self::Value].into_iter().find(|kind| kind.as_str() == text)
    }
}

impl Lifecycle {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strong => "STRONG",
            Self::Weak => "WEAK",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Strong, Self::Weak].into_iter().find(|lifecycle| lifecycle.as_str() == text)
    }

    /// Whether an association of this lifecycle can't be changed any more. The two always go together.
    pub fn is_frozen(self) -> bool {
        self == Self::Strong
    }
}

impl AssociationChoice {
    fn filter(&self) -> AssociationFilter {
        let takes = |kind: AssociationKind| self.kinds.is_empty() || self.kinds.iter().any(|it| it == kind.as_str());
        AssociationFilter {
            resource: self.resource.clone().unwrap_or_else(|| TOPIC.to_owned()),
            keys: takes(AssociationKind::Key),
            values: takes(AssociationKind::Value),
            lifecycle: self.lifecycle.map(|lifecycle| lifecycle.as_str().to_owned()),
        }
    }
}

impl Association {
    fn of(row: AssociationRow) -> Result<Self> {
        let unknown = |word: &str| Error::Store(tidegate_store::Error::Corrupt(format!("an association is '{word}'")));
        Ok(Self {
            kind: AssociationKind::parse(&row.kind).ok_or_else(|| unknown(&row.kind))?,
            lifecycle: Lifecycle::parse(&row.lifecycle).ok_or_else(|| unknown(&row.lifecycle))?,
            subject: row.subject,
            guid: row.guid,
            resource: row.resource,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }

    fn row(&self) -> AssociationRow {
        AssociationRow {
            resource: self.resource.clone(),
            kind: self.kind.as_str().to_owned(),
            subject: self.subject.clone(),
            lifecycle: self.lifecycle.as_str().to_owned(),
            guid: self.guid.clone(),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}
