//! Truths drawn from the prior: then what is believed must come true as often as it is believed.

use stats::experiment::{
    Arm, BetaPosterior, Difference, Prior, PriorUnit, beta_binomial, chances_to_be_best, posterior,
};
use stats::math::exp;
use stats::random::Draw;

use super::arms::Running;
use crate::data::successes;
use crate::study::Limit::{Close, Exact};
use crate::study::{Counted, Limit, Promise, Study, flag};

pub(super) fn studies() -> Vec<Study> {
    [normal_effects(), rates()].into_iter().flatten().collect()
}

const PRIOR: Prior = Prior {
    mean: 0.0,
    sd: 0.15,
    unit: PriorUnit::Absolute,
};

/// An effect from the prior, and two arms of 100 units with it.
fn effect_and_arms(draw: &mut Draw) -> (f64, [Arm; 2]) {
    let effect = PRIOR.sd * draw.normal();
    let mut arms = [Running::default(); 2];
    arms[0].add_normals(draw, 100, 0.0);
    arms[1].add_normals(draw, 100, effect);
    (effect, arms.map(|arm| arm.arm()))
}

fn known(nominal: f64, limit: Limit) -> Promise {
    let counted = Counted::Known;
    Promise {
        nominal,
        counted,
        limit,
    }
}

/// What comes true where the chance told lies from 0.85 to 0.95, shifted so that it must be 0.9 on average.
fn where_likely(mut told: impl FnMut() -> Option<(f64, bool)>) -> f64 {
    loop {
        match told() {
            Some((chance, is)) if (0.85..0.95).contains(&chance) => return flag(is) + 0.9 - chance,
            Some(_) => {}
            None => return f64::NAN,
        }
    }
}

fn normal_effects() -> Vec<Study> {
    let believed =
        |arms: &[Arm; 2]| posterior(&arms[0], &arms[1], Difference::Absolute, Some(PRIOR), false, 0.95);
    vec![
        Study::coverage(
            "credible interval, normal prior",
            "100 units each",
            Close,
            move |draw| {
                let (effect, arms) = effect_and_arms(draw);
                Some(believed(&arms).ok()?.effect.covers(effect))
            },
        ),
        Study::shares(
            "treatment is better, told 85 to 95 %",
            "normal prior, 100 units each",
            vec![known(0.9, Exact)],
            move |draw, answers| {
                answers[0] = where_likely(|| {
                    let (effect, arms) = effect_and_arms(draw);
                    Some((believed(&arms).ok()?.chance_to_win, effect > 0.0))
                });
            },
        ),
        Study::coverage(
            "credible interval, flat prior",
            "100 units each, effect 0.2",
            Close,
            |draw| {
                let mut arms = [Running::default(); 2];
                arms[0].add_normals(draw, 100, 0.0);
                arms[1].add_normals(draw, 100, 0.2);
                let [control, treatment] = arms.map(|arm| arm.arm());
                let found = posterior(&control, &treatment, Difference::Absolute, None, false, 0.95);
                Some(found.ok()?.effect.covers(0.2))
            },
        )
        .note("as a confidence interval"),
    ]
}

/// Rates from a uniform prior, and successes among `n`.
fn rates_and_counts<const K: usize>(draw: &mut Draw, n: u64) -> ([f64; K], [(u64, u64); K]) {
    let rates = [(); K].map(|()| draw.uniform());
    let counts = rates.map(|rate| (successes(draw, n, rate), n));
    (rates, counts)
}

fn rates() -> Vec<Study> {
    const FLAT: (f64, f64) = (1.0, 1.0);
    let together = vec![
        Promise {
            nominal: 0.95,
            counted: Counted::Covered,
            limit: Exact,
        },
        Promise {
            nominal: 0.95,
            counted: Counted::Covered,
            limit: Exact,
        },
    ];
    vec![
        Study::coverage(
            "credible interval of a rate",
            "flat prior, n = 20",
            Exact,
            |draw| {
                let ([rate], [(k, n)]) = rates_and_counts(draw, 20);
                Some(
                    BetaPosterior::new(k, n, FLAT)
                        .ok()?
                        .interval(0.95)
                        .ok()?
                        .covers(rate),
                )
            },
        ),
        Study::shares(
            "credible intervals of difference · ratio of rates",
            "flat prior, n = 30 each",
            together,
            |draw, answers| {
                let ([a, b], [control, treatment]) = rates_and_counts(draw, 30);
                match beta_binomial(control, treatment, FLAT, 0.95) {
                    Ok(found) => {
                        let held = [found.difference.covers(b - a), found.relative.covers(b / a - 1.0)];
                        answers.copy_from_slice(&held.map(flag));
                    }
                    Err(_) => answers.fill(f64::NAN),
                }
            },
        )
        .costly(20),
        Study::shares(
            "treatment is better, told 85 to 95 %",
            "rates with flat prior, n = 30 each",
            vec![known(0.9, Exact)],
            |draw, answers| {
                answers[0] = where_likely(|| {
                    let ([a, b], [control, treatment]) = rates_and_counts(draw, 30);
                    let rate = |(k, n)| BetaPosterior::new(k, n, FLAT).ok();
                    Some((exp(rate(treatment)?.ln_chance_above(&rate(control)?)), b > a))
                });
            },
        )
        .costly(4),
        Study::shares(
            "first of 3 is best, told 85 to 95 %",
            "rates with flat prior, n = 30 each",
            vec![known(0.9, Exact)],
            |draw, answers| {
                answers[0] = where_likely(|| {
                    let ([a, b, c], arms) = rates_and_counts(draw, 30);
                    Some((*chances_to_be_best(&arms, FLAT).ok()?.first()?, a > b && a > c))
                });
            },
        )
        .costly(20),
    ]
}
