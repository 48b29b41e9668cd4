//! Horizontal bars, or dots with intervals, one row per category.

use super::MOST_ITEMS;
use super::axis::Scale;
use super::canvas::{Anchor, Canvas, LABEL, SMALL};
use super::lines::Mark;
use crate::Format;
use crate::text::{visible, width};

/// Values of categories, in the order given; the first twelve are drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bars {
    /// The categories.
    pub items: Vec<Bar>,
    /// Bars from zero, or dots on their own scale.
    pub style: BarStyle,
    /// A dashed line to compare with, such as the overall rate.
    pub reference: Option<Mark>,
    /// How values are written.
    pub format: Format,
    /// What the values are, below the axis; may be empty.
    pub axis: String,
    /// What the whiskers are, such as `95% interval`; may be empty.
    pub interval: String,
}

/// How [`Bars`] shows a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BarStyle {
    /// A bar from zero: for shares and amounts.
    #[default]
    Bar,
    /// A dot on a line from `low` to `high`: for estimates, whose zero is no floor, and for differences.
    Dot,
}

/// One category of [`Bars`].
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its name.
    pub label: String,
    /// Its value.
    pub value: f64,
    /// Ends of the value's interval.
    pub between: Option<(f64, f64)>,
    /// Whether this category is the point of the chart; the others step back.
    pub strong: bool,
}

impl Bar {
    /// A value without interval.
    pub fn new(label: impl Into<String>, value: f64) -> Bar {
        Bar {
            label: label.into(),
            value,
            between: None,
            strong: false,
        }
    }

    /// The same value with its interval.
    #[must_use]
    pub fn between(mut self, low: f64, high: f64) -> Bar {
        self.between = Some((low, high));
        self
    }

    /// The same value of an estimate with its interval.
    pub fn estimate(label: impl Into<String>, estimate: stats::Estimate) -> Bar {
        Bar::new(label, estimate.value).between(estimate.low, estimate.high)
    }

    /// The same category as the point of the chart.
    #[must_use]
    pub fn strong(mut self) -> Bar {
        self.strong = true;
        self
    }
}

/// Columns of the drawing: labels, plot, values, intervals.
struct Columns {
    left: f64,
    right: f64,
    values_end: f64,
    ranges_start: f64,
}

/// What a label needs to stand in one line.
fn label_room(bar: &Bar) -> f64 {
    width(&visible(&bar.label), LABEL) + 14.0
}

