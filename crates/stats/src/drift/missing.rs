use super::Drift;
use crate::math::{ln, sqrt};
use crate::special::ln_normal_sf;
use crate::{StatsError, check};

/// The difference of the shares of missing values, current minus baseline, by the pooled z test.
///
/// Arguments are the number missing and the number of rows of each side. Without any missing value (or with nothing else)
/// on both sides there is no drift: statistic 0, p-value 1.
///
/// # Errors
/// [`StatsError::TooFewValues`] if a side has no rows, [`StatsError::OutOfRange`] for more missing values than rows.
pub fn missing_share(
    n_missing_baseline: u64,
    n_baseline: u64,
    n_missing_current: u64,
    n_current: u64,
) -> Result<Drift, StatsError> {
    check::at_least("baseline", n_baseline.min(1) as usize, 1)?;
    check::at_least("current", n_current.min(1) as usize, 1)?;
    for (missing, n) in [(n_missing_baseline, n_baseline), (n_missing_current, n_current)] {
        if missing > n {
            let found = missing as f64;
            return Err(StatsError::OutOfRange {
                what: "missing values",
                found,
                expected: "at most the rows",
            });
        }
    }
    let (n, m) = (n_baseline as f64, n_current as f64);
    let difference = n_missing_current as f64 / m - n_missing_baseline as f64 / n;
    let pooled = (n_missing_baseline as f64 + n_missing_current as f64) / (n + m);
    let variance = pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m);
    let z = if variance > 0.0 {
        difference / sqrt(variance)
    } else {
        0.0
    };
    let ln_p = ln_normal_sf(z.abs()) + ln(2.0);
    let sides = (n_baseline, n_current);
    Ok(Drift::new(
        "missing share",
        z,
        Some(ln_p),
        ("difference of missing shares", difference),
        sides,
    ))
}
