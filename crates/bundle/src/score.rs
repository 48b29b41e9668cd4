//! Scoring a table: contract, recipe, margins, probabilities, decisions, reasons. The only way, for every caller.

use crate::explaining::{Stop, check_going_on};
use crate::link::Answers;
use crate::reasons::{Pair, Reason};
use crate::{Bundle, BundleError, Draft, Explanation, Intervals, Task};
use prepare::Features;
use prepare::contract::{Action, RowReport, check_rows};
use prepare::recipe::Encoding;
use rayon::prelude::*;
use std::sync::Arc;
use table::Table;
use table::arrow::array::{ArrayRef, Float64Array, StringArray};

/// More threads than this are never started.
pub(crate) const MAX_THREADS: usize = 1024;

/// How to score; nothing here changes a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScoreOptions {
    /// How many reasons to give with each row, 0 for none.
    pub n_reasons: usize,
    /// Rows per block, at least 1.
    pub block_rows: usize,
    /// Threads; one unless asked.
    pub n_threads: usize,
}

impl Default for ScoreOptions {
    fn default() -> ScoreOptions {
        ScoreOptions {
            n_reasons: 0,
            block_rows: 4096,
            n_threads: 1,
        }
    }
}

/// What a bundle says of some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// How many rows.
    pub n_rows: usize,
    /// Margins per row.
    pub n_outputs: usize,
    /// The margins, `(n_rows, n_outputs)`.
    pub margins: Vec<f64>,
    /// Probabilities: of the positive class, `(n_rows,)`, or of each class, `(n_rows, n_classes)`; empty for numbers.
    pub probabilities: Vec<f64>,
    /// The numbers predicted: `(n_rows,)`, or the quantiles of each row, rising, `(n_rows, n_levels)`; the scores of
    /// ranking and anomalies; empty for classes.
    pub predictions: Vec<f64>,
    /// The intervals of the rows as `[low, high]`, if the bundle has any, `(n_rows,)`.
    pub intervals: Option<Vec<[f64; 2]>>,
    /// The position of the class decided for among [`Task::classes`], `(n_rows,)`; empty for numbers and orders.
    pub decisions: Vec<u32>,
    /// Why, if reasons were asked for.
    pub explanation: Option<Explanation>,
    /// For each row the strongest reasons as sentences, if asked for; about the margin of the class decided for.
    pub reasons: Option<Vec<Vec<Reason>>>,
    /// For each row the pairs of features that do most together, if asked for ([`Bundle::strongest_pairs`]).
    pub pairs: Option<Vec<Vec<Pair>>>,
    /// Which rules of the contract the rows broke.
    pub report: RowReport,
}

impl Bundle {
    /// Scores the rows of `table`, which needs at least the inputs of the recipe; other columns are not looked at.
    ///
    /// Rows that break the contract are scored too; the report says which, and the caller decides.
    ///
    /// # Errors
    /// [`BundleError`]: a column is missing or of another kind.
    pub fn score(&self, table: &Table, options: &ScoreOptions) -> Result<Scores, BundleError> {
        let rows = self.recipe.align(table)?;
        let report = check_rows(&self.contract, &rows)?;
        let features = self.recipe.apply(&rows)?;
        let margins = self.margins(&features, options)?;
        let probabilities = self.probabilities(&margins);
        let predictions = self.predictions(&margins);
        let decisions = self.decisions(&probabilities, &predictions);
        let intervals = self.intervals_at(&margins, Some(&rows))?;
        let explanation = match options.n_reasons {
            0 => None,
            _ => Some(self.explain(&features, options)?),
        };
        let reasons = match &explanation {
            Some(explanation) => Some(self.reasons(&rows, explanation, &decisions, options.n_reasons)?),
            None => None,
        };
        Ok(Scores {
            n_rows: features.n_rows,
            n_outputs: self.model.n_outputs(),
            margins,
            probabilities,
            predictions,
            intervals,
            decisions,
            explanation,
            reasons,
            pairs: None,
            report,
        })
    }

    /// The margins of features that were prepared already, `(n_rows, n_outputs)`, block by block.
    ///
    /// # Errors
    /// [`BundleError::Model`] if the features do not fit, [`BundleError::Threads`].
    pub fn margins(&self, features: &Features, options: &ScoreOptions) -> Result<Vec<f64>, BundleError> {
        self.margins_until(features, options, &|| false)
    }

