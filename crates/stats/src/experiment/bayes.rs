use super::comparison::refuse_nan;
use super::contrast::{Contrast, above_0};
use super::{Arm, Difference};
use crate::interval::{Estimate, two_sided_normal};
use crate::math::sqrt;
use crate::special::{ln_normal_sf, normal_pdf, normal_sf};
use crate::test::Assumption;
use crate::{StatsError, check};

/// What was believed of the effect before: normal with this mean and standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// The effect expected.
    pub mean: f64,
    /// How far it may be off; above 0.
    pub sd: f64,
    /// The unit of both, rescaled by the control's size where the effect is in the other.
    pub unit: PriorUnit,
}

/// The unit of a prior on the effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PriorUnit {
    /// A fraction of the control's value: one prior fits metrics of any size.
    #[default]
    Relative,
    /// The metric's unit.
    Absolute,
}

/// What is believed of the effect of a treatment after the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    /// The unit of the effect.
    pub difference: Difference,
    /// The effect's mean and central credible interval.
    pub effect: Estimate,
    /// The effect's standard deviation.
    pub sd: f64,
    /// Probability that the treatment is better.
    pub chance_to_win: f64,
    /// `ln` of the probability that the treatment is better and that it is not, precise where one is close to 1.
    pub ln_chances: [f64; 2],
    /// How much is lost on average by keeping the control: the expected effect, counted 0 where the treatment is worse.
    pub risk_control: f64,
    /// How much is lost on average by choosing the treatment.
    pub risk_treatment: f64,
    /// The metric of the control.
    pub control: f64,
    /// The metric of the treatment.
    pub treatment: f64,
    /// Units of the control.
    pub n_control: u64,
    /// Units of the treatment.
    pub n_treatment: u64,
    /// What is taken for granted, and whether the arms look like it.
    pub checks: Vec<Assumption>,
    /// What a reader must know, in sentences.
    pub caveats: Vec<String>,
}

/// The effect of a treatment after the data, normal prior and normal likelihood; a flat prior without one.
///
/// `lower_is_better` swaps the chances and risks, not the effect. `level` is that of the central credible interval.
///
/// # Assumptions
/// Means are near normal. Looking often does not break the posterior, but a rule that stops as soon as the chance to
/// win is high errs more often than the chance says, unless the prior is right.
///
/// # Errors
/// As [`fixed_horizon`](super::fixed_horizon); [`StatsError::OutOfRange`] for a prior deviation not above 0;
/// [`StatsError::Undefined`] for a relative prior on a control of 0.
///
/// # Reference
/// Checked against gbstats 0.8.0 `EffectBayesianABTest`.
pub fn posterior(
    control: &Arm,
    treatment: &Arm,
    difference: Difference,
    prior: Option<Prior>,
    lower_is_better: bool,
    level: f64,
) -> Result<Posterior, StatsError> {
    check::level(level)?;
    let contrast = Contrast::of(control, treatment, difference)?;
    let (mean, variance) = match prior {
        None => (contrast.effect, contrast.variance),
        Some(prior) => {
            let unit = unit_of(prior.unit, difference, control, treatment)?;
            prior.updated(unit, &contrast)?
        }
    };
    let sd = sqrt(variance);
    let half = two_sided_normal(level) * sd;
    let effect = Estimate {
        value: mean,
        low: mean - half,
        high: mean + half,
    };
    let sign = if lower_is_better { -1.0 } else { 1.0 };
    let question = super::Question {
        difference,
        level,
        ..super::Question::default()
    };
    let base = contrast.comparison(control, treatment, &question);
    let found = Posterior {
        difference,
        effect,
        sd,
        chance_to_win: normal_sf(-sign * mean / sd),
        ln_chances: [ln_normal_sf(-sign * mean / sd), ln_normal_sf(sign * mean / sd)],
        risk_control: sd * mean_above_0(sign * mean / sd),
        risk_treatment: sd * mean_above_0(-sign * mean / sd),
        control: control.value,
        treatment: treatment.value,
        n_control: control.n,
        n_treatment: treatment.n,
        checks: base.checks,
        caveats: base.caveats,
    };
    let Estimate { value, low, high } = found.effect;
    refuse_nan(&[
        value,
        low,
        high,
        sd,
        found.chance_to_win,
        found.risk_control,
        found.risk_treatment,
    ])?;
    Ok(found)
}

impl Prior {
    /// Mean and variance after the data, with the prior in `unit` of the effect.
    fn updated(self, unit: f64, contrast: &Contrast) -> Result<(f64, f64), StatsError> {
        check::finite("prior mean", &[self.mean])?;
        let sd = above_0("prior sd", self.sd)? * unit.abs();
        let prior_precision = 1.0 / (sd * sd);
        let precision = 1.0 / contrast.variance + prior_precision;
        let mean = (contrast.effect / contrast.variance + self.mean * unit * prior_precision) / precision;
        Ok((mean, 1.0 / precision))
    }
}

/// One unit of the prior in the unit of the effect.
fn unit_of(
    unit: PriorUnit,
    difference: Difference,
    control: &Arm,
    treatment: &Arm,
) -> Result<f64, StatsError> {
    let base = control.unadjusted.abs();
    if unit == PriorUnit::Relative && base == 0.0 {
        return Err(StatsError::Undefined {
            what: "relative prior",
            reason: "the control's value is 0",
        });
    }
    Ok(match (unit, difference) {
        (PriorUnit::Relative, Difference::Relative) | (PriorUnit::Absolute, Difference::Absolute) => 1.0,
        (PriorUnit::Relative, Difference::Absolute) => base,
        (PriorUnit::Absolute, Difference::Relative) => 1.0 / base,
        (
            unit,
            Difference::Scaled {
                traffic_share,
                n_days,
            },
        ) => {
            let factor = treatment.n as f64 / traffic_share / n_days;
            if unit == PriorUnit::Relative {
                base * factor
            } else {
                factor
            }
        }
    })
}

/// `E[max(x, 0)]` of a normal x with mean `z` and deviation 1.
fn mean_above_0(z: f64) -> f64 {
    (z * normal_sf(-z) + normal_pdf(z)).max(0.0)
}
