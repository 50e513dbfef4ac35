//! Does the catalogue follow the registry by one step after the other, whoever takes them?

use std::collections::BTreeMap;

use tidegate_compat::{SchemaId, SchemaKind};
use tidegate_store::{
    CatalogueEntry, CatalogueOrder, CatalogueState, Clause, Condition, Search, Session, Store, WordPlace,
};

use crate::databases::on_each_database;
use crate::subject;

fn entry(name: &str, field: &str) -> CatalogueEntry {
    CatalogueEntry {
        subject: subject(name),
        id: SchemaId(1),
        is_deleted: false,
        stored_at: 7,
        versions: 1,
        kind: SchemaKind::Avro,
        owner: String::new(),
        level: String::new(),
        level_inherits: true,
        mode: String::new(),
        mode_inherits: true,
        words: BTreeMap::from([((WordPlace::Field, field.to_owned()), field.to_owned())]),
    }
}

async fn found(session: &mut Session, any: Condition) -> Vec<String> {
    let search = Search {
        clauses: vec![Clause { any: vec![any], is_negated: false }],
        live: true,
        deleted: false,
        reach: None,
        default_level: "BACKWARD",
        default_mode: "READWRITE",
        order: CatalogueOrder::Name,
        is_descending: false,
    };
    let found = session.search(&search, None, 10).await.unwrap();
    found.into_iter().map(|found| found.subject.to_string()).collect()
}

async fn step(store: &Store, from: &CatalogueState, to: &CatalogueState, entries: &[CatalogueEntry]) -> Option<i64> {
    let mut tx = store.write().await.unwrap();
    let first = tx.move_catalogue(from, to, entries.len()).await.unwrap();
    if let Some(first) = first {
        let subjects: Vec<_> = entries.iter().map(|entry| entry.subject.clone()).collect();
        tx.uncatalogue(&subjects).await.unwrap();
        tx.catalogue(first, entries).await.unwrap();
    }
    tx.commit_unrecorded().await.unwrap();
    first
}

#[tokio::test]
async fn of_two_who_take_the_same_step_one_finds_it_taken() {
    on_each_database(async |store| {
        let at = |revision, walked: Option<&str>| CatalogueState { revision, walked: walked.map(str::to_owned) };
        let begun = at(None, Some(""));
        assert_eq!(store.read().await.unwrap().catalogue_state().await.unwrap(), begun);
        // A subject may have any name: the walk has come to one that could stand for its end.
        let walking = at(Some(3), Some("-"));
        assert_eq!(step(store, &begun, &walking, &[entry("a", "x"), entry("-", "y")]).await, Some(1));
        assert_eq!(step(store, &begun, &walking, &[entry("a", "x")]).await, None);
        assert_eq!(step(store, &at(Some(3), None), &at(Some(4), None), &[]).await, None, "the walk goes on");
        assert_eq!(step(store, &walking, &at(Some(3), None), &[entry("b", "x")]).await, Some(3));
        assert_eq!(step(store, &walking, &at(Some(3), None), &[entry("b", "x")]).await, None, "it has ended");

        // What is taken up anew is found by what it has become.
        let mut session = store.read().await.unwrap();
        assert_eq!(found(&mut session, Condition::Field("x".into(), false)).await, ["a", "b"]);
        drop(session);
        assert_eq!(step(store, &at(Some(3), None), &at(Some(4), None), &[entry("a", "z")]).await, Some(4));
        let mut session = store.read().await.unwrap();
        assert_eq!(found(&mut session, Condition::Field("x".into(), false)).await, ["b"]);
        assert_eq!(found(&mut session, Condition::Field("z".into(), true)).await, ["a"]);
        assert_eq!(session.catalogue_counts().await.unwrap().0, 3);
    })
    .await;
}
