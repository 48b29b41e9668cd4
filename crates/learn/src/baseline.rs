//! The model that others must beat: the mean, the log-odds or the shares of classes, whatever the features.

use bundle::model::ConstantParts;
use bundle::{Constant, Grid, Model};
use stats::math;
use stats::sum::ExactSum;

use crate::weights::Weights;
use crate::{Context, LearnError, Target, Trainer, Training};

/// Learns the best constant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Baseline;

impl Trainer for Baseline {
    fn name(&self) -> &'static str {
        "baseline"
    }

    fn fit(&self, data: &Training<'_>, _context: &Context<'_>) -> Result<Model, LearnError> {
        let weights = data.check()?;
        let base = match data.target {
            Target::Binary(labels) => vec![log_odds(labels, &weights)],
            Target::Classes { codes, n_classes } => log_shares(codes, *n_classes as usize, &weights),
            Target::Number(values) => vec![mean(values, &weights)],
            Target::Ranks { .. } => vec![0.0],
            Target::Nothing(_) => return Err(LearnError::nothing(self.name())),
        };
        let grid = Grid::for_magnitude(base.iter().map(|base| base.abs()).fold(0.0, f64::max));
        let base = base.iter().map(|&base| grid.round(base)).collect();
        Ok(Model::Constant(Constant::from_parts(ConstantParts {
            grid_exponent: grid.exponent(),
            base,
        })?))
    }
}

/// The log-odds of yes; a side that is absent counts half a row, so that the answer is finite.
pub(crate) fn log_odds(labels: &[bool], weights: &Weights) -> f64 {
    let codes: Vec<u32> = labels.iter().map(|&label| u32::from(label)).collect();
    let [no, yes] = class_weights(&codes, 2, weights)[..] else {
        return 0.0;
    };
    math::ln(yes / no)
}

/// The logarithms of the shares of classes; an absent class counts half a row.
pub(crate) fn log_shares(codes: &[u32], n_classes: usize, weights: &Weights) -> Vec<f64> {
    let class_weights = class_weights(codes, n_classes, weights);
    let total = stats::sum::in_order(&class_weights);
    class_weights
        .iter()
        .map(|weight| math::ln(weight / total))
        .collect()
}

fn class_weights(codes: &[u32], n_classes: usize, weights: &Weights) -> Vec<f64> {
    let mut units = vec![0; n_classes];
    codes
        .iter()
        .enumerate()
        .for_each(|(row, &code)| units[code as usize] += weights.of(row));
    units
        .iter()
        .map(|&units| {
            if units == 0 {
                0.5
            } else {
                units as f64 * weights.unit
            }
        })
        .collect()
}

/// The weighted mean.
pub(crate) fn mean(values: &[f64], weights: &Weights) -> f64 {
    let mut sum = ExactSum::default();
    values
        .iter()
        .enumerate()
        .for_each(|(row, &value)| sum.add_product(value, weights.of(row) as f64));
    sum.value() / weights.total_units as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use prepare::Features;

    use super::*;

    fn fit(target: &Target, weights: Option<&[f64]>) -> Vec<f64> {
        let features = Features {
            n_rows: target.len(),
            columns: vec![],
        };
        let data = Training {
            features: &features,
            target,
            weights,
            names: &[],
        };
        let model = Baseline.fit(&data, &Context::new(0)).unwrap();
        let mut out = vec![0.0; model.n_outputs()];
        model.margins(&features, 0..1, &mut out).unwrap();
        out
    }

    #[test]
    fn the_constant_is_the_mean_or_the_prior() {
        assert_eq!(fit(&Target::Number(vec![1.0, 2.0, 6.0]), None), [3.0]);
        assert_eq!(
            fit(&Target::Number(vec![1.0, 2.0, 6.0]), Some(&[3.0, 0.0, 1.0])),
            [2.25]
        );
        let odds = fit(&Target::Binary(vec![true, false, false, false]), None)[0];
        assert!((odds + math::ln(3.0)).abs() < 1e-14);
        let shares = fit(
            &Target::Classes {
                codes: vec![0, 1, 1, 1],
                n_classes: 2,
            },
            None,
        );
        assert!((math::exp(shares[1]) - 0.75).abs() < 1e-14);
    }

    #[test]
    fn one_class_alone_gives_a_finite_answer() {
        assert!((fit(&Target::Binary(vec![true; 4]), None)[0] - math::ln(8.0)).abs() < 1e-14);
    }

    #[test]
    fn nothing_to_learn_from_is_an_error() {
        let features = Features::default();
        let target = Target::Number(vec![]);
        let data = Training {
            features: &features,
            target: &target,
            weights: None,
            names: &[],
        };
        assert!(matches!(
            Baseline.fit(&data, &Context::new(0)),
            Err(LearnError::NoRows)
        ));
    }
}
