//! Ranks among the slopes of all pairs of points, without listing the pairs.

use crate::linalg::{Twofold, power_of_two};

/// Pairs `i < j` with `values[j] < values[i]`, counted while sorting.
pub(super) fn inversions<T: Copy + PartialOrd>(values: &mut [T]) -> u64 {
    let mut room = values.to_vec();
    sort_and_count(values, &mut room)
}

fn sort_and_count<T: Copy + PartialOrd>(values: &mut [T], room: &mut [T]) -> u64 {
    let n = values.len();
    if n < 2 {
        return 0;
    }
    let middle = n / 2;
    let (left, right) = values.split_at_mut(middle);
    let mut count = sort_and_count(left, &mut room[..middle]) + sort_and_count(right, &mut room[middle..]);
    room.copy_from_slice(values);
    let (left, right) = room.split_at(middle);
    let (mut i, mut j) = (0, 0);
    for place in values.iter_mut() {
        if j == right.len() || (i < left.len() && left[i] <= right[j]) {
            *place = left[i];
            i += 1;
        } else {
            *place = right[j];
            count += (left.len() - i) as u64;
            j += 1;
        }
    }
    count
}

/// The slopes `(y_j - y_i) / (t_j - t_i)` of all pairs `i < j`, for times that rise.
///
/// # Reference
/// R. Cole, J. S. Salowe, W. L. Steiger, E. Szemerédi (1989), SIAM Journal on Computing 18, 792-810: slopes up to `s` are the
/// pairs that `y - s t` does not put in rising order. That is taken in twice the usual precision, so that ties count as such.
pub(super) struct Slopes<'a> {
    times: &'a [f64],
    values: Vec<f64>,
    unit: f64,
    range: [f64; 2],
}

impl<'a> Slopes<'a> {
    pub(super) fn new(times: &'a [f64], values: &[f64]) -> Self {
        let unit = power_of_two(values);
        let values: Vec<f64> = values.iter().map(|y| y / unit).collect();
        // the steepest slopes lie between neighbours
        let neighbours = values.windows(2).zip(times.windows(2));
        let slopes = neighbours.map(|(y, t)| (y[1] - y[0]) / (t[1] - t[0]));
        let range = slopes.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], s| {
            [low.min(s), high.max(s)]
        });
        Self {
            times,
            values,
            unit,
            range,
        }
    }

    pub(super) fn n(&self) -> u64 {
        let n = self.times.len() as u64;
        n * (n - 1) / 2
    }

    /// The slope of rank `rank`, from 0: the smallest number with more slopes than that up to it, found by halving over all
    /// numbers in 64 counts of `n log n` steps.
    pub(super) fn of_rank(&self, rank: u64) -> f64 {
        let [mut low, mut high] = self.range.map(ordered);
        while low < high {
            // the mean rounded down, which cannot overflow
            let middle = (low & high) + ((low ^ high) >> 1);
            if self.n_up_to(unordered(middle)) > rank {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        unordered(high) * self.unit
    }

    fn n_up_to(&self, slope: f64) -> u64 {
        // read backwards, a pair of a steeper slope is an inversion, and one of this slope is none
        let points = self.times.iter().zip(&self.values).rev();
        let mut turned: Vec<Twofold> = points
            .map(|(&t, &y)| Twofold::of(y).minus(Twofold::product(slope, t)))
            .collect();
        self.n() - inversions(&mut turned)
    }
}

/// Numbers as whole numbers of the same order.
fn ordered(value: f64) -> i64 {
    let size = (value.to_bits() & !(1 << 63)) as i64;
    if value < 0.0 { -size } else { size }
}

fn unordered(place: i64) -> f64 {
    let size = f64::from_bits(place.unsigned_abs());
    if place < 0 { -size } else { size }
}
