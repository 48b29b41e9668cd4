//! Parts that add up to the last bit.

/// Bits between the grid's step and the largest number on it; two are left for sums.
const BITS: i32 = 50;

/// Multiples of a power of two, so few that sums of them lose no bit in any order.
///
/// The step is `2^-50` of the sum of all magnitudes that may be added up, so that a number moves by less than one part in
/// 10^15 of that sum.
///
/// ```
/// use stats::change::Grid;
/// let grid = Grid::holding([0.1, 0.2, 0.7]);
/// let mut parts = [0.1, 0.2, 0.7];
/// let whole = grid.place(1.0);
/// grid.share_out(&mut parts, whole);
/// assert_eq!(parts.iter().sum::<f64>(), whole);
/// assert_eq!(parts.iter().rev().sum::<f64>(), whole);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    step: f64,
}

impl Grid {
    /// The finest grid on which the `parts` and every sum of some of them stand. Parts that are not finite are passed over.
    #[must_use]
    pub fn holding(parts: impl IntoIterator<Item = f64>) -> Self {
        let size: f64 = parts.into_iter().map(f64::abs).filter(|x| x.is_finite()).sum();
        let exponent = exponent_above(size) - BITS;
        Self {
            step: power_of_two(exponent),
        }
    }

    /// The distance of neighbours, a power of two.
    #[must_use]
    pub fn step(&self) -> f64 {
        self.step
    }

    /// The nearest number on the grid.
    #[must_use]
    pub fn place(&self, x: f64) -> f64 {
        (x / self.step).round_ties_even() * self.step
    }

    /// Puts the parts on the grid and gives the remainder of rounding to the largest, the first of equal ones, so that they
    /// add up to `whole`, which stands on the grid. Nothing happens without parts.
    pub fn share_out(&self, parts: &mut [f64], whole: f64) {
        for part in parts.iter_mut() {
            *part = self.place(*part);
        }
        let remainder = whole - parts.iter().sum::<f64>();
        let largest = parts
            .iter_mut()
            .reduce(|largest, part| if part.abs() > largest.abs() { part } else { largest });
        if let Some(largest) = largest {
            *largest += remainder;
        }
    }
}

/// The least `e` with `size < 2^e`, of numbers that are neither tiny nor huge.
fn exponent_above(size: f64) -> i32 {
    let biased = (size.to_bits() >> 52) as i32 & 0x7ff;
    (biased - 1022).clamp(-900, 1000)
}

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Draw;

    #[test]
    fn any_order_gives_the_whole() {
        let mut draw = Draw::new(3, 0);
        for _ in 0..200 {
            let mut parts: Vec<f64> = (0..40).map(|_| draw.normal() * 1e3).collect();
            let whole: f64 = parts.iter().sum();
            let grid = Grid::holding(parts.iter().copied().chain([whole]));
            let whole = grid.place(whole);
            grid.share_out(&mut parts, whole);
            assert_eq!(parts.iter().sum::<f64>(), whole);
            draw.shuffle(&mut parts);
            assert_eq!(parts.iter().sum::<f64>(), whole);
        }
    }

    #[test]
    fn rounding_is_small_and_nothing_is_nothing() {
        let grid = Grid::holding([3.0, -5.0]);
        assert_eq!(grid.step(), (-46_f64).exp2());
        assert!((grid.place(0.1) - 0.1).abs() <= grid.step() / 2.0);
        assert_eq!(Grid::holding([]).place(0.0), 0.0);
        Grid::holding([1.0]).share_out(&mut [], 1.0);
    }
}
