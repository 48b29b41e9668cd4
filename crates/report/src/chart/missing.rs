//! Where values are missing: columns against stretches of rows.

use super::canvas::{Anchor, Canvas, LABEL, SMALL};
use super::heat::step;
use crate::text::{visible, width};
use crate::{format_count, format_percent};

/// Columns drawn; the others are counted.
const MOST: usize = 24;
/// Pairs told below the picture.
const MOST_PAIRS: usize = 4;
const ROW: f64 = 22.0;

/// Which columns lack values, in which part of the table, and which of them together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Missing {
    /// The columns, each with as many blocks.
    pub columns: Vec<MissingColumn>,
    /// Rows of the table, first to last in equal blocks.
    pub n_rows: u64,
    /// Pairs that are missing together: two names, and the share of rows in which both are.
    pub together: Vec<(String, String, f64)>,
}

/// One column of a [`Missing`] picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MissingColumn {
    /// Its name.
    pub name: String,
    /// The share of its rows without a value, in [0, 1].
    pub share: f64,
    /// The same share in each block of rows, first to last.
    pub blocks: Vec<f64>,
}

impl Missing {
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        let shown = self.shown();
        let n_blocks = self.n_blocks();
        if n_blocks == 0 {
            return canvas.note("No values to show.");
        }
        let widest = shown
            .iter()
            .map(|column| width(&visible(&column.name), LABEL))
            .fold(0.0, f64::max);
        let left = (widest + 14.0).min(canvas.width * 0.36);
        let right = canvas.width - width("00.0%", SMALL) - 12.0;
        let top = canvas.y + 8.0;
        for (place, column) in shown.iter().enumerate() {
            let y = top + ROW * place as f64;
            canvas.label(left - 10.0, y + ROW / 2.0, "l", &column.name, left - 10.0);
            canvas.rect((left, y + 1.0), (right - left, ROW - 4.0), "n", "");
            let cell = (right - left) / n_blocks as f64;
            for (shade, from, to) in stretches(&column.blocks) {
                let share = column.blocks[from..to].iter().sum::<f64>() / (to - from) as f64;
                let tip = format!(
                    "{}, rows {}: {} missing",
                    column.name,
                    self.rows(from, to),
                    format_percent(share)
                );
                let at = (left + cell * from as f64, y + 1.0);
                canvas.rect(
                    at,
                    (cell * (to - from) as f64, ROW - 4.0),
                    &format!("n{shade}"),
                    &tip,
                );
            }
            canvas.text(
                canvas.width,
                y + ROW / 2.0 + 4.0,
                Anchor::End,
                "m",
                &format_percent(column.share),
            );
        }
        canvas.y = top + ROW * shown.len() as f64;
        self.draw_foot(canvas, left, right);
        super::bars::draw_rest(canvas, self.columns.len() - shown.len());
    }

    /// Which rows run along, and what is missing together.
    fn draw_foot(&self, canvas: &mut Canvas, left: f64, right: f64) {
        let base = canvas.y + 14.0;
        canvas.text(left, base, Anchor::Start, "t", "first row");
        canvas.text(
            right,
            base,
            Anchor::End,
            "t",
            &format!("row {}", format_count(self.n_rows)),
        );
        canvas.y += 24.0;
        for (one, other, share) in self.together.iter().take(MOST_PAIRS) {
            canvas.note(&format!(
                "{one} and {other}: both missing in {} of rows",
                format_percent(*share)
            ));
        }
    }

    pub(super) fn shown(&self) -> &[MissingColumn] {
        &self.columns[..self.columns.len().min(MOST)]
    }

    pub(super) fn n_blocks(&self) -> usize {
        self.columns
            .iter()
            .map(|column| column.blocks.len())
            .max()
            .unwrap_or(0)
    }

    /// The rows of the blocks `from` to before `to` in words.
    pub(super) fn rows(&self, from: usize, to: usize) -> String {
        let n_blocks = self.n_blocks().max(1) as u64;
        let end = |block: u64| (u128::from(self.n_rows) * u128::from(block) / u128::from(n_blocks)) as u64;
        format!(
            "{} to {}",
            format_count(end(from as u64) + 1),
            format_count(end(to as u64))
        )
    }

    /// The chart in words.
    pub(super) fn describe(&self) -> String {
        let column =
            |column: &MissingColumn| format!("{}: {} missing", column.name, format_percent(column.share));
        let pair = |(one, other, share): &(String, String, f64)| {
            format!("{one} and {other}: both in {}", format_percent(*share))
        };
        let pairs = self.together.iter().take(MOST_PAIRS).map(pair);
        self.shown()
            .iter()
            .map(column)
            .chain(pairs)
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// Neighbouring blocks of one shade: the shade, the first block, the one behind the last; none where nothing is missing.
fn stretches(blocks: &[f64]) -> Vec<(usize, usize, usize)> {
    let shade = |share: f64| if 0.0 < share { step(share).max(1) } else { 0 };
    let mut found: Vec<(usize, usize, usize)> = Vec::new();
    for (place, shade) in blocks.iter().map(|share| shade(*share)).enumerate() {
        match found.last_mut().filter(|last| last.0 == shade) {
            Some(last) => last.2 = place + 1,
            None => found.push((shade, place, place + 1)),
        }
    }
    found.retain(|(shade, ..)| 0 < *shade);
    found
}
