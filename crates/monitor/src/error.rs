//! Refusals of the monitor.

/// A refusal by the monitor crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MonitorError {
    /// There is too little to compare.
    #[error("the window holds {found} rows, expected at least {least}")]
    TooFewRows {
        /// Rows found.
        found: usize,
        /// Rows needed.
        least: usize,
    },
    /// The log or the rows could not be read.
    #[error(transparent)]
    Bundle(#[from] bundle::BundleError),
    /// A column could not be read.
    #[error(transparent)]
    Table(#[from] table::TableError),
    /// A rule could not be applied.
    #[error(transparent)]
    Prepare(#[from] prepare::PrepareError),
    /// A statistic is not defined.
    #[error(transparent)]
    Stats(#[from] stats::StatsError),
}
