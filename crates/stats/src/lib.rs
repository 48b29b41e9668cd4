//! Mathematics on slices: no Arrow, no files, no clock, and no randomness that the caller did not pass in.

pub mod calibration;
mod check;
pub mod distribution;
pub mod drift;
mod error;
pub mod interval;
pub mod math;
pub mod metric;
pub mod multiplicity;
pub mod random;
mod rank;
pub mod sketch;
pub mod special;
pub mod sum;
pub mod test;

pub use error::StatsError;
pub use interval::{Estimate, Resampling};
pub use random::Draw;
pub use sum::ExactSum;
pub use test::{
    Alternative, Assumption, Choice, Effect, TestResult, compare_categories, compare_counts, compare_groups,
};
pub use test::{
    anova, chi_square, fisher_exact_2x2, kruskal, levene, mann_whitney, normality, paired_t, student_t,
};
pub use test::{two_proportions, welch_anova, welch_t};
