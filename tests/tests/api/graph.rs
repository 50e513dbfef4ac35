//! The native graph: observed and declared in one, each edge with how it is known, now and at earlier times.

use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::Method;
use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use crate::declared::{KAFKA, dataset, declare, encoded, event};
use crate::schemas::first;

const OBSERVATIONS: &str = "/govern/v1/lineage/observations";
const HOUR: i64 = 3_600_000;

pub(super) fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn time(millis: i64) -> String {
    let (days, rest) = (millis.div_euclid(24 * HOUR), millis.rem_euclid(24 * HOUR));
    let day = calendar::civil(days);
    format!("{day}T{:02}:{:02}:{:02}Z", rest / HOUR, rest / 60_000 % 60, rest / 1_000 % 60)
}

/// A date, counted off year by year.
mod calendar {
    pub(super) fn civil(days: i64) -> String {
        let mut year = 1970;
        let mut rest = days;
        let is_leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        while rest >= 365 + i64::from(is_leap(year)) {
            rest -= 365 + i64::from(is_leap(year));
            year += 1;
        }
        let months = [31, 28 + i64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let mut month = 0;
        while rest >= months[month] {
            rest -= months[month];
            month += 1;
        }
        format!("{year:04}-{:02}-{:02}", month + 1, rest + 1)
    }
}

pub(super) fn seen(topic: &str, client: &str, at: i64, more: Value) -> Value {
    let mut seen = json!({"cluster": "broker-1:9092", "topic": topic, "client_id": client, "first": at, "last": at});
    seen.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    seen
}

pub(super) fn writes(topic: &str, client: &str, schema: i64, records: u64, at: i64) -> Value {
    let more = json!({"direction": "produces", "schema": {"context": ".", "id": schema}, "records": records, "bytes": records});
    seen(topic, client, at, more)
}

pub(super) fn reads(topic: &str, client: &str, group: &str, evidence: &str, at: i64) -> Value {
    seen(topic, client, at, json!({"direction": "consumes", "group": group, "evidence": evidence}))
}

pub(super) async fn observe(registry: &TestRegistry, observations: Value) {
    let answer = registry.post(OBSERVATIONS, &json!({ "observations": observations })).await;
    assert_eq!(answer.status, 204, "{answer}");
}

pub(super) async fn ask(registry: &TestRegistry, path: &str, node: &str, more: &str) -> Value {
    registry.get(&format!("/govern/v1/lineage/{path}?node={}{more}", encoded(node))).await.ok()
}

pub(super) fn id(kind: &str, name: &str) -> String {
    format!("{kind}:{KAFKA}:{name}")
}

/// Ids of nodes with how far they are.
pub(super) fn nodes(graph: &Value) -> Vec<(String, u64)> {
    let nodes = graph["nodes"].as_array().unwrap().iter();
    nodes.map(|node| (node["id"].as_str().unwrap().to_owned(), node["depth"].as_u64().unwrap())).collect()
}

pub(super) fn edge<'a>(graph: &'a Value, from: &str, to: &str) -> &'a Value {
    let found = graph["edges"].as_array().unwrap().iter().find(|edge| edge["from"] == from && edge["to"] == to);
    found.unwrap_or_else(|| panic!("{from} → {to} is not in {graph:#}"))
}

/// shop → orders → (billing → billing-1), and orders → enrich → enriched as declared, with an owner.
async fn an_estate(registry: &TestRegistry, at: i64) {
    registry.register("orders-value", &first()).await;
    observe(
        registry,
        json!([
            writes("orders", "shop", 1, 30, at),
            reads("orders", "billing-1", "billing", "subscribed", at),
            reads("orders", "billing-1", "billing", "committed", at),
            seen("orders", "billing-1", at, json!({"direction": "consumes", "evidence": "fetched", "records": 9})),
        ]),
    )
    .await;
    let mut enrich = event("enrich", "r1", "RUNNING", 1);
    enrich["inputs"] = json!([dataset(KAFKA, "orders")]);
    let input = json!({"namespace": KAFKA, "name": "orders", "field": "email",
        "transformations": [{"type": "DIRECT", "subtype": "TRANSFORMATION", "masking": true}]});
    enrich["outputs"] = json!([{"namespace": KAFKA, "name": "enriched", "facets": {
        "ownership": {"owners": [{"name": "team:data"}]},
        "columnLineage": {"fields": {"hash": {"inputFields": [input]}}},
    }}]);
    declare(registry, &enrich).await;
}

