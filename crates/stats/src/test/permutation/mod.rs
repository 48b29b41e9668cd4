//! Permutation tests: how often would chance alone, without any law of errors, arrange the data as strikingly?
//!
//! When there are at most `n_resamples` arrangements all are tried, and the p-value is exact: the share of them that are at
//! least as extreme. Else so many are drawn, and the p-value is `(b + 1) / (n_resamples + 1)` with `b` of them at least as
//! extreme, which keeps its level (B. Phipson, G. K. Smyth (2010), Statistical Applications in Genetics and Molecular Biology
//! 9, 39) and is never 0. The two-sided p-value is twice the smaller one-sided one, as scipy's. Arrangement number `i` depends
//! on seed and `i` alone and counts are whole, so threads change nothing.

mod bits;
mod paired;
mod pairings;
mod tails;
mod two_sample;

pub use paired::{PairedScore, permutation_paired};
pub use pairings::{PairingScore, permutation_correlation};
pub use two_sample::{TwoSampleScore, permutation_two_sample};

use super::TestResult;

/// Arrangements tried at most: more than this many are not enumerated in a lifetime.
const MOST_RESAMPLES: usize = 1_000_000_000;

/// How arrangements are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrangements {
    /// All are tried if there are no more than this many; else this many are drawn. 9,999 is usual.
    pub n_resamples: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// Threads to share them; the result does not depend on it.
    pub n_threads: usize,
}

/// What a permutation test found.
#[derive(Debug, Clone, PartialEq)]
pub struct PermutationTest {
    /// Statistic, p-value and effect, as of every test. The interval of the effect is the usual one of its kind, not made by
    /// permutation.
    pub result: TestResult,
    /// Arrangements tried.
    pub n_arrangements: usize,
    /// Whether these were all there are.
    pub is_exact: bool,
    /// Standard error that drawing gives the p-value; 0 when exact.
    pub p_value_error: f64,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
