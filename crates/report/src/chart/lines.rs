//! Curves: ROC, gains, time series with a band.

use super::axis::Scale;
use super::bars::draw_axis_title;
use super::canvas::{Anchor, Canvas, SMALL};
use super::legend::{self, Swatch};
use super::plane::Plane;
use crate::Format;
use crate::text::{visible, width};

/// Points drawn per curve; more are thinned to the ends and extremes of equal stretches.
const MOST_POINTS: usize = 240;

/// Curves over one axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines {
    /// The curves, at most four in colours that can be told apart.
    pub series: Vec<Series>,
    /// Whether the diagonal is drawn: chance in ROC and gains curves.
    pub diagonal: bool,
    /// Points on the horizontal axis to name, such as the start of a forecast.
    pub marks: Vec<Mark>,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
}

/// One curve of [`Lines`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// Its points, ascending in x; a point that is not finite interrupts the curve.
    pub points: Vec<(f64, f64)>,
    /// Low and high ends of the interval at each point; empty for none.
    pub band: Vec<(f64, f64)>,
    /// Whether the curve is dashed: expected, not measured.
    pub dashed: bool,
}

/// An axis of [`Lines`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What it measures; may be empty.
    pub label: String,
    /// How its values are written.
    pub format: Format,
    /// Its ends; those of the data where there are none.
    pub range: Option<(f64, f64)>,
}

/// A value to compare with, and its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mark {
    /// The value.
    pub at: f64,
    /// Its name, such as `all customers`; its value is written after it.
    pub label: String,
}

impl Mark {
    /// A named value.
    pub fn new(at: f64, label: impl Into<String>) -> Mark {
        Mark {
            at,
            label: label.into(),
        }
    }

    pub(super) fn text(&self, format: &Format) -> String {
        visible(format!("{} {}", self.label, format.value(self.at)).trim())
    }
}

impl Axis {
    /// An axis for shares from 0 to 100%.
    pub fn share(label: impl Into<String>) -> Axis {
        Axis {
            label: label.into(),
            format: Format::Percent,
            range: Some((0.0, 1.0)),
        }
    }

    /// An axis for `label`, written in `format`.
    pub fn new(label: impl Into<String>, format: Format) -> Axis {
        Axis {
            label: label.into(),
            format,
            range: None,
        }
    }

    pub(super) fn span(&self, values: impl Iterator<Item = f64>) -> (f64, f64) {
        self.range
            .filter(|(low, high)| low < high && (high - low).is_finite())
            .unwrap_or_else(|| Scale::span(values))
    }
}

