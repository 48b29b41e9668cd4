use super::*;
use crate::test::Alternative::{Greater, TwoSided};

// made up; expected numbers are statsmodels 0.15.0's unless said otherwise
const X: [f64; 40] = [
    0.0, 0.83, 0.44, 1.46, 2.48, 2.04, 2.92, 3.09, 4.01, 3.46, 4.4, 5.32, 4.66, 5.67, 6.18, 7.22, 6.39, 7.05,
    7.64, 6.72, 7.73, 8.65, 9.58, 8.65, 8.66, 8.55, 7.73, 8.25, 9.25, 9.52, 9.07, 8.3, 7.45, 7.42, 6.97,
    7.21, 6.5, 7.11, 6.31, 5.62,
];
const TIED: [f64; 15] = [
    3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0, 5.0, 8.0, 9.0, 7.0, 9.0,
];

fn close(got: f64, expected: f64, tolerance: f64) {
    let fits = got == expected || (got - expected).abs() <= tolerance * expected.abs();
    assert!(fits, "{got:e} is not {expected:e}");
}

#[test]
fn adf_matches_statsmodels_with_fixed_lags() {
    for (deterministic, statistic, p, critical) in [
        (
            Deterministic::Nothing,
            0.11929075672671666,
            0.7225270170845941,
            -1.9501010483090835,
        ),
        (
            Deterministic::Constant,
            -2.7697719645587924,
            0.06272304030222228,
            -2.9435394610388332,
        ),
        (
            Deterministic::Trend,
            -0.12203177713490632,
            0.9927638118415736,
            -3.536645678834422,
        ),
        (
            Deterministic::QuadraticTrend,
            -2.9039413659285143,
            0.3428933159487194,
            -4.003462143801947,
        ),
    ] {
        let found = adf(&X, deterministic, UnitRootLags::Fixed(2), 0.95).unwrap();
        close(found.result.statistic, statistic, 1e-9);
        close(found.result.p_value, p, 1e-9);
        close(found.critical_values[1].1, critical, 1e-12);
        assert_eq!(found.result.n_used, 37);
    }
}

#[test]
fn adf_chooses_lags_as_statsmodels() {
    let found = |deterministic, lags| {
        let found = adf(&X, deterministic, lags, 0.95).unwrap();
        (found.n_lags, found.result.statistic)
    };
    let most = None;
    let all = [
        (
            Deterministic::Nothing,
            [(10, -2.8429589615077093), (7, -1.572893056772863)],
        ),
        (
            Deterministic::Constant,
            [(10, -1.651823711124009), (7, -1.6123597863081884)],
        ),
        (Deterministic::Trend, [(6, 3.4250810195244035); 2]),
        (
            Deterministic::QuadraticTrend,
            [(9, -1.5774348015649133), (6, -1.7992726383359166)],
        ),
    ];
    for (deterministic, [akaike, bayes]) in all {
        for (lags, expected) in [
            (UnitRootLags::Akaike { most }, akaike),
            (UnitRootLags::Bayes { most }, bayes),
            (UnitRootLags::LastT { most }, akaike),
        ] {
            let (n_lags, statistic) = found(deterministic, lags);
            assert_eq!(n_lags, expected.0, "{deterministic:?} {lags:?}");
            close(statistic, expected.1, 1e-9);
        }
    }
}

#[test]
fn short_series_leave_a_row_to_spare() {
    for n in 6..14 {
        let found = adf(
            &X[20..20 + n],
            Deterministic::Nothing,
            UnitRootLags::Bayes { most: None },
            0.95,
        )
        .unwrap();
        assert!(found.result.statistic.is_finite(), "{n}");
    }
}

#[test]
fn kpss_matches_statsmodels() {
    for (trend, lags, statistic, p, n_lags) in [
        (
            false,
            VarianceLags::Automatic,
            0.6593951347083915,
            0.01723680593560077,
            4,
        ),
        (
            false,
            VarianceLags::Schwert,
            0.37316097334227477,
            0.08872371838695053,
            10,
        ),
        (false, VarianceLags::Fixed(3), 0.7953482840098004, 0.01, 3),
        (true, VarianceLags::Automatic, 0.23127362135819235, 0.01, 4),
        (
            true,
            VarianceLags::Schwert,
            0.1497121984970876,
            0.046906501252426985,
            10,
        ),
    ] {
        let found = kpss(&X, trend, lags).unwrap();
        close(found.result.statistic, statistic, 1e-10);
        close(found.result.p_value, p, 1e-10);
        assert_eq!(found.n_lags, n_lags);
        assert_eq!(found.result.assumptions[0].holds, p != 0.01);
    }
}

#[test]
fn portmanteau_matches_statsmodels() {
    let found = ljung_box(&X, 4, 1, 0.95).unwrap();
    close(found.statistic, 107.150215, 1e-8);
    close(found.p_value, 4.503612e-23, 1e-6);
    close(found.effect.estimate.value, 0.8967433918188664, 1e-12);
    let found = box_pierce(&X, 4, 1, 0.95).unwrap();
    close(found.statistic, 96.291002, 1e-8);
    close(found.p_value, 9.746516e-21, 1e-6);
    let two = autocorrelation(&X, 2).unwrap();
    close(two[1], 0.8175675126897549, 1e-12);
    let far: Vec<f64> = X.iter().map(|x| 1e9 + 1e-3 * x).collect();
    assert!((autocorrelation(&far, 1).unwrap()[0] - two[0]).abs() < 1e-4);
}

