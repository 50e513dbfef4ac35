//! Names that are given up for good: kept reserved, never used again, at every level.

use tidegate_compat::CompatibilityLevel as Level;
use tidegate_compat::{Contract, SchemaKind, Version, VersionSpec};
use tidegate_registry::explain::{Against, Terms};
use tidegate_registry::{Candidate, ConfigPatch, Error};

use crate::house::{House, ann, on_each_database, properties, record, scope, subject, text_of};

async fn guard(house: &House, name: &str, level: Level) {
    let patch = ConfigPatch { level: Some(Some(level)), validate_fields: Some(Some(true)), ..ConfigPatch::default() };
    house.registry.set_config(&ann(), &scope(name), patch).await.unwrap();
}

fn reserving(fields: &[&str], names: &str) -> Candidate {
    let metadata = Some(properties(&[("confluent:reserved", names)]));
    Candidate { contract: Contract { metadata, rules: None }, ..text_of(&record(fields)) }
}

/// The codes of the errors that keep a candidate out.
async fn refused(house: &House, candidate: Candidate) -> Vec<&'static str> {
    match house.try_register("s", candidate).await {
        Err(Error::Incompatible { verdict, compared, .. }) => {
            assert!(compared.validate_fields);
            verdict.errors().map(|finding| finding.violation.rule.code).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn reserved_names_stay_reserved_and_unused_at_every_level() {
    on_each_database(async |house| {
        for level in [Level::None, Level::Backward, Level::FullTransitive] {
            house.delete_all("s", false).await.ok();
            house.delete_all("s", true).await.ok();
            guard(house, "s", level).await;
            assert_eq!(refused(house, reserving(&["a"], "a")).await, ["TG402"], "also for a first version");
            house.register("s", reserving(&["a"], "x,y")).await;
            assert_eq!(refused(house, reserving(&["a", "b"], "y")).await, ["TG401"]);
            assert_eq!(refused(house, reserving(&["a", "x"], "y,x")).await, ["TG402"]);
            assert_eq!(refused(house, text_of(&record(&["x"]))).await, ["TG402"], "what is inherited counts");
            house.register("s", reserving(&["a", "b"], "y, x, z")).await;
        }
    })
    .await;
}

#[tokio::test]
async fn without_the_setting_nobody_looks() {
    on_each_database(async |house| {
        house.register("s", reserving(&["a"], "x")).await;
        house.register("s", reserving(&["a", "x"], "")).await;
    })
    .await;
}

#[tokio::test]
async fn a_check_and_an_explanation_say_what_registering_would() {
    on_each_database(async |house| {
        guard(house, "s", Level::None).await;
        house.register("s", reserving(&["a"], "x")).await;
        let codes = async |candidate: Candidate| {
            let checked = house.registry.check_subject(&subject("s"), candidate.clone(), false).await.unwrap();
            let one = VersionSpec::Number(Version(1));
            let same = house.registry.check_version(&subject("s"), one, candidate, false).await.unwrap();
            assert_eq!(checked.verdict, same.verdict);
            checked.verdict.errors().map(|finding| finding.violation.rule.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(text_of(&record(&["a", "b"]))).await, [""; 0], "the metadata would be inherited");
        assert_eq!(codes(reserving(&["a", "b"], "")).await, ["TG401"]);

        let explain = async |candidate| {
            let explained = house
                .registry
                .explain(&subject("s"), Against::Subject, candidate, false, Terms::default())
                .await
                .unwrap()
                .explanation;
            let found: Vec<_> = explained.findings.iter().map(|finding| finding.violation.rule.code).collect();
            (explained.passes.len(), found)
        };
        assert_eq!(explain(text_of(&record(&["a", "x"]))).await, (0, vec!["TG402"]));
        assert_eq!(explain(text_of(&record(&["a", "b"]))).await, (Level::ALL.len(), vec![]));
    })
    .await;
}

#[tokio::test]
async fn names_with_two_dollars_are_refused_in_new_schemas() {
    on_each_database(async |house| {
        let candidate = || Candidate {
            kind: Some(SchemaKind::Json),
            ..text_of(r#"{"type":"object","properties":{"$$a":{"type":"string"}}}"#)
        };
        house.register("free", candidate()).await;
        guard(house, "s", Level::None).await;
        let error = house.try_register("s", candidate()).await.unwrap_err();
        assert!(matches!(&error, Error::Malformed(malformed) if malformed.message.contains("$$a")), "{error}");
        let error = house.registry.check_subject(&subject("s"), candidate(), false).await.unwrap_err();
        assert!(matches!(error, Error::Malformed(_)), "{error}");
    })
    .await;
}
