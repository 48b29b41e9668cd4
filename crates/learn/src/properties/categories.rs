//! Categories of thousands of levels are learnt.

use super::*;

/// Which share of what varies in unseen rows is told by a model of others; levels have 15 rows each to learn from, and
/// their effect depends on a number.
fn told(trainer: &dyn Trainer) -> f64 {
    let (n_rows, n_levels) = (24_000, 1200);
    let mut draw = Draw::new(21, 0);
    let effect: Vec<f64> = (0..n_levels).map(|_| draw.normal()).collect();
    let codes: Vec<u32> = (0..n_rows).map(|_| draw.below(n_levels) as u32).collect();
    let x: Vec<f64> = (0..n_rows).map(|_| draw.normal()).collect();
    let value = |row: usize| {
        effect[codes[row] as usize] * if x[row] < -1.0 { 0.3 } else { 1.0 } + 0.3 * draw.normal()
    };
    let target = Target::Number((0..n_rows).map(value).collect());
    let n_levels = n_levels as u32;
    let columns = vec![
        FeatureColumn::Number(x),
        FeatureColumn::Category { codes, n_levels },
    ];
    let features = Features { n_rows, columns };
    let (learnt, unseen): (Vec<usize>, Vec<usize>) = (0..n_rows).partition(|row| row % 4 != 0);
    let data = Training {
        features: &features.take(&learnt),
        target: &target.take(&learnt),
        weights: None,
        names: &[],
    };
    let model = trainer.fit(&data, &Context::new(1)).unwrap();
    let found = model.all_margins(&features.take(&unseen)).unwrap();
    let Target::Number(expected) = target.take(&unseen) else {
        panic!("numbers")
    };
    let mean = expected.iter().sum::<f64>() / expected.len() as f64;
    let off: f64 = found.iter().zip(&expected).map(|(a, b)| (a - b) * (a - b)).sum();
    let all: f64 = expected.iter().map(|x| (x - mean) * (x - mean)).sum();
    1.0 - off / all
}

#[test]
fn thousands_of_levels_are_told_apart() {
    for gradients in [GradientMode::Exact, GradientMode::Packed] {
        let params = boost::Params {
            gradients,
            rounds: Some(150),
            ..boost::Params::default()
        };
        let told = told(&params.check().unwrap());
        assert!(0.8 < told, "{gradients:?} {told}");
    }
    let forest = forest::Params {
        trees: 30,
        ..forest::Params::default()
    };
    let told = told(&forest.check().unwrap());
    assert!(0.6 < told, "forest {told}");
}

#[test]
fn a_level_that_a_tree_never_met_goes_with_the_heavier_side() {
    let codes: Vec<u32> = (0..3000).map(|row| row % 300).collect();
    let target = Target::Number(
        codes
            .iter()
            .map(|&code| f64::from(u8::from(code < 250)))
            .collect(),
    );
    let features = |codes: Vec<u32>| Features {
        n_rows: codes.len(),
        columns: vec![FeatureColumn::Category { codes, n_levels: 301 }],
    };
    for case in losses(&[0.0; 20], |params| params)
        .into_iter()
        .filter(|case| case.name == "squared")
    {
        let model = fit(&case, &features(codes.clone()), &target, None, 1);
        let margins = model.all_margins(&features(vec![0, 299, 300, 5000])).unwrap();
        assert!(margins[1] < margins[0]);
        // Level 300 has no rows, and what is beyond counts as the last.
        assert_eq!([margins[2], margins[3]], [margins[0]; 2]);
    }
}
