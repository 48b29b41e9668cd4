//! Several things at a time, their results in order.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What `work` makes of each item, in the order of items; at most `n_lanes` at a time, and no more than together weigh
/// `budget`, unless one alone weighs more.
pub(super) fn in_lanes<T: Sync, R: Send>(
    n_lanes: usize,
    items: &[T],
    (budget, weight): (u64, impl Fn(&T) -> u64 + Sync),
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let desk = Desk {
        items,
        budget,
        weight,
        turns: Mutex::default(),
        freed: Condvar::new(),
    };
    let results = Mutex::new(Vec::with_capacity(items.len()));
    let lane = || {
        while let Some(turn) = desk.next() {
            let result = work(turn.item);
            let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
            results.push((turn.position, result));
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

/// Who gives out the items.
struct Desk<'a, T, W> {
    items: &'a [T],
    budget: u64,
    weight: W,
    turns: Mutex<Turns>,
    /// A lane has done what it had.
    freed: Condvar,
}

#[derive(Debug, Default)]
struct Turns {
    /// The next item's position.
    next: usize,
    /// What items under way weigh.
    weight: u64,
}

/// An item under way.
struct Turn<'a, T, W> {
    desk: &'a Desk<'a, T, W>,
    position: usize,
    item: &'a T,
    weight: u64,
}

impl<T, W: Fn(&T) -> u64> Desk<'_, T, W> {
    /// The next item, once there is room for it: heavy ones are not passed by, or they would wait to the end.
    fn next(&self) -> Option<Turn<'_, T, W>> {
        let mut turns = self.lock();
        loop {
            let position = turns.next;
            let item = self.items.get(position)?;
            let weight = (self.weight)(item);
            if turns.weight == 0 || turns.weight.saturating_add(weight) <= self.budget {
                turns.next += 1;
                turns.weight = turns.weight.saturating_add(weight);
                return Some(Turn {
                    desk: self,
                    position,
                    item,
                    weight,
                });
            }
            turns = self.freed.wait(turns).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<T, W> Desk<'_, T, W> {
    fn lock(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, W> Drop for Turn<'_, T, W> {
    /// Also after a panic: nobody may wait for room that never comes.
    fn drop(&mut self) {
        let mut turns = self.desk.lock();
        turns.weight = turns.weight.saturating_sub(self.weight);
        self.desk.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::in_lanes;
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
    use std::time::Duration;

    #[test]
    fn results_come_in_order_whatever_the_lanes_and_their_weights() {
        let items: Vec<usize> = (0..1000).collect();
        for (n_lanes, budget) in [(0, 0), (1, 7), (3, 100), (2000, 50), (8, u64::MAX)] {
            let squares = in_lanes(n_lanes, &items, (budget, |item| *item as u64), |item| item * item);
            let is_square = |(position, square): (usize, &usize)| *square == position * position;
            assert!(squares.iter().enumerate().all(is_square));
            assert_eq!(squares.len(), 1000);
        }
        assert!(in_lanes(4, &Vec::<usize>::new(), (1, |_| 1), |item| *item).is_empty());
    }

    #[test]
    fn what_is_under_way_weighs_no_more_than_it_may_unless_it_is_alone() {
        let items: Vec<u64> = (0..60).map(|k| if k % 17 == 3 { 500 } else { 30 + k }).collect();
        let (now, n_now, most) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        in_lanes(6, &items, (200, |item| *item), |item| {
            let weight = now.fetch_add(*item, SeqCst) + item;
            let n_others = n_now.fetch_add(1, SeqCst);
            assert!(weight <= 200 || (n_others == 0 && *item == 500), "{weight}");
            most.fetch_max(n_others + 1, SeqCst);
            std::thread::sleep(Duration::from_millis(1));
            n_now.fetch_sub(1, SeqCst);
            now.fetch_sub(*item, SeqCst);
        });
        assert!(1 < most.into_inner());
    }

    #[test]
    fn a_panic_leaves_nobody_waiting() {
        let items = [10, 10, 10, 10];
        let done = std::panic::catch_unwind(|| {
            in_lanes(4, &items, (10, |item| *item), |item| assert_eq!(*item, 0));
        });
        assert!(done.is_err());
    }
}
