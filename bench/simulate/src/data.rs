//! Values drawn from laws whose truth is known.

use stats::math::{exp, ln, sqrt};
use stats::random::Draw;

/// Normal values, `(n,)`.
pub(crate) fn normals(draw: &mut Draw, n: usize, mean: f64, sd: f64) -> Vec<f64> {
    (0..n).map(|_| mean + sd * draw.normal()).collect()
}

/// Values between 0 and 1, `(n,)`.
pub(crate) fn uniforms(draw: &mut Draw, n: usize) -> Vec<f64> {
    (0..n).map(|_| draw.uniform()).collect()
}

/// One value of mean 1 with much skewness.
pub(crate) fn exponential(draw: &mut Draw) -> f64 {
    -ln(1.0 - draw.uniform())
}

/// Values of mean 1 with much skewness, `(n,)`.
pub(crate) fn exponentials(draw: &mut Draw, n: usize) -> Vec<f64> {
    (0..n).map(|_| exponential(draw)).collect()
}

/// `exp` of normal values, `(n,)`: median 1, mean `exp(sd² / 2)`.
pub(crate) fn lognormals(draw: &mut Draw, n: usize, sd: f64) -> Vec<f64> {
    (0..n).map(|_| exp(sd * draw.normal())).collect()
}

/// Student's t with 3 degrees of freedom: heavy tails.
pub(crate) fn heavy(draw: &mut Draw, n: usize) -> Vec<f64> {
    let value = |draw: &mut Draw| {
        let squares: f64 = (0..3).map(|_| draw.normal()).map(|z| z * z).sum();
        draw.normal() / sqrt(squares / 3.0)
    };
    (0..n).map(|_| value(draw)).collect()
}

/// Whole numbers from 0 to 4, `(n,)`: many ties.
pub(crate) fn grades(draw: &mut Draw, n: usize) -> Vec<f64> {
    (0..n).map(|_| draw.below(5) as f64).collect()
}

/// How many of `n` trials succeed.
pub(crate) fn successes(draw: &mut Draw, n: u64, chance: f64) -> u64 {
    (0..n).map(|_| u64::from(draw.uniform() < chance)).sum()
}

/// Two columns of normal values with this correlation.
pub(crate) fn pairs(draw: &mut Draw, n: usize, correlation: f64) -> [Vec<f64>; 2] {
    let x = normals(draw, n, 0.0, 1.0);
    let rest = sqrt(1.0 - correlation * correlation);
    let y = x.iter().map(|x| correlation * x + rest * draw.normal()).collect();
    [x, y]
}

/// A series that remembers this share of its last value.
pub(crate) fn series(draw: &mut Draw, n: usize, memory: f64) -> Vec<f64> {
    // the start lies where the series is at home, or at 0 if it has no home
    let spread = if memory < 1.0 {
        1.0 / sqrt(1.0 - memory * memory)
    } else {
        0.0
    };
    let mut value = spread * draw.normal();
    let mut values = Vec::with_capacity(n);
    for _ in 0..n {
        value = memory * value + draw.normal();
        values.push(value);
    }
    values
}

/// The class of a row, drawn from shares that sum to 1.
pub(crate) fn class(draw: &mut Draw, shares: &[f64]) -> usize {
    let mut left = draw.uniform();
    for (class, share) in shares.iter().enumerate() {
        left -= share;
        if left < 0.0 {
            return class;
        }
    }
    shares.len() - 1
}

/// Counts of `n` rows by class.
pub(crate) fn counts(draw: &mut Draw, n: usize, shares: &[f64]) -> Vec<u64> {
    let mut counts = vec![0; shares.len()];
    for _ in 0..n {
        counts[class(draw, shares)] += 1;
    }
    counts
}

/// Codes of groups of these sizes, one after the other.
pub(crate) fn groups(sizes: &[usize]) -> Vec<u32> {
    let of = |(group, size): (usize, &usize)| std::iter::repeat_n(group as u32, *size);
    sizes.iter().enumerate().flat_map(of).collect()
}

/// Normal values of groups of these sizes with these deviations.
pub(crate) fn in_groups(draw: &mut Draw, sizes: &[usize], sds: &[f64]) -> Vec<f64> {
    let of = |(size, sd): (&usize, &f64)| normals(draw, *size, 0.0, *sd);
    sizes.iter().zip(sds).flat_map(of).collect()
}

/// Labels of which a share is true, and scores that are higher by `gain` where they are.
pub(crate) fn scored(draw: &mut Draw, n: usize, share: f64, gain: f64) -> (Vec<bool>, Vec<f64>) {
    let labels: Vec<bool> = (0..n).map(|_| draw.uniform() < share).collect();
    let scores = labels
        .iter()
        .map(|&label| draw.normal() + gain * f64::from(u8::from(label)))
        .collect();
    (labels, scores)
}
