//! What the training rows looked like, coarse enough to be given away: shares of ranges and levels, no value of a row.
//!
//! Made from the quantile and heavy-hitter sketches that the profile and the monitor use; every range holds at least
//! [`MIN_SEEN`] rows, and its edges lie between values, not on them.

use crate::BundleError;
use prepare::recipe::MIN_SEEN;
use serde::{Deserialize, Serialize};
use stats::sketch::{Heavy, Quantiles};
use table::arrow::array::{Array, AsArray};
use table::arrow::compute::cast;
use table::arrow::datatypes::{DataType, Float64Type};
use table::write::cell_text;
use table::{Kind, Table};

/// The most ranges of a number.
const MAX_RANGES: usize = 40;
/// The most levels of a category.
const MAX_LEVELS: usize = 1000;

/// The baseline of a bundle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The raw inputs.
    pub columns: Vec<ColumnBaseline>,
    /// The first margin of each row, out of fold.
    pub margin: Option<NumberBaseline>,
}

/// One column of the baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnBaseline {
    /// The column.
    pub name: String,
    /// Rows.
    pub n: u64,
    /// Rows where it is missing.
    pub n_missing: u64,
    /// How its values spread.
    pub shape: Shape,
}

/// How values spread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Shape {
    /// A number, truth, day (since 1970-01-01) or time (microseconds since then).
    Number(NumberBaseline),
    /// A text.
    Category(CategoryBaseline),
}

/// Shares of ranges.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberBaseline {
    /// Edges, rising; range `i` ends at `cuts[i]`, included, and the last one has no end.
    pub cuts: Vec<f64>,
    /// Rows in each range, one more than cuts.
    pub counts: Vec<u64>,
    /// A number below is unusual: learnt, only flagged. The least number that there is where fewer than four times
    /// [`MIN_SEEN`] rows had a value: then nothing is unusual.
    pub low: f64,
    /// A number above is unusual: learnt, only flagged; the greatest number that there is as for `low`.
    pub high: f64,
    /// Rows below `low` or above `high`.
    pub n_outside: u64,
}

/// Counts of levels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryBaseline {
    /// Levels seen at least [`MIN_SEEN`] times and how often, by name.
    pub levels: Vec<(String, u64)>,
    /// Rows of all other levels.
    pub other: u64,
}

impl Baseline {
    /// The baseline of the columns of `table` and of margins.
    ///
    /// # Errors
    /// [`BundleError::Stats`] or [`BundleError::Table`] if a column cannot be summarised.
    pub fn of(table: &Table, margins: &[f64]) -> Result<Baseline, BundleError> {
        let columns: Result<Vec<ColumnBaseline>, BundleError> = table
            .columns()
            .into_iter()
            .map(|(name, kind)| column(table, name, kind))
            .collect();
        let margin = (!margins.is_empty()).then(|| NumberBaseline::of(margins));
        Ok(Baseline {
            columns: columns?,
            margin,
        })
    }

    pub(crate) fn is_sound(&self) -> bool {
        let numbers = self.columns.iter().filter_map(|column| match &column.shape {
            Shape::Number(numbers) => Some(numbers),
            Shape::Category(_) => None,
        });
        numbers.chain(&self.margin).all(NumberBaseline::is_sound)
    }
}

fn column(table: &Table, name: String, kind: Kind) -> Result<ColumnBaseline, BundleError> {
    let cells = table.column(&name)?;
    let (n, n_missing) = (cells.len() as u64, cells.null_count() as u64);
    let shape = match kind {
        Kind::Text => {
            let mut heavy = Heavy::with_capacity(10 * MAX_LEVELS);
            (0..cells.len())
                .filter_map(|row| cell_text(cells.as_ref(), row))
                .for_each(|text| heavy.add(&text, 1));
            Shape::Category(CategoryBaseline::of(&heavy))
        }
        _ => Shape::Number(NumberBaseline::of(&numbers(table, &name)?)),
    };
    Ok(ColumnBaseline {
        name,
        n,
        n_missing,
        shape,
    })
}

