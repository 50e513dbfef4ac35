//! Schemas that stand on others.

use serde_json::json;
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

const ADDRESS: &str =
    r#"{"type":"record","name":"Address","namespace":"shop","fields":[{"name":"city","type":"string"}]}"#;
const CUSTOMER: &str =
    r#"{"type":"record","name":"Customer","namespace":"shop","fields":[{"name":"home","type":"shop.Address"}]}"#;

async fn a_schema_may_name_types_of_another(registry: TestRegistry) {
    registry.register("address", ADDRESS).await;
    let reference = json!([{"name": "shop.Address", "subject": "address", "version": 1}]);
    let body = json!({"schema": CUSTOMER, "references": reference});
    let answer = registry.post("/subjects/customer/versions", &body).await.ok();
    assert_eq!(answer["references"], reference);
    assert_eq!(registry.get("/schemas/ids/2").await.ok()["references"], reference);
    assert_eq!(registry.get("/subjects/address/versions/1/referencedby").await.ok(), json!([2]));
    assert_eq!(registry.get("/subjects/customer/versions/latest/referencedby").await.ok(), json!([]));

    let resolved = registry.get("/schemas/ids/2?format=resolved").await.ok();
    assert!(resolved["schema"].as_str().unwrap().contains("city"), "{resolved}");
    let raw = registry.get("/subjects/customer/versions/1/schema?format=resolved").await;
    assert_eq!(raw.text, resolved["schema"].as_str().unwrap());
    let unknown = registry.get("/schemas/ids/2?format=poetry").await.ok();
    assert_eq!(unknown["schema"], answer["schema"]);
}

async fn latest_is_stored_as_a_number(registry: TestRegistry) {
    registry.register("address", ADDRESS).await;
    let body =
        json!({"schema": CUSTOMER, "references": [{"name": "shop.Address", "subject": "address", "version": -1}]});
    let answer = registry.post("/subjects/customer/versions", &body).await.ok();
    assert_eq!(answer["references"][0]["version"], 1);
}

async fn a_reference_that_leads_nowhere_is_refused(registry: TestRegistry) {
    registry.register("address", ADDRESS).await;
    for references in [
        json!([]),
        json!([{"name": "shop.Address", "subject": "nowhere", "version": 1}]),
        json!([{"name": "shop.Address", "subject": "address", "version": 2}]),
        json!([{"name": "shop.Address", "subject": "address"}]),
        json!([{"subject": "address", "version": 1}]),
    ] {
        let body = json!({"schema": CUSTOMER, "references": references});
        registry.post("/subjects/customer/versions", &body).await.refused(42201);
    }
}

async fn what_others_stand_on_can_not_go(registry: TestRegistry) {
    registry.register("address", ADDRESS).await;
    let body =
        json!({"schema": CUSTOMER, "references": [{"name": "shop.Address", "subject": "address", "version": 1}]});
    registry.post("/subjects/customer/versions", &body).await.ok();
    registry.delete("/subjects/address/versions/1").await.refused(42206);
    registry.delete("/subjects/address").await.refused(42206);

    registry.delete("/subjects/customer").await.ok();
    assert_eq!(registry.get("/subjects/address/versions/1/referencedby").await.ok(), json!([]));
    assert_eq!(registry.get("/subjects/address/versions/1/referencedby?deleted=true").await.ok(), json!([2]));
    registry.delete("/subjects/address").await.ok();
    registry.delete("/subjects/address?permanent=true").await.refused(42206);
    registry.delete("/subjects/customer?permanent=true").await.ok();
    registry.delete("/subjects/address?permanent=true").await.ok();
}

async fn references_can_be_told_with_their_context(registry: TestRegistry) {
    for prefix in ["", "/contexts/b"] {
        let base = json!({"schema": r#"{"type":"record","name":"b.B","fields":[]}"#});
        registry.post(&format!("{prefix}/subjects/base/versions"), &base).await.ok();
        let refers = json!({"schema": r#"{"type":"record","name":"U","fields":[{"name":"b","type":"b.B"}]}"#,
            "references": [{"name": "b.B", "subject": "base", "version": 1}]});
        registry.post(&format!("{prefix}/subjects/user/versions"), &refers).await.ok();
    }
    let subject = async |path: &str| registry.get(path).await.ok()["references"][0]["subject"].clone();
    for path in ["/subjects/:.b:user/versions/1", "/schemas/ids/2?subject=:.b:user"] {
        assert_eq!(subject(path).await, "base", "{path}");
        let qualified = format!("{path}{}referenceFormat=qualified", if path.contains('?') { '&' } else { '?' });
        assert_eq!(subject(&qualified).await, ":.b:base", "{path}");
    }
    assert_eq!(subject("/subjects/user/versions/1?referenceFormat=qualified").await, "base");
}

/// As one asks for the version itself.
async fn who_stands_on_a_version_of_another_context_is_found_without_its_name(registry: TestRegistry) {
    let base = json!({"schema": r#"{"type":"record","name":"b.B","fields":[]}"#});
    registry.post("/contexts/b/subjects/only/versions", &base).await.ok();
    let refers = json!({"schema": r#"{"type":"record","name":"U","fields":[{"name":"b","type":"b.B"}]}"#,
        "references": [{"name": "b.B", "subject": "only", "version": 1}]});
    let id = registry.post("/contexts/b/subjects/user/versions", &refers).await.ok()["id"].clone();
    registry.get("/subjects/only/versions/1").await.ok();
    assert_eq!(registry.get("/subjects/only/versions/1/referencedby").await.ok(), json!([id]));
    registry.get("/subjects/only/versions/2/referencedby").await.refused(40401);
}

/// What is parsed takes many times the room of its text.
async fn there_is_a_limit_to_the_text_that_one_stands_on(registry: TestRegistry) {
    let large = |number: usize| {
        let doc = "x".repeat(3 << 20);
        format!(r#"{{"type":"record","name":"b.B{number}","doc":"{doc}","fields":[]}}"#)
    };
    let mut references = Vec::new();
    for number in 0..6 {
        registry.register(&format!("base{number}"), &large(number)).await;
        references.push(json!({"name": format!("b.B{number}"), "subject": format!("base{number}"), "version": 1}));
    }
    let five = json!({"schema": "\"int\"", "references": references[..5]});
    registry.post("/subjects/five/versions", &five).await.ok();
    let told = registry.post("/subjects/six/versions", &json!({"schema": "\"int\"", "references": references})).await;
    assert!(told.refused(42201).contains("more than 16 MiB"));
}

on_both_databases!(
    references_can_be_told_with_their_context,
    who_stands_on_a_version_of_another_context_is_found_without_its_name,
    there_is_a_limit_to_the_text_that_one_stands_on,
    a_schema_may_name_types_of_another,
    latest_is_stored_as_a_number,
    a_reference_that_leads_nowhere_is_refused,
    what_others_stand_on_can_not_go,
);
