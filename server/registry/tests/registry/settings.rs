//! Config and mode: what is set, what holds, and what they permit.

use tidegate_compat::CompatibilityLevel as Level;
use tidegate_registry::{Config, ConfigPatch, Error, Mode};

use crate::house::{ann, on_each_database, record, scope, strict_record, subject, text_of};

fn level(level: Level) -> ConfigPatch {
    ConfigPatch { level: Some(Some(level)), ..ConfigPatch::default() }
}

#[tokio::test]
async fn the_default_scope_always_answers_and_others_only_if_set() {
    on_each_database(async |house| {
        let config = async |name: &str, effective| house.registry.config(&scope(name), effective).await;
        assert_eq!(config("", false).await.unwrap().level, Some(Level::Backward));
        assert!(matches!(config("s", false).await, Err(Error::ConfigNotFound(_))));
        assert_eq!(config("s", true).await.unwrap().level, Some(Level::Backward));
        house.set_level("", Level::Full).await;
        assert_eq!(config("s", true).await.unwrap().level, Some(Level::Full));
        house.set_level("s", Level::None).await;
        assert_eq!(config("s", true).await.unwrap().level, Some(Level::None));
        assert_eq!(config("s", false).await.unwrap().level, Some(Level::None));
    })
    .await;
}

#[tokio::test]
async fn a_config_without_a_level_follows_the_server_and_not_its_context() {
    on_each_database(async |house| {
        let registry = &house.registry;
        let patch = ConfigPatch { normalize: Some(Some(true)), group: Some(Some("g".into())), ..level(Level::Full) };
        registry.set_config(&ann(), &scope(""), patch).await.unwrap();
        let own = ConfigPatch { validate_fields: Some(Some(true)), ..ConfigPatch::default() };
        registry.set_config(&ann(), &scope("s"), own).await.unwrap();
        let effective = registry.config(&scope("s"), true).await.unwrap();
        assert_eq!(effective.level, Some(Level::Backward));
        assert_eq!((effective.normalize, effective.group.as_deref()), (Some(true), Some("g")));
        assert_eq!(effective.validate_fields, Some(true));
        let stored = registry.config(&scope("s"), false).await.unwrap();
        assert_eq!((stored.normalize, stored.level), (None, Some(Level::Backward)));
    })
    .await;
}

#[tokio::test]
async fn named_contexts_fall_back_to_the_global_one_and_not_to_the_default() {
    on_each_database(async |house| {
        house.set_level("", Level::Full).await;
        let effective = async |name: &str| house.registry.config(&scope(name), true).await.unwrap().level;
        assert_eq!(effective(":.ctx:s").await, Some(Level::Backward));
        house.set_level(":.__GLOBAL:", Level::Forward).await;
        assert_eq!(effective(":.ctx:s").await, Some(Level::Forward));
        assert_eq!(effective("s").await, Some(Level::Full));
        house.set_level(":.ctx:", Level::None).await;
        assert_eq!(effective(":.ctx:s").await, Some(Level::None));
        assert_eq!(house.registry.config(&scope(":.:"), false).await.unwrap().level, Some(Level::Full));
    })
    .await;
}

#[tokio::test]
async fn an_update_keeps_sets_and_clears_each_member() {
    on_each_database(async |house| {
        let set = async |patch| house.registry.set_config(&ann(), &scope("s"), patch).await.unwrap();
        let first = set(ConfigPatch { alias: Some(Some("t".into())), ..level(Level::Full) }).await;
        assert_eq!((first.alias.as_deref(), first.level), (Some("t"), Some(Level::Full)));
        let second =
            set(ConfigPatch { alias: Some(None), normalize: Some(Some(true)), ..ConfigPatch::default() }).await;
        let expected = Config { normalize: Some(true), level: Some(Level::Full), ..Config::default() };
        assert_eq!(second, expected);
        let cleared = set(ConfigPatch { level: Some(None), normalize: Some(None), ..ConfigPatch::default() }).await;
        assert_eq!(cleared, Config::default());
        assert!(house.registry.config(&scope("s"), false).await.is_ok(), "an empty config is a config");
    })
    .await;
}

