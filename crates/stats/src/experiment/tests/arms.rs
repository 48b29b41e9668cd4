use super::*;
use crate::sketch::Quantiles;

/// Two covariates, an outcome of both and the arm, 40 rows.
fn rows() -> Vec<([f64; 3], usize)> {
    let row = |i: u32| {
        let (first, second) = (f64::from(i * 7 % 40) / 10.0, f64::from(i * 11 % 13) / 3.0);
        let noise = f64::from(i * 17 % 9) / 9.0 + 0.3 * f64::from(i % 2);
        (
            [2.0 + 0.8 * first - 0.5 * second + noise, first, second],
            i as usize % 2,
        )
    };
    (0..40).map(row).collect()
}

fn sums_of(rows: &[([f64; 3], usize)], arm: usize) -> Sums {
    let mut sums = Sums::new(3);
    for (row, _) in rows.iter().filter(|(_, of)| *of == arm) {
        sums.add(row).unwrap();
    }
    sums
}

#[test]
fn merged_parts_are_bit_for_bit_one_pass() {
    let values: Vec<f64> = (0..1000)
        .map(|i| 1e9 + f64::from(i * 7919 % 1000) / 3.0)
        .collect();
    let other: Vec<f64> = values.iter().map(|value| value * 0.1 - 3.0).collect();
    let whole = Sums::of_columns(&[&values, &other]).unwrap();
    for cut in [1, 333, 999] {
        let mut parts = Sums::of_columns(&[&values[cut..], &other[cut..]]).unwrap();
        parts
            .merge(&Sums::of_columns(&[&values[..cut], &other[..cut]]).unwrap())
            .unwrap();
        assert_eq!(parts, whole);
        assert_eq!(
            parts.covariance(0, 1).unwrap().to_bits(),
            whole.covariance(0, 1).unwrap().to_bits()
        );
    }
    assert!(Sums::new(2).merge(&Sums::new(3)).is_err());
}

#[test]
fn far_means_lose_no_digits() {
    let values: Vec<f64> = (0..1001).map(|i| 1e12 + f64::from(i)).collect();
    let arm = Arm::of_values(&values).unwrap();
    assert_eq!(arm.variance, 1001.0 * 1002.0 / 12.0);
}

#[test]
fn missing_rows_are_dropped_and_impossible_ones_refused() {
    let sums = Sums::of_columns(&[&[1.0, f64::NAN, 3.0, 4.0], &[2.0, 2.0, f64::NAN, 5.0]]).unwrap();
    assert_eq!((sums.n(), sums.n_dropped(), sums.sum(0)), (2, 2, Some(5.0)));
    assert_eq!(sums.variance(2), None);
    assert_eq!(Sums::new(1).mean(0), None);
    assert!(Sums::of_columns(&[]).is_err());
    assert!(Sums::of_columns(&[&[1.0], &[1.0, 2.0]]).is_err());
    assert!(Sums::of_columns(&[&[f64::INFINITY]]).is_err());
    assert!(Sums::new(1).add(&[f64::NEG_INFINITY]).is_err());
    // 10 units that sum to 100 have squares of at least 1000
    assert!(Sums::of_totals(10, &[100.0], &[999.0]).is_err());
    assert!(Sums::of_totals(0, &[1.0], &[1.0]).is_err());
    assert!(Sums::of_totals(10, &[1.0, 2.0], &[1.0]).is_err());
    assert!(Sums::of_totals(10, &[f64::NAN], &[1.0]).is_err());
}

#[test]
fn arms_of_rows_and_of_totals_agree() {
    let (numerators, denominators) = ([1.0, 0.0, 3.0, 2.0], [2.0, 1.0, 4.0, 5.0]);
    let by_rows = Sums::of_columns(&[&numerators, &denominators]).unwrap();
    let by_totals = Sums::of_totals(4, &[6.0, 12.0], &[14.0, 24.0, 46.0]).unwrap();
    let arm = |sums| Arm::of_sums(sums, Outcome::Ratio).unwrap();
    assert_eq!(arm(&by_rows), arm(&by_totals));
    assert_eq!(arm(&by_rows).value, 0.5);
    // the variance of (numerator - 0.5 denominator) / 3
    close(arm(&by_rows).variance, (0.25 + 1.0 + 0.25) / 3.0 / 9.0, 1e-14);
    assert!(
        Arm::of_sums(
            &Sums::of_columns(&[&[1.0, 2.0], &[1.0, -1.0]]).unwrap(),
            Outcome::Ratio
        )
        .is_err()
    );
    assert!(Arm::of_sums(&Sums::of_columns(&[&[1.0]]).unwrap(), Outcome::Mean).is_err());
    assert!(Arm::of_sums(&Sums::of_columns(&[&[1.0, 2.0]]).unwrap(), Outcome::Ratio).is_err());
    assert!(Arm::of_proportion(3, 2).is_err() && Arm::of_proportion(0, 0).is_err());
    assert!(!Arm::of_proportion(3, 2000).unwrap().checks[0].holds);
    assert!(Arm::of_values(&[1.0, f64::INFINITY]).is_err());
}

