//! Experiments: does the treatment change the metric, by how much, and may one believe it?
//!
//! | question | where |
//! |---|---|
//! | what does an arm sum up to? | [`Sums`] of rows or of totals, mergeable; from them an [`Arm`] for a mean, proportion, ratio or quantile |
//! | can less noise be had? | [`cuped`] (CUPED, CUPAC), [`post_stratify`] |
//! | is there an effect, asked once? | [`fixed_horizon`] |
//! | asked again and again? | [`confidence_sequence`], [`msprt`]; at planned looks [`group_sequential`] |
//! | is a served version worse than a limit, asked all the time? | [`grouped_difference`], [`grouped_share`] |
//! | what should one believe, what does one risk? | [`posterior`], [`beta_binomial`] |
//! | can the data be trusted? | [`sample_ratio`], [`exposures`], [`assignment_mismatch`], [`Window`], [`cap_at_quantile`] |
//! | many metrics, arms, segments? | [`family`], [`segments`] |
//! | how many units are needed? | [`Plan`] |
//!
//! The control comes first, the effect is treatment minus control, and `Greater` asks whether the treatment lies
//! above. Relative effects are fractions of the control. NaN means missing: the row is left out and counted. What has
//! no answer (a relative effect on a control of 0, an arm without spread) is an error.
//!
//! ```
//! use stats::experiment::{Arm, Difference, Question, fixed_horizon, sample_ratio};
//!
//! let (control, treatment) = (Arm::of_proportion(2100, 20_000)?, Arm::of_proportion(2290, 20_100)?);
//! let question = Question { difference: Difference::Relative, ..Question::default() };
//! let found = fixed_horizon(&control, &treatment, &question)?;
//! assert!(found.is_significant() && found.effect.low > 0.02 && found.effect.high < 0.15);
//! assert!(sample_ratio(&[20_000, 20_100], &[1.0, 1.0])?.sound);
//! # Ok::<(), stats::StatsError>(())
//! ```

mod metric;
mod quantile;
mod sums;

mod cuped;
mod strata;

mod comparison;
mod contrast;
mod fixed;

mod guardrail;
mod mixture;
mod sequential;

mod boundaries;
mod look;
mod recursion;
mod search;
mod spending;

mod bayes;
mod beta;
mod integrate;

mod exposure;
mod outliers;
mod sample_ratio;
mod window;

mod baseline;
mod family;
mod plan;

pub use baseline::{Baseline, NullVariance, variance_factor};
pub use bayes::{Posterior, Prior, PriorUnit, posterior};
pub use beta::{BetaComparison, BetaPosterior, beta_binomial, chances_to_be_best};
pub use boundaries::{Boundaries, Boundary, Sides, equal_times, group_sequential};
pub use comparison::{Comparison, Difference, Question};
pub use cuped::{Adjustment, cuped};
pub use exposure::{Exposures, Mismatch, assignment_mismatch, exposures};
pub use family::{Correction, Family, Segments, family, segments, simultaneous_level};
pub use fixed::{fixed_horizon, fixed_horizon_normal};
pub use guardrail::{
    Grouped, GroupedDifference, GroupedMetric, counts_to_come, grouped_difference, grouped_share,
};
pub use look::Look;
pub use metric::{Arm, Outcome};
pub use outliers::{Capped, cap_at, cap_at_quantile};
pub use plan::{Monitoring, Plan, SampleSize};
pub use quantile::{quantile_arm, quantile_arm_of_events, quantile_arm_of_sketch};
pub use sample_ratio::{SampleRatio, sample_ratio, sample_ratio_any_time};
pub use sequential::{confidence_sequence, msprt, over_looks};
pub use spending::Spending;
pub use strata::post_stratify;
pub use sums::Sums;
pub use window::{Window, Windowed};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
