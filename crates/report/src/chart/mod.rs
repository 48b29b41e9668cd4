//! One chart type of our own, drawn as static SVG: *what does it look like?*
//!
//! Values that are not finite are left out of the drawing and written as `–`. Categories beyond the twelfth are counted,
//! not drawn.

mod axis;
mod bars;
mod canvas;
pub(crate) mod date;
mod effects;
mod error;
mod fan;
mod frame;
mod heat;
mod histogram;
mod known;
mod legend;
mod lines;
mod matplotlib;
mod missing;
mod plane;
mod plot;
mod plotly;
mod png;
mod reliability;
mod scatter;
mod shares;
mod spread;
mod swarm;
mod terminal;
mod waterfall;

pub use bars::{Bar, BarStyle, Bars};
pub use effects::{Effect, Effects};
pub use error::ChartError;
pub use fan::Fan;
pub use frame::{Tidy, TidyCell};
pub use heat::HeatMap;
pub use histogram::Histogram;
pub use lines::{Axis, Lines, Mark, Series};
pub use missing::{Missing, MissingColumn};
pub use reliability::{Reliability, ReliabilityBin};
pub use scatter::{Cells, Scatter};
pub use shares::{Share, Shares};
pub use spread::{Group, Spread};
pub use swarm::{Swarm, SwarmBin, SwarmFeature};
pub use terminal::spark;
pub use waterfall::{Step, Waterfall};

pub(crate) use axis::{floor_log10, pow10};

use crate::look;
use crate::text::visible;
use canvas::Canvas;

/// Width of a chart on a page or screen, in its own units (about CSS pixels).
const WIDE: f64 = 700.0;
/// Width of a chart on a phone.
const NARROW: f64 = 350.0;
/// Letters of a chart's name that the name of its file keeps.
const LONGEST_NAME: usize = 80;
/// Categories drawn before the rest is counted as `n more`.
const MOST_ITEMS: usize = 12;

/// What the file of a result's chart is called, without its ending: the chart's place among the others from 1, and its name
/// without anything that a file system reads as more than a name.
#[must_use]
pub fn file_stem(place: usize, name: &str) -> String {
    let letter = |c: char| {
        if c.is_alphanumeric() || c == '-' || c == '_' {
            c
        } else {
            '_'
        }
    };
    let safe: String = name.chars().take(LONGEST_NAME).map(letter).collect();
    format!("{place:03}-{safe}")
}

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
    /// Box plots and violins of groups.
    Spread(Spread),
    /// Where values are missing, and which together.
    Missing(Missing),
    /// Two numbers against each other: points, or counts in cells.
    Scatter(Scatter),
    /// A forecast with nested intervals.
    Fan(Fan),
    /// Contributions of features, row by row, in bins.
    Swarm(Swarm),
}

/// Does the same with what a kind of chart holds, whichever it is.
macro_rules! with_kind {
    ($kind:expr, $held:ident => $body:expr) => {
        match $kind {
            ChartKind::Bars($held) => $body,
            ChartKind::Histogram($held) => $body,
            ChartKind::Lines($held) => $body,
            ChartKind::Reliability($held) => $body,
            ChartKind::Effects($held) => $body,
            ChartKind::Shares($held) => $body,
            ChartKind::HeatMap($held) => $body,
            ChartKind::Waterfall($held) => $body,
            ChartKind::Spread($held) => $body,
            ChartKind::Missing($held) => $body,
            ChartKind::Scatter($held) => $body,
            ChartKind::Fan($held) => $body,
            ChartKind::Swarm($held) => $body,
        }
    };
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
        with_kind!(&self.kind, held => held.draw(canvas));
    }

    pub(crate) fn description(&self) -> String {
        if !self.alt.is_empty() {
            return self.alt.clone();
        }
        with_kind!(&self.kind, held => held.describe())
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
    Waterfall,
    Spread,
    Missing,
    Scatter,
    Fan,
    Swarm
);

#[cfg(test)]
mod forms;
#[cfg(test)]
mod tests;
