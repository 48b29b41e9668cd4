use super::*;
use crate::StatsError;
use crate::random::Draw;
use crate::test::{Alternative, welch_t};

const A: [f64; 7] = [12.6, 11.4, 13.2, 11.2, 9.4, 12.0, 10.1];
const B: [f64; 6] = [10.3, 9.8, 8.7, 11.4, 9.1, 10.9];
const SIDES: [Alternative; 3] = [Alternative::TwoSided, Alternative::Less, Alternative::Greater];

fn all(n_resamples: usize) -> Arrangements {
    Arrangements {
        n_resamples,
        seed: 1,
        n_threads: 1,
    }
}

fn close(got: f64, expected: f64) {
    assert!(
        (got - expected).abs() <= 1e-12 * expected.abs(),
        "{got} is not {expected}"
    );
}

fn check(found: &PermutationTest, statistic: f64, p_value: f64, n: usize) {
    close(found.result.statistic, statistic);
    close(found.result.p_value, p_value);
    assert_eq!(
        (found.n_arrangements, found.is_exact, found.p_value_error),
        (n, true, 0.0)
    );
}

#[test]
fn every_deal_of_two_samples_matches_scipy() {
    // scipy 1.17.1 permutation_test(n_resamples=10**6); statistics are ours, two-sided, less, greater
    for (score, statistic, p) in [
        (
            TwoSampleScore::Mean,
            1.3809523809523814,
            [0.06876456876456877, 0.9685314685314685, 0.034382284382284384],
        ),
        (
            TwoSampleScore::Median,
            1.3499999999999996,
            [0.20046620046620048, 0.9248251748251748, 0.10023310023310024],
        ),
        (
            TwoSampleScore::WelchT,
            2.0909788728760925,
            [0.06526806526806526, 0.9685314685314685, 0.03263403263403263],
        ),
        (
            TwoSampleScore::RankSum,
            61.5,
            [0.07925407925407925, 0.9662004662004662, 0.039627039627039624],
        ),
    ] {
        for (alternative, p) in SIDES.into_iter().zip(p) {
            let found = permutation_two_sample(&A, &B, score, alternative, &all(1716), 0.95).unwrap();
            check(&found, statistic, p, 1716);
        }
    }
}

#[test]
fn every_sign_of_pairs_matches_scipy() {
    let differences = [1.8, 0.5, 2.5, -0.3, 0.0, 1.2, 0.9, -1.1];
    // scipy 1.17.1 permutation_test(permutation_type="samples"); zeros are left out here, which changes no share
    for (score, statistic, p) in [
        (PairedScore::Mean, 0.6875, [0.15625, 0.9375, 0.078125]),
        (PairedScore::SignedRank, 23.0, [0.15625, 0.9453125, 0.078125]),
    ] {
        for (alternative, p) in SIDES.into_iter().zip(p) {
            let found =
                permutation_paired(&differences, &[0.0; 8], score, alternative, &all(128), 0.95).unwrap();
            check(&found, statistic, p, 128);
        }
    }
}

#[test]
fn every_order_of_a_column_matches_scipy() {
    let x = [1.0, 2.1, 2.9, 4.2, 5.5, 5.9, 7.1];
    let y = [2.3, 1.9, 4.4, 3.8, 4.1, 6.6, 5.2];
    // scipy 1.17.1 permutation_test(permutation_type="pairings")
    for (score, statistic, p) in [
        (
            PairingScore::Pearson,
            0.81143197197589,
            [0.027777777777777776, 0.986904761904762, 0.013888888888888888],
        ),
        (
            PairingScore::Spearman,
            0.8214285714285715,
            [0.034126984126984124, 0.9880952380952381, 0.017063492063492062],
        ),
    ] {
        for (alternative, p) in SIDES.into_iter().zip(p) {
            let found = permutation_correlation(&x, &y, score, alternative, &all(5040), 0.95).unwrap();
            check(&found, statistic, p, 5040);
        }
    }
}

