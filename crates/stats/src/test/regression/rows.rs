use crate::linalg::power_of_two;
use crate::{StatsError, check};

/// The rows of regressors and target without a missing number, and a constant as the first column.
pub(super) struct Rows {
    /// The constant, then the regressors.
    pub(super) columns: Vec<Vec<f64>>,
    pub(super) targets: Vec<f64>,
    pub(super) n_dropped: usize,
}

impl Rows {
    pub(super) fn new(regressors: &[&[f64]], targets: &[f64]) -> Result<Self, StatsError> {
        for column in regressors {
            check::same_length("a regressor", column.len(), targets.len())?;
            no_infinity("a regressor", column)?;
        }
        no_infinity("targets", targets)?;
        let is_whole = |row: &usize| {
            let row = *row;
            !targets[row].is_nan() && regressors.iter().all(|column| !column[row].is_nan())
        };
        let kept: Vec<usize> = (0..targets.len()).filter(is_whole).collect();
        check::at_least("rows without missing numbers", kept.len(), 2)?;
        let pick = |column: &[f64]| kept.iter().map(|&row| column[row]).collect::<Vec<f64>>();
        let mut columns = vec![vec![1.0; kept.len()]];
        columns.extend(regressors.iter().map(|column| pick(column)));
        Ok(Self {
            columns,
            targets: pick(targets),
            n_dropped: targets.len() - kept.len(),
        })
    }

    /// Columns and targets each over a power of two near their largest number: tests that do not depend on units can square
    /// them without overflow.
    pub(super) fn in_own_units(mut self) -> Self {
        for column in self.columns.iter_mut().chain([&mut self.targets]) {
            let unit = power_of_two(column);
            column.iter_mut().for_each(|v| *v /= unit);
        }
        self
    }

    pub(super) fn n(&self) -> usize {
        self.targets.len()
    }

    /// Refuses where fewer rows than these are left beyond the columns in use.
    pub(super) fn spare(&self, rank: usize) -> Result<usize, StatsError> {
        check::at_least("rows", self.n(), rank + 1)?;
        Ok(self.n() - rank)
    }
}

fn no_infinity(what: &'static str, values: &[f64]) -> Result<(), StatsError> {
    match values.iter().position(|v| v.is_infinite()) {
        Some(index) => Err(StatsError::NotFinite {
            what,
            index,
            found: values[index],
        }),
        None => Ok(()),
    }
}

/// `sum((v - mean)^2)`, from values moved to their mean first.
pub(super) fn squares_about_mean(values: &[f64]) -> f64 {
    let centred = centred(values);
    crate::sum::in_order(&centred.iter().map(|d| d * d).collect::<Vec<f64>>())
}

/// Values minus their mean, whose sum is 0 to the last bits of the deviations.
pub(super) fn centred(values: &[f64]) -> Vec<f64> {
    let mean = crate::sum::mean(values);
    let first: Vec<f64> = values.iter().map(|v| v - mean).collect();
    let rest = crate::sum::mean(&first);
    first.into_iter().map(|d| d - rest).collect()
}
