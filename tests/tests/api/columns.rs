//! Which fields are made of which, where nobody says so: guesses from names and types, told as such and never in place of
//! what is declared. How good they are is measured on an estate whose truth is known.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use crate::declared::{KAFKA, dataset, declare, encoded, event};
use crate::graph::{ask, id, now, observe, reads, seen, writes};

fn record(name: &str, fields: &[(&str, &str)]) -> String {
    let fields: Vec<Value> = fields.iter().map(|(name, kind)| json!({"name": name, "type": kind})).collect();
    json!({"type": "record", "name": name, "fields": fields}).to_string()
}

async fn registered(registry: &TestRegistry, topic: &str, fields: &[(&str, &str)]) -> i64 {
    registry.register(&format!("{topic}-value"), &record("Event", fields)).await
}

/// `source.field → target.field` of each pair, with whether it is a guess.
async fn columns(registry: &TestRegistry, node: &str, more: &str) -> Vec<(String, bool)> {
    let told = registry.get(&format!("/api/v1/column-lineage?nodeId={}{more}", encoded(node))).await.ok();
    let mut pairs = Vec::new();
    for node in told["graph"].as_array().unwrap() {
        let data = &node["data"];
        for input in data["inputFields"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let [from, to] = [input, data].map(|it| format!("{}.{}", text(&it["dataset"]), text(&it["field"])));
            pairs.push((format!("{from} → {to}"), input["transformationType"] == "INFERRED"));
        }
    }
    pairs.sort();
    pairs
}

/// checkout writes orders; enrich reads them in a group and writes enriched; report, a declared job, reads that into a table.
async fn an_estate(registry: &TestRegistry) {
    let orders =
        registered(registry, "orders", &[("id", "long"), ("email", "string"), ("total", "double"), ("at", "long")])
            .await;
    let fields = [("id", "long"), ("email", "string"), ("total", "string"), ("rate", "double")];
    let enriched = registered(registry, "enriched", &fields).await;
    registered(registry, "elsewhere", &[("id", "long"), ("email", "string")]).await;
    let at = now();
    observe(
        registry,
        json!([
            writes("orders", "checkout", orders, 30, at),
            reads("orders", "enrich", "enrich-group", "committed", at),
            seen("orders", "enrich", at, json!({"direction": "consumes", "evidence": "fetched", "records": 9})),
            // Asked for, and never seen to be read.
            reads("elsewhere", "enrich", "enrich-group", "subscribed", at),
            writes("enriched", "enrich", enriched, 9, at),
        ]),
    )
    .await;
    let mut report = event("report", "r1", "COMPLETE", 1);
    report["inputs"] = json!([dataset(KAFKA, "enriched")]);
    let said = json!({"namespace": KAFKA, "name": "enriched", "field": "total"});
    report["outputs"] = json!([{"namespace": "warehouse", "name": "report", "facets": {
        "schema": {"fields": [
            {"name": "id", "type": "BIGINT"}, {"name": "email", "type": "VARCHAR(80)"}, {"name": "rate", "type": "DOUBLE"},
        ]},
        "columnLineage": {"fields": {"rate": {"inputFields": [said]}}},
    }}]);
    declare(registry, &report).await;
}

async fn what_is_alike_is_told_as_a_guess_and_only_when_asked_for(registry: TestRegistry) {
    an_estate(&registry).await;
    let report = "dataset:warehouse:report";
    assert_eq!(columns(&registry, report, "").await, [("enriched.total → report.rate".to_owned(), false)]);
    // `total` is a string in one and a number in the other; `rate` would be alike, but somebody says what it is made of.
    let pair = |pair: &str, is_guess: bool| (pair.to_owned(), is_guess);
    let all = [
        pair("enriched.email → report.email", true),
        pair("enriched.id → report.id", true),
        pair("enriched.total → report.rate", false),
        pair("orders.email → enriched.email", true),
        pair("orders.id → enriched.id", true),
    ];
    assert_eq!(columns(&registry, report, "&withInferred=true").await, all);
    let near = columns(&registry, report, "&withInferred=true&depth=1").await;
    assert_eq!(near, all[..3]);

    // A topic that nobody declares has the fields of its schema.
    let email = format!("datasetField:{KAFKA}:orders:email");
    let onward = columns(&registry, &email, "&withInferred=true&withDownstream=true").await;
    assert_eq!(onward, [all[0].clone(), all[3].clone()]);
    let answer = registry.get(&format!("/api/v1/column-lineage?nodeId={}", encoded(&email))).await;
    assert_eq!(answer.status, 404, "{answer}");
    let answer = registry.get(&format!("/api/v1/column-lineage?nodeId={report}&withInferred=maybe")).await;
    assert_eq!(answer.status, 400, "{answer}");

    // Whatever is between two datasets is named, so that the guess can be judged.
    let told = registry.get(&format!("/api/v1/column-lineage?nodeId={}&withInferred=true", encoded(report))).await.ok();
    let text = told.to_string();
    assert!(text.contains("enrich reads orders and writes enriched"), "{told:#}");
    assert!(text.contains("report reads enriched and writes report"), "{told:#}");
}

