//! Lineage: what was observed, and the names of its schemas.

use std::sync::Arc;

use tidegate_compat::{ContextName, SchemaId};
use tidegate_lineage::{Edge, Evidence, Identity, Observation, SchemaRef, TopicRef};

use crate::house::{on_each_database, subject};

fn seen(edge: Edge, first: i64) -> Observation {
    Observation {
        identity: Arc::new(Identity { client_id: "shop".into(), ..Identity::default() }),
        topic: TopicRef { cluster: "main".into(), topic: "orders".into() },
        edge,
        records: 5,
        bytes: 500,
        refused: 0,
        first,
        last: first + 10,
    }
}

#[tokio::test]
async fn edges_carry_the_name_under_which_their_topic_knows_the_schema() {
    on_each_database(async |house| {
        for name in ["a-first", "orders-value", "orders-key"] {
            house.register(name, "\"string\"").await;
        }
        house.register("elsewhere", "\"long\"").await;
        let schema = |id| Some(SchemaRef { context: ContextName::default_context(), id: SchemaId(id) });
        let observations = [
            seen(Edge::Produces { schema: schema(1) }, 10),
            seen(Edge::Produces { schema: schema(2) }, 20),
            seen(Edge::Produces { schema: schema(99) }, 30),
            seen(Edge::Consumes { group: Some("billing".into()), evidence: Evidence::Committed }, 40),
        ];
        house.registry.observe(&observations).await.unwrap();
        house.registry.observe(&observations).await.unwrap();
        house.registry.observe(&[]).await.unwrap();
        let edges = house.registry.topic_edges("orders", None).await.unwrap();
        let named: Vec<_> = edges.iter().map(|edge| edge.schema.as_ref().map(|(name, _)| name.clone())).collect();
        assert_eq!(named, [Some(subject("orders-value")), Some(subject("elsewhere")), None, None]);
        assert!(edges.iter().all(|edge| edge.seen.records == 10));
        assert!(house.registry.topic_edges("never", None).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn names_without_end_are_cut_and_what_came_with_them_is_kept() {
    on_each_database(async |house| {
        // Letters that don't compress, so that no index takes them after all.
        let long: String = (0..9_000_u32).map(|n| char::from(b'a' + (n * n % 251 % 26) as u8)).collect();
        let named = |name: &str| {
            let identity = Identity {
                client_id: name.into(),
                software: name.into(),
                principal: name.into(),
                address: name.into(),
            };
            let edge = Edge::Consumes { group: Some(name.into()), evidence: Evidence::Committed };
            Observation { identity: Arc::new(identity), ..seen(edge, 10) }
        };
        let observations = [named(&long), named("a\0b"), named(&"ä".repeat(200)), named("shop")];
        house.registry.observe(&observations).await.unwrap();
        house.registry.observe(&observations).await.unwrap();
        let edges = house.registry.topic_edges("orders", None).await.unwrap();
        let mut names: Vec<_> = edges.iter().map(|edge| edge.seen.identity.client_id.to_string()).collect();
        names.sort_unstable();
        assert_eq!(names, ["a b", &long[..255], "shop", &"ä".repeat(127)].map(str::to_owned));
        assert!(edges.iter().all(|edge| edge.seen.records == 10));
    })
    .await;
}
