//! Sets of rows.

/// A set of rows, one bit each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits {
    words: Vec<u64>,
    n_rows: usize,
}

impl Bits {
    pub(super) fn of(members: impl ExactSizeIterator<Item = bool>) -> Bits {
        let n_rows = members.len();
        let mut words = vec![0_u64; n_rows.div_ceil(64)];
        for (row, _) in members.enumerate().filter(|(_, is_member)| *is_member) {
            words[row / 64] |= 1 << (row % 64);
        }
        Bits { words, n_rows }
    }

    /// Rows in both sets, which must be of the same table.
    pub(super) fn and(&self, other: &Bits) -> Bits {
        let words = self.words.iter().zip(&other.words).map(|(a, b)| a & b).collect();
        Bits {
            words,
            n_rows: self.n_rows,
        }
    }

    /// Rows of this set that are not in the other.
    pub(super) fn without(&self, other: &Bits) -> Bits {
        let words = self.words.iter().zip(&other.words).map(|(a, b)| a & !b).collect();
        Bits {
            words,
            n_rows: self.n_rows,
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Rows of either set, which must be of the same table.
    pub(super) fn or(&self, other: &Bits) -> Bits {
        let words = self.words.iter().zip(&other.words).map(|(a, b)| a | b).collect();
        Bits {
            words,
            n_rows: self.n_rows,
        }
    }

    /// Positions of the rows, ascending.
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(place, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros() as usize;
                // The lowest bit goes; none is left of zero.
                left &= left.checked_sub(1)?;
                Some(place * 64 + bit)
            })
        })
    }

    /// Rows of the table, in the set or not.
    pub(super) fn n_rows(&self) -> usize {
        self.n_rows
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_act_as_sets() {
        let threes = Bits::of((0..100).map(|row| row % 3 == 0));
        let twos = Bits::of((0..100).map(|row| row % 2 == 0));
        assert_eq!(
            (
                threes.count(),
                threes.and(&twos).count(),
                threes.without(&twos).count()
            ),
            (34, 17, 17)
        );
        assert_eq!(threes.and(&twos).rows().take(3).collect::<Vec<_>>(), [0, 6, 12]);
    }
}
