//! How values are spread in groups: box plots and violins.

use super::MOST_ITEMS;
use super::axis::Scale;
use super::bars::{draw_axis_title, draw_rest};
use super::canvas::{Anchor, Canvas, LABEL, SMALL};
use crate::text::{visible, width};
use crate::{Format, format_count};

/// Groups of values side by side on one scale, in the order given; the first twelve are drawn.
///
/// Quantiles and densities are handed in ready to be drawn, so a picture does not grow with its rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    /// The groups.
    pub groups: Vec<Group>,
    /// What the values are, below the axis; may be empty.
    pub axis: String,
    /// How values are written.
    pub format: Format,
}

/// One group of a [`Spread`]; its five numbers ascend.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// Its name.
    pub label: String,
    /// Its values.
    pub n: u64,
    /// Where the lower whisker ends.
    pub low: f64,
    /// A quarter of the values lie below.
    pub first: f64,
    /// Half of the values lie below.
    pub median: f64,
    /// Three quarters of the values lie below.
    pub third: f64,
    /// Where the upper whisker ends.
    pub high: f64,
    /// Ends of the median's interval, drawn as a notch.
    pub notch: Option<(f64, f64)>,
    /// The mean, drawn as a dot.
    pub mean: Option<f64>,
    /// Single values beyond the whiskers: the farthest of them, not all.
    pub far: Vec<f64>,
    /// A violin's outline: places and densities, ascending; empty for a box alone.
    pub density: Vec<(f64, f64)>,
}

impl Group {
    pub(super) fn is_drawable(&self) -> bool {
        let numbers = [self.low, self.first, self.median, self.third, self.high];
        numbers.iter().all(|x| x.is_finite()) && numbers.is_sorted()
    }

    pub(super) fn ends(&self) -> impl Iterator<Item = f64> {
        let outline = self.density.iter().map(|(x, _)| *x);
        [self.low, self.high]
            .into_iter()
            .chain(self.far.iter().copied())
            .chain(outline)
    }
}

/// Where a group is drawn: the middle of its row, and half the height of its box.
#[derive(Clone, Copy)]
struct Row {
    middle: f64,
    half: f64,
}

