//! Does the store behave the same on every database? One suite, run on each.
//!
//! SQLite always runs, in memory and in a file. PostgreSQL runs when `TIDEGATE_TEST_POSTGRES` holds the URL of a database
//! in which schemas may be created.
#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::print_stdout)]

mod catalogue;
mod consumers;
mod databases;
mod declared;
mod observed;
mod standing;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use databases::on_each_database;
use tidegate_compat::{
    CompatibilityLevel, ContextName, Contract, Fingerprint, Metadata, Reference, SchemaId, SchemaKind, SubjectName,
    TopicPolicy, Version,
};
use tidegate_store::{
    AssociationFilter, AssociationRow, AssociationsOf, Change, Config, Error, Filter, Incoming, PolicyRow,
    PolicyVersionRow, Resource, Setting, Store, StoredSchema, TokenRow, Tx, VersionRow,
};

fn subject(name: &str) -> SubjectName {
    SubjectName::parse(name)
}

fn default() -> ContextName {
    ContextName::default_context()
}

fn content(text: &str) -> StoredSchema {
    let contract = Contract::default();
    StoredSchema {
        id: SchemaId(0),
        fingerprint: Fingerprint::of(text, &[], &contract),
        kind: SchemaKind::Avro,
        text: text.into(),
        references: Vec::new(),
        contract,
    }
}

fn row(version: i32, id: SchemaId) -> VersionRow {
    VersionRow { version: Version(version), id, stored_at: 1_700_000_000_000, is_deleted: false }
}

fn change(action: &'static str, name: &str) -> Change {
    Change {
        actor: "ann".into(),
        origin: "127.0.0.1".into(),
        action,
        subject: subject(name),
        before: None,
        after: Some("{}".into()),
        at: 7,
    }
}

/// Stores a text as a version of a subject, without committing.
async fn put(tx: &mut Tx, name: &str, version: i32, text: &str) -> SchemaId {
    let subject = subject(name);
    let (id, _) = tx.insert_content(subject.context(), &content(text), &[]).await.unwrap();
    tx.put_version(&subject, row(version, id)).await.unwrap();
    id
}

async fn put_now(store: &Store, name: &str, version: i32, text: &str) -> SchemaId {
    let mut tx = store.write().await.unwrap();
    tx.lock_subjects(&[subject(name)]).await.unwrap();
    let id = put(&mut tx, name, version, text).await;
    tx.commit(change("schema.register", name)).await.unwrap();
    id
}

#[tokio::test]
async fn ids_count_up_per_context_and_a_content_keeps_its_own() {
    on_each_database(async |store| {
        assert_eq!(put_now(store, "a", 1, "one").await, SchemaId(1));
        assert_eq!(put_now(store, "a", 2, "two").await, SchemaId(2));
        assert_eq!(put_now(store, "b", 1, "one").await, SchemaId(1));
        assert_eq!(put_now(store, ":.other:a", 1, "two").await, SchemaId(1));
        let mut session = store.read().await.unwrap();
        assert_eq!(session.last_id(&default()).await.unwrap(), 2);
        assert_eq!(session.named_contexts().await.unwrap(), [ContextName::parse(".other").unwrap()]);
        let everywhere = session.ids_of(content("two").fingerprint).await.unwrap();
        let everywhere: Vec<_> = everywhere.iter().map(|(context, id)| (context.as_str(), id.0)).collect();
        assert_eq!(everywhere, [(".", 2), (".other", 1)]);
    })
    .await;
}

