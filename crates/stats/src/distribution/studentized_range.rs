use super::enough;
use super::scale::ln_mean_over_scale;
use crate::StatsError;
use crate::check;
use crate::math::{exp, exp_m1, ln, ln_1p, sqrt};
use crate::special::{ln_integral, ln_normal_sf, normal_pdf, normal_quantile, normal_sf, solve_ln_tail};

const LN_SQRT_2_PI: f64 = 0.918_938_533_204_672_8;
const MOST_GROUPS: usize = 10_000;

/// The studentized range: largest minus smallest of `n_groups` normal means, over their estimated standard error.
///
/// Both tails keep their relative precision, about 1e-12, as far down as `ln` can say. One value takes up to a few
/// thousand evaluations of a one-dimensional integral at 1 degree of freedom and about 50 from 10 on.
///
/// # Reference
/// J. W. Tukey (1953), The problem of multiple comparisons. Both integrals by the trapezoid rule, the outer one over
/// the logarithm of the standard deviation. Checked against scipy `studentized_range` and mpmath.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StudentizedRange {
    n_groups: f64,
    df: f64,
}

impl StudentizedRange {
    /// `df` may be infinite: the range of normal values with a known deviation.
    ///
    /// # Errors
    /// [`StatsError::TooFewValues`] below 2 groups, [`StatsError::OutOfRange`] above ten thousand and unless `df` is at least
    /// 0.1.
    pub fn new(n_groups: usize, df: f64) -> Result<Self, StatsError> {
        check::at_least("groups", n_groups, 2)?;
        if n_groups > MOST_GROUPS {
            return Err(StatsError::OutOfRange {
                what: "number of groups",
                found: n_groups as f64,
                expected: "at most ten thousand",
            });
        }
        if df != f64::INFINITY {
            enough(df)?;
        }
        Ok(Self {
            n_groups: n_groups as f64,
            df,
        })
    }

    /// Probability of a value below `q`.
    #[must_use]
    pub fn cdf(&self, q: f64) -> f64 {
        exp(self.ln_cdf(q))
    }

    /// Probability of a value above `q`.
    #[must_use]
    pub fn sf(&self, q: f64) -> f64 {
        exp(self.ln_sf(q))
    }

    /// `ln` of [`sf`](Self::sf), finite where it underflows.
    #[must_use]
    pub fn ln_sf(&self, q: f64) -> f64 {
        if q.is_nan() {
            return f64::NAN;
        }
        if q <= 0.0 {
            return 0.0;
        }
        if q == f64::INFINITY {
            return f64::NEG_INFINITY;
        }
        // far out the range falls like a normal tail, exp(-q^2 s^2 / 4), which moves the peak to smaller deviations
        let start = 1.0 / sqrt(1.0 + 0.5 * q * (q / self.df));
        let ln_tail = ln_mean_over_scale(self.df, self.sharpness(), start, |s| {
            ln_range_sf(self.n_groups, q * s)
        });
        ln_tail.min(0.0)
    }

    /// `ln` of [`cdf`](Self::cdf).
    #[must_use]
    pub fn ln_cdf(&self, q: f64) -> f64 {
        if q <= 0.0 {
            return f64::NEG_INFINITY;
        }
        let ln_above = self.ln_sf(q);
        if ln_above.is_nan() || ln_above < -std::f64::consts::LN_2 {
            return ln_1p(-exp(ln_above));
        }
        // for small q the range's density grows like s^(n_groups - 2)
        let sharpness = self.sharpness().max(sqrt(2.0 * (self.df + self.n_groups)));
        let sharpness = if self.df.is_finite() { sharpness } else { 1.0 };
        let ln_below = ln_mean_over_scale(self.df, sharpness, 1.0, |s| ln_range_cdf(self.n_groups, q * s));
        ln_below.min(0.0)
    }

    /// The value below which the share `p` lies.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        if !(0.0..=1.0).contains(&p) {
            return f64::NAN;
        }
        if p >= 0.5 {
            return self.upper_quantile(1.0 - p);
        }
        if p == 0.0 {
            return 0.0;
        }
        exp(solve_ln_tail(|t| self.ln_cdf(exp(t)), ln(p), 0.5))
    }

    /// The value above which the share `q` lies, precise for small `q`.
    #[must_use]
    pub fn upper_quantile(&self, q: f64) -> f64 {
        if !(0.0..=1.0).contains(&q) {
            return f64::NAN;
        }
        if q > 0.5 {
            return self.quantile(1.0 - q);
        }
        if q == 0.0 {
            return f64::INFINITY;
        }
        exp(solve_ln_tail(|t| -self.ln_sf(exp(t)), -ln(q), 1.5))
    }

    /// The distribution of the range narrows with the number of groups like that of an extreme.
    fn sharpness(&self) -> f64 {
        4.0 + 2.0 * ln(self.n_groups)
    }
}

