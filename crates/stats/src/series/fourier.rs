//! Fast Fourier transform of a length that is a power of 2.

use crate::math::{cos, sin};
use std::f64::consts::PI;

/// In place, real and imaginary parts apart; lengths are equal and a power of 2.
pub(super) fn transform(re: &mut [f64], im: &mut [f64]) {
    let n = re.len();
    for i in 1..n {
        let j = i.reverse_bits() >> (n.leading_zeros() + 1);
        if i < j {
            re.swap(i, j);
            im.swap(i, j);
        }
    }
    let turns: Vec<(f64, f64)> = (0..n / 2)
        .map(|k| -2.0 * PI * k as f64 / n as f64)
        .map(|angle| (cos(angle), sin(angle)))
        .collect();
    let mut half = 1;
    while half < n {
        for start in (0..n).step_by(2 * half) {
            for k in 0..half {
                let (c, s) = turns[k * (n / (2 * half))];
                let (i, j) = (start + k, start + k + half);
                let (a, b) = (re[j] * c - im[j] * s, re[j] * s + im[j] * c);
                (re[j], im[j]) = (re[i] - a, im[i] - b);
                (re[i], im[i]) = (re[i] + a, im[i] + b);
            }
        }
        half *= 2;
    }
}

/// `sum(x_t x_(t + lag))` for lags `0..=n_lags`, without wrapping around.
pub(super) fn lagged_products(values: &[f64], n_lags: usize) -> Vec<f64> {
    let n = (values.len() + n_lags + 1).next_power_of_two();
    let mut re = values.to_vec();
    re.resize(n, 0.0);
    let mut im = vec![0.0; n];
    transform(&mut re, &mut im);
    for (a, b) in re.iter_mut().zip(&mut im) {
        *a = *a * *a + *b * *b;
        *b = 0.0;
    }
    transform(&mut re, &mut im);
    re[..=n_lags].iter().map(|sum| sum / n as f64).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn products_are_those_of_the_plain_sums() {
        let values: Vec<f64> = (0..37).map(|i| f64::from((i * 7919) % 101) - 50.0).collect();
        let fast = super::lagged_products(&values, 20);
        for (lag, fast) in fast.iter().enumerate() {
            let plain: f64 = values.iter().zip(&values[lag..]).map(|(a, b)| a * b).sum();
            assert!(
                (fast - plain).abs() < 1e-9 * 37.0 * 2500.0,
                "{lag}: {fast} {plain}"
            );
        }
    }
}
