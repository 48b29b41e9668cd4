use super::*;
use crate::test::Alternative;

// made up; expected numbers are statsmodels 0.15.0's on y ~ 1 + A + B unless said otherwise
const A: [f64; 24] = [
    0.0, 10.636, 7.155, -3.878, -4.835, 7.151, 15.985, 10.191, -0.278, 1.38, 14.202, 20.868, 13.078, 3.709,
    7.952, 21.055, 25.288, 15.914, 8.131, 14.806, 27.626, 29.273, 18.801, 13.015,
];
const B: [f64; 24] = [
    0.0, 7.25, 3.5, 10.75, 7.0, 3.25, 10.5, 6.75, 3.0, 10.25, 6.5, 2.75, 10.0, 6.25, 13.5, 9.75, 6.0, 13.25,
    9.5, 5.75, 13.0, 9.25, 5.5, 12.75,
];
const Y: [f64; 24] = [
    5.0, 9.566, 4.713, -2.878, -3.8, 7.754, 13.731, 4.49, 3.74, 2.736, 13.645, 14.151, 12.704, 5.008, 5.082,
    19.534, 15.074, 10.87, 9.36, 13.112, 13.07, 26.005, 20.932, 13.095,
];
const X: [&[f64]; 2] = [&A, &B];

fn close(got: f64, expected: f64, tolerance: f64) {
    let fits = got == expected || (got - expected).abs() <= tolerance * expected.abs();
    assert!(fits, "{got:e} is not {expected:e}");
}

fn check(result: &TestResult, statistic: f64, p: f64) {
    close(result.statistic, statistic, 1e-9);
    close(result.p_value, p, 1e-9);
    let e = result.effect.estimate;
    assert!(e.low <= e.value && e.value <= e.high, "{e:?}");
}

#[test]
fn the_fit_matches_statsmodels() {
    let fit = linear_fit(&X, &Y, true).unwrap();
    close(fit.coefficients[0], 3.4170789929473817, 1e-12);
    close(fit.coefficients[2], -0.2011274634971411, 1e-12);
    close(fit.standard_errors[0], 1.5971669854167443, 1e-12);
    close(fit.standard_errors[1], 0.07162891375017222, 1e-12);
    close(fit.residual_sd, 3.160091849445246, 1e-12);
    close(fit.r_squared, 0.8191140213460221, 1e-12);
    close(fit.f_statistic, 47.547616947058984, 1e-12);
    close(fit.f_p_value, 1.5949662253338497e-08, 1e-10);
    assert_eq!((fit.df_model, fit.df_residual), (2, 21));
    let line = polynomial_fit(&A, 1, &Y).unwrap();
    let same = linear_fit(&X[..1], &Y, true).unwrap();
    close(line.coefficients[1], same.coefficients[1], 1e-15);
}

#[test]
fn residual_tests_match_statsmodels() {
    let residuals = linear_fit(&X, &Y, true).unwrap().residuals;
    check(
        &breusch_pagan(&residuals, &X, true, 0.95).unwrap(),
        9.17698698816816,
        0.010168165241621539,
    );
    check(
        &breusch_pagan(&residuals, &X, false, 0.95).unwrap(),
        7.9088861899832565,
        0.019169341079629386,
    );
    check(
        &white(&residuals, &X, 0.95).unwrap(),
        12.5406352318431,
        0.028085649575923625,
    );
    check(
        &breusch_godfrey(&X, &Y, 3, 0.95).unwrap(),
        3.3769782312974073,
        0.3370716071270705,
    );
    let reset = ramsey_reset(&X, &Y, 3, 0.95).unwrap();
    check(&reset, 0.5920042404169104, 0.563104138469512);
    assert_eq!(reset.df, [2.0, 19.0]);
    close(durbin_watson(&residuals).unwrap(), 2.1575564274080032, 1e-12);
}

#[test]
fn durbin_watson_p_value_is_near_the_exact_one() {
    // traces with numpy 2.4.6; simulated with the eigenvalues of the statistic: 0.6107
    let greater = durbin_watson_test(&X, &Y, Alternative::Greater, 0.95).unwrap();
    close(greater.p_value, 0.6136857595416367, 1e-9);
    let both = durbin_watson_test(&X, &Y, Alternative::TwoSided, 0.95).unwrap();
    close(both.p_value, 0.7726284809167265, 1e-9);
}

