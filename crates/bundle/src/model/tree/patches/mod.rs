//! Trees cut into patches: seven splits next to each other that are answered all at once, and the eight ends they span.
//!
//! The ends of a patch are bits, from left to right. A split that sends a row right rules out the ends on its left; the
//! lowest end that no split rules out is the one that the row reaches. It leads on to another patch, or is a leaf. Few steps
//! wait for one another and none is a guess of the processor's, at the price of answering splits that the row does not meet.
//! Splits that many training rows met share a patch, so that few rows need many.
//!
//! Every row meets the first patch of every tree. Those lie split by split ([`Firsts`](firsts::Firsts)): a register holds what the same split
//! of many trees asks, and ranks are cut to bytes so that it answers all at once. Trees in which a row goes on are listed and
//! taken eight at a time, each from a patch of its own ([`Patch`]). While first patches of the next trees are met, the values
//! of those before are added up.
//!
//! Bits for leaves are QuickScorer's (Lucchese et al., SIGIR 2015), which goes through whole trees feature by feature.

mod avx2;
mod cut;
mod firsts;
mod sheet;
#[cfg(test)]
mod tests;

use super::layout::Layout;
use super::questions::{MISSING_RIGHT, Questions, Ranks};
use firsts::TREES;
use sheet::Sheet;

/// Ends of a patch.
const ENDS: usize = 8;
/// Questions as bytes at most.
const MOST_BYTES: usize = 64;
/// Thresholds that a byte tells apart; one byte more is for missing.
const WINDOW: u16 = u8::MAX as u16 - 1;
/// The mark of a split that sends missing left: it looks at the byte after, which for missing is the lowest again.
const MISSING_LEFT: u8 = 1 << 6;
/// The mark of a place that is a leaf.
const LEAF: u32 = 1 << 31;
/// The bits of a patch's leaves.
const MASK_BITS: u32 = ENDS as u32;
/// Positions that the bits above them tell apart.
const N_POSITIONS: usize = 1 << (u32::BITS - MASK_BITS);
/// Trees that are listed and taken on together, each by a patch of its own.
const ABREAST: usize = 8;
/// Parts that a row is taken through before the next ones, each of [`TREES`].
const PARTS: usize = 4;

/// The answers to the questions of a row, cut to bytes.
type Bytes = [u8; MOST_BYTES];

/// An ensemble in patches.
#[derive(Clone, Debug)]
pub(super) struct Patches {
    windows: Vec<Window>,
    sheet: Sheet,
    /// The values of the leaves.
    values: Vec<f64>,
    n_trees: usize,
}

/// A part of a question's ranks: up to `first` 0, then by one up to 254; and 255 for missing that goes right.
#[derive(Clone, Copy, Debug)]
struct Window {
    question: u16,
    first: u16,
}

/// Splits that are answered at once.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
struct Patch {
    /// Which byte of the row a split asks for, and perhaps [`MISSING_LEFT`].
    asks: [u8; ENDS],
    /// The largest byte that goes left. Bytes are compared as signed ones, 128 lower.
    most: [i8; ENDS],
    /// The ends that are ruled out where a row goes right; some end never is.
    rules_out: [u8; ENDS],
    /// The number of the patch that its first end leads to which is none of its leaves; those of the others follow.
    first: u32,
    /// Which ends are leaves, as bits, and [`MASK_BITS`] above them the position of the first one's value; those of the
    /// others follow. Ends that are not there count as leaves.
    leaves: u32,
}

/// Where a row stands in the trees that it is taken through, and in those before them; the two swap halves. Each is the number
/// of a patch, or the position of a value, marked as a [`LEAF`].
type Places = [[u32; TREES]; 2 * PARTS];

/// Room for a row, used again.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
pub(super) struct Room {
    bytes: Bytes,
    places: Places,
    /// Those of the places where the row is to go on, and room for one writing more.
    open: [u8; PARTS * TREES + ABREAST],
}

impl Room {
    pub(super) const fn new() -> Room {
        Room {
            bytes: [0; MOST_BYTES],
            places: [[LEAF; TREES]; 2 * PARTS],
            open: [0; PARTS * TREES + ABREAST],
        }
    }
}

impl Patches {
    /// Cuts an ensemble of which each node asks a question; nothing if there are more questions or values than can be
    /// told apart, or if the machine has not the vectors that make it worth while.
    pub(super) fn build(
        layout: &Layout,
        questions: &Questions,
        asked: &[u16],
        cover: &[f64],
    ) -> Option<Patches> {
        if !avx2::is_there() {
            return None;
        }
        cut::cut(layout, questions, asked, cover)
    }

    /// Takes a row to its leaves, and folds the value of each, tree after tree.
    #[inline(always)]
    pub(super) fn fold_values<S>(
        &self,
        ranks: &Ranks,
        room: &mut Room,
        so_far: S,
        mut take: impl FnMut(S, usize, f64) -> S,
    ) -> S {
        self.cut_to_bytes(ranks, &mut room.bytes);
        let values = self.values.as_slice();
        let n_bytes = self.windows.len();
        let take = |so_far, tree, leaf: usize| take(so_far, tree, values[leaf]);
        avx2::walk(&self.sheet, n_bytes, self.n_trees, room, so_far, take)
    }

    /// The ranks of a row by windows.
    fn cut_to_bytes(&self, ranks: &Ranks, bytes: &mut Bytes) {
        for (byte, window) in bytes.iter_mut().zip(&self.windows) {
            let rank = ranks[usize::from(window.question)];
            let missing = if rank == MISSING_RIGHT { u8::MAX } else { 0 };
            *byte = rank.saturating_sub(window.first).min(WINDOW) as u8 | missing;
        }
    }
}

impl Patch {
    const EMPTY: Patch = Patch {
        asks: [0; ENDS],
        most: [i8::MAX; ENDS],
        rules_out: [0; ENDS],
        first: 0,
        leaves: u8::MAX as u32,
    };
}
