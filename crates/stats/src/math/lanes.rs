//! Elementary functions without branches and tables, for loops over many numbers.
//!
//! Compilers turn such loops into vector code of whatever width the machine has. Each operation is one that IEEE 754
//! fixes and none is fused, so that every width gives the same bits. They are a few units in the last place less exact
//! than their namesakes in [`math`](super), and differ from them in the last bits.

const LOG2_E: f64 = std::f64::consts::LOG2_E;
/// The natural logarithm of 2 in two parts; the first has zeros at the end, so that small multiples are exact.
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Adding this to a number below 2^51 leaves its nearest whole number in the last bits.
const SHIFT: f64 = 6_755_399_441_055_744.0;

/// `e` to the power `x`, within 2 units in the last place; `x` is held within [-708, 709].
///
/// A NaN gives an unspecified finite number: check before.
#[inline(always)]
#[must_use]
pub fn exp(x: f64) -> f64 {
    let x = x.clamp(-708.0, 709.0);
    let shifted = x * LOG2_E + SHIFT;
    let n = shifted - SHIFT;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    // Taylor's series to the 13th power is exact to 2^-57 on |r| <= ln(2) / 2.
    let mut sum = 1.0 / 6_227_020_800.0;
    for factorial in [
        479_001_600.0,
        39_916_800.0,
        3_628_800.0,
        362_880.0,
        40_320.0,
        5_040.0,
        720.0,
        120.0,
        24.0,
        6.0,
        2.0,
    ] {
        sum = sum * r + 1.0 / factorial;
    }
    let power = (r * r) * sum + r + 1.0;
    // The last bits of `shifted` are n; moved up they are the exponent of 2^n.
    let two_to_n = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    power * two_to_n
}

/// `1 / (1 + exp(-x))`, within 4 units in the last place.
#[inline(always)]
#[must_use]
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> impl Iterator<Item = f64> {
        (-70_700..70_800).map(|i| f64::from(i) * 0.01 + 0.003_7)
    }

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        for x in points() {
            let (found, expected) = (exp(x), libm::exp(x));
            assert!(
                (found / expected - 1.0).abs() < 4.5e-16,
                "{x}: {found} {expected}"
            );
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(-1e300) > 0.0 && exp(1e300) < f64::INFINITY);
    }

    #[test]
    fn sigmoid_is_as_exact_in_both_tails() {
        for x in points() {
            let (found, expected) = (sigmoid(x), super::super::sigmoid(x));
            assert!((found / expected - 1.0).abs() < 9e-16, "{x}: {found} {expected}");
        }
        assert_eq!(sigmoid(0.0), 0.5);
    }
}
