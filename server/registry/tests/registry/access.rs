//! Access: who may not read everything sees what they may, in listings and by id.

use tidegate_compat::{ContextName, SchemaId};
use tidegate_registry::{Access, Error, Listing, Page, Prefix, Right, Visibility};

use crate::house::{ALL, House, on_each_database, record, reference, subject};
use crate::tokens::grants;

fn with(texts: &[&str]) -> Access {
    Access::named("ci".into(), grants(texts))
}

/// `orders-value` and `payments-value` in the default context with one schema between them, and something in `.staging`.
async fn furnish(house: &House) {
    house.register("orders-value", record(&["x"])).await;
    house.register("payments-value", record(&["x"])).await;
    house.register("payments-value", record(&["x", "y"])).await;
    house.register(":.staging:orders-value", record(&["z"])).await;
    house.register(":.staging:stock-value", record(&["x"])).await;
}

#[tokio::test]
async fn listings_show_what_may_be_read() {
    on_each_database(async |house| {
        furnish(house).await;
        let everything = Prefix::AllContexts(String::new());
        let subjects = async |access: &Access, prefix: &Prefix, page: Page| {
            let found = house.registry.subjects_for(access, prefix, Visibility::Live, page).await.unwrap();
            found.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let all = [":.staging:orders-value", ":.staging:stock-value", "orders-value", "payments-value"];
        assert_eq!(subjects(&with(&["read"]), &everything, ALL).await, all);
        assert_eq!(subjects(&with(&["observe"]), &everything, ALL).await, [""; 0]);
        assert_eq!(subjects(&with(&["read orders-"]), &everything, ALL).await, ["orders-value"]);
        let both = with(&["read :*:orders-", "write :.staging:"]);
        assert_eq!(subjects(&both, &everything, ALL).await, [all[0], all[1], all[2]]);
        assert_eq!(subjects(&both, &everything, Page { offset: 1, limit: Some(1) }).await, [all[1]]);
        assert_eq!(subjects(&both, &Prefix::parse("orders-v"), ALL).await, [all[2]]);
        assert_eq!(subjects(&both, &Prefix::parse(":.staging:s"), ALL).await, [all[1]]);
        assert_eq!(subjects(&both, &Prefix::parse("p"), ALL).await, [""; 0]);

        let listed = house.registry.schemas_for(&both, &everything, &Listing::default(), ALL).await.unwrap();
        let names: Vec<_> = listed.iter().map(|listed| listed.stored.subject.to_string()).collect();
        assert_eq!(names, [all[0], all[1], all[2]]);
        let second = Page { offset: 1, limit: Some(1) };
        let listed = house.registry.schemas_for(&both, &everything, &Listing::default(), second).await.unwrap();
        assert_eq!(listed[0].stored.subject, subject(all[1]));

        let contexts = async |access: &Access| {
            let found = house.registry.contexts_for(access, ALL).await.unwrap();
            found.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(contexts(&with(&["read"])).await, [".", ".staging"]);
        assert_eq!(contexts(&with(&["read :.staging:orders-"])).await, [".staging"]);
        assert_eq!(contexts(&with(&["read orders-"])).await, ["."]);
    })
    .await;
}

#[tokio::test]
async fn an_alias_brings_in_nothing_that_may_not_be_read() {
    on_each_database(async |house| {
        furnish(house).await;
        let patch = tidegate_registry::ConfigPatch {
            alias: Some(Some("payments-value".into())),
            ..tidegate_registry::ConfigPatch::default()
        };
        let scope = tidegate_registry::Scope::Subject(subject("orders-old"));
        house.registry.set_config(&crate::house::ann(), &scope, patch).await.unwrap();
        let listing = Listing { with_aliases: true, ..Listing::default() };
        let listed = async |access: &Access| {
            let found = house.registry.schemas_for(access, &Prefix::parse("orders-"), &listing, ALL).await.unwrap();
            found.iter().map(|listed| listed.stored.subject.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(listed(&with(&["read"])).await, ["orders-value", "payments-value", "payments-value"]);
        assert_eq!(listed(&with(&["read orders-"])).await, ["orders-value"]);
    })
    .await;
}

#[tokio::test]
async fn a_schema_shows_under_a_subject_that_may_be_read() {
    on_each_database(async |house| {
        furnish(house).await;
        let seen = async |texts: &[&str], id: i32, asked: Option<&str>| {
            let seen = house.registry.seen_as(&with(texts), SchemaId(id), asked.map(subject)).await;
            seen.map(|subject| subject.map(|subject| subject.to_string()))
        };
        assert_eq!(seen(&["read"], 1, None).await.unwrap(), None, "whoever reads everything sees it as it comes");
        assert_eq!(seen(&["read payments-"], 1, None).await.unwrap().unwrap(), "payments-value");
        assert_eq!(seen(&["read payments-"], 1, Some("orders-value")).await.unwrap().unwrap(), "payments-value");
        assert_eq!(
            seen(&["read payments-", "read orders-"], 1, Some("payments-value")).await.unwrap().unwrap(),
            "payments-value"
        );
        assert!(matches!(seen(&["read orders-"], 2, None).await, Err(Error::Denied(_))));
        assert!(matches!(seen(&["read orders-"], 99, None).await, Err(Error::SchemaNotFound)));
        assert!(
            matches!(seen(&["read orders-"], 1, Some(":.staging:")).await, Err(Error::Denied(_))),
            "another context"
        );
        assert_eq!(seen(&["read :.staging:"], 1, Some(":.staging:")).await.unwrap().unwrap(), ":.staging:orders-value");

        let usages =
            house.registry.usages_for(&with(&["read payments-"]), SchemaId(1), None, false, ALL).await.unwrap();
        assert_eq!(usages.iter().map(|(user, _)| user.to_string()).collect::<Vec<_>>(), ["payments-value"]);
        house.delete_all("payments-value", false).await.unwrap();
        assert!(seen(&["read payments-"], 1, None).await.is_ok(), "what is soft-deleted is still there by id");
    })
    .await;
}

#[tokio::test]
async fn a_guid_is_looked_for_where_it_may_be_read() {
    on_each_database(async |house| {
        furnish(house).await;
        let guid = house.latest("orders-value").await.unwrap().schema.fingerprint;
        let places = async |texts: &[&str]| house.registry.ids_of_guid_for(&with(texts), guid).await.unwrap();
        let staging = ContextName::parse("staging").unwrap();
        assert_eq!(places(&["read"]).await.len(), 2);
        assert_eq!(places(&["read :.staging:"]).await, [(staging, SchemaId(2))]);
        assert_eq!(places(&["read orders-"]).await, [(ContextName::default_context(), SchemaId(1))]);
        assert!(places(&["read nothing"]).await.is_empty());
        assert!(house.registry.by_guid_for(&with(&["read orders-"]), guid).await.is_ok());
        let denied = house.registry.by_guid_for(&with(&["read nothing"]), guid).await.unwrap_err();
        assert!(matches!(denied, Error::Denied(_)), "{denied}");
    })
    .await;
}

#[test]
fn references_must_be_readable() {
    let access = with(&["write orders-", "read :.shared:"]);
    let demand = |target: &str| access.demand_references(&subject("orders-value"), &[reference("x", target, 1)]);
    assert!(demand("orders-key").is_ok() && demand(":.shared:money").is_ok());
    assert!(matches!(demand("payments-value"), Err(Error::Denied(_))));
    let staged = access.demand_references(&subject(":.shared:x"), &[reference("x", "money", 1)]);
    assert!(staged.is_ok(), "an unqualified reference is one in the same context");
    assert!(access.demand(Right::Write, &subject(":.shared:money")).is_err());
}