/// The present values of a column as numbers: truths as 0 and 1, days and times counted from 1970-01-01.
///
/// # Errors
/// [`BundleError::Table`] if there is no such column or it is text.
pub fn numbers(table: &Table, name: &str) -> Result<Vec<f64>, BundleError> {
    let cells = table.column(name)?;
    let refuse = |source| table::TableError::Arrow {
        name: name.to_owned(),
        source,
    };
    let whole = match cells.data_type() {
        DataType::Date32 => cast(&cells, &DataType::Int32).map_err(refuse)?,
        DataType::Timestamp(..) => cast(&cells, &DataType::Int64).map_err(refuse)?,
        _ => cells,
    };
    let numbers = cast(&whole, &DataType::Float64).map_err(refuse)?;
    Ok(numbers.as_primitive::<Float64Type>().iter().flatten().collect())
}

impl NumberBaseline {
    /// The shares of ranges of about equal size.
    pub fn of(values: &[f64]) -> NumberBaseline {
        let mut sketch = Quantiles::default();
        sketch.extend(values);
        NumberBaseline::of_sketch(&sketch)
    }

    fn of_sketch(sketch: &Quantiles) -> NumberBaseline {
        let n = sketch.n();
        let sorted = sketch.sorted();
        let n_ranges = (n / MIN_SEEN).clamp(1, MAX_RANGES as u64);
        let at = |q: f64| sorted.quantile(q).unwrap_or(0.0);
        let distinct: Vec<f64> = sorted.values().collect();
        let mut cuts: Vec<f64> = (1..n_ranges)
            .filter_map(|i| edge_above(&distinct, at(i as f64 / n_ranges as f64)))
            .collect();
        cuts.dedup();
        let mut baseline = NumberBaseline {
            counts: counts(&cuts, &sorted, n),
            cuts,
            low: 0.0,
            high: 0.0,
            n_outside: 0,
        };
        baseline.merge_thin_ranges();
        // Of a few rows, even their middle and their tenth tell what somebody's value is.
        if n < 4 * MIN_SEEN {
            (baseline.low, baseline.high) = (-f64::MAX, f64::MAX);
            return baseline;
        }
        let rare = (MIN_SEEN as f64 / n as f64).max(0.005);
        let middle = at(0.5);
        baseline.low = middle - 1.5 * (middle - at(rare));
        baseline.high = middle + 1.5 * (at(1.0 - rare) - middle);
        let outside =
            sorted.share_below(baseline.low).unwrap_or(0.0) + 1.0 - sorted.cdf(baseline.high).unwrap_or(1.0);
        baseline.n_outside = (outside.clamp(0.0, 1.0) * n as f64).round() as u64;
        baseline
    }

    /// Joins ranges of fewer than [`MIN_SEEN`] rows with a neighbour.
    fn merge_thin_ranges(&mut self) {
        while let Some(thin) = self
            .counts
            .iter()
            .position(|count| *count < MIN_SEEN)
            .filter(|_| 1 < self.counts.len())
        {
            let left = if thin == self.counts.len() - 1 {
                thin - 1
            } else {
                thin
            };
            self.counts[left] += self.counts[left + 1];
            self.counts.remove(left + 1);
            self.cuts.remove(left);
        }
    }

    /// The usual range, if enough rows had a value to learn one from.
    pub fn usual_range(&self) -> Option<(f64, f64)> {
        (-f64::MAX < self.low && self.high < f64::MAX).then_some((self.low, self.high))
    }

    /// Rows summarised.
    pub fn n(&self) -> u64 {
        self.counts
            .iter()
            .fold(0, |sum: u64, count| sum.saturating_add(*count))
    }

    /// The range that `value` falls into.
    pub fn range_of(&self, value: f64) -> usize {
        self.cuts.partition_point(|cut| *cut < value)
    }

    fn is_sound(&self) -> bool {
        self.counts.len() == self.cuts.len() + 1
            && self.cuts.iter().all(|cut| cut.is_finite())
            && self.cuts.windows(2).all(|pair| pair[0] < pair[1])
            && self.low.is_finite()
            && self.high.is_finite()
    }
}

