#![allow(clippy::unwrap_used)]
use prepare::{FeatureColumn, Features, MISSING_CODE};

use super::*;

pub(crate) fn example() -> LinearParts {
    LinearParts {
        grid_exponent: 30,
        feature_levels: vec![0, 3, 0],
        intercept: vec![100, -200],
        center: vec![10.0, -1.0],
        scale: vec![2.0, 0.5],
        low: vec![0.0, -5.0],
        high: vec![20.0, 5.0],
        coefficient: vec![0.1, -0.3, 1.0 / 3.0, 0.7],
        level: vec![1, 2, 3, 4, 5, 6],
        missing: vec![7, 8, 9, 10, 11, 12],
        mean: vec![1000, -1000, 2, 3, 4, 5],
    }
}

pub(crate) fn example_features() -> Features {
    let columns = vec![
        FeatureColumn::Number(vec![11.0, f64::NAN, 1e9]),
        FeatureColumn::Category {
            codes: vec![1, 99, MISSING_CODE],
            n_levels: 3,
        },
        FeatureColumn::Number(vec![-1.0, 0.123, f64::NAN]),
    ];
    Features { n_rows: 3, columns }
}

#[test]
fn margins_add_rounded_terms() {
    let model = LinearModel::from_parts(example()).unwrap();
    let mut out = [0.0; 6];
    model.margins(&example_features(), 0..3, &mut out).unwrap();
    let grid = model.grid();
    let units = |x: f64| grid.round(x);
    let expected = [
        100 + units(0.05) + 3,
        -200 + units(-0.15) + 4,
        100 + 7 + 5 + units(1.0 / 3.0 * (1.123 / 0.5)),
        -200 + 8 + 6 + units(0.7 * (1.123 / 0.5)),
        // The first number counts as its upper bound of 20.
        100 + units(0.5) + 9 + 11,
        -200 + units(-1.5) + 10 + 12,
    ];
    assert_eq!(out, expected.map(|units| grid.value(units)));
}

type Spoil = fn(&mut LinearParts);

#[test]
fn every_spoilt_list_is_refused() {
    let spoil: &[(&str, Spoil)] = &[
        ("exponent", |p| p.grid_exponent = -901),
        ("levels", |p| p.feature_levels[1] = u32::MAX),
        ("no outputs", |p| p.intercept.clear()),
        ("intercept", |p| p.intercept[0] = i64::MIN),
        ("center", |p| p.center[0] = f64::NAN),
        ("scale", |p| p.scale[0] = 0.0),
        ("bounds", |p| p.low[0] = 30.0),
        ("infinite bound", |p| p.high[0] = f64::INFINITY),
        ("coefficients", |p| p.coefficient.truncate(3)),
        ("steep", |p| p.coefficient[0] = 1e20),
        ("level", |p| p.level[0] = i64::MAX),
        ("missing", |p| p.missing.truncate(5)),
        ("mean", |p| p.mean[0] = i64::MIN),
    ];
    for (what, spoil) in spoil {
        let mut parts = example();
        spoil(&mut parts);
        assert!(LinearModel::from_parts(parts).is_err(), "{what}");
    }
}

#[test]
fn one_row_gives_the_bits_of_many() {
    let model = LinearModel::from_parts(example()).unwrap();
    let features = example_features();
    let mut all = [0.0; 6];
    model.margins(&features, 0..3, &mut all).unwrap();
    for row in 0..3 {
        let mut one = [0.0; 2];
        model.margins(&features, row..row + 1, &mut one).unwrap();
        assert_eq!(one, all[2 * row..2 * row + 2]);
    }
}
