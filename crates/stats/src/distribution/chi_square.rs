use super::{at_least_0, positive};
use crate::StatsError;
use crate::special::{gamma_p, gamma_p_inverse, gamma_q, gamma_q_inverse, ln_gamma_q};

/// The chi-square distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquare {
    df: f64,
}

impl ChiSquare {
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
        gamma_p(0.5 * self.df, 0.5 * at_least_0(x))
    }

    /// Probability of a value above `x`.
    #[must_use]
    pub fn sf(&self, x: f64) -> f64 {
        gamma_q(0.5 * self.df, 0.5 * at_least_0(x))
    }

    /// `ln` of [`sf`](Self::sf), finite where it underflows.
    #[must_use]
    pub fn ln_sf(&self, x: f64) -> f64 {
        ln_gamma_q(0.5 * self.df, 0.5 * at_least_0(x))
    }

    /// The value below which the share `p` lies.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        2.0 * gamma_p_inverse(0.5 * self.df, p)
    }

    /// The value above which the share `q` lies.
    #[must_use]
    pub fn upper_quantile(&self, q: f64) -> f64 {
        2.0 * gamma_q_inverse(0.5 * self.df, q)
    }
}
