//! Mathematics on slices: tests, metrics, sketches and special functions, each number with its doubt.
//!
//! No Arrow, no files, no clock, and no randomness that the caller did not pass in. The same input gives the same bits on
//! every machine: `exp`, `ln` and their kin come from [`math`], never from the platform, and sums are exact
//! ([`ExactSum`]) or taken in one order.
//!
//! | question | module |
//! |---|---|
//! | do groups differ, are columns related? | [`test`](mod@test), [`association`], [`effect`], corrected for many questions by [`multiplicity`] |
//! | how many rows does an answer need? | [`power`] |
//! | does a treatment change a metric? | [`experiment`] |
//! | how good are predictions? | [`metric`], [`interval`] |
//! | what does a column look like, in little memory? | [`sketch`] |
//! | where do values lie close together? | [`density`] |
//! | has it changed? | [`drift`] |
//! | which parts does the change of a number have? | [`change`] |
//! | what is a series made of, where did it change, what is odd in it? | [`series`] |
//! | how sure is a score? | [`calibration`] |
//! | what lies underneath? | [`math`], [`sum`], [`digits`], [`random`], [`special`], [`distribution`], [`linalg`], [`nonlinear`] |
//!
//! Everything that can be asked wrongly returns [`StatsError`]; an undefined result is an error, never a silent NaN.
//! Levels and probabilities are fractions in (0, 1).
//!
//! ```
//! use stats::{Alternative, metric, sketch::Quantiles, welch_t};
//!
//! let (stayed, left) = ([71.0, 64.5, 80.2, 59.9, 68.4], [88.1, 79.3, 95.0, 84.6, 90.7]);
//! let result = welch_t(&stayed, &left, Alternative::TwoSided, 0.95)?;
//! assert!(result.p_value < 0.01 && result.effect.estimate.high < 0.0);
//!
//! let auc = metric::auc(&[false, true, false, true, true], &[0.1, 0.8, 0.4, 0.35, 0.9], None, 0.9)?;
//! assert!(auc.low < auc.value && auc.value < auc.high);
//!
//! let mut bills = Quantiles::default();
//! bills.extend(&left);
//! assert_eq!(bills.quantile(0.5), Some(88.1));
//! # Ok::<(), stats::StatsError>(())
//! ```

pub mod test;

pub mod association;
pub mod effect;
pub mod multiplicity;
pub mod power;

pub mod experiment;

pub mod interval;
pub mod metric;

pub mod density;
pub mod sketch;

pub mod change;
pub mod drift;
pub mod series;

pub mod calibration;

pub mod digits;
pub mod distribution;
pub mod linalg;
pub mod math;
pub mod nonlinear;
pub mod random;
pub mod special;
pub mod sum;
pub mod wide;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod edges;

mod check;
mod describe;
mod error;
mod rank;
mod threads;

pub use association::{correlation_ratio, cramers_v, kendall, pearson, spearman};
pub use describe::{Description, describe};
pub use error::StatsError;
pub use interval::{Estimate, Resampling};
pub use random::Draw;
pub use sum::ExactSum;
pub use test::{
    Alternative, Assumption, Choice, Effect, RankMethod, TestResult, anova, chi_square, compare_categories,
    compare_counts, compare_groups, fisher_exact_2x2, kruskal, levene, mann_whitney, normality, paired_t,
    student_t, two_proportions, welch_anova, welch_t,
};
