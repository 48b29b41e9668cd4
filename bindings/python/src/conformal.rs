//! Intervals and sets of classes with a promised coverage.

use crate::array::Array;
use crate::computed;
use crate::numbers::{Codes, Grid, Numbers};
use pyo3::prelude::*;
use stats::StatsError;
use stats::calibration::conformal;

fn list(work: impl FnOnce() -> Result<Vec<f64>, StatsError> + Send) -> PyResult<Array> {
    computed(work).map(Array::list)
}

fn intervals(work: impl FnOnce() -> Result<Vec<[f64; 2]>, StatsError> + Send) -> PyResult<Array> {
    let found = computed(work)?;
    let n = found.len();
    Ok(Array::numbers(found.into_flattened(), &[n, 2]))
}

fn sets(n_classes: usize, work: impl FnOnce() -> Result<Vec<bool>, StatsError> + Send) -> PyResult<Array> {
    let found = computed(work)?;
    let n_rows = found.len() / n_classes.max(1);
    Ok(Array::whole(
        found.into_iter().map(i64::from).collect(),
        &[n_rows, n_classes],
    ))
}

/// The split-conformal quantile: a new score lies at or below it with probability of at least ``level``.
///
/// ``scores`` is of shape (n,), of held-out rows; the answer is the ``ceil((n + 1) * level)``-th smallest, infinite if there
/// are too few. Raises SpanwiseError without scores, for scores that are not finite and for a level outside (0, 1).
/// J. Lei et al. (2018), JASA 113, 1094-1111.
#[pyfunction]
#[pyo3(signature = (scores, level = 0.9))]
fn quantile(scores: Numbers, level: f64) -> PyResult<f64> {
    computed(|| conformal::conformal_quantile(&scores, level))
}

/// The quantile of each group's own scores (Mondrian): the promise then holds within each group.
///
/// ``groups`` holds codes from 0 up, of shape (n,); the answer is of shape (n_groups,), infinite for groups with too few
/// rows. V. Vovk, A. Gammerman, G. Shafer (2005), Algorithmic Learning in a Random World, section 4.5.
#[pyfunction]
#[pyo3(signature = (scores, groups, level = 0.9))]
fn group_quantiles(scores: Numbers, groups: Codes, level: f64) -> PyResult<Array> {
    let n_groups = groups.iter().max().map_or(0, |group| *group as usize + 1);
    if n_groups > scores.len().max(1) * 1000 {
        return Err(crate::numbers::refusal(
            format!("the group {}", n_groups - 1),
            "codes counted from 0 up",
        ));
    }
    list(|| conformal::group_quantiles(&scores, &groups, n_groups, level))
}

/// ``|y - predictions|``, of shape (n,).
#[pyfunction]
fn absolute_scores(y: Numbers, predictions: Numbers) -> PyResult<Array> {
    list(|| conformal::absolute_scores(&y, &predictions))
}

/// ``|y - predictions| / scales``, of shape (n,); a larger scale says that a larger error is expected.
///
/// H. Papadopoulos, A. Gammerman, V. Vovk (2008), Normalized nonconformity measures for regression, IASTED AIA.
#[pyfunction]
fn scaled_scores(y: Numbers, predictions: Numbers, scales: Numbers) -> PyResult<Array> {
    list(|| conformal::scaled_scores(&y, &predictions, &scales))
}

/// How far ``y`` lies outside of ``[low, high]``, of shape (n,), negative inside (CQR).
///
/// Y. Romano, E. Patterson, E. Candès (2019), Conformalized quantile regression, NeurIPS 32.
#[pyfunction]
fn quantile_scores(y: Numbers, low: Numbers, high: Numbers) -> PyResult<Array> {
    list(|| conformal::quantile_scores(&y, &low, &high))
}

/// Intervals ``predictions ± quantile``, of shape (n, 2).
#[pyfunction]
fn around(predictions: Numbers, quantile: f64) -> PyResult<Array> {
    intervals(|| conformal::around(&predictions, quantile))
}

