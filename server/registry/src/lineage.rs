//! Who was seen to write and read this topic?

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Mutex;

use tidegate_compat::{SubjectName, Version};
use tidegate_lineage::{Edge, Identity, Millis, Observation, SchemaRef, TopicRef};
use tidegate_store::Session;

use crate::declare::Declarations;
use crate::graph::mirror::Touched;
use crate::model::now;
use crate::news::{Concerned, Stamp};
use crate::{Registry, Result};

/// How often old history is looked for, in milliseconds.
const FORGET_INTERVAL: i64 = 3_600_000;

/// An edge as stored, its sums since it was first seen, with the name of its schema where the registry knows one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenEdge {
    pub seen: Observation,
    /// A live subject and version of the edge's schema; one under a subject of the topic where there is one.
    pub schema: Option<(SubjectName, Version)>,
}

/// Milliseconds.
const A_DAY: Millis = 24 * 60 * 60 * 1000;

impl Registry {
    /// Adds what was observed to what is known: all of it or, on an error, nothing. Names that callers made up are cut
    /// where they are longer than anyone needs.
    pub async fn observe(&self, observations: &[Observation]) -> Result<()> {
        if observations.is_empty() {
            return Ok(());
        }
        let fitted: Vec<_>;
        let observations = if observations.iter().all(fits) {
            observations
        } else {
            fitted = observations.iter().map(fitting).collect();
            &fitted
        };
        let touched = Touched::by_observations(observations);
        let mut tx = self.store().write().await?;
        tx.add_observations(observations).await?;
        tx.tell_lineage(&touched.words()).await?;
        let mirror = Arc::clone(&self.inner.mirror);
        tx.commit_unrecorded_and(move |is_sure| mirror.changed(touched, is_sure)).await?;
        self.forget_history().await;
        Ok(())
    }

    /// Now and then, what is older than it is kept. It is no loss if that fails: the next time will come.
    pub(crate) async fn forget_history(&self) {
        let Declarations { rules, forgot_history_at, .. } = &self.inner.declarations;
        let (now, last) = (now(), forgot_history_at.load(Ordering::Relaxed));
        if now < last.saturating_add(FORGET_INTERVAL)
            || forgot_history_at.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_err()
        {
            return;
        }
        let (hours, days) = {
            let rules = rules.load();
            let before = |kept: Duration| now.saturating_sub(i64::try_from(kept.as_millis()).unwrap_or(i64::MAX));
            (before(rules.keep_hours), before(rules.keep_days))
        };
        let forgetting = async {
            let mut tx = self.store().write().await?;
            tx.forget_history(hours, days).await?;
            tx.forget_surveys(hours, days).await?;
            tx.forget_lookups(days).await?;
            tx.commit_unrecorded().await
        };
        if let Err(error) = forgetting.await {
            tracing::warn!(%error, "the old history of lineage can't be forgotten");
        }
    }

    /// The schemas under which records were seen in the last day, on one cluster or on all, and when that was last; those
    /// seen last first, at most so many.
    pub async fn recent_schemas(&self, cluster: Option<&str>, most: usize) -> Result<Vec<(SchemaRef, Millis)>> {
        let since = now().saturating_sub(A_DAY);
        Ok(self.store().read().await?.recent_schemas(cluster, since, most).await?)
    }

    /// Every edge of a topic, on one cluster or on all; sorted by first seen.
    pub async fn topic_edges(&self, topic: &str, cluster: Option<&str>) -> Result<Vec<SeenEdge>> {
        let mut session = self.store().read().await?;
        let edges = session.topic_edges(topic, cluster).await?;
        let names = names_of(&mut session, edges.iter().filter_map(schema_of).map(|schema| (schema, topic))).await?;
        let named = edges.into_iter().map(|seen| {
            let schema = schema_of(&seen).and_then(|schema| names.get(schema).cloned());
            SeenEdge { seen, schema }
        });
        Ok(named.collect())
    }
}

/// How many bytes a name in an edge may have. All of an edge's names are its key, and keys have a limit.
const MAX_NAME: usize = 255;

pub(crate) fn is_fitting(name: &str) -> bool {
    name.len() <= MAX_NAME && !name.contains('\0')
}

fn fits(seen: &Observation) -> bool {
    let Observation { identity, topic, edge, .. } = seen;
    let Identity { client_id, software, principal, address } = &**identity;
    let names = [client_id, software, principal, address, &topic.cluster, &topic.topic];
    let source = match edge {
        Edge::Traced { from, .. } => Some(&**from),
        _ => None,
    };
    names.into_iter().map(|name| &**name).chain(edge.group()).chain(source).all(is_fitting)
}

