//! Prediction intervals: from what is told of a row to a range that holds the truth as often as promised.

use crate::{BundleError, Task};
use prepare::recipe::{Input, Recipe};
use serde::{Deserialize, Serialize};
use stats::calibration::conformal;
use table::write::cell_text;
use table::{Kind, Table};

/// The most groups with a quantile of their own.
pub const MAX_GROUPS: usize = 1000;

/// Conformal intervals: how far they reach, fitted on rows that the model had not seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intervals {
    /// The share of rows whose truth they promise to hold, in (0, 1).
    pub level: f64,
    /// What they are made of.
    pub method: IntervalMethod,
    /// How far they reach, in the unit of the target: the conformal quantile of all rows.
    pub quantile: f64,
    /// Groups with a quantile of their own; the one of all rows holds for other groups and missing ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IntervalGroups>,
}

/// From what is told of a row to its interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalMethod {
    /// The prediction plus and minus the quantile of absolute errors (Lei et al. 2018).
    Split,
    /// From the lowest to the highest quantile told, both moved out by the quantile of how far truths lay outside, or in
    /// where that is negative (Romano, Patterson, Candès 2019).
    Cqr,
}

/// A quantile for each group of rows (Mondrian).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalGroups {
    /// The input whose values are the groups: text, truths or whole numbers.
    pub column: String,
    /// The groups that were seen often enough, rising by value.
    pub groups: Vec<IntervalGroup>,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalGroup {
    /// The value as text.
    pub value: String,
    /// How far its intervals reach.
    pub quantile: f64,
}

impl IntervalMethod {
    /// The method for a task; none where no number is told, or a single quantile.
    pub fn of(task: &Task) -> Option<IntervalMethod> {
        match task {
            Task::Regression { .. } => Some(IntervalMethod::Split),
            Task::Quantiles { levels, .. } if 1 < levels.len() => Some(IntervalMethod::Cqr),
            _ => None,
        }
    }

    /// How strange a truth is where `told` was predicted: the prediction, or the quantiles rising.
    ///
    /// # Panics
    /// If nothing is told, which is an error of the caller.
    pub fn score(self, truth: f64, told: &[f64]) -> f64 {
        match self {
            IntervalMethod::Split => (truth - told[0]).abs(),
            IntervalMethod::Cqr => conformal::outside(truth, ends(told)),
        }
    }

    /// All truths that are no stranger than `quantile`, as `[low, high]`.
    ///
    /// # Panics
    /// As [`IntervalMethod::score`].
    pub fn interval(self, told: &[f64], quantile: f64) -> [f64; 2] {
        match self {
            IntervalMethod::Split => [told[0] - quantile, told[0] + quantile],
            IntervalMethod::Cqr => conformal::widen(ends(told), quantile),
        }
    }
}

fn ends(told: &[f64]) -> [f64; 2] {
    [told[0], told[told.len() - 1]]
}

impl Intervals {
    /// The intervals of rows: `predictions` is `(n_rows, n_told)` as [`Bundle::predictions`](crate::Bundle) gives it, and
    /// `rows` holds at least the column of groups if there are any, aligned to the recipe.
    ///
    /// # Errors
    /// [`BundleError::Inspect`] if there are groups and no rows, [`BundleError::Table`] if their column is missing.
    pub(crate) fn at(
        &self,
        predictions: &[f64],
        n_told: usize,
        rows: Option<&Table>,
    ) -> Result<Vec<[f64; 2]>, BundleError> {
        let rows_told = predictions.chunks_exact(n_told.max(1));
        let Some(by) = &self.by else {
            return Ok(rows_told
                .map(|told| self.method.interval(told, self.quantile))
                .collect());
        };
        let rows = rows.ok_or_else(|| BundleError::Inspect {
            what: format!("intervals by `{}`", by.column),
            found: "rows without columns".to_owned(),
            expected: "a table that holds it".to_owned(),
        })?;
        let groups = group_texts(rows, &by.column)?;
        let one = |(told, group): (&[f64], &Option<String>)| {
            let quantile = group.as_deref().and_then(|group| by.quantile(group));
            self.method.interval(told, quantile.unwrap_or(self.quantile))
        };
        Ok(rows_told.zip(&groups).map(one).collect())
    }

