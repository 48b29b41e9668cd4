use crate::StatsError;
use crate::sum::ends;

const MAX_LEVELS: usize = 60;
const CAPACITY: std::ops::RangeInclusive<usize> = 8..=65_536;

/// Quantiles and distribution function of a stream of numbers, in bounded memory.
///
/// Exact up to `capacity` values. Then sorted blocks are halved by keeping every other value at twice the weight, the
/// first or the second of each pair in turn; no randomness is involved. The error is tracked, not estimated: no rank is
/// off by more than [`rank_error`](Self::rank_error), whatever the data. With capacity `k` and `n` values that is about
/// `log2(n / k) / (2 k)`, 0.5 % for a million values at the default capacity of 1024, and the actual error is usually a
/// tenth of that. Memory is at most `8 k log2(n / k)` bytes.
///
/// NaN is left out; infinities are values.
///
/// ```
/// use stats::sketch::Quantiles;
/// let mut sketch = Quantiles::default();
/// sketch.extend(&[4.0, 1.0, 3.0, 2.0]);
/// assert_eq!(sketch.quantile(0.5), Some(2.5));
/// assert_eq!(sketch.rank_error(), 0.0);
/// ```
///
/// # Reference
/// J. I. Munro, M. S. Paterson (1980), Theoretical Computer Science 12, 315-323; G. S. Manku et al. (1998), SIGMOD.
#[derive(Debug, Clone)]
pub struct Quantiles {
    capacity: usize,
    n: u64,
    min: f64,
    max: f64,
    levels: Vec<Level>,
}

/// Values that each stand for `2^level`, and how often a block of them was halved.
#[derive(Debug, Clone, Default)]
struct Level {
    values: Vec<f64>,
    /// Halvings that kept the smaller value of each pair: ranks may be too high by one weight each.
    n_kept_lower: u64,
    /// Halvings that kept the larger value: ranks may be too low by one weight each.
    n_kept_upper: u64,
}

/// What [`Quantiles`] hold: level `i` has values of weight `2^i`, sorted.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantilesParts {
    /// Values held per level.
    pub capacity: u32,
    /// Values seen.
    pub n: u64,
    /// Smallest value seen; infinite without values.
    pub min: f64,
    /// Largest value seen; negative infinite without values.
    pub max: f64,
    /// Sorted values of each level.
    pub levels: Vec<Vec<f64>>,
    /// Halvings per level that kept the lower value of each pair.
    pub n_kept_lower: Vec<u64>,
    /// Halvings per level that kept the upper value of each pair.
    pub n_kept_upper: Vec<u64>,
}

/// The values of a [`Quantiles`] sketch in order, for many questions at once.
#[derive(Debug, Clone, PartialEq)]
pub struct SortedQuantiles {
    /// Values, ascending.
    values: Vec<f64>,
    /// Number of values seen that the values up to and including this one stand for.
    cumulative: Vec<u64>,
    min: f64,
    max: f64,
}

impl Default for Quantiles {
    fn default() -> Self {
        Self::with_capacity(1024)
    }
}

