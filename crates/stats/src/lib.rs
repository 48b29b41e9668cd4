//! Mathematics on slices: no Arrow, no files, no clock, and no randomness that the caller did not pass in.

pub mod distribution;
mod error;
pub mod math;
pub mod random;
pub mod special;
pub mod sum;

pub use error::StatsError;
pub use random::Draw;
pub use sum::ExactSum;
