//! Does what people say of a violation hold as long on every database, and go with it?

use tidegate_lineage::{Millis, Offence, Offences, TopicRef};
use tidegate_store::{Said, Standing, Store, ViolationFilter, ViolationState};

use crate::databases::on_each_database;

const DAY: i64 = 24 * 3_600_000;
/// Late enough for something to be a month old.
const THEN: i64 = 100 * DAY;

async fn seen(store: &Store, names: &[&str], at: Millis) {
    let offence = |name: &str| Offence {
        topic: TopicRef { cluster: "main".into(), topic: "orders".into() },
        client_id: "shop".into(),
        principal: "".into(),
        rule: name.into(),
        path: "".into(),
        reason: "too cheap".into(),
    };
    let sums = |name: &&str| {
        let seen =
            Offences { offence: offence(name), records: 1, acted: 1, first: at, last: at, samples: Vec::default() };
        ((*name).to_owned(), seen)
    };
    let mut tx = store.write().await.unwrap();
    tx.add_offences(&names.iter().map(sums).collect::<Vec<_>>(), at).await.unwrap();
    tx.commit_unrecorded().await.unwrap();
}

async fn say(store: &Store, name: &str, state: ViolationState, until: Option<Millis>) {
    let said = Said { note: "a note".into(), by: "ann".into(), at: THEN + 10 };
    let mut tx = store.write().await.unwrap();
    tx.put_violation_state(name, state, until, &said).await.unwrap();
    tx.commit_unrecorded().await.unwrap();
}

async fn standing(store: &Store, name: &str, now: Millis) -> Standing {
    store.read().await.unwrap().violation(name, now).await.unwrap().unwrap().standing
}

async fn listed(store: &Store, states: Option<&[ViolationState]>, now: Millis) -> Vec<String> {
    let filter = ViolationFilter { states: states.map(<[_]>::to_vec), ..ViolationFilter::default() };
    let found = store.read().await.unwrap().violations(&filter, now, 0, 10).await.unwrap();
    found.into_iter().map(|row| row.fingerprint).collect()
}

#[tokio::test]
async fn a_state_holds_until_its_time_is_over_or_it_is_proved_wrong() {
    use ViolationState::{Acknowledged, Fixed, Muted, New};
    on_each_database(async |store| {
        seen(store, &["a", "b", "c", "d"], THEN).await;
        assert_eq!(standing(store, "a", THEN).await, Standing::default());
        say(store, "b", Acknowledged, None).await;
        say(store, "c", Muted, Some(THEN + 100)).await;
        say(store, "d", Fixed, None).await;
        let muted = standing(store, "c", THEN + 99).await;
        assert_eq!((muted.state, muted.until), (Muted, Some(THEN + 100)));
        assert_eq!(listed(store, Some(&[Muted, Fixed]), THEN + 99).await, ["c", "d"]);
        assert_eq!(listed(store, Some(&[New]), THEN + 99).await, ["a"]);
        assert_eq!(listed(store, None, THEN + 99).await, ["a", "b", "c", "d"]);

        let over = standing(store, "c", THEN + 100).await;
        assert_eq!((over.state, over.until), (New, None));
        let said = over.said.expect("what was said is still told");
        assert_eq!((said.note.as_str(), said.by.as_str(), said.at), ("a note", "ann", THEN + 10));
        assert_eq!(listed(store, Some(&[New]), THEN + 100).await, ["a", "c"]);

        // A report that came late, of records before it was fixed.
        seen(store, &["d"], THEN + 10).await;
        assert_eq!(standing(store, "d", THEN + 100).await.state, Fixed);
        seen(store, &["b", "d"], THEN + 11).await;
        assert_eq!(standing(store, "d", THEN + 100).await.state, New);
        assert_eq!(standing(store, "b", THEN + 100).await.state, Acknowledged);
        assert_eq!(listed(store, Some(&[New]), THEN + 100).await, ["d", "a", "c"]);
        say(store, "b", New, None).await;
        assert_eq!(standing(store, "b", THEN + 100).await.state, New);
    })
    .await;
}

#[tokio::test]
async fn a_state_is_forgotten_with_its_violation() {
    on_each_database(async |store| {
        seen(store, &["a"], THEN).await;
        say(store, "a", ViolationState::Acknowledged, None).await;
        seen(store, &["b"], THEN + 31 * DAY).await;
        assert_eq!(listed(store, None, THEN + 31 * DAY).await, ["b"]);
        seen(store, &["a"], THEN + 31 * DAY).await;
        assert_eq!(standing(store, "a", THEN + 31 * DAY).await, Standing::default());
    })
    .await;
}
