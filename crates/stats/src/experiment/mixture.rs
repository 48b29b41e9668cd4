use crate::interval::Estimate;
use crate::math::{ln, ln_1p, sqrt};
use crate::special::{ln_normal_sf, solve_ln_tail};
use crate::test::Alternative;

/// The likelihood ratio of an effect that was drawn from a normal mixture against none, the martingale under all
/// always-valid methods here.
///
/// Two-sided the effect is drawn from a normal distribution about the null with variance `spread`; one-sided from its
/// half on the side asked about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mixture {
    /// The squared standard error of the effect.
    pub(super) variance: f64,
    /// The variance of the mixture, in the effect's squared unit.
    pub(super) spread: f64,
    pub(super) alternative: Alternative,
}

impl Mixture {
    /// Its logarithm at this distance of the effect from the null.
    pub(super) fn ln_ratio(&self, distance: f64) -> f64 {
        let total = self.variance + self.spread;
        let pull = self.spread * distance / (self.variance * total);
        let both = 0.5 * (pull * distance - ln_1p(self.spread / self.variance));
        let half = |signed: f64| both + std::f64::consts::LN_2 + ln_normal_sf(-signed);
        let scaled = distance * sqrt(self.spread / (self.variance * total));
        match self.alternative {
            Alternative::TwoSided => both,
            Alternative::Greater => half(scaled),
            Alternative::Less => half(-scaled),
        }
    }

    /// The effects against which the ratio stays below `1 / alpha`.
    pub(super) fn interval(&self, effect: f64, alpha: f64) -> Estimate {
        let (low, high) = match self.alternative {
            Alternative::TwoSided => (effect - self.half_width(alpha), effect + self.half_width(alpha)),
            Alternative::Greater => (effect - self.reach(alpha), f64::INFINITY),
            Alternative::Less => (f64::NEG_INFINITY, effect + self.reach(alpha)),
        };
        Estimate {
            value: effect,
            low,
            high,
        }
    }

    fn half_width(&self, alpha: f64) -> f64 {
        let total = self.variance + self.spread;
        let needed = 2.0 * ln(1.0 / alpha) + ln_1p(self.spread / self.variance);
        sqrt(self.variance * total / self.spread * needed)
    }

    /// How many standard errors from the null an effect must lie.
    pub(super) fn critical(&self, alpha: f64) -> f64 {
        let distance = match self.alternative {
            Alternative::TwoSided => self.half_width(alpha),
            _ => self.reach(alpha),
        };
        distance / sqrt(self.variance)
    }

    /// One-sided, by search: the distance at which the ratio reaches `1 / alpha`.
    fn reach(&self, alpha: f64) -> f64 {
        let above = Self {
            alternative: Alternative::Greater,
            ..*self
        };
        let error = sqrt(self.variance);
        let start = self.half_width((2.0 * alpha).min(1.0)) / error;
        error * solve_ln_tail(|x| above.ln_ratio(x * error), -ln(alpha), start)
    }
}
