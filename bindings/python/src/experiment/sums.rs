//! What the rows of one arm sum up to.

use super::arm::{Arm, made, outcome_of};
use crate::numbers::Numbers;
use crate::tidy::{Cell, Fields, Record, Tidy, Value, field, result_methods, row};
use crate::{computed, from_stats};
use pyo3::prelude::*;
use stats::experiment;
use stats::sum::ExactSumParts;

/// What the rows of one arm sum up to: exact, and mergeable in any order. A row with a missing value is dropped.
///
/// Columns first are the outcome's (one for a mean, numerator and denominator for a ratio), further ones covariates.
#[pyclass(frozen, module = "spanwise.experiment")]
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    pub(super) sums: experiment::Sums,
}

result_methods!(Sums
    #[new]
    #[pyo3(signature = (*columns))]
    fn new(columns: Vec<Numbers>) -> PyResult<Sums> {
        let columns: Vec<&[f64]> = columns.iter().map(|column| &**column).collect();
        computed(|| experiment::Sums::of_columns(&columns)).map(|sums| Sums { sums })
    }

    /// From the number of rows, the sum of each column and of the products of columns (0, 0), (1, 0), (1, 1), (2, 0), ...
    #[staticmethod]
    fn of_totals(n: u64, sums: Numbers, products: Numbers) -> PyResult<Sums> {
        computed(|| experiment::Sums::of_totals(n, &sums, &products)).map(|sums| Sums { sums })
    }

    /// The sums of both.
    fn merged(&self, other: Py<Sums>) -> PyResult<Sums> {
        let mut sums = self.sums.clone();
        sums.merge(&other.get().sums).map_err(from_stats)?;
        Ok(Sums { sums })
    }

    /// The number of rows.
    #[getter]
    fn n(&self) -> u64 {
        self.sums.n()
    }

    /// The number of rows dropped because a value was missing.
    #[getter]
    fn n_dropped(&self) -> u64 {
        self.sums.n_dropped()
    }

    /// The mean of a column, or None.
    #[pyo3(signature = (column = 0))]
    fn mean(&self, column: usize) -> Option<f64> {
        self.sums.mean(column)
    }

    /// The covariance of two columns with ``n - 1`` in the denominator, or None.
    #[pyo3(signature = (a = 0, b = 0))]
    fn covariance(&self, a: usize, b: usize) -> Option<f64> {
        self.sums.covariance(a, b)
    }

    /// The arm's metric: "mean" of the first column, or "ratio" of the first two.
    #[pyo3(signature = (outcome = "mean"))]
    fn arm(&self, outcome: &str) -> PyResult<Arm> {
        let outcome = outcome_of(outcome)?;
        made(|| experiment::Arm::of_sums(&self.sums, outcome))
    }

    fn __repr__(&self) -> String {
        format!("<Sums of {} rows, {} columns>", self.sums.n(), self.sums.n_columns())
    }
);

/// The sums digit by digit, so that nothing is rounded.
impl Fields for Sums {
    const NAME: &'static str = "Sums";

    fn record(&self) -> Record {
        let part = |part: ExactSumParts| {
            let counts = vec![part.n_nan, part.n_positive_infinite, part.n_negative_infinite];
            (part.negative, (part.first_limb, part.limbs, counts).value())
        };
        let parts = self.sums.parts().into_iter().map(part);
        let parts = parts.map(|(negative, rest)| Value::List(vec![negative.value(), rest]));
        row([
            ("n", self.sums.n().into()),
            ("n_dropped", self.sums.n_dropped().into()),
            ("n_columns", (self.sums.n_columns() as u64).into()),
            ("parts", Value::List(parts.collect())),
        ])
    }

    fn of_record(record: &Record) -> Option<Sums> {
        type Part = (bool, (u32, Vec<u32>, Vec<u64>));
        let part = |(negative, (first_limb, limbs, counts)): Part| {
            let [n_nan, n_positive_infinite, n_negative_infinite] = counts[..] else {
                return None;
            };
            Some(ExactSumParts {
                negative,
                first_limb,
                limbs,
                n_nan,
                n_positive_infinite,
                n_negative_infinite,
            })
        };
        let parts = field::<Vec<Part>>(record, "parts")?.into_iter().map(part);
        let [n, n_dropped] = ["n", "n_dropped"].map(|name| field(record, name));
        let n_columns = field(record, "n_columns")?;
        let sums = experiment::Sums::from_parts(n?, n_dropped?, n_columns, parts.collect::<Option<_>>()?);
        sums.ok().map(|sums| Sums { sums })
    }
}

/// A row for each column.
impl Tidy for Sums {
    fn rows(&self) -> Vec<Record> {
        let column = |column: usize| {
            row([
                ("column", (column as u64).into()),
                ("n", self.sums.n().into()),
                ("sum", self.sums.sum(column).into()),
                ("mean", self.sums.mean(column).into()),
                ("variance", self.sums.variance(column).into()),
            ])
        };
        (0..self.sums.n_columns()).map(column).collect()
    }
}
