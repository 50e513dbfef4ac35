//! `GET /govern/v1/subjects`: subjects at a glance, page by page, and only when something has changed.

use reqwest::Method;
use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::{Answer, TestRegistry};

use crate::schemas::{first, second};

const DOOR: &str = "/govern/v1/subjects";

async fn names(registry: &TestRegistry, query: &str) -> Vec<Value> {
    let page = registry.get(&format!("{DOOR}?{query}")).await.ok();
    page["subjects"].as_array().unwrap().iter().map(|entry| entry["subject"].clone()).collect()
}

async fn again(registry: &TestRegistry, path: &str, tag: &str) -> Answer {
    registry.send(Method::GET, path, &[("if-none-match", tag)], None).await
}

async fn a_subject_is_told_at_a_glance(registry: TestRegistry) {
    registry.register("orders", &first()).await;
    let owned = json!({"schema": second(), "metadata": {"properties": {"owner": "ann"}, "tags": {"a.b": ["PII"]}}});
    registry.post("/subjects/orders/versions", &owned).await.ok();
    registry.put("/config/orders", &json!({"compatibility": "FULL"})).await.ok();
    let latest = registry.get("/subjects/orders/versions/latest").await.ok();
    let page = registry.get(DOOR).await;
    assert_eq!(page.content_type(), "application/json");
    assert_eq!(page.header("cache-control"), "private, no-cache");
    assert_eq!(page.header("link"), "");
    assert_eq!(
        page.ok(),
        json!({"subjects": [{
            "subject": "orders", "context": ".", "version": 2, "id": latest["id"], "guid": latest["guid"],
            "schemaType": "AVRO", "versions": 2, "updated": latest["ts"], "deleted": false,
            "compatibility": {"level": "FULL", "from": "subject"}, "mode": {"mode": "READWRITE", "from": "server"},
            "owner": "ann", "tags": ["PII"], "sensitive": 0,
        }]})
    );
    registry.delete("/subjects/orders").await.ok();
    assert_eq!(names(&registry, "").await, [""; 0]);
    let gone = registry.get(&format!("{DOOR}?deleted=only")).await.ok();
    assert_eq!((&gone["subjects"][0]["deleted"], &gone["subjects"][0]["versions"]), (&json!(true), &json!(2)));
}

async fn a_page_names_the_next_one(registry: TestRegistry) {
    for subject in ["a", "b", ":.ctx:c%2Fd", "e"] {
        registry.register(subject, &first()).await;
    }
    let mut path = format!("{DOOR}?limit=2&prefix=");
    let mut seen = Vec::new();
    loop {
        let page = registry.get(&path).await;
        let link = page.header("link").to_owned();
        let page = page.ok();
        seen.extend(page["subjects"].as_array().unwrap().iter().map(|entry| entry["subject"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        assert_eq!(link, format!("<{next}>; rel=\"next\""));
        path = next.to_owned();
    }
    assert_eq!(seen, [":.ctx:c/d", "a", "b", "e"]);
    assert_eq!(names(&registry, "context=ctx").await, [":.ctx:c/d"]);
    assert_eq!(names(&registry, "context=.&after=a").await, ["b", "e"]);
    assert_eq!(names(&registry, "type=json").await, [""; 0]);
    assert_eq!(names(&registry, "type=Avro&prefix=e").await, ["e"]);
    for wrong in ["limit=0", "limit=1001", "limit=x", "type=XML", "deleted=perhaps", "context=a:b"] {
        registry.get(&format!("{DOOR}?{wrong}")).await.refused(400);
    }
}

async fn what_has_not_changed_is_not_sent_again(registry: TestRegistry) {
    registry.register("s", &first()).await;
    let tag = registry.get(DOOR).await.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    let unchanged = again(&registry, DOOR, &tag).await;
    assert_eq!((unchanged.status, unchanged.text.as_str()), (304, ""));
    assert_eq!((unchanged.header("etag"), unchanged.header("cache-control")), (tag.as_str(), "private, no-cache"));
    let other_question = again(&registry, &format!("{DOOR}?limit=1"), &tag).await;
    assert_eq!(other_question.status, 200);
    registry.put("/config/s", &json!({"compatibility": "NONE"})).await.ok();
    let changed = again(&registry, DOOR, &tag).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), tag);
    assert_eq!(changed.ok()["subjects"][0]["compatibility"]["level"], "NONE");
}

on_both_databases!(a_subject_is_told_at_a_glance, a_page_names_the_next_one, what_has_not_changed_is_not_sent_again,);
