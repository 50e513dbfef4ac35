//! Contexts: ids of their own, and unqualified names that are looked for in all of them.

use tidegate_compat::{ContextName, SchemaId, VersionSpec};
use tidegate_registry::{Error, Page};

use crate::house::{ALL, numbers, on_each_database, record, subject};

#[tokio::test]
async fn each_context_counts_its_ids() {
    on_each_database(async |house| {
        assert_eq!(house.register("s", record(&["x"])).await, (1, 1));
        assert_eq!(house.register("s", record(&["x", "y"])).await, (2, 2));
        assert_eq!(house.register(":.b:s", record(&["x", "y"])).await, (1, 1));
        assert_eq!(house.register(":.a:s", record(&["z"])).await, (1, 1));
        let max = async |name: &str| house.registry.max_id(&ContextName::parse(name).unwrap()).await.unwrap();
        assert_eq!((max(".").await, max(".b").await, max(".never").await), (2, 1, 0));
        let contexts = async |page| {
            let contexts = house.registry.contexts(page).await.unwrap();
            contexts.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(contexts(ALL).await, [".", ".a", ".b"]);
        assert_eq!(contexts(Page { offset: 1, limit: Some(1) }).await, [".a"]);
    })
    .await;
}

#[tokio::test]
async fn an_unqualified_subject_is_looked_for_in_all_contexts() {
    on_each_database(async |house| {
        house.register("other", "\"string\"").await;
        house.register(":.b:s", record(&["x"])).await;
        house.register(":.a:t", record(&["x"])).await;
        let found = house.registry.version(&subject("s"), VersionSpec::Latest, false).await.unwrap();
        assert_eq!(found.subject, subject(":.b:s"));
        let looked_up = house.look_up("s", record(&["x"])).await.unwrap();
        assert_eq!(looked_up, (1, 1));
        let error = house.registry.version(&subject(":.a:s"), VersionSpec::Latest, false).await.unwrap_err();
        assert!(matches!(error, Error::SubjectNotFound(_)), "a qualified one is not: {error}");
        let listed = house.registry.versions(&subject("s"), Default::default(), ALL).await;
        assert!(matches!(listed, Err(Error::SubjectNotFound(_))), "listings are exact");
    })
    .await;
}

#[tokio::test]
async fn an_id_is_looked_for_where_its_subject_is() {
    on_each_database(async |house| {
        house.register("s", record(&["default"])).await;
        house.register(":.a:t", record(&["a"])).await;
        house.register(":.a:u", record(&["a2"])).await;
        let by_id = async |id, name: Option<&str>| {
            let found = house.registry.by_id(SchemaId(id), name.map(subject).as_ref()).await?;
            Ok::<_, Error>((found.subject.to_string(), numbers(&found)))
        };
        assert_eq!(by_id(1, None).await.unwrap().0, "s");
        assert_eq!(by_id(1, Some("t")).await.unwrap().0, ":.a:t", "a namesake has it");
        assert_eq!(by_id(1, Some("u")).await.unwrap().0, "s", "no one of that name has it");
        assert_eq!(by_id(2, Some(":.a:")).await.unwrap(), (":.a:u".into(), (1, 2)));
        assert_eq!(by_id(2, Some(":.a:u")).await.unwrap().0, ":.a:u");
        assert!(matches!(by_id(2, Some(":.a:t")).await, Err(Error::SchemaNotFound)));
        assert!(matches!(by_id(2, None).await, Err(Error::SchemaNotFound)));
        let usages = house.registry.usages(SchemaId(2), Some(&subject(":.a:")), false, ALL).await.unwrap();
        assert_eq!(usages.len(), 1);
    })
    .await;
}
