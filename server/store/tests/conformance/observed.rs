//! Does what was seen on the wire and looked up add up the same on every database?

use std::collections::BTreeSet;
use std::sync::Arc;

use tidegate_compat::SchemaId;
use tidegate_lineage::{Edge, Evidence, Identity, Lookup, Observation, SchemaRef, TopicRef};
use tidegate_store::history::{DAY, HOUR};
use tidegate_store::{Error, Store, Window};

use crate::databases::on_each_database;
use crate::default;

fn seen(client: &str, edge: Edge, records: u64, first: i64, last: i64) -> Observation {
    Observation {
        identity: Arc::new(Identity { client_id: client.into(), ..Identity::default() }),
        topic: TopicRef { cluster: "main".into(), topic: "orders".into() },
        edge,
        records,
        bytes: records * 10,
        refused: 1,
        first,
        last,
    }
}

async fn observe(store: &Store, observations: &[Observation]) -> Result<(), Error> {
    let mut tx = store.write().await?;
    tx.add_observations(observations).await?;
    tx.commit_unrecorded().await
}

#[tokio::test]
async fn observations_add_up_per_edge() {
    on_each_database(async |store| {
        let schema = SchemaRef { context: default(), id: SchemaId(3) };
        let edges = [
            Edge::Produces { schema: Some(schema) },
            Edge::Produces { schema: None },
            Edge::Consumes { group: Some("billing".into()), evidence: Evidence::Committed },
            Edge::Consumes { group: None, evidence: Evidence::Fetched },
            Edge::Transacts { group: "billing".into() },
            Edge::Consumes { group: Some("billing".into()), evidence: Evidence::Transactional },
            Edge::Traced { from: "carts".into(), group: Some("billing".into()) },
            Edge::Traced { from: "prices".into(), group: Some("billing".into()) },
            Edge::Traced { from: "carts".into(), group: None },
        ];
        let first: Vec<_> = (10..).zip(&edges).map(|(at, edge)| seen("shop", edge.clone(), 5, at, at)).collect();
        observe(store, &first).await.unwrap();
        // The same edge twice in one flush, one of them late.
        let again = [seen("shop", edges[0].clone(), 2, 30, 40), seen("shop", edges[0].clone(), 3, 4, 5)];
        observe(store, &again).await.unwrap();

        let mut session = store.read().await.unwrap();
        let stored = session.topic_edges("orders", Some("main")).await.unwrap();
        assert_eq!(stored.iter().map(|it| it.edge.clone()).collect::<Vec<_>>(), edges);
        let sums = &stored[0];
        assert_eq!((sums.records, sums.bytes, sums.refused, sums.first, sums.last), (10, 100, 3, 4, 40));
        assert_eq!(session.topic_edges("orders", Some("elsewhere")).await.unwrap(), []);
        assert_eq!(session.topic_edges("orders", None).await.unwrap().len(), edges.len());
        let key = |topic: &str| (topic.to_owned(), "main".to_owned());
        let from = session.edges_from_topics(&[key("carts"), key("orders"), key("")]).await.unwrap();
        let from: Vec<_> = from.into_iter().map(|it| (it.topic.topic.to_string(), it.edge)).collect();
        assert_eq!(from.len(), 2, "{from:?}");
        assert!([6, 8].iter().all(|at: &usize| from.contains(&("orders".to_owned(), edges[*at].clone()))));
        let for_group = session.edges_of_clients(&[key("billing")]).await.unwrap();
        assert!(for_group.iter().any(|it| it.edge == edges[7]));
        drop(session);
        let third = Edge::Produces { schema: Some(SchemaRef { context: default(), id: SchemaId(4) }) };
        observe(store, &[seen("kiosk", third, 1, 20, 50)]).await.unwrap();
        let mut session = store.read().await.unwrap();
        let mut recent = async |cluster, since, most| {
            let seen = session.recent_schemas(cluster, since, most).await.unwrap();
            seen.into_iter().map(|(schema, last)| (schema.id.0, last)).collect::<Vec<_>>()
        };
        assert_eq!(recent(None, 0, 10).await, [(4, 50), (3, 40)]);
        assert_eq!(recent(Some("main"), 41, 10).await, [(4, 50)]);
        assert_eq!(recent(Some("elsewhere"), 0, 10).await, []);
        assert_eq!(recent(None, 0, 1).await, [(4, 50)]);
        assert_eq!(store.revision(), 0, "observations are no changes of the registry");
    })
    .await;
}