async fn observed_and_declared_are_one_graph_and_each_edge_says_which(registry: TestRegistry) {
    an_estate(&registry, now()).await;
    let orders = id("topic", "orders");
    let graph = ask(&registry, "graph", &orders, "").await;
    let expected = [
        (id("application", "billing-1"), 2),
        (id("application", "shop"), 1),
        (id("group", "billing"), 1),
        ("job:payments:enrich".to_owned(), 1),
        (id("topic", "enriched"), 2),
        (orders.clone(), 0),
    ];
    assert_eq!(nodes(&graph), expected);
    assert_eq!(
        (&graph["truncated"], &graph["totals"]),
        (&json!(false), &json!({"nodes": 6, "edges": 5, "nodesAtDepth": [1, 3, 2]}))
    );
    let written = edge(&graph, &id("application", "shop"), &orders);
    assert_eq!(
        (&written["evidence"], &written["confidence"], &written["records"]),
        (&json!(["observed"]), &json!(1.0), &json!(30))
    );
    assert_eq!(
        (&written["schemas"][0]["subject"], &written["schemas"][0]["version"]),
        (&json!("orders-value"), &json!(1))
    );
    let read = edge(&graph, &orders, &id("group", "billing"));
    assert_eq!((&read["grades"], &read["records"]), (&json!(["subscribed", "fetched", "committed"]), &json!(9)));
    let told = edge(&graph, &orders, "job:payments:enrich");
    assert_eq!(
        (&told["evidence"], &told["grades"], &told["confidence"]),
        (&json!(["declared"]), &json!(["declared"]), &json!(0.8))
    );
    let owners =
        &graph["nodes"].as_array().unwrap().iter().find(|it| it["id"] == id("topic", "enriched")).unwrap()["owners"];
    assert_eq!(*owners, json!(["team:data"]));

    assert_eq!(nodes(&ask(&registry, "graph", &orders, "&evidence=observed").await).len(), 4);
    assert_eq!(nodes(&ask(&registry, "graph", &orders, "&evidence=declared").await).len(), 3);
    assert_eq!(nodes(&ask(&registry, "graph", &orders, "&minConfidence=0.9").await).len(), 4);
    assert_eq!(nodes(&ask(&registry, "graph", &orders, "&direction=up").await).len(), 2);
    assert_eq!(nodes(&ask(&registry, "graph", &orders, "&direction=down&depth=1").await).len(), 3);
    let few = ask(&registry, "graph", &orders, "&maxNodes=3").await;
    assert_eq!((nodes(&few).len(), &few["truncated"]), (3, &json!(true)));
    for start in [
        id("group", "billing"),
        id("application", "billing-1"),
        id("topic", "enriched"),
        "job:payments:enrich".to_owned(),
    ] {
        let up = ask(&registry, "graph", &start, "&direction=up&depth=9").await;
        assert!(nodes(&up).iter().any(|(node, _)| *node == id("application", "shop")), "{start}: {up}");
    }
}

