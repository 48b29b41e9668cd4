//! What a chart draws, in few kinds of marks: the form that other libraries and the terminal draw from.
//!
//! The SVG is drawn from the chart itself, with more care for its words; the marks here stand on the same numbers.

mod groups;
mod plane;

use super::axis::Scale;
use super::{Chart, ChartKind, Group};
use crate::Format;

/// Colours of the palette by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    One,
    Two,
    Three,
    Four,
    OneTint,
    Grey,
    Ink,
}

/// An axis of a [`Plot`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Side {
    pub(super) title: String,
    pub(super) format: Format,
    /// Its ends; those of the marks where there are none.
    pub(super) range: Option<(f64, f64)>,
    /// Names that stand at 0, 1, 2 and so on.
    pub(super) names: Vec<String>,
    /// Whether the first name stands on top.
    pub(super) downward: bool,
}

/// Marks of one kind and colour.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layer {
    /// Its name in a legend; empty for none.
    pub(super) name: String,
    pub(super) colour: Colour,
    pub(super) mark: Mark,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mark {
    /// Bars from one value to another, lying (`across`) or upright.
    Bars(Bars),
    /// A curve; a point that is not finite interrupts it.
    Line { points: Vec<(f64, f64)>, dashed: bool },
    /// The area between two curves.
    Band {
        x: Vec<f64>,
        low: Vec<f64>,
        high: Vec<f64>,
    },
    /// A closed outline.
    Area(Vec<(f64, f64)>),
    /// Dots and their sizes, 1 being usual; what each says.
    Dots {
        points: Vec<(f64, f64)>,
        sizes: Vec<f64>,
        tips: Vec<String>,
    },
    /// Intervals, lying (`across`) or upright.
    Whiskers {
        across: bool,
        at: Vec<f64>,
        low: Vec<f64>,
        high: Vec<f64>,
    },
    /// Box plots, lying; each at its number.
    Boxes(Vec<Group>),
    /// Shades in a grid.
    Grid(Grid),
    /// A dashed line over the whole plot, upright at `x` or lying at `y`.
    Rule { upright: bool, at: f64, label: String },
}

/// Bars of a [`Mark`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Bars {
    pub(super) across: bool,
    /// Where each stands, along the other axis, and how thick it is there.
    pub(super) at: Vec<f64>,
    pub(super) thick: Vec<f64>,
    pub(super) from: Vec<f64>,
    pub(super) to: Vec<f64>,
    /// What is written beyond its end, and beyond the end of its interval; empty for nothing.
    pub(super) words: Vec<String>,
    /// Where that is.
    pub(super) words_at: Vec<f64>,
    /// What it says when it is pointed at.
    pub(super) tips: Vec<String>,
    /// From -1 for the first colour to 1 for the second; empty for the layer's colour.
    pub(super) shades: Vec<f64>,
}

/// A grid of a [`Mark`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Grid {
    pub(super) x_edges: Vec<f64>,
    pub(super) y_edges: Vec<f64>,
    /// From -1 to 1, a row of columns for each row; NaN for nothing.
    pub(super) shades: Vec<Vec<f64>>,
    /// What is written in each cell, and what it says; empty for nothing.
    pub(super) words: Vec<Vec<String>>,
    pub(super) tips: Vec<Vec<String>>,
}

/// A chart as marks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Plot {
    pub(super) x: Side,
    pub(super) y: Side,
    pub(super) layers: Vec<Layer>,
}

impl Plot {
    pub(super) fn of(chart: &Chart) -> Plot {
        match &chart.kind {
            ChartKind::Bars(held) => groups::bars(held),
            ChartKind::Histogram(held) => groups::histogram(held),
            ChartKind::Lines(held) => plane::lines(held),
            ChartKind::Reliability(held) => plane::reliability(held),
            ChartKind::Effects(held) => groups::effects(held),
            ChartKind::Shares(held) => groups::shares(held),
            ChartKind::HeatMap(held) => plane::heat(held),
            ChartKind::Waterfall(held) => groups::waterfall(held),
            ChartKind::Spread(held) => groups::spread(held),
            ChartKind::Missing(held) => plane::missing(held),
            ChartKind::Scatter(held) => plane::scatter(held),
            ChartKind::Fan(held) => plane::fan(held),
            ChartKind::Swarm(held) => groups::swarm(held),
        }
    }

