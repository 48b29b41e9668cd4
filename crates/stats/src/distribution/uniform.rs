use super::positive;
use crate::{StatsError, check};

/// The uniform distribution on an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Uniform {
    low: f64,
    width: f64,
}

impl Uniform {
    /// From `low` to `low + width`.
    ///
    /// # Errors
    /// [`StatsError::OutOfRange`] unless `width` is above 0, [`StatsError::NotFinite`] for `low`.
    pub fn new(low: f64, width: f64) -> Result<Self, StatsError> {
        check::finite("low", &[low])?;
        check::finite("low + width", &[low + width])?;
        Ok(Self {
            low,
            width: positive("width", width)?,
        })
    }

    /// Probability of a value below `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        ((x - self.low) / self.width).clamp(0.0, 1.0)
    }

    /// Probability of a value above `x`.
    #[must_use]
    pub fn sf(&self, x: f64) -> f64 {
        (((self.low - x) + self.width) / self.width).clamp(0.0, 1.0)
    }

    /// `ln` of [`sf`](Self::sf).
    #[must_use]
    pub fn ln_sf(&self, x: f64) -> f64 {
        crate::math::ln(self.sf(x))
    }

    /// The value below which the share `p` lies.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        if (0.0..=1.0).contains(&p) {
            self.low + p * self.width
        } else {
            f64::NAN
        }
    }

    /// The value above which the share `q` lies.
    #[must_use]
    pub fn upper_quantile(&self, q: f64) -> f64 {
        self.quantile(1.0 - q)
    }
}
