use super::*;

include!("reference.rs");

use Alternative::{Greater, TwoSided};

fn close(got: f64, expected: f64, tolerance: f64) {
    let fits = got == expected || (got - expected).abs() <= tolerance * expected.abs();
    assert!(fits, "{got:e} is not {expected:e}");
}

fn check(result: &TestResult, statistic: f64, p: f64) {
    close(result.statistic, statistic, 1e-9);
    close(result.p_value, p, 1e-9);
    close(crate::math::exp(result.ln_p_value), p, 1e-9);
    let e = result.effect.estimate;
    assert!(e.low <= e.value && e.value <= e.high, "{e:?}");
}

#[test]
fn t_tests_match_scipy() {
    let result = welch_t(NORM_A, NORM_B, TwoSided, 0.95).unwrap();
    check(&result, WELCH[0], WELCH[1]);
    close(result.df[0], WELCH[2], 1e-12);
    close(result.effect.estimate.low, WELCH[3], 1e-9);
    close(result.effect.estimate.high, WELCH[4], 1e-9);
    let result = welch_t(&[1.1, 2.3, 1.9], &[3.2, 4.8], TwoSided, 0.95).unwrap();
    check(&result, WELCH_TINY[0], WELCH_TINY[1]);
    close(result.effect.estimate.high, WELCH_TINY[4], 1e-9);
    let result = student_t(NORM_A, NORM_B, Greater, 0.95).unwrap();
    check(&result, STUDENT_GREATER[0], STUDENT_GREATER[1]);
    close(result.effect.estimate.low, STUDENT_GREATER[3], 1e-9);
    assert_eq!(result.effect.estimate.high, f64::INFINITY);
    check(
        &paired_t(PAIR_A, PAIR_B, TwoSided, 0.95).unwrap(),
        PAIRED[0],
        PAIRED[1],
    );
    let sleep = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    check(
        &one_sample_t(&sleep, 0.75, TwoSided, 0.95).unwrap(),
        2.4953936110628314,
        0.034118728422472565,
    );
}

#[test]
fn the_far_tail_keeps_its_precision() {
    let result = student_t(FAR_A, FAR_B, TwoSided, 0.95).unwrap();
    close(result.statistic, FAR[0], 1e-9);
    close(result.p_value, FAR[1], 1e-8);
    close(result.ln_p_value / std::f64::consts::LN_10, FAR[2], 1e-9);
    let result = chi_square(&[9000, 1000, 1200, 8800], 2, true, 0.95).unwrap();
    close(result.statistic, 12169.748099239696, 1e-12);
    close(
        result.ln_p_value / std::f64::consts::LN_10,
        -2644.7679592382256,
        1e-12,
    );
    assert_eq!(result.p_value, 0.0);
}

#[test]
fn hedges_g_matches_pingouin() {
    // pingouin 0.7.0 compute_effsize(eftype="hedges"), Student's sleep data
    let a = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    let b = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    let result = student_t(&a, &b, TwoSided, 0.95).unwrap();
    close(result.more_effects[0].estimate.value, -0.7970185004474464, 1e-12);
}

#[test]
fn mann_whitney_matches_scipy() {
    let asymptotic =
        |a, b, continuity| mann_whitney(a, b, TwoSided, RankMethod::Asymptotic { continuity }, 0.95).unwrap();
    check(&asymptotic(RANK_0_A, RANK_0_B, true), RANK_0[0], RANK_0[1]);
    check(&asymptotic(RANK_1_A, RANK_1_B, false), RANK_1[0], RANK_1[1]);
    check(&asymptotic(RANK_2_A, RANK_2_B, true), RANK_2[0], RANK_2[1]);
    check(&asymptotic(RANK_3_A, RANK_3_B, false), RANK_3[0], RANK_3[1]);
    let far = asymptotic(RANK_4_A, RANK_4_B, false);
    close(far.p_value, RANK_4[1], 1e-8);
    for (a, b, expected) in [
        (EXACT_0_A, EXACT_0_B, EXACT_0),
        (EXACT_1_A, EXACT_1_B, EXACT_1),
        (EXACT_2_A, EXACT_2_B, EXACT_2),
    ] {
        check(
            &mann_whitney(a, b, TwoSided, RankMethod::Auto, 0.95).unwrap(),
            expected[0],
            expected[1],
        );
    }
    let effect = &asymptotic(RANK_0_A, RANK_0_B, true).more_effects[0];
    close(effect.estimate.value, -0.26710526315789473, 1e-12);
}

