//! Lineage that is held in memory: is it what stands in the database, whoever wrote it and whenever?

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::{Database, Setup, TestRegistry, psql};

use crate::declared::{KAFKA, dataset, declare, encoded, event};
use crate::graph::{ask, id, nodes, now, observe, reads, seen, writes};
use crate::schemas::first;

/// What a metric stands at, of all its labels or of one.
async fn metric(registry: &TestRegistry, name: &str, label: &str) -> u64 {
    let page = registry.get("/metrics").await.text;
    let lines = page.lines().filter(|line| line.starts_with(name) && line.contains(label));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

async fn until_held(registry: &TestRegistry) {
    let deadline = Instant::now() + Duration::from_secs(20);
    let told = async || metric(registry, "tidegate_lineage_graphs_total", "memory").await;
    let before = told().await;
    while told().await == before {
        assert!(Instant::now() < deadline, "lineage is not held in memory: {}", registry.log());
        ask(registry, "graph", &id("topic", "topic-0"), "").await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Another server on the same database, which asks it each time.
async fn asker(registry: &TestRegistry) -> TestRegistry {
    Setup::on_store(registry.store()).set("lineage.in_memory=false").start().await
}

/// A made-up estate in which things have many names and ways meet. Each turn adds to what the turns before have said.
async fn a_turn(registry: &TestRegistry, turn: u64, at: i64) {
    let topic = |number: u64| format!("topic-{}", number % 9);
    let mut edges = Vec::new();
    for number in turn * 7..turn * 7 + 12 {
        let client = format!("app-{}", number % 5);
        edges.push(writes(&topic(number), &client, 1 + (number % 2) as i64, number, at));
        edges.push(reads(&topic(number * 3 + 1), &client, &format!("group-{}", number % 3), "committed", at));
        edges.push(seen(
            &topic(number * 3 + 1),
            &client,
            at,
            json!({"direction": "consumes", "evidence": "fetched", "records": number}),
        ));
        edges.push(seen(
            &topic(number * 2),
            &format!("consumer-group-{}-1", number % 3),
            at,
            json!({"direction": "produces", "group": format!("group-{}", number % 3), "evidence": "transactional"}),
        ));
    }
    observe(registry, json!(edges)).await;
    let mut job = event(&format!("job-{}", turn % 3), &format!("run-{turn}"), "COMPLETE", u32::try_from(turn).unwrap());
    job["inputs"] = json!([dataset(KAFKA, &topic(turn)), dataset("s3://lake", "names")]);
    let lake = json!({"namespace": "s3://lake", "name": format!("out-{}", turn % 4), "facets": {
        "ownership": {"owners": [{"name": format!("team-{turn}")}]},
        "symlinks": {"identifiers": [{"namespace": "hive://meta", "name": format!("table-{}", turn % 2), "type": "TABLE"},
            {"namespace": KAFKA, "name": topic(turn + 2), "type": "TOPIC"}]},
    }});
    job["outputs"] = json!([lake, dataset(KAFKA, &topic(turn + 4))]);
    declare(registry, &job).await;
}

const QUESTIONS: [&str; 7] = [
    "&depth=10&minConfidence=0.9",
    "&depth=10",
    "&depth=2&direction=up",
    "&depth=20&direction=down",
    "&depth=10&evidence=observed",
    "&depth=10&evidence=declared",
    "&depth=10&maxNodes=7",
];

/// These questions about all kinds of nodes, answered.
async fn answers(registry: &TestRegistry, questions: &[&str]) -> Vec<(String, Value)> {
    let topics = (0..9).map(|number| id("topic", &format!("topic-{number}")));
    let others = ["app-0", "app-3", "shop", "unheard-of"].map(|name| id("application", name));
    let groups = (0..3).map(|number| id("group", &format!("group-{number}")));
    let jobs = (0..3).map(|number| format!("job:payments:job-{number}"));
    let tables = ["table:s3://lake:out-1", "table:hive://meta:table-1", "dataset:s3://lake:names"].map(str::to_owned);
    let mut told = Vec::new();
    for node in topics.chain(others).chain(groups).chain(jobs).chain(tables) {
        for question in questions {
            let path = format!("/govern/v1/lineage/graph?node={}{question}", encoded(&node));
            told.push((path.clone(), registry.get(&path).await.body));
        }
    }
    told
}

async fn the_same(held: &TestRegistry, asker: &TestRegistry, questions: &[&str]) {
    for ((path, one), (_, other)) in answers(held, questions).await.into_iter().zip(answers(asker, questions).await) {
        for part in ["nodes", "edges"] {
            let parts = |of: &Value| of[part].as_array().cloned().unwrap_or_default();
            let (one, other) = (parts(&one), parts(&other));
            let only: Vec<_> = one.iter().filter(|it| !other.contains(it)).collect();
            let lacks: Vec<_> = other.iter().filter(|it| !one.contains(it)).collect();
            assert!(only.is_empty() && lacks.is_empty(), "{path}: {only:#?} in memory, {lacks:#?} in the database");
        }
        assert_eq!(one, other, "{path}");
    }
}

async fn memory_tells_what_the_database_tells(held: TestRegistry) {
    held.register("topic-1-value", &first()).await;
    let at = now();
    a_turn(&held, 0, at).await;
    until_held(&held).await;
    let asker = asker(&held).await;
    the_same(&held, &asker, &QUESTIONS[1..2]).await;
    // What is added is told at once.
    for turn in 1..6 {
        a_turn(&held, turn, at + i64::try_from(turn).unwrap() * 1_000).await;
        if turn % 2 == 1 {
            the_same(&held, &asker, &QUESTIONS[1..2]).await;
        }
    }
    let told = async |registry, by| metric(registry, "tidegate_lineage_graphs_total", by).await;
    let before = told(&held, "database").await;
    the_same(&held, &asker, &QUESTIONS).await;
    assert_eq!(told(&held, "database").await, before, "all of it is told from memory");
    assert!(told(&held, "memory").await > 150 && told(&asker, "memory").await == 0);
    // Who is declared to be an application has another name from now on, in what was seen before, too.
    let application = json!({"owner": "team-shop", "clientIds": ["app-0", "app-1"]});
    assert!(held.put("/govern/v1/applications/shop", &application).await.status < 300);
    the_same(&held, &asker, &QUESTIONS[4..5]).await;
    until_held(&held).await;
    the_same(&held, &asker, &QUESTIONS).await;
    let shop = ask(&held, "graph", &id("application", "shop"), "&depth=1").await;
    assert!(nodes(&shop).len() > 2, "{shop:#}");
}

/// Asks one node until it tells of another one's change.
async fn until_told(registry: &TestRegistry, node: &str, other: &str) {
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        let answer = registry.get(&format!("/govern/v1/lineage/graph?node={}&depth=1", encoded(node))).await;
        if answer.status == 200 && nodes(&answer.body).iter().any(|(told, _)| told == other) {
            return;
        }
        assert!(Instant::now() < deadline, "{other} beside {node}: {answer}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn each_node_hears_what_the_others_have_seen() {
    if !Database::Postgres.is_there() {
        return;
    }
    let one = TestRegistry::start(Database::Postgres).await;
    a_turn(&one, 0, now()).await;
    let other = Setup::on_store(one.store()).start().await;
    until_held(&one).await;
    until_held(&other).await;
    observe(&one, json!([writes("news", "desk", 1, 3, now())])).await;
    until_told(&other, &id("topic", "news"), &id("application", "desk")).await;
    let mut job = event("digest", "r1", "RUNNING", 1);
    job["inputs"] = json!([dataset(KAFKA, "news")]);
    declare(&other, &job).await;
    until_told(&one, &id("topic", "news"), "job:payments:digest").await;
    // Whoever can't hear the others for a while has missed something, and reads it all again.
    let ended = psql(
        one.store(),
        "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    assert!(ended.trim().parse::<u32>().unwrap() >= 2, "{ended}");
    let deadline = Instant::now() + Duration::from_secs(15);
    let late = json!({"observations": [writes("news", "late", 1, 3, now())]});
    while one.post("/govern/v1/lineage/observations", &late).await.status != 204 {
        assert!(Instant::now() < deadline, "the database is there again");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    until_told(&other, &id("topic", "news"), &id("application", "late")).await;
    until_held(&other).await;
    observe(&one, json!([writes("news", "later", 1, 3, now())])).await;
    until_told(&other, &id("topic", "news"), &id("application", "later")).await;
    let asker = asker(&one).await;
    the_same(&one, &asker, &QUESTIONS[..3]).await;
    the_same(&other, &asker, &QUESTIONS[..3]).await;
}

/// A topic may have more edges than the database is asked for at once.
async fn nobody_is_lost_in_a_crowd(registry: TestRegistry) {
    let at = now();
    let clients: Vec<_> = (0..2_600).map(|number| writes("crowded", &format!("app-{number:04}"), 1, 1, at)).collect();
    for some in clients.chunks(500) {
        observe(&registry, json!(some)).await;
    }
    observe(&registry, json!([writes("topic-0", "app-0000", 1, 1, at)])).await;
    until_held(&registry).await;
    let crowded = id("topic", "crowded");
    for name in ["app-0000", "app-2599"] {
        let told = ask(&registry, "graph", &id("application", name), "&depth=1").await;
        assert!(nodes(&told).iter().any(|(node, _)| *node == crowded), "{name}: {told:#}");
        assert_eq!(told["truncated"], false, "{name}");
    }
    let all = ask(&registry, "graph", &crowded, "&depth=1&maxNodes=5000").await;
    assert_eq!(nodes(&all).len(), 2_601);
    // The same when it is read again.
    observe(&registry, json!([writes("crowded", "zz", 1, 1, at)])).await;
    let all = ask(&registry, "graph", &crowded, "&depth=1&maxNodes=5000").await;
    assert_eq!((nodes(&all).len(), &all["truncated"]), (2_602, &json!(false)));
}

/// Whoever asks holds no connection while it waits for another: there may be one only.
#[tokio::test]
async fn a_database_with_one_connection_is_enough() {
    let registry = Setup::on_store("sqlite::memory:").start().await;
    for turn in 0..4 {
        registry.register(&format!("topic-{turn}-value"), &first()).await;
        a_turn(&registry, turn, now()).await;
        let asked = (0..24).map(|number| {
            let path =
                format!("/govern/v1/lineage/graph?node={}", encoded(&id("topic", &format!("topic-{}", number % 9))));
            let registry = &registry;
            async move { registry.get(&path).await.status }
        });
        let begun = Instant::now();
        let told = futures_util::future::join_all(asked).await;
        assert!(begun.elapsed() < Duration::from_secs(8), "nobody waits for a connection that is never free");
        assert!(
            told.iter().filter(|status| **status == 200).count() > 8 && told.iter().all(|it| [200, 404].contains(it))
        );
    }
    until_held(&registry).await;
}

on_both_databases!(memory_tells_what_the_database_tells, nobody_is_lost_in_a_crowd);
