use bundle::ModelError;
use thiserror::Error;

use crate::ParameterError;

/// Why nothing was learnt.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LearnError {
    /// A parameter was refused.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The model found does not fit its own rules, or does not fit the features it is asked about.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A metric or interval is not defined for what was predicted.
    #[error("cannot judge the predictions: {0}")]
    Stats(#[from] stats::StatsError),
    /// A parameter names a feature that it cannot use.
    #[error("parameter `{parameter}`: `{name}` {problem}")]
    Feature {
        /// The parameter.
        parameter: &'static str,
        /// The name given.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Rows are held out from a trainer without rounds.
    #[error("{trainer} has no rounds that held-out rows could choose")]
    NoRounds {
        /// The trainer.
        trainer: &'static str,
    },
    /// There is nothing to learn from.
    #[error("there are no rows with a positive weight to learn from")]
    NoRows,
    /// Columns, target, weights or groups differ in length.
    #[error("`{what}` has {found} entries, the features have {expected} rows")]
    Length {
        /// What differs.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The rows of the features.
        expected: usize,
    },
    /// The parts of a table do not fit together.
    #[error("the parts of the table {problem}")]
    Parts {
        /// What is wrong with them.
        problem: String,
    },
    /// A number cannot be used in its place.
    #[error("`{what}` of row {row} is {found}, expected {expected}")]
    Value {
        /// What holds the number.
        what: &'static str,
        /// The row.
        row: usize,
        /// The number found.
        found: f64,
        /// What would do.
        expected: &'static str,
    },
    /// The trainer cannot learn this kind of target.
    #[error("{trainer} cannot learn {found}, expected {expected}")]
    Target {
        /// The trainer.
        trainer: &'static str,
        /// The kind of target.
        found: &'static str,
        /// The kinds that it can learn.
        expected: &'static str,
    },
    /// The table is larger than the trainer can take.
    #[error("{trainer} can take {most} {what}, found {found}")]
    TooMany {
        /// The trainer.
        trainer: &'static str,
        /// What there is too much of.
        what: &'static str,
        /// How many.
        found: usize,
        /// How many would do.
        most: usize,
    },
    /// Weights so small that the grid on which they are counted cannot tell them apart.
    #[error(
        "the mean weight is {found}, expected at least 1/16: scale the weights so that an ordinary row has 1"
    )]
    SmallWeights {
        /// The mean of the positive weights.
        found: f64,
    },
    /// A split of the rows that cannot be made.
    #[error("cannot make {n_folds} folds: {problem}")]
    Folds {
        /// The folds asked for.
        n_folds: usize,
        /// What is in the way.
        problem: String,
    },
    /// A holdout that cannot be made.
    #[error("cannot hold out a share of {share}: {problem}")]
    HoldOut {
        /// The share asked for.
        share: f64,
        /// What is in the way.
        problem: String,
    },
    /// Too few rows for intervals of a level.
    #[error(
        "intervals of the level {level} need {needed} rows that other folds predicted, by weight; found {found}"
    )]
    Intervals {
        /// The level.
        level: f64,
        /// The weight of rows found.
        found: f64,
        /// The weight needed.
        needed: f64,
    },
    /// A model that cannot be gone on from.
    #[error("{trainer} cannot go on from the model: {problem}")]
    Continue {
        /// The trainer.
        trainer: &'static str,
        /// What is in the way.
        problem: String,
    },
    /// Every row is learnt from, so that none can be told by what did not learn from it.
    #[error("{trainer} has no rows out of bag: {problem}")]
    OutOfBag {
        /// The trainer.
        trainer: &'static str,
        /// Why, and what would do.
        problem: &'static str,
    },
    /// The caller asked to stop.
    #[error("training was interrupted after round {round}")]
    Interrupted {
        /// The rounds done.
        round: usize,
    },
    /// The threads asked for could not be started.
    #[error("{n_threads} threads could not be started: {reason}")]
    Threads {
        /// The threads asked for.
        n_threads: usize,
        /// What the system says.
        reason: String,
    },
}

impl LearnError {
    /// The trainer needs a target.
    pub(crate) fn nothing(trainer: &'static str) -> LearnError {
        LearnError::Target {
            trainer,
            found: "nothing",
            expected: "a target",
        }
    }
}
