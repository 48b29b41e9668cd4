//! Several things at a time, their results in order.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// What `work` makes of each item, in the order of items; at most `n_lanes` at a time.
pub(super) fn in_lanes<T: Sync, R: Send>(
    n_lanes: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    let lane = || {
        while let Some((position, item)) = {
            let position = next.fetch_add(1, Relaxed);
            items.get(position).map(|item| (position, item))
        } {
            let result = work(item);
            let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
            results.push((position, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..n_lanes.clamp(1, items.len().max(1)) {
            scope.spawn(lane);
        }
        lane();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(position, _)| *position);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::in_lanes;

    #[test]
    fn results_come_in_order_whatever_the_lanes() {
        let items: Vec<usize> = (0..1000).collect();
        for n_lanes in [0, 1, 3, 2000] {
            let squares = in_lanes(n_lanes, &items, |item| item * item);
            assert!(
                squares
                    .iter()
                    .enumerate()
                    .all(|(position, square)| *square == position * position)
            );
            assert_eq!(squares.len(), 1000);
        }
        assert!(in_lanes(4, &Vec::<usize>::new(), |item| *item).is_empty());
    }
}
