//! Training goes on from models.

use super::*;

#[test]
fn training_goes_on_from_a_model_as_if_it_had_not_ended() {
    let (features, values) = table(800);
    let longer = losses(&values, |params| boost::Params {
        rounds: Some(16),
        ..params
    });
    for (case, longer) in losses(&values, |params| params).into_iter().zip(longer) {
        let first = fit(&case, &features, &case.target, None, 1);
        let going_on = Case {
            trainer: case.trainer.after(&first).unwrap(),
            ..case
        };
        let second = fit(&going_on, &features, &going_on.target, None, 2);
        let at_once = fit(&longer, &features, &going_on.target, None, 1);
        let (found, expected) = (parts(&second), parts(&at_once));
        assert!(found.feature == expected.feature, "{}", going_on.name);
        assert!(found.threshold == expected.threshold, "{}", going_on.name);
        let margins = [second, at_once].map(|model| model.all_margins(&features).unwrap());
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-9;
        assert!(margins[0].iter().zip(&margins[1]).all(near), "{}", going_on.name);
    }
}

#[test]
fn what_cannot_be_gone_on_from_is_refused() {
    let (features, values) = table(300);
    let cases = losses(&values, |params| params);
    let number = Target::Number(values);
    let constant = fit_baseline(&features, &number);
    assert!(crate::Boost::default().after(&constant).is_err());
    assert!(crate::Linear::default().after(&constant).is_err());
    let softmax = fit(&cases[1], &features, &cases[1].target, None, 1);
    let going_on = crate::Boost::default().after(&softmax).unwrap();
    let mut fewer = features.clone();
    fewer.columns.pop();
    for (features, target, expected) in [
        (&features, &number, "3 outputs"),
        (&fewer, &cases[1].target, "features"),
    ] {
        let data = Training {
            features,
            target,
            weights: None,
            names: &[],
        };
        let error = going_on.fit(&data, &Context::new(1)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
