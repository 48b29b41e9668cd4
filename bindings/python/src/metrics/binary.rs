//! Metrics of two classes.

use super::{LEVEL, value};
use crate::array::Array;
use crate::numbers::{Numbers, Truths};
use crate::result::{Effect, TestResult, alternative_of, effect, result};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::metric::{self, Binning};

/// The area under the ROC curve, ties counted half; refused for one class.
///
/// Shapes: y of 0 and 1, score, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for one class alone; other lengths, no rows, weights below 0.
/// Source: E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988), Biometrics 44, 837-845; scikit-learn
/// ``roc_auc_score``.
#[pyfunction]
#[pyo3(signature = (y, score, sample_weight = None))]
fn roc_auc(y: Truths, score: Numbers, sample_weight: Option<Numbers>) -> PyResult<f64> {
    value(|| metric::auc(&y, &score, sample_weight.as_deref(), LEVEL))
}

/// The area under the ROC curve with DeLong's interval on the logit scale, as an effect named "AUC".
///
/// Shapes: y of 0 and 1, score, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for one class alone, a level outside (0, 1); other lengths, no rows, weights
/// below 0.
/// Source: E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988), Biometrics 44, 837-845; X. Sun, W. Xu
/// (2014), IEEE Signal Processing Letters 21, 1389-1393.
#[pyfunction]
#[pyo3(signature = (y, score, sample_weight = None, *, level = 0.95))]
fn roc_auc_interval(
    y: Truths,
    score: Numbers,
    sample_weight: Option<Numbers>,
    level: f64,
) -> PyResult<Effect> {
    effect("AUC", || metric::auc(&y, &score, sample_weight.as_deref(), level))
}

/// DeLong's test: do two scores of the same rows have the same area under the ROC curve?
///
/// The effect is the area of ``score_a`` less that of ``score_b``; both areas stand in ``more_effects``.
///
/// Shapes: y of 0 and 1, score_a, score_b, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for one class alone, scores that rank the rows alike; other lengths, no rows,
/// weights below 0.
/// Source: E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988), Biometrics 44, 837-845; R
/// ``pROC::roc.test(paired = TRUE)``.
#[pyfunction]
#[pyo3(signature = (y, score_a, score_b, sample_weight = None, *, alternative = "two-sided", level = 0.95))]
fn delong_test(
    y: Truths,
    score_a: Numbers,
    score_b: Numbers,
    sample_weight: Option<Numbers>,
    alternative: &str,
    level: f64,
) -> PyResult<TestResult> {
    let alternative = alternative_of(alternative)?;
    result(|| {
        stats::test::delong(
            &y,
            &score_a,
            &score_b,
            sample_weight.as_deref(),
            alternative,
            level,
        )
    })
}

/// The area under the ROC curve up to a false positive rate, 0.5 for no skill.
///
/// Shapes: y of 0 and 1, score, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a rate outside (0, 1], one class alone; other lengths, no rows, weights
/// below 0.
/// Source: D. K. McClish (1989), Medical Decision Making 9, 190-195; scikit-learn
/// ``roc_auc_score(max_fpr=...)``.
#[pyfunction]
#[pyo3(signature = (y, score, max_fpr, sample_weight = None))]
fn partial_auc(y: Truths, score: Numbers, max_fpr: f64, sample_weight: Option<Numbers>) -> PyResult<f64> {
    computed(|| metric::partial_auc(&y, &score, sample_weight.as_deref(), max_fpr))
}

/// The area under the precision-recall curve, as a sum of steps.
///
/// Shapes: y of 0 and 1, score, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for one class alone; other lengths, no rows, weights below 0.
/// Source: K. Boyd, K. H. Eng, C. D. Page (2013), ECML PKDD; scikit-learn ``average_precision_score``.
#[pyfunction]
#[pyo3(signature = (y, score, sample_weight = None))]
fn average_precision(y: Truths, score: Numbers, sample_weight: Option<Numbers>) -> PyResult<f64> {
    value(|| metric::average_precision(&y, &score, sample_weight.as_deref(), LEVEL))
}

