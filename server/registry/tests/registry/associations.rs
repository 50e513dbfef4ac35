//! Associations: topics that own subjects or share them, and what that keeps others from doing.

use tidegate_compat::ContextName;
use tidegate_registry::{
    Association, AssociationChoice, AssociationKind, AssociationsOf, Candidate, Error, Lifecycle, Listing, Mode,
    Operation, Page, Prefix, Related, ResourceChange, Result, Wanted,
};

use crate::house::{ALL, House, ann, on_each_database, record, reference, strict_record, subject, text_of};

const OWNED: &str = ":.main:orders-value";

fn change(name: &str, operations: Vec<Operation>) -> ResourceChange {
    ResourceChange {
        kind: "topic".into(),
        id: Some(format!("{name}-id")),
        namespace: "main".into(),
        name: name.into(),
        context: ContextName::default_context(),
        operations,
        dry_run: false,
    }
}

fn wanted(kind: AssociationKind) -> Wanted {
    Wanted { subject: None, kind, lifecycle: None, frozen: None, schema: None, normalize: false }
}

fn weak(subject: &str) -> Wanted {
    Wanted { subject: Some(subject.into()), ..wanted(AssociationKind::Value) }
}

fn strong(text: &str) -> Wanted {
    Wanted { schema: Some(text_of(text)), ..wanted(AssociationKind::Value) }
}

fn with_id(text: &str, id: i32) -> Candidate {
    Candidate { id: Some(id), ..text_of(text) }
}

async fn create(house: &House, topic: &str, wanted: Wanted) -> Result<Vec<Related>> {
    let change = change(topic, vec![Operation::Create(wanted)]);
    house.registry.change_associations(&ann(), &change).await
}

async fn upsert(house: &House, topic: &str, wanted: Wanted) -> Result<Vec<Related>> {
    let change = change(topic, vec![Operation::Upsert(wanted)]);
    house.registry.change_associations(&ann(), &change).await
}

async fn delete(house: &House, topic: &str, cascade: bool) -> Result<()> {
    let (id, choice) = (format!("{topic}-id"), AssociationChoice::default());
    house.registry.delete_associations(&ann(), &id, &choice, cascade, false).await
}

async fn all(house: &House) -> Vec<Association> {
    let of = AssociationsOf::ResourceName { namespace: None, name: None };
    house.registry.associations(&of, &AssociationChoice::default(), ALL).await.unwrap()
}

