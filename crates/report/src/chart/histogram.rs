//! Counts in bins, of one group or of two compared.

use super::axis::Scale;
use super::bars::draw_axis_title;
use super::canvas::{Anchor, Canvas, SMALL};
use super::legend;
use super::lines::Mark;
use crate::text::width;
use crate::{Format, format_count};

/// How often values fall into bins.
///
/// Bins of unequal width are drawn with equal area for equal count, and then without numbers beside them.
/// Two groups are drawn as shares of their own rows, so that groups of different size can be compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// Ends of the bins, ascending, one more than counts.
    pub edges: Vec<f64>,
    /// Rows in each bin.
    pub counts: Vec<u64>,
    /// The name of the group, when there are two.
    pub name: String,
    /// A second group in the same bins: its name and counts.
    pub other: Option<(String, Vec<u64>)>,
    /// Values to point out, such as the median.
    pub marks: Vec<Mark>,
    /// What the values are, below the axis.
    pub axis: String,
    /// How values are written.
    pub format: Format,
}

impl Histogram {
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        if !self.is_drawable() {
            return canvas.note("No values to show.");
        }
        if let Some((other, _)) = &self.other {
            legend::draw(canvas, &[("p".to_owned(), &self.name), ("o1".to_owned(), other)]);
        }
        let first = self.heights(&self.counts);
        let second = self.other.as_ref().map(|(_, counts)| self.heights(counts));
        let top = canvas.y + if self.marks.is_empty() { 8.0 } else { 24.0 };
        let bottom = top + if canvas.is_narrow() { 150.0 } else { 190.0 };
        let up = self.upward(&first, second.as_deref(), top, bottom);
        let format = if self.other.is_some() {
            Format::Percent
        } else {
            Format::Number
        };
        let ticks = up.ticks(4, &format);
        let left = if self.has_equal_bins() { ticks.room() } else { 0.0 };
        if self.has_equal_bins() {
            ticks.draw_beside(canvas, &up, left, canvas.width);
        }
        let (low, high) = (self.edges[0], self.edges[self.edges.len() - 1]);
        let along = Scale {
            low,
            high,
            from: left,
            to: canvas.width,
        };
        self.draw_bins(canvas, &along, &up, &first);
        if let Some(second) = &second {
            canvas.path(&outline(&self.edges, &first, &along, &up), "s s0 thin", false);
            canvas.path(&outline(&self.edges, second, &along, &up), "s s1", false);
        }
        self.draw_foot(canvas, &along, (top, bottom));
    }

    /// The chart in words.
    pub(super) fn describe(&self) -> String {
        if !self.is_drawable() {
            return "no values".to_owned();
        }
        let total: u64 = self.counts.iter().sum();
        let (low, high) = (self.edges[0], self.edges[self.edges.len() - 1]);
        let most = self
            .counts
            .iter()
            .enumerate()
            .max_by_key(|(place, count)| (**count, usize::MAX - place));
        let most = most.map_or(String::new(), |(place, _)| {
            format!(", most between {}", self.bin(place))
        });
        format!(
            "{} values {}{most}",
            format_count(total),
            words(&self.format, low, high)
        )
    }

    pub(super) fn is_drawable(&self) -> bool {
        let n = self.counts.len();
        n > 0
            && self.edges.len() == n + 1
            && self.edges.iter().all(|edge| edge.is_finite())
            && self.edges.windows(2).all(|pair| pair[0] < pair[1])
            && (self.edges[n] - self.edges[0]).is_finite()
            && self.other.as_ref().is_none_or(|(_, counts)| counts.len() == n)
    }

    pub(super) fn bin(&self, place: usize) -> String {
        format!(
            "{} and {}",
            self.format.value(self.edges[place]),
            self.format.value(self.edges[place + 1])
        )
    }

    fn has_equal_bins(&self) -> bool {
        let widths = self.edges.windows(2).map(|pair| pair[1] - pair[0]);
        let (low, high) = Scale::span(widths.chain([self.edges[1] - self.edges[0]]));
        high <= low * 1.25
    }

    /// Counts, or shares of the group's rows where there are two groups, or densities where bins differ in width.
    pub(super) fn heights(&self, counts: &[u64]) -> Vec<f64> {
        let total = counts.iter().sum::<u64>().max(1) as f64;
        let unit = if self.other.is_some() { total } else { 1.0 };
        let equal = self.has_equal_bins();
        let widths = self
            .edges
            .windows(2)
            .map(|pair| if equal { 1.0 } else { pair[1] - pair[0] });
        counts
            .iter()
            .zip(widths)
            .map(|(count, width)| *count as f64 / unit / width)
            .collect()
    }

    fn upward(&self, first: &[f64], second: Option<&[f64]>, top: f64, bottom: f64) -> Scale {
        let all = first.iter().chain(second.unwrap_or_default()).copied();
        let (_, high) = Scale::span(all.chain([0.0]));
        Scale {
            low: 0.0,
            high,
            from: bottom,
            to: top,
        }
    }

    fn draw_bins(&self, canvas: &mut Canvas, along: &Scale, up: &Scale, heights: &[f64]) {
        for (place, height) in heights.iter().enumerate() {
            let (left, right) = (along.at(self.edges[place]), along.at(self.edges[place + 1]));
            let top = up.at(*height);
            let gap = if right - left > 4.0 { 1.0 } else { 0.0 };
            let tip = format!("{}: {}", self.bin(place), format_count(self.counts[place]));
            if self.counts[place] > 0 {
                let class = if self.other.is_some() { "p" } else { "b" };
                canvas.rect((left, top), (right - left - gap, up.from - top), class, &tip);
            }
        }
    }

    fn draw_foot(&self, canvas: &mut Canvas, along: &Scale, (top, bottom): (f64, f64)) {
        canvas.line((along.from, bottom), (along.to, bottom), "a");
        draw_labels(canvas, along, &self.format, bottom);
        let mut free = f64::NEG_INFINITY;
        for mark in self
            .marks
            .iter()
            .filter(|mark| mark.at >= along.low && mark.at <= along.high)
        {
            let at = along.at(mark.at);
            canvas.line((at, top - 6.0), (at, bottom), "r");
            let label = mark.text(&self.format);
            let half = width(&label, SMALL) / 2.0;
            let centre = at.clamp(
                half.min(canvas.width / 2.0),
                (canvas.width - half).max(canvas.width / 2.0),
            );
            if centre - half > free {
                canvas.text(centre, top - 11.0, Anchor::Middle, "m", &label);
                free = centre + half + 8.0;
            }
        }
        canvas.y = bottom + 24.0;
        draw_axis_title(canvas, &self.axis, along.from, along.to);
    }
}

/// Ticks and labels below a base line, without grid.
fn draw_labels(canvas: &mut Canvas, along: &Scale, format: &Format, bottom: f64) {
    let n = ((along.to - along.from) / 64.0) as usize;
    along
        .ticks(n.max(2), format)
        .draw_below(canvas, along, bottom, bottom + 4.0);
}

/// The steps over bins of these heights.
fn outline(edges: &[f64], heights: &[f64], along: &Scale, up: &Scale) -> Vec<(f64, f64)> {
    let mut points = vec![(along.at(edges[0]), up.from)];
    for (pair, height) in edges.windows(2).zip(heights) {
        points.extend([
            (along.at(pair[0]), up.at(*height)),
            (along.at(pair[1]), up.at(*height)),
        ]);
    }
    points.push((along.to, up.from));
    points
}

fn words(format: &Format, low: f64, high: f64) -> String {
    format!("from {} to {}", format.value(low), format.value(high))
}
