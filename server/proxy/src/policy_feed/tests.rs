//! Do new policies hold at once, after those of nobody and before those of the configuration, and outlast an outage?

use super::*;
use crate::policy::{Mode, Policies};
use crate::testing::{Map, policy};

fn shadow(topics: &str) -> TopicPolicy {
    TopicPolicy { mode: Mode::Shadow, ..policy(topics) }
}

fn mode(feed: &Feed, topic: &str) -> Option<Mode> {
    feed.in_force.load().find(topic).map(|policy| policy.mode)
}

#[tokio::test]
async fn those_of_the_registry_come_first_and_a_change_of_them_is_taken_over() {
    let map = Map::orders();
    *map.policies.lock() = Policies { revision: 1, policies: vec![shadow("orders")] };
    let mut feed = Feed::start(map.clone(), vec![policy("*")]).await.unwrap();
    assert!(feed.in_force.are_known());
    assert_eq!((mode(&feed, "orders"), mode(&feed, "bills")), (Some(Mode::Shadow), Some(Mode::Enforce)));
    *map.policies.lock() = Policies { revision: 2, policies: vec![policy("orders"), shadow("*")] };
    feed.look(PATIENCE).await;
    assert_eq!((mode(&feed, "orders"), mode(&feed, "bills")), (Some(Mode::Enforce), Some(Mode::Shadow)));
    *map.policies.lock() = Policies { revision: 3, policies: vec![] };
    feed.look(PATIENCE).await;
    assert_eq!(mode(&feed, "orders"), Some(Mode::Enforce));
}

#[tokio::test]
async fn what_is_unchanged_is_not_made_anew() {
    let map = Map::orders();
    *map.policies.lock() = Policies { revision: 1, policies: vec![shadow("orders")] };
    let mut feed = Feed::start(map.clone(), vec![]).await.unwrap();
    let before = Arc::clone(&feed.in_force.load());
    feed.look(PATIENCE).await;
    assert!(Arc::ptr_eq(&before, &feed.in_force.load()), "connections would forget what they know of topics");
}

#[tokio::test]
async fn an_outage_changes_nothing_and_is_noted() {
    let map = Map::orders();
    map.is_away.store(true, Ordering::SeqCst);
    let mut feed = Feed::start(map.clone(), vec![policy("*")]).await.unwrap();
    assert!(!feed.in_force.are_known());
    assert_eq!(mode(&feed, "orders"), Some(Mode::Enforce));
    *map.policies.lock() = Policies { revision: 1, policies: vec![shadow("orders")] };
    map.is_away.store(false, Ordering::SeqCst);
    feed.look(PATIENCE).await;
    assert!(feed.in_force.are_known());
    map.is_away.store(true, Ordering::SeqCst);
    sleep(Duration::from_millis(50)).await;
    feed.look(PATIENCE).await;
    assert_eq!(mode(&feed, "orders"), Some(Mode::Shadow));
    assert!(feed.in_force.contact_age() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_policy_that_can_not_be_used_leaves_the_others_in_force() {
    let map = Map::orders();
    *map.policies.lock() = Policies { revision: 1, policies: vec![shadow("orders")] };
    let mut feed = Feed::start(map.clone(), vec![]).await.unwrap();
    *map.policies.lock() = Policies { revision: 2, policies: vec![policy("a[")] };
    feed.look(PATIENCE).await;
    assert_eq!((mode(&feed, "orders"), feed.known), (Some(Mode::Shadow), 1));
}
