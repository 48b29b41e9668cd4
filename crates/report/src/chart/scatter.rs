//! Pairs of numbers: single points where there are few, counts in cells where there are many.

use super::axis::Scale;
use super::bars::draw_axis_title;
use super::canvas::{Anchor, Canvas, SMALL};
use super::lines::{Axis, Series, draw_band};
use super::plane::Plane;
use crate::format_count;
use crate::text::width;
use stats::math::ln;

/// Points up to which each is drawn.
const MOST_POINTS: usize = 300;
const SHADES: usize = 10;

/// How two numbers go together, for any number of rows.
///
/// Where [`cells`](Self::cells) are given they are drawn, in shades that go with the logarithm of their counts; else the
/// points are, the first 300 of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scatter {
    /// Single points; empty where there are cells.
    pub points: Vec<(f64, f64)>,
    /// Counts in a grid; `None` where there are points.
    pub cells: Option<Cells>,
    /// A line through them with its band, such as a fitted one.
    pub fit: Option<Series>,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
}

/// Counts of points in a grid of rectangles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cells {
    /// Ends of the columns, ascending, one more than columns.
    pub x_edges: Vec<f64>,
    /// Ends of the rows, ascending, one more than rows.
    pub y_edges: Vec<f64>,
    /// Points in each cell: a row of columns for each row, lowest first.
    pub counts: Vec<Vec<u64>>,
}

impl Cells {
    pub(super) fn is_drawable(&self) -> bool {
        let is_axis = |edges: &[f64]| {
            1 < edges.len()
                && edges.iter().all(|x| x.is_finite())
                && edges.windows(2).all(|pair| pair[0] < pair[1])
        };
        is_axis(&self.x_edges)
            && is_axis(&self.y_edges)
            && self.counts.len() + 1 == self.y_edges.len()
            && self.counts.iter().all(|row| row.len() + 1 == self.x_edges.len())
            && 0 < self.most()
    }

    pub(super) fn most(&self) -> u64 {
        self.counts.iter().flatten().copied().max().unwrap_or(0)
    }

    /// The shade of a count: evenly on the logarithm.
    fn shade(&self, count: u64) -> usize {
        let part = ln(1.0 + count as f64) / ln(1.0 + self.most() as f64);
        ((part * SHADES as f64).ceil() as usize).clamp(1, SHADES) - 1
    }
}

impl Scatter {
    /// Contributions of one feature to a model's margin against its values.
    pub fn dependence(feature: &str, x: crate::Format, points: Vec<(f64, f64)>) -> Scatter {
        Scatter {
            points,
            x: Axis::new(feature, x),
            y: Axis::new(format!("contribution of {feature}"), crate::Format::Signed),
            ..Scatter::default()
        }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas) {
        let cells = self.drawable_cells();
        if cells.is_none() && self.shown().is_empty() {
            return canvas.note("No values to show.");
        }
        if !self.y.label.is_empty() {
            canvas.note(&self.y.label);
        }
        let (along, up) = self.draw_axes(canvas);
        if let Some(cells) = cells {
            draw_cells(canvas, cells, &along, &up);
        }
        for (x, y) in if cells.is_none() { self.shown() } else { Vec::new() } {
            let tip = format!("{}, {}", self.x.format.value(x), self.y.format.value(y));
            canvas.circle((along.at(x), up.at(y)), 3.0, "dot", &tip);
        }
        if let Some(fit) = &self.fit {
            draw_band(canvas, fit, 1, &along, &up);
            let line: Vec<_> = finite(&fit.points)
                .map(|(x, y)| (along.at(x), up.at(y)))
                .collect();
            canvas.path(&line, "s s1", false);
        }
        canvas.y = up.from + 24.0;
        draw_axis_title(canvas, &self.x.label, along.from, along.to);
        if let Some(cells) = cells {
            draw_key(canvas, cells);
        }
    }

    pub(super) fn drawable_cells(&self) -> Option<&Cells> {
        self.cells.as_ref().filter(|cells| cells.is_drawable())
    }

