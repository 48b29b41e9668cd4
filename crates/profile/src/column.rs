//! One column described.

use crate::association::Association;
use crate::classes::ClassSpread;
use crate::dates::DateSummary;
use crate::histogram::{Histogram, histogram};
use crate::meaning::{Facts, Meaning, Seen, meaning_of};
use crate::pass::{ColumnPass, Content, NumberPass, TextPass};
use crate::texts::TextSummary;
use stats::sketch::Heavy;
use stats::{Estimate, StatsError};
use table::Kind;
use table::arrow::array::ArrayRef;

/// Levels that are named; the others are summed up.
const TOP_LEVELS: usize = 12;
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
    /// Rows that repeat an earlier value; without width where exact.
    pub repeated: Estimate,
    /// Its numbers; days since 1970-01-01 for dates and times. `None` for texts, and where there are no values.
    pub numbers: Option<NumberSummary>,
    /// Its levels; `None` for identifiers, free text and numbers other than flags.
    pub levels: Option<Levels>,
    /// Its texts; `None` for other kinds, and where there are no values.
    pub texts: Option<TextSummary>,
    /// Its days; `None` for other kinds than dates and times, and where there are no values.
    pub dates: Option<DateSummary>,
    /// Its relation with the target, where there is one, on the rows of [`Profile::n_sampled`](crate::Profile::n_sampled).
    pub association: Option<Association>,
    /// Its numbers in each class of the target, frequent classes first, on the same rows; empty where the target has no or more
    /// than six classes.
    pub by_class: Vec<ClassSpread>,
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
    /// Values more than three times the middle half's width beyond it, up to `rank_error` either side.
    pub n_far_out: u64,
    /// A number that may stand for missing, such as -999 or 99, and how often it is among the sampled values: at the end of
    /// all values, written in nines (or -1), and farther from the others than these reach.
    pub sentinel: Option<(f64, u64)>,
    /// Skewness of the sampled values; 0 for a constant.
    pub skewness: f64,
}

/// A column's levels, frequent ones first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// The twelve most frequent levels and their rows.
    pub top: Vec<(String, u64)>,
    /// Rows of all other levels.
    pub n_other: u64,
    /// The most by which a level's rows may be too few; 0 while exact.
    pub max_error: u64,
}

/// What a column holds, from the pass over all of its rows and its cells in the sample.
pub(crate) fn conclude(
    pass: &ColumnPass,
    n: u64,
    sampled: &ArrayRef,
    level: f64,
) -> Result<ColumnProfile, StatsError> {
    let n_present = n - pass.n_missing;
    let repeats = match &pass.content {
        Content::Numbers(numbers, _) => &numbers.repeats,
        Content::Texts(texts) => &texts.repeats,
    };
    let distinct = repeats.distinct(level)?;
    let texts = match &pass.content {
        Content::Texts(texts) if pass.kind == Kind::Text && 0 < n_present => {
            TextSummary::of(texts, sampled, n_present)
        }
        _ => None,
    };
    let seen = match &pass.content {
        Content::Numbers(numbers, _) => Seen::Numbers(numbers),
        Content::Texts(pass) => Seen::Texts(pass, texts.as_ref().map_or(0.0, |texts| texts.n_words)),
    };
    let facts = Facts {
        name: &pass.name,
        kind: pass.kind,
        n_present: n_present as usize,
        distinct: distinct.value,
    };
    let meaning = meaning_of(facts, &seen);
    let (numbers, dates) = match &pass.content {
        Content::Numbers(numbers, days) if 0 < n_present => (
            summarise(numbers, sampled, level),
            days.as_ref().and_then(|days| DateSummary::of(days, pass.kind)),
        ),
        _ => (None, None),
    };
    Ok(ColumnProfile {
        name: pass.name.clone(),
        kind: pass.kind,
        meaning,
        n,
        n_missing: pass.n_missing,
        distinct,
        distinct_is_exact: repeats.is_exact(),
        repeated: repeats.repeated(level)?,
        numbers,
        levels: levels(&pass.content, meaning),
        texts: texts.filter(|_| meaning != Meaning::Identifier),
        dates,
        association: None,
        by_class: Vec::new(),
    })
}