/// enrich reads orders for the group billing and writes bills, in transactions, under a name that its library made up.
async fn a_transaction_ties_a_group_to_what_was_written(registry: TestRegistry) {
    let at = now();
    let mine = |topic: &str, more: Value| seen(topic, "rdkafka", at, more);
    observe(
        &registry,
        json!([
            mine("orders", json!({"direction": "consumes", "group": "billing", "evidence": "committed"})),
            mine("orders", json!({"direction": "consumes", "group": "billing", "evidence": "transactional"})),
            mine("bills", json!({"direction": "produces", "records": 7})),
            mine("bills", json!({"direction": "produces", "group": "billing"})),
            mine("unrelated", json!({"direction": "produces", "records": 1})),
        ]),
    )
    .await;
    let way = [id("topic", "orders"), id("group", "billing"), id("application", "billing"), id("topic", "bills")];
    let between = |from: &str, to: &str| format!("source={}&target={}", encoded(from), encoded(to));
    let told = registry.get(&format!("/govern/v1/lineage/paths?{}", between(&way[0], &way[3]))).await.ok();
    assert_eq!(told["paths"], json!([way]));
    for (from, to, grades) in [
        (0, 1, json!(["committed", "transactional"])),
        (1, 2, json!(["committed", "transactional"])),
        (2, 3, json!(["produced", "transactional"])),
    ] {
        let edge = edge(&told, &way[from], &way[to]);
        assert_eq!(
            (&edge["grades"], &edge["confidence"], &edge["evidence"]),
            (&grades, &json!(1.0), &json!(["observed"])),
            "{edge}"
        );
    }
    for start in &way {
        let graph = ask(&registry, "graph", start, "").await;
        let names: Vec<String> = nodes(&graph).into_iter().map(|(node, _)| node).collect();
        assert_eq!(names.iter().filter(|node| way.contains(node)).count(), 4, "{start}: {graph}");
        assert!(!names.contains(&id("topic", "unrelated")), "{start}: {graph}");
    }
    let up = ask(&registry, "graph", &way[3], "&direction=up").await;
    let written = edge(&up, &way[2], &way[3]);
    assert_eq!((&written["grades"], &written["records"]), (&json!(["produced", "transactional"]), &json!(7)));
    let topic = registry.get("/govern/v1/lineage/topics/bills").await.ok();
    let producer = &topic["producers"][0];
    assert_eq!((&producer["groups"], &producer["records"]), (&json!(["billing"]), &json!(7)));
    let both = json!({"direction": "produces", "group": "billing", "schema": {"context": ".", "id": 1}});
    let report = json!({ "observations": [mine("bills", both)] });
    registry.post(OBSERVATIONS, &report).await.refused(422);
}

/// enrich reads orders, for a group, and writes enriched in the same traces; so does copy, without a group.
async fn a_trace_ties_what_was_read_to_what_was_written(registry: TestRegistry) {
    let at = now();
    let wrote = |client: &str, from: Value| {
        let mut more = json!({"direction": "produces"});
        more.as_object_mut().unwrap().extend(from.as_object().unwrap().clone());
        seen("enriched", client, at, more)
    };
    registry.register("enriched-value", &first()).await;
    observe(
        &registry,
        json!([
            reads("orders", "enrich", "billing", "committed", at),
            wrote("enrich", json!({"records": 7, "schema": {"context": ".", "id": 1}})),
            wrote("enrich", json!({"from": "orders", "group": "billing"})),
            wrote("enrich", json!({"from": "prices"})),
            seen("prices", "enrich", at, json!({"direction": "consumes", "evidence": "fetched", "records": 9})),
            reads("enriched", "ship", "ship", "subscribed", at),
        ]),
    )
    .await;
    let way = [id("topic", "orders"), id("group", "billing"), id("application", "enrich"), id("topic", "enriched")];
    let prices = id("topic", "prices");
    for (start, direction) in [(&way[3], "up"), (&way[0], "down"), (&way[2], "both"), (&way[1], "both")] {
        let graph = ask(&registry, "graph", start, &format!("&direction={direction}&depth=5")).await;
        for (from, to, grades) in [
            (&way[0], &way[1], json!(["committed", "traced"])),
            (&way[1], &way[2], json!(["committed", "traced"])),
            (&way[2], &way[3], json!(["produced", "traced"])),
        ] {
            let edge = edge(&graph, from, to);
            let told = (&edge["grades"], &edge["confidence"], &edge["evidence"]);
            assert_eq!(told, (&grades, &json!(1.0), &json!(["observed"])), "{start} {direction}");
        }
    }
    let up = ask(&registry, "graph", &way[3], "&direction=up").await;
    assert_eq!(edge(&up, &prices, &way[2])["grades"], json!(["fetched", "traced"]));
    let topic = registry.get("/govern/v1/lineage/topics/enriched").await.ok();
    assert_eq!(topic["producers"][0]["traced_from"], json!(["orders", "prices"]));
    let earlier = ask(&registry, "graph", &way[3], &format!("&direction=up&at={}", time(at + HOUR))).await;
    assert_eq!(edge(&earlier, &way[0], &way[1])["grades"], json!(["committed", "traced"]));

    let usage = registry.get("/govern/v1/usage/subjects/enriched-value").await.ok();
    let topics: Vec<_> = usage["readers"].as_array().unwrap().iter().map(|reader| &reader["topic"]).collect();
    assert_eq!(topics, [&json!(way[3])], "who reads what this was made of does not read it: {usage}");
    let both = json!({"direction": "produces", "from": "orders", "schema": {"context": ".", "id": 1}});
    let report = json!({ "observations": [seen("enriched", "enrich", at, both)] });
    registry.post(OBSERVATIONS, &report).await.refused(422);
}

