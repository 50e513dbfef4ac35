//! Associations: which subject is a topic's, how that comes about, and what it keeps from happening.

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::{Answer, Database, Setup, TestRegistry};

use crate::schemas::{first, second};

const OWNED: &str = ":.lkc-1:orders-value";

/// A request about the topic `orders`.
fn orders(associations: &Value) -> Value {
    json!({"resourceName": "orders", "resourceNamespace": "lkc-1", "resourceId": "id-1", "associations": associations})
}

fn strong() -> Value {
    json!({"associationType": "value", "schema": {"schema": first()}})
}

fn weak(subject: &str) -> Value {
    json!({"associationType": "value", "subject": subject})
}

async fn create(registry: &TestRegistry, association: Value) -> Answer {
    registry.post("/associations", &orders(&json!([association]))).await
}

/// What a serializer asks.
async fn subjects_of(registry: &TestRegistry, path: &str) -> Vec<String> {
    let found = registry.get(&format!("/associations/{path}")).await.ok();
    let found = found.as_array().unwrap().iter();
    found.map(|association| association["subject"].as_str().unwrap().to_owned()).collect()
}

async fn a_topic_owns_its_subjects(registry: TestRegistry) {
    assert_eq!(subjects_of(&registry, "resources/-/orders?resourceType=topic&associationType=value").await, [""; 0]);
    let dry = json!({"resourceName": "orders", "resourceNamespace": "lkc-1", "associations": [strong()]});
    let tried = registry.post("/associations?dryRun=true", &dry).await.ok();
    assert_eq!(tried, json!({"resourceName": "orders", "resourceNamespace": "lkc-1", "resourceType": "topic"}));
    registry.post("/associations", &dry).await.refused(42212);

    let made = create(&registry, strong()).await.ok();
    assert_eq!((&made["resourceId"], &made["resourceType"]), (&json!("id-1"), &json!("topic")));
    let info = &made["associations"][0];
    assert_eq!((&info["subject"], &info["associationType"]), (&json!(OWNED), &json!("value")));
    assert_eq!((&info["lifecycle"], &info["frozen"]), (&json!("STRONG"), &json!(true)));
    assert_eq!((&info["schema"]["version"], &info["schema"]["id"]), (&json!(1), &json!(1)));

    let listed = registry.get("/associations/resources/lkc-1/orders").await.ok();
    let told = &listed[0];
    assert_eq!(told["subject"], OWNED);
    assert_eq!(told.get("frozen"), None, "as the lifecycle has it");
    assert_eq!(told["createTs"], told["updateTs"]);
    assert_eq!(registry.get("/associations/resources/id-1").await.ok(), listed);
    assert_eq!(registry.get(&format!("/associations/subjects/{OWNED}")).await.ok(), listed);
    assert_eq!(registry.get("/associations/resources/-/-?lifecycle=STRONG").await.ok(), listed);
    assert_eq!(subjects_of(&registry, "resources/-/orders?associationType=key").await, [""; 0]);
    assert_eq!(subjects_of(&registry, "resources/-/orders?associationType=key&associationType=value").await, [OWNED]);
    assert_eq!(subjects_of(&registry, "resources/-/orders?resourceType=table").await, [""; 0]);
    assert_eq!(subjects_of(&registry, "resources/-/orders?lifecycle=WEAK").await, [""; 0]);
    registry.get("/associations/resources/-/orders?lifecycle=LOOSE").await.refused(404);

    let again = create(&registry, strong()).await.ok();
    assert_eq!(again.get("associations"), None, "it is there: {again}");
    let mut other = strong();
    other["schema"] = json!({"schema": second()});
    create(&registry, other).await.refused(40903);
    let refers = json!({"schema": r#"{"type":"record","name":"U","fields":[{"name":"o","type":"shop.Order"}]}"#,
        "references": [{"name": "shop.Order", "subject": OWNED, "version": 1}]});
    registry.post("/subjects/user/versions", &refers).await.refused(42205);
    registry.delete(&format!("/subjects/{OWNED}")).await.refused(40904);
    registry.delete(&format!("/subjects/{OWNED}/versions/1")).await.refused(40907);
    registry.post(&format!("/subjects/{OWNED}/versions"), &json!({"schema": second()})).await.ok();
    assert_eq!(registry.delete(&format!("/subjects/{OWNED}/versions/1")).await.ok(), 1, "one is left");

    registry.delete("/associations/resources/id-1").await.refused(40908);
    let dry = registry.delete("/associations/resources/id-1?cascadeLifecycle=true&dryRun=true").await;
    assert_eq!(dry.status, 204, "{dry}");
    registry.delete("/associations/resources/id-1?cascadeLifecycle=true&associationType=key").await.refused(40410);
    let gone = registry.delete("/associations/resources/id-1?cascadeLifecycle=true").await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    registry.delete("/associations/resources/id-1?cascadeLifecycle=true").await.refused(40410);
    assert_eq!(registry.get("/subjects?deleted=true").await.ok(), json!([]), "its subject went for good");
}

