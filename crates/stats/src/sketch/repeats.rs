use super::hash::Mixed;
use crate::interval::{Estimate, two_sided_normal};
use crate::math::sqrt;
use crate::{StatsError, check};
use std::collections::HashMap;

/// How many items there are, how many different ones, and how many repeat an earlier one, in bounded memory.
///
/// Exact up to `capacity` different items. Beyond, only items are counted whose hash ends, in the middle, with as many zero
/// bits as it takes to halve what is held: an even sample of the *different* items, each with all its repeats. So the share of
/// items that repeat others is estimated from whole families, which a sample of rows would tear apart. Independent of order
/// and cut.
///
/// ```
/// use stats::sketch::{Repeats, hash_bytes};
/// let mut repeats = Repeats::default();
/// for word in ["a", "b", "a", "a"] {
///     repeats.add_hash(hash_bytes(word.as_bytes()));
/// }
/// assert_eq!(repeats.distinct(0.95)?.value, 2.0);
/// assert_eq!(repeats.repeated(0.95)?.value, 2.0);
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Reference
/// P. B. Gibbons (2001), Distinct sampling for highly-accurate answers to distinct values queries and event reports, VLDB.
#[derive(Debug, Clone)]
pub struct Repeats {
    capacity: usize,
    /// Zero bits that a hash needs to be held.
    n_bits: u32,
    n: u64,
    counts: HashMap<u64, u64, Mixed>,
}

impl Default for Repeats {
    /// Exact up to 65,536 different items, then with a standard error of at most 0.6% of the different ones.
    fn default() -> Self {
        Self::with_capacity(1 << 16)
    }
}

impl Repeats {
    /// An empty sketch that is exact up to `capacity` different items, at least 16.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(16),
            n_bits: 0,
            n: 0,
            counts: HashMap::default(),
        }
    }

    /// Adds an item by its 64-bit hash, all of whose bits must be well mixed.
    #[inline]
    pub fn add_hash(&mut self, hash: u64) {
        self.add_hashes(hash, 1);
    }

    /// Adds `n` items of the same 64-bit hash, as [`Repeats::add_hash`] of each does.
    #[inline]
    pub fn add_hashes(&mut self, hash: u64, n: u64) {
        if n == 0 {
            return;
        }
        self.n += n;
        if self.is_held(hash) {
            *self.counts.entry(hash).or_default() += n;
            if self.counts.len() > self.capacity {
                self.thin();
            }
        }
    }

    /// Adds everything that `other` has seen.
    ///
    /// # Errors
    /// [`StatsError::Incompatible`] if the capacities differ.
    pub fn merge(&mut self, other: &Self) -> Result<(), StatsError> {
        if self.capacity != other.capacity {
            return Err(StatsError::Incompatible {
                what: "capacity of counts of repeats",
                found: other.capacity as u64,
                expected: self.capacity as u64,
            });
        }
        self.n = self.n.saturating_add(other.n);
        self.n_bits = self.n_bits.max(other.n_bits);
        for (hash, count) in &other.counts {
            *self.counts.entry(*hash).or_default() += count;
        }
        let n_bits = self.n_bits;
        self.counts.retain(|hash, _| ends_in_zeros(*hash, n_bits));
        while self.counts.len() > self.capacity {
            self.thin();
        }
        Ok(())
    }

    /// Items seen.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Whether all different items are held.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.n_bits == 0
    }

    /// Different items with their interval; without width while exact.
    ///
    /// # Errors
    /// A level outside (0, 1).
    pub fn distinct(&self, level: f64) -> Result<Estimate, StatsError> {
        check::level(level)?;
        let (held, n) = (self.counts.len() as f64, self.n as f64);
        let (_, squares) = self.more();
        if held <= squares {
            // a count of held items, of which each stands for as many
            return Ok(self.scaled(held, held, level, n));
        }
        // few repeats are counted with less doubt than many different items
        let repeated = self.repeated(level)?;
        Ok(Estimate {
            value: n - repeated.value,
            low: n - repeated.high,
            high: n - repeated.low,
        })
    }

    /// Items that repeat an earlier one, with their interval; without width while exact.
    ///
    /// # Errors
    /// A level outside (0, 1).
    pub fn repeated(&self, level: f64) -> Result<Estimate, StatsError> {
        check::level(level)?;
        let (sum, squares) = self.more();
        let mut found = self.scaled(sum, squares, level, self.n as f64);
        if !self.is_exact() && sum == 0.0 {
            // none among those held: at most 3.7 families in 95 of 100 samples (rule of three for any level)
            found.high = (-crate::math::ln(0.5 * (1.0 - level)) * self.scale()).min(self.n as f64);
        }
        Ok(found)
    }

    /// Of how often held items repeat, the sum and the sum of squares; whole numbers, whose order does not matter.
    fn more(&self) -> (f64, f64) {
        let (mut sum, mut squares) = (0_u64, 0_u128);
        for more in self.counts.values().map(|count| count - 1) {
            sum = sum.saturating_add(more);
            squares = squares.saturating_add(u128::from(more) * u128::from(more));
        }
        (sum as f64, squares as f64)
    }

    /// A sum over held items as one over all, and its spread if each was held by chance.
    fn scaled(&self, sum: f64, squares: f64, level: f64, most: f64) -> Estimate {
        let value = sum * self.scale();
        let left_out = 1.0 - 1.0 / self.scale();
        let half = two_sided_normal(level) * self.scale() * sqrt(squares * left_out);
        Estimate {
            value: value.min(most),
            low: (value - half).max(0.0),
            high: (value + half).min(most),
        }
    }

    fn scale(&self) -> f64 {
        (1_u64 << self.n_bits) as f64
    }

    fn is_held(&self, hash: u64) -> bool {
        ends_in_zeros(hash, self.n_bits)
    }

    fn thin(&mut self) {
        self.n_bits = (self.n_bits + 1).min(31);
        let n_bits = self.n_bits;
        self.counts.retain(|hash, _| ends_in_zeros(*hash, n_bits));
    }
}