/// The same with names that can be kept. One that is too long must not keep all others from being told.
fn fitting(seen: &Observation) -> Observation {
    let cut = |name: &Arc<str>| -> Arc<str> {
        if is_fitting(name) {
            return Arc::clone(name);
        }
        let start = name.get(..name.floor_char_boundary(MAX_NAME)).unwrap_or_default();
        start.replace('\0', " ").into()
    };
    let Identity { client_id, software, principal, address } = &*seen.identity;
    let identity = Identity {
        client_id: cut(client_id),
        software: cut(software),
        principal: cut(principal),
        address: cut(address),
    };
    let edge = match &seen.edge {
        Edge::Consumes { group, evidence } => Edge::Consumes { group: group.as_ref().map(cut), evidence: *evidence },
        Edge::Transacts { group } => Edge::Transacts { group: cut(group) },
        Edge::Traced { from, group } => Edge::Traced { from: cut(from), group: group.as_ref().map(cut) },
        produces @ Edge::Produces { .. } => produces.clone(),
    };
    let topic = TopicRef { cluster: cut(&seen.topic.cluster), topic: cut(&seen.topic.topic) };
    Observation { identity: Arc::new(identity), topic, edge, ..seen.clone() }
}

fn schema_of(seen: &Observation) -> Option<&SchemaRef> {
    match &seen.edge {
        Edge::Produces { schema } => schema.as_ref(),
        Edge::Transacts { .. } | Edge::Traced { .. } | Edge::Consumes { .. } => None,
    }
}

/// In which versions schemas are in use, as far as what happened up to a stamp goes.
#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<(Stamp, HashMap<SchemaRef, Usages>)>);

/// Where a schema is in use.
type Usages = Arc<[(SubjectName, Version)]>;

/// So many schemas are remembered with their versions.
const MOST_NAMES: usize = 200_000;

impl Registry {
    /// The same as [`names_of`], most of it from memory. Whoever calls it holds no connection.
    pub(crate) async fn remembered_names_of(
        &self,
        written: impl Iterator<Item = (&SchemaRef, &str)>,
    ) -> Result<HashMap<SchemaRef, (SubjectName, Version)>> {
        let (stamp, gone) = {
            let known = self.inner.names.0.lock().0;
            if known == self.stamp() { (known, Concerned::Ids(Vec::new())) } else { self.news(known).await? }
        };
        let mut topics: HashMap<&SchemaRef, &str> = HashMap::new();
        for (schema, topic) in written {
            topics.entry(schema).or_insert(topic);
        }
        let mut found: HashMap<SchemaRef, Usages> = HashMap::new();
        let unknown: Vec<_> = {
            let mut names = self.inner.names.0.lock();
            if names.0.changes < stamp.changes || names.0.purges != stamp.purges {
                match gone {
                    Concerned::Ids(ids) => names.1.retain(|schema, _| !ids.contains(&schema.id)),
                    Concerned::All => names.1.clear(),
                }
                names.0 = stamp;
            }
            let known = topics.keys().filter_map(|schema| names.1.get_key_value(schema));
            found.extend(known.map(|(schema, usages)| (schema.clone(), Arc::clone(usages))));
            topics
                .keys()
                .filter(|schema| !found.contains_key(schema))
                .map(|schema| (&schema.context, schema.id))
                .collect()
        };
        if !unknown.is_empty() {
            // Each statement sees all that is committed by then, so that this is no older than the stamp.
            let mut usages = self.store().read().await?.live_usages(&unknown).await?;
            let mut names = self.inner.names.0.lock();
            let has_room = names.0 == stamp && names.1.len() + unknown.len() <= MOST_NAMES;
            for (context, id) in unknown {
                let schema = SchemaRef { context: context.clone(), id };
                let usages: Usages = usages.remove(&(context.clone(), id)).unwrap_or_default().into();
                if has_room {
                    names.1.insert(schema.clone(), Arc::clone(&usages));
                }
                found.insert(schema, usages);
            }
        }
        let named = topics.into_iter().filter_map(|(schema, topic)| {
            let usages = found.get(schema)?;
            Some((schema.clone(), most_telling(usages.to_vec(), topic)?))
        });
        Ok(named.collect())
    }
}

/// What the registry calls schemas that were written, each to a topic; those that are in no use are left out.
pub(crate) async fn names_of(
    session: &mut Session,
    written: impl Iterator<Item = (&SchemaRef, &str)>,
) -> Result<HashMap<SchemaRef, (SubjectName, Version)>> {
    let mut topics: HashMap<&SchemaRef, &str> = HashMap::new();
    for (schema, topic) in written {
        topics.entry(schema).or_insert(topic);
    }
    let asked: Vec<_> = topics.keys().map(|schema| (&schema.context, schema.id)).collect();
    let mut usages = session.live_usages(&asked).await?;
    let named = topics.into_iter().filter_map(|(schema, topic)| {
        let usages = usages.remove(&(schema.context.clone(), schema.id))?;
        Some((schema.clone(), most_telling(usages, topic)?))
    });
    Ok(named.collect())
}

/// The subject that belongs to the topic by name, or else the first.
pub(crate) fn most_telling(usages: Vec<(SubjectName, Version)>, topic: &str) -> Option<(SubjectName, Version)> {
    let rank = |subject: &SubjectName| match subject.bare().strip_prefix(topic) {
        Some("-value") => 0,
        Some("-key") => 1,
        Some(rest) if rest.starts_with('-') => 2,
        _ => 3,
    };
    usages.into_iter().min_by_key(|(subject, _)| rank(subject))
}
