//! Asking: by content, number, id and GUID, and listings.

use tidegate_compat::{Fingerprint, SchemaId, SchemaKey, Version, VersionSpec};
use tidegate_registry::{Access, Error, Grants, Page, Right, Visibility};
use tidegate_registry::{Listing, Prefix};

use crate::house::{ALL, House, numbers, on_each_database, record, subject, text_of};

async fn a_house_with_history(house: &House) {
    house.register("s", record(&["x"])).await;
    house.register("s", record(&["x", "y"])).await;
    house.register("t", record(&["x"])).await;
    house.register("gone", record(&["z"])).await;
    house.delete_all("gone", false).await.unwrap();
    house.delete("s", 2, false).await.unwrap();
}

#[tokio::test]
async fn a_content_is_found_where_it_is_live_and_elsewhere_on_request() {
    on_each_database(async |house| {
        a_house_with_history(house).await;
        assert_eq!(house.look_up("s", record(&["x"])).await.unwrap(), (1, 1));
        let error = house.look_up("s", record(&["x", "y"])).await.unwrap_err();
        assert!(matches!(error, Error::SchemaNotFound), "{error}");
        let deleted = house.registry.look_up(&subject("s"), text_of(&record(&["x", "y"])), false, true).await.unwrap();
        assert_eq!((numbers(&deleted), deleted.is_deleted), ((2, 2), true));
        let error = house.look_up("gone", record(&["z"])).await.unwrap_err();
        assert!(matches!(error, Error::SubjectNotFound(_)), "{error}");
        let error = house.look_up("never", record(&["z"])).await.unwrap_err();
        assert!(matches!(error, Error::SubjectNotFound(_)), "{error}");
        let error = house.look_up("never", "no schema").await.unwrap_err();
        assert!(matches!(error, Error::Malformed(_)), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_version_is_missing_only_if_its_subject_is_not() {
    on_each_database(async |house| {
        a_house_with_history(house).await;
        let get = async |name: &str, version, with_deleted| {
            house.registry.version(&subject(name), version, with_deleted).await
        };
        let number = |number| VersionSpec::Number(Version(number));
        assert_eq!(numbers(&get("s", VersionSpec::Latest, true).await.unwrap()), (1, 1), "latest is always live");
        assert!(matches!(get("s", number(2), false).await, Err(Error::VersionNotFound { .. })));
        assert!(get("s", number(2), true).await.unwrap().is_deleted);
        assert!(matches!(get("s", number(9), true).await, Err(Error::VersionNotFound { .. })));
        assert!(matches!(get("gone", VersionSpec::Latest, false).await, Err(Error::SubjectNotFound(_))));
        assert!(matches!(get("gone", VersionSpec::Latest, true).await, Err(Error::VersionNotFound { .. })));
        assert!(matches!(get("never", number(1), true).await, Err(Error::SubjectNotFound(_))));
    })
    .await;
}

#[tokio::test]
async fn versions_are_listed_live_with_deleted_or_only_deleted() {
    on_each_database(async |house| {
        a_house_with_history(house).await;
        let list = async |name: &str, visibility, page| {
            let versions = house.registry.versions(&subject(name), visibility, page).await?;
            Ok::<_, Error>(versions.into_iter().map(|(version, _)| version.0).collect::<Vec<_>>())
        };
        assert_eq!(list("s", Visibility::Live, ALL).await.unwrap(), [1]);
        assert_eq!(list("s", Visibility::WithDeleted, ALL).await.unwrap(), [1, 2]);
        assert_eq!(list("s", Visibility::OnlyDeleted, ALL).await.unwrap(), [2]);
        assert_eq!(list("t", Visibility::OnlyDeleted, ALL).await.unwrap(), Vec::<i32>::new());
        assert_eq!(list("s", Visibility::WithDeleted, Page { offset: 1, limit: Some(5) }).await.unwrap(), [2]);
        assert!(matches!(list("gone", Visibility::Live, ALL).await, Err(Error::SubjectNotFound(_))));
        assert_eq!(list("gone", Visibility::WithDeleted, ALL).await.unwrap(), [1]);
    })
    .await;
}

#[tokio::test]
async fn a_subject_is_deleted_when_all_its_versions_are() {
    on_each_database(async |house| {
        a_house_with_history(house).await;
        house.register(":.ctx:s2", record(&["x"])).await;
        let list = async |prefix: Prefix, visibility| {
            let subjects = house.registry.subjects(&prefix, visibility, ALL).await.unwrap();
            subjects.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let all = || Prefix::AllContexts(String::new());
        assert_eq!(list(all(), Visibility::Live).await, [":.ctx:s2", "s", "t"]);
        assert_eq!(list(all(), Visibility::WithDeleted).await, [":.ctx:s2", "gone", "s", "t"]);
        assert_eq!(list(all(), Visibility::OnlyDeleted).await, ["gone"]);
        assert_eq!(list(Prefix::AllContexts("s".into()), Visibility::Live).await, [":.ctx:s2", "s"]);
        let default = subject("s").context().clone();
        assert_eq!(list(Prefix::Context(default, String::new()), Visibility::Live).await, ["s", "t"]);
    })
    .await;
}

#[tokio::test]
async fn schemas_are_listed_by_subject_and_version() {
    on_each_database(async |house| {
        a_house_with_history(house).await;
        let list = async |with_deleted, latest_only, page| {
            let all = Prefix::AllContexts(String::new());
            let listing = Listing { with_deleted, latest_only, ..Listing::default() };
            let listed = house.registry.schemas(&all, &listing, page).await.unwrap();
            listed.iter().map(|it| format!("{}/{}", it.stored.subject, it.stored.version)).collect::<Vec<_>>()
        };
        assert_eq!(list(false, false, ALL).await, ["s/1", "t/1"]);
        assert_eq!(list(true, false, ALL).await, ["gone/1", "s/1", "s/2", "t/1"]);
        assert_eq!(list(true, true, ALL).await, ["gone/1", "s/2", "t/1"]);
        assert_eq!(list(true, false, Page { offset: 1, limit: Some(2) }).await, ["s/1", "s/2"]);
    })
    .await;
}

#[tokio::test]
async fn an_id_answers_as_long_as_anything_has_it() {
    on_each_database(async |house| {
        a_house_with_history(house).await;
        let by_id = async |id, name: Option<&str>| house.registry.by_id(SchemaId(id), name.map(subject).as_ref()).await;
        assert_eq!(by_id(1, None).await.unwrap().subject, subject("s"));
        assert_eq!(by_id(1, Some("t")).await.unwrap().subject, subject("t"));
        assert_eq!(by_id(1, Some("never")).await.unwrap().subject, subject("s"), "the name is a preference");
        assert!(by_id(2, None).await.unwrap().is_deleted, "consumers still need it");
        assert!(matches!(by_id(99, None).await, Err(Error::SchemaNotFound)));

        house.delete("s", 2, true).await.unwrap();
        assert!(matches!(by_id(2, None).await, Err(Error::SchemaNotFound)), "gone at once, cached or not");
        house.delete_all("s", false).await.unwrap();
        assert_eq!(by_id(1, None).await.unwrap().subject, subject("t"), "a live use comes first");
    })
    .await;
}

#[tokio::test]
async fn a_content_tells_where_it_is_used() {
    on_each_database(async |house| {
        a_house_with_history(house).await;
        let usages = async |id, with_deleted| {
            let usages = house.registry.usages(SchemaId(id), None, with_deleted, ALL).await?;
            Ok::<_, Error>(usages.iter().map(|(name, version)| format!("{name}/{version}")).collect::<Vec<_>>())
        };
        assert_eq!(usages(1, false).await.unwrap(), ["s/1", "t/1"]);
        assert_eq!(usages(2, false).await.unwrap(), Vec::<String>::new(), "known, but not in use");
        assert_eq!(usages(2, true).await.unwrap(), ["s/2"]);
        assert!(matches!(usages(99, true).await, Err(Error::SchemaNotFound)));
    })
    .await;
}

#[tokio::test]
async fn a_guid_is_the_same_everywhere() {
    on_each_database(async |house| {
        a_house_with_history(house).await;
        house.register(":.ctx:s", record(&["x", "y"])).await;
        let guid = house.latest(":.ctx:s").await.unwrap().schema.fingerprint;
        let everything = Access::named("ci".into(), Grants::everywhere(Right::Read));
        let found = house.registry.by_guid_for(&everything, guid).await.unwrap();
        assert_eq!(&*found.schema.text, record(&["x", "y"]).as_str());
        let ids = house.registry.ids_of_guid(guid).await.unwrap();
        assert_eq!(
            ids.iter().map(|(context, id)| (context.as_str(), id.0)).collect::<Vec<_>>(),
            [(".", 2), (".ctx", 1)]
        );
        let unknown = Fingerprint([7; 16]);
        assert!(matches!(house.registry.by_guid_for(&everything, unknown).await, Err(Error::SchemaNotFound)));
        assert_eq!(house.registry.ids_of_guid(unknown).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_validator_gets_the_content_and_the_subjects_that_have_it() {
    on_each_database(async |house| {
        a_house_with_history(house).await;
        let context = subject("s").context().clone();
        let key = SchemaKey::Id(SchemaId(1));
        let (schema, closure, usages) = house.registry.for_validation(&context, key).await.unwrap();
        assert_eq!(&*schema.text, record(&["x"]).as_str());
        assert!(closure.is_empty());
        assert_eq!(usages, [(subject("s"), Version(1)), (subject("t"), Version(1))]);
        let by_guid = house.registry.for_validation(&context, SchemaKey::Guid(schema.fingerprint)).await.unwrap();
        assert_eq!(by_guid.0, schema);
        let unknown = house.registry.for_validation(&context, SchemaKey::Id(SchemaId(99))).await;
        assert!(matches!(unknown, Err(Error::SchemaNotFound)));
    })
    .await;
}
