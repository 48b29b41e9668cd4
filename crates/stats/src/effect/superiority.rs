use crate::StatsError;
use crate::metric::auc;
use crate::test::{Effect, clean};

/// The probability that a value of `a` exceeds one of `b`, ties counted half, with DeLong's interval.
///
/// Also called the common-language effect size, Vargha and Delaney's A, or the area under the ROC curve. `a` is `(n_a,)` and
/// `b` is `(n_b,)`, in any unit of which only the order counts.
///
/// # Errors
/// [`StatsError::TooFewValues`] for an empty side, a level outside (0, 1).
///
/// # Reference
/// A. Vargha, H. D. Delaney (2000), Journal of Educational and Behavioral Statistics 25, 101-132.
pub fn probability_of_superiority(a: &[f64], b: &[f64], level: f64) -> Result<Effect, StatsError> {
    let ((a, _), (b, _)) = (clean("a", a, 1)?, clean("b", b, 1)?);
    let all: Vec<f64> = a.iter().chain(b.iter()).copied().collect();
    let of_a: Vec<bool> = (0..all.len()).map(|i| i < a.len()).collect();
    Ok(Effect {
        name: "probability of superiority",
        estimate: auc(&of_a, &all, None, level)?,
    })
}
