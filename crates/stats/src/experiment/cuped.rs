use super::metric::Linear;
use super::{Arm, Outcome, Sums, fixed_horizon};
use crate::linalg::Cholesky;
use crate::test::Assumption;
use crate::{StatsError, check};

/// Imbalances of a covariate below this p-value are said.
const SUSPICIOUS: f64 = 0.001;

/// Two arms after adjustment by covariates.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjustment {
    /// The control, adjusted to the covariates' mean over both arms.
    pub control: Arm,
    /// The treatment, adjusted likewise.
    pub treatment: Arm,
    /// The metric's slope along each covariate.
    pub theta: Vec<f64>,
    /// The metric's variance after adjustment over that before, over both arms: `1 - R^2`.
    pub variance_ratio: f64,
}

/// CUPED: takes out of a metric what covariates from before the experiment explain, so that the effect shows in fewer
/// units.
///
/// # Shapes and units
/// The first columns of the sums are the outcome's (one for a mean, two for a ratio), every further one is a
/// covariate: the same metric before the experiment (CUPED), a prediction made from what was known before (CUPAC), or
/// several. `theta` is fitted by least squares over both arms pooled. Constant covariates are left out, and their
/// `theta` is 0.
///
/// # Assumptions
/// The treatment cannot change the covariates. The checks say how well the arms agree in each.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 rows per arm or without a covariate; [`StatsError::Incompatible`] for another
/// number of columns; [`StatsError::NotPositiveDefinite`] for covariates that repeat one another.
///
/// # Reference
/// A. Deng, Y. Xu, R. Kohavi, T. Walker (2013), Improving the sensitivity of online controlled experiments, WSDM.
/// Checked against gbstats 0.8.0, whose relative effects also divide by the unadjusted control.
pub fn cuped(control: &Sums, treatment: &Sums, outcome: Outcome) -> Result<Adjustment, StatsError> {
    let mut pooled = control.clone();
    pooled.merge(treatment)?;
    let linear = Linear::of(&pooled, outcome)?;
    check::at_least("columns", pooled.n_columns(), linear.n_columns() + 1)?;
    let covariates: Vec<usize> = (linear.n_columns()..pooled.n_columns()).collect();
    let theta = slopes(&pooled, &linear, &covariates)?;
    let before = linear.variance(&pooled);
    let explained: f64 = covariates
        .iter()
        .zip(&theta)
        .map(|(&c, slope)| slope * linear.covariance(&pooled, c))
        .sum();
    let mut adjustment = Adjustment {
        control: adjusted(control, outcome, &pooled, &covariates, &theta)?,
        treatment: adjusted(treatment, outcome, &pooled, &covariates, &theta)?,
        variance_ratio: if before > 0.0 {
            (1.0 - explained / before).clamp(0.0, 1.0)
        } else {
            1.0
        },
        theta,
    };
    for (number, &covariate) in covariates.iter().enumerate() {
        adjustment
            .treatment
            .checks
            .push(balance(control, treatment, covariate, number));
    }
    Ok(adjustment)
}

/// Least squares of the outcome on the covariates that vary.
fn slopes(pooled: &Sums, linear: &Linear, covariates: &[usize]) -> Result<Vec<f64>, StatsError> {
    let varies = |column: &&usize| pooled.variance(**column).unwrap_or(0.0) > 0.0;
    let used: Vec<usize> = covariates.iter().filter(varies).copied().collect();
    let cell = |a: usize, b: usize| pooled.covariance(a, b).unwrap_or(0.0);
    let gram: Vec<f64> = used
        .iter()
        .flat_map(|&a| used.iter().map(move |&b| cell(a, b)))
        .collect();
    let mut found: Vec<f64> = used
        .iter()
        .map(|&column| linear.covariance(pooled, column))
        .collect();
    if !used.is_empty() {
        Cholesky::new(&gram, used.len())?.solve(&mut found)?;
    }
    let slope_of = |column: &usize| {
        used.iter()
            .position(|other| other == column)
            .map_or(0.0, |at| found[at])
    };
    Ok(covariates.iter().map(slope_of).collect())
}

/// Value and variance of `outcome - theta * (covariates - their pooled means)`.
fn adjusted(
    arm: &Sums,
    outcome: Outcome,
    pooled: &Sums,
    covariates: &[usize],
    theta: &[f64],
) -> Result<Arm, StatsError> {
    let (plain, linear) = (Arm::of_sums(arm, outcome)?, Linear::of(arm, outcome)?);
    let (mut value, mut variance) = (plain.value, plain.variance);
    for (&a, slope) in covariates.iter().zip(theta) {
        let offset = arm.mean(a).unwrap_or(0.0) - pooled.mean(a).unwrap_or(0.0);
        value -= slope * offset;
        variance -= 2.0 * slope * linear.covariance(arm, a);
        for (&b, other) in covariates.iter().zip(theta) {
            variance += slope * other * arm.covariance(a, b).unwrap_or(0.0);
        }
    }
    Ok(Arm {
        value,
        variance: variance.max(0.0),
        ..plain
    })
}

/// Whether the arms agree in a covariate, as they must if assignment was random and the treatment cannot touch it.
fn balance(control: &Sums, treatment: &Sums, covariate: usize, number: usize) -> Assumption {
    let arm = |sums: &Sums| Arm {
        n: sums.n(),
        value: sums.mean(covariate).unwrap_or(0.0),
        unadjusted: sums.mean(covariate).unwrap_or(0.0),
        variance: sums.variance(covariate).unwrap_or(0.0),
        n_dropped: 0,
        checks: Vec::new(),
    };
    let found = fixed_horizon(&arm(control), &arm(treatment), &super::Question::default());
    let (holds, detail) = match found {
        Ok(found) => (
            found.p_value >= SUSPICIOUS,
            format!(
                "covariate {number} differs by {:.4} between the arms, p = {:.4}",
                found.effect.value, found.p_value
            ),
        ),
        Err(_) => (
            false,
            format!("covariate {number} is constant in an arm and explains nothing there"),
        ),
    };
    Assumption {
        name: "arms agree in the covariate",
        holds,
        detail,
    }
}
