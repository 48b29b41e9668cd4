//! The same picture as pixels, without a browser and in a font of our own.

use super::Chart;
use super::error::ChartError;
use crate::look;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};
use std::sync::{Arc, LazyLock};

/// Arimo, as wide as Helvetica and Arial, for which texts are measured: `crates/report/font`.
const FACES: [&[u8]; 2] = [
    include_bytes!("../../font/Arimo-Regular.ttf"),
    include_bytes!("../../font/Arimo-Bold.ttf"),
];
const FAMILY: &str = "Arimo";
/// Pixels on a side beyond which no picture is made.
const MOST_PIXELS: f64 = 20_000.0;

static OWN: LazyLock<Arc<Database>> = LazyLock::new(|| Arc::new(own()));
/// Ours, and those of the system for letters that ours lacks: they are looked for once, and only where they are needed.
static ALL: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = own();
    fonts.load_system_fonts();
    Arc::new(fonts)
});

impl Chart {
    /// The picture as a PNG file in the colours of paper, `scale` pixels for each unit of the SVG; 2 suits most screens.
    ///
    /// The same chart gives the same bytes on every machine, unless it has letters beyond Latin, Greek and Cyrillic.
    ///
    /// # Errors
    /// [`ChartError::Scale`] for a scale that is not above 0 and at most 10, or makes a picture of more than 20,000 pixels
    /// on a side; [`ChartError::Picture`] would be a bug of ours.
    pub fn to_png(&self, scale: f64) -> Result<Vec<u8>, ChartError> {
        let svg = self
            .in_style(&look::settled_style(FAMILY))
            .replace(['⟨', '⟩'], "|");
        let fonts = if svg.chars().all(is_ours) { &OWN } else { &ALL };
        let options = Options {
            fontdb: Arc::clone(fonts),
            font_family: FAMILY.to_owned(),
            ..Options::default()
        };
        let bug = |reason: String| ChartError::Picture {
            title: self.title.clone(),
            reason,
        };
        let tree = Tree::from_str(&svg, &options).map_err(|error| bug(error.to_string()))?;
        let size = tree.size();
        let sides = [size.width(), size.height()].map(|side| (f64::from(side) * scale).ceil());
        if !(0.0 < scale && scale <= 10.0) || sides.iter().any(|side| MOST_PIXELS < *side) {
            return Err(ChartError::Scale { found: scale });
        }
        let mut pixels =
            Pixmap::new(sides[0] as u32, sides[1] as u32).ok_or(ChartError::Scale { found: scale })?;
        let unit = scale as f32;
        resvg::render(&tree, Transform::from_scale(unit, unit), &mut pixels.as_mut());
        pixels.encode_png().map_err(|error| bug(error.to_string()))
    }
}

fn own() -> Database {
    let mut fonts = Database::new();
    for face in FACES {
        fonts.load_font_data(face.to_vec());
    }
    fonts.set_sans_serif_family(FAMILY);
    fonts
}

/// Whether our font has this letter: the ranges of `font/subset.sh`.
fn is_ours(c: char) -> bool {
    matches!(c, '\u{0}'..='\u{24f}' | '\u{2b0}'..='\u{4ff}' | '\u{1e00}'..='\u{206f}' | '\u{20a0}'..='\u{20bf}'
        | '\u{2100}'..='\u{22ff}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Bar, Bars};

    fn chart(label: &str) -> Chart {
        let items = vec![Bar::new(label, 0.5).between(0.4, 0.6)];
        Chart::new(
            "A title",
            Bars {
                items,
                ..Bars::default()
            },
        )
    }

    fn pixels(chart: &Chart) -> Pixmap {
        Pixmap::decode_png(&chart.to_png(1.0).unwrap()).unwrap()
    }

    #[test]
    fn pixels_have_the_colours_of_the_palette() {
        let drawn = pixels(&chart("one"));
        assert_eq!((drawn.width(), drawn.pixel(0, 0).unwrap().red()), (732, 255));
        let blue = look::colour("one");
        let is_blue = |pixel: &resvg::tiny_skia::PremultipliedColorU8| {
            format!("#{:02x}{:02x}{:02x}", pixel.red(), pixel.green(), pixel.blue()) == blue
        };
        assert!(1_000 < drawn.pixels().iter().filter(|pixel| is_blue(pixel)).count());
    }

    #[test]
    fn words_are_drawn() {
        let dark = |label: &str| {
            pixels(&chart(label))
                .pixels()
                .iter()
                .filter(|pixel| pixel.red() < 80 && pixel.blue() < 80)
                .count()
        };
        assert!(dark("i") + 100 < dark("WWWWWWWWWW"));
    }

    #[test]
    fn a_picture_repeats_byte_for_byte_and_grows_with_its_scale() {
        let chart = chart("one");
        assert_eq!(chart.to_png(2.0), chart.to_png(2.0));
        let wide = Pixmap::decode_png(&chart.to_png(2.0).unwrap()).unwrap();
        assert_eq!(wide.width(), 2 * pixels(&chart).width());
    }

    #[test]
    fn scales_that_make_no_picture_are_refused() {
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            let message = chart("one").to_png(scale).unwrap_err().to_string();
            assert!(message.contains("above 0 and at most 10"), "{message}");
        }
    }
}
