//! Is it known of every field when and how it was told of last, although most of what is told again is written once for all?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tidegate_lineage::{
    ColumnFlow, Declaration, Entity, Flow, Millis, Named, RunFact, RunState, Subject, Transformation,
};
use tidegate_store::declared::{Additions, DeclaredEvent, Known, node_id};
use tidegate_store::{Session, Store};

use crate::databases::on_each_database;

/// What a job can tell: which field is made of which, and how.
type Fields = &'static [(&'static str, &'static str, &'static str)];
const ONE: Fields = &[("a", "x", "IDENTITY"), ("b", "y", "IDENTITY")];
const OTHER: Fields = &[("b", "y", "AGGREGATION"), ("c", "z", "IDENTITY")];

fn job(number: usize) -> Named {
    Named::new("jobs", format!("job-{number}"))
}

fn dataset(number: usize) -> Entity {
    Entity::Dataset(Named::new("kafka://one:9092", format!("made-{number}")))
}

/// An event about a run of its own.
fn event(number: usize, at: Millis, fields: Fields, state: RunState) -> DeclaredEvent {
    let (job, from, to) = (job(number), Entity::Dataset(Named::new("kafka://one:9092", "orders")), dataset(number));
    let column = |&(source, target, kind): &(&str, &str, &str)| {
        let flow = ColumnFlow {
            from: from.clone(),
            from_field: Some(Arc::from(source)),
            to: to.clone(),
            to_field: Some(Arc::from(target)),
            by: Some(job.clone()),
        };
        (flow, BTreeSet::from([Transformation { kind: kind.to_owned(), ..Transformation::default() }]))
    };
    let id = format!("{number}-{at}");
    let run = RunFact {
        id: Arc::from(&*id),
        job: Some(job.clone()),
        state: Some(state),
        parent: None,
        nominal_start: None,
        nominal_end: None,
    };
    let entities = [from.clone(), to.clone(), Entity::Job(job.clone())].map(|entity| (entity, BTreeMap::new()));
    let flow = Flow { from: from.clone(), to: Entity::Job(job.clone()), by: Some(job.clone()) };
    let told = Declaration {
        at,
        subject: Subject::Run,
        job: Some(job.clone()),
        runs: vec![run],
        entities: BTreeMap::from(entities),
        flows: BTreeSet::from([flow]),
        columns: fields.iter().map(column).collect(),
        symlinks: BTreeSet::new(),
    };
    DeclaredEvent { id, told, body: "{}".to_owned() }
}

async fn keep(store: &Store, known: &mut Known, events: &[DeclaredEvent]) {
    let events: Vec<_> = events.iter().collect();
    let additions = Additions::of(&events, known);
    let mut tx = store.write().await.unwrap();
    let unheeded = tx.add_declared(&additions, 0).await.unwrap();
    tx.commit_unrecorded().await.unwrap();
    let lesson = additions.lesson(unheeded);
    known.learn(lesson);
}

/// The fields that a dataset is made of now: by their names, how, and when it was told last.
async fn made_of(session: &mut Session, number: usize) -> BTreeMap<(String, String), (String, Millis)> {
    let columns = session.columns_into(&[node_id(&dataset(number))]).await.unwrap();
    let told = columns.into_iter().map(|column| {
        let how = column.how.into_iter().map(|how| how.kind).collect();
        ((column.source_field.unwrap(), column.target_field.unwrap()), (how, column.last_seen))
    });
    told.collect()
}

fn orders(times: &mut Vec<Millis>, place: usize, all: &mut Vec<Vec<Millis>>) {
    if place == times.len() {
        return all.push(times.clone());
    }
    for other in place..times.len() {
        times.swap(place, other);
        orders(times, place + 1, all);
        times.swap(place, other);
    }
}

#[tokio::test]
async fn in_whichever_order_and_on_whichever_node_it_is_told() {
    let mut all_orders = Vec::new();
    orders(&mut vec![10, 20, 30, 40], 0, &mut all_orders);
    let tells = |choice: usize, step: usize| if choice >> step & 1 == 0 { ONE } else { OTHER };
    let choices = 16 * all_orders.len();
    on_each_database(async |store: &Store| {
        // Two nodes write to one database, and each knows only what it wrote itself.
        let mut nodes = [Known::default(), Known::default()];
        for step in 0..4_usize {
            for (place, node) in nodes.iter_mut().enumerate() {
                let own = (0..choices).filter(|number| (number / 3 + step * number) % 2 == place);
                let told = own.map(|number| {
                    let at = all_orders[number / 16].get(step).copied().unwrap_or_default();
                    event(number, at, tells(number % 16, step), RunState::Running)
                });
                keep(store, node, &told.collect::<Vec<_>>()).await;
            }
        }
        let mut session = store.read().await.unwrap();
        for number in 0..choices {
            let mut told: Vec<_> =
                (0..4).map(|step| (all_orders[number / 16][step], tells(number % 16, step))).collect();
            told.sort_by_key(|(at, _)| *at);
            let mut expected = BTreeMap::new();
            for (at, fields) in &told {
                for (source, target, how) in *fields {
                    expected.insert(((*source).to_owned(), (*target).to_owned()), ((*how).to_owned(), *at));
                }
            }
            assert_eq!(made_of(&mut session, number).await, expected, "{told:?} in {:?}", all_orders[number / 16]);
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_complete_run_does_not_tell_is_past() {
    let fields = |told: &BTreeMap<(String, String), (String, Millis)>| told.keys().cloned().collect::<Vec<_>>();
    let named = |of: Fields| of.iter().map(|(source, target, _)| ((*source).to_owned(), (*target).to_owned()));
    on_each_database(async |store: &Store| {
        let mut known = Known::default();
        let turns = [(10, ONE), (5_000, ONE), (10_000, ONE), (15_000, OTHER), (20_000, OTHER), (25_000, ONE)];
        for (at, told) in turns {
            keep(store, &mut known, &[event(7, at, told, RunState::Complete)]).await;
            let mut session = store.read().await.unwrap();
            let found = made_of(&mut session, 7).await;
            assert_eq!(fields(&found), named(told).collect::<Vec<_>>(), "at {at}");
            assert!(found.values().all(|(_, last)| *last == at), "{found:?}");
        }
    })
    .await;
}
