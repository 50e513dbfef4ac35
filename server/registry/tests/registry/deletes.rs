//! Deleting: softly, for good, and what is in the way.

use tidegate_compat::VersionSpec;
use tidegate_registry::{Candidate, ConfigPatch, Error, Mode};

use crate::house::{ann, on_each_database, record, reference, scope, subject, text_of};

#[tokio::test]
async fn a_version_goes_softly_first_and_then_for_good() {
    on_each_database(async |house| {
        house.register("s", record(&["x"])).await;
        house.register("s", record(&["x", "y"])).await;
        assert!(matches!(house.delete("s", 2, true).await, Err(Error::VersionNotSoftDeleted { .. })));
        assert_eq!(house.delete("s", 2, false).await.unwrap(), 2);
        assert!(matches!(house.delete("s", 2, false).await, Err(Error::VersionSoftDeleted { .. })));
        assert_eq!(house.delete("s", 2, true).await.unwrap(), 2);
        assert!(matches!(house.delete("s", 2, false).await, Err(Error::VersionNotFound { .. })));
        assert!(matches!(house.delete("never", 1, false).await, Err(Error::SubjectNotFound(_))));
        let latest = house.registry.delete_version(&ann(), &subject("s"), VersionSpec::Latest, false).await.unwrap();
        assert_eq!(latest.0, 1);
    })
    .await;
}

#[tokio::test]
async fn a_subject_goes_softly_first_and_then_for_good() {
    on_each_database(async |house| {
        house.register("s", record(&["x"])).await;
        house.register("s", record(&["x", "y"])).await;
        house.delete("s", 1, false).await.unwrap();
        assert!(matches!(house.delete_all("s", true).await, Err(Error::SubjectNotSoftDeleted(_))));
        assert_eq!(house.delete_all("s", false).await.unwrap(), [2], "only the live ones are told");
        assert!(matches!(house.delete_all("s", false).await, Err(Error::SubjectSoftDeleted(_))));
        assert_eq!(house.delete_all("s", true).await.unwrap(), [1, 2]);
        assert!(matches!(house.delete_all("s", true).await, Err(Error::SubjectNotFound(_))));
    })
    .await;
}

#[tokio::test]
async fn settings_go_with_the_last_version_but_not_softly() {
    on_each_database(async |house| {
        house.register("s", record(&["x"])).await;
        house.set_level("s", tidegate_compat::CompatibilityLevel::Full).await;
        house.set_mode("s", Mode::ReadWrite).await;
        house.delete_all("s", false).await.unwrap();
        assert!(house.registry.config(&scope("s"), false).await.is_ok());
        house.delete("s", 1, true).await.unwrap();
        assert!(matches!(house.registry.config(&scope("s"), false).await, Err(Error::ConfigNotFound(_))));
        assert!(matches!(house.registry.mode(&scope("s"), false).await, Err(Error::ModeNotFound(_))));
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_is_told_before_what_is_forbidden() {
    on_each_database(async |house| {
        house.register("s", record(&["x"])).await;
        house.set_mode("", Mode::ReadOnly).await;
        assert!(matches!(house.delete_all("never", false).await, Err(Error::SubjectNotFound(_))));
        assert!(matches!(house.delete("s", 9, false).await, Err(Error::VersionNotFound { .. })));
        assert!(matches!(house.delete_all("s", false).await, Err(Error::NotPermitted { .. })));
        assert!(matches!(house.delete("s", 1, false).await, Err(Error::NotPermitted { .. })));
        let patch = ConfigPatch::default();
        let error = house.registry.set_config(&ann(), &scope("s"), patch).await.unwrap_err();
        assert!(matches!(error, Error::NotPermitted { .. }), "{error}");
        house.set_mode("", Mode::ReadWrite).await;
        house.delete_all("s", false).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_others_stand_on_stays() {
    on_each_database(async |house| {
        house.register("base", r#"{"type":"record","name":"a.Base","fields":[]}"#).await;
        let user = r#"{"type":"record","name":"a.User","fields":[{"name":"base","type":"a.Base"}]}"#;
        let user = Candidate { references: vec![reference("a.Base", "base", 1)], ..text_of(user) };
        house.register("user", user).await;

        let error = house.delete("base", 1, false).await.unwrap_err();
        let Error::ReferenceExists { subject: of, version, referrer: (_, schema) } = error else { panic!("{error}") };
        assert_eq!((of, version.0, schema.0), (subject("base"), 1, 2));
        assert!(matches!(house.delete_all("base", false).await, Err(Error::ReferenceExists { .. })));

        house.delete_all("user", false).await.unwrap();
        house.delete_all("base", false).await.unwrap();
        assert!(matches!(house.delete_all("base", true).await, Err(Error::ReferenceExists { .. })));
        house.delete_all("user", true).await.unwrap();
        assert_eq!(house.delete_all("base", true).await.unwrap(), [1]);
    })
    .await;
}

#[tokio::test]
async fn a_subject_that_refers_to_itself_can_go_as_a_whole() {
    on_each_database(async |house| {
        house.set_level("s", tidegate_compat::CompatibilityLevel::None).await;
        house.register("s", r#"{"type":"record","name":"a.Base","fields":[]}"#).await;
        let user = r#"{"type":"record","name":"a.User","fields":[{"name":"base","type":"a.Base"}]}"#;
        house.register("s", Candidate { references: vec![reference("a.Base", "s", 1)], ..text_of(user) }).await;
        assert!(matches!(house.delete("s", 1, false).await, Err(Error::ReferenceExists { .. })));
        assert_eq!(house.delete_all("s", false).await.unwrap(), [1, 2]);
        assert_eq!(house.delete_all("s", true).await.unwrap(), [1, 2]);
    })
    .await;
}

#[tokio::test]
async fn deletes_are_written_down() {
    on_each_database(async |house| {
        house.register("s", record(&["x"])).await;
        house.delete("s", 1, false).await.unwrap();
        house.delete_all("s", true).await.unwrap();
        let actions: Vec<_> = house.audit().await.into_iter().map(|entry| (entry.action, entry.before)).collect();
        let gone = Some(r#"[{"version":1,"id":1}]"#.to_owned());
        let expected =
            [("schema.register".into(), None), ("version.delete".into(), gone.clone()), ("subject.purge".into(), gone)];
        assert_eq!(actions, expected);
    })
    .await;
}
