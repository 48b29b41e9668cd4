use super::sums::check_no_infinity;
use crate::interval::sorted_quantile;
use crate::{StatsError, check};

/// Values with their tail cut to a cap.
#[derive(Debug, Clone, PartialEq)]
pub struct Capped {
    /// `(n,)`, in order; NaN stays.
    pub values: Vec<f64>,
    /// The largest value left.
    pub cap: f64,
    /// Values that were cut.
    pub n_capped: u64,
    /// The share of the sum of all values that the cut took away; 0 for a sum of 0.
    pub share_taken: f64,
}

/// Cuts the values of both arms at one quantile (winsorises them), so that few large ones do not decide.
///
/// Pass both arms in one slice: a cap for each arm would hide what the treatment does to large values. With
/// `ignore_zeros` the quantile is that of the values other than 0, for metrics such as revenue that most units lack.
///
/// # Errors
/// [`StatsError::OutOfRange`] for `q` outside (0, 1), [`StatsError::TooFewValues`] without values to take a quantile
/// of,
/// [`StatsError::NotFinite`] for an infinity.
pub fn cap_at_quantile(values: &[f64], q: f64, ignore_zeros: bool) -> Result<Capped, StatsError> {
    check::open_unit("q", q)?;
    check_no_infinity(values)?;
    let counts = |value: &f64| !(value.is_nan() || ignore_zeros && *value == 0.0);
    let mut sorted: Vec<f64> = values.iter().copied().filter(counts).collect();
    check::at_least("values", sorted.len(), 1)?;
    sorted.sort_unstable_by(f64::total_cmp);
    Ok(cap_at(values, sorted_quantile(&sorted, q)))
}

/// Cuts values at a number given.
#[must_use]
pub fn cap_at(values: &[f64], cap: f64) -> Capped {
    let total = |values: &[f64]| values.iter().filter(|value| !value.is_nan()).sum::<f64>();
    // not f64::min, which would turn a missing value into the cap
    let cut = |&value: &f64| if value > cap { cap } else { value };
    let capped: Vec<f64> = values.iter().map(cut).collect();
    let (before, after) = (total(values), total(&capped));
    Capped {
        cap,
        n_capped: values.iter().filter(|&&value| value > cap).count() as u64,
        share_taken: if before == 0.0 {
            0.0
        } else {
            (before - after) / before
        },
        values: capped,
    }
}