/// Intervals ``predictions ± quantile * scales``, of shape (n, 2).
#[pyfunction]
fn around_scaled(predictions: Numbers, scales: Numbers, quantile: f64) -> PyResult<Array> {
    intervals(|| conformal::around_scaled(&predictions, &scales, quantile))
}

/// Intervals ``[low - quantile, high + quantile]``, of shape (n, 2), never inside out.
#[pyfunction]
fn widened(low: Numbers, high: Numbers, quantile: f64) -> PyResult<Array> {
    intervals(|| conformal::widened(&low, &high, quantile))
}

/// The share of rows whose interval holds the truth, and the mean width of the intervals.
#[pyfunction]
#[pyo3(name = "coverage")]
fn coverage_of(y: Numbers, intervals: Grid) -> PyResult<(f64, f64)> {
    if intervals.n_columns != 2 {
        let found = format!("{} columns", intervals.n_columns);
        return Err(crate::numbers::refusal(found, "2: the lower and the upper end"));
    }
    let (pairs, _) = intervals.values.as_chunks::<2>();
    computed(|| conformal::coverage(&y, pairs))
}

/// ``1 - probability`` of the true class, of shape (n,).
///
/// ``probabilities`` is of shape (n, n_classes), ``y`` of shape (n,) with codes from 0 up. M. Sadinle, J. Lei,
/// L. Wasserman (2019), JASA 114.
#[pyfunction]
fn class_scores(probabilities: Grid, y: Codes) -> PyResult<Array> {
    list(|| conformal::class_scores(&probabilities.values, &y, probabilities.n_columns))
}

/// The classes whose probability is at least ``1 - quantile``: 1 or 0, of shape (n, n_classes).
#[pyfunction]
fn class_sets(probabilities: Grid, quantile: f64) -> PyResult<Array> {
    let n_classes = probabilities.n_columns;
    sets(n_classes, || {
        conformal::class_sets(&probabilities.values, n_classes, quantile)
    })
}

/// The probabilities of all classes at least as probable as the true one, added up, of shape (n,) (APS).
///
/// ``draws``, of shape (n,) in [0, 1], take off that share of the true class's own; coverage is then exact.
/// Y. Romano, M. Sesia, E. Candès (2020), Classification with valid and adaptive coverage, NeurIPS 33.
#[pyfunction]
#[pyo3(signature = (probabilities, y, draws = None))]
fn adaptive_scores(probabilities: Grid, y: Codes, draws: Option<Numbers>) -> PyResult<Array> {
    let n_classes = probabilities.n_columns;
    list(|| conformal::adaptive_scores(&probabilities.values, &y, n_classes, draws.as_deref()))
}

/// The classes whose adaptive score is at most ``quantile``: 1 or 0, of shape (n, n_classes).
#[pyfunction]
#[pyo3(signature = (probabilities, quantile, draws = None))]
fn adaptive_sets(probabilities: Grid, quantile: f64, draws: Option<Numbers>) -> PyResult<Array> {
    let n_classes = probabilities.n_columns;
    sets(n_classes, || {
        conformal::adaptive_sets(&probabilities.values, n_classes, quantile, draws.as_deref())
    })
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(quantile, module)?)?;
    module.add_function(wrap_pyfunction!(group_quantiles, module)?)?;
    module.add_function(wrap_pyfunction!(absolute_scores, module)?)?;
    module.add_function(wrap_pyfunction!(scaled_scores, module)?)?;
    module.add_function(wrap_pyfunction!(quantile_scores, module)?)?;
    module.add_function(wrap_pyfunction!(around, module)?)?;
    module.add_function(wrap_pyfunction!(around_scaled, module)?)?;
    module.add_function(wrap_pyfunction!(widened, module)?)?;
    module.add_function(wrap_pyfunction!(coverage_of, module)?)?;
    module.add_function(wrap_pyfunction!(class_scores, module)?)?;
    module.add_function(wrap_pyfunction!(class_sets, module)?)?;
    module.add_function(wrap_pyfunction!(adaptive_scores, module)?)?;
    module.add_function(wrap_pyfunction!(adaptive_sets, module)?)
}
