//! Which of many schemas comes first, and which can't come at all because references lead in a ring?

use std::collections::BTreeSet;

/// Where one of them stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// So many come before it.
    At(usize),
    /// The way along its references into a ring, and once around: it ends where the ring began.
    Ring(Vec<usize>),
}

/// The place of each, where `edges` are the others that it stands on. Of those that may come next, the one that came first
/// does.
pub(super) fn places(edges: &[Vec<usize>]) -> Vec<Place> {
    let mut waits_for: Vec<BTreeSet<usize>> = edges.iter().map(|targets| targets.iter().copied().collect()).collect();
    let mut holds_up: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    for (at, targets) in waits_for.iter().enumerate() {
        for target in targets {
            if let Some(waiting) = holds_up.get_mut(*target) {
                waiting.push(at);
            }
        }
    }
    let ready = waits_for.iter().enumerate().filter(|(_, targets)| targets.is_empty()).map(|(at, _)| at);
    let mut ready: BTreeSet<usize> = ready.collect();
    let mut places: Vec<Option<Place>> = vec![None; edges.len()];
    let mut count = 0;
    while let Some(at) = ready.pop_first() {
        if let Some(place) = places.get_mut(at) {
            *place = Some(Place::At(count));
            count += 1;
        }
        for waiting in holds_up.get(at).into_iter().flatten() {
            let Some(targets) = waits_for.get_mut(*waiting) else { continue };
            if targets.remove(&at) && targets.is_empty() {
                ready.insert(*waiting);
            }
        }
    }
    let placed = |(at, place): (usize, Option<Place>)| place.unwrap_or_else(|| Place::Ring(way(at, &waits_for)));
    places.into_iter().enumerate().map(placed).collect()
}

/// From one that waits for ever to the first that is met twice.
fn way(from: usize, waits_for: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut way = vec![from];
    let mut met = BTreeSet::from([from]);
    let mut at = from;
    while let Some(next) = waits_for.get(at).and_then(BTreeSet::first) {
        way.push(*next);
        if !met.insert(*next) {
            break;
        }
        at = *next;
    }
    way
}

/// All that have a place, in order.
pub(super) fn order(places: &[Place]) -> Vec<usize> {
    let mut order: Vec<(usize, usize)> = places
        .iter()
        .enumerate()
        .filter_map(|(at, place)| match place {
            Place::At(position) => Some((*position, at)),
            Place::Ring(_) => None,
        })
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, at)| at).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_others_stand_on_comes_first_and_the_rest_as_it_came() {
        let places = places(&[vec![2], vec![], vec![3, 3], vec![]]);
        assert_eq!(order(&places), [1, 3, 2, 0]);
    }

    #[test]
    fn rings_are_drawn_also_from_outside() {
        let places = places(&[vec![1], vec![2], vec![1], vec![], vec![3]]);
        assert_eq!(places[1], Place::Ring(vec![1, 2, 1]));
        assert_eq!(places[0], Place::Ring(vec![0, 1, 2, 1]), "it stands on a ring");
        assert_eq!(order(&places), [3, 4]);
    }

    proptest! {
        #[test]
        fn all_have_a_place_and_none_before_what_it_stands_on(
            edges in (1_usize..20).prop_flat_map(|size| {
                prop::collection::vec(prop::collection::vec(0..size, 0..4), size)
            })
        ) {
            let places = places(&edges);
            prop_assert_eq!(places.len(), edges.len());
            for (at, place) in places.iter().enumerate() {
                match place {
                    Place::At(position) => for target in &edges[at] {
                        let is_before = matches!(&places[*target], Place::At(before) if before < position);
                        prop_assert!(is_before, "{} before {}", at, target);
                    },
                    Place::Ring(way) => {
                        prop_assert_eq!(way[0], at);
                        let last = way[way.len() - 1];
                        prop_assert!(way[..way.len() - 1].contains(&last));
                        prop_assert!(way.windows(2).all(|step| edges[step[0]].contains(&step[1])));
                    }
                }
            }
        }
    }
}
