//! Mode IMPORT: taking over another registry's ids.

use tidegate_registry::{Candidate, Error, Mode};

use crate::house::{ann, on_each_database, record, reference, scope, strict_record, subject, text_of};

fn as_is(id: i32, version: i32, text: &str) -> Candidate {
    Candidate { id: Some(id), version: Some(version), ..text_of(text) }
}

#[tokio::test]
async fn ids_and_versions_are_taken_as_they_come() {
    on_each_database(async |house| {
        house.set_mode("s", Mode::Import).await;
        assert_eq!(house.register("s", as_is(100, 5, &record(&["x"]))).await, (5, 100));
        assert_eq!(house.register("s", as_is(50, 3, &strict_record(&["q"]))).await, (3, 50), "nothing is checked");
        assert_eq!(house.register("s", as_is(101, 0, &record(&["x"]))).await, (6, 101), "one content, two ids");
        assert_eq!(house.register("s", as_is(101, 0, &record(&["x"]))).await, (6, 101), "again changes nothing");
        let error = house.try_register("s", as_is(100, 9, &record(&["y"]))).await.unwrap_err();
        assert!(matches!(error, Error::IdTaken(id) if id.0 == 100), "{error}");
        let error = house.try_register("s", text_of(&record(&["y"]))).await.unwrap_err();
        assert!(matches!(error, Error::IdMissing { .. }), "{error}");
        // Ids go on above what was imported.
        assert_eq!(house.registry.max_id(subject("s").context()).await.unwrap(), 101);
        assert_eq!(house.register("t", record(&["y"])).await, (1, 102));
    })
    .await;
}

#[tokio::test]
async fn a_version_can_be_imported_over() {
    on_each_database(async |house| {
        house.set_mode("s", Mode::Import).await;
        house.register("s", as_is(1, 1, &record(&["x"]))).await;
        let before = house.registry.by_id(tidegate_compat::SchemaId(1), None).await.unwrap();
        assert_eq!(before.version.0, 1);
        assert_eq!(house.register("s", as_is(2, 1, &record(&["y"]))).await, (1, 2));
        let gone = house.registry.by_id(tidegate_compat::SchemaId(1), None).await;
        assert!(matches!(gone, Err(Error::SchemaNotFound)), "nobody has the old content any more");
        assert_eq!(house.register("s", as_is(1, 2, &record(&["z"]))).await, (2, 1), "and so its id is free");
        let after = house.registry.by_id(tidegate_compat::SchemaId(1), None).await.unwrap();
        assert_eq!(&*after.schema.text, record(&["z"]).as_str());
    })
    .await;
}

#[tokio::test]
async fn ids_are_for_import_only_but_a_known_one_is_no_news() {
    on_each_database(async |house| {
        house.register("s", record(&["x"])).await;
        assert_eq!(house.register("s", as_is(1, 0, &record(&["x"]))).await, (1, 1));
        assert_eq!(house.register("s", as_is(1, 1, &record(&["x"]))).await, (1, 1));
        let error = house.try_register("s", as_is(9, 0, &record(&["x"]))).await.unwrap_err();
        assert!(matches!(error, Error::IdOutsideImport { .. }), "{error}");
    })
    .await;
}

#[tokio::test]
async fn import_begins_with_an_empty_scope_or_by_force() {
    on_each_database(async |house| {
        let switch =
            async |name: &str, force| house.registry.set_mode(&ann(), &scope(name), Some(Mode::Import), force).await;
        house.register("base", r#"{"type":"record","name":"a.Base","fields":[]}"#).await;
        let user = r#"{"type":"record","name":"a.User","fields":[{"name":"base","type":"a.Base"}]}"#;
        house.register("user", Candidate { references: vec![reference("a.Base", "base", 1)], ..text_of(user) }).await;
        assert!(matches!(switch("", false).await, Err(Error::NotEmptyForImport(_))));
        assert!(matches!(switch("user", false).await, Err(Error::NotEmptyForImport(_))));
        switch("other", false).await.unwrap();
        switch(":.ctx:", false).await.unwrap();

        house.delete_all("user", false).await.unwrap();
        house.delete_all("base", false).await.unwrap();
        assert!(matches!(switch("base", false).await, Err(Error::ReferenceExists { .. })));
        switch("user", false).await.unwrap();
        let gone = house.registry.by_id(tidegate_compat::SchemaId(2), None).await;
        assert!(matches!(gone, Err(Error::SchemaNotFound)), "what was soft-deleted is gone for good");
        house.register("live", "\"string\"").await;
        switch("", true).await.unwrap();
        assert!(house.latest("live").await.is_ok(), "force removes nothing");
    })
    .await;
}
