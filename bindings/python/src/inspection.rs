//! What any model does with its inputs, asked from outside.

use crate::array::{Array, Matrix};
use crate::charts::{Drawn, drawn};
use crate::numbers::Numbers;
use crate::{SpanwiseError, refusal};
use bundle::BundleError;
use bundle::inspect::{self, Loss, Repeats};
use prepare::recipe::Encoding;
use prepare::{FeatureColumn, Features};
use project::ProjectError;
use project::explain::{self, Contributed};
use pyo3::prelude::*;

/// The confidence level of the strengths by which pictures are put in order.
const LEVEL: f64 = 0.95;

/// Why a question got no answer: ours, or the caller's function raised.
enum Unanswered {
    Refused(BundleError),
    Raised(PyErr),
}

impl From<BundleError> for Unanswered {
    fn from(error: BundleError) -> Unanswered {
        Unanswered::Refused(error)
    }
}

impl From<PyErr> for Unanswered {
    fn from(error: PyErr) -> Unanswered {
        Unanswered::Raised(error)
    }
}

impl From<Unanswered> for PyErr {
    fn from(error: Unanswered) -> PyErr {
        match error {
            Unanswered::Refused(error) => refusal(&ProjectError::from(error)),
            Unanswered::Raised(error) => error,
        }
    }
}

/// Asks a Python function about rows of numbers.
fn ask<'a>(model: &'a Bound<'_, PyAny>) -> impl FnMut(&Features) -> Result<Vec<f64>, Unanswered> + 'a {
    move |features: &Features| {
        let mut cells = Vec::with_capacity(features.n_rows * features.columns.len());
        for column in &features.columns {
            if let FeatureColumn::Number(values) = column {
                cells.extend_from_slice(values);
            }
        }
        let rows = Array::numbers(cells, &[features.columns.len(), features.n_rows]).with_axes(&[1, 0]);
        let answers: Numbers = model.call1((rows,))?.extract()?;
        Ok(answers.to_vec())
    }
}

fn rows(x: &Bound<'_, PyAny>) -> PyResult<Features> {
    let matrix = Matrix::of(x)?;
    Ok(matrix.features(x.py(), 0..matrix.n_rows()))
}

/// Answers along a grid of one feature's values: their mean, (n_values,), and each row's, (n_rows, n_values).
#[pyfunction]
fn partial_dependence(
    model: &Bound<'_, PyAny>,
    x: &Bound<'_, PyAny>,
    feature: usize,
    grid: Numbers,
) -> PyResult<(Array, Array)> {
    let features = rows(x)?;
    let found = inspect::partial_dependence(ask(model), &features, feature, &grid).map_err(PyErr::from)?;
    Ok((
        Array::numbers(found.mean, &[grid.len()]),
        Array::numbers(found.each, &[features.n_rows, grid.len()]),
    ))
}

/// Accumulated local effects of one feature: places, effects with their ends, (n_places,) each, and rows between places.
#[pyfunction]
fn accumulated_local_effects(
    model: &Bound<'_, PyAny>,
    x: &Bound<'_, PyAny>,
    feature: usize,
    n_bins: usize,
    level: f64,
) -> PyResult<Effects> {
    let features = rows(x)?;
    let found = inspect::accumulated_local_effects(ask(model), &features, feature, n_bins, level)
        .map_err(PyErr::from)?;
    let n = found.n.iter().map(|n| *n as i64).collect();
    Ok((
        Array::whole(n, &[found.at.len()]),
        found.n_missing,
        [found.at, found.value, found.low, found.high].map(Array::list),
    ))
}

/// Rows between places, rows without a value, and numbers by place.
type Effects = (Array, u64, [Array; 4]);

/// The rises of a loss: the loss before, mean and deviation (n_features,), and each rise (n_features, n_repeats).
#[pyfunction]
fn permutation_importance(
    model: &Bound<'_, PyAny>,
    x: &Bound<'_, PyAny>,
    loss: &Bound<'_, PyAny>,
    n_repeats: Option<usize>,
    seed: u64,
) -> PyResult<(f64, Array, Array, Array)> {
    let features = rows(x)?;
    let repeats = n_repeats.map_or(Repeats::Rotations, |n| Repeats::Drawn { n, seed });
    let lose = |answers: &[f64]| -> Result<f64, Unanswered> {
        let answers = Array::numbers(answers.to_vec(), &[answers.len()]);
        Ok(loss.call1((answers,))?.extract()?)
    };
    let found = inspect::permutation_importance(ask(model), &features, lose, repeats).map_err(PyErr::from)?;
    let n_features = features.columns.len();
    let n_repeats = found.each.len().checked_div(n_features).unwrap_or(0);
    Ok((
        found.loss,
        Array::numbers(found.mean, &[n_features]),
        Array::numbers(found.deviation, &[n_features]),
        Array::numbers(found.each, &[n_features, n_repeats]),
    ))
}

