use super::*;
use crate::test::Alternative::{Greater, Less, TwoSided};
use crate::test::TestResult;

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
fn binomial_tests_match_scipy() {
    // scipy 1.17.1 binomtest: two-sided, less, greater
    for (x, n, p, expected) in [
        (
            58,
            100,
            0.5,
            [0.13321061920721358, 0.9556869599429663, 0.06660530960360679],
        ),
        (
            3,
            20,
            0.3,
            [0.22041826738070913, 0.10708680450373087, 0.9645168677015313],
        ),
        (0, 7, 0.2, [0.35774720000000004, 0.20971519999999996, 1.0]),
        (7, 7, 0.2, [1.2800000000000005e-05, 1.0, 1.2800000000000005e-05]),
        (
            2,
            9,
            0.6,
            [0.035112448000000004, 0.025034752000000007, 0.996198912],
        ),
        (
            600,
            1000,
            0.55,
            [0.0014741780320980734, 0.9993645961442801, 0.0007933693696643445],
        ),
    ] {
        for (alternative, expected) in [TwoSided, Less, Greater].into_iter().zip(expected) {
            let found = binomial_test(x, n, p, alternative, 0.95).unwrap();
            check(&found, x as f64, expected);
        }
    }
    let far = binomial_test(900_000, 1_000_000, 0.1, Greater, 0.95).unwrap();
    assert!(far.p_value == 0.0 && far.ln_p_value.is_finite());
    assert_eq!(binomial_test(0, 5, 0.0, TwoSided, 0.95).unwrap().p_value, 1.0);
    assert_eq!(binomial_test(5, 10, 0.5, TwoSided, 0.95).unwrap().p_value, 1.0);
}

#[test]
fn two_sided_binomial_p_values_are_sums_of_what_is_no_likelier() {
    for n in 1..=14_u64 {
        for p in [0.05, 0.3, 0.5, 0.77] {
            let chances: Vec<f64> = (0..=n)
                .map(|k| crate::distribution::Binomial::new(n, p).unwrap().pmf(k))
                .collect();
            for x in 0..=n {
                let limit = chances[x as usize] * (1.0 + 1e-7);
                let expected: f64 = chances.iter().filter(|&&c| c <= limit).sum();
                let found = binomial_test(x, n, p, TwoSided, 0.9).unwrap();
                close(found.p_value, expected.min(1.0), 1e-11);
            }
        }
    }
}

#[test]
fn proportions_match_statsmodels() {
    // statsmodels 0.15.0 proportions_ztest(7, 2000, 0.001), test_proportions_2indep(56, 70, 48, 80, method="wald")
    let at = |variance, alternative| one_proportion(7, 2000, 0.001, variance, alternative, 0.95).unwrap();
    check(
        &at(ProportionVariance::Null, TwoSided),
        3.5373029998167405,
        0.0004042356236894497,
    );
    check(
        &at(ProportionVariance::Null, Greater),
        3.5373029998167405,
        0.00020211781184472486,
    );
    check(
        &at(ProportionVariance::Sample, TwoSided),
        1.8931382609549126,
        0.05833948518289829,
    );
    check(
        &two_proportions_unpooled(56, 70, 48, 80, TwoSided, 0.95).unwrap(),
        2.750921221621508,
        0.005942793304202759,
    );
    assert!(
        at(ProportionVariance::Null, TwoSided).assumptions[0]
            .detail
            .contains("binomial")
    );
}

#[test]
fn goodness_of_fit_and_g_match_scipy() {
    // scipy 1.17.1 chisquare, chi2_contingency(lambda_="log-likelihood")
    let dice = [22, 24, 38, 30, 46, 44];
    check(
        &goodness_of_fit(&dice, None, 0, 0.95).unwrap(),
        15.294117647058822,
        0.009176837433704663,
    );
    let shares = [0.2, 0.3, 0.5];
    check(
        &goodness_of_fit(&[10, 20, 30], Some(&shares), 1, 0.95).unwrap(),
        0.5555555555555556,
        0.456056540250256,
    );
    check(
        &g_test(&[20, 80, 35, 65], 2, true, 0.95).unwrap(),
        4.956985366916809,
        0.025985470696636963,
    );
    check(
        &g_test(&[3, 1, 0, 2, 6, 7], 3, true, 0.95).unwrap(),
        7.085075160169019,
        0.028939796775186304,
    );
    let expected = expected_counts(&[3, 1, 0, 2, 6, 7], 3).unwrap();
    close(expected[5], 5.526315789473684, 1e-15);
}

