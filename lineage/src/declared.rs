//! What does somebody declare about jobs, runs, datasets, and what flows between them?
//!
//! The words are the graph's own. How they are written on the wire is known to [`crate::openlineage`] alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::event::Millis;

/// A name that is unique in its namespace.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Named {
    pub namespace: Arc<str>,
    pub name: Arc<str>,
}

/// A node of the graph.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entity {
    Dataset(Named),
    Job(Named),
}

/// What one event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Run,
    Job,
    Dataset,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunState {
    Start,
    Running,
    Complete,
    Abort,
    Fail,
    /// Something was told about the run that does not change its state.
    Other,
}

/// What is told of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFact {
    /// Unique; a UUID with all clients that keep to the standard.
    pub id: Arc<str>,
    pub job: Option<Named>,
    /// `None` for a run that is only mentioned, as the parent of another.
    pub state: Option<RunState>,
    /// The id of the run that this one belongs to.
    pub parent: Option<Arc<str>>,
    /// The period that the run is for.
    pub nominal_start: Option<Millis>,
    pub nominal_end: Option<Millis>,
}

/// Data flows from one node to the other.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    pub from: Entity,
    pub to: Entity,
    /// The job that was told of. `None` where a dataset was, without any job.
    pub by: Option<Named>,
}

/// A field goes into the making of another one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnFlow {
    pub from: Entity,
    /// `None`: no field in particular.
    pub from_field: Option<Arc<str>>,
    pub to: Entity,
    /// `None`: the dataset as a whole, as a filter or a join has it.
    pub to_field: Option<Arc<str>>,
    pub by: Option<Named>,
}

/// What is done on the way from one field to the other.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Transformation {
    /// `DIRECT`, where the value is computed of the other; `INDIRECT`, where it only depends on it.
    pub kind: String,
    /// Such as `IDENTITY`, `AGGREGATION`, `FILTER`; empty where it was not told.
    pub subtype: String,
    pub description: String,
    /// Whether nobody can tell the original value from the result.
    pub masking: bool,
}

/// All that one event declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// When it was so, by the clock of whoever tells it.
    pub at: Millis,
    pub subject: Subject,
    /// The job of the event.
    pub job: Option<Named>,
    /// The run of the event, and those that it belongs to.
    pub runs: Vec<RunFact>,
    /// Every node that is spoken of, with what is said about it: the JSON of each facet by its name. `None` takes a facet
    /// away.
    pub entities: BTreeMap<Entity, BTreeMap<String, Option<String>>>,
    pub flows: BTreeSet<Flow>,
    pub columns: BTreeMap<ColumnFlow, BTreeSet<Transformation>>,
    /// Datasets, and the other names that each has.
    pub symlinks: BTreeSet<(Named, Named)>,
}

impl Entity {
    pub fn named(&self) -> &Named {
        match self {
            Self::Dataset(named) | Self::Job(named) => named,
        }
    }

    /// `dataset` or `job`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Dataset(_) => "dataset",
            Self::Job(_) => "job",
        }
    }

    fn resolved(&self, resolve: &impl Fn(&str) -> Option<Arc<str>>) -> Self {
        match self {
            Self::Dataset(named) => Self::Dataset(named.resolved(resolve)),
            job @ Self::Job(_) => job.clone(),
        }
    }
}

impl Named {
    pub fn new(namespace: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    fn resolved(&self, resolve: &impl Fn(&str) -> Option<Arc<str>>) -> Self {
        match resolve(&self.namespace) {
            Some(namespace) => Self { namespace, name: Arc::clone(&self.name) },
            None => self.clone(),
        }
    }
}

impl RunState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "START",
            Self::Running => "RUNNING",
            Self::Complete => "COMPLETE",
            Self::Abort => "ABORT",
            Self::Fail => "FAIL",
            Self::Other => "OTHER",
        }
    }

    /// In any case of letters.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Start, Self::Running, Self::Complete, Self::Abort, Self::Fail, Self::Other];
        all.into_iter().find(|state| state.as_str().eq_ignore_ascii_case(text))
    }

    pub fn is_final(self) -> bool {
        matches!(self, Self::Complete | Self::Abort | Self::Fail)
    }
}

impl Subject {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Job => "job",
            Self::Dataset => "dataset",
        }
    }
}

impl Declaration {
    /// The same with the namespaces of datasets that go by another one, such as the address of a proxy, replaced.
    #[must_use]
    pub fn resolved(self, resolve: impl Fn(&str) -> Option<Arc<str>>) -> Self {
        let is_meant =
            |entity: &Entity| matches!(entity, Entity::Dataset(named) if resolve(&named.namespace).is_some());
        let has_others = self.symlinks.iter().any(|(_, other)| resolve(&other.namespace).is_some());
        if !has_others && !self.entities.keys().any(is_meant) {
            return self;
        }
        let mut entities: BTreeMap<Entity, BTreeMap<String, Option<String>>> = BTreeMap::new();
        for (entity, facets) in self.entities {
            entities.entry(entity.resolved(&resolve)).or_default().extend(facets);
        }
        let mut columns: BTreeMap<ColumnFlow, BTreeSet<Transformation>> = BTreeMap::new();
        for (flow, how) in self.columns {
            let (from, to) = (flow.from.resolved(&resolve), flow.to.resolved(&resolve));
            columns.entry(ColumnFlow { from, to, ..flow }).or_default().extend(how);
        }
        let flows = self.flows.into_iter().map(|flow| {
            let (from, to) = (flow.from.resolved(&resolve), flow.to.resolved(&resolve));
            Flow { from, to, ..flow }
        });
        let symlinks = self.symlinks.iter().map(|(named, other)| (named.resolved(&resolve), other.resolved(&resolve)));
        Self {
            entities,
            columns,
            flows: flows.collect(),
            symlinks: symlinks.filter(|(named, other)| named != other).collect(),
            ..self
        }
    }
}
