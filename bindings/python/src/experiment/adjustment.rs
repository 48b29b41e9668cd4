//! Arms adjusted by covariates or strata.

use super::arm::{Arm, outcome_of};
use super::sums::Sums;
use crate::tidy::{Record, Tidy, result_class, row};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::experiment;

result_class! {
    /// Two arms after adjustment by covariates.
    "spanwise.experiment" Adjustment {
        /// The control, adjusted to the covariates' mean over both arms.
        control: Arm,
        /// The treatment, adjusted likewise.
        treatment: Arm,
        /// The metric's slope along each covariate.
        theta: Vec<f64>,
        /// The metric's variance after adjustment over that before.
        variance_ratio: f64,
    }

    fn __repr__(&self) -> String {
        format!("<Adjustment: variance times {:?}>", self.variance_ratio)
    }
}

/// A row for each arm.
impl Tidy for Adjustment {
    fn rows(&self) -> Vec<Record> {
        let arm = |name: &str, arm: &Arm| -> Record {
            let mut cells = row([("arm", name.into())]);
            cells.extend(arm.rows().swap_remove(0));
            cells.extend(row([("variance_ratio", self.variance_ratio.into())]));
            cells
        };
        vec![arm("control", &self.control), arm("treatment", &self.treatment)]
    }
}

/// CUPED: takes out of a metric what covariates from before the experiment explain.
///
/// Shapes: the sums of two arms, first the outcome's columns, then covariates.
/// Missing: a row with a missing number is dropped and counted.
/// Errors: ``SpanwiseError`` for fewer than 2 rows an arm, no covariate, covariates that repeat one
/// another.
/// Source: A. Deng, Y. Xu, R. Kohavi, T. Walker (2013), WSDM; gbstats.
#[pyfunction]
#[pyo3(signature = (control, treatment, *, outcome = "mean"))]
fn cuped(control: Py<Sums>, treatment: Py<Sums>, outcome: &str) -> PyResult<Adjustment> {
    let outcome = outcome_of(outcome)?;
    let found = computed(|| experiment::cuped(&control.get().sums, &treatment.get().sums, outcome))?;
    Ok(Adjustment {
        control: found.control.into(),
        treatment: found.treatment.into(),
        theta: found.theta,
        variance_ratio: found.variance_ratio,
    })
}

/// Two arms, each averaged over strata by the strata's shares in both arms together; pass the sums of each stratum.
///
/// Shapes: sums for each stratum, (n_strata,) both.
/// Missing: a row with a missing number is dropped and counted.
/// Errors: ``SpanwiseError`` for other lengths, fewer than 2 units of a stratum in an arm.
/// Source: L. W. Miratrix, J. S. Sekhon, B. Yu (2013), JRSS B 75, 369-396.
#[pyfunction]
#[pyo3(signature = (control, treatment, *, outcome = "mean"))]
fn post_stratify(control: Vec<Py<Sums>>, treatment: Vec<Py<Sums>>, outcome: &str) -> PyResult<(Arm, Arm)> {
    let sums = |strata: &[Py<Sums>]| -> Vec<experiment::Sums> {
        strata.iter().map(|stratum| stratum.get().sums.clone()).collect()
    };
    let (control, treatment, outcome) = (sums(&control), sums(&treatment), outcome_of(outcome)?);
    let [control, treatment] = computed(|| experiment::post_stratify(&control, &treatment, outcome))?;
    Ok((control.into(), treatment.into()))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Adjustment>()?;
    add_functions!(module, cuped, post_stratify);
    Ok(())
}
