use super::{SeriesTest, mackinnon, not_constant, without_missing_ends};
use crate::distribution::StudentT;
use crate::interval::Estimate;
use crate::linalg::{Householder, LeastSquares};
use crate::math::{ln, pow};
use crate::test::{Assumption, Effect, TestResult};
use crate::{StatsError, check};

/// What a series does besides wandering.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Deterministic {
    /// Nothing: it stays about 0.
    Nothing,
    /// It stays about a constant.
    #[default]
    Constant,
    /// It follows a straight line.
    Trend,
    /// It follows a parabola.
    QuadraticTrend,
}

impl Deterministic {
    fn n_columns(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Constant => 1,
            Self::Trend => 2,
            Self::QuadraticTrend => 3,
        }
    }
}

/// How many lagged differences the regression holds; `most` is Schwert's `ceil(12 (n / 100)^(1/4))` where not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitRootLags {
    /// This many.
    Fixed(usize),
    /// The number with the least Akaike criterion.
    Akaike {
        /// Numbers up to this one are tried.
        most: Option<usize>,
    },
    /// The number with the least Bayes (Schwarz) criterion.
    Bayes {
        /// Numbers up to this one are tried.
        most: Option<usize>,
    },
    /// From `most` down to the first whose last lag has `|t| >= 1.645`.
    LastT {
        /// Numbers up to this one are tried.
        most: Option<usize>,
    },
}

/// The augmented Dickey-Fuller test: a small p-value says that the series returns to its level, without a unit root.
///
/// # Shapes and units
/// `values` is `(n,)` in the order of time. The statistic is the t of the level in the regression of differences on the level
/// before, lagged differences and `deterministic`; the effect is its coefficient per step (0 under a unit root) with the
/// regression's interval. Lag numbers are compared on the same rows, the chosen one is fitted on all.
///
/// # Assumptions
/// Enough lags that the errors are uncorrelated. p-values come from MacKinnon's surfaces, right to about two digits, and stay
/// at the ends of their range (about 1e-30).
///
/// # Errors
/// [`StatsError::Constant`], [`StatsError::OutOfRange`] for more lags than `n / 2 - columns - 1`, [`StatsError::TooFewValues`],
/// [`StatsError::Undefined`] if the regression fits exactly or has no level of its own; infinities and inner gaps.
///
/// # Reference
/// D. A. Dickey, W. A. Fuller (1979), JASA 74, 427-431. Checked against statsmodels `adfuller` and R.
pub fn adf(
    values: &[f64],
    deterministic: Deterministic,
    lags: UnitRootLags,
    level: f64,
) -> Result<SeriesTest, StatsError> {
    check::level(level)?;
    let (inner, n_dropped) = without_missing_ends(values, 4)?;
    not_constant(inner)?;
    let n_lags = choose_lags(inner, deterministic, lags)?;
    let (columns, differences) = regression(inner, deterministic, n_lags);
    let fit = LeastSquares::new(&columns, &differences)?;
    check::at_least("rows of the regression", differences.len(), fit.rank() + 1)?;
    let place = fit.rank() - 1;
    if fit.kept().last() != Some(&(columns.len() - 1)) || fit.residual_sum_of_squares() == 0.0 {
        return Err(StatsError::Undefined {
            what: "the Dickey-Fuller statistic",
            reason: "lags and trend tell the differences or the level exactly; use fewer lags",
        });
    }
    let (value, error) = (fit.coefficients()[columns.len() - 1], fit.standard_error(place));
    let spare = (differences.len() - fit.rank()) as f64;
    let half = StudentT::new(spare)?.upper_quantile(0.5 * (1.0 - level)) * error;
    let statistic = value / error;
    let effect = Effect {
        name: "coefficient of the level",
        estimate: Estimate {
            value,
            low: value - half,
            high: value + half,
        },
    };
    let ln_p = mackinnon::ln_p(statistic, deterministic);
    let result = TestResult::new("augmented Dickey-Fuller test", "τ", statistic, ln_p, effect);
    Ok(SeriesTest {
        critical_values: mackinnon::critical_values(differences.len() as f64, deterministic),
        n_lags,
        result: TestResult {
            n_used: differences.len(),
            n_dropped,
            assumptions: vec![uncorrelated(fit.residuals())],
            ..result
        },
    })
}

/// Whether the lags took the autocorrelation out of the errors.
fn uncorrelated(residuals: &[f64]) -> Assumption {
    let first = super::autocorrelation::of_series(residuals, 1).map_or(0.0, |r| r[0]);
    Assumption {
        name: "errors are uncorrelated",
        holds: first * first * residuals.len() as f64 <= 3.84,
        detail: format!("their first autocorrelation is {first:.3}; more lags would lower it"),
    }
}

