//! Results made again of the plain data that `to_dict` gives.

use super::{Fields, Record, Value};
use crate::SpanwiseError;
use crate::{experiment, metrics, result, statistics};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};

/// Records within records go no deeper.
const MOST_DEPTH: usize = 8;

/// A result of plain data: what ``pickle`` and ``copy`` call.
#[pyfunction]
#[pyo3(signature = (name, fields, /))]
pub(crate) fn restore<'py>(
    py: Python<'py>,
    name: &str,
    fields: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let record = record(fields, 0)?;
    macro_rules! of_class {
        ($($class:ty),+ $(,)?) => {
            match name {
                $( <$class>::NAME => made::<$class>(py, &record), )+
                other => Err(SpanwiseError::new_err(format!("found the class {other:?}, expected one of results"))),
            }
        };
    }
    of_class!(
        statistics::CurveFit,
        statistics::Density,
        experiment::Adjustment,
        experiment::Arm,
        experiment::BetaComparison,
        experiment::Boundaries,
        experiment::Comparison,
        experiment::Estimate,
        experiment::Exposures,
        experiment::Look,
        experiment::Plan,
        experiment::Posterior,
        experiment::SampleRatio,
        experiment::Segments,
        experiment::Sums,
        metrics::MetricInterval,
        result::Effect,
        result::TestResult,
        statistics::BootstrapResult,
        statistics::PermutationResult,
        statistics::AnovaTerm,
        statistics::Distribution,
        statistics::Pair,
        statistics::PairwiseResult,
        statistics::TwoWayAnova,
        statistics::AnovaTable,
        statistics::Description,
        statistics::LinearFit,
        statistics::RegressionDiagnostics,
        statistics::Anomalies,
        statistics::ChangePoint,
        statistics::Decomposition,
        statistics::Season,
        statistics::SeriesTest,
    )
}

fn made<'py, T>(py: Python<'py>, record: &Record) -> PyResult<Bound<'py, PyAny>>
where
    T: Fields + IntoPyObject<'py, Output = Bound<'py, T>, Error = PyErr>,
{
    let result = T::of_record(record).ok_or_else(|| {
        let names: Vec<&str> = record.iter().map(|(name, _)| name.as_str()).collect();
        SpanwiseError::new_err(format!(
            "found the fields {names:?}, expected those of a {} as `to_dict` gives them",
            T::NAME
        ))
    })?;
    Ok(result.into_pyobject(py)?.into_any())
}

fn record(fields: &Bound<'_, PyDict>, depth: usize) -> PyResult<Record> {
    let pair = |(name, item): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        Ok((name.extract::<String>()?, value(&item, depth + 1)?))
    };
    fields.iter().map(pair).collect()
}

fn value(item: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
    if item.is_none() {
        return Ok(Value::Missing);
    }
    if item.is_instance_of::<PyBool>() {
        return item.extract().map(Value::Truth);
    }
    if item.is_instance_of::<PyInt>() {
        return item.extract().map(Value::Whole);
    }
    if item.is_instance_of::<PyFloat>() {
        return item.extract().map(Value::Number);
    }
    if item.is_instance_of::<PyString>() {
        return item.extract().map(Value::Text);
    }
    if MOST_DEPTH < depth {
        return Err(SpanwiseError::new_err(
            "found lists within lists, expected a result",
        ));
    }
    if let Ok(list) = item.cast::<PyList>() {
        let items = list.iter().map(|item| value(&item, depth + 1));
        return items.collect::<PyResult<_>>().map(Value::List);
    }
    if let Ok(fields) = item.cast::<PyDict>() {
        return record(fields, depth).map(Value::Record);
    }
    let found = item.get_type();
    Err(PyTypeError::new_err(format!(
        "found a `{found}`, expected plain data"
    )))
}
