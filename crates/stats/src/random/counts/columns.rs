//! Columns of numbers on a grid, so that sums of them are exact and in any order.

/// Places side by side.
pub(super) const GROUP: usize = 16;
/// Digits of a number, the lowest first.
pub(super) const DIGITS: usize = 4;
/// Bits of each digit but the highest, which holds the sign.
const BITS: u32 = 15;
/// Numbers are below `2^MOST_BITS`, so that the highest digit fits 16 bits.
const MOST_BITS: i32 = 58;
/// The smaller half of the numbers, on average, may be so many times smaller than the largest: the grid still has 38 bits for it.
const WIDEST: f64 = 1_048_576.0;

/// Sums of digits, column by column.
pub(super) type DigitSums<const M: usize> = [[i64; DIGITS]; M];

/// Columns of numbers, group by group.
#[derive(Debug, Clone)]
pub(crate) struct Columns<const M: usize> {
    pub(super) groups: Vec<Group<M>>,
    /// The step of each column's grid, as a power of two.
    steps: [i32; M],
}

/// Numbers of 16 places.
#[derive(Debug, Clone)]
pub(super) struct Group<const M: usize> {
    pub(super) digits: [[[i16; GROUP]; DIGITS]; M],
    /// 1 where there is a place, 0 behind the last one.
    pub(super) is_there: [i16; GROUP],
}

impl<const M: usize> Columns<M> {
    /// Puts numbers on grids of 58 bits and a sign; `None` if a column has numbers so different that the small ones would be lost.
    pub(crate) fn new(units: &[[f64; M]]) -> Option<Self> {
        let mut steps = [0; M];
        for (k, step) in steps.iter_mut().enumerate() {
            *step = step_of(units.iter().map(|unit| unit[k].abs()).collect())?;
        }
        let group = |units: &[[f64; M]]| {
            let mut group = Group {
                digits: [[[0; GROUP]; DIGITS]; M],
                is_there: [0; GROUP],
            };
            for (place, unit) in units.iter().enumerate() {
                group.is_there[place] = 1;
                for ((digits, value), step) in group.digits.iter_mut().zip(unit).zip(steps) {
                    put(digits, place, libm::rint(libm::ldexp(*value, -step)) as i64);
                }
            }
            group
        };
        Some(Self {
            groups: units.chunks(GROUP).map(group).collect(),
            steps,
        })
    }

    /// What sums of digits mean.
    pub(super) fn sums(&self, sums: &DigitSums<M>) -> [f64; M] {
        std::array::from_fn(|k| {
            let [first, second, third, fourth] = sums[k];
            let low = first + (second << BITS);
            let high = third + (fourth << BITS);
            let sum = high as f64 * f64::from(1_u32 << (2 * BITS)) + low as f64;
            libm::ldexp(sum, self.steps[k])
        })
    }
}

impl<const M: usize> Group<M> {
    /// Adds a place as often as it counts more than it was counted.
    pub(super) fn add(&self, place: usize, count: i64, sums: &mut DigitSums<M>) {
        for (sums, digits) in sums.iter_mut().zip(&self.digits) {
            for (sum, digit) in sums.iter_mut().zip(digits) {
                *sum += count * i64::from(digit[place]);
            }
        }
    }
}

/// The step of a grid that holds the largest of these magnitudes.
fn step_of(mut magnitudes: Vec<f64>) -> Option<i32> {
    magnitudes.retain(|magnitude| 0.0 < *magnitude);
    magnitudes.sort_unstable_by(f64::total_cmp);
    let Some(most) = magnitudes.last().copied() else {
        return Some(0);
    };
    let smaller = &magnitudes[..magnitudes.len().div_ceil(2)];
    let of_smaller = smaller.iter().sum::<f64>() / smaller.len() as f64;
    (most.is_finite() && most <= WIDEST * of_smaller).then(|| libm::frexp(most).1 - MOST_BITS)
}

fn put(digits: &mut [[i16; GROUP]; DIGITS], place: usize, mut number: i64) {
    let mask = (1 << BITS) - 1;
    for digit in &mut digits[..DIGITS - 1] {
        digit[place] = (number & mask) as i16;
        number >>= BITS;
    }
    digits[DIGITS - 1][place] = number as i16;
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_numbers() {
        for scale in [1e-300, 1e-9, 1.0, 3e17, 1e300] {
            let value = |k: usize| scale * ((k as f64 * 0.7).sin() + 0.1);
            let units: Vec<[f64; 2]> = (0..37).map(|k| [value(k), -value(k + 5)]).collect();
            let columns = Columns::new(&units).unwrap();
            let mut sums = [[0; DIGITS]; 2];
            let (mut expected, mut largest) = ([0.0; 2], 0.0_f64);
            for (k, unit) in units.iter().enumerate() {
                let count = (k % 4) as i64;
                columns.groups[k / GROUP].add(k % GROUP, count, &mut sums);
                for (sum, value) in expected.iter_mut().zip(unit) {
                    *sum += count as f64 * value;
                    largest = largest.max(value.abs());
                }
            }
            for (found, expected) in columns.sums(&sums).iter().zip(expected) {
                assert!((found - expected).abs() <= 1e-14 * largest, "{found} {expected}");
            }
        }
        assert_eq!(Columns::new(&[[0.0]; 3]).unwrap().sums(&[[0; DIGITS]]), [0.0]);
    }

    #[test]
    fn numbers_too_different_for_a_grid_are_left_to_others() {
        let with = |largest: f64| Columns::new(&[[1.0], [1.5], [0.0], [-largest]]);
        assert!(with(1e6).is_some() && with(1e7).is_none() && with(f64::INFINITY).is_none());
    }
}
