use super::bits::{Subset, for_each_subset, n_subsets, padded};
use super::tails::{Observed, Tails};
use super::{Arrangements, PermutationTest};
use crate::effect::probability_of_superiority;
use crate::interval::{Estimate, two_sided_normal};
use crate::math::{ln, sqrt};
use crate::rank::midranks;
use crate::sum::mean;
use crate::test::{Alternative, Assumption, Effect, TestResult, clean, welch_t};
use crate::{StatsError, check};

/// What is compared between two samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TwoSampleScore {
    /// The difference of means.
    #[default]
    Mean,
    /// The difference of medians.
    Median,
    /// Welch's t, for means where spreads may differ too (A. Janssen (1997), Statistics and Probability Letters 36, 9-21).
    WelchT,
    /// The sum of the first sample's ranks: the exact Mann-Whitney test, with ties.
    RankSum,
}

/// A permutation test of two independent samples: could their labels have been dealt in any way?
///
/// # Shapes and units
/// `a` is `(n_a,)` and `b` is `(n_b,)` in the same unit; NaN is dropped and counted. The effect is the difference `a - b` of
/// means (with Welch's interval) or of medians (with Price and Bonett's), or the probability of superiority for rank sums.
///
/// # Assumptions
/// Under the null both samples come from one law; for means and medians a difference of spreads alone is then no null, too.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 values a side or without resamples, [`StatsError::Constant`] if all values are equal,
/// infinities.
///
/// # Reference
/// E. J. G. Pitman (1937), Supplement to the JRSS 4, 119-130; R. M. Price, D. G. Bonett (2002), Journal of Statistical
/// Computation and Simulation 72, 119-124. Checked against scipy `permutation_test`.
pub fn permutation_two_sample(
    a: &[f64],
    b: &[f64],
    score: TwoSampleScore,
    alternative: Alternative,
    arrangements: &Arrangements,
    level: f64,
) -> Result<PermutationTest, StatsError> {
    check::level(level)?;
    arrangements.check()?;
    let ((a, a_dropped), (b, b_dropped)) = (clean("a", a, 2)?, clean("b", b, 2)?);
    let scores = Scores::new(&a, &b, score)?;
    let tails = scores.tails(arrangements);
    let p = tails.p_value(alternative);
    let effect = effect(&a, &b, score, alternative, level)?;
    let (statistic, name) = match score {
        TwoSampleScore::WelchT => (scores.observed.value, "t"),
        TwoSampleScore::RankSum => (scores.observed.value, "W"),
        _ => (effect.estimate.value, "difference"),
    };
    Ok(PermutationTest {
        result: TestResult {
            n_used: a.len() + b.len(),
            n_dropped: a_dropped + b_dropped,
            alternative: Some(alternative),
            assumptions: vec![exchangeable(&a, &b, score)],
            ..TestResult::new(
                "permutation test of two samples",
                name,
                statistic,
                ln(p.value),
                effect,
            )
        },
        n_arrangements: tails.n(),
        is_exact: tails.is_exact(),
        p_value_error: p.error,
    })
}

/// The values of both samples in an order of their own, and the subset that is the first sample.
struct Scores {
    score: TwoSampleScore,
    values: Vec<f64>,
    squares: Vec<f64>,
    totals: [f64; 2],
    n: [usize; 2],
    first: Subset,
    observed: Observed,
}

impl Scores {
    fn new(a: &[f64], b: &[f64], score: TwoSampleScore) -> Result<Self, StatsError> {
        let mut all: Vec<f64> = a.iter().chain(b).copied().collect();
        if all.iter().all(|v| *v == all[0]) {
            return Err(StatsError::Constant {
                what: "values of both samples".to_owned(),
            });
        }
        let n = [a.len(), b.len()];
        let mut first = Subset::of(all.len(), |place| place < n[0]);
        match score {
            TwoSampleScore::RankSum => all = midranks(&all).0,
            TwoSampleScore::Median => {
                let mut order: Vec<usize> = (0..all.len()).collect();
                order.sort_unstable_by(|&i, &j| all[i].total_cmp(&all[j]));
                first = Subset::of(all.len(), |place| order[place] < n[0]);
                all = order.iter().map(|&i| all[i]).collect();
            }
            // about their mean, so that sums lose nothing
            TwoSampleScore::Mean | TwoSampleScore::WelchT => {
                let centre = mean(&all);
                all.iter_mut().for_each(|v| *v -= centre);
            }
        }
        let squares: Vec<f64> = match score {
            TwoSampleScore::WelchT => all.iter().map(|v| v * v).collect(),
            _ => Vec::new(),
        };
        let size: f64 = all.iter().map(|v| v.abs()).sum();
        let mut scores = Self {
            score,
            totals: [all.iter().sum(), squares.iter().sum()],
            values: padded(all),
            squares: padded(squares),
            n,
            first,
            observed: Observed {
                value: 0.0,
                margin: 1e-14 * size,
            },
        };
        scores.observed.value = scores.of(&scores.first);
        if score == TwoSampleScore::WelchT {
            scores.observed.margin = 1e-12 * scores.observed.value.abs();
        }
        Ok(scores)
    }

