//! Which policy decides for a topic, and how does it treat this producer?

use std::ops::Deref;
use std::sync::Arc;

use globset::{Glob, GlobMatcher, GlobSet, GlobSetBuilder};

use super::{Mode, PolicyFault, TopicPolicy};

/// Policies in the order in which they are asked, ready for that.
#[derive(Debug, Default)]
pub struct PolicyTable(Vec<Arc<ReadyPolicy>>);

/// A policy with its patterns compiled.
#[derive(Debug)]
pub struct ReadyPolicy {
    policy: TopicPolicy,
    topics: GlobMatcher,
    producers: GlobSet,
    redrive: GlobSet,
}

/// Who produces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Producer<'a> {
    /// Who it has proved to be; empty if it has not.
    pub principal: &'a str,
    /// What it calls itself, which proves nothing.
    pub client_id: &'a str,
}

impl PolicyTable {
    /// The first policy that can't be used says why.
    pub fn of(policies: impl IntoIterator<Item = TopicPolicy>) -> Result<Self, PolicyFault> {
        policies.into_iter().map(|policy| ReadyPolicy::of(policy).map(Arc::new)).collect::<Result<_, _>>().map(Self)
    }

    /// The policy that decides for a topic.
    pub fn find(&self, topic: &str) -> Option<&Arc<ReadyPolicy>> {
        self.0.iter().find(|policy| policy.is_for(topic))
    }

    /// The same, if it asks anything.
    pub fn asked_of(&self, topic: &str) -> Option<&Arc<ReadyPolicy>> {
        self.find(topic).filter(|policy| policy.mode != Mode::Off && (policy.value || policy.key))
    }

    /// All of them, in order.
    pub fn policies(&self) -> impl ExactSizeIterator<Item = &ReadyPolicy> {
        self.0.iter().map(|policy| &**policy)
    }
}

impl ReadyPolicy {
    /// The first member that is wrong says why.
    pub fn of(policy: TopicPolicy) -> Result<Self, PolicyFault> {
        if let Some(fault) = policy.faults().into_iter().next() {
            return Err(fault);
        }
        let topics = Glob::new(&policy.topics).map_err(|error| unusable("topics", &error))?.compile_matcher();
        let producers = set("producers", &policy.producers)?;
        let redrive = set("redrive", &policy.redrive)?;
        Ok(Self { policy, topics, producers, redrive })
    }

    /// Whether the pattern takes a topic.
    pub fn is_for(&self, topic: &str) -> bool {
        self.topics.is_match(topic)
    }

    /// How strictly a producer's batches for a partition are treated. One producer always sees the same behaviour.
    pub fn mode_for(&self, producer: Producer<'_>, topic: &str, partition: i32) -> Mode {
        if self.policy.mode != Mode::Enforce {
            return self.policy.mode;
        }
        let is_named = self.policy.producers.is_empty()
            || self.producers.is_match(producer.client_id)
            || (!producer.principal.is_empty() && self.producers.is_match(producer.principal));
        let is_in_share =
            self.policy.percent >= 100 || lot(producer.client_id, topic, partition) < u64::from(self.policy.percent);
        if is_named && is_in_share { Mode::Enforce } else { Mode::Shadow }
    }

    /// Whether somebody may name rules to be passed over. Nobody without a principal may.
    pub fn may_redrive(&self, principal: &str) -> bool {
        !principal.is_empty() && self.redrive.is_match(principal)
    }
}

/// What the policy says is read off it directly.
impl Deref for ReadyPolicy {
    type Target = TopicPolicy;

    fn deref(&self) -> &TopicPolicy {
        &self.policy
    }
}

/// A number below 100 that is the same in every process and every release: FNV-1a over the names, each closed by a byte
/// that no UTF-8 text has, with its bits spread by the finisher of `MurmurHash3`.
fn lot(client_id: &str, topic: &str, partition: i32) -> u64 {
    let names = client_id.bytes().chain([0xff]).chain(topic.bytes()).chain([0xff]);
    let mut hash = names
        .chain(partition.to_be_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        hash = (hash ^ (hash >> 33)).wrapping_mul(factor);
    }
    (hash ^ (hash >> 33)) % 100
}

fn set(member: &'static str, globs: &[String]) -> Result<GlobSet, PolicyFault> {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        builder.add(Glob::new(glob).map_err(|error| unusable(member, &error))?);
    }
    builder.build().map_err(|error| unusable(member, &error))
}

fn unusable(member: &'static str, error: &globset::Error) -> PolicyFault {
    PolicyFault { member, reason: error.to_string() }
}
