//! Charts over two axes of numbers: curves and points in dots of Braille, histograms and cells in blocks.

use super::super::axis::Scale;
use super::super::plot::{Bars, Colour, Grid, Mark, Plot};
use super::rows::{draw_legend, shade};
use super::{Paper, block, cut, n_columns};

/// Lines of a picture.
const HEIGHT: usize = 14;

/// Letters of the plot, each with its colour.
struct Field {
    width: usize,
    letters: Vec<Vec<(char, Colour)>>,
    x: (f64, f64),
    y: (f64, f64),
}

/// Draws the plot with its axes.
pub(super) fn draw(paper: &mut Paper, plot: &Plot) {
    if plot.has_legend() {
        draw_legend(paper, plot);
    }
    let y = plot
        .y
        .range
        .unwrap_or_else(|| Scale::span(ends(plot).map(|end| end.1)));
    let x = plot
        .x
        .range
        .unwrap_or_else(|| Scale::span(ends(plot).map(|end| end.0)));
    let labels = [y.1, y.0 + (y.1 - y.0) / 2.0, y.0].map(|value| cut(&plot.y.format.value(value), 12));
    let left = labels.iter().map(|label| n_columns(label)).max().unwrap_or(0) + 1;
    let width = paper.width.saturating_sub(left + 1).max(8);
    let mut field = Field {
        width,
        letters: vec![vec![(' ', Colour::Ink); width]; HEIGHT],
        x,
        y,
    };
    for layer in &plot.layers {
        field.draw(&layer.mark, layer.colour);
    }
    for (row, letters) in field.letters.iter().enumerate() {
        let label = match row {
            0 => &labels[0],
            row if row == HEIGHT / 2 => &labels[1],
            row if row + 1 == HEIGHT => &labels[2],
            _ => "",
        };
        let drawn: String = letters
            .chunk_by(|a, b| a.1 == b.1)
            .map(|run| {
                paper.painted(
                    &run.iter().map(|(letter, _)| *letter).collect::<String>(),
                    run[0].1,
                )
            })
            .collect();
        paper.line(&format!(
            "{}{label} │{drawn}",
            " ".repeat((left - 1).saturating_sub(n_columns(label)))
        ));
    }
    paper.line(&format!("{}└{}", " ".repeat(left), "─".repeat(width)));
    let ends = [x.0, x.1].map(|value| cut(&plot.x.format.value(value), width / 2));
    let gap = width.saturating_sub(n_columns(&ends[0]) + n_columns(&ends[1]));
    paper.line(&format!(
        "{}{}{}{}",
        " ".repeat(left + 1),
        ends[0],
        " ".repeat(gap),
        ends[1]
    ));
    if !plot.x.title.is_empty() {
        let title = cut(&plot.x.title, width);
        let room = (left + 1 + width).saturating_sub(n_columns(&title));
        paper.line(&format!("{}{title}", " ".repeat(room)));
    }
}

/// Every place that the axes must hold.
fn ends(plot: &Plot) -> impl Iterator<Item = (f64, f64)> {
    plot.layers.iter().flat_map(|layer| -> Vec<(f64, f64)> {
        match &layer.mark {
            Mark::Line { points, .. } | Mark::Dots { points, .. } | Mark::Area(points) => points.clone(),
            Mark::Band { x, low, high } => x
                .iter()
                .zip(low)
                .chain(x.iter().zip(high))
                .map(|(x, y)| (*x, *y))
                .collect(),
            Mark::Bars(bars) => {
                let half = |place: usize| bars.thick[place] / 2.0;
                let corners = (0..bars.at.len()).flat_map(|place| {
                    [
                        (bars.at[place] - half(place), bars.from[place]),
                        (bars.at[place] + half(place), bars.to[place]),
                    ]
                });
                corners.collect()
            }
            Mark::Whiskers { at, low, high, .. } => at
                .iter()
                .zip(low)
                .chain(at.iter().zip(high))
                .map(|(x, y)| (*x, *y))
                .collect(),
            Mark::Grid(grid) => {
                let edge = |edges: &[f64]| {
                    [edges.first().copied(), edges.last().copied()].map(|x| x.unwrap_or(f64::NAN))
                };
                edge(&grid.x_edges).into_iter().zip(edge(&grid.y_edges)).collect()
            }
            Mark::Boxes(_) | Mark::Rule { .. } => Vec::new(),
        }
    })
}

