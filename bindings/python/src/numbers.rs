//! Lists of numbers from whatever Python holds them in: arrays, series, lists.

use crate::SpanwiseError;
use crate::array::{Held, numbers};
use crate::number::{array_of, is_missing, number};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyFrozenSet, PyList, PySet, PyString, PyTuple};
use std::ops::Deref;

/// Numbers along one axis; what is missing is NaN: None, `pandas.NA`, a masked cell, a null of Arrow.
///
/// Whole numbers beyond 2^53 are rounded to the nearest number of 64 bits, as numpy does.
#[derive(Debug)]
pub(crate) struct Numbers(Held);

/// Several samples as Rust takes them.
pub(crate) fn slices(samples: &[Numbers]) -> Vec<&[f64]> {
    samples.iter().map(|sample| &**sample).collect()
}

/// Zeros and ones, or truths.
#[derive(Debug)]
pub(crate) struct Truths(Vec<bool>);

/// Whole numbers from 0 up.
#[derive(Debug)]
pub(crate) struct Codes(Vec<u32>);

/// Any labels, such as texts: equal ones have one code, counted from 0 in the order in which they are first seen.
#[derive(Debug)]
pub(crate) struct Labels(Vec<u32>);

/// One sample, or a tuple or list of several.
#[derive(Debug)]
pub(crate) struct Samples(Vec<Numbers>);

/// Numbers along two axes, row after row.
#[derive(Debug)]
pub(crate) struct Grid {
    pub(crate) values: Vec<f64>,
    pub(crate) n_columns: usize,
}

impl Deref for Numbers {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        self.0.as_slice()
    }
}

impl Deref for Truths {
    type Target = [bool];

    fn deref(&self) -> &[bool] {
        &self.0
    }
}

impl Deref for Codes {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        &self.0
    }
}

impl Deref for Samples {
    type Target = [Numbers];

    fn deref(&self) -> &[Numbers] {
        &self.0
    }
}

impl Deref for Labels {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        &self.0
    }
}

impl<'py> FromPyObject<'_, 'py> for Numbers {
    type Error = PyErr;

    fn extract(data: Borrowed<'_, 'py, PyAny>) -> PyResult<Numbers> {
        let data = data.to_owned();
        if data.hasattr("__array__")? {
            let data = array_of(&data)?;
            let n_axes: usize = data.getattr("ndim")?.extract()?;
            return match n_axes {
                1 => Held::of(&data, "numbers").map(Numbers),
                _ => Err(refusal(format!("an array of {n_axes} axes"), "one axis")),
            };
        }
        let items = items(&data, "a list, series or array of numbers")?;
        let number = |(index, item): (usize, PyResult<Bound<'py, PyAny>>)| number(&item?, index);
        items
            .enumerate()
            .map(number)
            .collect::<PyResult<_>>()
            .map(|values| Numbers(Held::Own(values)))
    }
}

/// The items of a list or what is like one. Texts, bytes and what has no order are none.
fn items<'py>(data: &Bound<'py, PyAny>, expected: &str) -> PyResult<Bound<'py, pyo3::types::PyIterator>> {
    let is_none = data.is_instance_of::<PyString>()
        || data.is_instance_of::<PyBytes>()
        || data.is_instance_of::<PyByteArray>()
        || data.is_instance_of::<PyDict>()
        || data.is_instance_of::<PySet>()
        || data.is_instance_of::<PyFrozenSet>();
    match data.try_iter() {
        Ok(items) if !is_none => Ok(items),
        _ => Err(refusal(format!("a `{}`", data.get_type()), expected)),
    }
}

impl<'py> FromPyObject<'_, 'py> for Truths {
    type Error = PyErr;

    fn extract(data: Borrowed<'_, 'py, PyAny>) -> PyResult<Truths> {
        let numbers = data.extract::<Numbers>()?;
        let truths = numbers.iter().copied().map(truth);
        truths.collect::<PyResult<_>>().map(Truths)
    }
}