#[tokio::test]
async fn many_contents_and_versions_are_stored_as_each_would_be() {
    on_each_database(async |store| {
        assert_eq!(put_now(store, "known", 1, "text 3").await, SchemaId(1));
        let other = ContextName::parse(".other").unwrap();
        // More than one statement takes; every text twice, and one that is there already.
        let contents: Vec<_> = (0..150).map(|n| content(&format!("text {}", n / 2))).collect();
        let targets = [(subject("known"), Version(1))];
        let incoming: Vec<_> = contents
            .iter()
            .enumerate()
            .map(|(n, content)| {
                let context = if n < 100 { default() } else { other.clone() };
                let targets = if n % 10 == 0 { &targets[..] } else { &[] };
                (context, content, targets)
            })
            .collect();
        let incoming: Vec<_> =
            incoming.iter().map(|(context, content, targets)| Incoming { context, content, targets }).collect();

        let mut tx = store.write().await.unwrap();
        let names: Vec<_> =
            (0..150).map(|n| subject(&format!("{}s{n}", if n < 100 { "" } else { ":.other:" }))).collect();
        tx.lock_subjects(&names).await.unwrap();
        tx.lock_subjects(&names).await.unwrap();
        let placed = tx.insert_contents(&incoming).await.unwrap();
        let versions: Vec<_> = names.iter().zip(&placed).map(|(name, place)| (name, row(1, place.id))).collect();
        tx.insert_versions(&versions).await.unwrap();
        let changes: Vec<_> = (0..150).map(|n| change("schema.register", &format!("s{n}"))).collect();
        let before = store.revision();
        let reached = tx.record(&changes).await.unwrap().commit().await.unwrap();
        assert_eq!((reached, store.revision()), (before + 150, before + 150));

        for (n, place) in placed.iter().enumerate() {
            let pair = i32::try_from(n / 2).unwrap();
            let id = match pair {
                0..3 => pair + 2,
                3 => 1,
                4..50 => pair + 1,
                _ => pair - 49,
            };
            assert_eq!(place.id, SchemaId(id), "text {pair}");
            let known = StoredSchema { id: place.id, ..contents[n].clone() };
            let is_known = n % 2 == 1 || pair == 3;
            assert_eq!(place.known, is_known.then_some(known), "text {pair}");
        }
        let mut session = store.read().await.unwrap();
        assert_eq!(session.last_id(&default()).await.unwrap(), 50, "what was known gave its number back");
        assert_eq!(session.last_id(&other).await.unwrap(), 25);
        let referrers = session.referrers(&subject("known"), Version(1), false, 100, 0).await.unwrap();
        assert_eq!(referrers.len(), 15);
        let audit = session.audit(before, 1000).await.unwrap();
        assert!(audit.iter().map(|entry| entry.revision).eq(before + 1..=before + 150));
        assert!(audit.iter().enumerate().all(|(n, entry)| entry.subject == subject(&format!("s{n}"))));

        let grounds = session.grounds(&names).await.unwrap();
        for (name, place) in names.iter().zip(&placed) {
            assert_eq!(grounds.versions(name), [row(1, place.id)]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_version_is_not_stored_in_place_of_another_by_many() {
    on_each_database(async |store| {
        let id = put_now(store, "s", 1, "one").await;
        let mut tx = store.write().await.unwrap();
        let (s, t) = (subject("s"), subject("t"));
        let done = tx.insert_versions(&[(&t, row(1, id)), (&s, row(1, id))]).await;
        assert!(matches!(done, Err(Error::Conflict(_))), "{done:?}");
        drop(tx);
        assert!(!store.read().await.unwrap().has_versions(&t, true).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn decisions_stand_on_versions_and_on_all_settings_that_may_hold() {
    on_each_database(async |store| {
        let scopes = ["s", "t", "", ":.ctx:", ":.ctx:s", ":.__GLOBAL:"];
        let mut tx = store.write().await.unwrap();
        for (n, scope) in scopes.iter().enumerate() {
            let config = Config { group: Some(n.to_string()), ..Config::default() };
            tx.put_config(&subject(scope), Some(&config)).await.unwrap();
        }
        tx.put_mode(&subject("u"), Some("IMPORT")).await.unwrap();
        let first = put(&mut tx, "s", 1, "one").await;
        let second = put(&mut tx, "s", 2, "two").await;
        put(&mut tx, ":.ctx:s", 1, "one").await;
        tx.soft_delete_version(&subject("s"), Version(1)).await.unwrap();
        tx.commit(change("schema.register", "s")).await.unwrap();

        let mut session = store.read().await.unwrap();
        let (s, u, there) = (subject("s"), subject("u"), subject(":.ctx:s"));
        let grounds = session.grounds([&s, &u, &there, &s]).await.unwrap();
        assert_eq!(grounds.versions(&s), [VersionRow { is_deleted: true, ..row(1, first) }, row(2, second)]);
        assert_eq!(grounds.versions(&there).len(), 1);
        assert!(grounds.versions(&u).is_empty() && grounds.versions(&subject("t")).is_empty());
        let groups = |scope: &SubjectName| {
            let group = |setting: &Setting| setting.config.as_ref().and_then(|config| config.group.clone());
            let groups: BTreeSet<_> = grounds.settings_around(scope).filter_map(group).collect();
            groups.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(groups(&s), ["0", "2", "5"]);
        assert_eq!(groups(&there), ["2", "3", "4", "5"]);
        assert_eq!(groups(&u), ["2", "5"]);
        assert!(grounds.settings_around(&u).any(|setting| setting.mode.as_deref() == Some("IMPORT")));
        assert!(session.grounds([]).await.unwrap().versions(&s).is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_content_comes_back_as_it_was_stored() {
    on_each_database(async |store| {
        put_now(store, "base", 1, "base").await;
        let mut full = content("text with 'quotes', \\ and ü 漢 🦀");
        full.references.push(Reference { name: "a.B".into(), subject: "base".into(), version: 1 });
        full.contract.metadata = Some(Metadata::default());
        let mut tx = store.write().await.unwrap();
        let targets = [(subject("base"), Version(1)), (subject("base"), Version(1))];
        let (id, is_new) = tx.insert_content(&default(), &full, &targets).await.unwrap();
        assert!(is_new);
        tx.put_version(&subject("s"), row(1, id)).await.unwrap();
        tx.commit(change("schema.register", "s")).await.unwrap();

        let mut session = store.read().await.unwrap();
        let stored = session.content(&default(), id).await.unwrap().unwrap();
        assert_eq!(stored, StoredSchema { id, ..full });
        let referrers = session.referrers(&subject("base"), Version(1), false, 10, 0).await.unwrap();
        assert_eq!(referrers, [id]);
        assert_eq!(session.contents_of(&subject("s")).await.unwrap(), [stored]);
    })
    .await;
}

#[tokio::test]
async fn soft_deleted_versions_hide_and_removed_ones_take_their_content_along() {
    on_each_database(async |store| {
        let id = put_now(store, "s", 1, "one").await;
        put_now(store, "s", 2, "two").await;
        let (name, before) = (subject("s"), store.purges());
        let mut tx = store.write().await.unwrap();
        tx.soft_delete_version(&name, Version(2)).await.unwrap();
        tx.commit(change("version.delete", "s")).await.unwrap();

        let mut session = store.read().await.unwrap();
        assert_eq!(session.latest(&name).await.unwrap(), Some(row(1, id)));
        let deleted: Vec<_> = session.versions(&name).await.unwrap().iter().map(|row| row.is_deleted).collect();
        assert_eq!(deleted, [false, true]);
        let two = content("two").fingerprint;
        assert_eq!(session.version_with(&name, two, false).await.unwrap(), None);
        assert!(session.version_with(&name, two, true).await.unwrap().is_some());
        assert_eq!(session.usages(&default(), SchemaId(2), false, None, 0).await.unwrap(), []);
        let all = default();
        let live = session.live_usages(&[1, 2, 99].map(|id| (&all, SchemaId(id)))).await.unwrap();
        assert_eq!(live, [((all.clone(), SchemaId(1)), vec![(name.clone(), Version(1))])].into());
        let with_deleted = session.usages(&default(), SchemaId(2), true, None, 0).await.unwrap();
        assert_eq!(with_deleted, [(name.clone(), Version(2))]);
        drop(session);
        assert_eq!(store.purges(), before);

        let mut tx = store.write().await.unwrap();
        tx.remove_version(&name, Version(2)).await.unwrap();
        tx.commit(change("version.purge", "s")).await.unwrap();
        assert_eq!(store.purges(), before + 1);
        let mut session = store.read().await.unwrap();
        assert_eq!(session.content(&default(), SchemaId(2)).await.unwrap(), None);
        drop(session);
        // The id is not handed out again.
        assert_eq!(put_now(store, "s", 2, "two").await, SchemaId(3));
    })
    .await;
}

#[tokio::test]
async fn what_is_referred_to_is_in_the_way() {
    on_each_database(async |store| {
        put_now(store, "base", 1, "base").await;
        let mut tx = store.write().await.unwrap();
        let targets = [(subject("base"), Version(1))];
        let (id, _) = tx.insert_content(&default(), &content("user"), &targets).await.unwrap();
        tx.put_version(&subject("user"), row(1, id)).await.unwrap();
        tx.commit(change("schema.register", "user")).await.unwrap();

        let base = subject("base");
        let mut tx = store.write().await.unwrap();
        let obstacle = tx.obstacle(&base, Some(Version(1)), false, false).await.unwrap().unwrap();
        assert_eq!((obstacle.version, obstacle.referrer.1), (Version(1), id));
        assert!(tx.obstacle(&base, None, false, true).await.unwrap().is_some());
        assert!(tx.obstacle(&base, Some(Version(2)), true, false).await.unwrap().is_none());
        tx.soft_delete_version(&subject("user"), Version(1)).await.unwrap();
        assert!(tx.obstacle(&base, Some(Version(1)), false, false).await.unwrap().is_none());
        assert!(tx.obstacle(&base, Some(Version(1)), true, false).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn names_sort_by_byte_and_prefixes_are_taken_literally() {
    on_each_database(async |store| {
        let names = ["b", "B", "a", "Z", "_x", "%y", "ä", "a_b", "axb", "0", ":.ctx:a", ":.ctx:_z"];
        for name in names {
            put_now(store, name, 1, "text").await;
        }
        let list = async |context: Option<&str>, prefix: &str| {
            let filter = Filter {
                context: context.map(|context| ContextName::parse(context).unwrap()),
                prefix: prefix.into(),
                live: true,
                ..Filter::default()
            };
            let subjects = store.read().await.unwrap().subjects(&filter).await.unwrap();
            subjects.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let mut sorted = names.to_vec();
        sorted.sort_unstable();
        assert_eq!(list(None, "").await, sorted);
        assert_eq!(list(Some("."), "a").await, ["a", "a_b", "axb"]);
        assert_eq!(list(Some("."), "a_").await, ["a_b"]);
        assert_eq!(list(Some("."), "%").await, ["%y"]);
        assert_eq!(list(None, "_").await, [":.ctx:_z", "_x"]);
        assert_eq!(list(Some(".ctx"), "").await, [":.ctx:_z", ":.ctx:a"]);
        assert_eq!(list(Some(".none"), "").await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn listings_come_in_windows() {
    on_each_database(async |store| {
        for version in 1..=3 {
            put_now(store, "a", version, &format!("text {version}")).await;
            put_now(store, "b", version, &format!("text {version}")).await;
        }
        let filter = Filter { live: true, limit: Some(3), offset: 2, ..Filter::default() };
        let mut session = store.read().await.unwrap();
        let listed = session.schemas(&filter, false).await.unwrap();
        let listed: Vec<_> = listed.iter().map(|(name, row, _)| (name.to_string(), row.version.0)).collect();
        assert_eq!(listed, [("a".into(), 3), ("b".into(), 1), ("b".into(), 2)]);
        let latest = session.schemas(&Filter { live: true, ..Filter::default() }, true).await.unwrap();
        let latest: Vec<_> = latest.iter().map(|(name, _, content)| (name.to_string(), &*content.text)).collect();
        assert_eq!(latest, [("a".into(), "text 3"), ("b".into(), "text 3")]);
    })
    .await;
}

#[tokio::test]
async fn a_listing_can_begin_behind_an_entry() {
    on_each_database(async |store| {
        for version in 1..=3 {
            put_now(store, "a", version, &format!("text {version}")).await;
            put_now(store, ":.ctx:b", version, &format!("text {version}")).await;
        }
        let mut session = store.read().await.unwrap();
        let mut listed = async |name: &str, version: Option<i32>, latest_only| {
            let after = Some((subject(name), version.map(Version)));
            let filter = Filter { live: true, after, ..Filter::default() };
            let schemas = session.schemas(&filter, latest_only).await.unwrap();
            let schemas: Vec<_> = schemas.iter().map(|(name, row, _)| format!("{name}/{}", row.version)).collect();
            let subjects = session.subjects(&filter).await.unwrap();
            (schemas.join(" "), subjects.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(listed(":.ctx:b", Some(2), false).await, (":.ctx:b/3 a/1 a/2 a/3".into(), "a".into()));
        assert_eq!(listed(":.ctx:b", None, false).await, ("a/1 a/2 a/3".into(), "a".into()));
        assert_eq!(listed(":.ctx:b", Some(3), true).await, ("a/3".into(), "a".into()));
        assert_eq!(listed("a", None, true).await, (String::new(), String::new()));
        assert_eq!(listed(":", None, true).await, (":.ctx:b/3 a/3".into(), ":.ctx:b a".into()));
    })
    .await;
}

#[tokio::test]
async fn a_subject_knows_its_latest_version() {
    on_each_database(async |store| {
        put_now(store, "s", 1, "one").await;
        put_now(store, "s", 2, "two").await;
        let latest = async |live, deleted| {
            let filter = Filter { live, deleted, ..Filter::default() };
            let mut session = store.read().await.unwrap();
            let glances = session.glances(&filter, None).await.unwrap();
            let listed = session.schemas(&Filter { live, ..filter.clone() }, true).await.unwrap();
            assert_eq!(session.subjects(&filter).await.unwrap().len(), glances.len());
            let glances: Vec<_> =
                glances.iter().map(|it| (it.latest.version.0, it.latest.is_deleted, it.versions)).collect();
            (glances, listed.iter().map(|(_, row, _)| row.version.0).collect::<Vec<_>>())
        };
        let delete = async |version, for_good: bool| {
            let (mut tx, version) = (store.write().await.unwrap(), Version(version));
            tx.lock_subjects(&[subject("s")]).await.unwrap();
            let deleted = if for_good {
                tx.remove_version(&subject("s"), version).await
            } else {
                tx.soft_delete_version(&subject("s"), version).await
            };
            deleted.unwrap();
            tx.commit(change("x", "s")).await.unwrap();
        };
        assert_eq!(latest(true, false).await, (vec![(2, false, 2)], vec![2]));
        delete(2, false).await;
        assert_eq!(latest(true, false).await, (vec![(1, false, 1)], vec![1]));
        assert_eq!(latest(true, true).await, (vec![(1, false, 1)], vec![2]), "latest among those that show");
        delete(1, false).await;
        assert_eq!(latest(true, false).await, (vec![], vec![]));
        assert_eq!(latest(false, true).await.0, [(2, true, 2)]);
        delete(2, true).await;
        assert_eq!(latest(false, true).await.0, [(1, true, 1)]);
        delete(1, true).await;
        assert_eq!(latest(true, true).await, (vec![], vec![]), "what is left is a lock");
        put_now(store, "s", 3, "three").await;
        assert_eq!(latest(true, false).await, (vec![(3, false, 1)], vec![3]));
    })
    .await;
}

#[tokio::test]
async fn settings_are_kept_per_scope_and_swept_when_empty() {
    on_each_database(async |store| {
        let (name, context) = (subject("s"), SubjectName::new(default(), ""));
        let config = Config { level: Some(CompatibilityLevel::Full), alias: Some("t".into()), ..Config::default() };
        let mut tx = store.write().await.unwrap();
        tx.put_config(&name, Some(&config)).await.unwrap();
        tx.put_mode(&name, Some("READONLY")).await.unwrap();
        tx.put_mode(&context, Some("IMPORT")).await.unwrap();
        tx.put_config(&subject(":.other:s"), Some(&config)).await.unwrap();
        tx.commit(change("config.set", "s")).await.unwrap();

        let mut session = store.read().await.unwrap();
        let mut around = session.settings_around(&name).await.unwrap();
        around.sort_by_key(|setting| setting.scope.to_string());
        assert_eq!(around.len(), 2);
        assert_eq!((&around[0].config, around[0].mode.as_deref()), (&None, Some("IMPORT")));
        assert_eq!((&around[1].config, around[1].mode.as_deref()), (&Some(config), Some("READONLY")));
        let aliases = session.aliases().await.unwrap();
        assert_eq!(aliases, [(name.clone(), "t".into()), (subject(":.other:s"), "t".into())]);
        drop(session);

        let mut tx = store.write().await.unwrap();
        tx.clear_modes(&default()).await.unwrap();
        tx.put_config(&name, None).await.unwrap();
        let around = tx.settings_around(&name).await.unwrap();
        assert_eq!(around.len(), 1);
        assert_eq!(around[0].scope, context);
    })
    .await;
}

#[tokio::test]
async fn a_change_is_audited_and_counted_or_it_never_was() {
    on_each_database(async |store| {
        let before = store.revision();
        let mut tx = store.write().await.unwrap();
        put(&mut tx, "s", 1, "text").await;
        drop(tx);
        assert_eq!(store.revision(), before);
        assert!(!store.read().await.unwrap().has_versions(&subject("s"), true).await.unwrap());
        // Not even the id was used up.
        assert_eq!(put_now(store, "s", 1, "text").await, SchemaId(1));
        assert_eq!(store.revision(), before + 1);

        let audit = store.read().await.unwrap().audit(0, 10).await.unwrap();
        assert_eq!(audit.len(), 1);
        let entry = &audit[0];
        assert_eq!((entry.revision, entry.at, entry.action.as_str()), (before + 1, 7, "schema.register"));
        assert_eq!((entry.actor.as_str(), entry.origin.as_str()), ("ann", "127.0.0.1"));
        assert_eq!((&entry.subject, entry.after.as_deref()), (&subject("s"), Some("{}")));
    })
    .await;
}

#[tokio::test]
async fn a_broken_constraint_is_a_conflict() {
    on_each_database(async |store| {
        let mut tx = store.write().await.unwrap();
        let done = tx.put_version(&subject("s"), row(1, SchemaId(404))).await;
        assert!(matches!(done, Err(Error::Conflict(_))), "{done:?}");
        drop(tx);
        put_now(store, "s", 1, "text").await;
        let mut tx = store.write().await.unwrap();
        let taken = tx.import_content(&default(), SchemaId(1), &content("other"), &[]).await.unwrap();
        assert!(!taken, "an id that is taken stays as it is");
        assert!(tx.import_content(&default(), SchemaId(9), &content("other"), &[]).await.unwrap());
        assert_eq!(tx.last_id(&default()).await.unwrap(), 9);
    })
    .await;
}

#[tokio::test]
async fn nul_is_refused_before_it_reaches_sql() {
    on_each_database(async |store| {
        let bad = subject("a\0b");
        let mut session = store.read().await.unwrap();
        assert!(matches!(session.versions(&bad).await, Err(Error::NulInText)));
        assert!(matches!(session.topic_edges("a\0", None).await, Err(Error::NulInText)));
        drop(session);
        let mut tx = store.write().await.unwrap();
        assert!(matches!(tx.lock_subjects(std::slice::from_ref(&bad)).await, Err(Error::NulInText)));
        assert!(matches!(tx.insert_content(&default(), &content("a\0"), &[]).await, Err(Error::NulInText)));
        assert!(matches!(tx.put_config(&bad, Some(&Config::default())).await, Err(Error::NulInText)));
    })
    .await;
}

fn topic(id: &str, namespace: &str, name: &str) -> Resource {
    Resource { kind: "topic".into(), id: id.into(), namespace: namespace.into(), name: name.into() }
}

fn associated(resource: &Resource, kind: &str, name: &str, lifecycle: &str) -> AssociationRow {
    AssociationRow {
        resource: resource.clone(),
        kind: kind.into(),
        subject: subject(name),
        lifecycle: lifecycle.into(),
        guid: format!("{} {kind}", resource.id),
        created_at: 1,
        updated_at: 2,
    }
}

const EVERY_TOPIC: fn() -> AssociationFilter =
    || AssociationFilter { resource: "topic".into(), keys: true, values: true, lifecycle: None };

#[tokio::test]
async fn associations_are_kept_per_resource_and_found_from_both_ends() {
    on_each_database(async |store| {
        let (orders, stock) = (topic("1", "main", "orders"), topic("2", "other", "stock"));
        let rows = [
            associated(&orders, "key", ":.ctx:b", "WEAK"),
            associated(&orders, "value", "a", "WEAK"),
            associated(&stock, "value", "a", "STRONG"),
        ];
        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.lock_resource(&orders).await.unwrap(), orders);
        assert_eq!(tx.lock_resource(&topic("1", "new", "name")).await.unwrap(), orders, "the id has a name already");
        tx.lock_resource(&stock).await.unwrap();
        for row in &rows {
            tx.put_association(row).await.unwrap();
        }
        tx.commit_all(vec![change("association.create", "a"), change("association.create", "b")]).await.unwrap();

        let mut session = store.read().await.unwrap();
        let mut found = async |of: AssociationsOf, filter: AssociationFilter| {
            session.associations(&of, &filter, None, 0).await.unwrap()
        };
        let named = |namespace: Option<&str>, name: Option<&str>| AssociationsOf::ResourceName {
            namespace: namespace.map(Into::into),
            name: name.map(Into::into),
        };
        assert_eq!(found(named(None, None), EVERY_TOPIC()).await, rows);
        assert_eq!(found(named(None, Some("orders")), EVERY_TOPIC()).await, rows[..2]);
        assert_eq!(found(named(Some("other"), Some("orders")), EVERY_TOPIC()).await, []);
        assert_eq!(found(named(Some("other"), None), EVERY_TOPIC()).await, rows[2..]);
        assert_eq!(found(AssociationsOf::ResourceId("1".into()), EVERY_TOPIC()).await, rows[..2]);
        assert_eq!(found(AssociationsOf::Subject(subject("a")), EVERY_TOPIC()).await, rows[1..]);
        let keys = AssociationFilter { values: false, ..EVERY_TOPIC() };
        assert_eq!(found(named(None, None), keys).await, rows[..1]);
        let weak = AssociationFilter { lifecycle: Some("WEAK".into()), ..EVERY_TOPIC() };
        assert_eq!(found(AssociationsOf::Subject(subject("a")), weak).await, rows[1..2]);
        let tables = AssociationFilter { resource: "table".into(), ..EVERY_TOPIC() };
        assert_eq!(found(named(None, None), tables).await, []);
        let page = session.associations(&named(None, None), &EVERY_TOPIC(), Some(1), 1).await.unwrap();
        assert_eq!(page, rows[1..2]);
        let between = session.associations_between(&default(), ("a", "b"), &EVERY_TOPIC()).await.unwrap();
        assert_eq!(between, rows[1..]);
        assert_eq!(session.lifecycle_of(&subject("a")).await.unwrap().as_deref(), Some("STRONG"));
        assert_eq!(session.lifecycle_of(&subject("b")).await.unwrap(), None);
        assert_eq!(session.resource("topic", "main", "orders").await.unwrap(), Some(orders.clone()));
        let audit = session.audit(0, 10).await.unwrap();
        assert_eq!(audit.iter().map(|entry| entry.revision).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(store.revision(), 2);
        drop(session);

        let mut tx = store.write().await.unwrap();
        tx.forget_resource(&orders).await.unwrap();
        tx.remove_association(&orders, "key").await.unwrap();
        assert!(tx.resource("topic", "main", "orders").await.unwrap().is_some(), "it has one left");
        tx.remove_association(&orders, "value").await.unwrap();
        tx.forget_resource(&orders).await.unwrap();
        assert_eq!(tx.resource("topic", "main", "orders").await.unwrap(), None);
        let taken = tx.lock_resource(&topic("3", "other", "stock")).await;
        assert!(matches!(taken, Err(Error::Conflict(_))), "a name has one id: {taken:?}");
    })
    .await;
}

#[tokio::test]
async fn writers_of_one_subject_wait_for_each_other() {
    on_each_database(async |store| {
        let tasks: Vec<_> = (0..24)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move {
                    let name = subject("s");
                    let mut tx = store.write().await.unwrap();
                    tx.lock_subjects(std::slice::from_ref(&name)).await.unwrap();
                    let next = tx.versions(&name).await.unwrap().last().map_or(1, |row| row.version.0 + 1);
                    put(&mut tx, "s", next, &format!("text {n}")).await;
                    tx.commit(change("schema.register", "s")).await.unwrap()
                })
            })
            .collect();
        let mut revisions = Vec::new();
        for task in tasks {
            revisions.push(task.await.unwrap());
        }
        revisions.sort_unstable();
        assert_eq!(revisions, (1..=24).collect::<Vec<_>>());
        let rows = store.read().await.unwrap().versions(&subject("s")).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.version.0).collect::<Vec<_>>(), (1..=24).collect::<Vec<_>>());
        let mut ids: Vec<_> = rows.iter().map(|row| row.id.0).collect();
        ids.sort_unstable();
        assert_eq!(ids, (1..=24).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn a_file_is_opened_again_with_all_that_was_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("tidegate.db").display());
    let store = Store::open(&url).await.unwrap();
    put_now(&store, "s", 1, "text").await;
    store.close().await;
    let store = Store::open(&url).await.unwrap();
    assert_eq!(store.revision(), 1);
    assert!(store.read().await.unwrap().has_versions(&subject("s"), false).await.unwrap());
    assert_eq!(put_now(&store, "s", 2, "more").await, SchemaId(2));
}

#[tokio::test]
async fn tokens_are_kept_by_name_and_hash() {
    on_each_database(async |store| {
        let token = |name: &str, hash: &str| TokenRow {
            name: name.into(),
            hash: hash.into(),
            grants: r#"["read"]"#.into(),
            created_at: 5,
            created_by: "ann".into(),
            expires_at: Some(i64::MAX),
            used_at: None,
        };
        let add = async |row: TokenRow| {
            let mut tx = store.write().await.unwrap();
            tx.add_token(&row).await?;
            tx.commit(change("token.create", "")).await
        };
        add(token("b", "22")).await.unwrap();
        add(token("a", "11")).await.unwrap();
        assert!(matches!(add(token("a", "33")).await, Err(Error::Conflict(_))), "the name is taken");
        assert!(matches!(add(token("c", "11")).await, Err(Error::Conflict(_))), "no two tokens are the same");
        assert!(matches!(add(token("\0", "44")).await, Err(Error::NulInText)));
        let mut tx = store.write().await.unwrap();
        for at in [9, 7] {
            tx.note_use("11", at).await.unwrap();
        }
        assert!(tx.remove_token("b").await.unwrap() && !tx.remove_token("b").await.unwrap());
        tx.commit_unrecorded().await.unwrap();
        let found = store.read().await.unwrap().tokens().await.unwrap();
        assert_eq!(found, [TokenRow { used_at: Some(9), ..token("a", "11") }]);
    })
    .await;
}

#[tokio::test]
async fn policies_are_kept_in_order_with_every_version_that_they_had() {
    on_each_database(async |store| {
        let row = |name: &str, position: i64, version: i64| PolicyRow {
            policy: TopicPolicy::new(name, "orders.*"),
            position,
            version,
            changed_at: 5,
            changed_by: "ann".into(),
        };
        let put = async |row: PolicyRow| {
            let mut tx = store.write().await.unwrap();
            tx.lock_policies().await.unwrap();
            assert_eq!(tx.last_policy_version(&row.policy.name).await.unwrap(), row.version - 1);
            tx.put_policy(&row).await?;
            tx.commit(change("policy.put", "")).await
        };
        for kept in [row("b", 1, 1), row("a", 2, 1), row("a", 1, 2), row("B", 1, 1)] {
            put(kept).await.unwrap();
        }
        let mut session = store.read().await.unwrap();
        assert_eq!(session.policies().await.unwrap(), [row("B", 1, 1), row("a", 1, 2), row("b", 1, 1)]);
        assert_eq!(session.policy("a").await.unwrap(), Some(row("a", 1, 2)));
        assert_eq!(session.policy_revision().await.unwrap(), 4);
        drop(session);
        let gone = PolicyVersionRow { version: 3, position: 1, policy: None, changed_at: 6, changed_by: "ann".into() };
        let mut tx = store.write().await.unwrap();
        tx.remove_policy("a", &gone).await.unwrap();
        tx.commit_unrecorded().await.unwrap();
        let mut session = store.read().await.unwrap();
        assert_eq!(session.policy("a").await.unwrap(), None);
        let history = session.policy_history("a", i64::MAX, 2).await.unwrap();
        assert_eq!((&history[0], history[1].version, history.len()), (&gone, 2, 2));
        assert_eq!(session.policy_history("a", 2, 9).await.unwrap().len(), 1);
    })
    .await;
}

/// Where the process that is to be killed writes to.
const VICTIM: &str = "TIDEGATE_TEST_VICTIM";

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("tidegate.db").display());
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writes_until_it_is_killed", "--ignored", "--nocapture"])
        .env(VICTIM, &url)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines().map(Result::unwrap);
    let acknowledged = lines.filter_map(|line| line.strip_prefix("stored ")?.parse::<i32>().ok()).nth(29).unwrap();
    victim.kill().unwrap();
    victim.wait().unwrap();

    let store = Store::open(&url).await.unwrap();
    let rows = store.read().await.unwrap().versions(&subject("s")).await.unwrap();
    let versions: Vec<_> = rows.iter().map(|row| row.version.0).collect();
    assert!(versions.len() >= 30 && versions.contains(&acknowledged), "{acknowledged} of {versions:?}");
    assert_eq!(u64::try_from(versions.len()).unwrap(), store.revision(), "each with its audit row and revision");
}

#[tokio::test]
#[ignore = "the process that another test kills"]
async fn writes_until_it_is_killed() {
    let Ok(url) = std::env::var(VICTIM) else { return };
    let store = Store::open(&url).await.unwrap();
    for version in 1.. {
        put_now(&store, "s", version, &format!("text {version}")).await;
        // The first line follows the harness's own words on the same one.
        println!("\nstored {version}");
    }
}

#[tokio::test]
async fn what_can_not_be_opened_says_why_and_never_shows_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "this is no database, but long enough to look like something else entirely").unwrap();
    let shown = |path: &std::path::Path| format!("sqlite://{}", path.display());
    let cases = [
        ("mysql://u:secret@h/db".to_owned(), "'mysql:' is not a known kind of database"),
        ("nothing".to_owned(), "a database URL looks like"),
        ("postgres://u:secret@127.0.0.1:1/db".to_owned(), "PostgreSQL at 127.0.0.1:1, database 'db', user 'u'"),
        ("postgres://u:secret@[bad/db".to_owned(), "can't be read"),
        (shown(&file), "not a database"),
        (shown(&file.join("below/a.db")), "can't be made"),
        (shown(folder.path()), "this is a folder"),
    ];
    for (url, expected) in cases {
        let message = Store::open(&url).await.unwrap_err().to_string();
        assert!(message.contains(expected), "{url}: {message}");
        assert!(!message.contains("secret"), "{message}");
    }
}
