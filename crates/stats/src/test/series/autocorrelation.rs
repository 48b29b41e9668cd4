use super::{not_constant, without_missing_ends};
use crate::StatsError;
use crate::sum::{mean, products};

/// The autocorrelations of a series at lags 1 to `n_lags`: `sum(d_t d_(t+lag)) / sum(d_t²)` with deviations from the mean.
///
/// # Errors
/// [`StatsError::Constant`] if all values are equal, [`StatsError::NotFinite`] for infinities and inner gaps,
/// [`StatsError::OutOfRange`] unless lags run from 1 to fewer than values.
///
/// # Reference
/// Checked against the certified values of NIST StRD (univariate, lag 1) and statsmodels `acf`.
pub fn autocorrelation(values: &[f64], n_lags: usize) -> Result<Vec<f64>, StatsError> {
    let (values, _) = without_missing_ends(values, 2)?;
    of_series(values, n_lags)
}

pub(super) fn of_series(values: &[f64], n_lags: usize) -> Result<Vec<f64>, StatsError> {
    not_constant(values)?;
    if !(1..values.len()).contains(&n_lags) {
        return Err(StatsError::OutOfRange {
            what: "n_lags",
            found: n_lags as f64,
            expected: "from 1 to fewer than values",
        });
    }
    let deviations = deviations(values);
    let total = product_sum(&deviations, 0);
    Ok((1..=n_lags)
        .map(|lag| product_sum(&deviations, lag) / total)
        .collect())
}

/// Values minus their mean, in units of the range, so that squares neither overflow nor vanish.
pub(super) fn deviations(values: &[f64]) -> Vec<f64> {
    let near = values[0];
    let shifted: Vec<f64> = values.iter().map(|v| v * 0.5 - near * 0.5).collect();
    let most = shifted.iter().fold(0.0_f64, |most, d| most.max(d.abs()));
    let inside: Vec<f64> = shifted.iter().map(|d| d / most).collect();
    let centre = mean(&inside);
    let first: Vec<f64> = inside.iter().map(|v| v - centre).collect();
    let rest = mean(&first);
    first.iter().map(|d| d - rest).collect()
}

/// `sum(d_t d_(t+lag))`.
pub(super) fn product_sum(deviations: &[f64], lag: usize) -> f64 {
    products(deviations, &deviations[lag..])
}
