use crate::sum::{ExactSum, ExactSumParts, central_product_sum};
use crate::{StatsError, check};

/// What the rows of one arm sum up to: their number, the sum of every column and of every product of two.
///
/// One row is one unit that was assigned (a user, not a visit). Sums are exact, so that parts of an arm may be merged
/// in any order and give the same bits as one pass. A row with a missing value (NaN) in any column is left out and
/// counted.
///
/// ```
/// use stats::experiment::Sums;
/// let mut arm = Sums::of_columns(&[&[3.0, 5.0, f64::NAN]])?;
/// arm.merge(&Sums::of_columns(&[&[4.0]])?)?;
/// assert_eq!((arm.n(), arm.n_dropped()), (3, 1));
/// assert_eq!((arm.mean(0), arm.variance(0)), (Some(4.0), Some(1.0)));
/// # Ok::<(), stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Sums {
    n: u64,
    n_dropped: u64,
    sums: Vec<ExactSum>,
    /// Of columns `(i, j)` with `j <= i`, at `i * (i + 1) / 2 + j`.
    products: Vec<ExactSum>,
}

impl Sums {
    /// No rows yet, of `n_columns` columns.
    #[must_use]
    pub fn new(n_columns: usize) -> Self {
        Self {
            n: 0,
            n_dropped: 0,
            sums: vec![ExactSum::default(); n_columns],
            products: vec![ExactSum::default(); n_columns * (n_columns + 1) / 2],
        }
    }

    /// The sums of equally long columns.
    ///
    /// # Errors
    /// [`StatsError::TooFewValues`] without a column, [`StatsError::LengthMismatch`], [`StatsError::NotFinite`] for an
    /// infinity, [`StatsError::OutOfRange`] for more than a thousand columns.
    pub fn of_columns(columns: &[&[f64]]) -> Result<Self, StatsError> {
        check::at_least("columns", columns.len(), 1)?;
        check::at_most("columns", columns.len(), 1000, "at most a thousand")?;
        let mut sums = Self::new(columns.len());
        let mut row = vec![0.0; columns.len()];
        for column in columns {
            check::same_length("column", column.len(), columns[0].len())?;
            check_no_infinity(column)?;
        }
        for index in 0..columns[0].len() {
            for (cell, column) in row.iter_mut().zip(columns) {
                *cell = column[index];
            }
            sums.add_checked(&row);
        }
        Ok(sums)
    }

    /// The sums as an experiment system keeps them: `n` rows, the sum of each column, and of the products of columns
    /// `(0, 0), (1, 0), (1, 1), (2, 0), ...`.
    ///
    /// # Errors
    /// [`StatsError::LengthMismatch`], [`StatsError::NotFinite`], and [`StatsError::OutOfRange`] if no rows can have a
    /// sum of squares this small.
    pub fn of_totals(n: u64, sums: &[f64], products: &[f64]) -> Result<Self, StatsError> {
        check::at_least("sums", sums.len(), 1)?;
        let mut totals = Self::new(sums.len());
        check::same_length("products", products.len(), totals.products.len())?;
        check::finite("sums", sums)?;
        check::finite("products", products)?;
        totals.n = n;
        totals.sums = sums.iter().map(|&sum| exact(sum)).collect();
        totals.products = products.iter().map(|&product| exact(product)).collect();
        for column in 0..sums.len() {
            totals.check_squares(column)?;
        }
        Ok(totals)
    }

    /// Adds one row; a missing value in it (NaN) drops the row.
    ///
    /// # Errors
    /// [`StatsError::LengthMismatch`] unless `row` has a value for each column, [`StatsError::NotFinite`] for an
    /// infinity.
    pub fn add(&mut self, row: &[f64]) -> Result<(), StatsError> {
        check::same_length("row", row.len(), self.n_columns())?;
        check_no_infinity(row)?;
        self.add_checked(row);
        Ok(())
    }

    /// Adds the rows that `other` has summed.
    ///
    /// # Errors
    /// [`StatsError::Incompatible`] if `other` has another number of columns.
    pub fn merge(&mut self, other: &Self) -> Result<(), StatsError> {
        if self.n_columns() != other.n_columns() {
            return Err(StatsError::Incompatible {
                what: "number of columns",
                found: other.n_columns() as u64,
                expected: self.n_columns() as u64,
            });
        }
        self.n += other.n;
        self.n_dropped += other.n_dropped;
        for (mine, theirs) in self.sums.iter_mut().zip(&other.sums) {
            mine.merge(theirs);
        }
        for (mine, theirs) in self.products.iter_mut().zip(&other.products) {
            mine.merge(theirs);
        }
        Ok(())
    }

