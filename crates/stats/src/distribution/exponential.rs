use super::positive;
use crate::math::{exp, exp_m1, ln, ln_1p};
use crate::{StatsError, check};

/// The exponential distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exponential {
    origin: f64,
    scale: f64,
}

impl Exponential {
    /// From `origin` on, with mean `origin + scale`.
    ///
    /// # Errors
    /// [`StatsError::OutOfRange`] unless `scale` is above 0, [`StatsError::NotFinite`] for `origin`.
    pub fn new(origin: f64, scale: f64) -> Result<Self, StatsError> {
        check::finite("origin", &[origin])?;
        Ok(Self {
            origin,
            scale: positive("scale", scale)?,
        })
    }

    /// Probability of a value below `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        -exp_m1(self.ln_sf(x))
    }

    /// Probability of a value above `x`.
    #[must_use]
    pub fn sf(&self, x: f64) -> f64 {
        exp(self.ln_sf(x))
    }

    /// `ln` of [`sf`](Self::sf), finite where it underflows.
    #[must_use]
    pub fn ln_sf(&self, x: f64) -> f64 {
        let beyond = (x - self.origin) / self.scale;
        if beyond <= 0.0 { 0.0 } else { -beyond }
    }

    /// The value below which the share `p` lies.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        if (0.0..=1.0).contains(&p) {
            self.origin - self.scale * ln_1p(-p)
        } else {
            f64::NAN
        }
    }

    /// The value above which the share `q` lies.
    #[must_use]
    pub fn upper_quantile(&self, q: f64) -> f64 {
        if (0.0..=1.0).contains(&q) {
            self.origin - self.scale * ln(q)
        } else {
            f64::NAN
        }
    }
}
