//! Tags that are written into texts on their way in, and versions that are edited.

use tidegate_compat::contract::Rule;
use tidegate_compat::{
    CompatibilityLevel, Contract, ElementKind, Reference, RuleKind, RuleMode, RuleSet, SchemaKind, TagEdit, Version,
    VersionSpec,
};
use tidegate_registry::{Candidate, Changes, Error, Mode, Result, StoredVersion, VersionEdit};

use crate::house::{House, ann, numbers, on_each_database, properties, record, strict_record, subject, text_of};

fn tag(entity: &str, kind: ElementKind, add: &[&str], remove: &[&str]) -> TagEdit {
    let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
    TagEdit { entity: entity.into(), kind, add: owned(add), remove: owned(remove) }
}

fn field(name: &str, add: &[&str], remove: &[&str]) -> TagEdit {
    tag(&format!("R.{name}"), ElementKind::Field, add, remove)
}

fn tagging(edits: Vec<TagEdit>) -> VersionEdit {
    VersionEdit { changes: Changes { tags: edits, ..Changes::default() }, ..VersionEdit::default() }
}

fn with_tags(text: &str, edits: Vec<TagEdit>) -> Candidate {
    Candidate { changes: Changes { tags: edits, ..Changes::default() }, ..text_of(text) }
}

fn propagating(text: &str) -> Candidate {
    Candidate { changes: Changes { propagate_tags: true, ..Changes::default() }, ..text_of(text) }
}

async fn edit(house: &House, name: &str, version: i32, edit: VersionEdit) -> Result<StoredVersion> {
    house.registry.edit_version(&ann(), &subject(name), VersionSpec::Number(Version(version)), edit).await
}

/// The tagged fields of the latest version, `name=TAG,TAG`.
async fn told(house: &House, name: &str) -> Vec<String> {
    let latest = house.latest(name).await.unwrap();
    let tagged = house.registry.tagged(latest.subject.context(), &latest.schema).await.unwrap();
    tagged.into_iter().map(|tagged| format!("{}={}", tagged.entity, tagged.tags.join(","))).collect()
}

fn rule(name: &str, expr: &str) -> Rule {
    Rule {
        name: name.into(),
        doc: None,
        kind: RuleKind::Condition,
        mode: RuleMode::Write,
        executor: Some("CEL".into()),
        tags: Default::default(),
        params: Default::default(),
        expr: Some(expr.into()),
        on_success: None,
        on_failure: None,
        disabled: false,
    }
}

fn rules(domain: Vec<Rule>) -> RuleSet {
    RuleSet { domain, ..RuleSet::default() }
}

#[tokio::test]
async fn a_registration_with_tags_is_a_version_of_its_own() {
    on_each_database(async |house| {
        assert_eq!(house.register("s", record(&["x"])).await, (1, 1));
        let tagged = with_tags(&record(&["x"]), vec![field("x", &["PII"], &[])]);
        let stored = house.try_register("s", tagged.clone()).await.unwrap();
        assert_eq!(numbers(&stored), (2, 2));
        assert_eq!(stored.schema.contract.metadata, Some(properties(&[("confluent:version", "2")])));
        assert_eq!(told(house, "s").await, ["R.x=PII"]);
        // Again, and it is one more, as the number in its metadata is another.
        assert_eq!(house.register("s", tagged).await, (3, 3));
        // What it is now is found as it is, whoever brings it.
        let as_stored = house.latest("s").await.unwrap().schema.text.to_string();
        assert_eq!(house.register("s", as_stored).await.0, 3);
        // Without a text, that of the latest version is edited.
        let inherited = Candidate { text: None, ..with_tags("", vec![field("x", &["A"], &["PII"])]) };
        assert_eq!(house.register("s", inherited).await, (4, 4));
        assert_eq!(told(house, "s").await, ["R.x=A"]);

        let lost = with_tags(&record(&["x"]), vec![field("y", &["PII"], &[])]);
        let error = house.try_register("s", lost).await.unwrap_err();
        assert!(matches!(&error, Error::UnknownEntity(unknown) if unknown.entity == "R.y"), "{error}");
        let absent = Candidate { text: None, ..with_tags("", vec![field("x", &["A"], &[])]) };
        let error = house.try_register("new", absent).await.unwrap_err();
        assert!(matches!(error, Error::EmptySchema), "{error}");
    })
    .await;
}