    /// What was summed, for storing: the sum of each column, then the products of columns `(0, 0), (1, 0), (1, 1), ...`.
    #[must_use]
    pub fn parts(&self) -> Vec<ExactSumParts> {
        let sums = self.sums.iter().chain(&self.products);
        sums.map(ExactSum::parts).collect()
    }

    /// The sums of `n_columns` columns with these [`parts`](Self::parts).
    ///
    /// # Errors
    /// [`StatsError::LengthMismatch`] for another number of parts, [`StatsError::Corrupt`] for parts that are none.
    pub fn from_parts(
        n: u64,
        n_dropped: u64,
        n_columns: usize,
        parts: Vec<ExactSumParts>,
    ) -> Result<Self, StatsError> {
        check::at_least("sums", n_columns, 1)?;
        let expected = n_columns.saturating_mul(n_columns.saturating_add(3)) / 2;
        check::same_length("parts", parts.len(), expected)?;
        let mut sums = parts
            .into_iter()
            .map(ExactSum::from_parts)
            .collect::<Result<Vec<_>, _>>()?;
        let products = sums.split_off(n_columns);
        Ok(Self {
            n,
            n_dropped,
            sums,
            products,
        })
    }

    /// Number of rows summed.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Number of rows left out because a value was missing.
    #[must_use]
    pub fn n_dropped(&self) -> u64 {
        self.n_dropped
    }

    /// Number of columns.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.sums.len()
    }

    /// The sum of a column, rounded once; `None` where there is no such column.
    #[must_use]
    pub fn sum(&self, column: usize) -> Option<f64> {
        self.sums.get(column).map(ExactSum::value)
    }

    /// The mean of a column; `None` without rows.
    #[must_use]
    pub fn mean(&self, column: usize) -> Option<f64> {
        let sum = self.sum(column)?;
        (self.n > 0).then(|| sum / self.n as f64)
    }

    /// The variance of a column with `n - 1` in the denominator; `None` below 2 rows.
    #[must_use]
    pub fn variance(&self, column: usize) -> Option<f64> {
        self.covariance(column, column).map(|variance| variance.max(0.0))
    }

    /// The covariance of two columns with `n - 1` in the denominator; `None` below 2 rows.
    #[must_use]
    pub fn covariance(&self, a: usize, b: usize) -> Option<f64> {
        let (high, low) = (a.max(b), a.min(b));
        let product = self.products.get(high * (high + 1) / 2 + low)?;
        let (sum_a, sum_b) = (self.sums.get(a)?, self.sums.get(b)?);
        (self.n > 1).then(|| central_product_sum(product, sum_a, sum_b, self.n) / (self.n - 1) as f64)
    }

    fn add_checked(&mut self, row: &[f64]) {
        if row.iter().any(|value| value.is_nan()) {
            self.n_dropped += 1;
            return;
        }
        self.n += 1;
        let mut products = self.products.iter_mut();
        for (i, (sum, &value)) in self.sums.iter_mut().zip(row).enumerate() {
            sum.add(value);
            for (&other, product) in row[..=i].iter().zip(&mut products) {
                product.add_product(value, other);
            }
        }
    }

    /// Sums that were rounded elsewhere may miss `sum^2 / n` by a little, not by more.
    fn check_squares(&self, column: usize) -> Result<(), StatsError> {
        let squares = self.products[column * (column + 1) / 2 + column].value();
        let sum = self.sums[column].value();
        let least = if self.n == 0 {
            0.0
        } else {
            sum * sum / self.n as f64
        };
        let is_empty_with_sums = self.n == 0 && (sum != 0.0 || squares != 0.0);
        if is_empty_with_sums || squares < least * (1.0 - 1e-9) {
            return Err(StatsError::OutOfRange {
                what: "sum of squares",
                found: squares,
                expected: "at least sum^2 / n, and 0 without rows",
            });
        }
        Ok(())
    }
}

fn exact(value: f64) -> ExactSum {
    let mut sum = ExactSum::default();
    sum.add(value);
    sum
}

pub(super) fn check_no_infinity(values: &[f64]) -> Result<(), StatsError> {
    match values.iter().position(|value| value.is_infinite()) {
        Some(index) => Err(StatsError::NotFinite {
            what: "values",
            index,
            found: values[index],
        }),
        None => Ok(()),
    }
}