/// The middle between `value` and the next larger one among `distinct`; `None` above the last.
fn edge_above(distinct: &[f64], value: f64) -> Option<f64> {
    let next = *distinct.get(distinct.partition_point(|other| *other <= value))?;
    let middle = value + (next - value) / 2.0;
    middle.is_finite().then_some(middle)
}

fn counts(cuts: &[f64], sorted: &stats::sketch::SortedQuantiles, n: u64) -> Vec<u64> {
    let mut below = 0;
    let mut counts = Vec::with_capacity(cuts.len() + 1);
    for cut in cuts {
        let up_to = (sorted.cdf(*cut).unwrap_or(0.0) * n as f64).round() as u64;
        counts.push(up_to.saturating_sub(below));
        below = up_to.max(below);
    }
    counts.push(n.saturating_sub(below));
    counts
}

impl CategoryBaseline {
    /// The levels that were seen often enough to be named.
    pub fn of(heavy: &Heavy) -> CategoryBaseline {
        let frequent = heavy
            .top(MAX_LEVELS)
            .into_iter()
            .filter(|item| MIN_SEEN <= item.count);
        let mut levels: Vec<(String, u64)> = frequent.map(|item| (item.key, item.count)).collect();
        levels.sort();
        let named: u64 = levels.iter().map(|(_, count)| count).sum();
        CategoryBaseline {
            levels,
            other: heavy.total().saturating_sub(named),
        }
    }

    /// Rows summarised.
    pub fn n(&self) -> u64 {
        self.levels
            .iter()
            .fold(self.other, |sum, (_, count)| sum.saturating_add(*count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_at_least_ten_rows_and_never_end_on_a_value() {
        let values: Vec<f64> = (0..1000)
            .map(|i| f64::from(i * i % 97))
            .chain([987_654_321.0])
            .collect();
        let baseline = NumberBaseline::of(&values);
        assert_eq!(baseline.n(), 1001);
        assert!(baseline.counts.iter().all(|count| MIN_SEEN <= *count));
        assert!(baseline.cuts.iter().all(|cut| !values.contains(cut)));
        assert!(
            baseline.high < 1000.0,
            "the one extreme value leaves no trace: {}",
            baseline.high
        );
        for (range, count) in baseline.counts.iter().enumerate() {
            assert_eq!(
                values
                    .iter()
                    .filter(|value| baseline.range_of(**value) == range)
                    .count() as u64,
                *count
            );
        }
    }

    #[test]
    fn rare_levels_are_counted_and_not_named() {
        let mut heavy = Heavy::with_capacity(100);
        heavy.add("often", 50);
        heavy.add("secret", 9);
        let baseline = CategoryBaseline::of(&heavy);
        assert_eq!(
            (baseline.levels, baseline.other),
            (vec![("often".to_owned(), 50)], 9)
        );
    }

    #[test]
    fn a_few_values_leave_no_range_behind() {
        let salaries = [
            81_234_567.0,
            81_234_567.5,
            91_234_567.0,
            71_234_567.0,
            61_234_567.0,
        ];
        for copies in [1, 4, 7] {
            let baseline = NumberBaseline::of(&salaries.repeat(copies));
            assert_eq!((baseline.usual_range(), baseline.n_outside), (None, 0));
            let json = serde_json::to_string(&baseline).expect("numbers are JSON");
            let read: NumberBaseline = serde_json::from_str(&json).expect("what was written");
            assert_eq!(read, baseline);
        }
        assert!(NumberBaseline::of(&salaries.repeat(8)).usual_range().is_some());
    }

    #[test]
    fn nothing_and_one_value_are_fine() {
        for values in [vec![], vec![5.0; 30]] {
            let baseline = NumberBaseline::of(&values);
            assert!(baseline.is_sound());
            assert_eq!((baseline.cuts.len(), baseline.n()), (0, values.len() as u64));
        }
    }
}