#[tokio::test]
async fn lookups_add_up_per_client_and_schema_and_are_forgotten() {
    on_each_database(async |store| {
        let who = |principal: &str, software: &str| {
            Arc::new(Identity { principal: principal.into(), software: software.into(), ..Identity::default() })
        };
        let lookup = |who: Arc<Identity>, id, count, at| Lookup {
            who,
            schema: SchemaRef { context: default(), id: SchemaId(id) },
            count,
            first: at,
            last: at,
        };
        let add = async |lookups: &[Lookup]| {
            let mut tx = store.write().await.unwrap();
            tx.add_lookups(lookups).await.unwrap();
            tx.commit_unrecorded().await.unwrap();
        };
        add(&[lookup(who("shop", ""), 7, 3, 100), lookup(who("", "curl"), 7, 1, 100)]).await;
        add(&[lookup(who("shop", ""), 7, 2, 50), lookup(who("shop", ""), 8, 9, 200)]).await;
        add(&(0..130).map(|id| lookup(who("flood", ""), 1000 + id, 1, 10)).collect::<Vec<_>>()).await;
        let told = async |ids: &[i32], times| {
            let ids: Vec<_> = ids.iter().copied().map(SchemaId).collect();
            let found = store.read().await.unwrap().lookups_of(&default(), &ids, times).await.unwrap();
            let line = |it: Lookup| (it.who.principal.to_string(), it.schema.id.0, it.count, it.first, it.last);
            found.into_iter().map(line).collect::<Vec<_>>()
        };
        let shop = |id, count, first, last| ("shop".to_owned(), id, count, first, last);
        let curl = || (String::new(), 7, 1, 100, 100);
        assert_eq!(told(&[7], (0, 1_000)).await, [curl(), shop(7, 5, 50, 100)]);
        assert_eq!(told(&[7, 8, 9], (101, 1_000)).await, [shop(8, 9, 200, 200)]);
        assert_eq!(told(&[7, 8], (0, 60)).await, [shop(7, 5, 50, 100)]);
        assert_eq!(told(&(1000..1130).collect::<Vec<_>>(), (0, 1_000)).await.len(), 130);
        let mut tx = store.write().await.unwrap();
        tx.forget_lookups(150).await.unwrap();
        tx.commit_unrecorded().await.unwrap();
        assert_eq!(told(&[7, 8, 1000], (0, 1_000)).await, [shop(8, 9, 200, 200)]);
    })
    .await;
}

#[tokio::test]
async fn sums_stay_within_what_the_database_can_keep() {
    on_each_database(async |store| {
        let huge = [seen("liar", Edge::Produces { schema: None }, u64::MAX / 10, 1, 1)];
        for _ in 0..4 {
            observe(store, &huge).await.unwrap();
        }
        let stored = store.read().await.unwrap().topic_edges("orders", None).await.unwrap();
        assert!(stored[0].records > 1 << 61 && i64::try_from(stored[0].records).is_ok(), "{}", stored[0].records);
    })
    .await;
}

#[tokio::test]
async fn edges_are_told_as_they_were_in_a_part_of_the_time() {
    on_each_database(async |store| {
        let edge = Edge::Produces { schema: None };
        let all = [
            seen("shop", edge.clone(), 5, HOUR + 1, HOUR + 9),
            seen("shop", edge.clone(), 7, HOUR + 2, HOUR + 10),
            seen("shop", edge.clone(), 11, 5 * HOUR, 5 * HOUR),
            seen("kiosk", edge, 1, 5 * HOUR, 5 * HOUR),
        ];
        for seen in &all {
            observe(store, std::slice::from_ref(seen)).await.unwrap();
        }
        let within = async |from, to, span| {
            let mut session = store.read().await.unwrap();
            let edges = session.topic_edges("orders", None).await.unwrap();
            let told = session.edges_within(edges, Window { from, to, span }).await.unwrap();
            let told = told.iter().map(|it| (it.identity.client_id.to_string(), it.records, it.first, it.last));
            told.collect::<BTreeSet<_>>()
        };
        let shop = |records, first, last| ("shop".to_owned(), records, first, last);
        let early = shop(12, HOUR + 1, HOUR + 10);
        assert_eq!(within(HOUR + 5, 2 * HOUR, HOUR).await, [early.clone()].into(), "an hour counts as a whole");
        let kiosk = ("kiosk".to_owned(), 1, 5 * HOUR, 5 * HOUR);
        assert_eq!(within(0, 6 * HOUR, HOUR).await, [shop(23, HOUR + 1, 5 * HOUR), kiosk.clone()].into());
        assert_eq!(within(2 * HOUR, 5 * HOUR, HOUR).await, [].into());
        let mut tx = store.write().await.unwrap();
        tx.forget_history(5 * HOUR, 0).await.unwrap();
        tx.commit_unrecorded().await.unwrap();
        assert_eq!(within(0, 6 * HOUR, HOUR).await, [shop(11, 5 * HOUR, 5 * HOUR), kiosk.clone()].into());
        assert_eq!(
            within(0, 6 * HOUR, DAY).await,
            [shop(23, HOUR + 1, 5 * HOUR), kiosk].into(),
            "days are kept longer"
        );
        let mut tx = store.write().await.unwrap();
        tx.add_observations(&[seen("shop", Edge::Produces { schema: None }, u64::MAX / 10, HOUR, HOUR)]).await.unwrap();
        tx.add_observations(&[seen("shop", Edge::Produces { schema: None }, u64::MAX / 10, HOUR, HOUR)]).await.unwrap();
        tx.commit_unrecorded().await.unwrap();
        assert!(within(0, 6 * HOUR, DAY).await.iter().any(|it| it.1 > 1 << 50), "a sum never leaves what can be kept");
    })
    .await;
}

#[tokio::test]
async fn a_flush_of_any_size_is_kept_whole_or_not_at_all() {
    on_each_database(async |store| {
        let edge = Edge::Produces { schema: None };
        let many: Vec<_> = (0..1234).map(|n| seen(&format!("client {n}\0"), edge.clone(), 1, 1, 1)).collect();
        observe(store, &many).await.unwrap();
        observe(store, &many).await.unwrap();
        let mut tx = store.write().await.unwrap();
        tx.add_observations(&[seen("undone", edge, 1, 1, 1)]).await.unwrap();
        drop(tx);
        let stored = store.read().await.unwrap().topic_edges("orders", None).await.unwrap();
        assert_eq!(stored.len(), 1234);
        assert!(stored.iter().all(|it| it.records == 2 && &*it.identity.client_id != "undone"));
        assert!(stored.iter().all(|it| it.identity.client_id.ends_with('\u{fffd}')), "NUL is written as U+FFFD");
    })
    .await;
}
