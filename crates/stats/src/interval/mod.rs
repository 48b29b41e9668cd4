//! Confidence intervals: closed forms where they are known, a seeded bootstrap elsewhere.

mod bootstrap;
mod mean;
mod proportion;
mod quantile;
mod resample;
mod two_proportions;

pub use bootstrap::{Resampling, bootstrap_bca, bootstrap_percentile};
pub use mean::{mean_t, weighted_mean_t};
pub use proportion::{agresti_coull, clopper_pearson, jeffreys, wald, wilson};
pub use quantile::quantile;
pub use resample::{BootstrapMethod, Bootstrapped, Summary, Units, bootstrap};
pub use two_proportions::{agresti_caffo, newcombe, odds_ratio, risk_ratio, wald_difference};

pub(crate) use bootstrap::sorted_quantile;
pub(crate) use mean::{mean_and_error, on_logit_scale, two_sided_normal};

/// A number with its confidence interval.
///
/// `low <= value <= high`, except for bootstrap intervals of biased statistics, which may leave `value` outside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Estimate {
    /// The estimate after an increasing transformation of all three numbers.
    #[must_use]
    pub fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Self {
            value: f(self.value),
            low: f(self.low),
            high: f(self.high),
        }
    }

    /// The estimate with the opposite sign, ends swapped.
    #[must_use]
    pub fn negated(self) -> Self {
        Self {
            value: -self.value,
            low: -self.high,
            high: -self.low,
        }
    }

    /// Whether `x` lies in the closed interval.
    #[must_use]
    pub fn covers(&self, x: f64) -> bool {
        self.low <= x && x <= self.high
    }

    /// Both ends cut to `[min, max]`.
    #[must_use]
    pub(crate) fn within(self, min: f64, max: f64) -> Self {
        Self {
            value: self.value,
            low: self.low.max(min),
            high: self.high.min(max),
        }
    }
}
