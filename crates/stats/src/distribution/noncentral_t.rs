use super::scale::ln_mean_over_scale;
use super::{ChiSquare, StudentT, enough};
use crate::math::{exp, ln, ln_1p, sqrt};
use crate::special::{ln_gamma_p, ln_gamma_q, ln_integral, ln_mills, ln_normal_sf, solve_ln_tail};
use crate::{StatsError, check};

/// Above this the interval is that of the estimated deviation alone, to 7 digits.
const HUGE: f64 = 1e8;
/// From so many deviations below 0 on the normal tail is written by Mills' ratio.
const FAR: f64 = 9.0;
const LN_SQRT_2_PI: f64 = 0.918_938_533_204_672_8;

/// The noncentral t distribution: a normal value around `noncentrality`, over an estimated standard deviation.
///
/// Both tails keep their relative precision, about 1e-12, as far down as `ln` can say: checked for 0.5 to 1e9 degrees of
/// freedom and noncentralities up to 10,000. Beyond, both logarithms stay defined; near the noncentrality they then lose the
/// digits that `x - noncentrality` loses.
///
/// # Reference
/// N. L. Johnson, B. L. Welch (1940), Biometrika 31, 362-389. The mean of the normal tail over the estimated deviation,
/// by the trapezoid rule over its logarithm. Checked against mpmath and scipy `nct`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoncentralT {
    df: f64,
    noncentrality: f64,
}

impl NoncentralT {
    /// # Errors
    /// [`StatsError::OutOfRange`] unless `df` is at least 0.1 and both are finite.
    pub fn new(df: f64, noncentrality: f64) -> Result<Self, StatsError> {
        if !noncentrality.is_finite() {
            return Err(StatsError::OutOfRange {
                what: "noncentrality",
                found: noncentrality,
                expected: "finite",
            });
        }
        Ok(Self {
            df: enough(df)?,
            noncentrality,
        })
    }

    /// Probability of a value below `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        exp(self.ln_cdf(x))
    }

    /// Probability of a value above `x`.
    #[must_use]
    pub fn sf(&self, x: f64) -> f64 {
        exp(self.ln_sf(x))
    }

    /// `ln` of [`cdf`](Self::cdf), finite where it underflows.
    #[must_use]
    pub fn ln_cdf(&self, x: f64) -> f64 {
        let mirrored = Self {
            noncentrality: -self.noncentrality,
            ..*self
        };
        mirrored.ln_sf(-x)
    }

    /// `ln` of [`sf`](Self::sf), finite where it underflows.
    #[must_use]
    pub fn ln_sf(&self, x: f64) -> f64 {
        if x.is_nan() {
            return f64::NAN;
        }
        if x.is_infinite() {
            return if x > 0.0 { f64::NEG_INFINITY } else { 0.0 };
        }
        if self.noncentrality == 0.0 {
            return StudentT::new(self.df).map_or(f64::NAN, |central| central.ln_sf(x));
        }
        let ln_tail = self.ln_tail(x);
        if ln_tail < -std::f64::consts::LN_2 {
            return ln_tail;
        }
        // the smaller of both tails is the one whose digits count
        let mirrored = Self {
            noncentrality: -self.noncentrality,
            ..*self
        };
        ln_1p(-exp(mirrored.ln_tail(-x)))
    }

    /// [`ln_sf`](Self::ln_sf) as an integral, right to about 1e-15 where it is near 0.
    fn ln_tail(&self, x: f64) -> f64 {
        let (df, delta) = (self.df, self.noncentrality);
        let (same_side, distance) = (x * delta > 0.0, delta.abs());
        let ln_tail = if same_side && self.is_wide_beside(distance) {
            self.ln_mean_over_normal(x)
        } else if x > 0.0 && delta < -FAR {
            self.ln_mean_beyond(x)
        } else {
            // as a function of ln s the tail falls from 1 to 0 where `x s` passes the noncentrality, if it does
            let sharpness = if same_side { distance + 3.0 } else { 3.0 };
            ln_mean_over_scale(df, sharpness, self.heaviest_scale(x), |s| {
                ln_normal_sf(x * s - delta)
            })
        };
        ln_tail.min(0.0)
    }

    /// Whether the deviation's own spread is much wider than the step of the normal tail in it. With millions of degrees of
    /// freedom finer steps cost less than the incomplete gamma function.
    fn is_wide_beside(&self, distance: f64) -> bool {
        let finer = if self.df < 1e6 { 1.0 } else { 1e3 };
        distance > (finer * sqrt(2.0 * self.df)).max(9.0)
    }

    /// [`ln_sf`](Self::ln_sf) of `x > 0` for a noncentrality far below 0: what does not depend on the deviation,
    /// `exp(-noncentrality^2 / 2)`, is taken out, or it would drown the rest.
    fn ln_mean_beyond(&self, x: f64) -> f64 {
        let distance = -self.noncentrality;
        let rest = ln_mean_over_scale(self.df, 3.0, self.heaviest_scale(x), |s| {
            let reach = x * s;
            ln_mills(reach + distance) - reach * (distance + 0.5 * reach)
        });
        rest - LN_SQRT_2_PI - 0.5 * distance * distance
    }

    /// [`ln_sf`](Self::ln_sf) for large noncentralities on the side of `x`: over the normal value instead of the deviation.
    fn ln_mean_over_normal(&self, x: f64) -> f64 {
        let (half, distance, reach) = (0.5 * self.df, self.noncentrality.abs(), x.abs());
        let chi_square = |z: f64| {
            let scale = (z + distance).max(0.0) / reach;
            half * scale * scale
        };
        let ln_area = if x > 0.0 {
            ln_integral(0.25, 0.0, |z| ln_gamma_p(half, chi_square(z)) - 0.5 * z * z)
        } else {
            let start = -distance * (self.df / (self.df + reach * reach));
            ln_integral(0.25, start.max(reach - distance).min(0.0), |z| {
                ln_gamma_q(half, chi_square(z)) - 0.5 * z * z
            })
        };
        ln_area - LN_SQRT_2_PI
    }

    /// The value below which the share `p` lies.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        if p > 0.5 {
            return self.upper_quantile(1.0 - p);
        }
        match p {
            0.0 => f64::NEG_INFINITY,
            p if p > 0.0 => solve_ln_tail(|x| self.ln_cdf(x), ln(p), self.noncentrality),
            _ => f64::NAN,
        }
    }

    /// The value above which the share `q` lies, precise for small `q`.
    #[must_use]
    pub fn upper_quantile(&self, q: f64) -> f64 {
        if q > 0.5 {
            return self.quantile(1.0 - q);
        }
        match q {
            0.0 => f64::INFINITY,
            q if q > 0.0 => solve_ln_tail(|x| -self.ln_sf(x), -ln(q), self.noncentrality),
            _ => f64::NAN,
        }
    }

    /// Where `s^df exp(-df s^2 / 2)` times the normal tail beyond `x s - noncentrality` peaks, nearly.
    fn heaviest_scale(&self, x: f64) -> f64 {
        let (df, delta) = (self.df, self.noncentrality);
        if x <= delta {
            return 1.0;
        }
        // in the far tail the logarithm is -(x s - delta)^2 / 2; x is taken out, so that its square cannot overflow
        let (scaled_df, push) = (df / x.abs().max(1.0), delta * x / x.abs().max(1.0));
        let bend = scaled_df + x * x / x.abs().max(1.0);
        let span = sqrt(push * push + 4.0 * bend * scaled_df);
        let root = if push < 0.0 {
            2.0 * scaled_df / (span - push)
        } else {
            (push + span) / (2.0 * bend)
        };
        if root > 0.0 && root.is_finite() { root } else { 1.0 }
    }
}

