//! One row at a time, through all trees side by side.

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
    /// Per tree the value of the leaf that the row reaches.
    values: Vec<f64>,
}

impl Desk {
    const fn new() -> Desk {
        Desk {
            ranks: [0; MOST_QUESTIONS],
            walks: Walks::new(),
            values: Vec::new(),
        }
    }
}

impl Ranked {
    /// Hands over the values of the leaves that a row reaches, tree after tree.
    pub(super) fn values_of_row<R>(&self, layout: &Layout, row: &[f64], take: impl FnOnce(&[f64]) -> R) -> R {
        DESK.with_borrow_mut(|desk| {
            self.answer(row, &mut desk.ranks);
            self.values(layout, &desk.ranks, &mut desk.walks, &mut desk.values);
            take(&desk.values)
        })
    }
}
