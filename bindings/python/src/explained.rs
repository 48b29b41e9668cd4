//! What a model looks at, and what it makes of it.

use crate::array::Matrix;
use crate::attend::{Desk, attend};
use crate::charts::{Drawn, drawn};
use crate::frame::to_table;
use crate::planned::json;
use crate::values::n_threads;
use crate::{PyBundle, SpanwiseError};
use project::explain::{ExplainOptions, ExplainRecord, answer, charts, explain, page};
use pyo3::prelude::*;
use std::sync::Arc;

/// Explains a model by rows and gives the record as JSON text.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "the options, one by one")]
fn explain_json(
    py: Python<'_>,
    bundle: &Bound<'_, PyBundle>,
    data: &Bound<'_, PyAny>,
    features: Vec<String>,
    n_features: usize,
    output: Option<String>,
    level: f64,
    n_jobs: Option<i64>,
) -> PyResult<String> {
    let bundle = Arc::clone(&bundle.get().bundle);
    let table = to_table(data)?;
    let options = ExplainOptions {
        features,
        n_features,
        output,
        level,
        n_threads: n_threads(n_jobs)?,
    };
    let desk = Desk::default();
    let record = attend(py, None, &desk, || {
        explain(&bundle, &table, &options, &|| desk.is_over())
    })?;
    json(record.map(|record| serde_json::to_string(&record)))
}

/// The page of a record.
#[pyfunction]
fn explain_html(record: &str) -> PyResult<String> {
    read(record).map(|found| page(&found))
}

/// The pictures of a record.
#[pyfunction]
fn explain_charts(record: &str) -> PyResult<Vec<(String, Drawn)>> {
    read(record).map(|found| drawn(charts(&found)))
}

/// A record in a sentence.
#[pyfunction]
fn explain_sentence(record: &str) -> PyResult<String> {
    read(record).map(|found| answer(&found))
}

/// The pictures of contributions, (n_rows, n_features), of rows as a bundle takes them.
#[pyfunction]
fn explanation_charts(
    py: Python<'_>,
    bundle: &Bound<'_, PyBundle>,
    x: &Bound<'_, PyAny>,
    contributions: &Bound<'_, PyAny>,
) -> PyResult<Vec<(String, Drawn)>> {
    let bundle = Arc::clone(&bundle.get().bundle);
    let features = crate::rows::whole_features(py, &crate::rows::Source::of(x)?, &bundle.recipe)?;
    let matrix = Matrix::of(contributions)?;
    let columns = matrix.columns(py, 0..matrix.n_rows());
    if matrix.n_rows() != features.n_rows {
        return Err(SpanwiseError::new_err(format!(
            "found contributions of {} rows, expected those of {}",
            matrix.n_rows(),
            features.n_rows
        )));
    }
    let (names, encodings): (Vec<_>, Vec<_>) = bundle
        .recipe
        .features
        .iter()
        .map(|feature| (feature.name.clone(), feature.encoding.clone()))
        .unzip();
    crate::inspection::pictures(names, columns, Some(&features), &encodings)
}

fn read(record: &str) -> PyResult<ExplainRecord> {
    serde_json::from_str(record).map_err(|error| SpanwiseError::new_err(error.to_string()))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    crate::add_functions!(
        module,
        explain_json,
        explain_html,
        explain_charts,
        explain_sentence,
        explanation_charts,
    );
    Ok(())
}
