//! What a series of values in the order of time is made of, where it changed, and which values are unlike the others.
//!
//! | question | function |
//! |---|---|
//! | when does it come again? | [`seasons`] |
//! | trend, seasons, remainder? | [`stl`], [`mstl`] |
//! | where did it change? | [`change_points`], [`segments`] |
//! | which values are unlike those before? | [`anomalies`](anomalies()), [`Detector`]; of many series [`flag_across`], over time [`OnlineFdr`] |
//!
//! Values stand at equal distances; NaN is a missing value.

mod anomalies;
mod change_points;
mod fourier;
mod lines;
mod loess;
mod mstl;
mod noise;
mod pelt;
mod place;
mod robust;
mod seasons;
mod stl;

pub use anomalies::{AnomalyParams, Detector, OnlineFdr, Reading, anomalies, flag_across};
pub use change_points::{ChangeParams, ChangePoint, Changes, change_points, segments};
pub use loess::Loess;
pub use mstl::mstl;
pub use noise::Noise;
pub use pelt::Changing;
pub use seasons::{Season, seasons};
pub use stl::{Decomposition, SeasonalPart, StlParams, stl};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod change_tests;
