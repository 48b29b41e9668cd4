//! One series by stretches of time.

use super::odd;
use stats::Estimate;
use stats::distribution::StudentT;
use stats::multiplicity::benjamini_hochberg;
use stats::series::{
    AnomalyParams, ChangeParams, ChangePoint, Reading, Season, anomalies, change_points, mstl, seasons,
};
use stats::test::{Alternative, mann_kendall};

/// Up to so many stretches seasons and trend are found in a way that wild values do not move.
const MOST_ROBUST: usize = 1500;
/// Blocks that a trend is tested on, so that neighbours hardly know of each other.
const BLOCKS: std::ops::RangeInclusive<usize> = 8..=60;
/// Kendall's tau of a trend that is worth telling.
const CLEAR: f64 = 0.2;
/// What is no more than rounding, as a share of the largest value.
const ROUNDING: f64 = 1e-9;
/// Half widths of the interval beyond which a value by itself is left out where changes of the level are looked for.
const LONE: f64 = 2.0;
/// Stretches that have no past yet for the detector.
const N_FIRST: usize = 101;
/// Degrees of freedom that values are judged with: tails longer than normal ones, as what robust decompositions leave has.
const FREEDOM: f64 = 5.0;

/// A series and what is found in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The column whose mean it is, the share of `true` or 1 for flags; rows if `None`.
    pub column: Option<String>,
    /// A value for each stretch; NaN without one.
    pub values: Vec<f64>,
    /// The slow part of it.
    pub smooth: Vec<f64>,
    /// What comes again, after how many stretches.
    pub seasons: Vec<Season>,
    /// Its rise or fall, where it holds.
    pub trend: Option<Trend>,
    /// Where its level changed, beyond seasons; what holds only.
    pub changes: Vec<ChangePoint>,
    /// Values unlike the others; what holds only, and of neighbours the oddest.
    pub odd: Vec<Odd>,
    /// Where each value was expected to lie by trend, seasons and the spread of all; NaN where there is no value, empty where
    /// nothing could be expected.
    pub expected: Vec<(f64, f64)>,
}

/// A steady rise or fall.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// Per stretch, with its interval (Theil-Sen).
    pub slope: Estimate,
    /// Kendall's tau with time.
    pub tau: f64,
    /// The chance of such a trend without one (Mann-Kendall), corrected for all series.
    pub p_adjusted: f64,
}

/// A value unlike the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Odd {
    /// Its stretch.
    pub index: usize,
    /// The value expected there.
    pub expected: f64,
    /// Where it was expected to lie.
    pub interval: (f64, f64),
    /// The chance of a value as odd, corrected for all values of all series.
    pub p_adjusted: f64,
}

impl Odd {
    /// How far the value lies from what was expected, in half widths of the interval.
    fn far(&self, values: &[f64]) -> f64 {
        let reach = (0.5 * (self.interval.1 - self.interval.0)).max(f64::MIN_POSITIVE);
        (values[self.index] - self.expected).abs() / reach
    }
}

impl Series {
    /// What a series shows by itself: p-values are those of single tests, until [`hold_together`].
    pub(super) fn of(column: Option<String>, values: &[f64], level: f64) -> Series {
        let seasons = seasons(values, 0.01).unwrap_or_default();
        let lengths: Vec<usize> = seasons.iter().map(|season| season.season_length).collect();
        let Ok(parts) = mstl(values, &lengths, values.len() <= MOST_ROBUST) else {
            return Series::bare(column, values);
        };
        let odd = odd(values, &parts.remainder, level);
        let mut without_seasons: Vec<f64> = parts
            .trend
            .iter()
            .zip(&parts.remainder)
            .map(|(t, r)| t + r)
            .collect();
        for index in lone(&odd, values) {
            without_seasons[index] = f64::NAN;
        }
        let params = ChangeParams {
            level,
            significance: 0.01,
            ..ChangeParams::default()
        };
        let longest = lengths.iter().copied().max().unwrap_or(1);
        Series {
            column,
            values: values.to_vec(),
            trend: trend(&without_seasons, longest, level),
            changes: change_points(&without_seasons, &params)
                .map_or_else(|_| Vec::new(), |found| found.points),
            expected: intervals(&odd, values.len()),
            odd,
            smooth: parts.trend,
            seasons,
        }
        .beyond_rounding()
    }

