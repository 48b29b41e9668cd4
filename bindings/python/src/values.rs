//! Settings across the border: parameters as their declaration knows them, threads as joblib counts them.

use crate::SpanwiseError;
use learn::Value;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyMapping, PySequence, PyString};

/// So many threads are started when they are asked for, on however few cores.
const MAX_SPARE_THREADS: i64 = 16;

/// Threads as joblib counts them: -1 is all, -2 all but one; none said is all.
pub(crate) fn n_threads(n_jobs: Option<i64>) -> PyResult<usize> {
    let all = std::thread::available_parallelism().map_or(1, usize::from) as i64;
    match n_jobs.unwrap_or(-1) {
        0 => Err(SpanwiseError::new_err(
            "`n_jobs` is 0, expected another whole number or None",
        )),
        n if n < 0 => Ok((all + 1 + n).max(1) as usize),
        // More threads than there are cores do no more: some are allowed, for who wants to see that no bit depends on it.
        n => Ok(n.min(all.max(MAX_SPARE_THREADS)) as usize),
    }
}

/// Parameters by name; those that are None are left to their default.
pub(crate) fn values(parameters: &Bound<'_, PyDict>) -> PyResult<Vec<(String, Value)>> {
    let given = parameters.iter().filter(|(_, value)| !value.is_none());
    given
        .map(|(name, given)| Ok((name.extract()?, value(&given)?)))
        .collect()
}

fn value(given: &Bound<'_, PyAny>) -> PyResult<Value> {
    if given.is_instance_of::<PyFloat>() {
        return Ok(Value::Number(given.extract()?));
    }
    if given.is_instance_of::<PyString>() {
        return Ok(Value::Text(given.extract()?));
    }
    if given.is_instance_of::<PyBool>() {
        let word = if given.extract()? { "yes" } else { "no" };
        return Ok(Value::Text(word.to_owned()));
    }
    if let Ok(mapping) = given.cast::<PyMapping>() {
        let pair = |pair: Bound<'_, PyAny>| {
            let (name, given): (String, Bound<'_, PyAny>) = pair.extract()?;
            Ok((name, value(&given)?))
        };
        return mapping
            .items()?
            .iter()
            .map(pair)
            .collect::<PyResult<_>>()
            .map(Value::Table);
    }
    if given.cast::<PySequence>().is_ok() || given.hasattr("tolist")? && given.hasattr("__len__")? {
        let items = given.try_iter()?;
        return items
            .map(|item| value(&item?))
            .collect::<PyResult<_>>()
            .map(Value::List);
    }
    match given.extract::<i64>() {
        Ok(number) => Ok(Value::Whole(number)),
        Err(_) => Ok(given
            .extract::<f64>()
            .map_or_else(|_| Value::Text(given.to_string()), Value::Number)),
    }
}
