use crate::StatsError;

mod block;

pub(crate) use block::BLOCK;

/// Position 0 of the accumulator is `2^-2148`, the last bit of a product of two subnormal numbers.
const LOWEST_EXPONENT: i32 = -2148;
/// Position of `2^-1074`, the last bit of a subnormal number.
const LOWEST_F64_POSITION: usize = 1074;
/// Enough limbs of 32 bits for `2^64` products of the largest numbers.
const MAX_LIMBS: usize = 136;
/// A limb takes this many additions of up to 2^53 before its carry must move on.
const MAX_PENDING: u32 = 512;
const LOW_32: i64 = 0xffff_ffff;

/// A sum of `f64` values and products that loses no bit, whatever the order.
///
/// The value is held as a long integer in limbs of 32 bits that cover only the magnitudes seen (some 50 bytes for
/// everyday data). Adding and merging are exact, hence associative and commutative, and [`value`](Self::value)
/// rounds once, to the nearest `f64`. So the same values give the same bits for any order, batch size, thread
/// count or partitioning.
///
/// NaN and infinities are counted apart: any NaN, or both infinities, make the value NaN.
///
/// ```
/// use stats::sum::ExactSum;
/// let mut left = ExactSum::default();
/// left.add(1e300);
/// left.add(1.0);
/// let mut right = ExactSum::default();
/// right.add(-1e300);
/// left.merge(&right);
/// assert_eq!(left.value(), 1.0);
/// ```
///
/// # Reference
/// After R. M. Neal (2015), Fast exact summation using small and large superaccumulators, arXiv:1505.05571.
#[derive(Debug, Clone, Default)]
pub struct ExactSum {
    first: usize,
    limbs: Vec<i64>,
    pending: u32,
    n_nan: u64,
    n_positive_infinite: u64,
    n_negative_infinite: u64,
}

/// What an [`ExactSum`] holds, in the one canonical form: equal sums have equal parts.
///
/// The value is `± sum(limbs[i] * 2^(32 * (first_limb + i) - 2148))` plus the counted specials.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExactSumParts {
    /// Whether the finite part is below zero.
    pub negative: bool,
    /// Position of the first limb, in [0, 136).
    pub first_limb: u32,
    /// Magnitude, lowest limb first; neither end is 0; empty for zero.
    pub limbs: Vec<u32>,
    /// How many NaN were added.
    pub n_nan: u64,
    /// How many positive infinities were added.
    pub n_positive_infinite: u64,
    /// How many negative infinities were added.
    pub n_negative_infinite: u64,
}

impl ExactSum {
    /// Adds one value.
    #[inline]
    pub fn add(&mut self, value: f64) {
        if !value.is_finite() {
            return self.add_special(value);
        }
        let (mantissa, position) = split(value);
        if mantissa != 0 {
            let sign = if value < 0.0 { -1 } else { 1 };
            self.add_bits(u128::from(mantissa), position + LOWEST_F64_POSITION, sign);
        }
    }

    /// Adds `a * b` without rounding the product first.
    ///
    /// Products of finite numbers never overflow here; other products add what IEEE 754 multiplication gives.
    #[inline]
    pub fn add_product(&mut self, a: f64, b: f64) {
        if !(a.is_finite() && b.is_finite()) {
            return self.add_special(a * b);
        }
        let ((a_bits, a_position), (b_bits, b_position)) = (split(a), split(b));
        if a_bits != 0 && b_bits != 0 {
            let sign = if (a < 0.0) == (b < 0.0) { 1 } else { -1 };
            self.add_bits(
                u128::from(a_bits) * u128::from(b_bits),
                a_position + b_position,
                sign,
            );
        }
    }

    /// Adds everything that `other` has added.
    pub fn merge(&mut self, other: &Self) {
        self.n_nan = self.n_nan.saturating_add(other.n_nan);
        self.n_positive_infinite = self.n_positive_infinite.saturating_add(other.n_positive_infinite);
        self.n_negative_infinite = self.n_negative_infinite.saturating_add(other.n_negative_infinite);
        let (negative, first, limbs) = other.magnitude();
        let sign = if negative { -1 } else { 1 };
        for (i, &limb) in limbs.iter().enumerate() {
            self.add_bits(u128::from(limb), (first + i) * 32, sign);
        }
    }

    /// Takes away everything that `other` has added, exactly: what is left is as if `other` had never been there.
    ///
    /// `other` must hold values that this sum holds too; specials that it does not hold are not counted below zero.
    pub fn subtract(&mut self, other: &Self) {
        self.n_nan = self.n_nan.saturating_sub(other.n_nan);
        self.n_positive_infinite = self.n_positive_infinite.saturating_sub(other.n_positive_infinite);
        self.n_negative_infinite = self.n_negative_infinite.saturating_sub(other.n_negative_infinite);
        let (negative, first, limbs) = other.magnitude();
        let sign = if negative { 1 } else { -1 };
        for (i, &limb) in limbs.iter().enumerate() {
            self.add_bits(u128::from(limb), (first + i) * 32, sign);
        }
    }

