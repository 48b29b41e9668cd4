//! *Which groups of rows differ from all others, and by how much?*

mod bits;
mod moments;
mod outcome;
mod parts;
mod slices;

pub use slices::{Design, Slice, SliceOptions, Slices, Sought, designed_mean, slices};

use crate::ProfileError;
use crate::target::Target;
use outcome::{Measured, Outcome};
use parts::{Part, parts};
use stats::Estimate;
use stats::multiplicity::benjamini_hochberg;
use std::collections::{BTreeMap, BTreeSet};
use table::Table;

/// Fewest rows inside and outside a segment.
const FEWEST_ROWS: u64 = 50;
/// Columns whose parts are also tried in pairs.
const PAIRED_COLUMNS: usize = 6;
/// Pairs returned, strongest first.
const MOST_PAIRS: usize = 10;

/// A group of rows and how its target differs from that of all other rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// The column that cuts it out.
    pub column: String,
    /// The second column, for a segment cut out by two.
    pub other: Option<String>,
    /// What is in it, such as `Contract is Month-to-month`, `tenure is up to 9` or two of these joined by ` and `.
    pub label: String,
    /// Its rows with a target.
    pub n: u64,
    /// Share of the positive class in it, or mean of the target, with interval.
    pub rate: Estimate,
    /// The same of all other rows.
    pub rest: f64,
    /// `rate - rest` with interval: Newcombe's for shares, Welch's for means.
    pub difference: Estimate,
    /// Probability of at least this difference if the segment did not matter.
    pub p_value: f64,
    /// The p-value corrected for all segments tried (Benjamini and Hochberg).
    pub p_adjusted: f64,
    /// Whether the corrected p-value is below `1 - level` and the interval leaves out 0.
    pub holds: bool,
}

/// Segments of `table` by the difference of their target, largest first.
///
/// Each level of each category and each quarter of each number with at least 50 rows inside and outside is compared with
/// all other rows. Parts of the six strongest columns are then tried in pairs; a pair is returned if its rate lies clearly
/// (interval against interval) beyond those of both parts. Of two segments that are each other's rest, the one with the
/// higher rate is returned; identifiers, constants and free text are left out, as are the columns named by `exclude`.
/// Missing is a level of its own. Rows without a target are left out.
///
/// `positive` is the class whose share is compared; found out if `None` and there are two classes.
///
/// # Errors
/// [`ProfileError::ManyClasses`] for more than two classes without `positive`; else as [`profile`](crate::profile).
///
/// # Reference
/// Y. Benjamini, Y. Hochberg (1995), JRSS B 57, 289-300; R. G. Newcombe (1998), Statistics in Medicine 17, 873-890.
pub fn segments(
    table: &Table,
    target: &str,
    positive: Option<&str>,
    exclude: &[String],
    level: f64,
) -> Result<Vec<Segment>, ProfileError> {
    let outcome = match Target::of(table, target, positive)? {
        Target::Flag(flags) => Outcome::shares(&flags),
        Target::Numbers(numbers) => Outcome::means(numbers),
        Target::Classes { codes, .. } => {
            return Err(ProfileError::ManyClasses {
                column: target.to_owned(),
                found: codes.n,
            });
        }
    };
    let mut tried: Vec<Part> = Vec::new();
    for (name, kind) in table.columns() {
        if name != target && !exclude.contains(&name) {
            tried.extend(parts(&name, kind, &table.column(&name)?, level)?);
        }
    }
    let singles = distinct(measured(tried, &outcome, level));
    let pairs = pairs(&singles, &outcome, level);
    rank(singles, pairs, level)
}

/// A part that has enough rows, and what was measured in it.
struct Found {
    part: Part,
    measured: Measured,
}

/// A pair of parts, and whether it says more than they do.
struct Pair {
    found: Found,
    other: String,
    is_clear: bool,
}

fn measured(parts: Vec<Part>, outcome: &Outcome, level: f64) -> Vec<Found> {
    let measure = |part: Part| {
        outcome
            .measure(&part.rows, FEWEST_ROWS, level)
            .map(|measured| Found { part, measured })
    };
    parts.into_iter().filter_map(measure).collect()
}

