//! `GET /govern/v1/search`: subjects by what people remember of them, with how many there are of each sort.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use crate::schemas::{breaking, first, order, second};

const PROTOBUF: &str = "syntax = \"proto3\";\npackage shop;\n// What was paid.\nmessage Payment {\n  string iban = 1;\n  Amount amount = 2;\n  message Amount { int64 minorUnits = 1; }\n}\n";

const JSON: &str = r#"{"type":"object","title":"Parcel","properties":{
    "trackingNumber":{"type":"string","description":"Printed on the label"},"customer":{"type":"object","properties":{"id":{"type":"integer"}}}}}"#;

async fn found(registry: &TestRegistry, query: &[(&str, &str)]) -> Value {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    registry.get(&format!("/govern/v1/search?{query}")).await.ok()
}

fn names(page: &Value) -> Vec<&str> {
    page["subjects"].as_array().unwrap().iter().map(|hit| hit["subject"].as_str().unwrap()).collect()
}

/// Searches and answers the names.
async fn search(registry: &TestRegistry, q: &str) -> Vec<String> {
    names(&found(registry, &[("q", q)]).await).into_iter().map(str::to_owned).collect()
}

async fn an_estate(registry: &TestRegistry) {
    let owned = |schema: String, owner: &str, tags: Value| json!({"schema": schema, "metadata": {"properties": {"owner": owner, "purpose": "Billing of orders"}, "tags": tags}});
    let order = owned(breaking(), "team-orders", json!({"shop.Order.customer": ["PII", "EXTERNAL"]}));
    registry.post("/subjects/shop.orders-value/versions", &order).await.ok();
    let payment = json!({"schemaType": "PROTOBUF", "schema": PROTOBUF});
    registry.post("/subjects/payments-value/versions", &payment).await.ok();
    let parcel = json!({"schemaType": "JSON", "schema": JSON, "metadata": {"properties": {"team": "Team Blue", "pin": "tresor"}, "sensitive": ["pin"]}});
    registry.post("/subjects/:.staging:parcels-value/versions", &parcel).await.ok();
    registry.register("orders-key", "\"string\"").await;
}