async fn ways_are_told_the_shortest_first(registry: TestRegistry) {
    an_estate(&registry, now()).await;
    let paths = async |from: &str, to: &str| {
        let (source, target) = (encoded(from), encoded(to));
        registry.get(&format!("/govern/v1/lineage/paths?source={source}&target={target}")).await.ok()
    };
    let told = paths(&id("application", "shop"), &id("topic", "enriched")).await;
    let way =
        [id("application", "shop"), id("topic", "orders"), "job:payments:enrich".to_owned(), id("topic", "enriched")];
    assert_eq!((&told["paths"], &told["truncated"]), (&json!([way]), &json!(false)));
    assert_eq!(told["edges"].as_array().unwrap().len(), 3);
    assert_eq!(paths(&id("topic", "enriched"), &id("application", "shop")).await["paths"], json!([]));
}

async fn the_graph_is_told_as_it_was(registry: TestRegistry) {
    let (now, orders) = (now(), id("topic", "orders"));
    let (long_ago, lately) = (now - 60 * HOUR, now - HOUR / 2);
    registry.register("orders-value", &first()).await;
    observe(
        &registry,
        json!([
            writes("orders", "shop", 1, 100, long_ago),
            writes("orders", "shop", 2, 10, lately),
            writes("orders", "kiosk", 1, 5, long_ago),
            reads("orders", "billing-1", "billing", "committed", lately),
        ]),
    )
    .await;
    let then = ask(&registry, "graph", &orders, &format!("&at={}", time(long_ago + HOUR))).await;
    let names = |graph: &Value| nodes(graph).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!(names(&then), [id("application", "kiosk"), id("application", "shop"), orders.clone()]);
    let written = edge(&then, &id("application", "shop"), &orders);
    assert_eq!((&written["records"], &written["schemas"][0]["id"]), (&json!(100), &json!(1)), "of then, and no more");
    assert_eq!(then["window"]["resolution"], 3_600);
    let whole = ask(&registry, "graph", &orders, &format!("&from={}", time(long_ago - HOUR))).await;
    assert_eq!(edge(&whole, &id("application", "shop"), &orders)["records"], 110);
    assert_eq!(names(&whole).len(), 5);
    let between = format!("&from={}&to={}", time(now - 40 * HOUR), time(now - 30 * HOUR));
    let nobody = registry.get(&format!("/govern/v1/lineage/graph?node={}{between}", encoded(&orders))).await;
    assert_eq!(nobody.refused(404), format!("HTTP 404 Not Found: nothing is known of '{orders}'"));

    let told = ask(&registry, "diff", &orders, &format!("&from={}", time(long_ago + HOUR))).await;
    let added = [id("application", "billing-1"), id("group", "billing")];
    assert_eq!((&told["nodesAdded"], &told["nodesRemoved"]), (&json!(added), &json!([id("application", "kiosk")])));
    assert_eq!(
        (told["edgesAdded"].as_array().unwrap().len(), told["edgesRemoved"][0]["records"].as_u64()),
        (2, Some(5))
    );
    let changed = &told["edgesChanged"][0];
    assert_eq!((&changed["recordsBefore"], &changed["recordsAfter"]), (&json!(100), &json!(10)));
    assert_eq!((&changed["schemasAdded"][0]["id"], &changed["schemasRemoved"][0]["id"]), (&json!(2), &json!(1)));

    let told = ask(&registry, "timeline", &orders, &format!("&from={}", time(long_ago - HOUR))).await;
    let events: Vec<_> = told["events"].as_array().unwrap().iter().map(|it| it["what"].as_str().unwrap()).collect();
    assert_eq!(
        events,
        [
            "writer.appeared",
            "writer.silent",
            "writer.appeared",
            "writer.silent",
            "reader.appeared",
            "writer.appeared",
            "schema.register"
        ]
    );
}

