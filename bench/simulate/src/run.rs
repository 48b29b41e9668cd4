//! Replications on threads: each has a seed of its own, so that the number of threads changes nothing.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use stats::math::sqrt;
use stats::random::Draw;

use crate::study::Study;

/// Replications that a thread takes at a time.
const PART: u64 = 100;

/// What was counted for one promise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) share: f64,
    /// The standard error of the simulation.
    pub(crate) error: f64,
}

/// What was counted in a study.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) shares: Vec<Share>,
    pub(crate) n: u64,
    /// Whether these are the replications of the second run.
    pub(crate) is_second: bool,
    /// Replications without an answer to a promise.
    pub(crate) n_undefined: u64,
}

/// Sums over replications, one per promise.
#[derive(Debug, Clone, Default)]
struct Sums {
    sums: Vec<f64>,
    squares: Vec<f64>,
    n_undefined: u64,
}

/// Replications number `0..n` of the given round, whose seeds are its own.
pub(crate) fn replicate(study: &Study, round: u64, n: u64, threads: usize) -> Found {
    let n_parts = n.div_ceil(PART);
    let parts: Mutex<Vec<Option<Sums>>> = Mutex::new(vec![None; n_parts as usize]);
    let next = AtomicU64::new(0);
    let work = || {
        loop {
            let part = next.fetch_add(1, Ordering::Relaxed);
            if part >= n_parts {
                return;
            }
            let summed = summed(study, round, part * PART..n.min((part + 1) * PART));
            parts.lock().expect("no thread panics with the lock")[part as usize] = Some(summed);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let parts = parts.into_inner().expect("no thread panics with the lock");
    found(study, round, n, parts.into_iter().flatten())
}

fn summed(study: &Study, round: u64, replications: std::ops::Range<u64>) -> Sums {
    let n_promises = study.promises.len();
    let mut sums = Sums {
        sums: vec![0.0; n_promises],
        squares: vec![0.0; n_promises],
        n_undefined: 0,
    };
    let seed = seed_of(study);
    let mut answers = vec![0.0; n_promises];
    for replication in replications {
        let mut draw = Draw::new(seed, (round << 40) + replication);
        (study.draws)(&mut draw, &mut answers);
        sums.n_undefined += u64::from(answers.iter().any(|answer| answer.is_nan()));
        for (promise, answer) in answers.iter().enumerate() {
            let answer = if answer.is_nan() { 0.0 } else { *answer };
            sums.sums[promise] += answer;
            sums.squares[promise] += answer * answer;
        }
    }
    sums
}

/// A study's seed is that of its name, so that another row changes no row.
fn seed_of(study: &Study) -> u64 {
    let name = study.what.bytes().chain([0]).chain(study.scenario.bytes());
    name.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The parts added in their order.
fn found(study: &Study, round: u64, n: u64, parts: impl Iterator<Item = Sums>) -> Found {
    let n_promises = study.promises.len();
    let mut total = Sums {
        sums: vec![0.0; n_promises],
        squares: vec![0.0; n_promises],
        n_undefined: 0,
    };
    for part in parts {
        total.n_undefined += part.n_undefined;
        for promise in 0..n_promises {
            total.sums[promise] += part.sums[promise];
            total.squares[promise] += part.squares[promise];
        }
    }
    let size = n as f64;
    let share = |promise: usize| {
        let share = total.sums[promise] / size;
        let variance = (total.squares[promise] / size - share * share).max(0.0);
        // where nothing (or all) was counted, as if the promise were kept
        let nominal = study.promises[promise].nominal;
        let variance = if variance > 0.0 {
            variance
        } else {
            nominal * (1.0 - nominal)
        };
        Share {
            share,
            error: sqrt(variance / size),
        }
    };
    Found {
        shares: (0..n_promises).map(share).collect(),
        n,
        is_second: round > 0,
        n_undefined: total.n_undefined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{Limit, Study};

    #[test]
    fn threads_change_nothing_and_rounds_have_their_own_seeds() {
        let study = Study::level("a uniform p-value", "", Limit::Exact, Draw::uniform);
        let shares = |round, threads| {
            let found = replicate(&study, round, 2_345, threads);
            found
                .shares
                .iter()
                .map(|share| share.share.to_bits())
                .collect::<Vec<_>>()
        };
        assert_eq!(shares(0, 1), shares(0, 3));
        assert_ne!(shares(0, 1), shares(1, 1));
    }

    #[test]
    fn what_is_off_falls_outside() {
        let off = |factor: f64, limit| {
            let study = Study::level("a p-value", "", limit, move |draw| factor * draw.uniform());
            study.holds(&replicate(&study, 0, 20_000, 1))
        };
        assert!(off(1.0, Limit::Exact) && !off(0.8, Limit::Exact) && !off(1.25, Limit::Exact));
        assert!(off(1.25, Limit::Safe) && !off(0.8, Limit::Safe));
        assert!(off(0.8, Limit::Rough) && !off(0.5, Limit::Rough) && !off(0.7, Limit::Close));
    }

    #[test]
    fn without_an_answer_nothing_is_rejected_and_it_is_said() {
        let study = Study::level("a p-value", "", Limit::Exact, |_| f64::NAN);
        let found = replicate(&study, 0, 250, 1);
        assert_eq!((found.n_undefined, found.shares[0].share), (250, 0.0));
        assert!(!study.holds(&found));
    }
}
