//! How much of who reads and writes topics passed a proxy? What clusters tell of themselves, beside what was observed.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_lineage::graph::{Kind, Node};
use tidegate_lineage::{Edge, Log, Millis, Progress, Survey};
use tidegate_store::history::HOUR;
use tidegate_store::{Session, Window};

use crate::lineage::is_fitting;
use crate::model::now;
use crate::{Registry, Result};

/// How much of the use of topics is known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Coverage {
    /// Groups that were observed to read.
    pub observed: usize,
    /// All groups: those, and the others that have committed offsets. `None` if a cluster did not tell them.
    pub known: Option<usize>,
    /// Groups that have committed offsets, and were not observed.
    pub elsewhere: Vec<Elsewhere>,
    /// Records that passed a proxy, of all that were appended; from 0 to 1. `None` if that is not known.
    pub write: Option<f64>,
}

/// A group that reads past all proxies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Elsewhere {
    pub group: String,
    pub topic: Node,
    /// When its offsets last moved, as far as was seen.
    pub moved: Millis,
}

impl Coverage {
    /// Groups that were observed, of all; from 0 to 1.
    pub fn read(&self) -> Option<f64> {
        let known = self.known.filter(|known| *known > 0)?;
        Some(self.observed as f64 / known as f64)
    }
}

impl Registry {
    /// Adds what a cluster told of itself. Names that are too long to be kept are left out.
    pub async fn survey(&self, survey: &Survey) -> Result<()> {
        let logs = survey.logs.iter().filter(|log| is_fitting(&log.topic)).cloned().collect::<Vec<Log>>();
        let fits = |told: &&Progress| is_fitting(&told.topic) && is_fitting(&told.group);
        let groups = survey.groups.iter().filter(fits).cloned().collect::<Vec<Progress>>();
        let is_whole = survey.is_whole && groups.len() == survey.groups.len();
        if let Some(id) = survey.id.as_ref().filter(|id| is_fitting(id)) {
            self.learn_cluster(&survey.cluster, id);
        }
        let mut tx = self.store().write().await?;
        tx.add_survey(&Survey { logs, groups, is_whole, ..survey.clone() }).await?;
        tx.commit_unrecorded().await?;
        self.forget_history().await;
        Ok(())
    }

    /// How much of the use of topics is known. Without a part of the time, all groups that were ever observed count, and of
    /// what clusters told that of the last day.
    pub(crate) async fn coverage(
        &self,
        session: &mut Session,
        topics: &BTreeSet<Node>,
        within: Option<Window>,
    ) -> Result<Coverage> {
        let clusters = self.clusters();
        let mut keys: BTreeMap<(String, String), &Node> = BTreeMap::new();
        for node in topics.iter().filter(|node| node.kind == Kind::Topic) {
            if let Some(cluster) = clusters.cluster_of(&node.named.namespace) {
                keys.insert((node.named.name.to_string(), cluster.to_owned()), node);
            }
        }
        let names: Vec<_> = keys.keys().cloned().collect();
        let mut all = observed(session, &keys, &names, within).await?;
        let mut known = Coverage { observed: distinct(&all), ..Coverage::default() };
        if keys.is_empty() || keys.len() < topics.len() {
            return Ok(known);
        }
        let now = now();
        let within =
            within.unwrap_or(Window { from: now.saturating_sub(24 * HOUR), to: now.saturating_add(1), span: HOUR });
        let named: BTreeSet<_> = names.iter().map(|(_, cluster)| cluster.clone()).collect();
        let surveys = session.surveys(&named.iter().cloned().collect::<Vec<_>>()).await?;
        let told = surveys.iter().filter(|(_, asked)| *asked >= within.from).count();
        for row in session.groups_of(&names).await? {
            let is_of_then = row.last_asked >= within.from && row.first_asked < within.to;
            let Some(node) = keys.get(&(row.topic, row.cluster)).filter(|_| is_of_then) else { continue };
            if all.insert((node, row.consumer_group.clone())) {
                known.elsewhere.push(Elsewhere { group: row.consumer_group, topic: (*node).clone(), moved: row.moved });
            }
        }
        known.elsewhere.sort();
        let logs = session.logs_within(&names, within).await?;
        // The clusters may have told since, and not then.
        let have_told = told == named.len() && logs.len() == names.len();
        known.known = have_told.then(|| distinct(&all));
        let (mut appended, mut passed) = (0_i64, 0_i64);
        for log in &logs {
            // A topic that was made anew begins from nothing, and what was before can't be told from what came then.
            appended = appended.saturating_add(log.last_end.saturating_sub(log.first_end).max(0));
            passed = passed.saturating_add(log.last_passed.saturating_sub(log.first_passed).max(0));
        }
        if logs.len() == names.len() && appended > 0 {
            known.write = Some((passed as f64 / appended as f64).min(1.0));
        }
        Ok(known)
    }
}

/// The groups that were observed to read topics.
async fn observed<'n>(
    session: &mut Session,
    keys: &BTreeMap<(String, String), &'n Node>,
    names: &[(String, String)],
    within: Option<Window>,
) -> Result<BTreeSet<(&'n Node, String)>> {
    let mut edges = session.edges_of_topics(names).await?;
    if let Some(within) = within {
        edges = session.edges_within(edges, within).await?;
    }
    let mut groups = BTreeSet::new();
    for edge in edges {
        let Edge::Consumes { group: Some(group), .. } = &edge.edge else { continue };
        if let Some(node) = keys.get(&(edge.topic.topic.to_string(), edge.topic.cluster.to_string())) {
            groups.insert((*node, group.to_string()));
        }
    }
    Ok(groups)
}

/// How many groups these are. One that reads several topics of a cluster is one group.
fn distinct(groups: &BTreeSet<(&Node, String)>) -> usize {
    groups.iter().map(|(node, group)| (&node.named.namespace, group)).collect::<BTreeSet<_>>().len()
}
