use crate::math::sqrt;

/// A column counts as a sum of the columns before it when at most this share of its length is new.
const NEW_SHARE: f64 = 1e-12;

/// The factors `Q R` of the columns of a matrix, in their order; columns that add nothing new are left out.
///
/// # Reference
/// A. S. Householder (1958), Journal of the ACM 5, 339-342.
#[derive(Debug, Clone)]
pub(crate) struct Householder {
    n_rows: usize,
    /// Positions of the columns that are used.
    kept: Vec<usize>,
    /// The vectors of the reflections, each from its own row down, with `2 / |v|^2`.
    reflections: Vec<(Vec<f64>, f64)>,
    /// The columns of `R`, from the first row to the diagonal.
    upper: Vec<Vec<f64>>,
}

impl Householder {
    /// Factors columns of `n_rows` finite numbers, whose largest lie near 1.
    pub(crate) fn new<'a>(columns: impl IntoIterator<Item = &'a [f64]>, n_rows: usize) -> Self {
        let mut factor = Self {
            n_rows,
            kept: Vec::new(),
            reflections: Vec::new(),
            upper: Vec::new(),
        };
        for (position, column) in columns.into_iter().enumerate() {
            factor.take(position, column.to_vec());
        }
        factor
    }

    fn take(&mut self, position: usize, mut column: Vec<f64>) {
        let row = self.rank();
        let length = norm(&column);
        self.transform(&mut column);
        let rest = norm(&column[row.min(self.n_rows)..]);
        if row == self.n_rows || rest <= NEW_SHARE * length {
            return;
        }
        let diagonal = if column[row] > 0.0 { -rest } else { rest };
        let mut vector = column.split_off(row);
        vector[0] -= diagonal;
        let factor = 2.0 / dot(&vector, &vector);
        column.push(diagonal);
        self.kept.push(position);
        self.reflections.push((vector, factor));
        self.upper.push(column);
    }

    /// How many columns are used.
    pub(crate) fn rank(&self) -> usize {
        self.kept.len()
    }

    /// Positions of the columns that are used.
    pub(crate) fn kept(&self) -> &[usize] {
        &self.kept
    }

    /// `Q' b`.
    pub(crate) fn transform(&self, b: &mut [f64]) {
        for (row, (vector, factor)) in self.reflections.iter().enumerate() {
            reflect(vector, *factor, &mut b[row..]);
        }
    }

    /// `Q b`.
    pub(crate) fn restore(&self, b: &mut [f64]) {
        for (row, (vector, factor)) in self.reflections.iter().enumerate().rev() {
            reflect(vector, *factor, &mut b[row..]);
        }
    }

    /// Replaces `b` by the solution of `R x = b`.
    pub(crate) fn solve_upper(&self, b: &mut [f64]) {
        for (column, upper) in self.upper.iter().enumerate().rev() {
            b[column] /= upper[column];
            let x = b[column];
            for (rest, cell) in b.iter_mut().zip(&upper[..column]) {
                *rest -= x * cell;
            }
        }
    }

    /// Replaces `b` by the solution of `R' x = b`.
    pub(crate) fn solve_lower(&self, b: &mut [f64]) {
        for (row, upper) in self.upper.iter().enumerate() {
            b[row] = (b[row] - dot(&upper[..row], &b[..row])) / upper[row];
        }
    }

    /// The smallest share of a used column that is new: near 0 where columns nearly depend on each other.
    pub(crate) fn least_new_share(&self) -> f64 {
        self.upper
            .iter()
            .enumerate()
            .map(|(row, column)| column[row].abs() / norm(column))
            .fold(1.0, f64::min)
    }
}

fn reflect(vector: &[f64], factor: f64, b: &mut [f64]) {
    let along = factor * dot(vector, b);
    for (value, direction) in b.iter_mut().zip(vector) {
        *value -= along * direction;
    }
}

fn norm(values: &[f64]) -> f64 {
    sqrt(dot(values, values))
}

/// The sum of products in four interleaved parts, always the same four.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut parts = [0.0; 4];
    let (a_chunks, b_chunks) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a_chunks
        .remainder()
        .iter()
        .zip(b_chunks.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for (part, (a, b)) in parts.iter_mut().zip(a.iter().zip(b)) {
            *part += a * b;
        }
    }
    (parts[0] + parts[1]) + (parts[2] + parts[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_give_the_matrix_back_and_dependent_columns_are_left_out() {
        let columns: [&[f64]; 4] = [
            &[1.0, 1.0, 1.0, 1.0],
            &[2.0, 2.0, 2.0, 2.0],
            &[0.5, -1.0, 0.25, 0.0],
            &[0.0; 4],
        ];
        let factor = Householder::new(columns, 4);
        assert_eq!(factor.kept(), [0, 2]);
        for (upper, position) in factor.upper.iter().zip([0, 2]) {
            let mut column = upper.clone();
            column.resize(4, 0.0);
            factor.restore(&mut column);
            for (got, expected) in column.iter().zip(columns[position]) {
                assert!((got - expected).abs() < 1e-15, "{column:?}");
            }
        }
    }

    #[test]
    fn more_columns_than_rows_and_no_rows_are_no_trouble() {
        let columns: [&[f64]; 3] = [&[1.0], &[2.0], &[3.0]];
        assert_eq!(Householder::new(columns, 1).rank(), 1);
        assert_eq!(Householder::new([[].as_slice()], 0).rank(), 0);
    }
}
