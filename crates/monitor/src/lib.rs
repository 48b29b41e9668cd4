//! Windows of what a service saw and said, compared with the bundle's baseline: *is the model still looking at the world
//! that it learnt from, and how sure is that?*
//!
//! The main types are [`Window`] (rows and answers of some time) and [`Watch`] (what [`compare`] finds). Every check has
//! an effect size with a floor and a p-value corrected over all checks of the window, so that the stated rate of false
//! alarms holds; what a sketch may be off by is counted in.
//!
//! What is absent: the clock, alerts being sent, and any change to a service.

mod check;
mod compare;
mod error;
#[cfg(test)]
mod tests;
mod window;

pub use check::{Check, CheckKind, State, Verdict, Watch};
pub use compare::{Tolerance, compare};
pub use error::MonitorError;
pub use window::{Refused, Window, bundles_in};
