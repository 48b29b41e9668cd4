use super::slope::{Slopes, inversions};
use crate::interval::{Estimate, two_sided_normal};
use crate::math::sqrt;
use crate::rank::midranks;
use crate::special::ln_normal_sf;
use crate::test::{Alternative, Assumption, Effect, TestResult};
use crate::{StatsError, check};

/// The Mann-Kendall test: do values tend to rise or fall with time?
///
/// # Shapes and units
/// `values` is `(n,)` at times 0, 1, 2, ...; missing values (NaN) keep their place in time, are dropped and counted.
/// The statistic is z of Kendall's score with continuity correction. The effect is the Theil-Sen slope per step, the median of
/// the slopes of all pairs, with Sen's interval; Kendall's tau-b stands in `more_effects`. `Alternative::Greater` asks for a
/// rise. Takes any length: no pairs are listed.
///
/// # Assumptions
/// Independent values: positive autocorrelation makes the p-value too small.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 3 values, [`StatsError::Constant`], [`StatsError::NotFinite`] for an infinity.
///
/// # Reference
/// H. B. Mann (1945), Econometrica 13, 245-259; P. K. Sen (1968), JASA 63, 1379-1389. Checked against scipy `theilslopes` and
/// the definition of the score.
pub fn mann_kendall(values: &[f64], alternative: Alternative, level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    if let Some(index) = values.iter().position(|v| v.is_infinite()) {
        return Err(StatsError::NotFinite {
            what: "values",
            index,
            found: values[index],
        });
    }
    let present = values.iter().enumerate().filter(|(_, v)| !v.is_nan());
    let (times, kept): (Vec<f64>, Vec<f64>) = present.map(|(t, v)| (t as f64, *v)).unzip();
    check::at_least("values", kept.len(), 3)?;
    super::not_constant(&kept)?;
    let score = Score::of(&kept);
    let z = (score.s - score.s.signum() * f64::from(u8::from(score.s != 0.0))) / sqrt(score.variance);
    let slope = theil_sen(&times, &kept, &score, alternative, level);
    let effect = Effect {
        name: "Theil-Sen slope",
        estimate: slope,
    };
    let ln_p = match alternative {
        Alternative::TwoSided => alternative.ln_p(z, ln_normal_sf),
        one_sided => one_sided.ln_p(score.corrected(one_sided) / sqrt(score.variance), ln_normal_sf),
    };
    let result = TestResult::new("Mann-Kendall test", "z", z, ln_p, effect);
    Ok(TestResult {
        more_effects: vec![score.tau(level)],
        n_used: kept.len(),
        n_dropped: values.len() - kept.len(),
        assumptions: vec![independent(&kept, slope.value, &times)],
        alternative: Some(alternative),
        ..result
    })
}

/// Kendall's score of values against time.
struct Score {
    n: f64,
    s: f64,
    variance: f64,
    /// Pairs of different values.
    n_untied: f64,
}

impl Score {
    fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let n_pairs = n * (n - 1.0) / 2.0;
        let mut sorted = values.to_vec();
        let falling = inversions(&mut sorted) as f64;
        let (mut tied, mut tie_variance) = (0.0, 0.0);
        for group in sorted.chunk_by(|a, b| a == b) {
            let t = group.len() as f64;
            tied += t * (t - 1.0) / 2.0;
            tie_variance += t * (t - 1.0) * (2.0 * t + 5.0);
        }
        Self {
            n,
            s: n_pairs - tied - 2.0 * falling,
            variance: (n * (n - 1.0) * (2.0 * n + 5.0) - tie_variance) / 18.0,
            n_untied: n_pairs - tied,
        }
    }

    /// The score moved by 1 against the direction asked about.
    fn corrected(&self, alternative: Alternative) -> f64 {
        match alternative {
            Alternative::Less => self.s + 1.0,
            _ => self.s - 1.0,
        }
    }

    /// Tau-b, with the interval of independent values.
    fn tau(&self, level: f64) -> Effect {
        let unit = sqrt(self.n_untied * self.n * (self.n - 1.0) / 2.0);
        let (value, half) = (
            self.s / unit,
            two_sided_normal(level) * sqrt(self.variance) / unit,
        );
        Effect {
            name: "Kendall's tau-b",
            estimate: Estimate {
                value,
                low: (value - half).max(-1.0),
                high: (value + half).min(1.0),
            },
        }
    }
}

/// The median slope, and the slopes whose ranks lie a normal quantile of the score away from the middle.
fn theil_sen(times: &[f64], values: &[f64], score: &Score, alternative: Alternative, level: f64) -> Estimate {
    let slopes = Slopes::new(times, values);
    let n_slopes = slopes.n();
    let at = |rank: u64| slopes.of_rank(rank);
    let value = if n_slopes % 2 == 1 {
        at(n_slopes / 2)
    } else {
        let (below, above) = (at(n_slopes / 2 - 1), at(n_slopes / 2));
        below + 0.5 * (above - below)
    };
    let reach = two_sided_normal(alternative.central_level(level).max(1e-9)) * sqrt(score.variance);
    let last = n_slopes - 1;
    let upper = (0.5 * (n_slopes as f64 + reach)).round_ties_even() as u64;
    let lower = (0.5 * (n_slopes as f64 - reach)).round_ties_even().max(1.0) as u64 - 1;
    let central = Estimate {
        value,
        low: at(lower).min(value),
        high: at(upper.min(last)).max(value),
    };
    alternative.open(central, f64::NEG_INFINITY, f64::INFINITY)
}

fn independent(values: &[f64], slope: f64, times: &[f64]) -> Assumption {
    let rest: Vec<f64> = values.iter().zip(times).map(|(y, t)| y - slope * t).collect();
    let ranks = midranks(&rest).0;
    let first = super::autocorrelation::of_series(&ranks, 1).map_or(0.0, |r| r[0]);
    Assumption {
        name: "values are independent",
        holds: first.abs() * sqrt(values.len() as f64) < 1.96,
        detail: format!(
            "ranks about the slope have a first autocorrelation of {first:.3}; where it is large, test means of longer periods"
        ),
    }
}
