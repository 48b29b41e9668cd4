//! The Python face: tables in through the Arrow PyCapsule interface, results out the same way. No logic of its own.

mod array;
mod asking;
mod attend;
mod calibration;
mod charts;
mod conformal;
mod estimator;
mod experiment;
mod explain;
mod explained;
mod explaining;
mod exploring;
mod frame;
mod inspection;
mod metrics;
mod model;
mod number;
mod numbers;
mod paper;
mod planned;
mod result;
mod rows;
mod scored;
mod serving;
mod shown;
mod sql;
mod statistics;
mod stories;
mod stream;
mod tidy;
mod values;
mod weak;

use bundle::{Bundle, ScoreOptions};
use frame::{Frame, to_table};
use model::Model;
use prepare::Features;
use project::file::{Overrides, load as load_project};
use project::{Observer, ProjectError, SystemClock, scoring};
use pyo3::create_exception;
use pyo3::exceptions::{PyKeyboardInterrupt, PyOSError, PyUserWarning, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::collections::BTreeMap;
use std::ffi::CString;
use std::path::PathBuf;
use std::sync::Arc;
use table::arrow::array::{ArrayRef, Float64Array};
use table::{Table, TableError};

create_exception!(
    spanwise,
    SpanwiseError,
    PyValueError,
    "Spanwise refused: the message says what was found and what was expected."
);

/// A sound bundle: predicts and explains.
#[pyclass(frozen, name = "Bundle", module = "spanwise")]
#[derive(Debug)]
struct PyBundle {
    bundle: Arc<Bundle>,
}

#[pymethods]
impl PyBundle {
    /// The model's name in its project.
    #[getter]
    fn name(&self) -> &str {
        &self.bundle.name
    }

    /// The hash of the file, 64 hexadecimal digits.
    #[getter]
    fn hash(&self) -> String {
        self.bundle.hash().to_hex()
    }

    /// The columns that a table must bring: name to kind.
    #[getter]
    fn inputs(&self) -> BTreeMap<String, String> {
        self.bundle
            .recipe
            .inputs
            .iter()
            .map(|input| (input.name.clone(), input.kind.clone()))
            .collect()
    }

    /// The features that the model sees, in the order of contributions.
    #[getter]
    fn features(&self) -> Vec<String> {
        self.bundle
            .recipe
            .features
            .iter()
            .map(|feature| feature.name.clone())
            .collect()
    }

    /// The classes in order; empty for a regression.
    #[getter]
    fn classes(&self) -> Vec<String> {
        self.bundle
            .task
            .classes()
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    /// Whether rows may come as an array of plain numbers.
    #[getter]
    fn takes_arrays(&self) -> bool {
        rows::takes_arrays(&self.bundle)
    }

    /// The metrics on rows that the model had not seen: name to (value, low, high), the interval at the 95 % level.
    #[getter]
    fn metrics(&self) -> BTreeMap<String, (f64, f64, f64)> {
        let metrics = self.bundle.evaluation.metrics.iter();
        metrics
            .map(|metric| (metric.name.clone(), (metric.value, metric.low, metric.high)))
            .collect()
    }

    /// How many rows of each class, or how much weight of them, were decided for each class: a list for each actual class, in
    /// the order of `classes`; empty where it was not counted.
    #[getter]
    fn confusion(&self) -> Vec<Vec<f64>> {
        self.bundle.evaluation.confusion.clone()
    }

    /// The pictures of how good the model is and what drives it, by name: `reliability`, `roc`, `confusion`, `drivers`,
    /// `effects-of-FEATURE` and `gains`, those that there are.
    #[getter]
    fn charts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let drawn = charts::drawn(project::model_charts(&self.bundle));
        py.import("spanwise._charts")?.getattr("Charts")?.call1((drawn,))
    }

    /// Scores the rows of a table; the answer has as many rows.
    ///
    /// A row that breaks a declared rule of the contract has no score, and `broken` of the answer says why, with a
    /// warning; with `on_violation="raise"` the first such row is an error, with `"ignore"` all rows are scored.
    #[pyo3(signature = (data, *, reasons = 0, threads = 1, block_rows = 4096, on_violation = "warn"))]
    fn predict(
        &self,
        py: Python<'_>,
        data: &Bound<'_, PyAny>,
        reasons: usize,
        threads: usize,
        block_rows: usize,
        on_violation: &str,
    ) -> PyResult<Frame> {
        let on_violation = OnViolation::from_word(on_violation)?;
        let table = to_table(data)?;
        let options = ScoreOptions {
            n_reasons: reasons,
            block_rows,
            n_threads: threads.clamp(1, 1024),
        };
        let (scores, broken) = py
            .detach(|| scoring::score_in_place(&self.bundle, &table, on_violation.keeps_out(), &options))
            .map_err(|error| refusal(&error))?;
        if let (Some((row, reason)), true) = (broken.iter().next(), on_violation != OnViolation::Ignore) {
            let n = broken.len();
            let text = format!(
                "{n} of {} rows break the contract (first: row {row}, counted from 0: {reason})",
                table.n_rows()
            );
            if on_violation == OnViolation::Raise {
                return Err(SpanwiseError::new_err(text));
            }
            let text = CString::new(format!("{text}; they have no score, see `broken`").replace('\0', " "))?;
            PyErr::warn(py, &py.get_type::<PyUserWarning>(), &text, 1)?;
        }
        Ok(Frame::with_broken(scores, broken))
    }

    /// What each feature adds to the margin of each row: columns `base`, one for each feature, and `margin`, which is
    /// their sum, bit for bit. With `background`, unknown features take their values from these rows (interventional).
    #[pyo3(signature = (data, background = None, n_jobs = None, *, output = 0))]
    fn explain(
        &self,
        py: Python<'_>,
        data: &Bound<'_, PyAny>,
        background: Option<&Bound<'_, PyAny>>,
        n_jobs: Option<i64>,
        output: usize,
    ) -> PyResult<Frame> {
        self.check_output(output)?;
        let options = model::options_of_explaining(n_jobs)?;
        let features = self.seen(py, data)?;
        let background = background.map(|rows| self.seen(py, rows)).transpose()?;
        model::listening(py, usize::MAX, |stop| {
            explain::contribution_table(
                &self.bundle,
                &features,
                background.as_ref(),
                output,
                &options,
                stop,
            )
        })
        .map(Frame::new)
    }

    /// How pairs of features act together on the margin of each row: columns `base`, one for each feature by itself, one
    /// for each pair of them, named `a & b`, and `margin`, which is their sum, bit for bit.
    #[pyo3(signature = (data, n_jobs = None, *, output = 0))]
    fn explain_interactions(
        &self,
        py: Python<'_>,
        data: &Bound<'_, PyAny>,
        n_jobs: Option<i64>,
        output: usize,
    ) -> PyResult<Frame> {
        self.check_output(output)?;
        let options = model::options_of_explaining(n_jobs)?;
        let features = self.seen(py, data)?;
        model::listening(py, usize::MAX, |stop| {
            explain::interaction_table(&self.bundle, &features, output, &options, stop)
        })
        .map(Frame::new)
    }

    /// The bundle as an ONNX model; written to `path` too, if there is one. Prediction intervals are left out.
    #[pyo3(signature = (path = None))]
    fn to_onnx<'py>(&self, py: Python<'py>, path: Option<PathBuf>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py
            .detach(|| bundle::export::onnx(&self.bundle))
            .map_err(|error| SpanwiseError::new_err(error.to_string()))?;
        if let Some(path) = path {
            model::check_folder(&path)?;
            py.detach(|| table::file::write_atomic(&path, &bytes))
                .map_err(|error| refusal(&ProjectError::from(error)))?;
        }
        Ok(PyBytes::new(py, &bytes))
    }

    fn __repr__(&self) -> String {
        format!(
            "<spanwise.Bundle {} ({}, {})>",
            self.bundle.name,
            self.bundle.task.word(),
            self.bundle.hash().short()
        )
    }
}

