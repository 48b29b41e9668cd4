//! Work shared out among threads in parts whose results come back in their order.

use std::ops::Range;

/// No machine has more cores, and a system gives out only so many threads.
const MOST_THREADS: usize = 256;

/// Runs `work` on `n_threads` equal ranges of `0..n_items` at once. What it finds must not depend on where ranges end, or be
/// put together so that it does not.
pub(crate) fn in_parts<T: Send>(
    n_items: usize,
    n_threads: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let n_parts = n_threads.clamp(1, n_items.clamp(1, MOST_THREADS));
    let part = |k: usize| k * n_items / n_parts..(k + 1) * n_items / n_parts;
    if n_parts == 1 {
        return vec![work(0..n_items)];
    }
    std::thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = (1..n_parts).map(|k| scope.spawn(move || work(part(k)))).collect();
        let mut found = vec![work(part(0))];
        for other in others {
            found.push(
                other
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            );
        }
        found
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn parts_cover_everything_once_and_in_order() {
        for (n_items, n_threads) in [(0, 3), (1, 4), (10, 1), (10, 3), (7, 100), (5, 0)] {
            let parts = super::in_parts(n_items, n_threads, |part| part.collect::<Vec<usize>>());
            assert_eq!(parts.concat(), (0..n_items).collect::<Vec<usize>>());
        }
    }
}
