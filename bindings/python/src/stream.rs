//! Learning from rows that come batch after batch and are never held together.

use crate::array::Array;
use crate::attend::{Desk, attend};
use crate::frame::without_index;
use crate::model::Model;
use crate::values::{n_threads, values};
use crate::{PyBundle, SpanwiseError, refusal};
use learn::Context;
use project::ProjectError;
use project::estimator::{Categories, Estimator, Files, Passes, Stream, Told};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use pyo3_arrow::PyRecordBatchReader;
use std::path::PathBuf;
use table::arrow::array::{RecordBatch, RecordBatchReader};

/// Fits boosted trees to `source`, which is gone through four times: a path, paths, an object that gives an Arrow stream
/// anew each time it is asked, or a function that returns one; with `before`, trees are added to those of that bundle.
/// Gives the model and the losses of held-out rows.
#[pyfunction]
#[pyo3(signature = (source, *, target, weight, classes, parameters, seed, n_jobs, progress, before=None))]
pub(crate) fn fit_stream(
    py: Python<'_>,
    source: &Bound<'_, PyAny>,
    target: String,
    weight: Option<String>,
    classes: bool,
    parameters: &Bound<'_, PyDict>,
    seed: u64,
    n_jobs: Option<i64>,
    progress: Option<Py<PyAny>>,
    before: Option<&Bound<'_, PyBundle>>,
) -> PyResult<(Model, Array)> {
    let estimator = Estimator::new("boost", &values(parameters)?)
        .map_err(|error| SpanwiseError::new_err(error.to_string()))?;
    let passes = passes(source)?;
    let stream = Stream {
        passes: &*passes,
        target,
        weight,
        told: if classes { Told::Classes } else { Told::Numbers },
        categories: Categories::ByType,
        name: "model".to_owned(),
        before: before.map(|before| before.get().shared()),
    };
    let n_threads = n_threads(n_jobs)?;
    let desk = Desk::default();
    let tell = |progress| desk.tell(progress);
    let fit = || {
        let context = Context {
            n_threads,
            progress: Some(&tell),
            ..Context::new(seed)
        };
        estimator.fit_stream(&stream, &context)
    };
    let bundle = attend(py, progress.as_ref(), &desk, fit)?.map_err(|error| refusal(&error))?;
    let losses = desk.losses();
    let n_losses = losses.len();
    Ok((Model::new(bundle), Array::numbers(losses, &[n_losses])))
}

fn passes(source: &Bound<'_, PyAny>) -> PyResult<Box<dyn Passes>> {
    let is_stream = source.hasattr("__arrow_c_stream__")? || source.is_callable();
    if !is_stream && let Some(paths) = paths(source) {
        let files = source.py().detach(|| Files::open(&paths));
        let files = files.map_err(|error| SpanwiseError::new_err(error.to_string()))?;
        return Ok(Box::new(files));
    }
    if !is_stream {
        return Err(SpanwiseError::new_err(format!(
            "found a `{}`, expected a path, a list of paths, an object with `__arrow_c_stream__` such as a pyarrow or Polars table, or a function that returns one",
            source.get_type().qualname()?
        )));
    }
    Ok(Box::new(PythonStream {
        source: source.clone().unbind(),
    }))
}

/// A path, or those of a list; none if there is no path.
fn paths(source: &Bound<'_, PyAny>) -> Option<Vec<PathBuf>> {
    if let Ok(path) = source.extract::<PathBuf>() {
        return Some(vec![path]);
    }
    let is_list = source.is_instance_of::<PyList>() || source.is_instance_of::<PyTuple>();
    let paths = is_list.then(|| source.extract::<Vec<PathBuf>>().ok()).flatten();
    paths.filter(|paths| !paths.is_empty())
}

/// A stream of Python's, asked for anew for each pass.
struct PythonStream {
    source: Py<PyAny>,
}

impl PythonStream {
    fn reader(&self) -> PyResult<Box<dyn RecordBatchReader + Send>> {
        Python::attach(|py| {
            let source = self.source.bind(py);
            let source = match source.hasattr("__arrow_c_stream__")? {
                true => source.clone(),
                false => source.call0()?,
            };
            source.extract::<PyRecordBatchReader>()?.into_reader()
        })
    }
}

impl Passes for PythonStream {
    fn pass(
        &self,
        take: &mut dyn FnMut(&RecordBatch) -> Result<(), ProjectError>,
    ) -> Result<(), ProjectError> {
        let broken =
            |found: String| ProjectError::data("the stream", found, "batches of rows of the same columns");
        let mut reader = self.reader().map_err(|error| broken(error.to_string()))?;
        reader.try_for_each(|batch| {
            let batch = batch.map_err(|error| broken(error.to_string()))?;
            take(&without_index(batch))
        })
    }
}
