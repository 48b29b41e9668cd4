use crate::{StatsError, check};

/// `X' W X` and `X' W y`.
#[derive(Debug, Clone, PartialEq)]
pub struct NormalEquations {
    /// `(n_columns, n_columns)` in row order, symmetric.
    pub gram: Vec<f64>,
    /// `(n_columns,)`.
    pub right: Vec<f64>,
}

/// The weighted normal equations of least squares, summed row by row in the order given.
///
/// `matrix` is `(n_rows, n_columns)` in row order, `targets` and `weights` are `(n_rows,)`.
/// Centre the columns first when their means are large against their spread: the square doubles the digits lost.
///
/// # Errors
/// [`StatsError::LengthMismatch`], [`StatsError::NotFinite`], bad weights, [`StatsError::TooFewValues`] without rows or
/// columns, [`StatsError::OutOfRange`] above ten thousand columns.
pub fn normal_equations(
    matrix: &[f64],
    n_columns: usize,
    targets: &[f64],
    weights: Option<&[f64]>,
) -> Result<NormalEquations, StatsError> {
    check::at_least("columns", n_columns, 1)?;
    check::at_least("targets", targets.len(), 1)?;
    check::cells("cross-products", n_columns, n_columns)?;
    check::same_length("matrix", matrix.len(), targets.len().saturating_mul(n_columns))?;
    check::finite("matrix", matrix)?;
    check::finite("targets", targets)?;
    check::weights(weights, targets.len())?;
    let mut gram = vec![0.0; n_columns.saturating_mul(n_columns)];
    let mut right = vec![0.0; n_columns];
    for (row, (values, target)) in matrix.chunks_exact(n_columns).zip(targets).enumerate() {
        let weight = check::weight(weights, row);
        for (i, value) in values.iter().enumerate() {
            let weighted = weight * value;
            right[i] += weighted * target;
            for (sum, other) in gram[i * n_columns..=i * n_columns + i].iter_mut().zip(values) {
                *sum += weighted * other;
            }
        }
    }
    for row in 0..n_columns {
        for column in 0..row {
            gram[column * n_columns + row] = gram[row * n_columns + column];
        }
    }
    Ok(NormalEquations { gram, right })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::linalg::Cholesky;

    #[test]
    fn weights_equal_repeated_rows_and_the_line_is_found() {
        let matrix = [1.0, 0.0, 1.0, 1.0, 1.0, 2.0];
        let weighted = normal_equations(&matrix, 2, &[1.0, 3.0, 5.0], Some(&[1.0, 2.0, 1.0])).unwrap();
        let repeated = [1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0];
        assert_eq!(
            weighted,
            normal_equations(&repeated, 2, &[1.0, 3.0, 3.0, 5.0], None).unwrap()
        );
        let mut line = weighted.right.clone();
        Cholesky::new(&weighted.gram, 2)
            .unwrap()
            .solve(&mut line)
            .unwrap();
        assert!((line[0] - 1.0).abs() < 1e-14 && (line[1] - 2.0).abs() < 1e-14);
    }

    #[test]
    fn shapes_are_checked() {
        assert!(normal_equations(&[1.0, 2.0, 3.0], 2, &[1.0], None).is_err());
        assert!(normal_equations(&[], 0, &[], None).is_err());
        assert!(normal_equations(&[1.0], usize::MAX, &[1.0], None).is_err());
    }
}
