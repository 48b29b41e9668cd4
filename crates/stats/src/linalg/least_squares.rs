use super::householder::Householder;
use super::twofold::Twofold;
use crate::math::sqrt;
use crate::sum::Compensated;
use crate::{StatsError, check};

/// Steps of refinement at most; each gains as many digits as the factorisation has right.
const MAX_STEPS: usize = 10;

/// Residuals up to this many roundings of the largest target are no residuals.
const EXACT_FIT: f64 = 4.0 * f64::EPSILON;

/// The least squares solution of `X b = y`, right to the last digits even where columns nearly depend on each other.
///
/// Householder's factorisation finds a first answer; coefficients and residuals are then refined together against the
/// data in twice the usual precision. Columns that are sums of earlier ones are left out and have coefficient 0.
///
/// ```
/// use stats::linalg::LeastSquares;
/// let fit = LeastSquares::new(&[vec![1.0, 1.0, 1.0], vec![0.0, 1.0, 2.0]], &[1.0, 3.0, 5.0])?;
/// assert_eq!(fit.coefficients(), [1.0, 2.0]);
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Reference
/// Å. Björck (1967), BIT 7, 257-278 (refinement). Checked against the certified values of NIST StRD, Filip's among them.
#[derive(Debug, Clone)]
pub struct LeastSquares {
    design: Scaled,
    factor: Householder,
    coefficients: Vec<f64>,
    residuals: Vec<f64>,
}

impl LeastSquares {
    /// Fits `columns`, each `(n_rows,)`, to `targets` of `(n_rows,)`. No column is added.
    ///
    /// # Errors
    /// [`StatsError::LengthMismatch`], [`StatsError::NotFinite`], [`StatsError::TooFewValues`] without rows or columns.
    pub fn new(columns: &[Vec<f64>], targets: &[f64]) -> Result<Self, StatsError> {
        let no_low_parts = vec![Vec::new(); columns.len()];
        Self::of_parts(columns, &no_low_parts, targets)
    }

    /// Fits the powers 0 to `degree` of `x`, which are taken in twice the usual precision.
    ///
    /// # Errors
    /// As [`LeastSquares::new`]; [`StatsError::TooFewValues`] for a degree of as many as values or more;
    /// [`StatsError::OutOfRange`] above 100 million powers, and where a power is beyond numbers.
    pub fn polynomial(x: &[f64], degree: usize, targets: &[f64]) -> Result<Self, StatsError> {
        check::finite("x", x)?;
        check::at_least("x", x.len(), degree.saturating_add(1))?;
        check::cells("powers of x", x.len(), degree + 1)?;
        let mut power = vec![Twofold::of(1.0); x.len()];
        let (mut high, mut low) = (Vec::new(), Vec::new());
        for _ in 0..=degree {
            high.push(power.iter().map(|p| p.high).collect::<Vec<f64>>());
            low.push(power.iter().map(|p| p.low).collect::<Vec<f64>>());
            for (power, &x) in power.iter_mut().zip(x) {
                *power = power.times(Twofold::of(x));
            }
        }
        Self::of_parts(&high, &low, targets)
    }

    fn of_parts(columns: &[Vec<f64>], low: &[Vec<f64>], targets: &[f64]) -> Result<Self, StatsError> {
        check::at_least("columns", columns.len(), 1)?;
        check::at_least("targets", targets.len(), 1)?;
        check::finite("targets", targets)?;
        for column in columns {
            check::same_length("a column", column.len(), targets.len())?;
        }
        for column in columns.iter().chain(low) {
            check::finite("a column", column)?;
        }
        let design = Scaled::new(columns, low, targets.len());
        let factor = Householder::new(design.columns.iter().map(Vec::as_slice), targets.len());
        let mut fit = Self {
            design,
            factor,
            coefficients: vec![0.0; columns.len()],
            residuals: Vec::new(),
        };
        fit.solve_for(targets);
        Ok(fit)
    }

