//! The distribution of the Dickey-Fuller statistic without a closed form, as fitted surfaces.

use super::Deterministic;
use crate::special::ln_normal_sf;

/// Coefficients of one kind of regression.
struct Surface {
    /// Between these the polynomials rise; beyond, their ends hold.
    range: [f64; 2],
    /// Up to this statistic `small` holds.
    small_up_to: f64,
    /// Normal quantile of p as a polynomial of the statistic, lowest power first.
    small: [f64; 3],
    large: [f64; 4],
    /// At 1, 5 and 10 %: a polynomial of `1 / n`.
    critical: [[f64; 4]; 3],
}

/// `ln` of the probability of a smaller statistic if there is a unit root.
///
/// Right to about two digits of p in the tails. Beyond the range of the surfaces it stays at their ends.
///
/// # Reference
/// J. G. MacKinnon (1994), Journal of Business and Economic Statistics 12, 167-176, tables 3 and 4 for one series.
pub(super) fn ln_p(statistic: f64, deterministic: Deterministic) -> f64 {
    let surface = surface(deterministic);
    if statistic > surface.range[1] {
        return 0.0;
    }
    let x = statistic.max(surface.range[0]);
    let quantile = if x <= surface.small_up_to {
        polynomial(&surface.small, x)
    } else {
        polynomial(&surface.large, x)
    };
    ln_normal_sf(-quantile)
}

/// The critical values at 1, 5 and 10 % for `n` rows of the regression.
///
/// # Reference
/// J. G. MacKinnon (2010), Critical values for cointegration tests, Queen's University working paper 1227, table 2 for N = 1.
pub(super) fn critical_values(n: f64, deterministic: Deterministic) -> Vec<(f64, f64)> {
    let rows = surface(deterministic).critical;
    [0.01, 0.05, 0.1]
        .into_iter()
        .zip(rows.iter().map(|row| polynomial(row, 1.0 / n)))
        .collect()
}

fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

fn surface(deterministic: Deterministic) -> Surface {
    match deterministic {
        Deterministic::Nothing => Surface {
            range: [-19.04, f64::INFINITY],
            small_up_to: -1.04,
            small: [0.6344, 1.2378, 0.032496],
            large: [0.4797, 0.93557, -0.06999, 0.033066],
            critical: [
                [-2.56574, -2.2358, -3.627, 0.0],
                [-1.94100, -0.2686, -3.365, 31.223],
                [-1.61682, 0.2656, -2.714, 25.364],
            ],
        },
        Deterministic::Constant => Surface {
            range: [-18.83, 2.74],
            small_up_to: -1.61,
            small: [2.1659, 1.4412, 0.038269],
            large: [1.7339, 0.93202, -0.12745, -0.010368],
            critical: [
                [-3.43035, -6.5393, -16.786, -79.433],
                [-2.86154, -2.8903, -4.234, -40.040],
                [-2.56677, -1.5384, -2.809, 0.0],
            ],
        },
        Deterministic::Trend => Surface {
            range: [-16.18, 0.7],
            small_up_to: -2.89,
            small: [3.2512, 1.6047, 0.049588],
            large: [2.5261, 0.61654, -0.37956, -0.060285],
            critical: [
                [-3.95877, -9.0531, -28.428, -134.155],
                [-3.41049, -4.3904, -9.036, -45.374],
                [-3.12705, -2.5856, -3.925, -22.380],
            ],
        },
        Deterministic::QuadraticTrend => Surface {
            range: [-17.17, 0.54],
            small_up_to: -3.21,
            small: [4.0003, 1.658, 0.048288],
            large: [3.0778, 0.49529, -0.41477, -0.059359],
            critical: [
                [-4.37113, -11.5882, -35.819, -334.047],
                [-3.83239, -5.9057, -12.490, -118.284],
                [-3.55326, -3.6596, -5.293, -63.559],
            ],
        },
    }
}
