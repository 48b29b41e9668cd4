//! Two arms compared once, or as often as one likes.

use super::arm::Arm;
use super::comparison::{Comparison, Unit, absolute, compared, question};
use crate::add_functions;
use pyo3::prelude::*;
use stats::experiment;

/// Two arms compared once, at a size fixed in advance, by Welch's t; with ``normal=True`` by z.
///
/// Shapes: two arms.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for fewer than 2 units, an arm without spread, a relative effect on a control
/// of 0.
/// Source: B. L. Welch (1947), Biometrika 34, 28-35; gbstats ``TwoSidedTTest``.
#[pyfunction]
#[pyo3(signature = (control, treatment, *, difference = absolute(), alternative = "two-sided", level = 0.95, null = 0.0, normal = false))]
fn fixed_horizon(
    control: Py<Arm>,
    treatment: Py<Arm>,
    difference: Unit,
    alternative: &str,
    level: f64,
    null: f64,
    normal: bool,
) -> PyResult<Comparison> {
    let question = question(difference, alternative, level, null)?;
    let (control, treatment) = (control.get().inner(), treatment.get().inner());
    compared(|| match normal {
        true => experiment::fixed_horizon_normal(&control, &treatment, &question),
        false => experiment::fixed_horizon(&control, &treatment, &question),
    })
}

/// Two arms compared as often as you like: an asymptotic confidence sequence, narrowest at ``tuning`` units in both arms.
///
/// Shapes: two arms.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` as ``fixed_horizon``; a tuning that is not above 0.
/// Source: I. Waudby-Smith et al. (2023), arXiv:2103.06476; gbstats ``SequentialTwoSidedTTest``.
#[pyfunction]
#[pyo3(signature = (control, treatment, *, tuning = 5000.0, difference = absolute(), alternative = "two-sided", level = 0.95, null = 0.0))]
fn confidence_sequence(
    control: Py<Arm>,
    treatment: Py<Arm>,
    tuning: f64,
    difference: Unit,
    alternative: &str,
    level: f64,
    null: f64,
) -> PyResult<Comparison> {
    let question = question(difference, alternative, level, null)?;
    let (control, treatment) = (control.get().inner(), treatment.get().inner());
    compared(|| experiment::confidence_sequence(&control, &treatment, &question, tuning))
}

/// The mixture sequential probability ratio test; ``tau2`` is the variance of effects hoped for, in the effect's unit.
///
/// Shapes: two arms.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` as ``fixed_horizon``; tau2 that is not above 0.
/// Source: R. Johari, L. Pekelis, D. J. Walsh (2015), Always valid inference, arXiv:1512.04922.
#[pyfunction]
#[pyo3(signature = (control, treatment, tau2, *, difference = absolute(), alternative = "two-sided", level = 0.95, null = 0.0))]
fn msprt(
    control: Py<Arm>,
    treatment: Py<Arm>,
    tau2: f64,
    difference: Unit,
    alternative: &str,
    level: f64,
    null: f64,
) -> PyResult<Comparison> {
    let question = question(difference, alternative, level, null)?;
    let (control, treatment) = (control.get().inner(), treatment.get().inner());
    compared(|| experiment::msprt(&control, &treatment, &question, tau2))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(module, fixed_horizon, confidence_sequence, msprt);
    Ok(())
}
