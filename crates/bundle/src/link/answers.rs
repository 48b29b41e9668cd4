//! The answers of a bundle: its link, or the calibration in its place, in the arithmetic of its model.

use super::Link;
use super::exp::exp;
use crate::model::Precision;
use crate::{Calibration, Draft, Task};
use stats::math;

/// How the margins of a bundle become answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answers<'a> {
    task: &'a Task,
    link: Link,
    calibration: Calibration,
    /// Each step of an imported model is rounded as its library rounds; none for our own.
    source: Option<Precision>,
}

impl<'a> Answers<'a> {
    pub(crate) fn of(draft: &'a Draft) -> Answers<'a> {
        Answers {
            task: &draft.task,
            link: draft.link,
            calibration: draft.calibration,
            source: draft.model.source_precision(),
        }
    }

    /// The probabilities of rows of margins: of the positive class, or of each class; empty for other tasks.
    pub(crate) fn probabilities(&self, margins: &[f64]) -> Vec<f64> {
        match self.task {
            Task::Binary { .. } => margins.iter().map(|margin| self.probability(*margin)).collect(),
            Task::Classes { classes, .. } => {
                let mut out = margins.to_vec();
                out.chunks_exact_mut(classes.len().max(1))
                    .for_each(|row| self.of_classes(row));
                out
            }
            _ => Vec::new(),
        }
    }

    /// The numbers told: `(n_rows, n_outputs)`, the quantiles of a row rising; empty for classes.
    pub(crate) fn predictions(&self, margins: &[f64]) -> Vec<f64> {
        match self.task {
            Task::Binary { .. } | Task::Classes { .. } => Vec::new(),
            Task::Quantiles { levels, .. } => {
                let mut out = margins.to_vec();
                out.chunks_exact_mut(levels.len().max(1))
                    .for_each(|row| row.sort_unstable_by(f64::total_cmp));
                out
            }
            Task::Regression { .. } | Task::Ranking { .. } | Task::Anomaly => {
                margins.iter().map(|margin| self.answer(*margin)).collect()
            }
        }
    }

    fn probability(&self, margin: f64) -> f64 {
        match self.calibration {
            Calibration::None => self.answer(margin),
            calibration => calibration.probability(self.link, margin),
        }
    }

    fn answer(&self, margin: f64) -> f64 {
        match self.source {
            None => self.link.answer(margin),
            Some(Precision::F64) => answer_f64(self.link, margin),
            Some(Precision::F32) => f64::from(answer_f32(self.link, margin as f32)),
        }
    }

    fn of_classes(&self, row: &mut [f64]) {
        match (self.source, self.link) {
            (None, link) => link.of_classes(row),
            (Some(Precision::F64), Link::Softmax) => softmax_f64(row),
            (Some(Precision::F32), Link::Softmax) => softmax_f32(row),
            _ => row.iter_mut().for_each(|value| *value = self.answer(*value)),
        }
    }
}

/// As LightGBM does it.
fn answer_f64(link: Link, margin: f64) -> f64 {
    match link {
        Link::Sigmoid { slope } => 1.0 / (1.0 + exp(-slope * margin)),
        Link::Exp => exp(margin),
        Link::Softplus => math::ln_1p(exp(margin)),
        link => link.answer(margin),
    }
}

/// As XGBoost does it.
fn answer_f32(link: Link, margin: f32) -> f32 {
    match link {
        // XGBoost keeps the exponent below the largest that `f32` holds.
        Link::Sigmoid { slope } => 1.0 / (1.0 + exp_f32((-(slope as f32) * margin).min(88.7))),
        Link::Exp => exp_f32(margin),
        Link::SignedSquare => margin.signum() * margin * margin,
        Link::Softplus => math::ln_1p(exp(f64::from(margin))) as f32,
        link => link.answer(f64::from(margin)) as f32,
    }
}

fn exp_f32(x: f32) -> f32 {
    exp(f64::from(x)) as f32
}

/// As LightGBM does it.
fn softmax_f64(row: &mut [f64]) {
    let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for value in row.iter_mut() {
        *value = exp(*value - top);
        sum += *value;
    }
    row.iter_mut().for_each(|value| *value /= sum);
}

/// As XGBoost does it: exponentials and quotients in `f32`, their sum in `f64`.
fn softmax_f32(row: &mut [f64]) {
    let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max) as f32;
    let mut sum = 0.0;
    for value in row.iter_mut() {
        *value = f64::from(exp_f32(*value as f32 - top));
        sum += *value;
    }
    for value in row.iter_mut() {
        *value = f64::from(*value as f32 / sum as f32);
    }
}
