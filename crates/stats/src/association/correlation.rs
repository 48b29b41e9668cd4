use crate::distribution::StudentT;
use crate::interval::{Estimate, two_sided_normal};
use crate::linalg::power_of_two;
use crate::math::{atanh, sqrt, tanh};
use crate::sum::{Compensated, blocked, ends};
use crate::test::{Alternative, Effect, TestResult};
use crate::wide::{Wide, on_wide_vectors};
use crate::{StatsError, check};
use std::borrow::Cow;

/// Pearson's correlation of two columns, tested against 0.
///
/// # Shapes and units
/// `x` and `y` are `(n,)`; a pair with a missing (NaN) side is dropped and counted. The interval is Fisher's, [-1, 1] below
/// 4 pairs, and a point where all pairs lie on one line: normal values do so only if their correlation is 1 or -1.
///
/// # Assumptions
/// Independent pairs; sees straight lines only, and a single outlier can make or break it.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 3 pairs, [`StatsError::Constant`] if a side is constant, lengths and infinities.
///
/// # Reference
/// R. A. Fisher (1921), Metron 1, 3-32. Checked against scipy `pearsonr`.
pub fn pearson(x: &[f64], y: &[f64], level: f64) -> Result<TestResult, StatsError> {
    let pairs = Pairs::new(x, y, level)?;
    let r = correlation(&pairs.x, &pairs.y)?;
    pairs.result("Pearson correlation", "r", r, 1.0, level)
}

/// Pairs without a missing side; where none is missing, the columns as they lie.
pub(super) struct Pairs<'a> {
    pub(super) x: Cow<'a, [f64]>,
    pub(super) y: Cow<'a, [f64]>,
    pub(super) n_dropped: usize,
}

impl<'a> Pairs<'a> {
    pub(super) fn new(x: &'a [f64], y: &'a [f64], level: f64) -> Result<Self, StatsError> {
        check::level(level)?;
        check::same_length("y", y.len(), x.len())?;
        let are_finite = |side: &[f64]| side.iter().fold(true, |all, v| all & v.is_finite());
        let (kept_x, kept_y) = match are_finite(x) && are_finite(y) {
            true => (Cow::Borrowed(x), Cow::Borrowed(y)),
            false => complete(x, y)?,
        };
        check::at_least("pairs", kept_x.len(), 3)?;
        Ok(Self {
            n_dropped: x.len() - kept_x.len(),
            x: kept_x,
            y: kept_y,
        })
    }

    pub(super) fn result(
        &self,
        method: &'static str,
        statistic_name: &'static str,
        r: f64,
        widening: f64,
        level: f64,
    ) -> Result<TestResult, StatsError> {
        let n = self.x.len() as f64;
        let t = r * sqrt((n - 2.0) / ((1.0 - r) * (1.0 + r)));
        let ln_p_value = StudentT::new(n - 2.0)?.ln_two_sided(t).min(0.0);
        let half = if n > 3.0 {
            widening * two_sided_normal(level) / sqrt(n - 3.0)
        } else {
            f64::INFINITY
        };
        let estimate = if r.abs() < 1.0 {
            Estimate {
                value: r,
                low: tanh(atanh(r) - half),
                high: tanh(atanh(r) + half),
            }
        } else {
            Estimate {
                value: r,
                low: r,
                high: r,
            }
        };
        Ok(TestResult {
            method,
            statistic: r,
            statistic_name,
            df: vec![n - 2.0],
            p_value: crate::math::exp(ln_p_value),
            ln_p_value,
            effect: Effect {
                name: "correlation",
                estimate,
            },
            more_effects: Vec::new(),
            n_used: self.x.len(),
            n_dropped: self.n_dropped,
            assumptions: Vec::new(),
            alternative: Some(Alternative::TwoSided),
        })
    }
}

pub(super) fn correlation(x: &[f64], y: &[f64]) -> Result<f64, StatsError> {
    let n = x.len() as f64;
    let (a, b) = (Standing::of("x", x)?, Standing::of("y", y)?);
    let [xx, yy, xy, sum_x, sum_y] = products(x, y, &a, &b);
    // what the means were rounded by is taken off again
    let about = |product: f64, first: f64, second: f64| product - first * second / n;
    let (xx, yy) = (about(xx, sum_x, sum_x), about(yy, sum_y, sum_y));
    let xy = about(xy, sum_x, sum_y);
    Ok((xy / (sqrt(xx) * sqrt(yy))).clamp(-1.0, 1.0))
}

type Sides<'a> = (Cow<'a, [f64]>, Cow<'a, [f64]>);

