//! Scales, and ticks at round numbers.

use super::canvas::{Anchor, Canvas, SMALL};
use super::date;
use crate::Format;
use crate::text::width;
use stats::math::{log10, pow};

/// Data on one side, the chart's units on the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) from: f64,
    pub(super) to: f64,
}

/// Values at which an axis is marked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ticks {
    pub(super) values: Vec<f64>,
    pub(super) step: f64,
    labels: Vec<String>,
}

impl Scale {
    /// Where `x` is drawn, held within the scale's ends.
    pub(super) fn at(&self, x: f64) -> f64 {
        let part = ((x - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.from + part * (self.to - self.from)
    }

    /// The smallest range that holds all finite `values`, widened to a positive length.
    pub(super) fn span(values: impl Iterator<Item = f64>) -> (f64, f64) {
        let (low, high) = values
            .filter(|x| x.is_finite() && x.abs() < 1e300)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                (low.min(x), high.max(x))
            });
        if low > high {
            return (0.0, 1.0);
        }
        if low < high {
            return (low, high);
        }
        let room = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
        if low >= 0.0 {
            ((low - room).max(0.0), high + room)
        } else {
            (low - room, high + room)
        }
    }

    /// This range from tick to tick.
    pub(super) fn rounded((low, high): (f64, f64), n: usize) -> (f64, f64) {
        let step = round_step(low, high, n);
        (
            (low / step + 1e-9).floor() * step,
            (high / step - 1e-9).ceil() * step,
        )
    }

    /// Ticks within this scale, about `n` of them.
    pub(super) fn ticks(&self, n: usize, format: &Format) -> Ticks {
        if *format == Format::Date {
            let (values, labels) = date::ticks(self.low, self.high, n);
            return Ticks {
                values,
                labels,
                step: 1.0,
            };
        }
        let step = round_step(self.low, self.high, n);
        let first = (self.low / step - 1e-9).ceil();
        let n_ticks = ((self.high / step + 1e-9).floor() - first).clamp(0.0, 50.0) as usize + 1;
        let values: Vec<f64> = (0..n_ticks).map(|place| (first + place as f64) * step).collect();
        let labels = values.iter().map(|x| format.tick(*x, step)).collect();
        Ticks { values, labels, step }
    }
}

impl Ticks {
    /// Vertical grid lines from `top` to `bottom` and labels below, left out where they would touch.
    pub(super) fn draw_below(&self, canvas: &mut Canvas, scale: &Scale, top: f64, bottom: f64) {
        let mut free = f64::NEG_INFINITY;
        for (x, label) in self.values.iter().zip(&self.labels) {
            let at = scale.at(*x);
            canvas.line((at, top), (at, bottom), "g");
            let half = width(label, SMALL) / 2.0;
            let centre = at.clamp(
                half.min(canvas.width / 2.0),
                (canvas.width - half).max(canvas.width / 2.0),
            );
            if centre - half >= free {
                canvas.text(centre, bottom + 16.0, Anchor::Middle, "t", label);
                free = centre + half + 8.0;
            }
        }
    }

    /// Horizontal grid lines from `left` to `right`, and labels left of them.
    pub(super) fn draw_beside(&self, canvas: &mut Canvas, scale: &Scale, left: f64, right: f64) {
        for (y, label) in self.values.iter().zip(&self.labels) {
            let at = scale.at(*y);
            canvas.line((left, at), (right, at), "g");
            canvas.text(left - 8.0, at + 4.0, Anchor::End, "t", label);
        }
    }

    /// The room that labels beside an axis need.
    pub(super) fn room(&self) -> f64 {
        self.labels
            .iter()
            .map(|label| width(label, SMALL))
            .fold(0.0, f64::max)
            + 10.0
    }
}

/// A step of 1, 2 or 5 times a power of ten that cuts the range into about `n` parts.
fn round_step(low: f64, high: f64, n: usize) -> f64 {
    let raw = (high - low) / n.max(1) as f64;
    if !raw.is_finite() || raw <= 0.0 {
        return 1.0;
    }
    let unit = pow10(floor_log10(raw));
    match raw / unit {
        part if part <= 1.000_001 => unit,
        part if part <= 2.000_001 => 2.0 * unit,
        part if part <= 5.000_001 => 5.0 * unit,
        _ => 10.0 * unit,
    }
}

/// The power of ten of the first digit of `x > 0`.
pub(crate) fn floor_log10(x: f64) -> i32 {
    (log10(x) + 1e-12).floor().clamp(-400.0, 400.0) as i32
}

/// Ten to the power `n`.
pub(crate) fn pow10(n: i32) -> f64 {
    pow(10.0, f64::from(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick_values(low: f64, high: f64, n: usize) -> Vec<f64> {
        Scale {
            low,
            high,
            from: 0.0,
            to: 1.0,
        }
        .ticks(n, &Format::Number)
        .values
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(
            tick_values(0.0, 1.0, 5),
            [0.0, 0.2, 0.4, 0.600_000_000_000_000_1, 0.8, 1.0]
        );
        assert_eq!(tick_values(3.0, 97.0, 5), [20.0, 40.0, 60.0, 80.0]);
        assert_eq!(tick_values(-0.7, 0.7, 4), [-0.5, 0.0, 0.5]);
        assert_eq!(tick_values(1e6, 3e6, 4), [1e6, 1.5e6, 2e6, 2.5e6, 3e6]);
    }

    #[test]
    fn odd_ranges_still_have_ticks() {
        for (low, high) in [(0.0, 1e-300), (-1e299, 1e299), (5.0, 5.0 + 1e-9)] {
            let values = tick_values(low, high, 5);
            assert!(
                !values.is_empty() && values.len() <= 51,
                "{low} {high}: {values:?}"
            );
        }
    }

    #[test]
    fn a_span_has_length() {
        assert_eq!(Scale::span([3.0, f64::NAN, 1.0].into_iter()), (1.0, 3.0));
        assert_eq!(Scale::span(std::iter::empty()), (0.0, 1.0));
        assert_eq!(Scale::span([0.0].into_iter()), (0.0, 1.0));
        let (low, high) = Scale::span([-2.0, -2.0].into_iter());
        assert!(low < -2.0 && high > -2.0);
    }

    #[test]
    fn rounding_outwards_ends_on_ticks() {
        assert_eq!(Scale::rounded((0.0, 0.427), 5), (0.0, 0.5));
        assert_eq!(Scale::rounded((0.0, 0.5), 5), (0.0, 0.5));
    }
}
