//! Work on threads of the moment, for what is done once, such as loading a model.
//!
//! Where the system gives no thread the caller does all. Threads of the moment work in a forked process too, where a pool
//! that the parent began has no threads any more; and they take up no other work while they wait.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, available_parallelism, scope};

/// More threads than this begin later than the others end.
const MOST_THREADS: usize = 4;

/// How many threads work at the same time.
pub(crate) fn n_threads() -> usize {
    available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS)
}

/// What becomes of each task, in their order.
pub(crate) fn each<T: Send, R: Send>(tasks: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let n_others = n_threads().min(tasks.len()).saturating_sub(1);
    let tasks: Vec<Mutex<Option<T>>> = tasks.into_iter().map(|task| Mutex::new(Some(task))).collect();
    let found: Vec<Mutex<Option<R>>> = tasks.iter().map(|_| Mutex::new(None)).collect();
    let begun = AtomicUsize::new(0);
    let some = || {
        while let Some((task, found)) = next(&tasks, &found, &begun) {
            let result = work(task);
            *found.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        }
    };
    scope(|scope| {
        for _ in 0..n_others {
            if Builder::new().spawn_scoped(scope, some).is_err() {
                break;
            }
        }
        some();
    });
    let result = |found: Mutex<Option<R>>| found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.into_iter().filter_map(result).collect()
}

/// A task that nobody has begun, and the place of its result.
fn next<'a, T, R>(
    tasks: &[Mutex<Option<T>>],
    found: &'a [Mutex<Option<R>>],
    begun: &AtomicUsize,
) -> Option<(T, &'a Mutex<Option<R>>)> {
    let number = begun.fetch_add(1, Ordering::Relaxed);
    let task = tasks
        .get(number)?
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()?;
    Some((task, &found[number]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_tasks() {
        for n in [0, 1, 2, 3, 100] {
            let tasks: Vec<usize> = (0..n).collect();
            let expected: Vec<usize> = tasks.iter().map(|task| task * task).collect();
            assert_eq!(each(tasks, |task| task * task), expected);
        }
    }

    #[test]
    fn panics_come_through() {
        let broken = || each(vec![0, 1, 2], |task| assert_ne!(task, 1));
        assert!(std::panic::catch_unwind(broken).is_err());
    }
}
