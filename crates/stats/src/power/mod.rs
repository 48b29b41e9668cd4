//! How many rows does an answer need, and how small an effect can these rows show?
//!
//! A [`PowerAnalysis`] is a test with its alpha and direction. Of effect, number of rows and power, two give the third:
//! [`power`](PowerAnalysis::power), [`sample_size`](PowerAnalysis::sample_size), [`detectable`](PowerAnalysis::detectable).
//!
//! ```
//! use stats::Alternative;
//! use stats::power::{Design, PowerAnalysis};
//! let t = PowerAnalysis { design: Design::TwoSampleT { ratio: 1.0 }, alpha: 0.05, alternative: Alternative::TwoSided };
//! assert_eq!(t.sample_size(0.5, 0.8)?.ceil(), 64.0);
//! assert!((t.power(0.5, 64.0)? - 0.8015).abs() < 1e-4);
//! assert!((t.detectable(64.0, 0.8)? - 0.4991).abs() < 1e-4);
//! # Ok::<(), stats::StatsError>(())
//! ```

mod rejection;

use crate::math::{exp, sigmoid};
use crate::special::solve_ln_tail;
use crate::test::Alternative;
use crate::{StatsError, check};

/// A test, and what its effect and its number of rows mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Design {
    /// Student's test of one mean, or of the differences of `n` pairs. Effect: Cohen's d.
    OneSampleT,
    /// Student's test of two means. Effect: Cohen's d; `n` is the size of the first group.
    TwoSampleT {
        /// The size of the second group over that of the first.
        ratio: f64,
    },
    /// The z test of one mean of known standard deviation. Effect: Cohen's d, or h of a proportion.
    OneSampleZ,
    /// The z test of two means. Effect: Cohen's d, or h of two proportions; `n` is the size of the first group.
    TwoSampleZ {
        /// The size of the second group over that of the first.
        ratio: f64,
    },
    /// The z test of one proportion with the variance under the null. Effect: the proportion minus `baseline`.
    OneProportion {
        /// The proportion of the null hypothesis.
        baseline: f64,
    },
    /// The z test of two proportions with pooled variance. Effect: the second proportion minus `baseline`, the first;
    /// `n` is the size of the first group.
    TwoProportions {
        /// The proportion of the first group.
        baseline: f64,
        /// The size of the second group over that of the first.
        ratio: f64,
    },
    /// One-way analysis of variance of equal groups. Effect: Cohen's f; `n` counts all groups together.
    Anova {
        /// How many groups.
        n_groups: usize,
    },
    /// A chi-square test. Effect: Cohen's w; `n` counts all rows.
    ChiSquare {
        /// Degrees of freedom.
        df: f64,
    },
    /// The test of Pearson's correlation by Fisher's z. Effect: the correlation; `n` counts pairs.
    Correlation,
}

/// A test to be planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerAnalysis {
    /// The test.
    pub design: Design,
    /// The chance of a rejection without an effect, in (0, 1).
    pub alpha: f64,
    /// The direction; variance and chi-square tests have none and do not look at it. Two-sided tests of proportions count
    /// the near side only, as the usual formula does.
    pub alternative: Alternative,
}

impl PowerAnalysis {
    /// The chance of a rejection with this effect and number of rows, which need not be whole.
    ///
    /// # Errors
    /// [`StatsError::OutOfRange`] for an effect, a number of rows or a setting that the design does not allow,
    /// [`StatsError::Undefined`] beyond the range of numbers.
    ///
    /// # Reference
    /// J. Cohen (1988), Statistical power analysis. Checked against statsmodels `stats.power`, R `power.prop.test`.
    pub fn power(&self, effect: f64, n: f64) -> Result<f64, StatsError> {
        self.check_settings()?;
        self.check_effect(effect)?;
        if !(n >= self.least_n() && n.is_finite()) {
            return Err(StatsError::OutOfRange {
                what: "n",
                found: n,
                expected: "enough for the test: 2 per group, 4 pairs, more rows than groups",
            });
        }
        let power = self.rejection(effect, n);
        if power.is_nan() {
            return Err(StatsError::Undefined {
                what: "power",
                reason: "effect and number of rows are too large for its arithmetic",
            });
        }
        Ok(power)
    }