/// The noncentralities at which an observed `t` lies at its upper and lower `(1 - level) / 2` points.
///
/// # Errors
/// [`StatsError::OutOfRange`] unless `df` is at least 0.1 and finite, and for a level outside (0, 1).
pub fn noncentral_t_interval(t: f64, df: f64, level: f64) -> Result<(f64, f64), StatsError> {
    check::level(level)?;
    check::finite("t", &[t])?;
    enough(df)?;
    if t.abs() > HUGE {
        // beside so large a value the normal one is nothing: t is the noncentrality over the estimated deviation
        let (law, alpha) = (ChiSquare::new(df)?, 0.5 * (1.0 - level));
        let (near, far) = (
            sqrt(law.quantile(alpha) / df),
            sqrt(law.upper_quantile(alpha) / df),
        );
        return Ok(if t > 0.0 {
            (t * near, t * far)
        } else {
            (t * far, t * near)
        });
    }
    let at = |noncentrality| NoncentralT { df, noncentrality };
    let ln_alpha = ln(0.5 * (1.0 - level));
    Ok((
        solve_ln_tail(|nc| at(nc).ln_sf(t), ln_alpha, t),
        solve_ln_tail(|nc| -at(nc).ln_cdf(t), -ln_alpha, t),
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs(),
            "{got:e} is not {expected:e}"
        );
    }

    #[test]
    fn both_tails_match_scipy() {
        // scipy 1.17.1 nct: (x, df, noncentrality, cdf, sf)
        for (x, df, nc, cdf, sf) in [
            (2.0, 10.0, 1.0, 0.807_611_562_530_375_2, 0.192_388_437_469_624_78),
            (-1.0, 5.0, 0.5, 0.082_444_091_056_723_37, 0.917_555_908_943_276_7),
            (3.0, 30.0, 5.0, 0.029_603_871_953_674_57, 0.970_396_128_046_325_4),
            (0.0, 8.0, -2.0, 0.977_249_868_051_820_8, 0.022_750_131_948_179_22),
        ] {
            let law = NoncentralT::new(df, nc).unwrap();
            close(law.cdf(x), cdf, 1e-12);
            close(law.sf(x), sf, 1e-12);
        }
    }

    #[test]
    fn quantiles_undo_both_tails() {
        let law = NoncentralT::new(6.0, 1.5).unwrap();
        for p in [1e-9, 0.03, 0.4, 0.8] {
            close(law.cdf(law.quantile(p)), p, 1e-11);
            close(law.sf(law.upper_quantile(p)), p, 1e-11);
        }
        assert!(law.quantile(1.5).is_nan() && law.quantile(f64::NAN).is_nan());
        assert_eq!(
            (law.quantile(0.0), law.quantile(1.0)),
            (f64::NEG_INFINITY, f64::INFINITY)
        );
    }

    #[test]
    fn both_integrals_agree() {
        for (x, df, nc) in [
            (20.0, 30.0, 12.0),
            (14.0, 5.0, 10.0),
            (8.0, 60.0, 11.0),
            (300.0, 3.0, 9.5),
            (5.0, 2.0, 30.0),
        ] {
            for side in [1.0, -1.0] {
                let law = NoncentralT::new(df, side * nc).unwrap();
                let over_scale = ln_mean_over_scale(df, nc + 3.0, law.heaviest_scale(side * x), |s| {
                    ln_normal_sf(side * (x * s - nc))
                });
                close(exp(law.ln_mean_over_normal(side * x) - over_scale), 1.0, 1e-10);
            }
        }
        // where the interval changes its way
        let (below, above) = (
            noncentral_t_interval(-0.99e8, 4.0, 0.9).unwrap(),
            noncentral_t_interval(-1.01e8, 4.0, 0.9).unwrap(),
        );
        close(below.0 / 0.99, above.0 / 1.01, 1e-6);
        close(below.1 / 0.99, above.1 / 1.01, 1e-6);
        // a difference of fifty thousand standard errors
        let (low, high) = noncentral_t_interval(5e4, 2.0, 0.95).unwrap();
        assert!(
            low > 5e3 && low < 5e4 && high > 5e4 && high < 1.5e5,
            "{low} {high}"
        );
    }

    include!("noncentral_t_reference.rs");

    #[test]
    fn far_tails_match_mpmath() {
        for &(x, df, nc, ln_sf) in NONCENTRAL_T_LN_SF {
            let got = NoncentralT::new(df, nc).unwrap().ln_sf(x);
            let mirrored = NoncentralT::new(df, -nc).unwrap().ln_cdf(-x);
            // a logarithm keeps 16 digits of itself, and a share near 1 those of the other tail
            assert!(
                (got - ln_sf).abs() <= 2e-13 * (1.0 + ln_sf.abs()),
                "{x} {df} {nc}: {got:e} is not {ln_sf:e}"
            );
            assert_eq!(got, mirrored);
        }
    }

    #[test]
    fn what_a_search_for_power_may_ask_is_defined() {
        for df in [0.5, 2.0, 30.0, 1e9, 1e12, 2e15] {
            for nc in [1e4, 1e8, 1e13, 3e20] {
                let law = |side: f64| NoncentralT::new(df, side * nc).unwrap();
                let (near, far) = (law(1.0).ln_sf(1.96), law(-1.0).ln_sf(1.96));
                assert!((-1e-9..=0.0).contains(&near), "{df} {nc}: {near}");
                close(far, -0.5 * nc * nc, 1e-2);
            }
        }
        let beyond_all = NoncentralT::new(3.0, 1e200).unwrap();
        assert_eq!((beyond_all.sf(1.96), beyond_all.cdf(1.96)), (1.0, 0.0));
        // the spread of the deviation counts where the noncentrality is large
        let law = NoncentralT::new(1e12, 1e6).unwrap();
        close(
            exp(law.ln_sf(1e6 + 1.0)),
            crate::special::normal_sf(1.0 / sqrt(1.5)),
            1e-5,
        );
    }

    #[test]
    fn without_a_noncentrality_it_is_students() {
        for (x, df) in [
            (-2.0, 1.0),
            (0.5, 4.0),
            (40.0, 30.0),
            (1e6, 2.0),
            (-9.0, 1000.0),
            (2.0, 1e10),
        ] {
            let (law, student) = (NoncentralT::new(df, 1e-300).unwrap(), StudentT::new(df).unwrap());
            close(exp(law.ln_sf(x) - student.ln_sf(x)), 1.0, 3e-12);
            assert_eq!(NoncentralT::new(df, 0.0).unwrap().ln_sf(x), student.ln_sf(x));
        }
    }

    #[test]
    fn interval_leaves_its_share_on_either_side() {
        for (t, df) in [(2.1, 18.0), (-0.3, 3.0), (60.0, 5.0), (0.0, 100.0)] {
            let (low, high) = noncentral_t_interval(t, df, 0.9).unwrap();
            close(NoncentralT::new(df, low).unwrap().sf(t), 0.05, 1e-10);
            close(NoncentralT::new(df, high).unwrap().cdf(t), 0.05, 1e-10);
        }
        assert!(noncentral_t_interval(f64::NAN, 3.0, 0.9).is_err());
        assert!(noncentral_t_interval(1.0, 0.0, 0.9).is_err());
        assert!(NoncentralT::new(3.0, f64::INFINITY).is_err());
    }
}
