//! Which node does a text such as `dataset:kafka://broker-1:9092:2024.orders` mean?
//!
//! Namespaces and names hold colons as they like, so the text alone does not tell. The longest namespace that is known
//! counts, and of the fields the longest dataset that is.

use std::sync::Arc;

use tidegate_lineage::graph::{Kind, Node};
use tidegate_lineage::{Entity, Named};

use super::id_of;
use crate::applications::applications;
use crate::{Registry, Result};

/// A longer text means nothing.
const MAX_TEXT: usize = 8_192;
/// How many ways of cutting a text are tried.
const MAX_CUTS: usize = 64;

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    Node(Entity),
    Field(Named, String),
}

/// How a node is written.
pub fn node_text(entity: &Entity) -> String {
    let Named { namespace, name } = entity.named();
    format!("{}:{namespace}:{name}", entity.kind())
}

impl Registry {
    /// The node that a text means; `None` if it means none, or its namespace is unheard of.
    pub async fn node_of(&self, text: &str) -> Result<Option<Asked>> {
        if text.len() > MAX_TEXT || text.contains('\0') {
            return Ok(None);
        }
        let Some((kind, rest)) = without_version(text).split_once(':') else { return Ok(None) };
        if !matches!(kind, "dataset" | "job" | "datasetField") {
            return Ok(None);
        }
        let Some(named) = self.longest_namespace(rest, kind == "job").await? else { return Ok(None) };
        Ok(match kind {
            "job" => Some(Asked::Node(Entity::Job(named))),
            "dataset" => Some(Asked::Node(Entity::Dataset(named))),
            _ => self.longest_dataset(&named).await?.map(|(dataset, field)| Asked::Field(dataset, field)),
        })
    }

    /// Declared namespaces count, those of jobs that applications are, and the clusters that topics were seen on or are configured here.
    async fn longest_namespace(&self, text: &str, is_job: bool) -> Result<Option<Named>> {
        let clusters = self.clusters();
        let cuts: Vec<_> = cuts(text).collect();
        let namespace = |written: &str| {
            let canonical = clusters.canonical(written).filter(|_| !is_job);
            canonical.map_or_else(|| written.to_owned(), |namespace| namespace.to_string())
        };
        let namespaces: Vec<_> = cuts.iter().map(|(written, _)| namespace(written)).collect();
        let mut session = self.store().read().await?;
        let known = session.known_namespaces(&namespaces).await?;
        let applications = applications(&mut session).await?;
        let is_of_an_application =
            |namespace: &str| is_job && applications.jobs().any(|it| *it.namespace == *namespace);
        let names: Vec<_> =
            namespaces.iter().map(|it| clusters.cluster_of(it).unwrap_or_default().to_owned()).collect();
        let seen = session.known_clusters(&names).await?;
        let is_known = |namespace: &String, cluster: &String| {
            known.contains(namespace)
                || clusters.is_cluster(namespace)
                || seen.contains(cluster)
                || is_of_an_application(namespace)
        };
        let mut longest = cuts.iter().zip(namespaces.iter().zip(&names)).rev();
        let longest = longest.find(|(_, (namespace, cluster))| is_known(namespace, cluster));
        Ok(longest.map(|((_, name), (namespace, _))| Named::new(namespace.as_str(), *name)))
    }

    async fn longest_dataset(&self, named: &Named) -> Result<Option<(Named, String)>> {
        let cuts: Vec<_> = cuts(&named.name).collect();
        let dataset = |name: &str| Named { namespace: Arc::clone(&named.namespace), name: name.into() };
        let ids: Vec<_> = cuts.iter().map(|(name, _)| id_of(&Entity::Dataset(dataset(name)))).collect();
        let known = self.store().read().await?.declared_nodes(&ids).await?;
        let is_known = |id: &String| known.iter().any(|row| row.id == *id);
        let longest = cuts.iter().zip(&ids).rev().find(|(_, id)| is_known(id));
        // No topic has a colon in its name.
        let first = || cuts.first().filter(|_| Node::of(&Entity::Dataset(named.clone())).kind == Kind::Topic);
        let found = longest.map(|(cut, _)| cut).or_else(first);
        Ok(found.map(|(name, field)| (dataset(name), (*field).to_owned())))
    }
}

/// The text in two at each colon, the shortest beginning first.
fn cuts(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let places = text.match_indices(':').map(|(at, _)| (&text[..at], &text[at + 1..]));
    places.filter(|(before, after)| !before.is_empty() && !after.is_empty()).take(MAX_CUTS)
}

/// Without `#` and a UUID at the end: versions are not told apart.
fn without_version(text: &str) -> &str {
    match text.rsplit_once('#') {
        Some((rest, version)) if uuid::Uuid::try_parse(version).is_ok() => rest,
        _ => text,
    }
}

/// How a field is written.
pub fn field_text(dataset: &Named, field: &str) -> String {
    format!("datasetField:{}:{}:{field}", dataset.namespace, dataset.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_every_colon() {
        let all: Vec<_> = cuts("kafka://h:9092:2024.orders").collect();
        assert_eq!(
            all,
            [("kafka", "//h:9092:2024.orders"), ("kafka://h", "9092:2024.orders"), ("kafka://h:9092", "2024.orders")]
        );
        assert_eq!(cuts(":a:").count(), 0);
        assert_eq!(cuts(&"a:".repeat(1_000)).count(), MAX_CUTS);
    }

    #[test]
    fn versions_are_cut_off() {
        let version = "019127df-00a2-743c-b714-df7e6dcadb2b";
        assert_eq!(without_version(&format!("dataset:a:b#{version}")), "dataset:a:b");
        assert_eq!(without_version("dataset:a:b#c"), "dataset:a:b#c");
    }
}