impl PyBundle {
    fn new(bundle: Arc<Bundle>) -> PyBundle {
        PyBundle { bundle }
    }

    fn shared(&self) -> Arc<Bundle> {
        Arc::clone(&self.bundle)
    }

    /// The rows of a table as the model sees them.
    fn seen(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<Features> {
        let table = to_table(data)?;
        py.detach(|| self.bundle.recipe.apply(&table).map_err(ProjectError::from))
            .map_err(|error| refusal(&error))
    }

    fn check_output(&self, output: usize) -> PyResult<()> {
        let n_outputs = self.bundle.task.n_outputs();
        match output < n_outputs {
            true => Ok(()),
            false => Err(SpanwiseError::new_err(format!(
                "`output` is {output}, expected 0 to {}",
                n_outputs - 1
            ))),
        }
    }
}

/// What to do about rows that break a declared rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnViolation {
    Warn,
    Raise,
    Ignore,
}

impl OnViolation {
    fn from_word(word: &str) -> PyResult<OnViolation> {
        match word {
            "warn" => Ok(OnViolation::Warn),
            "raise" => Ok(OnViolation::Raise),
            "ignore" => Ok(OnViolation::Ignore),
            _ => Err(SpanwiseError::new_err(format!(
                "`on_violation` is {word:?}, expected \"warn\", \"raise\" or \"ignore\""
            ))),
        }
    }

