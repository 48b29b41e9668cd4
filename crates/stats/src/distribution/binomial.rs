use crate::StatsError;
use crate::math::{exp, ln, ln_1p};
use crate::special::{beta_i, beta_i_inverse, ln_beta_i, ln_beta_term};

/// The binomial distribution: successes in `n` trials of probability `p`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Binomial {
    n: u64,
    p: f64,
}

impl Binomial {
    /// # Errors
    /// [`StatsError::OutOfRange`] unless `p` lies in [0, 1].
    pub fn new(n: u64, p: f64) -> Result<Self, StatsError> {
        if (0.0..=1.0).contains(&p) {
            Ok(Self { n, p })
        } else {
            Err(StatsError::OutOfRange {
                what: "p",
                found: p,
                expected: "in [0, 1]",
            })
        }
    }

    /// Probability of exactly `k` successes.
    #[must_use]
    pub fn pmf(&self, k: u64) -> f64 {
        let (n, x) = (self.n as f64, k as f64);
        match (k > self.n, self.p == 0.0, self.p == 1.0) {
            (true, _, _) => 0.0,
            (_, true, _) => f64::from(u8::from(k == 0)),
            (_, _, true) => f64::from(u8::from(k == self.n)),
            _ if k == 0 => exp(n * ln_1p(-self.p)),
            _ if k == self.n => exp(n * ln(self.p)),
            _ => exp(ln_beta_term(x, n - x, self.p, 1.0 - self.p)) * (n / (n - x)),
        }
    }

    /// Probability of at most `k` successes.
    #[must_use]
    pub fn cdf(&self, k: u64) -> f64 {
        if k >= self.n {
            1.0
        } else {
            exp(ln_beta_i(
                (self.n - k) as f64,
                k as f64 + 1.0,
                1.0 - self.p,
                self.p,
            ))
        }
    }

    /// Probability of more than `k` successes.
    #[must_use]
    pub fn sf(&self, k: u64) -> f64 {
        if k >= self.n {
            0.0
        } else {
            beta_i(k as f64 + 1.0, (self.n - k) as f64, self.p)
        }
    }

    /// The exact (Clopper-Pearson) interval of the probability after `k` successes in `n` trials, at confidence `level`.
    #[must_use]
    pub fn exact_interval(k: u64, n: u64, level: f64) -> (f64, f64) {
        let (alpha, k, n) = (0.5 * (1.0 - level), k as f64, n as f64);
        let low = if k == 0.0 {
            0.0
        } else {
            beta_i_inverse(k, n - k + 1.0, alpha)
        };
        let high = if k >= n {
            1.0
        } else {
            beta_i_inverse(k + 1.0, n - k, 1.0 - alpha)
        };
        (low, high)
    }
}