#[test]
fn drawn_arrangements_come_near_all_of_them() {
    let near = |drawn: PermutationTest, exact: PermutationTest| {
        assert!(!drawn.is_exact && drawn.n_arrangements == 1000 && exact.is_exact);
        let off = (drawn.result.p_value - exact.result.p_value).abs();
        assert!(
            off < 4.0 * drawn.p_value_error && 0.0 < drawn.p_value_error,
            "{off}"
        );
    };
    for score in [
        TwoSampleScore::Mean,
        TwoSampleScore::Median,
        TwoSampleScore::WelchT,
        TwoSampleScore::RankSum,
    ] {
        let of = |n| permutation_two_sample(&A, &B, score, Alternative::TwoSided, &all(n), 0.95).unwrap();
        near(of(1000), of(2000));
    }
    let (x, y) = (&A[..7], &[3.0, 2.5, 4.0, 1.0, 2.0, 3.5, 1.5]);
    for score in [PairingScore::Pearson, PairingScore::Spearman] {
        let of = |n| permutation_correlation(x, y, score, Alternative::Greater, &all(n), 0.95).unwrap();
        near(of(1000), of(6000));
    }
    let differences: Vec<f64> = (0..12).map(|i| Draw::new(4, i).normal() + 0.4).collect();
    for score in [PairedScore::Mean, PairedScore::SignedRank] {
        let of = |n| {
            permutation_paired(&differences, &[0.0; 12], score, Alternative::Less, &all(n), 0.95).unwrap()
        };
        near(of(1000), of(5000));
    }
}

#[test]
fn threads_change_no_bit_and_large_samples_agree_with_welch() {
    let mut draw = Draw::new(2, 0);
    let a: Vec<f64> = (0..1500).map(|_| draw.normal() + 0.08).collect();
    let b: Vec<f64> = (0..500).map(|_| draw.normal()).collect();
    let of = |n_threads| Arrangements {
        n_resamples: 3000,
        seed: 5,
        n_threads,
    };
    let two = |n| {
        permutation_two_sample(&a, &b, TwoSampleScore::Mean, Alternative::TwoSided, &of(n), 0.95).unwrap()
    };
    assert_eq!(two(1), two(3));
    let welch = welch_t(&a, &b, Alternative::TwoSided, 0.95).unwrap();
    assert!((two(1).result.p_value - welch.p_value).abs() < 4.0 * two(1).p_value_error + 1e-3);
    let pairs = |n| {
        permutation_correlation(
            &a[..500],
            &b,
            PairingScore::Pearson,
            Alternative::Less,
            &of(n),
            0.95,
        )
    };
    assert_eq!(pairs(1), pairs(4));
}

#[test]
fn missing_is_dropped_and_what_has_no_answer_is_refused() {
    let two = |a: &[f64], b: &[f64]| {
        permutation_two_sample(a, b, TwoSampleScore::Mean, Alternative::TwoSided, &all(100), 0.95)
    };
    let found = two(&[1.0, f64::NAN, 2.0], &[4.0, 5.0]).unwrap();
    assert_eq!((found.result.n_used, found.result.n_dropped), (4, 1));
    close(found.result.p_value, 1.0 / 3.0);
    assert!(matches!(
        two(&[1.0, 1.0], &[1.0, 1.0]),
        Err(StatsError::Constant { .. })
    ));
    assert!(matches!(
        two(&[1.0], &[1.0, 2.0]),
        Err(StatsError::TooFewValues { .. })
    ));
    assert!(two(&[1.0, f64::INFINITY], &[1.0, 2.0]).is_err());
    // two constant sides differ in one deal of six
    close(two(&[2.0, 2.0], &[1.0, 1.0]).unwrap().result.p_value, 1.0 / 3.0);
    let none = all(0);
    assert!(permutation_paired(&A, &A, PairedScore::Mean, Alternative::Less, &all(9), 0.95).is_err());
    assert!(permutation_correlation(&A, &A, PairingScore::Pearson, Alternative::Less, &none, 0.95).is_err());
}
