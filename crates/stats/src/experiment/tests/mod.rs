mod arms;
mod beliefs;
mod fixed;
mod group_sequential;
mod guarding;
mod health;
mod planning;
mod scale;
mod sequential;

use super::*;
use crate::Alternative;

/// Relative, or absolute below 1.
fn close(got: f64, expected: f64, tolerance: f64) {
    let fits = got == expected || (got - expected).abs() <= tolerance * expected.abs();
    assert!(fits, "{got:e} is not {expected:e}");
}

fn all_close(got: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        close(*got, *expected, tolerance);
    }
}

fn asked(difference: Difference, alternative: Alternative) -> Question {
    Question {
        difference,
        alternative,
        ..Question::default()
    }
}

fn absolute() -> Question {
    Question::default()
}

fn relative() -> Question {
    asked(Difference::Relative, Alternative::TwoSided)
}

fn proportions() -> [Arm; 2] {
    [
        Arm::of_proportion(84, 700).unwrap(),
        Arm::of_proportion(101, 650).unwrap(),
    ]
}

fn means() -> [Arm; 2] {
    let arm = |n, sum, squares| {
        Arm::of_sums(&Sums::of_totals(n, &[sum], &[squares]).unwrap(), Outcome::Mean).unwrap()
    };
    [arm(300, 1234.5, 7311.25), arm(310, 1402.0, 8544.5)]
}

fn ratios() -> [Arm; 2] {
    let arm = |n, sums: [f64; 2], products: [f64; 3]| {
        Arm::of_sums(&Sums::of_totals(n, &sums, &products).unwrap(), Outcome::Ratio).unwrap()
    };
    [
        arm(200, [310.0, 900.0], [700.0, 1600.0, 4700.0]),
        arm(210, [400.0, 930.0], [1010.0, 1990.0, 4790.0]),
    ]
}

fn adjusted() -> Adjustment {
    let control = Sums::of_totals(400, &[1210.0, 1190.0], &[5400.0, 4700.0, 5300.0]).unwrap();
    let treatment = Sums::of_totals(420, &[1350.0, 1262.0], &[6300.0, 5350.0, 5700.0]).unwrap();
    cuped(&control, &treatment, Outcome::Mean).unwrap()
}

/// Arms with a given effect and standard error.
fn arms_apart(effect: f64, error: f64) -> [Arm; 2] {
    let arm = |value| Arm {
        n: 1000,
        value,
        unadjusted: value,
        variance: 0.5 * 1000.0 * error * error,
        n_dropped: 0,
        checks: Vec::new(),
    };
    [arm(1.0), arm(1.0 + effect)]
}
