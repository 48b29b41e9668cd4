use super::hash_bytes;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::StatsError;

const CAPACITY: std::ops::RangeInclusive<usize> = 1..=1_000_000;

/// The most frequent texts of a column and their counts, in bounded memory.
///
/// Exact while no more than `2 * capacity` different keys occur. Beyond, the smallest counts are forgotten: a true count
/// lies between the held count and that plus [`max_error`](Self::max_error), which is at most `total / (capacity + 1)`;
/// every key above that is held.
///
/// ```
/// use stats::sketch::Heavy;
/// let mut heavy = Heavy::with_capacity(10);
/// for word in ["a", "b", "a"] {
///     heavy.add(word, 1);
/// }
/// assert_eq!((heavy.top(1)[0].key.as_str(), heavy.top(1)[0].count), ("a", 2));
/// ```
///
/// # Reference
/// J. Misra, D. Gries (1982), Science of Computer Programming 2, 143-152; P. K. Agarwal et al. (2012), Mergeable
/// summaries, PODS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heavy {
    capacity: usize,
    total: u64,
    error: u64,
    counts: HashMap<String, u64, BuildHasherDefault<TextHasher>>,
}

/// Our own hash of texts, which is the same everywhere; no order of the map is ever seen.
#[derive(Default)]
struct TextHasher(u64);

impl Hasher for TextHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 ^= hash_bytes(bytes);
    }

    // the end of a text, which its length tells already
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A key and the bounds of its count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeavyItem {
    /// The text.
    pub key: String,
    /// It occurred at least so often.
    pub count: u64,
    /// It occurred at most so often; equal to `count` while exact.
    pub most: u64,
}

/// What a [`Heavy`] holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeavyParts {
    /// Keys kept for certain.
    pub capacity: u32,
    /// Sum of all counts added.
    pub total: u64,
    /// The most that a held count may be too low.
    pub max_error: u64,
    /// Keys, ascending, with counts above 0.
    pub counts: Vec<(String, u64)>,
}

impl Default for Heavy {
    fn default() -> Self {
        Self::with_capacity(256)
    }
}

