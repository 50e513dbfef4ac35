//! What the operator has decided for the whole server.

use tidegate_compat::CompatibilityLevel as Level;
use tidegate_registry::{Candidate, Defaults, Error, Mode, Registry};

use crate::house::{DEFAULTS, House, ann, on_each_database, reference, scope, text_of};

/// The same house under other rules.
fn under(house: &House, defaults: Defaults) -> House {
    House { registry: Registry::new(house.store.clone(), defaults), store: house.store.clone() }
}

fn referring(text: &str, references: &[(&str, &str, i32)]) -> Candidate {
    let references = references.iter().map(|(name, subject, version)| reference(name, subject, *version)).collect();
    Candidate { references, ..text_of(text) }
}

fn named(name: &str, field: &str, kind: &str) -> String {
    format!(r#"{{"type":"record","name":"{name}","fields":[{{"name":"{field}","type":"{kind}"}}]}}"#)
}

#[tokio::test]
async fn modes_can_be_fixed() {
    on_each_database(async |house| {
        house.set_mode("s", Mode::ReadOnly).await;
        let fixed = under(house, Defaults { modes_are_fixed: true, ..DEFAULTS });
        let set = fixed.registry.set_mode(&ann(), &scope("t"), Some(Mode::ReadOnly), true).await;
        assert!(matches!(set, Err(Error::ModesAreFixed)));
        let deleted = fixed.registry.delete_mode(&ann(), &scope("s"), true).await;
        assert!(matches!(deleted, Err(Error::ModesAreFixed)));
        assert_eq!(fixed.registry.mode(&scope("s"), false).await.unwrap(), Mode::ReadOnly, "what is set still holds");
    })
    .await;
}

#[tokio::test]
async fn the_empty_subject_can_be_refused_in_every_context() {
    on_each_database(async |house| {
        house.register("", text_of("\"string\"")).await;
        let strict = under(house, Defaults { rejects_empty_subject: true, ..DEFAULTS });
        for name in ["", ":.:", ":.ctx:"] {
            let error = strict.try_register(name, text_of("\"int\"")).await.unwrap_err();
            assert!(matches!(error, Error::EmptySubject), "{name}: {error}");
        }
        strict.register(":.ctx:s", text_of("\"int\"")).await;
        strict.set_level(":.ctx:", Level::None).await;
        assert!(strict.latest("").await.is_ok(), "what is there can be read");
    })
    .await;
}

#[tokio::test]
async fn a_name_that_leads_to_two_schemas_can_be_an_error() {
    on_each_database(async |house| {
        house.set_level("", Level::None).await;
        house.register("inner", named("Inner", "a", "int")).await;
        house.register("inner", named("Inner", "a", "string")).await;
        house.register("outer", referring(&named("Outer", "inner", "Inner"), &[("Inner", "inner", 1)])).await;
        let both = |version| {
            let text =
                r#"{"type":"record","name":"R","fields":[{"name":"o","type":"Outer"},{"name":"i","type":"Inner"}]}"#;
            referring(text, &[("Outer", "outer", 1), ("Inner", "inner", version)])
        };
        let (_, id) = house.register("free", both(2)).await;

        let strict = under(house, Defaults { references_are_strict: true, ..DEFAULTS });
        let error = strict.try_register("s", both(-1)).await.unwrap_err();
        let Error::ConflictingReference { reference, version, .. } = &error else { panic!("{error}") };
        assert_eq!((reference.version, version.0), (2, 1));
        strict.register("s", both(1)).await;
        let turned = referring(
            r#"{"type":"record","name":"R","fields":[{"name":"i","type":"Inner"},{"name":"o","type":"Outer"}]}"#,
            &[("Inner", "inner", 2), ("Outer", "outer", 1)],
        );
        let error = strict.try_register("s", turned).await.unwrap_err();
        assert!(matches!(error, Error::ConflictingReference { .. }), "further down too: {error}");

        let (_, again) = strict.register("free", both(2)).await;
        assert_eq!(again, id, "what is there already is found all the same");
        assert!(strict.look_up("free", both(2)).await.is_ok());
    })
    .await;
}
