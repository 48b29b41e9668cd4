//! Exact sums as bytes, between partial and final aggregation.

use datafusion::common::{DataFusionError, Result};
use stats::sum::{ExactSum, ExactSumParts};

/// What all moments are computed from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    /// Rows without a missing value.
    pub(crate) n: u64,
    /// The sum of whole numbers, which need no rounding.
    pub(crate) whole: i128,
    /// Sums of the values and products: x, y, xx, yy, xy.
    pub(crate) exact: [ExactSum; 5],
}

impl Sums {
    pub(crate) fn merge(&mut self, other: &Sums) {
        self.n += other.n;
        self.whole += other.whole;
        self.exact
            .iter_mut()
            .zip(&other.exact)
            .for_each(|(mine, theirs)| mine.merge(theirs));
    }

    /// Takes rows away that were added before.
    pub(crate) fn subtract(&mut self, other: &Sums) {
        self.n = self.n.saturating_sub(other.n);
        self.whole -= other.whole;
        self.exact
            .iter_mut()
            .zip(&other.exact)
            .for_each(|(mine, theirs)| mine.subtract(theirs));
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(self.n.to_le_bytes());
        bytes.extend(self.whole.to_le_bytes());
        for sum in &self.exact {
            let parts = sum.parts();
            bytes.push(u8::from(parts.negative));
            bytes.extend(parts.first_limb.to_le_bytes());
            bytes.extend((parts.limbs.len() as u32).to_le_bytes());
            bytes.extend(parts.limbs.iter().flat_map(|limb| limb.to_le_bytes()));
            for count in [parts.n_nan, parts.n_positive_infinite, parts.n_negative_infinite] {
                bytes.extend(count.to_le_bytes());
            }
        }
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Sums> {
        Cursor { bytes }
            .sums()
            .ok_or_else(|| DataFusionError::Internal("exact sums were cut short".to_owned()))
    }
}

struct Cursor<'a> {
    bytes: &'a [u8],
}

impl Cursor<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = rest;
        Some(*head)
    }

    fn sums(&mut self) -> Option<Sums> {
        let n = u64::from_le_bytes(self.take()?);
        let whole = i128::from_le_bytes(self.take()?);
        let mut exact: [ExactSum; 5] = Default::default();
        for sum in &mut exact {
            *sum = self.sum()?;
        }
        Some(Sums { n, whole, exact })
    }

    fn sum(&mut self) -> Option<ExactSum> {
        let negative = self.take::<1>()?[0] == 1;
        let first_limb = u32::from_le_bytes(self.take()?);
        let n_limbs = u32::from_le_bytes(self.take()?);
        let limbs: Option<Vec<u32>> = (0..n_limbs)
            .map(|_| Some(u32::from_le_bytes(self.take()?)))
            .collect();
        let parts = ExactSumParts {
            negative,
            first_limb,
            limbs: limbs?,
            n_nan: u64::from_le_bytes(self.take()?),
            n_positive_infinite: u64::from_le_bytes(self.take()?),
            n_negative_infinite: u64::from_le_bytes(self.take()?),
        };
        ExactSum::from_parts(parts).ok()
    }
}
