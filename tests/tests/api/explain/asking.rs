//! What can be asked: against which versions, on which terms, and what makes no sense.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use super::{ask, with};
use crate::formats::{avro, json_schema, protobuf, register};
use crate::schemas::{breaking, first, second};

const ALL_LEVELS: [&str; 7] =
    ["NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"];

async fn all_versions_of_a_subject_are_compared_with(registry: TestRegistry) {
    registry.put("/config/s", &json!({"compatibility": "NONE"})).await.ok();
    for text in [second(), breaking(), first()] {
        register(&registry, "s", &avro(&text)).await.ok();
    }
    let of_subject = async |members: Value| {
        let request = with(avro(&breaking()), with(json!({"subject": "s"}), members));
        ask(&registry, &request).await
    };
    let all = of_subject(json!({})).await.ok();
    assert_eq!(all["comparedWith"], json!([3, 2, 1]));
    assert_eq!((&all["compatibility"], &all["isCompatible"]), (&json!("NONE"), &json!(true)));
    assert_eq!(all["passes"], json!(["NONE", "FORWARD", "FORWARD_TRANSITIVE"]));
    let [change] = all["changes"].as_array().unwrap().as_slice() else { panic!("{all:#}") };
    assert_eq!((&change["kind"], &change["name"]), (&json!("added"), &json!("customer")));
    let versions: Vec<_> = all["findings"].as_array().unwrap().iter().map(|finding| &finding["version"]).collect();
    assert_eq!(versions, [3, 1], "{all:#}");

    let same = of_subject(json!({"againstVersion": 2})).await.ok();
    assert_eq!((&same["comparedWith"], &same["changes"], &same["findings"]), (&json!([2]), &json!([]), &json!([])));
    assert_eq!(same["passes"], json!(ALL_LEVELS));
    for latest in [json!("latest"), json!(-1), json!("3"), json!(3)] {
        assert_eq!(of_subject(json!({"againstVersion": latest})).await.ok()["comparedWith"], json!([3]));
    }
    let strict = of_subject(json!({"compatibility": "BACKWARD"})).await.ok();
    assert_eq!((&strict["compatibility"], &strict["isCompatible"]), (&json!("BACKWARD"), &json!(false)));
    registry.put("/config/s", &json!({"compatibility": "FORWARD"})).await.ok();
    let forward = of_subject(json!({})).await.ok();
    assert_eq!((&forward["compatibility"], &forward["isCompatible"]), (&json!("FORWARD"), &json!(true)));
    assert_eq!(registry.get("/subjects/s/versions").await.ok(), json!([1, 2, 3]), "explaining changes nothing");
}

async fn transitive_levels_fail_on_older_versions(registry: TestRegistry) {
    let texts = ["int32 a = 1; string b = 2;", "int32 a = 1;", "int32 a = 1; int32 b = 2;"]
        .map(|fields| protobuf(&format!("syntax = \"proto3\"; message M {{ {fields} }}")));
    register(&registry, "s", &texts[0]).await.ok();
    register(&registry, "s", &texts[1]).await.ok();
    let answer = ask(&registry, &with(texts[2].clone(), json!({"subject": "s"}))).await.ok();
    assert_eq!(answer["comparedWith"], json!([2, 1]));
    assert_eq!(answer["passes"], json!(["NONE", "BACKWARD", "FORWARD", "FULL"]));
    let errors: Vec<_> = answer["findings"].as_array().unwrap().iter().filter(|f| f["severity"] == "error").collect();
    assert!(!errors.is_empty() && errors.iter().all(|finding| finding["version"] == 1), "{answer:#}");
}

async fn a_new_subject_may_begin_with_anything(registry: TestRegistry) {
    for candidate in [avro(&first()), protobuf("syntax = \"proto3\";"), json_schema("{}")] {
        let answer = ask(&registry, &with(candidate, json!({"subject": "new"}))).await.ok();
        assert_eq!((&answer["passes"], &answer["changes"]), (&json!(ALL_LEVELS), &json!([])));
        assert_eq!((&answer["isCompatible"], &answer["compatibility"]), (&json!(true), &json!("BACKWARD")));
    }
}

