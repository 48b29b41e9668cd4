//! What one arm says about a metric.

use super::n_codes;
use crate::numbers::{Codes, Numbers, refusal};
use crate::result::{Checks, checks};
use crate::tidy::{Tidy, result_class};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::StatsError;
use stats::experiment::{self, Outcome};
use stats::test::Assumption;

pub(super) fn outcome_of(word: &str) -> PyResult<Outcome> {
    match word {
        "mean" => Ok(Outcome::Mean),
        "ratio" => Ok(Outcome::Ratio),
        other => Err(refusal(format!("the outcome {other:?}"), "\"mean\" or \"ratio\"")),
    }
}

result_class! {
    /// What one arm says about a metric: its value and the variance that one unit brings.
    "spanwise.experiment" Arm {
        /// Units.
        n: u64,
        /// The metric, adjusted if covariates or strata were used.
        value: f64,
        /// The metric without adjustment.
        unadjusted: f64,
        /// The variance that one unit brings.
        variance: f64,
        /// Rows dropped because a value was missing.
        n_dropped: u64,
        /// What is taken for granted: name, whether it seems to hold, and the number that speaks for or against it.
        checks: Checks,
    }

    /// An arm that another system summed up: ``value`` has the standard error ``sqrt(variance / n)``.
    #[new]
    #[pyo3(signature = (n, value, variance, *, unadjusted = None))]
    fn new(n: u64, value: f64, variance: f64, unadjusted: Option<f64>) -> Arm {
        Arm {
            n,
            value,
            unadjusted: unadjusted.unwrap_or(value),
            variance,
            n_dropped: 0,
            checks: Vec::new(),
        }
    }

    /// The standard error of the value.
    #[getter]
    fn standard_error(&self) -> f64 {
        self.inner().standard_error()
    }

    fn __repr__(&self) -> String {
        let Arm {
            n, value, variance, ..
        } = self;
        format!("Arm(n={n}, value={value:?}, variance={variance:?})")
    }
}

impl Tidy for Arm {}

impl From<experiment::Arm> for Arm {
    fn from(arm: experiment::Arm) -> Arm {
        Arm {
            n: arm.n,
            value: arm.value,
            unadjusted: arm.unadjusted,
            variance: arm.variance,
            n_dropped: arm.n_dropped,
            checks: checks(&arm.checks),
        }
    }
}

impl Arm {
    pub(super) fn inner(&self) -> experiment::Arm {
        let checks = self.checks.iter().map(|(name, holds, detail)| Assumption {
            name,
            holds: *holds,
            detail: detail.clone(),
        });
        experiment::Arm {
            n: self.n,
            value: self.value,
            unadjusted: self.unadjusted,
            variance: self.variance,
            n_dropped: self.n_dropped,
            checks: checks.collect(),
        }
    }
}

pub(super) fn made(work: impl FnOnce() -> Result<experiment::Arm, StatsError> + Send) -> PyResult<Arm> {
    computed(work).map(Arm::from)
}

/// The mean of one value per unit.
///
/// Shapes: values (n_units,).
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for fewer than 2 values, infinities.
/// Source: A. Deng, U. Knoblich, J. Lu (2018), Applying the delta method in metric analytics, KDD.
#[pyfunction]
fn mean(values: Numbers) -> PyResult<Arm> {
    made(|| experiment::Arm::of_values(&values))
}

/// The share of units with a success.
///
/// Shapes: successes and n are counts.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for no units, more successes than units.
/// Source: A. Deng, U. Knoblich, J. Lu (2018), Applying the delta method in metric analytics, KDD.
#[pyfunction]
fn proportion(successes: u64, n: u64) -> PyResult<Arm> {
    made(|| experiment::Arm::of_proportion(successes, n))
}

/// The sum of numerators over the sum of denominators, one row per unit, with the delta method's variance.
///
/// Shapes: numerator, denominator (n_units,).
/// Missing: a row with a missing number is dropped and counted.
/// Errors: ``SpanwiseError`` for fewer than 2 rows, denominators that sum to 0, other lengths, infinities.
/// Source: A. Deng, U. Knoblich, J. Lu (2018), Applying the delta method in metric analytics, KDD; gbstats.
#[pyfunction]
fn ratio(numerator: Numbers, denominator: Numbers) -> PyResult<Arm> {
    made(|| {
        let sums = experiment::Sums::of_columns(&[&numerator, &denominator])?;
        experiment::Arm::of_sums(&sums, Outcome::Ratio)
    })
}

/// A quantile at ``q``, its variance from order statistics; with ``units``, codes of whom each value is of, clustered by them.
///
/// Shapes: values (n,), units (n,).
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for too few values for the order statistics, these equal, q outside (0, 1).
/// Source: A. Deng, U. Knoblich, J. Lu (2018), Applying the delta method in metric analytics, KDD, section
/// 4.
#[pyfunction]
#[pyo3(signature = (values, q, units = None))]
fn quantile(values: Numbers, q: f64, units: Option<Codes>) -> PyResult<Arm> {
    made(|| match &units {
        None => experiment::quantile_arm(&values, q),
        Some(units) => experiment::quantile_arm_of_events(&values, units, n_codes(units), q),
    })
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(module, mean, proportion, ratio, quantile);
    Ok(())
}
