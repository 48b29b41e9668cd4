#![allow(clippy::unwrap_used)]
//! Expected numbers: `conformance/reference/density.py`, scipy 1.17.1.

use super::*;
use crate::special::normal_quantile;

const NONE: [f64; 2] = [f64::NEG_INFINITY, f64::INFINITY];
const VALUES: [f64; 12] = [0.2, 0.5, 0.6, 0.9, 1.3, 1.4, 2.2, 2.6, 3.1, 4.8, 5.0, 7.5];
const WEIGHTS: [f64; 12] = [1.0, 2.0, 0.5, 3.0, 1.0, 1.0, 0.0, 2.0, 1.0, 1.0, 4.0, 1.0];
const AT: [f64; 6] = [-1.0, 0.0, 0.5, 2.0, 5.0, 30.0];
const DENSITY: [f64; 6] = [
    0.020735196198791876,
    0.1513513168010604,
    0.22673193694354468,
    0.18078842404423884,
    0.09451013923135039,
    2.1285226010714902e-226,
];
const WEIGHTED: [f64; 6] = [
    0.0007455822685337152,
    0.12574899745265491,
    0.3005713813180762,
    0.07319455318486058,
    0.2782627844775838,
    0.0,
];

fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() <= tolerance * expected.abs(),
            "{found} {expected}"
        );
    }
}

#[test]
fn densities_match_scipy() {
    close(
        &gaussian_kde(&VALUES, None, &AT, 0.7, NONE).unwrap(),
        &DENSITY,
        1e-12,
    );
    let weighted = gaussian_kde(&VALUES, Some(&WEIGHTS), &AT, 0.4, NONE).unwrap();
    close(&weighted, &WEIGHTED, 1e-12);
}

#[test]
fn a_weight_is_a_row_again_and_the_order_changes_no_bit() {
    let twice = gaussian_kde(&[1.0, 1.0, 3.0], None, &AT, 0.5, NONE).unwrap();
    let weight = gaussian_kde(&[3.0, 1.0], Some(&[1.0, 2.0]), &AT, 0.5, NONE).unwrap();
    close(&weight, &twice, 1e-15);
    let mut turned = VALUES;
    turned.reverse();
    let [one, other] = [VALUES, turned].map(|values| gaussian_kde(&values, None, &AT, 0.7, NONE).unwrap());
    assert_eq!(one, other);
}

#[test]
fn what_lies_beyond_a_bound_is_reflected() {
    let at = places(&VALUES, 0.7, [0.0, 8.0], 4001).unwrap();
    assert_eq!((at[0], at[4000]), (0.0, 8.0));
    let density = gaussian_kde(&VALUES, None, &at, 0.7, [0.0, 8.0]).unwrap();
    let area: f64 = density
        .windows(2)
        .map(|pair| 0.5 * (pair[0] + pair[1]) * 0.002)
        .sum();
    assert!((area - 1.0).abs() < 1e-6, "{area}");
    let free = gaussian_kde(&VALUES, None, &[0.0], 0.7, NONE).unwrap();
    assert!((density[0] / free[0] - 2.0).abs() < 1e-12);
    assert_eq!(
        gaussian_kde(&VALUES, None, &[-0.1], 0.7, [0.0, 9.0]).unwrap(),
        [0.0]
    );
}

/// As the reference script makes them.
fn two_humps(n: usize) -> Vec<f64> {
    let u = |place: usize| normal_quantile((place as f64 + 0.5) / n as f64);
    (0..n)
        .map(|place| {
            if place % 3 == 0 {
                4.0 + 0.5 * u(place)
            } else {
                u(place)
            }
        })
        .collect()
}

#[test]
fn sheather_and_jones_choose_what_all_pairs_choose() {
    // cells of pairs move the width by less than a thousandth
    for (n, expected) in [
        (30, 0.6289619170917469),
        (300, 0.3207086698730222),
        (1500, 0.21277457225050214),
    ] {
        let (width, rule) = bandwidth(&two_humps(n), None, Bandwidth::SheatherJones).unwrap();
        assert_eq!(rule, Bandwidth::SheatherJones);
        assert!((width / expected - 1.0).abs() < 1e-3, "{width} {expected}");
    }
    // however far off a value is, it changes the same: of two scales the one by quartiles is the smaller now
    let mut values = two_humps(1500);
    let before = bandwidth(&values, None, Bandwidth::SheatherJones).unwrap().0;
    values.push(1e9);
    let after = bandwidth(&values, None, Bandwidth::SheatherJones).unwrap().0;
    assert!((after / before - 1.0).abs() < 0.05, "{before} {after}");
    values[1500] = 1e6;
    let nearer = bandwidth(&values, None, Bandwidth::SheatherJones).unwrap().0;
    assert_eq!(nearer, after);
}

#[test]
fn silverman_stands_in_where_pairs_mean_nothing() {
    let rounded: Vec<f64> = (0..200).map(|i| f64::from(i % 20)).collect();
    let (width, rule) = bandwidth(&rounded, None, Bandwidth::SheatherJones).unwrap();
    assert_eq!(rule, Bandwidth::Silverman);
    // 0.9 min(5.7807, 9.5 / 1.349) 200^(-1/5)
    assert!((width - 1.8031).abs() < 1e-3, "{width}");
    let one_value_in_most_rows = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 5.0];
    assert!(
        bandwidth(&one_value_in_most_rows, None, Bandwidth::SheatherJones)
            .unwrap()
            .0
            > 0.0
    );
    let (weighted, rule) = bandwidth(&VALUES, Some(&WEIGHTS), Bandwidth::SheatherJones).unwrap();
    assert!(rule == Bandwidth::Silverman && 0.0 < weighted);
}

#[test]
fn the_unit_of_the_values_is_that_of_the_bandwidth() {
    let values = two_humps(500);
    for rule in [Bandwidth::SheatherJones, Bandwidth::Silverman] {
        let width = bandwidth(&values, None, rule).unwrap().0;
        for unit in [2f64.powi(-900), 2f64.powi(900)] {
            let scaled: Vec<f64> = values.iter().map(|v| v * unit).collect();
            assert_eq!(bandwidth(&scaled, None, rule).unwrap().0, width * unit);
        }
    }
}

#[test]
fn refusals_name_the_offender() {
    let error = |result: Result<(f64, Bandwidth), StatsError>| result.unwrap_err().to_string();
    assert!(error(bandwidth(&[2.0; 20], None, Bandwidth::Silverman)).contains("are equal"));
    assert!(error(bandwidth(&[1.0], None, Bandwidth::Silverman)).contains("at least 2"));
    assert!(error(bandwidth(&VALUES, None, Bandwidth::Fixed(0.0))).contains("bandwidth is 0"));
    let kde = |values: &[f64], width, bounds| gaussian_kde(values, None, &AT, width, bounds).is_err();
    assert!(kde(&[], 1.0, NONE) && kde(&[f64::NAN], 1.0, NONE) && kde(&VALUES, f64::NAN, NONE));
    assert!(kde(&VALUES, 1.0, [1.0, 0.0]) && kde(&VALUES, 1.0, [1.0, 9.0]));
    assert!(places(&VALUES, 1.0, NONE, 1).is_err());
}
