//! Registering: identity, ids, versions, and what is refused.

use tidegate_compat::CompatibilityLevel;
use tidegate_registry::{Candidate, Error, Mode};

use crate::house::{ann, on_each_database, record, strict_record, subject, text_of};

#[tokio::test]
async fn the_same_schema_is_registered_once_however_it_is_spaced() {
    on_each_database(async |house| {
        assert_eq!(house.register("s", r#"{"type" : "string"}"#).await, (1, 1));
        assert_eq!(house.register("s", "\"string\"").await, (1, 1));
        assert_eq!(house.register("s", " \n{\"type\":\"string\"} ").await, (1, 1));
        assert_eq!(house.audit().await.len(), 1, "finding something is no change");
    })
    .await;
}

#[tokio::test]
async fn a_content_has_one_id_in_all_subjects_and_each_subject_counts_its_versions() {
    on_each_database(async |house| {
        assert_eq!(house.register("a", record(&["x"])).await, (1, 1));
        assert_eq!(house.register("a", record(&["x", "y"])).await, (2, 2));
        assert_eq!(house.register("b", record(&["x", "y"])).await, (1, 2));
        assert_eq!(house.register("b", record(&["x"])).await, (2, 1));
        assert_eq!(house.register("b", record(&["z"])).await, (3, 3));
    })
    .await;
}

#[tokio::test]
async fn a_change_is_written_down_with_who_and_what() {
    on_each_database(async |house| {
        house.register("s", record(&["x"])).await;
        let stored = house.try_register("s", text_of(&record(&["x", "y"]))).await.unwrap();
        let audit = house.audit().await;
        let entry = &audit[1];
        assert_eq!((entry.actor.as_str(), entry.origin.as_str()), ("ann", "127.0.0.1"));
        assert_eq!((entry.action.as_str(), &entry.subject), ("schema.register", &subject("s")));
        assert_eq!(entry.before.as_deref(), Some(r#"{"version":1,"id":1}"#));
        let after = format!(r#"{{"version":2,"id":2,"guid":"{}"}}"#, stored.schema.fingerprint);
        assert_eq!(entry.after.as_deref(), Some(after.as_str()));
        assert_eq!(entry.revision, house.registry.revision());
    })
    .await;
}

#[tokio::test]
async fn an_incompatible_schema_is_refused_with_what_it_was_compared_with() {
    on_each_database(async |house| {
        house.register("s", strict_record(&["x"])).await;
        let error = house.try_register("s", text_of(&strict_record(&["x", "y"]))).await.unwrap_err();
        let Error::Incompatible { subject: of, verdict, compared } = error else { panic!("{error}") };
        assert_eq!(of, subject("s"));
        assert!(!verdict.is_compatible());
        assert_eq!(compared.version.map(|version| version.0), Some(1));
        assert_eq!(compared.text.as_deref(), Some(strict_record(&["x"]).as_str()));
        assert_eq!(compared.level, CompatibilityLevel::Backward);
        assert_eq!(house.audit().await.len(), 1);
        // The refused content used up no id.
        assert_eq!(house.register("t", "\"long\"").await, (1, 2));
    })
    .await;
}

#[tokio::test]
async fn a_soft_deleted_schema_comes_back_with_its_id_and_a_new_version() {
    on_each_database(async |house| {
        house.register("s", record(&["x"])).await;
        house.register("s", record(&["x", "y"])).await;
        house.delete_all("s", false).await.unwrap();
        assert_eq!(house.register("s", record(&["x"])).await, (3, 1));
        assert_eq!(house.register("s", record(&["x", "y"])).await, (4, 2));
        // The old records with these ids went away.
        let rows = house.store.read().await.unwrap().versions(&subject("s")).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.version.0).collect::<Vec<_>>(), [3, 4]);
    })
    .await;
}

#[tokio::test]
async fn what_was_removed_for_good_gets_a_new_id_and_versions_start_again() {
    on_each_database(async |house| {
        house.register("s", record(&["x"])).await;
        house.register("s", record(&["x", "y"])).await;
        house.delete("s", 2, false).await.unwrap();
        house.delete("s", 2, true).await.unwrap();
        assert_eq!(house.register("s", record(&["x", "y"])).await, (2, 3), "the number of the version is free again");
        house.delete_all("s", false).await.unwrap();
        house.delete_all("s", true).await.unwrap();
        assert_eq!(house.register("s", record(&["x"])).await, (1, 4));
    })
    .await;
}

#[tokio::test]
async fn a_version_can_be_asked_for_as_compare_and_set() {
    on_each_database(async |house| {
        let at = |version| Candidate { version: Some(version), ..text_of(&record(&["x"])) };
        assert_eq!(house.register("s", at(1)).await, (1, 1));
        let error = house.try_register("s", at(3)).await.unwrap_err();
        assert!(matches!(&error, Error::WrongVersion { given: 3, next } if next.0 == 2), "{error}");
        // Whatever is less than nothing is the next one.
        assert_eq!(house.register("s", Candidate { version: Some(-7), ..text_of(&record(&["x", "y"])) }).await.1, 2);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_schema_is_refused_before_anything_else_is_looked_at() {
    on_each_database(async |house| {
        house.set_mode("s", Mode::ReadOnly).await;
        let error = house.try_register("s", text_of("{\"type\":\"nonsense\"}")).await.unwrap_err();
        assert!(matches!(error, Error::Malformed(_)), "{error}");
        let error = house.try_register("s", text_of("\"string\"")).await.unwrap_err();
        assert!(matches!(error, Error::NotPermitted { mode: Mode::ReadOnly, .. }), "{error}");
        let error = house.try_register("free", Candidate::default()).await.unwrap_err();
        assert!(matches!(error, Error::EmptySchema), "{error}");
        let error = house.try_register("free", text_of("\"str\0ing\"")).await.unwrap_err();
        assert!(matches!(error, Error::NulInText), "{error}");
        for name in ["__GLOBAL", "__EMPTY", "a\nb", "a\0b", ":.__GLOBAL:x"] {
            let error = house.try_register(name, text_of("\"string\"")).await.unwrap_err();
            assert!(matches!(error, Error::InvalidSubject(_)), "{name:?}: {error}");
        }
    })
    .await;
}

#[tokio::test]
async fn new_schemas_are_read_strictly_unless_configured_otherwise() {
    on_each_database(async |house| {
        let bad_default = r#"{"type":"record","name":"R","fields":[{"name":"n","type":"int","default":"x"}]}"#;
        let error = house.try_register("s", text_of(bad_default)).await.unwrap_err();
        assert!(matches!(error, Error::Malformed(_)), "{error}");
        let patch = tidegate_registry::ConfigPatch { validate_new_schemas: Some(Some(false)), ..Default::default() };
        house.registry.set_config(&ann(), &crate::house::scope("s"), patch).await.unwrap();
        assert_eq!(house.register("s", bad_default).await, (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_text_left_out_is_that_of_the_latest_version() {
    on_each_database(async |house| {
        house.register("s", record(&["x"])).await;
        assert_eq!(house.register("s", Candidate::default()).await, (1, 1));
    })
    .await;
}

#[tokio::test]
async fn with_normalization_order_of_attributes_does_not_matter() {
    on_each_database(async |house| {
        let one = r#"{"type":"record","name":"R","b":1,"a":2,"fields":[]}"#;
        let other = r#"{"type":"record","name":"R","a":2,"b":1,"fields":[]}"#;
        let register = async |name: &str, text: &str| {
            let stored = house.registry.register(&ann(), &subject(name), text_of(text), true).await.unwrap();
            crate::house::numbers(&stored)
        };
        assert_eq!(register("s", one).await, (1, 1));
        assert_eq!(register("s", other).await, (1, 1));
    })
    .await;
}

#[tokio::test]
async fn strange_names_are_good_names() {
    on_each_database(async |house| {
        for name in ["with/slash", "per%cent", "a b", "Größe-漢字🦀", "*", "", "a:b", "'; DROP TABLE versions; --"]
        {
            let stored = house.try_register(name, text_of("\"string\"")).await.unwrap();
            assert_eq!((stored.version.0, stored.schema.id.0), (1, 1), "{name}");
            assert_eq!(house.latest(name).await.unwrap(), stored);
        }
    })
    .await;
}
