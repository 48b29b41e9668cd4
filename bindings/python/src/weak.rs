//! Where a model is weak.

use crate::charts::{Drawn, drawn};
use crate::frame::to_table;
use crate::planned::json;
use crate::values::n_threads;
use crate::{PyBundle, SpanwiseError};
use project::ProjectError;
use project::weak::{WeakOptions, WeakRecord, answer, bias_answer, charts, page, weak_slices};
use pyo3::prelude::*;
use std::sync::Arc;
use table::Table;

/// Names the weak slices of a model and gives the record as JSON text.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "the options of the verb, one by one")]
fn weak_json(
    py: Python<'_>,
    bundle: &Bound<'_, PyBundle>,
    data: &Bound<'_, PyAny>,
    target: Option<String>,
    exclude: Vec<String>,
    weight: Option<String>,
    cluster: Option<String>,
    level: f64,
    n_jobs: Option<i64>,
) -> PyResult<String> {
    let bundle = Arc::clone(&bundle.get().bundle);
    let table = to_table(data)?;
    let options = WeakOptions {
        exclude,
        weight,
        cluster,
        level,
        n_threads: n_threads(n_jobs)?,
    };
    json(py.detach(|| {
        let table = with_truth(table, target.as_deref(), bundle.task.target())?;
        let record = weak_slices(&bundle, &table, &options)?;
        Ok(serde_json::to_string(&record))
    }))
}

/// The table with its truth under the name that the model knows it by.
fn with_truth(table: Table, said: Option<&str>, known: &str) -> Result<Table, ProjectError> {
    let Some(said) = said.filter(|said| *said != known) else {
        return Ok(table);
    };
    let truth = table.column(said)?;
    let others: Vec<String> = table
        .names()
        .into_iter()
        .filter(|name| name != said && name != known)
        .collect();
    let others = table.select(&others.iter().map(String::as_str).collect::<Vec<_>>())?;
    Ok(others.with_column(known, truth)?)
}

/// The page of a record.
#[pyfunction]
fn weak_html(record: &str) -> PyResult<String> {
    read(record).map(|found| page(&found))
}

/// The pictures of a record.
#[pyfunction]
fn weak_charts(record: &str) -> PyResult<Vec<(String, Drawn)>> {
    read(record).map(|found| drawn(charts(&found)))
}

/// A record in two sentences.
#[pyfunction]
fn weak_sentence(record: &str) -> PyResult<String> {
    read(record).map(|found| format!("{} {}", answer(&found), bias_answer(&found)))
}

fn read(record: &str) -> PyResult<WeakRecord> {
    serde_json::from_str(record).map_err(|error| SpanwiseError::new_err(error.to_string()))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    crate::add_functions!(module, weak_json, weak_html, weak_charts, weak_sentence);
    Ok(())
}
