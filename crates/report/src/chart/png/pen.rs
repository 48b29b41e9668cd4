//! Marks as pixels.

use super::letters::Letters;
use super::style::{Style, style};
use crate::chart::canvas::{Anchor, Shape, Stroke};
use tiny_skia::{Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, StrokeDash, Transform};

/// Draws marks on paper.
pub(super) struct Pen {
    pixels: Pixmap,
    letters: Letters,
    to_pixels: Transform,
}

impl Pen {
    /// A pen over white paper of this size.
    pub(super) fn new([width, height]: [u32; 2], scale: f64, margin: f64) -> Option<Pen> {
        let mut pixels = Pixmap::new(width, height)?;
        let paper = style("rect", "paper").fill?;
        pixels.fill(Color::from_rgba8(paper[0], paper[1], paper[2], 255));
        let (scale, margin) = (scale as f32, margin as f32);
        let to_pixels = Transform::from_translate(margin, margin).post_scale(scale, scale);
        Some(Pen {
            pixels,
            letters: Letters::new()?,
            to_pixels,
        })
    }

    pub(super) fn pixels(&self) -> &Pixmap {
        &self.pixels
    }

    pub(super) fn draw(&mut self, stroke: &Stroke) {
        match &stroke.shape {
            Shape::Text {
                x,
                y,
                anchor,
                is_upward,
                content,
            } => {
                let style = style("text", &stroke.class);
                let width = self.letters.width(content, style.font_size, style.is_bold);
                let back = match anchor {
                    Anchor::Start => 0.0,
                    Anchor::Middle => width / 2.0,
                    Anchor::End => width,
                };
                let turn = if *is_upward { -90.0 } else { 0.0 };
                let place = Transform::from_translate(-back, 0.0)
                    .post_rotate(turn)
                    .post_translate(*x as f32, *y as f32);
                let outline = self.letters.outline(content, style.font_size, style.is_bold);
                if let Some(path) = outline.and_then(|outline| outline.transform(place)) {
                    self.stroke(&path, &style);
                    self.fill(&path, &style);
                }
            }
            shape => {
                let style = style("shape", &stroke.class);
                if let Some(path) = outline(shape) {
                    self.fill(&path, &style);
                    self.stroke(&path, &style);
                }
            }
        }
    }

    fn fill(&mut self, path: &Path, style: &Style) {
        if let Some(colour) = style.fill {
            let paint = paint(colour, style.opacity * style.fill_opacity);
            self.pixels
                .fill_path(path, &paint, FillRule::Winding, self.to_pixels, None);
        }
    }

    fn stroke(&mut self, path: &Path, style: &Style) {
        if let Some(colour) = style.stroke {
            let stroke = tiny_skia::Stroke {
                width: style.stroke_width,
                line_join: if style.has_round_joins {
                    LineJoin::Round
                } else {
                    LineJoin::Miter
                },
                dash: StrokeDash::new(style.dashes.clone(), 0.0),
                ..tiny_skia::Stroke::default()
            };
            self.pixels
                .stroke_path(path, &paint(colour, style.opacity), &stroke, self.to_pixels, None);
        }
    }
}

fn paint([red, green, blue]: [u8; 3], opacity: f32) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, (opacity.clamp(0.0, 1.0) * 255.0).round() as u8);
    paint.anti_alias = true;
    paint
}

fn outline(shape: &Shape) -> Option<Path> {
    let mut path = PathBuilder::new();
    match shape {
        Shape::Boxes(boxes) => {
            let rects = boxes.iter().filter_map(|(x, y, width, height)| {
                Rect::from_xywh(*x as f32, *y as f32, *width as f32, *height as f32)
            });
            rects.for_each(|rect| path.push_rect(rect));
        }
        Shape::Circle { x, y, radius } => path.push_circle(*x as f32, *y as f32, *radius as f32),
        Shape::Path { points, is_closed } => {
            for (place, (x, y)) in points.iter().enumerate() {
                match place {
                    0 => path.move_to(*x as f32, *y as f32),
                    _ => path.line_to(*x as f32, *y as f32),
                }
            }
            if *is_closed {
                path.close();
            }
        }
        Shape::Text { .. } => return None,
    }
    path.finish()
}
