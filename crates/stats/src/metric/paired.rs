use super::auc::AucInfluence;
use crate::distribution::StudentT;
use crate::interval::{Estimate, mean_and_error, two_sided_normal};
use crate::math::{exp, sqrt};
use crate::special::normal_sf;
use crate::{StatsError, check};

/// Two models on the same rows.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedComparison {
    /// The metric of the first model.
    pub a: f64,
    /// The metric of the second model.
    pub b: f64,
    /// `a - b` with its interval.
    pub difference: Estimate,
    /// Difference divided by its standard error (z or t).
    pub statistic: f64,
    /// Two-sided p-value of no difference.
    pub p_value: f64,
}

/// Compares the AUC of two scores of the same rows by DeLong's covariance.
///
/// # Shapes and units
/// All slices `(n_rows,)`; the scores need not share a scale.
///
/// # Errors
/// As [`auc`](super::auc), and [`StatsError::Constant`] when both scores rank the rows in the same way,
/// so that the difference is 0 without any doubt.
///
/// # Reference
/// E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988), Biometrics 44, 837-845.
pub fn paired_auc(
    labels: &[bool],
    scores_a: &[f64],
    scores_b: &[f64],
    weights: Option<&[f64]>,
    level: f64,
) -> Result<PairedComparison, StatsError> {
    check::level(level)?;
    let a = AucInfluence::of(labels, scores_a, weights)?;
    let b = AucInfluence::of(labels, scores_b, weights)?;
    let variance: f64 = a.rows.iter().zip(&b.rows).map(|(a, b)| (a - b) * (a - b)).sum();
    let (value, se) = (a.value - b.value, sqrt(variance));
    if se <= 1e-15 {
        return Err(StatsError::Constant {
            what: "differences of rank between the two scores".to_owned(),
        });
    }
    let half = two_sided_normal(level) * se;
    let difference = Estimate {
        value,
        low: value - half,
        high: value + half,
    }
    .within(-1.0, 1.0);
    let statistic = value / se;
    Ok(PairedComparison {
        a: a.value,
        b: b.value,
        difference,
        statistic,
        p_value: 2.0 * normal_sf(statistic.abs()),
    })
}

/// Compares the mean loss of two models by the t interval of the differences per row.
///
/// # Shapes and units
/// `losses_a` and `losses_b` are `(n_rows,)` in one unit, such as squared errors or [`row_log_losses`](super::row_log_losses).
///
/// # Assumptions
/// Independent rows. Losses of cross-validated models share training rows, so that the p-value is somewhat too small.
///
/// # Errors
/// [`StatsError::Constant`] when all differences are equal, [`StatsError::TooFewValues`] below 2 rows.
pub fn paired_mean(
    losses_a: &[f64],
    losses_b: &[f64],
    weights: Option<&[f64]>,
    level: f64,
) -> Result<PairedComparison, StatsError> {
    check::level(level)?;
    check::finite("losses_a", losses_a)?;
    check::finite("losses_b", losses_b)?;
    check::same_length("losses_b", losses_b.len(), losses_a.len())?;
    check::weights(weights, losses_a.len())?;
    let differences: Vec<f64> = losses_a.iter().zip(losses_b).map(|(a, b)| a - b).collect();
    let (value, se, n) = mean_and_error(&differences, weights)?;
    if se == 0.0 {
        return Err(StatsError::Constant {
            what: "differences of losses".to_owned(),
        });
    }
    let t = StudentT::new(n - 1.0)?;
    let (half, statistic) = (t.upper_quantile(0.5 * (1.0 - level)) * se, value / se);
    let a = mean_and_error(losses_a, weights)?.0;
    Ok(PairedComparison {
        a,
        b: a - value,
        difference: Estimate {
            value,
            low: value - half,
            high: value + half,
        },
        statistic,
        p_value: exp(t.ln_two_sided(statistic)),
    })
}
