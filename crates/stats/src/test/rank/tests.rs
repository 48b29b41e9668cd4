use super::*;
use crate::test::{Alternative, TestResult};
use Alternative::{Greater, Less, TwoSided};

fn close(got: f64, expected: f64, tolerance: f64) {
    let fits = got == expected || (got - expected).abs() <= tolerance * expected.abs();
    assert!(fits, "{got:e} is not {expected:e}");
}

// Student's sleep data
const DRUG_1: [f64; 10] = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
const DRUG_2: [f64; 10] = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

fn sleep(side: Alternative, zeros: Zeros, method: RankMethod) -> TestResult {
    wilcoxon_signed_rank(&DRUG_1, &DRUG_2, side, zeros, method, 0.95).unwrap()
}

#[test]
fn signed_ranks_match_scipy() {
    // scipy 1.17.1 wilcoxon of the differences rounded to 1e-10: (side, zeros, without and with continuity)
    for (side, zeros, plain, corrected) in [
        (TwoSided, Zeros::Drop, 0.007632441648205508, 0.009090698015925044),
        (TwoSided, Zeros::Pratt, 0.005825024199461522, 0.006801553132897053),
        (TwoSided, Zeros::Split, 0.005889270041817477, 0.006874035817356707),
        (Less, Zeros::Drop, 0.003816220824102754, 0.004545349007962522),
        (Less, Zeros::Pratt, 0.002912512099730761, 0.0034007765664485264),
        (Greater, Zeros::Split, 0.9970553649790913, 0.9974832458996968),
        (Greater, Zeros::Pratt, 0.9970874879002692, 0.997511634622893),
    ] {
        for (continuity, p) in [(false, plain), (true, corrected)] {
            let result = sleep(side, zeros, RankMethod::Asymptotic { continuity });
            close(result.p_value, p, 1e-9);
        }
    }
    // and with a PermutationMethod of all 2^10 signs
    for zeros in [Zeros::Drop, Zeros::Pratt, Zeros::Split] {
        for (side, p) in [(TwoSided, 0.00390625), (Less, 0.001953125), (Greater, 1.0)] {
            close(sleep(side, zeros, RankMethod::Exact).p_value, p, 1e-12);
        }
    }
    assert_eq!(sleep(TwoSided, Zeros::Split, RankMethod::Auto).statistic, 0.5);
    let differences = [3.1, -1.2, 2.5, 0.3, -0.7, 4.4, 5.9, 1.05, -2.2, 0.9];
    for (side, p) in [
        (TwoSided, 0.16015625),
        (Less, 0.9345703125),
        (Greater, 0.080078125),
    ] {
        let result =
            wilcoxon_one_sample(&differences, 0.0, side, Zeros::Drop, RankMethod::Auto, 0.95).unwrap();
        close(result.p_value, p, 1e-12);
        assert_eq!(result.statistic, 42.0);
    }
}

#[test]
fn exact_signed_ranks_equal_enumeration_with_ties() {
    let sizes: [f64; 8] = [1.0, 1.0, 2.0, 2.0, 2.0, 3.5, 4.0, 4.0];
    let (ranks, _) = crate::rank::midranks(&sizes);
    let v_of = |signs: u32| -> f64 {
        (0..8)
            .filter(|i| signs >> i & 1 == 1)
            .map(|i| ranks[i as usize])
            .sum()
    };
    for signs in [0b0101_1101, 0b0000_0111, 0b1111_1111] {
        let signed: Vec<f64> = (0..8)
            .map(|i| if signs >> i & 1 == 1 { sizes[i] } else { -sizes[i] })
            .collect();
        let v = v_of(signs);
        let share = (0..1 << 8).filter(|&other| v_of(other) >= v).count() as f64 / 256.0;
        let result =
            wilcoxon_one_sample(&signed, 0.0, Greater, Zeros::Drop, RankMethod::Exact, 0.95).unwrap();
        assert_eq!(result.statistic, v);
        close(result.p_value, share, 1e-14);
    }
}

#[test]
fn decimals_tie_as_on_paper() {
    // 0.3 - 0.1, 0.9 - 0.7 and 5.3 - 5.1 are 0.2, 0.1 + 0.2 - 0.3 is 0
    let (a, b) = ([0.3, 0.9, 5.1, 0.1 + 0.2], [0.1, 0.7, 5.3, 0.3]);
    let result = wilcoxon_signed_rank(&a, &b, TwoSided, Zeros::Drop, RankMethod::Auto, 0.95).unwrap();
    assert_eq!(result.statistic, 4.0);
    assert!(!result.assumptions[0].holds);
    // tiny units are units, too
    let tiny = wilcoxon_one_sample(
        &[1e-20, -2e-20, 3e-20],
        0.0,
        TwoSided,
        Zeros::Drop,
        RankMethod::Auto,
        0.9,
    );
    assert_eq!(tiny.unwrap().statistic, 4.0);
}

