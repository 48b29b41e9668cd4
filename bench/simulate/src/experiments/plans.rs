//! Sizes that were planned for a power of 80 %: how often is the effect found?

use stats::Alternative::TwoSided;
use stats::experiment::{
    Baseline, Boundary, Monitoring, Plan, Question, Sides, confidence_sequence, equal_times, fixed_horizon,
    fixed_horizon_normal, group_sequential,
};
use stats::power::{Design, PowerAnalysis};
use stats::test::anova_of;
use stats::{pearson, student_t, two_proportions};

use super::arms::Running;
use crate::data::{normals, pairs, successes};
use crate::study::Limit::{Exact, Off};
use crate::study::{Counted, Limit, Promise, Study, flag, p};

pub(super) fn studies() -> Vec<Study> {
    [tests(), experiments()].into_iter().flatten().collect()
}

fn power(nominal: f64, limit: Limit) -> Vec<Promise> {
    let counted = Counted::Known;
    vec![Promise {
        nominal,
        counted,
        limit,
    }]
}

/// The power that the analysis gives to a whole number of rows.
fn told(design: Design, effect: f64, n: f64) -> f64 {
    let analysis = PowerAnalysis {
        design,
        alpha: 0.05,
        alternative: TwoSided,
    };
    analysis
        .power(effect, n)
        .expect("design and effect are in their ranges")
}

fn found(p_value: f64) -> f64 {
    if p_value.is_nan() {
        p_value
    } else {
        flag(p_value <= 0.05)
    }
}

fn tests() -> Vec<Study> {
    let t = power(told(Design::TwoSampleT { ratio: 1.5 }, 0.8, 20.0), Exact);
    // f² = 2 shift² / 3
    let anova = power(
        told(
            Design::Anova { n_groups: 3 },
            0.5 * stats::math::sqrt(2.0 / 3.0),
            45.0,
        ),
        Exact,
    );
    let share = told(
        Design::TwoProportions {
            baseline: 0.2,
            ratio: 1.0,
        },
        0.15,
        150.0,
    );
    let shares = power(share, Off(share - 0.02, share + 0.02));
    let z = told(Design::Correlation, 0.4, 40.0);
    let correlation = power(z, Off(z - 0.02, z + 0.02));
    vec![
        Study::shares("power, t", "d = 0.8, n = 20 and 30", t, |draw, answers| {
            let (a, b) = (normals(draw, 20, 0.8, 1.0), normals(draw, 30, 0.0, 1.0));
            answers[0] = found(p(student_t(&a, &b, TwoSided, 0.95)));
        }),
        Study::shares(
            "power, ANOVA",
            "means -0.5, 0, 0.5, n = 15 each",
            anova,
            |draw, answers| {
                let samples = [-0.5, 0.0, 0.5].map(|mean| normals(draw, 15, mean, 1.0));
                answers[0] = found(p(anova_of(&[&samples[0], &samples[1], &samples[2]], 0.95)));
            },
        ),
        Study::shares(
            "power, two shares",
            "0.2 and 0.35, n = 150 each",
            shares,
            |draw, answers| {
                let k = [0.2, 0.35].map(|share| successes(draw, 150, share));
                answers[0] = found(p(two_proportions(k[0], 150, k[1], 150, TwoSided, 0.95)));
            },
        ),
        Study::shares(
            "power, correlation",
            "0.4, 40 pairs",
            correlation,
            |draw, answers| {
                let [x, y] = pairs(draw, 40, 0.4);
                answers[0] = found(p(pearson(&x, &y, 0.95)));
            },
        ),
    ]
}

const EFFECT: f64 = 0.15;

/// Whole units an arm that the plan asks for.
fn planned(monitoring: Monitoring) -> usize {
    let plan = Plan {
        monitoring,
        ..Plan::default()
    };
    let size = plan
        .sample_size(Baseline::Variance(1.0), EFFECT)
        .expect("a plan in its ranges");
    size.control.ceil() as usize
}

fn arms(draw: &mut stats::random::Draw, n: usize) -> [Running; 2] {
    let mut arms = [Running::default(); 2];
    arms[0].add_normals(draw, n, 0.0);
    arms[1].add_normals(draw, n, EFFECT);
    arms
}

fn experiments() -> Vec<Study> {
    let near = || power(0.8, Off(0.79, 0.81));
    let tuning = 1_500.0;
    let (fixed, at_any_time) = (
        planned(Monitoring::Fixed),
        planned(Monitoring::AlwaysValid { tuning }),
    );
    let boundaries = group_sequential(Boundary::OBrienFleming, &equal_times(5), 0.05, Sides::Two)
        .expect("looks and alpha are in their ranges");
    let inflation = boundaries.inflation(0.8).expect("a power above alpha");
    let at_looks = planned(Monitoring::Inflated(inflation)).next_multiple_of(5);
    vec![
        Study::shares(
            "power planned, fixed",
            format!("effect 0.15 sd, {fixed} units each"),
            near(),
            move |draw, answers| {
                let arms = arms(draw, fixed);
                let judged = fixed_horizon(&arms[0].arm(), &arms[1].arm(), &Question::default());
                answers[0] = found(judged.map_or(f64::NAN, |judged| judged.p_value));
            },
        ),
        Study::shares(
            "power planned, 5 looks",
            format!("effect 0.15 sd, O'Brien-Fleming, {at_looks} units each"),
            near(),
            move |draw, answers| {
                let mut arms = [Running::default(); 2];
                answers[0] = 0.0;
                for bound in &boundaries.z {
                    arms[0].add_normals(draw, at_looks / 5, 0.0);
                    arms[1].add_normals(draw, at_looks / 5, EFFECT);
                    let judged = fixed_horizon_normal(&arms[0].arm(), &arms[1].arm(), &Question::default());
                    if judged.is_ok_and(|judged| judged.statistic >= *bound) {
                        answers[0] = 1.0;
                    }
                }
            },
        ),
        Study::shares(
            "power planned, always valid, at the end",
            format!("effect 0.15 sd, {at_any_time} units each"),
            near(),
            move |draw, answers| {
                let arms = arms(draw, at_any_time);
                let judged =
                    confidence_sequence(&arms[0].arm(), &arms[1].arm(), &Question::default(), tuning);
                answers[0] = found(judged.map_or(f64::NAN, |judged| judged.p_value));
            },
        ),
    ]
}
