use super::{Arm, Outcome, Sums};
use crate::StatsError;
use crate::test::Assumption;

/// Two arms, each averaged over strata (countries, platforms) by the strata's shares in both arms together.
///
/// # Shapes and units
/// `control` and `treatment` are `(n_strata,)`: the sums of each stratum, in the same order. Values are weighted means
/// of the strata's, variances count the spread within strata alone. The unadjusted values ignore the strata.
///
/// # Assumptions
/// Strata were known before the treatment. Each has some tens of units in each arm: their own randomness is not
/// counted.
///
/// # Errors
/// [`StatsError::LengthMismatch`]; [`StatsError::TooFewValues`] for a stratum with fewer than 2 units in an arm (merge
/// it with another); else as [`Arm::of_sums`].
///
/// # Reference
/// L. W. Miratrix, J. S. Sekhon, B. Yu (2013), Adjusting treatment effect estimates by post-stratification, JRSS B 75,
/// 369-396.
pub fn post_stratify(control: &[Sums], treatment: &[Sums], outcome: Outcome) -> Result<[Arm; 2], StatsError> {
    crate::check::at_least("strata", control.len(), 1)?;
    crate::check::same_length("treatment", treatment.len(), control.len())?;
    let sizes: Vec<f64> = control
        .iter()
        .zip(treatment)
        .map(|(a, b)| (a.n() + b.n()) as f64)
        .collect();
    Ok([
        stratified("control", control, &sizes, outcome)?,
        stratified("treatment", treatment, &sizes, outcome)?,
    ])
}

fn stratified(name: &str, strata: &[Sums], sizes: &[f64], outcome: Outcome) -> Result<Arm, StatsError> {
    let total: f64 = sizes.iter().sum();
    let mut pooled = Sums::new(strata[0].n_columns());
    let (mut value, mut squared_error) = (0.0, 0.0);
    for (stratum, (sums, size)) in strata.iter().zip(sizes).enumerate() {
        crate::check::at_least(&format!("stratum {stratum} of the {name}"), sums.n() as usize, 2)?;
        let (arm, share) = (Arm::of_sums(sums, outcome)?, size / total);
        value += share * arm.value;
        squared_error += share * share * arm.variance / arm.n as f64;
        pooled.merge(sums)?;
    }
    let plain = Arm::of_sums(&pooled, outcome)?;
    let least = strata.iter().map(Sums::n).min().unwrap_or(0);
    Ok(Arm {
        value,
        variance: squared_error * plain.n as f64,
        checks: vec![Assumption {
            name: "strata are large enough",
            holds: least >= 30,
            detail: format!("the smallest stratum has {least} units; 30 are needed"),
        }],
        ..plain
    })
}
