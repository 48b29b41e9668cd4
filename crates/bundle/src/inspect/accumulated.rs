//! What a model's answers do as one feature moves, by small steps that rows could take.

use prepare::{FeatureColumn, Features, MISSING_CODE};

use super::similar::by_likeness;
use super::walk::{Move, Walk};
use super::{Ask, answers, check_rows, column, refusal};
use crate::BundleError;

/// Rows that a bin has at least, so that its mean and its spread mean something.
const ROWS_A_BIN: usize = 10;

/// The accumulated local effects of one feature.
#[derive(Clone, Debug, PartialEq)]
pub struct AccumulatedEffects {
    /// Where the effect is told, `(n_places,)`: the ends of bins, rising; of a category the codes of the levels that occur,
    /// such that neighbours are alike.
    pub at: Vec<f64>,
    /// The effect there, in the unit of the answers, `(n_places,)`; its mean over the rows is 0.
    pub value: Vec<f64>,
    /// The lower ends of its intervals, `(n_places,)`.
    pub low: Vec<f64>,
    /// The upper ends, `(n_places,)`.
    pub high: Vec<f64>,
    /// Rows between a place and the one before it, `(n_places,)`, 0 for the first; of a category the rows of the level.
    pub n: Vec<u64>,
    /// Rows left out because their value is missing.
    pub n_missing: u64,
}

/// How a model's answers depend on one feature, without asking about rows that could not be: accumulated local effects.
///
/// Each row is moved to both ends of the bin in which its value lies, or to the levels before and behind its own; the mean
/// changes are added up along the feature and centred over the rows. Other than in partial dependence, what features that
/// go with this one do is not counted as its own. Bins hold about equally many rows, at least ten. Levels stand in the order
/// of their likeness in the other features: distances of their distributions (Kolmogorov and Smirnov's of numbers, half the
/// sum of differences of shares of categories), added up and put on a line by classical scaling.
///
/// Intervals say what other rows of the same kind would change (the influence of each row on the bins' means, their weights
/// and the centre); model and bins are taken as given. Each interval holds by itself.
///
/// # Shapes and units
/// `n_bins` is lowered where rows are few or values tied; `level` lies in (0, 1). The model is asked about each row twice,
/// for a category three times.
///
/// # Errors
/// [`BundleError::Inspect`] for a feature that there is not or that does not vary, no bins, and a level out of range; errors
/// of the model.
///
/// # Reference
/// D. W. Apley, J. Zhu (2020), Visualizing the effects of predictor variables in black box supervised learning models,
/// Journal of the Royal Statistical Society B 82, 1059-1086; categories as in their supplement. Intervals: F. R. Hampel
/// (1974), The influence curve and its role in robust estimation, Journal of the American Statistical Association 69, 383-393.
pub fn accumulated_local_effects<E: From<BundleError>>(
    mut ask: impl Ask<E>,
    features: &Features,
    feature: usize,
    n_bins: usize,
    level: f64,
) -> Result<AccumulatedEffects, E> {
    check_rows(features, "the rows")?;
    if n_bins == 0 {
        return Err(refusal("the bins", 0, "at least one").into());
    }
    if !(0.0 < level && level < 1.0) {
        return Err(refusal("the level", level, "a number above 0 and below 1").into());
    }
    let (walk, n) = match column(features, feature)? {
        FeatureColumn::Number(values) => along_numbers(&mut ask, features, feature, values, n_bins)?,
        FeatureColumn::Category { codes, n_levels } => {
            along_levels(&mut ask, features, feature, codes, *n_levels)?
        }
    };
    let n_missing = (features.n_rows - walk.homes.len()) as u64;
    let (value, half) = walk.effects(level);
    let ends = |sign: f64| {
        value
            .iter()
            .zip(&half)
            .map(|(value, half)| value + sign * half)
            .collect()
    };
    Ok(AccumulatedEffects {
        low: ends(-1.0),
        high: ends(1.0),
        at: walk.at,
        value,
        n,
        n_missing,
    })
}