impl Quantiles {
    /// An empty sketch that is exact up to `capacity` values; larger is more precise. Even, and cut to 8..=65536.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        let capacity = capacity.clamp(*CAPACITY.start(), *CAPACITY.end()) & !1;
        Self {
            capacity,
            n: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            levels: vec![Level::default()],
        }
    }

    /// Adds one value; NaN is left out.
    pub fn add(&mut self, value: f64) {
        if value.is_nan() {
            return;
        }
        // -0 becomes 0, so that the sign of a zero never decides an order
        self.levels[0].values.push(value + 0.0);
        self.count(self.levels[0].values.len() - 1);
    }

    /// Adds every value of a slice.
    pub fn extend(&mut self, values: &[f64]) {
        let mut rest = values;
        while !rest.is_empty() {
            let room = self.capacity + 1 - self.levels[0].values.len();
            let (now, later) = rest.split_at(room.min(rest.len()));
            let before = self.levels[0].values.len();
            let present = now
                .iter()
                .filter(|value| !value.is_nan())
                .map(|value| value + 0.0);
            self.levels[0].values.extend(present);
            self.count(before);
            rest = later;
        }
    }

    /// Takes note of the values of the lowest level from this place on.
    fn count(&mut self, from: usize) {
        let new = &self.levels[0].values[from..];
        let (min, max) = ends(new);
        self.n += new.len() as u64;
        self.min = self.min.min(min);
        self.max = self.max.max(max);
        if self.levels[0].values.len() > self.capacity {
            self.halve_full_levels();
        }
    }

    /// Adds everything that `other` has seen; errors add up.
    ///
    /// # Errors
    /// [`StatsError::Incompatible`] if the capacities differ.
    pub fn merge(&mut self, other: &Self) -> Result<(), StatsError> {
        if self.capacity != other.capacity {
            return Err(StatsError::Incompatible {
                what: "capacity of quantile sketches",
                found: other.capacity as u64,
                expected: self.capacity as u64,
            });
        }
        self.n = self.n.saturating_add(other.n);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.levels
            .resize_with(self.levels.len().max(other.levels.len()), Level::default);
        for (level, theirs) in self.levels.iter_mut().zip(&other.levels) {
            level.values.extend_from_slice(&theirs.values);
            level.n_kept_lower = level.n_kept_lower.saturating_add(theirs.n_kept_lower);
            level.n_kept_upper = level.n_kept_upper.saturating_add(theirs.n_kept_upper);
        }
        self.halve_full_levels();
        Ok(())
    }

    /// Number of values seen, without NaN.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Smallest value; `None` without values.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        (self.n > 0).then_some(self.min)
    }

    /// Largest value; `None` without values.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        (self.n > 0).then_some(self.max)
    }

    /// The most by which [`cdf`](Self::cdf) may be off, as a fraction of `n`; 0 while exact.
    #[must_use]
    pub fn rank_error(&self) -> f64 {
        if self.n == 0 {
            return 0.0;
        }
        let (mut high, mut low, mut weight) = (0.0, 0.0, 1.0);
        for level in &self.levels {
            high += level.n_kept_lower as f64 * weight;
            low += level.n_kept_upper as f64 * weight;
            weight *= 2.0;
        }
        (f64::max(high, low) / self.n as f64).min(1.0)
    }

    /// Share of values at or below `x`; `None` without values. Sorts: use [`sorted`](Self::sorted) for many questions.
    #[must_use]
    pub fn cdf(&self, x: f64) -> Option<f64> {
        self.sorted().cdf(x)
    }

    /// The value at the share `q`, with linear interpolation between neighbours (numpy's default, R's type 7).
    ///
    /// `None` without values or for `q` outside [0, 1]. The ends are the exact smallest and largest values.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        self.sorted().quantile(q)
    }

    /// The values in order, for many questions at once.
    #[must_use]
    pub fn sorted(&self) -> SortedQuantiles {
        let weighted = |(i, level): (usize, &Level)| -> Vec<(f64, u64)> {
            level.values.iter().map(|&v| (v, 1_u64 << i.min(63))).collect()
        };
        let mut pairs: Vec<(f64, u64)> = self.levels.iter().enumerate().flat_map(weighted).collect();
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut total = 0_u64;
        let cumulative = pairs.iter().map(|(_, weight)| {
            total = total.saturating_add(*weight);
            total
        });
        let cumulative = cumulative.collect();
        SortedQuantiles {
            values: pairs.iter().map(|p| p.0).collect(),
            cumulative,
            min: self.min,
            max: self.max,
        }
    }

    /// The content in canonical form, for storing.
    #[must_use]
    pub fn parts(&self) -> QuantilesParts {
        let sorted = |level: &Level| {
            let mut values = level.values.clone();
            values.sort_unstable_by(f64::total_cmp);
            values
        };
        QuantilesParts {
            capacity: self.capacity as u32,
            n: self.n,
            min: self.min,
            max: self.max,
            levels: self.levels.iter().map(sorted).collect(),
            n_kept_lower: self.levels.iter().map(|l| l.n_kept_lower).collect(),
            n_kept_upper: self.levels.iter().map(|l| l.n_kept_upper).collect(),
        }
    }

    /// The sketch with this content.
    ///
    /// # Errors
    /// [`StatsError::Corrupt`] if sizes, weights, order and range contradict each other.
    pub fn from_parts(parts: QuantilesParts) -> Result<Self, StatsError> {
        parts.check().map_err(|reason| StatsError::Corrupt {
            what: "quantile sketch",
            reason,
        })?;
        let counts = parts.n_kept_lower.into_iter().zip(parts.n_kept_upper);
        let levels = parts.levels.into_iter().zip(counts);
        Ok(Self {
            capacity: parts.capacity as usize,
            n: parts.n,
            min: parts.min,
            max: parts.max,
            levels: levels
                .map(|(values, (n_kept_lower, n_kept_upper))| Level {
                    values,
                    n_kept_lower,
                    n_kept_upper,
                })
                .collect(),
        })
    }

    fn halve_full_levels(&mut self) {
        let mut i = 0;
        while i < self.levels.len() {
            if self.levels[i].values.len() > self.capacity {
                let kept = self.levels[i].halve(i > 0);
                if i + 1 == self.levels.len() {
                    self.levels.push(Level::default());
                }
                self.levels[i + 1].values.extend(kept);
            }
            i += 1;
        }
    }
}