/// Whether the upper half of a hash ends in zeros: both ends of the hash decide where maps keep it.
#[inline]
fn ends_in_zeros(hash: u64, n_bits: u32) -> bool {
    (hash >> 32) & ((1 << n_bits) - 1) == 0
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Draw;
    use crate::sketch::hash_f64;

    /// `n` items of which each tenth repeats an earlier one.
    fn items(n: u64, seed: u64) -> Vec<u64> {
        let mut draw = Draw::new(seed, 0);
        (0..n)
            .map(|k| if k % 10 == 9 { draw.below(k) / 10 * 10 } else { k })
            .map(|item| hash_f64(item as f64 + 1e9 * seed as f64))
            .collect()
    }

    fn of(hashes: &[u64], capacity: usize) -> Repeats {
        let mut repeats = Repeats::with_capacity(capacity);
        hashes.iter().for_each(|hash| repeats.add_hash(*hash));
        repeats
    }

    #[test]
    fn exact_while_few_and_honest_beyond() {
        let mut n_inside = 0;
        for seed in 0..40 {
            let hashes = items(20_000, seed);
            let exact = of(&hashes, 1 << 16);
            assert_eq!(exact.distinct(0.9).unwrap().value, 18_000.0);
            let repeated = exact.repeated(0.9).unwrap();
            assert_eq!(
                (repeated.low, repeated.value, repeated.high),
                (2000.0, 2000.0, 2000.0)
            );
            let rough = of(&hashes, 4000);
            assert!(!rough.is_exact() && rough.counts.len() <= 4000);
            for (found, truth) in [
                (rough.distinct(0.9).unwrap(), 18_000.0),
                (rough.repeated(0.9).unwrap(), 2000.0),
            ] {
                n_inside += u32::from(found.low <= truth && truth <= found.high);
                assert!((found.value / truth - 1.0).abs() < 0.5, "{found:?} {truth}");
            }
        }
        assert!((64..80).contains(&n_inside), "{n_inside} of 80 at 0.9");
    }

    #[test]
    fn order_and_cut_change_nothing() {
        let hashes = items(5000, 3);
        let whole = of(&hashes, 300);
        let mut merged = Repeats::with_capacity(300);
        for part in hashes.rchunks(700) {
            merged.merge(&of(part, 300)).unwrap();
        }
        assert_eq!(
            (whole.n_bits, whole.n, &whole.counts),
            (merged.n_bits, merged.n, &merged.counts)
        );
        assert!(merged.merge(&Repeats::with_capacity(16)).is_err());
    }

    #[test]
    fn nothing_repeated_has_an_upper_bound() {
        let hashes: Vec<u64> = (0..10_000).map(|k| hash_f64(f64::from(k))).collect();
        let found = of(&hashes, 100).repeated(0.95).unwrap();
        assert_eq!((found.value, found.low), (0.0, 0.0));
        assert!((200.0..1000.0).contains(&found.high), "{found:?}");
    }
}
