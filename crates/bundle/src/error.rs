//! Refusals while a bundle is made, read or asked.

use crate::ModelError;

/// A refusal by the bundle crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The bytes are not a bundle of a known version, or are damaged.
    #[error("`{name}` is not a sound bundle: {part}: found {found}, expected {expected}")]
    Format {
        /// The file's name.
        name: String,
        /// Which part of the file.
        part: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// The bundle does not give the answers that it promises for its golden rows.
    #[error(
        "`{name}` does not answer its golden rows: row {row} gives the {what} {found}, expected {expected}; hint: this build computes differently from the one that made the bundle, please report it"
    )]
    Golden {
        /// The file's name.
        name: String,
        /// The row, from 0.
        row: usize,
        /// What was asked for.
        what: &'static str,
        /// The number found.
        found: f64,
        /// The number stored.
        expected: f64,
    },
    /// The model's parts were refused.
    #[error("the model is not sound: {0}")]
    Model(#[from] ModelError),
    /// Rows could not be prepared.
    #[error(transparent)]
    Prepare(#[from] prepare::PrepareError),
    /// A file or table was refused.
    #[error(transparent)]
    Table(#[from] table::TableError),
    /// A computation on the numbers was refused.
    #[error(transparent)]
    Stats(#[from] stats::StatsError),
    /// What is asked about a model cannot be answered.
    #[error("{what}: found {found}, expected {expected}")]
    Inspect {
        /// What it is about.
        what: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// Threads could not be started.
    #[error("cannot start {n_threads} threads: {found}")]
    Threads {
        /// How many were asked for.
        n_threads: usize,
        /// What the system said.
        found: String,
    },
}

impl BundleError {
    pub(crate) fn format(
        name: &str,
        part: impl Into<String>,
        found: impl ToString,
        expected: impl ToString,
    ) -> BundleError {
        BundleError::Format {
            name: name.to_owned(),
            part: part.into(),
            found: found.to_string(),
            expected: expected.to_string(),
        }
    }
}
