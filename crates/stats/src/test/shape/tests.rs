use super::*;
use crate::test::{Alternative, TestResult};
use Alternative::{Greater, Less, TwoSided};

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

const UNIT: [f64; 12] = [
    0.9021, 0.6144, 0.143, 0.412, 0.7782, 0.0397, 0.7627, 0.1464, 0.7407, 0.7408, 0.4836, 0.9859,
];
// R's PlantGrowth: control, treatments 1 and 2
const CONTROL: [f64; 10] = [4.17, 5.58, 5.18, 6.11, 4.5, 4.61, 5.17, 4.53, 5.33, 5.14];
const FIRST: [f64; 10] = [4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69];
const SECOND: [f64; 10] = [6.31, 5.12, 5.54, 5.5, 5.37, 5.29, 4.92, 6.15, 5.8, 5.26];

fn growth() -> Vec<f64> {
    [CONTROL, FIRST, SECOND].concat()
}

#[test]
fn one_sample_matches_scipy() {
    // scipy 1.17.1 ks_1samp(UNIT, uniform.cdf)
    let test = |side, method| ks_one_sample(&UNIT, |x| x.clamp(0.0, 1.0), side, method, 0.95).unwrap();
    check(
        &test(TwoSided, KsMethod::Exact),
        0.24070000000000003,
        0.4235081710833136,
    );
    check(
        &test(TwoSided, KsMethod::Limit),
        0.24070000000000003,
        0.490238094704446,
    );
    check(
        &test(Less, KsMethod::Auto),
        0.24070000000000003,
        0.21338202300794382,
    );
    check(&test(Greater, KsMethod::Exact), 0.1036, 0.724393867915567);
}

#[test]
fn two_samples_match_scipy() {
    // scipy 1.17.1 ks_2samp, method "exact" and "asymp"
    let test = |n, side, method| ks_two_sample(&CONTROL[..n], &SECOND, side, method, 0.95).unwrap();
    for (n, side, method, d, p) in [
        (10, TwoSided, KsMethod::Exact, 0.5, 0.16782134274394334),
        (
            7,
            TwoSided,
            KsMethod::Exact,
            0.5142857142857142,
            0.15538872891814065,
        ),
        (10, TwoSided, KsMethod::FiniteSize, 0.5, 0.112),
        (
            7,
            TwoSided,
            KsMethod::FiniteSize,
            0.5142857142857142,
            0.16519800083298633,
        ),
        (10, TwoSided, KsMethod::Limit, 0.5, 0.1640791977266521),
        (7, Less, KsMethod::Exact, 0.0, 1.0),
        (7, Less, KsMethod::FiniteSize, 0.0, 1.0),
        (10, Greater, KsMethod::Exact, 0.5, 0.08391608391608392),
        (
            7,
            Greater,
            KsMethod::Exact,
            0.5142857142857142,
            0.07769436445907034,
        ),
        (10, Greater, KsMethod::FiniteSize, 0.5, 0.049787068367863986),
        (
            7,
            Greater,
            KsMethod::FiniteSize,
            0.5142857142857142,
            0.06979556053063046,
        ),
    ] {
        check(&test(n, side, method), d, p);
    }
}

#[test]
fn far_tails_of_two_samples_do_not_underflow() {
    // complete separation: 2 / C(2 n, n), and one of them one-sided
    let below: Vec<f64> = (0..900).map(f64::from).collect();
    let above: Vec<f64> = below.iter().map(|v| v + 1000.0).collect();
    let expected = -crate::special::ln_choose(1800.0, 900.0);
    let two_sided = ks_two_sample(&below, &above, TwoSided, KsMethod::Auto, 0.95).unwrap();
    close(two_sided.ln_p_value, expected + std::f64::consts::LN_2, 1e-12);
    let one_sided = ks_two_sample(&below, &above, Greater, KsMethod::Exact, 0.95).unwrap();
    close(one_sided.ln_p_value, expected, 1e-12);
    assert_eq!(
        ks_two_sample(&below, &above, Less, KsMethod::Exact, 0.95)
            .unwrap()
            .p_value,
        1.0
    );
}

#[test]
fn exact_two_sample_law_equals_enumeration() {
    // all C(7, 3) ways to mix 3 and 4 values
    let mut counts = std::collections::BTreeMap::new();
    let values: Vec<f64> = (0..7).map(f64::from).collect();
    let mixes: Vec<u32> = (0_u32..1 << 7).filter(|mix| mix.count_ones() == 3).collect();
    let split =
        |mix: u32| -> (Vec<f64>, Vec<f64>) { values.iter().partition(|v| mix >> **v as u32 & 1 == 1) };
    for &mix in &mixes {
        let (a, b) = split(mix);
        let result = ks_two_sample(&a, &b, TwoSided, KsMethod::Exact, 0.95).unwrap();
        counts
            .entry((result.statistic * 12.0).round() as u32)
            .or_insert((0.0, result.p_value))
            .0 += 1.0;
    }
    for (steps, (_, p)) in &counts {
        let at_least: f64 = counts.range(steps..).map(|(_, (count, _))| count).sum();
        close(*p, at_least / mixes.len() as f64, 1e-13);
    }
}

