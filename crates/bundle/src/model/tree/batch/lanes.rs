//! The steps of a tree for 128 rows.

use super::planes::Planes;

/// Rows done together: enough that their instructions need not wait for each other.
pub(super) const LANES: usize = 128;

/// One split: rows that stand at `from` and go right move to `to`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// The plane of numbers, or the group's position in the tree.
    pub(super) plane: u32,
    /// For a number the largest biased count that goes left; for a category the bit of those who go right.
    pub(super) test: u8,
    /// The first leaf of the split.
    pub(super) from: u8,
    /// The first leaf on its right.
    pub(super) to: u8,
    pub(super) is_category: bool,
}

/// The leaf that each of the rows from `first` on reaches.
#[inline]
pub(super) fn leaves(steps: &[Step], planes: &Planes, first: usize) -> [u8; LANES] {
    let mut at = [0; LANES];
    #[cfg(target_arch = "x86_64")]
    if super::avx2::leaves(steps, planes, first, &mut at) {
        return at;
    }
    portable(steps, planes, first, &mut at);
    at
}

/// What every faster way must equal.
pub(super) fn portable(steps: &[Step], planes: &Planes, first: usize, at: &mut [u8; LANES]) {
    for step in steps {
        let Step { test, from, to, .. } = *step;
        let codes = planes.of(step, first);
        if step.is_category {
            for (at, &bits) in at.iter_mut().zip(codes) {
                let right = bits & test != 0;
                *at = if right & (*at == from) { to } else { *at };
            }
        } else {
            for (at, &code) in at.iter_mut().zip(codes) {
                let right = (code as i8) > (test as i8);
                *at = if right & (*at == from) { to } else { *at };
            }
        }
    }
}