async fn what_changed_lately_is_told_of_all_there_is(registry: TestRegistry) {
    registry.register("orders-value", &first()).await;
    registry.put("/config/orders-value", &json!({"compatibility": "NONE"})).await.ok();
    registry.put("/govern/v1/policies/orders", &json!({"topics": "orders"})).await.ok();
    // That is told to those who may see it.
    registry.put("/govern/v1/applications/shop", &json!({"clientIds": ["shop-*"]})).await.ok();
    let told = registry.get("/govern/v1/lineage/timeline").await.ok();
    let events: Vec<_> = told["events"].as_array().unwrap().iter().collect();
    let whats: Vec<_> = events.iter().map(|event| event["what"].as_str().unwrap()).collect();
    assert_eq!(whats, ["schema.register", "config.set", "policy.change"], "{told}");
    assert_eq!((&events[0]["subject"], &events[2]["policy"]), (&json!("orders-value"), &json!("orders")));
    assert_eq!((told.get("node"), &told["truncated"]), (None, &json!(false)));
    let before = registry.get(&format!("/govern/v1/lineage/timeline?to={}", time(now() - HOUR))).await.ok();
    assert_eq!(before["events"], json!([]));
}

async fn who_is_concerned_is_told_with_what_is_not_known(registry: TestRegistry) {
    an_estate(&registry, now()).await;
    let told = ask(&registry, "impact", &id("topic", "orders"), "&field=email").await;
    let names = |list: &str| -> Vec<String> {
        told[list].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (names("writers"), names("readers")),
        (vec!["shop".into()], vec!["billing".into(), "enrich".into(), "billing-1".into()])
    );
    assert_eq!(
        (names("downstream"), &told["downstream"][0]["owners"]),
        (vec!["enriched".into()], &json!(["team:data"]))
    );
    let field = &told["fields"][0];
    assert_eq!(
        (&field["dataset"], &field["field"], &field["transformations"][0]["masking"]),
        (&json!("enriched"), &json!("hash"), &json!(true))
    );
    assert_eq!((&told["coverage"]["groupsObserved"], &told["coverage"]["groupsKnown"]), (&json!(1), &Value::Null));
    let by_subject = registry.get("/govern/v1/lineage/impact?subject=orders-value").await.ok();
    assert_eq!((&by_subject["node"], &by_subject["readers"]), (&told["node"], &told["readers"]));
    assert!(by_subject.get("fields").is_none() && by_subject["coverage"]["fields"] == "unknown");
    registry.get("/govern/v1/lineage/impact?subject=none-value").await.refused(404);
    registry.get(&format!("/govern/v1/lineage/impact?node={}", encoded(&id("group", "billing")))).await.refused(400);
}

async fn the_use_of_a_subject_is_told_with_how_it_is_known(registry: TestRegistry) {
    an_estate(&registry, now() - 1_000).await;
    let told = registry.get("/govern/v1/usage/subjects/orders-value").await.ok();
    let writer = &told["writers"][0];
    assert_eq!(
        (&writer["application"], &writer["version"], &writer["tier"], &writer["records"]),
        (&json!("shop"), &json!(1), &json!(1), &json!(30))
    );
    assert!(writer["recordsPerSecond"].as_f64().unwrap() > 0.0);
    let reader = &told["readers"][0];
    assert_eq!(
        (&reader["group"], &reader["applications"], &reader["fields"]),
        (&json!("billing"), &json!(["billing-1"]), &json!("unknown"))
    );
    assert_eq!((&told["versions"][0]["writers"], &told["versions"][0]["records"]), (&json!(1), &json!(30)));
    assert_eq!((&told["registrations"][0]["version"], &told["coverage"]["read"]), (&json!(1), &Value::Null));
    registry.register("quiet-value", &first()).await;
    let quiet = registry.get("/govern/v1/usage/subjects/quiet-value").await.ok();
    assert_eq!(
        (quiet["writers"].as_array().unwrap().len(), &quiet["topics"]),
        (1, &json!([id("topic", "orders")])),
        "the same schema"
    );
    registry.get("/govern/v1/usage/subjects/none-value").await.refused(40401);
    let past = registry.get("/govern/v1/usage/subjects/orders-value?from=2026-01-01&to=2026-01-02").await.ok();
    assert_eq!((&past["writers"], &past["versions"][0]["records"]), (&json!([]), &json!(0)));
}

