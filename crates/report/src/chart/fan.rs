//! A forecast as a fan: what was, what is expected, and how far it may be off.

use super::axis::Scale;
use super::bars::draw_axis_title;
use super::canvas::Canvas;
use super::legend;
use super::lines::{Axis, Series, draw_band, finite_runs, thinned};
use super::plane::Plane;
use crate::format_level;

/// Bands that can be told apart.
const MOST_BANDS: usize = 4;

/// A forecast with nested intervals.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fan {
    /// What was measured, ascending in x.
    pub history: Vec<(f64, f64)>,
    /// The median of the forecast, ascending in x.
    pub forecast: Vec<(f64, f64)>,
    /// Intervals of the forecast at its points, widest last: level in (0, 1), low and high ends.
    pub bands: Vec<(f64, Vec<(f64, f64)>)>,
    /// What was measured later, to compare with; may be empty.
    pub came: Vec<(f64, f64)>,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
}

impl Fan {
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        if self.lines().all(|points| finite_runs(points).is_empty()) {
            return canvas.note("No values to show.");
        }
        self.draw_legend(canvas);
        if !self.y.label.is_empty() {
            canvas.note(&self.y.label);
        }
        let (along, up) = self.draw_axes(canvas);
        // widest first, so that narrower bands lie on it
        for (_, band) in self.nested().into_iter().rev() {
            let series = Series {
                points: self.forecast.clone(),
                band: band.clone(),
                ..Series::default()
            };
            draw_band(canvas, &series, 1, &along, &up);
        }
        for (points, class) in [
            (&self.history, "s s0"),
            (&self.forecast, "s s1"),
            (&self.came, "s s0 dash"),
        ] {
            for run in finite_runs(points) {
                let drawn: Vec<_> = thinned(&run)
                    .iter()
                    .map(|(x, y)| (along.at(*x), up.at(*y)))
                    .collect();
                canvas.path(&drawn, class, false);
            }
        }
        if let Some((start, _)) = self.forecast.first().filter(|(x, _)| x.is_finite()) {
            canvas.line((along.at(*start), up.to), (along.at(*start), up.from), "r");
        }
        canvas.y = up.from + 24.0;
        draw_axis_title(canvas, &self.x.label, along.from, along.to);
    }

    /// The bands that fit the forecast, narrowest first.
    pub(super) fn nested(&self) -> Vec<&(f64, Vec<(f64, f64)>)> {
        let fits = |band: &&(f64, Vec<(f64, f64)>)| band.1.len() == self.forecast.len();
        let mut bands: Vec<_> = self.bands.iter().filter(fits).take(MOST_BANDS).collect();
        bands.sort_by(|a, b| a.0.total_cmp(&b.0));
        bands
    }

    /// What the bands are, in words.
    pub(super) fn levels(&self) -> String {
        let levels: Vec<String> = self
            .nested()
            .iter()
            .map(|(level, _)| format_level(*level))
            .collect();
        match levels.as_slice() {
            [] => "forecast".to_owned(),
            [one] => format!("forecast with {one} interval"),
            many => format!("forecast with {} intervals", many.join(", ")),
        }
    }

    fn lines(&self) -> impl Iterator<Item = &Vec<(f64, f64)>> {
        [&self.history, &self.forecast, &self.came].into_iter()
    }

    fn draw_legend(&self, canvas: &mut Canvas) {
        let levels = self.levels();
        let mut items = vec![("o0".to_owned(), "measured"), ("o1".to_owned(), levels.as_str())];
        if !self.came.is_empty() {
            items.push(("o0".to_owned(), "came later (dashed)"));
        }
        legend::draw(canvas, &items);
    }

    pub(super) fn spans(&self) -> [(f64, f64); 2] {
        let points = || self.lines().flatten();
        let bands = self
            .nested()
            .into_iter()
            .flat_map(|(_, band)| band)
            .flat_map(|(low, high)| [*low, *high]);
        let y = self.y.span(points().map(|point| point.1).chain(bands));
        let y = if self.y.range.is_some() {
            y
        } else {
            Scale::rounded(y, 8)
        };
        [self.x.span(points().map(|point| point.0)), y]
    }

    fn draw_axes(&self, canvas: &mut Canvas) -> (Scale, Scale) {
        let [x, y] = self.spans();
        Plane {
            x: (x, &self.x.format),
            y: (y, &self.y.format),
            above: 8.0,
            height: if canvas.is_narrow() { 190.0 } else { 230.0 },
            ratio: None,
            apart: Plane::apart(&self.x.format),
            is_ruled: false,
        }
        .draw(canvas)
    }

    /// The chart in words.
    pub(super) fn describe(&self) -> String {
        let end = |name: &str, points: &[(f64, f64)]| {
            let (x, y) = points.last()?;
            Some(format!(
                "{name}: {} at {}",
                self.y.format.value(*y),
                self.x.format.value(*x)
            ))
        };
        let wide = self.nested().last().and_then(|(level, band)| {
            let (low, high) = band.last()?;
            Some(format!(
                "{} interval there: {}",
                format_level(*level),
                self.y.format.range(*low, *high)
            ))
        });
        let parts = [
            end("measured", &self.history),
            end("forecast", &self.forecast),
            wide,
            end("came", &self.came),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}
