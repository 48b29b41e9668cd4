//! Losses: what is made small, a file each.

mod cross_entropy;
mod exponential;
mod huber;
mod logistic;
mod pinball;
mod rank;
mod softmax;
mod squared;

use stats::sum::ExactSum;

use super::Params;
use super::params::LossName;
use crate::crew::Crew;
pub(super) use crate::trees::Derivatives;
use crate::weights::Weights;
use crate::{LearnError, Target};

/// A loss with its target.
pub(super) trait Loss: Sync {
    /// The best margins without features, `(n_outputs,)`.
    fn base(&self, weights: &Weights) -> Vec<f64>;

    /// The longest step that a leaf may take, before the learning rate, from these base values.
    fn max_step(&self, base: &[f64], weights: &Weights) -> f64;

    /// Bounds on the sizes of derivatives; none where they depend on margins.
    fn largest(&self) -> Option<Derivatives>;

    /// The derivatives of some rows at their margins, `(n_rows, n_outputs)` both.
    fn derivatives(&self, rows: &[u32], margins: &[f64], out: &mut [Derivatives]);

    /// The derivatives of all rows, where those of one depend on others; `margin` tells the margin of a row.
    fn derive_all(&self, _margin: &dyn Fn(usize) -> f64, _crew: &Crew) -> Option<Vec<Derivatives>> {
        None
    }

    /// The loss of a row.
    fn loss(&self, row: usize, margins: &[f64]) -> f64;

    /// The loss of some rows with their units of weight, and what to divide it by.
    fn total_loss(
        &self,
        rows: &[(u32, i64)],
        margins: &(dyn Fn(usize, &mut [f64]) + Sync),
        n_outputs: usize,
    ) -> (ExactSum, i64) {
        let mut of_row = vec![0.0; n_outputs];
        let (mut sum, mut weight) = (ExactSum::default(), 0);
        for &(row, units) in rows {
            margins(row as usize, &mut of_row);
            sum.add_product(self.loss(row as usize, &of_row), units as f64);
            weight += units;
        }
        (sum, weight)
    }

    /// The quantile of its rows' errors that a leaf answers with, where derivatives do not tell.
    fn leaf_level(&self, _output: usize) -> Option<f64> {
        None
    }

    /// What a row's margin is short of its value.
    fn error(&self, _row: usize, _margin: f64) -> f64 {
        0.0
    }
}

/// The loss that fits a target, or the one asked for.
///
/// # Errors
/// [`LearnError`] if the target is not one of this loss.
pub(super) fn loss_for<'a>(
    target: &'a Target,
    params: &Params,
    weights: &Weights,
) -> Result<Box<dyn Loss + 'a>, LearnError> {
    let values = match (target, params.loss) {
        (Target::Binary(labels), LossName::Auto) => return Ok(Box::new(logistic::Logistic { labels })),
        (Target::Classes { codes, n_classes }, LossName::Auto) => {
            return Ok(Box::new(softmax::Softmax {
                codes,
                n_classes: *n_classes as usize,
            }));
        }
        (Target::Ranks { relevance, query }, LossName::Auto) => {
            return Ok(Box::new(rank::Lambda::new(relevance, query, weights)));
        }
        (Target::Number(values), _) => values,
        (target, _) => return Err(unfit(target)),
    };
    Ok(match params.loss {
        LossName::Auto | LossName::Squared => Box::new(squared::Squared { values }),
        LossName::Absolute => Box::new(pinball::Pinball {
            values,
            levels: vec![0.5],
        }),
        LossName::Quantile => Box::new(pinball::Pinball {
            values,
            levels: params.quantiles.clone(),
        }),
        LossName::Huber => Box::new(huber::Huber::new(values, params.huber_delta, weights)),
        LossName::Poisson => {
            within(values, 0.0, f64::INFINITY, "zero or more for `poisson`")?;
            Box::new(exponential::Exponential::new(values, 1.0, weights))
        }
        LossName::Gamma => {
            within(
                values,
                f64::MIN_POSITIVE,
                f64::INFINITY,
                "more than zero for `gamma`",
            )?;
            Box::new(exponential::Exponential::new(values, 2.0, weights))
        }
        LossName::Tweedie => {
            within(values, 0.0, f64::INFINITY, "zero or more for `tweedie`")?;
            Box::new(exponential::Exponential::new(
                values,
                params.tweedie_power,
                weights,
            ))
        }
        LossName::CrossEntropy => {
            within(values, 0.0, 1.0, "from 0 to 1 for `cross_entropy`")?;
            Box::new(cross_entropy::CrossEntropy { shares: values })
        }
    })
}

fn within(values: &[f64], least: f64, most: f64, expected: &'static str) -> Result<(), LearnError> {
    match values.iter().position(|value| !(least..=most).contains(value)) {
        None => Ok(()),
        Some(row) => Err(LearnError::Value {
            what: "target",
            row,
            found: values[row],
            expected,
        }),
    }
}

fn unfit(target: &Target) -> LearnError {
    if let Target::Nothing(_) = target {
        return LearnError::nothing("boosted trees");
    }
    LearnError::Target {
        trainer: "a `loss` for numbers",
        found: target.kind(),
        expected: "numbers; classes and ranks have a loss of their own",
    }
}

/// The quantile of values with weights in units: between two values where exactly that share lies below, so that a
/// whole weight equals repeated values. Sorts the pairs; 0 without any.
pub(super) fn quantile(pairs: &mut [(f64, i64)], level: f64) -> f64 {
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total: i64 = pairs.iter().map(|pair| pair.1).sum();
    let wanted = level * total as f64;
    let mut below = 0;
    for (position, &(value, units)) in pairs.iter().enumerate() {
        below += units;
        if wanted < below as f64 {
            return value;
        }
        if wanted == below as f64 {
            let next = pairs[position + 1..].iter().find(|pair| pair.1 != 0);
            return next.map_or(value, |next| 0.5 * value + 0.5 * next.0);
        }
    }
    pairs.last().map_or(0.0, |pair| pair.0)
}
