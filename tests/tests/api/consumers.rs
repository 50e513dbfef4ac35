//! `/govern/v1/consumers`: applications say which fields they read, and whoever changes a schema is told.

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

const ORDER: &str = r#"{"type":"record","name":"Order","namespace":"shop","fields":[
    {"name":"id","type":"string"},
    {"name":"customer","type":{"type":"record","name":"Customer","fields":[{"name":"email","type":"string"},{"name":"name","type":"string"}]}},
    {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[{"name":"sku","type":"string"}]}}}]}"#;

fn billing() -> Value {
    json!({"owner": "team-finance", "source": "https://git.example/billing", "consumes": [
        {"subject": "orders-value", "group": "billing", "fields": ["id", "customer.email"], "purpose": "invoices"},
        {"subject": "orders-value", "group": "reminders"},
        {"subject": ":.staging:orders-value", "fields": ["lines.sku"]},
    ]})
}

async fn an_application_says_what_it_reads(registry: TestRegistry) {
    registry.register("orders-value", ORDER).await;
    registry.register(":.staging:orders-value", ORDER).await;
    registry.get("/govern/v1/consumers/billing").await.refused(40495);
    let told = registry.put("/govern/v1/consumers/billing", &billing()).await.ok();
    assert_eq!((&told["application"], &told["owner"]), (&json!("billing"), &json!("team-finance")));
    assert_eq!(told["consumes"], billing()["consumes"]);
    assert!(told["staleAt"].as_str() > told["publishedAt"].as_str(), "{told}");
    assert_eq!(registry.get("/govern/v1/consumers/billing").await.ok(), told);

    // Whoever uses the subject is told with it, and of which fields.
    let usage = registry.get("/govern/v1/usage/subjects/orders-value").await.ok();
    let readers = usage["declaredReaders"].as_array().unwrap();
    let told: Vec<_> = readers.iter().map(|it| (&it["group"], &it["fields"], &it["stale"])).collect();
    let (all, some) = (json!(null), json!(["id", "customer.email"]));
    assert_eq!(told, [(&json!("billing"), &some, &json!(false)), (&json!("reminders"), &all, &json!(false))]);

    // What is published anew takes its place.
    let fewer = json!({"consumes": [{"subject": "orders-value", "fields": ["id"]}]});
    let told = registry.put("/govern/v1/consumers/billing", &fewer).await.ok();
    assert_eq!((&told["consumes"], &told["owner"]), (&fewer["consumes"], &json!(null)));
    assert_eq!(registry.delete("/govern/v1/consumers/billing").await.ok(), told);
    registry.delete("/govern/v1/consumers/billing").await.refused(40495);
    let usage = registry.get("/govern/v1/usage/subjects/orders-value").await.ok();
    assert_eq!(usage["declaredReaders"], json!([]));
}

/// An Avro projection names the fields that it needs, and nothing else.
async fn a_reader_is_known_by_the_schema_that_it_reads_with(registry: TestRegistry) {
    registry.register("orders-value", ORDER).await;
    let projection = r#"{"type":"record","name":"Order","namespace":"shop","fields":[
        {"name":"customer","type":{"type":"record","name":"Customer","fields":[{"name":"email","type":"string"}]}},
        {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[{"name":"sku","type":"string"}]}}},
        {"name":"discount","type":"double","default":0}]}"#;
    let publish = async |schema: &str, more: Value| {
        let mut read = json!({"subject": "orders-value", "group": "billing", "readerSchema": schema});
        read.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        registry.put("/govern/v1/consumers/billing", &json!({"consumes": [read]})).await
    };
    // `discount` is the reader's own, and of the customer nothing but the address is read.
    let told = publish(projection, json!({})).await.ok();
    let expected = json!([{"subject": "orders-value", "group": "billing", "fields": ["customer.email", "lines.sku"]}]);
    assert_eq!(told["consumes"], expected);
    let usage = registry.get("/govern/v1/usage/subjects/orders-value").await.ok();
    assert_eq!(usage["declaredReaders"][0]["fields"], expected[0]["fields"]);

    let message = publish(projection, json!({"fields": ["id"]})).await.refused(42293);
    assert!(message.contains("both fields and a reader schema"), "{message}");
    let message = publish("{\"type\":\"recor\"}", json!({})).await.refused(42293);
    assert!(message.contains("the reader schema of subject 'orders-value' is no AVRO schema"), "{message}");
    let message = publish("\"string\"", json!({})).await.refused(42293);
    assert!(message.contains("has 0 of the fields of version 1"), "{message}");
    assert_eq!(registry.get("/govern/v1/consumers/billing").await.ok(), told, "refused, and nothing is different");
}

