//! Trainers: they turn prepared features and a target into a [`bundle::Model`].
//!
//! A trainer's parameters are checked once (`Params::check`), and only the checked type can fit.
//! The same data, parameters and seed give the same model, bit for bit, on any number of threads.

pub mod baseline;
pub mod boost;
mod class_weight;
mod crew;
mod cross_validate;
pub mod drivers;
mod error;
pub mod forest;
mod identity;
pub mod intervals;
pub mod isolation;
pub mod judge;
pub mod linear;
pub mod parameter;
mod parts;
#[cfg(test)]
mod properties;
mod rows;
pub mod split;
mod target;
mod trainer;
pub mod trainers;
mod trees;
mod weights;

pub use baseline::Baseline;
pub use boost::Boost;
pub use class_weight::{balanced, class_weighted};
pub use cross_validate::{OutOfFold, Prepared, cross_validate};
pub use error::LearnError;
pub use forest::{ExtraTrees, Forest};
pub use isolation::Isolation;
pub use linear::Linear;
pub use parameter::{Parameter, ParameterError, Value};
pub use parts::Parts;
pub use target::Target;
pub use trainer::{Context, Progress, Trainer, Training};
