//! One chart type of our own, drawn as static SVG: *what does it look like?*
//!
//! Values that are not finite are left out of the drawing and written as `–`. Categories beyond the twelfth are counted,
//! not drawn.

mod axis;
mod bars;
mod canvas;
pub(crate) mod date;
mod effects;
mod heat;
mod histogram;
mod legend;
mod lines;
mod reliability;
mod shares;
mod waterfall;

pub use bars::{Bar, BarStyle, Bars};
pub use effects::{Effect, Effects};
pub use heat::HeatMap;
pub use histogram::Histogram;
pub use lines::{Axis, Lines, Mark, Series};
pub use reliability::{Reliability, ReliabilityBin};
pub use shares::{Share, Shares};
pub use waterfall::{Step, Waterfall};

pub(crate) use axis::{floor_log10, pow10};

use crate::look;
use crate::text::visible;
use canvas::Canvas;

/// Width of a chart on a page or screen, in its own units (about CSS pixels).
const WIDE: f64 = 700.0;
/// Width of a chart on a phone.
const NARROW: f64 = 350.0;
/// Categories drawn before the rest is counted as `n more`.
const MOST_ITEMS: usize = 12;

/// A picture with its words.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What is shown, such as `Share of customers that left, by contract`.
    pub title: String,
    /// Source, time span, what the whiskers mean; may be empty.
    pub caption: String,
    /// What a reader who cannot see it should learn; the numbers themselves where this is empty.
    pub alt: String,
    /// What is drawn.
    pub kind: ChartKind,
}

/// What a [`Chart`] draws.
#[derive(Clone, Debug, PartialEq)]
pub enum ChartKind {
    /// Horizontal bars or dots with intervals, one per category.
    Bars(Bars),
    /// Counts in bins, of one group or of two compared.
    Histogram(Histogram),
    /// Curves: ROC, gains, time series with a band.
    Lines(Lines),
    /// Observed against predicted probability.
    Reliability(Reliability),
    /// Effects that push to either side of zero.
    Effects(Effects),
    /// Shares of categories, then and now.
    Shares(Shares),
    /// Values of pairs of names as shades.
    HeatMap(HeatMap),
    /// From one value to another, step by step.
    Waterfall(Waterfall),
}

impl Chart {
    /// A chart without caption, whose alternative text is its numbers.
    pub fn new(title: impl Into<String>, kind: impl Into<ChartKind>) -> Chart {
        Chart {
            title: title.into(),
            caption: String::new(),
            alt: String::new(),
            kind: kind.into(),
        }
    }

    /// The same chart with a caption.
    #[must_use]
    pub fn caption(mut self, caption: impl Into<String>) -> Chart {
        self.caption = caption.into();
        self
    }

    /// The same chart with words for a reader who cannot see it.
    #[must_use]
    pub fn alt(mut self, alt: impl Into<String>) -> Chart {
        self.alt = alt.into();
        self
    }

    /// The picture as an SVG file of its own, with title, colours for light and dark, and no outside reference.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let mut canvas = Canvas::new(WIDE);
        canvas.heading(&visible(&self.title));
        self.draw(&mut canvas);
        canvas.finish(&self.title, &self.description(), Some(look::SVG_STYLE))
    }

    /// The picture for a narrow place on a page that brings the style.
    pub(crate) fn to_card(&self) -> String {
        let mut canvas = Canvas::new(NARROW);
        self.draw(&mut canvas);
        canvas.finish(&self.title, &self.description(), None)
    }

    /// The picture for a page that brings the style: once for a screen, once for a phone.
    pub(crate) fn to_fragments(&self) -> [String; 2] {
        [WIDE, NARROW].map(|width| {
            let mut canvas = Canvas::new(width);
            self.draw(&mut canvas);
            canvas.finish(&self.title, &self.description(), None)
        })
    }

    fn draw(&self, canvas: &mut Canvas) {
        match &self.kind {
            ChartKind::Bars(bars) => bars.draw(canvas),
            ChartKind::Histogram(histogram) => histogram.draw(canvas),
            ChartKind::Lines(lines) => lines.draw(canvas),
            ChartKind::Reliability(reliability) => reliability.draw(canvas),
            ChartKind::Effects(effects) => effects.draw(canvas),
            ChartKind::Shares(shares) => shares.draw(canvas),
            ChartKind::HeatMap(heat) => heat.draw(canvas),
            ChartKind::Waterfall(waterfall) => waterfall.draw(canvas),
        }
    }

    pub(crate) fn description(&self) -> String {
        if !self.alt.is_empty() {
            return self.alt.clone();
        }
        match &self.kind {
            ChartKind::Bars(bars) => bars.describe(),
            ChartKind::Histogram(histogram) => histogram.describe(),
            ChartKind::Lines(lines) => lines.describe(),
            ChartKind::Reliability(reliability) => reliability.describe(),
            ChartKind::Effects(effects) => effects.describe(),
            ChartKind::Shares(shares) => shares.describe(),
            ChartKind::HeatMap(heat) => heat.describe(),
            ChartKind::Waterfall(waterfall) => waterfall.describe(),
        }
    }
}

macro_rules! into_kind {
    ($($name:ident),*) => {
        $(impl From<$name> for ChartKind {
            fn from(kind: $name) -> ChartKind {
                ChartKind::$name(kind)
            }
        })*
    };
}
into_kind!(
    Bars,
    Histogram,
    Lines,
    Reliability,
    Effects,
    Shares,
    HeatMap,
    Waterfall
);

#[cfg(test)]
mod tests;
