use crate::math::{ln, sqrt};
use crate::{StatsError, check};

/// The factor `L` of a symmetric positive definite matrix `A = L L'`.
///
/// ```
/// use stats::linalg::Cholesky;
/// let factor = Cholesky::new(&[4.0, 2.0, 2.0, 2.0], 2)?;
/// let mut x = [2.0, 5.0];
/// factor.solve(&mut x)?;
/// assert_eq!(x, [-1.5, 4.0]);
/// # Ok::<(), stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Cholesky {
    n: usize,
    /// Row order, upper part 0.
    factor: Vec<f64>,
}

impl Cholesky {
    /// Factors a matrix of `(n, n)`; only its lower part is read.
    ///
    /// # Errors
    /// [`StatsError::NotPositiveDefinite`] if a pivot is at most `1e-13` of its diagonal entry (collinear columns),
    /// [`StatsError::LengthMismatch`], [`StatsError::NotFinite`].
    pub fn new(matrix: &[f64], n: usize) -> Result<Self, StatsError> {
        let n_cells = n.saturating_mul(n);
        check::same_length("matrix", matrix.len(), n_cells)?;
        check::finite("matrix", matrix)?;
        let mut factor = vec![0.0; n_cells];
        for row in 0..n {
            for column in 0..=row {
                let done = dot(
                    &factor[row * n..row * n + column],
                    &factor[column * n..column * n + column],
                );
                let rest = matrix[row * n + column] - done;
                factor[row * n + column] = if column < row {
                    rest / factor[column * n + column]
                } else if rest > 1e-13 * matrix[row * n + row] {
                    sqrt(rest)
                } else {
                    return Err(StatsError::NotPositiveDefinite { row });
                };
            }
        }
        Ok(Self { n, factor })
    }

    /// Replaces `b` by the solution of `A x = b`.
    ///
    /// # Errors
    /// [`StatsError::LengthMismatch`] unless `b` is `(n,)`.
    pub fn solve(&self, b: &mut [f64]) -> Result<(), StatsError> {
        check::same_length("right side", b.len(), self.n)?;
        let (n, factor) = (self.n, &self.factor);
        for row in 0..n {
            b[row] = (b[row] - dot(&factor[row * n..row * n + row], &b[..row])) / factor[row * n + row];
        }
        for row in (0..n).rev() {
            let mut rest = b[row];
            for below in row + 1..n {
                rest -= factor[below * n + row] * b[below];
            }
            b[row] = rest / factor[row * n + row];
        }
        Ok(())
    }

    /// The inverse of `A`, `(n, n)`, exactly symmetric.
    #[must_use]
    pub fn inverse(&self) -> Vec<f64> {
        let n = self.n;
        let mut inverse = vec![0.0; n * n];
        let mut unit = vec![0.0; n];
        for column in 0..n {
            unit.fill(0.0);
            unit[column] = 1.0;
            if self.solve(&mut unit).is_ok() {
                for row in column..n {
                    inverse[row * n + column] = unit[row];
                    inverse[column * n + row] = unit[row];
                }
            }
        }
        inverse
    }

    /// `ln(det A)`.
    #[must_use]
    pub fn ln_determinant(&self) -> f64 {
        (0..self.n).map(|i| 2.0 * ln(self.factor[i * self.n + i])).sum()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const MATRIX: [f64; 9] = [4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];

    #[test]
    fn inverse_times_matrix_is_one() {
        let factor = Cholesky::new(&MATRIX, 3).unwrap();
        let inverse = factor.inverse();
        for row in 0..3 {
            for column in 0..3 {
                let cell: f64 = (0..3)
                    .map(|k| MATRIX[row * 3 + k] * inverse[k * 3 + column])
                    .sum();
                assert!((cell - f64::from(row == column)).abs() < 1e-14);
            }
        }
        // numpy 2.4.6 numpy.linalg.slogdet
        assert!(
            (factor.ln_determinant() - 3.797_733_859_026_018).abs() < 1e-12,
            "{}",
            factor.ln_determinant()
        );
    }

    #[test]
    fn bad_matrices_are_refused() {
        assert_eq!(
            Cholesky::new(&[1.0, 1.0, 1.0, 1.0], 2),
            Err(StatsError::NotPositiveDefinite { row: 1 })
        );
        assert_eq!(
            Cholesky::new(&[0.0], 1),
            Err(StatsError::NotPositiveDefinite { row: 0 })
        );
        assert!(Cholesky::new(&[1.0, 2.0], 2).is_err());
        assert!(Cholesky::new(&[f64::NAN], 1).is_err());
        assert!(Cholesky::new(&[], usize::MAX).is_err());
        assert!(Cholesky::new(&MATRIX, 3).unwrap().solve(&mut [1.0]).is_err());
    }
}
