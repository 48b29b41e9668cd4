//! What was said of rows, column after column, growing request by request.

use super::{MASKED_PREFIX, SHARE, input_name};
use super::{append_answers, record::Recording};
use crate::{Bundle, BundleError, Scores, Task};
use prepare::contract::Action;
use std::sync::Arc;
use table::Table;
use table::arrow::array::{ArrayRef, Float64Array, StringArray, StringBuilder, TimestampMicrosecondArray};

/// The longest text of what of the contract a row broke: a rule may list thousands of levels.
const MAX_BROKEN: usize = 500;

/// What was said of the rows of requests, in the order in which they were added; all of one bundle.
#[derive(Debug, Default)]
pub struct Answers {
    times: Vec<i64>,
    requests: StringBuilder,
    margins: Vec<f64>,
    answers: Vec<f64>,
    decisions: StringBuilder,
    broken: StringBuilder,
}

impl Answers {
    /// How many rows there are.
    pub fn n_rows(&self) -> usize {
        self.times.len()
    }

    /// Adds what `scores` say of one request's rows: `time_micros` is when it was answered, in microseconds since
    /// 1970-01-01 UTC, `request` its identifier.
    pub fn push(&mut self, task: &Task, scores: &Scores, time_micros: i64, request: &str) {
        let n_rows = scores.n_rows;
        self.times.extend(std::iter::repeat_n(time_micros, n_rows));
        (0..n_rows).for_each(|_| self.requests.append_value(request));
        let first_margins = scores.margins.iter().step_by(scores.n_outputs.max(1));
        self.margins.extend(first_margins);
        append_answers(task, scores, &mut self.answers);
        self.push_decisions(task, scores);
        self.push_broken(scores);
    }

    fn push_decisions(&mut self, task: &Task, scores: &Scores) {
        if scores.decisions.is_empty() {
            return self.decisions.append_nulls(scores.n_rows);
        }
        for row in 0..scores.n_rows {
            let class = scores.decisions.get(row).map(|class| *class as usize);
            self.decisions
                .append_option(class.and_then(|class| task.class(class)));
        }
    }

    fn push_broken(&mut self, scores: &Scores) {
        if scores.report.breaches.is_empty() {
            return self.broken.append_nulls(scores.n_rows);
        }
        let broken = scores.report.reasons(Action::Flag);
        for row in 0..scores.n_rows {
            self.broken
                .append_option(broken.get(&row).map(|text| clipped(text)));
        }
    }

    /// These answers and the raw rows that they are about as a table for the log, with what `recording` lets be told.
    ///
    /// # Errors
    /// [`BundleError`] if there are other rows than answers, or inputs of the bundle are missing.
    pub fn into_table(
        mut self,
        bundle: &Bundle,
        rows: &Table,
        recording: &Recording,
    ) -> Result<Table, BundleError> {
        let n_rows = self.n_rows();
        let hash = bundle.hash().to_hex();
        let hashes = std::iter::repeat_n(hash.as_str(), n_rows);
        let told: [(&str, ArrayRef); 8] = [
            ("time", Arc::new(TimestampMicrosecondArray::from(self.times))),
            ("request", Arc::new(self.requests.finish())),
            ("bundle", Arc::new(StringArray::from_iter_values(hashes))),
            (SHARE, Arc::new(Float64Array::from(vec![recording.share; n_rows]))),
            ("margin", Arc::new(Float64Array::from(self.margins))),
            ("answer", Arc::new(Float64Array::from(self.answers))),
            ("decision", Arc::new(self.decisions.finish())),
            ("broken", Arc::new(self.broken.finish())),
        ];
        let mut columns: Vec<(String, ArrayRef)> = told
            .into_iter()
            .map(|(name, cells)| (name.to_owned(), cells))
            .collect();
        let is_shown = |name: &String| !bundle.private.contains(name);
        let inputs = bundle.recipe.inputs.iter().map(|input| &input.name);
        for name in inputs.filter(|name| is_shown(name)) {
            let cells = rows.column(name)?;
            if !recording.mask.holds(name) {
                columns.push((input_name(name), cells));
            } else if let Some(hashes) = recording.mask.hashes(name, cells.as_ref()) {
                columns.push((format!("{MASKED_PREFIX}{name}"), hashes));
            }
        }
        Ok(Table::new(columns)?)
    }
}

fn clipped(text: &str) -> &str {
    let end = text.floor_char_boundary(MAX_BROKEN.min(text.len()));
    &text[..end]
}
