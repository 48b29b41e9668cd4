use super::positive;
use crate::StatsError;
use crate::math::{exp, ln_1p, sqrt};
use crate::special::{beta_logit_quantile, ln_beta_i, ln_normal_sf, normal_quantile};

/// Beyond this many degrees of freedom the distribution is normal to the last bit of a p-value.
const NORMAL_FROM: f64 = 1e14;

/// Student's t distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StudentT {
    df: f64,
}

impl StudentT {
    /// # Errors
    /// [`StatsError::OutOfRange`] unless `df` is above 0 and finite.
    pub fn new(df: f64) -> Result<Self, StatsError> {
        Ok(Self {
            df: positive("df", df)?,
        })
    }

    /// Probability of a value below `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        self.sf(-x)
    }

    /// Probability of a value above `x`.
    #[must_use]
    pub fn sf(&self, x: f64) -> f64 {
        exp(self.ln_sf(x))
    }

    /// `ln` of [`sf`](Self::sf), finite where it underflows.
    #[must_use]
    pub fn ln_sf(&self, x: f64) -> f64 {
        if self.df > NORMAL_FROM {
            return ln_normal_sf(x);
        }
        if x.is_infinite() {
            return if x > 0.0 { f64::NEG_INFINITY } else { 0.0 };
        }
        let tail = self.ln_two_sided(x) - std::f64::consts::LN_2;
        if x >= 0.0 { tail } else { ln_1p(-exp(tail)) }
    }

    /// `ln` of the probability of a value farther from 0 than `x`, on either side.
    #[must_use]
    pub fn ln_two_sided(&self, x: f64) -> f64 {
        if self.df > NORMAL_FROM {
            return ln_normal_sf(x.abs()) + std::f64::consts::LN_2;
        }
        // in the scale of t / sqrt(df), so that neither square overflows
        let ratio = x / sqrt(self.df);
        let (share, rest) = if ratio.abs() > 1.0 {
            let inverse = 1.0 / (ratio * ratio);
            (inverse / (1.0 + inverse), 1.0 / (1.0 + inverse))
        } else {
            (1.0 / (1.0 + ratio * ratio), ratio * ratio / (1.0 + ratio * ratio))
        };
        ln_beta_i(0.5 * self.df, 0.5, share, rest)
    }

    /// The value below which the share `p` lies.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        if !(0.0..=1.0).contains(&p) {
            return f64::NAN;
        }
        if p > 0.5 {
            self.upper_quantile(1.0 - p)
        } else {
            -self.upper_quantile(p)
        }
    }

    /// The value above which the share `q` lies, precise for small `q`.
    #[must_use]
    pub fn upper_quantile(&self, q: f64) -> f64 {
        if !(0.0..=1.0).contains(&q) {
            return f64::NAN;
        }
        if q == 0.5 || self.df > NORMAL_FROM {
            return -normal_quantile(q);
        }
        if q > 0.5 {
            return -self.upper_quantile(1.0 - q);
        }
        if q == 0.0 {
            return f64::INFINITY;
        }
        // t^2 / df is the odds of a beta(1/2, df/2) variable
        let logit = beta_logit_quantile(0.5, 0.5 * self.df, 1.0 - 2.0 * q, 2.0 * q);
        sqrt(self.df) * exp(0.5 * logit)
    }
}
