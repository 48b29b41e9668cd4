//! What the colours mean, above the plot.

use super::canvas::{Anchor, Canvas, LABEL};
use crate::text::{fit, visible, width};

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