async fn topics_share_a_subject(registry: TestRegistry) {
    create(&registry, weak("shared")).await.refused(40907);
    registry.register("shared", &first()).await;
    let made = create(&registry, weak("shared")).await.ok();
    let info = json!({"subject": "shared", "associationType": "value", "lifecycle": "WEAK", "frozen": false});
    assert_eq!(made["associations"], json!([info]));
    assert_eq!(create(&registry, weak("shared")).await.ok().get("associations"), None, "it is there");
    registry.register("elsewhere", &first()).await;
    create(&registry, weak("elsewhere")).await.refused(40903);

    registry.put("/config/alias", &json!({"alias": "shared"})).await.ok();
    assert_eq!(subjects_of(&registry, "subjects/alias").await, ["shared"]);
    let mut key = weak("shared");
    key["associationType"] = json!("key");
    let same = registry.put("/associations/resources/id-1", &orders(&json!([weak("shared"), key]))).await.ok();
    let kinds: Vec<_> = same["associations"].as_array().unwrap().iter().map(|it| &it["associationType"]).collect();
    assert_eq!(kinds, ["key", "value"]);
    registry.put("/associations/resources/id-2", &orders(&json!([weak("shared")]))).await.refused(42212);
    registry.register("other", &first()).await;
    registry.put("/associations/resources/id-1", &orders(&json!([weak("other")]))).await.refused(40903);
    let owned = json!({"associationType": "value", "lifecycle": "STRONG"});
    registry.put("/associations/resources/id-1", &orders(&json!([owned]))).await.refused(42212);

    registry.delete("/subjects/shared").await.refused(40904);
    let gone = registry.delete("/associations/resources/id-1?cascadeLifecycle=true&associationType=value").await;
    assert_eq!(gone.status, 204, "{gone}");
    assert_eq!(registry.delete("/associations/resources/id-1").await.status, 204);
    assert_eq!(registry.delete("/subjects/shared").await.ok(), json!([1]), "it was not the topic's");
}

