//! Numbers of one column in two units: grams among kilograms, cents among euros.

use stats::math::ln;

/// How many of the smaller unit make one of the larger.
const FACTORS: [f64; 4] = [10.0, 60.0, 100.0, 1000.0];
/// Fewest values of each unit, and the least share of all.
const FEWEST: (usize, f64) = (20, 0.01);
/// A gap between the units is at least so wide on the logarithmic scale, and so many times wider than any within them.
const GAP: (f64, f64) = (0.7, 4.0);
/// How far, on the logarithmic scale, the factor may be missed beyond chance, and how much wider one side may spread.
const MISSED: f64 = 0.1;
const WIDER: f64 = 1.6;

/// Two units in one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mixed {
    /// By what the smaller numbers are to be multiplied.
    pub(crate) factor: f64,
    /// Numbers between these two do not occur.
    pub(crate) between: (f64, f64),
    /// The share of the smaller numbers.
    pub(crate) share: f64,
}

/// Whether positive numbers fall into two groups of the same shape that lie a usual factor apart; numbers that are not
/// positive, and missing ones, are left out.
pub(crate) fn mixed(numbers: &[f64]) -> Option<Mixed> {
    let mut logs: Vec<f64> = numbers
        .iter()
        .filter(|x| x.is_finite() && **x > 0.0)
        .map(|x| ln(*x))
        .collect();
    let fewest = FEWEST.0.max((FEWEST.1 * logs.len() as f64).ceil() as usize);
    if logs.len() < 2 * fewest {
        return None;
    }
    logs.sort_by(f64::total_cmp);
    let steps = |from: usize, to: usize| (from + 1..to).map(|at| (logs[at] - logs[at - 1], at));
    let (gap, at) = steps(fewest - 1, logs.len() - fewest + 1).max_by(|a, b| a.0.total_cmp(&b.0))?;
    let (low, high) = logs.split_at(at);
    let inner = |side: &[f64]| inner_gap(side);
    if gap < GAP.0 || gap < GAP.1 * inner(low).max(inner(high)) {
        return None;
    }
    let (apart, spreads) = (median(high) - median(low), [spread(low), spread(high)]);
    let error = 2.0
        * spreads
            .iter()
            .zip([low, high])
            .map(|(s, side)| s / (side.len() as f64).sqrt())
            .sum::<f64>();
    let factor = FACTORS
        .into_iter()
        .find(|factor| (apart - ln(*factor)).abs() <= MISSED + error)?;
    let is_alike = spreads[0].max(spreads[1]) <= WIDER * spreads[0].min(spreads[1]) + 0.05;
    is_alike.then(|| Mixed {
        factor,
        between: (stats::math::exp(low[low.len() - 1]), stats::math::exp(high[0])),
        share: low.len() as f64 / logs.len() as f64,
    })
}

/// The widest gap in the middle nine tenths of a side.
fn inner_gap(side: &[f64]) -> f64 {
    let cut = side.len() / 20;
    let inner = &side[cut..side.len() - cut];
    inner.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max)
}

fn median(sorted: &[f64]) -> f64 {
    0.5 * (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2])
}

/// Between the quartiles.
fn spread(sorted: &[f64]) -> f64 {
    sorted[sorted.len() * 3 / 4] - sorted[sorted.len() / 4]
}

#[cfg(test)]
mod tests {
    use super::*;
    use stats::math::exp;

    /// Weights of parcels in kilograms.
    fn weights(n: usize) -> Vec<f64> {
        let mut draw = stats::Draw::new(2, 0);
        (0..n).map(|_| 3.0 * exp(0.5 * draw.normal())).collect()
    }

    #[test]
    fn grams_among_kilograms_are_seen() {
        let mut parcels = weights(2000);
        parcels
            .iter_mut()
            .skip(1)
            .step_by(9)
            .for_each(|weight| *weight *= 1000.0);
        let found = mixed(&parcels).unwrap();
        assert_eq!(found.factor, 1000.0);
        assert!((found.share - 8.0 / 9.0).abs() < 0.01 && found.between.0 < 50.0 && found.between.1 > 300.0);
    }

    #[test]
    fn one_unit_is_not_two() {
        assert_eq!(mixed(&weights(2000)), None);
        // two kinds of things a factor of 37 apart, and two of different shapes
        let mut kinds = weights(2000);
        kinds.iter_mut().step_by(2).for_each(|weight| *weight *= 370.0);
        assert_eq!(mixed(&kinds), None);
        let mut shapes = weights(2000);
        shapes
            .iter_mut()
            .step_by(2)
            .for_each(|weight| *weight = 3000.0 + *weight);
        assert_eq!(mixed(&shapes), None);
        // a few far out are no second unit, and constants, zeros, tens have none
        let mut far = weights(2000);
        far.iter_mut().take(10).for_each(|weight| *weight *= 1000.0);
        assert_eq!(mixed(&far), None);
        assert_eq!(mixed(&[0.0; 100]), None);
        assert_eq!(mixed(&[7.0; 100]), None);
        let prices: Vec<f64> = (0..500).map(|k| [1.0, 10.0, 100.0][k % 3]).collect();
        assert_eq!(mixed(&prices), None);
    }
}
