//! Violations over HTTP: what proxies report is added up, told by page, and shown to those who may read the topic.

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

const VIOLATIONS: &str = "/govern/v1/violations";
const OBSERVATIONS: &str = "/govern/v1/violations/observations";

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

fn seen(topic: &str, rule: &str, records: u64, at: i64) -> Value {
    json!({
        "cluster": "main", "topic": topic, "rule": rule, "path": "lines[].price", "reason": "value: too cheap",
        "clientId": "shop", "principal": "User:alice", "records": records, "acted": 1, "first": at - 10, "last": at,
        "samples": [{
            "at": at, "partition": 3, "index": 1, "schema": {"context": ".", "id": 1}, "action": "reject",
            "path": "lines[2].price", "bytes": 120, "fields": [{"path": "id", "mask": "int"}],
            "tree": {"name": "", "mask": "record", "inner": [{"name": "id", "mask": "int", "rules": [rule]}]},
        }],
    })
}

async fn report(registry: &TestRegistry, violations: Value) {
    let answer = registry.post(OBSERVATIONS, &json!({ "violations": violations })).await;
    assert_eq!(answer.status, 204, "{answer}");
}

async fn counts_that_nobody_can_have_counted_do_no_harm(registry: TestRegistry) {
    for _ in 0..4 {
        report(&registry, json!([seen("orders", "cheap", i64::MAX as u64, now())])).await;
    }
    let page = registry.get(VIOLATIONS).await.ok();
    assert!(page["violations"][0]["records"].as_u64().unwrap() > 1 << 61, "{page}");
}

async fn what_several_proxies_report_adds_up(registry: TestRegistry) {
    let at = now();
    report(&registry, json!([seen("orders", "cheap", 3, at - 5), seen("bills", "cheap", 1, at)])).await;
    report(&registry, json!([seen("orders", "cheap", 4, at), seen("orders", "tidegate.payload", 9, at - 1)])).await;
    let page = registry.get(VIOLATIONS).await.ok();
    assert_eq!(page["violations"].as_array().unwrap().len(), 3);
    let page = registry.get(&format!("{VIOLATIONS}?topic=orders&rule=cheap")).await.ok();
    let [violation] = &page["violations"].as_array().unwrap()[..] else { panic!("{page}") };
    assert_eq!((&violation["records"], &violation["acted"]), (&json!(7), &json!(2)));
    assert_eq!((&violation["clientId"], &violation["principal"]), (&json!("shop"), &json!("User:alice")));
    assert_eq!((&violation["path"], &violation["reason"]), (&json!("lines[].price"), &json!("value: too cheap")));
    let trend: u64 = violation["trend"].as_array().unwrap().iter().map(|hour| hour["records"].as_u64().unwrap()).sum();
    assert_eq!(trend, 7);

    let detail = registry.get(&format!("{VIOLATIONS}/{}", violation["id"].as_str().unwrap())).await.ok();
    assert_eq!(detail["samples"].as_array().unwrap().len(), 2);
    let sample = &detail["samples"][0];
    assert_eq!((&sample["path"], &sample["index"]), (&json!("lines[2].price"), &json!(1)));
    assert_eq!((&sample["schema"]["id"], &sample["fields"][0]["mask"]), (&json!(1), &json!("int")));
    let tree = json!({"name": "", "mask": "record", "inner": [{"name": "id", "mask": "int", "rules": ["cheap"]}]});
    assert_eq!(sample["tree"], tree);
}

async fn pages_follow_each_other_newest_first(registry: TestRegistry) {
    let at = now();
    let all: Vec<_> = (0..5).map(|index| seen("orders", &format!("rule{index}"), 1, at - index)).collect();
    report(&registry, json!(all)).await;
    let mut path = format!("{VIOLATIONS}?topic=orders&limit=2");
    let mut rules = Vec::new();
    loop {
        let page = registry.get(&path).await.ok();
        let found = page["violations"].as_array().unwrap().clone();
        rules.extend(found.iter().map(|violation| violation["rule"].as_str().unwrap().to_owned()));
        match page.get("next") {
            Some(next) => path = next.as_str().unwrap().to_owned(),
            None => break,
        }
    }
    assert_eq!(rules, ["rule0", "rule1", "rule2", "rule3", "rule4"]);
    let recent = registry.get(&format!("{VIOLATIONS}?since={}", at - 1)).await.ok();
    assert_eq!(recent["violations"].as_array().unwrap().len(), 2);
}

async fn what_is_old_is_forgotten_and_samples_are_few(registry: TestRegistry) {
    let at = now();
    report(&registry, json!([seen("orders", "ancient", 1, at - 40 * 24 * 3_600_000)])).await;
    for index in 0..30 {
        let mut many = seen("orders", "cheap", 1, at);
        let sample = many["samples"][0].clone();
        many["samples"] = json!(
            (0..10)
                .map(|place| {
                    let mut sample = sample.clone();
                    sample["at"] = json!(at - 1_000 + index * 10 + place);
                    sample
                })
                .collect::<Vec<_>>()
        );
        report(&registry, json!([many])).await;
    }
    let page = registry.get(VIOLATIONS).await.ok();
    let [violation] = &page["violations"].as_array().unwrap()[..] else { panic!("{page}") };
    assert_eq!((&violation["rule"], &violation["records"]), (&json!("cheap"), &json!(30)));
    let detail = registry.get(&format!("{VIOLATIONS}/{}", violation["id"].as_str().unwrap())).await.ok();
    assert_eq!(detail["samples"].as_array().unwrap().len(), 20);
}

async fn nonsense_is_refused(registry: TestRegistry) {
    let mut turned = seen("orders", "cheap", 1, now());
    turned["first"] = json!(turned["last"].as_i64().unwrap() + 1);
    registry.post(OBSERVATIONS, &json!({ "violations": [turned] })).await.refused(422);
    registry.post(OBSERVATIONS, &json!({ "violations": [seen("", "cheap", 1, now())] })).await.refused(422);
    registry.post(OBSERVATIONS, &json!([])).await.refused(400);
    registry.get(&format!("{VIOLATIONS}/unheard-of")).await.refused(404);
    registry.get(&format!("{VIOLATIONS}?since=yesterday")).await.refused(404);
}

on_both_databases!(
    what_several_proxies_report_adds_up,
    counts_that_nobody_can_have_counted_do_no_harm,
    pages_follow_each_other_newest_first,
    what_is_old_is_forgotten_and_samples_are_few,
    nonsense_is_refused
);
