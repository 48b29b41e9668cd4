//! A column as an axis along which rows are told apart.

use super::answer::Cells as Held;
use super::coding::{Coded, MISSING};
use super::rows::Rows;
use crate::Meaning;
use crate::cells::Cells;
use crate::ranges::{Ranges, is_whole};
use std::sync::Arc;
use table::arrow::array::{ArrayRef, Float64Array};
use table::{Kind, Scale};

/// Levels that are told apart, frequent ones first.
const MOST_LEVELS: usize = 30;
/// Fewest rows of a level that is named.
const MIN_SEEN: u64 = 10;
/// Numbers with no more different values than this are told apart by their values.
const FEW_VALUES: usize = 6;
/// Rows of a numbered column that show whether values repeat.
const GLANCE: usize = 10_000;

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

/// What each row of the whole table holds: a value by its place in `words`, or `None`.
struct Values {
    codes: Vec<u32>,
    words: Vec<String>,
    cells: Vec<Held>,
    is_ordered: bool,
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

fn of_texts(column: &str, kind: Kind, array: &ArrayRef) -> Result<Values, Meaning> {
    let coded = Coded::of(array);
    let n_present = coded.codes.iter().filter(|code| **code != MISSING).count();
    let distinct = coded.first.len();
    let is_plain = 1 < distinct && 2 * distinct < n_present;
    if !is_plain {
        refuse(meaning_of(column, kind, array))?;
    }
    let word = |row: &usize| Cells::of(&array.slice(*row, 1)).text(0).unwrap_or_default();
    let words: Vec<String> = coded.first.iter().map(word).collect();
    Ok(Values {
        cells: words.iter().cloned().map(Held::Text).collect(),
        words,
        codes: coded.codes,
        is_ordered: false,
    })
}

fn of_numbers(column: &str, kind: Kind, numbers: &[f64], rows: &Rows) -> Result<Values, Meaning> {
    let used = || {
        rows.original
            .iter()
            .map(|row| numbers[*row as usize])
            .filter(|x| !x.is_nan())
    };
    let is_whole = is_whole(numbers);
    let scale = match kind {
        Kind::Date => Scale::Day,
        Kind::Time => Scale::Time,
        _ if is_whole => Scale::Whole,
        _ => Scale::Number,
    };
    let mut few: Vec<f64> = Vec::new();
    for x in used() {
        if !few.contains(&x) {
            few.push(x);
            if few.len() > FEW_VALUES {
                break;
            }
        }
    }
    if few.len() < 2 {
        return Err(if few.is_empty() {
            Meaning::AllMissing
        } else {
            Meaning::Constant
        });
    }
    if few.len() <= FEW_VALUES {
        few.sort_by(f64::total_cmp);
        let place = |x: &f64| few.iter().position(|y| y == x).map_or(MISSING, |k| k as u32);
        return Ok(Values {
            codes: numbers.iter().map(place).collect(),
            words: few.iter().map(|x| scale.value(*x)).collect(),
            cells: few.iter().copied().map(Held::Number).collect(),
            is_ordered: true,
        });
    }
    refuse_numbered(column, kind, numbers)?;
    let mut sorted: Vec<f64> = used().collect();
    let last = sorted.len() - 1;
    let (least, most) = sorted
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
            (low.min(*x), high.max(*x))
        });
    let quartiles = [1, 2, 3].map(|k| *sorted.select_nth_unstable_by(k * last / 4, f64::total_cmp).1);
    let ranges = Ranges::quarters(kind, is_whole, (least, most), quartiles);
    let held = |k: usize| Held::Range {
        low: ranges.ends(k).0,
        high: ranges.ends(k).1,
        holds_low: ranges.hold_low(),
    };
    Ok(Values {
        codes: numbers
            .iter()
            .map(|x| ranges.place(*x).map_or(MISSING, |k| k as u32))
            .collect(),
        words: (0..ranges.n()).map(|k| ranges.label(k)).collect(),
        cells: (0..ranges.n()).map(held).collect(),
        is_ordered: true,
    })
}

/// Numbers that name their rows are no axis. Where values repeat at a glance, nobody counts them all.
fn refuse_numbered(column: &str, kind: Kind, numbers: &[f64]) -> Result<(), Meaning> {
    let distinct = |numbers: &[f64]| {
        let mut sorted: Vec<f64> = numbers.iter().copied().filter(|x| !x.is_nan()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let n_present = sorted.len();
        sorted.dedup();
        (n_present, sorted.len())
    };
    let (n_glance, glance) = distinct(&numbers[..numbers.len().min(GLANCE)]);
    if kind != Kind::Integer || 10 * glance < 9 * n_glance {
        return Ok(());
    }
    let array: ArrayRef = Arc::new(Float64Array::from(numbers.to_vec()));
    refuse(meaning_of(column, Kind::Number, &array))
}

/// What the column is about; a category where that cannot be told.
fn meaning_of(column: &str, kind: Kind, array: &ArrayRef) -> Meaning {
    let found = crate::describe::column(column, kind, array, 0.95);
    found.map_or(Meaning::Category, |found| found.meaning)
}

fn refuse(meaning: Meaning) -> Result<(), Meaning> {
    match meaning {
        Meaning::Identifier | Meaning::Constant | Meaning::AllMissing | Meaning::FreeText => Err(meaning),
        _ => Ok(()),
    }
}