    /// The number of rows that gives this power: not whole, so round it up. Never below what the test needs to be computed.
    ///
    /// # Errors
    /// As [`power`](Self::power); [`StatsError::Undefined`] where no number suffices: the effect is 0 or on the other side.
    pub fn sample_size(&self, effect: f64, power: f64) -> Result<f64, StatsError> {
        self.check_settings()?;
        self.check_effect(effect)?;
        check::open_unit("power", power)?;
        let least = self.least_n();
        if power <= self.rejection(effect, least) {
            return Ok(least);
        }
        let unreachable = StatsError::Undefined {
            what: "sample size",
            reason: "no number of rows gives this power: the effect is 0, next to 0 or on the other side",
        };
        if self.rejection(effect, 1e15 * least) < power {
            return Err(unreachable);
        }
        let n = least
            * exp(solve_ln_tail(
                |t| self.rejection(effect, least * exp(t)),
                power,
                0.0,
            ));
        if n.is_finite() { Ok(n) } else { Err(unreachable) }
    }

    /// The smallest effect that has this power with this number of rows: positive, or negative where the alternative is
    /// [`Alternative::Less`].
    ///
    /// # Errors
    /// As [`power`](Self::power); [`StatsError::Undefined`] for a power of at most alpha, or one that no effect reaches.
    pub fn detectable(&self, n: f64, power: f64) -> Result<f64, StatsError> {
        self.power(self.effect_at(0.0), n)?;
        check::open_unit("power", power)?;
        let (none, all) = (
            self.rejection(self.effect_at(-600.0), n),
            self.rejection(self.effect_at(30.0), n),
        );
        if power <= none * (1.0 + 1e-9) || all < power {
            return Err(StatsError::Undefined {
                what: "detectable effect",
                reason: "the power is not above alpha, or no effect reaches it with so few rows",
            });
        }
        let t = solve_ln_tail(|t| self.rejection(self.effect_at(t.min(30.0)), n), power, 0.0);
        Ok(self.effect_at(t))
    }

    /// Effects from 0 up to the largest as `t` rises, in the direction asked about.
    fn effect_at(&self, t: f64) -> f64 {
        let falls = self.has_direction() && self.alternative == Alternative::Less;
        let size = match self.design {
            Design::OneProportion { baseline } | Design::TwoProportions { baseline, .. } => {
                let room = if falls { baseline } else { 1.0 - baseline };
                room * sigmoid(t)
            }
            Design::Correlation => sigmoid(t),
            _ => exp(t),
        };
        if falls { -size } else { size }
    }

    fn has_direction(&self) -> bool {
        !matches!(self.design, Design::Anova { .. } | Design::ChiSquare { .. })
    }

    fn least_n(&self) -> f64 {
        match self.design {
            Design::OneSampleT => 2.0,
            Design::TwoSampleT { ratio } => 2.0 / ratio.min(1.0),
            Design::OneSampleZ | Design::OneProportion { .. } | Design::ChiSquare { .. } => 1.0,
            Design::TwoSampleZ { ratio } | Design::TwoProportions { ratio, .. } => 1.0 / ratio.min(1.0),
            Design::Anova { n_groups } => n_groups as f64 + 1.0,
            Design::Correlation => 4.0,
        }
    }

    fn check_settings(&self) -> Result<(), StatsError> {
        check::open_unit("alpha", self.alpha)?;
        let above_0 = |what, found: f64| {
            if found > 0.0 && found.is_finite() {
                return Ok(());
            }
            Err(StatsError::OutOfRange {
                what,
                found,
                expected: "above 0 and finite",
            })
        };
        match self.design {
            Design::TwoSampleT { ratio } | Design::TwoSampleZ { ratio } => above_0("ratio", ratio),
            Design::OneProportion { baseline } => check::open_unit("baseline", baseline),
            Design::TwoProportions { baseline, ratio } => {
                check::open_unit("baseline", baseline)?;
                above_0("ratio", ratio)
            }
            Design::Anova { n_groups } => check::at_least("groups", n_groups, 2),
            Design::ChiSquare { df } => above_0("df", df),
            Design::OneSampleT | Design::OneSampleZ | Design::Correlation => Ok(()),
        }
    }

    fn check_effect(&self, effect: f64) -> Result<(), StatsError> {
        check::finite("effect", &[effect])?;
        let (holds, expected) = match self.design {
            Design::Anova { .. } | Design::ChiSquare { .. } => (effect >= 0.0, "at least 0"),
            Design::Correlation => (effect.abs() < 1.0, "in (-1, 1)"),
            Design::OneProportion { baseline } | Design::TwoProportions { baseline, .. } => {
                let other = baseline + effect;
                (
                    0.0 < other && other < 1.0,
                    "such that baseline + effect is in (0, 1)",
                )
            }
            _ => (true, ""),
        };
        if holds {
            return Ok(());
        }
        Err(StatsError::OutOfRange {
            what: "effect",
            found: effect,
            expected,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
