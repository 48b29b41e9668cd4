//! Contributions of features, row by row, gathered in bins: the summary of Shapley values.

use super::MOST_ITEMS;
use super::axis::Scale;
use super::bars::{draw_axis_title, draw_rest};
use super::canvas::{Anchor, Canvas, LABEL, SMALL};
use crate::text::{visible, width};
use crate::{Format, format_count};

const ROW: f64 = 34.0;
/// Half the height of the fullest bin.
const HALF: f64 = 14.0;

/// For each feature, how far and to which side it moves predictions, and whether high or low values do so.
///
/// Rows are counted in bins, so the picture does not grow with them. The first twelve features are drawn.
///
/// # Reference
/// S. M. Lundberg, G. G. Erion, S.-I. Lee (2018), arXiv:1802.03888: the summary plot, with counts for its points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Swarm {
    /// The features, in the order given.
    pub features: Vec<SwarmFeature>,
    /// What contributions are, below the axis; may be empty.
    pub axis: String,
    /// How contributions are written.
    pub format: Format,
}

/// One feature of a [`Swarm`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SwarmFeature {
    /// Its name.
    pub name: String,
    /// Its bins, ascending.
    pub bins: Vec<SwarmBin>,
}

/// Rows of about the same contribution.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SwarmBin {
    /// The lower end of their contributions.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How many they are.
    pub n: u64,
    /// The mean place of their values among all of the feature, from 0 for the lowest to 1; NaN where values have no order.
    pub level: f64,
}

impl Swarm {
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        let shown = self.shown();
        let bins = || shown.iter().flat_map(|feature| &feature.bins);
        if !bins().any(|bin| bin.low.is_finite() && bin.high.is_finite()) {
            return canvas.note("No values to show.");
        }
        let is_narrow = canvas.is_narrow();
        let widest = shown
            .iter()
            .map(|feature| width(&visible(&feature.name), LABEL))
            .fold(0.0, f64::max);
        let left = if is_narrow {
            0.0
        } else {
            (widest + 16.0).min(canvas.width * 0.36)
        };
        let (low, high) = Scale::span(bins().flat_map(|bin| [bin.low, bin.high]).chain([0.0]));
        let scale = Scale {
            low,
            high,
            from: left,
            to: canvas.width,
        };
        draw_key(canvas);
        let step = if is_narrow { ROW + 18.0 } else { ROW };
        let (top, bottom) = (canvas.y, canvas.y + step * shown.len() as f64);
        let n_ticks = ((scale.to - left) / 72.0) as usize;
        scale
            .ticks(n_ticks.max(2), &self.format)
            .draw_below(canvas, &scale, top, bottom);
        canvas.line((scale.at(0.0), top), (scale.at(0.0), bottom), "a");
        let most = bins().map(|bin| bin.n).max().unwrap_or(1).max(1);
        for (place, feature) in shown.iter().enumerate() {
            let middle = top + step * (place as f64 + 1.0) - ROW / 2.0;
            match is_narrow {
                true => canvas.label_above(middle - ROW / 2.0 - 3.0, "l", &feature.name),
                false => canvas.label(left - 12.0, middle, "l", &feature.name, left - 12.0),
            }
            self.draw_bins(canvas, feature, &scale, middle, most);
        }
        canvas.y = bottom + 24.0;
        draw_axis_title(canvas, &self.axis, left, canvas.width);
        draw_rest(canvas, self.features.len() - shown.len());
    }

    fn draw_bins(&self, canvas: &mut Canvas, feature: &SwarmFeature, scale: &Scale, middle: f64, most: u64) {
        let is_seen = |bin: &&SwarmBin| 0 < bin.n && bin.low.is_finite() && bin.high.is_finite();
        for bin in feature.bins.iter().filter(is_seen) {
            // the area of a swarm goes with its rows; single rows are still seen
            let half = (HALF * stats::math::sqrt(bin.n as f64 / most as f64)).max(1.5);
            let (from, to) = (scale.at(bin.low), scale.at(bin.high));
            let size = ((to - from).max(1.5), 2.0 * half);
            canvas.rect(
                (from, middle - half),
                size,
                &class(bin.level),
                &self.tip(feature, bin),
            );
        }
    }

    pub(super) fn tip(&self, feature: &SwarmFeature, bin: &SwarmBin) -> String {
        format!(
            "{}: {}, {} rows",
            feature.name,
            self.format.range(bin.low, bin.high),
            format_count(bin.n)
        )
    }

    pub(super) fn shown(&self) -> &[SwarmFeature] {
        &self.features[..self.features.len().min(MOST_ITEMS)]
    }

    /// The chart in words.
    pub(super) fn describe(&self) -> String {
        let words = |feature: &SwarmFeature| {
            let (low, high) = Scale::span(feature.bins.iter().flat_map(|bin| [bin.low, bin.high]));
            format!("{}: contributions {}", feature.name, self.format.range(low, high))
        };
        self.shown().iter().map(words).collect::<Vec<_>>().join("; ")
    }
}

/// Low values in the first colour, high ones in the second, grey where values have no order.
fn class(level: f64) -> String {
    if !level.is_finite() {
        return "q".to_owned();
    }
    let away = (level.clamp(0.0, 1.0) - 0.5) * 2.0;
    let shade = 2 + (away.abs() * 7.0).round() as usize;
    format!("{}{shade}", if away < 0.0 { "u" } else { "n" })
}

fn draw_key(canvas: &mut Canvas) {
    let base = canvas.y + 14.0;
    canvas.text(0.0, base, Anchor::Start, "m", "low value");
    let mut x = width("low value", SMALL) + 4.0;
    for place in 0..9 {
        canvas.rect((x, base - 9.5), (14.0, 10.0), &class(f64::from(place) / 8.0), "");
        x += 14.0;
    }
    canvas.text(x + 8.0, base, Anchor::Start, "m", "high value of the feature");
    canvas.y += 26.0;
}
