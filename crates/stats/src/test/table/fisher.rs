use crate::interval::Estimate;
use crate::math::{exp, ln, log_sum_exp};
use crate::special::{ln_choose, solve_ln_tail};
use crate::test::{Alternative, Effect, TestResult};
use crate::{StatsError, check};

/// Counts above this are refused: the support would be walked for minutes.
const MOST: u64 = 10_000_000;

/// Fisher's exact test of a 2 x 2 table.
///
/// # Shapes and units
/// `table[row][column]` counts. The statistic is the sample odds ratio (infinite if a cell off the diagonal is 0); the
/// effect is the conditional maximum-likelihood odds ratio with its exact interval, as in R.
///
/// # Assumptions
/// Independent rows; exact given both margins, therefore cautious.
///
/// # Errors
/// [`StatsError::OneClass`] if a row or column is empty, [`StatsError::OutOfRange`] above ten million counts in a margin.
///
/// # Reference
/// R. A. Fisher (1935), JRSS 98, 39-54. Checked against scipy `fisher_exact` and `contingency.odds_ratio`.
pub fn fisher_exact_2x2(
    table: [[u64; 2]; 2],
    alternative: Alternative,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let law = FisherLaw::new(table)?;
    let x = table[0][0] as f64;
    let at = (x - law.lowest) as usize;
    let ln_p = match alternative {
        Alternative::Less => law.ln_tail(0.0, |i| i <= at),
        Alternative::Greater => law.ln_tail(0.0, |i| i >= at),
        Alternative::TwoSided => {
            let limit = law.weights[at] + 1e-7;
            law.ln_tail(0.0, |i| law.weights[i] <= limit)
        }
    };
    let [[a, b], [c, d]] = table.map(|row| row.map(|count| count as f64));
    let odds_ratio = if b * c > 0.0 {
        a * d / (b * c)
    } else {
        f64::INFINITY
    };
    let effect = Effect {
        name: "odds ratio",
        estimate: law.odds_ratio(at, alternative, level),
    };
    let result = TestResult::new("Fisher's exact test", "odds ratio", odds_ratio, ln_p, effect);
    Ok(TestResult {
        n_used: (a + b + c + d) as usize,
        alternative: Some(alternative),
        ..result
    })
}

/// The distribution of the first cell given the margins: `exp(weights[i] + i * ln(odds))` up to a factor.
struct FisherLaw {
    lowest: f64,
    weights: Vec<f64>,
}

impl FisherLaw {
    fn new(table: [[u64; 2]; 2]) -> Result<Self, StatsError> {
        if let Some(&found) = table.as_flattened().iter().find(|&&count| count > MOST) {
            return Err(StatsError::OutOfRange {
                what: "a count of the table",
                found: found as f64,
                expected: "at most ten million",
            });
        }
        let [[a, b], [c, d]] = table;
        for (what, sides) in [
            ("rows of the table", [a + b, c + d]),
            ("columns of the table", [a + c, b + d]),
        ] {
            if sides.contains(&0) {
                return Err(StatsError::OneClass {
                    what,
                    found: format!("with {} counts", a + b + c + d),
                });
            }
        }
        let (row, other_row, column) = (a + b, c + d, a + c);
        let lowest = column.saturating_sub(other_row);
        let highest = row.min(column);
        let weight =
            |k: u64| ln_choose(row as f64, k as f64) + ln_choose(other_row as f64, (column - k) as f64);
        let mut weights: Vec<f64> = (lowest..=highest).map(weight).collect();
        let total = log_sum_exp(&weights);
        for weight in &mut weights {
            *weight -= total;
        }
        Ok(Self {
            lowest: lowest as f64,
            weights,
        })
    }

    /// `ln P(cell in the set)` at these log odds.
    fn ln_tail(&self, ln_odds: f64, in_set: impl Fn(usize) -> bool) -> f64 {
        let tilted: Vec<f64> = self
            .weights
            .iter()
            .enumerate()
            .map(|(i, w)| w + i as f64 * ln_odds)
            .collect();
        let inside: Vec<f64> = tilted
            .iter()
            .enumerate()
            .filter(|(i, _)| in_set(*i))
            .map(|(_, w)| *w)
            .collect();
        (log_sum_exp(&inside) - log_sum_exp(&tilted)).min(0.0)
    }

    fn mean(&self, ln_odds: f64) -> f64 {
        let tilted: Vec<f64> = self
            .weights
            .iter()
            .enumerate()
            .map(|(i, w)| w + i as f64 * ln_odds)
            .collect();
        let total = log_sum_exp(&tilted);
        tilted
            .iter()
            .enumerate()
            .map(|(i, w)| i as f64 * exp(w - total))
            .sum()
    }

    fn odds_ratio(&self, at: usize, alternative: Alternative, level: f64) -> Estimate {
        let last = self.weights.len() - 1;
        let tail = if alternative == Alternative::TwoSided {
            0.5 * (1.0 - level)
        } else {
            1.0 - level
        };
        let value = match at {
            0 => 0.0,
            _ if at == last => f64::INFINITY,
            _ => exp(solve_ln_tail(|t| self.mean(t), at as f64, 0.0)),
        };
        let low = if at == 0 {
            0.0
        } else {
            exp(solve_ln_tail(|t| self.ln_tail(t, |i| i >= at), ln(tail), 0.0))
        };
        let high = if at == last {
            f64::INFINITY
        } else {
            exp(solve_ln_tail(|t| -self.ln_tail(t, |i| i <= at), -ln(tail), 0.0))
        };
        alternative.open(Estimate { value, low, high }, 0.0, f64::INFINITY)
    }
}
