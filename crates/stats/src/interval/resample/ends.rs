use super::{BootstrapMethod, Compensated, Estimate, Side};
use crate::interval::sorted_quantile;
use crate::math::sqrt;
use crate::special::{normal_cdf, normal_quantile};
use crate::sum::mean;

/// The interval of sorted resamples.
pub(super) fn interval(
    sides: &[Side],
    value: f64,
    resamples: &[f64],
    method: BootstrapMethod,
    level: f64,
) -> Estimate {
    let alpha = 0.5 * (1.0 - level);
    let [low, high] = match method {
        BootstrapMethod::Percentile => [alpha, 1.0 - alpha].map(|p| sorted_quantile(resamples, p)),
        BootstrapMethod::Basic => [1.0 - alpha, alpha].map(|p| 2.0 * value - sorted_quantile(resamples, p)),
        BootstrapMethod::Bca => {
            let (bias, acceleration) = (bias(value, resamples), acceleration(sides));
            [alpha, 1.0 - alpha].map(|p| {
                let z = bias + normal_quantile(p);
                sorted_quantile(resamples, normal_cdf(bias + z / (1.0 - acceleration * z)))
            })
        }
    };
    Estimate { value, low, high }
}

/// The normal quantile of the share of resamples below the value, ties counted half.
fn bias(value: f64, resamples: &[f64]) -> f64 {
    let n = resamples.len() as f64;
    let n_below = resamples.partition_point(|d| *d < value) as f64;
    let n_tied = resamples.partition_point(|d| *d <= value) as f64 - n_below;
    normal_quantile(((n_below + 0.5 * n_tied) / n).clamp(0.5 / n, 1.0 - 0.5 / n))
}

/// Efron and Tibshirani's equation 14.15, over one sample or two.
fn acceleration(sides: &[Side]) -> f64 {
    let (mut squares, mut cubes) = (Compensated::default(), Compensated::default());
    for (side, sign) in sides.iter().zip([1.0, -1.0]) {
        let values = side.law.without_each();
        let (n, centre) = (values.len() as f64, mean(&values));
        for value in values {
            let d = sign * (centre - value) * (n - 1.0) / n;
            squares.add(d * d);
            cubes.add(d * d * d);
        }
    }
    let squares = squares.value();
    if squares > 0.0 {
        cubes.value() / (6.0 * squares * sqrt(squares))
    } else {
        0.0
    }
}

pub(super) fn spread(resamples: &[f64]) -> f64 {
    let centre = mean(resamples);
    let mut squares = Compensated::default();
    for value in resamples {
        squares.add((value - centre) * (value - centre));
    }
    sqrt(squares.value() / (resamples.len() as f64 - 1.0))
}
