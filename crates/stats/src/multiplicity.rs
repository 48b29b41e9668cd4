//! Corrections for asking many questions at once.
//!
//! Each function takes p-values and returns adjusted ones in the same order: reject where the adjusted p-value is at
//! most alpha. An empty slice gives an empty result.

use crate::math::{exp_m1, ln_1p};
use crate::{StatsError, check};

/// Bonferroni: controls the chance of any false rejection, under any dependence.
///
/// # Errors
/// [`StatsError::OutOfRange`] for a p-value outside [0, 1].
pub fn bonferroni(p_values: &[f64]) -> Result<Vec<f64>, StatsError> {
    check::probabilities("p_values", p_values)?;
    Ok(p_values
        .iter()
        .map(|p| (p * p_values.len() as f64).min(1.0))
        .collect())
}

/// Šidák: as [`bonferroni`], slightly less cautious, for independent tests.
///
/// # Errors
/// As [`bonferroni`].
pub fn sidak(p_values: &[f64]) -> Result<Vec<f64>, StatsError> {
    check::probabilities("p_values", p_values)?;
    let n = p_values.len() as f64;
    Ok(p_values
        .iter()
        .map(|&p| if p == 1.0 { 1.0 } else { -exp_m1(n * ln_1p(-p)) })
        .collect())
}

/// Holm: as [`bonferroni`] under any dependence, and never less powerful.
///
/// # Errors
/// As [`bonferroni`].
///
/// # Reference
/// S. Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>, StatsError> {
    let n = p_values.len();
    step(p_values, false, |i| (n - i) as f64)
}

/// Hochberg: as [`holm`], more powerful, for independent or positively dependent tests.
///
/// # Errors
/// As [`bonferroni`].
pub fn hochberg(p_values: &[f64]) -> Result<Vec<f64>, StatsError> {
    let n = p_values.len();
    step(p_values, true, |i| (n - i) as f64)
}

/// Hommel: as [`hochberg`], never less powerful, for independent or positively dependent tests.
///
/// Takes time with the square of the number of p-values.
///
/// # Errors
/// As [`bonferroni`].
///
/// # Reference
/// G. Hommel (1988), Biometrika 75, 383-386, in the form of S. P. Wright (1992), Biometrics 48, 1005-1013.
pub fn hommel(p_values: &[f64]) -> Result<Vec<f64>, StatsError> {
    check::probabilities("p_values", p_values)?;
    let n = p_values.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let sorted: Vec<f64> = order.iter().map(|&i| p_values[i]).collect();
    let mut adjusted = sorted.clone();
    for m in (2..=n).rev() {
        let (smaller, larger) = sorted.split_at(n - m);
        let size = m as f64;
        let simes = larger.iter().enumerate().fold(f64::INFINITY, |least, (i, p)| {
            least.min(size * p / (i + 1) as f64)
        });
        for (i, bound) in adjusted.iter_mut().enumerate() {
            let own = smaller.get(i).map_or(simes, |p| simes.min(size * p));
            *bound = bound.max(own);
        }
    }
    let mut in_place = vec![0.0; n];
    for (&i, &p) in order.iter().zip(&adjusted) {
        in_place[i] = p.min(1.0);
    }
    Ok(in_place)
}

/// Benjamini-Hochberg: controls the share of false rejections among all, for independent or positively dependent tests.
///
/// # Errors
/// As [`bonferroni`].
///
/// # Reference
/// Y. Benjamini, Y. Hochberg (1995), JRSS B 57, 289-300.
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>, StatsError> {
    let n = p_values.len() as f64;
    step(p_values, true, |i| n / (i + 1) as f64)
}

/// Benjamini-Yekutieli: as [`benjamini_hochberg`], under any dependence.
///
/// # Errors
/// As [`bonferroni`].
///
/// # Reference
/// Y. Benjamini, D. Yekutieli (2001), Annals of Statistics 29, 1165-1188.
pub fn benjamini_yekutieli(p_values: &[f64]) -> Result<Vec<f64>, StatsError> {
    let n = p_values.len();
    let harmonic: f64 = (1..=n).map(|i| 1.0 / i as f64).sum();
    step(p_values, true, |i| harmonic * n as f64 / (i + 1) as f64)
}

/// Multiplies the i-th smallest p-value by `factor(i)` and keeps the order: from the top down (`step_up`) or the bottom up.
fn step(p_values: &[f64], step_up: bool, factor: impl Fn(usize) -> f64) -> Result<Vec<f64>, StatsError> {
    check::probabilities("p_values", p_values)?;
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut bound: f64 = if step_up { 1.0 } else { 0.0 };
    for i in 0..order.len() {
        let i = if step_up { order.len() - 1 - i } else { i };
        let value = p_values[order[i]] * factor(i);
        bound = if step_up {
            bound.min(value)
        } else {
            bound.max(value)
        };
        adjusted[order[i]] = bound.min(1.0);
    }
    Ok(adjusted)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn close(got: Vec<f64>, expected: [f64; 4]) {
        assert!(
            got.iter().zip(expected).all(|(g, e)| (g - e).abs() < 1e-12),
            "{got:?}"
        );
    }

    #[test]
    fn corrections_match_statsmodels() {
        // statsmodels 0.15.0 multipletests, confirmed by R 4.2.2 p.adjust
        let p = [0.01, 0.04, 0.03, 0.005];
        close(bonferroni(&p).unwrap(), [0.04, 0.16, 0.12, 0.02]);
        close(
            sidak(&p).unwrap(),
            [0.03940399, 0.15065344, 0.11470719, 0.019850499375],
        );
        close(holm(&p).unwrap(), [0.03, 0.06, 0.06, 0.02]);
        close(hochberg(&p).unwrap(), [0.03, 0.04, 0.04, 0.02]);
        close(hommel(&p).unwrap(), [0.03, 0.04, 0.04, 0.02]);
        close(
            hommel(&[0.012, 0.9, 0.02, 0.021]).unwrap(),
            [0.0315, 0.9, 0.04, 0.042],
        );
        close(benjamini_hochberg(&p).unwrap(), [0.02, 0.04, 0.04, 0.02]);
        close(
            benjamini_yekutieli(&p).unwrap(),
            [
                0.04166666666666666,
                0.08333333333333331,
                0.08333333333333331,
                0.04166666666666666,
            ],
        );
        assert!(holm(&[]).unwrap().is_empty() && hommel(&[]).unwrap().is_empty());
        assert_eq!(hommel(&[0.3]).unwrap(), [0.3]);
        assert!(hommel(&[-0.1]).is_err());
        assert!(holm(&[1.2]).is_err() && holm(&[f64::NAN]).is_err());
    }
}