    /// The statistic if this subset were the first sample; for means a sum that rises with their difference.
    fn of(&self, first: &Subset) -> f64 {
        match self.score {
            TwoSampleScore::Mean | TwoSampleScore::RankSum => first.sum(&self.values),
            TwoSampleScore::Median => self.median(first, true) - self.median(first, false),
            TwoSampleScore::WelchT => self.welch(first.sum(&self.values), first.sum(&self.squares)),
        }
    }

    fn median(&self, first: &Subset, is_first: bool) -> f64 {
        let n = self.n[usize::from(!is_first)];
        let at = |nth| self.values[first.select(nth, is_first)];
        0.5 * (at((n - 1) / 2) + at(n / 2))
    }

    fn welch(&self, sum: f64, squares: f64) -> f64 {
        let side = |n: usize, sum: f64, squares: f64| {
            let n = n as f64;
            let mean = sum / n;
            (mean, (squares - sum * mean).max(0.0) / (n * (n - 1.0)))
        };
        let (a, b) = (
            side(self.n[0], sum, squares),
            side(self.n[1], self.totals[0] - sum, self.totals[1] - squares),
        );
        // without any spread the means alone decide
        (a.0 - b.0) / sqrt(a.1 + b.1).max(f64::MIN_POSITIVE)
    }

    fn tails(&self, arrangements: &Arrangements) -> Tails {
        let (n, k) = (self.n[0] + self.n[1], self.n[0]);
        if n_subsets(n, k, arrangements.n_resamples).is_some() {
            let mut tails = Tails::exact();
            for_each_subset(n, k, |first| tails.count(self.of(first), self.observed));
            return tails;
        }
        arrangements.drawn(self.observed, || {
            let mut first = Subset::empty(n);
            move |i| {
                first.draw(k, &mut crate::random::Draw::new(arrangements.seed, i));
                self.of(&first)
            }
        })
    }
}

fn effect(
    a: &[f64],
    b: &[f64],
    score: TwoSampleScore,
    alternative: Alternative,
    level: f64,
) -> Result<Effect, StatsError> {
    let central = alternative.central_level(level);
    let (name, estimate) = match score {
        TwoSampleScore::RankSum => return probability_of_superiority(a, b, level),
        TwoSampleScore::Median => ("difference of medians", difference_of_medians(a, b, central)),
        TwoSampleScore::Mean | TwoSampleScore::WelchT => match welch_t(a, b, alternative, level) {
            Ok(welch) => return Ok(welch.effect),
            // both sides are constant
            Err(_) => ("mean difference", around(a[0] - b[0], 0.0)),
        },
    };
    Ok(Effect {
        name,
        estimate: alternative.open(estimate, f64::NEG_INFINITY, f64::INFINITY),
    })
}

fn difference_of_medians(a: &[f64], b: &[f64], level: f64) -> Estimate {
    let ((a, a_error), (b, b_error)) = (median_and_error(a), median_and_error(b));
    let z = if level > 0.0 { two_sided_normal(level) } else { 0.0 };
    around(a - b, z * sqrt(a_error * a_error + b_error * b_error))
}

fn around(value: f64, half: f64) -> Estimate {
    Estimate {
        value,
        low: value - half,
        high: value + half,
    }
}

/// The median and its standard error from the gap between two order statistics around it (Price and Bonett).
fn median_and_error(values: &[f64]) -> (f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len();
    let median = 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]);
    let c = ((0.5 * (n as f64 + 1.0) - sqrt(n as f64)).round() as usize).max(1);
    // the chance that the median lies beyond both
    let coin = crate::distribution::Binomial::new(n as u64, 0.5);
    let beyond = coin.map_or(0.5, |coin| coin.cdf(c as u64 - 1)).min(0.49);
    let z = -crate::special::normal_quantile(beyond);
    (median, (sorted[n - c] - sorted[c - 1]) / (2.0 * z))
}

fn exchangeable(a: &[f64], b: &[f64], score: TwoSampleScore) -> Assumption {
    let [a, b] = [a, b].map(|side| sqrt(crate::test::Sample::of(side).variance));
    let ratio = a.max(b) / a.min(b).max(f64::MIN_POSITIVE);
    Assumption {
        name: "spreads alike, or Welch's t",
        holds: score == TwoSampleScore::WelchT || ratio <= 2.0,
        detail: format!(
            "standard deviations {a:.4} and {b:.4}; where they differ twofold, Welch's t is safer"
        ),
    }
}
