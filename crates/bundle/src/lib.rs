//! The artifact that crosses from training to serving: *what does the model say of this row, and why?*
//!
//! The main types are [`Bundle`] (one immutable file, sound once loaded), [`Draft`] (what it is made of), [`Model`]
//! (fitted, scores and explains) and [`Scores`] (what [`Bundle::score`] answers). Margins are whole numbers on a
//! fixed-point [`Grid`], so thread count, block size and order never change a bit.
//!
//! What is absent: trainers, servers, the clock, and anything that could run code from a file.

mod aside;
pub mod baseline;
mod bundle_type;
mod calibration;
mod card;
mod decide;
mod error;
mod evaluation;
pub mod explain;
mod explaining;
pub mod export;
mod fits;
pub mod fixed;
pub mod format;
mod golden;
pub mod import;
pub mod inspect;
pub mod intervals;
mod link;
pub mod log;
pub mod model;
mod quick;
mod reasons;
mod score;
mod task;

pub use baseline::{Baseline, CategoryBaseline, ColumnBaseline, NumberBaseline, Shape};
pub use bundle_type::{Bundle, Draft, MAX_BYTES};
pub use calibration::Calibration;
pub use card::{Card, Lineage};
pub use decide::{Decision, DecisionRule};
pub use error::BundleError;
pub use evaluation::{
    Candidate, Driver, Effect, Evaluation, GroupCheck, IntervalCheck, Metric, ReliabilityBin,
};
pub use explain::{Explanation, Interactions};
pub use explaining::Stop;
pub use fixed::Grid;
pub use format::Named;
pub use golden::{Golden, GoldenColumn};
pub use intervals::{IntervalGroup, IntervalGroups, IntervalMethod, Intervals};
pub use link::Link;
pub use model::{Constant, LinearModel, Model, ModelError, TreeEnsemble};
pub use quick::Quick;
pub use reasons::{Pair, Reason};
pub use score::{ScoreOptions, Scores};
pub use task::Task;
