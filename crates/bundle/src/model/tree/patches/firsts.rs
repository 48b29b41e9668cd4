//! The first patches of trees, split by split.

use super::{ENDS, LEAF, MASK_BITS, Patch};

/// Trees whose first patches lie together: their answers to one split fill a register.
pub(super) const TREES: usize = 32;

/// The first patches of some trees: what [`Patch`] says of one, here stands for each of them.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
pub(super) struct Firsts {
    /// Per split.
    pub(super) asks: [[u8; TREES]; ENDS - 1],
    pub(super) most: [[i8; TREES]; ENDS - 1],
    pub(super) rules_out: [[u8; TREES]; ENDS - 1],
    /// Which ends are leaves.
    pub(super) leaves: [u8; TREES],
    /// The number of the patch that the first end leads to which is none.
    pub(super) patch: [u32; TREES],
    /// The position of the first leaf's value, marked as a [`LEAF`].
    pub(super) value: [u32; TREES],
}

impl Firsts {
    /// Takes as many patches at most as there is room for; trees that are missing consist of leaves.
    pub(super) fn of(patches: &[Patch]) -> Firsts {
        let mut firsts = Firsts {
            asks: [[0; TREES]; ENDS - 1],
            most: [[i8::MAX; TREES]; ENDS - 1],
            rules_out: [[0; TREES]; ENDS - 1],
            leaves: [u8::MAX; TREES],
            patch: [0; TREES],
            value: [LEAF; TREES],
        };
        for (tree, patch) in patches.iter().enumerate().take(TREES) {
            for split in 0..ENDS - 1 {
                firsts.asks[split][tree] = patch.asks[split];
                firsts.most[split][tree] = patch.most[split];
                firsts.rules_out[split][tree] = patch.rules_out[split];
            }
            firsts.leaves[tree] = patch.leaves as u8;
            firsts.patch[tree] = patch.first;
            firsts.value[tree] = patch.leaves >> MASK_BITS | LEAF;
        }
        firsts
    }
}
