//! Guardrails of a service, watched at every look: what is promised of equals, and how soon the worse is found.

use super::*;
use crate::StatsError;
use crate::math::pow;
use crate::random::Draw;

const N_GROUPS: usize = 1024;
const ALPHA: f64 = 0.05;

/// What comes to a service.
#[derive(Clone, Copy)]
struct World {
    share: f64,
    /// How many keys ask again and again, by rates with a heavy tail.
    n_keys: u64,
    /// The share of requests that come with a key of their own.
    fresh: f64,
    /// Errors of each arm, where they come one by one.
    error_rates: [f64; 2],
    /// The share of keys of which every third request fails.
    failing_keys: f64,
    n_requests: usize,
    every: usize,
}

const WORLD: World = World {
    share: 0.3,
    n_keys: 3000,
    fresh: 0.3,
    error_rates: [0.002; 2],
    failing_keys: 0.01,
    n_requests: 16_000,
    every: 80,
};

/// Requests, errors and logarithms of durations of one arm, by groups.
#[derive(Clone)]
struct Arms([[Vec<f64>; 3]; 2]);

/// One request: its arm, its group, whether it failed, the logarithm of its duration.
struct Came {
    arm: usize,
    group: usize,
    failed: bool,
    duration: f64,
}

impl Arms {
    fn new() -> Arms {
        Arms(std::array::from_fn(|_| {
            std::array::from_fn(|_| vec![0.0; N_GROUPS])
        }))
    }

    fn see(&mut self, came: &Came) {
        let [requests, errors, durations] = &mut self.0[came.arm];
        requests[came.group] += 1.0;
        errors[came.group] += f64::from(u8::from(came.failed));
        durations[came.group] += came.duration;
    }

    fn difference(&self, column: usize, metric: GroupedMetric) -> Option<GroupedDifference> {
        let arm = |at: usize| Grouped {
            sums: &self.0[at][column],
            counts: &self.0[at][0],
        };
        grouped_difference(arm(0), arm(1), metric, ALPHA).ok()
    }
}

struct Traffic {
    world: World,
    draw: Draw,
    seed: u64,
    /// The rates of keys, added up.
    rates: Vec<f64>,
    burst: f64,
    n_fresh: u64,
}

impl Traffic {
    fn new(world: World, seed: u64) -> Traffic {
        let mut draw = Draw::new(seed, 0);
        let mut sum = 0.0;
        let rates = (0..world.n_keys).map(|_| {
            // Pareto with a finite mean and no variance
            sum += pow(1.0 - draw.uniform(), -1.0 / 1.5);
            sum
        });
        Traffic {
            rates: rates.collect(),
            world,
            draw,
            seed,
            burst: 0.0,
            n_fresh: 0,
        }
    }

    fn next(&mut self) -> Came {
        let world = self.world;
        if self.draw.uniform() < 0.004 {
            // a burst begins, or what was one ends: both arms wait
            self.burst = if self.draw.uniform() < 0.3 { 2.5 } else { 0.0 };
        }
        let key = match self.draw.uniform() < world.fresh {
            true => {
                self.n_fresh += 1;
                world.n_keys + self.n_fresh
            }
            false => {
                let at = self.draw.uniform() * self.rates[self.rates.len() - 1];
                self.rates.partition_point(|rate| *rate < at) as u64
            }
        };
        let mut of_key = Draw::new(self.seed, 1 + key);
        let arm = usize::from(of_key.uniform() < world.share);
        let group = of_key.below(N_GROUPS as u64) as usize;
        let fails = of_key.uniform() < world.failing_keys;
        let rate = if fails { 0.3 } else { world.error_rates[arm] };
        Came {
            arm,
            group,
            failed: self.draw.uniform() < rate,
            duration: 0.6 * of_key.normal() + self.burst + 0.3 * self.draw.normal(),
        }
    }
}

/// Whether any look of a run gave an interval without 0, for errors and for durations.
fn ever_excluded(world: World, seed: u64) -> [bool; 2] {
    let (mut traffic, mut arms, mut found) = (Traffic::new(world, seed), Arms::new(), [false; 2]);
    for request in 1..=world.n_requests {
        arms.see(&traffic.next());
        if request % world.every == 0 {
            for (column, metric) in [(1, GroupedMetric::Share), (2, GroupedMetric::Mean)] {
                let told = arms.difference(column, metric);
                found[column - 1] |= told.is_some_and(|told| !told.effect.covers(0.0));
            }
        }
    }
    found
}