/// Shapley values by their definition: base, answers (n_rows,), and values (n_rows, n_features).
#[pyfunction]
fn shapley_values(
    model: &Bound<'_, PyAny>,
    x: &Bound<'_, PyAny>,
    background: &Bound<'_, PyAny>,
) -> PyResult<(f64, Array, Array)> {
    let features = rows(x)?;
    let background = rows(background)?;
    let found = inspect::shapley_values(ask(model), &features, &background).map_err(PyErr::from)?;
    let (n_rows, n_features) = (features.n_rows, features.columns.len());
    Ok((
        found.base,
        Array::numbers(found.answers, &[n_rows]),
        Array::numbers(found.values, &[n_rows, n_features]),
    ))
}

/// The picture of accumulated local effects: places, and effects with their ends.
#[pyfunction]
fn accumulated_chart(
    name: &str,
    at: Numbers,
    value: Numbers,
    low: Numbers,
    high: Numbers,
    level: f64,
) -> Drawn {
    let ends = low.iter().zip(high.iter());
    let effects: Vec<[f64; 3]> = value
        .iter()
        .zip(ends)
        .map(|(value, (low, high))| [*value, *low, *high])
        .collect();
    Drawn::of(explain::accumulated(name, &at, &effects, level))
}

/// The picture of partial dependence: values set, the mean answer, and the answers of each row, (n_rows, n_values).
#[pyfunction]
fn partial_chart(name: &str, grid: Numbers, mean: Numbers, each: &Bound<'_, PyAny>) -> PyResult<Drawn> {
    let matrix = Matrix::of(each)?;
    let columns = matrix.columns(each.py(), 0..matrix.n_rows());
    let middle = columns.iter().map(|column| {
        let mut sketch = stats::sketch::Quantiles::default();
        sketch.extend(column);
        let sorted = sketch.sorted();
        let at = |share: f64| sorted.quantile(share).unwrap_or(f64::NAN);
        (at(0.1), at(0.9))
    });
    Ok(Drawn::of(explain::partial(
        name,
        &grid,
        &mean,
        &middle.collect::<Vec<_>>(),
    )))
}

/// The picture of importances: names, rises of the loss and their deviations.
#[pyfunction]
fn importance_chart(names: Vec<String>, mean: Numbers, deviation: Numbers) -> Drawn {
    let numbers = mean.iter().copied().zip(deviation.iter().copied());
    let rises = names
        .into_iter()
        .zip(numbers)
        .map(|(name, (mean, deviation))| (name, mean, deviation));
    Drawn::of(explain::importance(rises.collect()))
}

/// The pictures of contributions, (n_rows, n_features): with values, (n_rows, n_features), where they are known.
#[pyfunction]
fn contribution_charts(
    names: Vec<String>,
    contributions: &Bound<'_, PyAny>,
    values: Option<&Bound<'_, PyAny>>,
) -> PyResult<Vec<(String, Drawn)>> {
    let matrix = Matrix::of(contributions)?;
    let contributions = matrix.columns(contributions.py(), 0..matrix.n_rows());
    let values = values.map(rows).transpose()?;
    pictures(names, contributions, values.as_ref(), &[])
}

/// The pictures of contributions of named features, with their values and how these were encoded where they are known.
pub(crate) fn pictures(
    names: Vec<String>,
    contributions: Vec<Vec<f64>>,
    values: Option<&Features>,
    encodings: &[Encoding],
) -> PyResult<Vec<(String, Drawn)>> {
    let told: Vec<Contributed<'_>> = names
        .into_iter()
        .zip(contributions)
        .enumerate()
        .map(|(position, (name, contributions))| Contributed {
            position,
            name,
            contributions,
            column: values.and_then(|values| values.columns.get(position)),
            encoding: encodings.get(position),
            is_hidden: false,
        })
        .collect();
    let found = explain::contributed(&told, LEVEL).map_err(crate::from_stats)?;
    Ok(drawn(explain::contributions(&found)))
}

/// The mean loss of answers by name: "squared", "absolute" or "log" (of probabilities).
#[pyfunction]
fn mean_loss(name: &str, y: Numbers, answers: Numbers) -> PyResult<f64> {
    let loss = Loss::from_word(name).ok_or_else(|| {
        SpanwiseError::new_err(format!(
            "`loss` is {name:?}, expected \"squared\", \"absolute\", \"log\" or a function of y and answers"
        ))
    })?;
    loss.mean(&y, &answers)
        .map_err(|error| refusal(&ProjectError::from(error)))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    crate::add_functions!(
        module,
        accumulated_chart,
        accumulated_local_effects,
        contribution_charts,
        importance_chart,
        mean_loss,
        partial_chart,
        partial_dependence,
        permutation_importance,
        shapley_values,
    );
    Ok(())
}