/// The truth that 0 or 1 is.
pub(crate) fn truth(number: f64) -> PyResult<bool> {
    match number {
        0.0 => Ok(false),
        1.0 => Ok(true),
        other => Err(refusal(format!("the label {other}"), "0 and 1, or truths")),
    }
}

impl<'py> FromPyObject<'_, 'py> for Codes {
    type Error = PyErr;

    fn extract(data: Borrowed<'_, 'py, PyAny>) -> PyResult<Codes> {
        let code = |number: &f64| match *number {
            number if number.fract() == 0.0 && (0.0..4e9).contains(&number) => Ok(number as u32),
            other => Err(refusal(format!("the code {other}"), "a whole number from 0 up")),
        };
        data.extract::<Numbers>()?
            .iter()
            .map(code)
            .collect::<PyResult<_>>()
            .map(Codes)
    }
}

impl<'py> FromPyObject<'_, 'py> for Samples {
    type Error = PyErr;

    fn extract(data: Borrowed<'_, 'py, PyAny>) -> PyResult<Samples> {
        let is_several = match (data.cast::<PyTuple>(), data.cast::<PyList>()) {
            (Ok(_), _) => true,
            (_, Ok(list)) => list.get_item(0).is_ok_and(|first| first.try_iter().is_ok()),
            _ => false,
        };
        match is_several {
            true => data
                .try_iter()?
                .map(|sample| sample?.extract())
                .collect::<PyResult<_>>(),
            false => data.extract().map(|sample| vec![sample]),
        }
        .map(Samples)
    }
}

impl<'py> FromPyObject<'_, 'py> for Labels {
    type Error = PyErr;

    fn extract(data: Borrowed<'_, 'py, PyAny>) -> PyResult<Labels> {
        let py = data.py();
        let data = match data.hasattr("tolist")? {
            true => data.call_method0("tolist")?,
            false => data.to_owned(),
        };
        let known = PyDict::new(py);
        let code = |(index, item): (usize, PyResult<Bound<'py, PyAny>>)| {
            let item = item?;
            let is_missing = item.is_none() || is_missing(&item)? || item.ne(&item)?;
            if is_missing {
                let text = cut(&item.repr()?.to_string());
                return Err(refusal(
                    format!("{text} at index {index}"),
                    "a label for each row",
                ));
            }
            if let Some(code) = known.get_item(&item)? {
                return code.extract();
            }
            let code = known.len() as u32;
            known.set_item(item, code)?;
            Ok(code)
        };
        let items = items(&data, "a list, series or array of labels")?;
        items.enumerate().map(code).collect::<PyResult<_>>().map(Labels)
    }
}

impl<'py> FromPyObject<'_, 'py> for Grid {
    type Error = PyErr;

    fn extract(data: Borrowed<'_, 'py, PyAny>) -> PyResult<Grid> {
        let data = data.to_owned();
        if data.hasattr("__array__")? {
            let data = array_of(&data)?;
            let shape: Vec<usize> = data.getattr("shape")?.extract()?;
            return match shape[..] {
                [_, n_columns] => Ok(Grid {
                    values: numbers(&data, "numbers")?,
                    n_columns,
                }),
                _ => Err(refusal(format!("an array of shape {shape:?}"), "two axes")),
            };
        }
        let rows = items(&data, "rows of numbers, or an array of two axes")?
            .map(|row| row?.extract::<Numbers>())
            .collect::<PyResult<Vec<_>>>()?;
        let n_columns = rows.first().map_or(0, |row| row.len());
        match rows.iter().find(|row| row.len() != n_columns) {
            Some(row) => Err(refusal(
                format!("a row of {}", row.len()),
                &format!("{n_columns} as in the first"),
            )),
            None => Ok(Grid {
                values: rows.iter().flat_map(|row| row.iter().copied()).collect(),
                n_columns,
            }),
        }
    }
}

/// The first characters of a text.
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

pub(crate) fn refusal(found: String, expected: &str) -> PyErr {
    SpanwiseError::new_err(format!("found {found}, expected {expected}"))
}
