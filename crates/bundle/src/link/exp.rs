//! An exponential that is nearly always the double nearest to the true value, as those of other libraries are: answers
//! of imported models shall not differ by the error of ours.

/// `LN2_HIGH` has 21 zeros at its end, so that its product with the exponent is exact.
const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
/// What `LN2_HIGH` lacks.
const LN2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);

/// `e` to the power `x`, off by at most 0.53 units in the last place.
///
/// With `x = k ln 2 + r`, `1 + r + r^2 / 2` is summed in two doubles and the rest of the series, below 0.01, in one.
pub(super) fn exp(x: f64) -> f64 {
    if x.is_nan() || 709.8 < x {
        return if x.is_nan() { x } else { f64::INFINITY };
    }
    if x < -746.0 {
        return 0.0;
    }
    let k = (x * std::f64::consts::LOG2_E).round_ties_even();
    let (r, r_low) = fast_sum(x - k * LN2_HIGH, -k * LN2_LOW);
    let (square, square_low) = product(r, r);
    let (sum, low_a) = fast_sum(1.0, r);
    let (sum, low_b) = fast_sum(sum, 0.5 * square);
    let low = low_a + low_b + (r_low + r * r_low + 0.5 * square_low + rest(r));
    scale(sum + low, k as i32)
}

/// `exp(r) - 1 - r - r^2 / 2`.
fn rest(r: f64) -> f64 {
    let mut sum = 0.0;
    let mut factor = 1.0 / 1_307_674_368_000.0;
    for n in (3..=15u32).rev() {
        sum = sum * r + factor;
        factor *= f64::from(n);
    }
    sum * r * r * r
}

/// A sum of a larger and a smaller number, and what rounding took from it (T. J. Dekker 1971).
fn fast_sum(large: f64, small: f64) -> (f64, f64) {
    let sum = large + small;
    (sum, small - (sum - large))
}

/// A product and what rounding took from it (T. J. Dekker 1971).
fn product(a: f64, b: f64) -> (f64, f64) {
    let split = |x: f64| {
        let shifted = 134_217_729.0 * x;
        let high = shifted - (shifted - x);
        (high, x - high)
    };
    let ((a_high, a_low), (b_high, b_low)) = (split(a), split(b));
    let product = a * b;
    let low = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    (product, low)
}

/// `x * 2^k` for `x` near 1, in two steps where 2^k alone is no normal number.
fn scale(x: f64, k: i32) -> f64 {
    let power = |k: i32| f64::from_bits(((1023 + k) as u64) << 52);
    let half = k / 2;
    x * power(half) * power(k - half)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::approx_constant)]
    use super::*;

    #[test]
    fn values_are_the_nearest_doubles() {
        // Python 3.11, 60 digits: float(decimal.Decimal(x).exp()), the nearest double.
        for (x, expected) in [
            (0.0, 1.0),
            (1.0, 2.718281828459045),
            (-1.0, 0.36787944117144233),
            (0.5, 1.6487212707001282),
            (-0.3465, 0.7071588192872713),
            (-0.6931, 0.5000235908364827),
            (10.0, 22026.465794806718),
            (-30.0, 9.357622968840175e-14),
            (700.0, 1.0142320547350045e304),
            (1e-10, 1.0000000001),
        ] {
            assert_eq!(exp(x), expected, "{x}");
        }
        assert_eq!(exp(800.0), f64::INFINITY);
        assert_eq!(exp(-800.0), 0.0);
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn values_agree_with_the_other_exponential() {
        for i in -3000..3000 {
            let x = f64::from(i) * 0.217;
            let other = stats::math::exp(x);
            // The other is off by up to one unit in the last place.
            assert!(
                (exp(x) - other).abs() <= 3.4e-16 * other.max(f64::MIN_POSITIVE),
                "{x}"
            );
        }
    }
}