/// Who fetches a schema from the registry is told with how often, whichever way it asks.
async fn who_looks_a_schema_up_is_told(registry: TestRegistry) {
    let id = registry.register("orders-value", &first()).await;
    let fetch = async |path: &str, agent: &str| {
        let answer = registry.send(Method::GET, path, &[("user-agent", agent)], None).await;
        assert_eq!(answer.status, 200, "{answer}");
    };
    // The first is written by the ordinary way, and the others are answered from memory.
    for _ in 0..5 {
        fetch(&format!("/schemas/ids/{id}"), "deserializer/1").await;
    }
    fetch(&format!("/schemas/ids/{id}?subject=orders-value"), "deserializer/1").await;
    fetch(&format!("/schemas/ids/{id}/schema"), "reader/2").await;
    fetch("/subjects/orders-value/versions/latest", "reader/2").await;
    fetch("/subjects/orders-value/versions/1/schema", "reader/2").await;
    let known = json!({"schema": first()}).to_string();
    let headers = [("user-agent", "serializer/3"), ("content-type", "application/json")];
    registry.send(Method::POST, "/subjects/orders-value", &headers, Some(known)).await.ok();
    // What is not there is not looked up, and who lists versions sees none.
    registry.get("/schemas/ids/99").await.refused(40403);
    registry.get("/subjects/orders-value/versions").await.ok();

    let told = registry.get("/govern/v1/usage/subjects/orders-value").await.ok();
    let mut lookups: Vec<_> = told["lookups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let how = (it["namedBy"].as_str().unwrap(), it["address"].as_str().unwrap());
            assert_eq!((how, &it["id"], &it["version"]), (("software", "127.0.0.1"), &json!(id), &json!(1)), "{it}");
            (it["client"].as_str().unwrap().to_owned(), it["count"].as_u64().unwrap())
        })
        .collect();
    lookups.sort();
    let line = |client: &str, count| (client.to_owned(), count);
    assert_eq!(lookups, [line("deserializer/1", 6), line("reader/2", 3), line("serializer/3", 1)]);
    assert!(told["coverage"]["unknown"].as_array().unwrap().iter().all(|it| !it.as_str().unwrap().contains("lookups")));
    let past = registry.get("/govern/v1/usage/subjects/orders-value?from=2026-01-01&to=2026-01-02").await.ok();
    assert_eq!(past["lookups"], json!([]));

    // Who shows a token goes by its name, wherever it comes from.
    let new = json!({"name": "billing", "grants": ["admin"]});
    let token = registry.post("/govern/v1/tokens", &new).await.ok()["token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    let as_billing = [("authorization", bearer.as_str()), ("user-agent", "deserializer/1")];
    for _ in 0..3 {
        registry.send(Method::GET, &format!("/schemas/ids/{id}"), &as_billing, None).await.ok();
    }
    let path = "/govern/v1/usage/subjects/orders-value";
    let told = registry.send(Method::GET, path, &as_billing, None).await.ok();
    let mine = told["lookups"].as_array().unwrap().iter().find(|it| it["client"] == "billing").unwrap();
    assert_eq!((&mine["namedBy"], &mine["count"]), (&json!("principal"), &json!(3)));
    assert!(mine.get("address").is_none());
}

