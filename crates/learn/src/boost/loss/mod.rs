//! Losses: what is made small, a file each.

mod logistic;
mod softmax;
mod squared;

pub(super) use logistic::Logistic;
pub(super) use softmax::Softmax;
pub(super) use squared::Squared;

use crate::Target;
use crate::weights::Weights;

/// First and second derivative of the loss by a margin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Derivatives {
    pub(super) gradient: f64,
    pub(super) hessian: f64,
}

/// A loss with its target.
pub(super) trait Loss: Sync {
    /// The best margins without features, `(n_outputs,)`.
    fn base(&self, weights: &Weights) -> Vec<f64>;

    /// The longest step that a leaf may take, before the learning rate, from these base values.
    fn max_step(&self, base: &[f64], weights: &Weights) -> f64;

    /// The derivatives of a row, `(n_outputs,)`, at `margins`, `(n_outputs,)`.
    fn derivatives(&self, row: usize, margins: &[f64], out: &mut [Derivatives]);

    /// The loss of a row.
    fn loss(&self, row: usize, margins: &[f64]) -> f64;
}

/// The loss that fits a target.
pub(super) fn loss_for(target: &Target) -> Box<dyn Loss + '_> {
    match target {
        Target::Binary(labels) => Box::new(Logistic { labels }),
        Target::Classes { codes, n_classes } => Box::new(Softmax {
            codes,
            n_classes: *n_classes as usize,
        }),
        Target::Number(values) => Box::new(Squared { values }),
    }
}