/// Equal content; the order within a level means nothing.
impl PartialEq for Quantiles {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Level {
    /// Takes out an even number of values, the smallest, and returns every other one.
    fn halve(&mut self, is_made_of_runs: bool) -> Vec<f64> {
        match is_made_of_runs {
            // which the stable sort merges
            true => self.values.sort_by(f64::total_cmp),
            false => sort(&mut self.values),
        }
        let odd_one = if self.values.len().is_multiple_of(2) {
            None
        } else {
            self.values.pop()
        };
        let keep_upper = self.n_kept_upper <= self.n_kept_lower;
        *(if keep_upper {
            &mut self.n_kept_upper
        } else {
            &mut self.n_kept_lower
        }) += 1;
        let kept = self
            .values
            .iter()
            .skip(usize::from(keep_upper))
            .step_by(2)
            .copied()
            .collect();
        self.values.clear();
        self.values.extend(odd_one);
        kept
    }
}

/// Sorts by keys that are compared faster than numbers.
fn sort(values: &mut [f64]) {
    const REST: i64 = i64::MAX;
    let turned = |bits: i64| bits ^ ((bits >> 63) & REST);
    let mut keys: Vec<i64> = values.iter().map(|v| turned(v.to_bits().cast_signed())).collect();
    keys.sort_unstable();
    for (value, key) in values.iter_mut().zip(keys) {
        *value = f64::from_bits(turned(key).cast_unsigned());
    }
}

impl QuantilesParts {
    fn check(&self) -> Result<(), &'static str> {
        if !CAPACITY.contains(&(self.capacity as usize)) || self.capacity % 2 == 1 {
            return Err("capacity is not an even number in 8..=65536");
        }
        let n_levels = self.levels.len();
        if n_levels == 0 || n_levels > MAX_LEVELS {
            return Err("number of levels is not in 1..=60");
        }
        if self.n_kept_lower.len() != n_levels || self.n_kept_upper.len() != n_levels {
            return Err("counts of halvings do not fit the levels");
        }
        if self
            .n_kept_lower
            .iter()
            .chain(&self.n_kept_upper)
            .any(|&count| count > self.n)
        {
            return Err("more halvings than values");
        }
        if (self.n == 0) != (self.min == f64::INFINITY && self.max == f64::NEG_INFINITY) {
            return Err("range and count do not fit");
        }
        let mut total = 0_u64;
        for (i, level) in self.levels.iter().enumerate() {
            if level.len() > self.capacity as usize {
                return Err("a level holds more than the capacity");
            }
            let weight = (level.len() as u64).checked_mul(1 << i);
            total = weight
                .and_then(|w| total.checked_add(w))
                .ok_or("weights overflow")?;
            if level.iter().any(|v| !(self.min <= *v && *v <= self.max)) {
                return Err("a value lies outside the range");
            }
            if level.windows(2).any(|pair| pair[0] > pair[1]) {
                return Err("a level is not sorted");
            }
        }
        if total == self.n {
            Ok(())
        } else {
            Err("weights do not sum to the count")
        }
    }
}

