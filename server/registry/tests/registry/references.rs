//! References: where they lead, what they need, and how far they may go.

use tidegate_compat::{Reference, SchemaKey, Version, VersionSpec};
use tidegate_registry::{Candidate, Error, Mode};

use crate::house::{ALL, on_each_database, reference, subject, text_of};

/// A record `a.{name}` with one field of each of these types.
fn record(name: &str, types: &[&str]) -> String {
    let fields: Vec<_> =
        types.iter().enumerate().map(|(n, kind)| format!(r#"{{"name":"f{n}","type":"{kind}"}}"#)).collect();
    format!(r#"{{"type":"record","name":"{name}","namespace":"a","fields":[{}]}}"#, fields.join(","))
}

fn on(references: Vec<Reference>, text: &str) -> Candidate {
    Candidate { references, ..text_of(text) }
}

#[tokio::test]
async fn references_become_concrete_and_are_followed_to_the_end() {
    on_each_database(async |house| {
        house.register("c", record("C", &[])).await;
        house.register("b", on(vec![reference("a.C", "c", 1)], &record("B", &["a.C"]))).await;
        house.register("a", on(vec![reference("a.B", "b", -1)], &record("A", &["a.B"]))).await;
        let stored = house.latest("a").await.unwrap();
        assert_eq!(stored.schema.references, [reference("a.B", "b", 1)]);

        let context = subject("a").context().clone();
        let key = SchemaKey::Id(stored.schema.id);
        let (_, closure, _) = house.registry.for_validation(&context, key).await.unwrap();
        let names: Vec<_> = closure.iter().map(|resolved| resolved.name.as_str()).collect();
        assert_eq!(names, ["a.C", "a.B"], "what others need comes first");
        let resolved = house.registry.rendered(&context, &stored.schema, "resolved").await.unwrap();
        assert!(resolved.contains(r#""name":"C""#), "{resolved}");
        let other = house.registry.rendered(&context, &stored.schema, "no such form").await.unwrap();
        assert_eq!(other, stored.schema.text);
    })
    .await;
}

#[tokio::test]
async fn a_reference_that_leads_nowhere_is_refused() {
    on_each_database(async |house| {
        house.register("c", record("C", &[])).await;
        let text = record("B", &["a.C"]);
        let refused =
            async |reference: Reference| house.try_register("b", on(vec![reference], &text)).await.unwrap_err();
        assert!(matches!(refused(reference("a.C", "c", 2)).await, Error::UnresolvedReference { .. }));
        assert!(matches!(refused(reference("a.C", "never", -1)).await, Error::UnresolvedReference { .. }));
        assert!(matches!(refused(reference("", "c", 1)).await, Error::IncompleteReference));
        assert!(matches!(refused(reference("a.C", "", 1)).await, Error::IncompleteReference));
        assert!(matches!(refused(reference("a.C", "c", 0)).await, Error::IncompleteReference));
        assert!(matches!(refused(reference("a.\0", "c", 1)).await, Error::NulInText));
    })
    .await;
}

#[tokio::test]
async fn new_schemas_stand_on_live_versions_and_lookups_on_any() {
    on_each_database(async |house| {
        house.register("c", record("C", &[])).await;
        let user = || on(vec![reference("a.C", "c", 1)], &record("B", &["a.C"]));
        house.register("b", user()).await;
        house.delete_all("b", false).await.unwrap();
        house.delete_all("c", false).await.unwrap();
        let error = house.try_register("d", user()).await.unwrap_err();
        assert!(matches!(error, Error::UnresolvedReference { .. }), "{error}");
        let found = house.registry.look_up(&subject("b"), user(), false, true).await.unwrap();
        assert_eq!(found.version, Version(1));
    })
    .await;
}

#[tokio::test]
async fn unqualified_references_stay_in_the_context_of_the_referrer() {
    on_each_database(async |house| {
        house.register(":.ctx:c", record("C", &[])).await;
        let text = record("B", &["a.C"]);
        let error = house.try_register("b", on(vec![reference("a.C", "c", 1)], &text)).await.unwrap_err();
        assert!(matches!(error, Error::UnresolvedReference { .. }), "{error}");
        house.register(":.ctx:b", on(vec![reference("a.C", "c", 1)], &text)).await;
        house.register("b", on(vec![reference("a.C", ":.ctx:c", 1)], &text)).await;
        let stored = house.latest("b").await.unwrap();
        assert_eq!(stored.schema.references[0].subject, ":.ctx:c", "kept as written");
    })
    .await;
}

#[tokio::test]
async fn a_version_knows_who_stands_on_it() {
    on_each_database(async |house| {
        house.register("c", record("C", &[])).await;
        house.register("b1", on(vec![reference("a.C", "c", 1)], &record("B1", &["a.C"]))).await;
        house.register("b2", on(vec![reference("a.C", "c", 1)], &record("B2", &["a.C"]))).await;
        house.delete_all("b2", false).await.unwrap();
        let by = async |name: &str, version, with_deleted| {
            let (_, ids) = house.registry.referenced_by(&subject(name), version, with_deleted, ALL).await?;
            Ok::<_, Error>(ids.into_iter().map(|id| id.0).collect::<Vec<_>>())
        };
        let first = VersionSpec::Number(Version(1));
        assert_eq!(by("c", VersionSpec::Latest, false).await.unwrap(), [2]);
        assert_eq!(by("c", first, true).await.unwrap(), [2, 3]);
        assert_eq!(by("b1", first, true).await.unwrap(), Vec::<i32>::new());
        assert!(matches!(by("c", VersionSpec::Number(Version(9)), true).await, Err(Error::VersionNotFound { .. })));
        assert!(matches!(by("never", first, true).await, Err(Error::SubjectNotFound(_))));
    })
    .await;
}

#[tokio::test]
async fn with_references_written_out_the_schema_is_still_found() {
    on_each_database(async |house| {
        house.register("c", record("C", &[])).await;
        house.register("b", on(vec![reference("a.C", "c", 1)], &record("B", &["a.C"]))).await;
        let inlined = r#"{"type":"record","name":"B","namespace":"a","fields":[{"name":"f0","type":
            {"type":"record","name":"C","fields":[]}}]}"#;
        assert_eq!(house.look_up("b", inlined).await.unwrap(), (1, 2));
        assert_eq!(house.register("b", inlined).await, (1, 2));
    })
    .await;
}

#[tokio::test]
async fn a_long_chain_is_followed_and_an_endless_list_is_not() {
    on_each_database(async |house| {
        house.set_mode("", Mode::ReadWrite).await;
        house.register("n0", record("N0", &[])).await;
        for n in 1..60 {
            let below = n - 1;
            let references = vec![reference(&format!("a.N{below}"), &format!("n{below}"), -1)];
            house
                .register(&format!("n{n}"), on(references, &record(&format!("N{n}"), &[&format!("a.N{below}")])))
                .await;
        }
        let context = subject("n59").context().clone();
        let key = SchemaKey::Id(house.latest("n59").await.unwrap().schema.id);
        assert_eq!(house.registry.for_validation(&context, key).await.unwrap().1.len(), 59);

        let many = (0..=1000).map(|n| reference(&format!("a.X{n}"), "n0", 1)).collect();
        let error = house.try_register("many", on(many, "\"string\"")).await.unwrap_err();
        assert!(matches!(error, Error::TooManyReferences { limit: 1000 }), "{error}");
    })
    .await;
}