#[test]
fn a_thousand_signs_have_a_logarithm() {
    let values: Vec<f64> = (1..=1000).map(f64::from).collect();
    let exact = |side| wilcoxon_one_sample(&values, 0.0, side, Zeros::Drop, RankMethod::Exact, 0.95).unwrap();
    close(exact(Greater).ln_p_value, -1000.0 * std::f64::consts::LN_2, 1e-12);
    let far: Vec<f64> = (1..=100_000).map(f64::from).collect();
    let result = wilcoxon_one_sample(&far, 0.0, TwoSided, Zeros::Drop, RankMethod::Auto, 0.95).unwrap();
    assert!(result.p_value == 0.0 && result.ln_p_value < -30_000.0);
    assert!(wilcoxon_one_sample(&far, 0.0, TwoSided, Zeros::Drop, RankMethod::Exact, 0.95).is_err());
}

#[test]
fn friedman_matches_scipy() {
    // scipy 1.17.1 friedmanchisquare
    let blocks = [
        6.5, 5.5, 8.0, 7.0, 8.0, 9.5, 6.0, 7.5, 8.0, 8.0, 6.5, 9.0, 7.5, 7.5, 9.5,
    ];
    let result = friedman(&blocks, 3, 0.95).unwrap();
    close(result.statistic, 7.894736842105264, 1e-12);
    close(result.p_value, 0.019305438773144105, 1e-12);
    close(result.effect.estimate.value, 0.7894736842105263, 1e-12);
    let mut with_hole = blocks.to_vec();
    with_hole.extend([1.0, f64::NAN, 2.0]);
    let same = friedman(&with_hole, 3, 0.95).unwrap();
    assert_eq!(
        (same.statistic, same.n_used, same.n_dropped),
        (result.statistic, 5, 1)
    );
    assert!(friedman(&blocks[..14], 3, 0.95).is_err());
    assert!(friedman(&blocks[..3], 3, 0.95).is_err());
    assert!(friedman(&[2.0; 9], 3, 0.95).is_err() && friedman(&[], 3, 0.95).is_err());
    assert!(friedman(&[1.0, 2.0], 1, 0.95).is_err());
    assert!(friedman(&[1.0, f64::INFINITY, 2.0, 3.0], 2, 0.95).is_err());
}

#[test]
fn dunn_matches_its_formula() {
    // Dunn's z by numpy and scipy 1.17.1 rankdata, R's PlantGrowth; the same formula as scikit-posthocs
    let values = [
        4.17, 5.58, 5.18, 6.11, 4.5, 4.61, 5.17, 4.53, 5.33, 5.14, 4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03,
        4.89, 4.32, 4.69, 6.31, 5.12, 5.54, 5.5, 5.37, 5.29, 4.92, 6.15, 5.8, 5.26,
    ];
    let codes: Vec<u32> = (0..30).map(|i| i / 10).collect();
    let found = dunn(&values, &codes, 3, 0.95).unwrap();
    for (pair, (z, p)) in found.pairs.iter().zip([
        (-1.1177254543787873, 0.263684267891386),
        (1.6892896071861212, 0.09116394404849983),
        (2.8070150615649085, 0.0050002903702577),
    ]) {
        close(pair.statistic, z, 1e-12);
        close(pair.p_value, p, 1e-11);
        assert_eq!(pair.difference.covers(0.0), p > 0.05);
    }
    assert_eq!((found.pairs[2].first, found.pairs[2].second), (1, 2));
    let adjusted = crate::multiplicity::holm(&found.p_values()).unwrap();
    close(adjusted[2], 3.0 * 0.0050002903702577, 1e-11);
    assert!(dunn(&[1.0; 4], &[0, 0, 1, 1], 2, 0.95).is_err());
    assert!(dunn(&[1.0, 2.0], &[0, 0], 2, 0.95).is_err());
}

#[test]
fn edges_of_signed_ranks() {
    let test =
        |a: &[f64], b: &[f64]| wilcoxon_signed_rank(a, b, TwoSided, Zeros::Drop, RankMethod::Auto, 0.95);
    assert!(test(&[], &[]).is_err() && test(&[1.0], &[1.0, 2.0]).is_err());
    assert!(test(&[1.0, 2.0], &[1.0, 2.0]).is_err());
    assert!(test(&[1.0, f64::INFINITY], &[1.0, 2.0]).is_err());
    let one = test(&[2.0, f64::NAN], &[1.0, 2.0]).unwrap();
    assert_eq!((one.p_value, one.n_used, one.n_dropped), (1.0, 1, 1));
}
