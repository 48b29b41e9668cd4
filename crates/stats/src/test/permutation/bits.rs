//! Subsets as bits, 64 positions a word.

use crate::random::Draw;
use crate::wide::on_wide_vectors;

const WORD: usize = 64;

/// A subset of `0..n`.
#[derive(Debug, Clone)]
pub(super) struct Subset {
    words: Vec<u64>,
    n: usize,
}

impl Subset {
    pub(super) fn empty(n: usize) -> Self {
        Self {
            words: vec![0; n.div_ceil(WORD)],
            n,
        }
    }

    /// The positions at which `is_in` holds.
    pub(super) fn of(n: usize, is_in: impl Fn(usize) -> bool) -> Self {
        let mut subset = Self::empty(n);
        (0..n)
            .filter(|&place| is_in(place))
            .for_each(|place| subset.flip(place));
        subset
    }

    fn has(&self, place: usize) -> bool {
        self.words[place / WORD] >> (place % WORD) & 1 == 1
    }

    fn flip(&mut self, place: usize) {
        self.words[place / WORD] ^= 1 << (place % WORD);
    }

    fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    fn cut_to_n(&mut self) {
        if let (Some(last), rest @ 1..) = (self.words.last_mut(), self.n % WORD) {
            *last &= (1 << rest) - 1;
        }
    }

    /// Each position by the toss of a fair coin.
    pub(super) fn toss(&mut self, draw: &mut Draw) {
        self.words.fill_with(|| draw.next_u64());
        self.cut_to_n();
    }

    /// The positions that are set in `bits`, for at most 64.
    pub(super) fn set_bits(&mut self, bits: u64) {
        if let Some(first) = self.words.first_mut() {
            *first = bits;
        }
    }

    /// `k` positions, every subset of that size with the same chance.
    ///
    /// Each position is tossed for with a chance near `k / n`. Given how many came up, they are any with the same chance; then
    /// some drawn evenly are taken out or in, until there are `k`.
    pub(super) fn draw(&mut self, k: usize, draw: &mut Draw) {
        let chance = (256.0 * k as f64 / self.n as f64 + 0.5) as u32;
        self.words.fill_with(|| word_of(chance.min(255), draw));
        self.cut_to_n();
        let mut len = self.len();
        while len != k {
            let place = draw.below(self.n as u64) as usize;
            if self.has(place) == (k < len) {
                self.flip(place);
                len = if k < len { len - 1 } else { len + 1 };
            }
        }
    }

    /// The sum of the values at the subset's positions; `values` are padded by [`padded`].
    pub(super) fn sum(&self, values: &[f64]) -> f64 {
        on_wide_vectors(|| {
            let mut lanes = [0.0; 8];
            for (word, values) in self.words.iter().zip(values.as_chunks::<WORD>().0) {
                for (k, eight) in values.as_chunks::<8>().0.iter().enumerate() {
                    let bits = word >> (8 * k);
                    for lane in 0..8 {
                        let kept = 0_u64.wrapping_sub(bits >> lane & 1);
                        lanes[lane] += f64::from_bits(eight[lane].to_bits() & kept);
                    }
                }
            }
            lanes.iter().sum()
        })
    }

    /// The position of the member number `nth` from 0, or of the number `nth` that is no member.
    pub(super) fn select(&self, mut nth: usize, is_member: bool) -> usize {
        for (k, &word) in self.words.iter().enumerate() {
            let mut word = if is_member { word } else { !word };
            let here = word.count_ones() as usize;
            if nth < here {
                for _ in 0..nth {
                    word &= word - 1;
                }
                return k * WORD + word.trailing_zeros() as usize;
            }
            nth -= here;
        }
        self.n
    }
}

/// Zeros behind the values, up to whole words.
pub(super) fn padded(mut values: Vec<f64>) -> Vec<f64> {
    values.resize(values.len().next_multiple_of(WORD), 0.0);
    values
}

/// 64 bits, each set with the chance `of_256 / 256`.
fn word_of(of_256: u32, draw: &mut Draw) -> u64 {
    let lowest = of_256.trailing_zeros().min(8);
    (lowest..8).fold(0, |word, digit| match of_256 >> digit & 1 {
        1 => word | draw.next_u64(),
        _ => word & draw.next_u64(),
    })
}

/// Every subset of `k` of `n` positions once, as long as `visit` is told.
pub(super) fn for_each_subset(n: usize, k: usize, mut visit: impl FnMut(&Subset)) {
    let mut places: Vec<usize> = (0..k).collect();
    loop {
        visit(&Subset::of(n, |place| places.binary_search(&place).is_ok()));
        // the last place that can still move up does, and those behind follow it closely
        let Some(moved) = (0..k).rev().find(|&i| places[i] < n - k + i) else {
            return;
        };
        let first = places[moved] + 1;
        for (place, new) in places[moved..].iter_mut().zip(first..) {
            *place = new;
        }
    }
}

/// How many subsets of `k` of `n` there are, if at most `limit`.
pub(super) fn n_subsets(n: usize, k: usize, limit: usize) -> Option<usize> {
    let mut count: u128 = 1;
    for i in 0..k.min(n - k) {
        count = count * (n - i) as u128 / (i + 1) as u128;
        if (limit as u128) < count {
            return None;
        }
    }
    Some(count as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_subsets_of_a_size_are_drawn_evenly() {
        for (n, k) in [(6, 3), (6, 1), (7, 5), (70, 69)] {
            let n_all = n_subsets(n, k, 1000).unwrap_or(0);
            let mut seen = std::collections::BTreeMap::new();
            let mut subset = Subset::empty(n);
            for i in 0..20_000 {
                subset.draw(k, &mut Draw::new(3, i));
                assert_eq!(subset.len(), k);
                *seen.entry(subset.words.clone()).or_insert(0.0) += 1.0;
            }
            let expected = 20_000.0 / n_all as f64;
            let chi_square: f64 = seen
                .values()
                .map(|c: &f64| (c - expected) * (c - expected) / expected)
                .sum();
            assert_eq!(seen.len(), n_all);
            let df = n_all as f64 - 1.0;
            assert!(chi_square < df + 4.0 * (2.0 * df).sqrt(), "{n} {k}: {chi_square}");
        }
    }

    #[test]
    fn sums_and_places_match_a_plain_count() {
        for n in [1, 63, 64, 65, 200] {
            let values: Vec<f64> = (0..n).map(|i| i as f64 * 1.5 - 20.0).collect();
            let mut subset = Subset::empty(n);
            subset.toss(&mut Draw::new(1, n as u64));
            let members: Vec<usize> = (0..n).filter(|&i| subset.has(i)).collect();
            let sum: f64 = members.iter().map(|&i| values[i]).sum();
            assert_eq!(subset.sum(&padded(values)), sum);
            for (nth, &place) in members.iter().enumerate() {
                assert_eq!(subset.select(nth, true), place);
            }
            let others: Vec<usize> = (0..n).filter(|&i| !subset.has(i)).collect();
            for (nth, &place) in others.iter().enumerate() {
                assert_eq!(subset.select(nth, false), place);
            }
        }
    }

    #[test]
    fn every_subset_is_visited_once() {
        for (n, k) in [(5, 2), (4, 4), (3, 0), (1, 1)] {
            let mut seen = std::collections::BTreeSet::new();
            for_each_subset(n, k, |subset| {
                assert_eq!(subset.len(), k);
                assert!(seen.insert(subset.words.clone()));
            });
            assert_eq!(Some(seen.len()), n_subsets(n, k, 100));
        }
        assert_eq!(n_subsets(60, 30, 1_000_000), None);
    }
}