impl Field {
    fn draw(&mut self, mark: &Mark, colour: Colour) {
        match mark {
            Mark::Line { points, dashed } => {
                for pair in points
                    .windows(2)
                    .filter(|pair| pair.iter().all(|(x, y)| x.is_finite() && y.is_finite()))
                {
                    self.stroke(pair[0], pair[1], colour, *dashed);
                }
            }
            Mark::Dots { points, .. } => {
                for (x, y) in points.iter().filter(|(x, y)| x.is_finite() && y.is_finite()) {
                    self.dot(self.place(*x, *y), colour);
                }
            }
            Mark::Band { x, low, high } => {
                for ((x, low), high) in x.iter().zip(low).zip(high) {
                    self.fill(*x, *low, *high, colour);
                }
            }
            Mark::Whiskers { at, low, high, .. } => {
                for ((at, low), high) in at.iter().zip(low).zip(high) {
                    self.stroke((*at, *low), (*at, *high), colour, false);
                }
            }
            Mark::Bars(bars) => self.bars(bars, colour),
            Mark::Grid(grid) => self.grid(grid),
            Mark::Rule {
                upright: true, at, ..
            } if (self.x.0..=self.x.1).contains(at) => {
                let column = self.column(*at);
                for row in self
                    .letters
                    .iter_mut()
                    .filter(|row| matches!(row[column].0, ' ' | '░'))
                {
                    row[column] = ('┊', Colour::Grey);
                }
            }
            Mark::Area(_) | Mark::Boxes(_) | Mark::Rule { .. } => {}
        }
    }

    fn column(&self, x: f64) -> usize {
        let part = (x - self.x.0) / (self.x.1 - self.x.0);
        ((part.clamp(0.0, 1.0) * self.width as f64) as usize).min(self.width - 1)
    }

    /// The dot of a value: two across and four down make a letter.
    fn place(&self, x: f64, y: f64) -> (usize, usize) {
        let (across, down) = (2 * self.width - 1, 4 * HEIGHT - 1);
        let part = |value: f64, (low, high): (f64, f64)| ((value - low) / (high - low)).clamp(0.0, 1.0);
        let column = (part(x, self.x) * across as f64).round() as usize;
        let row = ((1.0 - part(y, self.y)) * down as f64).round() as usize;
        (column, row)
    }

    fn dot(&mut self, (column, row): (usize, usize), colour: Colour) {
        const BITS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        let letter = &mut self.letters[row / 4][column / 2];
        let before = match u32::from(letter.0) {
            code @ 0x2800..=0x28ff => code,
            _ => 0x2800,
        };
        let after = before | BITS[row % 4][column % 2];
        *letter = (char::from_u32(after).unwrap_or(' '), colour);
    }

    fn stroke(&mut self, from: (f64, f64), to: (f64, f64), colour: Colour, dashed: bool) {
        let (a, b) = (self.place(from.0, from.1), self.place(to.0, to.1));
        let n = a.0.abs_diff(b.0).max(a.1.abs_diff(b.1)).max(1);
        for step in (0..=n).filter(|step| !dashed || step % 4 < 2) {
            let part = step as f64 / n as f64;
            let between = |a: usize, b: usize| (a as f64 + (b as f64 - a as f64) * part).round() as usize;
            self.dot((between(a.0, b.0), between(a.1, b.1)), colour);
        }
    }

    fn fill(&mut self, x: f64, low: f64, high: f64, colour: Colour) {
        if !(x.is_finite() && low.is_finite() && high.is_finite()) {
            return;
        }
        let column = self.column(x);
        let (top, bottom) = (self.place(x, high).1 / 4, self.place(x, low).1 / 4);
        for row in self.letters[top..=bottom]
            .iter_mut()
            .filter(|row| row[column].0 == ' ')
        {
            row[column] = ('░', colour);
        }
    }

    /// Upright bars in blocks of eighths.
    fn bars(&mut self, bars: &Bars, colour: Colour) {
        for place in 0..bars.at.len() {
            let half = bars.thick[place] / 2.0;
            let (first, last) = (
                self.column(bars.at[place] - half),
                self.column(bars.at[place] + half),
            );
            let share = ((bars.to[place] - self.y.0) / (self.y.1 - self.y.0)).clamp(0.0, 1.0) * HEIGHT as f64;
            for column in first..last.max(first + 1) {
                for (row, letters) in self.letters.iter_mut().rev().enumerate().filter(|_| 0.0 < share) {
                    let letter = block(share - row as f64);
                    if letter != ' ' {
                        letters[column] = (letter, colour);
                    }
                }
            }
        }
    }

    fn grid(&mut self, grid: &Grid) {
        let of = |edges: &[f64], value: f64| {
            let above = edges.partition_point(|edge| *edge <= value);
            above.checked_sub(1).filter(|place| *place + 1 < edges.len())
        };
        for row in 0..HEIGHT {
            let y = self.y.0 + (self.y.1 - self.y.0) * (1.0 - (row as f64 + 0.5) / HEIGHT as f64);
            for column in 0..self.width {
                let x = self.x.0 + (self.x.1 - self.x.0) * (column as f64 + 0.5) / self.width as f64;
                let cell = of(&grid.y_edges, y).zip(of(&grid.x_edges, x));
                let value = cell.and_then(|(y, x)| grid.shades.get(y)?.get(x).copied());
                let value = value.unwrap_or(f64::NAN);
                if value.is_finite() {
                    self.letters[row][column] =
                        (shade(value), if value < 0.0 { Colour::Two } else { Colour::One });
                }
            }
        }
    }
}
