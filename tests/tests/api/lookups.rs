//! Finding what is stored: listings, pages, ids, GUIDs.

use serde_json::json;
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use crate::schemas::{first, second};

async fn an_empty_registry_says_so(registry: TestRegistry) {
    assert_eq!(registry.get("/").await.ok(), json!({}));
    assert_eq!(registry.post("/", &json!({})).await.ok(), json!({}));
    assert_eq!(registry.get("/subjects").await.ok(), json!([]));
    assert_eq!(registry.get("/schemas").await.ok(), json!([]));
    assert_eq!(registry.get("/schemas/types").await.ok(), json!(["JSON", "PROTOBUF", "AVRO"]));
    assert_eq!(registry.get("/contexts").await.ok(), json!(["."]));
    assert_eq!(registry.get("/config").await.ok(), json!({"compatibilityLevel": "BACKWARD"}));
    assert_eq!(registry.get("/mode").await.ok(), json!({"mode": "READWRITE"}));
    registry.get("/schemas/ids/1").await.refused(40403);
    registry.get("/subjects/s/versions").await.refused(40401);
    registry.get("/subjects/s/versions/1").await.refused(40401);
    registry.post("/subjects/s", &json!({"schema": first()})).await.refused(40401);
    assert_eq!(registry.get("/v1/metadata/deployment").await.ok(), json!({"attributes": []}));
    let version = registry.get("/v1/metadata/version").await.ok();
    assert!(version["version"].as_str().unwrap().starts_with("8."), "{version}");
    let id = registry.get("/v1/metadata/id").await.ok();
    assert_eq!(id["scope"]["clusters"]["schema-registry-cluster"], "schema-registry");
}

async fn what_is_not_there_is_told_apart(registry: TestRegistry) {
    registry.register("s", &first()).await;
    registry.get("/subjects/s/versions/2").await.refused(40402);
    registry.post("/subjects/s", &json!({"schema": second()})).await.refused(40403);
    registry.post("/subjects/s", &json!({"schema": "nonsense"})).await.refused(42201);
    registry.get("/schemas/ids/2/schema").await.refused(40403);
    registry.get("/schemas/ids/2/versions").await.refused(40403);
    registry.get("/schemas/ids/2147483648").await.refused(404);
    registry.get("/schemas/ids/x").await.refused(404);
    registry.get("/schemas/guids/nonsense").await.refused(40403);
    assert_eq!(registry.get("/schemas/guids/nonsense/ids").await.ok(), json!([]));
    for version in ["0", "-2", "first", "1.0", "99999999999"] {
        registry.get(&format!("/subjects/s/versions/{version}")).await.refused(42202);
    }
}

async fn listings_come_in_pages(registry: TestRegistry) {
    for subject in ["d", "b", "a", "c"] {
        registry.register(subject, "\"string\"").await;
    }
    assert_eq!(registry.get("/subjects?offset=1&limit=2").await.ok(), json!(["b", "c"]));
    assert_eq!(registry.get("/subjects?offset=9").await.ok(), json!([]));
    assert_eq!(registry.get("/subjects?limit=-1").await.ok(), json!(["a", "b", "c", "d"]));
    assert_eq!(registry.get("/schemas/ids/1/subjects?offset=2").await.ok(), json!(["c", "d"]));
    let listed = registry.get("/schemas?limit=1&offset=3").await.ok();
    assert_eq!(listed[0]["subject"], "d");
    assert_eq!(listed.as_array().unwrap().len(), 1);
    registry.get("/subjects?limit=many").await.refused(404);
    registry.get("/subjects?deleted=perhaps").await.refused(404);
}