async fn subjects_are_found_by_what_is_remembered_of_them(registry: TestRegistry) {
    an_estate(&registry).await;
    let all = [":.staging:parcels-value", "orders-key", "payments-value", "shop.orders-value"];
    for (q, expected) in [
        ("", &all[..]),
        ("ORDERS", &["orders-key", "shop.orders-value"]),
        ("rders-v", &["shop.orders-value"]),
        ("customer", &[":.staging:parcels-value", "shop.orders-value"]),
        ("units", &["payments-value"]),
        ("label printed", &[":.staging:parcels-value"]),
        ("billing", &["shop.orders-value"]),
        ("blue", &[":.staging:parcels-value"]),
        ("tresor", &[]),
        ("field:customer", &[":.staging:parcels-value", "shop.orders-value"]),
        ("field:customer.id", &[":.staging:parcels-value"]),
        ("field:track", &[]),
        ("field:track*", &[":.staging:parcels-value"]),
        ("tag:pii", &["shop.orders-value"]),
        ("-tag:pii type:avro", &["orders-key"]),
        ("type:avro format:json", &[":.staging:parcels-value", "orders-key", "shop.orders-value"]),
        (r#"owner:"team blue""#, &[":.staging:parcels-value"]),
        (r#"owner:"""#, &["orders-key", "payments-value"]),
        ("owner:team-orders -owner:nobody", &["shop.orders-value"]),
        ("context:.", &["orders-key", "payments-value", "shop.orders-value"]),
        ("context:staging", &[":.staging:parcels-value"]),
        ("compat:backward mode:readwrite", &all),
        ("compat:none", &[]),
        ("%", &[]),
        ("_", &[]),
    ] {
        assert_eq!(search(&registry, q).await, expected, "{q}");
    }
    let id = registry.get("/subjects/payments-value/versions/1").await.ok()["id"].clone();
    assert!(search(&registry, &format!("id:{id}")).await.contains(&"payments-value".to_owned()));
    let page = found(&registry, &[("q", "customer")]).await;
    assert_eq!(page["subjects"][0]["fields"], json!(["customer", "customer.id"]));
    assert_eq!(page["subjects"][1]["fields"], json!(["customer"]));
    let overview = registry.get("/govern/v1/subjects?prefix=payments").await.ok();
    assert_eq!(found(&registry, &[("q", "payments")]).await["subjects"], overview["subjects"]);
}

async fn it_is_told_how_many_there_are_of_each_sort(registry: TestRegistry) {
    an_estate(&registry).await;
    registry.put("/config/orders-key", &json!({"compatibility": "NONE"})).await.ok();
    let page = found(&registry, &[("limit", "1")]).await;
    assert_eq!(page["total"], 4);
    assert_eq!(
        page["facets"],
        json!({
            "type": [{"value": "AVRO", "count": 2}, {"value": "JSON", "count": 1}, {"value": "PROTOBUF", "count": 1}],
            "compatibility": [{"value": "BACKWARD", "count": 3}, {"value": "NONE", "count": 1}],
            "mode": [{"value": "READWRITE", "count": 4}],
            "owner": [{"value": "", "count": 2}, {"value": "Team Blue", "count": 1}, {"value": "team-orders", "count": 1}],
            "tag": [{"value": "EXTERNAL", "count": 1}, {"value": "PII", "count": 1}],
            "context": [{"value": ".", "count": 3}, {"value": ".staging", "count": 1}],
        })
    );
    let next = page["next"].as_str().unwrap().to_owned();
    let second = found(&registry, &[("limit", "1"), ("after", &next)]).await;
    assert_eq!((names(&second), &second["total"], &second["facets"]), (vec!["orders-key"], &json!(4), &Value::Null));
}

async fn what_excludes_everything_is_named(registry: TestRegistry) {
    an_estate(&registry).await;
    for (q, excluded) in [
        ("orders owner:nobody", json!(["owner:nobody"])),
        ("orders type:json", json!(["orders", "type:json"])),
        ("nothing owner:nobody", Value::Null),
        ("nothing", json!(["nothing"])),
    ] {
        let page = found(&registry, &[("q", q)]).await;
        assert_eq!((&page["total"], &page["excluded"]), (&json!(0), &excluded), "{q}");
    }
}

async fn a_search_knows_what_was_acknowledged_before(registry: TestRegistry) {
    registry.register("s", &first()).await;
    assert_eq!(search(&registry, "field:note").await, [""; 0]);
    registry.register("s", &second()).await;
    assert_eq!(search(&registry, "field:note").await, ["s"]);
    registry.put("/config", &json!({"compatibility": "FULL"})).await.ok();
    assert_eq!(search(&registry, "compat:full").await, ["s"]);
    registry.put("/config/s", &json!({"compatibility": "NONE"})).await.ok();
    registry.put("/mode/s", &json!({"mode": "READONLY"})).await.ok();
    assert_eq!(search(&registry, "compat:none mode:readonly").await, ["s"]);
    registry.delete("/mode?recursive=true").await.ok();
    registry.delete("/config/s").await.ok();
    assert_eq!(search(&registry, "compat:full mode:readwrite").await, ["s"]);
    registry.delete("/subjects/s/versions/2").await.ok();
    assert_eq!(search(&registry, "field:note").await, [""; 0]);
    registry.delete("/subjects/s").await.ok();
    assert_eq!(search(&registry, "").await, [""; 0]);
    assert_eq!(names(&found(&registry, &[("deleted", "only")]).await), ["s"]);
    registry.delete("/subjects/s?permanent=true").await.ok();
    assert_eq!(names(&found(&registry, &[("deleted", "true")]).await), [""; 0]);
}

async fn pages_in_every_order_hold_everything_once(registry: TestRegistry) {
    for number in 0..23 {
        let subject = format!("{}s{number}", if number % 4 == 0 { ":.ctx:" } else { "" });
        registry.register(&subject, &first()).await;
        for version in 0..number % 3 {
            let fields = [("id", r#""long""#), ("x", r#"["null","int"]"#)];
            registry.put(&format!("/config/{subject}"), &json!({"compatibility": "NONE"})).await.ok();
            registry
                .register(&subject, &order(&fields[..1 + version % 2]).replace("Order", &format!("O{version}")))
                .await;
        }
    }
    let everything = found(&registry, &[("limit", "500")]).await;
    let mut all = names(&everything);
    all.sort_unstable();
    for sort in ["name", "-name", "updated", "-updated", "versions", "-versions"] {
        let (mut seen, mut after): (Vec<Value>, Option<String>) = (Vec::new(), None);
        loop {
            let mut query = vec![("sort", sort), ("limit", "5")];
            query.extend(after.as_deref().map(|after| ("after", after)));
            let page = found(&registry, &query).await;
            seen.extend(page["subjects"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => after = Some(next.to_owned()),
                None => break,
            }
        }
        let key = |hit: &Value| {
            let name = hit["subject"].as_str().unwrap().to_owned();
            match sort.trim_start_matches('-') {
                "updated" => (hit["updated"].as_i64().unwrap(), name),
                "versions" => (hit["versions"].as_i64().unwrap(), name),
                _ => (0, name),
            }
        };
        let keys: Vec<_> = seen.iter().map(key).collect();
        let mut sorted = keys.clone();
        sorted.sort();
        if sort.starts_with('-') {
            sorted.reverse();
        }
        assert_eq!(keys, sorted, "{sort}");
        let mut names: Vec<_> = seen.iter().map(|hit| hit["subject"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, all, "{sort}");
    }
}

/// What a listing says of a subject.
type Read = fn(&Value) -> Value;

/// Whatever happened, the facets count what the listing of all subjects shows.
async fn facets_agree_with_the_listing(registry: TestRegistry) {
    let contexts = ["", ":.a:", ":.b:"];
    let mut chance: u64 = 7;
    let mut any = move |below: u64| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (chance >> 33) % below
    };
    for step in 0..120 {
        let subject = format!("{}s{}", contexts[any(3) as usize], any(4));
        let scope = match any(4) {
            0 => contexts[1 + any(2) as usize].to_owned(),
            1 => ":.__GLOBAL:".to_owned(),
            _ => subject.clone(),
        };
        let level = ["NONE", "FULL", "FORWARD"][any(3) as usize];
        match any(9) {
            0..=2 => drop(registry.post(&format!("/subjects/{subject}/versions"), &json!({"schema": first()})).await),
            3 => drop(
                registry
                    .post(
                        &format!("/subjects/{subject}/versions"),
                        &json!({"schema": second(), "metadata": {"properties": {"owner": level}}}),
                    )
                    .await,
            ),
            4 => drop(registry.delete(&format!("/subjects/{subject}")).await),
            5 => drop(registry.delete(&format!("/subjects/{subject}?permanent=true")).await),
            6 => drop(registry.put(&format!("/config/{scope}"), &json!({"compatibility": level})).await),
            7 => drop(registry.delete(&format!("/config/{scope}")).await),
            _ => {
                let mode = ["READWRITE", "READONLY", "IMPORT"][any(3) as usize];
                drop(registry.put(&format!("/mode/{scope}?force=true"), &json!({"mode": mode})).await);
            }
        }
        if step % 3 > 0 {
            continue;
        }
        let listed = registry.get("/govern/v1/subjects?deleted=true&limit=1000").await.ok();
        let listed = listed["subjects"].as_array().unwrap();
        let page = found(&registry, &[("deleted", "true"), ("limit", "500")]).await;
        assert_eq!(page["subjects"].as_array().unwrap(), listed);
        assert_eq!(page["total"], listed.len());
        let values: [(&str, Read); 4] = [
            ("compatibility", |it| it["compatibility"]["level"].clone()),
            ("mode", |it| it["mode"]["mode"].clone()),
            ("owner", |it| it.get("owner").cloned().unwrap_or(json!(""))),
            ("context", |it| it["context"].clone()),
        ];
        for (facet, value) in values {
            let mut expected: BTreeMap<String, u64> = BTreeMap::new();
            for subject in listed {
                *expected.entry(value(subject).as_str().unwrap().to_owned()).or_default() += 1;
            }
            let told = page["facets"][facet].as_array().unwrap().iter();
            let told = told.map(|it| (it["value"].as_str().unwrap().to_owned(), it["count"].as_u64().unwrap()));
            assert_eq!(told.collect::<BTreeMap<_, _>>(), expected, "{facet} at step {step}");
        }
    }
}

async fn who_may_read_some_finds_only_these(registry: TestRegistry) {
    an_estate(&registry).await;
    let token = |name: &str, grants: Value| json!({"name": name, "grants": grants});
    let admin = registry.post("/govern/v1/tokens", &token("steward", json!(["admin"]))).await.ok()["token"].clone();
    let admin = format!("Bearer {}", admin.as_str().unwrap());
    let body = Some(token("reader", json!(["read shop.", "read :.staging:"])).to_string());
    let headers = [("authorization", admin.as_str())];
    let some = registry.send(reqwest::Method::POST, "/govern/v1/tokens", &headers, body).await.ok()["token"].clone();
    let some = format!("Bearer {}", some.as_str().unwrap());
    let page = registry.send(reqwest::Method::GET, "/govern/v1/search", &[("authorization", &some)], None).await.ok();
    assert_eq!(names(&page), [":.staging:parcels-value", "shop.orders-value"]);
    assert_eq!((&page["total"], &page["facets"]["type"][0]["count"]), (&json!(2), &json!(1)));
    registry.get("/govern/v1/search").await.refused(401);
}

async fn what_can_not_be_searched_for_is_said(registry: TestRegistry) {
    registry.register("s", &first()).await;
    for wrong in ["q=id:x", "q=type:xml", "limit=0", "limit=501", "sort=age", "after=x", "deleted=maybe"] {
        registry.get(&format!("/govern/v1/search?{wrong}")).await.refused(400);
    }
    let strange =
        ["\"", "'; DROP TABLE catalogue; --", "%00", "field:\u{10FFFF}", "\u{1F600}", "owner:*", "-", "a:b:c"];
    for q in strange {
        let page = found(&registry, &[("q", q)]).await;
        assert_eq!(page["total"].as_u64().map(|total| total <= 1), Some(true), "{q}");
    }
    for nul in ["q=%00", "after=0.%00"] {
        registry.get(&format!("/govern/v1/search?{nul}")).await.refused(400);
    }
}

on_both_databases!(
    subjects_are_found_by_what_is_remembered_of_them,
    it_is_told_how_many_there_are_of_each_sort,
    what_excludes_everything_is_named,
    a_search_knows_what_was_acknowledged_before,
    pages_in_every_order_hold_everything_once,
    facets_agree_with_the_listing,
    who_may_read_some_finds_only_these,
    what_can_not_be_searched_for_is_said,
);
