use stats::Alternative::{Greater, TwoSided};
use stats::StatsError;
use stats::experiment::{
    Boundaries, Boundary, Question, Sides, Spending, equal_times, fixed_horizon_normal, group_sequential,
};
use stats::random::Draw;

use super::arms::Running;
use crate::study::Limit::{Close, Safe};
use crate::study::{Counted, Promise, Study, errors, flag};

/// Units of each arm by the last look.
const N: usize = 1_500;

pub(super) fn studies() -> Vec<Study> {
    let times = || equal_times(5);
    let early = || vec![0.1, 0.35, 0.5, 0.8, 1.0];
    let mut studies = vec![
        spending(
            "O'Brien-Fleming",
            "5 even looks",
            Boundary::OBrienFleming,
            times(),
            Sides::Two,
        ),
        spending("Pocock", "5 even looks", Boundary::Pocock, times(), Sides::Two),
        spending(
            "Haybittle-Peto",
            "5 even looks, z of 3",
            Boundary::HaybittlePeto { interim_z: 3.0 },
            times(),
            Sides::Two,
        ),
        spending(
            "Lan-DeMets, O'Brien-Fleming",
            "5 even looks",
            Boundary::Spending(Spending::OBrienFleming),
            times(),
            Sides::Two,
        ),
        spending(
            "Lan-DeMets, O'Brien-Fleming",
            "5 uneven looks, one-sided",
            Boundary::Spending(Spending::OBrienFleming),
            early(),
            Sides::One,
        ),
        spending(
            "Lan-DeMets, Pocock",
            "5 uneven looks",
            Boundary::Spending(Spending::Pocock),
            early(),
            Sides::Two,
        ),
        spending(
            "spending by a power",
            "5 uneven looks, power 2",
            Boundary::Spending(Spending::Power { rho: 2.0 }),
            early(),
            Sides::Two,
        ),
    ];
    studies.push(without_boundaries());
    studies.extend(intervals());
    studies
}

/// The z-values at the looks of an experiment whose treatment adds `effect` to values of deviation 1.
fn z_values(draw: &mut Draw, times: &[f64], effect: f64) -> Result<Vec<f64>, StatsError> {
    let mut arms = [Running::default(); 2];
    let mut n_before = 0;
    let look = |time: &f64| {
        let n = (time * N as f64) as usize;
        for (arm, mean) in arms.iter_mut().zip([0.0, effect]) {
            arm.add_normals(draw, n - n_before, mean);
        }
        n_before = n;
        let found = fixed_horizon_normal(&arms[0].arm(), &arms[1].arm(), &Question::default())?;
        Ok(found.statistic)
    };
    times.iter().map(look).collect()
}

/// The share of experiments without an effect that have stopped by each look, beside what may be spent by then.
fn spending(what: &str, scenario: &str, boundary: Boundary, times: Vec<f64>, sides: Sides) -> Study {
    let alpha = 0.05;
    let boundaries =
        group_sequential(boundary, &times, alpha, sides).expect("looks and alpha are in their ranges");
    let promises = boundaries
        .spent
        .iter()
        .map(|&spent| errors(spent, Close))
        .collect();
    Study::shares(
        what,
        format!("{scenario}, spent by each"),
        promises,
        move |draw, answers| {
            let Ok(z) = z_values(draw, &times, 0.0) else {
                answers.fill(f64::NAN);
                return;
            };
            let crosses = |(z, bound): (&f64, &f64)| match sides {
                Sides::Two => z.abs() >= *bound,
                Sides::One => z >= bound,
            };
            let first = z.iter().zip(&boundaries.z).position(|pair| crosses(pair));
            for (look, answer) in answers.iter_mut().enumerate() {
                *answer = flag(first.is_some_and(|first| first <= look));
            }
        },
    )
}

fn without_boundaries() -> Study {
    // P. Armitage, C. K. McPherson, B. C. Rowe (1969), JRSS A 132, 235-244: 0.142 for five looks
    Study::shares(
        "fixed test at each look",
        "5 even looks, no boundaries",
        vec![errors(0.142, Close)],
        |draw, answers| {
            let z = z_values(draw, &equal_times(5), 0.0);
            answers[0] = z.map_or(f64::NAN, |z| flag(z.iter().any(|z| z.abs() >= 1.959_964)));
        },
    )
    .note("why looks need boundaries")
}

/// Stops at the first crossing, or at the last look.
fn intervals() -> Vec<Study> {
    let study = |scenario: &str, sides, effect: f64| {
        let boundaries = group_sequential(Boundary::OBrienFleming, &equal_times(5), 0.05, sides)
            .expect("looks and alpha are in their ranges");
        let covered = |limit| Promise {
            nominal: 0.95,
            counted: Counted::Covered,
            limit,
        };
        let promises = vec![covered(Close), covered(Safe)];
        Study::shares(
            "interval where it stops · repeated at all looks",
            scenario,
            promises,
            move |draw, answers| match walk(draw, &boundaries, effect) {
                Ok(held) => answers.copy_from_slice(&held.map(flag)),
                Err(_) => answers.fill(f64::NAN),
            },
        )
        .costly(10)
    };
    vec![
        study("O'Brien-Fleming, 5 looks, no effect", Sides::Two, 0.0),
        study(
            "O'Brien-Fleming, 5 looks, an effect found half of the time",
            Sides::Two,
            0.073,
        ),
        study(
            "O'Brien-Fleming, 5 looks, one-sided, an effect",
            Sides::One,
            0.073,
        ),
    ]
}

/// Whether the interval at the end holds the effect, and whether the repeated intervals of all looks do.
fn walk(draw: &mut Draw, boundaries: &Boundaries, effect: f64) -> Result<[bool; 2], StatsError> {
    let alternative = if boundaries.sides == Sides::One {
        Greater
    } else {
        TwoSided
    };
    let question = Question {
        alternative,
        ..Question::default()
    };
    let mut arms = [Running::default(); 2];
    let mut at_stop = None;
    let mut all_repeated = true;
    for look in 0..boundaries.n_looks() {
        for (arm, mean) in arms.iter_mut().zip([0.0, effect]) {
            arm.add_normals(draw, N / 5, mean);
        }
        let (control, treatment) = (arms[0].arm(), arms[1].arm());
        let found = boundaries.look(look, &control, &treatment, &question)?;
        all_repeated &= found.repeated.covers(effect);
        let is_last = look + 1 == boundaries.n_looks();
        if at_stop.is_none() && (found.crossed || is_last) {
            at_stop = Some(found.comparison.effect.covers(effect));
        }
    }
    Ok([at_stop.unwrap_or(false), all_repeated])
}