#[test]
fn tests_of_groups_match_scipy() {
    let result = anova(ANOVA_VALUES, ANOVA_CODES, ANOVA_N, 0.95).unwrap();
    check(&result, ANOVA[0], ANOVA[1]);
    close(result.effect.estimate.value, ANOVA[3], 1e-9);
    close(result.more_effects[0].estimate.value, ANOVA[2], 1e-9);
    let result = welch_anova(WELCH_ANOVA_VALUES, WELCH_ANOVA_CODES, WELCH_ANOVA_N, 0.95).unwrap();
    check(&result, WELCH_ANOVA[0], WELCH_ANOVA[1]);
    close(result.df[1], WELCH_ANOVA[2], 1e-9);
    let result = kruskal(KRUSKAL_VALUES, KRUSKAL_CODES, KRUSKAL_N, 0.95).unwrap();
    check(&result, KRUSKAL[0], KRUSKAL[1]);
    close(result.effect.estimate.value, KRUSKAL[2], 1e-9);
    check(
        &levene(LEVENE_VALUES, LEVENE_CODES, LEVENE_N, Centre::Median, 0.95).unwrap(),
        LEVENE[0],
        LEVENE[1],
    );
}

#[test]
fn normality_matches_scipy() {
    for (values, expected) in [
        (SHAPIRO_0_DATA, SHAPIRO_0),
        (SHAPIRO_1_DATA, SHAPIRO_1),
        (SHAPIRO_8_DATA, SHAPIRO_8),
    ] {
        let result = shapiro_wilk(values, 0.95).unwrap();
        close(result.statistic, expected[0], 1e-6);
        close(result.p_value, expected[1], 1e-4);
    }
    for (values, expected) in [(K2_0_DATA, K2_0), (K2_1_DATA, K2_1)] {
        check(&dagostino_k2(values, 0.95).unwrap(), expected[0], expected[1]);
    }
    assert!(shapiro_wilk(&[1.0, 2.0], 0.95).is_err());
    assert!(shapiro_wilk(&[2.0; 9], 0.95).is_err());
    let many: Vec<f64> = (0..6000).map(f64::from).collect();
    assert_eq!(normality(&many, 0.95).unwrap().statistic_name, "K²");
}

#[test]
fn tables_match_scipy_and_r() {
    let counts = [20, 80, 35, 65];
    check(
        &chi_square(&counts, 2, true, 0.95).unwrap(),
        4.915360501567398,
        0.026618907612459376,
    );
    let plain = chi_square(&counts, 2, false, 0.95).unwrap();
    close(plain.effect.estimate.value, 0.15266024967815817, 1e-9);
    close(plain.more_effects[0].estimate.value, 0.16796775328675628, 1e-9);
    let sparse = chi_square(&[3, 1, 0, 0, 2, 6, 0, 7], 4, false, 0.95).unwrap();
    check(&sparse, 6.622857142857143, 0.03646404503489966);
    assert!(!sparse.assumptions[0].holds);
    for (table, p, greater, odds, low, high) in [
        (
            [[3, 1], [1, 3]],
            0.48571428571428565,
            0.24285714285714283,
            6.408319658199662,
            0.21173559544657966,
            626.2435305888141,
        ),
        (
            [[120, 80], [90, 140]],
            1.9785362482106222e-05,
            1.1434260174004739e-05,
            2.3286004073047892,
            1.5549421440685216,
            3.5033502237859073,
        ),
    ] {
        let result = fisher_exact_2x2(table, TwoSided, 0.95).unwrap();
        close(result.p_value, p, 1e-10);
        close(result.effect.estimate.value, odds, 1e-8);
        close(result.effect.estimate.low, low, 1e-8);
        close(result.effect.estimate.high, high, 1e-8);
        close(
            fisher_exact_2x2(table, Greater, 0.95).unwrap().p_value,
            greater,
            1e-10,
        );
    }
    let empty_cell = fisher_exact_2x2([[5, 0], [3, 4]], TwoSided, 0.95).unwrap();
    assert_eq!(empty_cell.effect.estimate.high, f64::INFINITY);
}

#[test]
fn proportions_match_statsmodels() {
    check(
        &two_proportions(3, 1000, 9, 1000, TwoSided, 0.95).unwrap(),
        -1.7372704602080438,
        0.08233944306062291,
    );
    close(
        two_proportions(3, 1000, 9, 1000, Greater, 0.95).unwrap().p_value,
        0.9588302784696885,
        1e-9,
    );
    let difference = two_proportions(5120, 100_000, 5310, 100_400, TwoSided, 0.95)
        .unwrap()
        .effect
        .estimate;
    close(difference.low, -0.0036336947938936286, 1e-9);
    close(difference.high, 0.0002566670615457619, 1e-9);
}

