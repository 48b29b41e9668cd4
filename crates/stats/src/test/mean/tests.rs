use super::*;
use crate::test::Pairwise;

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs(),
        "{got:e} is not {expected:e}"
    );
}

// R's PlantGrowth
const VALUES: [f64; 30] = [
    4.17, 5.58, 5.18, 6.11, 4.5, 4.61, 5.17, 4.53, 5.33, 5.14, 4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03,
    4.89, 4.32, 4.69, 6.31, 5.12, 5.54, 5.5, 5.37, 5.29, 4.92, 6.15, 5.8, 5.26,
];
// Student's sleep data
const DRUG_1: [f64; 10] = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
const DRUG_2: [f64; 10] = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

fn codes() -> Vec<u32> {
    (0..30).map(|i| i / 10).collect()
}

/// The first 4, the first 7 and all 10 values of the groups.
fn unbalanced() -> (Vec<f64>, Vec<u32>) {
    let kept = [0..4, 10..17, 20..30];
    (
        kept.iter()
            .flat_map(|rows| VALUES[rows.clone()].to_vec())
            .collect(),
        (0..3).flat_map(|g| vec![g; kept[g as usize].len()]).collect(),
    )
}

fn check_pairs(found: &Pairwise, expected: [[f64; 4]; 3]) {
    for (pair, [difference, p, low, high]) in found.pairs.iter().zip(expected) {
        close(pair.difference.value, difference, 1e-12);
        close(pair.p_value, p, 1e-9);
        close(crate::math::exp(pair.ln_p_value), p, 1e-9);
        close(pair.difference.low, low, 1e-8);
        close(pair.difference.high, high, 1e-8);
    }
}

#[test]
fn pairwise_tests_match_scipy() {
    // scipy 1.17.1 tukey_hsd(...), the last with equal_var=False; differences turned round
    check_pairs(
        &tukey_hsd(&VALUES, &codes(), 3, 0.95).unwrap(),
        [
            [
                -0.37099999999999955,
                0.3908711442021072,
                -1.0622160514028613,
                0.32021605140286225,
            ],
            [
                0.49400000000000066,
                0.19799599129957068,
                -0.19721605140286114,
                1.1852160514028625,
            ],
            [
                0.8650000000000002,
                0.012006423979493142,
                0.17378394859713842,
                1.556216051402862,
            ],
        ],
    );
    let (values, codes) = unbalanced();
    check_pairs(
        &tukey_hsd(&values, &codes, 3, 0.9).unwrap(),
        [
            [
                -0.5871428571428572,
                0.4108449962312368,
                -1.5730679640362224,
                0.3987822497505079,
            ],
            [0.266, 0.807816168439581, -0.6645948000531896, 1.1965948000531896],
            [
                0.8531428571428572,
                0.06593778452049326,
                0.0779637838995243,
                1.62832193038619,
            ],
        ],
    );
    check_pairs(
        &games_howell(&values, &codes, 3, 0.9).unwrap(),
        [
            [
                -0.5871428571428572,
                0.5576044162326297,
                -1.9126910796686436,
                0.7384053653829292,
            ],
            [0.266, 0.8214778010673436, -0.9840967507143477, 1.5160967507143477],
            [
                0.8531428571428572,
                0.13252429632780505,
                -0.0759212785439819,
                1.7822069928296962,
            ],
        ],
    );
}

#[test]
fn two_groups_of_tukey_are_students_test() {
    let both = [DRUG_1, DRUG_2].concat();
    let groups: Vec<u32> = (0..20).map(|i| i / 10).collect();
    let student = student_t(&DRUG_2, &DRUG_1, Default::default(), 0.95).unwrap();
    let pair = tukey_hsd(&both, &groups, 2, 0.95).unwrap().pairs[0];
    close(pair.p_value, student.p_value, 1e-11);
    close(pair.difference.low, student.effect.estimate.low, 1e-10);
    let welch = welch_t(&DRUG_2, &DRUG_1, Default::default(), 0.95).unwrap();
    let pair = games_howell(&both, &groups, 2, 0.95).unwrap().pairs[0];
    close(pair.p_value, welch.p_value, 1e-11);
    close(pair.df, welch.df[0], 1e-12);
}

