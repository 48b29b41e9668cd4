//! The metric in another unit: absolute effects follow it, relative effects and p-values know nothing of it.

use super::*;
use crate::Draw;

/// Powers of ten and a factor that rounds, near and far.
const FACTORS: [f64; 6] = [1000.0, 0.001, 3.7, 1e9, 1e-60, 1e60];

fn values(seed: u64, n: usize, shift: f64) -> Vec<f64> {
    let mut draw = Draw::new(seed, 7);
    (0..n).map(|_| 5.0 + shift + draw.normal()).collect()
}

/// The ways to an arm, each in units `c` of the metric.
fn arms_in(c: f64) -> Vec<(&'static str, [Arm; 2])> {
    let side = |seed, shift| values(seed, 400, shift);
    let (a, b) = (side(1, 0.0), side(2, 0.15));
    let scaled = |side: &[f64]| side.iter().map(|v| c * v).collect::<Vec<f64>>();
    let before = |side: &[f64], seed: u64| -> Vec<f64> {
        side.iter()
            .zip(values(seed, 400, 0.0))
            .map(|(v, noise)| v + noise)
            .collect()
    };
    let sums = |columns: &[&[f64]]| Sums::of_columns(columns).unwrap();
    let (scaled_a, scaled_b) = (scaled(&a), scaled(&b));
    let (before_a, before_b) = (before(&a, 3), before(&b, 4));
    let adjusted = cuped(
        &sums(&[&scaled_a, &before_a]),
        &sums(&[&scaled_b, &before_b]),
        Outcome::Mean,
    )
    .unwrap();
    let strata = |side: &[f64]| [sums(&[&side[..150]]), sums(&[&side[150..]])];
    let of_ratio =
        |side: &[f64], visits: &[f64]| Arm::of_sums(&sums(&[side, visits]), Outcome::Ratio).unwrap();
    let units: Vec<u32> = (0..400).map(|row| row / 3).collect();
    let events = |side: &[f64]| quantile_arm_of_events(side, &units, 200, 0.5).unwrap();
    vec![
        (
            "mean",
            [
                Arm::of_values(&scaled_a).unwrap(),
                Arm::of_values(&scaled_b).unwrap(),
            ],
        ),
        (
            "ratio",
            [of_ratio(&scaled_a, &before_a), of_ratio(&scaled_b, &before_b)],
        ),
        ("cuped", [adjusted.control, adjusted.treatment]),
        (
            "strata",
            post_stratify(&strata(&scaled_a), &strata(&scaled_b), Outcome::Mean).unwrap(),
        ),
        (
            "quantile",
            [
                quantile_arm(&scaled_a, 0.5).unwrap(),
                quantile_arm(&scaled_b, 0.5).unwrap(),
            ],
        ),
        ("quantile of events", [events(&scaled_a), events(&scaled_b)]),
    ]
}

const DIFFERENCES: [(Difference, bool); 3] = [
    (Difference::Absolute, true),
    (Difference::Relative, false),
    (
        Difference::Scaled {
            traffic_share: 0.25,
            n_days: 14.0,
        },
        true,
    ),
];

/// What every method says of two arms, in units `c` of the metric for absolute effects.
fn comparisons(arms: &[Arm; 2], question: &Question, c: f64) -> Vec<Comparison> {
    let [control, treatment] = arms;
    let tau2 = 0.01 * c * c;
    let mut found = vec![
        fixed_horizon(control, treatment, question).unwrap(),
        fixed_horizon_normal(control, treatment, question).unwrap(),
        confidence_sequence(control, treatment, question, 500.0).unwrap(),
        msprt(control, treatment, question, tau2).unwrap(),
    ];
    let sides = match question.alternative {
        Alternative::TwoSided => Sides::Two,
        Alternative::Greater => Sides::One,
        Alternative::Less => return found,
    };
    let design = group_sequential(Boundary::OBrienFleming, &[0.5, 1.0], 0.05, sides).unwrap();
    found.extend([0, 1].map(|look| {
        design
            .look(look, control, treatment, question)
            .unwrap()
            .comparison
    }));
    found
}

fn follows(found: &Comparison, plain: &Comparison, c: f64) {
    let unit = |got: f64, expected: f64| close(got, c * expected, 1e-8);
    unit(found.effect.value, plain.effect.value);
    unit(found.effect.low, plain.effect.low);
    unit(found.effect.high, plain.effect.high);
    unit(found.standard_error, plain.standard_error);
    close(found.statistic, plain.statistic, 1e-7);
    close(found.ln_p_value, plain.ln_p_value, 1e-7);
    close(found.p_value, plain.p_value, 1e-7);
    assert_eq!(found.is_significant(), plain.is_significant());
    let holds = |found: &Comparison| found.checks.iter().map(|check| check.holds).collect::<Vec<_>>();
    assert_eq!(holds(found), holds(plain));
}

#[test]
fn comparisons_follow_the_unit() {
    let plain = arms_in(1.0);
    for c in FACTORS {
        for ((name, arms), (_, plain)) in arms_in(c).iter().zip(&plain) {
            for (difference, has_unit) in DIFFERENCES {
                for alternative in [Alternative::TwoSided, Alternative::Greater, Alternative::Less] {
                    let unit = if has_unit { c } else { 1.0 };
                    let question = |null| Question {
                        null,
                        ..asked(difference, alternative)
                    };
                    let found = comparisons(arms, &question(0.001 * unit), unit);
                    let expected = comparisons(plain, &question(0.001), 1.0);
                    assert_eq!(found.len(), expected.len(), "{name}");
                    for (found, expected) in found.iter().zip(&expected) {
                        follows(found, expected, unit);
                    }
                }
            }
        }
    }
}

