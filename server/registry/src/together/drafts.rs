//! What is to come, and can be referred to already?

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tidegate_compat::{SubjectName, Version};

use crate::StoredSchema;

/// Schemas that come together and are not there yet. Cheap to clone; all clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Drafts(Arc<Mutex<Known>>);

/// What each becomes, and its content if it can be read.
type Known = HashMap<SubjectName, (Version, Option<Arc<StoredSchema>>)>;

/// One of them.
#[derive(Debug, Clone)]
pub(crate) enum Draft {
    /// The version that it becomes, or is, and its content.
    Readable(Version, Arc<StoredSchema>),
    Unreadable,
}

impl Drafts {
    pub(super) fn add(&self, subject: &SubjectName, version: Version, schema: Arc<StoredSchema>) {
        self.0.lock().insert(subject.clone(), (version, Some(schema)));
    }

    /// There is something, which would be this version, and nobody can stand on it.
    pub(super) fn add_unreadable(&self, subject: &SubjectName, version: Version) {
        self.0.lock().insert(subject.clone(), (version, None));
    }

    /// The draft that a reference means: one to the latest version, or to the one that it becomes.
    pub(crate) fn meant_by(&self, subject: &SubjectName, version: i32) -> Option<Draft> {
        let drafts = self.0.lock();
        let (becomes, schema) = drafts.get(subject).filter(|(becomes, _)| version == -1 || version == becomes.0)?;
        Some(match schema {
            Some(schema) => Draft::Readable(*becomes, Arc::clone(schema)),
            None => Draft::Unreadable,
        })
    }
}
