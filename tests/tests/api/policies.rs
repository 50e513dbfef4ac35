//! `/govern/v1/policies`: what is asked of the records of which topics, changed one at a time and never unseen.

use reqwest::Method;
use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::{Answer, TestRegistry};

const DOOR: &str = "/govern/v1/policies";

async fn put(registry: &TestRegistry, name: &str, policy: Value) -> Answer {
    put_if(registry, name, policy, &[]).await
}

async fn put_if(registry: &TestRegistry, name: &str, policy: Value, headers: &[(&str, &str)]) -> Answer {
    registry.send(Method::PUT, &format!("{DOOR}/{name}"), headers, Some(policy.to_string())).await
}

async fn names(registry: &TestRegistry, query: &str) -> Vec<Value> {
    let page = registry.get(&format!("{DOOR}{query}")).await.ok();
    page["policies"].as_array().unwrap().iter().map(|policy| policy["name"].clone()).collect()
}

async fn a_policy_is_kept_with_all_its_members(registry: TestRegistry) {
    let usual = put(&registry, "orders", json!({"topics": "orders.*"})).await;
    assert_eq!(usual.header("etag"), "\"1\"");
    let usual = usual.ok();
    assert_eq!((&usual["mode"], &usual["percent"], &usual["position"]), (&json!("enforce"), &json!(100), &json!(10)));
    let mut rich = json!({
        "topics": "orders.*", "position": 5, "mode": "shadow", "action": "flag", "whenUndecidable": "open",
        "context": ".staging", "subject": "fixed:orders", "key": true, "value": false, "framing": "none", "percent": 7,
        "producers": ["shop-*"], "deadLetterTopic": "graveyard", "transforms": "refuse", "redrive": ["User:ops"],
    });
    let kept = put(&registry, "orders", rich.clone()).await.ok();
    assert_eq!((&kept["version"], &kept["changedBy"]), (&json!(2), &json!("anonymous")));
    let told = registry.get(&format!("{DOOR}/orders")).await;
    assert_eq!((told.header("etag"), told.header("cache-control")), ("\"2\"", "private, no-cache"));
    let told = told.ok();
    assert_eq!(told, kept);
    for (member, value) in rich.as_object_mut().unwrap() {
        assert_eq!(told[member], *value, "{member}");
    }
    let again = put(&registry, "orders", told.clone()).await.ok();
    assert_eq!(again, told, "what is sent back as it was told changes nothing");
}

async fn all_that_is_wrong_is_told_at_once(registry: TestRegistry) {
    let bad = json!({"topics": "a[", "mode": "on", "percent": 101, "percnt": 1, "name": "other", "subject": "x"});
    let refused = put(&registry, "p", bad).await;
    let message = refused.refused(42291);
    for said in
        ["topics: ", "mode: 'on' is not one of off, shadow, enforce", "percent: ", "percnt: ", "name: ", "subject: "]
    {
        assert!(message.contains(said), "{said}: {message}");
    }
    put(&registry, "a%20b", json!({"topics": "*"})).await.refused(42291);
    put(&registry, "p", json!({"topics": "*", "position": -1})).await.refused(42291);
    put(&registry, "p", json!({})).await.refused(42291);
    put(&registry, "p", json!({"topics": 1, "key": []})).await.refused(400);
    assert_eq!(names(&registry, "").await, [""; 0]);
    registry.get(&format!("{DOOR}/p")).await.refused(40492);
    registry.delete(&format!("{DOOR}/p")).await.refused(40492);
    registry.get(&format!("{DOOR}/p/versions")).await.refused(40492);
}

async fn nobody_overwrites_what_they_have_not_seen(registry: TestRegistry) {
    let policy = |percent: u8| json!({"topics": "*", "percent": percent});
    put_if(&registry, "p", policy(1), &[("if-match", "\"1\"")]).await.refused(41291);
    put_if(&registry, "p", policy(1), &[("if-none-match", "*")]).await.ok();
    put_if(&registry, "p", policy(2), &[("if-none-match", "*")]).await.refused(41291);
    put_if(&registry, "p", policy(2), &[("if-match", "\"1\"")]).await.ok();
    let late = put_if(&registry, "p", policy(3), &[("if-match", "\"1\"")]).await;
    assert!(late.refused(41291).contains("version 2"));
    put_if(&registry, "p", policy(3), &[("if-match", "x")]).await.refused(400);
    put_if(&registry, "p", policy(3), &[("if-match", "*")]).await.ok();
    let delete = async |tag| registry.send(Method::DELETE, &format!("{DOOR}/p"), &[("if-match", tag)], None).await;
    delete("\"2\"").await.refused(41291);
    assert_eq!(delete("\"3\"").await.status, 204);
    assert_eq!(put(&registry, "p", policy(1)).await.ok()["version"], 5, "a version is never told twice");
}

