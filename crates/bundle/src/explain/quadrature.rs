//! Gauss-Legendre quadrature on [0, 1]: with `n` points exact for polynomials up to degree `2n - 1`.

use std::f64::consts::PI;

use stats::math;

/// `n` points and weights, the points ascending inside (0, 1).
///
/// # Reference
/// Newton's method on Legendre's recurrence from the cosine guesses of W. H. Press et al., Numerical Recipes,
/// section 4.6.
pub(super) fn gauss_legendre(n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut points = vec![0.0; n];
    let mut weights = vec![0.0; n];
    for i in 0..n {
        let mut x = -math::cos(PI * (i as f64 + 0.75) / (n as f64 + 0.5));
        for _ in 0..100 {
            let (value, slope) = legendre(n, x);
            let step = value / slope;
            x -= step;
            if step.abs() < 1e-15 {
                break;
            }
        }
        let (_, slope) = legendre(n, x);
        points[i] = 0.5 * (1.0 + x);
        weights[i] = 1.0 / ((1.0 - x * x) * slope * slope);
    }
    (points, weights)
}

/// Legendre's polynomial of degree `n` and its slope at `x`, `|x| < 1`.
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for degree in 2..=n {
        let k = degree as f64;
        (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
    }
    (value, n as f64 * (x * value - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(n: usize) {
        let (points, weights) = gauss_legendre(n);
        assert!(points.iter().all(|x| 0.0 < *x && *x < 1.0) && points.is_sorted());
        for degree in 0..2 * n {
            let powers = points.iter().map(|&x| math::pow(x, degree as f64));
            let integral: f64 = powers.zip(&weights).map(|(x, w)| x * w).sum();
            let exact = 1.0 / (degree as f64 + 1.0);
            assert!(
                (integral - exact).abs() < 1e-13 * exact.max(0.01),
                "{n} {degree}: {integral} {exact}"
            );
        }
    }

    #[test]
    fn monomials_are_integrated_exactly() {
        for n in [1, 2, 3, 4, 5, 8, 16, 128] {
            check(n);
        }
    }
}