impl SortedQuantiles {
    /// Number of values seen that lie at or below `x`, up to the sketch's error.
    #[must_use]
    pub fn n_up_to(&self, x: f64) -> u64 {
        self.cumulative_of(self.values.partition_point(|value| *value <= x))
    }

    /// Number of values seen that lie below `x`, up to the sketch's error.
    #[must_use]
    pub fn n_below(&self, x: f64) -> u64 {
        self.cumulative_of(self.values.partition_point(|value| *value < x))
    }

    /// Number of values seen that lie below the first or above the second of two numbers, up to the sketch's error.
    #[must_use]
    pub fn n_beyond(&self, (low, high): (f64, f64)) -> u64 {
        self.n_below(low) + (self.n() - self.n_up_to(high).max(self.n_below(low)))
    }

    fn cumulative_of(&self, n_values: usize) -> u64 {
        n_values.checked_sub(1).map_or(0, |last| self.cumulative[last])
    }

    /// Number of values seen.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.cumulative.last().copied().unwrap_or(0)
    }

    /// Share of values at or below `x`; `None` without values.
    #[must_use]
    pub fn cdf(&self, x: f64) -> Option<f64> {
        self.share(self.values.partition_point(|v| *v <= x), x >= self.max)
    }

    /// Share of values below `x`; `None` without values.
    #[must_use]
    pub fn share_below(&self, x: f64) -> Option<f64> {
        self.share(self.values.partition_point(|v| *v < x), x > self.max)
    }

    fn share(&self, n_values: usize, all: bool) -> Option<f64> {
        let n = self.n();
        let below = if n_values == 0 {
            0
        } else {
            self.cumulative[n_values - 1]
        };
        (n > 0).then(|| if all { 1.0 } else { below as f64 / n as f64 })
    }

    /// The value at the share `q`; see [`Quantiles::quantile`].
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let n = self.n();
        if n == 0 || !(0.0..=1.0).contains(&q) {
            return None;
        }
        if q == 0.0 || q == 1.0 {
            return Some(if q == 0.0 { self.min } else { self.max });
        }
        // value i stands for the ranks cumulative[i - 1] .. cumulative[i]
        let rank = q * (n - 1) as f64;
        let (below, fraction) = (rank.floor(), rank - rank.floor());
        let at = self.cumulative.partition_point(|c| *c as f64 <= below);
        let low = self.values[at.min(self.values.len() - 1)];
        let next_starts = self.cumulative.get(at).is_some_and(|c| *c as f64 <= below + 1.0);
        let high = if next_starts {
            self.values.get(at + 1).copied().unwrap_or(low)
        } else {
            low
        };
        Some(if fraction == 0.0 || low == high {
            low
        } else {
            low + fraction * (high - low)
        })
    }

    /// The distinct values held, ascending.
    pub fn values(&self) -> impl Iterator<Item = f64> + '_ {
        self.values.chunk_by(|a, b| a == b).map(|tied| tied[0])
    }

    /// Values with the share of all values that each stands for, ascending.
    pub fn weighted(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let n = self.n() as f64;
        let before = std::iter::once(0).chain(self.cumulative.iter().copied());
        self.values
            .iter()
            .zip(before.zip(&self.cumulative))
            .map(move |(v, (a, b))| (*v, (b - a) as f64 / n))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
