use crate::linalg::Cholesky;
use crate::sum::{Compensated, mean};
use crate::test::check_codes;
use crate::test::sample::not_too_large;
use crate::{StatsError, check};

/// Their cross-products are a matrix.
const MOST_COLUMNS: usize = 4096;

/// The columns of a coded factor, a number per cell each.
pub(super) type Columns = Vec<Vec<f64>>;

/// The cells that hold values.
pub(super) struct Cells {
    places: Vec<(usize, usize)>,
    counts: Vec<f64>,
    /// Less the mean of all values.
    means: Vec<f64>,
    /// The sum of squares within cells.
    pub(super) within: f64,
    pub(super) n: f64,
    pub(super) n_dropped: usize,
}

impl Cells {
    pub(super) fn new(
        values: &[f64],
        (first, n_first): (&[u32], usize),
        (second, n_second): (&[u32], usize),
        all_filled: bool,
    ) -> Result<Self, StatsError> {
        check::same_length("first", first.len(), values.len())?;
        check::same_length("second", second.len(), values.len())?;
        check::at_least("levels of the first factor", n_first, 2)?;
        check::at_least("levels of the second factor", n_second, 2)?;
        check_codes("first", first, n_first)?;
        check_codes("second", second, n_second)?;
        let present: Vec<usize> = (0..values.len()).filter(|&i| !values[i].is_nan()).collect();
        let kept: Vec<f64> = present.iter().map(|&i| values[i]).collect();
        not_too_large("values", &kept)?;
        check_model(n_first, n_second, all_filled, kept.len())?;
        let mut cells = vec![Vec::new(); n_first * n_second];
        for &i in &present {
            cells[first[i] as usize * n_second + second[i] as usize].push(values[i]);
        }
        let (centre, mut within) = (mean(&kept), Compensated::default());
        let (mut places, mut counts, mut means) = (Vec::new(), Vec::new(), Vec::new());
        for (cell, values) in cells.iter().enumerate() {
            let place = (cell / n_second, cell % n_second);
            if all_filled {
                check::at_least(&format!("cell ({}, {})", place.0, place.1), values.len(), 1)?;
            }
            if values.is_empty() {
                continue;
            }
            let middle = mean(values);
            for value in values {
                within.add((value - middle) * (value - middle));
            }
            places.push(place);
            counts.push(values.len() as f64);
            means.push(middle - centre);
        }
        Ok(Self {
            places,
            counts,
            means,
            within: within.value(),
            n: kept.len() as f64,
            n_dropped: values.len() - kept.len(),
        })
    }

    pub(super) fn row(place: &(usize, usize)) -> usize {
        place.0
    }

    pub(super) fn column(place: &(usize, usize)) -> usize {
        place.1
    }

    /// A factor in contrasts that sum to 0: the last level is -1 in every column.
    pub(super) fn coded(&self, level: impl Fn(&(usize, usize)) -> usize, n_levels: usize) -> Columns {
        let last = n_levels - 1;
        let code = |at: usize, column: usize| {
            if at == last {
                -1.0
            } else {
                f64::from(u8::from(at == column))
            }
        };
        let of_column = |column| {
            self.places
                .iter()
                .map(|place| code(level(place), column))
                .collect()
        };
        (0..last).map(of_column).collect()
    }

    /// The sum of squares between cells that an intercept and these columns leave.
    pub(super) fn unexplained(&self, parts: &[&Columns]) -> Result<f64, StatsError> {
        let ones = vec![1.0; self.means.len()];
        let columns: Vec<&Vec<f64>> = std::iter::once(&ones)
            .chain(parts.iter().flat_map(|part| part.iter()))
            .collect();
        let weighted = |x: &[f64], y: &[f64]| {
            let mut sum = Compensated::default();
            for ((count, x), y) in self.counts.iter().zip(x).zip(y) {
                sum.add(count * x * y);
            }
            sum.value()
        };
        let k = columns.len();
        let mut matrix = vec![0.0; k * k];
        for (i, x) in columns.iter().enumerate() {
            for (j, y) in columns.iter().enumerate().take(i + 1) {
                matrix[i * k + j] = weighted(x, y);
                matrix[j * k + i] = matrix[i * k + j];
            }
        }
        let mut solution: Vec<f64> = columns.iter().map(|x| weighted(x, &self.means)).collect();
        Cholesky::new(&matrix, k)?.solve(&mut solution)?;
        let mut left = self.means.clone();
        for (column, coefficient) in columns.iter().zip(&solution) {
            for (rest, x) in left.iter_mut().zip(column.iter()) {
                *rest -= coefficient * x;
            }
        }
        Ok(weighted(&left, &left))
    }
}

/// The model has fewer columns than values, before columns or cells are made: codes are only claimed to be so many.
fn check_model(n_first: usize, n_second: usize, interaction: bool, n: usize) -> Result<(), StatsError> {
    let n_columns = if interaction {
        n_first.saturating_mul(n_second)
    } else {
        n_first.saturating_add(n_second) - 1
    };
    check::at_least("values", n, n_columns.saturating_add(1))?;
    check::at_most("columns of the model", n_columns, MOST_COLUMNS, "at most 4096")
}

/// The columns of an interaction.
pub(super) fn product(a: &Columns, b: &Columns) -> Columns {
    let times = |x: &Vec<f64>, y: &Vec<f64>| x.iter().zip(y).map(|(x, y)| x * y).collect();
    a.iter()
        .flat_map(|x| b.iter().map(move |y| times(x, y)))
        .collect()
}
