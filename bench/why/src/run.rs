//! Many cases.
#![allow(clippy::print_stderr)]

use crate::{Case, Judged, Sort, judge};

/// Cases of a sort, in order.
pub fn run(sort: Sort, n_cases: usize, seed: u64, n_threads: usize, is_verbose: bool) -> Vec<Judged> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let k = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if k >= n_cases {
                return done;
            }
            let judged = judge(&Case::draw(sort, k, seed));
            if is_verbose {
                eprintln!("{sort:?} {k}: {judged}");
            }
            done.push((k, judged));
        }
    };
    let mut done: Vec<(usize, Judged)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a case does not panic"))
            .collect()
    });
    done.sort_by_key(|(k, _)| *k);
    done.into_iter().map(|(_, judged)| judged).collect()
}
