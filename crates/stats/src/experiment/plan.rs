use super::boundaries::Sides;
use super::contrast::above_0;
use super::{Baseline, Question};
use crate::math::{exp, ln, logit, sigmoid, sqrt};
use crate::special::{normal_cdf, normal_quantile, solve_ln_tail};
use crate::test::Alternative;
use crate::{StatsError, check};

/// How the experiment will be looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Monitoring {
    /// Once, at the end.
    #[default]
    Fixed,
    /// At any time, by [`confidence_sequence`](super::confidence_sequence) with this tuning.
    AlwaysValid {
        /// The number of units, both arms together, at which the sequence is narrowest.
        tuning: f64,
    },
    /// At planned looks: a fixed experiment times [`Boundaries::inflation`](super::Boundaries::inflation).
    Inflated(f64),
}

/// What an experiment shall be able to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// The type I error of the whole family of comparisons.
    pub alpha: f64,
    /// The probability of finding the effect if it is there.
    pub power: f64,
    /// Whether an effect counts on either side.
    pub sides: Sides,
    /// Units of the treatment for each of the control.
    pub allocation: f64,
    /// The variance left by covariates, `1 - R^2` ([`variance_factor`](super::variance_factor)); 1 without.
    pub variance_factor: f64,
    /// Comparisons among which alpha is split evenly: arms other than the control, times metrics.
    pub n_comparisons: u32,
    /// How it will be looked at.
    pub monitoring: Monitoring,
}

/// Units needed in each arm; not rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleSize {
    /// Of the control.
    pub control: f64,
    /// Of the treatment.
    pub treatment: f64,
}

impl Default for Plan {
    /// Alpha 0.05 on two sides, power 0.8, arms of one size, one comparison, one look.
    fn default() -> Self {
        Self {
            alpha: 0.05,
            power: 0.8,
            sides: Sides::Two,
            allocation: 1.0,
            variance_factor: 1.0,
            n_comparisons: 1,
            monitoring: Monitoring::Fixed,
        }
    }
}

impl Plan {
    /// The units needed to find an absolute effect of this size, by the normal approximation
    /// `n = (z_alpha sd_0 + z_power sd_1)^2 / effect^2`.
    ///
    /// For a relative effect pass it times the baseline's value. With [`Monitoring::AlwaysValid`] the power is that at
    /// the last look alone: stopping on the way only adds to it.
    ///
    /// # Errors
    /// [`StatsError::OutOfRange`] for an effect of 0, one that leaves (0, 1) for shares, and parameters out of their
    /// ranges.
    ///
    /// # Reference
    /// E. Miller, Sample size calculator; J. L. Fleiss (1981), Statistical methods for rates and proportions.
    pub fn sample_size(&self, baseline: Baseline, effect: f64) -> Result<SampleSize, StatsError> {
        self.check(baseline)?;
        baseline.check_effect(effect)?;
        let (sd_0, sd_1) = self.deviations(baseline, effect);
        let z = normal_quantile(self.power);
        let root = |critical: f64| (critical * sd_0 + z * sd_1) / effect;
        let control = match self.monitoring {
            Monitoring::Fixed => root(self.fixed_z()) * root(self.fixed_z()),
            Monitoring::Inflated(factor) => factor * root(self.fixed_z()) * root(self.fixed_z()),
            Monitoring::AlwaysValid { .. } => {
                let start = 2.0 * ln(root(self.fixed_z()).abs());
                exp(solve_ln_tail(
                    |ln_n| self.margin(baseline, effect, exp(ln_n)),
                    z,
                    start,
                ))
            }
        };
        Ok(SampleSize {
            control: above_0("sample size", control)?,
            treatment: above_0("sample size", control * self.allocation)?,
        })
    }

