//! Data contracts: metadata and rules, what is inherited, and versions in metadata.

use tidegate_compat::contract::Rule;
use tidegate_compat::{Contract, Metadata, RuleKind, RuleMode, RuleSet};
use tidegate_registry::{Candidate, ConfigPatch, Error};

use crate::house::{ann, numbers, on_each_database, properties, record, scope, text_of};

fn rule(name: &str) -> Rule {
    Rule {
        name: name.into(),
        doc: None,
        kind: RuleKind::Condition,
        mode: RuleMode::Write,
        executor: Some("CEL".into()),
        tags: Default::default(),
        params: Default::default(),
        expr: Some("true".into()),
        on_success: None,
        on_failure: None,
        disabled: false,
    }
}

fn rules(names: &[&str]) -> RuleSet {
    RuleSet { domain: names.iter().map(|name| rule(name)).collect(), ..RuleSet::default() }
}

fn with(metadata: Metadata) -> Candidate {
    let contract = Contract { metadata: Some(metadata), rules: None };
    Candidate { contract, ..text_of("\"string\"") }
}

fn plain() -> Candidate {
    text_of("\"string\"")
}

fn at(version: i32) -> Candidate {
    Candidate { version: Some(version), ..plain() }
}

#[tokio::test]
async fn versions_in_metadata_follow_the_known_sequence() {
    on_each_database(async |house| {
        let named = |version: &str| with(properties(&[("confluent:version", version)]));
        assert_eq!(house.register("s", plain()).await, (1, 1));
        assert_eq!(house.register("s", at(-1)).await, (1, 1));
        assert_eq!(house.register("s", at(2)).await, (2, 2));
        let second = house.latest("s").await.unwrap();
        assert_eq!(second.schema.contract.metadata, Some(properties(&[("confluent:version", "2")])));
        assert_eq!(house.register("s", at(-1)).await, (2, 2));
        assert_eq!(house.look_up("s", plain()).await.unwrap(), (1, 1));
        assert_eq!(house.look_up("s", named("1")).await.unwrap(), (1, 1));
        house.delete("s", 1, false).await.unwrap();
        assert_eq!(house.look_up("s", plain()).await.unwrap(), (2, 2));

        assert_eq!(house.register("s", at(3)).await, (3, 3));
        let error = house.try_register("s", at(3)).await.unwrap_err();
        assert!(matches!(&error, Error::WrongVersion { given: 3, next } if next.0 == 4), "{error}");
        assert_eq!(house.register("s", at(4)).await, (4, 4));
        assert_eq!(house.register("s", named("-1")).await, (5, 5));
        assert_eq!(house.register("s", named("2")).await, (2, 2));
        assert_eq!(house.register("s", with(Metadata::default())).await, (5, 5));
        assert_eq!(house.register("s", with(properties(&[("owner", "ann")]))).await, (6, 6));
        let last = house.latest("s").await.unwrap();
        assert_eq!(last.schema.contract.metadata, Some(properties(&[("owner", "ann")])));
    })
    .await;
}

#[tokio::test]
async fn a_contract_left_out_is_inherited_and_an_empty_one_is_not() {
    on_each_database(async |house| {
        let contract = Contract { metadata: Some(properties(&[("owner", "ann")])), rules: Some(rules(&["check"])) };
        let full = Candidate { contract: contract.clone(), ..text_of(&record(&["x"])) };
        assert_eq!(house.register("s", full).await, (1, 1));
        assert_eq!(house.register("s", record(&["x"])).await, (1, 1));
        assert_eq!(house.register("s", record(&["x", "y"])).await, (2, 2));
        assert_eq!(house.latest("s").await.unwrap().schema.contract, contract);
        assert_eq!(house.look_up("s", record(&["x", "y"])).await.unwrap(), (2, 2));

        let empty = Contract { metadata: Some(Metadata::default()), rules: Some(RuleSet::default()) };
        let bare = Candidate { contract: empty.clone(), ..text_of(&record(&["x", "y"])) };
        assert_eq!(house.register("s", bare).await, (3, 3));
        assert_eq!(house.latest("s").await.unwrap().schema.contract, empty);
    })
    .await;
}

#[tokio::test]
async fn configured_contracts_surround_what_is_brought() {
    on_each_database(async |house| {
        let patch = ConfigPatch {
            default_metadata: Some(Some(properties(&[("owner", "default"), ("tier", "default")]))),
            override_metadata: Some(Some(properties(&[("region", "override")]))),
            default_rules: Some(Some(rules(&["first"]))),
            override_rules: Some(Some(rules(&["last"]))),
            ..ConfigPatch::default()
        };
        house.registry.set_config(&ann(), &scope("s"), patch).await.unwrap();
        let contract = Contract {
            metadata: Some(properties(&[("owner", "ann"), ("region", "ann")])),
            rules: Some(rules(&["own"])),
        };
        let stored = house.try_register("s", Candidate { contract, ..plain() }).await.unwrap();
        let expected = properties(&[("owner", "ann"), ("region", "override"), ("tier", "default")]);
        assert_eq!(stored.schema.contract.metadata, Some(expected));
        assert_eq!(stored.schema.contract.rules, Some(rules(&["first", "own", "last"])));
        // What is brought again is completed again, and so found again.
        let again = house.try_register("s", plain()).await.unwrap();
        assert_eq!(numbers(&again), (1, 1));
        assert_eq!(house.look_up("s", plain()).await.unwrap(), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn another_contract_is_another_content() {
    on_each_database(async |house| {
        assert_eq!(house.register("s", with(properties(&[("a", "1")]))).await, (1, 1));
        assert_eq!(house.register("s", with(properties(&[("a", "2")]))).await, (2, 2));
        assert_eq!(house.register("s", with(properties(&[("a", "1")]))).await, (1, 1));
        let error = house.look_up("s", with(properties(&[("a", "3")]))).await.unwrap_err();
        assert!(matches!(error, Error::SchemaNotFound), "{error}");
    })
    .await;
}

#[tokio::test]
async fn rules_that_make_no_sense_are_refused() {
    on_each_database(async |house| {
        let contract = Contract { metadata: None, rules: Some(rules(&["1st"])) };
        let error = house.try_register("s", Candidate { contract, ..plain() }).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRules(_)), "{error}");
        let patch = ConfigPatch { default_rules: Some(Some(rules(&["1st"]))), ..ConfigPatch::default() };
        let error = house.registry.set_config(&ann(), &scope("s"), patch).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRules(_)), "{error}");
    })
    .await;
}