    /// The same marks over an axis that has room for the words beyond its bars.
    pub(super) fn with_room(mut self) -> Plot {
        let bars = self.layers.iter().filter_map(|layer| match &layer.mark {
            Mark::Bars(bars) if bars.across && !bars.words.is_empty() => Some(bars),
            _ => None,
        });
        let bars: Vec<&Bars> = bars.collect();
        if bars.is_empty() {
            return self;
        }
        let ends = bars
            .iter()
            .flat_map(|bars| bars.from.iter().chain(&bars.to).chain(&bars.words_at));
        let (low, high) = self.x.range.unwrap_or_else(|| Scale::span(ends.copied()));
        let room = 0.12 * (high - low);
        let has_left = bars
            .iter()
            .any(|bars| (0..bars.at.len()).any(|place| bars.is_leftward(place)));
        self.x.range = Some((if has_left { low - room } else { low }, high + room));
        self
    }

    /// Whether there is anything to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// Whether more than one layer has a name, so that a legend tells something.
    pub(super) fn has_legend(&self) -> bool {
        1 < self.layers.iter().filter(|layer| !layer.name.is_empty()).count()
    }

    /// An upright rule at a value to compare with, if it is a number.
    fn add_rule(&mut self, at: f64, label: String) {
        if at.is_finite() {
            let rule = Mark::Rule {
                upright: true,
                at,
                label,
            };
            self.add("", Colour::Ink, rule);
        }
    }

    fn add(&mut self, name: &str, colour: Colour, mark: Mark) {
        self.layers.push(Layer {
            name: crate::text::visible(name),
            colour,
            mark,
        });
    }
}

impl Bars {
    /// Whether the word at a place stands left of its bar.
    pub(super) fn is_leftward(&self, place: usize) -> bool {
        self.to[place] < self.from[place] && self.words_at[place] <= self.to[place]
    }
}

impl Side {
    fn named<'a>(names: impl Iterator<Item = &'a String>) -> Side {
        Side {
            names: names.map(|name| crate::text::named(name)).collect(),
            downward: true,
            ..Side::default()
        }
    }

    fn of(axis: &super::Axis) -> Side {
        let range = axis
            .range
            .filter(|(low, high)| low < high && (high - low).is_finite());
        Side {
            title: axis.label.clone(),
            format: axis.format.clone(),
            range,
            ..Side::default()
        }
    }

    fn titled(title: &str, format: &Format) -> Side {
        Side {
            title: title.to_owned(),
            format: format.clone(),
            ..Side::default()
        }
    }
}

impl Colour {
    /// The colour of the series at a place.
    pub(super) fn of_series(place: usize) -> Colour {
        [Colour::One, Colour::Two, Colour::Three, Colour::Four][place % 4]
    }

    /// As `#rrggbb`.
    pub(super) fn hex(self) -> String {
        crate::look::colour(match self {
            Colour::One => "one",
            Colour::Two => "two",
            Colour::Three => "three",
            Colour::Four => "four",
            Colour::OneTint => "one-tint",
            Colour::Grey => "grey",
            Colour::Ink => "ink",
        })
    }
}

/// A shade from -1 (the second colour) over 0 (paper) to 1 (the first), as `#rrggbb`.
pub(super) fn shade(value: f64) -> String {
    let part = |name: &str| {
        let hex = crate::look::colour(name);
        [1, 3, 5].map(|from| {
            hex.get(from..from + 2)
                .and_then(|two| u8::from_str_radix(two, 16).ok())
                .unwrap_or(0)
        })
    };
    let (paper, full) = (part("paper"), part(if value < 0.0 { "two" } else { "one" }));
    let share = value.abs().min(1.0);
    let mixed = [0, 1, 2].map(|place| {
        let (from, to) = (f64::from(paper[place]), f64::from(full[place]));
        (from + (to - from) * share).round() as u8
    });
    format!("#{:02x}{:02x}{:02x}", mixed[0], mixed[1], mixed[2])
}
