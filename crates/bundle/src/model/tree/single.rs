//! One row at a time, through many trees side by side.

use std::cell::RefCell;

use super::layout::Layout;
use super::questions::{MOST_QUESTIONS, Ranks};
use super::ranked::{Ranked, Walks};

thread_local! {
    /// Used again for every row, so that none needs room of its own.
    static DESK: RefCell<Desk> = const { RefCell::new(Desk::new()) };
}

/// A row being scored.
struct Desk {
    ranks: Ranks,
    walks: Walks,
}

impl Desk {
    const fn new() -> Desk {
        Desk {
            ranks: [0; MOST_QUESTIONS],
            walks: Walks::new(),
        }
    }
}

impl Ranked {
    /// Folds the value of the leaf that a row reaches in each tree, tree after tree.
    #[inline(always)]
    pub(super) fn fold_values<S>(
        &self,
        layout: &Layout,
        row: &[f64],
        so_far: S,
        take: impl FnMut(S, usize, f64) -> S,
    ) -> S {
        DESK.with_borrow_mut(|desk| {
            self.answer(row, &mut desk.ranks);
            self.fold_values_of(layout, &desk.ranks, &mut desk.walks, so_far, take)
        })
    }
}