/// One of each set of segments that hold the same rows or each other's rest.
fn distinct(found: Vec<Found>) -> Vec<Found> {
    let mut kept: Vec<Found> = Vec::with_capacity(found.len());
    let mut place_of: BTreeMap<Vec<u64>, usize> = BTreeMap::new();
    for one in found {
        match place_of.get(&one.measured.rows.canonical()) {
            None => {
                place_of.insert(one.measured.rows.canonical(), kept.len());
                kept.push(one);
            }
            Some(place) => {
                let earlier = &mut kept[*place];
                if one.part.column == earlier.part.column
                    && one.measured.difference.value > earlier.measured.difference.value
                {
                    *earlier = one;
                }
            }
        }
    }
    kept
}

/// All pairs of parts of the strongest columns that have enough rows.
fn pairs(singles: &[Found], outcome: &Outcome, level: f64) -> Vec<Pair> {
    let strongest = strongest_columns(singles);
    let parts: Vec<&Found> = singles
        .iter()
        .filter(|one| strongest.contains(one.part.column.as_str()))
        .collect();
    let mut pairs = Vec::new();
    for (place, a) in parts.iter().enumerate() {
        for b in parts[place + 1..]
            .iter()
            .filter(|b| b.part.column != a.part.column)
        {
            let rows = a.part.rows.and(&b.part.rows);
            let Some(measured) = outcome.measure(&rows, FEWEST_ROWS, level) else {
                continue;
            };
            let is_clear = is_beyond(&measured, &a.measured, &b.measured);
            let label = format!("{} and {}", a.part.label, b.part.label);
            let part = Part {
                column: a.part.column.clone(),
                label,
                rows,
            };
            pairs.push(Pair {
                found: Found { part, measured },
                other: b.part.column.clone(),
                is_clear,
            });
        }
    }
    pairs
}

fn strongest_columns(singles: &[Found]) -> BTreeSet<&str> {
    let mut strength: BTreeMap<&str, f64> = BTreeMap::new();
    for one in singles {
        let best = strength.entry(one.part.column.as_str()).or_insert(0.0);
        *best = best.max(one.measured.difference.value.abs());
    }
    let mut ranked: Vec<(&str, f64)> = strength.into_iter().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    ranked
        .into_iter()
        .take(PAIRED_COLUMNS)
        .map(|(column, _)| column)
        .collect()
}

/// Whether the pair's whole interval lies beyond those of both parts, away from the rest.
fn is_beyond(pair: &Measured, a: &Measured, b: &Measured) -> bool {
    if pair.difference.value > 0.0 {
        pair.rate.low > a.rate.high.max(b.rate.high)
    } else {
        pair.rate.high < a.rate.low.min(b.rate.low)
    }
}

/// Corrects for everything tried, and puts the largest differences first.
fn rank(singles: Vec<Found>, pairs: Vec<Pair>, level: f64) -> Result<Vec<Segment>, ProfileError> {
    let p_values: Vec<f64> = singles
        .iter()
        .map(|one| &one.measured)
        .chain(pairs.iter().map(|pair| &pair.found.measured))
        .map(|m| m.p_value)
        .collect();
    if p_values.is_empty() {
        return Ok(Vec::new());
    }
    let adjusted = benjamini_hochberg(&p_values)?;
    let (of_singles, of_pairs) = adjusted.split_at(singles.len());
    let mut ranked: Vec<Segment> = singles
        .into_iter()
        .zip(of_singles)
        .map(|(one, p)| segment(one, None, *p, level))
        .collect();
    let clear = pairs.into_iter().zip(of_pairs).filter(|(pair, _)| pair.is_clear);
    let mut clear: Vec<Segment> = clear
        .map(|(pair, p)| segment(pair.found, Some(pair.other), *p, level))
        .filter(|one| one.holds)
        .collect();
    let by_size = |a: &Segment, b: &Segment| {
        b.difference
            .value
            .abs()
            .total_cmp(&a.difference.value.abs())
            .then_with(|| a.label.cmp(&b.label))
    };
    clear.sort_by(by_size);
    clear.truncate(MOST_PAIRS);
    ranked.extend(clear);
    ranked.sort_by(by_size);
    Ok(ranked)
}

fn segment(found: Found, other: Option<String>, p_adjusted: f64, level: f64) -> Segment {
    let Measured {
        n,
        rate,
        rest,
        difference,
        p_value,
        ..
    } = found.measured;
    let holds = p_adjusted < 1.0 - level && !difference.covers(0.0);
    Segment {
        column: found.part.column,
        other,
        label: found.part.label,
        n,
        rate,
        rest,
        difference,
        p_value,
        p_adjusted,
        holds,
    }
}

#[cfg(test)]
mod tests;
