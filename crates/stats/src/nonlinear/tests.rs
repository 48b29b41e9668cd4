use super::*;
use crate::StatsError;

fn value(text: &str, x: f64, parameters: &[f64]) -> f64 {
    let formula = Formula::parse(text, &["x"], &["a", "b"]).unwrap();
    formula.expression.evaluate(&[&[x]], parameters).values[0]
}

#[test]
fn formulas_bind_as_on_paper() {
    let at = |text| value(text, 3.0, &[2.0, 5.0]);
    for (text, expected) in [
        ("1 + 2 * x ^ 2", 19.0),
        ("-x^2", -9.0),
        ("2^-1", 0.5),
        ("2^3^2", 512.0),
        ("8 / 4 / 2", 1.0),
        ("8 - 4 - 2", 2.0),
        ("(a + b) * -x", -21.0),
        ("b**a", 25.0),
        ("- -x", 3.0),
        ("1.5e1 + .5", 15.5),
        ("2e", f64::NAN),
        ("sqrt(9) + exp(0) + ln(1) + cos(0) + sin(0) + tanh(0)", 5.0),
        ("4*atan(1) - pi", 0.0),
        ("a*[x + 1]", 8.0),
    ] {
        if expected.is_nan() {
            assert!(Formula::parse(text, &["x"], &["a", "b"]).is_err());
            continue;
        }
        assert!((at(text) - expected).abs() < 1e-14, "{text}");
    }
}

#[test]
fn derivatives_are_those_of_differences() {
    let parameters = [0.7, 1.3];
    for text in [
        "a*x + b",
        "a*exp(-b*x)",
        "(a + b*x)/(1 + a*x^2)",
        "x^a + a^b + b^2 + a^3",
        "atan(a/(x - b)) - ln(a*x) + sqrt(a + b)",
        "sin(a*x)*cos(b) + tanh(a*b)",
        "-(a - x)**2/b**2",
    ] {
        let formula = Formula::parse(text, &["x"], &["a", "b"]).unwrap();
        let slopes = formula.expression.evaluate(&[&[1.9]], &parameters).slopes;
        for k in 0..2 {
            let step = 1e-6;
            let moved = |by: f64| {
                let mut parameters = parameters;
                parameters[k] += by;
                value(text, 1.9, &parameters)
            };
            let difference = (moved(step) - moved(-step)) / (2.0 * step);
            let slope = slopes[k].as_ref().map_or(0.0, |slope| slope[0]);
            assert!(
                (slope - difference).abs() < 1e-8 * (1.0 + slope.abs()),
                "{text} {k}: {slope} {difference}"
            );
        }
    }
}

#[test]
fn what_is_no_formula_is_refused_with_its_place() {
    let refused = |text: &str| Formula::parse(text, &["x"], &["a"]).unwrap_err().to_string();
    assert_eq!(
        refused("a * (x + 1"),
        "formula: found the end at character 11, expected an operator or `)`"
    );
    assert_eq!(
        refused("a ? x"),
        "formula: found `?` at character 3, expected a number, a name, an operator or a bracket"
    );
    assert!(
        refused("a + z").starts_with("formula: found `z` at character 5, expected one of `a`, `x`, `exp`")
    );
    for text in ["", "a +", "a b", ")", "exp x", "1.2.3", "a^", "1e999"] {
        refused(text);
    }
    refused(&"(".repeat(100_000));
    refused(&"-".repeat(100_000));
    refused(&format!("a{}", "+a".repeat(100_000)));
    refused(&format!("a{}", "^a".repeat(100_000)));
}

// NIST StRD nonlinear regression, Misra1a (lower difficulty): data and certified values.
const MISRA_X: [f64; 14] = [
    77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0,
];
const MISRA_Y: [f64; 14] = [
    10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78,
];

#[test]
fn misra_is_found_from_both_starts() {
    let formula = Formula::parse("b1*(1-exp(-b2*x))", &["x"], &["b1", "b2"]).unwrap();
    for start in [[500.0, 0.0001], [250.0, 0.0005]] {
        let fit = nonlinear_fit(&formula, &[&MISRA_X], &MISRA_Y, &start).unwrap();
        for (got, expected) in [
            (fit.coefficients[0], 2.389_421_291_8e2),
            (fit.coefficients[1], 5.501_564_318_1e-4),
            (fit.standard_errors[0], 2.707_007_524_1),
            (fit.standard_errors[1], 7.266_868_843_6e-6),
            (fit.residual_sum_of_squares, 1.245_513_889_4e-1),
            (fit.residual_sd, 1.018_787_633_0e-1),
        ] {
            assert!((got / expected - 1.0).abs() < 1e-9, "{got} is not {expected}");
        }
        // scipy 1.17.1 curve_fit with the exact derivatives
        for (got, expected) in
            fit.covariance
                .iter()
                .zip([7.327_889_74, -1.964_739_45e-5, -1.964_739_45e-5, 5.280_738_28e-11])
        {
            assert!((got / expected - 1.0).abs() < 1e-7, "{got} is not {expected}");
        }
        assert_eq!((fit.df_residual, fit.n_used, fit.n_dropped), (12, 14, 0));
    }
}

#[test]
fn what_has_no_answer_is_refused() {
    let formula = |text| Formula::parse(text, &["x"], &["a", "b"]).unwrap();
    let x = [1.0, 2.0, 3.0, 4.0, f64::NAN];
    let y = [2.0, 4.1, 5.9, 8.2, 1.0];
    let fit = |text, start: [f64; 2]| nonlinear_fit(&formula(text), &[&x], &y, &start);
    let line = fit("a + b*x", [0.0, 0.0]).unwrap();
    assert_eq!((line.n_used, line.n_dropped, line.df_residual), (4, 1, 2));
    assert!(matches!(
        fit("(a + b)*x", [1.0, 1.0]),
        Err(StatsError::NotPositiveDefinite { row: 1 })
    ));
    assert!(matches!(
        fit("a*x", [1.0, 1.0]),
        Err(StatsError::NotPositiveDefinite { row: 1 })
    ));
    assert!(matches!(
        fit("ln(a*x) + b", [-1.0, 1.0]),
        Err(StatsError::Undefined { .. })
    ));
    assert!(fit("a + b*x", [f64::NAN, 0.0]).is_err());
    assert!(nonlinear_fit(&formula("a + b*x"), &[&x[..2]], &y[..2], &[0.0, 0.0]).is_err());
    assert!(nonlinear_fit(&formula("a + b*x"), &[], &y, &[0.0, 0.0]).is_err());
    assert!(fit("1/(1+exp(a)) + b - b", [1.0, 1.0]).is_err());
    let exact = nonlinear_fit(
        &formula("a + b*x"),
        &[&[1.0, 2.0, 3.0]],
        &[3.0, 5.0, 7.0],
        &[9.0, 9.0],
    )
    .unwrap();
    assert!(exact.residual_sum_of_squares < 1e-25);
}
