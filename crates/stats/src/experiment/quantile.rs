use super::sums::check_no_infinity;
use super::{Arm, Outcome, Sums};
use crate::interval::{sorted_quantile, two_sided_normal};
use crate::math::sqrt;
use crate::sketch::Quantiles;
use crate::test::{Assumption, check_codes};
use crate::{StatsError, check};

/// The level of the order statistics whose distance gives the spread.
const LEVEL: f64 = 0.95;

/// An arm's quantile, such as the 90th percentile of page load times, one value per unit.
///
/// Its variance needs no density: it is the distance of the two order statistics that enclose the quantile with
/// 95 % confidence, over `2 * 1.96`. NaN is dropped and counted.
///
/// # Errors
/// [`StatsError::TooFewValues`] if the two order statistics do not exist (for the 99th percentile below 381 values),
/// [`StatsError::Constant`] if they are equal, [`StatsError::OutOfRange`] for `q` outside (0, 1),
/// [`StatsError::NotFinite`] for an infinity.
///
/// # Reference
/// A. Deng, U. Knoblich, J. Lu (2018), Applying the delta method in metric analytics, KDD, section 4.
pub fn quantile_arm(values: &[f64], q: f64) -> Result<Arm, StatsError> {
    check::open_unit("q", q)?;
    check_no_infinity(values)?;
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as u64;
    let (low, high) = enclosing(n, q)?;
    let ends = (sorted_quantile(&sorted, low), sorted_quantile(&sorted, high));
    let arm = Enclosed {
        n,
        q,
        value: sorted_quantile(&sorted, q),
        ends,
    }
    .arm()?;
    Ok(Arm {
        n_dropped: values.len() as u64 - n,
        ..arm
    })
}

/// [`quantile_arm`] of values that a sketch has seen; the sketch's rank error stands in the checks.
///
/// # Errors
/// As [`quantile_arm`].
pub fn quantile_arm_of_sketch(sketch: &Quantiles, q: f64) -> Result<Arm, StatsError> {
    check::open_unit("q", q)?;
    let (low, high) = enclosing(sketch.n(), q)?;
    let sorted = sketch.sorted();
    let at = |share| sorted.quantile(share).unwrap_or(f64::NAN);
    let mut arm = Enclosed {
        n: sketch.n(),
        q,
        value: at(q),
        ends: (at(low), at(high)),
    }
    .arm()?;
    let (error, half) = (sketch.rank_error(), 0.5 * (high - low));
    arm.checks.push(Assumption {
        name: "sketch is fine enough",
        holds: error < 0.2 * half,
        detail: format!("ranks are off by up to {error:.5}, the interval reaches {half:.5} to each side"),
    });
    Ok(arm)
}

/// A quantile over events where units bring several each, such as latencies of requests: the spread of
/// [`quantile_arm`] widened by how much the events of a unit go together.
///
/// `values` and `units` are `(n_events,)`, `units` codes in `0..n_units`; the arm counts events in `n`. NaN is dropped.
///
/// # Errors
/// As [`quantile_arm`]; [`StatsError::TooFewValues`] below 2 units, [`StatsError::OutOfRange`] for a code out of range.
///
/// # Reference
/// As [`quantile_arm`], section 4.2 (outer interval with post-adjustment).
pub fn quantile_arm_of_events(
    values: &[f64],
    units: &[u32],
    n_units: usize,
    q: f64,
) -> Result<Arm, StatsError> {
    check::same_length("units", units.len(), values.len())?;
    check_codes("units", units, n_units)?;
    let arm = quantile_arm(values, q)?;
    let (mut below, mut counts) = (vec![0.0; n_units], vec![0.0; n_units]);
    for (&value, &unit) in values.iter().zip(units).filter(|(value, _)| !value.is_nan()) {
        below[unit as usize] += f64::from(u8::from(value <= arm.value));
        counts[unit as usize] += 1.0;
    }
    let (below, counts): (Vec<f64>, Vec<f64>) = below
        .into_iter()
        .zip(counts)
        .filter(|(_, count)| *count > 0.0)
        .unzip();
    check::at_least("units", counts.len(), 2)?;
    let share = Arm::of_sums(&Sums::of_columns(&[&below, &counts])?, Outcome::Ratio)?;
    let clustered = share.variance / share.n as f64;
    let independent = q * (1.0 - q) / arm.n as f64;
    Ok(Arm {
        variance: arm.variance * clustered / independent,
        checks: share.checks,
        ..arm
    })
}

/// The shares between which the quantile lies with [`LEVEL`]; both must be in (0, 1).
fn enclosing(n: u64, q: f64) -> Result<(f64, f64), StatsError> {
    let z = two_sided_normal(LEVEL);
    let half = z * sqrt(q * (1.0 - q) / n as f64);
    if n >= 2 && q - half > 0.0 && q + half < 1.0 {
        return Ok((q - half, q + half));
    }
    let needed = z * z * (q / (1.0 - q)).max((1.0 - q) / q);
    Err(StatsError::TooFewValues {
        what: "arm of a quantile".to_owned(),
        found: usize::try_from(n).unwrap_or(usize::MAX),
        expected: (needed as usize + 1).max(2),
    })
}

struct Enclosed {
    n: u64,
    q: f64,
    value: f64,
    ends: (f64, f64),
}

impl Enclosed {
    fn arm(self) -> Result<Arm, StatsError> {
        let error = (self.ends.1 - self.ends.0) / (2.0 * two_sided_normal(LEVEL));
        if error == 0.0 {
            return Err(StatsError::Constant {
                what: "the arm around its quantile".to_owned(),
            });
        }
        let beyond = self.n as f64 * self.q.min(1.0 - self.q);
        Ok(Arm {
            n: self.n,
            value: self.value,
            unadjusted: self.value,
            variance: (self.n - 1) as f64 * error * error,
            n_dropped: 0,
            checks: vec![Assumption {
                name: "enough values beyond the quantile",
                holds: beyond >= 30.0,
                detail: format!("{beyond:.0} values lie beyond it; 30 are needed"),
            }],
        })
    }
}
