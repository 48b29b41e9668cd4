//! Values of units, before they are summed up.

use crate::array::Array;
use crate::numbers::{Codes, Numbers};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::experiment;

/// Values of both arms cut at their common quantile: the values, the cap and the number cut.
///
/// Shapes: values (n,) of both arms.
/// Missing: stays missing.
/// Errors: ``SpanwiseError`` for q outside (0, 1), no values, infinities.
/// Source: numpy ``quantile``; J. W. Tukey (1962), Annals of Mathematical Statistics 33, 1-67
/// (winsorising).
#[pyfunction]
#[pyo3(signature = (values, q, *, ignore_zeros = false))]
fn cap_at_quantile(values: Numbers, q: f64, ignore_zeros: bool) -> PyResult<(Array, f64, u64)> {
    let found = computed(|| experiment::cap_at_quantile(&values, q, ignore_zeros))?;
    Ok((Array::list(found.values), found.cap, found.n_capped))
}

/// Each unit's events within its window, summed; NaN for a window still open and for a unit never exposed.
///
/// ``exposed_at`` is of shape (n_units,), the others of shape (n_events,); times are in one unit, ``until`` is when data end.
///
/// Shapes: exposed_at (n_units,), events (n_events,); the answer is (n_units,).
/// Missing: a unit never exposed is NaN.
/// Errors: ``SpanwiseError`` for a delay below 0, a length that is not above 0, codes out of range, other
/// lengths.
/// Source: pandas ``groupby(...).sum()`` of the events within.
#[pyfunction]
#[pyo3(signature = (exposed_at, event_units, event_times, event_values, *, until, length, delay = 0.0))]
fn window_sums(
    exposed_at: Numbers,
    event_units: Codes,
    event_times: Numbers,
    event_values: Numbers,
    until: f64,
    length: f64,
    delay: f64,
) -> PyResult<Array> {
    let window = experiment::Window { delay, length };
    let found = computed(|| window.sum(&exposed_at, &event_units, &event_times, &event_values, until))?;
    Ok(Array::list(found.values))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(module, cap_at_quantile, window_sums);
    Ok(())
}
