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
