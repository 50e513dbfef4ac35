//! Which links are in what proxies saw?
//!
//! Whoever writes is linked to the topic. What a group reads flows from the topic to the group, and from there to its
//! members. The wire names no group where records are fetched: what a client fetches of a topic is counted to its group, if
//! it is in one that reads the topic, and in one only. Nor does it where records are written; but a transaction names both
//! who writes and for which group, so that the client goes by one name on either side. So does a trace, with the topic that
//! it came from: that is a link on all of the way.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Grade, Kind, Link, Node, Seen};
use crate::application::{Applications, Known};
use crate::clusters::ClusterNames;
use crate::event::{Edge, Evidence, Identity, Observation, TopicRef};

/// The links, each once. For a member of a group to be told as one, what is known of the group has to be among the edges.
pub fn links(edges: &[Observation], clusters: &ClusterNames, applications: &Applications) -> Vec<Link> {
    let mut found: BTreeMap<(Node, Node), Seen> = BTreeMap::new();
    let mut add = |from: &Node, to: &Node, seen: Seen| match found.get_mut(&(from.clone(), to.clone())) {
        Some(known) => known.add(seen),
        None => drop(found.insert((from.clone(), to.clone()), seen)),
    };
    for (edge, (application, group)) in edges.iter().zip(parties(edges, applications)) {
        let namespace = clusters.namespace_of(&edge.topic.cluster);
        let node = |kind: Kind, name: &str| Node::new(kind, &namespace, name);
        let topic = node(Kind::Topic, &edge.topic.topic);
        let (client, seen) = (application.node(&namespace), seen(edge));
        match (&edge.edge, group) {
            (Edge::Produces { .. } | Edge::Transacts { .. }, _) => add(&client, &topic, seen),
            (Edge::Traced { from, group }, _) => {
                let (from, group) = (node(Kind::Topic, from), group.as_deref().map(|group| node(Kind::Group, group)));
                reads(&from, group.as_ref(), &client, &seen, &mut add);
                add(&client, &topic, seen);
            }
            (Edge::Consumes { .. }, group) => {
                let group = group.map(|group| node(Kind::Group, group));
                reads(&topic, group.as_ref(), &client, &seen, &mut add);
            }
        }
    }
    found.into_iter().map(|((from, to), seen)| Link { from, to, seen }).collect()
}

/// What is read flows through the group, if it is read for one.
fn reads(topic: &Node, group: Option<&Node>, client: &Node, seen: &Seen, add: &mut impl FnMut(&Node, &Node, Seen)) {
    match group {
        Some(group) => {
            add(topic, group, seen.clone());
            add(group, client, seen.clone());
        }
        None => add(topic, client, seen.clone()),
    }
}

/// Which application each edge is of, and for which group it reads or writes, in the order of the edges.
pub fn parties<'a>(edges: &'a [Observation], applications: &'a Applications) -> Vec<(Known<'a>, Option<&'a str>)> {
    let told = edges.iter().zip(groups(edges));
    told.map(|(edge, group)| (applications.of(&edge.identity, group), group)).collect()
}

/// For which group each edge is: the one that it names, or else the only one that the client names elsewhere for the topic, in
/// the same direction.
pub fn groups(edges: &[Observation]) -> Vec<Option<&str>> {
    let mut known: HashMap<(&Identity, &TopicRef, bool), BTreeSet<&str>> = HashMap::new();
    for edge in edges {
        if let Some(group) = edge.edge.group() {
            known.entry((&edge.identity, &edge.topic, edge.edge.does_write())).or_default().insert(group);
        }
    }
    let told = edges.iter().map(|edge| {
        edge.edge.group().or_else(|| {
            let known = known.get(&(&*edge.identity, &edge.topic, edge.edge.does_write()));
            known.filter(|known| known.len() == 1).and_then(|known| known.first().copied())
        })
    });
    told.collect()
}