    /// Whether rows that break a rule are not scored.
    fn keeps_out(self) -> bool {
        self != OnViolation::Ignore
    }
}

/// Reads a bundle, and checks it.
#[pyfunction]
fn load(py: Python<'_>, path: PathBuf) -> PyResult<PyBundle> {
    let bundle = py
        .detach(|| Bundle::load(&path).map_err(ProjectError::from))
        .map_err(|error| refusal(&error))?;
    Ok(PyBundle {
        bundle: Arc::new(bundle),
    })
}

/// An array of numbers as a table with these column names.
#[pyfunction]
fn table_of_array(py: Python<'_>, array: &Bound<'_, PyAny>, names: Vec<String>) -> PyResult<Frame> {
    let matrix = array::Matrix::of(array)?;
    let columns = matrix.columns(py, 0..matrix.n_rows()).into_iter();
    let column = |values: Vec<f64>| -> ArrayRef { Arc::new(Float64Array::from(values)) };
    let table = Table::new(names.into_iter().zip(columns.map(column)).collect());
    table
        .map(Frame::new)
        .map_err(|error| SpanwiseError::new_err(error.to_string()))
}

/// Runs a project and gives its record as JSON text; `listener` hears of each step.
#[pyfunction]
#[pyo3(signature = (path, data, threads, listener = None))]
fn run_json(
    py: Python<'_>,
    path: PathBuf,
    data: BTreeMap<String, PathBuf>,
    threads: Option<usize>,
    listener: Option<Py<PyAny>>,
) -> PyResult<String> {
    let overrides = Overrides {
        sources: data,
        n_threads: threads.map(|threads| threads.clamp(1, 1024)),
    };
    let observer = Told { listener };
    let record = py
        .detach(|| {
            let project = load_project(&path, &overrides)?;
            project::run(&project, &observer, &SystemClock)
        })
        .map_err(|error| refusal(&error))?;
    serde_json::to_string(&record).map_err(|error| SpanwiseError::new_err(error.to_string()))
}

/// Lets ctrl-c stop a run between steps.
struct Signals;

impl Observer for Signals {
    fn started(&self, _: &str, _: usize, _: usize) {}

    fn finished(&self, _: &str, _: bool, _: usize, _: usize) {}

    fn interrupted(&self) -> bool {
        Python::attach(|py| py.check_signals().is_err())
    }
}