#[test]
fn mann_kendall_matches_the_definition_and_scipy() {
    // score and z by their definition, slopes by scipy 1.17.1 theilslopes, tau by kendalltau
    let found = mann_kendall(&X, TwoSided, 0.95).unwrap();
    close(found.statistic, 4.765920136731815, 1e-12);
    close(found.p_value, 1.8799371839401088e-06, 1e-9);
    let slope = found.effect.estimate;
    close(slope.value, 0.2, 1e-12);
    close(slope.low, 0.13863636363636364, 1e-12);
    close(slope.high, 0.27181818181818185, 1e-12);
    close(found.more_effects[0].estimate.value, 0.5263162231263543, 1e-12);
    let tied = mann_kendall(&TIED, Greater, 0.95).unwrap();
    close(tied.p_value, 0.003431897492724516, 1e-9);
    close(tied.effect.estimate.value, 0.4444444444444444, 1e-15);
    close(tied.effect.estimate.low, 0.25, 1e-15);
    assert_eq!(tied.effect.estimate.high, f64::INFINITY);
    let flat = mann_kendall(&[2.0, 2.0, 2.0, 2.0, 3.0, 2.0], TwoSided, 0.95).unwrap();
    assert_eq!(flat.effect.estimate.value, 0.0);
}

#[test]
fn slopes_of_any_rank_are_those_of_the_list() {
    let mut draw = crate::Draw::new(3, 0);
    let times: Vec<f64> = (0..30).map(|t| f64::from(t * t)).collect();
    let values: Vec<f64> = (0..30).map(|_| (4.0 * draw.normal()).round() / 7.0).collect();
    let mut list = Vec::new();
    for j in 0..30 {
        for i in 0..j {
            list.push((values[j] - values[i]) / (times[j] - times[i]));
        }
    }
    list.sort_by(f64::total_cmp);
    let slopes = slope::Slopes::new(&times, &values);
    for rank in (0..list.len()).step_by(7) {
        assert!((slopes.of_rank(rank as u64) - list[rank]).abs() < 1e-15, "{rank}");
    }
}

#[test]
fn ends_may_be_missing_and_gaps_may_not() {
    let mut padded = vec![f64::NAN; 3];
    padded.extend(X);
    padded.push(f64::NAN);
    let found = ljung_box(&padded, 4, 0, 0.95).unwrap();
    assert_eq!((found.n_used, found.n_dropped), (40, 4));
    let plain = adf(&X, Deterministic::Constant, UnitRootLags::Fixed(1), 0.95).unwrap();
    let ends = adf(&padded, Deterministic::Constant, UnitRootLags::Fixed(1), 0.95).unwrap();
    assert_eq!(
        (plain.result.statistic, ends.result.n_dropped),
        (ends.result.statistic, 4)
    );
    padded[10] = f64::NAN;
    assert!(ljung_box(&padded, 4, 0, 0.95).is_err() && kpss(&padded, false, VarianceLags::Fixed(0)).is_err());
    assert_eq!(mann_kendall(&padded, TwoSided, 0.95).unwrap().n_dropped, 5);
}

#[test]
fn undefined_cases_are_errors() {
    let line: Vec<f64> = (0..30).map(f64::from).collect();
    let constant = [2.5; 30];
    let fixed = UnitRootLags::Fixed;
    assert!(adf(&constant, Deterministic::Constant, fixed(0), 0.95).is_err());
    assert!(adf(&line, Deterministic::Trend, fixed(0), 0.95).is_err());
    assert!(adf(&X, Deterministic::Constant, fixed(19), 0.95).is_err());
    assert!(adf(&X[..5], Deterministic::QuadraticTrend, fixed(0), 0.95).is_err());
    assert!(
        adf(
            &[],
            Deterministic::Nothing,
            UnitRootLags::Akaike { most: None },
            0.95
        )
        .is_err()
    );
    assert!(kpss(&constant, false, VarianceLags::Automatic).is_err());
    assert!(kpss(&line, true, VarianceLags::Automatic).is_err());
    assert!(kpss(&[0.0, 5e-324, 0.0, 5e-324], false, VarianceLags::Fixed(1)).is_err());
    assert!(kpss(&line, false, VarianceLags::Fixed(30)).is_err());
    assert!(ljung_box(&constant, 2, 0, 0.95).is_err() && ljung_box(&line, 30, 0, 0.95).is_err());
    assert!(ljung_box(&line, 2, 2, 0.95).is_err() && ljung_box(&[], 1, 0, 0.95).is_err());
    assert!(mann_kendall(&constant, TwoSided, 0.95).is_err());
    assert!(mann_kendall(&[1.0, 2.0], TwoSided, 0.95).is_err());
    assert!(mann_kendall(&[1.0, 2.0, f64::INFINITY], TwoSided, 0.95).is_err());
    assert!(autocorrelation(&[1.0, f64::INFINITY, 2.0], 1).is_err());
    let huge = [1.7e308, -1.7e308, 1.6e308, -1.6e308, 0.0];
    assert!(autocorrelation(&huge, 1).unwrap()[0].is_finite());
    assert!(
        mann_kendall(&huge, TwoSided, 0.95)
            .unwrap()
            .effect
            .estimate
            .value
            .is_finite()
    );
}
