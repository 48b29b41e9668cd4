use super::*;

#[test]
fn the_sample_ratio_matches_gbstats() {
    let found = sample_ratio(&[5000, 5210, 1900], &[2.0, 2.0, 1.0]).unwrap();
    // gbstats 0.8.0 check_srm
    close(found.p_value, 2.9798976501480957e-32, 1e-10);
    assert!(!found.sound && found.worst_arm == 2 && found.worst_excess < -0.2);
    assert!(sample_ratio(&[5000, 5050], &[0.5, 0.5]).unwrap().sound);
    let broken = sample_ratio(&[1_000_000, 900_000], &[0.5, 0.5]).unwrap();
    assert!(broken.p_value == 0.0 && broken.ln_p_value < -2000.0);
    assert!(sample_ratio(&[5], &[1.0]).is_err() && sample_ratio(&[0, 0], &[0.5, 0.5]).is_err());
    assert!(sample_ratio(&[5, 5], &[1.0, 0.0]).is_err() && sample_ratio(&[5, 5], &[1.0]).is_err());
}

#[test]
fn the_sample_ratio_at_any_time_is_a_dirichlet_factor() {
    // scipy 1.17.1 special.gammaln
    let found = sample_ratio_any_time(&[5000, 5210, 1900], &[0.4, 0.4, 0.2], 10_000.0).unwrap();
    close(found.ln_p_value, -40.178479393638554, 1e-9);
    assert!(!found.sound);
    let fine = sample_ratio_any_time(&[5000, 5050], &[0.5, 0.5], 10_000.0).unwrap();
    assert!(fine.sound && fine.p_value == 1.0 && fine.statistic < 1.0);
    assert!(sample_ratio_any_time(&[5, 5], &[0.5, 0.5], 0.0).is_err());
    // as many units as there can be, and a plan that the alternatives hardly leave
    let huge = sample_ratio_any_time(&[1 << 62, 1 << 62], &[0.5, 0.5], 1e300).unwrap();
    close(huge.statistic, 1.0, 1e-12);
}

#[test]
fn the_factor_of_one_unit_is_fair() {
    // under the plan, the factor's mean over the next unit is the factor before
    let shares = [0.3, 0.7];
    let at = |a, b| sample_ratio_any_time(&[a, b], &shares, 20.0).unwrap().statistic;
    for (a, b) in [(1, 0), (5, 5), (30, 50)] {
        close(
            shares[0] * at(a + 1, b) + shares[1] * at(a, b + 1),
            at(a, b),
            1e-12,
        );
    }
}

#[test]
fn units_are_looked_through() {
    let (units, arms) = ([0, 1, 0, 2, 3, 3, 3, 5], [0, 1, 0, 1, 0, 1, 0, 1]);
    let found = exposures(&units, 6, &arms, 2).unwrap();
    assert_eq!(
        (
            found.n_units,
            found.n_in_several_arms,
            found.n_repeated,
            found.most_rows
        ),
        (5, 1, 2, 3)
    );
    assert_eq!(
        (&found.in_several_arms[..], &found.counts[..]),
        (&[3][..], &[1, 3][..])
    );
    assert!(!found.arms_are_apart() && !found.rows_are_units());
    assert!(exposures(&[], 0, &[], 0).unwrap().rows_are_units());
    assert!(exposures(&units, 4, &arms, 2).is_err() && exposures(&units, 6, &arms[..3], 2).is_err());
}

#[test]
fn mismatches_are_counted() {
    let found = assignment_mismatch(&[0, 0, 1, 1, 1], &[0, 1, 1, 1, 0], 2).unwrap();
    assert_eq!(
        (found.n_rows, found.n_mismatched, &found.counts[..]),
        (5, 2, &[1, 1, 1, 2][..])
    );
    assert!(assignment_mismatch(&[0], &[2], 2).is_err() && assignment_mismatch(&[0], &[], 2).is_err());
}

#[test]
fn windows_take_their_events_alone() {
    let window = Window {
        delay: 1.0,
        length: 7.0,
    };
    let exposed = [0.0, 5.0, 20.0, f64::NAN];
    let (units, times) = (
        [0, 0, 0, 0, 1, 2, 3, 1],
        [0.5, 1.0, 7.9, 8.0, 6.5, 22.0, 1.0, f64::NAN],
    );
    let values = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 1.0];
    let found = window.sum(&exposed, &units, &times, &values, 25.0).unwrap();
    assert_eq!(found.values[..2], [6.0, 16.0]);
    assert!(found.values[2].is_nan() && found.values[3].is_nan());
    let counts = (
        found.n_open,
        found.n_unexposed,
        found.n_events_before,
        found.n_events_after,
        found.n_events_missing,
    );
    assert_eq!(counts, (1, 1, 1, 1, 1));
    let endless = Window {
        delay: 0.0,
        length: f64::INFINITY,
    };
    let found = endless.sum(&exposed, &units, &times, &values, 25.0).unwrap();
    assert_eq!((found.values[0], found.n_open), (15.0, 0));
    assert!(
        Window {
            delay: -1.0,
            length: 1.0
        }
        .sum(&exposed, &units, &times, &values, 25.0)
        .is_err()
    );
    assert!(window.sum(&exposed[..2], &units, &times, &values, 25.0).is_err());
    assert!(window.sum(&exposed, &units, &times[1..], &values, 25.0).is_err());
}

#[test]
fn outliers_are_capped_over_both_arms() {
    let values = [0.0, 0.0, 1.0, f64::NAN, 2.0, 3.0, 104.0];
    let found = cap_at_quantile(&values, 0.5, true).unwrap();
    assert_eq!((found.cap, found.n_capped), (2.5, 2));
    assert_eq!(found.values[5..], [2.5, 2.5]);
    assert!(found.values[3].is_nan());
    close(found.share_taken, (110.0 - 8.0) / 110.0, 1e-14);
    assert_eq!(cap_at_quantile(&values, 0.5, false).unwrap().cap, 1.5);
    assert!(cap_at_quantile(&[0.0, f64::NAN], 0.5, true).is_err());
    assert!(
        cap_at_quantile(&[f64::INFINITY], 0.5, false).is_err()
            && cap_at_quantile(&values, 1.0, true).is_err()
    );
    assert_eq!(cap_at(&[], 3.0).share_taken, 0.0);
}
