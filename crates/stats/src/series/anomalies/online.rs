//! Many series at once, and one series for ever: flags of which few are false.

use crate::multiplicity::benjamini_hochberg;
use crate::{StatsError, check};

/// Which of many series are flagged at one time, so that of all flags at most the share `rate` is false: Benjamini-Hochberg
/// over their p-values.
///
/// # Errors
/// [`StatsError::OutOfRange`] for a p-value outside [0, 1] or a rate outside (0, 1).
pub fn flag_across(p_values: &[f64], rate: f64) -> Result<Vec<bool>, StatsError> {
    check::open_unit("rate", rate)?;
    let adjusted = benjamini_hochberg(p_values)?;
    Ok(adjusted.into_iter().map(|p| p <= rate).collect())
}

/// Flags p-values as they come, so that of all flags at any time about the share `rate` is false, for p-values that are
/// independent of those before (LORD++).
///
/// The first value may use half of the rate; each flag gives back what later ones may use. A test `t` is made at
/// `gamma_t w0 + (rate - w0) gamma_(t - t1) + rate sum gamma_(t - tj)`, `tj` being the tests that flagged, with
/// `gamma_j` proportional to `j^-1.6`. Flags older than 10,000 tests give back nothing more.
///
/// # Reference
/// A. Ramdas, F. Yang, M. J. Wainwright, M. I. Jordan (2017), Online control of the false discovery rate with decaying
/// memory, NeurIPS 30.
#[derive(Debug, Clone, PartialEq)]
pub struct OnlineFdr {
    rate: f64,
    n_tests: usize,
    n_flags: usize,
    /// The tests that flagged lately, and whether it was the first one.
    flags: Vec<(usize, bool)>,
}

/// The sum of `j^-1.6` over all `j` from 1 (Riemann's zeta of 1.6).
const ZETA: f64 = 2.285_765_665_680_13;
const REMEMBERED: usize = 10_000;

impl OnlineFdr {
    /// # Errors
    /// [`StatsError::OutOfRange`] unless `rate` is in (0, 1).
    pub fn new(rate: f64) -> Result<Self, StatsError> {
        check::open_unit("rate", rate)?;
        Ok(Self {
            rate,
            n_tests: 0,
            n_flags: 0,
            flags: Vec::new(),
        })
    }

    /// How small the next p-value must be to be flagged.
    #[must_use]
    pub fn next_threshold(&self) -> f64 {
        let now = self.n_tests + 1;
        let first = 0.5 * self.rate;
        let earned = self.flags.iter().map(|&(at, is_first)| {
            let share = if is_first { self.rate - first } else { self.rate };
            share * gamma(now - at)
        });
        first * gamma(now) + earned.sum::<f64>()
    }

    /// Whether this p-value is flagged. NaN is not, and counts as no test.
    pub fn next(&mut self, p_value: f64) -> bool {
        if p_value.is_nan() {
            return false;
        }
        let is_flagged = p_value <= self.next_threshold();
        self.n_tests += 1;
        if is_flagged {
            self.flags.push((self.n_tests, self.n_flags == 0));
            self.n_flags += 1;
        }
        let oldest = self.n_tests.saturating_sub(REMEMBERED);
        self.flags.retain(|(at, _)| *at > oldest || *at == self.n_tests);
        is_flagged
    }
}

fn gamma(j: usize) -> f64 {
    crate::math::pow(j as f64, -1.6) / ZETA
}
