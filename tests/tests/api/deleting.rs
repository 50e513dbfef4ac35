//! Deleting, softly and for good, and what comes back after it.

use serde_json::json;
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use crate::schemas::{first, second};

async fn a_version_goes_softly_first(registry: TestRegistry) {
    registry.register("s", &first()).await;
    registry.register("s", &second()).await;
    registry.delete("/subjects/s/versions/1?permanent=true").await.refused(40407);
    assert_eq!(registry.delete("/subjects/s/versions/1").await.ok(), 1);
    registry.delete("/subjects/s/versions/1").await.refused(40406);
    registry.get("/subjects/s/versions/1").await.refused(40402);
    assert_eq!(registry.get("/subjects/s/versions/1?deleted=true").await.ok()["deleted"], true);
    assert_eq!(registry.get("/subjects/s/versions").await.ok(), json!([2]));
    assert_eq!(registry.get("/subjects/s/versions?deleted=true").await.ok(), json!([1, 2]));
    assert_eq!(registry.get("/subjects/s/versions?deletedOnly=true").await.ok(), json!([1]));
    assert_eq!(registry.get("/subjects/s/versions?deletedAsNegative=true").await.ok(), json!([-1, 2]));
    assert_eq!(registry.delete("/subjects/s/versions/1?permanent=true").await.ok(), 1);
    registry.get("/subjects/s/versions/1?deleted=true").await.refused(40402);
    assert_eq!(registry.delete("/subjects/s/versions/latest").await.ok(), 2);
    registry.delete("/subjects/s/versions/3").await.refused(40402);
    registry.delete("/subjects/nowhere/versions/1").await.refused(40401);
}

/// Of several reasons against it, the first is told that would still hold when the others are gone.
async fn what_stands_in_the_way_is_told_before_that_it_is_not_deleted_softly(registry: TestRegistry) {
    registry.register("base", r#"{"type":"record","name":"b.B","fields":[]}"#).await;
    let refers = json!({"schema": r#"{"type":"record","name":"U","fields":[{"name":"b","type":"b.B"}]}"#,
        "references": [{"name": "b.B", "subject": ":.:base", "version": 1}]});
    registry.post("/contexts/other/subjects/user/versions", &refers).await.ok();
    let told = registry.delete("/subjects/base/versions/1?permanent=true").await.refused(42206);
    assert!(told.starts_with("Schema 1 of another context refers to version 1 of subject 'base'"), "{told}");
    registry.delete("/subjects/base?permanent=true").await.refused(42206);
    registry.put("/mode/base", &json!({"mode": "READONLY"})).await.ok();
    registry.delete("/subjects/base/versions/1?permanent=true").await.refused(42205);
    registry.delete("/subjects/base?permanent=true").await.refused(42205);
    registry.put("/mode/base", &json!({"mode": "READWRITE"})).await.ok();
    registry.delete("/subjects/:.other:user").await.ok();
    registry.delete("/subjects/:.other:user?permanent=true").await.ok();
    registry.delete("/subjects/base?permanent=true").await.refused(40405);
}

async fn a_subject_goes_softly_first(registry: TestRegistry) {
    registry.register("s", &first()).await;
    registry.register("s", &second()).await;
    registry.put("/config/s", &json!({"compatibility": "FULL"})).await.ok();
    registry.delete("/subjects/nowhere").await.refused(40401);
    registry.delete("/subjects/s?permanent=true").await.refused(40405);
    assert_eq!(registry.delete("/subjects/s").await.ok(), json!([1, 2]));
    registry.delete("/subjects/s").await.refused(40404);
    assert_eq!(registry.get("/subjects").await.ok(), json!([]));
    assert_eq!(registry.get("/subjects?deleted=true").await.ok(), json!(["s"]));
    assert_eq!(registry.get("/subjects?deletedOnly=true").await.ok(), json!(["s"]));
    registry.get("/subjects/s/versions/latest").await.refused(40401);
    registry.get("/subjects/s/versions?deletedAsNegative=true").await.refused(40401);
    assert_eq!(registry.get("/subjects/s/versions?deletedAsNegative=true&deleted=true").await.ok(), json!([-1, -2]));
    assert_eq!(registry.get("/config/s").await.ok()["compatibilityLevel"], "FULL", "config stays");
    assert_eq!(registry.delete("/subjects/s?permanent=true").await.ok(), json!([1, 2]));
    registry.get("/config/s").await.refused(40408);
    registry.delete("/subjects/s?permanent=true").await.refused(40401);
}

async fn what_is_registered_again_has_its_old_id_and_a_new_version(registry: TestRegistry) {
    registry.register("s", &first()).await;
    registry.register("s", &second()).await;
    registry.delete("/subjects/s").await.ok();
    let again = registry.post("/subjects/s/versions", &json!({"schema": first()})).await.ok();
    assert_eq!((&again["id"], &again["version"]), (&json!(1), &json!(3)));
    assert_eq!(registry.get("/subjects/s/versions?deleted=true").await.ok(), json!([2, 3]));
}

async fn ids_are_not_given_twice(registry: TestRegistry) {
    registry.register("s", &first()).await;
    registry.delete("/subjects/s").await.ok();
    registry.delete("/subjects/s?permanent=true").await.ok();
    let again = registry.post("/subjects/s/versions", &json!({"schema": first()})).await.ok();
    assert_eq!((&again["id"], &again["version"]), (&json!(2), &json!(1)));
}

on_both_databases!(
    a_version_goes_softly_first,
    what_stands_in_the_way_is_told_before_that_it_is_not_deleted_softly,
    a_subject_goes_softly_first,
    what_is_registered_again_has_its_old_id_and_a_new_version,
    ids_are_not_given_twice,
);
