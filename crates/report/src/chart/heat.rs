//! A table of values as shades, one cell for each pair of names.

use super::canvas::{Anchor, Canvas, LABEL, SMALL};
use crate::Format;
use crate::text::{visible, width};

/// Names on either side; the others are counted.
pub(super) const MOST: usize = 24;
/// Names written above the columns stand on their side and are cut to this length.
const HEAD: f64 = 96.0;
/// Values stand in cells at least this wide.
const CELL_WITH_TEXT: f64 = 34.0;

/// How close columns are, or any other value from -1 to 1 of each pair of names.
///
/// Shades go with the size, warm below zero and cold above; cells without a value stay empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatMap {
    /// Names of the rows.
    pub rows: Vec<String>,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// A value for each column within each row, from -1 to 1; NaN for none.
    pub cells: Vec<Vec<f64>>,
    /// How values are written.
    pub format: Format,
    /// What stands in each cell instead of its value; empty for values.
    pub words: Vec<Vec<String>>,
    /// What the rows are, before them, and the columns, above them; may be empty.
    pub axes: [String; 2],
}

impl HeatMap {
    /// Predicted against actual classes: counts or weights, shaded by their share of the actual class, `(n_classes,
    /// n_classes)`.
    pub fn confusion(classes: &[String], counts: &[Vec<f64>]) -> HeatMap {
        let share = |row: &Vec<f64>| {
            let total = stats::sum::in_order(row);
            let share = |count: &f64| if 0.0 < total { count / total } else { f64::NAN };
            row.iter().map(share).collect()
        };
        let words = |count: &f64| match count.fract() == 0.0 && *count < 1e15 {
            true => crate::format_count(*count as u64),
            false => Format::Number.value(*count),
        };
        let word = |row: &Vec<f64>| row.iter().map(words).collect();
        HeatMap {
            rows: classes.to_vec(),
            columns: classes.to_vec(),
            cells: counts.iter().map(share).collect(),
            format: Format::Percent,
            words: counts.iter().map(word).collect(),
            axes: ["actual".to_owned(), "predicted".to_owned()],
        }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas) {
        let (n_rows, n_columns) = (self.rows.len().min(MOST), self.columns.len().min(MOST));
        if n_rows == 0 || n_columns == 0 {
            return canvas.note("No values to show.");
        }
        let widest = |names: &[String], size| {
            names
                .iter()
                .map(|name| width(&visible(name), size))
                .fold(0.0, f64::max)
        };
        let beside = format!("{} ↓", self.axes[0]);
        let left = widest(&self.rows[..n_rows], LABEL).max(if self.has_axes() {
            width(&beside, SMALL)
        } else {
            0.0
        });
        let left = (left + 12.0).min(canvas.width * 0.32);
        let most = if self.words.is_empty() { 56.0 } else { 96.0 };
        let cell = ((canvas.width - left) / n_columns as f64).min(most);
        let height = cell.clamp(18.0, 30.0);
        self.draw_axes(canvas, &beside, left);
        let names = &self.columns[..n_columns];
        let widest = widest(names, SMALL);
        let (head, is_upright) = if widest < cell - 6.0 {
            (14.0, true)
        } else {
            (widest.min(HEAD), false)
        };
        let top = canvas.y + head + 12.0;
        for (place, name) in names.iter().enumerate() {
            let x = left + cell * (place as f64 + 0.5);
            match is_upright {
                true => canvas.text(x, top - 8.0, Anchor::Middle, "t", name),
                false => canvas.text_upward(x + 4.0, top - 6.0, "t", name, HEAD),
            }
        }
        for row in 0..n_rows {
            let y = top + height * row as f64;
            canvas.label(left - 8.0, y + height / 2.0, "l", &self.rows[row], left - 8.0);
            for column in 0..n_columns {
                self.draw_cell(
                    canvas,
                    (row, column),
                    (left + cell * column as f64, y),
                    (cell, height),
                );
            }
        }
        canvas.y = top + height * n_rows as f64 + 8.0;
        super::bars::draw_rest(canvas, self.rows.len() - n_rows);
    }

    fn has_axes(&self) -> bool {
        self.axes.iter().any(|axis| !axis.is_empty())
    }

    /// What rows and columns are, on a line of its own.
    fn draw_axes(&self, canvas: &mut Canvas, beside: &str, left: f64) {
        if self.has_axes() {
            let base = canvas.y + 12.0;
            canvas.text_within(left - 8.0, base, Anchor::End, "m", beside, SMALL, left - 8.0);
            let above = format!("{} →", self.axes[1]);
            canvas.text_within(left, base, Anchor::Start, "m", &above, SMALL, canvas.width - left);
            canvas.y += 16.0;
        }
    }

    fn draw_cell(
        &self,
        canvas: &mut Canvas,
        at: (usize, usize),
        (x, y): (f64, f64),
        (cell, height): (f64, f64),
    ) {
        let value = self.value(at);
        if !value.is_finite() {
            return;
        }
        let text = self.word(at).unwrap_or_else(|| self.format.value(value));
        let tip = match self.word(at) {
            Some(_) => format!(
                "{} and {}: {text}, {}",
                self.rows[at.0],
                self.columns[at.1],
                self.format.value(value)
            ),
            None => format!("{} and {}: {text}", self.rows[at.0], self.columns[at.1]),
        };
        // cells with words of their own are at most half as deep, so that these can be read on any
        let shade = match self.word(at) {
            Some(_) => step(value) * 5 / 9,
            None => step(value),
        };
        let class = format!("e {}{shade}", if value < 0.0 { "n" } else { "u" });
        canvas.rect((x, y), (cell - 1.0, height - 1.0), &class, &tip);
        if CELL_WITH_TEXT <= cell && width(&text, SMALL) < cell - 4.0 {
            let class = match shade {
                0 | 1 => "t",
                // soft words are too weak on these
                2..=5 => "t on",
                _ => "t inv",
            };
            canvas.text(
                x + cell / 2.0 - 0.5,
                y + height / 2.0 + 4.0,
                Anchor::Middle,
                class,
                &text,
            );
        }
    }

    /// What is said of a cell beside its value.
    pub(super) fn word(&self, (row, column): (usize, usize)) -> Option<String> {
        self.words
            .get(row)?
            .get(column)
            .filter(|word| !word.is_empty())
            .cloned()
    }

    pub(super) fn value(&self, (row, column): (usize, usize)) -> f64 {
        let cells = self.cells.get(row);
        cells
            .and_then(|cells| cells.get(column))
            .copied()
            .unwrap_or(f64::NAN)
    }

    /// The chart in words: its largest values.
    pub(super) fn describe(&self) -> String {
        let mut pairs: Vec<(f64, String)> = Vec::new();
        for (row, name) in self.rows.iter().enumerate() {
            for (column, other) in self.columns.iter().enumerate() {
                let value = self.value((row, column));
                let is_told = self.rows == self.columns && self.words.is_empty() && column <= row;
                if value.is_finite() && !is_told {
                    pairs.push((value, format!("{name} and {other}: {}", self.format.value(value))));
                }
            }
        }
        pairs.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
        let told = pairs.iter().take(12).map(|(_, text)| text.as_str());
        told.collect::<Vec<_>>().join("; ")
    }
}

/// The shade of a value, 0 to 9.
pub(super) fn step(value: f64) -> usize {
    ((value.abs().min(1.0) * 10.0) as usize).min(9)
}