fn along_numbers<E: From<BundleError>>(
    ask: &mut impl Ask<E>,
    features: &Features,
    feature: usize,
    values: &[f64],
    n_bins: usize,
) -> Result<(Walk, Vec<u64>), E> {
    let rows: Vec<usize> = (0..values.len()).filter(|row| !values[*row].is_nan()).collect();
    let edges = edges(rows.iter().map(|row| values[*row]).collect(), n_bins)?;
    // the first bin holds its lower end
    let bins: Vec<usize> = rows
        .iter()
        .map(|row| edges.partition_point(|edge| *edge < values[*row]).max(1))
        .collect();
    let mut moved = features.take(&rows);
    let mut at_ends = |back: usize| {
        let ends = bins.iter().map(|bin| edges[bin - back]).collect();
        moved.columns[feature] = FeatureColumn::Number(ends);
        answers(ask, &moved)
    };
    let (before, behind) = (at_ends(1)?, at_ends(0)?);
    let mut n = vec![0; edges.len()];
    bins.iter().for_each(|bin| n[*bin] += 1);
    let moves = bins.iter().enumerate().map(|(row, bin)| Move {
        row,
        step: *bin,
        change: behind[row] - before[row],
    });
    let walk = Walk {
        moves: moves.collect(),
        homes: bins.iter().map(|bin| [bin - 1, *bin]).collect(),
        at: edges,
    };
    Ok((walk, n))
}

/// Ends of bins of about equally many values, rising.
fn edges(mut values: Vec<f64>, n_bins: usize) -> Result<Vec<f64>, BundleError> {
    values.sort_unstable_by(f64::total_cmp);
    let n_bins = n_bins.min(values.len() / ROWS_A_BIN).max(1);
    let (Some(&first), Some(&last)) = (values.first(), values.last()) else {
        return Err(refusal(
            "the feature",
            "no row with a value",
            "at least two values",
        ));
    };
    let mut edges = vec![first];
    edges.extend((1..n_bins).map(|bin| values[(bin * values.len()).div_ceil(n_bins) - 1]));
    edges.push(last);
    edges.dedup();
    merge_small(&mut edges, &values);
    match edges.len() {
        1 => Err(refusal(
            "the feature",
            format!("the value {first} alone"),
            "at least two values",
        )),
        _ => Ok(edges),
    }
}

/// Takes inner ends out until each bin has ten rows: ties make bins of few.
fn merge_small(edges: &mut Vec<f64>, sorted: &[f64]) {
    let rows_to = |edge: f64| sorted.partition_point(|value| *value <= edge);
    let mut place = 1;
    while place < edges.len() && 2 < edges.len() {
        // the first bin holds its lower end
        let before = if place == 1 { 0 } else { rows_to(edges[place - 1]) };
        if ROWS_A_BIN <= rows_to(edges[place]) - before {
            place += 1;
        } else if place + 1 == edges.len() {
            edges.remove(place - 1);
            place -= 1;
        } else {
            edges.remove(place);
        }
    }
}

fn along_levels<E: From<BundleError>>(
    ask: &mut impl Ask<E>,
    features: &Features,
    feature: usize,
    codes: &[u32],
    n_levels: u32,
) -> Result<(Walk, Vec<u64>), E> {
    let rows: Vec<usize> = (0..codes.len())
        .filter(|row| codes[*row] != MISSING_CODE)
        .collect();
    let order = by_likeness(features, feature, codes, n_levels)?;
    if order.len() < 2 {
        let found = format!("{} levels among the rows", order.len());
        return Err(refusal("the feature", found, "at least two").into());
    }
    let last = order.len() - 1;
    let mut place_of = vec![0; n_levels as usize];
    order
        .iter()
        .enumerate()
        .for_each(|(place, code)| place_of[*code as usize] = place);
    let places: Vec<usize> = rows.iter().map(|row| place_of[codes[*row] as usize]).collect();
    let mut moved = features.take(&rows);
    let mut at = |to: &dyn Fn(usize) -> usize| {
        let codes = places.iter().map(|place| order[to(*place)]).collect();
        moved.columns[feature] = FeatureColumn::Category { codes, n_levels };
        answers(ask, &moved)
    };
    let here = at(&|place| place)?;
    let before = at(&|place| place.saturating_sub(1))?;
    let behind = at(&|place| (place + 1).min(last))?;
    let mut moves = Vec::with_capacity(2 * rows.len());
    let mut n = vec![0; order.len()];
    for (row, &place) in places.iter().enumerate() {
        n[place] += 1;
        let steps = [
            (place, here[row] - before[row]),
            (place + 1, behind[row] - here[row]),
        ];
        let taken = steps.into_iter().filter(|(step, _)| (1..=last).contains(step));
        moves.extend(taken.map(|(step, change)| Move { row, step, change }));
    }
    let walk = Walk {
        moves,
        homes: places.iter().map(|place| [*place, *place]).collect(),
        at: order.iter().map(|code| f64::from(*code)).collect(),
    };
    Ok((walk, n))
}