#[test]
fn mcnemar_matches_statsmodels() {
    let table = [[10, 2], [9, 4]];
    let chi_square = |continuity| McNemarMethod::ChiSquare { continuity };
    check(
        &mcnemar(table, McNemarMethod::Exact, 0.95).unwrap(),
        2.0,
        0.0654296875,
    );
    check(
        &mcnemar(table, chi_square(true), 0.95).unwrap(),
        3.272727272727273,
        0.070440429272088,
    );
    check(
        &mcnemar(table, chi_square(false), 0.95).unwrap(),
        4.454545454545454,
        0.03480847881186725,
    );
    assert_eq!(
        mcnemar([[1, 3], [3, 1]], McNemarMethod::Exact, 0.95)
            .unwrap()
            .p_value,
        1.0
    );
    assert_eq!(
        mcnemar([[1, 3], [3, 1]], chi_square(true), 0.95).unwrap().p_value,
        1.0
    );
    let all = mcnemar([[1, 8], [0, 1]], McNemarMethod::Exact, 0.95)
        .unwrap()
        .effect
        .estimate;
    assert_eq!((all.value, all.high), (f64::INFINITY, f64::INFINITY));
}

#[test]
fn fisher_of_larger_tables_matches_enumeration() {
    // all tables enumerated in exact fractions
    for (counts, n_columns, chance, p) in [
        (
            vec![3, 1, 0, 2, 6, 7],
            3,
            0.01805985552115583,
            0.05546955624355005,
        ),
        (
            vec![4, 1, 2, 0, 3, 5, 2, 2, 6],
            3,
            0.0015418690879721974,
            0.17619647817521017,
        ),
        (
            vec![6, 2, 0, 1, 1, 5, 3, 2, 0, 2, 4, 5],
            4,
            2.1880128174421663e-06,
            0.007259119458263455,
        ),
        (
            vec![2, 2, 1, 3, 6, 0],
            2,
            0.011988011988011988,
            0.03696303696303696,
        ),
    ] {
        check(&fisher_exact(&counts, n_columns, 0.95).unwrap(), chance, p);
    }
    let tea = fisher_exact(&[3, 1, 1, 3], 2, 0.95).unwrap();
    close(tea.p_value, 0.48571428571428565, 1e-10);
    let far = fisher_exact(&[3000, 1, 0, 1, 4000, 2], 3, 0.95).unwrap();
    assert!(far.ln_p_value.is_finite() && far.ln_p_value < -1000.0);
    let wide: Vec<u64> = (0..36).map(|i| 20 + i).collect();
    assert!(fisher_exact(&wide, 6, 0.95).is_err());
}

#[test]
fn strata_match_statsmodels() {
    // statsmodels 0.15.0 StratifiedTable
    let tables = [
        [[12, 5], [7, 9]],
        [[3, 8], [2, 11]],
        [[20, 14], [11, 19]],
        [[1, 0], [0, 0]],
    ];
    let plain = cochran_mantel_haenszel(&tables, false, 0.95).unwrap();
    check(&plain, 5.825419551282261, 0.015796200449955);
    close(plain.effect.estimate.value, 2.560824742268042, 1e-12);
    close(plain.effect.estimate.low, 1.1941610021944973, 1e-9);
    close(plain.effect.estimate.high, 5.491573873674436, 1e-9);
    let careful = cochran_mantel_haenszel(&tables, true, 0.95).unwrap();
    check(&careful, 4.957480278701516, 0.025978034193349986);
}

#[test]
fn undefined_cases_are_errors() {
    assert!(binomial_test(3, 2, 0.5, TwoSided, 0.95).is_err());
    assert!(binomial_test(0, 0, 0.5, TwoSided, 0.95).is_err());
    assert!(binomial_test(1, 2, f64::NAN, TwoSided, 0.95).is_err());
    assert!(one_proportion(0, 9, 0.5, ProportionVariance::Sample, TwoSided, 0.95).is_err());
    assert!(one_proportion(0, 9, 0.5, ProportionVariance::Null, TwoSided, 0.95).is_ok());
    assert!(one_proportion(1, 9, 1.0, ProportionVariance::Null, TwoSided, 0.95).is_err());
    assert!(two_proportions_unpooled(9, 9, 0, 9, TwoSided, 0.95).is_err());
    assert!(goodness_of_fit(&[5], None, 0, 0.95).is_err());
    assert!(goodness_of_fit(&[5, 6], None, 1, 0.95).is_err());
    assert!(goodness_of_fit(&[0, 0], None, 0, 0.95).is_err());
    assert!(goodness_of_fit(&[1, 2], Some(&[0.0, 1.0]), 0, 0.95).is_err());
    assert!(goodness_of_fit(&[1, 2], Some(&[1.0]), 0, 0.95).is_err());
    assert!(g_test(&[1, 2, 0, 0], 2, false, 0.95).is_err());
    assert!(mcnemar([[5, 0], [0, 5]], McNemarMethod::Exact, 0.95).is_err());
    assert!(fisher_exact(&[1, 2, 3], 3, 0.95).is_err() && fisher_exact(&[], 2, 0.95).is_err());
    assert!(fisher_exact(&[200_000, 2, 3, 4], 2, 0.95).is_err());
    assert!(cochran_mantel_haenszel(&[], false, 0.95).is_err());
    assert!(cochran_mantel_haenszel(&[[[3, 0], [4, 0]]], false, 0.95).is_err());
    assert!(expected_counts(&[0, 0], 2).is_err() && expected_counts(&[1, 2], 0).is_err());
}