    /// The sum, rounded once to the nearest `f64` (ties to even); 0 if nothing was added.
    ///
    /// Beyond the range of `f64` it is an infinity; NaN if a NaN or both infinities were added.
    #[must_use]
    pub fn value(&self) -> f64 {
        match (self.n_nan, self.n_positive_infinite, self.n_negative_infinite) {
            (0, 0, 0) => {
                let (negative, first, limbs) = self.magnitude();
                let magnitude = round_to_f64(first, &limbs);
                if negative { -magnitude } else { magnitude }
            }
            (0, _, 0) => f64::INFINITY,
            (0, 0, _) => f64::NEG_INFINITY,
            _ => f64::NAN,
        }
    }

    /// The sum times `factor`, exactly.
    ///
    /// Meant for sums of values: limbs that lie outside the range of `f64` (sums beyond 1.8e308, or sums of products
    /// of subnormal numbers) are taken at their nearest `f64`.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        let mut product = Self::default();
        if self.n_nan + self.n_positive_infinite + self.n_negative_infinite > 0 {
            product.add(self.value() * factor);
            return product;
        }
        let (negative, first, limbs) = self.magnitude();
        let signed_factor = if negative { -factor } else { factor };
        for (i, &limb) in limbs.iter().enumerate() {
            let weight = ((first + i) * 32) as i32 + LOWEST_EXPONENT;
            product.add_product(libm::scalbn(f64::from(limb), weight), signed_factor);
        }
        product
    }

    /// The canonical content, for storing.
    #[must_use]
    pub fn parts(&self) -> ExactSumParts {
        let (negative, first, limbs) = self.magnitude();
        ExactSumParts {
            negative,
            first_limb: first as u32,
            limbs,
            n_nan: self.n_nan,
            n_positive_infinite: self.n_positive_infinite,
            n_negative_infinite: self.n_negative_infinite,
        }
    }

    /// The sum with this content.
    ///
    /// # Errors
    /// [`StatsError::Corrupt`] if the limbs reach beyond position 136 or are not in canonical form.
    pub fn from_parts(parts: ExactSumParts) -> Result<Self, StatsError> {
        let corrupt = |reason| {
            Err(StatsError::Corrupt {
                what: "exact sum",
                reason,
            })
        };
        let first = parts.first_limb as usize;
        if parts.limbs.len() > MAX_LIMBS || first + parts.limbs.len() > MAX_LIMBS {
            return corrupt("limbs reach beyond position 136");
        }
        if parts.limbs.first() == Some(&0) || parts.limbs.last() == Some(&0) {
            return corrupt("first or last limb is 0");
        }
        if parts.limbs.is_empty() && (parts.negative || first != 0) {
            return corrupt("zero has a sign or a position");
        }
        let mut sum = Self {
            n_nan: parts.n_nan,
            n_positive_infinite: parts.n_positive_infinite,
            n_negative_infinite: parts.n_negative_infinite,
            ..Self::default()
        };
        let sign = if parts.negative { -1 } else { 1 };
        for (i, &limb) in parts.limbs.iter().enumerate() {
            sum.add_bits(u128::from(limb), (first + i) * 32, sign);
        }
        Ok(sum)
    }

    fn add_special(&mut self, value: f64) {
        if value.is_nan() {
            self.n_nan = self.n_nan.saturating_add(1);
        } else if value > 0.0 {
            self.n_positive_infinite = self.n_positive_infinite.saturating_add(1);
        } else {
            self.n_negative_infinite = self.n_negative_infinite.saturating_add(1);
        }
    }

    /// Adds `sign * bits * 2^position` (positions count from [`LOWEST_EXPONENT`]); `bits` has at most 106 bits.
    #[inline]
    fn add_bits(&mut self, bits: u128, position: usize, sign: i64) {
        let (limb, shift) = (position / 32, position % 32);
        self.cover(limb, 4);
        let at = limb - self.first;
        self.limbs[at] += sign * ((bits << shift) as i64 & LOW_32);
        let rest = bits >> (32 - shift);
        if rest != 0 {
            self.limbs[at + 1] += sign * (rest as i64 & LOW_32);
            self.limbs[at + 2] += sign * ((rest >> 32) as i64 & LOW_32);
            self.limbs[at + 3] += sign * ((rest >> 64) as i64);
        }
        self.pending += 1;
        if self.pending >= MAX_PENDING {
            self.carry();
        }
    }

    /// Makes room for limbs `limb .. limb + n`.
    #[inline]
    fn cover(&mut self, limb: usize, n: usize) {
        if limb >= self.first && limb + n <= self.first + self.limbs.len() {
            return;
        }
        if self.limbs.is_empty() {
            self.first = limb;
        }
        if limb < self.first {
            let missing = self.first - limb;
            self.limbs.splice(0..0, std::iter::repeat_n(0, missing));
            self.first = limb;
        }
        if limb + n > self.first + self.limbs.len() {
            self.limbs.resize(limb + n - self.first, 0);
        }
    }

    /// Moves carries up, so that every limb but the last lies in [0, 2^32) and the last has room again.
    fn carry(&mut self) {
        self.pending = 0;
        let mut carry = 0;
        let Some(last) = self.limbs.len().checked_sub(1) else {
            return;
        };
        for limb in &mut self.limbs[..last] {
            let value = *limb + carry;
            *limb = value & LOW_32;
            carry = value >> 32;
        }
        let mut top = self.limbs[last] + carry;
        while top.abs() >= 1 << 40 {
            let at = self.limbs.len() - 1;
            self.limbs[at] = top & LOW_32;
            top >>= 32;
            self.limbs.push(0);
        }
        if let Some(limb) = self.limbs.last_mut() {
            *limb = top;
        }
    }

    /// Sign, first limb and trimmed magnitude of the finite part.
    fn magnitude(&self) -> (bool, usize, Vec<u32>) {
        let (mut negative, mut digits) = two_complement(&self.limbs);
        if negative {
            negate(&mut digits);
        }
        let n_high = digits.iter().rev().take_while(|&&d| d == 0).count();
        digits.truncate(digits.len() - n_high);
        let n_low = digits.iter().take_while(|&&d| d == 0).count();
        digits.drain(..n_low);
        negative &= !digits.is_empty();
        let first = if digits.is_empty() { 0 } else { self.first + n_low };
        (negative, first, digits)
    }
}

impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

/// `sum((x - mean_x) * (y - mean_y))` from the sums of products and of values, without cancellation.
///
/// `product_sum` holds the `n` products `x * y`, `sum_x` and `sum_y` the values; pass the same sums twice for a sum of
/// squared deviations. The three terms are combined exactly before one rounding, so data with a mean far above
/// their spread lose nothing. 0 for `n = 0`.
#[must_use]
pub fn central_product_sum(product_sum: &ExactSum, sum_x: &ExactSum, sum_y: &ExactSum, n: u64) -> f64 {
    if n == 0 {
        return 0.0;
    }
    // sum((x - a)(y - b)) = sum(xy) - b sum(x) - a sum(y) + n a b for any a, b; taken at the rounded means,
    // it exceeds the wanted sum by n (mean_x - a)(mean_y - b), which is below the rounding of the result.
    let (a, b) = (sum_x.value() / n as f64, sum_y.value() / n as f64);
    let mut count_times_a = ExactSum::default();
    count_times_a.add_product(n as f64, a);
    let mut total = product_sum.clone();
    total.merge(&sum_x.times(-b));
    total.merge(&sum_y.times(-a));
    total.merge(&count_times_a.times(b));
    total.value()
}

/// Mantissa of a finite number and its position above `2^-1074`.
#[inline]
fn split(value: f64) -> (u64, usize) {
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as usize;
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0 {
        (fraction, 0)
    } else {
        (fraction | (1 << 52), exponent - 1)
    }
}

/// Signed limbs as 32-bit digits of two's complement, with the sign.
fn two_complement(limbs: &[i64]) -> (bool, Vec<u32>) {
    let mut digits = Vec::with_capacity(limbs.len() + 2);
    let mut carry = 0_i64;
    for &limb in limbs {
        let value = limb + carry;
        digits.push((value & LOW_32) as u32);
        carry = value >> 32;
    }
    digits.push((carry & LOW_32) as u32);
    digits.push(((carry >> 32) & LOW_32) as u32);
    (carry < 0, digits)
}

fn negate(digits: &mut [u32]) {
    let mut carry = true;
    for digit in digits {
        let (value, overflow) = (!*digit).overflowing_add(u32::from(carry));
        *digit = value;
        carry = overflow;
    }
}

/// The nearest `f64` (ties to even) of a trimmed magnitude.
fn round_to_f64(first: usize, digits: &[u32]) -> f64 {
    let Some(&top) = digits.last() else { return 0.0 };
    let highest = (first + digits.len()) * 32 - 1 - top.leading_zeros() as usize;
    let lowest = highest.saturating_sub(52).max(LOWEST_F64_POSITION);
    let bit = |position: usize| -> u64 {
        let Some(at) = (position / 32).checked_sub(first) else {
            return 0;
        };
        digits
            .get(at)
            .map_or(0, |d| u64::from((d >> (position % 32)) & 1))
    };
    let mut mantissa = 0;
    for position in (lowest..=highest.max(lowest)).rev() {
        mantissa = (mantissa << 1) | bit(position);
    }
    let half = bit(lowest - 1) == 1;
    let sticky = || (first * 32..lowest - 1).any(|position| bit(position) == 1);
    if half && (mantissa & 1 == 1 || sticky()) {
        mantissa += 1;
    }
    libm::scalbn(mantissa as f64, lowest as i32 + LOWEST_EXPONENT)
}

#[cfg(test)]
mod tests;
