//! A column as an axis along which rows are told apart.

use super::answer::Cells as Held;
use super::coding::MISSING;
use super::rows::Rows;
use super::values::{Values, of_numbers, of_texts};
use crate::Meaning;
use crate::cells::Cells;
use table::Kind;
use table::arrow::array::ArrayRef;

/// Levels that are told apart, frequent ones first.
const MOST_LEVELS: usize = 30;
/// Fewest rows of a level that is named.
const MIN_SEEN: u64 = 10;

/// One axis.
#[derive(Debug)]
pub(super) struct Dimension {
    pub(super) column: String,
    pub(super) levels: Vec<Level>,
    /// The level of each row, in the order of [`Rows`].
    pub(super) codes: Vec<u8>,
    /// The rows of each level, ascending.
    pub(super) rows: Vec<Vec<u32>>,
}

/// A level of an axis.
#[derive(Debug, Clone)]
pub(super) struct Level {
    /// In words that follow the column: `is Month-to-month`, `is missing`.
    pub(super) words: String,
    pub(super) cells: Held,
    pub(super) n: [u64; 2],
    /// Whether it is one thing that may be named.
    pub(super) is_named: bool,
}

impl Dimension {
    /// The axis of a column; what it is instead if it cannot be one.
    pub(super) fn of(column: &str, kind: Kind, array: &ArrayRef, rows: &Rows) -> Result<Dimension, Meaning> {
        let values = match Cells::of_numbers(array) {
            Some(numbers) => of_numbers(column, kind, &numbers, rows)?,
            None => of_texts(column, kind, array)?,
        };
        Ok(values.dimension(column, rows))
    }

    pub(super) fn label(&self, level: u8) -> String {
        format!("{} {}", self.column, self.levels[level as usize].words)
    }
}

impl Values {
    /// Values with too few rows, or beyond the thirtieth, share a level; missing has its own.
    fn dimension(self, column: &str, rows: &Rows) -> Dimension {
        let mut n = vec![[0_u64; 2]; self.words.len() + 1];
        let place = |code: u32| {
            if code == MISSING {
                self.words.len()
            } else {
                code as usize
            }
        };
        for (row, period) in rows.original.iter().zip(&rows.period) {
            n[place(self.codes[*row as usize])][*period as usize] += 1;
        }
        let mut ranked: Vec<usize> = (0..self.words.len()).filter(|k| n[*k] != [0, 0]).collect();
        if !self.is_ordered {
            let size = |k: usize| n[k][0] + n[k][1];
            ranked.sort_by(|a, b| {
                size(*b)
                    .cmp(&size(*a))
                    .then_with(|| self.words[*a].cmp(&self.words[*b]))
            });
        }
        let mut level_of = vec![u8::MAX; n.len()];
        let mut levels: Vec<Level> = Vec::new();
        let mut other = Level {
            words: "has other values".to_owned(),
            cells: Held::Other,
            n: [0; 2],
            is_named: false,
        };
        for k in ranked {
            if levels.len() < MOST_LEVELS && MIN_SEEN <= n[k][0] + n[k][1] {
                level_of[k] = levels.len() as u8;
                levels.push(Level {
                    words: format!("is {}", self.words[k]),
                    cells: self.cells[k].clone(),
                    n: n[k],
                    is_named: true,
                });
            } else {
                other.n = [other.n[0] + n[k][0], other.n[1] + n[k][1]];
            }
        }
        let missing = Level {
            words: "is missing".to_owned(),
            cells: Held::Missing,
            n: n[self.words.len()],
            is_named: MIN_SEEN <= n[self.words.len()].iter().sum(),
        };
        if missing.n != [0, 0] {
            level_of[self.words.len()] = levels.len() as u8;
            levels.push(missing);
        }
        if other.n != [0, 0] {
            let rest = levels.len() as u8;
            level_of
                .iter_mut()
                .filter(|level| **level == u8::MAX)
                .for_each(|level| *level = rest);
            levels.push(other);
        }
        let level = |row: &u32| level_of[place(self.codes[*row as usize])];
        let codes: Vec<u8> = rows.original.iter().map(level).collect();
        Dimension {
            column: column.to_owned(),
            rows: rows_of(&codes, &levels),
            levels,
            codes,
        }
    }
}

fn rows_of(codes: &[u8], levels: &[Level]) -> Vec<Vec<u32>> {
    let room = |level: &Level| Vec::with_capacity((level.n[0] + level.n[1]) as usize);
    let mut rows: Vec<Vec<u32>> = levels.iter().map(room).collect();
    for (row, code) in (0_u32..).zip(codes) {
        rows[*code as usize].push(row);
    }
    rows
}
