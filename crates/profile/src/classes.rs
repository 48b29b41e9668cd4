//! A column's numbers in each class of the target.

use crate::Meaning;
use crate::cells::Cells;
use stats::math::sqrt;
use stats::sketch::Quantiles;
use std::collections::BTreeMap;

/// Classes that are told apart; a target of more is not drawn class by class.
const MOST: usize = 6;
/// Values below which a class has no quartiles worth drawing.
const FEWEST: u64 = 10;

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
        })
    }
}
