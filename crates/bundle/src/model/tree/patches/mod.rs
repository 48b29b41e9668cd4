//! Trees cut into patches: seven splits next to each other that are answered all at once, and the eight ends they span.
//!
//! The ends of a patch are bits, from left to right. A split that sends a row right rules out the ends on its left; the
//! lowest end that no split rules out is the one that the row reaches. It leads on to another patch, or is a leaf. A row
//! takes one patch of every tree, then the next of every tree: few steps wait for one another and none is a guess of the
//! processor's, at the price of answering splits that the row does not meet. Ranks are cut to bytes, so that a register
//! answers the splits of four patches.
//!
//! Bits for leaves are QuickScorer's (Lucchese et al., SIGIR 2015), which goes through whole trees feature by feature.

mod avx2;
mod cut;
#[cfg(test)]
mod tests;

use super::layout::Layout;
use super::questions::{MISSING_RIGHT, Questions, Ranks};

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
/// Trees side by side.
const ABREAST: usize = 8;

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
    patches: Vec<Patch>,
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
    /// The ends that are ruled out where a row goes right.
    rules_out: [u8; ENDS],
    /// The place of its first end; those of the others follow.
    first: u32,
    unused: u32,
}

/// Room for a row, used again.
#[derive(Debug)]
pub(super) struct Room {
    bytes: Bytes,
    places: Vec<Places>,
    open: Vec<u32>,
}

impl Room {
    pub(super) const fn new() -> Room {
        Room {
            bytes: [0; MOST_BYTES],
            places: Vec::new(),
            open: Vec::new(),
        }
    }
}

impl Patches {
    /// Cuts an ensemble of which each node asks a question; nothing if there are too many, or if the machine has not the
    /// vectors that make it worth while.
    pub(super) fn build(layout: &Layout, questions: &Questions, asked: &[u16]) -> Option<Patches> {
        if !avx2::is_there() {
            return None;
        }
        cut::cut(layout, questions, asked)
    }

    /// Takes a row to its leaves.
    pub(super) fn walk(&self, ranks: &Ranks, room: &mut Room) {
        for (byte, window) in room.bytes.iter_mut().zip(&self.windows) {
            let rank = ranks[usize::from(window.question)];
            let missing = if rank == MISSING_RIGHT { u8::MAX } else { 0 };
            *byte = rank.saturating_sub(window.first).min(WINDOW) as u8 | missing;
        }
        room.places
            .resize(self.n_trees.div_ceil(ABREAST), Places::NOWHERE);
        avx2::walk(
            &self.patches,
            &room.bytes,
            self.windows.len(),
            &mut room.places,
            &mut room.open,
        );
    }

    /// Hands over the value of each tree's leaf. Nothing is kept in between: an addition waits for the one before, and
    /// loads fill the wait.
    #[inline(always)]
    pub(super) fn values(&self, room: &Room, mut take: impl FnMut(usize, f64)) {
        let (groups, rest) = (self.n_trees / ABREAST, self.n_trees % ABREAST);
        let mut take_some = |group: usize, n: usize| {
            for (lane, place) in room.places[group].at[..n].iter().enumerate() {
                take(group * ABREAST + lane, self.values[(place & !LEAF) as usize]);
            }
        };
        (0..groups).for_each(|group| take_some(group, ABREAST));
        if 0 < rest {
            take_some(groups, rest);
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
        first: LEAF,
        unused: 0,
    };
}
