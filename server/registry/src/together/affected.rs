//! Who stands on what changes, and does not come along?

use std::collections::{HashSet, VecDeque};

use tidegate_compat::{SubjectName, Version};

use super::Proposed;
use crate::{Access, Registry, Result, Right};

/// How many are told.
const MOST: usize = 1000;

/// A subject that stands on another one, directly or through others that are affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    pub subject: SubjectName,
    /// The newest of its live versions that does.
    pub version: Version,
    /// What it refers to. It goes on to do so until it is registered anew: versions never change.
    pub on: (SubjectName, Version),
}

impl Registry {
    /// Those who may be read, and whether there are more than are told.
    pub(super) async fn affected(&self, access: &Access, schemas: &[Proposed]) -> Result<(Vec<Affected>, bool)> {
        let mut met: HashSet<SubjectName> = schemas.iter().map(|proposed| proposed.subject.clone()).collect();
        let changed = schemas.iter().filter(|proposed| proposed.state.is_change());
        let mut queue: VecDeque<SubjectName> = changed.map(|proposed| proposed.subject.clone()).collect();
        let mut affected: Vec<Affected> = Vec::new();
        let mut session = self.store().read().await?;
        while let Some(subject) = queue.pop_front() {
            let mut found = session.referring(&subject).await?;
            // The newest version of each, and what that refers to.
            found.dedup_by(|later, first| later.subject == first.subject);
            for referring in found {
                if met.contains(&referring.subject) || !access.grants().may(Right::Read, &referring.subject) {
                    continue;
                }
                if affected.len() == MOST {
                    return Ok((affected, true));
                }
                met.insert(referring.subject.clone());
                queue.push_back(referring.subject.clone());
                let on = (subject.clone(), referring.on);
                affected.push(Affected { subject: referring.subject, version: referring.version, on });
            }
        }
        Ok((affected, false))
    }
}
