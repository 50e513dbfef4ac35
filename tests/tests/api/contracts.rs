//! Metadata and rules: kept, inherited, merged, and part of a schema's identity.

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use crate::schemas::first;

const PATH: &str = "/subjects/orders-value/versions";

fn rules() -> Value {
    json!({
        "domainRules": [{
            "name": "positive", "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "tags": ["PII"],
            "params": {"k": "v"}, "expr": "message.id > 0", "onFailure": "DLQ", "disabled": false,
        }],
        "enableAt": "CLIENT",
    })
}

async fn metadata_and_rules_come_back_as_they_were_sent(registry: TestRegistry) {
    let metadata = json!({"tags": {"shop.Order.id": ["KEY"]}, "properties": {"owner": "shop"}, "sensitive": ["owner"]});
    let body = json!({"schema": first(), "metadata": metadata, "ruleSet": rules()});
    let answer = registry.post(PATH, &body).await.ok();
    assert_eq!((&answer["metadata"], &answer["ruleSet"]), (&metadata, &rules()));
    for path in ["/schemas/ids/1", "/subjects/orders-value/versions/1"] {
        let shown = registry.get(path).await.ok();
        assert_eq!((&shown["metadata"], &shown["ruleSet"]), (&metadata, &rules()), "{path}");
    }
}

async fn another_contract_is_another_schema_and_none_means_the_same(registry: TestRegistry) {
    assert_eq!(registry.register("orders-value", &first()).await, 1);
    let body = json!({"schema": first(), "metadata": {"properties": {"owner": "shop"}}});
    let answer = registry.post(PATH, &body).await.ok();
    assert_eq!((&answer["id"], &answer["version"]), (&json!(2), &json!(2)));
    // Without metadata the request matches the first version as it is.
    assert_eq!(registry.register("orders-value", &first()).await, 1);
    let found = registry.post("/subjects/orders-value", &body).await.ok();
    assert_eq!(found["version"], 2);
}

async fn a_new_schema_inherits_the_contract_of_the_latest(registry: TestRegistry) {
    let body = json!({"schema": first(), "metadata": {"properties": {"owner": "shop"}}, "ruleSet": rules()});
    registry.post(PATH, &body).await.ok();
    let answer = registry.post(PATH, &json!({"schema": crate::schemas::second()})).await.ok();
    assert_eq!(answer["metadata"], json!({"properties": {"owner": "shop"}}));
    assert_eq!(answer["ruleSet"], rules());
    let emptied = registry.post(PATH, &json!({"schema": crate::schemas::second(), "metadata": {}})).await.ok();
    assert_eq!(emptied["version"], 3, "an empty object means none");
    let inherited = registry.post(PATH, &json!({"metadata": {"properties": {"owner": "till"}}})).await.ok();
    assert_eq!(inherited["schema"], answer["schema"], "an absent schema is that of the latest version");
}

async fn defaults_and_overrides_of_the_config_are_merged_in(registry: TestRegistry) {
    let config = json!({
        "defaultMetadata": {"properties": {"team": "none", "tier": "1"}},
        "overrideMetadata": {"properties": {"tier": "0"}},
        "overrideRuleSet": rules(),
    });
    registry.put("/config/orders-value", &config).await.ok();
    let body = json!({"schema": first(), "metadata": {"properties": {"team": "shop", "tier": "9"}}});
    let answer = registry.post(PATH, &body).await.ok();
    assert_eq!(answer["metadata"]["properties"], json!({"team": "shop", "tier": "0"}));
    assert_eq!(answer["ruleSet"], rules());
}

async fn rules_that_make_no_sense_are_refused(registry: TestRegistry) {
    let rule = |rule: Value| json!({"schema": first(), "ruleSet": {"domainRules": [rule]}});
    for (body, code) in [
        (rule(json!({"type": "CEL"})), 42210),
        (rule(json!({"name": "1a", "type": "CEL"})), 42210),
        (rule(json!({"name": "a"})), 42210),
        (rule(json!({"name": "a", "type": "CEL", "mode": "UPGRADE"})), 42210),
        (rule(json!({"name": "a", "type": "CEL", "mode": "WRITE", "onFailure": "DLQ,ERROR"})), 42210),
        (rule(json!({"name": "a", "type": "CEL", "mode": "SIDEWAYS"})), 400),
    ] {
        registry.post(PATH, &body).await.refused(code);
    }
}

/// The sequence that a test of the Confluent Schema Registry pins.
async fn confluent_version_makes_each_version_distinct(registry: TestRegistry) {
    let register = async |body: Value| {
        let answer = registry.post(PATH, &body).await.ok();
        (answer["id"].as_i64().unwrap(), answer["version"].as_i64().unwrap())
    };
    let versioned =
        |number: &str| json!({"schema": first(), "metadata": {"properties": {"confluent:version": number}}});
    let look_up =
        async |body: Value| registry.post("/subjects/orders-value", &body).await.ok()["version"].as_i64().unwrap();
    assert_eq!(register(json!({"schema": first()})).await, (1, 1));
    assert_eq!(register(json!({"schema": first(), "version": -1})).await, (1, 1));
    assert_eq!(register(json!({"schema": first(), "version": 2})).await, (2, 2));
    let second = registry.get("/subjects/orders-value/versions/2").await.ok();
    assert_eq!(second["metadata"]["properties"]["confluent:version"], "2");
    assert_eq!(register(json!({"schema": first(), "version": -1})).await, (2, 2));
    assert_eq!(look_up(json!({"schema": first()})).await, 1);
    assert_eq!(look_up(versioned("1")).await, 1);
    registry.delete("/subjects/orders-value/versions/1").await.ok();
    assert_eq!(look_up(json!({"schema": first()})).await, 2);
    assert_eq!(register(json!({"schema": first(), "version": 3})).await, (3, 3));
    registry.post(PATH, &json!({"schema": crate::schemas::second(), "version": 3})).await.refused(42201);
    assert_eq!(register(versioned("2")).await, (2, 2));
}

on_both_databases!(
    metadata_and_rules_come_back_as_they_were_sent,
    another_contract_is_another_schema_and_none_means_the_same,
    a_new_schema_inherits_the_contract_of_the_latest,
    defaults_and_overrides_of_the_config_are_merged_in,
    rules_that_make_no_sense_are_refused,
    confluent_version_makes_each_version_distinct,
);
