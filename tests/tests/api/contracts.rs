//! Metadata and rules: kept, inherited, merged, and part of a schema's identity.

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::{Database, Setup, TestRegistry};

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

async fn names_of_rules_have_a_form_and_are_unique_across_lists(registry: TestRegistry) {
    let rule =
        |name: &str, mode: &str| json!({"name": name, "type": "CEL", "mode": mode, "expr": "this is not even CEL"});
    let send = async |rules: Value| registry.post(PATH, &json!({"schema": first(), "ruleSet": rules})).await;
    let twice = json!({"domainRules": [rule("a", "WRITE")], "migrationRules": [rule("a", "UPGRADE")]});
    send(twice).await.refused(42210);
    send(json!({"domainRules": [rule(&"x".repeat(257), "WRITE")]})).await.refused(42210);
    send(json!({"migrationRules": [rule("a", "WRITE")]})).await.refused(42210);
    send(json!({"encodingRules": [rule("a", "UPDOWN")]})).await.refused(42210);
    let pairs =
        json!([{"name": "p", "type": "CEL", "mode": "WRITEREAD", "onSuccess": "NONE,ERROR", "onFailure": "DLQ,NONE"}]);
    let fine = json!({
        "domainRules": pairs, "migrationRules": [rule("_up-1", "UPDOWN")], "encodingRules": [rule(&"x".repeat(256), "READ")],
    });
    send(fine).await.ok();
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
    registry.post(PATH, &json!({"schema": first(), "version": 3})).await.refused(42201);
    assert_eq!(register(json!({"schema": first(), "version": 4})).await, (4, 4));
    assert_eq!(register(versioned("-1")).await, (5, 5));
    let fifth = registry.get("/subjects/orders-value/versions/5").await.ok();
    assert_eq!(fifth["metadata"]["properties"], json!({"confluent:version": "5"}));
    assert_eq!(register(versioned("2")).await, (2, 2));
    assert_eq!(register(json!({"schema": first(), "metadata": {}})).await, (5, 5), "nothing said, the latest meant");
    let owned = json!({"schema": first(), "metadata": {"properties": {"owner": "shop"}}});
    assert_eq!(register(owned).await, (6, 6));
    let sixth = registry.get("/subjects/orders-value/versions/6").await.ok();
    assert_eq!(sixth["metadata"]["properties"], json!({"owner": "shop"}), "what is not numbered stays so");
    assert_eq!(register(versioned("0")).await, (7, 7), "any number asks for the next one");
}

async fn parts_of_metadata_are_merged_key_by_key(registry: TestRegistry) {
    let config = json!({
        "defaultMetadata": {
            "tags": {"a": ["D"], "b": ["D"]}, "properties": {"x": "default", "y": "default"}, "sensitive": ["x"],
        },
        "overrideMetadata": {"tags": {"c": ["O"]}, "properties": {"z": "override"}, "sensitive": ["z"]},
    });
    registry.put("/config/orders-value", &config).await.ok();
    let brought =
        json!({"tags": {"b": ["R"], "c": ["R"]}, "properties": {"y": "request", "z": "request"}, "sensitive": ["y"]});
    let answer = registry.post(PATH, &json!({"schema": first(), "metadata": brought})).await.ok();
    assert_eq!(
        answer["metadata"],
        json!({
            "tags": {"a": ["D"], "b": ["R"], "c": ["O"]},
            "properties": {"x": "default", "y": "request", "z": "override"},
            "sensitive": ["x", "y", "z"],
        })
    );
    // An empty object is none of its own: what is configured still comes in.
    let emptied = registry.post(PATH, &json!({"schema": first(), "metadata": {}})).await.ok();
    assert_eq!(emptied["metadata"]["properties"], json!({"x": "default", "y": "default", "z": "override"}));
    // Left out, it is inherited from the latest version.
    let inherited = registry.post(PATH, &json!({"schema": crate::schemas::second()})).await.ok();
    assert_eq!(inherited["metadata"], emptied["metadata"]);
}

async fn later_rules_replace_their_namesakes_and_come_last(registry: TestRegistry) {
    let set = |enable_at: &str, rules: &[(&str, &str)]| {
        let rule = |(name, expr): &(&str, &str)| json!({"name": name, "mode": "WRITE", "type": "CEL", "expr": expr});
        json!({"domainRules": rules.iter().map(rule).collect::<Vec<_>>(), "enableAt": enable_at})
    };
    let config = json!({
        "defaultRuleSet": set("CLIENT", &[("first", "default"), ("both", "default"), ("last", "default")]),
        "overrideRuleSet": {"domainRules": [{"name": "both", "mode": "WRITE", "type": "CEL", "expr": "override"}]},
    });
    registry.put("/config/orders-value", &config).await.ok();
    let body = json!({"schema": first(), "ruleSet": set("SERVER", &[("both", "request"), ("first", "request")])});
    let rules = registry.post(PATH, &body).await.ok()["ruleSet"].clone();
    assert_eq!(rules["enableAt"], "SERVER", "the last one that says so");
    let said: Vec<_> = rules["domainRules"].as_array().unwrap().iter().map(|it| (&it["name"], &it["expr"])).collect();
    assert_eq!(
        json!(said),
        json!([["last", "default"], ["first", "request"], ["both", "override"]]),
        "what is left of the earlier ones, then the later ones"
    );
}

async fn a_mistake_in_a_rule_is_told_when_it_is_saved(registry: TestRegistry) {
    let body = |expr: &str| {
        let rule = json!({"name": "typo", "kind": "CONDITION", "type": "CEL", "mode": "WRITE", "expr": expr});
        json!({"schema": first(), "ruleSet": {"domainRules": [rule]}})
    };
    let answer = registry.post(PATH, &body("message.ammount > 0")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let warning = answer.headers["x-tidegate-warning"].to_str().unwrap();
    assert!(warning.starts_with("rule 'typo', at character 8: there is no field 'ammount'"), "{warning}");
    let answer = registry.post(PATH, &body("message.id > 0")).await;
    assert_eq!(answer.headers.get("x-tidegate-warning"), None);
}

#[tokio::test]
async fn a_mistake_in_a_rule_is_refused_where_the_server_is_told_so() {
    let registry = Setup::on(Database::Sqlite).set("registry.faulty_rules=refuse").start().await;
    let rule = |expr: &str| json!({"name": "typo", "kind": "CONDITION", "type": "CEL", "mode": "WRITE", "expr": expr});
    let body = |expr: &str| json!({"schema": first(), "ruleSet": {"domainRules": [rule(expr)]}});
    let refused = registry.post(PATH, &body("message.id == 'one'")).await;
    assert_eq!((refused.status, &refused.body["error_code"]), (422, &json!(42210)), "{}", refused.text);
    assert!(refused.text.contains("typo") && refused.text.contains("at character"), "{}", refused.text);
    assert_eq!(registry.get("/subjects").await.ok(), json!([]), "nothing was stored");
    registry.post(PATH, &body("message.id == 1")).await.ok();
}

on_both_databases!(
    a_mistake_in_a_rule_is_told_when_it_is_saved,
    metadata_and_rules_come_back_as_they_were_sent,
    another_contract_is_another_schema_and_none_means_the_same,
    a_new_schema_inherits_the_contract_of_the_latest,
    defaults_and_overrides_of_the_config_are_merged_in,
    rules_that_make_no_sense_are_refused,
    confluent_version_makes_each_version_distinct,
    parts_of_metadata_are_merged_key_by_key,
    later_rules_replace_their_namesakes_and_come_last,
    names_of_rules_have_a_form_and_are_unique_across_lists,
);
