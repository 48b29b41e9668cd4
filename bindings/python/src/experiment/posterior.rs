//! What is believed after the data.

use super::arm::Arm;
use super::comparison::{Unit, absolute};
use super::estimate::Estimate;
use crate::numbers::refusal;
use crate::result::{Checks, checks};
use crate::tidy::{Record, Tidy, result_class, row};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::experiment;

result_class! {
    /// What is believed of the effect of a treatment after the data.
    "spanwise.experiment" Posterior {
        /// The effect's mean and central credible interval.
        effect: Estimate,
        /// The effect's standard deviation.
        sd: f64,
        /// The probability that the treatment is better.
        chance_to_win: f64,
        /// Logarithms of the probabilities that the treatment is better and that it is not.
        ln_chances: (f64, f64),
        /// How much is lost on average by keeping the control.
        risk_control: f64,
        /// How much is lost on average by choosing the treatment.
        risk_treatment: f64,
        /// The metric of the control.
        control: f64,
        /// The metric of the treatment.
        treatment: f64,
        /// What is taken for granted: name, whether it seems to hold, and the number that speaks for or against it.
        checks: Checks,
        /// What a reader must know to read the numbers right.
        caveats: Vec<String>,
    }

    fn __repr__(&self) -> String {
        let chance = self.chance_to_win;
        format!("<Posterior: {}, chance to win {chance:?}>", self.effect.told())
    }
}

impl Tidy for Posterior {
    fn rows(&self) -> Vec<Record> {
        let mut cells = row(self.effect.cells());
        cells.extend(row([
            ("sd", self.sd.into()),
            ("chance_to_win", self.chance_to_win.into()),
            ("risk_control", self.risk_control.into()),
            ("risk_treatment", self.risk_treatment.into()),
            ("control", self.control.into()),
            ("treatment", self.treatment.into()),
        ]));
        vec![cells]
    }
}

/// The effect after the data, with a normal prior ``(mean, sd)`` or a flat one; ``prior_unit`` is "relative" or "absolute".
///
/// Shapes: two arms.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` as ``fixed_horizon``; a prior deviation that is not above 0.
/// Source: gbstats ``EffectBayesianABTest``.
#[pyfunction]
#[pyo3(signature = (control, treatment, *, difference = absolute(), prior = None, prior_unit = "relative", lower_is_better = false, level = 0.95))]
fn posterior(
    control: Py<Arm>,
    treatment: Py<Arm>,
    difference: Unit,
    prior: Option<(f64, f64)>,
    prior_unit: &str,
    lower_is_better: bool,
    level: f64,
) -> PyResult<Posterior> {
    let unit = match prior_unit {
        "relative" => experiment::PriorUnit::Relative,
        "absolute" => experiment::PriorUnit::Absolute,
        other => {
            return Err(refusal(
                format!("the prior's unit {other:?}"),
                "\"relative\" or \"absolute\"",
            ));
        }
    };
    let prior = prior.map(|(mean, sd)| experiment::Prior { mean, sd, unit });
    let (control, treatment) = (control.get().inner(), treatment.get().inner());
    let difference = difference.difference()?;
    let found =
        computed(|| experiment::posterior(&control, &treatment, difference, prior, lower_is_better, level))?;
    Ok(Posterior {
        effect: found.effect.into(),
        sd: found.sd,
        chance_to_win: found.chance_to_win,
        ln_chances: found.ln_chances.into(),
        risk_control: found.risk_control,
        risk_treatment: found.risk_treatment,
        control: found.control,
        treatment: found.treatment,
        checks: checks(&found.checks),
        caveats: found.caveats,
    })
}

result_class! {
    /// What is believed of two rates after the data.
    "spanwise.experiment" BetaComparison {
        /// The control's rate: posterior mean and central credible interval.
        control: Estimate,
        /// The treatment's rate.
        treatment: Estimate,
        /// Treatment minus control.
        difference: Estimate,
        /// Treatment over control minus 1: median and central credible interval.
        relative: Estimate,
        /// The probability that the treatment's rate is higher.
        chance_to_win: f64,
        /// Logarithms of the probabilities that it is higher and that it is lower.
        ln_chances: (f64, f64),
        /// The rate lost on average by keeping the control.
        risk_control: f64,
        /// The rate lost on average by choosing the treatment.
        risk_treatment: f64,
    }

    fn __repr__(&self) -> String {
        let chance = self.chance_to_win;
        format!("<BetaComparison: {}, chance to win {chance:?}>", self.difference.told())
    }
}

/// A row for each rate, their difference and their relation.
impl Tidy for BetaComparison {
    fn rows(&self) -> Vec<Record> {
        let estimates = [
            ("control", &self.control),
            ("treatment", &self.treatment),
            ("difference", &self.difference),
            ("relative", &self.relative),
        ];
        let cells = estimates.map(|(name, estimate)| {
            let mut cells = row([("name", name.into())]);
            cells.extend(row(estimate.cells()));
            cells.extend(row([("chance_to_win", self.chance_to_win.into())]));
            cells
        });
        cells.into()
    }
}

/// Two rates after ``(successes, trials)`` of each, from the same beta prior.
///
/// Shapes: two pairs of counts.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for more successes than trials, a prior that is not above 0.
/// Source: E. Miller (2014), Formulas for Bayesian A/B testing; C. Stucchio (2015), Bayesian A/B testing at
/// VWO.
#[pyfunction]
#[pyo3(signature = (control, treatment, *, prior = (1.0, 1.0), level = 0.95))]
fn beta_binomial(
    control: (u64, u64),
    treatment: (u64, u64),
    prior: (f64, f64),
    level: f64,
) -> PyResult<BetaComparison> {
    let found = computed(|| experiment::beta_binomial(control, treatment, prior, level))?;
    Ok(BetaComparison {
        control: found.control.into(),
        treatment: found.treatment.into(),
        difference: found.difference.into(),
        relative: found.relative.into(),
        chance_to_win: found.chance_to_win,
        ln_chances: found.ln_chances.into(),
        risk_control: found.risk_control,
        risk_treatment: found.risk_treatment,
    })
}

/// The probability of each of several rates, as ``(successes, trials)``, that it is the highest.
///
/// Shapes: a pair of counts for each arm.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` as ``beta_binomial``; fewer than 2 arms.
/// Source: C. Stucchio (2015), Bayesian A/B testing at VWO.
#[pyfunction]
#[pyo3(signature = (arms, *, prior = (1.0, 1.0)))]
fn chances_to_be_best(arms: Vec<(u64, u64)>, prior: (f64, f64)) -> PyResult<Vec<f64>> {
    computed(|| experiment::chances_to_be_best(&arms, prior))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Posterior>()?;
    module.add_class::<BetaComparison>()?;
    add_functions!(module, posterior, beta_binomial, chances_to_be_best);
    Ok(())
}
