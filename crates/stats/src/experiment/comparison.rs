use crate::StatsError;
use crate::interval::Estimate;
use crate::math::exp;
use crate::test::{Alternative, Assumption};

/// What the difference of two arms is measured in.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Difference {
    /// Treatment minus control, in the metric's unit.
    #[default]
    Absolute,
    /// The same as a fraction of the control's unadjusted value; 0.1 is ten percent more.
    Relative,
    /// The absolute difference times the treatment's units, had everyone been treated: per day.
    Scaled {
        /// The share of all traffic that went to the treatment, in (0, 1].
        traffic_share: f64,
        /// How long the experiment took.
        n_days: f64,
    },
}

/// What is asked about two arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    /// What the effect is measured in.
    pub difference: Difference,
    /// `Greater` asks whether the treatment lies above the control.
    pub alternative: Alternative,
    /// The confidence level of the interval, a fraction in (0, 1); 1 minus the type I error.
    pub level: f64,
    /// The effect under the null hypothesis, in the unit of `difference`; 0 but for non-inferiority and the like.
    pub null: f64,
}

impl Default for Question {
    /// Absolute, two-sided, at 95 %, against 0.
    fn default() -> Self {
        Self {
            difference: Difference::Absolute,
            alternative: Alternative::TwoSided,
            level: 0.95,
            null: 0.0,
        }
    }
}

/// What an experiment says about one metric of one treatment against the control.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The method's usual name.
    pub method: &'static str,
    /// What was asked.
    pub question: Question,
    /// Treatment against control, in the unit of the question, with its interval (open on one side if one-sided).
    pub effect: Estimate,
    /// The standard error of the effect.
    pub standard_error: f64,
    /// The test statistic.
    pub statistic: f64,
    /// Its usual letter or name.
    pub statistic_name: &'static str,
    /// Degrees of freedom, where the method has them.
    pub df: Option<f64>,
    /// Probability of a statistic at least as extreme under the null hypothesis.
    pub p_value: f64,
    /// Its natural logarithm, finite where it underflows.
    pub ln_p_value: f64,
    /// The metric of the control, adjusted if covariates or strata were used.
    pub control: f64,
    /// The metric of the treatment.
    pub treatment: f64,
    /// Units of the control.
    pub n_control: u64,
    /// Units of the treatment.
    pub n_treatment: u64,
    /// Rows left out in both arms because a value was missing.
    pub n_dropped: u64,
    /// What the method takes for granted, and whether the arms look like it.
    pub checks: Vec<Assumption>,
    /// What a reader must know to read the numbers right, in sentences.
    pub caveats: Vec<String>,
}

impl Comparison {
    /// Whether the null hypothesis is rejected at the question's level.
    #[must_use]
    pub fn is_significant(&self) -> bool {
        self.p_value <= 1.0 - self.question.level
    }

    /// With the p-value of this logarithm; refused where numbers ran out of the range of floating point on the way.
    pub(super) fn with_ln_p(self, ln_p: f64) -> Result<Self, StatsError> {
        let Estimate { value, low, high } = self.effect;
        refuse_nan(&[ln_p, self.statistic, self.standard_error, value, low, high])?;
        let ln_p_value = ln_p.min(0.0);
        Ok(Self {
            p_value: exp(ln_p_value),
            ln_p_value,
            ..self
        })
    }
}

pub(super) fn refuse_nan(numbers: &[f64]) -> Result<(), StatsError> {
    if numbers.iter().any(|number| number.is_nan()) {
        return Err(StatsError::Undefined {
            what: "comparison",
            reason: "values or variances are too large or too small for its arithmetic; change their unit",
        });
    }
    Ok(())
}
