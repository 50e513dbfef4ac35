//! Many at once: one content gets one id, many contents get numbers without gaps, and nodes learn from each other.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Executor};
use tidegate_compat::SchemaId;
use tidegate_registry::{Error, Registry};
use tidegate_store::Store;

use crate::house::{House, ann, fresh_schema, numbers, on_each_database, record, subject, text_of};

/// Registers these texts at the same time; answers `(version, id)` of each, in the same order.
async fn all_at_once(registry: &Registry, work: Vec<(String, String)>) -> Vec<(i32, i32)> {
    let tasks: Vec<_> = work
        .into_iter()
        .map(|(name, text)| {
            let registry = registry.clone();
            tokio::spawn(async move { registry.register(&ann(), &subject(&name), text_of(&text), false).await })
        })
        .collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(numbers(&task.await.unwrap().unwrap()));
    }
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn one_new_schema_brought_32_times_gets_one_id() {
    on_each_database(async |house| {
        let work = (0..32).map(|_| ("s".to_owned(), record(&["x"]))).collect();
        assert_eq!(all_at_once(&house.registry, work).await, [(1, 1); 32]);
        assert_eq!(house.audit().await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_new_schema_brought_to_32_subjects_gets_one_id() {
    on_each_database(async |house| {
        let work = (0..32).map(|n| (format!("s{n}"), record(&["x"]))).collect();
        assert_eq!(all_at_once(&house.registry, work).await, [(1, 1); 32]);
        assert_eq!(house.registry.max_id(subject("s").context()).await.unwrap(), 1, "no id was lost in the race");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_two_schemas_of_one_subject_get_consecutive_versions_and_distinct_ids() {
    on_each_database(async |house| {
        let work = (0..32).map(|n| ("s".to_owned(), record(&[&format!("f{n}")]))).collect();
        let mut done = all_at_once(&house.registry, work).await;
        done.sort_unstable();
        let versions: Vec<_> = done.iter().map(|(version, _)| *version).collect();
        assert_eq!(versions, (1..=32).collect::<Vec<_>>());
        let mut ids: Vec<_> = done.iter().map(|(_, id)| *id).collect();
        ids.sort_unstable();
        assert_eq!(ids, (1..=32).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_comes_and_goes_is_never_half_there() {
    on_each_database(async |house| {
        let comes_and_goes = |name: &'static str| {
            let registry = house.registry.clone();
            tokio::spawn(async move {
                for _ in 0..20 {
                    let stored = registry.register(&ann(), &subject(name), text_of("\"string\""), false).await.unwrap();
                    let found = registry.by_id(stored.schema.id, Some(&stored.subject)).await.unwrap();
                    assert_eq!(*found, stored);
                    registry.delete_subject(&ann(), &subject(name), false).await.unwrap();
                    registry.delete_subject(&ann(), &subject(name), true).await.unwrap();
                }
                registry.register(&ann(), &subject(name), text_of("\"string\""), false).await.unwrap()
            })
        };
        let mut last = Vec::new();
        for task in [comes_and_goes("s"), comes_and_goes("t"), comes_and_goes("u")] {
            last.push(task.await.unwrap());
        }
        let guid = last[0].schema.fingerprint;
        let known = house.registry.ids_of_guid(guid).await.unwrap();
        assert_eq!(known.len(), 1, "all that stayed share one id");
        assert!(last.iter().all(|stored| stored.schema.id == known[0].1 && stored.version.0 == 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_learn_of_each_others_changes_within_a_moment() {
    let Ok(url) = std::env::var("TIDEGATE_TEST_POSTGRES") else {
        eprintln!("SKIPPED: two nodes on PostgreSQL, because TIDEGATE_TEST_POSTGRES is not set");
        return;
    };
    let (url, name, mut admin) = fresh_schema(&url).await;
    let one = House::on(Store::open(&url).await.unwrap());
    let other = House::on(Store::open(&url).await.unwrap());
    one.register("s", record(&["x"])).await;
    let by_id = async |house: &House| house.registry.by_id(SchemaId(1), None).await;
    by_id(&one).await.unwrap();
    by_id(&other).await.unwrap();
    one.delete_all("s", false).await.unwrap();
    one.delete_all("s", true).await.unwrap();
    assert!(matches!(by_id(&one).await, Err(Error::SchemaNotFound)), "at once where it happened");
    let mut tries = 0;
    while by_id(&other).await.is_ok() {
        tries += 1;
        assert!(tries < 100, "the other node never noticed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(one.registry.revision(), other.registry.revision());
    one.store.close().await;
    other.store.close().await;
    admin.execute(AssertSqlSafe(format!("DROP SCHEMA {name} CASCADE"))).await.unwrap();
}