#[tokio::test]
async fn a_deleted_config_answers_what_it_was() {
    on_each_database(async |house| {
        let delete = async |name: &str| house.registry.delete_config(&ann(), &scope(name)).await;
        assert!(matches!(delete("s").await, Err(Error::SubjectNotFound(_))));
        house.set_level("s", Level::Full).await;
        assert_eq!(delete("s").await.unwrap().level, Some(Level::Full));
        assert!(matches!(delete("s").await, Err(Error::SubjectNotFound(_))));
        assert_eq!(delete("").await.unwrap().level, Some(Level::Backward));
        house.set_level("", Level::None).await;
        assert_eq!(delete("").await.unwrap().level, Some(Level::None));
        assert_eq!(house.registry.config(&scope(""), false).await.unwrap().level, Some(Level::Backward));
        let audit = house.audit().await;
        let last = audit.last().unwrap();
        assert_eq!((last.action.as_str(), last.before.as_deref()), ("config.delete", Some(r#"{"level":"NONE"}"#)));
    })
    .await;
}

#[tokio::test]
async fn settings_need_a_valid_name() {
    on_each_database(async |house| {
        for name in ["__GLOBAL", "a\tb", ":.__GLOBAL:s"] {
            let error = house.registry.set_config(&ann(), &scope(name), level(Level::Full)).await.unwrap_err();
            assert!(matches!(error, Error::InvalidSubject(_)), "{name}: {error}");
        }
        let forward = house.registry.set_mode(&ann(), &scope("s"), Some(Mode::Forward), false).await;
        assert!(matches!(forward, Err(Error::ModeNotHere("FORWARD"))));
        house.set_mode(":.__GLOBAL:", Mode::Forward).await;
    })
    .await;
}

#[tokio::test]
async fn modes_are_found_like_configs() {
    on_each_database(async |house| {
        let mode = async |name: &str, effective| house.registry.mode(&scope(name), effective).await;
        assert_eq!(mode("", false).await.unwrap(), Mode::ReadWrite);
        assert!(matches!(mode("s", false).await, Err(Error::ModeNotFound(_))));
        house.set_mode(":.__GLOBAL:", Mode::ReadOnly).await;
        assert_eq!(mode("s", true).await.unwrap(), Mode::ReadOnly);
        assert_eq!(mode("", false).await.unwrap(), Mode::ReadWrite, "nothing of its own");
        assert_eq!(mode("", true).await.unwrap(), Mode::ReadOnly);
        house.set_mode("", Mode::ReadWrite).await;
        assert_eq!(mode("s", true).await.unwrap(), Mode::ReadWrite);
        assert_eq!(mode(":.ctx:s", true).await.unwrap(), Mode::ReadOnly);
        house.registry.set_mode(&ann(), &scope(""), None, false).await.unwrap();
        assert_eq!(mode("s", true).await.unwrap(), Mode::ReadOnly);
    })
    .await;
}

#[tokio::test]
async fn read_only_lets_known_schemas_and_questions_through() {
    on_each_database(async |house| {
        house.register("s", record(&["x"])).await;
        for mode in [Mode::ReadOnly, Mode::ReadOnlyOverride] {
            house.set_mode("", mode).await;
            assert_eq!(house.register("s", record(&["x"])).await, (1, 1));
            assert_eq!(house.look_up("s", record(&["x"])).await.unwrap(), (1, 1));
            let checked = house.registry.check_subject(&subject("s"), text_of(&strict_record(&["q"])), false).await;
            assert!(!checked.unwrap().verdict.is_compatible());
            let error = house.try_register("s", text_of(&record(&["x", "y"]))).await.unwrap_err();
            assert!(matches!(&error, Error::NotPermitted { mode: of, .. } if *of == mode), "{error}");
        }
        house.set_mode("s", Mode::ReadWrite).await;
        assert_eq!(house.register("s", record(&["x", "y"])).await, (2, 2), "its own mode counts first");
    })
    .await;
}

#[tokio::test]
async fn deleting_a_mode_can_take_those_below_along() {
    on_each_database(async |house| {
        let delete = async |name: &str, recursive| house.registry.delete_mode(&ann(), &scope(name), recursive).await;
        assert!(matches!(delete("s", false).await, Err(Error::SubjectNotFound(_))));
        assert_eq!(delete("s", true).await.unwrap(), None);
        house.set_mode("s", Mode::ReadOnly).await;
        assert_eq!(delete("s", false).await.unwrap(), Some(Mode::ReadOnly));
        for name in ["s", "t", ":.ctx:s", ""] {
            house.set_mode(name, Mode::ReadOnly).await;
        }
        assert_eq!(delete("", true).await.unwrap(), Some(Mode::ReadOnly));
        let own = async |name: &str| house.registry.mode(&scope(name), false).await;
        assert!(own("s").await.is_err() && own("t").await.is_err());
        assert_eq!(own(":.ctx:s").await.unwrap(), Mode::ReadOnly, "another context");
    })
    .await;
}

#[tokio::test]
async fn an_alias_is_one_hop_in_its_own_context() {
    on_each_database(async |house| {
        let alias = async |name: &str, target: &str| {
            let patch = ConfigPatch { alias: Some(Some(target.into())), ..ConfigPatch::default() };
            house.registry.set_config(&ann(), &scope(name), patch).await.unwrap();
        };
        let resolved = async |name: &str| house.registry.resolve_alias(&subject(name)).await.unwrap().to_string();
        alias("a", "b").await;
        alias("b", "c").await;
        alias(":.ctx:a", "b").await;
        alias(":.ctx:x", ":.other:y").await;
        alias("", "everything").await;
        assert_eq!(resolved("a").await, "b");
        assert_eq!(resolved(":.ctx:a").await, ":.ctx:b");
        assert_eq!(resolved(":.ctx:x").await, ":.other:y");
        assert_eq!(resolved("plain").await, "plain");
        assert_eq!(resolved("").await, "");

        house.register("b", "\"string\"").await;
        let all = tidegate_registry::Prefix::AllContexts(String::new());
        let listing = tidegate_registry::Listing { with_aliases: true, ..Default::default() };
        let listed = house.registry.schemas(&all, &listing, crate::house::ALL).await.unwrap();
        assert_eq!(listed[0].aliases, [subject("a")]);
    })
    .await;
}