/// Runs in which any look was wrong, at most so many by chance.
fn check_level(world: World, n_runs: u64) {
    let mut n_wrong = [0u64; 2];
    for run in 0..n_runs {
        let found = ever_excluded(world, 1000 + run);
        n_wrong
            .iter_mut()
            .zip(found)
            .for_each(|(n, wrong)| *n += u64::from(wrong));
    }
    let n = n_runs as f64;
    let most = n * ALPHA + 3.0 * (n * ALPHA * (1.0 - ALPHA)).sqrt();
    assert!(
        n_wrong.iter().all(|wrong| (*wrong as f64) <= most),
        "{n_wrong:?} of {n_runs}, at most {most:.1}"
    );
}

#[test]
fn of_equals_few_are_ever_told_apart() {
    check_level(WORLD, 400);
}

#[test]
fn of_equals_with_rare_errors_few_are_ever_told_apart() {
    for (rate, failing_keys) in [(1e-4, 0.0), (0.0, 0.001), (0.0, 0.0)] {
        let world = World {
            error_rates: [rate; 2],
            failing_keys,
            share: 0.1,
            ..WORLD
        };
        check_level(world, 200);
    }
}

#[test]
fn of_equals_with_few_keys_few_are_ever_told_apart() {
    check_level(
        World {
            n_keys: 60,
            fresh: 0.0,
            share: 0.5,
            ..WORLD
        },
        100,
    );
}

#[test]
fn a_doubled_error_rate_is_found() {
    let world = World {
        error_rates: [0.01, 0.02],
        failing_keys: 0.0,
        share: 0.5,
        fresh: 1.0,
        n_requests: 60_000,
        every: 500,
        ..WORLD
    };
    let is_found = |seed: u64| {
        let (mut traffic, mut arms) = (Traffic::new(world, seed), Arms::new());
        (1..=world.n_requests).any(|request| {
            arms.see(&traffic.next());
            let told = (request % world.every == 0)
                .then(|| arms.difference(1, GroupedMetric::Share))
                .flatten();
            told.is_some_and(|told| 0.005 < told.effect.low)
        })
    };
    let n_found = (0..40).filter(|seed| is_found(*seed)).count();
    assert!(36 <= n_found, "{n_found} of 40");
}

#[test]
fn shares_that_are_not_as_promised_are_seen() {
    let world = World { share: 0.3, ..WORLD };
    let (mut traffic, mut arms) = (Traffic::new(world, 5), Arms::new());
    (0..16_000).for_each(|_| arms.see(&traffic.next()));
    let share = grouped_share(&arms.0[0][0], &arms.0[1][0], 0.001).unwrap();
    assert!(share.covers(0.3) && !share.covers(0.6), "{share:?}");
}

#[test]
fn an_arm_of_one_key_proves_nothing() {
    let counts = |n: f64| {
        let mut counts = vec![0.0; N_GROUPS];
        counts[7] = n;
        counts
    };
    let many: Vec<f64> = (0..N_GROUPS).map(|group| 10.0 + (group % 3) as f64).collect();
    let none = vec![0.0; N_GROUPS];
    let one = counts(1e6);
    let (first, second) = (
        Grouped {
            sums: &none,
            counts: &many,
        },
        Grouped {
            sums: &one,
            counts: &one,
        },
    );
    let told = grouped_difference(first, second, GroupedMetric::Share, ALPHA).unwrap();
    assert_eq!((told.values, told.effect.low), ([0.0, 1.0], f64::NEG_INFINITY));
    assert_eq!(counts_to_come(&told, 0.5), None);
    let empty = Grouped {
        sums: &none,
        counts: &none,
    };
    assert!(matches!(
        grouped_difference(first, empty, GroupedMetric::Share, ALPHA),
        Err(StatsError::TooFewValues { .. })
    ));
    let short = Grouped {
        sums: &none[1..],
        counts: &none,
    };
    assert!(matches!(
        grouped_difference(short, first, GroupedMetric::Mean, ALPHA),
        Err(StatsError::LengthMismatch { .. })
    ));
}

#[test]
fn no_errors_in_many_keys_are_few_errors() {
    let of = |n: usize| {
        let mut draw = Draw::new(3, 3);
        let mut counts = vec![0.0; N_GROUPS];
        (0..n).for_each(|_| counts[draw.below(N_GROUPS as u64) as usize] += 1.0);
        counts
    };
    let none = vec![0.0; N_GROUPS];
    let half = |n: usize| {
        let counts = of(n);
        let arm = Grouped {
            sums: &none,
            counts: &counts,
        };
        grouped_difference(arm, arm, GroupedMetric::Share, ALPHA)
            .unwrap()
            .effect
            .high
    };
    // about two and a half thousand keys in each arm are needed to exclude half a percent
    assert!(
        0.005 < half(1_500) && half(4_000) < 0.005,
        "{} {}",
        half(1_500),
        half(4_000)
    );
}
