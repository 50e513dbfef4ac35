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

async fn a_context_goes_when_it_is_empty(registry: TestRegistry) {
    registry.register(":.staging:orders-value", &first()).await;
    registry.register(":.staging:other", "\"string\"").await;
    registry.put("/config/:.staging:", &json!({"compatibility": "FULL"})).await.ok();
    registry.put("/config/:.staging:later", &json!({"compatibility": "NONE"})).await.ok();
    registry.delete("/contexts/.staging").await.refused(42211);
    for subject in [":.staging:orders-value", ":.staging:other"] {
        registry.delete(&format!("/subjects/{subject}")).await.ok();
        registry.delete("/contexts/staging").await.refused(42211);
        registry.delete(&format!("/subjects/{subject}?permanent=true")).await.ok();
    }
    registry.put("/mode/:.staging:", &json!({"mode": "READONLY"})).await.ok();
    registry.delete("/contexts/.staging").await.refused(42205);
    registry.delete("/mode/:.staging:").await.ok();
    for path in ["/contexts/:.staging:", "/contexts/.staging", "/contexts/never-there", "/contexts/:.:"] {
        let answer = registry.delete(path).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{path}");
    }
    assert_eq!(registry.get("/contexts").await.ok(), json!(["."]));
    registry.get("/config/:.staging:").await.refused(40408);
    registry.get("/config/:.staging:later").await.refused(40408);
    assert_eq!(registry.register(":.staging:orders-value", "\"int\"").await, 1, "its ids begin anew");
    assert_eq!(registry.get("/schemas/ids/1?subject=:.staging:").await.ok()["schema"], "\"int\"");
    registry.register("orders-value", &first()).await;
    registry.delete("/contexts/:.:").await.refused(42211);
    registry.delete("/contexts/a:b").await.refused(400);
}

/// Contexts that come and go under the hands of others: no schema is lost, and no one hears of a defect.
async fn a_context_is_deleted_while_others_register_in_it(registry: TestRegistry) {
    let working = futures_util::future::join_all((0..8).map(|number| {
        let (registry, subject) = (&registry, format!(":.ctx:s{number}"));
        async move {
            for round in 0..6 {
                let schema = crate::schemas::order(&[(&format!("f{number}_{round}"), "\"int\"")]);
                registry.register(&subject, &schema).await;
                let found = registry.get(&format!("/subjects/{subject}/versions/latest")).await.ok();
                assert!(found["schema"].as_str().unwrap().contains(&format!("f{number}_{round}")), "{found}");
                registry.delete(&format!("/subjects/{subject}")).await.ok();
                registry.delete(&format!("/subjects/{subject}?permanent=true")).await.ok();
            }
        }
    }));
    let deleting = async {
        for _ in 0..60 {
            let answer = registry.delete("/contexts/ctx").await;
            assert!(answer.status == 204 || answer.body["error_code"] == 42211, "{answer}");
        }
    };
    futures_util::future::join(working, deleting).await;
    assert_eq!(registry.delete("/contexts/ctx").await.status, 204);
    assert_eq!(registry.get("/contexts").await.ok(), json!(["."]));
    assert_eq!(registry.register(":.ctx:s", &first()).await, 1);
}

on_both_databases!(
    a_context_is_deleted_while_others_register_in_it,
    each_context_counts_its_own_ids,
    a_client_can_be_pointed_at_one_context,
    a_context_goes_when_it_is_empty,
);
