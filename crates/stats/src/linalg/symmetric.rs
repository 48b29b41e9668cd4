use crate::math::sqrt;
use crate::{StatsError, check};

/// Rounds over all pairs of axes; ten are enough for any matrix of some hundred rows.
const MOST_ROUNDS: usize = 60;

/// Eigenvalues and eigenvectors of a symmetric matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct SymmetricEigen {
    /// The eigenvalues, largest first, `(n,)`.
    pub values: Vec<f64>,
    /// Their eigenvectors of length 1, `(n, n)`, one a row.
    pub vectors: Vec<f64>,
}

impl SymmetricEigen {
    /// Takes a matrix of `(n, n)` apart; only its lower part is read.
    ///
    /// Takes about `10 n^3` steps: meant for up to some hundred rows. The sign of a vector is open.
    ///
    /// # Errors
    /// [`StatsError::LengthMismatch`], [`StatsError::NotFinite`]; [`StatsError::NotConverged`] for entries so large that
    /// their squares overflow.
    ///
    /// # Reference
    /// C. G. J. Jacobi (1846), Journal für die reine und angewandte Mathematik 30, 51-94; the rotation as in G. H. Golub, C. F.
    /// Van Loan (2013), Matrix computations, section 8.5.
    pub fn new(matrix: &[f64], n: usize) -> Result<Self, StatsError> {
        check::same_length("matrix", matrix.len(), n.saturating_mul(n))?;
        check::finite("matrix", matrix)?;
        let mut left: Vec<f64> = (0..n * n)
            .map(|cell| {
                let (row, column) = (cell / n, cell % n);
                matrix[row.max(column) * n + row.min(column)]
            })
            .collect();
        let mut vectors: Vec<f64> = (0..n * n)
            .map(|cell| f64::from(u8::from(cell / n == cell % n)))
            .collect();
        for _ in 0..MOST_ROUNDS {
            if is_diagonal(&left, n) {
                return Ok(Self::sorted(&left, &vectors, n));
            }
            for p in 0..n {
                for q in p + 1..n {
                    rotate(&mut left, &mut vectors, n, p, q);
                }
            }
        }
        Err(StatsError::NotConverged {
            what: "the eigenvalues",
            n_steps: MOST_ROUNDS,
        })
    }

    fn sorted(left: &[f64], vectors: &[f64], n: usize) -> Self {
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| left[b * n + b].total_cmp(&left[a * n + a]).then(a.cmp(b)));
        Self {
            values: order.iter().map(|&at| left[at * n + at]).collect(),
            vectors: order
                .iter()
                .flat_map(|&at| &vectors[at * n..(at + 1) * n])
                .copied()
                .collect(),
        }
    }
}

/// Whether nothing is left beside the diagonal but rounding.
fn is_diagonal(left: &[f64], n: usize) -> bool {
    let (mut beside, mut all) = (0.0, 0.0);
    for (cell, x) in left.iter().enumerate() {
        all += x * x;
        if cell / n != cell % n {
            beside += x * x;
        }
    }
    beside <= 1e-30 * all
}

/// Turns two axes so that their entry becomes 0.
fn rotate(left: &mut [f64], vectors: &mut [f64], n: usize, p: usize, q: usize) {
    let entry = left[p * n + q];
    if entry == 0.0 {
        return;
    }
    let tau = (left[q * n + q] - left[p * n + p]) / (2.0 * entry);
    let tangent = tau.signum() / (tau.abs() + sqrt(1.0 + tau * tau));
    let cosine = 1.0 / sqrt(1.0 + tangent * tangent);
    let sine = tangent * cosine;
    let turn = |a: f64, b: f64| (cosine * a - sine * b, sine * a + cosine * b);
    for k in 0..n {
        (left[k * n + p], left[k * n + q]) = turn(left[k * n + p], left[k * n + q]);
    }
    for k in 0..n {
        (left[p * n + k], left[q * n + k]) = turn(left[p * n + k], left[q * n + k]);
        (vectors[p * n + k], vectors[q * n + k]) = turn(vectors[p * n + k], vectors[q * n + k]);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_put_together_again() {
        let matrix = [4.0, 1.0, -2.0, 1.0, 2.0, 0.0, -2.0, 0.0, 3.0];
        let found = SymmetricEigen::new(&matrix, 3).unwrap();
        assert!(found.values.is_sorted_by(|a, b| a >= b));
        assert!((found.values.iter().sum::<f64>() - 9.0).abs() < 1e-12);
        for row in 0..3 {
            for column in 0..3 {
                let again: f64 = (0..3)
                    .map(|k| found.values[k] * found.vectors[k * 3 + row] * found.vectors[k * 3 + column])
                    .sum();
                assert!((again - matrix[row * 3 + column]).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn equal_axes_and_refusals() {
        let found = SymmetricEigen::new(&[2.0, 0.0, 0.0, 2.0], 2).unwrap();
        assert_eq!(
            (found.values, found.vectors),
            (vec![2.0, 2.0], vec![1.0, 0.0, 0.0, 1.0])
        );
        assert!(SymmetricEigen::new(&[], 0).unwrap().values.is_empty());
        assert!(SymmetricEigen::new(&[1.0], 2).is_err());
        assert!(SymmetricEigen::new(&[f64::NAN], 1).is_err());
    }
}
