#![allow(clippy::unwrap_used)]
use prepare::{FeatureColumn, Features, MISSING_CODE};

use super::*;
use crate::{Baseline, Target};

/// The table of the reference figures below.
fn table() -> (Features, Vec<f64>) {
    let row = |i: u32| {
        let x = f64::from(i * 37 % 61) / 10.0;
        let z = f64::from(i * i * 7 % 23) / 5.0;
        let code = i * 13 % 4;
        let noise = f64::from(i * 29 % 17) / 4.0;
        (
            x,
            z,
            code,
            x - 1.3 * z + [0.5, -1.0, 2.0, 0.0][code as usize] + noise - 2.0,
        )
    };
    let rows: Vec<_> = (0..60).map(row).collect();
    let columns = vec![
        FeatureColumn::Number(rows.iter().map(|row| row.0).collect()),
        FeatureColumn::Number(rows.iter().map(|row| row.1).collect()),
        FeatureColumn::Category {
            codes: rows.iter().map(|row| row.2).collect(),
            n_levels: 5,
        },
    ];
    (
        Features { n_rows: 60, columns },
        rows.iter().map(|row| row.3).collect(),
    )
}

fn targets(numbers: &[f64]) -> [Target; 3] {
    let class = |x: &f64| u32::from(-1.0 <= *x) + u32::from(2.0 <= *x);
    [
        Target::Number(numbers.to_vec()),
        Target::Binary(numbers.iter().map(|x| 0.5 < *x).collect()),
        Target::Classes {
            codes: numbers.iter().map(class).collect(),
            n_classes: 3,
        },
    ]
}

fn fit(features: &Features, target: &Target, weights: Option<&[f64]>, n_threads: usize) -> Model {
    let data = Training {
        features,
        target,
        weights,
        names: &[],
    };
    Linear::default()
        .fit(
            &data,
            &Context {
                seed: 0,
                n_threads,
                progress: None,
            },
        )
        .unwrap()
}

fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < tolerance, "{found} {expected}");
    }
}

// The reference is scikit-learn 1.9.1 on standardised numbers and one column per level:
// `Ridge(1.0, solver="cholesky")`, `LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-14)`,
// `LogisticRegression(C=1.0, solver="lbfgs", tol=1e-14)`, whose last digits vary near 1e-6.

#[test]
fn least_squares_agree_with_scikit_learn() {
    let (features, numbers) = table();
    let margins = fit(&features, &targets(&numbers)[0], None, 1)
        .all_margins(&features)
        .unwrap();
    close(
        &margins,
        &[0.7062522183057456, 1.0008905124045888, 1.8565945758119229],
        1e-10,
    );
}

#[test]
fn logistic_regression_agrees_with_scikit_learn() {
    let (features, numbers) = table();
    let model = fit(&features, &targets(&numbers)[1], None, 1);
    let margins = model.all_margins(&features).unwrap();
    close(
        &margins,
        &[0.5142111994710423, 1.0312080683934544, 1.182966486877186],
        1e-9,
    );
    let Model::Linear(linear) = model else {
        panic!("a linear model")
    };
    close(
        &linear.parts().coefficient,
        &[1.4949503000327018, -1.741971377145545],
        1e-9,
    );
}

#[test]
fn multinomial_regression_agrees_with_scikit_learn() {
    let (features, numbers) = table();
    let mut margins = fit(&features, &targets(&numbers)[2], None, 1)
        .all_margins(&features)
        .unwrap();
    for row in margins.chunks_exact_mut(3) {
        let log_sum = stats::math::log_sum_exp(row);
        row.iter_mut().for_each(|margin| *margin -= log_sum);
    }
    let expected = [
        -1.495559830164038,
        -0.45848319520418035,
        -1.9404799533324466,
        -2.4157141449204897,
        -0.6485511088560467,
        -0.9470238247074095,
    ];
    close(&margins, &expected, 2e-6);
}

#[test]
fn threads_never_change_a_model() {
    let (features, numbers) = table();
    let rows: Vec<usize> = (0..6000).map(|i| i * 7 % 60).collect();
    let features = features.take(&rows);
    for target in targets(&numbers) {
        let target = target.take(&rows);
        let one = fit(&features, &target, None, 1);
        let (Model::Linear(one), Model::Linear(more)) = (one, fit(&features, &target, None, 3)) else {
            panic!("linear models")
        };
        assert_eq!(one.parts(), more.parts());
    }
}