    pub(super) fn shown(&self) -> Vec<(f64, f64)> {
        finite(&self.points).take(MOST_POINTS).collect()
    }

    fn draw_axes(&self, canvas: &mut Canvas) -> (Scale, Scale) {
        Plane {
            x: (self.x_span(), &self.x.format),
            y: (self.y_span(), &self.y.format),
            above: 8.0,
            height: if canvas.is_narrow() { 230.0 } else { 300.0 },
            ratio: None,
            apart: 72.0,
            is_ruled: true,
        }
        .draw(canvas)
    }

    pub(super) fn x_span(&self) -> (f64, f64) {
        match self.drawable_cells() {
            Some(cells) => ends(&cells.x_edges),
            None => self.x.span(roomy(self.shown().iter().map(|point| point.0))),
        }
    }

    pub(super) fn y_span(&self) -> (f64, f64) {
        match self.drawable_cells() {
            Some(cells) => ends(&cells.y_edges),
            None => self.y.span(roomy(self.shown().iter().map(|point| point.1))),
        }
    }

    /// The chart in words.
    pub(super) fn describe(&self) -> String {
        let n = match self.drawable_cells() {
            Some(cells) => cells.counts.iter().flatten().sum(),
            None => self.shown().len() as u64,
        };
        let ((left, right), (low, high)) = (self.x_span(), self.y_span());
        let words = |axis: &Axis, low, high| {
            format!(
                "{} from {} to {}",
                axis.label,
                axis.format.value(low),
                axis.format.value(high)
            )
        };
        let (x, y) = (words(&self.x, left, right), words(&self.y, low, high));
        format!("{} points; {}; {}", format_count(n), x.trim(), y.trim())
    }
}

fn ends(edges: &[f64]) -> (f64, f64) {
    (
        edges.first().copied().unwrap_or(0.0),
        edges.last().copied().unwrap_or(1.0),
    )
}

/// Values with a little room beyond their ends, so that no point is cut.
fn roomy(values: impl Iterator<Item = f64>) -> std::array::IntoIter<f64, 2> {
    let (low, high) = Scale::span(values);
    let room = (high - low) * 0.03;
    [low - room, high + room].into_iter()
}

fn finite(points: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> {
    points
        .iter()
        .copied()
        .filter(|(x, y)| x.is_finite() && y.is_finite())
}

/// One path for each shade: a picture of a thousand cells stays small.
fn draw_cells(canvas: &mut Canvas, cells: &Cells, along: &Scale, up: &Scale) {
    for shade in 0..SHADES {
        let mut corners = Vec::new();
        let (mut least, mut most) = (u64::MAX, 0);
        for (y, row) in cells.counts.iter().enumerate() {
            for (x, count) in row
                .iter()
                .enumerate()
                .filter(|(_, count)| 0 < **count && cells.shade(**count) == shade)
            {
                let (left, right) = (along.at(cells.x_edges[x]), along.at(cells.x_edges[x + 1]));
                let (bottom, top) = (up.at(cells.y_edges[y]), up.at(cells.y_edges[y + 1]));
                corners.push((left, top, right - left, bottom - top));
                (least, most) = (least.min(*count), most.max(*count));
            }
        }
        let tip = match least == most {
            true => format!("{} in a cell", format_count(most)),
            false => format!("{} to {} in a cell", format_count(least), format_count(most)),
        };
        canvas.boxes(&corners, &format!("u{shade}"), &tip);
    }
}

/// What the shades mean.
fn draw_key(canvas: &mut Canvas, cells: &Cells) {
    let (base, most) = (canvas.y + 14.0, format_count(cells.most()));
    let mut x = canvas.width - width(&most, SMALL) - 6.0 - 14.0 * SHADES as f64;
    let words = "rows in a cell: 1";
    canvas.text(x - 6.0, base, Anchor::End, "m", words);
    for shade in 0..SHADES {
        canvas.rect((x, base - 9.5), (14.0, 10.0), &format!("u{shade}"), "");
        x += 14.0;
    }
    canvas.text(canvas.width, base, Anchor::End, "m", &most);
    canvas.y += 22.0;
}
