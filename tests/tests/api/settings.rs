//! Config and mode, of a subject and of all.

use serde_json::json;
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use crate::schemas::{breaking, first, second};

async fn a_level_holds_for_its_subject_and_else_the_global_one(registry: TestRegistry) {
    registry.get("/config/s").await.refused(40408);
    assert_eq!(registry.get("/config/s?defaultToGlobal=true").await.ok()["compatibilityLevel"], "BACKWARD");
    assert_eq!(registry.put("/config", &json!({"compatibility": "full"})).await.ok(), json!({"compatibility": "FULL"}));
    assert_eq!(registry.get("/config/s?defaultToGlobal=true").await.ok()["compatibilityLevel"], "FULL");
    assert_eq!(
        registry.put("/config/s", &json!({"compatibility": "NONE"})).await.ok(),
        json!({"compatibility": "NONE"})
    );
    assert_eq!(registry.get("/config/s").await.ok()["compatibilityLevel"], "NONE");
    registry.register("s", &first()).await;
    registry.register("s", &breaking()).await;
    assert_eq!(registry.delete("/config/s").await.ok(), json!({"compatibilityLevel": "NONE"}));
    registry.delete("/config/s").await.refused(40401);
    registry.post("/subjects/s/versions", &json!({"schema": "\"int\""})).await.refused(40901);
    assert_eq!(registry.delete("/config").await.ok()["compatibilityLevel"], "FULL");
    assert_eq!(registry.get("/config").await.ok()["compatibilityLevel"], "BACKWARD");
}

async fn an_update_keeps_what_it_does_not_name_and_clears_what_is_null(registry: TestRegistry) {
    registry.put("/config/s", &json!({"normalize": true, "compatibilityGroup": "major", "alias": "t"})).await.ok();
    let answer =
        registry.put("/config/s", &json!({"compatibility": "FORWARD", "alias": null, "somethingNew": 1})).await;
    assert_eq!(answer.ok(), json!({"normalize": true, "compatibilityGroup": "major", "compatibility": "FORWARD"}));
    let config = registry.get("/config/s").await.ok();
    assert_eq!(config, json!({"normalize": true, "compatibilityGroup": "major", "compatibilityLevel": "FORWARD"}));
}

async fn impossible_settings_are_refused(registry: TestRegistry) {
    registry.put("/config", &json!({"compatibility": "SIDEWAYS"})).await.refused(42203);
    registry.put("/config/s", &json!({"compatibilityPolicy": "MAYBE"})).await.refused(422);
    registry.put("/mode", &json!({"mode": "SLEEPING"})).await.refused(42204);
    registry.put("/mode/s", &json!({"mode": "FORWARD"})).await.refused(42204);
    registry.put("/config", &json!({"normalize": "very"})).await.refused(400);
    let rules = json!({"defaultRuleSet": {"domainRules": [{"name": "1"}]}});
    registry.put("/config/s", &rules).await.refused(42210);
}

async fn what_is_set_to_nothing_is_told_by_the_update_alone(registry: TestRegistry) {
    let update = json!({"alias": "", "compatibilityGroup": "", "compatibility": "FULL"});
    assert_eq!(registry.put("/config/s", &update).await.ok(), update);
    let told = json!({"compatibilityLevel": "FULL"});
    assert_eq!(registry.get("/config/s").await.ok(), told);
    assert_eq!(registry.get("/config/s?defaultToGlobal=true").await.ok(), told);
    assert_eq!(registry.delete("/config/s").await.ok(), told);
}

async fn all_contexts_at_once_have_no_settings_and_no_schemas(registry: TestRegistry) {
    for name in [":*:", ":*:s"] {
        registry.put(&format!("/config/{name}"), &json!({"compatibility": "FULL"})).await.refused(42208);
        registry.put(&format!("/mode/{name}"), &json!({"mode": "READONLY"})).await.refused(42208);
        registry.post(&format!("/subjects/{name}/versions"), &json!({"schema": first()})).await.refused(42208);
    }
    assert_eq!(registry.get("/subjects?subjectPrefix=:*:").await.ok(), json!([]));
}

