use stats::Alternative::Greater;
use stats::StatsError;
use stats::experiment::{
    Arm, Comparison, Difference, Outcome, Question, Sums, fixed_horizon, quantile_arm,
    quantile_arm_of_events, sample_ratio,
};
use stats::random::Draw;

use crate::data::{counts, exponentials, lognormals, normals, successes};
use crate::study::Limit::{Close, Rough};
use crate::study::{Limit, Study, errors, flag};

pub(super) fn studies() -> Vec<Study> {
    [means(), shares(), ratios(), quantiles(), splits(), vec![small()]]
        .into_iter()
        .flatten()
        .collect()
}

/// How often an experiment in which nothing changed finds something.
fn nothing(
    what: &str,
    scenario: &str,
    limit: Limit,
    compared: impl Fn(&mut Draw) -> Result<Comparison, StatsError> + Sync + 'static,
) -> Study {
    Study::level(what, format!("A/A, {scenario}"), limit, move |draw| {
        compared(draw).map_or(f64::NAN, |found| found.p_value)
    })
}

fn holds(found: Result<Comparison, StatsError>, truth: f64) -> Option<bool> {
    Some(found.ok()?.effect.covers(truth))
}

fn relative() -> Question {
    Question {
        difference: Difference::Relative,
        ..Question::default()
    }
}

fn means() -> Vec<Study> {
    let spend = |draw: &mut Draw, factor: f64| {
        let values: Vec<f64> = lognormals(draw, 500, 1.0)
            .into_iter()
            .map(|value| factor * value)
            .collect();
        Arm::of_values(&values)
    };
    let inferior = Question {
        alternative: Greater,
        null: -0.2,
        ..Question::default()
    };
    vec![
        nothing("mean", "lognormal, 500 units each", Close, move |draw| {
            fixed_horizon(&spend(draw, 1.0)?, &spend(draw, 1.0)?, &Question::default())
        })
        .at_5_percent(),
        nothing(
            "mean, relative",
            "lognormal, 500 units each",
            Rough,
            move |draw| fixed_horizon(&spend(draw, 1.0)?, &spend(draw, 1.0)?, &relative()),
        )
        .at_5_percent(),
        Study::coverage(
            "mean, relative",
            "lognormal, 500 units each, 10 % more",
            Close,
            move |draw| {
                let (control, treatment) = (spend(draw, 1.0).ok()?, spend(draw, 1.1).ok()?);
                holds(fixed_horizon(&control, &treatment, &relative()), 0.1)
            },
        ),
        Study::level(
            "mean, non-inferiority",
            "at the margin, normal, 200 units each",
            Close,
            move |draw| {
                let arms = [0.0, -0.2].map(|mean| Arm::of_values(&normals(draw, 200, mean, 1.0)));
                let [Ok(control), Ok(treatment)] = arms else {
                    return f64::NAN;
                };
                fixed_horizon(&control, &treatment, &inferior).map_or(f64::NAN, |found| found.p_value)
            },
        ),
    ]
}

fn shares() -> Vec<Study> {
    let arm = |draw: &mut Draw, n: u64, share: f64| Arm::of_proportion(successes(draw, n, share), n);
    vec![
        nothing("proportion", "5 %, 2,000 units each", Close, move |draw| {
            fixed_horizon(
                &arm(draw, 2_000, 0.05)?,
                &arm(draw, 2_000, 0.05)?,
                &Question::default(),
            )
        })
        .at_5_percent(),
        nothing(
            "proportion, relative",
            "5 %, 2,000 units each",
            Rough,
            move |draw| fixed_horizon(&arm(draw, 2_000, 0.05)?, &arm(draw, 2_000, 0.05)?, &relative()),
        )
        .at_5_percent(),
        Study::coverage(
            "proportion, relative",
            "10 % and 12 %, 2,000 units each",
            Close,
            move |draw| {
                let (control, treatment) = (arm(draw, 2_000, 0.1).ok()?, arm(draw, 2_000, 0.12).ok()?);
                holds(fixed_horizon(&control, &treatment, &relative()), 0.2)
            },
        ),
    ]
}

