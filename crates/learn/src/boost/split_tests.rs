//! Splits of tables so small that their gains and leaf values can be counted by hand.
#![allow(clippy::unwrap_used)]

use bundle::Model;
use prepare::{FeatureColumn, Features};

use super::*;
use crate::Target;

/// A single tree of two leaves, taken as it is.
fn bare() -> Params {
    Params {
        rounds: Some(1),
        learning_rate: Some(1.0),
        max_leaves: Some(2),
        min_rows_per_leaf: Some(1.0),
        min_hessian: 0.0,
        l2: Some(0.0),
        category_l2: Some(0.0),
        category_smoothing: 0.0,
        category_min_rows: Some(0.0),
        column_sample: Some(1.0),
        ..Params::default()
    }
}

fn number(values: &[f64]) -> Features {
    Features {
        n_rows: values.len(),
        columns: vec![FeatureColumn::Number(values.to_vec())],
    }
}

/// Five rows of -1 at 0, and five of 1 at 1: the gain is `5^2 / 5 + 5^2 / 5 - 0`, ten.
fn halves() -> (Features, Target) {
    let x: Vec<f64> = (0..10).map(|row| f64::from(row / 5)).collect();
    let y = x.iter().map(|x| 2.0 * x - 1.0).collect();
    (number(&x), Target::Number(y))
}

fn fit(params: Params, features: &Features, target: &Target) -> Model {
    let data = Training {
        features,
        target,
        weights: None,
        names: &[],
    };
    params.check().unwrap().fit(&data, &Context::new(1)).unwrap()
}

/// The margins of the first and the last row.
fn ends(params: Params) -> [f64; 2] {
    let (features, target) = halves();
    let margins = fit(params, &features, &target).all_margins(&features).unwrap();
    [margins[0], margins[9]].map(|margin| (margin * 1e6).round() / 1e6)
}

#[test]
fn leaves_tell_the_mean_drawn_to_zero_by_l2_and_shortened_by_l1() {
    assert_eq!(ends(bare()), [-1.0, 1.0]);
    let l2 = Params {
        l2: Some(5.0),
        ..bare()
    };
    assert_eq!(ends(l2), [-0.5, 0.5]);
    let both = Params {
        l1: 2.0,
        l2: Some(1.0),
        ..bare()
    };
    assert_eq!(ends(both), [-0.5, 0.5]);
    let deaf = Params { l1: 5.0, ..bare() };
    assert_eq!(ends(deaf), [0.0, 0.0]);
}

#[test]
fn a_split_gains_more_than_it_must() {
    for (min_gain, expected) in [(9.99, [-1.0, 1.0]), (10.0, [0.0, 0.0])] {
        assert_eq!(ends(Params { min_gain, ..bare() }), expected);
    }
}

#[test]
fn a_leaf_may_hold_just_what_it_must() {
    for (least, expected) in [(5.0, [-1.0, 1.0]), (5.5, [0.0, 0.0])] {
        let rows = Params {
            min_rows_per_leaf: Some(least),
            ..bare()
        };
        assert_eq!(ends(rows), expected);
        let hessian = Params {
            min_hessian: least,
            ..bare()
        };
        assert_eq!(ends(hessian), expected);
    }
}

#[test]
fn what_was_never_seen_goes_with_most_rows() {
    for n_of_first in [3, 7] {
        let codes: Vec<u32> = (0..10).map(|row| u32::from(n_of_first <= row)).collect();
        let y: Vec<f64> = codes.iter().map(|code| f64::from(*code)).collect();
        let x = number(&y);
        let target = Target::Number(y);
        let most = f64::from(u8::from(n_of_first < 5));
        let levels = |codes: Vec<u32>| Features {
            n_rows: codes.len(),
            columns: vec![FeatureColumn::Category { codes, n_levels: 4 }],
        };
        let unseen = fit(bare(), &levels(codes), &target)
            .all_margins(&levels(vec![3]))
            .unwrap();
        let missing = fit(bare(), &x, &target)
            .all_margins(&number(&[f64::NAN]))
            .unwrap();
        for found in [unseen, missing] {
            assert!((found[0] - most).abs() < 1e-6, "{n_of_first} {found:?}");
        }
    }
}

#[test]
fn the_first_of_equal_features_splits() {
    let (features, target) = halves();
    let twice = Features {
        n_rows: 10,
        columns: vec![features.columns[0].clone(), features.columns[0].clone()],
    };
    let Model::Trees(trees) = fit(bare(), &twice, &target) else {
        panic!("trees")
    };
    assert_eq!(trees.parts().feature[0], 0);
}
