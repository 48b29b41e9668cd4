use crate::StatsError;
use crate::distribution::StudentT;
use crate::interval::Estimate;
use crate::math::{exp_m1, ln, ln_1p, sqrt};
use crate::special::{ln_normal_sf, solve_ln_tail};
use crate::test::Alternative;

/// The likelihood ratio of an effect that was drawn from a normal mixture against none, the martingale under all
/// always-valid methods here.
///
/// Two-sided the effect is drawn from a normal distribution about the null with variance `spread`; one-sided from its
/// half on the side asked about. Where the variance is an estimate of few degrees of freedom, the ratio is that of
/// Student's t, which does not mistake a variance that came out small for evidence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mixture {
    /// The squared standard error of the effect.
    pub(super) variance: f64,
    /// Its degrees of freedom; infinite for one that is known.
    pub(super) df: f64,
    /// The variance of the mixture, in the effect's squared unit.
    pub(super) spread: f64,
    pub(super) alternative: Alternative,
}

impl Mixture {
    /// Its logarithm at this distance of the effect from the null.
    pub(super) fn ln_ratio(&self, distance: f64) -> Result<f64, StatsError> {
        let t = distance / sqrt(self.variance);
        Ok(match self.alternative {
            Alternative::TwoSided => self.ln_two_sided(t),
            Alternative::Greater => self.ln_upper(t)?,
            Alternative::Less => self.ln_upper(-t)?,
        })
    }

    /// The effects against which the ratio stays below `1 / alpha`; all where units are too few for any evidence.
    pub(super) fn interval(&self, effect: f64, alpha: f64) -> Result<Estimate, StatsError> {
        let half = self.critical(alpha)? * sqrt(self.variance);
        let around = Estimate {
            value: effect,
            low: effect - half,
            high: effect + half,
        };
        Ok(self.alternative.open(around, f64::NEG_INFINITY, f64::INFINITY))
    }

    /// How many standard errors from the null an effect must lie; infinite where no distance is enough.
    pub(super) fn critical(&self, alpha: f64) -> Result<f64, StatsError> {
        match self.alternative {
            Alternative::TwoSided => Ok(self.two_sided(alpha)),
            _ => self.one_sided(alpha),
        }
    }

    /// The mixture's variance in squared standard errors.
    fn relative_spread(&self) -> f64 {
        self.spread / self.variance
    }

    fn ln_two_sided(&self, t: f64) -> f64 {
        let (r, df) = (self.relative_spread(), self.df);
        let gain = if df.is_infinite() {
            t * t * (r / (1.0 + r))
        } else {
            let square = t * t / df;
            let far = ln_1p(r).min(ln_1p(square));
            let ratio = ln_1p(square) - ln_1p(square / (1.0 + r));
            (df + 1.0) * if square.is_finite() { ratio } else { far }
        };
        0.5 * (gain - ln_1p(r))
    }

    /// Twice the two-sided ratio times the posterior probability of an effect on the side asked about.
    fn ln_upper(&self, t: f64) -> Result<f64, StatsError> {
        let (r, df) = (self.relative_spread(), self.df);
        let ln_side = if df.is_infinite() {
            ln_normal_sf(-t * sqrt(r / (1.0 + r)))
        } else {
            let reach = sqrt((1.0 + r) * df + t * t);
            StudentT::new(df + 1.0)?.ln_sf(-t / reach * sqrt(r * (df + 1.0)))
        };
        Ok(self.ln_two_sided(t) + std::f64::consts::LN_2 + ln_side)
    }

    fn two_sided(&self, alpha: f64) -> f64 {
        let (r, df) = (self.relative_spread(), self.df);
        let needed = 2.0 * ln(1.0 / alpha) + ln_1p(r);
        if df.is_infinite() {
            return sqrt((1.0 + 1.0 / r) * needed);
        }
        let ln_k = needed / (df + 1.0);
        if ln_k >= ln_1p(r) {
            return f64::INFINITY;
        }
        sqrt(df * exp_m1(ln_k) / -exp_m1(ln_k - ln_1p(r)))
    }

    /// By search.
    fn one_sided(&self, alpha: f64) -> Result<f64, StatsError> {
        let needed = -ln(alpha);
        let start = self.two_sided((2.0 * alpha).min(1.0)).min(FAR);
        if self.ln_upper(FAR)? <= needed {
            return Ok(f64::INFINITY);
        }
        let ratio = |t: f64| self.ln_upper(t).unwrap_or(f64::NAN);
        Ok(solve_ln_tail(ratio, needed, start))
    }
}

/// Standard errors beyond which more distance adds no evidence that counts.
const FAR: f64 = 1e12;