    fn solve_for(&mut self, targets: &[f64]) {
        let unit = power_of_two(targets);
        let scaled: Vec<f64> = targets.iter().map(|y| y / unit).collect();
        let (residuals, solution) = self.refined(&scaled, &vec![0.0; self.rank()]);
        for (&column, x) in self.factor.kept().iter().zip(&solution) {
            self.coefficients[column] = x / self.design.units[column] * unit;
        }
        let largest = scaled.iter().fold(0.0_f64, |most, y| most.max(y.abs()));
        let is_exact = residuals.iter().all(|r| r.abs() <= EXACT_FIT * largest);
        let unit = if is_exact { 0.0 } else { unit };
        self.residuals = residuals.iter().map(|r| r * unit).collect();
    }

    /// Solves `r + X x = b`, `X' r = c` for scaled columns; returns `r` and `x`.
    fn refined(&self, b: &[f64], c: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (n_rows, rank) = (b.len(), self.rank());
        let mut r = vec![Twofold::default(); n_rows];
        let mut x = vec![Twofold::default(); rank];
        let mut last_move = None;
        // what is left of both sides: everything at first
        let (mut along, mut h) = (b.to_vec(), c.to_vec());
        for _ in 0..MAX_STEPS {
            self.factor.solve_lower(&mut h);
            self.factor.transform(&mut along);
            let mut step: Vec<f64> = along.iter().zip(&h).map(|(d, h)| d - h).collect();
            self.factor.solve_upper(&mut step);
            along[..rank].copy_from_slice(&h);
            self.factor.restore(&mut along);
            add(&mut r, &along);
            add(&mut x, &step);
            let size = largest(x.iter().map(|x| x.high));
            let moved = largest(step.iter().copied());
            // what is still wrong shrinks from step to step by about the same share
            let share = last_move.map_or(1.0, |last: f64| moved / last);
            if moved * share <= 1e-20 * size || (last_move.is_some() && share > 0.5) {
                break;
            }
            last_move = Some(moved);
            along = self.design.first_rest(b, &r, &x, self.factor.kept());
            h = self.design.second_rest(c, &r, self.factor.kept());
        }
        let value = |t: &Twofold| t.high + t.low;
        (r.iter().map(value).collect(), x.iter().map(value).collect())
    }

    /// How many columns are used.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.factor.rank()
    }

    /// Positions of the columns that are used.
    #[must_use]
    pub fn kept(&self) -> &[usize] {
        self.factor.kept()
    }

    /// One for each column; 0 for those left out.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// Targets minus fitted values, all 0 where the fit is exact to the roundings of the targets.
    #[must_use]
    pub fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    /// The sum of squared residuals.
    #[must_use]
    pub fn residual_sum_of_squares(&self) -> f64 {
        let mut sum = Compensated::default();
        for r in &self.residuals {
            sum.add(r * r);
        }
        sum.value()
    }

    /// The diagonal of `(X' X)^-1` for the used column at `place` of [`kept`](Self::kept): times the residual variance,
    /// the variance of its coefficient.
    #[must_use]
    pub fn inverse_gram(&self, place: usize) -> f64 {
        let (root, scale) = self.inverse_gram_root(place);
        root.iter().map(|v| v * v).sum::<f64>() / scale / scale
    }

    /// `(X' X)^-1` of the used columns, row after row: times the residual variance, the covariance of their coefficients.
    #[must_use]
    pub fn inverse_gram_matrix(&self) -> Vec<f64> {
        let n = self.rank();
        let roots: Vec<(Vec<f64>, f64)> = (0..n).map(|place| self.inverse_gram_root(place)).collect();
        let mut matrix = vec![0.0; n * n];
        for (i, (a, a_scale)) in roots.iter().enumerate() {
            for (j, (b, b_scale)) in roots.iter().enumerate().take(i + 1) {
                let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                matrix[i * n + j] = product / a_scale / b_scale;
                matrix[j * n + i] = matrix[i * n + j];
            }
        }
        matrix
    }

    /// A vector whose product with that of another place, over both units, is their entry of `(X' X)^-1`.
    fn inverse_gram_root(&self, place: usize) -> (Vec<f64>, f64) {
        let mut unit = vec![0.0; self.rank()];
        unit[place] = 1.0;
        let scale = self.design.units[self.factor.kept()[place]];
        if self.factor.least_new_share() > 1e-4 {
            self.factor.solve_lower(&mut unit);
            return (unit, scale);
        }
        let (r, _) = self.refined(&vec![0.0; self.residuals.len()], &unit);
        (r, scale)
    }

    /// The standard error of the coefficient of the used column at `place`; NaN without a spare row.
    #[must_use]
    pub fn standard_error(&self, place: usize) -> f64 {
        let spare = self.residuals.len() as f64 - self.rank() as f64;
        sqrt(self.residual_sum_of_squares() / spare * self.inverse_gram(place))
    }

    /// How far each row's fitted value follows its own target: the diagonal of the hat matrix, in [0, 1].
    #[must_use]
    pub fn leverages(&self) -> Vec<f64> {
        let mut leverages = vec![0.0; self.residuals.len()];
        for direction in self.basis() {
            for (leverage, q) in leverages.iter_mut().zip(direction) {
                *leverage += q * q;
            }
        }
        leverages.into_iter().map(|h: f64| h.min(1.0)).collect()
    }

    /// Orthonormal columns that span the used ones.
    pub(crate) fn basis(&self) -> impl Iterator<Item = Vec<f64>> + '_ {
        (0..self.rank()).map(|place| {
            let mut unit = vec![0.0; self.residuals.len()];
            unit[place] = 1.0;
            self.factor.restore(&mut unit);
            unit
        })
    }
}

