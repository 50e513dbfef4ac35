//! Listings of all schemas: what is filtered, what is added, and how pages are cut.

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use crate::schemas::first;

/// `subject/version` of each entry.
async fn listed(registry: &TestRegistry, query: &str) -> Vec<String> {
    let listed = registry.get(&format!("/schemas?{query}")).await.ok();
    let entries = listed.as_array().unwrap().iter();
    entries.map(|entry| format!("{}/{}", entry["subject"].as_str().unwrap(), entry["version"])).collect()
}

async fn register_with_rule(registry: &TestRegistry, subject: &str, list: &str, rule: Value) {
    let body = json!({"schema": first(), "ruleSet": {list: [rule]}});
    registry.post(&format!("/subjects/{subject}/versions"), &body).await.ok();
}

async fn schemas_are_found_by_the_type_of_a_rule(registry: TestRegistry) {
    registry.register("plain", &first()).await;
    registry.register("checked", &first()).await;
    let cel = json!({"name": "a", "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "expr": "true"});
    register_with_rule(&registry, "checked", "domainRules", cel.clone()).await;
    register_with_rule(&registry, ":.staging:checked", "domainRules", cel).await;
    let migration = json!({"name": "a", "mode": "UPGRADE", "type": "JSONATA", "expr": "$"});
    register_with_rule(&registry, "migrated", "migrationRules", migration).await;
    let misleading = json!({"name": "a", "type": "ENCRYPT", "mode": "WRITEREAD", "params": {"type": "CEL"}});
    register_with_rule(&registry, "secret", "encodingRules", misleading).await;

    assert_eq!(listed(&registry, "ruleType=CEL").await, ["checked/2"]);
    assert_eq!(listed(&registry, "ruleType=CEL&subjectPrefix=:*:").await, [":.staging:checked/1", "checked/2"]);
    assert_eq!(listed(&registry, "ruleType=CEL&subjectPrefix=:*:&offset=1&limit=1").await, ["checked/2"]);
    assert_eq!(listed(&registry, "ruleType=CEL&subjectPrefix=s").await, [""; 0]);
    assert_eq!(listed(&registry, "ruleType=JSONATA").await, ["migrated/1"]);
    assert_eq!(listed(&registry, "ruleType=ENCRYPT").await, ["secret/1"]);
    assert_eq!(listed(&registry, "ruleType=cel").await, [""; 0], "the type is taken to the letter");
    assert_eq!(listed(&registry, "ruleType=").await.len(), 5);
    registry.delete("/subjects/checked/versions/2").await.ok();
    assert_eq!(listed(&registry, "ruleType=CEL&deleted=true&latestOnly=true").await, ["checked/2"]);
    assert_eq!(listed(&registry, "ruleType=CEL&latestOnly=true").await, [""; 0], "its latest version has no rules");
}

async fn aliases_are_told_and_followed_where_asked_for(registry: TestRegistry) {
    for subject in ["a", "orders-value", "z"] {
        registry.register(subject, &first()).await;
    }
    registry.put("/config/old-orders", &json!({"alias": "orders-value"})).await.ok();
    registry.put("/config/x", &json!({"alias": "orders-value"})).await.ok();
    let plain = registry.get("/schemas?subjectPrefix=orders").await.ok();
    assert_eq!(plain[0].get("aliases"), None);
    let told = registry.get("/schemas?subjectPrefix=orders&aliases=true").await.ok();
    assert_eq!(told[0]["aliases"], json!(["old-orders", "x"]));
    assert_eq!(listed(&registry, "subjectPrefix=old").await, [""; 0]);
    assert_eq!(listed(&registry, "subjectPrefix=old&aliases=true").await, ["orders-value/1"]);
    assert_eq!(listed(&registry, "subjectPrefix=x&aliases=true&offset=1").await, [""; 0]);
    assert_eq!(listed(&registry, "aliases=true").await, ["a/1", "orders-value/1", "z/1"], "no one is told twice");
    assert_eq!(listed(&registry, "aliases=true&offset=1&limit=1").await, ["orders-value/1"]);
}

on_both_databases!(schemas_are_found_by_the_type_of_a_rule, aliases_are_told_and_followed_where_asked_for);