fn summarise(pass: &NumberPass, sampled: &ArrayRef, level: f64) -> Option<NumberSummary> {
    let (moments, sorted) = (&pass.moments, pass.quantiles.sorted());
    let value = moments.mean()?;
    let mean = moments.mean_interval(level).ok();
    let sample = crate::pass::numbers_of(sampled);
    let quantiles = SHARES.map(|share| sorted.quantile(share).unwrap_or(value));
    Some(NumberSummary {
        mean: mean.unwrap_or(Estimate {
            value,
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
        }),
        sd: moments.sd().unwrap_or(0.0),
        min: moments.min()?,
        quantiles,
        max: moments.max()?,
        n_zero: moments.n_zero(),
        n_negative: moments.n_negative(),
        histogram: histogram(&sorted, pass.are_whole),
        rank_error: pass.quantiles.rank_error(),
        n_far_out: sorted.n_beyond(fences(&quantiles)),
        sentinel: sentinel(&sample),
        skewness: stats::describe(&sample).map_or(0.0, |found| found.skewness),
    })
}

/// Numbers that are written for missing.
const SENTINELS: [f64; 9] = [
    -1.0,
    9.0,
    99.0,
    999.0,
    9999.0,
    99_999.0,
    999_999.0,
    9_999_999.0,
    99_999_999.0,
];

fn sentinel(sample: &[f64]) -> Option<(f64, u64)> {
    let present = || sample.iter().copied().filter(|x| x.is_finite());
    let (min, max) = present().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
        (low.min(x), high.max(x))
    });
    let is_odd = |x: f64| {
        let count = present().filter(|other| *other == x).count();
        let others = present().filter(|other| *other != x);
        let (low, high) = others.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
            (low.min(x), high.max(x))
        });
        let gap = if x > high { x - high } else { low - x };
        // whole numbers from 0 on have their -1 right beside them
        let is_apart = gap > high - low || (x == -1.0 && 0.0 <= low);
        (2 <= count && low < high && is_apart).then_some((x, count as u64))
    };
    let ends = [min, max].into_iter();
    ends.filter(|x| SENTINELS.iter().any(|known| *known == *x || -*known == *x))
        .find_map(is_odd)
}

/// Three times the middle half's width beyond it.
fn fences(quantiles: &[f64; 7]) -> (f64, f64) {
    let (low, high) = (quantiles[2], quantiles[4]);
    // where the middle half is one value, nothing says how far is far
    let reach = if low < high {
        3.0 * (high - low)
    } else {
        f64::INFINITY
    };
    (low - reach, high + reach)
}

fn levels(content: &Content, meaning: Meaning) -> Option<Levels> {
    match content {
        Content::Texts(texts) => match meaning {
            Meaning::Identifier | Meaning::FreeText | Meaning::AllMissing => None,
            _ => Some(Levels::of(texts)),
        },
        Content::Numbers(numbers, _) if meaning == Meaning::Flag => Some(Levels::of_flags(numbers)),
        Content::Numbers(..) => None,
    }
}

impl Levels {
    fn of(texts: &TextPass) -> Levels {
        Levels::top(&texts.levels)
    }

    fn of_flags(numbers: &NumberPass) -> Levels {
        let mut levels = Heavy::default();
        levels.add("0", numbers.moments.n_zero());
        levels.add("1", numbers.n_one);
        Levels::top(&levels)
    }

    fn top(levels: &Heavy) -> Levels {
        let top: Vec<(String, u64)> = levels
            .top(TOP_LEVELS)
            .into_iter()
            .map(|item| (item.key, item.count))
            .collect();
        let n_top: u64 = top.iter().map(|(_, count)| count).sum();
        Levels {
            n_other: levels.total() - n_top,
            max_error: levels.max_error(),
            top,
        }
    }
}
