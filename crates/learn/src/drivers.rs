//! What drives a model's margins: the mean contribution of each feature, and by level or range.

use bundle::{Driver, Effect, Model, ModelError};
use prepare::expression::DatePart;
use prepare::recipe::{Encoding, MIN_SEEN, Recipe};
use prepare::{FeatureColumn, Features, MISSING_CODE};
use stats::digits::short_between;
use table::Scale;

/// The most rows that are explained; more are thinned evenly.
pub const MAX_ROWS: usize = 2000;
/// The most ranges of a number and levels of a category.
const MAX_GROUPS: usize = 8;
/// The most features reported.
const MAX_DRIVERS: usize = 20;

/// The strongest drivers of a model on rows like `features`, strongest first; about the first margin, or for classes the
/// mean over all margins.
///
/// # Errors
/// [`ModelError`] if the features are not the model's.
pub fn drivers(model: &Model, recipe: &Recipe, features: &Features) -> Result<Vec<Driver>, ModelError> {
    let step = features.n_rows.div_ceil(MAX_ROWS).max(1);
    let sample = features.take(&(0..features.n_rows).step_by(step).collect::<Vec<_>>());
    let explanation = model.explain(&sample, 0..sample.n_rows)?;
    let mut drivers = Vec::new();
    for (position, feature) in recipe.features.iter().enumerate().take(explanation.n_features) {
        let of = |row: usize, output: usize| explanation.contributions_of(row, output)[position];
        let sizes =
            (0..sample.n_rows).flat_map(|row| (0..explanation.n_outputs).map(move |output| (row, output)));
        let total: Vec<f64> = sizes.map(|(row, output)| of(row, output).abs()).collect();
        let strength = stats::sum::mean(&total);
        if 0.0 < strength {
            let first: Vec<f64> = (0..sample.n_rows).map(|row| of(row, 0)).collect();
            let effects = effects(&sample.columns[position], &feature.encoding, &first);
            drivers.push(Driver {
                feature: feature.name.clone(),
                strength,
                effects,
            });
        }
    }
    drivers.sort_by(|a, b| {
        b.strength
            .total_cmp(&a.strength)
            .then_with(|| a.feature.cmp(&b.feature))
    });
    drivers.truncate(MAX_DRIVERS);
    Ok(drivers)
}

fn effects(column: &FeatureColumn, encoding: &Encoding, contributions: &[f64]) -> Vec<Effect> {
    let mut effects = match (column, encoding) {
        (FeatureColumn::Category { codes, .. }, Encoding::Category { levels }) => {
            let named = |code: u32| {
                levels
                    .get(code as usize)
                    .cloned()
                    .unwrap_or_else(|| "other".to_owned())
            };
            let mut groups: Vec<Effect> = (0..=levels.len() as u32)
                .filter_map(|code| group(named(code), contributions, |row| codes[row] == code))
                .collect();
            groups.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.group.cmp(&b.group)));
            groups.truncate(MAX_GROUPS);
            groups.extend(group("missing".to_owned(), contributions, |row| {
                codes[row] == MISSING_CODE
            }));
            groups
        }
        (FeatureColumn::Number(values), _) => {
            let is_day = *encoding == Encoding::Date(DatePart::EpochDays);
            let mut groups = ranges(values, contributions, is_day);
            groups.extend(group("missing".to_owned(), contributions, |row| {
                values[row].is_nan()
            }));
            groups
        }
        _ => Vec::new(),
    };
    effects.retain(|effect| MIN_SEEN <= effect.n);
    effects
}

/// Ranges of about equal numbers of rows; few different values are groups of their own.
fn ranges(values: &[f64], contributions: &[f64], is_day: bool) -> Vec<Effect> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let mut distinct = sorted.clone();
    distinct.dedup();
    let scale = match distinct.iter().all(|value| value.fract() == 0.0) {
        true if is_day => Scale::Day,
        true => Scale::Whole,
        false if is_day => Scale::Time,
        false => Scale::Number,
    };
    if distinct.len() <= MAX_GROUPS {
        return distinct
            .iter()
            .filter_map(|value| group(scale.value(*value), contributions, |row| values[row] == *value))
            .collect();
    }
    let (least, most) = (sorted[0], sorted[sorted.len() - 1]);
    let mut edges: Vec<f64> = (1..MAX_GROUPS)
        .map(|i| match (sorted[i * sorted.len() / MAX_GROUPS], is_day) {
            (day, true) => day.floor(),
            (number, false) => short_between(number, least, most),
        })
        .collect();
    edges.dedup();
    let mut effects = Vec::new();
    for position in 0..=edges.len() {
        let low = position
            .checked_sub(1)
            .map_or(f64::NEG_INFINITY, |before| edges[before]);
        let high = edges.get(position).copied().unwrap_or(f64::INFINITY);
        let ends = [low, high].map(|end| end.is_finite().then_some(end));
        let label = scale.range(ends[0], ends[1]);
        effects.extend(group(label, contributions, |row| match scale {
            Scale::Time => low <= values[row] && values[row] < high,
            _ => low < values[row] && values[row] <= high,
        }));
    }
    effects
}

fn group(name: String, contributions: &[f64], belongs: impl Fn(usize) -> bool) -> Option<Effect> {
    let inside: Vec<f64> = (0..contributions.len())
        .filter(|row| belongs(*row))
        .map(|row| contributions[row])
        .collect();
    (!inside.is_empty()).then(|| Effect {
        group: name,
        n: inside.len() as u64,
        mean: stats::sum::mean(&inside),
    })
}
