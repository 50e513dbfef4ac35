//! What is asked of the registry, how often, and what is remembered?

use std::sync::atomic::Ordering;

use super::*;
use crate::testing::{Map, NO_ID, ORDER, ORDER_ID, OTHER_ID};

fn schemas(map: &Arc<Map>, deadline: Duration) -> Arc<Schemas> {
    Arc::new(Schemas::new(map.clone(), deadline))
}

fn key(id: SchemaId) -> Key {
    (ContextName::default_context(), Sought::Schema(SchemaKey::Id(id)))
}

async fn ask(schemas: &Arc<Schemas>, id: SchemaId, deadline: Instant) -> Result<(), Arc<str>> {
    let unavailable =
        schemas.ask(&ContextName::default_context(), &[Sought::Schema(SchemaKey::Id(id))], deadline).await;
    unavailable.into_iter().next().map_or(Ok(()), |(_, reason)| Err(reason))
}

fn standing(schemas: &Schemas, id: SchemaId) -> Standing {
    standing_at(schemas, id, schemas.now())
}

fn standing_at(schemas: &Schemas, id: SchemaId, moment: Moment) -> Standing {
    let context = ContextName::default_context();
    let question =
        Question { context: &context, naming: &SubjectNaming::TopicName, topic: &"orders".into(), part: Part::Value };
    schemas.standing(&question, SchemaKey::Id(id), moment)
}

#[tokio::test]
async fn many_who_wait_for_one_schema_cause_one_lookup() {
    let map = Map::orders();
    *map.delay.lock() = Duration::from_millis(30);
    let schemas = schemas(&map, Duration::from_secs(5));
    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let schemas = Arc::clone(&schemas);
            tokio::spawn(async move { ask(&schemas, ORDER_ID, schemas.deadline()).await })
        })
        .collect();
    for one in waiting {
        assert_eq!(one.await.unwrap(), Ok(()));
    }
    assert_eq!(map.lookups.load(Ordering::SeqCst), 1);
    assert!(matches!(standing(&schemas, ORDER_ID), Standing::Good(_)));
}

#[tokio::test]
async fn who_waits_gives_up_at_the_deadline_and_the_answer_still_arrives() {
    let map = Map::orders();
    *map.delay.lock() = Duration::from_millis(80);
    let schemas = schemas(&map, Duration::from_millis(10));
    let told = ask(&schemas, ORDER_ID, schemas.deadline()).await;
    assert_eq!(told, Err("the registry did not answer in time".into()));
    let later = Instant::now() + Duration::from_secs(5);
    assert_eq!(ask(&schemas, ORDER_ID, later).await, Ok(()));
    assert!(matches!(standing(&schemas, ORDER_ID), Standing::Good(_)));
    assert_eq!(map.lookups.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_absent_schema_is_not_asked_for_again_until_the_registry_changes() {
    let map = Map::orders();
    let schemas = schemas(&map, Duration::from_secs(5));
    assert!(matches!(standing(&schemas, NO_ID), Standing::Unasked(_)));
    ask(&schemas, NO_ID, schemas.deadline()).await.unwrap();
    assert!(matches!(standing(&schemas, NO_ID), Standing::Absent));
    map.add(NO_ID, ORDER, &["orders-value"]);
    assert!(matches!(standing(&schemas, NO_ID), Standing::Unasked(_)));
    ask(&schemas, NO_ID, schemas.deadline()).await.unwrap();
    assert!(matches!(standing(&schemas, NO_ID), Standing::Good(_)));
}

#[tokio::test]
async fn membership_is_asked_for_again_when_the_registry_has_changed_and_the_validator_stays() {
    let map = Map::orders();
    let schemas = schemas(&map, Duration::from_secs(5));
    ask(&schemas, ORDER_ID, schemas.deadline()).await.unwrap();
    let Standing::Good(before) = standing(&schemas, ORDER_ID) else { panic!() };
    map.add(ORDER_ID, ORDER, &["elsewhere-value"]);
    assert!(matches!(standing(&schemas, ORDER_ID), Standing::Unasked(_)));
    let moment = schemas.now();
    ask(&schemas, ORDER_ID, schemas.deadline()).await.unwrap();
    assert!(matches!(standing_at(&schemas, ORDER_ID, moment), Standing::Foreign { .. }));
    map.add(ORDER_ID, ORDER, &["elsewhere-value", "orders-value"]);
    ask(&schemas, ORDER_ID, schemas.deadline()).await.unwrap();
    let Standing::Good(after) = standing(&schemas, ORDER_ID) else { panic!() };
    assert!(Arc::ptr_eq(&before, &after));
}

#[tokio::test]
async fn a_schema_that_is_not_of_the_subject_is_asked_for_again_by_the_next_request() {
    let map = Map::orders();
    let schemas = schemas(&map, Duration::from_secs(5));
    let moment = schemas.now();
    ask(&schemas, OTHER_ID, schemas.deadline()).await.unwrap();
    assert!(matches!(standing_at(&schemas, OTHER_ID, moment), Standing::Foreign { .. }));
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(matches!(standing(&schemas, OTHER_ID), Standing::Unasked(_)));
}

#[tokio::test]
async fn what_belonged_to_a_subject_goes_on_to_count_while_the_registry_is_away() {
    let map = Map::orders();
    let schemas = schemas(&map, Duration::from_secs(5));
    for id in [ORDER_ID, OTHER_ID] {
        ask(&schemas, id, schemas.deadline()).await.unwrap();
    }
    map.is_away.store(true, Ordering::SeqCst);
    map.add(NO_ID, ORDER, &["something-else"]);
    for id in [ORDER_ID, OTHER_ID] {
        assert!(matches!(standing(&schemas, id), Standing::Unasked(_)));
        assert!(ask(&schemas, id, schemas.deadline()).await.is_err());
    }
    assert!(matches!(standing(&schemas, ORDER_ID), Standing::Good(_)));
    // Not for ever, though: the registry is tried again, also if nothing changes in it any more.
    let later = Moment { at: Instant::now() + BELIEVED_FOR, ..schemas.now() };
    assert!(matches!(standing_at(&schemas, ORDER_ID, later), Standing::Unasked(_)));
    // It may have come to belong meanwhile: that is not decided without the registry.
    assert!(matches!(standing(&schemas, OTHER_ID), Standing::Unasked(_)));
}

#[tokio::test]
async fn a_registry_that_is_away_is_no_answer() {
    let map = Map::orders();
    map.is_away.store(true, Ordering::SeqCst);
    let schemas = schemas(&map, Duration::from_secs(5));
    assert!(ask(&schemas, ORDER_ID, schemas.deadline()).await.is_err());
    assert!(matches!(standing(&schemas, ORDER_ID), Standing::Unasked(_)));
}

#[tokio::test]
async fn made_up_ids_do_not_fill_the_memory() {
    let map = Map::orders();
    let mut absent = Absent::default();
    (0..30_000).for_each(|id| absent.insert(key(SchemaId(id)), 0));
    assert!(absent.since.len() <= MOST_ABSENT);
    *map.delay.lock() = Duration::from_secs(5);
    let schemas = schemas(&map, Duration::from_millis(1));
    let joined = (0..5_000).filter(|id| schemas.join(key(SchemaId(*id))).is_some()).count();
    assert_eq!(joined, MOST_ASKED);
}
