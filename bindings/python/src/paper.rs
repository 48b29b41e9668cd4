//! Pages as PDF.

use crate::refusal;
use project::paper::print_bytes;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// The PDF of a page of ours, given as its HTML; `name` is what a refusal calls it.
#[pyfunction]
fn print_page<'py>(py: Python<'py>, page: &str, name: &str) -> PyResult<Bound<'py, PyBytes>> {
    let bytes = py
        .detach(|| print_bytes(page.as_bytes(), name))
        .map_err(|error| refusal(&error))?;
    Ok(PyBytes::new(py, &bytes))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(print_page, module)?)
}
