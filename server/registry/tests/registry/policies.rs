//! Policies: counted, audited, asked in order, and never changed unseen.

use tidegate_compat::TopicPolicy;
use tidegate_compat::policy::Mode;
use tidegate_registry::{Error, Expected, KeptPolicy, Registry};

use crate::house::{DEFAULTS, House, ann, on_each_database};

fn policy(name: &str, topics: &str) -> TopicPolicy {
    TopicPolicy::new(name, topics)
}

async fn put(house: &House, policy: TopicPolicy) -> KeptPolicy {
    house.registry.put_policy(&ann(), policy, None, Expected::Anything).await.unwrap().0
}

#[tokio::test]
async fn a_change_is_counted_and_audited_and_no_change_is_not() {
    on_each_database(async |house| {
        assert_eq!(house.registry.policies().await.unwrap().revision, 0);
        let (kept, is_new) =
            house.registry.put_policy(&ann(), policy("p", "*"), None, Expected::Nothing).await.unwrap();
        assert_eq!((kept.version, kept.changed_by.as_str(), is_new), (1, "ann", true));
        assert_eq!(put(house, policy("p", "*")).await, kept);
        assert_eq!(house.registry.policies().await.unwrap().revision, 1, "what is undone leaves no trace");
        put(house, TopicPolicy { mode: Mode::Off, ..policy("p", "*") }).await;
        house.registry.delete_policy(&ann(), "p", Expected::Version(2)).await.unwrap();
        assert_eq!(house.registry.policies().await.unwrap().revision, 3);
        let audit = house.audit().await;
        let actions: Vec<_> = audit.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["policy.put", "policy.put", "policy.delete"]);
        let (before, after) = (audit[1].before.as_deref().unwrap(), audit[1].after.as_deref().unwrap());
        assert!(before.contains(r#""mode":"enforce""#) && after.contains(r#""mode":"off""#), "{before} {after}");
        assert!(audit[2].after.is_none() && audit[2].before.as_deref().unwrap().contains(r#""version":2"#));
    })
    .await;
}

#[tokio::test]
async fn of_many_who_change_one_at_a_time_each_gets_a_version_of_their_own() {
    on_each_database(async |house| {
        let change = |percent: u8| {
            let registry = house.registry.clone();
            let policy = TopicPolicy { percent, ..policy("p", "*") };
            tokio::spawn(async move { registry.put_policy(&ann(), policy, None, Expected::Anything).await.unwrap().0 })
        };
        let mut versions = Vec::new();
        for task in (0..8).map(change).collect::<Vec<_>>() {
            versions.push(task.await.unwrap().version);
        }
        versions.sort_unstable();
        assert_eq!(versions, (1..=8).collect::<Vec<_>>());
        let late = house.registry.put_policy(&ann(), policy("p", "x"), None, Expected::Version(7)).await.unwrap_err();
        assert!(matches!(late, Error::PolicyChanged { version: Some(8), .. }), "{late}");
    })
    .await;
}

#[tokio::test]
async fn the_first_match_decides_by_position_and_then_by_name() {
    on_each_database(async |house| {
        let at = async |name: &str, topics: &str, position: i64| {
            let policy = policy(name, topics);
            house.registry.put_policy(&ann(), policy, Some(position), Expected::Anything).await.unwrap();
        };
        at("z", "orders.*", 5).await;
        at("b", "*", 7).await;
        at("a", "*", 7).await;
        let set = house.registry.policies().await.unwrap();
        let decides = |topic: &str| set.deciding(topic).map(|kept| kept.policy.name.clone());
        assert_eq!((decides("orders.eu").as_deref(), decides("bills").as_deref()), (Some("z"), Some("a")));
        assert_eq!(put(house, policy("last", "*")).await.position, 17, "behind all others");
    })
    .await;
}

#[tokio::test]
async fn what_another_node_changed_is_seen() {
    on_each_database(async |house| {
        let other = Registry::new(house.store.clone(), DEFAULTS);
        assert!(other.policies().await.unwrap().policies.is_empty());
        put(house, policy("p", "*")).await;
        assert_eq!(other.policies().await.unwrap().policies.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn history_tells_the_newest_first_and_outlives_the_policy() {
    on_each_database(async |house| {
        for topics in ["a", "b", "c"] {
            put(house, policy("p", topics)).await;
        }
        house.registry.delete_policy(&ann(), "p", Expected::Anything).await.unwrap();
        let (found, has_more) = house.registry.policy_history("p", None, 3).await.unwrap();
        let seen: Vec<_> =
            found.iter().map(|it| (it.version, it.policy.as_ref().map(|policy| policy.topics.as_str()))).collect();
        assert_eq!((seen, has_more), (vec![(4, None), (3, Some("c")), (2, Some("b"))], true));
        let (rest, has_more) = house.registry.policy_history("p", Some(2), 3).await.unwrap();
        assert_eq!((rest.len(), rest[0].version, has_more), (1, 1, false));
        let unknown = house.registry.policy_history("q", None, 3).await.unwrap_err();
        assert!(matches!(unknown, Error::PolicyNotFound(_)), "{unknown}");
        let gone = house.registry.delete_policy(&ann(), "p", Expected::Anything).await.unwrap_err();
        assert!(matches!(gone, Error::PolicyNotFound(_)), "{gone}");
    })
    .await;
}
