//! Pictures of contributions and of effects.

use super::record::{BinRecord, BoxRecord, CellsRecord, EffectRecord, ExplainRecord, FeatureRecord};
use report::{
    Axis, Bar, BarStyle, Bars, Cells, Chart, Format, Group, Lines, Mark, Scatter, Series, Spread, Swarm,
    SwarmBin, SwarmFeature, format_level,
};

/// Every picture with a name of its own: `summary`, `FEATURE-contributions`, `FEATURE-effect`.
#[must_use]
pub fn charts(found: &ExplainRecord) -> Vec<(String, Chart)> {
    let mut charts = vec![("summary".to_owned(), summary(&found.features))];
    for feature in &found.features {
        let effect = effect(found, feature).map(|chart| (format!("{}-effect", feature.name), chart));
        let own = contribution(feature).map(|chart| (format!("{}-contributions", feature.name), chart));
        charts.extend(effect.into_iter().chain(own));
    }
    charts
}

/// The pictures of contributions alone: `summary`, and `FEATURE-contributions` of the first twelve whose values are known.
#[must_use]
pub fn contributions(features: &[FeatureRecord]) -> Vec<(String, Chart)> {
    let own =
        |feature: &FeatureRecord| Some((format!("{}-contributions", feature.name), contribution(feature)?));
    let summary = ("summary".to_owned(), summary(features));
    std::iter::once(summary)
        .chain(features.iter().filter_map(own).take(12))
        .collect()
}

/// How far, and to which side, each feature moves the margin of each row.
pub(crate) fn summary(features: &[FeatureRecord]) -> Chart {
    let bin = |bin: &BinRecord| SwarmBin {
        low: bin.low,
        high: bin.high,
        n: bin.n,
        level: bin.place.unwrap_or(f64::NAN),
    };
    let feature = |feature: &FeatureRecord| SwarmFeature {
        name: feature.name.clone(),
        bins: feature.bins.iter().map(bin).collect(),
    };
    let swarm = Swarm {
        features: features.iter().map(feature).collect(),
        axis: "contribution to the margin".to_owned(),
        format: Format::Signed,
    };
    Chart::new("How far each feature moves predictions", swarm)
        .caption("Each row's exact Shapley contributions; thicker where more rows are, grey where values have no order.")
}

/// A feature's contributions against its values.
pub(super) fn contribution(feature: &FeatureRecord) -> Option<Chart> {
    let close = feature.close.as_ref()?;
    let title = format!("What {} adds, row by row", feature.name);
    if !close.levels.is_empty() {
        let spread = Spread {
            groups: close.levels.iter().map(group).collect(),
            axis: format!("contribution of {}", feature.name),
            format: Format::Signed,
        };
        let caption = "Boxes: the middle half of the rows. Whiskers: 5% to 95%. A level spreads where other features decide what it means.";
        return Some(Chart::new(title, spread).caption(caption));
    }
    if close.points.is_empty() && close.cells.is_none() {
        return None;
    }
    let scatter = Scatter {
        cells: close.cells.as_ref().map(cells),
        ..Scatter::dependence(&feature.name, format_of(&feature.kind), close.points.clone())
    };
    let outside = close.cells.as_ref().map_or(0, |cells| cells.n_outside);
    let caption = match outside {
        0 => String::new(),
        n => format!(
            "{} rows lie beyond the picture, in long tails.",
            report::format_count(n)
        ),
    };
    Some(Chart::new(title, scatter).caption(caption))
}

fn group(level: &BoxRecord) -> Group {
    let [low, first, median, third, high] = level.quantiles;
    Group {
        label: level.label.clone(),
        n: level.n,
        low,
        first,
        median,
        third,
        high,
        ..Group::default()
    }
}

fn cells(found: &CellsRecord) -> Cells {
    Cells {
        x_edges: found.x_edges.clone(),
        y_edges: found.y_edges.clone(),
        counts: found.counts.clone(),
    }
}

fn format_of(kind: &str) -> Format {
    match kind {
        "day" => Format::Date,
        _ => Format::Number,
    }
}

/// How answers go with a feature.
pub(super) fn effect(found: &ExplainRecord, feature: &FeatureRecord) -> Option<Chart> {
    let effect = feature.close.as_ref()?.effect.as_ref()?;
    let y = Axis::new(found.answer.clone(), answer_format(found));
    let title = format!("How the {} goes with {}", found.answer, feature.name);
    Some(match effect.labels.is_empty() {
        true => along(
            title,
            &feature.name,
            format_of(&feature.kind),
            y,
            effect,
            found.mean,
            found.level,
        ),
        false => by_level(title, &feature.name, y, effect, found.mean, found.level),
    })
}

