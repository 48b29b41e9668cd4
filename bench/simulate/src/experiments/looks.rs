use stats::Alternative::{Greater, TwoSided};
use stats::StatsError;
use stats::experiment::{
    Boundaries, Boundary, Look, Question, Sides, Spending, equal_times, fixed_horizon_normal,
    group_sequential,
};
use stats::random::Draw;

use super::arms::Running;
use crate::study::Limit::{Close, Exact};
use crate::study::{Study, errors, flag};

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
            let first = z.iter().zip(&boundaries.z).position(crosses);
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

/// Where an experiment stops, at the first crossing or at the last look, and at all looks, stopped or not.
fn intervals() -> Vec<Study> {
    let half = 0.073;
    vec![
        at_the_end("O'Brien-Fleming, 5 looks, no effect", Sides::Two, 0.0),
        at_the_end(
            "O'Brien-Fleming, 5 looks, an effect found half of the time",
            Sides::Two,
            half,
        ),
        at_the_end(
            "O'Brien-Fleming, 5 looks, one-sided, an effect found more often",
            Sides::One,
            half,
        ),
        Study::coverage(
            "repeated intervals, all looks together",
            "O'Brien-Fleming, 5 looks, an effect",
            Exact,
            move |draw| {
                let boundaries = obrien_fleming(Sides::Two);
                let looks = walk(draw, &boundaries, half, |_| false).ok()?;
                Some(looks.iter().all(|look| look.repeated.covers(half)))
            },
        )
        .costly(40),
    ]
}

fn obrien_fleming(sides: Sides) -> Boundaries {
    group_sequential(Boundary::OBrienFleming, &equal_times(5), 0.05, sides)
        .expect("looks and alpha are in their ranges")
}

fn at_the_end(scenario: &str, sides: Sides, effect: f64) -> Study {
    let boundaries = obrien_fleming(sides);
    Study::coverage("interval where it stops", scenario, Close, move |draw| {
        let looks = walk(draw, &boundaries, effect, |look| look.crossed).ok()?;
        Some(looks.last()?.comparison.effect.covers(effect))
    })
    .costly(40)
}

/// The looks up to the first at which one stops.
fn walk(
    draw: &mut Draw,
    boundaries: &Boundaries,
    effect: f64,
    stops: impl Fn(&Look) -> bool,
) -> Result<Vec<Look>, StatsError> {
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
    let mut looks = Vec::new();
    for number in 0..boundaries.n_looks() {
        for (arm, mean) in arms.iter_mut().zip([0.0, effect]) {
            arm.add_normals(draw, N / 5, mean);
        }
        let look = boundaries.look(number, &arms[0].arm(), &arms[1].arm(), &question)?;
        let is_over = stops(&look);
        looks.push(look);
        if is_over {
            break;
        }
    }
    Ok(looks)
}
