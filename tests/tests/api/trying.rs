//! Rules over HTTP: what would they say about pasted records?

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use crate::schemas::first;

const TRY: &str = "/govern/v1/rules/try";

const ORDER: &str =
    r#"{"type":"record","name":"Order","fields":[{"name":"id","type":"long"},{"name":"item","type":"string"}]}"#;

/// 21, "ab"; and the same with a byte too much.
const GOOD: &str = "KgRhYg==";
const LONG: &str = "KgRhYgA=";

async fn records_are_held_against_a_schema(registry: TestRegistry) {
    let records = json!([{"base64": GOOD}, {"base64": LONG}, {"base64": GOOD}]);
    let tried = registry.post(TRY, &json!({"schema": ORDER, "records": records})).await.ok();
    assert_eq!((&tried["records"], &tried["refused"], &tried["schemaType"]), (&json!(3), &json!(1), &json!("AVRO")));
    let [found] = &tried["found"].as_array().unwrap()[..] else { panic!("{tried}") };
    assert_eq!((&found["index"], &found["violations"][0]["rule"]), (&json!(1), &json!("tidegate.payload")));
    assert!(!tried.to_string().contains("\"ab\""), "no value is told");
}

async fn rules_that_change_records_or_can_not_be_run_are_told(registry: TestRegistry) {
    let rule = |name: &str, kind: &str, executor: &str| json!({"name": name, "kind": kind, "mode": "WRITE", "type": executor, "expr": "true"});
    let rules = json!({"domainRules": [rule("seal", "TRANSFORM", "ENCRYPT"), rule("odd", "CONDITION", "MADE_UP")]});
    let asked = json!({"schema": ORDER, "ruleSet": rules, "records": [{"base64": GOOD}]});
    let tried = registry.post(TRY, &asked).await.ok();
    assert_eq!((&tried["leftToClient"], &tried["notCheckable"][0]["rule"]), (&json!(["seal"]), &json!("odd")));
    assert_eq!(tried["refused"], 0);
}

async fn what_is_wrong_with_a_rule_is_told_without_a_record(registry: TestRegistry) {
    let schema = "syntax = \"proto3\"; message Pay { int64 amount = 1; }";
    let rules = |expr: &str| json!({"domainRules": [{"name": "paid", "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "expr": expr}]});
    let asked = |expr: &str| json!({"schemaType": "PROTOBUF", "schema": schema, "ruleSet": rules(expr), "records": []});
    let tried = registry.post(TRY, &asked("message.amountt > 0")).await.ok();
    let message = "there is no field 'amountt'; did you mean 'amount'?";
    assert_eq!(tried["problems"], json!([{"rule": "paid", "at": 7, "isCertain": true, "message": message}]));
    let tried = registry.post(TRY, &asked("message.amount >")).await.ok();
    assert_eq!((&tried["problems"][0]["rule"], &tried["problems"][0]["isCertain"]), (&json!("paid"), &json!(true)));
    let tried = registry.post(TRY, &asked("message.amount > 0")).await.ok();
    assert_eq!(tried["problems"], json!([]));
}

async fn without_a_schema_the_latest_of_the_subject_counts(registry: TestRegistry) {
    registry.register("orders-value", &first()).await;
    let tried = registry.post(TRY, &json!({"subject": "orders-value", "records": []})).await.ok();
    assert_eq!((&tried["records"], &tried["found"]), (&json!(0), &json!([])));
    registry.post(TRY, &json!({"subject": "nobody", "records": []})).await.refused(40401);
}

async fn json_is_taken_as_it_is(registry: TestRegistry) {
    let schema = r#"{"type":"object","properties":{"id":{"type":"integer","minimum":1}}}"#;
    let records = json!([{"json": {"id": 5}}, {"json": {"id": 0}}]);
    let asked = json!({"schemaType": "JSON", "schema": schema, "records": records});
    let tried = registry.post(TRY, &asked).await.ok();
    assert_eq!((&tried["refused"], &tried["found"][0]["violations"][0]["path"]), (&json!(1), &json!("id")));
}

async fn json_of_other_formats_is_encoded(registry: TestRegistry) {
    let schema = r#"{"type":"record","name":"Order","fields":[{"name":"id","type":"long"},{"name":"note","type":["null","string"]}]}"#;
    let rules = json!({"domainRules": [{"name": "positive", "kind": "CONDITION", "type": "CEL", "mode": "WRITE",
        "expr": "message.id > 0"}]});
    let records = json!([{"json": {"id": 5, "note": "a"}}, {"json": {"id": 0, "note": null}}, {"json": {"id": "x", "note": null}}]);
    let tried = registry.post(TRY, &json!({"schema": schema, "ruleSet": rules, "records": records})).await.ok();
    let broken = |at: usize| &tried["found"][at]["violations"][0];
    assert_eq!((&tried["refused"], &broken(0)["rule"]), (&json!(2), &json!("positive")));
    assert_eq!((&broken(1)["rule"], &broken(1)["path"]), (&json!("tidegate.payload"), &json!("id")));
    let schema = "syntax = \"proto3\"; message Order { int64 id = 1; }";
    let asked = json!({"schemaType": "PROTOBUF", "schema": schema, "ruleSet": rules,
        "records": [{"json": {"id": 5}}, {"json": {}}]});
    let tried = registry.post(TRY, &asked).await.ok();
    assert_eq!((&tried["refused"], &tried["found"][0]["index"]), (&json!(1), &json!(1)));
}

async fn nonsense_is_refused(registry: TestRegistry) {
    let refused = async |body: Value, code: u64| {
        registry.post(TRY, &body).await.refused(code);
    };
    refused(json!({"records": []}), 422).await;
    let message = registry.post(TRY, &json!({"schema": ORDER, "topic": "orders"})).await.refused(422);
    assert!(message.contains("proxy.brokers"), "{message}");
    for place in [
        json!({"partition": 0}),
        json!({"offset": 7}),
        json!({"partition": 0, "offset": 7, "last": 1}),
        json!({"partition": -1, "offset": 7}),
    ] {
        let mut request = json!({"schema": ORDER, "topic": "orders"});
        request.as_object_mut().unwrap().extend(place.as_object().unwrap().clone());
        let message = registry.post(TRY, &request).await.refused(422);
        assert!(message.contains("'partition' and 'offset'"), "{message}");
    }
    refused(json!({"schema": ORDER, "records": [{}]}), 422).await;
    refused(json!({"schema": ORDER, "records": [{"base64": "no base64!"}]}), 422).await;
    refused(json!({"schema": ORDER, "framing": "odd", "records": []}), 422).await;
    refused(json!({"schema": "{", "records": []}), 42201).await;
    refused(json!({"schema": ORDER, "records": vec![json!({"base64": GOOD}); 1_001]}), 422).await;
}

on_both_databases!(
    records_are_held_against_a_schema,
    rules_that_change_records_or_can_not_be_run_are_told,
    what_is_wrong_with_a_rule_is_told_without_a_record,
    without_a_schema_the_latest_of_the_subject_counts,
    json_is_taken_as_it_is,
    json_of_other_formats_is_encoded,
    nonsense_is_refused
);
