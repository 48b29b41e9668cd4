//! SQL over tables of Python, files and a project's tables.

use crate::frame::{Frame, to_table};
use crate::{Signals, SpanwiseError, refusal};
use project::file::{Overrides, load};
use project::query::{Given, Parameter, of_tables, tables_of};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDate, PyDateTime, PyFloat, PyInt, PyString, PyTimeAccess};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Answers one SELECT: the rows, and what the reader should know of them.
#[pyfunction]
#[pyo3(name = "sql")]
fn answer(
    py: Python<'_>,
    query: String,
    tables: Vec<(String, Bound<'_, PyAny>)>,
    parameters: Vec<(String, Bound<'_, PyAny>)>,
    project: Option<PathBuf>,
) -> PyResult<(Frame, Vec<String>)> {
    let tables = tables
        .into_iter()
        .map(|(name, table)| Ok((name, source(&table)?)))
        .collect::<PyResult<Vec<(String, Given)>>>()?;
    let parameters = parameters
        .into_iter()
        .map(|(name, value)| Ok((name.clone(), parameter(&name, &value)?)))
        .collect::<PyResult<BTreeMap<String, Parameter>>>()?;
    let found = py.detach(|| {
        let project = project
            .map(|path| load(&path, &Overrides::default()))
            .transpose()?;
        let project = project
            .as_ref()
            .map(|project| (project, &Signals as &dyn project::Observer));
        of_tables(&tables, project, &query, &parameters)
    });
    let found = found.map_err(|error| refusal(&error))?;
    Ok((Frame::new(found.table), found.notes))
}

/// The tables that a query names.
#[pyfunction]
fn sql_tables(query: &str) -> Vec<String> {
    tables_of(query)
}

/// A path is a file, anything else a table.
fn source(data: &Bound<'_, PyAny>) -> PyResult<Given> {
    match data.extract::<PathBuf>() {
        Ok(path) => Ok(Given::File(path)),
        Err(_) => to_table(data).map(Given::Table),
    }
}

fn parameter(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Parameter> {
    if value.is_none() {
        return Ok(Parameter::Missing);
    }
    // Numbers of numpy and pandas give Python's own.
    let value = match value.hasattr("item")? && value.hasattr("dtype")? {
        true => plain(value)?,
        false => value.clone(),
    };
    // a time that is none, of numpy or pandas
    if value.is_none() || value.get_type().qualname()? == "NaTType" {
        return Ok(Parameter::Missing);
    }
    if value.is_instance_of::<PyBool>() {
        return Ok(Parameter::Flag(value.extract()?));
    }
    if value.is_instance_of::<PyInt>() {
        let whole = value.extract().map_err(|_| {
            SpanwiseError::new_err(format!(
                "parameter `{name}`: found {value}, expected a whole number from -2^63 to 2^63 - 1"
            ))
        });
        return whole.map(Parameter::Whole);
    }
    if value.is_instance_of::<PyFloat>() {
        return Ok(Parameter::Number(value.extract()?));
    }
    if value.is_instance_of::<PyString>() {
        return Ok(Parameter::Text(value.extract()?));
    }
    if let Ok(time) = value.cast::<PyDateTime>() {
        return moment(name, time);
    }
    if let Ok(day) = value.cast::<PyDate>() {
        return Ok(Parameter::Day(days(day)?));
    }
    Err(SpanwiseError::new_err(format!(
        "parameter `{name}`: found a `{}`, expected a number, text, truth, date, time or None",
        value.get_type().qualname()?
    )))
}

/// A value of numpy as one of Python's own; points in time to the microsecond, as finer ones would be whole numbers.
fn plain<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let kind: String = value.getattr("dtype")?.getattr("kind")?.extract()?;
    match kind.as_str() {
        "M" => value
            .call_method1("astype", ("datetime64[us]",))?
            .call_method0("item"),
        _ => value.call_method0("item"),
    }
}

fn moment(name: &str, time: &Bound<'_, PyDateTime>) -> PyResult<Parameter> {
    if !time.getattr("tzinfo")?.is_none() {
        return Err(SpanwiseError::new_err(format!(
            "parameter `{name}`: found a time with a zone, expected one without: convert it with `.astimezone(...)` and `.replace(tzinfo=None)`"
        )));
    }
    let days = i64::from(days(time.call_method0("date")?.cast::<PyDate>()?)?);
    let seconds =
        i64::from(time.get_hour()) * 3600 + i64::from(time.get_minute()) * 60 + i64::from(time.get_second());
    Ok(Parameter::Time(
        (days * 86_400 + seconds) * 1_000_000 + i64::from(time.get_microsecond()),
    ))
}

/// Days since 1970-01-01.
fn days(day: &Bound<'_, PyDate>) -> PyResult<i32> {
    // Python counts from 1 January of the year 1.
    const EPOCH: i32 = 719_163;
    let ordinal: i32 = day.call_method0("toordinal")?.extract()?;
    Ok(ordinal - EPOCH)
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(answer, module)?)?;
    module.add_function(wrap_pyfunction!(sql_tables, module)?)
}
