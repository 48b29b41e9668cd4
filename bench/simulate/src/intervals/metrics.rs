//! Metrics of a classifier whose scores are normal, higher by 1 for the positives: a quarter or half of the rows.

use stats::StatsError;
use stats::interval::{Estimate, Resampling};
use stats::math::{exp, ln_1p, sqrt};
use stats::metric::{
    Binning, accuracy, auc, average_precision, balanced_accuracy, brier, calibration_error, f1, log_loss,
    mcc, paired_auc, precision, recall,
};
use stats::random::Draw;
use stats::special::{normal_cdf, normal_pdf, normal_sf};

use crate::data::{normals, scored};
use crate::study::Limit::{Close, Rough, Safe};
use crate::study::{Limit, Study};

const LEVEL: f64 = 0.95;
/// The share of positives.
const SHARE: f64 = 0.3;

pub(super) fn studies() -> Vec<Study> {
    [areas(), at_thresholds(), probabilities()]
        .into_iter()
        .flatten()
        .collect()
}

fn areas() -> Vec<Study> {
    let area = |scenario: &str, limit: Limit, n: [usize; 2], gain: f64| {
        Study::coverage("AUC, DeLong", scenario, limit, move |draw| {
            let labels: Vec<bool> = (0..n[0] + n[1]).map(|row| row < n[0]).collect();
            let mut scores = normals(draw, n[0], gain, 1.0);
            scores.extend(normals(draw, n[1], 0.0, 1.0));
            Some(
                auc(&labels, &scores, None, LEVEL)
                    .ok()?
                    .covers(normal_cdf(gain / sqrt(2.0))),
            )
        })
    };
    let precision_area = |scenario: &str, limit: Limit, n: usize, gain: f64| {
        let truth = average_precision_truth(gain);
        Study::coverage("average precision", scenario, limit, move |draw| {
            let (labels, scores) = scored(draw, n, SHARE, gain);
            Some(
                average_precision(&labels, &scores, None, LEVEL)
                    .ok()?
                    .covers(truth),
            )
        })
    };
    vec![
        area("20 positives, 20 negatives, 0.76", Rough, [20, 20], 1.0),
        area("30 positives, 200 negatives, 0.92", Rough, [30, 200], 2.0),
        area("200 positives, 400 negatives, 0.76", Close, [200, 400], 1.0),
        Study::coverage(
            "difference of AUCs, DeLong",
            "100 positives, 100 negatives, 0.86 and 0.76",
            Close,
            |draw| {
                let (labels, base) = scored(draw, 200, 0.5, 0.0);
                let score = |draw: &mut Draw, gain: f64| -> Vec<f64> {
                    let noisy = |(label, shared): (&bool, &f64)| {
                        gain * f64::from(u8::from(*label)) + shared + draw.normal()
                    };
                    labels.iter().zip(&base).map(noisy).collect()
                };
                let (a, b) = (score(draw, 2.0), score(draw, 1.0));
                let truth = normal_cdf(1.0) - normal_cdf(0.5);
                Some(
                    paired_auc(&labels, &a, &b, None, LEVEL)
                        .ok()?
                        .difference
                        .covers(truth),
                )
            },
        ),
        precision_area("n = 100, 30 % positives, 0.58", Rough, 100, 1.0),
        precision_area("n = 2,000, 30 % positives, 0.58", Close, 2_000, 1.0),
        precision_area("n = 200, 30 % positives, 0.97", Safe, 200, 3.0)
            .note("wide for good scores, as documented"),
    ]
}

/// The area under the population's precision-recall curve, by the trapezoid rule over thresholds.
fn average_precision_truth(gain: f64) -> f64 {
    let n_steps = 20_000;
    let step = 20.0 / f64::from(n_steps);
    let at = |k: i32| {
        let threshold = -9.0 + step * f64::from(k);
        let (hit, alarm) = (normal_sf(threshold - gain), normal_sf(threshold));
        let precision = SHARE * hit / (SHARE * hit + (1.0 - SHARE) * alarm);
        precision * normal_pdf(threshold - gain) * step
    };
    (0..=n_steps).map(at).filter(|part| part.is_finite()).sum()
}

type AtThreshold = fn(&[bool], &[f64], Option<&[f64]>, f64, f64) -> Result<Estimate, StatsError>;