#[test]
fn two_way_matches_statsmodels() {
    // statsmodels 0.15.0 anova_lm(ols("y ~ C(a, Sum) * C(b, Sum)"), typ=...): (sum of squares, F, p)
    let values = &VALUES[..23];
    let a: Vec<u32> = (0..23).map(|i| i % 2).collect();
    let b: Vec<u32> = (0..23).map(|i| i * 7 / 5 % 3).collect();
    let fit = |interaction, sums| two_way_anova(values, (&a, 2), (&b, 3), interaction, sums, 0.95).unwrap();
    let check = |term: &AnovaTerm, [sum, f, p]: [f64; 3]| {
        close(term.sum_of_squares, sum, 1e-10);
        close(term.test.statistic, f, 1e-10);
        close(term.test.p_value, p, 1e-10);
        let e = term.test.effect.estimate;
        close(e.value, sum / (sum + 7.725156666666665), 0.05);
        assert!(e.low <= e.value && e.value <= e.high);
    };
    let both = [0.3632719109195362, 0.39970855945739936, 0.6766540670527639];
    for (sums, first, second) in [
        (
            SumsOfSquares::Sequential,
            [0.8540337285902498, 1.8793888606402696, 0.18823248376421728],
            [2.91572899817137, 3.208180436184032, 0.06575078026341179],
        ),
        (
            SumsOfSquares::BeyondOther,
            [0.1780303509852173, 0.3917740568042885, 0.53968183441512],
            [2.915728998171364, 3.2081804361840254, 0.06575078026341213],
        ),
        (
            SumsOfSquares::BeyondAll,
            [0.24333893081760483, 0.5354922886870406, 0.47427473683374644],
            [2.4225436350574667, 2.665527935095401, 0.09842085593792367],
        ),
    ] {
        let found = fit(true, sums);
        check(&found.first, first);
        check(&found.second, second);
        check(&found.interaction.unwrap(), both);
        close(found.residual_sum_of_squares, 7.725156666666665, 1e-12);
        assert_eq!(found.residual_df, 17.0);
    }
    let found = fit(false, SumsOfSquares::BeyondAll);
    check(
        &found.first,
        [0.17803035098521516, 0.41819948538490215, 0.5255726318015869],
    );
    check(
        &found.second,
        [2.915728998171363, 3.4245744048956124, 0.053693271390005654],
    );
    assert!(found.interaction.is_none() && found.residual_df == 19.0);
}

#[test]
fn equivalence_matches_statsmodels() {
    // statsmodels 0.15.0 ttost_ind(x, y, -4, 1), ttost_paired(x, y, -3, 1), DescrStatsW(y).ttost_mean(1, 4)
    let margin = |low, high| Margin { low, high };
    let welch = equivalence_welch(&DRUG_1, &DRUG_2, margin(-4.0, 1.0), 0.95).unwrap();
    close(welch.p_value, 0.005361624103159107, 1e-10);
    close(welch.statistic, 2.85010670336594, 1e-12);
    let student = equivalence_student(&DRUG_1, &DRUG_2, margin(-4.0, 1.0), 0.95).unwrap();
    close(student.p_value, 0.005314652437053238, 1e-10);
    let paired = equivalence_paired(&DRUG_1, &DRUG_2, margin(-3.0, 1.0), 0.95).unwrap();
    close(paired.p_value, 0.002655570292658671, 1e-10);
    let one = equivalence_one_sample(&DRUG_2, margin(1.0, 4.0), 0.95).unwrap();
    close(one.p_value, 0.032529942834047795, 1e-10);
    // the interval lies inside the margin exactly when the test says so
    for result in [&welch, &student] {
        let e = result.effect.estimate;
        assert!(e.low > -4.0 && e.high < 1.0);
    }
    let unsure = equivalence_welch(&DRUG_1, &DRUG_2, margin(-2.0, 2.0), 0.95).unwrap();
    assert!(unsure.p_value > 0.05 && unsure.effect.estimate.low < -2.0);
    assert!(equivalence_welch(&DRUG_1, &DRUG_2, margin(1.0, 1.0), 0.95).is_err());
    assert!(equivalence_welch(&DRUG_1, &DRUG_2, margin(-1.0, f64::NAN), 0.95).is_err());
    assert!(equivalence_welch(&DRUG_1, &DRUG_2, margin(-1.0, 1.0), 0.5).is_err());
    assert!(equivalence_paired(&DRUG_1, &DRUG_1, margin(-1.0, 1.0), 0.95).is_err());
}

#[test]
fn edges_are_refused() {
    let pairs = [0, 0, 1, 1];
    for test in [tukey_hsd, games_howell] {
        assert!(test(&[1.0, 1.0, 2.0, 2.0], &pairs, 2, 0.95).is_err());
        assert!(test(&[1.0, 2.0], &[0, 1], 2, 0.95).is_err());
        assert!(test(&[1.0, 2.0, f64::INFINITY, 2.0], &pairs, 2, 0.95).is_err());
        assert!(test(&VALUES, &codes(), 3, 1.0).is_err());
        let mut values = VALUES;
        values[0] = f64::NAN;
        assert_eq!(test(&values, &codes(), 3, 0.95).unwrap().n_dropped, 1);
    }
    let fit = |values: &[f64], a: &[u32], b: &[u32], interaction| {
        two_way_anova(
            values,
            (a, 2),
            (b, 2),
            interaction,
            SumsOfSquares::BeyondOther,
            0.95,
        )
    };
    let (a, b) = ([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 1, 1]);
    let values = [1.0, 2.5, 3.0, 4.5, 5.0, 7.0];
    assert!(fit(&values, &a, &b, true).is_err(), "an empty cell");
    assert!(fit(&values, &a, &b, false).is_ok());
    assert!(fit(&values, &a, &a, false).is_err(), "factors that are one");
    assert!(fit(&[2.0; 6], &a, &b, false).is_err());
    assert!(fit(&values, &[0, 0, 0, 1, 1, 9], &b, false).is_err());
    assert!(fit(&values[..5], &a, &b, false).is_err());
    assert!(two_way_anova(&[], (&[], 2), (&[], 2), true, SumsOfSquares::BeyondOther, 0.95).is_err());
    assert!(
        two_way_anova(
            &values,
            (&a, usize::MAX),
            (&b, 2),
            true,
            SumsOfSquares::BeyondOther,
            0.95
        )
        .is_err()
    );
}