impl Bars {
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        let shown = &self.items[..self.items.len().min(MOST_ITEMS)];
        if shown.is_empty() {
            return canvas.note("No values to show.");
        }
        let columns = self.columns(canvas, shown);
        let scale = self.scale(shown, &columns);
        let row = if canvas.is_narrow() {
            42.0
        } else if shown.iter().any(|bar| columns.left < label_room(bar)) {
            38.0
        } else {
            30.0
        };
        self.draw_heads(canvas, &columns, &scale);
        let top = canvas.y;
        let bottom = top + row * shown.len() as f64;
        let n_ticks = ((columns.right - columns.left) / 64.0) as usize;
        scale
            .ticks(n_ticks.max(2), &self.format)
            .draw_below(canvas, &scale, top, bottom);
        if scale.low <= 0.0 && scale.high >= 0.0 {
            canvas.line((scale.at(0.0), top), (scale.at(0.0), bottom), "a");
        }
        for (place, bar) in shown.iter().enumerate() {
            self.draw_row(canvas, &columns, &scale, bar, top + row * place as f64);
        }
        if let Some(mark) = self.reference.as_ref().filter(|mark| mark.at.is_finite()) {
            canvas.line((scale.at(mark.at), top - 4.0), (scale.at(mark.at), bottom), "r");
        }
        canvas.y = bottom + 24.0;
        draw_axis_title(canvas, &self.axis, columns.left, columns.right);
        draw_rest(canvas, self.items.len() - shown.len());
    }

    /// The chart in words.
    pub(super) fn describe(&self) -> String {
        let items = self.items.iter().take(MOST_ITEMS).map(|bar| self.tip(bar));
        items.collect::<Vec<_>>().join("; ")
    }

    pub(super) fn tip(&self, bar: &Bar) -> String {
        let value = self.format.value(bar.value);
        match bar.between {
            Some((low, high)) => format!("{}: {value} ({})", bar.label, self.format.range(low, high)),
            None => format!("{}: {value}", bar.label),
        }
    }

    fn columns(&self, canvas: &Canvas, shown: &[Bar]) -> Columns {
        let widest = |texts: &mut dyn Iterator<Item = String>, size: f64| {
            texts.map(|text| width(&visible(&text), size)).fold(0.0, f64::max)
        };
        let values = widest(&mut shown.iter().map(|bar| self.format.value(bar.value)), LABEL) * 1.06 + 14.0;
        let ranges = if canvas.is_narrow() {
            0.0
        } else {
            widest(
                &mut shown
                    .iter()
                    .map(|bar| self.range(bar))
                    .chain([self.interval.clone()]),
                SMALL,
            )
        };
        let ranges = if ranges > 0.0 {
            (ranges + 12.0).min(150.0)
        } else {
            0.0
        };
        let labels = shown.iter().map(label_room).fold(0.0, f64::max);
        let left = if canvas.is_narrow() {
            0.0
        } else {
            labels.min(canvas.width * 0.36)
        };
        let values_end = canvas.width - ranges;
        Columns {
            left,
            right: values_end - values,
            values_end,
            ranges_start: values_end + 10.0,
        }
    }

    fn scale(&self, shown: &[Bar], columns: &Columns) -> Scale {
        let ends = shown.iter().flat_map(|bar| {
            let (low, high) = bar.between.unwrap_or((bar.value, bar.value));
            [bar.value, low, high]
        });
        let mark = self.reference.as_ref().map(|mark| mark.at);
        // A difference is read by how far it is from none.
        let is_difference = matches!(self.format, Format::Points | Format::Signed | Format::Change);
        let zero = (self.style == BarStyle::Bar || is_difference).then_some(0.0);
        let span = Scale::span(ends.chain(mark).chain(zero));
        let (low, high) = Scale::rounded(span, 12);
        Scale {
            low,
            high,
            from: columns.left,
            to: columns.right,
        }
    }

    /// Above the rows: the reference's name, and what the last column is.
    fn draw_heads(&self, canvas: &mut Canvas, columns: &Columns, scale: &Scale) {
        let named = self.reference.as_ref().filter(|mark| mark.at.is_finite());
        let has_interval = !self.interval.is_empty() && columns.ranges_start < canvas.width;
        if named.is_none() && !has_interval {
            canvas.y += 4.0;
            return;
        }
        let base = canvas.y + 14.0;
        if let Some(mark) = named {
            let room = columns.values_end;
            let label = mark.text(&self.format);
            let half = width(&label, SMALL).min(room) / 2.0;
            let at = scale
                .at(mark.at)
                .clamp(half.min(room / 2.0), (room - half).max(room / 2.0));
            canvas.text_within(at, base, Anchor::Middle, "m", &label, SMALL, room);
        }
        if has_interval {
            let room = canvas.width - columns.ranges_start;
            canvas.text_within(
                columns.ranges_start,
                base,
                Anchor::Start,
                "m",
                &self.interval,
                SMALL,
                room,
            );
        }
        canvas.y += 24.0;
    }

    fn draw_row(&self, canvas: &mut Canvas, columns: &Columns, scale: &Scale, bar: &Bar, top: f64) {
        let is_narrow = canvas.is_narrow();
        let middle = top + if is_narrow { 28.0 } else { 15.0 };
        let class = if bar.strong { "l k" } else { "l" };
        if is_narrow {
            canvas.label_above(top + 14.0, class, &bar.label);
        } else {
            canvas.label(
                columns.left - 12.0,
                middle,
                class,
                &bar.label,
                columns.left - 12.0,
            );
        }
        if bar.value.is_finite() {
            self.draw_mark(canvas, scale, bar, middle);
        }
        let value = self.format.value(bar.value);
        canvas.text(columns.values_end, middle + 4.5, Anchor::End, "v", &value);
        if !is_narrow && columns.ranges_start < canvas.width {
            let room = canvas.width - columns.ranges_start;
            let range = self.range(bar);
            canvas.text_within(
                columns.ranges_start,
                middle + 4.5,
                Anchor::Start,
                "m",
                &range,
                SMALL,
                room,
            );
        }
    }

    fn draw_mark(&self, canvas: &mut Canvas, scale: &Scale, bar: &Bar, middle: f64) {
        let tip = self.tip(bar);
        let steps_back = !bar.strong && self.items.iter().any(|item| item.strong);
        let half = if canvas.is_narrow() { 6.0 } else { 8.0 };
        if self.style == BarStyle::Bar {
            let (zero, end) = (scale.at(0.0), scale.at(bar.value));
            let class = if steps_back { "q" } else { "b" };
            canvas.rect(
                (zero.min(end), middle - half),
                ((end - zero).abs(), half * 2.0),
                class,
                &tip,
            );
        }
        if let Some((low, high)) = bar.between.filter(|(low, high)| !low.is_nan() && !high.is_nan()) {
            let (from, to) = ((scale.at(low), middle), (scale.at(high), middle));
            if self.style == BarStyle::Bar {
                canvas.line(from, to, "y");
                canvas.line(from, to, "w");
            } else {
                canvas.line(from, to, "i");
            }
        }
        if self.style == BarStyle::Dot {
            let class = if steps_back { "d q" } else { "d" };
            canvas.circle((scale.at(bar.value), middle), 4.5, class, &tip);
        }
    }

    fn range(&self, bar: &Bar) -> String {
        bar.between
            .map_or(String::new(), |(low, high)| self.format.range(low, high))
    }
}

/// What an axis shows, below its labels at the right end of the plot.
pub(super) fn draw_axis_title(canvas: &mut Canvas, title: &str, left: f64, right: f64) {
    if !title.is_empty() {
        let (left, right) = if right - left < 200.0 {
            (0.0, canvas.width)
        } else {
            (left, right)
        };
        canvas.text_within(
            right,
            canvas.y + 14.0,
            Anchor::End,
            "m",
            title,
            SMALL,
            right - left,
        );
        canvas.y += 22.0;
    }
}

/// `n more` below a list that was cut.
pub(super) fn draw_rest(canvas: &mut Canvas, n: usize) {
    if n > 0 {
        canvas.note(&format!("{} more not shown", crate::format_count(n as u64)));
    }
}
