use crate::math::{exp, sqrt};

/// Upper tail of Kolmogorov's limit distribution: the probability that `sqrt(n) * D` exceeds `x`.
///
/// For two samples of `n` and `m` values use `x = (s + 0.12 + 0.11 / s) * D` with `s = sqrt(n m / (n + m))`,
/// which is good to about 1 % from 4 values per sample (Stephens 1970).
#[must_use]
pub fn kolmogorov_sf(x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x < 1.0 {
        // the theta-function transform converges at once where the alternating series does not
        let factor = -std::f64::consts::PI * std::f64::consts::PI / (8.0 * x * x);
        let sum: f64 = [1.0, 3.0, 5.0, 7.0].iter().map(|k| exp(k * k * factor)).sum();
        return 1.0 - sqrt(2.0 * std::f64::consts::PI) / x * sum;
    }
    let mut sum = 0.0;
    for k in (1..=8).rev() {
        let k = f64::from(k);
        sum = exp(-2.0 * k * k * x * x) - sum;
    }
    2.0 * sum
}