    /// The smallest increase that `n_control` units in the control (and as many times `allocation` in the treatment)
    /// find.
    ///
    /// # Errors
    /// [`StatsError::OutOfRange`] as in [`sample_size`](Self::sample_size), and where no share below 1 is high enough.
    pub fn detectable(&self, baseline: Baseline, n_control: f64) -> Result<f64, StatsError> {
        self.check(baseline)?;
        above_0("n_control", n_control)?;
        let (z, root_n) = (
            normal_quantile(self.power),
            sqrt(self.fixed_equivalent(n_control)),
        );
        let Baseline::Proportion { share, .. } = baseline else {
            let (sd_0, sd_1) = self.deviations(baseline, 0.0);
            return Ok((self.critical(n_control) * sd_0 + z * sd_1) / root_n);
        };
        // over the log-odds of the treatment's share, which keep it below 1
        let margin = |t: f64| self.margin(baseline, sigmoid(t) - share, n_control);
        let effect = sigmoid(solve_ln_tail(margin, z, logit(share))) - share;
        if effect.is_finite() && effect > 0.0 && share + effect < 1.0 {
            return Ok(effect);
        }
        Err(StatsError::OutOfRange {
            what: "n_control",
            found: n_control,
            expected: "large enough to tell the baseline from a share of 1",
        })
    }

    /// The probability of finding an effect of this size with `n_control` units in the control.
    ///
    /// # Errors
    /// As [`sample_size`](Self::sample_size).
    pub fn power(&self, baseline: Baseline, effect: f64, n_control: f64) -> Result<f64, StatsError> {
        self.check(baseline)?;
        baseline.check_effect(effect)?;
        above_0("n_control", n_control)?;
        Ok(normal_cdf(self.margin(baseline, effect, n_control)))
    }

    /// How far the effect lies beyond what is significant, in deviations.
    fn margin(&self, baseline: Baseline, effect: f64, n_control: f64) -> f64 {
        let (sd_0, sd_1) = self.deviations(baseline, effect);
        (effect.abs() * sqrt(self.fixed_equivalent(n_control)) - self.critical(n_control) * sd_0) / sd_1
    }

    /// Of the effect's estimate for one unit in the control, under the null and under the effect.
    fn deviations(&self, baseline: Baseline, effect: f64) -> (f64, f64) {
        let [null, control, treatment] = baseline.variances(effect, self.allocation);
        let r = self.allocation;
        let scaled = |variance: f64| sqrt(self.variance_factor * variance);
        (scaled(null * (1.0 + 1.0 / r)), scaled(control + treatment / r))
    }

    fn alpha_each(&self) -> f64 {
        self.alpha / f64::from(self.n_comparisons)
    }

    fn fixed_z(&self) -> f64 {
        let n_sides = if self.sides == Sides::Two { 2.0 } else { 1.0 };
        -normal_quantile(self.alpha_each() / n_sides)
    }

    /// The z-value from which on an effect is significant.
    fn critical(&self, n_control: f64) -> f64 {
        let Monitoring::AlwaysValid { tuning } = self.monitoring else {
            return self.fixed_z();
        };
        let alternative = match self.sides {
            Sides::Two => Alternative::TwoSided,
            Sides::One => Alternative::Greater,
        };
        let question = Question {
            alternative,
            level: 1.0 - self.alpha_each(),
            ..Question::default()
        };
        let spread = n_control
            * (1.0 + self.allocation)
            * super::sequential::squared_rho(&question, tuning).unwrap_or(0.0);
        super::mixture::Mixture {
            variance: 1.0,
            df: f64::INFINITY,
            spread,
            alternative,
        }
        .critical(self.alpha_each())
        .unwrap_or(f64::NAN)
    }

    fn fixed_equivalent(&self, n_control: f64) -> f64 {
        match self.monitoring {
            Monitoring::Inflated(factor) => n_control / factor,
            _ => n_control,
        }
    }

    fn check(&self, baseline: Baseline) -> Result<(), StatsError> {
        check::open_unit("alpha", self.alpha)?;
        check::open_unit("power", self.power)?;
        above_0("allocation", self.allocation)?;
        above_0("variance_factor", self.variance_factor)?;
        above_0("n_comparisons", f64::from(self.n_comparisons))?;
        match self.monitoring {
            Monitoring::Fixed => {}
            Monitoring::Inflated(factor) => {
                above_0("inflation", factor)?;
            }
            Monitoring::AlwaysValid { tuning } => {
                above_0("tuning", tuning)?;
                check::open_unit("twice alpha", 2.0 * self.alpha_each())?;
            }
        }
        if self.alpha_each() >= self.power {
            return Err(StatsError::OutOfRange {
                what: "power",
                found: self.power,
                expected: "above alpha",
            });
        }
        baseline.check()
    }
}
