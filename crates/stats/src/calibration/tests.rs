use super::*;
use crate::Draw;

include!("reference.rs");

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs().max(1e-6),
        "{got} is not {expected}"
    );
}

#[test]
fn platt_matches_scikit_learn() {
    let labels: Vec<bool> = PLATT_LABELS.iter().map(|&l| l == 1).collect();
    let fit = platt(PLATT_SCORES, &labels, None).unwrap();
    close(fit.slope, -PLATT_A, 1e-4); // scikit-learn stops its search early
    close(fit.intercept, -PLATT_B, 1e-4);
    let twice: Vec<f64> = PLATT_SCORES.iter().map(|s| 1e6 * s).collect();
    close(platt(&twice, &labels, None).unwrap().slope * 1e6, fit.slope, 1e-9);
}

#[test]
fn platt_finds_the_truth_and_survives_separation() {
    let mut draw = Draw::new(1, 0);
    let margins: Vec<f64> = (0..20_000).map(|_| 2.0 * draw.normal()).collect();
    let labels: Vec<bool> = margins
        .iter()
        .map(|m| draw.uniform() < crate::math::sigmoid(0.5 * m - 1.0))
        .collect();
    let fit = platt(&margins, &labels, None).unwrap();
    assert!(
        (fit.slope - 0.5).abs() < 0.03 && (fit.intercept + 1.0).abs() < 0.06,
        "{fit:?}"
    );
    let separated = platt(&[-1.0, -2.0, 1.0, 2.0], &[false, false, true, true], None).unwrap();
    assert!(separated.slope.is_finite() && separated.slope > 0.0);
    let flat = platt(&[0.0; 4], &[false, true, true, true], None).unwrap();
    close(flat.apply(0.0), (3.0 * 0.8 + 1.0 / 3.0) / 4.0, 1e-6); // the mean of the smoothed targets
    assert!(platt(&[1.0, 2.0], &[true, true], None).is_err());
    assert!(platt(&[1.0, f64::NAN], &[true, false], None).is_err());
}

#[test]
fn isotonic_matches_scikit_learn() {
    let fit = isotonic(ISOTONIC_SCORES, ISOTONIC_TARGETS, Some(ISOTONIC_WEIGHTS)).unwrap();
    let (x, y) = fit.points();
    assert_eq!(x, ISOTONIC_THRESHOLDS_X);
    y.iter()
        .zip(ISOTONIC_THRESHOLDS_Y)
        .for_each(|(g, e)| close(*g, *e, 1e-9));
    ISOTONIC_PREDICT_AT
        .iter()
        .zip(ISOTONIC_PREDICTED)
        .for_each(|(x, e)| close(fit.apply(*x), *e, 1e-9));
    let classic = isotonic(
        &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        &[1.0, 3.0, 2.0, 4.0, 3.5, 6.0],
        None,
    )
    .unwrap();
    let predicted: Vec<f64> = (1..=6).map(|x| classic.apply(f64::from(x))).collect();
    assert_eq!(predicted, [1.0, 2.5, 2.5, 3.75, 3.75, 6.0]);
    assert!(classic.apply(f64::NAN).is_nan());
}

#[test]
fn isotonic_points_are_checked() {
    assert!(Isotonic::from_points(vec![], vec![]).is_err());
    assert!(Isotonic::from_points(vec![1.0, 1.0], vec![0.0, 1.0]).is_err());
    assert!(Isotonic::from_points(vec![1.0, 2.0], vec![1.0, 0.0]).is_err());
    assert!(Isotonic::from_points(vec![1.0, f64::NAN], vec![1.0, 2.0]).is_err());
    assert!(isotonic(&[], &[], None).is_err());
}

#[test]
fn temperature_matches_scipy() {
    close(temperature(LOGITS, LOGIT_LABELS, 3).unwrap(), TEMPERATURE, 1e-5);
    assert!(temperature(&[1.0, 0.0], &[0], 2).is_err());
    assert!(temperature(&[1.0, 0.0], &[5], 2).is_err());
}

#[test]
fn conformal_quantile_is_the_right_order_statistic() {
    close(conformal_quantile(RESIDUALS, 0.9).unwrap(), 1.9622, 1e-12);
    let nine: Vec<f64> = (1..=9).map(f64::from).collect();
    assert_eq!(conformal_quantile(&nine, 0.9).unwrap(), 9.0);
    assert_eq!(conformal_quantile(&nine[..8], 0.9).unwrap(), f64::INFINITY);
    assert!(conformal_quantile(&[], 0.9).is_err());
}
