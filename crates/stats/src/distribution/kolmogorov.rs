use crate::math::{exp, ln, ln_1p, sqrt};

/// Upper tail of Kolmogorov's limit distribution: the probability that `sqrt(n) * D` exceeds `x`.
///
/// For two samples of `n` and `m` values use `x = (s + 0.12 + 0.11 / s) * D` with `s = sqrt(n m / (n + m))`,
/// which is good to about 1 % from 4 values per sample (Stephens 1970).
#[must_use]
pub fn kolmogorov_sf(x: f64) -> f64 {
    // below, the chance of less is under e^-493
    if x <= 0.05 {
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

/// `ln` of [`kolmogorov_sf`], finite where it underflows.
#[must_use]
pub fn ln_kolmogorov_sf(x: f64) -> f64 {
    if x < 2.0 {
        return ln(kolmogorov_sf(x));
    }
    // the second term of the series is below e^-24 of the first, the third below e^-64
    std::f64::consts::LN_2 - 2.0 * x * x + ln_1p(-exp(-6.0 * x * x))
}
