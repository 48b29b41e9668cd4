//! From one value to another, step by step.

use super::MOST_ITEMS;
use super::axis::Scale;
use super::canvas::{Anchor, Canvas, LABEL, SMALL};
use crate::Format;
use crate::text::{visible, width};

/// How a number became another: its value before, what each part added or took away, its value after.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Waterfall {
    /// The name and the value before.
    pub before: (String, f64),
    /// What each part changed, in the order given; the first twelve are drawn, the others as one.
    pub steps: Vec<Step>,
    /// The name and the value after.
    pub after: (String, f64),
    /// How values are written.
    pub format: Format,
    /// How changes are written.
    pub change: Format,
}

/// One part of a change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// What changed.
    pub label: String,
    /// By how much it changed the number.
    pub value: f64,
    /// Ends of the change's interval.
    pub between: Option<(f64, f64)>,
}

impl Waterfall {
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        if !(self.before.1.is_finite() && self.after.1.is_finite()) {
            return canvas.note("No values to show.");
        }
        let steps = self.shown();
        let labels = steps
            .iter()
            .map(|step| &step.label)
            .chain([&self.before.0, &self.after.0]);
        let widest = labels
            .map(|label| width(&visible(label), LABEL))
            .fold(0.0, f64::max)
            + 14.0;
        let is_narrow = canvas.is_narrow();
        let left = if is_narrow {
            0.0
        } else {
            widest.min(canvas.width * 0.4)
        };
        let scale = self.scale(&steps, left, canvas.width - 96.0);
        let row = if is_narrow { 44.0 } else { 32.0 };
        let top = canvas.y + 4.0;
        let place = |n: usize| top + row * n as f64;
        self.draw_total(canvas, &self.before, &scale, (left, place(0)));
        let mut level = self.before.1;
        for (n, step) in steps.iter().enumerate() {
            self.draw_step(canvas, step, level, &scale, (left, place(n + 1)), row);
            level += step.value;
        }
        self.draw_total(canvas, &self.after, &scale, (left, place(steps.len() + 1)));
        canvas.y = place(steps.len() + 2) + 6.0;
    }

    /// The steps drawn, and the sum of the others as a last one.
    pub(super) fn shown(&self) -> Vec<Step> {
        if self.steps.len() <= MOST_ITEMS {
            return self.steps.clone();
        }
        let (first, rest) = self.steps.split_at(MOST_ITEMS - 1);
        let more = Step {
            label: format!("{} more", crate::format_count(rest.len() as u64)),
            value: rest.iter().map(|step| step.value).sum(),
            between: None,
        };
        first.iter().cloned().chain([more]).collect()
    }

    fn scale(&self, steps: &[Step], from: f64, to: f64) -> Scale {
        let (low, high) = self.range(steps);
        Scale { low, high, from, to }
    }

    /// From where to where the levels reach.
    pub(super) fn range(&self, steps: &[Step]) -> (f64, f64) {
        let mut level = self.before.1;
        let levels = steps.iter().map(|step| {
            level += step.value;
            level
        });
        let ends: Vec<f64> = levels.chain([self.before.1, self.after.1]).collect();
        let (low, high) = Scale::span(ends.iter().copied());
        // small changes of a large number are not seen from zero
        let room = (high - low).max(f64::MIN_POSITIVE);
        let low = if low >= 0.0 && low > 2.0 * room {
            low - 0.6 * room
        } else {
            low.min(0.0)
        };
        (low, if high <= low { low + 1.0 } else { high })
    }

    fn draw_total(
        &self,
        canvas: &mut Canvas,
        (name, value): &(String, f64),
        scale: &Scale,
        (left, top): (f64, f64),
    ) {
        let middle = label(canvas, name, "l k", (left, top));
        let (zero, end) = (scale.at(scale.low.max(0.0)), scale.at(*value));
        let text = self.format.value(*value);
        let size = ((end - zero).abs().max(1.0), 16.0);
        canvas.rect(
            (zero.min(end), middle - 8.0),
            size,
            "q",
            &format!("{name}: {text}"),
        );
        canvas.text(zero.max(end) + 6.0, middle + 4.5, Anchor::Start, "v", &text);
    }

    fn draw_step(
        &self,
        canvas: &mut Canvas,
        step: &Step,
        level: f64,
        scale: &Scale,
        (left, top): (f64, f64),
        row: f64,
    ) {
        let middle = label(canvas, &step.label, "l", (left, top));
        let (from, to) = (scale.at(level), scale.at(level + step.value));
        let text = self.change.value(step.value);
        let tip = match step.between {
            Some((low, high)) => format!("{}: {text} ({})", step.label, self.change.range(low, high)),
            None => format!("{}: {text}", step.label),
        };
        let class = if step.value < 0.0 { "c" } else { "b" };
        canvas.rect(
            (from.min(to), middle - 8.0),
            ((to - from).abs().max(1.0), 16.0),
            class,
            &tip,
        );
        canvas.line((to, middle + 8.0), (to, middle + row - 8.0), "g");
        let room = canvas.width - from.max(to) - 6.0;
        canvas.text_within(
            from.max(to) + 6.0,
            middle + 4.5,
            Anchor::Start,
            "v",
            &text,
            SMALL,
            room,
        );
    }

    /// The chart in words.
    pub(super) fn describe(&self) -> String {
        let total = |(name, value): &(String, f64)| format!("{name}: {}", self.format.value(*value));
        let step = |step: &Step| format!("{}: {}", step.label, self.change.value(step.value));
        let steps = self.shown();
        let parts = std::iter::once(total(&self.before)).chain(steps.iter().map(step));
        parts.chain([total(&self.after)]).collect::<Vec<_>>().join("; ")
    }
}

/// Writes a row's label and says where the middle of its bar is.
fn label(canvas: &mut Canvas, text: &str, class: &str, (left, top): (f64, f64)) -> f64 {
    if canvas.is_narrow() {
        canvas.label_above(top + 14.0, class, text);
        top + 30.0
    } else {
        canvas.label(left - 12.0, top + 16.0, class, text, left - 12.0);
        top + 16.0
    }
}
