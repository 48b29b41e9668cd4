//! Whole rows and whole columns by their hashes.

use stats::sketch::{Repeats, hash_bytes};

/// Rows are counted exactly up to so many different ones.
const CAPACITY: usize = 1 << 17;
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
const OTHER_ODD: u64 = 0xff51_afd7_ed55_8ccd;

/// Rows that repeat an earlier row.
#[derive(Debug)]
pub(crate) struct Rows {
    /// Rows seen.
    pub(crate) n: u64,
    pub(crate) repeats: Repeats,
}

impl Default for Rows {
    fn default() -> Rows {
        Rows {
            n: 0,
            repeats: Repeats::with_capacity(CAPACITY),
        }
    }
}

impl Rows {
    /// Takes in rows by the sums of their cells' hashes.
    pub(super) fn see(&mut self, sums: &[u64]) {
        self.n += sums.len() as u64;
        for sum in sums {
            self.repeats.add_hash(spread(*sum));
        }
    }
}

/// Adds a column's cells to the sums of rows, salted by the column's name, so that the order of columns and threads does not
/// matter but which cell stands where does.
pub(super) fn add(sums: &mut [u64], hashes: &[u64], name: &str) {
    let salt = hash_bytes(name.as_bytes());
    for (sum, hash) in sums.iter_mut().zip(hashes) {
        *sum = sum.wrapping_add(spread(hash ^ salt));
    }
}

/// A sum over rows that is equal for equal cells in the same rows, of which the first is number `first`.
pub(super) fn fingerprint(hashes: &[u64], first: u64) -> u64 {
    let rows = (first..).zip(hashes);
    let term = |(row, hash): (u64, &u64)| spread(hash ^ row.wrapping_mul(ODD));
    rows.map(term).fold(0, u64::wrapping_add)
}

/// Mixes high bits into low ones and back.
#[inline]
fn spread(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 32)).wrapping_mul(OTHER_ODD);
    bits ^ (bits >> 29)
}
