//! What is asked of the records of which topics? Policies are changed one at a time, each with a version of its own, and
//! whoever changes one can say which version they have seen.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use tidegate_compat::{PolicyFault, PolicyTable, TopicPolicy};

pub use tidegate_store::{PolicyRow as KeptPolicy, PolicyVersionRow as PolicyVersion};

use crate::model::now;
use crate::retry::retrying;
use crate::{Actor, Error, Registry, Result};

/// All policies are kept in memory, and sent to each proxy.
pub const MAX_POLICIES: usize = 1_000;
/// The largest position.
pub const MAX_POSITION: i64 = 1_000_000_000;
/// How far from the last one a policy without a position comes, so that there is room between the two.
const STEP: i64 = 10;

/// All policies of one moment.
#[derive(Debug, Default)]
pub struct PolicySet {
    /// Grows with every change of policies, and with nothing else.
    pub revision: u64,
    /// In the order in which they are asked.
    pub policies: Vec<KeptPolicy>,
    table: PolicyTable,
}

/// What must be there for a change to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expected {
    #[default]
    Anything,
    /// Some policy of this name.
    Something,
    /// This version, and no later one.
    Version(i64),
    /// No policy of this name.
    Nothing,
}

/// The policies as they were when the registry had come so far.
#[derive(Debug, Default)]
pub(crate) struct KnownPolicies {
    known: ArcSwapOption<(u64, Arc<PolicySet>)>,
    /// Taken by whoever reads them again, so that others wait for the one answer.
    reading: tokio::sync::Mutex<()>,
}

impl PolicySet {
    pub fn get(&self, name: &str) -> Option<&KeptPolicy> {
        self.policies.iter().find(|kept| kept.policy.name == name)
    }

    /// The policies, ready to be asked about topics.
    pub fn table(&self) -> &PolicyTable {
        &self.table
    }

    /// The policy that decides for a topic.
    pub fn deciding(&self, topic: &str) -> Option<&KeptPolicy> {
        self.table.find(topic).and_then(|policy| self.get(&policy.name))
    }
}

impl Registry {
    /// All policies that hold now.
    pub async fn policies(&self) -> Result<Arc<PolicySet>> {
        let memory = &self.inner.cache.policies;
        if let Some(set) = memory.at(self.revision()) {
            return Ok(set);
        }
        let _reading = memory.reading.lock().await;
        let revision = self.revision();
        if let Some(set) = memory.at(revision) {
            return Ok(set);
        }
        self.inner.metrics.cache_miss("policies");
        let mut session = self.store().read().await?;
        // Taken before reading: what is read is not older than what it says.
        let policies_at = session.policy_revision().await?;
        let unchanged = memory.known.load_full().map(|known| Arc::clone(&known.1));
        let set = match unchanged.filter(|set| set.revision == policies_at) {
            Some(set) => set,
            None => Arc::new(read(policies_at, session.policies().await?)?),
        };
        memory.known.store(Some(Arc::new((revision, Arc::clone(&set)))));
        Ok(set)
    }

    /// One policy.
    pub async fn policy(&self, name: &str) -> Result<KeptPolicy> {
        self.policies().await?.get(name).cloned().ok_or_else(|| Error::PolicyNotFound(name.to_owned()))
    }

    /// Puts a policy in the place of its namesake, or beside the others; without a position, where its namesake was, or
    /// behind all others. Answers it, and whether the name is new. What is as it was already gets no new version.
    pub async fn put_policy(
        &self,
        actor: &Actor,
        policy: TopicPolicy,
        position: Option<i64>,
        expected: Expected,
    ) -> Result<(KeptPolicy, bool)> {
        check(&policy, position)?;
        retrying(|| self.try_put(actor, &policy, position, expected)).await
    }

