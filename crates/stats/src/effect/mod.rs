//! How large an effect is, whatever its p-value and its unit: standardised differences and the probability of
//! superiority of two samples, association in a [`table`], each with its interval.
//!
//! Differences are first sample less second. NaN means missing and is dropped; infinities are refused.

mod standardized;
mod superiority;
pub mod table;

pub use standardized::{SmallSample, cohen_d, cohen_d_paired, glass_delta, hedges_g};
pub use superiority::probability_of_superiority;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
