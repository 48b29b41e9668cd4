//! Effects that push to either side of zero.

use super::MOST_ITEMS;
use super::axis::Scale;
use super::bars::draw_rest;
use super::canvas::{Anchor, Canvas, LABEL, SMALL};
use crate::text::{visible, width};
use crate::{Format, format_count};

/// Mean effects of groups, in the order given; the first twelve are drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// The groups.
    pub items: Vec<Effect>,
    /// What an effect below zero means, such as `stays`; may be empty.
    pub below: String,
    /// What an effect above zero means, such as `leaves`; may be empty.
    pub above: String,
    /// How effects are written; [`Format::Signed`] or [`Format::Points`] read best.
    pub format: Format,
}

/// One group of [`Effects`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effect {
    /// The group's name, such as `Contract = Two year`.
    pub group: String,
    /// Its mean effect.
    pub mean: f64,
    /// Its rows; 0 where they do not matter.
    pub n: u64,
}

impl Effect {
    /// The mean effect of a group of `n` rows.
    pub fn new(group: impl Into<String>, mean: f64, n: u64) -> Effect {
        Effect {
            group: group.into(),
            mean,
            n,
        }
    }
}

impl Effects {
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        let shown = &self.items[..self.items.len().min(MOST_ITEMS)];
        if shown.is_empty() {
            return canvas.note("No values to show.");
        }
        let is_narrow = canvas.is_narrow();
        let widest = |texts: Vec<String>, size| {
            texts
                .iter()
                .map(|text| width(&visible(text), size))
                .fold(0.0, f64::max)
        };
        let labels = widest(shown.iter().map(|item| item.group.clone()).collect(), LABEL) + 16.0;
        let left = if is_narrow {
            0.0
        } else {
            labels.min(canvas.width * 0.36)
        };
        let counts = widest(shown.iter().map(count).collect(), SMALL);
        let counts = if is_narrow || counts == 0.0 {
            0.0
        } else {
            counts + 14.0
        };
        let scale = self.scale(shown, left, canvas.width - counts);
        self.draw_sides(canvas, scale.at(0.0), left, canvas.width - counts);
        let row = if is_narrow { 42.0 } else { 30.0 };
        let (top, bottom) = (canvas.y, canvas.y + row * shown.len() as f64);
        canvas.line((scale.at(0.0), top), (scale.at(0.0), bottom), "a");
        for (place, item) in shown.iter().enumerate() {
            self.draw_row(canvas, item, &scale, left, top + row * place as f64);
        }
        canvas.y = bottom;
        canvas.y += 8.0;
        draw_rest(canvas, self.items.len() - shown.len());
    }

    /// The chart in words.
    pub(super) fn describe(&self) -> String {
        let items = self.items.iter().take(MOST_ITEMS);
        items
            .map(|item| format!("{}: {}", item.group, self.format.value(item.mean)))
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// A scale with room at both ends for the values written beside the bars.
    fn scale(&self, shown: &[Effect], left: f64, right: f64) -> Scale {
        let (low, high) = Scale::span(shown.iter().map(|item| item.mean).chain([0.0]));
        let room = shown
            .iter()
            .map(|item| width(&self.format.value(item.mean), LABEL))
            .fold(0.0, f64::max)
            + 12.0;
        // The words above stand on their side of zero, each from its own end.
        let words = |text: &str| width(&format!("← {}", visible(text)), SMALL) * 1.06 + 16.0;
        let sides = [words(&self.below), words(&self.above)];
        let plot = (right - left - 2.0 * room).max(20.0);
        let share = -low / (high - low);
        let before = room.max(sides[0] - plot * share);
        let after = room.max(sides[1] - plot * (1.0 - share));
        let unit = (high - low) / (right - left - before - after).max(20.0);
        Scale {
            low: low - before * unit,
            high: high + after * unit,
            from: left,
            to: right,
        }
    }

    fn draw_sides(&self, canvas: &mut Canvas, zero: f64, left: f64, right: f64) {
        if self.below.is_empty() && self.above.is_empty() {
            canvas.y += 4.0;
            return;
        }
        let (below, above) = (format!("← {}", self.below), format!("{} →", self.above));
        let base = canvas.y + 14.0;
        if !self.below.is_empty() {
            canvas.text_within(
                zero - 8.0,
                base,
                Anchor::End,
                "m",
                &below,
                SMALL,
                zero - 8.0 - left,
            );
        }
        if !self.above.is_empty() {
            let room = canvas.width.max(right) - zero - 8.0;
            canvas.text_within(zero + 8.0, base, Anchor::Start, "m", &above, SMALL, room);
        }
        canvas.y += 24.0;
    }

    fn draw_row(&self, canvas: &mut Canvas, item: &Effect, scale: &Scale, left: f64, top: f64) {
        let is_narrow = canvas.is_narrow();
        let middle = top + if is_narrow { 28.0 } else { 15.0 };
        if is_narrow {
            canvas.label_above(top + 14.0, "l", &item.group);
        } else {
            canvas.label(left - 14.0, middle, "l", &item.group, left - 14.0);
            canvas.text(canvas.width, middle + 4.5, Anchor::End, "m", &count(item));
        }
        let value = self.format.value(item.mean);
        let zero = scale.at(0.0);
        if !item.mean.is_finite() {
            return canvas.text(zero + 6.0, middle + 4.5, Anchor::Start, "v", &value);
        }
        let end = scale.at(item.mean);
        // A value beyond the scale still finds its number inside the picture.
        let room = width(&value, LABEL) * 1.06;
        let (class, anchor, at) = if item.mean < 0.0 {
            ("b", Anchor::End, (end - 6.0).max(scale.from + room))
        } else {
            ("c", Anchor::Start, (end + 6.0).min(scale.to - room))
        };
        let tip = format!("{}: {value}", item.group);
        canvas.rect(
            (zero.min(end), middle - 8.0),
            ((end - zero).abs(), 16.0),
            class,
            &tip,
        );
        canvas.text(at, middle + 4.5, anchor, "v", &value);
    }
}

fn count(item: &Effect) -> String {
    if item.n == 0 {
        String::new()
    } else {
        format!("n = {}", format_count(item.n))
    }
}