fn seen(edge: &Observation) -> Seen {
    let grade = match &edge.edge {
        Edge::Produces { .. } => Grade::Produced,
        Edge::Traced { .. } => Grade::Traced,
        Edge::Transacts { .. } | Edge::Consumes { evidence: Evidence::Transactional, .. } => Grade::Transactional,
        Edge::Consumes { evidence: Evidence::Subscribed, .. } => Grade::Subscribed,
        Edge::Consumes { evidence: Evidence::Fetched, .. } => Grade::Fetched,
        Edge::Consumes { evidence: Evidence::Committed, .. } => Grade::Committed,
    };
    let mut seen = Seen::by(grade, edge.first, edge.last);
    (seen.records, seen.bytes, seen.refused) = (edge.records, edge.bytes, edge.refused);
    if let Edge::Produces { schema: Some(schema) } = &edge.edge {
        seen.schemas.insert(schema.clone(), edge.last);
    }
    seen
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn edge(client: &str, edge: Edge, records: u64) -> Observation {
        Observation {
            identity: Arc::new(Identity {
                client_id: client.into(),
                address: "10.0.0.1".into(),
                ..Identity::default()
            }),
            topic: TopicRef { cluster: "main".into(), topic: "orders".into() },
            edge,
            records,
            bytes: records,
            refused: 0,
            first: 1,
            last: 2,
        }
    }

    fn reads(client: &str, group: Option<&str>, evidence: Evidence, records: u64) -> Observation {
        edge(client, Edge::Consumes { group: group.map(Arc::from), evidence }, records)
    }

    fn told(edges: &[Observation]) -> Vec<(String, String, Vec<&'static str>, u64)> {
        let text = |node: &Node| format!("{}:{}", node.kind.as_str(), node.named.name);
        let links = links(edges, &ClusterNames::default(), &Applications::default()).into_iter();
        let shown = links.map(|Link { from, to, seen }| {
            (text(&from), text(&to), seen.grades.iter().map(|grade| grade.as_str()).collect(), seen.records)
        });
        shown.collect()
    }

    #[test]
    fn what_is_fetched_is_counted_to_the_group_that_the_client_is_in() {
        let told = told(&[
            edge("shop", Edge::Produces { schema: None }, 5),
            edge("shop", Edge::Produces { schema: None }, 2),
            reads("consumer-billing-1", Some("billing"), Evidence::Subscribed, 0),
            reads("consumer-billing-1", Some("billing"), Evidence::Committed, 0),
            reads("consumer-billing-1", None, Evidence::Fetched, 7),
            reads("loner", None, Evidence::Fetched, 3),
        ]);
        let all = vec!["subscribed", "fetched", "committed"];
        let link =
            |from: &str, to: &str, grades: &[&'static str], records| (from.into(), to.into(), grades.to_vec(), records);
        assert_eq!(
            told,
            [
                link("application:shop", "topic:orders", &["produced"], 7),
                link("group:billing", "application:billing", &all, 7),
                link("topic:orders", "application:loner", &["fetched"], 3),
                link("topic:orders", "group:billing", &all, 7),
            ]
        );
    }

    #[test]
    fn a_transaction_names_the_writer_by_its_group_where_the_client_has_no_name_of_its_own() {
        let transacts = |client: &str| edge(client, Edge::Transacts { group: "billing".into() }, 0);
        let wrote = |client: &str, records| edge(client, Edge::Produces { schema: None }, records);
        let on = |topic: &str, seen: Observation| Observation {
            topic: TopicRef { cluster: "main".into(), topic: topic.into() },
            ..seen
        };
        let in_transaction = || reads("rdkafka", Some("billing"), Evidence::Transactional, 0);
        let read_and_written = [
            in_transaction(),
            on("bills", transacts("rdkafka")),
            on("bills", wrote("rdkafka", 5)),
            on("other", wrote("rdkafka", 3)),
            on("bills", transacts("enrich")),
            on("bills", wrote("enrich", 2)),
        ];
        let link =
            |from: &str, to: &str, grades: &[&'static str], records| (from.into(), to.into(), grades.to_vec(), records);
        assert_eq!(
            told(&read_and_written),
            [
                link("application:billing", "topic:bills", &["produced", "transactional"], 5),
                link("application:enrich", "topic:bills", &["produced", "transactional"], 2),
                link("application:rdkafka", "topic:other", &["produced"], 3),
                link("group:billing", "application:billing", &["transactional"], 0),
                link("topic:orders", "group:billing", &["transactional"], 0),
            ]
        );
        // For two groups it is not known under which of the names.
        let both = [
            on("bills", transacts("rdkafka")),
            on("bills", edge("rdkafka", Edge::Transacts { group: "audit".into() }, 0)),
            on("bills", wrote("rdkafka", 5)),
        ];
        assert!(told(&both).contains(&link("application:rdkafka", "topic:bills", &["produced"], 5)));
    }

    #[test]
    fn a_trace_is_a_link_on_all_of_its_way() {
        let traced = |client: &str, from: &str, group: Option<&str>| {
            let traced = edge(client, Edge::Traced { from: from.into(), group: group.map(Arc::from) }, 0);
            Observation { topic: TopicRef { cluster: "main".into(), topic: "enriched".into() }, ..traced }
        };
        let wrote = Observation {
            topic: TopicRef { cluster: "main".into(), topic: "enriched".into() },
            ..edge("producer-1", Edge::Produces { schema: None }, 5)
        };
        let link =
            |from: &str, to: &str, grades: &[&'static str], records| (from.into(), to.into(), grades.to_vec(), records);
        assert_eq!(
            told(&[
                reads("consumer-billing-1", Some("billing"), Evidence::Committed, 0),
                reads("alone", None, Evidence::Fetched, 7),
                traced("producer-1", "orders", Some("billing")),
                wrote,
                traced("alone", "orders", None),
                traced("alone", "prices", None),
            ]),
            [
                link("application:alone", "topic:enriched", &["traced"], 0),
                // A library that makes up names calls the two connections differently; the group is the name of both.
                link("application:billing", "topic:enriched", &["produced", "traced"], 5),
                link("group:billing", "application:billing", &["committed", "traced"], 0),
                link("topic:orders", "application:alone", &["fetched", "traced"], 7),
                link("topic:orders", "group:billing", &["committed", "traced"], 0),
                link("topic:prices", "application:alone", &["traced"], 0),
            ]
        );
    }

    #[test]
    fn who_is_in_two_groups_fetches_for_none_of_them() {
        let told = told(&[
            reads("app", Some("a"), Evidence::Committed, 0),
            reads("app", Some("b"), Evidence::Committed, 0),
            reads("app", None, Evidence::Fetched, 9),
        ]);
        let fetched: Vec<_> = told.iter().filter(|link| link.3 == 9).map(|link| (&*link.0, &*link.1)).collect();
        assert_eq!(fetched, [("topic:orders", "application:app")]);
    }
}
