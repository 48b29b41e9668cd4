use crate::math::{exp, ln_1p, sigmoid};
use crate::sum::Compensated;
use crate::{StatsError, check};

const MAX_STEPS: usize = 200;

/// Probability as `1 / (1 + exp(-(slope * margin + intercept)))`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Platt {
    /// Factor of the margin; 1 for a margin that is calibrated already, below 0 for one that ranks the wrong way.
    pub slope: f64,
    /// Added to the scaled margin.
    pub intercept: f64,
}

impl Platt {
    /// The probability that belongs to a margin.
    #[must_use]
    pub fn apply(&self, margin: f64) -> f64 {
        sigmoid(self.slope * margin + self.intercept)
    }
}

/// Fits Platt's sigmoid by maximum likelihood on smoothed targets.
///
/// # Shapes and units
/// `margins`, `labels` and `weights` are `(n_rows,)`. Margins must come from rows that the model was not trained on.
/// Targets are `(N+ + 1) / (N+ + 2)` and `1 / (N- + 2)` instead of 1 and 0, so that perfect separation stays finite.
///
/// # Errors
/// [`StatsError::OneClass`] unless both classes occur, [`StatsError::NotConverged`] in hopeless cases; lengths, NaN and
/// weights as for metrics.
///
/// # Reference
/// H.-T. Lin, C.-J. Lin, R. C. Weng (2007), A note on Platt's probabilistic outputs, Machine Learning 68, 267-276.
pub fn platt(margins: &[f64], labels: &[bool], weights: Option<&[f64]>) -> Result<Platt, StatsError> {
    let problem = Problem::new(margins, labels, weights)?;
    let mut at = Platt {
        slope: 0.0,
        intercept: problem.prior_log_odds(),
    };
    let mut loss = problem.loss(at);
    for _ in 0..MAX_STEPS {
        let [g_slope, g_intercept, h_ss, h_si, h_ii] = problem.derivatives(at);
        if g_slope.abs().max(g_intercept.abs()) < 1e-12 * problem.total {
            return Ok(problem.unscaled(at));
        }
        let determinant = h_ss * h_ii - h_si * h_si;
        let slope_step = -(h_ii * g_slope - h_si * g_intercept) / determinant;
        let intercept_step = -(h_ss * g_intercept - h_si * g_slope) / determinant;
        let downhill = g_slope * slope_step + g_intercept * intercept_step;
        let mut size = 1.0;
        let (next, next_loss) = loop {
            let next = Platt {
                slope: at.slope + size * slope_step,
                intercept: at.intercept + size * intercept_step,
            };
            let next_loss = problem.loss(next);
            if next_loss <= loss + 1e-4 * size * downhill {
                break (next, next_loss);
            }
            size *= 0.5;
            if size < 1e-10 {
                // the loss cannot fall any more in floating point
                return Ok(problem.unscaled(at));
            }
        };
        (at, loss) = (next, next_loss);
    }
    Err(StatsError::NotConverged {
        what: "platt calibration",
        n_steps: MAX_STEPS,
    })
}

/// Margins in units of the largest one, so that the Newton steps are well scaled.
struct Problem {
    scale: f64,
    rows: Vec<(f64, f64, f64)>,
    positive: f64,
    negative: f64,
    total: f64,
}

impl Problem {
    fn new(margins: &[f64], labels: &[bool], weights: Option<&[f64]>) -> Result<Self, StatsError> {
        check::at_least("labels", labels.len(), 2)?;
        check::same_length("margins", margins.len(), labels.len())?;
        check::finite("margins", margins)?;
        check::weights(weights, labels.len())?;
        let weight_of = |class: bool| {
            (0..labels.len())
                .filter(|&i| labels[i] == class)
                .map(|i| check::weight(weights, i))
                .sum::<f64>()
        };
        let (positive, negative) = (weight_of(true), weight_of(false));
        if positive <= 0.0 || negative <= 0.0 {
            let found = if positive > 0.0 { "positive" } else { "negative" };
            return Err(StatsError::OneClass {
                what: "labels",
                found: found.to_owned(),
            });
        }
        let largest = margins.iter().fold(0.0_f64, |most, m| most.max(m.abs()));
        let scale = if largest > 0.0 { largest } else { 1.0 };
        let target = |label: bool| {
            if label {
                (positive + 1.0) / (positive + 2.0)
            } else {
                1.0 / (negative + 2.0)
            }
        };
        let row = |i: usize| (margins[i] / scale, target(labels[i]), check::weight(weights, i));
        let rows = (0..labels.len()).map(row).collect();
        Ok(Self {
            scale,
            rows,
            positive,
            negative,
            total: positive + negative,
        })
    }

    fn prior_log_odds(&self) -> f64 {
        crate::math::ln((self.positive + 1.0) / (self.negative + 1.0))
    }

    fn unscaled(&self, at: Platt) -> Platt {
        Platt {
            slope: at.slope / self.scale,
            ..at
        }
    }

    fn loss(&self, at: Platt) -> f64 {
        let mut sum = Compensated::default();
        for (margin, target, weight) in &self.rows {
            let z = at.slope * margin + at.intercept;
            // -(t ln p + (1 - t) ln(1 - p)), without overflow on either side
            let loss = if z >= 0.0 {
                (1.0 - target) * z + ln_1p(exp(-z))
            } else {
                -target * z + ln_1p(exp(z))
            };
            sum.add(weight * loss);
        }
        sum.value()
    }

    fn derivatives(&self, at: Platt) -> [f64; 5] {
        let mut sums = [Compensated::default(); 5];
        for (margin, target, weight) in &self.rows {
            let p = at.apply(*margin);
            let (g, h) = (weight * (p - target), weight * p * (1.0 - p));
            for (sum, term) in sums
                .iter_mut()
                .zip([g * margin, g, h * margin * margin, h * margin, h])
            {
                sum.add(term);
            }
        }
        let [a, b, c, d, e] = sums.map(|sum| sum.value());
        // a small ridge keeps constant margins solvable
        [a, b, c + 1e-12 * self.total, d, e + 1e-12 * self.total]
    }
}