    fn bare(column: Option<String>, values: &[f64]) -> Series {
        Series {
            column,
            values: values.to_vec(),
            smooth: vec![f64::NAN; values.len()],
            seasons: Vec::new(),
            trend: None,
            changes: Vec::new(),
            odd: Vec::new(),
            expected: Vec::new(),
        }
    }

    /// Leaves out what is a rounding error beside the values themselves.
    fn beyond_rounding(mut self) -> Series {
        let there = self.values.iter().filter(|value| !value.is_nan());
        let least = ROUNDING * there.fold(0.0, |most: f64, value| most.max(value.abs()));
        self.changes.retain(|change| change.jump.0.abs() > least);
        let values = &self.values;
        self.odd
            .retain(|odd| (values[odd.index] - odd.expected).abs() > least);
        self.trend = self
            .trend
            .filter(|trend| trend.slope.value.abs() * values.len() as f64 > least);
        self
    }

    /// Whether there is anything to tell.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.seasons.is_empty() && self.trend.is_none() && self.changes.is_empty() && self.odd.is_empty()
    }
}

/// Corrects the p-values of all series together (Benjamini-Hochberg, trends, changes and odd values each among themselves),
/// and keeps what holds. `findings` says of each stretch which finding it would be as an odd one ([`odd::hold`]).
pub(super) fn hold_together(series: &mut [&mut Series], findings: &[i64], false_share: f64) {
    let trends = series.iter_mut().filter_map(|one| one.trend.as_mut());
    correct(trends.map(|trend| &mut trend.p_adjusted));
    correct(
        series
            .iter_mut()
            .flat_map(|one| &mut one.changes)
            .map(|change| &mut change.p_value),
    );
    odd::hold(series, findings, false_share);
    for one in series {
        let holds = |trend: &Trend| {
            let is_one_way = trend.slope.low > 0.0 || trend.slope.high < 0.0;
            is_one_way && trend.p_adjusted <= false_share && trend.tau.abs() >= CLEAR
        };
        one.trend = one.trend.take().filter(holds);
        one.changes.retain(|change| change.p_value <= false_share);
        one.odd = oddest_of_neighbours(&one.odd, &one.values);
    }
}

fn correct<'a>(p_values: impl Iterator<Item = &'a mut f64>) {
    let places: Vec<&mut f64> = p_values.collect();
    let raw: Vec<f64> = places.iter().map(|p| **p).collect();
    if let Ok(adjusted) = benjamini_hochberg(&raw) {
        places.into_iter().zip(adjusted).for_each(|(place, p)| *place = p);
    }
}

/// A trend of means of neighbours, at least a season together.
fn trend(values: &[f64], longest_season: usize, level: f64) -> Option<Trend> {
    let size = longest_season.max(values.len().div_ceil(*BLOCKS.end()));
    let mean = |block: &[f64]| {
        let there: Vec<f64> = block.iter().copied().filter(|value| !value.is_nan()).collect();
        if there.is_empty() {
            f64::NAN
        } else {
            there.iter().sum::<f64>() / there.len() as f64
        }
    };
    let blocks: Vec<f64> = values.chunks_exact(size).map(mean).collect();
    if blocks.len() < *BLOCKS.start() {
        return None;
    }
    let found = mann_kendall(&blocks, Alternative::TwoSided, level).ok()?;
    let slope = found.effect.estimate;
    let per_stretch = |slope: f64| slope / size as f64;
    Some(Trend {
        slope: Estimate {
            value: per_stretch(slope.value),
            low: per_stretch(slope.low),
            high: per_stretch(slope.high),
        },
        tau: found.more_effects.first()?.estimate.value,
        p_adjusted: found.p_value,
    })
}

