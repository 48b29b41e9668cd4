//! The kind of a column from all of its cells.

use super::{Cell, CellReader};
use crate::Kind;

/// A column is of a kind although up to one cell in this many is not.
const TOLERATED_ONE_IN: u64 = 100;

/// Counts of what the cells of one column looked like.
#[derive(Clone, Debug, Default)]
pub(in crate::read) struct Inference {
    booleans: u64,
    integers: u64,
    numbers: u64,
    longs: u64,
    dates: u64,
    times: u64,
    texts: u64,
    null_words: u64,
}

impl Inference {
    pub(in crate::read) fn see(&mut self, cells: &CellReader<'_>, text: &str) {
        self.see_cell(cells.read(text));
    }

    pub(in crate::read) fn see_cell(&mut self, cell: Cell<'_>) {
        match cell {
            Cell::Empty | Cell::Blank => {}
            Cell::NullWord => self.null_words += 1,
            Cell::Boolean(_) => self.booleans += 1,
            Cell::Integer(_) => self.integers += 1,
            Cell::Number(_) => self.numbers += 1,
            Cell::Long(_) => self.longs += 1,
            Cell::Date(_) => self.dates += 1,
            Cell::Time(_) => self.times += 1,
            Cell::Text(_) => self.texts += 1,
        }
    }

    /// Adds what was seen of another part of the column.
    pub(super) fn add(&mut self, other: &Inference) {
        self.booleans += other.booleans;
        self.integers += other.integers;
        self.numbers += other.numbers;
        self.longs += other.longs;
        self.dates += other.dates;
        self.times += other.times;
        self.texts += other.texts;
        self.null_words += other.null_words;
    }

    /// Whether no cell says anything.
    pub(super) fn is_empty(&self) -> bool {
        self.integers + self.numbers + self.longs + self.booleans + self.dates + self.times + self.texts == 0
    }

    /// The narrowest kind that holds all cells but at most one in a hundred; text if none does. Whole numbers too long to
    /// be held are numbers beside fractions, and make whole numbers text: identifiers.
    pub(in crate::read) fn kind(&self) -> Kind {
        if 0 < self.longs && self.numbers == 0 {
            return Kind::Text;
        }
        let numeric = self.integers + self.numbers + self.longs;
        let total = numeric + self.booleans + self.dates + self.times + self.texts;
        let fits = |count: u64| 0 < count && (total - count) * TOLERATED_ONE_IN <= total;
        if total == 0 {
            Kind::Text
        } else if fits(numeric) {
            if self.numbers == 0 {
                Kind::Integer
            } else {
                Kind::Number
            }
        } else if fits(self.booleans) {
            Kind::Boolean
        } else if fits(self.dates) {
            Kind::Date
        } else if fits(self.dates + self.times) {
            Kind::Time
        } else {
            Kind::Text
        }
    }
}
