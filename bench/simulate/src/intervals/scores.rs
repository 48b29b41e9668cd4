//! Metrics of regressions, forecasts, rankings and many classes.

use stats::interval::Resampling;
use stats::math::{exp, sqrt};
use stats::metric::{
    coverage, mae, mean_error, mean_ndcg, mean_pinball, median_absolute_error, multiclass_accuracy,
    multiclass_auc, multiclass_f1, paired_mean, r2, rmse,
};
use stats::random::Draw;
use stats::special::{normal_cdf, normal_pdf, normal_quantile};

use crate::data::{normals, uniforms};
use crate::study::Limit::{Close, Exact, Rough, Safe};
use crate::study::{Limit, Study};

const LEVEL: f64 = 0.95;

pub(super) fn studies() -> Vec<Study> {
    [regressions(), quantiles(), classes()]
        .into_iter()
        .flatten()
        .collect()
}

/// Predictions that miss normal targets by normal errors of deviation 2.
fn missed(draw: &mut Draw, n: usize) -> (Vec<f64>, Vec<f64>) {
    let targets = normals(draw, n, 10.0, 4.0);
    let predictions = targets
        .iter()
        .map(|target| target + 2.0 * draw.normal())
        .collect();
    (targets, predictions)
}

fn regressions() -> Vec<Study> {
    vec![
        Study::coverage("RMSE", "normal errors, n = 50", Rough, |draw| {
            let (targets, predictions) = missed(draw, 50);
            Some(rmse(&targets, &predictions, None, LEVEL).ok()?.covers(2.0))
        }),
        Study::coverage("RMSE", "normal errors, n = 1,000", Close, |draw| {
            let (targets, predictions) = missed(draw, 1_000);
            Some(rmse(&targets, &predictions, None, LEVEL).ok()?.covers(2.0))
        }),
        Study::coverage(
            "mean absolute error, t",
            "normal errors, n = 200",
            Close,
            |draw| {
                let (targets, predictions) = missed(draw, 200);
                Some(
                    mae(&targets, &predictions, None, LEVEL)
                        .ok()?
                        .covers(2.0 * sqrt(2.0 / std::f64::consts::PI)),
                )
            },
        ),
        Study::coverage("mean error, t", "normal errors, n = 20", Exact, |draw| {
            let (targets, predictions) = missed(draw, 20);
            Some(mean_error(&targets, &predictions, None, LEVEL).ok()?.covers(0.0))
        }),
        Study::coverage("median absolute error", "normal errors, n = 50", Safe, |draw| {
            let (targets, predictions) = missed(draw, 50);
            let found = median_absolute_error(&targets, &predictions, LEVEL).ok()?;
            Some(found.covers(2.0 * normal_quantile(0.75)))
        }),
        Study::coverage(
            "R², bootstrap",
            "normal errors, n = 100, 500 resamples",
            Rough,
            |draw| {
                let (targets, predictions) = missed(draw, 100);
                let resampling = Resampling {
                    n_resamples: 500,
                    seed: draw.next_u64(),
                    level: LEVEL,
                };
                Some(r2(&targets, &predictions, None, &resampling).ok()?.covers(0.75))
            },
        )
        .costly(10),
        Study::coverage(
            "difference of mean losses, t",
            "squared errors of two models, n = 100",
            Close,
            |draw| {
                let errors = [(); 2].map(|()| normals(draw, 100, 0.0, 1.0));
                let [a, b] = errors.map(|errors| errors.iter().map(|e| e * e).collect::<Vec<f64>>());
                Some(paired_mean(&a, &b, None, LEVEL).ok()?.difference.covers(0.0))
            },
        ),
    ]
}