async fn the_first_match_decides(registry: TestRegistry) {
    put(&registry, "rest", json!({"topics": "*", "mode": "shadow"})).await.ok();
    put(&registry, "orders", json!({"topics": "orders.*", "percent": 0})).await.ok();
    assert_eq!(names(&registry, "").await, ["rest", "orders"]);
    let decides = async |query: &str| {
        let answer = registry.get(&format!("{DOOR}:match?{query}")).await.ok();
        (answer["policy"]["name"].clone(), answer["mode"].clone())
    };
    assert_eq!(decides("topic=orders.eu").await, (json!("rest"), json!("shadow")));
    put(&registry, "orders", json!({"topics": "orders.*", "percent": 0, "position": 1})).await.ok();
    assert_eq!(names(&registry, "").await, ["orders", "rest"]);
    assert_eq!(decides("topic=orders.eu&clientId=shop").await, (json!("orders"), json!("shadow")));
    let limited = json!({"topics": "orders.*", "producers": ["shop-*", "User:ann"]});
    assert_eq!(put(&registry, "orders", limited).await.ok()["position"], 1, "it stays where it was");
    for (query, mode) in [("clientId=shop-1", "enforce"), ("principal=User:ann", "enforce"), ("clientId=x", "shadow")] {
        assert_eq!(decides(&format!("topic=orders.eu&{query}")).await.1, mode, "{query}");
    }
    registry.delete(&format!("{DOOR}/rest")).await;
    assert_eq!(decides("topic=bills").await, (Value::Null, Value::Null));
    registry.get(&format!("{DOOR}:match")).await.refused(400);
}

async fn a_list_comes_in_pages_and_only_when_it_has_changed(registry: TestRegistry) {
    for name in ["a", "b", "c"] {
        put(&registry, name, json!({"topics": name})).await.ok();
    }
    let page = registry.get(&format!("{DOOR}?limit=2")).await.ok();
    assert_eq!(page["revision"], 3);
    let next = page["next"].as_str().unwrap();
    let last = registry.get(next).await.ok();
    assert_eq!((&last["policies"][0]["name"], &last["next"]), (&json!("c"), &Value::Null));
    let tag = registry.get(DOOR).await.header("etag").to_owned();
    let again = async || registry.send(Method::GET, DOOR, &[("if-none-match", &tag)], None).await.status;
    assert_eq!(again().await, 304);
    registry.register("orders-value", "\"string\"").await;
    assert_eq!(again().await, 304, "schemas are no policies");
    put(&registry, "b", json!({"topics": "b", "mode": "off"})).await.ok();
    assert_eq!(again().await, 200);
    for bad in ["limit=0", "limit=1001", "limit=x", "offset=-1"] {
        registry.get(&format!("{DOOR}?{bad}")).await.refused(400);
    }
}

async fn every_version_can_be_looked_at(registry: TestRegistry) {
    put(&registry, "p", json!({"topics": "a"})).await.ok();
    put(&registry, "p", json!({"topics": "b"})).await.ok();
    registry.delete(&format!("{DOOR}/p")).await;
    let told = registry.get(&format!("{DOOR}/p/versions")).await.ok();
    let versions: Vec<_> = told["versions"].as_array().unwrap().iter().collect();
    let seen: Vec<_> = versions.iter().map(|version| (&version["version"], &version["definition"]["topics"])).collect();
    assert_eq!(seen, [(&json!(3), &Value::Null), (&json!(2), &json!("b")), (&json!(1), &json!("a"))]);
    let first = registry.get(&format!("{DOOR}/p/versions?limit=2")).await.ok();
    let rest = registry.get(first["next"].as_str().unwrap()).await.ok();
    assert_eq!((&rest["versions"][0]["version"], &rest["next"]), (&json!(1), &Value::Null));
}

async fn policies_survive_a_crash(mut registry: TestRegistry) {
    put(&registry, "p", json!({"topics": "a"})).await.ok();
    let before = registry.get(DOOR).await.ok();
    registry.crash_and_restart().await;
    assert_eq!(registry.get(DOOR).await.ok(), before);
}

on_both_databases!(
    a_policy_is_kept_with_all_its_members,
    all_that_is_wrong_is_told_at_once,
    nobody_overwrites_what_they_have_not_seen,
    the_first_match_decides,
    a_list_comes_in_pages_and_only_when_it_has_changed,
    every_version_can_be_looked_at,
    policies_survive_a_crash,
);