fn choose_lags(
    values: &[f64],
    deterministic: Deterministic,
    lags: UnitRootLags,
) -> Result<usize, StatsError> {
    let n = values.len();
    let room = (n / 2).checked_sub(deterministic.n_columns() + 1);
    let Some(room) = room else {
        return check::at_least("values", n, 2 * (deterministic.n_columns() + 1)).map(|()| 0);
    };
    let schwert = (12.0 * pow(n as f64 / 100.0, 0.25)).ceil() as usize;
    let most = match lags {
        UnitRootLags::Fixed(n_lags) => Some(n_lags),
        UnitRootLags::Akaike { most } | UnitRootLags::Bayes { most } | UnitRootLags::LastT { most } => most,
    };
    let most = most.unwrap_or(schwert.min(room));
    if most > room {
        return Err(StatsError::OutOfRange {
            what: "lags",
            found: most as f64,
            expected: "at most half the values without the trend's columns and 1",
        });
    }
    check::cells("lagged differences", n, most)?;
    match lags {
        UnitRootLags::Fixed(_) => Ok(most),
        other => Ok(Nested::new(values, deterministic, most).best(other)),
    }
}

/// Trend columns, lagged differences, and the level last; and the differences.
fn regression(values: &[f64], deterministic: Deterministic, n_lags: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
    let differences: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let n_rows = differences.len() - n_lags;
    let mut columns = trend_columns(deterministic, n_rows);
    for lag in 1..=n_lags {
        columns.push(differences[n_lags - lag..n_lags - lag + n_rows].to_vec());
    }
    columns.push(values[n_lags..n_lags + n_rows].to_vec());
    (columns, differences[n_lags..].to_vec())
}

/// Powers of time, centred: the span is that of powers from 1.
fn trend_columns(deterministic: Deterministic, n_rows: usize) -> Vec<Vec<f64>> {
    let middle = 0.5 * (n_rows as f64 - 1.0);
    let time = |row: usize| (row as f64 - middle) / n_rows as f64;
    let powers: [&dyn Fn(usize) -> f64; 3] = [&|_| 1.0, &time, &|row| time(row) * time(row)];
    powers[..deterministic.n_columns()]
        .iter()
        .map(|power| (0..n_rows).map(power).collect())
        .collect()
}

/// Regressions with 0, 1, 2, ... lags on the same rows, from one factorisation.
struct Nested {
    n: f64,
    /// Columns before the first lag.
    n_fixed: usize,
    /// The differences in the directions of the columns, then what is left.
    along: Vec<f64>,
    most: usize,
    rank: usize,
}

impl Nested {
    fn new(values: &[f64], deterministic: Deterministic, most: usize) -> Self {
        let (mut columns, mut along) = regression(values, deterministic, most);
        let n_fixed = deterministic.n_columns() + 1;
        let level = columns.pop().unwrap_or_default();
        columns.insert(n_fixed - 1, level);
        for column in &mut columns {
            let largest = column.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
            if largest > 0.0 {
                column.iter_mut().for_each(|v| *v /= largest);
            }
        }
        let factor = Householder::new(columns.iter().map(Vec::as_slice), along.len());
        factor.transform(&mut along);
        Self {
            // with a row to spare, else the fit is exact
            most: most.min(along.len().saturating_sub(n_fixed + 1)),
            n: along.len() as f64,
            n_fixed,
            along,
            rank: factor.rank(),
        }
    }

    fn rest(&self, n_lags: usize) -> f64 {
        let n_columns = (self.n_fixed + n_lags).min(self.rank);
        self.along[n_columns..].iter().map(|v| v * v).sum()
    }

    fn best(&self, by: UnitRootLags) -> usize {
        let last_t = |n_lags: usize| {
            let place = (self.n_fixed + n_lags - 1).min(self.along.len() - 1);
            let spare = self.n - (self.n_fixed + n_lags) as f64;
            self.along[place] * self.along[place]
                >= 1.644_853_626_951_472_2 * 1.644_853_626_951_472_2 * self.rest(n_lags) / spare
        };
        let criterion = |penalty: f64, n_lags: usize| {
            self.n * ln(self.rest(n_lags) / self.n) + penalty * (self.n_fixed + n_lags) as f64
        };
        let penalty = match by {
            UnitRootLags::Fixed(n_lags) => return n_lags,
            UnitRootLags::LastT { .. } => {
                return (1..=self.most).rev().find(|&n_lags| last_t(n_lags)).unwrap_or(0);
            }
            UnitRootLags::Akaike { .. } => 2.0,
            UnitRootLags::Bayes { .. } => ln(self.n),
        };
        (0..=self.most)
            .min_by(|&a, &b| criterion(penalty, a).total_cmp(&criterion(penalty, b)))
            .unwrap_or(0)
    }
}