/// What a cluster tells of itself makes a fact of how much is known.
async fn what_passes_no_proxy_is_known_from_the_cluster(registry: TestRegistry) {
    an_estate(&registry, now() - 1_000).await;
    let survey = async |at: i64, whole: bool, end: u64, audit: u64| {
        let groups = json!([
            {"group": "billing", "topic": "orders", "committed": 20},
            {"group": "audit", "topic": "orders", "committed": audit},
            {"group": "audit", "topic": "elsewhere", "committed": 7},
        ]);
        let report = json!({"cluster": "broker-1:9092", "cluster_id": "MkU3OEVBNTcwNTJENDM2Qk", "at": at, "whole": whole,
            "logs": [{"topic": "orders", "end": end}], "groups": groups});
        let answer = registry.post("/govern/v1/lineage/surveys", &report).await;
        assert_eq!(answer.status, 204, "{answer}");
    };
    let usage = async || registry.get("/govern/v1/usage/subjects/orders-value").await.ok()["coverage"].clone();
    let at = now();
    survey(at - 3_000, false, 1_000, 5).await;
    let told = usage().await;
    assert_eq!((&told["groupsKnown"], &told["read"], &told["write"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(told["groupsElsewhere"][0]["group"], "audit", "what is known is told");
    survey(at - 2_000, true, 1_000, 5).await;
    // 40 records are appended, and 30 of them pass the proxy.
    observe(&registry, json!([writes("orders", "shop", 1, 30, at - 1_500)])).await;
    survey(at - 1_000, true, 1_040, 9).await;
    survey(at - 1_500, true, 1_010, 7).await;
    let told = usage().await;
    assert_eq!((&told["groupsObserved"], &told["groupsKnown"]), (&json!(1), &json!(2)));
    assert_eq!((&told["read"], &told["write"]), (&json!(0.5), &json!(0.75)));
    let elsewhere = told["groupsElsewhere"].as_array().unwrap();
    assert_eq!((elsewhere.len(), &elsewhere[0]["topic"]), (1, &json!(id("topic", "orders"))));
    assert!(elsewhere[0]["lastMoved"].as_str().unwrap().starts_with(&time(at - 1_000)[..19]), "it reads on: {told}");
    assert!(told["unknown"].as_array().unwrap().iter().all(|it| !it.as_str().unwrap().contains("cluster")), "{told}");
    let by_id = ask(&registry, "graph", "topic:kafka://MkU3OEVBNTcwNTJENDM2Qk:orders", "").await;
    assert_eq!(nodes(&by_id), nodes(&ask(&registry, "graph", &id("topic", "orders"), "").await), "one cluster");
    let impact = ask(&registry, "impact", &id("topic", "orders"), "").await;
    assert_eq!((&impact["coverage"]["groupsKnown"], &impact["coverage"]["groupsObserved"]), (&json!(2), &json!(1)));
    let before = registry.get("/govern/v1/usage/subjects/orders-value?from=2026-01-01&to=2026-01-02").await.ok();
    assert_eq!(before["coverage"]["groupsElsewhere"], json!([]), "nobody asked then");
    assert_eq!(before["coverage"]["groupsKnown"], Value::Null, "so nobody knows");
    let narrow = ask(&registry, "impact", &id("topic", "orders"), "&depth=0&evidence=declared").await;
    assert_eq!(narrow["coverage"]["groupsObserved"], 1, "whatever is asked for");
    for nonsense in [
        json!({"cluster": "", "at": 1}),
        json!({"cluster": "c", "at": -1}),
        json!({"cluster": "c".repeat(256), "at": 1}),
        json!({"cluster": "a\u{0}b", "at": 1}),
    ] {
        registry.post("/govern/v1/lineage/surveys", &nonsense).await.refused(422);
    }
    registry.register("unproxied-value", &first()).await;
    let report = json!({"cluster": "broker-1:9092", "at": at, "whole": true, "logs": [{"topic": "unproxied", "end": 1}],
        "groups": [{"group": "audit", "topic": "unproxied", "committed": 1}]});
    registry.post("/govern/v1/lineage/surveys", &report).await;
    let told = registry.get("/govern/v1/usage/subjects/unproxied-value").await.ok()["coverage"].clone();
    assert_eq!(told["groupsElsewhere"].as_array().unwrap().len(), 2, "a topic that no proxy saw is known, too: {told}");
}

async fn what_makes_no_sense_is_refused(registry: TestRegistry) {
    an_estate(&registry, now()).await;
    let orders = encoded(&id("topic", "orders"));
    for more in [
        "",
        "&direction=sideways",
        "&depth=21",
        "&depth=x",
        "&evidence=rumour",
        "&minConfidence=2",
        "&at=soon",
        "&from=2026-01-02&to=2026-01-01",
        "&at=2026-01-01&to=2026-01-02",
        "&maxNodes=5001",
    ] {
        let node = if more.is_empty() { String::new() } else { format!("node={orders}") };
        registry.get(&format!("/govern/v1/lineage/graph?{node}{more}")).await.refused(400);
    }
    for node in ["nonsense", "topic:none", "broker:kafka://broker-1:9092:1"] {
        registry.get(&format!("/govern/v1/lineage/graph?node={}", encoded(node))).await.refused(404);
    }
    registry.get(&format!("/govern/v1/lineage/diff?node={orders}")).await.refused(400);
}

on_both_databases!(
    observed_and_declared_are_one_graph_and_each_edge_says_which,
    a_transaction_ties_a_group_to_what_was_written,
    a_trace_ties_what_was_read_to_what_was_written,
    ways_are_told_the_shortest_first,
    the_graph_is_told_as_it_was,
    what_changed_lately_is_told_of_all_there_is,
    who_is_concerned_is_told_with_what_is_not_known,
    the_use_of_a_subject_is_told_with_how_it_is_known,
    who_looks_a_schema_up_is_told,
    what_passes_no_proxy_is_known_from_the_cluster,
    what_makes_no_sense_is_refused,
);
