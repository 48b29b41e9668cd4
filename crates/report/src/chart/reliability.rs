//! Observed against predicted probability: can the scores be taken at their word?

use super::axis::Scale;
use super::bars::draw_axis_title;
use super::canvas::Canvas;
use super::legend::{self, Swatch};
use crate::{Format, format_count};
use stats::math::sqrt;

/// Dots of bins that hold about the same number of rows.
const DOT: f64 = 4.5;
/// From this share of the largest bin on, a bin is about as large.
const SAME_SIZE: f64 = 0.8;

/// Bins of predictions, each with the share that came true.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reliability {
    /// The bins, at most about 20.
    pub bins: Vec<ReliabilityBin>,
}

/// One bin of a [`Reliability`] chart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReliabilityBin {
    /// Mean predicted probability in [0, 1].
    pub predicted: f64,
    /// Share that came true, in [0, 1].
    pub observed: f64,
    /// Low end of the share's interval.
    pub low: f64,
    /// High end of the share's interval.
    pub high: f64,
    /// Rows in the bin.
    pub n: u64,
}

impl Reliability {
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        let bins: Vec<&ReliabilityBin> = self.drawable().collect();
        if bins.is_empty() {
            return canvas.note("No values to show.");
        }
        canvas.note("Share that came true");
        let top = canvas.y + 8.0;
        let bottom = top + if canvas.is_narrow() { 250.0 } else { 300.0 };
        let up = Scale {
            low: 0.0,
            high: 1.0,
            from: bottom,
            to: top,
        };
        let beside = up.ticks(5, &Format::Percent);
        let left = beside.room();
        let right = (left + (bottom - top) * 1.2).min(canvas.width);
        let along = Scale {
            low: 0.0,
            high: 1.0,
            from: left,
            to: right,
        };
        beside.draw_beside(canvas, &up, left, right);
        along
            .ticks(5, &Format::Percent)
            .draw_below(canvas, &along, bottom, bottom + 4.0);
        canvas.line((left, bottom), (right, bottom), "a");
        canvas.line((left, bottom), (right, top), "r");
        let most = bins.iter().map(|bin| bin.n).max().unwrap_or(1).max(1) as f64;
        let least = bins.iter().map(|bin| bin.n).min().unwrap_or(1) as f64;
        let sizes_differ = least < SAME_SIZE * most;
        for bin in bins {
            let radius = if sizes_differ {
                3.5 + 5.0 * sqrt(bin.n as f64 / most)
            } else {
                DOT
            };
            draw_bin(canvas, bin, &along, &up, radius);
        }
        canvas.y = bottom + 24.0;
        draw_axis_title(canvas, "Predicted probability", left, right);
        let dots = if sizes_differ {
            "Larger dots hold more rows"
        } else {
            "Rows of like prediction"
        };
        let items = [
            (Swatch::Dot, dots),
            (Swatch::Line("i"), "Interval"),
            (Swatch::Line("r"), "Predicted equals actual"),
        ];
        if canvas.width - right > 160.0 {
            legend::draw_beside(canvas, right + 28.0, top, &items);
        }
    }

    /// The chart in words.
    pub(super) fn describe(&self) -> String {
        self.drawable().map(words).collect::<Vec<_>>().join("; ")
    }

    pub(super) fn drawable(&self) -> impl Iterator<Item = &ReliabilityBin> {
        self.bins
            .iter()
            .take(40)
            .filter(|bin| bin.predicted.is_finite() && bin.observed.is_finite())
    }
}

fn draw_bin(canvas: &mut Canvas, bin: &ReliabilityBin, along: &Scale, up: &Scale, radius: f64) {
    let x = along.at(bin.predicted);
    if bin.low.is_finite() && bin.high.is_finite() {
        canvas.line((x, up.at(bin.low)), (x, up.at(bin.high)), "i");
    }
    canvas.circle((x, up.at(bin.observed)), radius, "d", &words(bin));
}

pub(super) fn words(bin: &ReliabilityBin) -> String {
    let format = Format::Percent;
    let (predicted, observed) = (format.value(bin.predicted), format.value(bin.observed));
    let range = format.range(bin.low, bin.high);
    format!(
        "predicted {predicted}, observed {observed} ({range}), {} rows",
        format_count(bin.n)
    )
}
