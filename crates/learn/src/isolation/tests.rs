#![allow(clippy::unwrap_used)]
use bundle::model::TreeParts;
use prepare::{FeatureColumn, Features, MISSING_CODE};
use stats::random::Draw;

use super::*;

/// A crowd about zero, a number with gaps, and a category; the last row is unlike the others in all.
fn table(n_rows: usize) -> Features {
    let mut draw = Draw::new(4, 0);
    let mut a: Vec<f64> = (0..n_rows).map(|_| draw.normal()).collect();
    let mut b: Vec<f64> = (0..n_rows)
        .map(|_| match (draw.normal(), draw.below(7)) {
            (_, 0) => f64::NAN,
            (x, _) => x,
        })
        .collect();
    let mut codes: Vec<u32> = (0..n_rows).map(|_| draw.below(2) as u32).collect();
    codes[0] = MISSING_CODE;
    (a[n_rows - 1], b[n_rows - 1], codes[n_rows - 1]) = (12.0, -9.0, 3);
    let columns = vec![
        FeatureColumn::Number(a),
        FeatureColumn::Number(b),
        FeatureColumn::Category { codes, n_levels: 4 },
        FeatureColumn::Number(vec![1.0; n_rows]),
    ];
    Features { n_rows, columns }
}

fn fit(features: &Features, weights: Option<&[f64]>, n_threads: usize) -> Model {
    let target = Target::Nothing(features.n_rows);
    let data = Training {
        features,
        target: &target,
        weights,
        names: &[],
    };
    let context = Context {
        n_threads,
        ..Context::new(3)
    };
    Isolation::default().fit(&data, &context).unwrap()
}

fn parts(model: &Model) -> &TreeParts {
    match model {
        Model::Trees(trees) => trees.parts(),
        _ => panic!("forests are trees"),
    }
}

fn scores(model: &Model, features: &Features) -> Vec<f64> {
    let margins = model.all_margins(features).unwrap();
    margins
        .into_iter()
        .map(|margin| Link::Exp2.answer(margin))
        .collect()
}

#[test]
fn a_row_unlike_the_others_stands_out() {
    let features = table(1000);
    let scores = scores(&fit(&features, None, 2), &features);
    let (others, odd) = scores.split_at(999);
    assert!(0.65 < odd[0], "{}", odd[0]);
    assert!(others.iter().all(|score| 0.0 < *score && *score < odd[0]));
    let mean = others.iter().sum::<f64>() / 999.0;
    assert!((0.35..0.5).contains(&mean), "{mean}");
}

#[test]
fn threads_never_change_a_forest_and_a_whole_weight_equals_repeated_rows() {
    let features = table(600);
    let weights: Vec<f64> = (0..600).map(|row| f64::from(row * row % 4)).collect();
    let repeated: Vec<usize> = (0..600)
        .flat_map(|row| vec![row; weights[row] as usize])
        .collect();
    let weighted = fit(&features, Some(&weights), 1);
    for n_threads in [2, 3] {
        assert!(parts(&weighted) == parts(&fit(&features, Some(&weights), n_threads)));
    }
    assert!(parts(&weighted) == parts(&fit(&features.take(&repeated), None, 2)));
}

#[test]
fn contributions_add_up_to_the_margin() {
    let features = table(400);
    let model = fit(&features, None, 1);
    let margins = model.all_margins(&features).unwrap();
    let explanation = model.explain(&features, 0..400).unwrap();
    for (row, margin) in margins.iter().enumerate() {
        let contributions = explanation.contributions_of(row, 0);
        assert_eq!(explanation.base[row] + contributions.iter().sum::<f64>(), *margin);
        assert_eq!(contributions[3], 0.0);
    }
}

#[test]
fn rows_that_do_not_differ_are_ordinary() {
    for n_rows in [1, 2, 50] {
        let features = Features {
            n_rows,
            columns: vec![FeatureColumn::Number(vec![3.0; n_rows])],
        };
        let scores = scores(&fit(&features, None, 1), &features);
        // Exactly: more than one half is an anomaly.
        assert_eq!(scores, vec![0.5; n_rows]);
    }
    let none = Features {
        n_rows: 5,
        columns: vec![],
    };
    assert_eq!(fit(&none, None, 1).n_outputs(), 1);
}

#[test]
fn huge_numbers_are_fine() {
    let values = vec![f64::MAX, -f64::MAX, 0.0, f64::MAX, 1.0, 2.0];
    let features = Features {
        n_rows: 6,
        columns: vec![FeatureColumn::Number(values)],
    };
    assert!(
        scores(&fit(&features, None, 1), &features)
            .iter()
            .all(|score| score.is_finite())
    );
}
