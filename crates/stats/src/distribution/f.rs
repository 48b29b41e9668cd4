use super::positive;
use crate::StatsError;
use crate::math::exp;
use crate::special::{beta_logit_quantile, ln_beta_i};

/// Fisher's F distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FisherF {
    df1: f64,
    df2: f64,
}

impl FisherF {
    /// The distribution with `df1` degrees of freedom in the numerator and `df2` in the denominator.
    ///
    /// # Errors
    /// [`StatsError::OutOfRange`] unless both are above 0 and finite.
    pub fn new(df1: f64, df2: f64) -> Result<Self, StatsError> {
        Ok(Self {
            df1: positive("df1", df1)?,
            df2: positive("df2", df2)?,
        })
    }

    /// Probability of a value below `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        let (share, rest) = self.shares(x);
        exp(ln_beta_i(0.5 * self.df1, 0.5 * self.df2, share, rest))
    }

    /// Probability of a value above `x`.
    #[must_use]
    pub fn sf(&self, x: f64) -> f64 {
        exp(self.ln_sf(x))
    }

    /// `ln` of [`sf`](Self::sf), finite where it underflows.
    #[must_use]
    pub fn ln_sf(&self, x: f64) -> f64 {
        let (share, rest) = self.shares(x);
        ln_beta_i(0.5 * self.df2, 0.5 * self.df1, rest, share)
    }

    /// The value below which the share `p` lies.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        self.at_tails(p, 1.0 - p)
    }

    /// The value above which the share `q` lies.
    #[must_use]
    pub fn upper_quantile(&self, q: f64) -> f64 {
        self.at_tails(1.0 - q, q)
    }

    fn at_tails(&self, p: f64, q: f64) -> f64 {
        if !((0.0..=1.0).contains(&p) && (0.0..=1.0).contains(&q)) {
            return f64::NAN;
        }
        if p == 0.0 {
            return 0.0;
        }
        if q == 0.0 {
            return f64::INFINITY;
        }
        exp(beta_logit_quantile(0.5 * self.df1, 0.5 * self.df2, p, q)) * self.df2 / self.df1
    }

    /// `df1 x / (df1 x + df2)` and what is missing to 1.
    fn shares(&self, x: f64) -> (f64, f64) {
        if x == f64::INFINITY {
            return (1.0, 0.0);
        }
        let top = self.df1 * if x < 0.0 { 0.0 } else { x };
        (top / (top + self.df2), self.df2 / (top + self.df2))
    }
}