/// What a threshold of 0.5 makes of the population: shares of true positives, false positives, true and false negatives.
fn population() -> [f64; 4] {
    let (hit, alarm) = (normal_sf(-0.5), normal_sf(0.5));
    [
        SHARE * hit,
        (1.0 - SHARE) * alarm,
        (1.0 - SHARE) * (1.0 - alarm),
        SHARE * (1.0 - hit),
    ]
}

fn at_thresholds() -> Vec<Study> {
    let [tp, fp, tn, fn_] = population();
    let study = |what: &str, n: usize, limit: Limit, metric: AtThreshold, truth: f64| {
        Study::coverage(
            what,
            format!("n = {n}, 30 % positives, {truth:.2}"),
            limit,
            move |draw| {
                let (labels, scores) = scored(draw, n, SHARE, 1.0);
                Some(metric(&labels, &scores, None, 0.5, LEVEL).ok()?.covers(truth))
            },
        )
    };
    let correlation = (tp * tn - fp * fn_) / sqrt((tp + fp) * (tp + fn_) * (tn + fp) * (tn + fn_));
    let harmonic = 2.0 * tp / (2.0 * tp + fp + fn_);
    vec![
        study("accuracy, Wilson", 200, Close, accuracy, tp + tn),
        study("precision, Wilson", 200, Close, precision, tp / (tp + fp)),
        study("recall, Wilson", 200, Close, recall, tp / (tp + fn_)),
        study(
            "balanced accuracy",
            200,
            Close,
            balanced_accuracy,
            0.5 * (tp / (tp + fn_) + tn / (tn + fp)),
        ),
        study("F1", 200, Close, f1, harmonic),
        study("F1", 50, Rough, f1, harmonic),
        study("Matthews' correlation", 200, Close, mcc, correlation),
        study("Matthews' correlation", 50, Rough, mcc, correlation),
    ]
}

/// Labels drawn with the chance told, `1 / (1 + exp(-margin))` with normal margins.
fn told(draw: &mut Draw, n: usize) -> (Vec<bool>, Vec<f64>) {
    let chances: Vec<f64> = (0..n).map(|_| chance(2.0 * draw.normal())).collect();
    let labels = chances.iter().map(|chance| draw.uniform() < *chance).collect();
    (labels, chances)
}

fn chance(margin: f64) -> f64 {
    1.0 / (1.0 + exp(-margin))
}

fn probabilities() -> Vec<Study> {
    // the expected losses of a right model, over margins of deviation 2
    let over_margins = |loss: &dyn Fn(f64) -> f64| {
        let step = 0.001;
        let at = |k: i32| {
            let z = step * f64::from(k);
            normal_pdf(z) * step * loss(2.0 * z)
        };
        (-9_000..=9_000).map(at).sum::<f64>()
    };
    let entropy = |m: f64| chance(m) * ln_1p(exp(-m)) + chance(-m) * ln_1p(exp(m));
    let (log_truth, brier_truth) = (
        over_margins(&entropy),
        over_margins(&|margin| chance(margin) * chance(-margin)),
    );
    vec![
        Study::coverage("log loss, t", "n = 300", Close, move |draw| {
            let (labels, chances) = told(draw, 300);
            Some(log_loss(&labels, &chances, None, LEVEL).ok()?.covers(log_truth))
        }),
        Study::coverage("Brier score, t", "n = 300", Close, move |draw| {
            let (labels, chances) = told(draw, 300);
            Some(brier(&labels, &chances, None, LEVEL).ok()?.covers(brier_truth))
        }),
        calibration(),
    ]
}

/// Chances of 0.3 and 0.7 told where 0.2 and 0.8 are right: a calibration error of 0.1.
fn calibration() -> Study {
    Study::coverage(
        "calibration error, bootstrap",
        "off by 0.1, n = 500, 200 resamples",
        Rough,
        |draw| {
            let told: Vec<f64> = (0..500)
                .map(|_| if draw.uniform() < 0.5 { 0.3 } else { 0.7 })
                .collect();
            let labels: Vec<bool> = told
                .iter()
                .map(|told| draw.uniform() < if *told < 0.5 { 0.2 } else { 0.8 })
                .collect();
            let resampling = Resampling {
                n_resamples: 200,
                seed: draw.next_u64(),
                level: LEVEL,
            };
            let found = calibration_error(&labels, &told, None, Binning::Width(10), &resampling);
            Some(found.ok()?.covers(0.1))
        },
    )
    .costly(10)
}
