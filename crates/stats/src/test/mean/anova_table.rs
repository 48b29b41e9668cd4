use crate::distribution::FisherF;
use crate::math::{exp, sqrt};
use crate::sum::{in_order, mean};
use crate::test::sample::Groups;
use crate::{StatsError, check};

/// The table of a one-way analysis of variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnovaTable {
    /// Groups minus 1.
    pub df_between: usize,
    /// Values minus groups.
    pub df_within: usize,
    /// Squared distances of group means from the mean, for each value.
    pub ss_between: f64,
    /// Squared distances of values from their group's mean.
    pub ss_within: f64,
    /// The ratio of the mean squares; infinite if every group is constant.
    pub f_statistic: f64,
    /// Its p-value.
    pub p_value: f64,
    /// The share of all squares that lies between groups (eta squared).
    pub r_squared: f64,
    /// The standard deviation within groups.
    pub residual_sd: f64,
    /// Values dropped because they were missing.
    pub n_dropped: usize,
}

/// The sums of squares behind [`anova`](crate::anova), right to the last digits for values far from 0.
///
/// `values` is `(n,)` and `groups` is `(n,)` with codes in `0..n_groups`; NaN is dropped and counted.
///
/// # Errors
/// [`StatsError::TooFewValues`] for an empty group or no spare value, [`StatsError::Constant`] if all values are equal.
///
/// # Reference
/// Checked against the certified values of NIST StRD (analysis of variance).
pub fn anova_table(values: &[f64], groups: &[u32], n_groups: usize) -> Result<AnovaTable, StatsError> {
    let groups = Groups::split(values, groups, n_groups, 1)?;
    check::at_least("values beyond one per group", groups.n - n_groups, 1)?;
    // distances from a value among them keep the digits that matter
    let origin = groups.values[0][0];
    let shifted: Vec<Vec<f64>> = groups
        .values
        .iter()
        .map(|group| group.iter().map(|v| v - origin).collect())
        .collect();
    let means: Vec<f64> = shifted.iter().map(|group| mean(group)).collect();
    let n = groups.n as f64;
    let weighted: Vec<f64> = shifted
        .iter()
        .zip(&means)
        .map(|(group, m)| group.len() as f64 * m)
        .collect();
    let grand = in_order(&weighted) / n;
    let between: Vec<f64> = shifted
        .iter()
        .zip(&means)
        .map(|(group, m)| group.len() as f64 * (m - grand) * (m - grand))
        .collect();
    let within: Vec<f64> = shifted
        .iter()
        .zip(&means)
        .flat_map(|(group, m)| group.iter().map(move |v| (v - m) * (v - m)))
        .collect();
    let (ss_between, ss_within) = (in_order(&between), in_order(&within));
    if ss_between + ss_within == 0.0 {
        return Err(StatsError::Constant {
            what: "values".to_owned(),
        });
    }
    if !(ss_between + ss_within).is_finite() {
        return Err(StatsError::OutOfRange {
            what: "sum of squares",
            found: ss_between + ss_within,
            expected: "a number: divide the values by a large unit",
        });
    }
    let (df_between, df_within) = (n_groups - 1, groups.n - n_groups);
    let variance = ss_within / df_within as f64;
    let f_statistic = ss_between / df_between as f64 / variance;
    Ok(AnovaTable {
        df_between,
        df_within,
        ss_between,
        ss_within,
        f_statistic,
        p_value: exp(FisherF::new(df_between as f64, df_within as f64)?.ln_sf(f_statistic)),
        r_squared: ss_between / (ss_between + ss_within),
        residual_sd: sqrt(variance),
        n_dropped: groups.n_dropped,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn far_values_keep_their_digits() {
        // by hand: means 2 and 5 about 3.5
        let near = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let codes = [0, 0, 0, 1, 1, 1];
        for offset in [0.0, 1e12] {
            let values: Vec<f64> = near.iter().map(|v| v + offset).collect();
            let table = anova_table(&values, &codes, 2).unwrap();
            assert_eq!((table.df_between, table.df_within), (1, 4));
            assert_eq!((table.ss_between, table.ss_within), (13.5, 4.0));
            assert_eq!((table.f_statistic, table.residual_sd), (13.5, 1.0));
        }
    }

    #[test]
    fn extremes() {
        let split = anova_table(&[1.0, 1.0, f64::NAN, 2.0, 2.0], &[0, 0, 0, 1, 1], 2).unwrap();
        assert_eq!(
            (split.f_statistic, split.p_value, split.n_dropped),
            (f64::INFINITY, 0.0, 1)
        );
        assert!(anova_table(&[1.0; 4], &[0, 0, 1, 1], 2).is_err());
        assert!(anova_table(&[1.0, 2.0], &[0, 1], 2).is_err());
        assert!(anova_table(&[1e308, -1e308, 1e308], &[0, 0, 1], 2).is_err());
        assert!(anova_table(&[1.0, 2.0], &[0, 0], 1).is_err());
        assert!(anova_table(&[1.0, f64::INFINITY, 2.0], &[0, 0, 1], 2).is_err());
    }
}
