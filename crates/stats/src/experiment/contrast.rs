use super::{Arm, Comparison, Difference, Question};
use crate::interval::Estimate;
use crate::math::sqrt;
use crate::test::Assumption;
use crate::{StatsError, check};

/// The difference of two arms and its variance, in the unit of the question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contrast {
    pub(super) effect: f64,
    pub(super) variance: f64,
    /// Welch and Satterthwaite's degrees of freedom of the absolute difference.
    pub(super) df: f64,
    /// Units in both arms.
    pub(super) n: f64,
}

impl Contrast {
    pub(super) fn of(control: &Arm, treatment: &Arm, difference: Difference) -> Result<Self, StatsError> {
        check_arm("control", control)?;
        check_arm("treatment", treatment)?;
        let (var_a, var_b) = (squared_error(control), squared_error(treatment));
        if !(var_a > 0.0 && var_b > 0.0) {
            return Err(StatsError::Undefined {
                what: "difference of two arms",
                reason: "all units of an arm are equal, so its spread is unknown; compare shares by an exact test",
            });
        }
        let (n_a, n_b) = (control.n as f64, treatment.n as f64);
        let sum = var_a + var_b;
        let absolute = Self {
            effect: treatment.value - control.value,
            variance: sum,
            df: welch_df(var_a / sum, n_a, var_b / sum, n_b),
            n: n_a + n_b,
        };
        match difference {
            Difference::Absolute => Ok(absolute),
            Difference::Relative => absolute.relative_to(control, treatment),
            Difference::Scaled {
                traffic_share,
                n_days,
            } => absolute.scaled(n_b, traffic_share, n_days),
        }
    }

    /// The delta method at the unadjusted values.
    fn relative_to(self, control: &Arm, treatment: &Arm) -> Result<Self, StatsError> {
        let base = control.unadjusted;
        if base == 0.0 {
            return Err(StatsError::Undefined {
                what: "relative effect",
                reason: "the control's value is 0",
            });
        }
        let ratio = treatment.unadjusted / base;
        let variance = squared_error(treatment) + squared_error(control) * ratio * ratio;
        Ok(Self {
            effect: self.effect / base,
            variance: variance / (base * base),
            ..self
        })
    }

    fn scaled(self, n_treatment: f64, traffic_share: f64, n_days: f64) -> Result<Self, StatsError> {
        if !(traffic_share > 0.0 && traffic_share <= 1.0) {
            return Err(StatsError::OutOfRange {
                what: "traffic_share",
                found: traffic_share,
                expected: "in (0, 1]",
            });
        }
        above_0("n_days", n_days)?;
        let factor = n_treatment / traffic_share / n_days;
        Ok(Self {
            effect: self.effect * factor,
            variance: self.variance * factor * factor,
            ..self
        })
    }

    pub(super) fn standard_error(&self) -> f64 {
        sqrt(self.variance)
    }

    /// What every method says alike; statistic, p-value and interval are the method's own.
    pub(super) fn comparison(&self, control: &Arm, treatment: &Arm, question: &Question) -> Comparison {
        Comparison {
            method: "",
            question: *question,
            effect: Estimate {
                value: self.effect,
                low: f64::NEG_INFINITY,
                high: f64::INFINITY,
            },
            standard_error: self.standard_error(),
            statistic: 0.0,
            statistic_name: "",
            df: None,
            p_value: 1.0,
            ln_p_value: 0.0,
            control: control.value,
            treatment: treatment.value,
            n_control: control.n,
            n_treatment: treatment.n,
            n_dropped: control.n_dropped + treatment.n_dropped,
            checks: checks(control, treatment, question.difference),
            caveats: caveats(control, treatment, question.difference),
        }
    }
}

/// From each arm's share of the variance, whose squares neither overflow nor vanish.
fn welch_df(share_a: f64, n_a: f64, share_b: f64, n_b: f64) -> f64 {
    1.0 / (share_a * share_a / (n_a - 1.0) + share_b * share_b / (n_b - 1.0))
}

pub(super) fn check_question(question: &Question) -> Result<(), StatsError> {
    check::level(question.level)?;
    check::finite("null", &[question.null])
}

pub(super) fn above_0(what: &'static str, found: f64) -> Result<f64, StatsError> {
    if found > 0.0 && found.is_finite() {
        return Ok(found);
    }
    Err(StatsError::OutOfRange {
        what,
        found,
        expected: "above 0 and finite",
    })
}

fn check_arm(what: &'static str, arm: &Arm) -> Result<(), StatsError> {
    check::at_least(what, usize::try_from(arm.n).unwrap_or(usize::MAX), 2)?;
    check::finite(what, &[arm.value, arm.unadjusted, arm.variance])
}

fn squared_error(arm: &Arm) -> f64 {
    arm.variance / arm.n as f64
}

/// The arms' own, each named, and that of the relative effect.
fn checks(control: &Arm, treatment: &Arm, difference: Difference) -> Vec<Assumption> {
    let named = |name: &str, arm: &Arm| -> Vec<Assumption> {
        let prefixed = |check: &Assumption| Assumption {
            detail: format!("{name}: {}", check.detail),
            ..check.clone()
        };
        arm.checks.iter().map(prefixed).collect()
    };
    let mut checks = named("control", control);
    checks.extend(named("treatment", treatment));
    if difference == Difference::Relative {
        let distance = control.unadjusted.abs() / control.standard_error();
        checks.push(Assumption {
            name: "control is far from 0",
            holds: distance >= 10.0,
            detail: format!(
                "its value is {distance:.1} standard errors; 10 are needed for a relative effect"
            ),
        });
    }
    checks
}

fn caveats(control: &Arm, treatment: &Arm, difference: Difference) -> Vec<String> {
    let mut caveats = Vec::new();
    let n_dropped = control.n_dropped + treatment.n_dropped;
    if n_dropped > 0 {
        caveats.push(format!(
            "{n_dropped} rows were left out because a value was missing; the arms stay comparable only if the treatment \
             does not decide what is missing"
        ));
    }
    if difference == Difference::Relative && control.unadjusted < 0.0 {
        caveats.push(
            "the control's value is below 0, so a positive relative effect means a lower value".to_owned(),
        );
    }
    caveats
}
