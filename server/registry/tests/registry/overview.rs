//! Subjects at a glance: what is told of each, and how pages follow each other.

use tidegate_compat::{CompatibilityLevel, Contract, Metadata, SchemaKind};
use tidegate_registry::{Candidate, Listing, Mode, Origin, Overview, OverviewChoice, Page, Prefix, Visibility};

use crate::house::{House, on_each_database, properties, record, subject, text_of};

fn everything() -> OverviewChoice {
    let prefix = Prefix::AllContexts(String::new());
    OverviewChoice { prefix, visibility: Visibility::Live, kind: None, after: None, limit: 100 }
}

async fn seen(house: &House, wanted: OverviewChoice) -> Vec<Overview> {
    house.registry.overview(&wanted).await.unwrap().0
}

async fn names(house: &House, wanted: OverviewChoice) -> Vec<String> {
    seen(house, wanted).await.iter().map(|overview| overview.subject.to_string()).collect()
}

#[tokio::test]
async fn a_level_and_a_mode_are_told_with_who_set_them() {
    on_each_database(async |house| {
        for name in ["own", "plain", ":.ctx:a", ":.other:b"] {
            house.register(name, record(&["x"])).await;
        }
        house.set_level("own", CompatibilityLevel::Full).await;
        house.set_level(":.ctx:", CompatibilityLevel::Forward).await;
        house.set_mode(":.ctx:a", Mode::ReadOnly).await;
        house.set_mode(":.__GLOBAL:", Mode::ReadOnly).await;
        let told = seen(house, everything()).await;
        let told: Vec<_> = told.iter().map(|it| (it.subject.bare(), it.level, it.mode)).collect();
        use CompatibilityLevel as L;
        let read_only = |origin| (Mode::ReadOnly, origin);
        assert_eq!(
            told,
            [
                ("a", (L::Forward, Origin::Context), read_only(Origin::Subject)),
                ("b", (L::Backward, Origin::Server), read_only(Origin::Global)),
                ("own", (L::Full, Origin::Subject), read_only(Origin::Global)),
                ("plain", (L::Backward, Origin::Server), read_only(Origin::Global)),
            ]
        );
        house.set_mode("", Mode::ReadOnlyOverride).await;
        let plain = seen(house, everything()).await.pop().unwrap();
        assert_eq!(plain.mode, (Mode::ReadOnlyOverride, Origin::Context), "the default context is one, too");
    })
    .await;
}

#[tokio::test]
async fn the_latest_version_says_who_owns_it_and_what_is_tagged() {
    on_each_database(async |house| {
        let mut metadata = properties(&[("owner", "ann"), ("password", "x")]);
        metadata.sensitive.insert("password".into());
        metadata.tags.insert("R.x".into(), ["PII".to_owned(), "EMAIL".to_owned()].into());
        metadata.tags.insert("R.y".into(), ["PII".to_owned()].into());
        let with = |metadata: Metadata| Candidate {
            contract: Contract { metadata: Some(metadata), ..Contract::default() },
            ..text_of(&record(&["x", "y"]))
        };
        house.register("s", record(&["x"])).await;
        house.register("s", with(metadata)).await;
        let [told] = seen(house, everything()).await.try_into().unwrap();
        assert_eq!((told.owner.as_deref(), told.versions, told.sensitive), (Some("ann"), 2, 1));
        assert_eq!(told.tags.into_iter().collect::<Vec<_>>(), ["EMAIL", "PII"]);
        assert_eq!((told.latest.version.0, told.latest.id.0, told.kind), (2, 2, SchemaKind::Avro));
        assert_eq!(told.guid, house.latest("s").await.unwrap().schema.fingerprint);
        house.delete("s", 2, false).await.unwrap();
        let [told] = seen(house, everything()).await.try_into().unwrap();
        assert_eq!((told.owner, told.latest.version.0, told.versions), (None, 1, 1));
    })
    .await;
}

