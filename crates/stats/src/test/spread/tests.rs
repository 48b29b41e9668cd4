use super::*;
use crate::test::TestResult;

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs(),
        "{got:e} is not {expected:e}"
    );
}

fn check(result: &TestResult, statistic: f64, p: f64) {
    close(result.statistic, statistic, 1e-9);
    close(result.p_value, p, 1e-9);
    let e = result.effect.estimate;
    assert!(e.low <= e.value && e.value <= e.high, "{e:?}");
}

// R's PlantGrowth
const VALUES: [f64; 30] = [
    4.17, 5.58, 5.18, 6.11, 4.5, 4.61, 5.17, 4.53, 5.33, 5.14, 4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03,
    4.89, 4.32, 4.69, 6.31, 5.12, 5.54, 5.5, 5.37, 5.29, 4.92, 6.15, 5.8, 5.26,
];

fn codes() -> Vec<u32> {
    (0..30).map(|i| i / 10).collect()
}

#[test]
fn tests_of_spread_match_scipy() {
    // scipy 1.17.1 levene(center=...), bartlett, fligner; the trimmed mean by f_oneway of the distances from trim_mean(g, 0.1)
    let levene_about = |centre| levene(&VALUES, &codes(), 3, centre, 0.95).unwrap();
    check(
        &levene_about(Centre::Median),
        1.1191856948703909,
        0.34122662412547355,
    );
    check(
        &levene_about(Centre::Mean),
        1.2369629544697844,
        0.3061949229914473,
    );
    check(
        &levene_about(Centre::TrimmedMean(0.1)),
        1.2777337005436078,
        0.2949851044370938,
    );
    check(
        &bartlett(&VALUES, &codes(), 3, 0.95).unwrap(),
        2.8785737872360935,
        0.23709677363455822,
    );
    check(
        &fligner_killeen(&VALUES, &codes(), 3, 0.95).unwrap(),
        2.3499371311582022,
        0.30882868738638614,
    );
}

#[test]
fn scale_does_not_matter() {
    let scaled = VALUES.map(|v| 1e-150 * v);
    let plain = bartlett(&VALUES, &codes(), 3, 0.95).unwrap();
    close(
        bartlett(&scaled, &codes(), 3, 0.95).unwrap().statistic,
        plain.statistic,
        1e-9,
    );
    // groups of exactly equal variances
    let equal = bartlett(&[1.0, 2.0, 4.0, 11.0, 12.0, 14.0], &[0, 0, 0, 1, 1, 1], 2, 0.95).unwrap();
    assert!(equal.statistic < 1e-14 && equal.p_value > 1.0 - 1e-14);
    close(equal.effect.estimate.value, 1.0, 1e-12);
}

#[test]
fn edges_are_refused() {
    let pairs = [0, 0, 1, 1];
    assert!(bartlett(&[1.0, 1.0, 2.0, 3.0], &pairs, 2, 0.95).is_err());
    assert!(bartlett(&[1.0, 2.0, 3.0], &[0, 0, 1], 2, 0.95).is_err());
    assert!(fligner_killeen(&[1.0, 1.0, 3.0, 3.0], &pairs, 2, 0.95).is_err());
    assert!(fligner_killeen(&[1.0, f64::INFINITY, 3.0, 3.0], &pairs, 2, 0.95).is_err());
    assert!(levene(&[1.0, 1.0, 3.0, 3.0], &pairs, 2, Centre::Mean, 0.95).is_err());
    assert!(levene(&VALUES, &codes(), 3, Centre::TrimmedMean(0.5), 0.95).is_err());
    assert!(bartlett(&[], &[], 2, 0.95).is_err() && bartlett(&[1.0, 2.0], &[0, 0], 1, 0.95).is_err());
    let mut values = VALUES;
    values[3] = f64::NAN;
    for test in [bartlett, fligner_killeen] {
        assert_eq!(test(&values, &codes(), 3, 0.95).unwrap().n_dropped, 1);
    }
}
