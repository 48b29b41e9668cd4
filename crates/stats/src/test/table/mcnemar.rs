use super::binomial::ln_at_most;
use crate::distribution::ChiSquare;
use crate::interval::{Estimate, clopper_pearson, two_sided_normal};
use crate::math::sqrt;
use crate::test::{Assumption, Effect, TestResult};
use crate::{StatsError, check};

/// How the p-value of [`mcnemar`] is computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum McNemarMethod {
    /// From the binomial distribution of the changes.
    #[default]
    Exact,
    /// From chi-square.
    ChiSquare {
        /// Whether 1 is taken off the distance (Edwards).
        continuity: bool,
    },
}

/// McNemar's test of paired yes-no answers: are changes as frequent in one direction as in the other?
///
/// # Shapes and units
/// `table[before][after]` counts pairs; only `table[0][1]` and `table[1][0]`, the changes, matter. The statistic is
/// the smaller of the two (exact) or chi-square. The effect is their ratio, the conditional odds ratio, with its exact
/// interval; the difference of the paired proportions stands in `more_effects` with Wald's interval.
///
/// # Assumptions
/// Independent pairs; the chi-square form needs about 25 changes.
///
/// # Errors
/// [`StatsError::Undefined`] if nothing changed.
///
/// # Reference
/// Q. McNemar (1947), Psychometrika 12, 153-157. Checked against statsmodels `mcnemar` and R `mcnemar.test`.
pub fn mcnemar(table: [[u64; 2]; 2], method: McNemarMethod, level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let [[_, up], [down, _]] = table.map(|row| row.map(|count| count as f64));
    let n: f64 = table.as_flattened().iter().map(|&count| count as f64).sum();
    let changes = up + down;
    if changes == 0.0 {
        return Err(StatsError::Undefined {
            what: "McNemar's statistic",
            reason: "no pair changed",
        });
    }
    let share = clopper_pearson(up, changes, level)?;
    let effect = Effect {
        name: "odds ratio of changes",
        estimate: share.map(|p| if p < 1.0 { p / (1.0 - p) } else { f64::INFINITY }),
    };
    let difference = Effect {
        name: "difference of proportions",
        estimate: paired_difference(up, down, n, level),
    };
    let result = match method {
        McNemarMethod::Exact => {
            let least = up.min(down);
            let ln_p = (ln_at_most(least, changes, 0.5) + std::f64::consts::LN_2).min(0.0);
            TestResult::new("McNemar's exact test", "fewer changes", least, ln_p, effect)
        }
        McNemarMethod::ChiSquare { continuity } => {
            let distance = ((up - down).abs() - f64::from(u8::from(continuity))).max(0.0);
            let statistic = distance * distance / changes;
            let ln_p = ChiSquare::new(1.0)?.ln_sf(statistic);
            TestResult {
                df: vec![1.0],
                assumptions: vec![enough_changes(changes)],
                ..TestResult::new("McNemar's test", "χ²", statistic, ln_p, effect)
            }
        }
    };
    Ok(TestResult {
        more_effects: vec![difference],
        n_used: n as usize,
        ..result
    })
}

fn enough_changes(changes: f64) -> Assumption {
    Assumption {
        name: "enough pairs changed",
        holds: changes >= 25.0,
        detail: format!("{changes} pairs changed; below 25 take the exact test"),
    }
}

fn paired_difference(up: f64, down: f64, n: f64, level: f64) -> Estimate {
    let value = (up - down) / n;
    let half = two_sided_normal(level) * sqrt(((up + down) / n - value * value).max(0.0) / n);
    Estimate {
        value,
        low: (value - half).max(-1.0),
        high: (value + half).min(1.0),
    }
}
