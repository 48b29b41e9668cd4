//! Lists of numbers from whatever Python holds them in: arrays, series, lists.

use crate::SpanwiseError;
use crate::array::numbers;
use pyo3::prelude::*;
use std::ops::Deref;

/// Numbers along one axis; None and missing are NaN.
#[derive(Debug)]
pub(crate) struct Numbers(Vec<f64>);

/// Zeros and ones, or truths.
#[derive(Debug)]
pub(crate) struct Truths(Vec<bool>);

/// Whole numbers from 0 up.
#[derive(Debug)]
pub(crate) struct Codes(Vec<u32>);

/// Numbers along two axes, row after row.
#[derive(Debug)]
pub(crate) struct Grid {
    pub(crate) values: Vec<f64>,
    pub(crate) n_columns: usize,
}

impl Deref for Numbers {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.0
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

impl<'py> FromPyObject<'_, 'py> for Numbers {
    type Error = PyErr;

    fn extract(data: Borrowed<'_, 'py, PyAny>) -> PyResult<Numbers> {
        let data = data.to_owned();
        if data.hasattr("__array__")? {
            let data = array_of(&data)?;
            let n_axes: usize = data.getattr("ndim")?.extract()?;
            return match n_axes {
                1 => Ok(Numbers(numbers(&data, "numbers")?)),
                _ => Err(refusal(format!("an array of {n_axes} axes"), "one axis")),
            };
        }
        let number = |item: PyResult<Bound<'py, PyAny>>| {
            let item = item?;
            if item.is_none() {
                Ok(f64::NAN)
            } else {
                item.extract()
            }
        };
        data.try_iter()
            .and_then(|items| items.map(number).collect::<PyResult<_>>())
            .map(Numbers)
            .map_err(|error| {
                let found = data.get_type();
                refusal(
                    format!("a `{found}` ({error})"),
                    "a list, series or array of numbers",
                )
            })
    }
}

impl<'py> FromPyObject<'_, 'py> for Truths {
    type Error = PyErr;

    fn extract(data: Borrowed<'_, 'py, PyAny>) -> PyResult<Truths> {
        let truth = |number: &f64| match *number {
            0.0 => Ok(false),
            1.0 => Ok(true),
            other => Err(refusal(format!("the label {other}"), "0 and 1, or truths")),
        };
        data.extract::<Numbers>()?
            .iter()
            .map(truth)
            .collect::<PyResult<_>>()
            .map(Truths)
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
        let rows = data
            .try_iter()?
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

/// As a numpy array of float64.
fn array_of<'py>(data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let numpy = data.py().import("numpy")?;
    let array = numpy.call_method1("asarray", (data,))?;
    let dtype = array.getattr("dtype")?;
    // Python's objects may be numbers; complex numbers, texts and times are none.
    match dtype.getattr("kind")?.extract::<String>()?.as_str() {
        "b" | "i" | "u" | "f" | "O" => numpy.call_method1("asarray", (array, "float64")),
        _ => Err(refusal(format!("an array of {dtype}"), "numbers")),
    }
}

pub(crate) fn refusal(found: String, expected: &str) -> PyErr {
    SpanwiseError::new_err(format!("found {found}, expected {expected}"))
}
