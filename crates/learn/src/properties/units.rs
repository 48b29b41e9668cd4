//! The unit in which an amount is counted decides nothing but the unit of the answer.

use super::*;

#[test]
fn amounts_are_learnt_alike_in_any_unit() {
    let (features, values) = table(2000);
    for loss in [
        LossName::Squared,
        LossName::Poisson,
        LossName::Gamma,
        LossName::Tweedie,
    ] {
        let learnt = |unit: f64| {
            let case = Case {
                name: "",
                trainer: Box::new(params_of(loss).check().unwrap()),
                target: Target::Number(values.iter().map(|x| (0.1 + x.abs()) * unit).collect()),
            };
            let model = fit(&case, &features, &case.target, None, 1);
            let margins = model.all_margins(&features).unwrap();
            let of_unit = |margin: &f64| match loss {
                LossName::Squared => margin / unit,
                _ => margin - stats::math::ln(unit),
            };
            margins.iter().map(of_unit).collect::<Vec<f64>>()
        };
        let expected = learnt(1.0);
        for unit in [1.0 / 1024.0, 1048576.0] {
            let furthest = learnt(unit)
                .iter()
                .zip(&expected)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max);
            assert!(furthest < 1e-6, "{loss:?} {unit} {furthest}");
        }
    }
}

#[test]
fn rare_shares_keep_their_mean() {
    let (features, values) = table(2000);
    let shares: Vec<f64> = values.iter().map(|x| 1e-7 * x.abs()).collect();
    let mean = shares.iter().sum::<f64>() / 2000.0;
    let case = Case {
        name: "",
        trainer: Box::new(params_of(LossName::CrossEntropy).check().unwrap()),
        target: Target::Number(shares),
    };
    let model = fit(&case, &features, &case.target, None, 1);
    let found = stats::math::sigmoid(model.all_margins(&features).unwrap()[0]);
    assert!((found / mean - 1.0).abs() < 0.01, "{found} {mean}");
}
