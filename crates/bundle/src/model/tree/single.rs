//! One row at a time, through all trees side by side.

use std::cell::RefCell;

use super::layout::Tree;
use super::ranked::{MOST_QUESTIONS, Ranked, Ranks, Walking};

thread_local! {
    /// Used again for every row, so that none needs room of its own.
    static DESK: RefCell<Desk> = const { RefCell::new(Desk::new()) };
}

/// A row being scored.
struct Desk {
    ranks: Ranks,
    /// Per tree the node where the row stands.
    at: Vec<u32>,
    walking: Walking,
}

impl Desk {
    const fn new() -> Desk {
        Desk {
            ranks: [0; MOST_QUESTIONS],
            at: Vec::new(),
            walking: Walking::new(),
        }
    }
}

impl Ranked {
    /// Hands over the leaves that a row reaches, tree after tree.
    pub(super) fn leaves_of_row<R>(&self, trees: &[Tree], row: &[f64], take: impl FnOnce(&[u32]) -> R) -> R {
        DESK.with_borrow_mut(|desk| {
            self.rank(row, &mut desk.ranks);
            desk.at.clear();
            desk.at.extend(trees.iter().map(|tree| tree.root() as u32));
            self.walk(&desk.ranks, &mut desk.at, &mut desk.walking);
            take(&desk.at)
        })
    }
}
