/// A number as the exact sum of two, about 32 digits.
///
/// # Reference
/// T. J. Dekker (1971), Numerische Mathematik 18, 224-242. Without fused multiplication, so that all machines agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub(crate) struct Twofold {
    pub(crate) high: f64,
    pub(crate) low: f64,
}

impl Twofold {
    /// A number that needs one part.
    pub(crate) fn of(value: f64) -> Self {
        Self {
            high: value,
            low: 0.0,
        }
    }

    /// `a * b` without rounding; the factors must lie within about `1e-140` and `1e140`.
    pub(crate) fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        let ((a_high, a_low), (b_high, b_low)) = (halves(a), halves(b));
        let low = ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low;
        Self { high, low }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        let (sum, error) = two_sum(self.high, other.high);
        let (low_sum, low_error) = two_sum(self.low, other.low);
        let first = Self::settled(sum, error + low_sum);
        Self::settled(first.high, first.low + low_error)
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        self.plus(Self {
            high: -other.high,
            low: -other.low,
        })
    }

    pub(crate) fn times(self, factor: Self) -> Self {
        let exact = Self::product(self.high, factor.high);
        let cross = self.high * factor.low + self.low * factor.high;
        Self::settled(exact.high, exact.low + cross)
    }

    /// Parts whose sum rounds to the first; `high` must not be smaller than `low`.
    fn settled(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self {
            high: sum,
            low: low - (sum - high),
        }
    }
}

/// A sum and what its rounding lost.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    (sum, (a - (sum - of_b)) + (b - of_b))
}

/// The upper and the lower half of the digits.
fn halves(value: f64) -> (f64, f64) {
    let spread = 134_217_729.0 * value; // 2^27 + 1
    let high = spread - (spread - value);
    (high, value - high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_what_one_number_drops() {
        let third = Twofold::product(1.0 / 3.0, 3.0);
        assert_eq!(third.high + third.low, 1.0);
        assert_eq!(third.minus(Twofold::of(1.0)).high, -f64::EPSILON / 4.0);
        let one_and_a_bit = Twofold::of(1.0).plus(Twofold::of(1e-25));
        assert_eq!(one_and_a_bit.minus(Twofold::of(1.0)).high, 1e-25);
        // (1 + 1e-25)^2 - 1
        let square = one_and_a_bit.times(one_and_a_bit).minus(Twofold::of(1.0));
        assert!((square.high / 2e-25 - 1.0).abs() < 1e-6);
    }
}
