//! Elementary functions with the same bits on every machine.
//!
//! Everything here is the `libm` crate's software implementation or built from it, scalar and in one order.
//! The standard library's `exp`, `ln`, `powf` call the platform's C library and may differ in the last bit.

pub mod lanes;

/// `e` to the power `x`.
#[must_use]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// Natural logarithm; -inf at 0, NaN below.
#[must_use]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// Base-2 logarithm; -inf at 0, NaN below.
#[must_use]
pub fn log2(x: f64) -> f64 {
    libm::log2(x)
}

/// Base-10 logarithm; -inf at 0, NaN below.
#[must_use]
pub fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// `ln(1 + x)`, exact to the last bits near 0.
#[must_use]
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// `exp(x) - 1`, exact to the last bits near 0.
#[must_use]
pub fn exp_m1(x: f64) -> f64 {
    libm::expm1(x)
}

/// `x` to the power `y`.
#[must_use]
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// Square root. IEEE 754 fixes its bits, so the hardware instruction is used.
#[must_use]
pub fn sqrt(x: f64) -> f64 {
    x.sqrt()
}

/// Hyperbolic tangent.
#[must_use]
pub fn tanh(x: f64) -> f64 {
    libm::tanh(x)
}

/// Inverse hyperbolic tangent, Fisher's z of a correlation; infinite at ±1.
#[must_use]
pub fn atanh(x: f64) -> f64 {
    libm::atanh(x)
}

/// Sine of `x` in radians.
#[must_use]
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Cosine of `x` in radians.
#[must_use]
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// Arc sine in radians, for `x` in [-1, 1].
#[must_use]
pub fn asin(x: f64) -> f64 {
    libm::asin(x)
}

/// The angle of the point `(x, y)` in radians, in (-pi, pi].
#[must_use]
pub fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}

/// Cube root.
#[must_use]
pub fn cbrt(x: f64) -> f64 {
    libm::cbrt(x)
}

/// `1 / (1 + exp(-x))`, without overflow on either side.
#[must_use]
pub fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + exp(-x))
    } else {
        let e = exp(x);
        e / (1.0 + e)
    }
}

/// `ln(p / (1 - p))`, the inverse of [`sigmoid`]; infinite at 0 and 1, NaN outside [0, 1].
#[must_use]
pub fn logit(p: f64) -> f64 {
    ln(p) - ln_1p(-p)
}

/// `ln(1 + exp(x))`, the logistic loss of a margin, without overflow.
#[must_use]
pub fn softplus(x: f64) -> f64 {
    if x > 0.0 {
        x + ln_1p(exp(-x))
    } else {
        ln_1p(exp(x))
    }
}

/// `x * ln(y)`, and 0 where `x` is 0, whatever `y` is.
#[must_use]
pub fn x_ln_y(x: f64, y: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x * ln(y) }
}

/// `ln(sum(exp(values)))` without overflow, summed in the order given; -inf for an empty slice.
#[must_use]
pub fn log_sum_exp(values: &[f64]) -> f64 {
    let top = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !top.is_finite() {
        return if values.iter().any(|v| v.is_nan()) {
            f64::NAN
        } else {
            top
        };
    }
    let mut sum = 0.0;
    for value in values {
        sum += exp(value - top);
    }
    top + ln(sum)
}

/// Turns margins into probabilities that sum to 1: `exp(v) / sum(exp(values))`, in place.
///
/// An empty slice stays empty. Margins must be finite; a NaN makes every probability NaN.
pub fn softmax_in_place(values: &mut [f64]) {
    let top = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for value in values.iter_mut() {
        *value = exp(*value - top);
        sum += *value;
    }
    for value in values.iter_mut() {
        *value /= sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigmoid_is_stable_and_inverted_by_logit() {
        assert_eq!(sigmoid(800.0), 1.0);
        assert_eq!(sigmoid(-800.0), 0.0);
        assert!(sigmoid(-700.0) > 0.0);
        for x in [-30.0, -1.5, 0.0, 0.3, 12.0] {
            assert!((logit(sigmoid(x)) - x).abs() < 1e-9 * (1.0 + x.abs()), "{x}");
        }
    }

    #[test]
    fn softmax_matches_scipy() {
        // scipy 1.17.1 scipy.special.softmax([1, 2, 3]), logsumexp([1000, 1001])
        let mut values = [1.0, 2.0, 3.0];
        softmax_in_place(&mut values);
        for (got, expected) in
            values
                .iter()
                .zip([0.09003057317038046, 0.24472847105479764, 0.6652409557748218])
        {
            assert!((got - expected).abs() < 1e-15);
        }
        assert!((log_sum_exp(&[1000.0, 1001.0]) - 1001.3132616875182).abs() < 1e-12);
        assert_eq!(log_sum_exp(&[]), f64::NEG_INFINITY);
        assert!(log_sum_exp(&[f64::NAN, 1.0]).is_nan());
    }

    #[test]
    fn softplus_keeps_both_tails() {
        assert_eq!(softplus(1000.0), 1000.0);
        assert!((softplus(-50.0) / exp(-50.0) - 1.0).abs() < 1e-15);
    }
}
