//! Contexts: names and ids of their own.

use serde_json::json;
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use crate::schemas::first;

async fn each_context_counts_its_own_ids(registry: TestRegistry) {
    registry.register("other", "\"string\"").await;
    assert_eq!(registry.register(":.staging:orders-value", &first()).await, 1);
    assert_eq!(registry.get("/contexts").await.ok(), json!([".", ".staging"]));
    assert_eq!(registry.get("/contexts?contextPrefix=.s").await.ok(), json!([".staging"]));
    assert_eq!(registry.get("/subjects").await.ok(), json!([":.staging:orders-value", "other"]));
    assert_eq!(registry.get("/subjects?subjectPrefix=").await.ok(), json!(["other"]));
    assert_eq!(registry.get("/subjects?subjectPrefix=:.staging:").await.ok(), json!([":.staging:orders-value"]));
    assert_eq!(registry.get("/schemas/ids/1").await.ok()["schema"], "\"string\"");
    let staged = registry.get("/schemas/ids/1?subject=:.staging:").await.ok();
    assert_eq!(staged["subject"], ":.staging:orders-value");
    let elsewhere = registry.get("/subjects/orders-value/versions/1").await.ok();
    assert_eq!(
        elsewhere["subject"], ":.staging:orders-value",
        "a bare name that is missing is sought in other contexts"
    );
}

async fn a_client_can_be_pointed_at_one_context(registry: TestRegistry) {
    for base in ["/contexts/staging", "/contexts/.staging", "/contexts/:.staging:"] {
        let path = format!("{base}/subjects/orders-value/versions");
        assert_eq!(registry.post(&path, &json!({"schema": first()})).await.ok()["id"], 1);
        assert_eq!(registry.get(&format!("{base}/subjects")).await.ok(), json!([":.staging:orders-value"]));
        assert_eq!(registry.get(&format!("{base}/schemas/ids/1")).await.ok()["version"], 1);
        registry.put(&format!("{base}/config"), &json!({"compatibility": "FULL"})).await.ok();
    }
    assert_eq!(registry.get("/config/:.staging:").await.ok()["compatibilityLevel"], "FULL");
    assert_eq!(registry.get("/config").await.ok()["compatibilityLevel"], "BACKWARD");
    registry.get("/schemas/ids/1").await.refused(40403);
    registry.get("/contexts/a:b/subjects").await.refused(400);
}

on_both_databases!(each_context_counts_its_own_ids, a_client_can_be_pointed_at_one_context);
