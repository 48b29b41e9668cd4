//! What a bundle says of rows, column by column, without a table between.

use crate::scoring::Scored;
use bundle::Task;
use std::borrow::Cow;
use std::sync::Arc;
use table::arrow::array::{ArrayRef, Float64Array, StringArray};

/// One of a bundle's outputs for all rows of a request.
#[derive(Debug)]
pub(crate) enum Output<'s> {
    /// Numbers of which every `width`-th belongs to it, from `at` on.
    Numbers {
        values: &'s [f64],
        width: usize,
        at: usize,
    },
    /// The lower ends of intervals, or the upper ones.
    Ends { intervals: &'s [[f64; 2]], end: usize },
    /// The class decided for.
    Labels { task: &'s Task, decisions: &'s [u32] },
}

impl Scored {
    /// The output at this position among [`Loaded::outputs`](crate::models::Loaded): margins, answers, the decision, the ends
    /// of intervals.
    pub(crate) fn output(&self, position: usize) -> Option<Output<'_>> {
        let (scores, task) = (&self.scores, &self.model.bundle.task);
        let width = scores.n_outputs;
        let answers = match scores.probabilities.is_empty() {
            true => &scores.predictions,
            false => &scores.probabilities,
        };
        if position < 2 * width {
            let values = if position < width {
                &scores.margins
            } else {
                answers
            };
            let at = position % width;
            return Some(Output::Numbers { values, width, at });
        }
        let behind = position - 2 * width;
        match (behind, task.class(0).is_some()) {
            (0, true) => Some(Output::Labels {
                task,
                decisions: &scores.decisions,
            }),
            (_, has_classes) => {
                let end = behind - usize::from(has_classes);
                let intervals = scores.intervals.as_ref().filter(|_| end < 2)?;
                Some(Output::Ends { intervals, end })
            }
        }
    }
}

impl<'s> Output<'s> {
    /// The number of a row; `None` for texts.
    pub(crate) fn number(&self, row: usize) -> Option<f64> {
        match self {
            Output::Numbers { values, width, at } => values.get(row * width + at).copied(),
            Output::Ends { intervals, end } => intervals.get(row).map(|interval| interval[*end]),
            Output::Labels { .. } => None,
        }
    }

    /// The text of a row; `None` for numbers.
    pub(crate) fn text(&self, row: usize) -> Option<&'s str> {
        match self {
            Output::Labels { task, decisions } => task.class(*decisions.get(row)? as usize),
            _ => None,
        }
    }

    /// Its numbers row by row; none if it is texts.
    pub(crate) fn numbers(&self) -> Cow<'s, [f64]> {
        match self {
            Output::Numbers { values, width: 1, .. } => Cow::Borrowed(values),
            Output::Numbers { values, width, at } => {
                values.iter().skip(*at).step_by(*width).copied().collect()
            }
            Output::Ends { intervals, end } => intervals.iter().map(|interval| interval[*end]).collect(),
            Output::Labels { .. } => Cow::Borrowed(&[]),
        }
    }

    pub(crate) fn to_array(&self) -> ArrayRef {
        match self {
            Output::Labels { decisions, .. } => Arc::new(
                (0..decisions.len())
                    .map(|row| self.text(row))
                    .collect::<StringArray>(),
            ),
            numbers => Arc::new(Float64Array::from(numbers.numbers().into_owned())),
        }
    }
}
