//! Experiments of a project: planned, and analysed by their plan.

use crate::charts::{Drawn, drawn};
use crate::frame::Frame;
use crate::{Signals, SpanwiseError, refusal};
use project::file::{Overrides, load};
use project::{ProjectError, SystemClock, experiment};
use pyo3::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;
use table::read::Format;

/// Registers the plan of an experiment and gives its record as JSON text.
#[pyfunction]
fn plan_json(
    py: Python<'_>,
    path: PathBuf,
    name: Option<String>,
    data: BTreeMap<String, PathBuf>,
    threads: Option<usize>,
) -> PyResult<String> {
    let overrides = overrides(data, threads);
    let record = py.detach(|| {
        let project = load(&path, &overrides)?;
        let section = experiment::find(&project, name.as_deref())?;
        let record = experiment::plan(&project, section, &Signals, &SystemClock)?;
        Ok(serde_json::to_string(&record))
    });
    json(record)
}

/// Analyses an experiment by its registered plan and gives the record as JSON text, and the pictures of its page.
#[pyfunction]
fn analyse_json(
    py: Python<'_>,
    path: PathBuf,
    name: Option<String>,
    is_final: bool,
    data: BTreeMap<String, PathBuf>,
    threads: Option<usize>,
) -> PyResult<(String, Vec<(String, Drawn)>)> {
    let overrides = overrides(data, threads);
    let (record, charts) = py
        .detach(|| {
            let project = load(&path, &overrides)?;
            let section = experiment::find(&project, name.as_deref())?;
            let record = experiment::analyse(&project, section, is_final, &Signals, &SystemClock)?;
            let charts = experiment::charts(&project, section, &record);
            Ok((serde_json::to_string(&record), charts))
        })
        .map_err(|error: ProjectError| refusal(&error))?;
    Ok((json(Ok(record))?, drawn(charts)))
}

/// Rows of JSON lines as a table.
#[pyfunction]
fn frame_of_rows(lines: &[u8]) -> PyResult<Frame> {
    let read = table::read::from_bytes_allowing_empty(lines, Format::JsonLines, "rows");
    read.map(|read| Frame::new(read.table))
        .map_err(|error| SpanwiseError::new_err(error.to_string()))
}

pub(crate) fn overrides(sources: BTreeMap<String, PathBuf>, threads: Option<usize>) -> Overrides {
    Overrides {
        sources,
        n_threads: threads.map(|threads| threads.clamp(1, 1024)),
    }
}

pub(crate) fn json(text: Result<serde_json::Result<String>, ProjectError>) -> PyResult<String> {
    let text = text.map_err(|error| refusal(&error))?;
    text.map_err(|error| SpanwiseError::new_err(error.to_string()))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(plan_json, module)?)?;
    module.add_function(wrap_pyfunction!(analyse_json, module)?)?;
    module.add_function(wrap_pyfunction!(frame_of_rows, module)?)
}