#[tokio::test]
async fn tags_come_along_where_they_are_asked_for() {
    on_each_database(async |house| {
        let first = with_tags(&record(&["x", "y"]), vec![field("x", &["PII"], &[]), field("y", &["Y"], &[])]);
        assert_eq!(house.register("s", Candidate { version: Some(0), ..first }).await, (1, 1));
        // The same text without tags is the same with them.
        assert_eq!(house.register("s", propagating(&record(&["x", "y"]))).await, (1, 1));
        assert_eq!(house.register("s", propagating(&record(&["x", "z"]))).await, (2, 2));
        assert_eq!(told(house, "s").await, ["R.x=PII"]);
        let changes = Changes { tags: vec![field("x", &["A"], &["PII"])], propagate_tags: true, ..Changes::default() };
        house.register("s", Candidate { changes, ..text_of(&record(&["x"])) }).await;
        assert_eq!(told(house, "s").await, ["R.x=A"]);
        // There is nothing that they could come from.
        assert_eq!(house.register("new", propagating(&record(&["x"]))).await.0, 1);
        assert_eq!(told(house, "new").await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_version_is_edited_and_becomes_the_next() {
    on_each_database(async |house| {
        house.set_level("s", CompatibilityLevel::None).await;
        let contract = Contract { metadata: Some(properties(&[("owner", "ann")])), rules: None };
        house.register("s", Candidate { contract, ..text_of(&record(&["x"])) }).await;
        let contract = Contract { metadata: Some(properties(&[("owner", "bob")])), rules: None };
        house.register("s", Candidate { contract, ..text_of(&record(&["y"])) }).await;

        let stored = edit(house, "s", 1, tagging(vec![field("x", &["PII"], &[])])).await.unwrap();
        assert_eq!(numbers(&stored), (3, 3));
        let metadata = properties(&[("owner", "ann"), ("confluent:version", "3")]);
        assert_eq!(stored.schema.contract.metadata, Some(metadata));
        assert_eq!(told(house, "s").await, ["R.x=PII"]);

        let named = VersionEdit { new_version: Some(4), ..tagging(vec![field("x", &[], &["PII"])]) };
        let stored = edit(house, "s", 3, named.clone()).await.unwrap();
        assert_eq!(stored.schema.text.as_ref(), &*house_text(house, "s", 1).await, "as before the first edit");
        let error = edit(house, "s", 3, named).await.unwrap_err();
        assert!(matches!(&error, Error::WrongVersion { given: 4, next } if next.0 == 5), "{error}");
        let metadata = VersionEdit { metadata: Some(properties(&[("tier", "1")])), ..tagging(Vec::new()) };
        let stored = edit(house, "s", 1, metadata).await.unwrap();
        let expected = properties(&[("tier", "1"), ("confluent:version", "5")]);
        assert_eq!(stored.schema.contract.metadata, Some(expected));

        // What follows a newer version must be compatible with it.
        house.register("s", strict_record(&["k"])).await;
        house.register("s", record(&["x"])).await;
        house.set_level("s", CompatibilityLevel::Backward).await;
        let error = edit(house, "s", 6, tagging(vec![field("k", &["T"], &[])])).await.unwrap_err();
        assert!(matches!(error, Error::Incompatible { .. }), "{error}");
    })
    .await;
}

async fn house_text(house: &House, name: &str, version: i32) -> String {
    let version = VersionSpec::Number(Version(version));
    house.registry.version(&subject(name), version, false).await.unwrap().schema.text.to_string()
}

#[tokio::test]
async fn rules_are_merged_into_those_of_the_latest_version_and_removed_by_name() {
    on_each_database(async |house| {
        let contract = Contract { metadata: None, rules: Some(rules(vec![rule("a", "1"), rule("b", "1")])) };
        house.register("s", Candidate { contract, ..text_of(&record(&["x"])) }).await;
        let names = |stored: &StoredVersion| {
            let rules = stored.schema.contract.rules.clone().unwrap_or_default();
            let all = rules.migration.into_iter().chain(rules.domain).chain(rules.encoding);
            all.map(|rule| format!("{}={}", rule.name, rule.expr.unwrap_or_default())).collect::<Vec<_>>()
        };
        let changed = |merge: Option<RuleSet>, remove: Option<Vec<String>>| VersionEdit {
            changes: Changes { rules_to_merge: merge, rules_to_remove: remove, ..Changes::default() },
            ..VersionEdit::default()
        };
        let encoding = RuleSet { encoding: vec![rule("c", "2")], ..rules(vec![rule("a", "2")]) };
        let stored = edit(house, "s", 1, changed(Some(encoding), None)).await.unwrap();
        assert_eq!(names(&stored), ["b=1", "a=2", "c=2"]);
        let stored =
            edit(house, "s", 1, changed(None, Some(vec!["c".into(), "b".into(), "none".into()]))).await.unwrap();
        assert_eq!(names(&stored), ["a=2"], "the rules of the latest version, not those of the first");
        let stored = edit(house, "s", 1, tagging(vec![field("x", &["T"], &[])])).await.unwrap();
        assert_eq!(names(&stored), ["a=2"]);
        let stored =
            edit(house, "s", 1, VersionEdit { rules: Some(RuleSet::default()), ..tagging(Vec::new()) }).await.unwrap();
        assert_eq!(names(&stored), [""; 0]);

        for refused in [
            VersionEdit { rules: Some(RuleSet::default()), ..changed(None, Some(Vec::new())) },
            VersionEdit { rules: Some(RuleSet::default()), ..changed(Some(RuleSet::default()), None) },
            changed(Some(rules(vec![rule("1st", "")])), None),
            changed(Some(RuleSet { encoding: vec![rule("d", "")], ..rules(vec![rule("d", "")]) }), None),
        ] {
            let error = edit(house, "s", 1, refused).await.unwrap_err();
            assert!(matches!(error, Error::InvalidRules(_)), "{error}");
        }
        assert_eq!(house.latest("s").await.unwrap().version.0, 5);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_or_may_not_change_is_not_edited() {
    on_each_database(async |house| {
        let edits = || tagging(vec![field("x", &["T"], &[])]);
        let error = edit(house, "none", 1, edits()).await.unwrap_err();
        assert!(matches!(error, Error::SubjectNotFound(_)), "{error}");
        house.register("s", record(&["x"])).await;
        house.register("s", record(&["x", "y"])).await;
        for (version, gone) in [(3, false), (1, true)] {
            if gone {
                house.delete("s", 1, false).await.unwrap();
            }
            let error = edit(house, "s", version, edits()).await.unwrap_err();
            assert!(matches!(error, Error::VersionNotFound { .. }), "{error}");
        }
        house.set_mode("s", Mode::ReadOnly).await;
        let error = edit(house, "s", 2, edits()).await.unwrap_err();
        assert!(matches!(error, Error::NotPermitted { .. }), "{error}");
        let error = house.try_register("s", with_tags(&record(&["x", "y"]), vec![field("x", &["T"], &[])])).await;
        assert!(matches!(error, Err(Error::NotPermitted { .. })), "the fast look-up is switched off");
    })
    .await;
}

#[tokio::test]
async fn types_of_other_schemas_keep_their_tags() {
    on_each_database(async |house| {
        let money = r#"{"type":"record","name":"Money","fields":[{"name":"sum","type":"long"}]}"#;
        house.register("money", money).await;
        let references = vec![Reference { name: "Money".into(), subject: "money".into(), version: 1 }];
        let order = r#"{"type":"record","name":"R","fields":[{"name":"x","type":"Money"}]}"#;
        house.register("s", Candidate { references: references.clone(), ..text_of(order) }).await;
        let error = edit(house, "s", 1, tagging(vec![tag("Money.sum", ElementKind::Field, &["T"], &[])])).await;
        assert!(matches!(error, Err(Error::UnknownEntity(_))), "{error:?}");
        let stored = edit(house, "s", 1, tagging(vec![field("x", &["T"], &[])])).await.unwrap();
        assert_eq!(stored.schema.references, references);
        assert_eq!(told(house, "s").await, ["R.x=T"]);
    })
    .await;
}

#[tokio::test]
async fn imported_schemas_can_bring_tags_too() {
    on_each_database(async |house| {
        house.set_mode("s", Mode::Import).await;
        let text = r#"syntax = "proto3"; message R { string x = 1; }"#;
        let candidate = Candidate {
            kind: Some(SchemaKind::Protobuf),
            id: Some(7),
            version: Some(3),
            ..with_tags(text, vec![field("x", &["PII"], &[]), tag("R", ElementKind::Record, &["ALL"], &[])])
        };
        assert_eq!(house.register("s", candidate).await, (3, 7));
        assert_eq!(told(house, "s").await, ["R=ALL", "R.x=PII"]);
    })
    .await;
}
