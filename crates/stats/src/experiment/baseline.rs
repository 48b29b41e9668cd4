use super::Arm;
use super::contrast::above_0;
use crate::{StatsError, check};

/// What is known of a metric before the experiment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Baseline {
    /// A mean or a ratio, by the variance that one unit brings ([`Arm::variance`] of past data).
    Variance(f64),
    /// A share of successes.
    Proportion {
        /// In (0, 1).
        share: f64,
        /// Which variance the test is taken to use.
        null: NullVariance,
    },
}

/// The variance of a share under the null hypothesis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NullVariance {
    /// Each arm's own, as [`fixed_horizon`](super::fixed_horizon) does.
    #[default]
    Unpooled,
    /// That of both arms' mean share (J. L. Fleiss; R's `power.prop.test`).
    Pooled,
    /// That of the baseline in both arms (E. Miller's calculator).
    Baseline,
}

impl Baseline {
    /// From past data of units like those to come.
    #[must_use]
    pub fn of_arm(arm: &Arm) -> Self {
        Self::Variance(arm.variance)
    }

    /// Variances of one unit: under the null, of the control and of a treatment `effect` higher.
    pub(super) fn variances(self, effect: f64, allocation: f64) -> [f64; 3] {
        match self {
            Self::Variance(variance) => [variance; 3],
            Self::Proportion { share, null } => {
                let of = |p: f64| p * (1.0 - p);
                let (control, treatment) = (of(share), of(share + effect));
                let mean = share + effect * allocation / (1.0 + allocation);
                let null = match null {
                    NullVariance::Baseline => control,
                    NullVariance::Pooled => of(mean),
                    // such that null (1 + 1/r) = control + treatment / r
                    NullVariance::Unpooled => (control * allocation + treatment) / (allocation + 1.0),
                };
                [null, control, treatment]
            }
        }
    }

    pub(super) fn check(self) -> Result<(), StatsError> {
        match self {
            Self::Variance(variance) => above_0("variance", variance).map(|_| ()),
            Self::Proportion { share, .. } => check::open_unit("share", share),
        }
    }

    pub(super) fn check_effect(self, effect: f64) -> Result<(), StatsError> {
        let fits = match self {
            Self::Variance(_) => effect != 0.0 && effect.is_finite(),
            Self::Proportion { share, .. } => effect != 0.0 && share + effect > 0.0 && share + effect < 1.0,
        };
        if fits {
            return Ok(());
        }
        Err(StatsError::OutOfRange {
            what: "effect",
            found: effect,
            expected: "other than 0, and for shares such that the treatment's lies in (0, 1)",
        })
    }
}

/// The variance that a covariate leaves, `1 - rho^2` for a correlation `rho` with the metric.
///
/// # Errors
/// [`StatsError::OutOfRange`] for `rho` outside [-1, 1].
///
/// # Reference
/// A. Deng, Y. Xu, R. Kohavi, T. Walker (2013), WSDM.
pub fn variance_factor(rho: f64) -> Result<f64, StatsError> {
    if !(-1.0..=1.0).contains(&rho) {
        return Err(StatsError::OutOfRange {
            what: "rho",
            found: rho,
            expected: "in [-1, 1]",
        });
    }
    Ok(1.0 - rho * rho)
}
