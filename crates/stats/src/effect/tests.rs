use super::*;
use crate::test::Effect;

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs(),
        "{got:e} is not {expected:e}"
    );
}

// Student's sleep data
const X: [f64; 10] = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
const Y: [f64; 10] = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

fn check(effect: &Effect, value: f64, low: f64, high: f64) {
    close(effect.estimate.value, value, 1e-12);
    close(effect.estimate.low, low, 1e-9);
    close(effect.estimate.high, high, 1e-9);
}

#[test]
fn sizes_match_pingouin_and_scipy() {
    // pingouin 0.7.0 compute_effsize; intervals by brentq over scipy 1.17.1 nct
    let (d, low, high) = (-0.8321810813495395, -1.738816899106732, 0.09545039821141539);
    check(&cohen_d(&X, &Y, 0.95).unwrap(), d, low, high);
    let g = hedges_g(&X, &Y, SmallSample::Approximate, 0.95).unwrap();
    close(g.estimate.value, -0.7970185004474464, 1e-12);
    let factor = 0.9576464270237194; // scipy gammaln
    let g = hedges_g(&X, &Y, SmallSample::Exact, 0.95).unwrap();
    check(&g, factor * d, factor * low, factor * high);
    let glass = glass_delta(&X, &Y, 0.95).unwrap();
    check(
        &glass,
        -0.8831701903605376,
        -1.8275840469698925,
        0.10100986296928488,
    );
    let paired = cohen_d_paired(&X, &Y, 0.95).unwrap();
    check(
        &paired,
        -1.2845575625910546,
        -2.1180165139816007,
        -0.414627756380457,
    );
    close(
        probability_of_superiority(&Y, &X, 0.95).unwrap().estimate.value,
        0.745,
        1e-12,
    );
}

#[test]
fn units_and_order_do_not_matter() {
    let scaled = |values: [f64; 10]| values.map(|v| 3.0 * v + 40.0);
    let (plain, other) = (
        cohen_d(&X, &Y, 0.9).unwrap(),
        cohen_d(&scaled(X), &scaled(Y), 0.9).unwrap(),
    );
    close(other.estimate.low, plain.estimate.low, 1e-10);
    let turned = cohen_d(&Y, &X, 0.9).unwrap();
    close(turned.estimate.high, -plain.estimate.low, 1e-9);
    let missing = [&X[..], &[f64::NAN]].concat();
    assert_eq!(cohen_d(&missing, &Y, 0.9).unwrap(), plain);
}

#[test]
fn edges_are_refused() {
    assert!(cohen_d(&[1.0], &Y, 0.95).is_err() && cohen_d(&[1.0; 3], &[2.0; 3], 0.95).is_err());
    assert!(cohen_d(&X, &[1.0, f64::INFINITY], 0.95).is_err() && cohen_d(&X, &Y, 0.0).is_err());
    assert!(glass_delta(&[1.0; 3], &Y, 0.95).is_err());
    assert!(cohen_d_paired(&X, &X, 0.95).is_err() && cohen_d_paired(&X, &Y[..3], 0.95).is_err());
    assert!(probability_of_superiority(&[], &Y, 0.95).is_err());
    // far apart, with few values
    let far = cohen_d(&[0.0, 1e-3], &[50.0, 50.001], 0.95).unwrap().estimate;
    assert!(
        far.low < far.value && far.value < far.high && far.high < 0.0,
        "{far:?}"
    );
}
