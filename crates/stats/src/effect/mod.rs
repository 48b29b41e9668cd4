//! How large a difference of two samples is, whatever their unit: standardised differences and the probability of
//! superiority, each with its interval.
//!
//! All are first sample less second. NaN means missing and is dropped; infinities are refused.

mod standardized;
mod superiority;

pub use standardized::{SmallSample, cohen_d, cohen_d_paired, glass_delta, hedges_g};
pub use superiority::probability_of_superiority;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