impl Spread {
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        let shown = self.shown();
        if !shown.iter().any(|group| group.is_drawable()) {
            return canvas.note("No values to show.");
        }
        let is_narrow = canvas.is_narrow();
        let (left, right) = room(canvas, shown);
        let (low, high) = Scale::span(
            shown
                .iter()
                .filter(|group| group.is_drawable())
                .flat_map(Group::ends),
        );
        let scale = Scale {
            low,
            high,
            from: left,
            to: right,
        };
        let has_outline = shown.iter().any(|group| 2 < group.density.len());
        let step = if has_outline { 52.0 } else { 36.0 } + if is_narrow { 18.0 } else { 0.0 };
        let (top, bottom) = (canvas.y, canvas.y + step * shown.len() as f64);
        let n_ticks = ((right - left) / 72.0) as usize;
        scale
            .ticks(n_ticks.max(2), &self.format)
            .draw_below(canvas, &scale, top, bottom);
        let peak = shown
            .iter()
            .flat_map(|group| &group.density)
            .map(|(_, height)| *height);
        let (_, peak) = Scale::span(peak.chain([0.0]));
        for (place, group) in shown.iter().enumerate() {
            let above = if is_narrow { 18.0 } else { 0.0 };
            let row = Row {
                middle: top + step * place as f64 + above + (step - above) / 2.0,
                half: if has_outline { 5.0 } else { 9.0 },
            };
            self.draw_names(canvas, group, left, row.middle, step);
            if group.is_drawable() {
                draw_outline(canvas, group, &scale, row.middle, 22.0 / peak);
                self.draw_box(canvas, group, &scale, row);
            }
        }
        canvas.y = bottom + 24.0;
        draw_axis_title(canvas, &self.axis, left, right);
        draw_rest(canvas, self.groups.len() - shown.len());
    }

    pub(super) fn shown(&self) -> &[Group] {
        &self.groups[..self.groups.len().min(MOST_ITEMS)]
    }

    fn draw_names(&self, canvas: &mut Canvas, group: &Group, left: f64, middle: f64, step: f64) {
        if canvas.is_narrow() {
            return canvas.label_above(middle - (step - 18.0) / 2.0 - 4.0, "l", &group.label);
        }
        canvas.label(left - 14.0, middle, "l", &group.label, left - 14.0);
        canvas.text(canvas.width, middle + 4.5, Anchor::End, "m", &count(group));
    }

    fn draw_box(&self, canvas: &mut Canvas, group: &Group, scale: &Scale, row: Row) {
        let Row { middle, half } = row;
        let at = |x: f64| scale.at(x);
        for (from, to) in [(group.low, group.first), (group.third, group.high)] {
            canvas.line((at(from), middle), (at(to), middle), "w");
        }
        for end in [group.low, group.high] {
            canvas.line(
                (at(end), middle - half * 0.6),
                (at(end), middle + half * 0.6),
                "w",
            );
        }
        canvas.shape(&outline(group, scale, row), "x", &self.tip(group));
        let waist = if group.notch.is_some() { half * 0.55 } else { half };
        canvas.line(
            (at(group.median), middle - waist),
            (at(group.median), middle + waist),
            "j",
        );
        for far in group.far.iter().filter(|x| x.is_finite()) {
            canvas.circle((at(*far), middle), 2.5, "z", &self.format.value(*far));
        }
        if let Some(mean) = group.mean.filter(|mean| mean.is_finite()) {
            canvas.circle(
                (at(mean), middle),
                3.0,
                "d",
                &format!("mean {}", self.format.value(mean)),
            );
        }
    }

    fn tip(&self, group: &Group) -> String {
        let value = |x: f64| self.format.value(x);
        let notch = group.notch.map_or(String::new(), |(low, high)| {
            format!(" ({})", self.format.range(low, high))
        });
        format!(
            "{}: median {}{notch}, middle half {} to {}, whiskers {} to {}{}",
            group.label,
            value(group.median),
            value(group.first),
            value(group.third),
            value(group.low),
            value(group.high),
            match group.n {
                0 => String::new(),
                _ => format!(", {}", count(group)),
            }
        )
    }

    /// The chart in words.
    pub(super) fn describe(&self) -> String {
        self.shown()
            .iter()
            .map(|group| self.tip(group))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// Left and right ends of the plot between names and counts.
fn room(canvas: &Canvas, shown: &[Group]) -> (f64, f64) {
    if canvas.is_narrow() {
        return (4.0, canvas.width - 4.0);
    }
    let widest = |texts: &mut dyn Iterator<Item = String>, size| {
        texts.map(|text| width(&visible(&text), size)).fold(0.0, f64::max)
    };
    let labels = widest(&mut shown.iter().map(|group| group.label.clone()), LABEL) + 22.0;
    let counts = widest(&mut shown.iter().map(count), SMALL);
    let counts = if counts == 0.0 { 4.0 } else { counts + 16.0 };
    (labels.min(canvas.width * 0.36), canvas.width - counts)
}

/// The box, drawn in at the median where its interval is known.
fn outline(group: &Group, scale: &Scale, Row { middle, half }: Row) -> Vec<(f64, f64)> {
    let (first, median, third) = (
        scale.at(group.first),
        scale.at(group.median),
        scale.at(group.third),
    );
    let waist = half * 0.55;
    let above = match group
        .notch
        .filter(|(low, high)| low.is_finite() && high.is_finite())
    {
        Some((low, high)) => {
            let (low, high) = (
                scale.at(low).clamp(first, median),
                scale.at(high).clamp(median, third),
            );
            vec![
                (first, half),
                (low, half),
                (median, waist),
                (high, half),
                (third, half),
            ]
        }
        None => vec![(first, half), (third, half)],
    };
    let upper = above.iter().map(|(x, height)| (*x, middle - height));
    let lower = above.iter().rev().map(|(x, height)| (*x, middle + height));
    upper.chain(lower).collect()
}

/// The violin, mirrored at the middle of its row.
fn draw_outline(canvas: &mut Canvas, group: &Group, scale: &Scale, middle: f64, unit: f64) {
    let points = group
        .density
        .iter()
        .filter(|(x, height)| x.is_finite() && height.is_finite());
    let points: Vec<(f64, f64)> = points.map(|(x, height)| (scale.at(*x), height * unit)).collect();
    if points.len() < 3 {
        return;
    }
    let upper = points.iter().map(|(x, height)| (*x, middle - height));
    let lower = points.iter().rev().map(|(x, height)| (*x, middle + height));
    canvas.shape(&upper.chain(lower).collect::<Vec<_>>(), "p", "");
}

fn count(group: &Group) -> String {
    match group.n {
        0 => String::new(),
        n => format!("n = {}", format_count(n)),
    }
}