fn quantiles() -> Vec<Study> {
    // the loss of the right 0.9 quantile of a normal law is its density there
    let loss = normal_pdf(normal_quantile(0.9));
    let pinball = |scenario: &str, limit: Limit, n: usize| {
        Study::coverage("pinball loss, t", scenario, limit, move |draw| {
            let (targets, told) = (normals(draw, n, 0.0, 1.0), vec![normal_quantile(0.9); n]);
            Some(mean_pinball(&targets, &told, 0.9, None, LEVEL).ok()?.covers(loss))
        })
    };
    vec![
        pinball("the right 0.9 quantile, n = 200", Rough, 200),
        pinball("the right 0.9 quantile, n = 2,000", Close, 2_000),
        Study::coverage(
            "coverage, Wilson",
            "intervals that hold 84 %, n = 200",
            Close,
            |draw| {
                let targets = normals(draw, 200, 0.0, 1.0);
                let (low, high) = (vec![f64::NEG_INFINITY; 200], vec![1.0; 200]);
                Some(
                    coverage(&targets, &low, &high, None, LEVEL)
                        .ok()?
                        .covers(normal_cdf(1.0)),
                )
            },
        ),
        Study::coverage(
            "mean NDCG, t",
            "100 queries of 2 documents in any order, 0.815",
            Close,
            |draw| {
                let scores = uniforms(draw, 200);
                let relevance: Vec<f64> = (0..200).map(|row| f64::from(row % 2)).collect();
                let query: Vec<u32> = (0..200).map(|row| row / 2).collect();
                // right half of the time, else the relevant one is in the second place
                let truth = 0.5 * (1.0 + std::f64::consts::LN_2 / stats::math::ln(3.0));
                Some(
                    mean_ndcg(&relevance, &scores, &query, 10, LEVEL)
                        .ok()?
                        .covers(truth),
                )
            },
        ),
    ]
}

/// Three even classes whose own margin is higher by 1: rows of chances.
fn classified(draw: &mut Draw, n: usize) -> (Vec<u32>, Vec<f64>) {
    let labels: Vec<u32> = (0..n).map(|_| draw.below(3) as u32).collect();
    let mut chances = Vec::with_capacity(3 * n);
    for &label in &labels {
        let weights = [0, 1, 2].map(|class| exp(draw.normal() + f64::from(u8::from(class == label))));
        let total: f64 = weights.iter().sum();
        chances.extend(weights.map(|weight| weight / total));
    }
    (labels, chances)
}

fn classes() -> Vec<Study> {
    // the right margin is the largest of three: also the F1 of each class, as all mistakes are alike
    let step = 0.001;
    let largest = |k: i32| {
        let z = step * f64::from(k);
        let below = normal_cdf(z + 1.0);
        below * below * normal_pdf(z) * step
    };
    let right: f64 = (-9_000..=9_000).map(largest).sum();
    let study =
        |what: &str, limit: Limit, metric: fn(&[u32], &[f64]) -> Option<stats::Estimate>, truth: f64| {
            Study::coverage(
                what,
                format!("3 classes, n = 300, {truth:.2}"),
                limit,
                move |draw| {
                    let (labels, chances) = classified(draw, 300);
                    Some(metric(&labels, &chances)?.covers(truth))
                },
            )
        };
    vec![
        study(
            "accuracy of many classes, Wilson",
            Close,
            |l, p| multiclass_accuracy(l, p, 3, None, LEVEL).ok(),
            right,
        ),
        study(
            "F1 of many classes",
            Close,
            |l, p| multiclass_f1(l, p, 3, None, LEVEL).ok(),
            right,
        ),
        study(
            "AUC of many classes",
            Close,
            |l, p| multiclass_auc(l, p, 3, None, LEVEL).ok(),
            area_truth(),
        ),
    ]
}

/// The chance that the class's own row gives it a larger chance than another's: by one great draw, fixed.
fn area_truth() -> f64 {
    let (labels, chances) = classified(&mut Draw::new(2_026, 0), 600_000);
    multiclass_auc(&labels, &chances, 3, None, LEVEL).map_or(f64::NAN, |found| found.value)
}
