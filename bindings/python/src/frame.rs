//! Tables across the border: in from anything with the Arrow PyCapsule interface, out to anything that reads it.

use crate::SpanwiseError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_arrow::PyTable;
use std::collections::BTreeMap;
use table::arrow::array::RecordBatch;
use table::arrow::compute::concat_batches;
use table::{Complaints, Table, normalise};

/// A table of results; `pandas.DataFrame.from_arrow`, `polars.DataFrame` and `pyarrow.table` take it without a copy.
#[pyclass(frozen, module = "spanwise")]
#[derive(Debug)]
pub(crate) struct Frame {
    table: Table,
    broken: BTreeMap<usize, String>,
}

impl Frame {
    pub(crate) fn new(table: Table) -> Frame {
        Frame::with_broken(table, BTreeMap::new())
    }

    /// A frame of which some rows break their contract.
    pub(crate) fn with_broken(table: Table, broken: BTreeMap<usize, String>) -> Frame {
        Frame { table, broken }
    }

    fn arrow(&self) -> PyResult<PyTable> {
        let batch = self.table.batch().clone();
        PyTable::try_new(vec![batch.clone()], batch.schema())
    }
}

#[pymethods]
impl Frame {
    /// The names of the columns.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.table.names()
    }

    /// The rows (counted from 0) that break a declared rule of the contract: row to the rules broken.
    #[getter]
    fn broken(&self) -> BTreeMap<usize, String> {
        self.broken.clone()
    }

    fn __len__(&self) -> usize {
        self.table.n_rows()
    }

    /// The cells of one column as a list; missing is None.
    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Vec<Bound<'py, PyAny>>> {
        use table::arrow::array::{Array, AsArray};
        use table::arrow::datatypes::{DataType, Float64Type, Int64Type};
        let cells = self
            .table
            .column(name)
            .map_err(|error| SpanwiseError::new_err(error.to_string()))?;
        (0..cells.len())
            .map(|row| match cells.data_type() {
                _ if cells.is_null(row) => Ok(py.None().into_bound(py)),
                DataType::Float64 => Ok(cells
                    .as_primitive::<Float64Type>()
                    .value(row)
                    .into_pyobject(py)?
                    .into_any()),
                DataType::Int64 => Ok(cells
                    .as_primitive::<Int64Type>()
                    .value(row)
                    .into_pyobject(py)?
                    .into_any()),
                DataType::Boolean => Ok(cells
                    .as_boolean()
                    .value(row)
                    .into_pyobject(py)?
                    .to_owned()
                    .into_any()),
                _ => Ok(table::write::cell_text(cells.as_ref(), row)
                    .unwrap_or_default()
                    .into_pyobject(py)?
                    .into_any()),
            })
            .collect()
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let arrow = self.arrow()?.into_pyobject(py)?;
        arrow.call_method1("__arrow_c_stream__", (requested_schema,))
    }

    /// The table as a pandas DataFrame; pandas must be installed.
    fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let frame = slf.py().import("pandas")?.getattr("DataFrame")?;
        if frame.hasattr("from_arrow")? {
            return frame.call_method1("from_arrow", (slf,));
        }
        slf.py()
            .import("pyarrow")?
            .call_method1("table", (slf,))?
            .call_method0("to_pandas")
    }

    /// The first rows as a table, for notebooks: its style is its own, and nothing is fetched or run.
    fn _repr_html_(&self) -> String {
        crate::shown::html(&self.table)
    }

    fn __repr__(&self) -> String {
        format!(
            "<spanwise.Frame of {} rows: {}>",
            self.table.n_rows(),
            self.table.names().join(", ")
        )
    }
}

/// A table from pandas, Polars, pyarrow or anything else that speaks the PyCapsule interface.
pub(crate) fn to_table(data: &Bound<'_, PyAny>) -> PyResult<Table> {
    normalise(&to_batch(data)?, &mut Complaints::default())
        .map_err(|error| SpanwiseError::new_err(error.to_string()))
}

/// Its columns as they are, in one batch.
pub(crate) fn to_batch(data: &Bound<'_, PyAny>) -> PyResult<RecordBatch> {
    if !data.hasattr("__arrow_c_stream__")? && !data.hasattr("__arrow_c_array__")? {
        let found = data.get_type().qualname()?;
        return Err(SpanwiseError::new_err(format!(
            "found a `{found}`, expected a table with the Arrow PyCapsule interface such as a pandas (2.2 and later), Polars or pyarrow table"
        )));
    }
    let arrow: PyTable = with_text(data)?.extract()?;
    let (batches, schema) = arrow.into_inner();
    concat_batches(&schema, &batches).map_err(|error| SpanwiseError::new_err(error.to_string()))
}

/// Rows of pandas with intervals, such as those of `pandas.cut`, as text; others as they are.
fn with_text<'py>(data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let module = data.get_type().module()?;
    match module.to_str()?.starts_with("pandas") {
        false => Ok(data.clone()),
        true => data
            .py()
            .import("spanwise._frames")?
            .call_method1("without_intervals", (data,)),
    }
}

/// A batch without the columns that pandas made of a frame's index: they say where a row stood, not what it holds.
pub(crate) fn without_index(batch: RecordBatch) -> RecordBatch {
    let schema = batch.schema();
    let told = schema.metadata().get("pandas").map_or("", String::as_str);
    let told: serde_json::Value = serde_json::from_str(told).unwrap_or_default();
    let named = told["index_columns"].as_array().cloned().unwrap_or_default();
    let is_index = |name: &str| {
        project::estimator::is_index(name) || named.iter().any(|index| index.as_str() == Some(name))
    };
    let fields = schema.fields().iter().enumerate();
    let kept: Vec<usize> = fields
        .filter(|(_, field)| !is_index(field.name()))
        .map(|(place, _)| place)
        .collect();
    batch.project(&kept).unwrap_or(batch)
}