    /// What cannot be, if anything: found and expected.
    pub(crate) fn fault(&self, task: &Task, recipe: &Recipe, private: &[String]) -> Option<(String, String)> {
        if !(0.0 < self.level && self.level < 1.0) {
            let found = format!("the level {}", self.level);
            return Some((found, "a level above 0 and below 1".into()));
        }
        if IntervalMethod::of(task) != Some(self.method) {
            let found = format!("{:?} intervals", self.method).to_lowercase();
            let expected = "split for a number, cqr for two quantiles and more, none for other tasks";
            return Some((found, expected.into()));
        }
        if let Some(wrong) = self.wrong_quantile() {
            let expected = "a finite number, for split intervals 0 or more";
            return Some((format!("the quantile {wrong}"), expected.into()));
        }
        self.by.as_ref().and_then(|by| by.fault(recipe, private))
    }

    fn wrong_quantile(&self) -> Option<f64> {
        let of_groups = self.by.iter().flat_map(|by| &by.groups);
        let is_wrong = |quantile: &f64| {
            !quantile.is_finite() || (self.method == IntervalMethod::Split && *quantile < 0.0)
        };
        std::iter::once(self.quantile)
            .chain(of_groups.map(|group| group.quantile))
            .find(is_wrong)
    }
}

impl IntervalGroups {
    /// The quantile of a group, if it has one of its own.
    pub fn quantile(&self, value: &str) -> Option<f64> {
        let at = self
            .groups
            .binary_search_by(|group| group.value.as_str().cmp(value));
        Some(self.groups[at.ok()?].quantile)
    }

    fn fault(&self, recipe: &Recipe, private: &[String]) -> Option<(String, String)> {
        let refuse = |found: String, expected: &str| Some((found, expected.to_owned()));
        let column = &self.column;
        let Some(input) = recipe.inputs.iter().find(|input| input.name == *column) else {
            return refuse(format!("groups by `{column}`"), "an input of the recipe");
        };
        if !can_group(input) {
            let found = format!("groups by `{column}`, of kind `{}`", input.kind);
            return refuse(found, "text, truths or whole numbers");
        }
        if private.contains(column) {
            return refuse(format!("groups by `{column}`"), "a column that is not private");
        }
        if MAX_GROUPS < self.groups.len() {
            return refuse(format!("{} groups", self.groups.len()), "at most 1000");
        }
        if !self.groups.is_sorted_by(|a, b| a.value < b.value) {
            return refuse(format!("groups of `{column}` out of order"), "each once, rising");
        }
        None
    }
}

/// Whether the values of an input can be groups.
pub fn can_group(input: &Input) -> bool {
    matches!(input.kind(), Some(Kind::Text | Kind::Boolean | Kind::Integer))
}

