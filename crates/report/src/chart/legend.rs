//! What the colours mean, above the plot.

use super::canvas::{Anchor, Canvas, LABEL};
use crate::text::{fit, two_lines, visible, width};

/// Draws `items` (class of the swatch, name) in lines, and moves the canvas below them.
pub(super) fn draw(canvas: &mut Canvas, items: &[(String, &str)]) {
    if items.is_empty() {
        return;
    }
    let mut x = 0.0;
    let mut y = canvas.y + 4.0;
    for (class, name) in items {
        let name = fit(&visible(name), LABEL, canvas.width - 24.0);
        let room = 20.0 + width(&name, LABEL) + 18.0;
        if x > 0.0 && x + room > canvas.width + 18.0 {
            x = 0.0;
            y += 20.0;
        }
        canvas.rect((x, y + 2.0), (14.0, 10.0), class, "");
        canvas.text(x + 20.0, y + 12.0, Anchor::Start, "l", &name);
        x += room;
    }
    canvas.y = y + 26.0;
}

/// A swatch of a legend beside a plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Swatch {
    /// A line of this class.
    Line(&'static str),
    /// A dot.
    Dot,
}

/// Draws `items` below one another from `(x, y)` to the right edge, each in at most two lines.
pub(super) fn draw_beside(canvas: &mut Canvas, x: f64, y: f64, items: &[(Swatch, &str)]) {
    let mut base = y + 12.0;
    for (swatch, name) in items {
        let middle = (x + 9.0, base - 4.5);
        match swatch {
            Swatch::Line(class) => canvas.line((x, middle.1), (x + 18.0, middle.1), class),
            Swatch::Dot => canvas.circle(middle, 5.0, "d", ""),
        }
        let (first, second) = two_lines(&visible(name), LABEL, canvas.width - x - 26.0);
        canvas.text(x + 26.0, base, Anchor::Start, "l", &first);
        if let Some(second) = second {
            base += 16.0;
            canvas.text(x + 26.0, base, Anchor::Start, "l", &second);
        }
        base += 24.0;
    }
}
