use crate::interval::Estimate;
use crate::math::{exp, ln, ln_1p, log_sum_exp};
use crate::special::{ln_beta_term, solve_ln_tail};
use crate::test::{Alternative, Effect, TestResult};
use crate::{StatsError, check};

/// Counts above this are refused: products of counts would not be whole numbers any more.
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
    let at = table[0][0];
    let ln_p = match alternative {
        Alternative::Less => law.ln_at_most(at),
        Alternative::Greater => law.ln_at_least(at),
        Alternative::TwoSided => law.ln_as_rare(at),
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

/// The distribution of the first cell given the margins, hypergeometric, tilted by odds.
///
/// Sums run outward from the most probable cell or from the end of a tail until terms are below the last bit, so that their
/// number grows with the square root of the counts.
#[derive(Clone, Copy)]
struct FisherLaw {
    row: u64,
    other_row: u64,
    column: u64,
    lowest: u64,
    highest: u64,
    ln_odds: f64,
}

/// Terms below this share of their sum end it: what follows falls at least as fast.
const NEGLIGIBLE: f64 = 1e-18;

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
        Ok(Self {
            row,
            other_row,
            column,
            lowest: column.saturating_sub(other_row),
            highest: row.min(column),
            ln_odds: 0.0,
        })
    }

    fn tilted(self, ln_odds: f64) -> Self {
        Self { ln_odds, ..self }
    }

    /// `ln` of the probability of `k` without tilt, as binomial terms (C. Loader (2000)), times the odds.
    fn ln_weight(&self, k: u64) -> f64 {
        let n = self.row + self.other_row;
        let share = self.column as f64 / n as f64;
        let rest = (n - self.column) as f64 / n as f64;
        let term = |k: u64, n: u64| ln_binomial(k as f64, n as f64, share, rest);
        let plain = term(k, self.row) + term(self.column - k, self.other_row) - term(self.column, n);
        plain + k as f64 * self.ln_odds
    }

    /// The probability of `k + 1` over that of `k`, which falls in `k`.
    fn ratio(&self, k: u64) -> f64 {
        let down = (self.row - k) as f64 * (self.column - k) as f64;
        let up = (k + 1) as f64 * (self.other_row + k + 1 - self.column) as f64;
        exp(ln(down / up) + self.ln_odds)
    }

    /// The most probable cell.
    fn mode(&self) -> u64 {
        self.first(self.lowest, self.highest, |k| self.ratio(k) < 1.0)
    }

    /// The first of `low..high` that holds, where all after it hold too; else `high`.
    fn first(&self, mut low: u64, mut high: u64, holds: impl Fn(u64) -> bool) -> u64 {
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// `sum(p(k) / p(start))` and `sum((k - start) p(k) / p(start))` over `k` from `start` up.
    fn sums_up(&self, start: u64) -> [f64; 2] {
        let (mut term, mut sum, mut moment) = (1.0, 1.0, 0.0);
        for k in start..self.highest {
            term *= self.ratio(k);
            sum += term;
            moment += (k + 1 - start) as f64 * term;
            if term < NEGLIGIBLE * sum {
                break;
            }
        }
        [sum, moment]
    }

    /// The same over `k` from `start` down, distances positive.
    fn sums_down(&self, start: u64) -> [f64; 2] {
        let (mut term, mut sum, mut moment) = (1.0, 1.0, 0.0);
        for k in (self.lowest..start).rev() {
            term /= self.ratio(k);
            sum += term;
            moment += (start - k) as f64 * term;
            if term < NEGLIGIBLE * sum {
                break;
            }
        }
        [sum, moment]
    }

    /// `ln` of the sum of all weights; 0 without tilt.
    fn ln_total(&self, mode: u64) -> f64 {
        if self.ln_odds == 0.0 {
            return 0.0;
        }
        self.ln_weight(mode) + ln(self.sums_up(mode)[0] + self.sums_down(mode)[0] - 1.0)
    }

    fn ln_at_least(&self, at: u64) -> f64 {
        let mode = self.mode();
        if at <= self.lowest {
            return 0.0;
        }
        if at <= mode {
            return ln_1p(-exp(self.ln_at_most(at - 1)));
        }
        (self.ln_weight(at) + ln(self.sums_up(at)[0]) - self.ln_total(mode)).min(0.0)
    }

    fn ln_at_most(&self, at: u64) -> f64 {
        let mode = self.mode();
        if at >= self.highest {
            return 0.0;
        }
        if at >= mode {
            return ln_1p(-exp(self.ln_at_least(at + 1)));
        }
        (self.ln_weight(at) + ln(self.sums_down(at)[0]) - self.ln_total(mode)).min(0.0)
    }

    /// `ln` of the probability of cells at most as probable as this one, but for rounding.
    fn ln_as_rare(&self, at: u64) -> f64 {
        let (mode, limit) = (self.mode(), self.ln_weight(at) + 1e-7);
        if self.ln_weight(mode) <= limit {
            return 0.0;
        }
        let is_rare = |k: u64| self.ln_weight(k) <= limit;
        let above = self.first(mode, self.highest + 1, is_rare);
        let below = self.first(self.lowest, mode, |k| !is_rare(k));
        let mut tails = Vec::new();
        if above <= self.highest {
            tails.push(self.ln_at_least(above));
        }
        if self.lowest < below {
            tails.push(self.ln_at_most(below - 1));
        }
        log_sum_exp(&tails).min(0.0)
    }

    /// Of the cell, less this one.
    fn mean_beyond(&self, at: u64) -> f64 {
        let mode = self.mode();
        let ([up, above], [down, below]) = (self.sums_up(mode), self.sums_down(mode));
        (mode as f64 - at as f64) + (above - below) / (up + down - 1.0)
    }

    fn odds_ratio(&self, at: u64, alternative: Alternative, level: f64) -> Estimate {
        let tail = if alternative == Alternative::TwoSided {
            0.5 * (1.0 - level)
        } else {
            1.0 - level
        };
        let solve = |f: &dyn Fn(Self) -> f64, target: f64| {
            exp(solve_ln_tail(|t| f(self.tilted(t)), target, self.ln_middle(at)))
        };
        let (least, most) = (at == self.lowest, at == self.highest);
        let value = match (least, most) {
            (true, _) => 0.0,
            (_, true) => f64::INFINITY,
            _ => solve(&|law| law.mean_beyond(at), 0.0),
        };
        let low = if least {
            0.0
        } else {
            solve(&|law| law.ln_at_least(at), ln(tail))
        };
        let high = if most {
            f64::INFINITY
        } else {
            solve(&|law| -law.ln_at_most(at), -ln(tail))
        };
        alternative.open(Estimate { value, low, high }, 0.0, f64::INFINITY)
    }

    /// The log odds of the table with half a count more in each cell, near which all answers lie.
    fn ln_middle(&self, at: u64) -> f64 {
        let more = |count: u64| count as f64 + 0.5;
        let cells = [
            at,
            self.row - at,
            self.column - at,
            self.other_row + at - self.column,
        ];
        let [a, b, c, d] = cells.map(more);
        ln(a / b * (d / c))
    }
}

/// `ln` of the probability of `k` among `n` at this share, with `rest = 1 - share`.
fn ln_binomial(k: f64, n: f64, share: f64, rest: f64) -> f64 {
    if k == 0.0 {
        return if share < rest {
            n * ln_1p(-share)
        } else {
            n * ln(rest)
        };
    }
    if k == n {
        return if rest < share {
            n * ln_1p(-rest)
        } else {
            n * ln(share)
        };
    }
    ln_beta_term(k, n - k, share, rest) + ln(n / (n - k))
}