    /// As [`Bundle::margins`], until `stop` says so, which is asked before each block.
    ///
    /// # Errors
    /// As [`Bundle::margins`]; [`ModelError::Stopped`].
    pub fn margins_until(
        &self,
        features: &Features,
        options: &ScoreOptions,
        stop: Stop<'_>,
    ) -> Result<Vec<f64>, BundleError> {
        let n_outputs = self.model.n_outputs();
        let mut out = vec![0.0; features.n_rows * n_outputs];
        let block = options.block_rows.max(1);
        let score = |(position, out): (usize, &mut [f64])| {
            check_going_on(stop)?;
            let start = position * block;
            self.model
                .margins(features, start..start + out.len() / n_outputs, out)
        };
        if options.n_threads <= 1 || features.n_rows <= block {
            out.chunks_mut(block * n_outputs)
                .enumerate()
                .try_for_each(score)?;
        } else {
            pool(options.n_threads, features.n_rows.div_ceil(block))?.install(|| {
                out.par_chunks_mut(block * n_outputs)
                    .enumerate()
                    .try_for_each(score)
            })?;
        }
        Ok(out)
    }

    /// The contributions of all rows, block by block.
    ///
    /// # Errors
    /// [`BundleError::Model`] if features do not fit.
    pub fn explain(&self, features: &Features, options: &ScoreOptions) -> Result<Explanation, BundleError> {
        self.explain_until(features, options, &|| false)
    }

    /// The probabilities at margins, of the positive class, `(n_rows,)`, or of each class, `(n_rows, n_classes)`; empty
    /// for numbers.
    pub fn probabilities(&self, margins: &[f64]) -> Vec<f64> {
        Answers::of(self).probabilities(margins)
    }

    /// The numbers predicted at margins, `(n_rows,)` or one for each level of a quantile; empty for classes.
    pub fn predictions(&self, margins: &[f64]) -> Vec<f64> {
        Answers::of(self).predictions(margins)
    }

    /// The intervals of rows as `[low, high]`, if the bundle has any; `rows` are those of the margins, needed only where
    /// groups have intervals of their own.
    ///
    /// # Errors
    /// [`BundleError`]: there are no rows where there are groups, or a column is missing or of another kind.
    pub fn intervals_of(
        &self,
        margins: &[f64],
        rows: Option<&Table>,
    ) -> Result<Option<Vec<[f64; 2]>>, BundleError> {
        let rows = rows.map(|rows| self.recipe.align(rows)).transpose()?;
        self.intervals_at(margins, rows.as_ref())
    }

    /// The positions of the classes decided for, `(n_rows,)`, at probabilities, and for anomalies at predictions; empty
    /// for numbers.
    pub fn decisions(&self, probabilities: &[f64], predictions: &[f64]) -> Vec<u32> {
        let threshold = self.decision.as_ref().map_or(0.5, |decision| decision.threshold);
        let from_threshold = |values: &[f64]| {
            values
                .iter()
                .map(|value| u32::from(threshold <= *value))
                .collect()
        };
        match &self.task {
            Task::Regression { .. } | Task::Quantiles { .. } | Task::Ranking { .. } => Vec::new(),
            Task::Binary { .. } => from_threshold(probabilities),
            Task::Anomaly => from_threshold(predictions),
            Task::Classes { classes, .. } => probabilities
                .chunks_exact(classes.len())
                .map(|row| stats::metric::most_probable(row) as u32)
                .collect(),
        }
    }

    /// The names of the features that are categories, for readers of contributions.
    pub fn is_category(&self, feature: usize) -> bool {
        matches!(
            self.recipe.features.get(feature).map(|f| &f.encoding),
            Some(Encoding::Category { .. })
        )
    }
}

impl Draft {
    /// The intervals at margins of rows that are aligned to the recipe.
    pub(crate) fn intervals_at(
        &self,
        margins: &[f64],
        rows: Option<&Table>,
    ) -> Result<Option<Vec<[f64; 2]>>, BundleError> {
        let at = |intervals: &Intervals| {
            let predictions = Answers::of(self).predictions(margins);
            let mut found = intervals.at(&predictions, self.task.n_outputs(), rows)?;
            self.hold_in_range(&mut found);
            Ok(found)
        };
        self.intervals.as_ref().map(at).transpose()
    }

    /// Ends of intervals lie where truths can.
    pub(crate) fn hold_in_range(&self, intervals: &mut [[f64; 2]]) {
        intervals
            .iter_mut()
            .for_each(|interval| *interval = self.link.within_range(*interval));
    }

    /// The names of the output columns, in order, without reasons.
    pub fn output_names(&self) -> Vec<String> {
        let mut names = answer_names(&self.task);
        if self.intervals.is_some() {
            names.extend(INTERVAL_NAMES.map(str::to_owned));
        }
        names
    }
}

