//! A plane to draw in: a scale along and one up, with their ticks.

use super::axis::Scale;
use super::canvas::Canvas;
use crate::Format;

/// How a plane lies on the canvas.
pub(super) struct Plane<'f> {
    /// The ends along and up, and how values are written there.
    pub(super) x: ((f64, f64), &'f Format),
    pub(super) y: ((f64, f64), &'f Format),
    /// Room above.
    pub(super) above: f64,
    pub(super) height: f64,
    /// The most width for each unit of height; that of the canvas if `None`.
    pub(super) ratio: Option<f64>,
    /// Room for each label below.
    pub(super) apart: f64,
    /// Whether lines go up from the ticks below through the whole plane.
    pub(super) is_ruled: bool,
}

impl Plane<'_> {
    /// Room for each label of numbers or days below.
    pub(super) fn apart(format: &Format) -> f64 {
        if *format == Format::Date { 90.0 } else { 64.0 }
    }

    /// Draws ticks and the axis below; the scales along and up.
    pub(super) fn draw(&self, canvas: &mut Canvas) -> (Scale, Scale) {
        let top = canvas.y + self.above;
        let bottom = top + self.height;
        let ((low, high), format) = self.y;
        let up = Scale {
            low,
            high,
            from: bottom,
            to: top,
        };
        let ticks = up.ticks(5, format);
        let left = ticks.room();
        let widest = self.ratio.map(|ratio| left + self.height * ratio);
        let right = widest.map_or(canvas.width, |widest| widest.min(canvas.width));
        ticks.draw_beside(canvas, &up, left, right);
        let ((low, high), format) = self.x;
        let along = Scale {
            low,
            high,
            from: left,
            to: right,
        };
        let n = ((right - left) / self.apart) as usize;
        let ends = if self.is_ruled {
            (top, bottom)
        } else {
            (bottom, bottom + 4.0)
        };
        along
            .ticks(n.max(2), format)
            .draw_below(canvas, &along, ends.0, ends.1);
        canvas.line((left, bottom), (right, bottom), "a");
        (along, up)
    }
}
