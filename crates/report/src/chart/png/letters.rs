//! Letters as outlines, from the font in `crates/report/font`.

use tiny_skia::{Path, PathBuilder, Transform};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// Arimo, as wide as Helvetica and Arial, for which texts are measured.
const FACES: [&[u8]; 2] = [
    include_bytes!("../../../font/Arimo-Regular.ttf"),
    include_bytes!("../../../font/Arimo-Bold.ttf"),
];

/// The two faces of our font.
pub(super) struct Letters {
    faces: [Face<'static>; 2],
}

impl Letters {
    pub(super) fn new() -> Option<Letters> {
        let [plain, bold] = FACES.map(|data| Face::parse(data, 0).ok());
        Some(Letters {
            faces: [plain?, bold?],
        })
    }

    fn face(&self, is_bold: bool) -> &Face<'static> {
        &self.faces[usize::from(is_bold)]
    }

    /// How wide a text is in the chart's units.
    pub(super) fn width(&self, text: &str, size: f32, is_bold: bool) -> f32 {
        let face = self.face(is_bold);
        let unit = size / f32::from(face.units_per_em());
        text.chars().map(|c| advance(face, glyph(face, c)) * unit).sum()
    }

    /// The outline of a text that begins at the origin of its base line; `None` where nothing is to be seen.
    pub(super) fn outline(&self, text: &str, size: f32, is_bold: bool) -> Option<Path> {
        let face = self.face(is_bold);
        let unit = size / f32::from(face.units_per_em());
        let mut pen = Outline {
            path: PathBuilder::new(),
            at: 0.0,
        };
        for c in text.chars() {
            let id = glyph(face, c);
            face.outline_glyph(id, &mut pen);
            pen.at += advance(face, id);
        }
        // fonts count upward, pictures downward
        pen.path.finish()?.transform(Transform::from_scale(unit, -unit))
    }
}

/// The first glyph of a font is the box for what it lacks.
fn glyph(face: &Face<'_>, c: char) -> GlyphId {
    let c = match c {
        '⟨' => '‹',
        '⟩' => '›',
        c => c,
    };
    face.glyph_index(c).unwrap_or(GlyphId(0))
}

fn advance(face: &Face<'_>, id: GlyphId) -> f32 {
    f32::from(face.glyph_hor_advance(id).unwrap_or(0))
}

struct Outline {
    path: PathBuilder,
    at: f32,
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(self.at + x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(self.at + x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.path.quad_to(self.at + x1, y1, self.at + x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.path
            .cubic_to(self.at + x1, y1, self.at + x2, y2, self.at + x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
