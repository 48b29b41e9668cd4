//! Trees cut into patches: seven splits next to each other that are answered all at once, and the eight ends they span.
//!
//! The ends of a patch are bits, from left to right. A split that sends a row right rules out the ends on its left; the
//! lowest end that no split rules out is the one that the row reaches. It leads on to another patch, or is a leaf. A row
//! takes one patch of some trees, then the next of those: few steps wait for one another and none is a guess of the
//! processor's, at the price of answering splits that the row does not meet. Ranks are cut to bytes, so that a register
//! answers the splits of four patches. Splits that many training rows met share a patch, so that few rows need many.
//!
//! Bits for leaves are QuickScorer's (Lucchese et al., SIGIR 2015), which goes through whole trees feature by feature.

mod avx2;
mod cut;
mod sheet;
#[cfg(test)]
mod tests;

use super::layout::Layout;
use super::questions::{MISSING_RIGHT, Questions, Ranks};
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
/// Trees side by side.
const ABREAST: usize = 8;
/// Groups of trees that a row is taken through before their values are handed over: an addition waits for the one before,
/// and the next groups' steps fill the wait.
const TOGETHER: usize = 16;

/// The answers to the questions of a row, cut to bytes.
type Bytes = [u8; MOST_BYTES];

/// Where a row stands in some trees.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Places {
    /// Per tree the number of a patch, or the position of a value, marked as a [`LEAF`].
    at: [u32; ABREAST],
    /// Per tree the number of the patch, 0 where `at` is a leaf: ready to be loaded from when its turn comes.
    patch: [u32; ABREAST],
}

/// An ensemble in patches.
#[derive(Clone, Debug)]
pub(super) struct Patches {
    windows: Vec<Window>,
    /// Those where trees begin come first, up to a multiple of [`ABREAST`]; those beyond the trees lead to some leaf.
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

/// Room for a row, used again.
#[derive(Debug)]
pub(super) struct Room {
    bytes: Bytes,
    places: [Places; TOGETHER],
}

impl Room {
    pub(super) const fn new() -> Room {
        Room {
            bytes: [0; MOST_BYTES],
            places: [Places::NOWHERE; TOGETHER],
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

    /// Takes a row to its leaves, and hands over the value of each, tree after tree.
    #[inline(always)]
    pub(super) fn each_value(&self, ranks: &Ranks, room: &mut Room, mut take: impl FnMut(usize, f64)) {
        self.cut_to_bytes(ranks, &mut room.bytes);
        let step = TOGETHER * ABREAST;
        for first in (0..self.n_trees).step_by(step) {
            let n_trees = step.min(self.n_trees - first);
            let places = &mut room.places[..n_trees.div_ceil(ABREAST)];
            let n_bytes = self.windows.len();
            avx2::walk(&self.sheet, first / ABREAST, &room.bytes, n_bytes, places);
            let (groups, rest) = (n_trees / ABREAST, n_trees % ABREAST);
            let mut take_some = |group: usize, at: &[u32]| {
                for (lane, place) in at.iter().enumerate() {
                    take(
                        first + group * ABREAST + lane,
                        self.values[(place & !LEAF) as usize],
                    );
                }
            };
            for (group, places) in places[..groups].iter().enumerate() {
                take_some(group, &places.at);
            }
            if let Some(places) = places.get(groups) {
                take_some(groups, &places.at[..rest]);
            }
        }
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

impl Places {
    const NOWHERE: Places = Places {
        at: [LEAF; ABREAST],
        patch: [0; ABREAST],
    };
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
