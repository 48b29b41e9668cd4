//! What any model does with its inputs, asked from outside.

use crate::array::{Array, Matrix};
use crate::numbers::Numbers;
use crate::{SpanwiseError, refusal};
use bundle::BundleError;
use bundle::inspect::{self, Loss, Repeats};
use prepare::{FeatureColumn, Features};
use project::ProjectError;
use pyo3::prelude::*;

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
    module.add_function(wrap_pyfunction!(partial_dependence, module)?)?;
    module.add_function(wrap_pyfunction!(permutation_importance, module)?)?;
    module.add_function(wrap_pyfunction!(shapley_values, module)?)?;
    module.add_function(wrap_pyfunction!(mean_loss, module)?)
}