async fn the_reach_of_a_change_says_what_is_a_guess(registry: TestRegistry) {
    an_estate(&registry).await;
    let told = ask(&registry, "impact", &id("topic", "orders"), "&field=email&depth=9").await;
    let fields = |told: &Value| -> Vec<(String, u64, bool)> {
        let fields = told["fields"].as_array().unwrap().iter();
        let text = |it: &Value| format!("{}.{}", it["dataset"].as_str().unwrap(), it["field"].as_str().unwrap());
        fields.map(|it| (text(it), it["depth"].as_u64().unwrap(), it["inferred"].as_bool().unwrap())).collect()
    };
    assert_eq!(fields(&told), [("enriched.email".to_owned(), 1, true), ("report.email".to_owned(), 2, true)]);
    assert_eq!(told["coverage"]["fields"], "inferred");
    // What is not asked for leads to no guess either: that report reads enriched is only said.
    let seen = ask(&registry, "impact", &id("topic", "enriched"), "&field=email&evidence=observed").await;
    assert!(seen.get("fields").is_none(), "{seen:#}");
    let all = ask(&registry, "impact", &id("topic", "enriched"), "&field=email").await;
    assert_eq!(fields(&all), [("report.email".to_owned(), 1, true)]);
    let told = ask(&registry, "impact", &id("topic", "enriched"), "&field=total").await;
    assert_eq!(fields(&told), [("report.rate".to_owned(), 1, false)]);
    assert_eq!(told["coverage"]["fields"], "declared");
    let told = ask(&registry, "impact", &id("topic", "orders"), "&field=at").await;
    assert!(told.get("fields").is_none() && told["coverage"]["fields"] == "unknown", "{told:#}");
}

/// Twenty applications, each with two inputs and an output. Of the output's fields some are copied from the first input, some
/// renamed on the way, some computed, and `id` and `at` are new in each, though all have them.
async fn how_good_guesses_are_is_measured(registry: TestRegistry) {
    let (mut truth, mut at) = (BTreeSet::new(), now());
    let mut guessed = BTreeSet::new();
    for number in 0..20 {
        at += 1;
        let [first, second, output] = ["first", "second", "output"].map(|name| format!("{name}-{number}"));
        let copied: Vec<String> = (0..4 + number % 3).map(|field| format!("value_{field}")).collect();
        let mut fields = vec![("id", "long"), ("at", "long"), ("name", "string")];
        fields.extend(copied.iter().map(|field| (field.as_str(), "string")));
        let one = registered(&registry, &first, &fields).await;
        let two = registered(&registry, &second, &[("id", "long"), ("at", "long"), ("rate", "double")]).await;
        // `name` goes on under another name; `rate` is computed anew from what was there, with another type.
        let mut fields = vec![("id", "long"), ("at", "long"), ("title", "string"), ("rate", "string")];
        fields.extend(copied.iter().map(|field| (field.as_str(), "string")));
        let three = registered(&registry, &output, &fields).await;
        let (app, group) = (format!("app-{number}"), format!("group-{number}"));
        observe(
            &registry,
            json!([
                writes(&first, "source", one, 1, at),
                writes(&second, "source", two, 1, at),
                reads(&first, &app, &group, "committed", at),
                reads(&second, &app, &group, "committed", at),
                writes(&output, &app, three, 1, at),
            ]),
        )
        .await;
        truth.extend(copied.iter().map(|field| format!("{first}.{field} → {output}.{field}")));
        truth.insert(format!("{first}.name → {output}.title"));
        truth.insert(format!("{second}.rate → {output}.rate"));
        let node = format!("dataset:{KAFKA}:{output}");
        let told = columns(&registry, &node, "&withInferred=true&depth=1").await;
        assert!(told.iter().all(|(_, is_guess)| *is_guess));
        guessed.extend(told.into_iter().map(|(pair, _)| pair));
    }
    let right = guessed.intersection(&truth).count();
    let (precision, recall) = (right as f64 / guessed.len() as f64, right as f64 / truth.len() as f64);
    // These are the figures of the documentation.
    assert_eq!(format!("{precision:.2} {recall:.2}"), "0.55 0.71", "{right} of {} guesses are right", guessed.len());
    // What is copied under its name is found, always; `id` and `at` are alike in all, and always wrong here.
    let copied = truth.iter().filter(|pair| pair.contains(".value_")).count();
    assert_eq!((right, guessed.len()), (copied, copied + 20 * 4));
}

on_both_databases! {
    how_good_guesses_are_is_measured,
    the_reach_of_a_change_says_what_is_a_guess,
    what_is_alike_is_told_as_a_guess_and_only_when_asked_for,
}
