//! How is all lineage read that is known now? A page at a time, each beginning behind the last, so that no statement takes
//! long.

use tidegate_lineage::{Observation, TopicRef};

use crate::declared::{FlowRow, MOST_FLOWS, NodeRow, SymlinkRow};
use crate::lineage::{EVERY_EDGE, Row};
use crate::session::on_both;
use crate::{Result, Session};

/// So many rows are read at once.
const PAGE: usize = 10_000;
const LIMIT: i64 = 10_000;

/// All edges of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicEdges {
    pub topic: TopicRef,
    pub edges: Vec<Observation>,
    /// Whether it has more, or may have, than are told here.
    pub has_more: bool,
}

/// Edges of whole topics, and where the next page begins; `None` after the last one.
#[derive(Debug, Default)]
pub struct EdgePage {
    pub topics: Vec<TopicEdges>,
    pub next: Option<(String, String)>,
}

/// What is not past, in the words of a flow's row.
const EVERY_FLOW: &str = "SELECT source, target, told_by, first_seen, last_seen FROM declared_flows \
     WHERE (source, target, told_by) > ($1, $2, $3) \
     AND (told_by = '' OR last_seen >= (SELECT n.snapshot_from FROM declared_nodes n WHERE n.id = told_by)) \
     ORDER BY source, target, told_by LIMIT $4";

const EVERY_OWNERSHIP: &str = "SELECT node, body FROM declared_facets \
     WHERE node > $1 AND facet = 'ownership' AND body IS NOT NULL ORDER BY node LIMIT $2";

const EVERY_SYMLINK: &str = "SELECT s.alias, s.dataset, s.namespace, s.name FROM declared_symlinks s \
     JOIN declared_facets f ON f.node = s.dataset AND f.facet = 'symlinks' AND f.body IS NOT NULL \
     AND f.stated_at = s.stated_at WHERE (s.alias, s.dataset) > ($1, $2) ORDER BY s.alias, s.dataset LIMIT $3";

impl Session {
    /// The edges of topics behind the one with this name and cluster.
    pub async fn edges_behind(&mut self, (topic, cluster): (&str, &str)) -> Result<EdgePage> {
        let rows: Vec<Row> = on_both!(self, link => {
            sqlx::query_as(EVERY_EDGE).bind(topic).bind(cluster).bind(LIMIT).fetch_all(link).await
        })?;
        let is_last = rows.len() < PAGE;
        let mut page = EdgePage::default();
        for row in rows {
            let edge = row.edge()?;
            match page.topics.last_mut().filter(|last| last.topic == edge.topic) {
                Some(last) if last.edges.len() >= MOST_FLOWS => last.has_more = true,
                Some(last) => last.edges.push(edge),
                None => {
                    page.topics.push(TopicEdges { topic: edge.topic.clone(), edges: vec![edge], has_more: false });
                }
            }
        }
        if !is_last {
            // What is there of the last topic may not be all.
            match &mut page.topics[..] {
                [alone] => alone.has_more = true,
                _ => drop(page.topics.pop()),
            }
            page.next = page.topics.last().map(|last| (last.topic.topic.to_string(), last.topic.cluster.to_string()));
        }
        Ok(page)
    }

    /// The flows that are not past behind this one; none after the last.
    pub async fn flows_behind(&mut self, last: Option<&FlowRow>) -> Result<Vec<FlowRow>> {
        let key = last.map(|flow| [&*flow.source, &*flow.target, &*flow.told_by]).unwrap_or_default();
        on_both!(self, link => {
            sqlx::query_as(EVERY_FLOW).bind(key[0]).bind(key[1]).bind(key[2]).bind(LIMIT).fetch_all(link).await
        })
    }

    /// Jobs and datasets behind the one with this id; none after the last.
    pub async fn nodes_behind(&mut self, id: &str) -> Result<Vec<NodeRow>> {
        self.declared_nodes_behind(id, LIMIT).await
    }

    /// Who is said to own jobs and datasets behind the one with this id: ids with the JSON of the facet.
    pub async fn ownership_behind(&mut self, id: &str) -> Result<Vec<(String, String)>> {
        on_both!(self, link => sqlx::query_as(EVERY_OWNERSHIP).bind(id).bind(LIMIT).fetch_all(link).await)
    }

    /// The names of datasets that hold behind this one.
    pub async fn symlinks_behind(&mut self, last: Option<&SymlinkRow>) -> Result<Vec<SymlinkRow>> {
        let (alias, dataset) = last.map_or(("", ""), |link| (&*link.alias, &*link.dataset));
        on_both!(self, link => {
            sqlx::query_as(EVERY_SYMLINK).bind(alias).bind(dataset).bind(LIMIT).fetch_all(link).await
        })
    }
}
