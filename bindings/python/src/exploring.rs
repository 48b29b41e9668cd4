//! What is in a table, and what differs between two.

use crate::charts::{Drawn, drawn};
use crate::frame::to_table;
use crate::refusal;
use profile::Options;
use project::ProjectError;
use project::explore::{self, Source};
use pyo3::prelude::*;
use std::path::PathBuf;

/// What was found in a table: JSON text, an HTML page, the lines of a project file.
#[pyclass(frozen, module = "spanwise._spanwise")]
struct Explored(explore::Explored);

#[pymethods]
impl Explored {
    fn json(&self) -> String {
        self.0.as_json().to_string()
    }

    fn html(&self) -> String {
        self.0.to_html()
    }

    fn charts(&self) -> Vec<(String, Drawn)> {
        drawn(self.0.charts())
    }

    fn plan(&self, name: &str) -> String {
        self.0.plan(name)
    }

    /// The whole plan; the file's own path is taken where no source is said.
    fn whole_plan(&self, name: &str, source: Option<String>) -> PyResult<String> {
        let own = || self.0.source.as_ref().map(|path| path.display().to_string());
        let source = source.or_else(own).ok_or_else(|| {
            refusal(&ProjectError::data(
                "`source`",
                "none, and a table that is no file",
                "the file that the project is to read",
            ))
        })?;
        Ok(self.0.whole_plan(name, &source))
    }
}

/// Explores a table or file, beside another where there is one.
#[pyfunction]
#[pyo3(name = "explore")]
#[allow(clippy::too_many_arguments, reason = "the options of the verb, one by one")]
fn explore_table(
    py: Python<'_>,
    data: &Bound<'_, PyAny>,
    target: Option<String>,
    positive: Option<String>,
    key: Option<String>,
    time: Option<String>,
    by: Option<String>,
    against: Option<&Bound<'_, PyAny>>,
    level: f64,
    threads: usize,
    listener: Option<Py<PyAny>>,
) -> PyResult<Explored> {
    let options = Options {
        target,
        positive,
        key,
        time,
        by,
        level,
        n_threads: threads.min(1024),
        ..Options::default()
    };
    let source = source(data, "table")?;
    let against = against
        .map(|other| self::source(other, "the other table"))
        .transpose()?;
    let told = |n_rows: u64| {
        if let Some(listener) = &listener {
            // What a listener raises is lost: the work does not stop for want of somebody who watches.
            Python::attach(|py| drop(listener.call1(py, (n_rows,))));
        }
    };
    let found = py.detach(|| explore::explore(&source, against.as_ref(), &options, &told));
    found.map(Explored).map_err(|error| refusal(&error))
}

/// A path is a file, anything else a table.
fn source(data: &Bound<'_, PyAny>, name: &str) -> PyResult<Source> {
    match data.extract::<PathBuf>() {
        Ok(path) => Ok(Source::open(&path, &table::read::Options::default())),
        Err(_) => Ok(Source::of(name, to_table(data)?)),
    }
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Explored>()?;
    module.add_function(wrap_pyfunction!(explore_table, module)?)
}