#[tokio::test]
async fn subjects_are_chosen_and_come_in_pages() {
    on_each_database(async |house| {
        for name in ["a1", "a2", "b", ":.ctx:a3", ":.ctx:c"] {
            house.register(name, record(&["x"])).await;
        }
        let json = Candidate { kind: Some(SchemaKind::Json), ..text_of("{}") };
        house.register("j", json).await;
        house.delete_all("b", false).await.unwrap();
        let all = [":.ctx:a3", ":.ctx:c", "a1", "a2", "j"];
        assert_eq!(names(house, everything()).await, all);
        let choose = |prefix: Prefix| OverviewChoice { prefix, ..everything() };
        assert_eq!(names(house, choose(Prefix::AllContexts("a".into()))).await, [":.ctx:a3", "a1", "a2"]);
        let ctx = subject(":.ctx:").context().clone();
        assert_eq!(names(house, choose(Prefix::Context(ctx, "a".into()))).await, [":.ctx:a3"]);
        let default = subject("x").context().clone();
        assert_eq!(names(house, choose(Prefix::Context(default, String::new()))).await, ["a1", "a2", "j"]);
        let kind = |kind| OverviewChoice { kind: Some(kind), ..everything() };
        assert_eq!(names(house, kind(SchemaKind::Json)).await, ["j"]);
        assert_eq!(names(house, kind(SchemaKind::Protobuf)).await, [""; 0]);
        let visible = |visibility| OverviewChoice { visibility, ..everything() };
        assert_eq!(names(house, visible(Visibility::OnlyDeleted)).await, ["b"]);
        assert_eq!(names(house, visible(Visibility::WithDeleted)).await.len(), 6);

        let mut paged = Vec::new();
        let mut after = None;
        loop {
            let (page, has_more) =
                house.registry.overview(&OverviewChoice { after, limit: 2, ..everything() }).await.unwrap();
            paged.extend(page.iter().map(|it| it.subject.to_string()));
            after = page.last().map(|it| it.subject.clone());
            if !has_more {
                break;
            }
        }
        assert_eq!(paged, all);
    })
    .await;
}

#[tokio::test]
async fn a_moment_is_another_one_after_a_change() {
    on_each_database(async |house| {
        let before = house.registry.moment().await.unwrap();
        assert_eq!((before.revision, before.at), (0, 0));
        house.register("s", record(&["x"])).await;
        let after = house.registry.moment().await.unwrap();
        assert!(after.revision == 1 && after.at > 0);
        assert_eq!(house.registry.moment().await.unwrap(), after);
    })
    .await;
}

#[tokio::test]
async fn pages_that_follow_each_other_are_those_of_the_whole_listing() {
    on_each_database(async |house| {
        for name in ["a", "b", ":.ctx:c", "d", "e"] {
            house.register(name, record(&["x"])).await;
            house.register(name, record(&["x", "y"])).await;
        }
        let prefix = Prefix::AllContexts(String::new());
        for latest_only in [false, true] {
            let listing = Listing { latest_only, ..Listing::default() };
            let list = async |page| {
                let listed = house.registry.schemas(&prefix, &listing, page).await.unwrap();
                listed.iter().map(|it| (it.stored.subject.to_string(), it.stored.version)).collect::<Vec<_>>()
            };
            let whole = list(Page::default()).await;
            for limit in [1, 2, 3] {
                let mut paged = Vec::new();
                loop {
                    let page = list(Page { offset: paged.len(), limit: Some(limit) }).await;
                    if page.is_empty() {
                        break;
                    }
                    paged.extend(page);
                }
                assert_eq!(paged, whole);
            }
        }
        let names = async |offset| {
            let page = Page { offset, limit: Some(2) };
            let names = house.registry.subjects(&prefix, Visibility::Live, page).await.unwrap();
            names.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(names(0).await, [":.ctx:c", "a"]);
        assert_eq!(names(2).await, ["b", "d"]);
        house.delete_all("a", false).await.unwrap();
        assert_eq!(names(2).await, ["d", "e"], "a bookmark does not outlive a change");
    })
    .await;
}
