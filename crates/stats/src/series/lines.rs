//! Does a season stand out of the spectrum beside it?
//!
//! A series that remembers has a spectrum of hills; what comes again has lines in it. Judging each harmonic of a season by
//! its neighbours needs no model of the memory.

use super::fourier::transform;
use crate::distribution::{ChiSquare, FisherF};
use crate::math::{cos, exp, ln, sin};
use std::f64::consts::PI;

/// Neighbours looked at on each side of a harmonic, at most.
const MOST_BESIDE: usize = 10;

/// The chance of lines as high as those at the harmonics of `season_length` in a spectrum that is level around each of them;
/// 1 below three cycles. `values` is `(n,)`, NaN where missing.
///
/// Each harmonic over the mean of its neighbours is an F ratio; all are put together as Fisher did, and the highest line
/// stands for itself, whichever is less likely, doubled.
///
/// # Reference
/// D. J. Thomson (1982), Proceedings of the IEEE 70, 1055-1096, for tests of lines in a spectrum that is level nearby.
pub(super) fn chance_of_lines(values: &[f64], season_length: usize) -> f64 {
    let cycles = values.len() / season_length;
    if cycles < 3 {
        return 1.0;
    }
    let power = spectrum(&values[..cycles * season_length]);
    let harmonics = 1..=season_length / 2;
    let chances: Vec<f64> = harmonics.map(|k| ln_chance(&power, k * cycles, cycles)).collect();
    let n = chances.len() as f64;
    let all = ChiSquare::new(2.0 * n).map_or(1.0, |law| law.sf(-2.0 * chances.iter().sum::<f64>()));
    let highest = n * exp(chances.iter().copied().fold(0.0, f64::min));
    (2.0 * all.min(highest)).min(1.0)
}

/// The logarithm of the chance of a line as high as the one at `at`.
fn ln_chance(power: &[f64], at: usize, cycles: usize) -> f64 {
    let reach = MOST_BESIDE.min((cycles - 1) / 2);
    let beside = (at - reach..=at + reach).filter(|&k| k != at && k < power.len());
    let (sum, n) = beside.fold((0.0, 0.0), |(sum, n), k| (sum + power[k], n + 1.0));
    if power[at] <= 0.0 || n < 1.0 {
        return 0.0;
    }
    let ratio = power[at] / (sum / n).max(1e-300);
    // twice the number of values is the last frequency, of which only one of two parts is there
    if at + 1 == power.len() {
        return FisherF::new(1.0, 2.0 * n).map_or(0.0, |law| law.ln_sf(ratio));
    }
    -n * ln(1.0 + ratio / n)
}

/// The power at `0..=n / 2` turns over `n` values, those that miss being the mean.
fn spectrum(values: &[f64]) -> Vec<f64> {
    let (sum, n) = values
        .iter()
        .filter(|v| !v.is_nan())
        .fold((0.0, 0.0), |(sum, n), v| (sum + v, n + 1.0));
    let mean = sum / f64::max(n, 1.0);
    let centred: Vec<f64> = values
        .iter()
        .map(|v| if v.is_nan() { 0.0 } else { v - mean })
        .collect();
    of_any_length(&centred)
}

/// Squares of the transform of as many values as there are, by one of a power of 2.
///
/// # Reference
/// L. I. Bluestein (1970), IEEE Transactions on Audio and Electroacoustics 18, 451-455.
fn of_any_length(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    let size = (2 * n).next_power_of_two();
    // k * k over twice n, of which whole turns do not matter
    let turn = |k: usize| PI * ((k as u128 * k as u128) % (2 * n as u128)) as f64 / n as f64;
    let turns: Vec<(f64, f64)> = (0..n).map(|k| (cos(turn(k)), sin(turn(k)))).collect();
    let (mut re, mut im) = (vec![0.0; size], vec![0.0; size]);
    let (mut chirp_re, mut chirp_im) = (vec![0.0; size], vec![0.0; size]);
    for (k, (c, s)) in turns.iter().enumerate() {
        (re[k], im[k]) = (values[k] * c, -values[k] * s);
        for at in [k, (size - k) % size] {
            (chirp_re[at], chirp_im[at]) = (*c, *s);
        }
    }
    transform(&mut re, &mut im);
    transform(&mut chirp_re, &mut chirp_im);
    for k in 0..size {
        let (a, b) = (re[k], im[k]);
        // conjugated, so that the next transform turns back
        re[k] = a * chirp_re[k] - b * chirp_im[k];
        im[k] = -(a * chirp_im[k] + b * chirp_re[k]);
    }
    transform(&mut re, &mut im);
    let scale = 1.0 / (size as f64 * size as f64);
    (0..=n / 2)
        .map(|k| (re[k] * re[k] + im[k] * im[k]) * scale)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_those_of_the_plain_sums() {
        for n in [9, 30, 37] {
            let values: Vec<f64> = (0..n).map(|i| f64::from((i * 7919) % 101) - 50.0).collect();
            for (k, power) in of_any_length(&values).iter().enumerate() {
                let part = |f: fn(f64) -> f64| -> f64 {
                    let angle = |t: usize| 2.0 * PI * (k * t) as f64 / f64::from(n);
                    values.iter().enumerate().map(|(t, v)| v * f(angle(t))).sum()
                };
                let plain = part(cos) * part(cos) + part(sin) * part(sin);
                assert!((power - plain).abs() < 1e-7, "{n}, {k}: {power} {plain}");
            }
        }
    }

    #[test]
    fn a_line_stands_out_of_a_hill_and_a_hill_does_not() {
        let mut draw = crate::random::Draw::new(3, 0);
        let mut value = 0.0;
        let hill: Vec<f64> = (0..1000)
            .map(|_| {
                value = 0.95 * value + draw.uniform() - 0.5;
                value
            })
            .collect();
        let with_line: Vec<f64> = (0..1000)
            .map(|t| hill[t] + 0.3 * cos(2.0 * PI * t as f64 / 20.0))
            .collect();
        assert!(chance_of_lines(&hill, 20) > 0.01);
        assert!(chance_of_lines(&with_line, 20) < 1e-6);
        assert_eq!(chance_of_lines(&hill, 400), 1.0);
    }
}