async fn the_settings_of_many_subjects_are_those_of_each(registry: TestRegistry) {
    registry.put("/config", &json!({"compatibility": "FULL"})).await.ok();
    registry.put("/config/s", &json!({"compatibility": "NONE", "compatibilityGroup": "major"})).await.ok();
    registry.put("/mode/:.c:", &json!({"mode": "READONLY"})).await.ok();
    let subjects = ["s", ":.c:t", "nosuch"];
    let answer = registry.post("/govern/v1/settings", &json!({"subjects": subjects})).await.ok();
    let settings = answer["settings"].as_array().cloned().unwrap_or_default();
    assert_eq!(settings.len(), subjects.len());
    for (told, subject) in settings.iter().zip(subjects) {
        assert_eq!(told["subject"], subject);
        assert_eq!(told["config"], registry.get(&format!("/config/{subject}?defaultToGlobal=true")).await.ok());
        let mode = registry.get(&format!("/mode/{subject}?defaultToGlobal=true")).await.ok();
        assert_eq!(told["mode"], mode["mode"]);
    }
    assert_eq!(
        (&settings[0]["config"]["compatibilityLevel"], &settings[1]["mode"]),
        (&json!("NONE"), &json!("READONLY"))
    );
    registry.post("/govern/v1/settings", &json!({})).await.refused(422);
    registry.post("/govern/v1/settings", &json!({"subjects": vec!["s"; 1001]})).await.refused(422);
}

async fn an_alias_stands_for_its_subject(registry: TestRegistry) {
    registry.register("orders-value", &first()).await;
    registry.put("/config/old-orders-value", &json!({"alias": "orders-value"})).await.ok();
    assert_eq!(registry.get("/subjects/old-orders-value/versions/1").await.ok()["subject"], "orders-value");
    let answer = registry.post("/subjects/old-orders-value/versions", &json!({"schema": second()})).await.ok();
    assert_eq!(answer["version"], 2);
}

async fn read_only_means_that_nothing_new_comes_in(registry: TestRegistry) {
    registry.register("s", &first()).await;
    registry.get("/mode/s").await.refused(40409);
    assert_eq!(registry.put("/mode/s", &json!({"mode": "readonly"})).await.ok(), json!({"mode": "READONLY"}));
    assert_eq!(registry.get("/mode/s").await.ok(), json!({"mode": "READONLY"}));
    assert_eq!(registry.register("s", &first()).await, 1, "what is there already may be registered again");
    registry.post("/subjects/s/versions", &json!({"schema": second()})).await.refused(42205);
    registry.delete("/subjects/s").await.refused(42205);
    registry.put("/config/s", &json!({"compatibility": "NONE"})).await.refused(42205);
    registry.post("/subjects/s", &json!({"schema": first()})).await.ok();
    assert_eq!(registry.get("/mode/t?defaultToGlobal=true").await.ok(), json!({"mode": "READWRITE"}));
    assert_eq!(registry.delete("/mode/s").await.ok(), json!({"mode": "READONLY"}));
    registry.delete("/mode/s").await.refused(40401);
    registry.register("s", &second()).await;
}

async fn import_needs_an_empty_scope_or_force(registry: TestRegistry) {
    registry.register("s", &first()).await;
    registry.put("/mode/s", &json!({"mode": "IMPORT"})).await.refused(42205);
    registry.put("/mode", &json!({"mode": "IMPORT"})).await.refused(42205);
    registry.put("/mode?force=true", &json!({"mode": "IMPORT"})).await.ok();
    registry.put("/mode", &json!({"mode": "READWRITE"})).await.ok();
    assert_eq!(registry.get("/mode").await.ok(), json!({"mode": "READWRITE"}));
}

async fn what_stands_behind_all_contexts_is_told_for_the_default_one_on_demand(registry: TestRegistry) {
    registry.put("/config/:.__GLOBAL:", &json!({"compatibility": "FORWARD"})).await.ok();
    assert_eq!(registry.get("/config?defaultToGlobal=true").await.ok()["compatibilityLevel"], "FORWARD");
    assert_eq!(registry.get("/config").await.ok()["compatibilityLevel"], "BACKWARD");
    registry.put("/config", &json!({"compatibility": "FULL"})).await.ok();
    assert_eq!(registry.get("/config?defaultToGlobal=true").await.ok()["compatibilityLevel"], "FULL");
    assert_eq!(registry.get("/config/:.ctx:?defaultToGlobal=true").await.ok()["compatibilityLevel"], "FORWARD");
}

