//! Mathematics on slices: no Arrow, no files, no clock, and no randomness that the caller did not pass in.

mod check;
pub mod distribution;
mod error;
pub mod interval;
pub mod math;
pub mod metric;
pub mod random;
pub mod special;
pub mod sum;

pub use error::StatsError;
pub use interval::{Estimate, Resampling};
pub use random::Draw;
pub use sum::ExactSum;
