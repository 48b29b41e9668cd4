use crate::interval::Estimate;
use crate::linalg::power_of_two;
use crate::math::sqrt;
use crate::test::{Effect, TestResult, anova, check_codes, chi_square_from_codes};
use crate::{StatsError, check};

/// The correlation ratio: how far the group of a row tells its value, in [0, 1].
///
/// The square root of eta squared of [`anova`], which tests it. `values` is `(n,)`, `groups` is `(n,)` with codes in
/// `0..n_groups`; NaN is dropped and counted, and groups without values are left out.
///
/// # Errors
/// [`StatsError::TooFewValues`] below two groups or without a spare value; [`StatsError::Constant`] if all values are equal.
/// When groups tell values without rest, p-value and interval collapse to 0 and 1.
pub fn correlation_ratio(
    values: &[f64],
    groups: &[u32],
    n_groups: usize,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::same_length("groups", groups.len(), values.len())?;
    let (codes, n_used_groups) = without_empty_groups(values, groups, n_groups)?;
    // squares of very small and very large values would be 0 and infinite; the ratio has no unit
    let unit = power_of_two(values);
    let values: Vec<f64> = values.iter().map(|v| v / unit).collect();
    let mut result = match anova(&values, &codes, n_used_groups, level) {
        Err(StatsError::Constant { .. }) => told_without_rest(&values, level)?,
        other => other?,
    };
    let root = |effect: &Effect| effect.estimate.map(|e| sqrt(e.max(0.0)));
    let eta = result.more_effects.first().map_or(result.effect.estimate, root);
    result.effect = Effect {
        name: "correlation ratio",
        estimate: eta,
    };
    Ok(result)
}

/// Cramér's V of two columns of codes, bias-corrected, tested by chi-square.
///
/// `a` has codes in `0..n_a`, `b` in `0..n_b`, both `(n,)` without missing values.
///
/// # Errors
/// As [`chi_square_from_codes`].
pub fn cramers_v(a: &[u32], n_a: usize, b: &[u32], n_b: usize, level: f64) -> Result<TestResult, StatsError> {
    chi_square_from_codes(a, n_a, b, n_b, level)
}

/// Codes counted anew over the groups that hold values; rows without a value get code 0.
fn without_empty_groups(
    values: &[f64],
    groups: &[u32],
    n_groups: usize,
) -> Result<(Vec<u32>, usize), StatsError> {
    check_codes("groups", groups, n_groups)?;
    let mut used = vec![false; n_groups];
    for (value, &group) in values.iter().zip(groups).filter(|(value, _)| !value.is_nan()) {
        used[group as usize] |= value.is_finite();
    }
    let mut next = 0;
    let new_code: Vec<u32> = used
        .iter()
        .map(|&u| {
            if u {
                next += 1;
                next - 1
            } else {
                0
            }
        })
        .collect();
    let codes = groups
        .iter()
        .map(|&g| new_code.get(g as usize).copied().unwrap_or(0))
        .collect();
    Ok((codes, next as usize))
}

/// Every group is constant: either all values are equal, or the group tells the value exactly.
fn told_without_rest(values: &[f64], level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let mut present = values.iter().filter(|v| !v.is_nan());
    let first = present.next();
    if present.all(|v| Some(v) == first) {
        return Err(StatsError::Constant {
            what: "values".to_owned(),
        });
    }
    let estimate = Estimate {
        value: 1.0,
        low: 1.0,
        high: 1.0,
    };
    let n_dropped = values.iter().filter(|v| v.is_nan()).count();
    Ok(TestResult {
        method: "one-way ANOVA",
        statistic: f64::INFINITY,
        statistic_name: "F",
        df: Vec::new(),
        p_value: 0.0,
        ln_p_value: f64::NEG_INFINITY,
        effect: Effect {
            name: "eta squared",
            estimate,
        },
        more_effects: vec![Effect {
            name: "eta squared",
            estimate,
        }],
        n_used: values.len() - n_dropped,
        n_dropped,
        assumptions: Vec::new(),
        alternative: None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ratio_is_the_root_of_the_explained_share() {
        // by hand: group means 2 and 6 about 4, so 24 of the total 34 squares lie between
        let values = [1.0, 3.0, f64::NAN, 4.0, 8.0, 2.0, 6.0];
        let groups = [0, 0, 0, 3, 3, 0, 3];
        let result = correlation_ratio(&values, &groups, 5, 0.95).unwrap();
        let expected = (24.0_f64 / 34.0).sqrt();
        assert!(
            (result.effect.estimate.value - expected).abs() < 1e-12,
            "{result:?}"
        );
        assert_eq!((result.n_used, result.n_dropped), (6, 1));
    }

    #[test]
    fn the_unit_of_the_values_changes_nothing() {
        let values = [1.0, 2.5, 2.0, 4.0, 3.0, 7.0, f64::NAN];
        let groups = [0, 0, 0, 1, 1, 1, 1];
        let told = correlation_ratio(&values, &groups, 2, 0.95).unwrap();
        for unit in [2f64.powi(-1000), 2f64.powi(900)] {
            let scaled: Vec<f64> = values.iter().map(|v| v * unit).collect();
            assert_eq!(correlation_ratio(&scaled, &groups, 2, 0.95).unwrap(), told);
        }
    }

    #[test]
    fn extremes() {
        let told = correlation_ratio(&[1.0, 1.0, 2.0, 2.0], &[0, 0, 1, 1], 2, 0.95).unwrap();
        assert_eq!((told.effect.estimate.value, told.p_value), (1.0, 0.0));
        assert!(correlation_ratio(&[1.0; 4], &[0, 0, 1, 1], 2, 0.95).is_err());
        assert!(correlation_ratio(&[1.0, 2.0], &[0, 9], 2, 0.95).is_err());
        assert!(correlation_ratio(&[1.0, 2.0, 3.0], &[0, 0, 0], 2, 0.95).is_err());
        let same = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2];
        assert!(cramers_v(&same, 3, &same, 3, 0.95).unwrap().effect.estimate.value > 0.99);
    }
}
