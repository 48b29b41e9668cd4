//! The same picture as pixels, without a browser and in a font of our own.

mod file;
mod letters;
mod pen;
mod style;

use super::canvas::Canvas;
use super::error::ChartError;
use super::{Chart, WIDE};
use crate::text::visible;
use pen::Pen;

/// Pixels on a side beyond which no picture is made.
const MOST_PIXELS: f64 = 20_000.0;
/// Paper around the picture, as in the SVG.
const MARGIN: f64 = 16.0;

impl Chart {
    /// The picture as a PNG file in the colours of paper, `scale` pixels for each unit of the SVG; 2 suits most screens.
    ///
    /// It is drawn from the marks of the SVG, in its style. The same chart gives the same bytes on every machine. Letters
    /// beyond Latin, Greek and Cyrillic are drawn as boxes.
    ///
    /// # Errors
    /// [`ChartError::Scale`] for a scale that is not above 0 and at most 10, or makes a picture of more than 20,000 pixels
    /// on a side; [`ChartError::Picture`] would be a bug of ours.
    pub fn to_png(&self, scale: f64) -> Result<Vec<u8>, ChartError> {
        let mut canvas = Canvas::recording(WIDE);
        canvas.heading(&visible(&self.title));
        self.draw(&mut canvas);
        let sides = [canvas.width, canvas.y.max(20.0)].map(|side| ((side + 2.0 * MARGIN) * scale).ceil());
        if !(0.0 < scale && scale <= 10.0) || sides.iter().any(|side| !(1.0..=MOST_PIXELS).contains(side)) {
            return Err(ChartError::Scale { found: scale });
        }
        let bug = |reason: &str| ChartError::Picture {
            title: self.title.clone(),
            reason: reason.to_owned(),
        };
        let pen = Pen::new([sides[0] as u32, sides[1] as u32], scale, MARGIN);
        let mut pen = pen.ok_or_else(|| bug("its paper or its font cannot be had"))?;
        canvas.strokes().iter().for_each(|stroke| pen.draw(stroke));
        file::encode(pen.pixels()).map_err(|error| bug(&error.to_string()))
    }
}

#[cfg(test)]
mod tests;