/// Columns divided by a power of two, which loses nothing, so that their largest values lie near 1.
#[derive(Debug, Clone)]
struct Scaled {
    columns: Vec<Vec<f64>>,
    /// What rounding took off the columns; empty where nothing.
    low: Vec<Vec<f64>>,
    units: Vec<f64>,
}

impl Scaled {
    fn new(columns: &[Vec<f64>], low: &[Vec<f64>], n_rows: usize) -> Self {
        let units: Vec<f64> = columns.iter().map(|column| power_of_two(column)).collect();
        let divided = |(column, unit): (&Vec<f64>, &f64)| column.iter().map(|v| v / unit).collect();
        let scaled = Self {
            columns: columns.iter().zip(&units).map(divided).collect(),
            low: low.iter().zip(&units).map(divided).collect(),
            units,
        };
        debug_assert!(scaled.columns.iter().all(|column| column.len() == n_rows));
        scaled
    }

    fn cell(&self, column: usize, row: usize) -> Twofold {
        Twofold {
            high: self.columns[column][row],
            low: self.low[column].get(row).copied().unwrap_or(0.0),
        }
    }

    /// `b - r - X x`.
    fn first_rest(&self, b: &[f64], r: &[Twofold], x: &[Twofold], kept: &[usize]) -> Vec<f64> {
        let rest = |(row, (&b, &r)): (usize, (&f64, &Twofold))| {
            let start = Twofold::of(b).minus(r);
            let of_column = |rest: Twofold, (&column, &x): (&usize, &Twofold)| {
                rest.minus(self.cell(column, row).times(x))
            };
            kept.iter().zip(x).fold(start, of_column).high
        };
        b.iter().zip(r).enumerate().map(rest).collect()
    }

    /// `c - X' r`.
    fn second_rest(&self, c: &[f64], r: &[Twofold], kept: &[usize]) -> Vec<f64> {
        let rest = |(&column, &c): (&usize, &f64)| {
            let of_row =
                |rest: Twofold, (row, &r): (usize, &Twofold)| rest.minus(self.cell(column, row).times(r));
            r.iter().enumerate().fold(Twofold::of(c), of_row).high
        };
        kept.iter().zip(c).map(rest).collect()
    }
}

fn add(values: &mut [Twofold], step: &[f64]) {
    for (value, &step) in values.iter_mut().zip(step) {
        *value = value.plus(Twofold::of(step));
    }
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |most, v| most.max(v.abs()))
}

/// The power of two at or below the largest magnitude; 1 where all are 0 or next to 0.
pub(crate) fn power_of_two(values: &[f64]) -> f64 {
    let largest = largest(values.iter().copied());
    let power = f64::from_bits(largest.to_bits() & (0x7ff << 52));
    if power > 0.0 { power } else { 1.0 }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
