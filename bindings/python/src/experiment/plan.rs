//! How many units an experiment takes.

use crate::numbers::refusal;
use crate::tidy::{Tidy, result_class};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::experiment;

result_class! {
    /// What an experiment shall be able to do, and how many units that takes.
    ///
    /// A baseline is ``variance=`` of one unit, or ``share=`` of successes with ``null_variance`` "unpooled", "pooled" or "baseline".
    /// ``tuning`` plans for a confidence sequence, ``inflation`` for group-sequential looks.
    "spanwise.experiment" Plan {
        /// The type I error of the whole family of comparisons.
        alpha: f64,
        /// The probability of finding the effect if it is there.
        target_power: f64,
        /// Whether an effect counts on either side.
        two_sided: bool,
        /// Units of the treatment for each of the control.
        allocation: f64,
        /// The variance left by covariates; 1 without.
        variance_factor: f64,
        /// Comparisons among which alpha is split evenly.
        n_comparisons: u32,
        /// The tuning of a confidence sequence, or None.
        tuning: Option<f64>,
        /// The inflation of group-sequential looks, or None.
        inflation: Option<f64>,
    }

    #[new]
    #[pyo3(signature = (*, alpha = 0.05, power = 0.8, two_sided = true, allocation = 1.0, variance_factor = 1.0, n_comparisons = 1, tuning = None, inflation = None))]
    fn new(
        alpha: f64,
        power: f64,
        two_sided: bool,
        allocation: f64,
        variance_factor: f64,
        n_comparisons: u32,
        tuning: Option<f64>,
        inflation: Option<f64>,
    ) -> PyResult<Plan> {
        if tuning.is_some() && inflation.is_some() {
            return Err(refusal(
                "both a tuning and an inflation".to_owned(),
                "one of them at most",
            ));
        }
        Ok(Plan {
            alpha,
            target_power: power,
            two_sided,
            allocation,
            variance_factor,
            n_comparisons,
            tuning,
            inflation,
        })
    }

    /// Units of the control and of the treatment, not rounded, that find an absolute ``effect``.
    #[pyo3(signature = (effect, *, variance = None, share = None, null_variance = "unpooled"))]
    fn sample_size(
        &self,
        effect: f64,
        variance: Option<f64>,
        share: Option<f64>,
        null_variance: &str,
    ) -> PyResult<(f64, f64)> {
        let baseline = baseline_of(variance, share, null_variance)?;
        let found = computed(|| self.inner().sample_size(baseline, effect))?;
        Ok((found.control, found.treatment))
    }

    /// The smallest increase that ``n_control`` units in the control find.
    #[pyo3(signature = (n_control, *, variance = None, share = None, null_variance = "unpooled"))]
    fn detectable(
        &self,
        n_control: f64,
        variance: Option<f64>,
        share: Option<f64>,
        null_variance: &str,
    ) -> PyResult<f64> {
        let baseline = baseline_of(variance, share, null_variance)?;
        computed(|| self.inner().detectable(baseline, n_control))
    }

    /// The probability of finding an ``effect`` with ``n_control`` units in the control.
    #[pyo3(signature = (effect, n_control, *, variance = None, share = None, null_variance = "unpooled"))]
    fn power(
        &self,
        effect: f64,
        n_control: f64,
        variance: Option<f64>,
        share: Option<f64>,
        null_variance: &str,
    ) -> PyResult<f64> {
        let baseline = baseline_of(variance, share, null_variance)?;
        computed(|| self.inner().power(baseline, effect, n_control))
    }

    fn __repr__(&self) -> String {
        let Plan { alpha, target_power, .. } = self;
        format!("Plan(alpha={alpha:?}, power={target_power:?})")
    }
}

impl Tidy for Plan {}

impl Plan {
    fn inner(&self) -> experiment::Plan {
        experiment::Plan {
            alpha: self.alpha,
            power: self.target_power,
            sides: match self.two_sided {
                true => experiment::Sides::Two,
                false => experiment::Sides::One,
            },
            allocation: self.allocation,
            variance_factor: self.variance_factor,
            n_comparisons: self.n_comparisons,
            monitoring: match (self.tuning, self.inflation) {
                (Some(tuning), _) => experiment::Monitoring::AlwaysValid { tuning },
                (None, Some(factor)) => experiment::Monitoring::Inflated(factor),
                (None, None) => experiment::Monitoring::Fixed,
            },
        }
    }
}

fn baseline_of(
    variance: Option<f64>,
    share: Option<f64>,
    null_variance: &str,
) -> PyResult<experiment::Baseline> {
    let null = match null_variance {
        "unpooled" => experiment::NullVariance::Unpooled,
        "pooled" => experiment::NullVariance::Pooled,
        "baseline" => experiment::NullVariance::Baseline,
        other => {
            return Err(refusal(
                format!("the null variance {other:?}"),
                "\"unpooled\", \"pooled\" or \"baseline\"",
            ));
        }
    };
    match (variance, share) {
        (Some(variance), None) => Ok(experiment::Baseline::Variance(variance)),
        (None, Some(share)) => Ok(experiment::Baseline::Proportion { share, null }),
        _ => Err(refusal(
            "no baseline or two".to_owned(),
            "either `variance` or `share`",
        )),
    }
}

/// The variance that a covariate leaves, ``1 - rho ** 2`` for its correlation with the metric.
///
/// Shapes: a number in [-1, 1].
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for rho outside [-1, 1].
/// Source: A. Deng, Y. Xu, R. Kohavi, T. Walker (2013), WSDM.
#[pyfunction]
fn variance_factor(rho: f64) -> PyResult<f64> {
    computed(|| experiment::variance_factor(rho))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Plan>()?;
    add_functions!(module, variance_factor);
    Ok(())
}
