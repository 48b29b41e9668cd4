//! Shares of categories, then and now.

use super::MOST_ITEMS;
use super::axis::Scale;
use super::canvas::{Anchor, Canvas, LABEL};
use super::legend;
use crate::Format;
use crate::text::{visible, width};

/// Paired bars; categories beyond the twelfth are added up as `n more`.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    /// The categories.
    pub items: Vec<Share>,
    /// The name of the earlier shares.
    pub baseline: String,
    /// The name of the later shares.
    pub current: String,
}

impl Default for Shares {
    fn default() -> Shares {
        Shares {
            items: Vec::new(),
            baseline: "Baseline".to_owned(),
            current: "Now".to_owned(),
        }
    }
}

/// One category of [`Shares`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Share {
    /// Its name.
    pub label: String,
    /// Its share then, in [0, 1].
    pub baseline: f64,
    /// Its share now, in [0, 1].
    pub current: f64,
}

impl Share {
    /// The shares of one category.
    pub fn new(label: impl Into<String>, baseline: f64, current: f64) -> Share {
        Share {
            label: label.into(),
            baseline,
            current,
        }
    }
}

impl Shares {
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        let shown = self.shown();
        if shown.is_empty() {
            return canvas.note("No values to show.");
        }
        legend::draw(
            canvas,
            &[("q".to_owned(), &self.baseline), ("b".to_owned(), &self.current)],
        );
        let is_narrow = canvas.is_narrow();
        let labels = shown
            .iter()
            .map(|item| width(&visible(&item.label), LABEL))
            .fold(0.0, f64::max)
            + 14.0;
        let left = if is_narrow {
            0.0
        } else {
            labels.min(canvas.width * 0.36)
        };
        let (_, high) = Scale::span(shown.iter().flat_map(|item| [item.baseline, item.current, 0.0]));
        let scale = Scale {
            low: 0.0,
            high,
            from: left,
            to: canvas.width - 64.0,
        };
        let row = if is_narrow { 56.0 } else { 42.0 };
        let top = canvas.y;
        for (place, item) in shown.iter().enumerate() {
            draw_row(canvas, item, &scale, left, top + row * place as f64);
        }
        canvas.y = top + row * shown.len() as f64;
        canvas.line((left, top), (left, canvas.y), "a");
        canvas.y += 6.0;
    }

    /// The chart in words.
    pub(super) fn describe(&self) -> String {
        let words = |item: Share| {
            let (then, now) = (
                Format::Percent.value(item.baseline),
                Format::Percent.value(item.current),
            );
            format!("{}: {then}, then {now}", item.label)
        };
        self.shown().into_iter().map(words).collect::<Vec<_>>().join("; ")
    }

    /// The first categories and the sum of the others.
    pub(super) fn shown(&self) -> Vec<Share> {
        if self.items.len() <= MOST_ITEMS {
            return self.items.clone();
        }
        let (first, rest) = self.items.split_at(MOST_ITEMS - 1);
        let sum = |of: fn(&Share) -> f64| rest.iter().map(of).filter(|share| share.is_finite()).sum();
        let more = Share::new(
            format!("{} more", crate::format_count(rest.len() as u64)),
            sum(|item| item.baseline),
            sum(|item| item.current),
        );
        first.iter().cloned().chain([more]).collect()
    }
}

fn draw_row(canvas: &mut Canvas, item: &Share, scale: &Scale, left: f64, top: f64) {
    let middle = top + if canvas.is_narrow() { 34.0 } else { 18.0 };
    if canvas.is_narrow() {
        canvas.label_above(top + 14.0, "l", &item.label);
    } else {
        canvas.label(left - 12.0, middle, "l", &item.label, left - 12.0);
    }
    for (value, class, text_class, up) in [(item.baseline, "q", "m", 13.0), (item.current, "b", "v", -1.0)] {
        let text = Format::Percent.value(value);
        let end = if value.is_finite() { scale.at(value) } else { left };
        if value.is_finite() {
            let tip = format!("{}: {text}", item.label);
            canvas.rect((left, middle - up), (end - left, 12.0), class, &tip);
        }
        canvas.text(end + 6.0, middle - up + 10.5, Anchor::Start, text_class, &text);
    }
}
