use crate::{StatsError, check};

/// The split-conformal quantile: a new score lies at or below it with probability of at least `level`.
///
/// `scores` is `(n,)`, such as absolute errors on held-out rows; it is the `ceil((n + 1) * level)`-th smallest. Infinite
/// when there are too few scores for the level (below 9 for 0.9): an interval with that promise is then unbounded.
///
/// # Assumptions
/// New rows are exchangeable with the held-out ones.
///
/// # Errors
/// [`StatsError::TooFewValues`] without scores, [`StatsError::NotFinite`], a level outside (0, 1).
///
/// # Reference
/// J. Lei et al. (2018), Distribution-free predictive inference for regression, JASA 113, 1094-1111.
pub fn conformal_quantile(scores: &[f64], level: f64) -> Result<f64, StatsError> {
    check::level(level)?;
    check::at_least("scores", scores.len(), 1)?;
    check::finite("scores", scores)?;
    // 0.9 * 10 must not become 9.000000000000002 and then 10
    let position = ((scores.len() + 1) as f64 * level - 1e-9).ceil() as usize;
    if position > scores.len() {
        return Ok(f64::INFINITY);
    }
    let mut scores = scores.to_vec();
    let (_, value, _) = scores.select_nth_unstable_by(position.max(1) - 1, f64::total_cmp);
    Ok(*value)
}