/// Clicks per view, where units have 1 to 10 views and a rate of their own.
fn ratio(draw: &mut Draw, n: usize, lift: f64) -> Result<Arm, StatsError> {
    let (mut clicks, mut views) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for _ in 0..n {
        let n_views = 1 + draw.below(10);
        let rate = (0.1 + 0.2 * draw.uniform()) * lift;
        views.push(n_views as f64);
        clicks.push(successes(draw, n_views, rate) as f64);
    }
    Arm::of_sums(&Sums::of_columns(&[&clicks, &views])?, Outcome::Ratio)
}

fn ratios() -> Vec<Study> {
    vec![
        nothing("ratio", "clicks per view, 300 units each", Close, |draw| {
            fixed_horizon(
                &ratio(draw, 300, 1.0)?,
                &ratio(draw, 300, 1.0)?,
                &Question::default(),
            )
        })
        .at_5_percent(),
        Study::coverage(
            "ratio",
            "clicks per view, 300 units each, 0.2 and 0.22",
            Close,
            |draw| {
                let (control, treatment) = (ratio(draw, 300, 1.0).ok()?, ratio(draw, 300, 1.1).ok()?);
                holds(fixed_horizon(&control, &treatment, &Question::default()), 0.02)
            },
        ),
        Study::coverage(
            "ratio, relative",
            "clicks per view, 300 units each, 10 % more",
            Close,
            |draw| {
                let (control, treatment) = (ratio(draw, 300, 1.0).ok()?, ratio(draw, 300, 1.1).ok()?);
                holds(fixed_horizon(&control, &treatment, &relative()), 0.1)
            },
        ),
    ]
}

/// 300 units with 1 to 5 events each, whose times go together within a unit.
fn latencies(draw: &mut Draw) -> (Vec<f64>, Vec<u32>) {
    let (mut values, mut units) = (Vec::new(), Vec::new());
    for unit in 0..300 {
        let own = draw.normal();
        for _ in 0..=draw.below(5) {
            values.push(stats::math::exp(0.7 * own + 0.7 * draw.normal()));
            units.push(unit);
        }
    }
    (values, units)
}

fn quantiles() -> Vec<Study> {
    let plain = |scenario: &str, n: usize, q: f64, limit: Limit| {
        nothing("quantile", scenario, limit, move |draw| {
            let [control, treatment] = [(); 2].map(|()| quantile_arm(&exponentials(draw, n), q));
            fixed_horizon(&control?, &treatment?, &Question::default())
        })
        .at_5_percent()
    };
    vec![
        plain("median, exponential, 500 units each", 500, 0.5, Rough),
        plain("0.9, exponential, 1,000 units each", 1_000, 0.9, Rough),
        nothing(
            "quantile of events",
            "0.9, 300 units each with 1 to 5 events",
            Rough,
            |draw| {
                let arm = |draw: &mut Draw| {
                    let (values, units) = latencies(draw);
                    quantile_arm_of_events(&values, &units, 300, 0.9)
                };
                fixed_horizon(&arm(draw)?, &arm(draw)?, &Question::default())
            },
        )
        .at_5_percent(),
    ]
}

fn splits() -> Vec<Study> {
    let alarm = |scenario: &str, limit, n: usize, shares: [f64; 3]| {
        let promises = [0.05, 0.001].map(|alpha| errors(alpha, limit)).to_vec();
        Study::shares("sample ratio", scenario, promises, move |draw, answers| {
            let found = sample_ratio(&counts(draw, n, &shares), &shares);
            let Ok(found) = found else {
                answers.fill(f64::NAN);
                return;
            };
            answers.copy_from_slice(&[flag(found.p_value <= 0.05), flag(!found.sound)]);
        })
    };
    vec![
        alarm("as planned, 5,000 units in thirds", Close, 5_000, [1.0 / 3.0; 3]),
        alarm(
            "as planned, 5,000 units, 50 : 40 : 10",
            Close,
            5_000,
            [0.5, 0.4, 0.1],
        ),
    ]
}

/// At small sizes with normal values the fixed comparison is Welch's t.
fn small() -> Study {
    nothing("mean", "normal, 20 units each", Close, |draw| {
        let [control, treatment] = [(); 2].map(|()| Arm::of_values(&normals(draw, 20, 0.0, 1.0)));
        fixed_horizon(&control?, &treatment?, &Question::default())
    })
}
