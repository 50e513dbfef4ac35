//! Which Kafka cluster does a namespace mean? Each has one canonical namespace, and many addresses that people use for it.
//!
//! A client behind the proxy reports the proxy's address, another one any broker of the list. All of them are the cluster.

use std::collections::HashMap;
use std::sync::Arc;

const SCHEME: &str = "kafka://";
/// So many ids of clusters are kept at most; what is told beyond that is passed over.
const MAX_IDS: usize = 1000;

/// The clusters that are known, by name and by address.
#[derive(Debug, Clone, Default)]
pub struct ClusterNames {
    /// Canonical namespaces by `host:port`.
    by_address: HashMap<String, Arc<str>>,
    /// Canonical namespaces by the name under which lineage knows the cluster.
    by_name: HashMap<Arc<str>, Arc<str>>,
    /// Canonical namespaces by the ids that clusters have told.
    by_id: HashMap<Arc<str>, Arc<str>>,
}

impl ClusterNames {
    /// Adds a cluster with the addresses of its brokers, the first of which names it, and other addresses for it, such as
    /// those where a proxy listens. A cluster without brokers has no addresses.
    pub fn add(&mut self, name: &str, brokers: &[String], others: &[String]) {
        let Some(first) = brokers.first() else { return };
        let canonical: Arc<str> = format!("{SCHEME}{}", written(first)).into();
        for address in brokers.iter().chain(others) {
            for address in spellings(&written(address)) {
                self.by_address.entry(address).or_insert_with(|| Arc::clone(&canonical));
            }
        }
        self.by_name.insert(name.into(), canonical);
    }

    /// Adds the id that a cluster of this name has told; answers whether that is news.
    pub fn learn(&mut self, name: &str, id: &Arc<str>) -> bool {
        let canonical = self.namespace_of(name);
        if self.by_id.get(id) == Some(&canonical) || (self.by_id.len() >= MAX_IDS && !self.by_id.contains_key(id)) {
            return false;
        }
        self.by_id.insert(Arc::clone(id), canonical);
        true
    }

    /// The canonical namespace, if this one means a known cluster and is not written so already: by an address, by the
    /// cluster's name here, or by its id. A list of bootstrap servers means the cluster of the first one that is known.
    pub fn canonical(&self, namespace: &str) -> Option<Arc<str>> {
        let addresses = namespace.get(..SCHEME.len()).filter(|scheme| scheme.eq_ignore_ascii_case(SCHEME))?;
        let addresses = &namespace[addresses.len()..];
        let by_address = addresses.split([',', ';']).find_map(|address| self.by_address.get(&written(address)));
        let by_word = || self.by_name.get(addresses).or_else(|| self.by_id.get(addresses));
        let known = by_address.or_else(by_word)?;
        (**known != *namespace).then(|| Arc::clone(known))
    }

    /// The namespace of the topics of a cluster that is known by this name. One that nobody has configured here, since its
    /// proxy runs elsewhere, goes by its name.
    pub fn namespace_of(&self, cluster: &str) -> Arc<str> {
        self.by_name.get(cluster).cloned().unwrap_or_else(|| format!("{SCHEME}{cluster}").into())
    }

    /// Whether this is the canonical namespace of a cluster that is configured here.
    pub fn is_cluster(&self, namespace: &str) -> bool {
        self.by_name.values().any(|canonical| **canonical == *namespace)
    }

    /// The name of the cluster whose topics have this namespace; the reverse of [`Self::namespace_of`].
    pub fn cluster_of<'a>(&'a self, namespace: &'a str) -> Option<&'a str> {
        let known = self.by_name.iter().find(|(_, canonical)| ***canonical == *namespace);
        known.map(|(name, _)| &**name).or_else(|| namespace.strip_prefix(SCHEME))
    }
}

/// An address without what does not matter.
fn written(address: &str) -> String {
    let address = address.trim().trim_end_matches('/');
    address.rsplit_once("://").map_or(address, |(_, rest)| rest).to_ascii_lowercase()
}

/// The address and, where it is one of this machine, the other ways of writing that.
fn spellings(address: &str) -> Vec<String> {
    const HERE: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];
    match address.rsplit_once(':') {
        Some((host, port)) if HERE.contains(&host) || ["0.0.0.0", "[::]"].contains(&host) => {
            HERE.iter().map(|here| format!("{here}:{port}")).collect()
        }
        _ => vec![address.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> ClusterNames {
        let mut names = ClusterNames::default();
        let brokers = ["Broker-1:9092", "broker-2:9092"].map(str::to_owned);
        names.add("main", &brokers, &["0.0.0.0:19092".to_owned(), "kafka.example.com:9092".to_owned()]);
        names
    }

    #[test]
    fn all_addresses_of_a_cluster_mean_the_same() {
        let names = names();
        for namespace in [
            "kafka://broker-2:9092",
            "KAFKA://BROKER-1:9092",
            "kafka://localhost:19092",
            "kafka://127.0.0.1:19092",
            "kafka://kafka.example.com:9092",
            "kafka://unheard-of:1,broker-2:9092",
            "kafka://broker-2:9092;broker-1:9092",
            "kafka://main",
        ] {
            assert_eq!(names.canonical(namespace).as_deref(), Some("kafka://broker-1:9092"), "{namespace}");
        }
        for namespace in
            ["kafka://broker-1:9092", "kafka://other:9092", "postgres://broker-2:9092", "kafka", "", "käfka://"]
        {
            assert_eq!(names.canonical(namespace), None, "{namespace}");
        }
    }

    #[test]
    fn clusters_tell_their_ids() {
        let (mut names, id): (_, Arc<str>) = (names(), "MkU3OEVBNTcwNTJENDM2Qk".into());
        assert_eq!(names.canonical("kafka://MkU3OEVBNTcwNTJENDM2Qk"), None);
        assert!(names.learn("main", &id) && !names.learn("main", &id));
        assert_eq!(names.canonical("kafka://MkU3OEVBNTcwNTJENDM2Qk").as_deref(), Some("kafka://broker-1:9092"));
        assert!(names.learn("elsewhere", &"other".into()));
        assert_eq!(names.canonical("kafka://other").as_deref(), Some("kafka://elsewhere"));
        let learnt = (0..MAX_IDS + 5).filter(|number| names.learn("main", &format!("id-{number}").into())).count();
        assert_eq!(learnt, MAX_IDS - 2);
    }

    #[test]
    fn clusters_go_by_name_and_namespace() {
        let names = names();
        assert_eq!(&*names.namespace_of("main"), "kafka://broker-1:9092");
        assert_eq!(names.cluster_of("kafka://broker-1:9092"), Some("main"));
        assert_eq!(&*names.namespace_of("elsewhere"), "kafka://elsewhere");
        assert_eq!(names.cluster_of("kafka://elsewhere"), Some("elsewhere"));
        assert_eq!(names.cluster_of("s3://bucket"), None);
    }
}