/// The group of each row, as text; `rows` are aligned to the recipe, so that each way in gives the same texts.
///
/// # Errors
/// [`BundleError::Table`] if there is no such column.
pub fn group_texts(rows: &Table, column: &str) -> Result<Vec<Option<String>>, BundleError> {
    let cells = rows.column(column)?;
    Ok((0..rows.n_rows())
        .map(|row| cell_text(cells.as_ref(), row))
        .collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::Arc;
    use table::arrow::array::{ArrayRef, StringArray};

    fn quantiles(levels: &[f64]) -> Task {
        Task::Quantiles {
            target: "y".into(),
            levels: levels.to_vec(),
        }
    }

    fn rows() -> Table {
        let groups = StringArray::from(vec![Some("a"), Some("b"), Some("c"), None]);
        Table::new(vec![("g".to_owned(), Arc::new(groups) as ArrayRef)]).unwrap()
    }

    fn by(groups: &[(&str, f64)]) -> Option<IntervalGroups> {
        let group = |(value, quantile): &(&str, f64)| IntervalGroup {
            value: (*value).to_owned(),
            quantile: *quantile,
        };
        Some(IntervalGroups {
            column: "g".to_owned(),
            groups: groups.iter().map(group).collect(),
        })
    }

    fn split(quantile: f64, by: Option<IntervalGroups>) -> Intervals {
        Intervals {
            level: 0.9,
            method: IntervalMethod::Split,
            quantile,
            by,
        }
    }

    #[test]
    fn groups_have_their_own_reach_and_all_others_that_of_all_rows() {
        let intervals = split(1.0, by(&[("a", 0.5), ("b", 2.0)]));
        let found = intervals.at(&[10.0; 4], 1, Some(&rows())).unwrap();
        assert!(intervals.at(&[10.0; 4], 1, None).is_err());
        assert_eq!(found, [[9.5, 10.5], [8.0, 12.0], [9.0, 11.0], [9.0, 11.0]]);
    }

    #[test]
    fn quantiles_are_moved_in_or_out_and_never_inside_out() {
        let method = IntervalMethod::of(&quantiles(&[0.1, 0.5, 0.9])).unwrap();
        assert_eq!(method, IntervalMethod::Cqr);
        assert_eq!(method.interval(&[1.0, 2.0, 4.0], 0.5), [0.5, 4.5]);
        assert_eq!(method.interval(&[1.0, 2.0, 4.0], -1.0), [2.0, 3.0]);
        assert_eq!(method.interval(&[1.0, 2.0, 4.0], -5.0), [2.5, 2.5]);
        assert_eq!(method.score(5.0, &[1.0, 2.0, 4.0]), 1.0);
        assert_eq!(method.score(1.5, &[1.0, 2.0, 4.0]), -0.5);
        assert_eq!(IntervalMethod::of(&quantiles(&[0.5])), None);
        assert_eq!(IntervalMethod::of(&Task::Anomaly), None);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let input = |kind: &str| Recipe {
            inputs: vec![Input {
                name: "g".into(),
                kind: kind.into(),
            }],
            derived: Vec::new(),
            features: Vec::new(),
        };
        let number = Task::Regression { target: "y".into() };
        let fault = |intervals: &Intervals, kind: &str, private: &[String]| {
            intervals
                .fault(&number, &input(kind), private)
                .map(|(found, _)| found)
        };
        let good = split(1.0, by(&[("a", 0.5), ("b", 2.0)]));
        assert_eq!(fault(&good, "text", &[]), None);
        let private = fault(&good, "text", &["g".to_owned()]).unwrap();
        assert!(private.contains("`g`"));
        assert!(fault(&good, "number", &[]).unwrap().contains("kind `number`"));
        let unsorted = split(1.0, by(&[("b", 0.5), ("a", 2.0)]));
        assert!(fault(&unsorted, "text", &[]).unwrap().contains("out of order"));
        let twice = split(1.0, by(&[("a", 0.5), ("a", 2.0)]));
        assert!(fault(&twice, "text", &[]).is_some());
        for wrong in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(fault(&split(wrong, None), "text", &[]).is_some(), "{wrong}");
            assert!(fault(&split(1.0, by(&[("a", wrong)])), "text", &[]).is_some());
        }
        for level in [0.0, 1.0, f64::NAN] {
            let intervals = Intervals {
                level,
                ..split(1.0, None)
            };
            assert!(fault(&intervals, "text", &[]).is_some(), "{level}");
        }
        let cqr = Intervals {
            method: IntervalMethod::Cqr,
            ..split(1.0, None)
        };
        assert!(fault(&cqr, "text", &[]).unwrap().contains("cqr intervals"));
        assert_eq!(fault(&split(0.0, by(&[("a", 0.0)])), "text", &[]), None);
        let many: Vec<(String, f64)> = (0..=MAX_GROUPS).map(|i| (format!("{i:05}"), 1.0)).collect();
        let many: Vec<(&str, f64)> = many.iter().map(|(value, q)| (value.as_str(), *q)).collect();
        assert_eq!(fault(&split(1.0, by(&many[1..])), "text", &[]), None);
        assert!(
            fault(&split(1.0, by(&many)), "text", &[])
                .unwrap()
                .contains("1001")
        );
    }
}
