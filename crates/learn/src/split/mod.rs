//! Folds and holdouts: which rows are learnt from and which are tested on.
//!
//! Splits depend on their inputs and the seed alone. Rows of a split are in ascending order.

mod expanding;
mod grouped;
mod stratified;

pub use expanding::{expanding, latest_holdout};
pub use grouped::{grouped, grouped_holdout};
pub use stratified::{stratified, stratified_holdout};

use crate::LearnError;

/// One way to part the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// The rows to learn from, ascending.
    pub train: Vec<usize>,
    /// The rows to test on, ascending.
    pub test: Vec<usize>,
}

/// The folds in which row `i` is tested in fold `fold_of_row[i]` and learnt from in all others.
fn folds(fold_of_row: &[usize], n_folds: usize) -> Vec<Fold> {
    let fold = |fold| {
        let (test, train) = (0..fold_of_row.len()).partition(|&row| fold_of_row[row] == fold);
        Fold { train, test }
    };
    (0..n_folds).map(fold).collect()
}

fn check_n_folds(n_folds: usize) -> Result<(), LearnError> {
    if n_folds < 2 {
        Err(refuse(n_folds, "at least 2 are needed".to_owned()))
    } else {
        Ok(())
    }
}

fn refuse(n_folds: usize, problem: String) -> LearnError {
    LearnError::Folds { n_folds, problem }
}

/// The number of `n` rows that a share holds out, leaving rows on either side.
fn held_out(share: f64, n: usize, what: &str) -> Result<usize, LearnError> {
    let problem = match share {
        share if !(0.0 < share && share < 1.0) => "the share must be above 0 and below 1".to_owned(),
        _ if n < 2 => format!("there are {n} {what}, at least 2 are needed"),
        share => return Ok(((share * n as f64).round_ties_even() as usize).clamp(1, n - 1)),
    };
    Err(LearnError::HoldOut { share, problem })
}
