//! The prediction log: what a service saw and said, as a table. Written by `serve`, read by `monitor`.
//!
//! A row holds the time, the request, the bundle, the share of requests that is logged, the first margin, the probability or
//! prediction, the decision, what of the contract was broken, and the raw inputs that are not private: masked ones as hashes,
//! under another name.
//!
//! A folder holds segments that are written, Parquet files of segments that were closed, and one Parquet file for each
//! bundle and day ([`merge`]), which says which of them it has taken in: however a merge ends, each row is read once.

mod answers;
mod days;
mod files;
mod mask;
mod record;

pub use answers::Answers;
pub use days::{Merged, expire, merge};
pub use files::{answers, compact, files, hold, read, refused, segment_name};
pub use mask::Mask;
pub use record::{Recording, Refused, is_sampled, record, refusals};

use crate::{Scores, Task};

/// The beginning of the names of files about refused requests.
const REFUSED_PREFIX: &str = "refused-";
/// The names in front of the inputs; inputs follow with [`INPUT_PREFIX`].
const INPUT_PREFIX: &str = "in.";
/// The names of masked inputs follow this one: their cells are no values that a monitor could compare.
const MASKED_PREFIX: &str = "masked.";
/// The column of the share of requests that is logged.
pub const SHARE: &str = "share";

/// The log's name of an input column.
pub fn input_name(column: &str) -> String {
    format!("{INPUT_PREFIX}{column}")
}

/// What was told of rows in two columns, whatever the task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told<'a> {
    /// The probability of the positive or decided class, or the prediction; of quantiles the one nearest to the median.
    pub answers: Vec<f64>,
    /// The class decided; `None` where nothing is decided.
    pub decisions: Vec<Option<&'a str>>,
}

/// What `scores` told of their rows.
pub fn told<'a>(task: &'a Task, scores: &Scores) -> Told<'a> {
    let classes = task.classes();
    let class = |row: usize| classes.get(*scores.decisions.get(row)? as usize).copied();
    Told {
        answers: numbers(task, scores),
        decisions: (0..scores.n_rows).map(class).collect(),
    }
}

/// The number that `scores` told of each row, `(n_rows,)`: a probability of the positive class, or what was predicted; NaN
/// where there is none.
pub fn numbers(task: &Task, scores: &Scores) -> Vec<f64> {
    let mut answers = Vec::with_capacity(scores.n_rows);
    append_answers(task, scores, &mut answers);
    answers
}

/// Puts the answers of rows behind `answers`.
fn append_answers(task: &Task, scores: &Scores, answers: &mut Vec<f64>) {
    match task {
        Task::Regression { .. } | Task::Ranking { .. } | Task::Anomaly => {
            answers.extend_from_slice(&scores.predictions);
        }
        // The level nearest to the median.
        Task::Quantiles { levels, .. } => {
            let apart = |level: usize| (levels[level] - 0.5).abs();
            let middle = (0..levels.len()).min_by(|a, b| apart(*a).total_cmp(&apart(*b)));
            let rows = scores.predictions.chunks_exact(levels.len());
            answers.extend(rows.map(|row| row[middle.unwrap_or(0)]));
        }
        Task::Binary { .. } => answers.extend_from_slice(&scores.probabilities),
        Task::Classes { classes, .. } => {
            let rows = scores.probabilities.chunks_exact(classes.len());
            answers.extend(
                rows.zip(&scores.decisions)
                    .map(|(row, class)| row[*class as usize]),
            );
        }
    }
}

#[cfg(test)]
mod tests;
