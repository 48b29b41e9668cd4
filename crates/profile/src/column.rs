//! One column described.

use crate::association::Association;
use crate::cells::Cells;
use crate::histogram::{Histogram, histogram};
use crate::meaning::{Facts, Meaning, meaning_of};
use stats::sketch::{Distinct, Heavy, Moments, Quantiles};
use stats::{Estimate, StatsError};
use table::Kind;

/// Levels that are named; the others are summed up.
const TOP_LEVELS: usize = 12;
/// Exact up to 16,384 different values, then off by 0.4% (one standard error), in 64 KiB.
const DISTINCT_PRECISION: u8 = 16;
/// Shares at which [`NumberSummary::quantiles`] stand.
const SHARES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/// What a column holds.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnProfile {
    /// Its name.
    pub name: String,
    /// The type of its cells.
    pub kind: Kind,
    /// What it is about.
    pub meaning: Meaning,
    /// Its rows.
    pub n: u64,
    /// Rows without a value.
    pub n_missing: u64,
    /// Different values, missing apart; without width where exact.
    pub distinct: Estimate,
    /// Whether [`distinct`](Self::distinct) was counted, not estimated.
    pub distinct_is_exact: bool,
    /// Its numbers; days since 1970-01-01 for dates and times. `None` for texts, and where there are no values.
    pub numbers: Option<NumberSummary>,
    /// Its levels; `None` for identifiers, free text and numbers other than flags.
    pub levels: Option<Levels>,
    /// Its relation with the target, where there is one.
    pub association: Option<Association>,
}

impl ColumnProfile {
    /// Share of rows without a value, in [0, 1].
    #[must_use]
    pub fn missing_share(&self) -> f64 {
        if self.n == 0 {
            0.0
        } else {
            self.n_missing as f64 / self.n as f64
        }
    }
}

/// A column of numbers in short.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberSummary {
    /// Mean with Student's interval at the profile's level; infinitely wide for a single value.
    pub mean: Estimate,
    /// Standard deviation; 0 for a single value.
    pub sd: f64,
    /// Smallest value.
    pub min: f64,
    /// The values at 1, 5, 25, 50, 75, 95 and 99% of rows.
    pub quantiles: [f64; 7],
    /// Largest value.
    pub max: f64,
    /// Values equal to 0.
    pub n_zero: u64,
    /// Values below 0.
    pub n_negative: u64,
    /// Values in at most 30 bins.
    pub histogram: Histogram,
    /// The most by which a quantile's rank may be off, as a share of rows; 0 while exact.
    pub rank_error: f64,
}

/// A column's levels, frequent ones first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// The twelve most frequent levels and their rows.
    pub top: Vec<(String, u64)>,
    /// Rows of all other levels.
    pub n_other: u64,
}

/// Describes one column; `hashes` are those of its cells.
pub(crate) fn describe(
    name: &str,
    kind: Kind,
    cells: &Cells,
    hashes: &[u64],
    level: f64,
) -> Result<ColumnProfile, StatsError> {
    let n_missing = (0..cells.len()).filter(|row| cells.is_missing(*row)).count();
    let n_present = cells.len() - n_missing;
    let (distinct, distinct_is_exact) = count_distinct(cells, hashes, n_present, level)?;
    let meaning = meaning_of(
        Facts {
            name,
            kind,
            n_present,
            distinct: distinct.value,
        },
        cells,
    );
    let numbers = match cells {
        Cells::Numbers(numbers) if n_present > 0 => summarise(numbers, level),
        _ => None,
    };
    Ok(ColumnProfile {
        name: name.to_owned(),
        kind,
        meaning,
        n: cells.len() as u64,
        n_missing: n_missing as u64,
        distinct,
        distinct_is_exact,
        numbers,
        levels: levels(cells, meaning),
        association: None,
    })
}

/// Different values: sketched, and counted when that decides whether every row has its own.
fn count_distinct(
    cells: &Cells,
    hashes: &[u64],
    n_present: usize,
    level: f64,
) -> Result<(Estimate, bool), StatsError> {
    let mut sketch = Distinct::with_precision(DISTINCT_PRECISION);
    let present = || {
        hashes
            .iter()
            .enumerate()
            .filter(|(row, _)| !cells.is_missing(*row))
            .map(|(_, hash)| *hash)
    };
    present().for_each(|hash| sketch.add_hash(hash));
    let estimate = sketch.estimate(level)?;
    if sketch.standard_error() == 0.0 {
        return Ok((estimate, true));
    }
    if estimate.high < 0.9 * n_present as f64 {
        return Ok((estimate, false));
    }
    let mut sorted: Vec<u64> = present().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let n = sorted.len() as f64;
    Ok((
        Estimate {
            value: n,
            low: n,
            high: n,
        },
        true,
    ))
}

fn summarise(numbers: &[f64], level: f64) -> Option<NumberSummary> {
    let (mut moments, mut quantiles) = (Moments::default(), Quantiles::default());
    let present: Vec<f64> = numbers.iter().copied().filter(|x| x.is_finite()).collect();
    moments.extend(&present);
    quantiles.extend(&present);
    let sorted = quantiles.sorted();
    let value = moments.mean()?;
    let mean = moments.mean_interval(level).ok();
    Some(NumberSummary {
        mean: mean.unwrap_or(Estimate {
            value,
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
        }),
        sd: moments.sd().unwrap_or(0.0),
        min: moments.min()?,
        quantiles: SHARES.map(|share| sorted.quantile(share).unwrap_or(value)),
        max: moments.max()?,
        n_zero: moments.n_zero(),
        n_negative: moments.n_negative(),
        histogram: histogram(&present, &sorted),
        rank_error: quantiles.rank_error(),
    })
}

fn levels(cells: &Cells, meaning: Meaning) -> Option<Levels> {
    let has_levels = match cells {
        Cells::Texts(_) => !matches!(
            meaning,
            Meaning::Identifier | Meaning::FreeText | Meaning::AllMissing
        ),
        Cells::Numbers(_) => meaning == Meaning::Flag,
    };
    has_levels.then(|| count_levels(cells))
}

/// The most frequent levels of `cells`.
pub(crate) fn count_levels(cells: &Cells) -> Levels {
    let mut heavy = Heavy::default();
    for row in 0..cells.len() {
        if let Some(text) = cells.text(row) {
            heavy.add(&text, 1);
        }
    }
    let top: Vec<(String, u64)> = heavy
        .top(TOP_LEVELS)
        .into_iter()
        .map(|item| (item.key, item.count))
        .collect();
    let n_top: u64 = top.iter().map(|(_, count)| count).sum();
    Levels {
        n_other: heavy.total() - n_top,
        top,
    }
}
