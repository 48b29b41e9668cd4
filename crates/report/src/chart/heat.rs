//! A table of values as shades, one cell for each pair of names.

use super::canvas::{Anchor, Canvas, LABEL, SMALL};
use crate::Format;
use crate::text::{visible, width};

/// Names on either side; the others are counted.
const MOST: usize = 24;
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
}

impl HeatMap {
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        let (n_rows, n_columns) = (self.rows.len().min(MOST), self.columns.len().min(MOST));
        if n_rows == 0 || n_columns == 0 {
            return canvas.note("No values to show.");
        }
        let widest = self.rows[..n_rows]
            .iter()
            .map(|name| width(&visible(name), LABEL))
            .fold(0.0, f64::max);
        let left = (widest + 12.0).min(canvas.width * 0.32);
        let cell = ((canvas.width - left) / n_columns as f64).min(56.0);
        let height = cell.clamp(18.0, 30.0);
        let top = canvas.y + HEAD + 8.0;
        for (place, name) in self.columns[..n_columns].iter().enumerate() {
            let x = left + cell * (place as f64 + 0.5) + 4.0;
            canvas.text_upward(x, top - 6.0, "t", name, HEAD);
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
        let text = self.format.value(value);
        let tip = format!("{} and {}: {text}", self.rows[at.0], self.columns[at.1]);
        let class = format!("e {}{}", if value < 0.0 { "n" } else { "u" }, step(value));
        canvas.rect((x, y), (cell - 1.0, height - 1.0), &class, &tip);
        if CELL_WITH_TEXT <= cell && width(&text, SMALL) < cell - 4.0 {
            let class = if step(value) > 5 { "t inv" } else { "t" };
            canvas.text(
                x + cell / 2.0 - 0.5,
                y + height / 2.0 + 4.0,
                Anchor::Middle,
                class,
                &text,
            );
        }
    }

    fn value(&self, (row, column): (usize, usize)) -> f64 {
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
                let is_told = self.rows == self.columns && column <= row;
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
fn step(value: f64) -> usize {
    ((value.abs().min(1.0) * 10.0) as usize).min(9)
}