    async fn try_put(
        &self,
        actor: &Actor,
        policy: &TopicPolicy,
        position: Option<i64>,
        expected: Expected,
    ) -> Result<(KeptPolicy, bool)> {
        let mut tx = self.store().write().await?;
        tx.lock_policies().await?;
        let others = tx.policies().await?;
        let before = others.iter().find(|kept| kept.policy.name == policy.name);
        expected.check(&policy.name, before)?;
        if before.is_none() && others.len() >= MAX_POLICIES {
            let reason = format!("there are {MAX_POLICIES} policies already: delete some");
            return Err(Error::InvalidPolicy(vec![PolicyFault { member: "name", reason }]));
        }
        let last = others.iter().map(|kept| kept.position).max();
        let behind = || last.map_or(STEP, |last| last.saturating_add(STEP).min(MAX_POSITION));
        let position = position.or(before.map(|kept| kept.position)).unwrap_or_else(behind);
        if let Some(before) = before.filter(|kept| kept.policy == *policy && kept.position == position) {
            return Ok((before.clone(), false));
        }
        let kept = KeptPolicy {
            policy: policy.clone(),
            position,
            version: tx.last_policy_version(&policy.name).await?.saturating_add(1),
            changed_at: now(),
            changed_by: actor.name.clone(),
        };
        tx.put_policy(&kept).await?;
        let told = before.map(KeptPolicy::told).transpose()?;
        tx.commit(actor.change_of_all("policy.put", told, Some(kept.told()?))).await?;
        Ok((kept, before.is_none()))
    }

    /// Takes a policy away.
    pub async fn delete_policy(&self, actor: &Actor, name: &str, expected: Expected) -> Result<()> {
        retrying(|| self.try_delete(actor, name, expected)).await
    }

    async fn try_delete(&self, actor: &Actor, name: &str, expected: Expected) -> Result<()> {
        let mut tx = self.store().write().await?;
        tx.lock_policies().await?;
        let Some(before) = tx.policy(name).await? else { return Err(Error::PolicyNotFound(name.to_owned())) };
        expected.check(name, Some(&before))?;
        let gone = PolicyVersion {
            version: tx.last_policy_version(name).await?.saturating_add(1),
            position: before.position,
            policy: None,
            changed_at: now(),
            changed_by: actor.name.clone(),
        };
        tx.remove_policy(name, &gone).await?;
        tx.commit(actor.change_of_all("policy.delete", Some(before.told()?), None)).await?;
        Ok(())
    }

    /// The versions that a policy had, below one where that is given, the newest first; and whether there are more. Also of
    /// a policy that is gone.
    pub async fn policy_history(
        &self,
        name: &str,
        below: Option<i64>,
        limit: usize,
    ) -> Result<(Vec<PolicyVersion>, bool)> {
        let wanted = u32::try_from(limit.saturating_add(1)).unwrap_or(u32::MAX);
        let mut session = self.store().read().await?;
        let mut found = session.policy_history(name, below.unwrap_or(i64::MAX), wanted).await?;
        if found.is_empty() && below.is_none() {
            return Err(Error::PolicyNotFound(name.to_owned()));
        }
        let has_more = found.len() > limit;
        found.truncate(limit);
        Ok((found, has_more))
    }
}

impl KnownPolicies {
    fn at(&self, revision: u64) -> Option<Arc<PolicySet>> {
        self.known.load_full().filter(|known| known.0 >= revision).map(|known| Arc::clone(&known.1))
    }
}

impl Expected {
    fn check(self, name: &str, found: Option<&KeptPolicy>) -> Result<()> {
        let version = found.map(|kept| kept.version);
        let is_met = match self {
            Self::Anything => true,
            Self::Something => version.is_some(),
            Self::Version(expected) => version == Some(expected),
            Self::Nothing => version.is_none(),
        };
        if is_met { Ok(()) } else { Err(Error::PolicyChanged { name: name.to_owned(), version }) }
    }
}

/// All that is wrong at once.
fn check(policy: &TopicPolicy, position: Option<i64>) -> Result<()> {
    let mut faults: Vec<_> = TopicPolicy::name_fault(&policy.name).into_iter().collect();
    if position.is_some_and(|position| !(0..=MAX_POSITION).contains(&position)) {
        faults.push(PolicyFault { member: "position", reason: format!("it is one of 0 to {MAX_POSITION}") });
    }
    faults.extend(policy.faults());
    if faults.is_empty() { Ok(()) } else { Err(Error::InvalidPolicy(faults)) }
}

fn read(revision: u64, policies: Vec<KeptPolicy>) -> Result<PolicySet> {
    let damaged = |fault: PolicyFault| tidegate_store::Error::Corrupt(format!("a policy can't be used: {fault}"));
    let table = PolicyTable::of(policies.iter().map(|kept| kept.policy.clone())).map_err(damaged)?;
    Ok(PolicySet { revision, policies, table })
}
