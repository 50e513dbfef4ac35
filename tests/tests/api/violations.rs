//! Violations over HTTP: what proxies report is added up, told by page, and shown to those who may read the topic. Who may
//! change policies says how far people are with one.

use reqwest::Method;
use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::{Answer, TestRegistry};

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

/// What is said of a violation, by somebody with a token or by anybody.
async fn say(registry: &TestRegistry, token: Option<&str>, id: &str, wish: Value) -> Answer {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<_> = bearer.iter().map(|value| ("authorization", value.as_str())).collect();
    registry.send(Method::PUT, &format!("{VIOLATIONS}/{id}/state"), &headers, Some(wish.to_string())).await
}

/// Reports one violation by a rule and answers its id.
async fn reported(registry: &TestRegistry, rule: &str, at: i64) -> String {
    report(registry, json!([seen("orders", rule, 1, at)])).await;
    let page = registry.get(&format!("{VIOLATIONS}?rule={rule}")).await.ok();
    page["violations"][0]["id"].as_str().unwrap().to_owned()
}

async fn rules(registry: &TestRegistry, query: &str) -> Vec<String> {
    let page = registry.get(&format!("{VIOLATIONS}?topic=orders&{query}")).await.ok();
    let rules = page["violations"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap().to_owned());
    rules.collect()
}

async fn people_say_how_far_they_are(registry: TestRegistry) {
    let at = now() - 60_000;
    let cheap = reported(&registry, "cheap", at).await;
    let dear = reported(&registry, "dear", at - 1).await;
    let late = reported(&registry, "late", at - 2).await;
    let fresh = registry.get(&format!("{VIOLATIONS}/{cheap}")).await.ok();
    assert_eq!((&fresh["state"], fresh.get("stateBy"), fresh.get("note")), (&json!("new"), None, None));

    let told = say(&registry, None, &cheap, json!({"state": "acknowledged", "note": "we know"})).await.ok();
    assert_eq!(
        (&told["id"], &told["state"], &told["note"]),
        (&json!(cheap), &json!("acknowledged"), &json!("we know"))
    );
    assert_eq!(told["stateBy"], "anonymous");
    let again = say(&registry, None, &cheap, json!({"state": "acknowledged", "note": "we know"})).await.ok();
    assert_eq!(again["stateAt"], told["stateAt"], "what is said twice is said once");
    let detail = registry.get(&format!("{VIOLATIONS}/{cheap}")).await.ok();
    assert_eq!((&detail["state"], &detail["stateAt"]), (&told["state"], &told["stateAt"]));

    // A time in an hour, as the registry writes it.
    report(&registry, json!([seen("bills", "later", 1, now() + 3_600_000)])).await;
    let later = registry.get(&format!("{VIOLATIONS}?topic=bills")).await.ok();
    let until = &later["violations"][0]["lastSeen"];
    let muted = say(&registry, None, &dear, json!({"state": "muted", "until": until})).await.ok();
    assert_eq!((&muted["state"], &muted["until"]), (&json!("muted"), until));
    say(&registry, None, &late, json!({"state": "fixed"})).await.ok();
    assert_eq!(rules(&registry, "").await, ["cheap", "dear", "late"], "nothing is hidden unless it is asked for");
    assert_eq!(rules(&registry, "state=muted").await, ["dear"]);
    assert_eq!(rules(&registry, "state=muted,fixed").await, ["dear", "late"]);
    assert_eq!(rules(&registry, "state=fixed&state=acknowledged").await, ["cheap", "late"]);
    assert_eq!(rules(&registry, "state=new").await, [""; 0]);
    registry.get(&format!("{VIOLATIONS}?state=old")).await.refused(404);

    // It was not fixed.
    report(&registry, json!([seen("orders", "late", 1, now() + 1_000)])).await;
    let back = registry.get(&format!("{VIOLATIONS}?topic=orders&state=new")).await.ok();
    assert_eq!((&back["violations"][0]["rule"], &back["violations"][0]["state"]), (&json!("late"), &json!("new")));
    assert_eq!(back["violations"][0]["stateBy"], "anonymous", "who said that it was is still told");
    say(&registry, None, &dear, json!({"state": "new"})).await.ok();
    assert_eq!(rules(&registry, "state=new").await, ["late", "dear"]);
}

async fn what_can_t_be_said_is_refused(registry: TestRegistry) {
    let id = reported(&registry, "cheap", now()).await;
    for (wish, told) in [
        (json!({"state": "done"}), "state 'done' is none of new, acknowledged, muted, fixed"),
        (json!({"state": "muted"}), "until is missing"),
        (json!({"state": "muted", "until": "tomorrow"}), "until 'tomorrow' is no time"),
        (json!({"state": "muted", "until": "2020-01-01T00:00:00Z"}), "until is over already"),
        (json!({"state": "muted", "until": "9999-01-01T00:00:00Z"}), "until is more than a year away"),
        (json!({"state": "fixed", "until": "2999-01-01T00:00:00Z"}), "until is for the state muted only"),
        (json!({"state": "fixed", "note": "x".repeat(1_025)}), "note has more than 1024 bytes"),
        (json!({"state": "fixed", "note": "a\u{1b}[0m"}), "note has a control character"),
    ] {
        let message = say(&registry, None, &id, wish).await.refused(422);
        assert!(message.contains(told), "{told}: {message}");
    }
    say(&registry, None, &id, json!({"note": "no state"})).await.refused(400);
    say(&registry, None, "unheard-of", json!({"state": "fixed"})).await.refused(404);
    let untouched = registry.get(&format!("{VIOLATIONS}/{id}")).await.ok();
    assert_eq!((&untouched["state"], untouched.get("stateAt")), (&json!("new"), None));
}

async fn only_who_may_change_policies_says_it(registry: TestRegistry) {
    let id = reported(&registry, "cheap", now() - 60_000).await;
    let mut tokens = Vec::new();
    for (name, grant) in [("steward", "admin"), ("team", "write orders-")] {
        let headers: Vec<_> = tokens.iter().map(|token: &String| ("authorization", token.as_str())).collect();
        let wish = json!({"name": name, "grants": [grant]}).to_string();
        let made = registry.send(Method::POST, "/govern/v1/tokens", &headers, Some(wish)).await.ok();
        tokens.push(format!("Bearer {}", made["token"].as_str().unwrap()));
    }
    let [steward, team] = [0, 1].map(|at: usize| tokens[at].trim_start_matches("Bearer ").to_owned());
    say(&registry, Some(&team), &id, json!({"state": "fixed"})).await.refused(40301);
    say(&registry, None, &id, json!({"state": "fixed"})).await.refused(401);
    let told = say(&registry, Some(&steward), &id, json!({"state": "fixed"})).await.ok();
    assert_eq!((&told["state"], &told["stateBy"]), (&json!("fixed"), &json!("steward")));
    let headers = [("authorization", tokens[1].as_str())];
    let seen = registry.send(Method::GET, &format!("{VIOLATIONS}?topic=orders&state=fixed"), &headers, None).await.ok();
    assert_eq!(seen["violations"][0]["stateBy"], "steward", "who may read the topic is told");
}

on_both_databases!(
    people_say_how_far_they_are,
    what_can_t_be_said_is_refused,
    only_who_may_change_policies_says_it,
    what_several_proxies_report_adds_up,
    counts_that_nobody_can_have_counted_do_no_harm,
    pages_follow_each_other_newest_first,
    what_is_old_is_forgotten_and_samples_are_few,
    nonsense_is_refused
);