async fn what_is_not_there_can_not_be_read(registry: TestRegistry) {
    registry.register("orders-value", ORDER).await;
    let publish =
        async |consumes: Value| registry.put("/govern/v1/consumers/billing", &json!({"consumes": consumes})).await;
    let message = publish(json!([{"subject": "payments-value"}])).await.refused(40401);
    assert!(message.contains("payments-value"), "{message}");
    let message = publish(json!([{"subject": "orders-value", "fields": ["customer.emial", "id", "colour"]}])).await;
    let message = message.refused(42293);
    assert!(message.contains("no field 'customer.emial' in version 1; did you mean 'customer.email'?"), "{message}");
    assert!(message.ends_with("no field 'colour' in version 1"), "{message}");
    for (consumes, fault) in [
        (json!([{"subject": "orders-value", "fields": []}]), "are none"),
        (json!([{"subject": "orders-value"}, {"subject": "orders-value"}]), "there twice"),
        (json!([{"subject": "orders-value", "group": ""}]), "group of subject 'orders-value' is empty"),
        (json!([{"subject": "orders-value", "purpose": "a\u{0}b"}]), "has a control character"),
        (json!(vec![json!({"subject": "orders-value"}); 1_001]), "1001 members"),
    ] {
        let message = publish(consumes).await.refused(42293);
        assert!(message.contains(fault), "{message}");
    }
    let long = format!("/govern/v1/consumers/{}", "x".repeat(256));
    registry.put(&long, &json!({"consumes": []})).await.refused(42293);
    registry.put("/govern/v1/consumers/billing", &json!({"owner": "me"})).await.refused(400);
    registry.get("/govern/v1/consumers/billing").await.refused(40495);
}

async fn readers_of_a_subject_are_listed_a_page_at_a_time(registry: TestRegistry) {
    registry.register("orders-value", ORDER).await;
    registry.register("payments-value", "\"string\"").await;
    for name in ["till", "audit", "billing", "shop"] {
        let consumes = match name {
            "shop" => json!([]),
            "till" => json!([{"subject": "payments-value"}]),
            _ => {
                json!([{"subject": "orders-value", "group": "b"}, {"subject": "payments-value"}, {"subject": "orders-value", "group": "a"}])
            }
        };
        registry.put(&format!("/govern/v1/consumers/{name}"), &json!({"consumes": consumes})).await.ok();
    }
    let mut pages = Vec::new();
    let mut after = String::new();
    loop {
        let page = registry.get(&format!("/govern/v1/consumers?limit=3&after={after}")).await.ok();
        let names = page["items"].as_array().unwrap().iter().map(|it| it["application"].as_str().unwrap().to_owned());
        pages.push(names.collect::<Vec<_>>());
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => break,
        }
    }
    assert_eq!(pages, [vec!["audit", "billing", "shop"], vec!["till"]]);
    let of_orders = registry.get("/govern/v1/consumers?subject=orders-value&limit=1").await.ok();
    assert_eq!(of_orders["next"], "audit");
    let groups: Vec<_> = of_orders["items"][0]["consumes"].as_array().unwrap().iter().map(|it| &it["group"]).collect();
    assert_eq!(groups, ["b", "a"]);
    for query in ["limit=0", "limit=1001", "limit=x"] {
        registry.get(&format!("/govern/v1/consumers?{query}")).await.refused(400);
    }
}

async fn who_may_not_read_a_subject_is_not_told_who_does(registry: TestRegistry) {
    registry.register("orders-value", ORDER).await;
    registry.register("payments-value", "\"string\"").await;
    let consumes = json!([{"subject": "orders-value"}, {"subject": "payments-value"}]);
    registry.put("/govern/v1/consumers/billing", &json!({"consumes": consumes})).await.ok();
    let mut tokens = Vec::new();
    for (name, grants) in [
        ("root", json!(["admin"])),
        ("orders", json!(["read orders-"])),
        ("proxy", json!(["observe", "read orders-"])),
        ("others", json!(["read others-"])),
    ] {
        let headers: Vec<(&str, &str)> =
            tokens.iter().take(1).map(|it: &String| ("authorization", it.as_str())).collect();
        let headers = [&headers[..], &[("content-type", "application/json")]].concat();
        let body = json!({"name": name, "grants": grants}).to_string();
        let made = registry.send(reqwest::Method::POST, "/govern/v1/tokens", &headers, Some(body)).await.ok();
        tokens.push(format!("Bearer {}", made["token"].as_str().unwrap()));
    }
    let [_, orders, proxy, others] = &tokens[..] else { panic!("four tokens") };
    let get = async |token: &str| {
        registry.send(reqwest::Method::GET, "/govern/v1/consumers/billing", &[("authorization", token)], None).await
    };
    assert_eq!(get(orders).await.ok()["consumes"], json!([{"subject": "orders-value"}]));
    get(others).await.refused(40495);
    let put = async |token: &str, consumes: Value| {
        let headers = [("authorization", token), ("content-type", "application/json")];
        let body = json!({"consumes": consumes}).to_string();
        registry.send(reqwest::Method::PUT, "/govern/v1/consumers/audit", &headers, Some(body)).await
    };
    put(orders, json!([{"subject": "orders-value"}])).await.refused(40301);
    put(proxy, json!([{"subject": "orders-value"}])).await.ok();
    put(proxy, json!([{"subject": "payments-value"}])).await.refused(40301);
}

on_both_databases!(
    an_application_says_what_it_reads,
    a_reader_is_known_by_the_schema_that_it_reads_with,
    what_is_not_there_can_not_be_read,
    readers_of_a_subject_are_listed_a_page_at_a_time,
    who_may_not_read_a_subject_is_not_told_who_does,
);