async fn schemas_are_listed_by_prefix_and_latest(registry: TestRegistry) {
    registry.register("orders-value", &first()).await;
    registry.register("orders-value", &second()).await;
    registry.register("users-value", "\"string\"").await;
    let listed = async |query: &str| {
        let listed = registry.get(&format!("/schemas?{query}")).await.ok();
        let shown =
            listed.as_array().unwrap().iter().map(|s| format!("{}/{}", s["subject"].as_str().unwrap(), s["version"]));
        shown.collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, ["orders-value/1", "orders-value/2", "users-value/1"]);
    assert_eq!(listed("latestOnly=true").await, ["orders-value/2", "users-value/1"]);
    assert_eq!(listed("subjectPrefix=users").await, ["users-value/1"]);
    assert_eq!(registry.get("/subjects?subjectPrefix=orders").await.ok(), json!(["orders-value"]));
}

async fn an_answer_by_id_follows_what_happens_to_it(registry: TestRegistry) {
    registry.register("a", "\"string\"").await;
    for _ in 0..2 {
        assert_eq!(registry.get("/schemas/ids/1").await.ok()["subject"], "a");
        registry.get("/schemas/ids/2").await.refused(40403);
    }
    registry.register("b", "\"int\"").await;
    assert_eq!(registry.get("/schemas/ids/2").await.ok()["schema"], "\"int\"");
    assert_eq!(registry.get("/schemas/ids/1?fetchMaxId=true").await.ok()["maxId"], 2);
    assert_eq!(registry.get("/schemas/ids/1?subject=a").await.ok()["version"], 1);

    registry.delete("/subjects/a").await.ok();
    assert_eq!(registry.get("/schemas/ids/1").await.ok()["schema"], "\"string\"", "consumers still need it");
    assert_eq!(registry.get("/schemas/ids/1/versions").await.ok(), json!([]));
    assert_eq!(
        registry.get("/schemas/ids/1/versions?deleted=true").await.ok(),
        json!([{"subject": "a", "version": 1}])
    );
    registry.delete("/subjects/a?permanent=true").await.ok();
    registry.get("/schemas/ids/1").await.refused(40403);
}

async fn the_latest_version_with_some_properties_is_found(registry: TestRegistry) {
    let register = async |properties: serde_json::Value| {
        let body = json!({"schema": first(), "metadata": {"properties": properties}});
        registry.post("/subjects/s/versions", &body).await.ok()["version"].as_i64().unwrap()
    };
    assert_eq!(register(json!({"owner": "shop", "tier": "1"})).await, 1);
    assert_eq!(register(json!({"owner": "shop", "tier": "2"})).await, 2);
    assert_eq!(register(json!({"owner": "till"})).await, 3);
    let found = async |query: &str| registry.get(&format!("/subjects/s/metadata?{query}")).await;
    for (query, version) in [
        ("key=owner&value=shop", 2),
        ("key=owner&key=tier&value=shop&value=1", 1),
        ("value=2&key=tier", 2),
        ("key=owner&value=till", 3),
        ("", 3),
    ] {
        assert_eq!(found(query).await.ok()["version"], version, "{query}");
    }
    assert_eq!(found("key=tier&value=1").await.ok()["metadata"]["properties"]["owner"], "shop");
    found("key=owner&value=nobody").await.refused(40403);
    found("key=owner&key=tier&value=till&value=1").await.refused(40403);
    registry.get("/subjects/unknown/metadata?key=owner&value=shop").await.refused(40401);
    registry.delete("/subjects/s/versions/2").await.ok();
    assert_eq!(found("key=owner&value=shop").await.ok()["version"], 1);
    assert_eq!(found("key=owner&value=shop&deleted=true").await.ok()["version"], 2);
    registry.delete("/subjects/s").await.ok();
    found("key=owner&value=shop").await.refused(40401);
    registry.put("/config/other-name", &json!({"alias": "s"})).await.ok();
    let by_alias = registry.get("/subjects/other-name/metadata?key=tier&value=2&deleted=true").await.ok();
    assert_eq!(by_alias["subject"], "s");
}

on_both_databases!(
    the_latest_version_with_some_properties_is_found,
    an_empty_registry_says_so,
    what_is_not_there_is_told_apart,
    listings_come_in_pages,
    schemas_are_listed_by_prefix_and_latest,
    an_answer_by_id_follows_what_happens_to_it,
);
