//! Numbers from the objects and the arrays that Python holds them in.

use crate::array::Array;
use crate::numbers::{cut, refusal};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::PyFloat;

/// The number that an object is, NaN for one that stands for a missing value; `index` is where it stands.
pub(crate) fn number(item: &Bound<'_, PyAny>, index: usize) -> PyResult<f64> {
    if let Ok(float) = item.cast::<PyFloat>() {
        return Ok(float.value());
    }
    if item.is_none() || is_missing(item)? {
        return Ok(f64::NAN);
    }
    // an array within a list is no number, even of one item
    if item
        .getattr("ndim")
        .and_then(|n| n.extract())
        .is_ok_and(|n: usize| 0 < n)
    {
        return Err(no_number(item, index));
    }
    item.extract::<f64>()
        .map_err(|error| match error.is_instance_of::<PyOverflowError>(item.py()) {
            true => refusal(
                format!("a whole number of too many digits at index {index}"),
                "a number of at most 1.8e308",
            ),
            false => no_number(item, index),
        })
}

/// Whether an object is `pandas.NA`, `pandas.NaT` or numpy's masked cell.
pub(crate) fn is_missing(item: &Bound<'_, PyAny>) -> PyResult<bool> {
    let name = item.get_type().name()?;
    Ok(matches!(name.to_str()?, "NAType" | "NaTType" | "MaskedConstant"))
}

fn no_number(item: &Bound<'_, PyAny>, index: usize) -> PyErr {
    let text = item
        .repr()
        .map_or_else(|_| format!("a `{}`", item.get_type()), |text| text.to_string());
    refusal(format!("{} at index {index}", cut(&text)), "a number or None")
}

/// As a numpy array of float64, what is missing as NaN.
pub(crate) fn array_of<'py>(data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let numpy = data.py().import("numpy")?;
    if let Some(array) = of_nullable(data)? {
        return numpy.call_method1("asarray", (array, "float64"));
    }
    let array = numpy.call_method1("asanyarray", (data,))?;
    let dtype = array.getattr("dtype")?;
    let is_masked = array.hasattr("mask")? && array.hasattr("filled")?;
    // Python's objects may be numbers; complex numbers, texts and times are none.
    match dtype.getattr("kind")?.extract::<String>()?.as_str() {
        "b" | "i" | "u" | "f" if is_masked => {
            let array = array.call_method1("astype", ("float64",))?;
            numpy.call_method1("asarray", (array.call_method1("filled", (f64::NAN,))?,))
        }
        "b" | "i" | "u" | "f" => numpy.call_method1("asarray", (array, "float64")),
        "O" => of_objects(&numpy, &array),
        _ => Err(refusal(
            format!("an array of {dtype}{}", first_of(&array)),
            "an array of numbers",
        )),
    }
}

/// A column of pandas that has a value of its own for what is missing, as an array with NaN there.
fn of_nullable<'py>(data: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Ok(dtype) = data.getattr("dtype") else {
        return Ok(None);
    };
    if !dtype.hasattr("na_value")? || !data.hasattr("to_numpy")? {
        return Ok(None);
    }
    let kind = dtype.getattr("kind").and_then(|kind| kind.extract::<String>());
    if !kind.is_ok_and(|kind| matches!(kind.as_str(), "b" | "i" | "u" | "f")) {
        return Ok(None);
    }
    data.call_method1("to_numpy", ("float64", false, f64::NAN))
        .map(Some)
}

/// An array of Python's objects, one by one, in the shape that they have.
fn of_objects<'py>(numpy: &Bound<'py, PyAny>, array: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let flat = array.call_method0("ravel")?.call_method0("tolist")?;
    let numbers = flat
        .try_iter()?
        .enumerate()
        .map(|(index, item)| number(&item?, index))
        .collect::<PyResult<Vec<f64>>>()?;
    let numbers = Array::list(numbers).into_pyobject(numpy.py())?;
    numbers.call_method1("reshape", (array.getattr("shape")?,))
}

/// The first item of an array that holds no numbers, to show.
fn first_of(array: &Bound<'_, PyAny>) -> String {
    let first = array.call_method1("item", (0,)).and_then(|item| item.repr());
    first.map_or(String::new(), |first| {
        format!(" such as {}", cut(&first.to_string()))
    })
}
