//! Is the matching as large as it can be?

use super::maximum;

fn size(edges: &[Vec<usize>], right: usize) -> usize {
    let partners = maximum(edges, right, &mut 1_000_000).unwrap();
    let mut taken: Vec<_> = partners.iter().flatten().collect();
    for (left, partner) in partners.iter().enumerate() {
        assert!(partner.is_none_or(|partner| edges[left].contains(&partner)));
    }
    let count = taken.len();
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken.len(), count);
    count
}

#[test]
fn the_first_to_choose_gives_way() {
    assert_eq!(size(&[vec![0, 1], vec![0]], 2), 2);
    assert_eq!(size(&[vec![0, 1], vec![0, 2], vec![0]], 3), 3);
    assert_eq!(size(&[vec![0], vec![0], vec![0, 1]], 2), 2);
    assert_eq!(size(&[vec![], vec![0]], 1), 1);
}

#[test]
fn a_long_chain_of_exchanges_is_found() {
    let mut edges: Vec<_> = (0..500).map(|place| vec![place, place + 1]).collect();
    edges.push(vec![0]);
    assert_eq!(size(&edges, 501), 501);
}

#[test]
fn it_ends_when_there_is_no_work_left() {
    assert_eq!(maximum(&[vec![0], vec![0]], 1, &mut 0), None);
}
