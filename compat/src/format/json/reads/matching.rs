//! How many pairs can be formed at most, if each node of one side goes with at most one of the other?

use std::collections::VecDeque;

/// The partner on the right of each node on the left, in a matching that can't be larger. `edges` lists for each on the
/// left who fits on the right. `None` if it takes more work than there is.
pub(super) fn maximum(edges: &[Vec<usize>], right: usize, work: &mut usize) -> Option<Vec<Option<usize>>> {
    let mut partners = vec![None; edges.len()];
    let mut taken: Vec<Option<usize>> = vec![None; right];
    for (left, fits) in edges.iter().enumerate() {
        if let Some(free) = fits.iter().find(|place| taken.get(**place) == Some(&None)) {
            taken[*free] = Some(left);
            partners[left] = Some(*free);
        }
    }
    for left in 0..edges.len() {
        if partners[left].is_none() {
            augment(edges, &mut partners, &mut taken, left, work)?;
        }
    }
    Some(partners)
}

/// Looks for a chain of exchanges that ends at somebody free, shortest first, and makes them.
fn augment(
    edges: &[Vec<usize>],
    partners: &mut [Option<usize>],
    taken: &mut [Option<usize>],
    start: usize,
    work: &mut usize,
) -> Option<()> {
    let mut reached_from: Vec<Option<usize>> = vec![None; taken.len()];
    let mut queue = VecDeque::from([start]);
    while let Some(left) = queue.pop_front() {
        for place in edges[left].iter().copied() {
            *work = work.checked_sub(1)?;
            if reached_from[place].is_some() {
                continue;
            }
            reached_from[place] = Some(left);
            match taken[place] {
                Some(other) => queue.push_back(other),
                None => {
                    exchange(partners, taken, &reached_from, place);
                    return Some(());
                }
            }
        }
    }
    Some(())
}

fn exchange(partners: &mut [Option<usize>], taken: &mut [Option<usize>], from: &[Option<usize>], free: usize) {
    let mut place = Some(free);
    while let Some(current) = place {
        let Some(left) = from[current] else { return };
        place = partners[left].replace(current);
        taken[current] = Some(left);
    }
}

#[cfg(test)]
mod tests;