#[test]
fn posteriors_follow_the_unit() {
    let plain = arms_in(1.0);
    for c in FACTORS {
        for ((_, arms), (_, plain)) in arms_in(c).iter().zip(&plain) {
            for (difference, has_unit) in DIFFERENCES {
                let unit = if has_unit { c } else { 1.0 };
                let prior = |unit, size: f64| Prior {
                    mean: 0.01 * size,
                    sd: 0.3 * size,
                    unit,
                };
                let of = |arms: &[Arm; 2], prior| {
                    posterior(&arms[0], &arms[1], difference, prior, false, 0.95).unwrap()
                };
                for (then, now) in [
                    (None, None),
                    (
                        Some(prior(PriorUnit::Relative, 1.0)),
                        Some(prior(PriorUnit::Relative, 1.0)),
                    ),
                    (
                        Some(prior(PriorUnit::Absolute, 1.0)),
                        Some(prior(PriorUnit::Absolute, c)),
                    ),
                ] {
                    let (found, expected) = (of(arms, now), of(plain, then));
                    close(found.effect.low, unit * expected.effect.low, 1e-8);
                    close(found.effect.value, unit * expected.effect.value, 1e-8);
                    close(found.risk_treatment, unit * expected.risk_treatment, 1e-7);
                    close(found.chance_to_win, expected.chance_to_win, 1e-7);
                }
            }
        }
    }
}

/// A metric in segments of different sizes, in units `c`.
fn in_segments(c: f64, difference: Difference, shifts: [f64; 3]) -> Vec<Comparison> {
    let of = |(number, shift): (usize, f64)| {
        let n = [60, 300, 2000][number];
        let side = |seed: u64, shift: f64| {
            let scaled: Vec<f64> = values(seed, n, shift).iter().map(|v| c * v).collect();
            Arm::of_values(&scaled).unwrap()
        };
        let seed = 10 + 2 * number as u64;
        let question = asked(difference, Alternative::TwoSided);
        fixed_horizon(&side(seed, 0.0), &side(seed + 1, shift), &question).unwrap()
    };
    shifts.into_iter().enumerate().map(of).collect()
}

fn judged(comparisons: &[Comparison]) -> Segments {
    segments(comparisons, Correction::BenjaminiHochberg, 0.05, 0.95).unwrap()
}

#[test]
fn segments_follow_the_unit() {
    for (difference, has_unit) in DIFFERENCES {
        let plain = judged(&in_segments(1.0, difference, [0.5, 0.1, 0.4]));
        for c in FACTORS.into_iter().chain([1e-100]) {
            let found = judged(&in_segments(c, difference, [0.5, 0.1, 0.4]));
            let unit = if has_unit { c } else { 1.0 };
            assert_eq!(found.found, plain.found);
            all_close(&found.adjusted_p_values, &plain.adjusted_p_values, 1e-7);
            close(found.pooled.value, unit * plain.pooled.value, 1e-9);
            close(found.pooled.low, unit * plain.pooled.low, 1e-8);
            close(found.heterogeneity, plain.heterogeneity, 1e-8);
            close(found.p_value, plain.p_value, 1e-7);
            close(found.inconsistency, plain.inconsistency, 1e-7);
        }
    }
}

/// Totals per day grow with a segment's size: only the effect per unit tells whether segments differ.
#[test]
fn scaled_effects_of_segments_are_compared_per_unit() {
    let scaled = Difference::Scaled {
        traffic_share: 0.25,
        n_days: 14.0,
    };
    for shifts in [[0.5; 3], [0.5, 0.1, 0.4]] {
        let (per_unit, totals) = (
            judged(&in_segments(1.0, Difference::Absolute, shifts)),
            judged(&in_segments(1.0, scaled, shifts)),
        );
        close(totals.heterogeneity, per_unit.heterogeneity, 1e-9);
        close(totals.p_value, per_unit.p_value, 1e-9);
        let n_per_day = 2360.0 / 0.25 / 14.0;
        close(totals.pooled.value, n_per_day * per_unit.pooled.value, 1e-12);
        close(totals.pooled.high, n_per_day * per_unit.pooled.high, 1e-12);
    }
    let same = judged(&in_segments(1.0, scaled, [0.5; 3]));
    assert!(same.p_value > 0.05, "{}", same.p_value);
}

#[test]
fn plans_follow_the_unit() {
    let size = |c: f64, monitoring| {
        let plan = Plan {
            monitoring,
            ..Plan::default()
        };
        let found = plan
            .sample_size(Baseline::Variance(2.0 * c * c), 0.1 * c)
            .unwrap();
        let least = plan.detectable(Baseline::Variance(2.0 * c * c), 500.0).unwrap();
        (found.control, least)
    };
    for monitoring in [Monitoring::Fixed, Monitoring::AlwaysValid { tuning: 5000.0 }] {
        let plain = size(1.0, monitoring);
        for c in FACTORS {
            let found = size(c, monitoring);
            close(found.0, plain.0, 1e-9);
            close(found.1, c * plain.1, 1e-9);
        }
    }
}
