//! Names and their order say nothing.

use super::*;

/// The same table with its columns in another order, and with other numbers for the levels of its category.
fn renamed(features: &Features) -> [(&'static str, Features); 2] {
    let n_columns = features.columns.len();
    let columns = (0..n_columns).map(|column| features.columns[(column + 2) % n_columns].clone());
    let turned = Features {
        n_rows: features.n_rows,
        columns: columns.collect(),
    };
    let mut recoded = features.clone();
    for column in &mut recoded.columns {
        if let FeatureColumn::Category { codes, n_levels } = column {
            let known = codes.iter_mut().filter(|code| **code != MISSING_CODE);
            // 389 is a prime that divides neither number of levels.
            known.for_each(|code| *code = (*code * 389 + 3) % *n_levels);
        }
    }
    [("columns", turned), ("codes", recoded)]
}

fn margins(case: &Case, features: &Features) -> Vec<f64> {
    let model = fit(case, features, &case.target, None, 1);
    model.all_margins(features).unwrap()
}

/// A forest of numbers whose leaves hold so many rows that hardly two splits are as good as each other: the drawn order
/// of features decides then, and counts of classes are often equal.
fn coarse_forest(values: &[f64]) -> Case {
    let forest = forest::Params {
        trees: 20,
        max_features: Some(1.0),
        min_rows_per_leaf: Some(40.0),
        ..forest::Params::default()
    };
    Case {
        name: "forest",
        trainer: Box::new(forest.check().unwrap()),
        target: Target::Number(values.to_vec()),
    }
}

#[test]
fn the_order_of_columns_and_the_numbers_of_levels_only_rename() {
    let (features, values) = broad_table(1500);
    let mut cases = losses(&values, |params| params);
    // Features drawn for each tree, and rounds chosen by folds.
    cases.extend(losses(&values, |params| boost::Params {
        column_sample: Some(0.67),
        ..params
    }));
    cases.extend(losses(&values, |params| boost::Params {
        column_sample: None,
        rounds: None,
        learning_rate: Some(0.3),
        ..params
    }));
    assert_only_renamed(&cases, &features);
}

#[test]
fn the_order_of_columns_and_the_numbers_of_levels_only_rename_in_a_forest() {
    let (features, values) = broad_table(1500);
    let as_it_comes = Case {
        name: "forest as it comes",
        trainer: Box::new(forest::Params::default().check().unwrap()),
        target: Target::Number(values.clone()),
    };
    assert_only_renamed(&[coarse_forest(&values), as_it_comes], &features);
}

fn assert_only_renamed(cases: &[Case], features: &Features) {
    for case in cases {
        let expected = margins(case, features);
        for (what, renamed) in renamed(features) {
            assert!(expected == margins(case, &renamed), "{} {what}", case.name);
        }
    }
}

#[test]
fn where_splits_are_drawn_the_numbers_of_levels_change_no_more_than_another_seed() {
    let (features, values) = table(1500);
    let extra = forest::Params {
        trees: 200,
        ..forest::Params::default()
    };
    let isolation = isolation::Params {
        trees: 400,
        ..isolation::Params::default()
    };
    let cases = [
        Case {
            name: "extra trees",
            trainer: Box::new(extra.check_extra().unwrap()),
            target: Target::Number(values),
        },
        Case {
            name: "isolation",
            trainer: Box::new(isolation.check().unwrap()),
            target: Target::Nothing(1500),
        },
    ];
    for case in cases {
        let expected = margins(&case, &features);
        for (what, renamed) in renamed(&features) {
            let found = margins(&case, &renamed);
            assert!(what != "columns" || expected == found, "{} {what}", case.name);
            let same = stats::association::pearson(&expected, &found, 0.95).unwrap();
            let same = same.effect.estimate.value;
            assert!(0.97 < same, "{} {what} {same}", case.name);
        }
    }
}
