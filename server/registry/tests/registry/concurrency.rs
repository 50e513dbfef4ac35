//! Many at once: one content gets one id, many contents get numbers without gaps, and nodes learn from each other.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Executor, PgConnection};
use tidegate_compat::{CompatibilityLevel, SchemaId, Version, VersionSpec};
use tidegate_registry::{Candidate, Error, Mode, Registry};
use tidegate_store::Store;

use crate::house::{
    House, ann, fresh_schema, numbers, on_each_database, record, reference, scope, strict_record, subject, text_of,
};

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
async fn many_subjects_at_once_get_all_that_each_alone_would_get() {
    on_each_database(async |house| {
        let name = |n: usize| if n.is_multiple_of(3) { format!(":.ctx:s{n}") } else { format!("s{n}") };
        for round in 0..4 {
            let work = (0..100).map(|n| (name(n), record(&[&format!("f{n}"), &format!("r{round}")]))).collect();
            let done = all_at_once(&house.registry, work).await;
            assert!(done.iter().all(|(version, _)| *version == round + 1), "{done:?}");
        }
        let audit = house.audit().await;
        assert!(audit.iter().map(|entry| entry.revision).eq(1..=400), "each change has a revision of its own");
        for n in 0..100 {
            let changes: Vec<_> = audit.iter().filter(|entry| entry.subject == subject(&name(n))).collect();
            let stored = house.latest(&name(n)).await.unwrap();
            let after = changes[3].after.as_deref().unwrap();
            assert!(after.contains(&format!(r#""id":{},"#, stored.schema.id.0)), "{after}");
            assert_eq!(*stored.schema.text, record(&[&format!("f{n}"), "r3"]));
        }
        for (context, count) in [("s", 66 * 4), (":.ctx:s", 34 * 4)] {
            let last = house.registry.max_id(subject(context).context()).await.unwrap();
            assert_eq!(last, count, "ids are handed out without gaps");
        }
        assert_eq!(house.registry.revision(), 400);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_does_not_keep_the_others_from_it() {
    on_each_database(async |house| {
        house.register("strict", strict_record(&["x"])).await;
        let schema = |n: usize| match n % 4 {
            0 => ("strict".to_owned(), text_of(&strict_record(&["x", &format!("f{n}")]))),
            1 => (format!("s{n}"), Candidate { version: Some(7), ..text_of(&record(&[&format!("f{n}")])) }),
            2 => (format!("s{n}"), text_of("no schema")),
            _ => (format!("s{n}"), text_of(&record(&[&format!("f{n}")]))),
        };
        let tasks: Vec<_> = (0..64)
            .map(|n| {
                let ((name, candidate), registry) = (schema(n), house.registry.clone());
                tokio::spawn(async move { registry.register(&ann(), &subject(&name), candidate, false).await })
            })
            .collect();
        let mut ids = Vec::new();
        for (n, task) in tasks.into_iter().enumerate() {
            match (n % 4, task.await.unwrap()) {
                (0, Err(Error::Incompatible { .. })) | (1, Err(Error::WrongVersion { given: 7, .. })) => {}
                (2, Err(Error::Malformed(_))) => {}
                (3, Ok(stored)) => ids.push(stored.schema.id.0),
                (which, outcome) => panic!("{which}: {outcome:?}"),
            }
        }
        ids.sort_unstable();
        assert_eq!(ids, (2..=17).collect::<Vec<_>>(), "what was refused used up no id");
        assert_eq!(house.audit().await.len(), 17);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_the_database_does_not_take_fails_alone() {
    on_each_database(async |house| {
        // PostgreSQL has no index entry of this size. It does not compress, so that it stays that long.
        let mut state = 1_u64;
        let long: String = (0..20_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                char::from(b'!' + u8::try_from((state >> 33) % 90).unwrap())
            })
            .filter(|letter| *letter != ':')
            .collect();
        let names = (0..16).map(|n| if n == 5 { long.clone() } else { format!("s{n}") });
        let tasks: Vec<_> = names
            .map(|name| {
                let registry = house.registry.clone();
                let text = record(&[
                    &format!("f{}", name.len().min(100)),
                    &name[..2].replace(|c: char| !c.is_alphanumeric(), "_"),
                ]);
                tokio::spawn(async move { registry.register(&ann(), &subject(&name), text_of(&text), false).await })
            })
            .collect();
        for (n, task) in tasks.into_iter().enumerate() {
            let outcome = task.await.unwrap();
            assert!(n == 5 || outcome.is_ok(), "{n}: {outcome:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_go_away_neither_lose_nor_stop_anything() {
    on_each_database(async |house| {
        let tasks: Vec<_> = (0..64)
            .map(|n| {
                let registry = house.registry.clone();
                let (name, text) = (format!("s{}", n % 24), record(&["x", &format!("f{n}")]));
                tokio::spawn(async move { registry.register(&ann(), &subject(&name), text_of(&text), false).await })
            })
            .collect();
        let mut kept = Vec::new();
        for (n, task) in tasks.into_iter().enumerate() {
            if n % 2 == 0 {
                tokio::time::sleep(Duration::from_micros(300)).await;
                task.abort();
            } else {
                kept.push(task);
            }
        }
        for task in kept {
            let stored = task.await.unwrap().unwrap();
            let found = house.registry.by_id(stored.schema.id, Some(&stored.subject)).await.unwrap();
            assert_eq!(found.schema, stored.schema);
        }
        let audit = house.audit().await;
        let mut versions = 0;
        for n in 0..24 {
            let rows = house.store.read().await.unwrap().versions(&subject(&format!("s{n}"))).await.unwrap();
            assert!(rows.iter().map(|row| row.version.0).eq(1..=rows.len() as i32), "no version is missing");
            versions += rows.len();
        }
        assert_eq!(audit.len(), versions, "all that is there was written down, and nothing else");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_between_decision_and_commit_is_seen() {
    on_each_database(async |house| {
        // The level of a subject and what a schema refers to come and go while others register.
        house.register("base", r#"{"type":"record","name":"a.Base","fields":[]}"#).await;
        let settings = {
            let registry = house.registry.clone();
            tokio::spawn(async move {
                for round in 0..20 {
                    let mode = if round % 2 == 0 { Mode::ReadOnly } else { Mode::ReadWrite };
                    registry.set_mode(&ann(), &scope("s"), Some(mode), false).await.unwrap();
                }
            })
        };
        let deletes = {
            let registry = house.registry.clone();
            tokio::spawn(async move {
                let (base, one) = (subject("base"), VersionSpec::Number(Version(1)));
                let mut tries = 0;
                while registry.delete_version(&ann(), &base, one, false).await.is_err() && tries < 5 {
                    tries += 1;
                }
            })
        };
        let tasks: Vec<_> = (0..40)
            .map(|n| {
                let registry = house.registry.clone();
                let text = format!(r#"{{"type":"record","name":"U{n}","fields":[{{"name":"b","type":"a.Base"}}]}}"#);
                let references = vec![reference("a.Base", "base", 1)];
                let (name, candidate) = if n % 2 == 0 {
                    ("s".to_owned(), text_of(&record(&[&format!("f{n}")])))
                } else {
                    (format!("u{n}"), Candidate { references, ..text_of(&text) })
                };
                tokio::spawn(async move { registry.register(&ann(), &subject(&name), candidate, false).await })
            })
            .collect();
        for task in tasks {
            match task.await.unwrap() {
                Ok(_) | Err(Error::NotPermitted { .. } | Error::UnresolvedReference { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        settings.await.unwrap();
        deletes.await.unwrap();
        // In the order of the audit: nothing was registered in a closed subject, and nothing stands on what was deleted.
        let (mut is_closed, mut base_is_gone) = (false, false);
        for entry in house.audit().await {
            match (entry.action.as_str(), entry.subject.to_string().as_str()) {
                ("mode.set", _) => is_closed = entry.after.unwrap().contains("READONLY"),
                ("version.delete", _) => base_is_gone = true,
                ("schema.register", "s") => assert!(!is_closed, "registered while the subject was closed"),
                ("schema.register", "base") => {}
                ("schema.register", _) => assert!(!base_is_gone, "registered on what was deleted"),
                other => panic!("{other:?}"),
            }
        }
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

/// Two nodes on one database, and what to remove it with. `None` without a PostgreSQL.
async fn two_nodes() -> Option<(House, House, String, PgConnection)> {
    let Ok(url) = std::env::var("TIDEGATE_TEST_POSTGRES") else {
        eprintln!("SKIPPED: two nodes on PostgreSQL, because TIDEGATE_TEST_POSTGRES is not set");
        return None;
    };
    let (url, name, admin) = fresh_schema(&url).await;
    let one = House::on(Store::open(&url).await.unwrap());
    let other = House::on(Store::open(&url).await.unwrap());
    Some((one, other, name, admin))
}

async fn end((one, other, name, mut admin): (House, House, String, PgConnection)) {
    one.store.close().await;
    other.store.close().await;
    admin.execute(AssertSqlSafe(format!("DROP SCHEMA {name} CASCADE"))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_acknowledged_another_answers_at_once() {
    let Some(nodes) = two_nodes().await else { return };
    let (one, other) = (&nodes.0, &nodes.1);
    let fresh = async |house: &House| house.registry.fresh().await.unwrap();
    for round in 0..20 {
        let name = &format!("s{round}");
        let (version, id) = one.register(name, record(&[name])).await;
        fresh(other).await;
        assert_eq!(numbers(&other.latest(name).await.unwrap()), (version, id));
        let by_id = async |house: &House| house.registry.by_id(SchemaId(id), None).await;
        by_id(one).await.unwrap();
        by_id(other).await.unwrap();

        let level = if round % 2 == 0 { CompatibilityLevel::Full } else { CompatibilityLevel::None };
        one.set_level("", level).await;
        fresh(other).await;
        assert_eq!(other.registry.config(&scope(name), true).await.unwrap().level, Some(level));

        other.delete_all(name, false).await.unwrap();
        fresh(one).await;
        assert!(by_id(one).await.unwrap().is_deleted);
        other.delete_all(name, true).await.unwrap();
        fresh(one).await;
        assert!(matches!(by_id(one).await, Err(Error::SchemaNotFound)));
    }
    end(nodes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_hear_of_each_others_changes_without_asking() {
    let Some(nodes) = two_nodes().await else { return };
    let (one, other) = (&nodes.0, &nodes.1);
    one.register("s", record(&["x"])).await;
    // The first change may come before the other listens; it is noticed all the same.
    within_a_moment(Duration::from_secs(3), || other.registry.revision() == one.registry.revision()).await;
    for round in 0..10 {
        one.register("s", record(&[&format!("f{round}")])).await;
        within_a_moment(Duration::from_millis(900), || other.registry.revision() == one.registry.revision()).await;
    }
    end(nodes).await;
}

async fn within_a_moment(moment: Duration, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(moment, waiting).await.expect("it was not noticed in time");
}