/// The pairs of which neither side is missing.
fn complete<'a>(x: &[f64], y: &[f64]) -> Result<Sides<'a>, StatsError> {
    for (what, side) in [("x", x), ("y", y)] {
        if let Some(index) = side.iter().position(|v| v.is_infinite()) {
            return Err(StatsError::NotFinite {
                what,
                index,
                found: side[index],
            });
        }
    }
    let complete = x.iter().zip(y).filter(|(a, b)| !a.is_nan() && !b.is_nan());
    let (x, y): (Vec<f64>, Vec<f64>) = complete.unzip();
    Ok((Cow::Owned(x), Cow::Owned(y)))
}

/// Where a column lies and how far it reaches, so that squares of distances neither overflow nor vanish.
#[derive(Clone, Copy)]
struct Standing {
    /// One over the power of two at or below the largest magnitude.
    scale: f64,
    mean: f64,
    /// One over the power of two at or below the largest distance from the mean, in scaled values.
    inverse_reach: f64,
}

impl Standing {
    fn of(what: &str, side: &[f64]) -> Result<Standing, StatsError> {
        let (least, most) = ends(side);
        if least == most {
            return Err(StatsError::Constant {
                what: what.to_owned(),
            });
        }
        let largest = most.max(-least);
        // numbers next to 0 have no power of two of their own
        let scale = match largest < f64::MIN_POSITIVE {
            true => 1.0 / f64::MIN_POSITIVE,
            false => 1.0 / power_of_two(&[largest]),
        };
        let [total] = blocked(side, |value| [value * scale]);
        let mean = total / side.len() as f64;
        let reach = (most * scale - mean).max(mean - least * scale);
        Ok(Standing {
            scale,
            mean,
            inverse_reach: 1.0 / power_of_two(&[reach]),
        })
    }

    #[inline(always)]
    fn at(&self, value: f64) -> f64 {
        (value * self.scale - self.mean) * self.inverse_reach
    }
}

const LANES: usize = 8;

/// Sums of squares, products and distances: eight partial sums within blocks of 1024 pairs, compensated between blocks.
fn products(x: &[f64], y: &[f64], a: &Standing, b: &Standing) -> [f64; 5] {
    on_wide_vectors(Products { x, y, a, b })
}

struct Products<'a> {
    x: &'a [f64],
    y: &'a [f64],
    a: &'a Standing,
    b: &'a Standing,
}

impl Wide for Products<'_> {
    type Found = [f64; 5];

    #[inline(always)]
    fn run(self) -> [f64; 5] {
        let (a, b) = (*self.a, *self.b);
        let mut totals = [Compensated::default(); 5];
        for (x, y) in self.x.chunks(1024).zip(self.y.chunks(1024)) {
            let mut lanes = [[0.0; LANES]; 5];
            for (x, y) in x.chunks(LANES).zip(y.chunks(LANES)) {
                for (lane, (x, y)) in x.iter().zip(y).enumerate() {
                    let (x, y) = (a.at(*x), b.at(*y));
                    for (sums, term) in lanes.iter_mut().zip([x * x, y * y, x * y, x, y]) {
                        sums[lane] += term;
                    }
                }
            }
            for (total, sums) in totals.iter_mut().zip(lanes) {
                total.add(sums.iter().sum());
            }
        }
        totals.map(|total| total.value())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::association::reference::{CYLINDERS, MPG, PEARSON};

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs(),
            "{got:e} is not {expected:e}"
        );
    }

    #[test]
    fn correlations_match_scipy() {
        let result = pearson(MPG, CYLINDERS, 0.95).unwrap();
        close(result.statistic, PEARSON[0], 1e-12);
        close(result.p_value, PEARSON[1], 1e-9);
        close(result.effect.estimate.low, PEARSON[2], 1e-9);
        close(result.effect.estimate.high, PEARSON[3], 1e-9);
    }

    #[test]
    fn extremes() {
        let up = [1.0, 2.0, 3.0, 5.0];
        let exact = pearson(&up, &up.map(|v| -1e200 * v), 0.95).unwrap();
        assert_eq!((exact.statistic, exact.p_value), (-1.0, 0.0));
        let dropped = pearson(&[1.0, f64::NAN, 3.0, 5.0], &[2.0, 1.0, 1.0, 7.0], 0.95).unwrap();
        assert_eq!((dropped.n_used, dropped.n_dropped), (3, 1));
        assert_eq!(
            (dropped.effect.estimate.low, dropped.effect.estimate.high),
            (-1.0, 1.0)
        );
        assert!(pearson(&up, &[2.0; 4], 0.95).is_err());
        assert!(super::super::spearman(&up[..2], &up[..2], 0.95).is_err());
        assert!(pearson(&up, &up[..3], 0.95).is_err());
        assert!(pearson(&up, &[1.0, 2.0, 3.0, f64::INFINITY], 0.95).is_err());
    }
}