/// False and true positive rates, one point for each score from the highest on, after (0, 0).
///
/// Shapes: y of 0 and 1, score, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for one class alone; other lengths, no rows, weights below 0.
/// Source: scikit-learn ``roc_curve``.
#[pyfunction]
#[pyo3(signature = (y, score, sample_weight = None))]
fn roc_curve(y: Truths, score: Numbers, sample_weight: Option<Numbers>) -> PyResult<(Array, Array)> {
    let points = computed(|| metric::roc_points(&y, &score, sample_weight.as_deref()))?;
    let (false_rates, true_rates): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
    Ok((Array::list(false_rates), Array::list(true_rates)))
}

/// The mean negative log-likelihood of labels 0 and 1, probabilities kept within 2^-52 of 0 and 1.
///
/// Shapes: y of 0 and 1, probability, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a probability outside [0, 1], fewer than 2 rows; other lengths, no rows,
/// weights below 0.
/// Source: scikit-learn ``log_loss``.
#[pyfunction]
#[pyo3(signature = (y, probability, sample_weight = None))]
fn log_loss(y: Truths, probability: Numbers, sample_weight: Option<Numbers>) -> PyResult<f64> {
    value(|| metric::log_loss(&y, &probability, sample_weight.as_deref(), LEVEL))
}

/// The mean squared error of probabilities.
///
/// Shapes: y of 0 and 1, probability, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a probability outside [0, 1], fewer than 2 rows; other lengths, no rows,
/// weights below 0.
/// Source: G. W. Brier (1950), Monthly Weather Review 78, 1-3; scikit-learn ``brier_score_loss``.
#[pyfunction]
#[pyo3(signature = (y, probability, sample_weight = None))]
fn brier(y: Truths, probability: Numbers, sample_weight: Option<Numbers>) -> PyResult<f64> {
    value(|| metric::brier(&y, &probability, sample_weight.as_deref(), LEVEL))
}

/// Expected and largest calibration error over bins of equal width.
///
/// Shapes: y of 0 and 1, probability, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a probability outside [0, 1], no bins; other lengths, no rows, weights
/// below 0.
/// Source: M. P. Naeini, G. F. Cooper, M. Hauskrecht (2015), AAAI.
#[pyfunction]
#[pyo3(signature = (y, probability, n_bins = 10, sample_weight = None))]
fn calibration_errors(
    y: Truths,
    probability: Numbers,
    n_bins: usize,
    sample_weight: Option<Numbers>,
) -> PyResult<(f64, f64)> {
    let weights = sample_weight.as_deref();
    let bins = computed(|| metric::reliability(&y, &probability, weights, Binning::Width(n_bins), LEVEL))?;
    let total: f64 = bins.iter().map(|bin| bin.weight).sum();
    let gaps = || {
        bins.iter()
            .map(|bin| (bin.weight, (bin.observed.value - bin.predicted).abs()))
    };
    let expected: f64 = gaps().map(|(weight, gap)| weight / total * gap).sum();
    Ok((expected, gaps().map(|(_, gap)| gap).fold(0.0, f64::max)))
}

/// Of the ``share`` of rows with the highest scores: how much richer in positives they are (lift), and which share of the
/// positives they hold (gain).
///
/// Shapes: y of 0 and 1, score, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for one class alone, a share outside (0, 1]; other lengths, no rows, weights
/// below 0.
/// Source: scikit-plot ``plot_lift_curve``.
#[pyfunction]
#[pyo3(signature = (y, score, share = 0.1, sample_weight = None))]
fn lift(y: Truths, score: Numbers, share: f64, sample_weight: Option<Numbers>) -> PyResult<(f64, f64)> {
    computed(|| metric::lift(&y, &score, sample_weight.as_deref(), share))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(
        module,
        roc_auc,
        roc_auc_interval,
        delong_test,
        partial_auc,
        average_precision,
        roc_curve,
        log_loss,
        brier,
        calibration_errors,
        lift
    );
    Ok(())
}