#[track_caller]
fn invalid(result: Result<Vec<Related>>) -> &'static str {
    match result {
        Err(Error::InvalidAssociation { member, .. }) => member,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_topic_owns_what_it_is_created_with() {
    on_each_database(async |house| {
        let made = create(house, "orders", strong(&record(&["x"]))).await.unwrap();
        let [Related { association, schema: Some(stored) }] = made.as_slice() else { panic!("{made:?}") };
        assert_eq!((association.subject.to_string().as_str(), association.lifecycle), (OWNED, Lifecycle::Strong));
        assert_eq!((stored.version.0, stored.schema.id.0, stored.subject.to_string().as_str()), (1, 1, OWNED));
        assert_eq!(all(house).await, std::slice::from_ref(association));
        assert_eq!(house.latest(OWNED).await.unwrap().version.0, 1);

        // Further versions come as for any other subject.
        assert_eq!(house.register(OWNED, record(&["x", "y"])).await, (2, 2));
        // Nobody else may build on it.
        let user = r#"{"type":"record","name":"U","fields":[{"name":"r","type":"R"}]}"#;
        let user = Candidate { references: vec![reference("R", OWNED, 1)], ..text_of(user) };
        let error = house.try_register("user", user).await.unwrap_err();
        assert!(matches!(error, Error::ReferenceToOwned(ref owned) if *owned == subject(OWNED)), "{error}");

        assert!(matches!(delete(house, "orders", false).await, Err(Error::AssociationFrozen { .. })));
        delete(house, "orders", true).await.unwrap();
        assert_eq!(all(house).await, []);
        assert!(matches!(house.latest(OWNED).await, Err(Error::SubjectNotFound(_))));
        assert!(matches!(house.delete_all(OWNED, true).await, Err(Error::SubjectNotFound(_))), "it is gone for good");
        assert!(matches!(delete(house, "orders", true).await, Err(Error::AssociationNotFound(_))));

        let actions: Vec<_> = house.audit().await.into_iter().map(|it| (it.action, it.subject.to_string())).collect();
        let expected =
            ["association.create", "schema.register", "schema.register", "association.delete", "subject.purge"];
        assert_eq!(actions, expected.map(|action| (action.to_owned(), OWNED.to_owned())));
    })
    .await;
}

#[tokio::test]
async fn topics_share_what_is_there_for_itself() {
    on_each_database(async |house| {
        assert!(matches!(create(house, "orders", weak("shared")).await, Err(Error::NoLiveVersion(_))));
        house.register("shared", record(&["x"])).await;
        let made = create(house, "orders", weak("shared")).await.unwrap();
        assert_eq!((made[0].association.lifecycle, &made[0].schema), (Lifecycle::Weak, &None));
        create(house, "returns", weak("shared")).await.unwrap();
        let topics: Vec<_> = all(house).await.into_iter().map(|it| it.resource.name).collect();
        assert_eq!(topics, ["orders", "returns"]);

        // A shared subject can be referred to, and evolves.
        let user = r#"{"type":"record","name":"U","fields":[{"name":"r","type":"R"}]}"#;
        house.register("user", Candidate { references: vec![reference("R", "shared", 1)], ..text_of(user) }).await;
        house.register("shared", record(&["x", "y"])).await;

        // But it stays for as long as somebody uses it.
        assert!(matches!(house.delete_all("shared", false).await, Err(Error::SubjectAssociated(_))));
        assert_eq!(house.delete("shared", 2, false).await.unwrap(), 2);
        house.delete_all("user", false).await.unwrap();
        assert!(matches!(house.delete("shared", 1, false).await, Err(Error::NoLiveVersion(_))));
        delete(house, "orders", true).await.unwrap();
        assert!(matches!(house.delete_all("shared", false).await, Err(Error::SubjectAssociated(_))));
        delete(house, "returns", false).await.unwrap();
        assert_eq!(house.latest("shared").await.unwrap().version.0, 1, "a shared subject does not go with the topic");
        house.delete_all("shared", false).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_leaves_nothing() {
    on_each_database(async |house| {
        house.register("shared", record(&["x"])).await;
        let before = house.store.revision();
        let bad = strong(r#"{"type":"nonsense"}"#);
        assert!(matches!(create(house, "orders", bad).await, Err(Error::Malformed(_))));
        let (key, value) = (Wanted { kind: AssociationKind::Key, ..strong(&record(&["x"])) }, weak("shared"));
        let mixed = change("orders", vec![Operation::Create(key.clone()), Operation::Create(value)]);
        assert_eq!(invalid(house.registry.change_associations(&ann(), &mixed).await), "lifecycle");
        let dry = ResourceChange { dry_run: true, id: None, ..change("orders", vec![Operation::Create(key)]) };
        assert_eq!(house.registry.change_associations(&ann(), &dry).await.unwrap(), []);
        assert_eq!(all(house).await, []);
        assert!(house.latest(":.main:orders-key").await.is_err());
        assert_eq!(house.store.revision(), before);
        // Not even ids were used up, and what was tried is not remembered.
        assert_eq!(house.register(":.main:other", record(&["z"])).await, (1, 1));
        let by_id = house.registry.by_id(tidegate_compat::SchemaId(1), Some(&subject(":.main:"))).await.unwrap();
        assert!(by_id.schema.text.contains("\"z\""), "{}", by_id.schema.text);
    })
    .await;
}

#[tokio::test]
async fn a_resource_has_one_association_of_a_kind_and_one_way_to_live() {
    on_each_database(async |house| {
        house.register("shared", record(&["x"])).await;
        create(house, "orders", weak("shared")).await.unwrap();
        let again = create(house, "orders", weak("shared")).await.unwrap();
        assert!(again.is_empty(), "the very same is there, and nothing changes: {again:?}");
        house.register("elsewhere", record(&["x"])).await;
        assert!(matches!(
            create(house, "orders", weak("elsewhere")).await,
            Err(Error::AssociationExists { kind: "value", .. })
        ));
        let key = Wanted { kind: AssociationKind::Key, ..strong(&record(&["x"])) };
        assert_eq!(invalid(create(house, "orders", key).await), "lifecycle");
        let elsewhere = ResourceChange {
            id: Some("another".into()),
            ..change("orders", vec![Operation::Create(Wanted { kind: AssociationKind::Key, ..weak("shared") })])
        };
        assert_eq!(invalid(house.registry.change_associations(&ann(), &elsewhere).await), "resourceId");
        let renamed =
            ResourceChange { id: Some("orders-id".into()), ..change("renamed", elsewhere.operations.clone()) };
        assert_eq!(invalid(house.registry.change_associations(&ann(), &renamed).await), "resourceId");
        let key = Wanted { kind: AssociationKind::Key, ..weak("shared") };
        create(house, "orders", key).await.unwrap();
        let kinds: Vec<_> = all(house).await.into_iter().map(|it| it.kind).collect();
        assert_eq!(kinds, [AssociationKind::Key, AssociationKind::Value]);
    })
    .await;
}

#[tokio::test]
async fn a_subject_is_owned_once_or_shared() {
    on_each_database(async |house| {
        create(house, "orders", strong(&record(&["x"]))).await.unwrap();
        assert!(matches!(create(house, "returns", weak(OWNED)).await, Err(Error::SubjectOwned(_))));
        assert!(matches!(upsert(house, "returns", weak(OWNED)).await, Err(Error::SubjectOwned(_))));

        // The name that a topic would own is shared by another one already.
        house.register(":.main:stock-value", record(&["x"])).await;
        create(house, "returns", weak(":.main:stock-value")).await.unwrap();
        assert!(matches!(create(house, "stock", strong(&record(&["x"]))).await, Err(Error::SubjectAssociated(_))));
        delete(house, "returns", false).await.unwrap();
        assert_eq!(
            invalid(create(house, "stock", strong(&record(&["x"]))).await),
            "subject",
            "it has versions already"
        );
        assert_eq!(
            invalid(create(house, "stock", weak(":.main:stock-value")).await),
            "subject",
            "it is kept for STRONG"
        );
    })
    .await;
}

#[tokio::test]
async fn what_others_refer_to_is_owned_by_nobody() {
    on_each_database(async |house| {
        house.register(OWNED, record(&["x"])).await;
        let user = r#"{"type":"record","name":"U","fields":[{"name":"r","type":"R"}]}"#;
        house.register("user", Candidate { references: vec![reference("R", OWNED, 1)], ..text_of(user) }).await;
        let refused = create(house, "orders", strong(&record(&["x"]))).await;
        assert!(matches!(refused, Err(Error::ReferenceExists { .. })), "{refused:?}");
        house.delete_all("user", false).await.unwrap();
        house.delete_all(OWNED, false).await.unwrap();
        let refused = create(house, "orders", strong(&record(&["x"]))).await;
        assert!(
            matches!(refused, Err(Error::ReferenceExists { .. })),
            "soft-deleted referrers would keep it: {refused:?}"
        );
        house.delete_all("user", true).await.unwrap();
        let made = create(house, "orders", strong(&record(&["x", "z"]))).await.unwrap();
        assert_eq!(made[0].schema.as_ref().map(|stored| stored.version.0), Some(2), "numbers go on");
    })
    .await;
}

#[tokio::test]
async fn nothing_about_an_association_can_be_updated() {
    on_each_database(async |house| {
        house.register("shared", record(&["x"])).await;
        house.register("other", record(&["x"])).await;
        let made = upsert(house, "stock", weak("shared")).await.unwrap();
        let revision = house.store.revision();
        assert_eq!(upsert(house, "stock", weak("shared")).await.unwrap(), made, "as it is wanted already");
        assert_eq!(upsert(house, "stock", wanted(AssociationKind::Value)).await.unwrap(), made);
        assert!(matches!(upsert(house, "stock", weak("other")).await, Err(Error::AssociationExists { .. })));
        let owned = Wanted { lifecycle: Some(Lifecycle::Strong), ..wanted(AssociationKind::Value) };
        assert_eq!(invalid(upsert(house, "stock", owned.clone()).await), "lifecycle");
        assert_eq!(invalid(upsert(house, "stock", Wanted { frozen: Some(true), ..weak("shared") }).await), "lifecycle");
        assert_eq!(invalid(upsert(house, "stock", strong(&record(&["x"]))).await), "schema");
        assert_eq!(house.store.revision(), revision);

        create(house, "orders", strong(&record(&["x"]))).await.unwrap();
        upsert(house, "orders", owned).await.unwrap();
        let weaker = Wanted { lifecycle: Some(Lifecycle::Weak), ..wanted(AssociationKind::Value) };
        assert!(matches!(upsert(house, "orders", weaker).await, Err(Error::AssociationFrozen { .. })));
        let thawed = Wanted { frozen: Some(false), ..wanted(AssociationKind::Value) };
        assert!(matches!(upsert(house, "orders", thawed).await, Err(Error::AssociationFrozen { .. })));
        let next = strong(&record(&["x", "y"]));
        assert!(matches!(upsert(house, "orders", next).await, Err(Error::AssociationFrozen { .. })));
        assert_eq!(invalid(upsert(house, "returns", strong(&record(&["x"]))).await), "lifecycle");
    })
    .await;
}

#[tokio::test]
async fn what_is_owned_can_be_imported() {
    on_each_database(async |house| {
        house.set_mode(":.main:", Mode::Import).await;
        let first = Wanted { schema: Some(with_id(&record(&["x"]), 7)), ..wanted(AssociationKind::Value) };
        let made = upsert(house, "orders", first).await.unwrap();
        assert_eq!(made[0].schema.as_ref().map(|stored| stored.schema.id.0), Some(7));
        let second = Wanted { schema: Some(with_id(&record(&["x", "y"]), 9)), ..wanted(AssociationKind::Value) };
        let again = upsert(house, "orders", second).await.unwrap();
        assert_eq!(again[0].association.guid, made[0].association.guid);
        assert!(again[0].association.updated_at >= made[0].association.updated_at);
        assert_eq!(house.latest(OWNED).await.unwrap().version.0, 2);

        // Or found there, when the schemas came first.
        house
            .registry
            .register(&ann(), &subject(":.main:stock-value"), with_id(&record(&["z"]), 11), false)
            .await
            .unwrap();
        let owned = Wanted { lifecycle: Some(Lifecycle::Strong), ..wanted(AssociationKind::Value) };
        upsert(house, "stock", owned.clone()).await.unwrap();
        assert!(matches!(upsert(house, "returns", owned.clone()).await, Err(Error::NoLiveVersion(_))));
        assert_eq!(invalid(create(house, "returns", owned).await), "schema");
        let missing = strong(&record(&["x"]));
        assert!(matches!(create(house, "returns", missing).await, Err(Error::IdMissing { .. })));
        assert_eq!(all(house).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn modes_and_compatibility_hold_here_too() {
    on_each_database(async |house| {
        house.register("shared", record(&["x"])).await;
        create(house, "orders", weak("shared")).await.unwrap();
        house.set_mode("shared", Mode::ReadOnly).await;
        assert!(matches!(create(house, "returns", weak("shared")).await, Err(Error::NotPermitted { .. })));
        assert!(matches!(delete(house, "orders", false).await, Err(Error::NotPermitted { .. })));
        house.set_mode(":.main:", Mode::ReadOnly).await;
        let refused = create(house, "stock", strong(&record(&["x"]))).await;
        assert!(matches!(refused, Err(Error::NotPermitted { .. })), "{refused:?}");
        house.set_mode(":.main:", Mode::ReadWrite).await;
        create(house, "stock", strong(&record(&["x"]))).await.unwrap();
        let error = house.try_register(":.main:stock-value", text_of(&strict_record(&["new"]))).await.unwrap_err();
        assert!(matches!(error, Error::Incompatible { .. }), "{error}");
    })
    .await;
}

#[tokio::test]
async fn operations_on_one_resource_are_done_in_order_and_together() {
    on_each_database(async |house| {
        house.register("a", record(&["x"])).await;
        house.register("b", record(&["x"])).await;
        create(house, "orders", weak("a")).await.unwrap();
        let replace = |subject: &str| {
            let gone = Operation::Delete { kind: AssociationKind::Value, cascade: false };
            change("orders", vec![gone, Operation::Create(weak(subject))])
        };
        let made = house.registry.change_associations(&ann(), &replace("b")).await.unwrap();
        assert_eq!(made.iter().map(|it| it.association.subject.to_string()).collect::<Vec<_>>(), ["b"]);
        let refused = house.registry.change_associations(&ann(), &replace("nowhere")).await;
        assert!(matches!(refused, Err(Error::NoLiveVersion(_))));
        assert_eq!(all(house).await[0].subject, subject("b"), "the deletion did not happen either");
        let gone = change("orders", vec![Operation::Delete { kind: AssociationKind::Key, cascade: false }]);
        let refused = house.registry.change_associations(&ann(), &gone).await;
        assert!(matches!(refused, Err(Error::AssociationNotFound(_))));
    })
    .await;
}

#[tokio::test]
async fn associations_are_found_by_subject_name_and_id() {
    on_each_database(async |house| {
        house.register("shared", record(&["x"])).await;
        create(house, "orders", strong(&record(&["x"]))).await.unwrap();
        create(house, "stock", weak("shared")).await.unwrap();
        let elsewhere = ResourceChange {
            namespace: "other".into(),
            id: Some("stock-elsewhere".into()),
            ..change("stock", vec![Operation::Create(weak("shared"))])
        };
        house.registry.change_associations(&ann(), &elsewhere).await.unwrap();
        let found = async |of: AssociationsOf, choice: AssociationChoice, page: Page| {
            let found = house.registry.associations(&of, &choice, page).await.unwrap();
            found.into_iter().map(|it| it.resource.id).collect::<Vec<_>>()
        };
        let named = |namespace: Option<&str>, name: Option<&str>| AssociationsOf::ResourceName {
            namespace: namespace.map(Into::into),
            name: name.map(Into::into),
        };
        let any = AssociationChoice::default;
        assert_eq!(found(named(None, Some("stock")), any(), ALL).await, ["stock-id", "stock-elsewhere"]);
        assert_eq!(found(named(Some("other"), Some("stock")), any(), ALL).await, ["stock-elsewhere"]);
        assert_eq!(found(named(Some("main"), None), any(), ALL).await, ["orders-id", "stock-id"]);
        assert_eq!(found(named(Some("none"), None), any(), ALL).await, [""; 0]);
        assert_eq!(found(AssociationsOf::ResourceId("orders-id".into()), any(), ALL).await, ["orders-id"]);
        let shared = || AssociationsOf::Subject(subject("shared"));
        assert_eq!(found(shared(), any(), ALL).await, ["stock-id", "stock-elsewhere"]);
        assert_eq!(found(shared(), any(), Page { offset: 1, limit: Some(5) }).await, ["stock-elsewhere"]);
        let keys = AssociationChoice { kinds: vec!["key".into()], ..any() };
        assert_eq!(found(shared(), keys, ALL).await, [""; 0]);
        let strong = AssociationChoice { lifecycle: Some(Lifecycle::Strong), ..any() };
        assert_eq!(found(named(None, None), strong, ALL).await, ["orders-id"]);
        assert_eq!(found(named(None, Some("stock\0")), any(), ALL).await, [""; 0]);
        assert_eq!(found(AssociationsOf::ResourceId("\0".into()), any(), ALL).await, [""; 0]);
        let tables = AssociationChoice { resource: Some("table".into()), ..any() };
        assert_eq!(found(named(None, None), tables, ALL).await, [""; 0]);

        let related = house.registry.related(&named(None, Some("orders")), &any(), true).await.unwrap();
        assert_eq!(related[0].schema.as_ref().map(|stored| stored.version.0), Some(1));
        assert_eq!(invalid(house.registry.related(&named(None, Some("stock")), &any(), false).await), "resourceName");
    })
    .await;
}

#[tokio::test]
async fn listings_tell_associations_and_are_chosen_by_how_they_live() {
    on_each_database(async |house| {
        for name in ["alone", "shared"] {
            house.register(name, record(&["x"])).await;
        }
        create(house, "orders", strong(&record(&["x"]))).await.unwrap();
        create(house, "stock", weak("shared")).await.unwrap();
        create(house, "returns", Wanted { kind: AssociationKind::Key, ..weak("shared") }).await.unwrap();
        let listed = async |listing: Listing| {
            let everywhere = Prefix::AllContexts(String::new());
            let listed = house.registry.schemas(&everywhere, &listing, ALL).await.unwrap();
            let told = listed.into_iter().map(|it| (it.stored.subject.to_string(), it.associations.len()));
            told.collect::<Vec<_>>()
        };
        let told = |pairs: &[(&str, usize)]| pairs.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect::<Vec<_>>();
        assert_eq!(listed(Listing::default()).await, told(&[(OWNED, 1), ("alone", 0), ("shared", 2)]));
        let keys = AssociationChoice { kinds: vec!["key".into()], ..AssociationChoice::default() };
        let of_keys = Listing { associations: keys.clone(), ..Listing::default() };
        assert_eq!(listed(of_keys).await, told(&[(OWNED, 0), ("alone", 0), ("shared", 1)]));
        let living =
            |lifecycles: &[Option<Lifecycle>]| Listing { lifecycles: lifecycles.to_vec(), ..Listing::default() };
        assert_eq!(listed(living(&[Some(Lifecycle::Strong)])).await, told(&[(OWNED, 1)]));
        assert_eq!(listed(living(&[Some(Lifecycle::Weak), None])).await, told(&[("alone", 0), ("shared", 2)]));
        let no_keys = Listing { associations: keys, ..living(&[None]) };
        assert_eq!(listed(no_keys).await, told(&[(OWNED, 0), ("alone", 0)]));
    })
    .await;
}

#[tokio::test]
async fn of_many_who_create_at_once_one_wins() {
    on_each_database(async |house| {
        house.register("shared", record(&["x"])).await;
        let tasks: Vec<_> = (0..12)
            .map(|n| {
                let registry = house.registry.clone();
                tokio::spawn(async move {
                    let wanted = if n % 2 == 0 { weak("shared") } else { strong(&record(&["x"])) };
                    let change = change("orders", vec![Operation::Create(wanted)]);
                    registry.change_associations(&ann(), &change).await
                })
            })
            .collect();
        let mut winners = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(made) if made.is_empty() => {} // What the winner made is what this one wanted.
                Ok(_) => winners += 1,
                Err(Error::AssociationExists { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!((winners, all(house).await.len()), (1, 1));
    })
    .await;
}
