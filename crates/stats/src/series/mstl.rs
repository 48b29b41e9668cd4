//! Several seasons at once.

use super::loess::Loess;
use super::stl::{Decomposition, SeasonalPart, StlParams, no_infinity, presence, stl};
use crate::{StatsError, check};

/// Splits a series into trend, several seasons and remainder.
///
/// Seasons are found in turn by [`stl`], the shortest first, each on the series without the others, twice over. The windows
/// of the seasons are 11, 15, 19, ... Seasons of which there are not two in the series are left out. Without a season the
/// trend is a loess over a fifth of the series.
///
/// # Shapes and units
/// As [`stl`]; `season_lengths` in any order, doubles counting once.
///
/// # Errors
/// As [`stl`].
///
/// # Reference
/// K. Bandara, R. J. Hyndman, C. Bergmeir (2021), arXiv:2107.13462. Checked against statsmodels `MSTL`.
pub fn mstl(values: &[f64], season_lengths: &[usize], is_robust: bool) -> Result<Decomposition, StatsError> {
    no_infinity(values)?;
    let mut lengths = season_lengths.to_vec();
    lengths.sort_unstable();
    lengths.dedup();
    lengths.retain(|m| 2 * m <= values.len());
    if lengths.is_empty() {
        return trend_alone(values);
    }
    let mut parts = vec![vec![0.0; values.len()]; lengths.len()];
    let mut rest = values.to_vec();
    let mut last = None;
    for _ in 0..if lengths.len() > 1 { 2 } else { 1 } {
        for (i, (&m, part)) in lengths.iter().zip(&mut parts).enumerate() {
            rest.iter_mut().zip(part.iter()).for_each(|(r, p)| *r += p);
            let params = StlParams::with_seasonal_window(m, 11 + 4 * i, is_robust);
            let mut found = stl(&rest, &params)?;
            part.clone_from(&found.seasonal[0].values);
            found.seasonal.clear();
            rest.iter_mut().zip(part.iter()).for_each(|(r, p)| *r -= p);
            last = Some(found);
        }
    }
    let whole = last.map(|found| assembled(found, lengths, parts));
    whole.map_or_else(|| trend_alone(values), Ok)
}

fn assembled(found: Decomposition, lengths: Vec<usize>, parts: Vec<Vec<f64>>) -> Decomposition {
    let seasonal = lengths.into_iter().zip(parts);
    Decomposition {
        seasonal: seasonal
            .map(|(season_length, values)| SeasonalPart {
                season_length,
                values,
            })
            .collect(),
        ..found
    }
}

fn trend_alone(values: &[f64]) -> Result<Decomposition, StatsError> {
    let weights = presence(values);
    check::at_least("values", values.iter().filter(|v| !v.is_nan()).count(), 3)?;
    let trend = Loess::linear((values.len() / 5).max(5) | 1).smooth(values, &weights);
    Ok(Decomposition {
        remainder: values.iter().zip(&trend).map(|(v, t)| v - t).collect(),
        trend,
        seasonal: Vec::new(),
        weights,
    })
}