#[test]
fn a_weight_is_near_to_repeated_rows() {
    let (features, numbers) = table();
    let weights: Vec<f64> = (0..60).map(|row| f64::from(row % 4)).collect();
    let repeated: Vec<usize> = (0..60).flat_map(|row| vec![row; weights[row] as usize]).collect();
    for target in targets(&numbers) {
        let weighted = fit(&features, &target, Some(&weights), 1)
            .all_margins(&features)
            .unwrap();
        let whole = fit(&features.take(&repeated), &target.take(&repeated), None, 1);
        // Sums over rows are in floating point here; multinomial passes stop near 1e-12 of the best objective.
        close(&weighted, &whole.all_margins(&features).unwrap(), 1e-5);
    }
}

#[test]
fn missing_values_and_unmet_levels_are_told_apart() {
    let x: Vec<f64> = (0..90)
        .map(|i| if i % 3 == 0 { f64::NAN } else { f64::from(i % 7) })
        .collect();
    let codes: Vec<u32> = (0..90)
        .map(|i| if i % 5 == 0 { MISSING_CODE } else { i % 2 })
        .collect();
    let target = Target::Number(
        (0..90)
            .map(|i| if i % 3 == 0 { 5.0 } else { 0.0 } + if i % 5 == 0 { -3.0 } else { 0.0 })
            .collect(),
    );
    let columns = vec![
        FeatureColumn::Number(x),
        FeatureColumn::Category { codes, n_levels: 4 },
    ];
    let model = fit(&Features { n_rows: 90, columns }, &target, None, 1);
    let ask = Features {
        n_rows: 4,
        columns: vec![
            FeatureColumn::Number(vec![f64::NAN, 1.0, 1.0, 1e300]),
            FeatureColumn::Category {
                codes: vec![0, MISSING_CODE, 3, 0],
                n_levels: 4,
            },
        ],
    };
    let margins = model.all_margins(&ask).unwrap();
    assert!(
        (margins[0] - 5.0).abs() < 0.6 && (margins[1] + 3.0).abs() < 0.6,
        "{margins:?}"
    );
    assert!(margins.iter().all(|margin| margin.abs() < 10.0), "{margins:?}");
}

#[test]
fn constant_and_repeated_columns_are_fine() {
    let (features, numbers) = table();
    let mut more = features.clone();
    more.columns.push(features.columns[0].clone());
    more.columns.push(FeatureColumn::Number(vec![3.0; 60]));
    more.columns.push(FeatureColumn::Number(vec![f64::NAN; 60]));
    more.columns.push(FeatureColumn::Category {
        codes: vec![0; 60],
        n_levels: 2,
    });
    for target in targets(&numbers) {
        let margins = fit(&more, &target, None, 1).all_margins(&more).unwrap();
        assert!(margins.iter().all(|margin| margin.is_finite()));
    }
}

#[test]
fn classes_that_never_overlap_or_never_occur_stay_finite() {
    let x: Vec<f64> = (0..40).map(f64::from).collect();
    let features = Features {
        n_rows: 40,
        columns: vec![FeatureColumn::Number(x.clone())],
    };
    for target in [
        Target::Binary(x.iter().map(|x| 20.0 <= *x).collect()),
        Target::Binary(vec![true; 40]),
        Target::Classes {
            codes: vec![1; 40],
            n_classes: 3,
        },
        Target::Number(vec![2.0; 40]),
    ] {
        let margins = fit(&features, &target, None, 1).all_margins(&features).unwrap();
        assert!(margins.iter().all(|margin| margin.abs() < 50.0), "{margins:?}");
    }
    let none = Features {
        n_rows: 2,
        columns: vec![],
    };
    let target = Target::Binary(vec![true, false]);
    let model = fit(&none, &target, None, 1);
    let baseline = Baseline.fit(
        &Training {
            features: &none,
            target: &target,
            weights: None,
            names: &[],
        },
        &Context::new(0),
    );
    assert_eq!(
        model.all_margins(&none).unwrap(),
        baseline.unwrap().all_margins(&none).unwrap()
    );
}

#[test]
fn contributions_add_up_and_have_mean_zero() {
    let (features, numbers) = table();
    for target in targets(&numbers) {
        let model = fit(&features, &target, None, 1);
        let margins = model.all_margins(&features).unwrap();
        let explanation = model.explain(&features, 0..60).unwrap();
        for (i, margin) in margins.iter().enumerate() {
            let contributions = &explanation.contributions[3 * i..3 * i + 3];
            assert_eq!(explanation.base[i] + contributions.iter().sum::<f64>(), *margin);
        }
        for feature in 0..3 {
            let of_feature = explanation
                .contributions
                .iter()
                .skip(feature)
                .step_by(3 * target.n_outputs());
            assert!(of_feature.sum::<f64>().abs() < 1e-9);
        }
    }
}
