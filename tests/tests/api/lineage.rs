//! Lineage over HTTP: what a proxy reports is what is told about a topic.

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use crate::schemas::first;

const OBSERVATIONS: &str = "/govern/v1/lineage/observations";

fn produced(records: u64, first: i64, last: i64) -> Value {
    json!({
        "cluster": "main", "topic": "orders", "client_id": "shop", "software": "librdkafka/2.12.1", "address": "10.0.0.1",
        "direction": "produces", "schema": {"context": ".", "id": 1},
        "records": records, "bytes": records * 100, "refused": 1, "first": first, "last": last,
    })
}

async fn what_is_reported_is_told(registry: TestRegistry) {
    registry.register("orders-value", &first()).await;
    let consumed = json!({
        "cluster": "main", "topic": "orders", "client_id": "reader", "direction": "consumes", "group": "billing",
        "evidence": "committed", "first": 5000, "last": 6000,
    });
    for observations in [json!([produced(3, 1000, 2000), consumed]), json!([produced(4, 3000, 4000)])] {
        let answer = registry.post(OBSERVATIONS, &json!({ "observations": observations })).await;
        assert_eq!(answer.status, 204, "{answer}");
        assert_eq!(answer.text, "");
    }
    let lineage = registry.get("/govern/v1/lineage/topics/orders").await;
    assert_eq!(lineage.content_type(), "application/json");
    let lineage = lineage.ok();
    assert_eq!((&lineage["topic"], &lineage["cluster"]), (&json!("orders"), &json!("main")));
    let producer = &lineage["producers"][0];
    assert_eq!((&producer["client_id"], &producer["software"]), (&json!("shop"), &json!("librdkafka/2.12.1")));
    assert_eq!((&producer["records"], &producer["bytes"], &producer["refused"]), (&json!(7), &json!(700), &json!(2)));
    assert_eq!(producer["first_seen"], "1970-01-01T00:00:01.000Z");
    assert_eq!(producer["last_seen"], "1970-01-01T00:00:04.000Z");
    assert_eq!(producer["schemas"][0]["subject"], "orders-value");
    let version = &lineage["schema_versions"][0];
    assert_eq!((&version["id"], &version["version"], &version["records"]), (&json!(1), &json!(1), &json!(7)));
    let consumer = &lineage["consumers"][0];
    assert_eq!((&consumer["group"], &consumer["evidence"]), (&json!("billing"), &json!(["committed"])));
    assert_eq!(lineage["last_seen"], "1970-01-01T00:00:06.000Z");
}

async fn a_topic_that_nobody_saw_is_empty(registry: TestRegistry) {
    let lineage = registry.get("/govern/v1/lineage/topics/si%2Flent").await.ok();
    assert_eq!(lineage, json!({"topic": "si/lent", "producers": [], "schema_versions": [], "consumers": []}));
}

async fn clusters_are_kept_apart(registry: TestRegistry) {
    let mut other = produced(1, 1, 2);
    other["cluster"] = json!("other");
    let report = json!({"observations": [produced(3, 1, 2), other]});
    assert_eq!(registry.post(OBSERVATIONS, &report).await.status, 204);
    let both = registry.get("/govern/v1/lineage/topics/orders").await.ok();
    assert!(both.get("cluster").is_none());
    let main = registry.get("/govern/v1/lineage/topics/orders?cluster=main").await.ok();
    assert_eq!((&main["cluster"], &main["producers"][0]["records"]), (&json!("main"), &json!(3)));
}

async fn nonsense_is_refused(registry: TestRegistry) {
    let mut backwards = produced(1, 5, 4);
    registry.post(OBSERVATIONS, &json!({"observations": [backwards.clone()]})).await.refused(422);
    backwards["direction"] = json!("sideways");
    registry.post(OBSERVATIONS, &json!({"observations": [backwards]})).await.refused(400);
    let mut huge = produced(1, 1, 2);
    huge["records"] = json!(u64::MAX);
    registry.post(OBSERVATIONS, &json!({"observations": [huge]})).await.refused(422);
    registry.post(OBSERVATIONS, &json!([])).await.refused(400);
}

on_both_databases!(
    what_is_reported_is_told,
    a_topic_that_nobody_saw_is_empty,
    clusters_are_kept_apart,
    nonsense_is_refused
);