async fn contradictions_are_told(registry: TestRegistry) {
    registry.register("shared", &first()).await;
    registry.register("base", r#"{"type":"record","name":"b.B","fields":[]}"#).await;
    let with = |association: Value, member: &str, value: Value| {
        let mut association = association;
        association[member] = value;
        association
    };
    for (association, told) in [
        (with(strong(), "lifecycle", json!("WEAK")), "lifecycle"),
        (with(strong(), "frozen", json!(false)), "frozen"),
        (with(strong(), "subject", json!("other")), "subject"),
        (with(weak("shared"), "frozen", json!(true)), "subject"),
        (with(weak("shared"), "associationType", json!("header")), "associationType"),
        (with(weak("shared"), "lifecycle", json!("LOOSE")), "lifecycle"),
        (json!({"associationType": "value", "lifecycle": "STRONG"}), "schema"),
        (json!({}), "subject"),
    ] {
        let message = create(&registry, association.clone()).await.refused(42212);
        assert!(message.contains(told), "{association}: {message}");
    }
    let no_schema = with(strong(), "schema", json!({"schema": "{"}));
    create(&registry, no_schema).await.refused(42201);
    let rules = json!({"schema": first(), "ruleSet": {"domainRules": [{"name": "a b", "type": "CEL"}]}});
    create(&registry, with(strong(), "schema", rules)).await.refused(42210);
    create(&registry, weak("__GLOBAL")).await.refused(42208);
    let nameless = json!({"resourceNamespace": "lkc-1", "resourceId": "id-1", "associations": [weak("shared")]});
    registry.post("/associations", &nameless).await.refused(42212);
    registry.post("/associations", &orders(&json!([]))).await.refused(42212);
    registry.post("/associations", &json!({"associations": 7})).await.refused(400);
    registry.post("/associations?context=a:b", &orders(&json!([weak("shared")]))).await.refused(400);

    // A subject that others refer to, under the name that the topic would own.
    registry.register(OWNED, r#"{"type":"record","name":"b.B","fields":[]}"#).await;
    let refers = json!({"schema": r#"{"type":"record","name":"U","fields":[{"name":"b","type":"b.B"}]}"#,
        "references": [{"name": "b.B", "subject": OWNED, "version": 1}]});
    registry.post("/subjects/user/versions", &refers).await.ok();
    create(&registry, strong()).await.refused(42206);
    assert_eq!(registry.get("/associations/resources/-/-").await.ok(), json!([]));
}

async fn a_context_before_the_path_is_that_of_the_subjects(registry: TestRegistry) {
    registry.register(":.staging:shared", &first()).await;
    let made = registry.post("/contexts/staging/associations", &orders(&json!([weak("shared")]))).await.ok();
    assert_eq!(made["associations"][0]["subject"], ":.staging:shared");
    assert_eq!(subjects_of(&registry, "subjects/:.staging:shared").await.len(), 1);
    let found = registry.get("/contexts/staging/associations/subjects/shared").await.ok();
    assert_eq!(found[0]["resourceName"], "orders");
    let again = registry.put("/contexts/.staging/associations/resources/id-1", &orders(&json!([weak("shared")]))).await;
    assert_eq!(again.ok()["associations"][0]["subject"], ":.staging:shared");
    let mut operation = weak("shared");
    operation["opType"] = json!("UPSERT");
    let batch = json!({"requests": [orders(&json!([operation]))]});
    let mutated = registry.post("/contexts/staging/associations:batchMutate", &batch).await;
    assert_eq!(mutated.body["results"][0]["result"]["associations"][0]["subject"], ":.staging:shared", "{mutated}");
    registry.put("/associations/resources/id-1", &orders(&json!([weak("shared")]))).await.refused(40903);
}

async fn batches_answer_each_for_itself(registry: TestRegistry) {
    for nothing in [json!({}), json!({"requests": []})] {
        registry.post("/associations:batchGet", &nothing).await.refused(42212);
        registry.post("/associations:batchMutate", &nothing).await.refused(42212);
    }
    registry.register("shared", &first()).await;
    let about = |id: &str, operations: Value| {
        json!({"resourceName": format!("topic-{id}"), "resourceNamespace": "lkc-1", "resourceId": id,
            "associations": operations})
    };
    let batch = json!({"requests": [
        about("1", json!([{"opType": "CREATE", "subject": "shared"}])),
        about("2", json!([{"opType": "CREATE", "schema": {"schema": first()}}])),
        about("3", json!([{"opType": "CREATE", "subject": "nowhere"}])),
        about("4", json!([{"opType": "DELETE"}])),
        about("5", json!([{"opType": "UPSERT", "subject": "shared"}, {"opType": "DELETE", "associationType": "key"}])),
        about("6", json!([{"opType": "RENAME"}])),
    ]});
    let dry = registry.post("/associations:batchMutate?dryRun=true", &batch).await;
    assert_eq!((dry.status, &dry.body["results"][2]["error"]["error_code"]), (207, &json!(40907)), "{dry}");
    assert_eq!(registry.get("/associations/resources/-/-").await.ok(), json!([]));

    let answer = registry.post("/associations:batchMutate", &batch).await;
    assert_eq!(answer.status, 207, "{answer}");
    let results = answer.body["results"].as_array().unwrap();
    let codes: Vec<_> = results.iter().map(|result| result["error"]["error_code"].as_u64()).collect();
    assert_eq!(codes, [None, None, Some(40907), Some(40410), Some(40410), Some(42212)]);
    assert_eq!(results[1]["result"]["associations"][0]["subject"], ":.lkc-1:topic-2-value");
    assert_eq!(registry.get("/associations/resources/5").await.ok(), json!([]), "all of it or nothing");

    let questions = json!({"requests": [
        {"resourceId": "2"},
        {"resourceName": "topic-1", "resourceNamespace": "-"},
        {"resourceId": "2", "associationTypes": ["key"]},
        {"resourceName": "-"},
        {},
    ]});
    let answer = registry.post("/associations:batchGet?includeSchemas=true", &questions).await;
    assert_eq!(answer.status, 207, "{answer}");
    let results = answer.body["results"].as_array().unwrap();
    assert_eq!(results[0]["result"]["associations"][0]["schema"]["version"], 1);
    assert_eq!(results[1]["result"]["resourceId"], "1");
    assert_eq!(results[2]["result"], json!({"resourceId": "2"}));
    assert_eq!(results[3]["error"]["error_code"], 42212, "more than one topic");
    assert_eq!(results[4]["error"]["error_code"], 42212);
    let bare = registry.post("/associations:batchGet", &json!({"requests": [{"resourceId": "2"}]})).await;
    assert_eq!(bare.body["results"][0]["result"]["associations"][0].get("schema"), None);

    let many: Vec<_> = (0..1001).map(|n| json!({"resourceId": n.to_string()})).collect();
    registry.post("/associations:batchGet", &json!({ "requests": many })).await.refused(40902);

    let gone = json!({"requests": [about("2", json!([{"opType": "DELETE", "cascadeLifecycle": true}]))]});
    let answer = registry.post("/associations:batchMutate", &gone).await;
    assert_eq!(answer.body["results"][0]["result"].get("associations"), None, "{answer}");
    assert_eq!(registry.get("/subjects").await.ok(), json!(["shared"]));
}

async fn listings_tell_associations(registry: TestRegistry) {
    registry.register("alone", &first()).await;
    registry.register("shared", &first()).await;
    create(&registry, weak("shared")).await.ok();
    let other = json!({"resourceName": "returns", "resourceNamespace": "lkc-1", "resourceId": "id-2",
        "associations": [strong()]});
    registry.post("/associations", &other).await.ok();
    let listed = async |query: &str| {
        let listed = registry.get(&format!("/schemas?subjectPrefix=:*:&{query}")).await.ok();
        let entry = |entry: &Value| {
            let count = entry.get("associations").map_or(0, |associations| associations.as_array().unwrap().len());
            format!("{} {count}", entry["subject"].as_str().unwrap())
        };
        listed.as_array().unwrap().iter().map(entry).collect::<Vec<_>>()
    };
    let returns = ":.lkc-1:returns-value";
    assert_eq!(listed("").await, [format!("{returns} 1"), "alone 0".into(), "shared 1".into()]);
    assert_eq!(listed("associationType=key").await, [format!("{returns} 0"), "alone 0".into(), "shared 0".into()]);
    assert_eq!(listed("lifecycle=STRONG").await, [format!("{returns} 1")]);
    assert_eq!(listed("lifecycle=WEAK&lifecycle=NONE&resourceType=topic").await, ["alone 0", "shared 1"]);
    assert_eq!(listed("lifecycle=NONE&limit=1").await, ["alone 0"]);
    registry.get("/schemas?lifecycle=LOOSE").await.refused(404);
}

on_both_databases!(
    a_topic_owns_its_subjects,
    topics_share_a_subject,
    contradictions_are_told,
    a_context_before_the_path_is_that_of_the_subjects,
    batches_answer_each_for_itself,
    listings_tell_associations,
);

#[tokio::test]
async fn switched_off_there_are_no_such_paths() {
    let registry = Setup::on(Database::Sqlite).set("registry.associations=false").start().await;
    registry.get("/associations/resources/-/orders?resourceType=topic&associationType=value").await.refused(404);
    registry.get("/associations/subjects/s").await.refused(404);
    registry.get("/associations/resources/id-1").await.refused(404);
    registry.delete("/associations/resources/id-1").await.refused(404);
    registry.put("/associations/resources/id-1", &orders(&json!([strong()]))).await.refused(404);
    for path in ["/associations", "/associations:batchGet", "/associations:batchMutate", "/contexts/c/associations"] {
        registry.post(path, &orders(&json!([strong()]))).await.refused(404);
    }
}
