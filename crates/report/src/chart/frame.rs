//! The numbers of a chart as a tidy table: a row for each thing that is drawn.

use super::{
    Bars, Chart, ChartKind, Effects, Fan, HeatMap, Histogram, Lines, Missing, Reliability, Scatter, Shares,
    Spread, Swarm, Waterfall,
};

/// A cell of a [`Tidy`] table.
#[derive(Clone, Debug, PartialEq)]
pub enum TidyCell {
    /// A name; `None` for no name.
    Text(Option<String>),
    /// A number; `None` where there is none.
    Number(Option<f64>),
}

/// A tidy table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tidy {
    /// The names of the columns.
    pub columns: Vec<&'static str>,
    /// The rows, each with a cell for every column.
    pub rows: Vec<Vec<TidyCell>>,
}

impl From<&str> for TidyCell {
    fn from(text: &str) -> TidyCell {
        TidyCell::Text(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }
}

impl From<&String> for TidyCell {
    fn from(text: &String) -> TidyCell {
        TidyCell::from(text.as_str())
    }
}

impl From<f64> for TidyCell {
    fn from(x: f64) -> TidyCell {
        TidyCell::Number(Some(x).filter(|x| x.is_finite()))
    }
}

impl From<Option<f64>> for TidyCell {
    fn from(x: Option<f64>) -> TidyCell {
        TidyCell::from(x.unwrap_or(f64::NAN))
    }
}

impl From<u64> for TidyCell {
    fn from(n: u64) -> TidyCell {
        TidyCell::from(n as f64)
    }
}

/// A row of cells.
macro_rules! row {
    ($($cell:expr),* $(,)?) => { vec![$(TidyCell::from($cell)),*] };
}

impl Chart {
    /// The numbers of the picture, a row for each thing that is drawn, all of them where the picture counts the rest.
    ///
    /// Columns depend on the kind of chart: `label`, `value`, `low`, `high` for bars, `series`, `x`, `y`, `low`, `high` for
    /// curves, and so on. Days are counted from 1970-01-01. Numbers that are not finite are missing.
    #[must_use]
    pub fn to_tidy(&self) -> Tidy {
        let (columns, rows): (&[&'static str], Vec<Vec<TidyCell>>) = match &self.kind {
            ChartKind::Bars(held) => (&["label", "value", "low", "high"], of_bars(held)),
            ChartKind::Histogram(held) => (&["series", "low", "high", "count"], of_histogram(held)),
            ChartKind::Lines(held) => (&["series", "x", "y", "low", "high"], of_lines(held)),
            ChartKind::Reliability(held) => (&["predicted", "observed", "low", "high", "n"], of_bins(held)),
            ChartKind::Effects(held) => (&["label", "value", "n"], of_effects(held)),
            ChartKind::Shares(held) => (&["label", "series", "value"], of_shares(held)),
            ChartKind::HeatMap(held) => (&["row", "column", "value"], of_heat(held)),
            ChartKind::Waterfall(held) => (&["label", "value", "low", "high"], of_waterfall(held)),
            ChartKind::Spread(held) => (
                &[
                    "label",
                    "n",
                    "low",
                    "first",
                    "median",
                    "third",
                    "high",
                    "notch_low",
                    "notch_high",
                    "mean",
                ],
                of_spread(held),
            ),
            ChartKind::Missing(held) => (&["column", "block", "missing"], of_missing(held)),
            ChartKind::Scatter(held) => (&["x", "y", "n"], of_scatter(held)),
            ChartKind::Fan(held) => (&["series", "x", "y", "level", "low", "high"], of_fan(held)),
            ChartKind::Swarm(held) => (&["feature", "low", "high", "n", "level"], of_swarm(held)),
        };
        Tidy {
            columns: columns.to_vec(),
            rows,
        }
    }
}

fn ends(between: Option<(f64, f64)>) -> (Option<f64>, Option<f64>) {
    between.unzip()
}

fn of_bars(held: &Bars) -> Vec<Vec<TidyCell>> {
    let row = |bar: &super::Bar| {
        let (low, high) = ends(bar.between);
        row![&bar.label, bar.value, low, high]
    };
    held.items.iter().map(row).collect()
}

fn of_histogram(held: &Histogram) -> Vec<Vec<TidyCell>> {
    let bins = |name: &str, counts: &[u64]| -> Vec<Vec<TidyCell>> {
        let pairs = held.edges.windows(2).zip(counts);
        pairs
            .map(|(pair, count)| row![name, pair[0], pair[1], *count])
            .collect()
    };
    let other = held.other.iter().flat_map(|(name, counts)| bins(name, counts));
    bins(&held.name, &held.counts).into_iter().chain(other).collect()
}

fn of_lines(held: &Lines) -> Vec<Vec<TidyCell>> {
    let rows = |series: &super::Series| -> Vec<Vec<TidyCell>> {
        let points = series.points.iter().enumerate();
        let row = |(place, (x, y)): (usize, &(f64, f64))| {
            let (low, high) = ends(series.band.get(place).copied());
            row![&series.name, *x, *y, low, high]
        };
        points.map(row).collect()
    };
    held.series.iter().flat_map(rows).collect()
}

fn of_bins(held: &Reliability) -> Vec<Vec<TidyCell>> {
    held.bins
        .iter()
        .map(|bin| row![bin.predicted, bin.observed, bin.low, bin.high, bin.n])
        .collect()
}

fn of_effects(held: &Effects) -> Vec<Vec<TidyCell>> {
    held.items
        .iter()
        .map(|item| row![&item.group, item.mean, item.n])
        .collect()
}

fn of_shares(held: &Shares) -> Vec<Vec<TidyCell>> {
    let pair = |item: &super::Share| {
        [
            row![&item.label, &held.baseline, item.baseline],
            row![&item.label, &held.current, item.current],
        ]
    };
    held.items.iter().flat_map(pair).collect()
}

fn of_heat(held: &HeatMap) -> Vec<Vec<TidyCell>> {
    let places =
        (0..held.rows.len()).flat_map(|row| (0..held.columns.len()).map(move |column| (row, column)));
    places
        .map(|(row, column)| row![&held.rows[row], &held.columns[column], held.value((row, column))])
        .collect()
}

fn of_waterfall(held: &Waterfall) -> Vec<Vec<TidyCell>> {
    let total = |(name, value): &(String, f64)| row![name, *value, None, None];
    let step = |step: &super::Step| {
        let (low, high) = ends(step.between);
        row![&step.label, step.value, low, high]
    };
    let steps = held.steps.iter().map(step);
    std::iter::once(total(&held.before))
        .chain(steps)
        .chain([total(&held.after)])
        .collect()
}

fn of_spread(held: &Spread) -> Vec<Vec<TidyCell>> {
    let row = |group: &super::Group| {
        let (low, high) = ends(group.notch);
        row![
            &group.label,
            group.n,
            group.low,
            group.first,
            group.median,
            group.third,
            group.high,
            low,
            high,
            group.mean
        ]
    };
    held.groups.iter().map(row).collect()
}

fn of_missing(held: &Missing) -> Vec<Vec<TidyCell>> {
    let rows = |column: &super::MissingColumn| -> Vec<Vec<TidyCell>> {
        let blocks = column.blocks.iter().zip(1_u64..);
        blocks
            .map(|(share, block)| row![&column.name, block, *share])
            .collect()
    };
    held.columns.iter().flat_map(rows).collect()
}

/// Points are rows of their own; cells stand at their middles with their counts.
fn of_scatter(held: &Scatter) -> Vec<Vec<TidyCell>> {
    let Some(cells) = held.drawable_cells() else {
        return held.points.iter().map(|(x, y)| row![*x, *y, 1_u64]).collect();
    };
    let middle = |edges: &[f64], place: usize| edges[place] + (edges[place + 1] - edges[place]) / 2.0;
    let rows = cells
        .counts
        .iter()
        .enumerate()
        .flat_map(|(y, row)| row.iter().enumerate().map(move |(x, n)| (x, y, *n)));
    rows.filter(|(.., n)| 0 < *n)
        .map(|(x, y, n)| row![middle(&cells.x_edges, x), middle(&cells.y_edges, y), n])
        .collect()
}

fn of_fan(held: &Fan) -> Vec<Vec<TidyCell>> {
    let plain = |name: &str, points: &[(f64, f64)]| -> Vec<Vec<TidyCell>> {
        points
            .iter()
            .map(|(x, y)| row![name, *x, *y, None, None, None])
            .collect()
    };
    let band = |(level, band): &(f64, Vec<(f64, f64)>)| -> Vec<Vec<TidyCell>> {
        let points = held.forecast.iter().zip(band);
        points
            .map(|((x, y), (low, high))| row!["forecast", *x, *y, *level, *low, *high])
            .collect()
    };
    let forecast = match held.nested().as_slice() {
        [] => plain("forecast", &held.forecast),
        bands => bands.iter().flat_map(|one| band(one)).collect(),
    };
    [
        plain("measured", &held.history),
        forecast,
        plain("came later", &held.came),
    ]
    .concat()
}

fn of_swarm(held: &Swarm) -> Vec<Vec<TidyCell>> {
    let rows = |feature: &super::SwarmFeature| -> Vec<Vec<TidyCell>> {
        feature
            .bins
            .iter()
            .map(|bin| row![&feature.name, bin.low, bin.high, bin.n, bin.level])
            .collect()
    };
    held.features.iter().flat_map(rows).collect()
}
