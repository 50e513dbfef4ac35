//! `/govern/v1/applications`: people say which connections belong to which application, and lineage tells of that.

use reqwest::Method;
use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use crate::declared::{KAFKA, dataset, declare, encoded, event};
use crate::graph::{ask, edge, id, nodes, now, observe, reads, seen, writes};
use crate::schemas::first;

fn principal(mut seen: Value, principal: &str) -> Value {
    seen["principal"] = json!(principal);
    seen
}

/// Names of nodes of a kind.
fn of_kind(graph: &Value, kind: &str) -> Vec<String> {
    let nodes = nodes(graph).into_iter().map(|(id, _)| id);
    nodes.filter_map(|id| id.strip_prefix(&format!("{kind}:")).map(str::to_owned)).collect()
}

/// Two replicas of one writer, each with a client id of its own, and somebody else with the same principal.
async fn connections_of_one_application_are_one_node(registry: TestRegistry) {
    registry.register("orders-value", &first()).await;
    let at = now();
    observe(
        &registry,
        json!([
            principal(writes("orders", "shop-7f9c-1", 1, 30, at), "User:shop"),
            principal(writes("orders", "shop-7f9c-2", 1, 12, at), "User:shop"),
            principal(writes("orders", "importer", 1, 5, at), "User:shop"),
        ]),
    )
    .await;
    let orders = id("topic", "orders");
    let before = ask(&registry, "graph", &orders, "").await;
    assert_eq!(of_kind(&before, "application").len(), 3);
    registry.get("/govern/v1/applications/shop").await.refused(40496);
    let wish = json!({"owner": "team-shop", "principals": ["User:shop"], "clientIds": ["shop-*"]});
    let told = registry.put("/govern/v1/applications/shop", &wish).await.ok();
    assert_eq!((&told["name"], &told["clientIds"], &told["groups"]), (&json!("shop"), &json!(["shop-*"]), &json!([])));
    assert_eq!(registry.get("/govern/v1/applications/shop").await.ok(), told);
    assert_eq!(registry.get("/govern/v1/applications").await.ok(), json!({"applications": [told]}));

    // It counts for what was seen before as well, from whichever side one looks.
    let shop = id("application", "shop");
    let (own, all) = (format!("{KAFKA}:shop"), [format!("{KAFKA}:importer"), format!("{KAFKA}:shop")]);
    let starts = [
        (&orders, &all[..]),
        (&shop, std::slice::from_ref(&own)),
        (&id("application", "shop-7f9c-2"), std::slice::from_ref(&own)),
    ];
    for (start, expected) in starts {
        let graph = ask(&registry, "graph", start, "").await;
        assert_eq!(edge(&graph, &shop, &orders)["records"], 42, "{start}");
        assert_eq!(of_kind(&graph, "application"), expected, "{start}");
        let node = graph["nodes"].as_array().unwrap().iter().find(|node| node["id"] == shop).unwrap();
        assert_eq!(node["owners"], json!(["team-shop"]));
    }
    let usage = registry.get("/govern/v1/usage/subjects/orders-value").await.ok();
    let writers: Vec<_> =
        usage["writers"].as_array().unwrap().iter().map(|it| (&it["application"], &it["records"])).collect();
    assert_eq!(writers, [(&json!("importer"), &json!(5)), (&json!("shop"), &json!(42))]);
    let dataset = encoded(&format!("dataset:{KAFKA}:orders"));
    let marquez = registry.get(&format!("/api/v1/lineage?nodeId={dataset}")).await.ok();
    let jobs: Vec<_> = marquez["graph"].as_array().unwrap().iter().filter(|node| node["type"] == "JOB").collect();
    let names: Vec<_> = jobs.iter().map(|job| job["data"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["importer", "shop"]);

    let gone = registry.delete("/govern/v1/applications/shop").await;
    assert_eq!(gone.status, 204, "{gone}");
    registry.delete("/govern/v1/applications/shop").await.refused(40496);
    assert_eq!(ask(&registry, "graph", &orders, "").await, before);
}

/// A Flink job tells of itself in OpenLineage events, and its connections are seen at the wire: one node, known both ways.
async fn a_job_and_its_connections_are_one_node(registry: TestRegistry) {
    let at = now();
    observe(
        &registry,
        json!([
            reads("orders", "enrich-source", "enrich", "committed", at),
            seen("orders", "enrich-source", at, json!({"direction": "consumes", "evidence": "fetched", "records": 7})),
            writes("enriched", "enrich-sink-0", 1, 7, at),
        ]),
    )
    .await;
    let wish = json!({"clientIds": ["enrich-*"], "job": {"namespace": "payments", "name": "enrich"}});
    registry.put("/govern/v1/applications/enricher", &wish).await.ok();
    // It is found before anything is declared, and by its own name too.
    let job = "job:payments:enrich";
    for start in [job, &id("application", "enricher"), &id("topic", "orders")] {
        let graph = ask(&registry, "graph", start, "").await;
        assert_eq!(of_kind(&graph, "job"), ["payments:enrich"], "{start}");
        assert_eq!(of_kind(&graph, "application"), <[String; 0]>::default(), "{start}");
    }
    let mut enrich = event("enrich", "r1", "RUNNING", 1);
    enrich["inputs"] = json!([dataset(KAFKA, "orders")]);
    enrich["outputs"] = json!([dataset(KAFKA, "enriched")]);
    declare(&registry, &enrich).await;
    for start in [job, &id("topic", "orders"), &id("topic", "enriched")] {
        let graph = ask(&registry, "graph", start, "").await;
        let written = edge(&graph, job, &id("topic", "enriched"));
        let expected = (json!(["declared", "observed"]), json!(7));
        assert_eq!((written["evidence"].clone(), written["records"].clone()), expected, "{start}");
        let read = edge(&graph, &id("group", "enrich"), job);
        assert_eq!(read["evidence"], json!(["observed"]), "{start}");
        assert_eq!(edge(&graph, &id("topic", "orders"), job)["evidence"], json!(["declared"]), "{start}");
    }
    let marquez = registry.get(&format!("/api/v1/lineage?nodeId={}", encoded(job))).await.ok();
    let jobs = marquez["graph"].as_array().unwrap().iter().filter(|node| node["type"] == "JOB").count();
    assert_eq!(jobs, 1, "{marquez:#}");
}

async fn what_would_fit_everybody_is_refused(registry: TestRegistry) {
    for (wish, fault) in [
        (json!({}), "has to say which connections are meant"),
        (json!({"clientIds": ["*"]}), "one of clientIds is '*': everybody would fit"),
        (json!({"clientIds": ["shop"], "groups": [""]}), "one of groups is ''"),
        (json!({"clientIds": ["shop"], "owner": " "}), "owner is empty"),
        (json!({"clientIds": ["shop\u{7}"]}), "one of clientIds has a control character"),
        (json!({"clientIds": ["shop"], "job": {"namespace": "", "name": "x"}}), "the namespace of the job is empty"),
    ] {
        let message = registry.put("/govern/v1/applications/shop", &wish).await.refused(42294);
        assert!(message.contains(fault), "{message}");
    }
    registry.put("/govern/v1/applications/shop", &json!({"clientIds": "shop"})).await.refused(400);
    let json = [("content-type", "application/json")];
    registry.send(Method::PUT, "/govern/v1/applications/shop", &json, None).await.refused(422);
    assert_eq!(registry.get("/govern/v1/applications").await.ok(), json!({"applications": []}));
}

on_both_databases!(
    connections_of_one_application_are_one_node,
    a_job_and_its_connections_are_one_node,
    what_would_fit_everybody_is_refused,
);