async fn members_without_effect_here_are_kept_and_told(registry: TestRegistry) {
    let set =
        json!({"compatibilityPolicy": "LOGICAL", "aliasForDeks": "t", "validateRules": true, "compatibility": "FULL"});
    registry.put("/config/s", &set).await.ok();
    let told = registry.get("/config/s").await.ok();
    assert_eq!(
        told,
        json!({"compatibilityPolicy": "LOGICAL", "aliasForDeks": "t", "validateRules": true, "compatibilityLevel": "FULL"})
    );
    // LOGICAL is checked as STRICT.
    registry.register("s", &first()).await;
    registry.post("/subjects/s/versions", &json!({"schema": crate::schemas::breaking()})).await.refused(40901);
    registry.register("s", &second()).await;
    registry.get("/config/t").await.refused(40408);
}

async fn what_is_deleted_is_told_as_it_was_told_before(registry: TestRegistry) {
    registry.put("/config/s", &json!({"alias": "t"})).await.ok();
    let told = registry.get("/config/s").await.ok();
    assert_eq!(told, json!({"alias": "t", "compatibilityLevel": "BACKWARD"}));
    assert_eq!(registry.delete("/config/s").await.ok(), told);
    registry.put("/config", &json!({"normalize": true})).await.ok();
    let told = registry.get("/config").await.ok();
    registry.put("/mode", &json!({"mode": "READONLY"})).await.ok();
    registry.delete("/config").await.refused(42205);
    registry.put("/mode", &json!({"mode": "READWRITE"})).await.ok();
    assert_eq!(registry.delete("/config").await.ok(), told);
}

async fn the_mode_behind_all_contexts_is_told_on_demand(registry: TestRegistry) {
    registry.put("/mode/:.__GLOBAL:", &json!({"mode": "READONLY"})).await.ok();
    assert_eq!(registry.get("/mode").await.ok(), json!({"mode": "READWRITE"}));
    assert_eq!(registry.get("/mode?defaultToGlobal=true").await.ok(), json!({"mode": "READONLY"}));
    registry.post("/subjects/s/versions", &json!({"schema": first()})).await.refused(42205);
}

async fn a_context_has_settings_of_its_own_or_none(registry: TestRegistry) {
    registry.get("/contexts/ctx/config").await.refused(40408);
    registry.get("/contexts/ctx/mode").await.refused(40409);
    registry.put("/contexts/ctx/mode", &json!({"mode": "READONLY"})).await.ok();
    assert_eq!(registry.get("/contexts/ctx/mode").await.ok(), json!({"mode": "READONLY"}));
    registry.post("/contexts/ctx/subjects/s/versions", &json!({"schema": first()})).await.refused(42205);
    registry.register("s", &first()).await;
}

async fn modes_of_a_whole_context_are_cleared_at_once(registry: TestRegistry) {
    for scope in [":.ctx:", ":.ctx:a", ":.ctx:b", "a"] {
        registry.put(&format!("/mode/{scope}"), &json!({"mode": "READONLY"})).await.ok();
    }
    assert_eq!(registry.delete("/mode/:.ctx:?recursive=true").await.ok(), json!({"mode": "READONLY"}));
    for scope in [":.ctx:", ":.ctx:a", ":.ctx:b"] {
        registry.get(&format!("/mode/{scope}")).await.refused(40409);
    }
    assert_eq!(registry.get("/mode/a").await.ok(), json!({"mode": "READONLY"}), "another context keeps its own");
    registry.delete("/mode/:.ctx:").await.refused(40401);
    assert_eq!(registry.delete("/mode/:.ctx:?recursive=true").await.ok(), json!({}), "nothing there is no error then");
    registry.delete("/mode?recursive=true").await.ok();
    registry.get("/mode/a").await.refused(40409);
}

on_both_databases!(
    members_without_effect_here_are_kept_and_told,
    what_is_deleted_is_told_as_it_was_told_before,
    the_mode_behind_all_contexts_is_told_on_demand,
    a_context_has_settings_of_its_own_or_none,
    what_stands_behind_all_contexts_is_told_for_the_default_one_on_demand,
    modes_of_a_whole_context_are_cleared_at_once,
    a_level_holds_for_its_subject_and_else_the_global_one,
    an_update_keeps_what_it_does_not_name_and_clears_what_is_null,
    impossible_settings_are_refused,
    what_is_set_to_nothing_is_told_by_the_update_alone,
    all_contexts_at_once_have_no_settings_and_no_schemas,
    the_settings_of_many_subjects_are_those_of_each,
    an_alias_stands_for_its_subject,
    read_only_means_that_nothing_new_comes_in,
    import_needs_an_empty_scope_or_force,
);
