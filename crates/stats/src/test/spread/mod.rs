//! Do variances differ?

mod bartlett;
mod fligner;
mod levene;

pub use bartlett::{bartlett, bartlett_of};
pub use fligner::{fligner_killeen, fligner_killeen_of};
pub use levene::{Centre, levene, levene_of};

/// The middle value, or the mean of both; puts the values in another order. 0 without values.
fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(values.len() / 2, f64::total_cmp);
    if even {
        let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        0.5 * (lower + *upper)
    } else {
        *upper
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