impl Lines {
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        if !self
            .series
            .iter()
            .any(|series| series.points.iter().any(is_finite))
        {
            return canvas.note("No values to show.");
        }
        let is_beside = self.diagonal && !canvas.is_narrow();
        if !is_beside {
            self.draw_legend(canvas);
        }
        if !self.y.label.is_empty() {
            canvas.note(&self.y.label);
        }
        let (along, up) = self.draw_axes(canvas);
        for (place, series) in self.series.iter().enumerate() {
            draw_band(canvas, series, place % 4, &along, &up);
        }
        if self.diagonal {
            canvas.line((along.from, up.from), (along.to, up.to), "r");
        }
        for (place, series) in self.series.iter().enumerate() {
            let class = format!("s s{}{}", place % 4, if series.dashed { " dash" } else { "" });
            for run in finite_runs(&series.points) {
                let drawn: Vec<_> = thinned(&run)
                    .iter()
                    .map(|(x, y)| (along.at(*x), up.at(*y)))
                    .collect();
                match drawn.as_slice() {
                    [point] => canvas.circle(*point, 4.0, &format!("o{}", place % 4), ""),
                    drawn => canvas.path(drawn, &class, false),
                }
            }
        }
        self.draw_marks(canvas, &along, &up);
        if is_beside {
            self.draw_legend_beside(canvas, along.to, up.to);
        }
        canvas.y = up.from + 24.0;
        draw_axis_title(canvas, &self.x.label, along.from, along.to);
    }

    /// The chart in words.
    pub(super) fn describe(&self) -> String {
        let ends = self.series.iter().filter_map(|series| {
            let (first, last) = (series.points.first()?, series.points.last()?);
            let (from, to) = (self.y.format.value(first.1), self.y.format.value(last.1));
            let (start, end) = (self.x.format.value(first.0), self.x.format.value(last.0));
            Some(format!("{}: {from} at {start} to {to} at {end}", series.name))
        });
        ends.collect::<Vec<_>>().join("; ")
    }

    fn draw_legend(&self, canvas: &mut Canvas) {
        let named = self
            .series
            .iter()
            .enumerate()
            .filter(|(_, series)| !series.name.is_empty());
        let items: Vec<(String, &str)> = named
            .map(|(place, series)| (format!("o{}", place % 4), series.name.as_str()))
            .collect();
        if items.len() > 1 || self.series.len() > 1 {
            legend::draw(canvas, &items);
        }
    }

    /// Names right of a square plot, the diagonal among them.
    fn draw_legend_beside(&self, canvas: &mut Canvas, right: f64, top: f64) {
        const CLASSES: [&str; 4] = ["s s0", "s s1", "s s2", "s s3"];
        const DASHED: [&str; 4] = ["s s0 dash", "s s1 dash", "s s2 dash", "s s3 dash"];
        let swatch = |place: usize, dashed: bool| {
            Swatch::Line(if dashed {
                DASHED[place % 4]
            } else {
                CLASSES[place % 4]
            })
        };
        let named = self
            .series
            .iter()
            .enumerate()
            .filter(|(_, series)| !series.name.is_empty());
        let mut items: Vec<(Swatch, &str)> = named
            .map(|(place, series)| (swatch(place, series.dashed), series.name.as_str()))
            .collect();
        items.push((Swatch::Line("r"), "Chance"));
        legend::draw_beside(canvas, right + 28.0, top, &items);
    }

    fn draw_axes(&self, canvas: &mut Canvas) -> (Scale, Scale) {
        let points = || self.series.iter().flat_map(|series| &series.points);
        let bands = self
            .series
            .iter()
            .flat_map(|series| &series.band)
            .flat_map(|(low, high)| [*low, *high]);
        let (low, high) = self.y.span(points().map(|point| point.1).chain(bands));
        let (low, high) = if self.y.range.is_some() {
            (low, high)
        } else {
            Scale::rounded((low, high), 8)
        };
        let height = if self.diagonal { 300.0 } else { 230.0 };
        Plane {
            x: (self.x.span(points().map(|point| point.0)), &self.x.format),
            y: ((low, high), &self.y.format),
            above: if self.marks.is_empty() { 8.0 } else { 24.0 },
            height: if canvas.is_narrow() { height - 40.0 } else { height },
            // a square plot keeps the diagonal at 45 degrees
            ratio: self.diagonal.then_some(1.2),
            apart: Plane::apart(&self.x.format),
            is_ruled: false,
        }
        .draw(canvas)
    }

    fn draw_marks(&self, canvas: &mut Canvas, along: &Scale, up: &Scale) {
        let mut free = f64::NEG_INFINITY;
        for mark in self
            .marks
            .iter()
            .filter(|mark| mark.at >= along.low && mark.at <= along.high)
        {
            let at = along.at(mark.at);
            canvas.line((at, up.to - 6.0), (at, up.from), "r");
            let label = visible(&mark.label);
            let half = width(&label, SMALL) / 2.0;
            let centre = at.clamp(
                half.min(canvas.width / 2.0),
                (canvas.width - half).max(canvas.width / 2.0),
            );
            if centre - half > free {
                canvas.text(centre, up.to - 11.0, Anchor::Middle, "m", &label);
                free = centre + half + 8.0;
            }
        }
    }
}

fn is_finite(point: &(f64, f64)) -> bool {
    point.0.is_finite() && point.1.is_finite()
}

pub(super) fn draw_band(canvas: &mut Canvas, series: &Series, color: usize, along: &Scale, up: &Scale) {
    if series.band.len() != series.points.len() {
        return;
    }
    let ends = series.points.iter().zip(&series.band);
    let ends: Vec<(f64, f64, f64)> = ends
        .map(|(point, band)| (point.0, band.0, band.1))
        .filter(|(x, low, high)| x.is_finite() && low.is_finite() && high.is_finite())
        .collect();
    // one point has no area: its interval is a line
    if let [(x, low, high)] = ends.as_slice() {
        let class = format!("s s{color}");
        return canvas.line((along.at(*x), up.at(*low)), (along.at(*x), up.at(*high)), &class);
    }
    let every = ends.len().div_ceil(MOST_POINTS).max(1);
    let last = ends.len().saturating_sub(1);
    let kept: Vec<_> = ends
        .iter()
        .enumerate()
        .filter(|(place, _)| place % every == 0 || *place == last)
        .map(|(_, end)| end)
        .collect();
    let above = kept.iter().map(|(x, _, high)| (along.at(*x), up.at(*high)));
    let below = kept.iter().rev().map(|(x, low, _)| (along.at(*x), up.at(*low)));
    canvas.path(
        &above.chain(below).collect::<Vec<_>>(),
        &format!("f f{color}"),
        true,
    );
}

/// Stretches of finite points.
pub(super) fn finite_runs(points: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
    points
        .split(|point| !is_finite(point))
        .filter(|run| !run.is_empty())
        .map(<[_]>::to_vec)
        .collect()
}

/// At most about [`MOST_POINTS`] points: first, lowest, highest and last of equal stretches, so that no peak is lost.
pub(super) fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= MOST_POINTS {
        return points.to_vec();
    }
    let stretch = points.len().div_ceil(MOST_POINTS / 4);
    let mut kept = Vec::with_capacity(MOST_POINTS + 4);
    for part in points.chunks(stretch) {
        let by_height = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let mut picked: Vec<&(f64, f64)> = [
            part.first(),
            part.iter().min_by(by_height),
            part.iter().max_by(by_height),
            part.last(),
        ]
        .into_iter()
        .flatten()
        .collect();
        picked.sort_by(|a, b| a.0.total_cmp(&b.0));
        kept.extend(picked.into_iter().copied());
    }
    kept.dedup();
    kept
}
