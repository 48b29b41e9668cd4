//! The refusals that every function shares.

use crate::StatsError;

pub(crate) fn finite(what: &'static str, values: &[f64]) -> Result<(), StatsError> {
    match values.iter().position(|v| !v.is_finite()) {
        Some(index) => Err(StatsError::NotFinite {
            what,
            index,
            found: values[index],
        }),
        None => Ok(()),
    }
}

pub(crate) fn at_least(what: &str, found: usize, expected: usize) -> Result<(), StatsError> {
    if found < expected {
        return Err(StatsError::TooFewValues {
            what: what.to_owned(),
            found,
            expected,
        });
    }
    Ok(())
}

/// A size given by the caller, before anything of that size is made.
pub(crate) fn at_most(
    what: &'static str,
    found: usize,
    most: usize,
    expected: &'static str,
) -> Result<(), StatsError> {
    if found <= most {
        return Ok(());
    }
    Err(StatsError::OutOfRange {
        what,
        found: found as f64,
        expected,
    })
}

/// The cells of a matrix that is made for a caller: at most 100 million, which fill 800 MB.
pub(crate) fn cells(what: &'static str, n_rows: usize, n_columns: usize) -> Result<(), StatsError> {
    at_most(
        what,
        n_rows.saturating_mul(n_columns),
        100_000_000,
        "of at most 100 million cells",
    )
}

pub(crate) fn same_length(what: &'static str, found: usize, expected: usize) -> Result<(), StatsError> {
    if found == expected {
        Ok(())
    } else {
        Err(StatsError::LengthMismatch {
            what,
            found,
            expected,
        })
    }
}

/// A confidence level, a fraction in (0, 1).
pub(crate) fn level(level: f64) -> Result<(), StatsError> {
    open_unit("level", level)
}

pub(crate) fn open_unit(what: &'static str, found: f64) -> Result<(), StatsError> {
    if found > 0.0 && found < 1.0 {
        Ok(())
    } else {
        Err(StatsError::OutOfRange {
            what,
            found,
            expected: "in (0, 1)",
        })
    }
}

pub(crate) fn probabilities(what: &'static str, values: &[f64]) -> Result<(), StatsError> {
    match values.iter().find(|v| !(0.0..=1.0).contains(*v)) {
        Some(&found) => Err(StatsError::OutOfRange {
            what,
            found,
            expected: "in [0, 1]",
        }),
        None => Ok(()),
    }
}

/// Weights are finite and not negative, and some are above 0.
pub(crate) fn weights(values: Option<&[f64]>, n_rows: usize) -> Result<(), StatsError> {
    let Some(values) = values else { return Ok(()) };
    same_length("weights", values.len(), n_rows)?;
    finite("weights", values)?;
    if let Some(&found) = values.iter().find(|&&w| w < 0.0) {
        return Err(StatsError::OutOfRange {
            what: "weights",
            found,
            expected: "at least 0",
        });
    }
    if n_rows > 0 && values.iter().all(|&w| w == 0.0) {
        return Err(StatsError::OutOfRange {
            what: "sum of weights",
            found: 0.0,
            expected: "above 0",
        });
    }
    Ok(())
}

/// The weight of a row: 1 without weights.
#[inline]
pub(crate) fn weight(weights: Option<&[f64]>, row: usize) -> f64 {
    weights.map_or(1.0, |w| w[row])
}

/// Kish's effective number of rows, `sum(w)^2 / sum(w^2)`, after the sum of weights.
pub(crate) fn effective(weights: impl Iterator<Item = f64>) -> (f64, f64) {
    let (mut sum, mut squares) = (0.0, 0.0);
    for w in weights {
        sum += w;
        squares += w * w;
    }
    (sum, if squares > 0.0 { sum * sum / squares } else { 0.0 })
}