async fn lenient_people_may_ask_too(registry: TestRegistry) {
    let object = |properties: &str| json_schema(&format!(r#"{{"type":"object","properties":{{{properties}}}}}"#));
    let members = json!({"against": [object("")]});
    let request = with(object(r#""a":{"type":"string"}"#), members);
    let strict = ask(&registry, &request).await.ok();
    assert_eq!((&strict["compatibilityPolicy"], &strict["isCompatible"]), (&json!("STRICT"), &json!(false)));
    let lenient = ask(&registry, &with(request, json!({"compatibilityPolicy": "lenient"}))).await.ok();
    assert_eq!((&lenient["compatibilityPolicy"], &lenient["isCompatible"]), (&json!("LENIENT"), &json!(true)));
}

async fn questions_without_sense_are_refused(registry: TestRegistry) {
    register(&registry, "s", &avro(&first())).await.ok();
    let asked = async |members: Value| ask(&registry, &with(avro(&second()), members)).await;
    asked(json!({})).await.refused(422);
    asked(json!({"subject": ""})).await.refused(422);
    asked(json!({"subject": "s", "againstVersion": 1, "against": []})).await.refused(422);
    let many = vec![avro("\"int\""); 101];
    asked(json!({"against": many})).await.refused(422);
    for version in [json!(0), json!(-2), json!("first"), json!("1.5")] {
        asked(json!({"subject": "s", "againstVersion": version})).await.refused(42202);
    }
    asked(json!({"subject": "s", "againstVersion": 2})).await.refused(40402);
    asked(json!({"subject": "s", "compatibility": "SIDEWAYS"})).await.refused(42203);
    asked(json!({"subject": "s", "compatibilityPolicy": "MAYBE"})).await.refused(42203);
    asked(json!({"subject": "s", "against": "text"})).await.refused(400);
    asked(json!({"subject": "a\u{0}b"})).await.refused(42208);
    for bad in
        [avro("nonsense"), protobuf("nonsense"), json_schema("nonsense"), json!({"schemaType": "XML", "schema": "x"})]
    {
        let told = ask(&registry, &with(bad.clone(), json!({"subject": "s"}))).await.refused(42201);
        assert!(told.contains("line 1") || bad["schemaType"] == "XML", "{told}");
        ask(&registry, &with(avro(&first()), json!({"against": [bad]}))).await.refused(42201);
    }
    ask(&registry, &json!({"subject": "s"})).await.refused(42201);
    registry.send(reqwest::Method::POST, "/govern/v1/explain", &[], Some(String::new())).await.refused(422);
    registry.get("/govern/v1/explain").await.refused(405);
}

async fn every_rule_is_listed_once(registry: TestRegistry) {
    let listed = registry.get("/govern/v1/rules").await.ok();
    let listed = listed.as_array().unwrap();
    let codes: Vec<_> = listed.iter().map(|rule| rule["rule"].as_str().unwrap()).collect();
    assert!(codes.is_sorted_by(|one, other| one < other), "{codes:?}");
    let slugs: BTreeSet<_> = listed.iter().map(|rule| rule["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs.len(), codes.len());
    for (family, least) in [("TG1", 10), ("TG2", 15), ("TG3", 30)] {
        let count = codes.iter().filter(|code| code.starts_with(family)).count();
        assert!(count >= least, "{family}: {count}");
    }
    for rule in listed {
        assert!(rule["purpose"].as_str().unwrap().ends_with('.'), "{rule}");
        assert!(["info", "warning", "error"].contains(&rule["severity"].as_str().unwrap()), "{rule}");
        assert!(["sound", "stricter", "laxer", "advice"].contains(&rule["basis"].as_str().unwrap()), "{rule}");
        let is_laxer = rule["basis"] == "laxer";
        assert!(!is_laxer || rule["severity"] != "error", "Confluent lets it pass, so must we: {rule}");
    }
}

on_both_databases!(
    all_versions_of_a_subject_are_compared_with,
    transitive_levels_fail_on_older_versions,
    a_new_subject_may_begin_with_anything,
    lenient_people_may_ask_too,
    questions_without_sense_are_refused,
    every_rule_is_listed_once,
);
