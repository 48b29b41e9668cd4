//! A column's numbers in each class of the target.

use crate::Meaning;
use crate::cells::Cells;
use stats::StatsError;
use stats::density::{self, Bandwidth};
use stats::math::sqrt;
use stats::sketch::Quantiles;
use std::collections::BTreeMap;

/// Classes that are told apart; a target of more is not drawn class by class.
const MOST: usize = 6;
/// Values below which a class has no quartiles worth drawing.
const FEWEST: u64 = 10;

/// Places of an outline.
const N_PLACES: usize = 61;
/// Values that an outline is drawn from.
const MOST_VALUES: usize = 1000;

/// A column's numbers in one class of the target.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassSpread {
    /// The class.
    pub class: String,
    /// Its sampled rows with a number.
    pub n: u64,
    /// The values at 5, 25, 50, 75 and 95% of them.
    pub quantiles: [f64; 5],
    /// About the median's interval at 95%: where two do not overlap, the medians differ.
    ///
    /// # Reference
    /// R. McGill, J. W. Tukey, W. A. Larsen (1978), The American Statistician 32, 12-16: 1.57 times the middle half's width
    /// over the root of the count, either side.
    pub notch: (f64, f64),
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Places, ascending, and how dense the values lie there (normal kernels, as wide as Sheather and Jones's rule has it);
    /// no place beyond the smallest and largest value, nor in tails longer than the way from 5 to 95%.
    pub density: Vec<(f64, f64)>,
}

/// The classes of a target in sampled rows, frequent ones first; `None` where there is one or too many.
#[derive(Debug)]
pub(crate) struct Classes {
    names: Vec<String>,
    /// The class of each row.
    of_rows: Vec<Option<usize>>,
}

impl Classes {
    pub(crate) fn of(target: &Cells) -> Option<Classes> {
        let texts: Vec<Option<String>> = (0..target.len()).map(|row| target.text(row)).collect();
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for text in texts.iter().flatten() {
            *counts.entry(text).or_default() += 1;
            if MOST < counts.len() {
                return None;
            }
        }
        let mut order: Vec<(&str, u64)> = counts.into_iter().collect();
        order.sort_by(|a, b| b.1.cmp(&a.1));
        let names: Vec<String> = order.iter().map(|(name, _)| (*name).to_owned()).collect();
        let place = |text: &String| names.iter().position(|name| name == text);
        let of_rows = texts.iter().map(|text| text.as_ref().and_then(place)).collect();
        (1 < names.len()).then_some(Classes { names, of_rows })
    }

    /// The column's numbers class by class; none for texts, identifiers, constants, flags and the target itself, or where
    /// fewer than two classes have ten values.
    pub(crate) fn spreads(&self, cells: &Cells, meaning: Meaning) -> Vec<ClassSpread> {
        let Cells::Numbers(numbers) = cells else {
            return Vec::new();
        };
        let is_drawn = !matches!(
            meaning,
            Meaning::Identifier | Meaning::Constant | Meaning::AllMissing | Meaning::Target | Meaning::Flag
        );
        if !is_drawn {
            return Vec::new();
        }
        let spread = |(place, class): (usize, &String)| {
            let rows = self.of_rows.iter().zip(numbers);
            let mine = rows.filter(|(of, x)| **of == Some(place) && x.is_finite());
            ClassSpread::of(class, &mine.map(|(_, x)| *x).collect::<Vec<f64>>())
        };
        let found: Vec<ClassSpread> = self.names.iter().enumerate().filter_map(spread).collect();
        if found.len() < 2 { Vec::new() } else { found }
    }
}

impl ClassSpread {
    fn of(class: &str, values: &[f64]) -> Option<ClassSpread> {
        let n = values.len() as u64;
        if n < FEWEST {
            return None;
        }
        let mut sketch = Quantiles::default();
        sketch.extend(values);
        let sorted = sketch.sorted();
        let at = |share: f64| sorted.quantile(share);
        let quantiles = [at(0.05)?, at(0.25)?, at(0.5)?, at(0.75)?, at(0.95)?];
        let half = 1.57 * (quantiles[3] - quantiles[1]) / sqrt(n as f64);
        Some(ClassSpread {
            class: class.to_owned(),
            n,
            quantiles,
            notch: (quantiles[2] - half, quantiles[2] + half),
            min: at(0.0)?,
            max: at(1.0)?,
            density: outline(values, quantiles, [at(0.0)?, at(1.0)?]).unwrap_or_default(),
        })
    }
}

/// The outline of a violin; none for values that are all the same.
fn outline(values: &[f64], quantiles: [f64; 5], [min, max]: [f64; 2]) -> Result<Vec<(f64, f64)>, StatsError> {
    let (width, _) = density::bandwidth(values, None, Bandwidth::SheatherJones)?;
    let way = quantiles[4] - quantiles[0];
    let (low, high) = (min.max(quantiles[0] - way), max.min(quantiles[4] + way));
    let part = |place: usize| place as f64 / (N_PLACES - 1) as f64;
    let places: Vec<f64> = (0..N_PLACES)
        .map(|place| low * (1.0 - part(place)) + high * part(place))
        .collect();
    // what is never below 0 has no density there
    let bounds = [if min < 0.0 { f64::NEG_INFINITY } else { 0.0 }, f64::INFINITY];
    let heights = density::gaussian_kde(&thinned(values), None, &places, width, bounds)?;
    Ok(places.into_iter().zip(heights).collect())
}

/// Evenly many of the values in their order, which have the same shape.
fn thinned(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len().min(MOST_VALUES);
    (0..n)
        .map(|place| sorted[(2 * place + 1) * sorted.len() / (2 * n)])
        .collect()
}
