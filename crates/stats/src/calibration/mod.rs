//! From scores to probabilities and intervals.
//!
//! [`platt`] and [`temperature`] keep the order of scores; [`isotonic`] follows the data and needs about a thousand rows.
//! [`conformal`] turns held-out errors into intervals and sets of classes with a guaranteed coverage.

pub mod conformal;
mod isotonic;
mod platt;
mod temperature;

pub use conformal::conformal_quantile;
pub use isotonic::{Isotonic, isotonic};
pub use platt::{Platt, platt};
pub use temperature::{temperature, temperature_loss};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[allow(clippy::approx_constant, reason = "data happen to lie near a constant")]
mod tests;
