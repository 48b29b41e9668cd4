use stats::Alternative::TwoSided;
use stats::random::Draw;
use stats::test::{
    LinearFit, breusch_godfrey, breusch_pagan, durbin_watson_test, linear_fit, ramsey_reset, white,
};

use crate::data::{heavy, normals, uniforms};
use crate::study::Limit::{Close, Exact, Rough};
use crate::study::{Study, p};

const LEVEL: f64 = 0.95;

/// A straight law with two regressors: regressors, targets.
fn line(draw: &mut Draw, n: usize, errors: fn(&mut Draw, usize) -> Vec<f64>) -> ([Vec<f64>; 2], Vec<f64>) {
    let x = [normals(draw, n, 0.0, 1.0), uniforms(draw, n)];
    let noise = errors(draw, n);
    let y = (0..n)
        .map(|row| 1.0 + x[0][row] + 2.0 * x[1][row] + noise[row])
        .collect();
    (x, y)
}

fn normal_errors(draw: &mut Draw, n: usize) -> Vec<f64> {
    normals(draw, n, 0.0, 1.0)
}

pub(super) fn studies() -> Vec<Study> {
    let mut studies = vec![
        Study::level(
            "regression, F",
            "3 regressors without effect, n = 20",
            Exact,
            |draw| {
                let x = [(); 3].map(|()| uniforms(draw, 20));
                let y = normals(draw, 20, 1.0, 1.0);
                linear_fit(&[&x[0], &x[1], &x[2]], &y, true).map_or(f64::NAN, |fit| fit.f_p_value)
            },
        ),
        Study::level("RESET", "straight line, n = 40", Exact, |draw| {
            let (x, y) = line(draw, 40, normal_errors);
            p(ramsey_reset(&[&x[0], &x[1]], &y, 3, LEVEL))
        }),
        Study::level("Durbin-Watson", "n = 30", Close, |draw| {
            let (x, y) = line(draw, 30, normal_errors);
            p(durbin_watson_test(&[&x[0], &x[1]], &y, TwoSided, LEVEL))
        })
        .at_5_percent(),
        Study::level("Breusch-Godfrey", "2 lags, n = 100", Close, |draw| {
            let (x, y) = line(draw, 100, normal_errors);
            p(breusch_godfrey(&[&x[0], &x[1]], &y, 2, LEVEL))
        })
        .at_5_percent(),
    ];
    studies.extend(spreads());
    studies
}

fn spreads() -> Vec<Study> {
    type Errors = fn(&mut Draw, usize) -> Vec<f64>;
    let pagan = |scenario: &str, limit, n: usize, studentized: bool, errors: Errors| {
        Study::level("Breusch-Pagan", scenario, limit, move |draw| {
            let (x, y) = line(draw, n, errors);
            let residuals = fit(&x, &y).residuals;
            p(breusch_pagan(&residuals, &[&x[0], &x[1]], studentized, LEVEL))
        })
        .at_5_percent()
    };
    let white = |scenario: &str, limit, n: usize| {
        Study::level("White", scenario, limit, move |draw| {
            let (x, y) = line(draw, n, normal_errors);
            let residuals = fit(&x, &y).residuals;
            p(white(&residuals, &[&x[0], &x[1]], LEVEL))
        })
        .at_5_percent()
    };
    vec![
        pagan("Koenker's, n = 50", Rough, 50, true, normal_errors),
        pagan("Koenker's, n = 500", Close, 500, true, normal_errors),
        pagan("Koenker's, heavy tails, n = 500", Rough, 500, true, heavy),
        pagan("original, n = 500", Close, 500, false, normal_errors),
        white("n = 100", Rough, 100),
        white("n = 1,000", Close, 1_000),
    ]
}

fn fit(x: &[Vec<f64>; 2], y: &[f64]) -> LinearFit {
    linear_fit(&[&x[0], &x[1]], y, true).expect("regressors that are drawn do not depend on each other")
}