/// The ends of intervals as columns.
const INTERVAL_NAMES: [&str; 2] = ["interval_low", "interval_high"];

/// The names of the columns of answers without intervals and reasons.
fn answer_names(task: &Task) -> Vec<String> {
    match task {
        Task::Binary { .. } => ["margin", "probability", "decision"].map(str::to_owned).to_vec(),
        Task::Regression { .. } => ["margin", "prediction"].map(str::to_owned).to_vec(),
        Task::Ranking { .. } => ["margin", "score"].map(str::to_owned).to_vec(),
        Task::Anomaly => ["margin", "score", "decision"].map(str::to_owned).to_vec(),
        Task::Quantiles { levels, .. } => [named("margin", levels), named("quantile", levels)].concat(),
        Task::Classes { classes, .. } => [
            named("margin", classes),
            named("probability", classes),
            vec!["decision".to_owned()],
        ]
        .concat(),
    }
}

/// A column name for each class or level.
fn named<T: std::fmt::Display>(word: &str, items: &[T]) -> Vec<String> {
    items.iter().map(|item| format!("{word}_{item}")).collect()
}

/// Threads to score `n_blocks`; more than there are blocks would have nothing to do.
pub(crate) fn pool(n_threads: usize, n_blocks: usize) -> Result<rayon::ThreadPool, BundleError> {
    let n_threads = n_threads.clamp(1, MAX_THREADS).min(n_blocks.max(1));
    rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .build()
        .map_err(|error| BundleError::Threads {
            n_threads,
            found: error.to_string(),
        })
}

impl Scores {
    /// Whether each row keeps the declared rules of the contract, `(n_rows,)`; others are refused online, set apart in batch.
    pub fn kept(&self) -> Vec<bool> {
        let mut kept = vec![true; self.n_rows];
        let breaches = self.report.breaches.iter();
        for row in breaches
            .filter(|breach| Action::Flag < breach.action)
            .flat_map(|breach| &breach.rows)
        {
            kept[*row] = false;
        }
        kept
    }

    /// The scores as columns: margins, probabilities, the decision, the ends of intervals, and `reasons` and
    /// `interactions` as sentences if they were asked for.
    ///
    /// # Errors
    /// [`BundleError::Table`] if two classes give the same column name.
    pub fn to_table(&self, task: &Task) -> Result<Table, BundleError> {
        let n = self.n_outputs;
        let column_of = |values: &[f64], output: usize| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(
                values.iter().skip(output).step_by(n).copied(),
            ))
        };
        let classes = task.classes();
        let mut arrays: Vec<ArrayRef> = (0..n).map(|output| column_of(&self.margins, output)).collect();
        let answers = match self.probabilities.is_empty() {
            true => &self.predictions,
            false => &self.probabilities,
        };
        arrays.extend((0..n).map(|output| column_of(answers, output)));
        if !classes.is_empty() {
            let labels = self
                .decisions
                .iter()
                .map(|class| classes.get(*class as usize).copied());
            arrays.push(Arc::new(labels.collect::<StringArray>()));
        }
        let mut columns: Vec<(String, ArrayRef)> = answer_names(task).into_iter().zip(arrays).collect();
        for (end, name) in INTERVAL_NAMES.into_iter().enumerate() {
            if let Some(intervals) = &self.intervals {
                let ends = intervals.iter().map(|interval| interval[end]);
                columns.push((name.to_owned(), Arc::new(Float64Array::from_iter_values(ends))));
            }
        }
        let reasons = self
            .reasons
            .as_deref()
            .map(|rows| sentences(rows, Reason::sentence));
        let pairs = self.pairs.as_deref().map(|rows| sentences(rows, Pair::sentence));
        columns.extend(reasons.map(|cells| ("reasons".to_owned(), cells)));
        columns.extend(pairs.map(|cells| ("interactions".to_owned(), cells)));
        Ok(Table::new(columns)?)
    }
}

/// The sentences of each row, one behind the other.
fn sentences<T>(rows: &[Vec<T>], sentence: impl Fn(&T) -> String) -> ArrayRef {
    let text = |row: &Vec<T>| row.iter().map(&sentence).collect::<Vec<_>>().join("; ");
    Arc::new(StringArray::from_iter_values(rows.iter().map(text)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_more_threads_are_started_than_there_is_work() {
        let started = |n_threads, n_blocks| pool(n_threads, n_blocks).unwrap().current_num_threads();
        assert_eq!(started(1_000_000, 3), 3);
        assert_eq!(started(0, 3), 1);
        assert_eq!(started(2, 0), 1);
    }
}