#[test]
fn influence_matches_statsmodels() {
    let most = |values: &[f64]| values.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
    let found = influence(&X, &Y).unwrap();
    close(most(&found.leverage), 0.2554472533406903, 1e-12);
    close(most(&found.cooks_distance), 0.5469662407049283, 1e-11);
    close(most(&found.studentized_residuals), 2.835875047538888, 1e-11);
    for factor in variance_inflation(&X).unwrap() {
        close(factor, 1.0596931245040295, 1e-12);
    }
    let twice: Vec<f64> = A.iter().map(|a| 2.0 * a + 1.0).collect();
    let infinite = variance_inflation(&[&A, &twice, &B]).unwrap();
    assert_eq!((infinite[0], infinite[1]), (f64::INFINITY, f64::INFINITY));
}

#[test]
fn diagnostics_gather_all_and_drop_rows_with_gaps() {
    let all = regression_diagnostics(&X, &Y, 3, 0.95).unwrap();
    close(all.jarque_bera.unwrap().statistic, 0.7008860625005217, 1e-9);
    close(all.breusch_godfrey.unwrap().statistic, 3.3769782312974073, 1e-9);
    let mut gap = A;
    gap[7] = f64::NAN;
    let without = regression_diagnostics(&[&gap, &B], &Y, 3, 0.95).unwrap();
    assert_eq!(without.influence.n_dropped, 1);
    assert_eq!(without.influence.leverage.len(), 23);
    let few = regression_diagnostics(&[&A[..6], &B[..6]], &Y[..6], 1, 0.95).unwrap();
    assert!(few.white.is_err() && few.durbin_watson.is_ok());
}

#[test]
fn a_constant_or_dependent_regressor_changes_nothing_but_the_fit() {
    let ones = [1.0; 24];
    let residuals = linear_fit(&X, &Y, true).unwrap().residuals;
    let with = breusch_pagan(&residuals, &[&ones, &A, &B], true, 0.95).unwrap();
    check(&with, 9.17698698816816, 0.010168165241621539);
    assert_eq!(
        linear_fit(&[&A, &ones], &Y, true),
        Err(StatsError::NotPositiveDefinite { row: 2 })
    );
}

#[test]
fn undefined_cases_are_errors() {
    let line: Vec<f64> = A.iter().map(|a| 3.0 * a - 1.0).collect();
    let exact = linear_fit(&[&A], &line, true).unwrap();
    assert_eq!((exact.residual_sd, exact.f_statistic), (0.0, f64::INFINITY));
    assert!(ramsey_reset(&[&A], &line, 3, 0.95).is_err());
    assert!(breusch_godfrey(&[&A], &line, 1, 0.95).is_err());
    assert!(breusch_pagan(&exact.residuals, &[&A], true, 0.95).is_err());
    assert!(white(&[1.0, -2.0, 1.0, 0.5], &[&[3.0; 4]], 0.95).is_err());
    assert!(influence(&[&A], &line).is_err());
    assert!(variance_inflation(&[&[2.0; 5]]).is_err() && variance_inflation(&[]).is_err());
    assert!(durbin_watson(&[0.0; 4]).is_err() && durbin_watson(&[1.0]).is_err());
    assert!(durbin_watson(&[1.0, f64::NAN, 2.0]).is_err());
    assert!(linear_fit(&[&A], &[7.0; 24], true).is_err());
    assert!(linear_fit(&[&A[..2]], &Y[..2], true).is_err());
    assert!(linear_fit(&[], &Y, true).is_err());
    assert!(linear_fit(&[&A[..3]], &Y, true).is_err());
    assert!(linear_fit(&[&A], &[f64::INFINITY; 24], true).is_err());
    assert!(linear_fit(&[&[1.0, 2.0, 3.0]], &[1e200, -1e200, 1e200], true).is_err());
    assert!(polynomial_fit(&A, 0, &Y).is_err());
    assert!(breusch_godfrey(&[&A], &Y, 0, 0.95).is_err() && breusch_godfrey(&[&A], &Y, 24, 0.95).is_err());
    assert!(ramsey_reset(&[&A], &Y, 1, 0.95).is_err());
}