impl Heavy {
    /// An empty sketch that keeps at least the `capacity` most frequent keys; cut to 1..=1,000,000.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        let capacity = capacity.clamp(*CAPACITY.start(), *CAPACITY.end());
        Self {
            capacity,
            total: 0,
            error: 0,
            counts: HashMap::default(),
        }
    }

    /// Counts `key` as seen `n` times.
    pub fn add(&mut self, key: &str, n: u64) {
        if n == 0 {
            return;
        }
        self.total = self.total.saturating_add(n);
        if let Some(count) = self.counts.get_mut(key) {
            *count = count.saturating_add(n);
            return;
        }
        self.counts.insert(key.to_owned(), n);
        self.forget_if_full();
    }

    /// Counts different keys, each as often as it was seen in a batch: as [`add`](Self::add) of each, but where a batch
    /// has too many keys the rare ones are forgotten before they are looked up.
    ///
    /// No key may stand in `counts` twice.
    pub fn add_batch(&mut self, mut counts: Vec<(&str, u64)>) {
        self.total = counts
            .iter()
            .fold(self.total, |sum, (_, n)| sum.saturating_add(*n));
        if counts.len() > 2 * self.capacity {
            let (_, (_, cut), _) = counts.select_nth_unstable_by(self.capacity, |a, b| b.1.cmp(&a.1));
            let cut = *cut;
            self.error = self.error.saturating_add(cut);
            counts.iter_mut().for_each(|(_, n)| *n = n.saturating_sub(cut));
        }
        for (key, n) in counts.into_iter().filter(|(_, n)| 0 < *n) {
            match self.counts.get_mut(key) {
                Some(count) => *count = count.saturating_add(n),
                None => drop(self.counts.insert(key.to_owned(), n)),
            }
        }
        self.forget_if_full();
    }

    /// Adds everything that `other` has seen; errors add up.
    ///
    /// # Errors
    /// [`StatsError::Incompatible`] if the capacities differ.
    pub fn merge(&mut self, other: &Self) -> Result<(), StatsError> {
        if self.capacity != other.capacity {
            return Err(StatsError::Incompatible {
                what: "capacity of heavy-hitter sketches",
                found: other.capacity as u64,
                expected: self.capacity as u64,
            });
        }
        for (key, count) in &other.counts {
            let mine = self.counts.entry(key.clone()).or_default();
            *mine = mine.saturating_add(*count);
        }
        self.total = self.total.saturating_add(other.total);
        self.error = self.error.saturating_add(other.error);
        self.forget_if_full();
        Ok(())
    }

    /// Sum of all counts added.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The most that a count may be too low, and the most that a key which is not held may have occurred; 0 while exact.
    #[must_use]
    pub fn max_error(&self) -> u64 {
        self.error
    }

    /// Number of keys held.
    #[must_use]
    pub fn n_keys(&self) -> usize {
        self.counts.len()
    }

    /// Bounds of the count of `key`.
    #[must_use]
    pub fn count_of(&self, key: &str) -> (u64, u64) {
        let count = self.counts.get(key).copied().unwrap_or(0);
        (count, count.saturating_add(self.error))
    }

    /// The `n` most frequent keys, highest count first, ties in order of the text.
    #[must_use]
    pub fn top(&self, n: usize) -> Vec<HeavyItem> {
        let mut items: Vec<(&String, u64)> = self.counts.iter().map(|(key, &count)| (key, count)).collect();
        items.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        items.truncate(n);
        let item = |(key, count): (&String, u64)| {
            let most = count.saturating_add(self.error).min(self.total);
            HeavyItem {
                key: key.clone(),
                count,
                most,
            }
        };
        items.into_iter().map(item).collect()
    }

    /// All held keys with their counts, in order of the text.
    pub fn counts(&self) -> impl Iterator<Item = (&str, u64)> {
        let mut counts: Vec<(&str, u64)> = self
            .counts
            .iter()
            .map(|(key, &count)| (key.as_str(), count))
            .collect();
        counts.sort_unstable();
        counts.into_iter()
    }

    /// The content, for storing.
    #[must_use]
    pub fn parts(&self) -> HeavyParts {
        HeavyParts {
            capacity: self.capacity as u32,
            total: self.total,
            max_error: self.error,
            counts: self
                .counts()
                .map(|(key, count)| (key.to_owned(), count))
                .collect(),
        }
    }

    /// The sketch with this content.
    ///
    /// # Errors
    /// [`StatsError::Corrupt`] for too many or repeated keys, or counts that contradict the total.
    pub fn from_parts(parts: HeavyParts) -> Result<Self, StatsError> {
        let corrupt = |reason| {
            Err(StatsError::Corrupt {
                what: "heavy-hitter sketch",
                reason,
            })
        };
        let capacity = parts.capacity as usize;
        if !CAPACITY.contains(&capacity) || parts.counts.len() > 2 * capacity {
            return corrupt("capacity is out of range or exceeded");
        }
        if parts.counts.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
            return corrupt("keys are not ascending");
        }
        let sum = parts
            .counts
            .iter()
            .try_fold(0_u64, |sum, (_, count)| sum.checked_add(*count));
        if sum.is_none_or(|sum| sum > parts.total) || parts.counts.iter().any(|(_, count)| *count == 0) {
            return corrupt("counts do not fit the total");
        }
        if parts.max_error > parts.total || (parts.max_error == 0 && sum != Some(parts.total)) {
            return corrupt("error does not fit the total");
        }
        let counts = parts.counts.into_iter().collect();
        Ok(Self {
            capacity,
            total: parts.total,
            error: parts.max_error,
            counts,
        })
    }

    /// Above twice the capacity, takes the count of rank `capacity + 1` off every key: at most `capacity` remain.
    fn forget_if_full(&mut self) {
        if self.counts.len() <= 2 * self.capacity {
            return;
        }
        let mut counts: Vec<u64> = self.counts.values().copied().collect();
        let (_, cut, _) = counts.select_nth_unstable_by(self.capacity, |a, b| b.cmp(a));
        let cut = *cut;
        self.counts.retain(|_, count| {
            *count = count.saturating_sub(cut);
            *count > 0
        });
        self.error = self.error.saturating_add(cut);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Draw;
    use std::collections::BTreeMap;

    /// Keys 0, 1, 2, ... with falling frequency.
    fn skewed(n: usize, seed: u64) -> Vec<String> {
        let mut draw = Draw::new(seed, 0);
        (0..n)
            .map(|_| format!("{}", (1.0 / (draw.uniform() + 1e-4)) as u64))
            .collect()
    }

    fn of(keys: &[String], capacity: usize) -> Heavy {
        let mut heavy = Heavy::with_capacity(capacity);
        for key in keys {
            heavy.add(key, 1);
        }
        heavy
    }

    #[test]
    fn exact_while_few() {
        let heavy = of(&["b", "a", "b", "c"].map(str::to_owned), 2);
        assert_eq!(heavy.max_error(), 0);
        assert_eq!(heavy.count_of("b"), (2, 2));
        assert_eq!(
            heavy.top(2).iter().map(|i| i.key.as_str()).collect::<Vec<_>>(),
            ["b", "a"]
        );
    }

    #[test]
    fn true_counts_lie_within_the_bounds() {
        let keys = skewed(50_000, 1);
        let mut truth: BTreeMap<&str, u64> = BTreeMap::new();
        for key in &keys {
            *truth.entry(key).or_default() += 1;
        }
        let whole = of(&keys, 50);
        let mut merged = Heavy::with_capacity(50);
        for chunk in keys.chunks(3000) {
            merged.merge(&of(chunk, 50)).unwrap();
        }
        let mut batched = Heavy::with_capacity(50);
        for chunk in keys.chunks(3000) {
            let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
            chunk.iter().for_each(|key| *counts.entry(key).or_default() += 1);
            batched.add_batch(counts.into_iter().collect());
        }
        for heavy in [whole, merged, batched] {
            assert_eq!(heavy.total(), 50_000);
            assert!(
                heavy.max_error() > 0 && heavy.max_error() <= 50_000 / 51,
                "{}",
                heavy.max_error()
            );
            for (key, &count) in &truth {
                let (low, high) = heavy.count_of(key);
                assert!(low <= count && count <= high, "{key}: {low} {count} {high}");
            }
            assert_eq!(heavy.top(1)[0].key, "1");
        }
        assert!(Heavy::with_capacity(3).merge(&Heavy::with_capacity(4)).is_err());
    }

    #[test]
    fn parts_round_trip_and_hostile_parts_are_refused() {
        let heavy = of(&skewed(1000, 2), 10);
        assert_eq!(Heavy::from_parts(heavy.parts()).unwrap(), heavy);
        let good = heavy.parts();
        for hostile in [
            HeavyParts {
                capacity: 0,
                ..good.clone()
            },
            HeavyParts {
                capacity: 2,
                ..good.clone()
            },
            HeavyParts {
                total: 1,
                ..good.clone()
            },
            HeavyParts {
                max_error: u64::MAX,
                ..good.clone()
            },
            HeavyParts {
                max_error: 0,
                ..good.clone()
            },
            HeavyParts {
                counts: vec![("a".into(), u64::MAX), ("b".into(), 2)],
                ..good.clone()
            },
            HeavyParts {
                counts: vec![("b".into(), 1), ("a".into(), 2)],
                ..good.clone()
            },
        ] {
            assert!(Heavy::from_parts(hostile).is_err());
        }
    }
}
