use super::Formula;
use super::levenberg::{Slope, Walk, walk};
use crate::linalg::LeastSquares;
use crate::math::sqrt;
use crate::{StatsError, check};

/// How the walk begins: near Gauss and Newton's step, then nearer and nearer steepest descent.
const DAMPINGS: [f64; 3] = [1e-3, 1.0, 1e3];

/// A fitted formula.
#[derive(Debug, Clone, PartialEq)]
pub struct NonlinearFit {
    /// One number for each parameter.
    pub coefficients: Vec<f64>,
    /// Their standard errors, from the formula's slope at the solution, if errors are independent and of one variance.
    pub standard_errors: Vec<f64>,
    /// Their covariance, row after row; its diagonal holds the squares of the standard errors.
    pub covariance: Vec<f64>,
    /// Targets minus fitted values, of the rows used.
    pub residuals: Vec<f64>,
    /// The sum of their squares.
    pub residual_sum_of_squares: f64,
    /// The standard deviation of the errors, in the unit of the targets.
    pub residual_sd: f64,
    /// Rows beyond parameters.
    pub df_residual: usize,
    /// Rows used.
    pub n_used: usize,
    /// Rows dropped for a missing number.
    pub n_dropped: usize,
    /// Steps taken.
    pub n_steps: usize,
}

/// Nonlinear least squares of `targets` on a formula, from `start`.
///
/// # Shapes and units
/// `columns` are those of the formula, `(n_rows,)` each, as `targets` is; a row with NaN is dropped and counted. `start` is
/// `(n_parameters,)`.
///
/// # Assumptions
/// The minimum found is one near the start, which need not be the lowest. Standard errors are those of the straight line
/// nearest to the formula.
///
/// # Errors
/// [`StatsError::NotConverged`] rather than a place that is no minimum; [`StatsError::NotPositiveDefinite`] names a parameter
/// that the data do not tell from those before it; [`StatsError::Undefined`] where the formula is no number at the start;
/// [`StatsError::TooFewValues`] without a spare row; lengths and infinities.
///
/// # Reference
/// See [`linalg`](crate::linalg) and J. J. Moré (1978). Checked against the certified values of NIST StRD.
pub fn nonlinear_fit(
    formula: &Formula,
    columns: &[&[f64]],
    targets: &[f64],
    start: &[f64],
) -> Result<NonlinearFit, StatsError> {
    check::at_least("columns", columns.len(), 1)?;
    check::same_length("columns", columns.len(), formula.n_columns)?;
    check::same_length("start", start.len(), formula.n_parameters)?;
    check::at_least("parameters", start.len(), 1)?;
    check::finite("start", start)?;
    let rows = Rows::new(columns, targets)?;
    check::at_least(
        "rows beyond parameters",
        rows.targets.len().saturating_sub(start.len()),
        1,
    )?;
    let slope_at = |parameters: &[f64]| rows.slope(formula, parameters);
    let walks = DAMPINGS.iter().map(|damping| walk(start, *damping, slope_at));
    let walks: Vec<Walk> = walks.collect::<Option<_>>().ok_or(StatsError::Undefined {
        what: "formula at the start",
        reason: "a value or a slope is no finite number for some row",
    })?;
    let n_steps = walks.iter().map(|walk| walk.n_steps).sum();
    let arrived = walks.into_iter().filter(|walk| walk.has_arrived);
    let lowest = arrived.min_by(|a, b| a.squares.total_cmp(&b.squares));
    let lowest = lowest.ok_or(StatsError::NotConverged {
        what: "nonlinear least squares",
        n_steps,
    })?;
    summary(lowest, n_steps, rows.n_dropped)
}

fn summary(found: Walk, n_steps: usize, n_dropped: usize) -> Result<NonlinearFit, StatsError> {
    let Slope { residuals, columns } = found.slope;
    let tangent = LeastSquares::new(&columns, &residuals)?;
    if let Some(row) = (0..columns.len()).find(|column| !tangent.kept().contains(column)) {
        return Err(StatsError::NotPositiveDefinite { row });
    }
    let df_residual = residuals.len() - columns.len();
    let residual_sd = sqrt(found.squares / df_residual as f64);
    let inverse = tangent.inverse_gram_matrix();
    let error = |place| residual_sd * sqrt(inverse[place * (columns.len() + 1)]);
    Ok(NonlinearFit {
        standard_errors: (0..columns.len()).map(error).collect(),
        covariance: inverse.iter().map(|g| residual_sd * residual_sd * g).collect(),
        coefficients: found.parameters,
        residual_sum_of_squares: found.squares,
        residual_sd,
        df_residual,
        n_used: residuals.len(),
        residuals,
        n_dropped,
        n_steps,
    })
}

/// The rows without a missing number.
struct Rows {
    columns: Vec<Vec<f64>>,
    targets: Vec<f64>,
    n_dropped: usize,
}

impl Rows {
    fn new(columns: &[&[f64]], targets: &[f64]) -> Result<Self, StatsError> {
        for column in columns {
            check::same_length("a column", column.len(), targets.len())?;
        }
        let is_whole = |row: &usize| columns.iter().all(|c| !c[*row].is_nan()) && !targets[*row].is_nan();
        let kept: Vec<usize> = (0..targets.len()).filter(is_whole).collect();
        let pick = |column: &[f64]| kept.iter().map(|&row| column[row]).collect::<Vec<f64>>();
        let rows = Self {
            columns: columns.iter().map(|column| pick(column)).collect(),
            targets: pick(targets),
            n_dropped: targets.len() - kept.len(),
        };
        for column in &rows.columns {
            check::finite("a column", column)?;
        }
        check::finite("targets", &rows.targets)?;
        Ok(rows)
    }

    fn slope(&self, formula: &Formula, parameters: &[f64]) -> Slope {
        let columns: Vec<&[f64]> = self.columns.iter().map(Vec::as_slice).collect();
        let fitted = formula.expression.evaluate(&columns, parameters);
        let still = || vec![0.0; self.targets.len()];
        Slope {
            residuals: self
                .targets
                .iter()
                .zip(&fitted.values)
                .map(|(y, f)| y - f)
                .collect(),
            columns: fitted
                .slopes
                .into_iter()
                .map(|slope| slope.unwrap_or_else(still))
                .collect(),
        }
    }
}