#[test]
fn kolmogorov_smirnov_matches_scipy() {
    let result = ks_two_sample(RANK_0_A, RANK_0_B, TwoSided, KsMethod::Auto, 0.95).unwrap();
    check(&result, 0.175, 0.5043690042654934);
    let apart: Vec<f64> = (0..250).map(f64::from).collect();
    let above: Vec<f64> = apart.iter().map(|v| v + 1000.0).collect();
    let result = ks_two_sample(&apart, &above, TwoSided, KsMethod::Auto, 0.95).unwrap();
    close(result.p_value, 1.7131455064819705e-149, 1e-9); // 2 / C(500, 250)
}

#[test]
fn missing_values_are_dropped_and_counted() {
    let result = paired_t(
        &[1.0, 2.0, f64::NAN, 4.0, 2.5],
        &[2.0, f64::NAN, 3.0, 4.0, 4.5],
        TwoSided,
        0.95,
    )
    .unwrap();
    check(&result, -1.7320508075688774, 0.22540333075851665);
    assert_eq!((result.n_used, result.n_dropped), (3, 2));
    assert!(welch_t(&[1.0, f64::INFINITY], &[1.0, 2.0], TwoSided, 0.95).is_err());
}

#[test]
fn undefined_cases_are_errors() {
    assert!(one_sample_t(&[5.0; 8], 5.0, TwoSided, 0.95).is_err());
    assert!(welch_t(&[], &[1.0, 2.0], TwoSided, 0.95).is_err());
    assert!(welch_t(&[0.1; 3], &[0.3; 3], TwoSided, 0.95).is_err());
    assert!(kruskal(&[1.0; 4], &[0, 0, 1, 1], 2, 0.95).is_err());
    assert!(anova(&[1.0, 1.0, 2.0, 2.0], &[0, 0, 1, 1], 2, 0.95).is_err());
    assert!(anova(&[1.0, 2.0], &[0, 7], 2, 0.95).is_err());
    assert!(mann_whitney(&[1.0; 3], &[1.0; 3], TwoSided, RankMethod::Auto, 0.95).is_err());
    assert!(chi_square(&[1, 2, 0, 0], 2, false, 0.95).is_err());
    assert!(chi_square(&[1, 2, 3], 2, false, 0.95).is_err());
    assert!(two_proportions(0, 10, 0, 10, TwoSided, 0.95).is_err());
    assert!(two_proportions(11, 10, 0, 10, TwoSided, 0.95).is_err());
}

#[test]
fn the_choice_follows_the_shape() {
    let mut draw = crate::Draw::new(4, 0);
    let n = 400;
    let codes: Vec<u32> = (0..n).map(|i| i % 2).collect();
    let three: Vec<u32> = (0..n).map(|i| i % 3).collect();
    let normal: Vec<f64> = (0..n).map(|i| draw.normal() + f64::from(i % 2)).collect();
    let wild: Vec<f64> = normal.iter().map(|v| crate::math::exp(3.0 * v)).collect();
    let method =
        |values: &[f64], groups: &[u32], k| compare_groups(values, groups, k, 0.95).unwrap().result.method;
    assert_eq!(method(&normal, &codes, 2), "Welch's t-test");
    assert_eq!(method(&wild, &codes, 2), "Mann-Whitney U test");
    assert_eq!(method(&normal, &three, 3), "Welch's ANOVA");
    assert_eq!(method(&wild, &three, 3), "Kruskal-Wallis test");
    let yes_no: Vec<f64> = normal.iter().map(|v| f64::from(u8::from(*v > 0.5))).collect();
    assert_eq!(method(&yes_no, &codes, 2), "chi-square test");
    assert_eq!(
        compare_counts(&[3, 1, 1, 3], 2, 0.95).unwrap().result.method,
        "Fisher's exact test"
    );
    let sparse = compare_counts(&[3, 1, 1, 3, 1, 1], 2, 0.95).unwrap();
    assert!(sparse.why.contains("sparse"), "{}", sparse.why);
    assert_eq!(
        compare_categories(&codes, 2, &three, 3, 0.95)
            .unwrap()
            .result
            .n_used,
        400
    );
}

#[test]
fn counts_beyond_the_exact_test_are_compared_by_chi_square() {
    let choice = compare_counts(&[1, 20_000_000, 2, 30_000_000], 2, 0.95).unwrap();
    assert!(choice.result.method.contains("chi-square"), "{}", choice.why);
}