/// Every value, by what seasons and trend leave of it: by all others under a Student law, and by those before it alone, of
/// which a change of the level later on takes nothing; the smaller chance, doubled.
fn odd(values: &[f64], remainder: &[f64], level: f64) -> Vec<Odd> {
    let Some((middle, unit, law)) = law_of(remainder) else {
        return Vec::new();
    };
    let by_the_past = by_the_past(remainder, level);
    let reach = unit * law.quantile(0.5 + 0.5 * level);
    let odd = |(index, rest): (usize, &f64)| {
        let by_all = 2.0 * law.sf((rest - middle).abs() / unit);
        let past = by_the_past.get(index).map_or(1.0, |reading| reading.p_value);
        let expected = values[index] - rest + middle;
        (!rest.is_nan()).then(|| Odd {
            index,
            expected,
            interval: (expected - reach, expected + reach),
            p_adjusted: (2.0 * by_all.min(past)).min(1.0),
        })
    };
    remainder.iter().enumerate().filter_map(odd).collect()
}

/// The intervals of all values by their places.
fn intervals(odd: &[Odd], n: usize) -> Vec<(f64, f64)> {
    if odd.is_empty() {
        return Vec::new();
    }
    let mut intervals = vec![(f64::NAN, f64::NAN); n];
    odd.iter().for_each(|one| intervals[one.index] = one.interval);
    intervals
}

/// What the detector says of each value; of the first ones, which have no past yet, what it says from the end.
fn by_the_past(remainder: &[f64], level: f64) -> Vec<Reading> {
    let params = AnomalyParams {
        level,
        ..AnomalyParams::default()
    };
    let backwards: Vec<f64> = remainder.iter().rev().copied().collect();
    let (Ok(mut readings), Ok(from_the_end)) =
        (anomalies(remainder, &params), anomalies(&backwards, &params))
    else {
        return Vec::new();
    };
    let n_first = N_FIRST.min(readings.len());
    let from_the_end = from_the_end.into_iter().rev();
    readings
        .iter_mut()
        .zip(from_the_end)
        .take(n_first)
        .for_each(|(reading, other)| *reading = other);
    readings
}

/// Middle and unit of a series, and the Student law of its values in it, which holds nine in ten of them where they are;
/// `None` of a constant. A change of the level or a wild day moves these less than it would move quartiles of what a
/// decomposition leaves, which are small where it fits.
fn law_of(values: &[f64]) -> Option<(f64, f64, StudentT)> {
    let sorted = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values
    };
    let at = |sorted: &[f64], share: f64| sorted.get((share * sorted.len() as f64) as usize).copied();
    let there = sorted(values.iter().copied().filter(|value| !value.is_nan()).collect());
    let middle = at(&there, 0.5)?;
    let away = sorted(there.iter().map(|value| (value - middle).abs()).collect());
    let (far, mean) = (at(&away, 0.9)?, away.iter().sum::<f64>() / away.len() as f64);
    let law = StudentT::new(FREEDOM).ok()?;
    let unit = if far > 0.0 { far / law.quantile(0.95) } else { mean };
    (unit > 0.0).then_some((middle, unit, law))
}

/// Values far out without another beside them that is: they are no change of the level, and would look like two.
fn lone(readings: &[Odd], values: &[f64]) -> Vec<usize> {
    let out = readings.iter().filter(|one| one.far(values) > LONE);
    let out: Vec<usize> = out.map(|one| one.index).collect();
    let is_near = |a: usize, b: usize| a != b && a.abs_diff(b) <= 2;
    let is_alone = |at: &usize| !out.iter().any(|&other| is_near(*at, other));
    out.iter().copied().filter(is_alone).collect()
}

/// Of values next to each other the one farthest from what was expected, in spreads, and of those within what was expected
/// none: they were flagged for a neighbour's sake.
fn oddest_of_neighbours(odd: &[Odd], values: &[f64]) -> Vec<Odd> {
    let far = |odd: &Odd| odd.far(values);
    let mut told: Vec<Odd> = Vec::new();
    let mut last = None;
    for one in odd.iter().filter(|one| far(one) > 1.0) {
        let is_next = last.is_some_and(|last| one.index <= last + 2);
        last = Some(one.index);
        match told.last_mut() {
            Some(before) if is_next => {
                if far(before) < far(one) {
                    *before = one.clone();
                }
            }
            _ => told.push(one.clone()),
        }
    }
    told
}
