use super::{Arrangements, MOST_RESAMPLES};
use crate::math::sqrt;
use crate::test::Alternative;
use crate::threads::in_parts;
use crate::{StatsError, check};

/// How many arrangements reach the observed statistic from either side.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tails {
    at_most: usize,
    at_least: usize,
    n: usize,
    is_exact: bool,
}

/// The observed statistic and how far roundings may move it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observed {
    pub(super) value: f64,
    pub(super) margin: f64,
}

/// A p-value and the standard error that drawing gives it.
#[derive(Debug, Clone, Copy)]
pub(super) struct PValue {
    pub(super) value: f64,
    pub(super) error: f64,
}

impl Arrangements {
    pub(super) fn check(&self) -> Result<(), StatsError> {
        check::at_least("n_resamples", self.n_resamples, 1)?;
        if MOST_RESAMPLES < self.n_resamples {
            return Err(StatsError::OutOfRange {
                what: "n_resamples",
                found: self.n_resamples as f64,
                expected: "at most a billion",
            });
        }
        Ok(())
    }

    /// Tries drawn arrangements; `statistics` makes what finds the statistic of number `i`.
    pub(super) fn drawn<F: FnMut(u64) -> f64>(
        &self,
        observed: Observed,
        statistics: impl Fn() -> F + Sync,
    ) -> Tails {
        let parts = in_parts(self.n_resamples, self.n_threads, |part| {
            let (mut tails, mut statistic) = (Tails::default(), statistics());
            part.for_each(|i| tails.count(statistic(i as u64), observed));
            tails
        });
        parts.into_iter().fold(Tails::default(), Tails::plus)
    }
}

impl Tails {
    /// No arrangement yet, of all.
    pub(super) fn exact() -> Self {
        Self {
            is_exact: true,
            ..Self::default()
        }
    }

    #[inline]
    pub(super) fn count(&mut self, statistic: f64, observed: Observed) {
        self.n += 1;
        self.at_most += usize::from(statistic <= observed.value + observed.margin);
        self.at_least += usize::from(observed.value - observed.margin <= statistic);
    }

    fn plus(self, other: Self) -> Self {
        Self {
            at_most: self.at_most + other.at_most,
            at_least: self.at_least + other.at_least,
            n: self.n + other.n,
            is_exact: self.is_exact,
        }
    }

    pub(super) fn n(&self) -> usize {
        self.n
    }

    pub(super) fn is_exact(&self) -> bool {
        self.is_exact
    }

    pub(super) fn p_value(&self, alternative: Alternative) -> PValue {
        let (count, sides) = match alternative {
            Alternative::Less => (self.at_most, 1.0),
            Alternative::Greater => (self.at_least, 1.0),
            Alternative::TwoSided => (self.at_most.min(self.at_least), 2.0),
        };
        let (count, n) = (count as f64, self.n as f64);
        if self.is_exact {
            return PValue {
                value: (sides * count / n).min(1.0),
                error: 0.0,
            };
        }
        let share = (count + 1.0) / (n + 1.0);
        PValue {
            value: (sides * share).min(1.0),
            error: sides * sqrt(share * (1.0 - share) / n),
        }
    }
}
