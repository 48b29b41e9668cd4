use super::positive;
use crate::StatsError;
use crate::special::{ln_normal_sf, normal_cdf, normal_quantile, normal_sf};

/// The normal distribution with a mean and a standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normal {
    mean: f64,
    sd: f64,
}

impl Normal {
    /// Mean 0, standard deviation 1.
    pub const STANDARD: Self = Self { mean: 0.0, sd: 1.0 };

    /// # Errors
    /// [`StatsError::OutOfRange`] unless `sd` is above 0 and both are finite.
    pub fn new(mean: f64, sd: f64) -> Result<Self, StatsError> {
        if !mean.is_finite() {
            return Err(StatsError::OutOfRange {
                what: "mean",
                found: mean,
                expected: "finite",
            });
        }
        Ok(Self {
            mean,
            sd: positive("sd", sd)?,
        })
    }

    /// Probability of a value below `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        normal_cdf((x - self.mean) / self.sd)
    }

    /// Probability of a value above `x`.
    #[must_use]
    pub fn sf(&self, x: f64) -> f64 {
        normal_sf((x - self.mean) / self.sd)
    }

    /// `ln` of [`sf`](Self::sf).
    #[must_use]
    pub fn ln_sf(&self, x: f64) -> f64 {
        ln_normal_sf((x - self.mean) / self.sd)
    }

    /// The value below which the share `p` lies.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        self.mean + self.sd * normal_quantile(p)
    }

    /// The value above which the share `q` lies, precise for small `q`.
    #[must_use]
    pub fn upper_quantile(&self, q: f64) -> f64 {
        self.mean - self.sd * normal_quantile(q)
    }
}