pub(super) fn answer_format(found: &ExplainRecord) -> Format {
    match found.is_share {
        true => Format::Percent,
        false => Format::Number,
    }
}

fn along(
    title: String,
    name: &str,
    x: Format,
    y: Axis,
    effect: &EffectRecord,
    mean: f64,
    level: f64,
) -> Chart {
    let local = Series {
        name: "accumulated local effect".to_owned(),
        points: effect
            .at
            .iter()
            .zip(&effect.accumulated)
            .map(|(x, [value, ..])| (*x, mean + value))
            .collect(),
        band: effect
            .accumulated
            .iter()
            .map(|[_, low, high]| (mean + low, mean + high))
            .collect(),
        dashed: false,
    };
    let partial = Series {
        name: "partial dependence (dashed)".to_owned(),
        points: effect
            .at
            .iter()
            .zip(&effect.partial)
            .map(|(x, [value, ..])| (*x, *value))
            .collect(),
        band: Vec::new(),
        dashed: true,
    };
    let lines = Lines::dependence(name, vec![local, partial], x, y);
    Chart::new(title, lines).caption(format!(
        "Around the mean answer; band: {} over rows. Where the lines part, features that go with {name} do some of it.",
        format_level(level)
    ))
}

fn by_level(title: String, name: &str, y: Axis, effect: &EffectRecord, mean: f64, level: f64) -> Chart {
    let bar = |(label, [value, low, high]): (&String, &[f64; 3])| {
        Bar::new(label.clone(), mean + value).between(mean + low, mean + high)
    };
    let bars = Bars {
        items: effect.labels.iter().zip(&effect.accumulated).map(bar).collect(),
        style: BarStyle::Dot,
        reference: Some(Mark::new(mean, "all rows")),
        format: y.format,
        axis: y.label,
        interval: format!("{} interval", format_level(level)),
    };
    Chart::new(title, bars).caption(format!(
        "Accumulated local effects around the mean answer; levels of {name} beside those that are alike in other features."
    ))
}

/// Accumulated local effects of a model that is asked from outside.
#[must_use]
pub fn accumulated(name: &str, at: &[f64], effects: &[[f64; 3]], level: f64) -> Chart {
    let local = Series {
        name: "accumulated local effect".to_owned(),
        points: at
            .iter()
            .zip(effects)
            .map(|(x, [value, ..])| (*x, *value))
            .collect(),
        band: effects.iter().map(|[_, low, high]| (*low, *high)).collect(),
        dashed: false,
    };
    let y = Axis::new("change of the answer around its mean", Format::Signed);
    let lines = Lines::dependence(name, vec![local], Format::Number, y);
    Chart::new(format!("How answers go with {name}"), lines).caption(format!(
        "Accumulated local effects; band: {} over rows.",
        format_level(level)
    ))
}

/// Partial dependence with the middle four fifths of the rows' lines.
#[must_use]
pub fn partial(name: &str, grid: &[f64], mean: &[f64], middle: &[(f64, f64)]) -> Chart {
    let series = Series {
        name: "mean".to_owned(),
        points: grid.iter().copied().zip(mean.iter().copied()).collect(),
        band: middle.to_vec(),
        dashed: false,
    };
    let lines = Lines::dependence(
        name,
        vec![series],
        Format::Number,
        Axis::new("answer", Format::Number),
    );
    Chart::new(format!("Answers with {name} set to each value"), lines)
        .caption("Partial dependence: the mean over rows; band: the middle 80% of the rows' own lines.")
}

/// By how much the loss rises when a feature's values are permuted, largest first.
#[must_use]
pub fn importance(mut rises: Vec<(String, f64, f64)>) -> Chart {
    rises.sort_by(|a, b| b.1.total_cmp(&a.1));
    let bar = |(name, mean, deviation): &(String, f64, f64)| {
        Bar::new(name.clone(), *mean).between(mean - deviation, mean + deviation)
    };
    let bars = Bars {
        items: rises.iter().map(bar).collect(),
        style: BarStyle::Dot,
        axis: "rise of the loss".to_owned(),
        interval: "± deviation over repeats".to_owned(),
        ..Bars::default()
    };
    Chart::new("What is lost without each feature", bars).caption(
        "Each feature's values are dealt to other rows; features that say the same stand in for each other.",
    )
}