/// As [`Signals`], and tells a listener of Python which step runs.
struct Told {
    listener: Option<Py<PyAny>>,
}

impl Observer for Told {
    fn started(&self, step: &str, done: usize, total: usize) {
        tell(self.listener.as_ref(), step, done, total);
    }

    fn finished(&self, step: &str, _: bool, done: usize, total: usize) {
        tell(self.listener.as_ref(), step, done, total);
    }

    fn interrupted(&self) -> bool {
        Signals.interrupted()
    }
}

/// Calls a listener; what it raises is lost, because work does not stop for want of somebody who watches.
fn tell(listener: Option<&Py<PyAny>>, step: &str, done: usize, total: usize) {
    if let Some(listener) = listener {
        Python::attach(|py| drop(listener.call1(py, (step, done, total))));
    }
}

fn from_stats(error: stats::StatsError) -> PyErr {
    SpanwiseError::new_err(error.to_string())
}

/// What Rust computes, while other threads of Python go on.
fn computed<T: Send>(work: impl FnOnce() -> Result<T, stats::StatsError> + Send) -> PyResult<T> {
    Python::attach(|py| py.detach(work)).map_err(from_stats)
}

/// Adds functions to a module.
macro_rules! add_functions {
    ($module:expr, $($name:ident),+ $(,)?) => {
        $( $module.add_function(pyo3::wrap_pyfunction!($name, $module)?)?; )+
    };
}
use add_functions;

fn refusal(error: &ProjectError) -> PyErr {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text.push_str(&format!(": {more}"));
        }
        source = cause.source();
    }
    match error {
        ProjectError::Interrupted { .. } => PyKeyboardInterrupt::new_err(text),
        ProjectError::Table(TableError::File { .. })
        | ProjectError::Bundle(bundle::BundleError::Table(TableError::File { .. })) => {
            PyOSError::new_err(text)
        }
        _ => SpanwiseError::new_err(text),
    }
}

#[pymodule]
fn _spanwise(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("SpanwiseError", module.py().get_type::<SpanwiseError>())?;
    module.add_class::<PyBundle>()?;
    module.add_class::<Frame>()?;
    module.add_class::<Model>()?;
    module.add_class::<array::Buffer>()?;
    module.add_function(wrap_pyfunction!(load, module)?)?;
    module.add_function(wrap_pyfunction!(table_of_array, module)?)?;
    module.add_function(wrap_pyfunction!(estimator::fit, module)?)?;
    module.add_function(wrap_pyfunction!(stream::fit_stream, module)?)?;
    module.add_function(wrap_pyfunction!(run_json, module)?)?;
    asking::add_to(module)?;
    charts::add_to(module)?;
    exploring::add_to(module)?;
    explained::add_to(module)?;
    explaining::add_to(module)?;
    paper::add_to(module)?;
    scored::add_to(module)?;
    serving::add_to(module)?;
    sql::add_to(module)?;
    stories::add_to(module)?;
    weak::add_to(module)?;
    module.add_function(wrap_pyfunction!(tidy::restore, module)?)?;
    submodule(module, "calibration", calibration::add_to)?;
    submodule(module, "conformal", conformal::add_to)?;
    submodule(module, "experiment", |module| {
        experiment::add_to(module)?;
        planned::add_to(module)
    })?;
    submodule(module, "inspection", inspection::add_to)?;
    submodule(module, "metrics", metrics::add_to)?;
    submodule(module, "stats", statistics::add_to)
}

/// Adds a module that `import` finds.
fn submodule(
    parent: &Bound<'_, PyModule>,
    name: &str,
    add_to: impl Fn(&Bound<'_, PyModule>) -> PyResult<()>,
) -> PyResult<()> {
    let py = parent.py();
    let module = PyModule::new(py, name)?;
    add_to(&module)?;
    parent.add_submodule(&module)?;
    let known = py.import("sys")?.getattr("modules")?;
    known.set_item(format!("spanwise._spanwise.{name}"), module)
}
