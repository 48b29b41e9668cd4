use super::*;

include!("reference.rs");

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs(),
        "{got:e} is not {expected:e}"
    );
}

fn with_constant(columns: &[&[f64]]) -> Vec<Vec<f64>> {
    let mut all = vec![vec![1.0; columns[0].len()]];
    all.extend(columns.iter().map(|column| column.to_vec()));
    all
}

#[test]
fn longley_matches_nist() {
    let columns: Vec<&[f64]> = LONGLEY_X.iter().map(|c| c.as_slice()).collect();
    let fit = LeastSquares::new(&with_constant(&columns), &LONGLEY_Y).unwrap();
    for place in 0..7 {
        close(fit.coefficients()[place], LONGLEY_B[place], 1e-13);
        close(fit.standard_error(place), LONGLEY_SE[place], 1e-13);
    }
    close(fit.residual_sum_of_squares(), 836424.055505915, 1e-13);
}

#[test]
fn filip_matches_nist() {
    let fit = LeastSquares::polynomial(&FILIP_X, 10, &FILIP_Y).unwrap();
    for (got, expected) in fit.coefficients().iter().zip(FILIP_B) {
        close(*got, expected, 1e-12);
    }
    close(fit.standard_error(0), FILIP_SE[0], 1e-12);
    close(fit.standard_error(10), FILIP_SE[1], 1e-12);
}

#[test]
fn wampler_is_exact_with_and_without_noise() {
    let x: Vec<f64> = (0..21).map(f64::from).collect();
    let clean: Vec<f64> = x
        .iter()
        .map(|x| (0..6).fold(0.0, |sum, _| sum * x + 1.0))
        .collect();
    let fit = LeastSquares::polynomial(&x, 5, &clean).unwrap();
    assert_eq!(fit.coefficients(), [1.0; 6]);
    assert_eq!(fit.residual_sum_of_squares(), 0.0);
    // Wampler5's noise, orthogonal to the powers
    let delta = [
        759.0, -2048.0, 2048.0, -2048.0, 2523.0, -2048.0, 2048.0, -2048.0, 1838.0, -2048.0, 2048.0,
    ];
    let noise = |i: usize| 10_000.0 * delta[if i < 11 { i } else { 20 - i }];
    let noisy: Vec<f64> = clean.iter().enumerate().map(|(i, y)| y + noise(i)).collect();
    let fit = LeastSquares::polynomial(&x, 5, &noisy).unwrap();
    for b in fit.coefficients() {
        close(*b, 1.0, 1e-9);
    }
    close(fit.standard_error(0), 21523262.4678170, 1e-12);
}

#[test]
fn dependent_columns_are_left_out() {
    let columns = [
        vec![1.0; 4],
        vec![5.0; 4],
        vec![1e-200, 2e-200, 4e-200, 3e-200],
        vec![0.0; 4],
    ];
    let fit = LeastSquares::new(&columns, &[1e100, 2e100, 4e100, 3e100]).unwrap();
    assert_eq!((fit.rank(), fit.kept()), (2, [0, 2].as_slice()));
    assert_eq!(fit.coefficients()[1], 0.0);
    let small = LeastSquares::new(&columns[..1], &[2.0, 4.0, 6.0, 8.0]).unwrap();
    assert_eq!(small.coefficients(), [5.0]);
    close(small.residual_sum_of_squares(), 20.0, 1e-15);
    assert!(small.leverages().iter().all(|h| (h - 0.25).abs() < 1e-15));
}

#[test]
fn shapes_and_numbers_are_checked() {
    assert!(LeastSquares::new(&[], &[1.0]).is_err());
    assert!(LeastSquares::new(&[vec![]], &[]).is_err());
    assert!(LeastSquares::new(&[vec![1.0, 2.0]], &[1.0]).is_err());
    assert!(LeastSquares::new(&[vec![f64::NAN]], &[1.0]).is_err());
    assert!(LeastSquares::new(&[vec![1.0]], &[f64::INFINITY]).is_err());
    assert!(LeastSquares::polynomial(&[1e200], 2, &[1.0]).is_err());
}
