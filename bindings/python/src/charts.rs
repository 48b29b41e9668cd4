//! Charts: what Rust drew, in the forms that Python's tools take.

use crate::SpanwiseError;
use crate::frame::Frame;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use report::{Tidy, TidyCell};
use std::sync::Arc;
use table::Table;
use table::arrow::array::{ArrayRef, Float64Array, StringArray};

/// A picture with its words.
#[pyclass(frozen, module = "spanwise._spanwise")]
pub(crate) struct Drawn(report::Chart);

impl Drawn {
    pub(crate) fn of(chart: report::Chart) -> Drawn {
        Drawn(chart)
    }
}

/// Charts by their names, in order.
pub(crate) fn drawn(charts: Vec<(String, report::Chart)>) -> Vec<(String, Drawn)> {
    charts
        .into_iter()
        .map(|(name, chart)| (name, Drawn(chart)))
        .collect()
}

#[pymethods]
impl Drawn {
    #[getter]
    fn title(&self) -> &str {
        &self.0.title
    }

    #[getter]
    fn caption(&self) -> &str {
        &self.0.caption
    }

    fn svg(&self) -> String {
        self.0.to_svg()
    }

    fn png<'py>(&self, py: Python<'py>, scale: f64) -> PyResult<Bound<'py, PyBytes>> {
        let file = py.detach(|| self.0.to_png(scale));
        let file = file.map_err(|error| SpanwiseError::new_err(error.to_string()))?;
        Ok(PyBytes::new(py, &file))
    }

    fn text(&self, width: usize, colour: bool) -> String {
        self.0.to_text(width, colour)
    }

    fn plotly(&self) -> String {
        self.0.to_plotly().to_string()
    }

    fn matplotlib(&self) -> String {
        self.0.to_matplotlib_code()
    }

    fn frame(&self) -> PyResult<Frame> {
        let tidy = self.0.to_tidy();
        let columns =
            (0..tidy.columns.len()).map(|column| (tidy.columns[column].to_owned(), cells(&tidy, column)));
        let table =
            Table::new(columns.collect()).map_err(|error| SpanwiseError::new_err(error.to_string()))?;
        Ok(Frame::new(table))
    }
}

/// What the file of a chart is called, without its ending.
#[pyfunction]
fn chart_file_stem(place: usize, name: &str) -> String {
    report::file_stem(place, name)
}

/// A column's cells: texts where any is a text, else numbers.
fn cells(tidy: &Tidy, column: usize) -> ArrayRef {
    let cells = || tidy.rows.iter().filter_map(|row| row.get(column));
    if cells().any(|cell| matches!(cell, TidyCell::Text(_))) {
        let text = |cell: &TidyCell| match cell {
            TidyCell::Text(text) => text.clone(),
            TidyCell::Number(_) => None,
        };
        return Arc::new(cells().map(text).collect::<StringArray>());
    }
    let number = |cell: &TidyCell| match cell {
        TidyCell::Number(number) => *number,
        TidyCell::Text(_) => None,
    };
    Arc::new(cells().map(number).collect::<Float64Array>())
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Drawn>()?;
    module.add_function(wrap_pyfunction!(chart_file_stem, module)?)
}
