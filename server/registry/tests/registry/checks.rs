//! Compatibility: against whom, in which group, at which level.

use tidegate_compat::CompatibilityLevel as Level;
use tidegate_compat::{Contract, Version, VersionSpec};
use tidegate_registry::{Candidate, ConfigPatch, Error};

use crate::house::{ann, on_each_database, properties, record, scope, strict_record, subject, text_of};

#[tokio::test]
async fn one_version_or_the_whole_subject_can_be_asked_about() {
    on_each_database(async |house| {
        house.set_level("s", Level::None).await;
        house.register("s", strict_record(&["x"])).await;
        house.register("s", strict_record(&["x", "y"])).await;
        house.set_level("s", Level::Backward).await;
        let candidate = || text_of(&strict_record(&["x", "y", "z"]));
        let fits = || text_of(&strict_record(&["x", "y"]));
        let against =
            async |version, candidate| house.registry.check_version(&subject("s"), version, candidate, false).await;
        let number = |number| VersionSpec::Number(Version(number));

        let checked = against(VersionSpec::Latest, candidate()).await.unwrap();
        assert!(!checked.verdict.is_compatible());
        assert_eq!(checked.compared.version, Some(Version(2)));
        assert!(against(VersionSpec::Latest, fits()).await.unwrap().verdict.is_compatible());
        assert!(!against(number(1), fits()).await.unwrap().verdict.is_compatible());
        assert!(matches!(against(number(7), fits()).await, Err(Error::VersionNotFound { .. })));

        let whole = async |candidate| house.registry.check_subject(&subject("s"), candidate, false).await.unwrap();
        assert!(whole(fits()).await.verdict.is_compatible());
        house.set_level("s", Level::BackwardTransitive).await;
        let checked = whole(fits()).await;
        assert!(!checked.verdict.is_compatible());
        assert_eq!(checked.compared.version, Some(Version(1)));
        assert_eq!(checked.compared.text.as_deref(), Some(strict_record(&["x"]).as_str()));
    })
    .await;
}

#[tokio::test]
async fn an_unknown_subject_has_no_objections() {
    on_each_database(async |house| {
        let never = subject("never");
        let checked = house.registry.check_subject(&never, text_of("\"string\""), false).await.unwrap();
        assert!(checked.verdict.is_compatible());
        let latest = house.registry.check_version(&never, VersionSpec::Latest, text_of("\"string\""), false).await;
        assert!(latest.unwrap().verdict.is_compatible());
        let first = VersionSpec::Number(Version(1));
        let error = house.registry.check_version(&never, first, text_of("\"string\""), false).await.unwrap_err();
        assert!(matches!(error, Error::VersionNotFound { .. }), "{error}");
    })
    .await;
}

#[tokio::test]
async fn even_without_a_level_the_text_must_be_a_schema() {
    on_each_database(async |house| {
        house.set_level("s", Level::None).await;
        house.register("s", "\"string\"").await;
        let check = async |text: &str| house.registry.check_subject(&subject("s"), text_of(text), false).await;
        assert!(check("\"int\"").await.unwrap().verdict.is_compatible());
        assert!(matches!(check("{").await, Err(Error::Malformed(_))));
        assert!(matches!(check(" ").await, Err(Error::EmptySchema)));
        assert_eq!(house.register("s", "\"int\"").await, (2, 2));
    })
    .await;
}

#[tokio::test]
async fn soft_deleted_versions_have_no_say() {
    on_each_database(async |house| {
        house.register("s", strict_record(&["x"])).await;
        house.register("t", record(&[])).await;
        house.delete("s", 1, false).await.unwrap();
        assert_eq!(house.register("s", strict_record(&["y"])).await.0, 2);
    })
    .await;
}

#[tokio::test]
async fn levels_look_in_their_directions() {
    on_each_database(async |house| {
        let (narrow, wide) = (strict_record(&["x"]), strict_record(&["x", "y"]));
        let cases = [
            (Level::Backward, &wide, &narrow, true),
            (Level::Backward, &narrow, &wide, false),
            (Level::Forward, &narrow, &wide, true),
            (Level::Forward, &wide, &narrow, false),
            (Level::Full, &narrow, &wide, false),
            (Level::Full, &wide, &narrow, false),
        ];
        for (number, (level, before, after, expected)) in cases.into_iter().enumerate() {
            let name = format!("s{number}");
            house.set_level(&name, level).await;
            house.register(&name, before.as_str()).await;
            let accepted = house.try_register(&name, text_of(after)).await.is_ok();
            assert_eq!(accepted, expected, "{level} from {before} to {after}");
        }
    })
    .await;
}

#[tokio::test]
async fn groups_evolve_apart() {
    on_each_database(async |house| {
        let patch = ConfigPatch { group: Some(Some("major".into())), ..ConfigPatch::default() };
        house.registry.set_config(&ann(), &scope("s"), patch).await.unwrap();
        let of = |major: &str, text: String| {
            let contract = Contract { metadata: Some(properties(&[("major", major)])), rules: None };
            Candidate { contract, ..text_of(&text) }
        };
        assert_eq!(house.register("s", of("1", strict_record(&["x"]))).await, (1, 1));
        assert_eq!(house.register("s", of("2", strict_record(&["y"]))).await, (2, 2), "a new group begins afresh");
        let error = house.try_register("s", of("1", strict_record(&["x", "z"]))).await.unwrap_err();
        let Error::Incompatible { compared, .. } = error else { panic!("{error}") };
        assert_eq!(compared.version, Some(Version(1)), "the latest of its own group");
        let error = house.try_register("s", of("2", strict_record(&["y", "z"]))).await.unwrap_err();
        assert!(matches!(error, Error::Incompatible { .. }), "{error}");
    })
    .await;
}
