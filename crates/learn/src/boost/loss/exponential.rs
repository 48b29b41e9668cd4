//! Losses of amounts whose logarithm is the margin: Poisson, Gamma and Tweedie.

use stats::math::{self, lanes};

use super::{Derivatives, Loss};
use crate::baseline;
use crate::weights::Weights;

/// Half the deviance of an exponential dispersion model with variance `mean^power`, up to a constant.
///
/// Power 1 is Poisson's, 2 Gamma's, between them Tweedie's: sums of a Poisson number of Gamma amounts.
///
/// B. Jørgensen (1987), Exponential dispersion models, JRSS B 49.
pub(in crate::boost) struct Exponential<'a> {
    values: &'a [f64],
    power: f64,
    /// The logarithm of the mean. Derivatives are those of amounts in units of the mean, so that what is added to second
    /// derivatives, or asked of them, means as many rows whatever the unit of the target.
    unit: f64,
}

/// A leaf multiplies the mean by at most e^this, before the learning rate.
const MAX_STEP: f64 = 5.0;

/// Second derivatives of counts are taken this much too large, e^0.7, because they grow along a step.
const CAUTION: f64 = 2.013_752_707_470_476_6;

impl<'a> Exponential<'a> {
    pub(super) fn new(values: &'a [f64], power: f64, weights: &Weights) -> Exponential<'a> {
        let mean = baseline::mean(values, weights);
        // Nothing but zeros: as if half of one row had counted once.
        let least = 0.5 / weights.total();
        let unit = math::ln(if 0.0 < mean { mean } else { least });
        Exponential { values, power, unit }
    }
}

impl Loss for Exponential<'_> {
    fn base(&self, _weights: &Weights) -> Vec<f64> {
        vec![self.unit]
    }

    fn max_step(&self, _base: &[f64], _weights: &Weights) -> f64 {
        MAX_STEP
    }

    fn largest(&self) -> Option<Derivatives> {
        None
    }

    fn derivatives(&self, rows: &[u32], margins: &[f64], out: &mut [Derivatives]) {
        let (a, b) = (1.0 - self.power, 2.0 - self.power);
        let per_unit = math::exp(-self.unit);
        for ((out, &margin), &row) in out.iter_mut().zip(margins).zip(rows) {
            let (margin, value) = (margin - self.unit, self.values[row as usize] * per_unit);
            *out = if self.power == 1.0 {
                let mean = lanes::exp(margin);
                Derivatives {
                    gradient: mean - value,
                    hessian: CAUTION * mean,
                }
            } else {
                let (of_value, of_mean) = (value * lanes::exp(a * margin), lanes::exp(b * margin));
                Derivatives {
                    gradient: of_mean - of_value,
                    hessian: b * of_mean - a * of_value,
                }
            };
        }
    }

    fn loss(&self, row: usize, margins: &[f64]) -> f64 {
        let (value, margin) = (self.values[row], margins[0]);
        let (a, b) = (1.0 - self.power, 2.0 - self.power);
        // The integral of the derivative; at the ends of the range one of its terms is a logarithm.
        let of_mean = if b == 0.0 {
            margin
        } else {
            math::exp(b * margin) / b
        };
        let of_value = if a == 0.0 {
            margin
        } else {
            math::exp(a * margin) / a
        };
        of_mean - value * of_value
    }
}