/// `ln P(range > w)` of `k` standard normal values: the largest lies at `z`, and not all others above `z - w`.
fn ln_range_sf(k: f64, w: f64) -> f64 {
    let start = (0.5 * w).max(-normal_quantile(1.0 / (k + 1.0)));
    let ln_area = ln_integral(0.125, start, |z| {
        let (ln_below, ln_far_below) = (ln_normal_sf(-z), ln_normal_sf(w - z));
        let ln_share = ln_far_below - ln_below;
        let ln_some = if ln_share < -36.0 {
            ln(k - 1.0) + ln_share
        } else {
            ln(-exp_m1((k - 1.0) * ln_1p(-exp(ln_share))))
        };
        -0.5 * z * z + (k - 1.0) * ln_below + ln_some
    });
    (ln_area + ln(k) - LN_SQRT_2_PI).min(0.0)
}

/// `ln P(range < w)`: the largest lies at `z` and all others within `w` below it.
fn ln_range_cdf(k: f64, w: f64) -> f64 {
    let step = 0.125_f64.min(0.5 / sqrt(k));
    let ln_area = ln_integral(step, 0.5 * w, |z| {
        -0.5 * z * z + (k - 1.0) * ln(normal_between(z - w, z))
    });
    (ln_area + ln(k) - LN_SQRT_2_PI).min(0.0)
}

/// Probability of a standard normal value between `low` and `high`, without cancellation.
fn normal_between(low: f64, high: f64) -> f64 {
    let (width, middle) = (high - low, 0.5 * (low + high));
    if width < 0.01 {
        return width * normal_pdf(middle) * (1.0 + width * width * (middle * middle - 1.0) / 24.0);
    }
    if middle > 0.0 {
        normal_sf(low) - normal_sf(high)
    } else {
        normal_sf(-high) - normal_sf(-low)
    }
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
    fn both_tails_match_mpmath() {
        // mpmath 1.4.1, nested quadrature at 18 digits, for infinite df the trapezoid rule at 140 digits: (q, k, df, sf)
        for (q, k, df, expected, tolerance) in [
            (3.5, 3, 10.0, 0.077_103_310_838_411_82, 1e-13),
            (20.0, 5, 4.0, 6.957_123_879_063_346e-4, 1e-13),
            (60.0, 3, 12.0, 5.391_518_414_7e-14, 1e-11),
            (3.77, 3, f64::INFINITY, 0.020_972_695_557_757_38, 1e-13),
            (30.0, 3, f64::INFINITY, 2.163_898_251_735_362e-99, 1e-12),
            (30.0, 20, f64::INFINITY, 1.370_468_892_765_729_3e-97, 1e-12),
        ] {
            close(StudentizedRange::new(k, df).unwrap().sf(q), expected, tolerance);
        }
        // scipy 1.17.1 studentized_range.cdf
        for (q, k, df, expected) in [
            (1.0, 5, 20.0, 0.047_542_633_121_497_56),
            (0.2, 4, 7.0, 0.001_108_514_475_686_890_4),
            (6.0, 10, 60.0, 0.997_094_737_048_882_5),
            (9.0, 2, 1.5, 0.953_931_818_269_295_5),
        ] {
            let law = StudentizedRange::new(k, df).unwrap();
            close(law.cdf(q), expected, 1e-11);
            close(law.cdf(q) + law.sf(q), 1.0, 1e-14);
        }
    }

    #[test]
    fn two_groups_are_a_t_test() {
        // |t| = q / sqrt(2)
        for (q, df) in [(0.01, 3.0), (2.0, 1.0), (5.0, 8.0), (90.0, 40.0), (4.0, 1e6)] {
            let ln_p = super::super::StudentT::new(df)
                .unwrap()
                .ln_two_sided(q * std::f64::consts::FRAC_1_SQRT_2);
            close(
                exp(StudentizedRange::new(2, df).unwrap().ln_sf(q) - ln_p),
                1.0,
                3e-12,
            );
        }
    }

    #[test]
    fn quantiles_undo_both_tails() {
        // scipy 1.17.1 studentized_range.ppf
        close(
            StudentizedRange::new(3, 10.0).unwrap().quantile(0.95),
            3.876_776_750_013_158,
            1e-9,
        );
        close(
            StudentizedRange::new(6, 24.0).unwrap().quantile(0.99),
            5.373_465_937_112_538,
            1e-9,
        );
        let law = StudentizedRange::new(4, 7.0).unwrap();
        for p in [1e-6, 0.05, 0.4, 0.9] {
            close(law.cdf(law.quantile(p)), p, 1e-11);
            close(law.sf(law.upper_quantile(p)), p, 1e-11);
        }
        assert_eq!((law.quantile(0.0), law.quantile(1.0)), (0.0, f64::INFINITY));
    }

    #[test]
    fn edges() {
        assert!(StudentizedRange::new(1, 3.0).is_err());
        assert!(StudentizedRange::new(3, 0.0).is_err() && StudentizedRange::new(3, f64::NAN).is_err());
        let law = StudentizedRange::new(3, 5.0).unwrap();
        assert_eq!(
            (law.sf(0.0), law.cdf(-1.0), law.sf(f64::INFINITY)),
            (1.0, 0.0, 0.0)
        );
        assert!(law.sf(f64::NAN).is_nan() && law.quantile(1.5).is_nan());
        assert!(law.ln_sf(1e80).is_finite());
        assert!(StudentizedRange::new(10_001, 5.0).is_err() && StudentizedRange::new(3, 0.01).is_err());
    }
}