#[test]
fn normality_matches_scipy_and_statsmodels() {
    // scipy 1.17.1 jarque_bera, skew, kurtosis, skewtest, kurtosistest
    let result = jarque_bera(&growth(), 0.95).unwrap();
    check(&result, 0.6604168203063833, 0.7187739180385753);
    close(result.effect.estimate.value, -0.15340473437665983, 1e-9);
    close(result.more_effects[0].estimate.value, -0.6589396073453244, 1e-9);
    let result = dagostino_k2(&growth(), 0.95).unwrap();
    check(&result, 0.5683353492831931, 0.7526404354101842);
    close(result.more_effects[1].estimate.value, -0.4004593282534272, 1e-9);
    close(result.more_effects[2].estimate.value, -0.6387234735767952, 1e-9);
    // statsmodels 0.15.0 normal_ad, lilliefors (a simulated table, interpolated)
    let skewed: Vec<f64> = growth().into_iter().map(crate::math::exp).collect();
    check(
        &anderson_darling(&growth(), 0.95).unwrap(),
        0.15066048566210455,
        0.9567458733521913,
    );
    check(
        &anderson_darling(&skewed, 0.95).unwrap(),
        1.0858887803644066,
        0.006390353208190185,
    );
    for (values, d, p) in [
        (growth(), 0.09338725171353979, 0.7151651261720249),
        (skewed, 0.1554056716125053, 0.06141412463110302),
    ] {
        let result = lilliefors(&values, 0.95).unwrap();
        close(result.statistic, d, 1e-9);
        close(result.p_value, p, 0.03);
    }
}

#[test]
fn lilliefors_law_matches_the_simulated_one() {
    // statsmodels 0.15.0, critical values of ten million samples each: (n, p, D)
    for (n, p, d) in [
        (5, 0.05, 0.34309),
        (10, 0.001, 0.35061),
        (10, 0.1, 0.24099),
        (10, 0.5, 0.17680),
        (20, 0.9, 0.09583),
        (50, 0.01, 0.14505),
        (100, 0.05, 0.08900),
        (200, 0.005, 0.07789),
        (200, 0.5, 0.04286),
        (1600, 0.05, 0.02238),
    ] {
        close(crate::math::exp(lilliefors_ln_p(d, f64::from(n))), p, 0.1);
    }
    let mut previous = 0.0;
    for d in (1..1000).rev() {
        let ln_p = lilliefors_ln_p(0.001 * f64::from(d), 4.0);
        assert!(d == 999 || ln_p >= previous, "{d}");
        previous = ln_p;
    }
}

#[test]
fn edges_are_defined_or_refused() {
    let uniform = |x: f64| x;
    let (nan, infinity) = (f64::NAN, f64::INFINITY);
    let one = ks_one_sample(&[0.3, nan], uniform, TwoSided, KsMethod::Auto, 0.95).unwrap();
    assert_eq!((one.n_used, one.n_dropped), (1, 1));
    close(one.p_value, 0.6, 1e-12);
    assert!(ks_one_sample(&[], uniform, TwoSided, KsMethod::Auto, 0.95).is_err());
    assert!(ks_one_sample(&[2.0], uniform, TwoSided, KsMethod::Auto, 0.95).is_err());
    assert!(ks_one_sample(&[0.5, infinity], uniform, TwoSided, KsMethod::Auto, 0.95).is_err());
    let same = ks_two_sample(&[1.0; 5], &[1.0; 5], TwoSided, KsMethod::Auto, 0.95).unwrap();
    assert_eq!((same.statistic, same.p_value), (0.0, 1.0));
    assert!(ks_two_sample(&[nan], &[1.0], TwoSided, KsMethod::Auto, 0.95).is_err());
    for test in [jarque_bera, anderson_darling, lilliefors, dagostino_k2] {
        assert!(test(&[], 0.95).is_err() && test(&[3.0; 30], 0.95).is_err());
        assert!(test(&[1.0, 2.0], 0.95).is_err() && test(&growth(), 1.0).is_err());
        let mut values = growth();
        values.push(nan);
        assert_eq!(test(&values, 0.95).unwrap().n_dropped, 1);
        values.push(infinity);
        assert!(test(&values, 0.95).is_err());
    }
    // far from normal the p-value has a logarithm
    let wild: Vec<f64> = (0..400).map(|i| crate::math::exp(0.2 * f64::from(i))).collect();
    let far = anderson_darling(&wild, 0.95).unwrap();
    assert!(far.ln_p_value.is_finite() && far.ln_p_value < -300.0, "{far:?}");
}