#[test]
fn quantiles_match_gbstats() {
    let values: Vec<f64> = (0..600)
        .map(|i| f64::from(i * 37 % 600) / 10.0 + f64::from(i % 7) * 0.3)
        .collect();
    let arm = quantile_arm(&values, 0.8).unwrap();
    // gbstats 0.8.0 QuantileStatistic and QuantileClusteredStatistic, bounds from numpy 2.4.6 quantile
    close(arm.value, 48.620000000000005, 1e-12);
    close(arm.variance, 603.40902860831, 1e-9);
    let units: Vec<u32> = (0..600).map(|i| i % 60).collect();
    close(
        quantile_arm_of_events(&values, &units, 60, 0.8).unwrap().variance,
        38.35226876747516,
        1e-9,
    );
    let mut sketch = Quantiles::with_capacity(1024);
    sketch.extend(&values);
    let sketched = quantile_arm_of_sketch(&sketch, 0.8).unwrap();
    assert_eq!((sketched.value, sketched.variance), (arm.value, arm.variance));
    assert!(sketched.checks.iter().all(|check| check.holds));
}

#[test]
fn quantiles_without_an_answer_are_refused() {
    assert!(quantile_arm(&[1.0; 50], 0.99).is_err());
    assert!(quantile_arm(&[1.0; 5000], 0.5).is_err());
    assert!(quantile_arm(&[], 0.5).is_err() && quantile_arm(&[1.0, 2.0], 1.0).is_err());
    let missing: Vec<f64> = (0..60)
        .map(|i| if i % 20 == 0 { f64::NAN } else { f64::from(i) })
        .collect();
    assert_eq!(quantile_arm(&missing, 0.5).unwrap().n_dropped, 3);
    assert!(quantile_arm_of_events(&[1.0, 2.0], &[0, 5], 2, 0.5).is_err());
    assert!(quantile_arm_of_sketch(&Quantiles::default(), 0.5).is_err());
}

#[test]
fn cuped_with_one_covariate_matches_gbstats() {
    let found = adjusted();
    // gbstats 0.8.0 compute_theta
    close(found.theta[0], 0.6529516280900729, 1e-12);
    let effect = fixed_horizon(&found.control, &found.treatment, &absolute()).unwrap();
    close(effect.effect.value, 0.1698526301163672, 1e-10);
    close(effect.standard_error, 0.11297719440591311, 1e-10);
    let effect = fixed_horizon(&found.control, &found.treatment, &relative()).unwrap();
    close(effect.p_value, 0.1458761493549845, 1e-9);
}

#[test]
fn cuped_with_two_covariates_matches_least_squares() {
    let rows = rows();
    let found = cuped(&sums_of(&rows, 0), &sums_of(&rows, 1), Outcome::Mean).unwrap();
    // numpy 2.4.6 linalg.lstsq, then scipy 1.17.1 ttest_ind of the adjusted values
    all_close(&found.theta, &[0.8313098987056792, -0.5007091861872575], 1e-11);
    close(found.variance_ratio, 0.09455514073737745, 1e-11);
    close(found.control.value, 3.0253834652054468, 1e-12);
    close(found.treatment.value, 3.3612832014612195, 1e-12);
    all_close(
        &[found.control.variance, found.treatment.variance],
        &[0.08773704033258312, 0.09458133175201222],
        1e-11,
    );
    let effect = fixed_horizon(&found.control, &found.treatment, &absolute()).unwrap();
    close(effect.p_value, 0.0011460938406883782, 1e-9);
    close(effect.df.unwrap(), 37.94652286852791, 1e-9);
}

#[test]
fn a_useless_covariate_changes_nothing_and_a_repeated_one_is_refused() {
    let rows = rows();
    let with = |change: fn(&[f64; 3]) -> [f64; 3]| -> Vec<([f64; 3], usize)> {
        rows.iter().map(|(row, arm)| (change(row), *arm)).collect()
    };
    let constant = with(|&[y, _, _]| [y, 5.0, 5.0]);
    let found = cuped(&sums_of(&constant, 0), &sums_of(&constant, 1), Outcome::Mean).unwrap();
    let plain = Arm::of_sums(&sums_of(&constant, 0), Outcome::Mean).unwrap();
    assert_eq!(
        (found.control.value, found.control.variance),
        (plain.value, plain.variance)
    );
    assert_eq!((found.variance_ratio, &found.theta[..]), (1.0, &[0.0, 0.0][..]));
    let twice = with(|&[y, x, _]| [y, x, x]);
    assert!(cuped(&sums_of(&twice, 0), &sums_of(&twice, 1), Outcome::Mean).is_err());
    assert!(cuped(&Sums::new(1), &Sums::new(1), Outcome::Mean).is_err());
    let no_covariate = Sums::of_columns(&[&[1.0, 2.0]]).unwrap();
    assert!(cuped(&no_covariate, &no_covariate, Outcome::Mean).is_err());
}

#[test]
fn cuped_of_a_ratio_regresses_its_line() {
    // a covariate equal to the ratio's own line leaves no variance
    let (x, d) = ([1.0, 2.0, 3.0, 5.0, 4.0, 6.0], [2.0, 2.0, 5.0, 4.0, 3.0, 8.0]);
    let ratio = x.iter().sum::<f64>() / d.iter().sum::<f64>();
    let line: Vec<f64> = x.iter().zip(&d).map(|(x, d)| x - ratio * d).collect();
    let both = Sums::of_columns(&[&x, &d, &line]).unwrap();
    let found = cuped(&both, &both, Outcome::Ratio).unwrap();
    assert!(
        found.variance_ratio < 1e-12 && found.control.variance < 1e-12,
        "{found:?}"
    );
}

#[test]
fn strata_are_weighted_by_their_pooled_shares() {
    let rows = rows();
    let of = |arm: usize| -> Vec<Sums> {
        let stratum = |stratum: usize| {
            let number = |(i, _): &(usize, &([f64; 3], usize))| (i / 2) % 3 == stratum;
            let kept: Vec<_> = rows
                .iter()
                .enumerate()
                .filter(number)
                .map(|(_, row)| *row)
                .collect();
            let mut sums = Sums::new(1);
            for (row, _) in kept.iter().filter(|(_, of)| *of == arm) {
                sums.add(&row[..1]).unwrap();
            }
            sums
        };
        (0..3).map(stratum).collect()
    };
    let [control, treatment] = post_stratify(&of(0), &of(1), Outcome::Mean).unwrap();
    // numpy 2.4.6: shares times means, squared shares times variances over n
    all_close(
        &[control.value, treatment.value],
        &[3.033888888888889, 3.352777777777778],
        1e-12,
    );
    close(
        control.standard_error() * control.standard_error(),
        0.02565292592592593,
        1e-11,
    );
    close(
        treatment.standard_error() * treatment.standard_error(),
        0.08658485185185186,
        1e-11,
    );
    assert!(!control.checks[0].holds);
    assert!(post_stratify(&of(0), &of(1)[..2], Outcome::Mean).is_err());
    assert!(post_stratify(&[Sums::new(1)], &[Sums::new(1)], Outcome::Mean).is_err());
    assert!(post_stratify(&[], &[], Outcome::Mean).is_err());
}

#[test]
fn stored_sums_are_the_same_sums() {
    let (a, b) = ([0.1, 0.2, 1e16, f64::NAN, -3.0], [1.0, 0.3, -1e-9, 2.0, 7.0]);
    let sums = Sums::of_columns(&[&a, &b]).unwrap();
    let again = Sums::from_parts(sums.n(), sums.n_dropped(), 2, sums.parts()).unwrap();
    assert_eq!(again, sums);
    assert!(Sums::from_parts(4, 1, 1, sums.parts()).is_err());
    assert!(Sums::from_parts(4, 1, usize::MAX, Vec::new()).is_err());
    assert!(Sums::from_parts(4, 1, 0, Vec::new()).is_err());
    let mut parts = sums.parts();
    parts[0].first_limb = 1000;
    assert!(Sums::from_parts(4, 1, 2, parts).is_err());
}
